//! Small readings of the Python tree: strings, docstrings, parameters. Knows nothing of Salt.

use rustc_hash::FxHashMap;
use tree_sitter::Node;

use crate::types::{Function, Name, Param};

/// Nested parentheses, lists and attributes followed at most this deep.
const DEEPEST: usize = 16;

/// The named children, comments left out.
pub(super) fn children<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    // A cursor steps in constant time; `Node::child(i)` counts from the first child.
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    std::iter::from_fn(move || {
        while more {
            let node = cursor.node();
            more = cursor.goto_next_sibling();
            if node.is_named() && node.kind() != "comment" {
                return Some(node);
            }
        }
        None
    })
}

/// The text of a node.
pub(super) fn text_of<'t>(node: Node<'_>, source: &'t str) -> &'t str {
    source.get(node.byte_range()).unwrap_or_default()
}

/// The expression inside of parentheses.
pub(super) fn unwrapped(node: Node<'_>) -> Node<'_> {
    let mut inner = node;
    for _ in 0..DEEPEST {
        if inner.kind() != "parenthesized_expression" {
            break;
        }
        match children(inner).next() {
            Some(next) => inner = next,
            None => break,
        }
    }
    inner
}

/// `c` of `a.b.c`.
pub(super) fn last_name<'t>(node: Node<'_>, source: &'t str) -> Option<&'t str> {
    match node.kind() {
        "identifier" => Some(text_of(node, source)),
        "attribute" => node.child_by_field_name("attribute").map(|n| text_of(n, source)),
        _ => None,
    }
}

/// The value of a string literal, adjacent ones joined; `None` for bytes and f-strings.
pub(super) fn string_value(node: Node<'_>, source: &str) -> Option<String> {
    match node.kind() {
        "string" => one_string(node, source),
        "concatenated_string" => children(node).map(|part| one_string(part, source)).collect(),
        _ => None,
    }
}

fn one_string(node: Node<'_>, source: &str) -> Option<String> {
    if node.kind() != "string" {
        return None;
    }
    let text = text_of(node, source);
    let quote = text.find(['"', '\''])?;
    let (prefix, rest) = text.split_at_checked(quote)?;
    let raw = prefix.contains(['r', 'R']);
    if prefix.contains(['b', 'B', 'f', 'F', 't', 'T']) {
        return None;
    }
    let fence = if rest.starts_with("\"\"\"") || rest.starts_with("'''") { 3 } else { 1 };
    let inner = rest.get(fence..rest.len().checked_sub(fence)?)?;
    Some(if raw || !inner.contains('\\') { inner.to_owned() } else { unescaped(inner) })
}

/// The common escapes; rarer ones stay as they are written.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match rest.next() {
            Some('\n') => {}
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some(c @ ('\\' | '\'' | '"')) => out.push(c),
            Some(c) => out.extend(['\\', c]),
            None => out.push('\\'),
        }
    }
    out
}

/// The strings of a literal, of a name bound to one, or of a list, tuple or set of those; `None` if
/// one is not known.
pub(super) fn string_list(node: Node<'_>, source: &str, constants: &FxHashMap<&str, String>) -> Option<Vec<String>> {
    let mut out = Vec::new();
    gather(node, source, constants, &mut out, DEEPEST)?;
    Some(out)
}

fn gather(
    node: Node<'_>,
    source: &str,
    constants: &FxHashMap<&str, String>,
    out: &mut Vec<String>,
    depth: usize,
) -> Option<()> {
    let deeper = depth.checked_sub(1)?;
    let node = unwrapped(node);
    match node.kind() {
        "identifier" => out.push(constants.get(text_of(node, source))?.clone()),
        "list" | "tuple" | "set" | "expression_list" => {
            for item in children(node) {
                gather(item, source, constants, out, deeper)?;
            }
        }
        _ => out.push(string_value(node, source)?),
    }
    Some(())
}

/// The docstring of a module or of a body, with the indent removed as `inspect.cleandoc` does.
pub(super) fn docstring(body: Node<'_>, source: &str) -> String {
    let first = children(body).next().filter(|n| n.kind() == "expression_statement");
    let text = first.and_then(|n| children(n).next()).and_then(|n| string_value(unwrapped(n), source));
    text.map(|text| clean(&text)).unwrap_or_default()
}

fn clean(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let margin = text.lines().skip(1).filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let lines: Vec<&str> = text
        .lines()
        .enumerate()
        .map(|(n, line)| if n == 0 { line.trim_start() } else { line.get(margin..).unwrap_or_default() })
        .map(str::trim_end)
        .collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// The parameters of a `def` or `lambda`; the function has no name yet.
pub(super) fn signature(parameters: Node<'_>, source: &str) -> Function {
    let mut function = Function::default();
    for node in children(parameters) {
        let node = match node.kind() {
            "typed_parameter" => children(node).next().unwrap_or(node),
            _ => node,
        };
        match node.kind() {
            "identifier" => function.params.push(param(text_of(node, source), None)),
            "default_parameter" | "typed_default_parameter" => {
                let name = node.child_by_field_name("name").map_or("", |n| text_of(n, source));
                let default = node.child_by_field_name("value").map(|n| text_of(unwrapped(n), source));
                function.params.push(param(name, Some(default.unwrap_or_default())));
            }
            "list_splat_pattern" => function.varargs = true,
            "dictionary_splat_pattern" => function.kwargs = true,
            _ => {}
        }
    }
    function
}

fn param(name: &str, default: Option<&str>) -> Param {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    Param {
        name: Name::Owned(name.to_owned()),
        default: default.map(|text| Name::Owned(words(text))),
        since: None,
        until: None,
    }
}
