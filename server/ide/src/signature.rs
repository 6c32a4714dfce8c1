//! Signature help: the parameters of the macro, execution function or filter whose call the cursor is
//! in. Reads the tokens before the cursor, so that a call need not be finished.

use model::{EntityKind, Export};
use syntax::jinja::{Options, Token, TokenKind, parse};
use world::SaltPath;

use crate::catalogue::execution_functions;
use crate::source::{comment_above, text_of};
use crate::{Analysis, FilePosition};

/// Tokens before the cursor that are looked at.
const MAX_TOKENS: usize = 2_000;

/// A callable and where the cursor is in its call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// All of it on one line.
    pub label: String,
    /// The parameters, as byte ranges of the label.
    pub parameters: Vec<(usize, usize)>,
    /// The one that the cursor gives; `None`: none of them.
    pub active: Option<usize>,
    /// What it does, as Markdown; may be empty.
    pub documentation: String,
}

/// A call under way.
struct Call<'t> {
    /// What is called: the tokens before its parenthesis, last first.
    callee: Vec<Token>,
    /// How many arguments stand before the cursor's.
    position: usize,
    /// The cursor's argument is `name=…`.
    keyword: Option<&'t str>,
}

/// The call around the cursor; `None`: there is none that is known.
#[must_use]
pub fn signature(analysis: &Analysis, at: &FilePosition) -> Option<Signature> {
    let text = text_of(analysis, &at.path);
    let template = parse(&text, &Options::default());
    let call = call_at(&template.tokens, &text, at.offset)?;
    let word = |n: usize| call.callee.get(n).map_or("", |token| token.range.slice(&text));
    // salt['mod.fn'](…), salt.mod.fn(…)
    let function = match (word(0), word(2), word(3)) {
        ("]", "[", "salt") => Some(word(1).trim_matches(['\'', '"']).to_owned()),
        (name, module, ".") if word(1) == "." && word(4) == "salt" => Some(format!("{module}.{name}")),
        _ => None,
    };
    if let Some(name) = function {
        return execution(analysis, &name, &call);
    }
    if call.callee.first()?.kind != TokenKind::Name {
        return None;
    }
    if word(1) == "|" || word(1) == "is" {
        let all = if word(1) == "|" { library::filters() } else { library::tests() };
        return builtin(all, word(0), &call);
    }
    macro_of(analysis, &at.path, call.callee.first()?.range.start)
        .map(|(export, text)| of_macro(&export, &text, &call))
        .or_else(|| builtin(library::globals(), word(0), &call))
}

/// The innermost call whose parenthesis is open at `offset`.
fn call_at<'t>(tokens: &[Token], text: &'t str, offset: u32) -> Option<Call<'t>> {
    let end = tokens.partition_point(|token| token.range.start < offset);
    let before = tokens.get(..end)?;
    let (mut depth, mut position, mut keyword) = (0_u32, 0, None);
    let mut later: Option<&str> = None;
    for (n, token) in before.iter().enumerate().rev().take(MAX_TOKENS) {
        let word = token.range.slice(text);
        match token.kind {
            TokenKind::Open | TokenKind::Data | TokenKind::Comment => return None,
            TokenKind::Close if token.range.end <= offset => return None,
            TokenKind::Blank => continue,
            TokenKind::Operator if token.range.end <= offset => match word {
                ")" | "]" | "}" => depth += 1,
                "(" if depth == 0 => {
                    let rest = before.get(..n)?.iter().rev();
                    let callee: Vec<Token> =
                        rest.filter(|token| token.kind != TokenKind::Blank).take(8).copied().collect();
                    // `(a, b)` is no call
                    let first = callee.first()?;
                    let called = first.kind == TokenKind::Name || first.range.slice(text) == "]";
                    return called.then_some(Call { callee, position, keyword });
                }
                "[" | "{" if depth == 0 => (position, keyword) = (0, None),
                "(" | "[" | "{" => depth -= 1,
                "," if depth == 0 => position += 1,
                _ => {}
            },
            TokenKind::Name if depth == 0 && position == 0 && later == Some("=") => keyword = Some(word),
            _ => {}
        }
        later = Some(word);
    }
    None
}

fn labelled(name: &str, parameters: &[(String, String)], call: &Call<'_>, documentation: String) -> Signature {
    let mut label = format!("{name}(");
    let mut places = Vec::new();
    for (n, (_, shown)) in parameters.iter().enumerate() {
        if n > 0 {
            label.push_str(", ");
        }
        places.push((label.len(), label.len() + shown.len()));
        label.push_str(shown);
    }
    label.push(')');
    let named = |wanted: &str| parameters.iter().position(|(name, _)| name == wanted);
    let stars = parameters.iter().position(|(name, _)| name.starts_with('*'));
    let active = match call.keyword {
        Some(keyword) => named(keyword).or(stars),
        None if call.position < parameters.len() => Some(call.position),
        None => stars,
    };
    Signature { label, parameters: places, active, documentation }
}

fn execution(analysis: &Analysis, name: &str, call: &Call<'_>) -> Option<Signature> {
    let function = execution_functions(analysis, name).into_iter().find(|function| function.name == name)?;
    let shown = |one: &crate::catalogue::Argument| match &one.default {
        Some(default) => format!("{}={default}", one.name),
        None => one.name.clone(),
    };
    let mut parameters: Vec<(String, String)> =
        function.arguments.iter().map(|one| (one.name.clone(), shown(one))).collect();
    if function.open {
        parameters.push(("**kwargs".to_owned(), "**kwargs".to_owned()));
    }
    let mut documentation = crate::markdown::plain(function.documentation.lines().next().unwrap_or(""));
    if !function.link.is_empty() {
        documentation = format!("{documentation}\n\n[{name}]({})", function.link).trim_start().to_owned();
    }
    Some(labelled(name, &parameters, call, documentation))
}

fn builtin(all: &[library::Callable], name: &str, call: &Call<'_>) -> Option<Signature> {
    let found = all.iter().find(|one| one.name == name)?;
    let signature = found.signature();
    let inner = signature.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).map_or("", |(inner, _)| inner);
    let parameters: Vec<(String, String)> = inner
        .split(", ")
        .filter(|one| !one.is_empty())
        .map(|one| (one.split('=').next().unwrap_or(one).to_owned(), one.to_owned()))
        .collect();
    Some(labelled(name, &parameters, call, if found.salt { "of Salt" } else { "of Jinja" }.to_owned()))
}

/// The macro that the name at `offset` means, with the text of its file.
fn macro_of(analysis: &Analysis, path: &SaltPath, offset: u32) -> Option<(Export, String)> {
    for found in analysis.catalog.entity_at(path, offset) {
        if found.entity.kind != EntityKind::Macro {
            continue;
        }
        for definition in analysis.catalog.definitions_of(&found) {
            let facts = analysis.catalog.views.iter().find_map(|view| view.facts(&definition.path));
            let export = facts.and_then(|facts| facts.exports.iter().find(|one| one.range == definition.range));
            if let Some(export) = export.filter(|export| export.params.is_some()) {
                return Some((export.clone(), text_of(analysis, &definition.path)));
            }
        }
    }
    None
}

fn of_macro(export: &Export, text: &str, call: &Call<'_>) -> Signature {
    let mut parameters: Vec<(String, String)> = Vec::new();
    for (name, optional) in export.params.iter().flatten() {
        let shown = if *optional { default_of(export, text, name) } else { name.to_string() };
        parameters.push((name.to_string(), shown));
    }
    for (variadic, name) in [(export.variadic.0, "*varargs"), (export.variadic.1, "**kwargs")] {
        if variadic {
            parameters.push((name.to_owned(), name.to_owned()));
        }
    }
    let documentation = crate::markdown::plain(&comment_above(text, export.extent.start));
    labelled(&export.name, &parameters, call, documentation)
}

/// `name=default` as the macro has it; long defaults are cut.
fn default_of(export: &Export, text: &str, name: &str) -> String {
    use syntax::jinja::walk::{Visitor, walk_body};
    struct Find<'n>(&'n str, text::TextRange, Option<text::TextRange>);
    impl<'t> Visitor<'t> for Find<'_> {
        fn enter_statement(&mut self, statement: &'t syntax::jinja::Statement) -> bool {
            if let syntax::jinja::StatementKind::Macro(found) = &statement.kind
                && found.name.range == self.1
            {
                let param = found.params.iter().find(|param| param.name.text == self.0);
                self.2 = param.and_then(|param| param.default.as_ref()).map(|default| default.range);
            }
            self.2.is_none()
        }
    }
    let template = parse(text, &Options::default());
    let mut find = Find(name, export.range, None);
    walk_body(&template.body, &mut find);
    let default = find.2.map_or("…", |range| range.slice(text));
    let short = default.chars().count() <= 40 && !default.contains('\n') && !crate::is_secret_key(name);
    format!("{name}={}", if short { default } else { "…" })
}
