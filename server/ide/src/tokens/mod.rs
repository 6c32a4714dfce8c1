//! Semantic tokens: what each word of a file means. Jinja from its tokens and scopes, YAML from the
//! lines of data between the tags and from what the file declares. Every token lies in one line, and
//! none overlaps another.

mod jinja;
mod yaml;

use model::{EntityKind, Facts, Role};
use render::EntryKind;
use syntax::jinja::{Options, Template, parse};
use text::TextRange;
use world::{SaltPath, Stop, Stopped};

use crate::Analysis;
use crate::source::text_of;

/// Kinds of tokens; the order is the legend's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum TokenType {
    /// A comment of Jinja or YAML.
    Comment,
    /// A word of Jinja, a requisite, a reserved key.
    Keyword,
    /// A variable.
    Variable,
    /// A macro's parameter or a keyword argument.
    Parameter,
    /// A macro.
    Macro,
    /// A state or execution function, a filter, a test.
    Function,
    /// A state's argument, a pillar key, an attribute.
    Property,
    /// Text.
    String,
    /// A number.
    Number,
    /// An operator or a delimiter.
    Operator,
    /// An SLS, an imported template.
    Namespace,
    /// A state ID.
    Class,
    /// A target expression of a top file.
    Type,
    /// A grain.
    EnumMember,
}

impl TokenType {
    /// All, in the legend's order, by LSP's names.
    pub const LEGEND: [&str; 14] = [
        "comment",
        "keyword",
        "variable",
        "parameter",
        "macro",
        "function",
        "property",
        "string",
        "number",
        "operator",
        "namespace",
        "class",
        "type",
        "enumMember",
    ];
}

/// More about a token: bits, in the legend's order.
pub struct Modifiers;

impl Modifiers {
    /// All, in the legend's order.
    pub const LEGEND: [&str; 4] = ["declaration", "defaultLibrary", "deprecated", "unreachable"];
    /// It makes the name.
    pub const DECLARATION: u32 = 1;
    /// Salt or Jinja has it.
    pub const LIBRARY: u32 = 2;
    /// Newer versions of Salt do not have it.
    pub const DEPRECATED: u32 = 4;
    /// It never runs.
    pub const UNREACHABLE: u32 = 8;
}

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SemanticToken {
    /// Its bytes, within one line.
    pub range: TextRange,
    /// What it is.
    pub kind: TokenType,
    /// [`Modifiers`]
    pub modifiers: u32,
}

/// The tokens of the file at `path` that touch `within` (`None`: all), in order.
///
/// # Errors
/// [`Stopped`].
pub fn semantic_tokens(
    analysis: &Analysis,
    path: &SaltPath,
    within: Option<TextRange>,
    stop: &Stop,
) -> Result<Vec<SemanticToken>, Stopped> {
    let text = text_of(analysis, path);
    if is_python(&text, path) {
        return Ok(Vec::new());
    }
    let template = parse(&text, &Options::default());
    let facts = analysis.catalog.views.iter().find_map(|view| view.facts(path));
    stop.check()?;
    let mut tokens = Tokens { text: &text, found: Vec::new() };
    jinja::read(&mut tokens, &template);
    if let Some(facts) = facts {
        entities(&mut tokens, analysis, facts);
    }
    let yaml = facts.is_some_and(|facts| {
        !matches!(facts.kind, EntryKind::Managed | EntryKind::Macros) || path.as_str().ends_with(".sls")
    });
    if yaml {
        yaml::read(&mut tokens, &template);
    }
    let mut found = tokens.finish();
    mark_dead(&template, &mut found);
    if let Some(within) = within {
        found.retain(|token| token.range.start < within.end && token.range.end > within.start);
    }
    Ok(found)
}

/// Whether the file is a script: not ours to colour.
fn is_python(text: &str, path: &SaltPath) -> bool {
    let pipe = text.strip_prefix("#!").and_then(|rest| rest.lines().next()).unwrap_or("");
    path.as_str().ends_with(".py") || pipe.split('|').any(|part| matches!(part.trim(), "py" | "pydsl" | "pyobjects"))
}

/// Tokens under construction. Those that were added first win where two overlap.
struct Tokens<'t> {
    text: &'t str,
    found: Vec<Vec<SemanticToken>>,
}

impl Tokens<'_> {
    /// Begins a layer below the ones before.
    fn layer(&mut self) {
        self.found.push(Vec::new());
    }

    fn add(&mut self, range: TextRange, kind: TokenType, modifiers: u32) {
        if !range.is_empty()
            && range.end as usize <= self.text.len()
            && let Some(layer) = self.found.last_mut()
        {
            layer.push(SemanticToken { range, kind, modifiers });
        }
    }

    fn finish(self) -> Vec<SemanticToken> {
        let mut kept: Vec<SemanticToken> = Vec::new();
        for mut layer in self.found {
            layer.sort_by_key(|token| (token.range.start, std::cmp::Reverse(token.range.end)));
            let mut merged: Vec<SemanticToken> = Vec::with_capacity(kept.len() + layer.len());
            let mut above = kept.iter().peekable();
            for token in layer {
                while let Some(one) = above.next_if(|one| one.range.end <= token.range.start) {
                    merged.push(*one);
                }
                let free = merged.last().is_none_or(|last| last.range.end <= token.range.start)
                    && above.peek().is_none_or(|next| next.range.start >= token.range.end);
                if free {
                    merged.push(token);
                }
            }
            merged.extend(above);
            kept = merged;
        }
        kept.iter().flat_map(|token| lines(self.text, *token)).collect()
    }
}

/// A token as one token for each of its lines.
fn lines(text: &str, token: SemanticToken) -> Vec<SemanticToken> {
    let slice = token.range.slice(text);
    if !slice.contains('\n') {
        return vec![token];
    }
    let mut found = Vec::new();
    let mut start = token.range.start;
    for line in slice.split_inclusive('\n') {
        let (all, ink) = (count(line), count(line.trim_end_matches(['\n', '\r'])));
        if ink > 0 {
            found.push(SemanticToken { range: TextRange::new(start, start + ink), ..token });
        }
        start += all;
    }
    found
}

fn count(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

/// What the file declares and refers to, where it is written out.
fn entities(tokens: &mut Tokens<'_>, analysis: &Analysis, facts: &Facts) {
    tokens.layer();
    for (entity, _) in model::entities(facts) {
        if entity.path != facts.path {
            continue;
        }
        let declares = if entity.role == Role::Definition { Modifiers::DECLARATION } else { 0 };
        let (kind, modifiers) = match entity.kind {
            EntityKind::StateId => (TokenType::Class, declares),
            EntityKind::Requisite | EntityKind::Extend | EntityKind::Exclude => (TokenType::Class, 0),
            EntityKind::Include => (TokenType::Namespace, 0),
            EntityKind::TopTarget if entity.role == Role::Use => (TokenType::Namespace, 0),
            EntityKind::TopTarget => (TokenType::Type, declares),
            EntityKind::PillarKey => (TokenType::Property, declares),
            EntityKind::Function => (TokenType::Function, of_library(analysis, &entity.name)),
            _ => continue,
        };
        tokens.add(entity.range, kind, modifiers);
    }
    let states = facts.declarations.iter().chain(&facts.extends).flat_map(|one| &one.states);
    for argument in states.flat_map(|state| &state.args) {
        if argument.origin.path == facts.path {
            tokens.add(argument.origin.range, TokenType::Property, 0);
        }
    }
}

/// Whether Salt has the state function, and whether it still does.
fn of_library(analysis: &Analysis, name: &str) -> u32 {
    let Some((module, function)) = name.split_once('.') else { return 0 };
    let Some(function) = analysis.library.state_module(module).and_then(|module| module.function(function)) else {
        return 0;
    };
    Modifiers::LIBRARY | if function.until.is_some() { Modifiers::DEPRECATED } else { 0 }
}

/// Marks what stands in a branch that a constant rules out.
fn mark_dead(template: &Template, tokens: &mut [SemanticToken]) {
    let dead = jinja::dead(template);
    for token in tokens.iter_mut() {
        if dead.iter().any(|range| range.covers(token.range)) {
            token.modifiers |= Modifiers::UNREACHABLE;
        }
    }
}
