//! What a `#!py` file returns from `run()`, where that is written out: literals, names bound to them,
//! entries set one by one. Nothing is run; what is computed is Unknown. Knows nothing of SLS.

use rustc_hash::FxHashMap;
use text::TextRange;
use tree_sitter::{Node, Parser};

use super::syntax::{children, string_value, text_of, unwrapped};

/// Longer sources are not read.
const LONGEST: usize = 1 << 20;
/// Blocks and collections nested deeper are not read.
const DEEPEST: usize = 64;
/// Values beyond which a result is not read.
const MOST: usize = 100_000;

/// A value written in Python, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    /// The value.
    pub value: LiteralValue,
    /// Its expression.
    pub range: TextRange,
    /// Whether it may also be missing: it is set in a branch or a loop.
    pub maybe: bool,
}

/// Python's values, as far as they are written out.
#[derive(Clone, Debug, PartialEq)]
pub enum LiteralValue {
    /// `None`
    None,
    /// A truth value.
    Bool(bool),
    /// An integer's decimal digits, with a sign.
    Int(String),
    /// A float.
    Float(f64),
    /// Text.
    Str(String),
    /// A list or a tuple.
    List(Vec<Literal>),
    /// A set.
    Set(Vec<Literal>),
    /// A dict, in order; a key that is computed is Unknown.
    Map(Vec<(Literal, Literal)>),
    /// Computed.
    Unknown,
}

/// What `run()` of `source` returns, and whether that is all that it can return: no branch, no loop,
/// no call decides what is in it. `None`: there is no such function, or it cannot be read.
#[must_use]
pub fn returned(source: &str) -> Option<(Literal, bool)> {
    let mut parser = Parser::new();
    if source.len() > LONGEST || parser.set_language(&tree_sitter_python::LANGUAGE.into()).is_err() {
        return None;
    }
    let tree = parser.parse(source, None)?;
    let root = tree.root_node();
    if root.has_error() {
        return None;
    }
    let mut reader = Reader { source, names: FxHashMap::default(), result: None, whole: true, left: MOST };
    for statement in children(root).filter(|node| node.kind() == "expression_statement") {
        reader.statement(statement, false, 1);
    }
    reader.whole = true;
    let run = children(root)
        .filter(|node| node.kind() == "function_definition")
        .filter(|node| node.child_by_field_name("name").is_some_and(|name| text_of(name, source) == "run"))
        .last()?;
    reader.block(run.child_by_field_name("body")?, false, 0);
    let Reader { result, whole, .. } = reader;
    Some((result?, whole))
}

struct Reader<'t> {
    source: &'t str,
    names: FxHashMap<&'t str, Literal>,
    result: Option<Literal>,
    whole: bool,
    left: usize,
}

impl<'t> Reader<'t> {
    /// Statements in order; `true` where none behind them is reached.
    fn block(&mut self, block: Node<'t>, maybe: bool, depth: usize) -> bool {
        if depth > DEEPEST {
            self.whole = false;
            return false;
        }
        for statement in children(block) {
            if self.statement(statement, maybe, depth) {
                return true;
            }
        }
        false
    }

    fn statement(&mut self, node: Node<'t>, maybe: bool, depth: usize) -> bool {
        match node.kind() {
            "expression_statement" => {
                for inner in children(node) {
                    match inner.kind() {
                        "string" | "concatenated_string" => {}
                        "assignment" => self.assignment(inner, maybe),
                        _ => self.changed(inner),
                    }
                }
            }
            "return_statement" => {
                let value = children(node).next().map(|value| self.value(value, 0));
                if let Some(value) = value {
                    self.returns(value, maybe);
                }
                return true;
            }
            "import_statement"
            | "import_from_statement"
            | "pass_statement"
            | "function_definition"
            | "global_statement" => {}
            "raise_statement" => {
                self.whole = false;
                return true;
            }
            _ => {
                self.whole = false;
                self.inside(node, depth);
            }
        }
        false
    }

    /// Branches and loops: whatever they do may be done.
    fn inside(&mut self, node: Node<'t>, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        for child in children(node) {
            match child.kind() {
                "block" => {
                    self.block(child, true, depth + 1);
                }
                "elif_clause" | "else_clause" | "except_clause" | "finally_clause" => self.inside(child, depth + 1),
                _ => {}
            }
        }
    }

    /// One more thing that may be returned.
    fn returns(&mut self, value: Literal, maybe: bool) {
        let value = Literal { maybe, ..value };
        let Some(earlier) = &mut self.result else {
            self.result = Some(if maybe { softened(value) } else { value });
            return;
        };
        self.whole = false;
        if let (LiteralValue::Map(all), LiteralValue::Map(more)) = (&mut earlier.value, softened(value).value) {
            all.extend(more);
        }
    }

    /// A call or an augmented assignment: what it names is no longer known.
    fn changed(&mut self, node: Node<'t>) {
        self.whole = false;
        let text = text_of(node, self.source);
        let head = text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        if let Some(Literal { value: LiteralValue::Map(entries), range, .. }) = self.names.get_mut(head) {
            let open = Literal { value: LiteralValue::Unknown, range: *range, maybe: true };
            entries.push((open.clone(), open));
        }
    }

    fn assignment(&mut self, node: Node<'t>, maybe: bool) {
        let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) else {
            return;
        };
        let value = Literal { maybe, ..self.value(right, 0) };
        match left.kind() {
            "identifier" => {
                let name = text_of(left, self.source);
                let value = if maybe { Literal { value: LiteralValue::Unknown, ..value } } else { value };
                self.names.insert(name, value);
            }
            "subscript" => {
                let mut path = Vec::new();
                let mut at = left;
                while at.kind() == "subscript" && path.len() < DEEPEST {
                    let Some(key) = at.child_by_field_name("subscript") else { return };
                    path.push(Literal { maybe, ..self.value(key, 0) });
                    let Some(inner) = at.child_by_field_name("value") else { return };
                    at = inner;
                }
                path.reverse();
                match self.names.get_mut(text_of(at, self.source)) {
                    Some(target) if at.kind() == "identifier" => set(target, &path, value),
                    _ => self.whole = false,
                }
            }
            _ => self.whole = false,
        }
    }

    fn value(&mut self, node: Node<'t>, depth: usize) -> Literal {
        let node = unwrapped(node);
        let range = TextRange::of(node.start_byte(), node.end_byte());
        let literal = |value| Literal { value, range, maybe: false };
        self.left = self.left.saturating_sub(1);
        if depth > DEEPEST || self.left == 0 {
            return literal(LiteralValue::Unknown);
        }
        let text = text_of(node, self.source);
        let value = match node.kind() {
            "none" => LiteralValue::None,
            "true" => LiteralValue::Bool(true),
            "false" => LiteralValue::Bool(false),
            "integer" => int(text).map_or(LiteralValue::Unknown, LiteralValue::Int),
            "float" => text.replace('_', "").parse().map_or(LiteralValue::Unknown, LiteralValue::Float),
            "string" | "concatenated_string" => {
                string_value(node, self.source).map_or(LiteralValue::Unknown, LiteralValue::Str)
            }
            "unary_operator" if text.starts_with('-') => {
                match children(node).next().map(|n| self.value(n, depth + 1)) {
                    Some(Literal { value: LiteralValue::Int(digits), .. }) => LiteralValue::Int(format!("-{digits}")),
                    Some(Literal { value: LiteralValue::Float(number), .. }) => LiteralValue::Float(-number),
                    _ => LiteralValue::Unknown,
                }
            }
            "identifier" => self.names.get(text).map_or(LiteralValue::Unknown, |known| known.value.clone()),
            "list" | "tuple" => LiteralValue::List(children(node).map(|item| self.value(item, depth + 1)).collect()),
            "set" => LiteralValue::Set(children(node).map(|item| self.value(item, depth + 1)).collect()),
            "dictionary" => self.dictionary(node, depth),
            _ => LiteralValue::Unknown,
        };
        literal(value)
    }

    fn dictionary(&mut self, node: Node<'t>, depth: usize) -> LiteralValue {
        let mut map = Literal { value: LiteralValue::Map(Vec::new()), range: TextRange::empty(0), maybe: false };
        for pair in children(node) {
            let part = |name| pair.child_by_field_name(name);
            let (key, value) = match (part("key"), part("value")) {
                (Some(key), Some(value)) => (self.value(key, depth + 1), self.value(value, depth + 1)),
                // `**other`
                _ => {
                    self.whole = false;
                    let range = TextRange::of(pair.start_byte(), pair.end_byte());
                    let open = Literal { value: LiteralValue::Unknown, range, maybe: true };
                    (open.clone(), open)
                }
            };
            if key.value == LiteralValue::Unknown {
                self.whole = false;
            }
            set(&mut map, &[key], value);
        }
        map.value
    }
}

/// `target[path…] = value`; a missing part, or a target that is no dict, changes nothing that is known.
fn set(target: &mut Literal, path: &[Literal], value: Literal) {
    let (Some((key, rest)), LiteralValue::Map(entries)) = (path.split_first(), &mut target.value) else { return };
    let known = key.value != LiteralValue::Unknown;
    let found = entries.iter_mut().find(|(other, _)| known && other.value == key.value);
    match (found, rest.is_empty()) {
        (Some((own, old)), true) if !value.maybe => {
            own.maybe = false;
            *old = value;
        }
        (Some((_, old)), true) => *old = Literal { value: LiteralValue::Unknown, ..value },
        (Some((_, inner)), false) => set(inner, rest, value),
        (None, true) => entries.push((key.clone(), value)),
        (None, false) => {}
    }
}

/// Every entry of a dict may be missing.
fn softened(mut value: Literal) -> Literal {
    if let LiteralValue::Map(entries) = &mut value.value {
        for (key, value) in entries {
            key.maybe = true;
            value.maybe = true;
        }
    }
    value
}

/// Decimal digits of an integer literal in any base, up to 128 bits.
fn int(text: &str) -> Option<String> {
    let text = text.replace('_', "").to_ascii_lowercase();
    let based = [("0x", 16), ("0o", 8), ("0b", 2)];
    for (prefix, base) in based {
        if let Some(digits) = text.strip_prefix(prefix) {
            return Some(u128::from_str_radix(digits, base).ok()?.to_string());
        }
    }
    text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value in one line; `?` marks what may be missing, `*` what is computed.
    fn shown(literal: &Literal) -> String {
        let many = |items: &[Literal]| items.iter().map(shown).collect::<Vec<_>>().join(" ");
        match &literal.value {
            LiteralValue::None => "None".into(),
            LiteralValue::Bool(value) => value.to_string(),
            LiteralValue::Int(digits) => digits.clone(),
            LiteralValue::Float(number) => format!("{number:?}"),
            LiteralValue::Str(text) => format!("'{text}'"),
            LiteralValue::List(items) => format!("[{}]", many(items)),
            LiteralValue::Set(items) => format!("set({})", many(items)),
            LiteralValue::Map(entries) => {
                let pairs = entries.iter().map(|(key, value)| {
                    format!("{}{}: {}", shown(key), if key.maybe { "?" } else { "" }, shown(value))
                });
                format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
            }
            LiteralValue::Unknown => "*".into(),
        }
    }

    fn check(source: &str, expected: &str) {
        let text = match returned(source) {
            None => "nothing".to_owned(),
            Some((literal, whole)) => format!("{}{}", shown(&literal), if whole { "" } else { " and more" }),
        };
        assert_eq!(text, expected, "{source}");
    }

    #[test]
    fn literal_results_are_read() {
        check(
            "def run():\n    return {'a': {'pkg.installed': [{'name': 'b'}, 1, -2.5, None]}}\n",
            "{'a': {'pkg.installed': [{'name': 'b'} 1 -2.5 None]}}",
        );
        check(
            "PORT = 0x50\ndef run():\n    '''Doc.'''\n    c = {}\n    c['a'] = {'x.y': []}\n    c['a']['z'] = (PORT, 'p' 'q')\n    return c\n",
            "{'a': {'x.y': [], 'z': [80 'pq']}}",
        );
        check("def run():\n    return {'a': __grains__['os'], 'a': 1}\n", "{'a': 1}");
        check("def run():\n    return {}\n    return {'never': 1}\n", "{}");
    }

    #[test]
    fn what_is_computed_is_said() {
        check("def run():\n    if x:\n        return {'a': 1}\n    return {'b': 2}\n", "{'a'?: 1, 'b'?: 2} and more");
        check(
            "def run():\n    c = {'a': 1}\n    for u in users:\n        c['user-' + u] = 2\n    c.update(more)\n    return c\n",
            "{'a': 1, *?: 2, *?: *} and more",
        );
        check("def run():\n    return build()\n", "*");
        check("def run():\n    return {f'a{x}': 1, **more}\n", "{*: 1, *?: *} and more");
        check("x = 1\n", "nothing");
        check("def run(:\n", "nothing");
    }
}
