//! Inside a tag: statements, filters, tests, members of values, names.

use text::TextRange;
use world::Stopped;

use super::items::{Item, Items};
use super::tag::{Token, operand, tokens};
use super::{Cursor, names, pillar, string};
use crate::shape::{From, Shape, Shapes};
use crate::{SymbolKind, catalogue};

/// Statements of Jinja and Salt (`salt/utils/jinja.py`, `SerializerExtension`).
const STATEMENTS: [(&str, &str); 39] = [
    ("if", "if … endif"),
    ("elif", "another condition"),
    ("else", "otherwise"),
    ("endif", "ends if"),
    ("for", "for … endfor"),
    ("endfor", "ends for"),
    ("set", "gives a variable a value"),
    ("endset", "ends a set block"),
    ("macro", "macro … endmacro"),
    ("endmacro", "ends macro"),
    ("call", "calls a macro with a body"),
    ("endcall", "ends call"),
    ("filter", "filters its body"),
    ("endfilter", "ends filter"),
    ("do", "evaluates without printing"),
    ("import", "a template as a module"),
    ("from", "names of a template"),
    ("include", "another template's text"),
    ("extends", "a parent template"),
    ("block", "block … endblock"),
    ("endblock", "ends block"),
    ("with", "a scope with variables"),
    ("endwith", "ends with"),
    ("raw", "text without tags"),
    ("endraw", "ends raw"),
    ("break", "leaves the loop"),
    ("continue", "goes on with the next item"),
    ("autoescape", "autoescape … endautoescape"),
    ("endautoescape", "ends autoescape"),
    ("print", "prints expressions"),
    ("load_yaml", "load_yaml as name … endload"),
    ("load_json", "load_json as name … endload"),
    ("load_text", "load_text as name … endload"),
    ("endload", "ends a load block"),
    ("import_yaml", "a YAML file as a variable"),
    ("import_json", "a JSON file as a variable"),
    ("import_text", "a text file as a variable"),
    ("profile", "measures its body"),
    ("endprofile", "ends profile"),
];

/// Offers what fits behind `before`, which begins at `start`.
pub(crate) fn offer(
    cursor: &Cursor<'_>,
    statement: bool,
    start: usize,
    before: &str,
    items: &mut Items,
) -> Result<(), Stopped> {
    cursor.stop.check()?;
    let all = tokens(before);
    if let Some((Token::Text { value, open: true }, at)) = all.last().copied() {
        let place = string::Place { value, at: start + at };
        string::offer(cursor, before, all.get(..all.len() - 1).unwrap_or(&[]), &place, items);
        return Ok(());
    }
    let (rest, at) = match all.last() {
        Some((Token::Name(name) | Token::Number(name), at)) if at + name.len() == before.len() => {
            (all.get(..all.len() - 1).unwrap_or(&[]), *at)
        }
        _ => (all.as_slice(), before.len()),
    };
    let word = word_at(cursor.text, start + at, cursor.offset);
    let place = Place { cursor, before, statement, rest, word };
    place.offer(items);
    Ok(())
}

/// From `from` to where the identifier at `offset` ends.
fn word_at(text: &str, from: usize, offset: usize) -> TextRange {
    let rest = text.get(offset..).unwrap_or("");
    let more = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    TextRange::of(from, offset + more)
}

struct Place<'a> {
    cursor: &'a Cursor<'a>,
    before: &'a str,
    statement: bool,
    /// The tokens before the word.
    rest: &'a [(Token<'a>, usize)],
    word: TextRange,
}

impl Place<'_> {
    fn token(&self, back: usize) -> Option<Token<'_>> {
        self.rest.len().checked_sub(back).and_then(|n| self.rest.get(n)).map(|(token, _)| *token)
    }

    fn offer(&self, items: &mut Items) {
        let last = self.token(1);
        if self.statement && self.rest.is_empty() {
            for (name, what) in STATEMENTS {
                items.push(self.word, Item::new(name, SymbolKind::Keyword, 0).detail(what));
            }
            return;
        }
        match last {
            Some(Token::Op('.')) => return self.members(items),
            Some(Token::Op('|')) => return self.filters(items),
            Some(Token::Name("is")) => return self.tests(items),
            Some(Token::Name("not")) if self.token(2) == Some(Token::Name("is")) => return self.tests(items),
            _ => {}
        }
        if self.statement && self.head(items) {
            return;
        }
        match last {
            Some(Token::Name("in" | "and" | "or" | "not" | "if" | "else" | "elif" | "do" | "call" | "print")) => {}
            Some(Token::Name(_) | Token::Number(_) | Token::Text { .. } | Token::Op(')' | ']' | '}'))
                if !self.is_statement_word() =>
            {
                for name in ["if", "else", "is", "in", "not in", "and", "or"] {
                    items.push(self.word, Item::new(name, SymbolKind::Keyword, 0));
                }
                return;
            }
            _ => {}
        }
        names::offer(self.cursor, self.rest, self.word, items);
    }

    /// Whether the only token before is the word that names the statement.
    fn is_statement_word(&self) -> bool {
        self.statement && self.rest.len() == 1
    }

    /// What a statement's own grammar asks for; true if nothing else fits.
    fn head(&self, items: &mut Items) -> bool {
        let word = |items: &mut Items, text: &str| {
            items.push(self.word, Item::new(text, SymbolKind::Keyword, 0));
            true
        };
        let first = self.rest.first().map(|(token, _)| *token);
        match (first, self.rest.len()) {
            (Some(Token::Name("filter")), 1) => {
                self.filters(items);
                true
            }
            (Some(Token::Name("from")), 2) => word(items, "import"),
            (Some(Token::Name("from")), n) if n > 2 => {
                self.imported(items);
                true
            }
            (Some(Token::Name(name)), 2) if name.starts_with("import") => word(items, "as"),
            (Some(Token::Name(name)), n) if name.starts_with("import") && n > 3 => {
                word(items, "with context");
                word(items, "without context")
            }
            (Some(Token::Name("include")), 2) => {
                word(items, "ignore missing");
                word(items, "with context");
                word(items, "without context")
            }
            (Some(Token::Name("load_yaml" | "load_json" | "load_text")), 1) => word(items, "as"),
            (Some(Token::Name("for")), 2) => word(items, "in"),
            // a name of one's own comes here
            (Some(Token::Name("set" | "macro" | "for" | "block" | "load_yaml" | "load_json" | "load_text")), n) => {
                n < 3 && !self.rest.iter().any(|(token, _)| *token == Token::Op('='))
            }
            _ => false,
        }
    }

    /// Behind `from 'x' import`: what x exports.
    fn imported(&self, items: &mut Items) {
        let Some(Token::Text { value, .. }) = self.rest.get(1).map(|(token, _)| *token) else { return };
        match self.token(1) {
            Some(Token::Name("as")) => return,
            Some(Token::Name("import") | Token::Op(',')) => {}
            _ => {
                for text in ["as", "with context", "without context"] {
                    items.push(self.word, Item::new(text, SymbolKind::Keyword, 0));
                }
                return;
            }
        }
        let analysis = self.cursor.analysis;
        let Some(file) = crate::shape::resolve_template(analysis, self.cursor.path, value) else { return };
        let given: Vec<Token<'_>> = self.rest.iter().map(|(token, _)| *token).collect();
        for (label, kind, detail) in names::exported(analysis, &file) {
            if !given.contains(&Token::Name(&label)) {
                items.push(self.word, Item::new(&label, kind, 0).detail(detail));
            }
        }
    }

    fn filters(&self, items: &mut Items) {
        for filter in library::filters() {
            let item = Item::new(filter.name, SymbolKind::Filter, u32::from(filter.salt)).detail(filter.signature());
            items.push(self.word, item);
        }
    }

    fn tests(&self, items: &mut Items) {
        if self.token(1) == Some(Token::Name("is")) {
            items.push(self.word, Item::new("not", SymbolKind::Keyword, 0));
        }
        for test in library::tests() {
            items.push(self.word, Item::new(test.name, SymbolKind::Filter, 0).detail(test.signature()));
        }
    }

    /// Behind a dot: keys of the value before it.
    fn members(&self, items: &mut Items) {
        let dot = self.rest.len() - 1;
        let Some(from) = operand(self.rest, dot) else { return };
        let (Some((_, from)), Some((_, to))) = (self.rest.get(from), self.rest.get(dot)) else { return };
        let Some(text) = self.before.get(*from..*to) else { return };
        members(self.cursor, text, self.word, true, items);
    }
}

/// Offers the keys of the value that `text` computes; `dotted`: as attributes.
pub(crate) fn members(cursor: &Cursor<'_>, text: &str, word: TextRange, dotted: bool, items: &mut Items) {
    let Some(mut shapes) = Shapes::new(cursor.analysis) else { return };
    let found = shapes.of_text(cursor.path, text);
    for shape in &found {
        let prefix = match shape {
            Shape::Salt => String::new(),
            Shape::SaltModule(module) if dotted => format!("{module}."),
            Shape::SaltFunction(module) if dotted => format!("{module}."),
            _ => continue,
        };
        salt_functions(cursor, &prefix, word, dotted, items);
    }
    for member in shapes.members(&found) {
        let identifier = member.name.chars().all(|c| c.is_alphanumeric() || c == '_')
            && !member.name.starts_with(|c: char| c.is_ascii_digit());
        if dotted && !identifier {
            continue;
        }
        let (kind, detail) = match &member.from {
            From::Pillar(path) => (SymbolKind::PillarKey, pillar::defining_files(cursor, path)),
            From::Grain(_) => (SymbolKind::Grain, "grain".to_owned()),
            From::File(path) => (SymbolKind::Variable, path.to_string()),
            From::Export(path, _) => (SymbolKind::Macro, path.to_string()),
            From::Jinja => (SymbolKind::Variable, "of the loop".to_owned()),
        };
        items.push(word, Item::new(&member.name, kind, 0).detail(detail));
    }
    if found.iter().any(|shape| matches!(shape, Shape::Grains(path) if path.is_empty())) {
        for (name, what) in catalogue::grains() {
            items.push(word, Item::new(name, SymbolKind::Grain, 10).detail("grain").documentation(what));
        }
    }
    let mapping =
        |shape: &Shape| matches!(shape, Shape::Pillar(_) | Shape::Grains(_) | Shape::Map(..) | Shape::Data(..));
    if dotted && found.iter().any(mapping) {
        for name in ["get", "items", "keys", "values", "update"] {
            let item = Item::new(name, SymbolKind::Function, 30).detail("method of mappings");
            items.push(word, item);
        }
    }
}

/// Execution modules that templates call most.
const COMMON: [&str; 20] = [
    "pillar", "grains", "config", "slsutil", "defaults", "file", "network", "match", "mine", "cmd", "environ", "log",
    "user", "cp", "sdb", "vault", "pkg", "random", "saltutil", "test",
];

/// Execution functions: `pillar.get` in brackets, `pillar` and then `get` behind dots.
pub(crate) fn salt_functions(cursor: &Cursor<'_>, prefix: &str, word: TextRange, dotted: bool, items: &mut Items) {
    let mut used: Vec<String> = Vec::new();
    for view in &cursor.analysis.catalog.views {
        if let Some(facts) = view.facts(cursor.path) {
            let uses = facts.rendered.uses.iter().filter(|used| used.kind == render::UseKind::Function);
            used.extend(uses.filter_map(|used| used.name.as_literal().map(str::to_owned)));
        }
    }
    let typed = cursor.text.get(word.start as usize..cursor.offset).unwrap_or("");
    if dotted && prefix.is_empty() {
        for module in catalogue::execution_modules(cursor.analysis, "") {
            items.push(word, Item::new(&module, SymbolKind::Function, 10).detail("execution module"));
        }
    } else {
        // all functions are too many to offer at once: what templates call comes first
        let (module, dot) = typed.split_once('.').map_or((typed, ""), |(module, _)| (module, "."));
        let starts: Vec<String> = match (prefix, module) {
            ("", "") => COMMON.iter().map(|module| format!("{module}.")).chain([String::new()]).collect(),
            ("", module) => vec![format!("{module}{dot}"), format!("{}{dot}", module.get(..1).unwrap_or(module))],
            _ => vec![prefix.to_owned()],
        };
        for function in starts.iter().flat_map(|start| catalogue::execution_functions(cursor.analysis, start)) {
            let rest = function.name.strip_prefix(prefix).unwrap_or(&function.name);
            let rank = if function.file.is_some() { 0 } else { 10 };
            let item = Item::new(rest, SymbolKind::Function, rank).detail(function.signature());
            items.push(word, item.documentation(crate::markdown::function_documentation(&function)));
            if items.full() {
                break;
            }
        }
    }
    for name in used {
        let Some(rest) = name.strip_prefix(prefix) else { continue };
        let label = if dotted && prefix.is_empty() { rest.split('.').next().unwrap_or(rest) } else { rest };
        items.push(word, Item::new(label, SymbolKind::Function, 15));
    }
}
