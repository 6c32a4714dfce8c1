//! Inside a tag: statements, filters, tests, members of values, names.

use render::{Seen, Thing};
use syntax::jinja::walk::Node;
use syntax::jinja::{ExprKind, StatementKind, TokenKind};
use text::TextRange;
use world::Stopped;

use super::items::{Item, Items};
use super::usage::{self, Usage};
use super::{Cursor, names, pillar, string};
use crate::members::{self, From};
use crate::{SymbolKind, Topic, catalogue};

/// Statements of Jinja and Salt (`salt/utils/jinja.py`, `SerializerExtension`), those that states use
/// most first.
const STATEMENTS: [(&str, &str); 23] = [
    ("if", "if … endif"),
    ("set", "gives a variable a value"),
    ("for", "for … endfor"),
    ("from", "names of a template"),
    ("import", "a template as a module"),
    ("do", "evaluates without printing"),
    ("macro", "macro … endmacro"),
    ("import_yaml", "a YAML file as a variable"),
    ("load_yaml", "load_yaml as name … endload"),
    ("include", "another template's text"),
    ("raw", "text without tags"),
    ("call", "calls a macro with a body"),
    ("with", "a scope with variables"),
    ("filter", "filters its body"),
    ("block", "block … endblock"),
    ("extends", "a parent template"),
    ("import_json", "a JSON file as a variable"),
    ("import_text", "a text file as a variable"),
    ("load_json", "load_json as name … endload"),
    ("load_text", "load_text as name … endload"),
    ("print", "prints expressions"),
    ("autoescape", "autoescape … endautoescape"),
    ("profile", "measures its body"),
];

/// Tags inside of a block and at its end.
const INNER: [(&str, &str); 15] = [
    ("elif", "another condition"),
    ("else", "otherwise"),
    ("endif", "ends if"),
    ("endfor", "ends for"),
    ("endset", "ends a set block"),
    ("endmacro", "ends macro"),
    ("endcall", "ends call"),
    ("endfilter", "ends filter"),
    ("endblock", "ends block"),
    ("endwith", "ends with"),
    ("endautoescape", "ends autoescape"),
    ("endload", "ends a load block"),
    ("endprofile", "ends profile"),
    ("break", "leaves the loop"),
    ("continue", "goes on with the next item"),
];

/// Filters that states use most; the others follow by name.
const COMMON_FILTERS: [&str; 24] = [
    "default",
    "json",
    "yaml",
    "join",
    "yaml_encode",
    "yaml_dquote",
    "tojson",
    "replace",
    "indent",
    "lower",
    "length",
    "first",
    "int",
    "upper",
    "list",
    "dictsort",
    "map",
    "string",
    "regex_replace",
    "sort",
    "selectattr",
    "to_bool",
    "trim",
    "unique",
];

/// Tests that states use most; the others follow by name.
const COMMON_TESTS: [&str; 10] =
    ["defined", "not", "none", "mapping", "string", "iterable", "match", "sequence", "number", "in"];

/// Offers what fits at the cursor of a tag.
///
/// # Errors
/// [`Stopped`].
pub(crate) fn offer(cursor: &Cursor<'_>, statement: bool, items: &mut Items) -> Result<(), Stopped> {
    cursor.stop.check()?;
    if let Some(literal) = cursor.typing.literal() {
        return string::offer(cursor, literal.content, items);
    }
    let before = cursor.typing.before();
    let path = cursor.typing.path();
    Place { cursor, statement, before: &before, path: &path, word: cursor.typing.word }.offer(items)
}

struct Place<'a> {
    cursor: &'a Cursor<'a>,
    statement: bool,
    /// The tag's tokens before the word.
    before: &'a [(TokenKind, &'a str)],
    /// The nodes around the word.
    path: &'a [Node<'a>],
    word: TextRange,
}

fn rank_in(list: &[&str], name: &str) -> u32 {
    u32::try_from(list.iter().position(|known| *known == name).unwrap_or(list.len())).unwrap_or(0)
}

impl Place<'_> {
    /// The token `back` tokens before the word.
    fn token(&self, back: usize) -> &str {
        self.before.len().checked_sub(back).and_then(|n| self.before.get(n)).map_or("", |(_, text)| *text)
    }

    fn offer(&self, items: &mut Items) -> Result<(), Stopped> {
        if self.statement && self.before.is_empty() {
            self.statements(items);
            return Ok(());
        }
        match (self.token(2), self.token(1)) {
            (_, ".") => return self.members(items),
            (_, "|") => {
                filters(self.cursor, self.word, items);
                return Ok(());
            }
            (_, "is") | ("is", "not") => {
                self.tests(items);
                return Ok(());
            }
            _ => {}
        }
        if self.statement && self.head(items)? {
            return Ok(());
        }
        if self.is_behind_operand() {
            for (n, name) in ["if", "else", "is", "in", "not in", "and", "or"].into_iter().enumerate() {
                items.push(self.word, Item::new(name, SymbolKind::Keyword, u32::try_from(n).unwrap_or(0)));
            }
            return Ok(());
        }
        names::offer(self.cursor, self.path, self.word, items)
    }

    /// Whether an operator, not an operand, comes next.
    fn is_behind_operand(&self) -> bool {
        match self.before.last() {
            Some((TokenKind::Name, text)) => !matches!(*text, "if" | "else" | "in" | "and" | "or" | "not" | "is"),
            Some((TokenKind::Number | TokenKind::String, _)) => true,
            Some((TokenKind::Operator, text)) => matches!(*text, ")" | "]" | "}"),
            _ => false,
        }
    }

    /// Tags: the one that closes the open block first.
    fn statements(&self, items: &mut Items) {
        let text = &self.cursor.typing.text;
        // every block around, innermost first, with whether something closes it already
        let mut around = self.path.iter().rev().filter_map(|node| match node {
            Node::Statement(statement) => Some((ends_of(&statement.kind)?, is_closed(statement.range.slice(text)))),
            _ => None,
        });
        let innermost = around.next();
        let looped = innermost.is_some_and(|(ends, _)| ends.contains(&"endfor"))
            || around.any(|(ends, _)| ends.contains(&"endfor"));
        for (name, what) in INNER {
            let position =
                innermost.and_then(|(ends, closed)| Some((ends.iter().position(|end| *end == name)?, closed)));
            let rank = match position {
                Some((0, false)) => 0,
                Some((n, _)) => 2 + u32::try_from(n).unwrap_or(0),
                None if looped && matches!(name, "break" | "continue") => 20,
                None => 60,
            };
            items.push(self.word, Item::new(name, SymbolKind::Keyword, rank).detail(what));
        }
        for (n, (name, what)) in STATEMENTS.into_iter().enumerate() {
            let rank = 10 + u32::try_from(n).unwrap_or(0);
            items.push(self.word, Item::new(name, SymbolKind::Keyword, rank).detail(what));
        }
    }

    /// What a statement's own grammar asks for; true if nothing else fits.
    fn head(&self, items: &mut Items) -> Result<bool, Stopped> {
        let words = |items: &mut Items, words: &[&str]| {
            for (n, word) in words.iter().enumerate() {
                items.push(self.word, Item::new(word, SymbolKind::Keyword, u32::try_from(n).unwrap_or(0)));
            }
            true
        };
        let first = self.before.first().map_or("", |(_, text)| *text);
        let has = |word: &str| self.before.iter().any(|(_, text)| *text == word);
        let behind = self.is_behind_operand();
        Ok(match (first, self.before.len()) {
            ("filter", 1) => {
                filters(self.cursor, self.word, items);
                true
            }
            ("from", _) if !has("import") => behind && words(items, &["import"]),
            ("from", _) => {
                self.imported(items)?;
                true
            }
            ("import" | "import_yaml" | "import_json" | "import_text", _) if !has("as") => {
                behind && words(items, &["as"])
            }
            ("import" | "import_yaml" | "import_json" | "import_text", _) => {
                self.token(1) == "as" || words(items, &["with context", "without context"])
            }
            ("include", _) if behind => words(items, &["ignore missing", "with context", "without context"]),
            ("load_yaml" | "load_json" | "load_text", 1) => words(items, &["as"]),
            ("for", n) if n > 1 && !has("in") => self.token(1) == "," || words(items, &["in"]),
            ("for", _) if has("in") && behind => words(items, &["if", "recursive", "is", "in", "and", "or"]),
            // a name of one's own comes here
            ("for", 1) => true,
            ("set" | "macro" | "block" | "load_yaml" | "load_json" | "load_text", _) => {
                !has("=") && !self.before.iter().any(|(_, text)| *text == "(")
            }
            _ => false,
        })
    }

    /// Behind `from 'x' import`: what x exports.
    fn imported(&self, items: &mut Items) -> Result<(), Stopped> {
        match self.token(1) {
            "as" => return Ok(()),
            "import" | "," => {}
            _ => {
                for (n, text) in ["with context", "as", "without context"].into_iter().enumerate() {
                    items.push(self.word, Item::new(text, SymbolKind::Keyword, u32::try_from(n).unwrap_or(0)));
                }
                return Ok(());
            }
        }
        let statement = self.path.iter().rev().find_map(|node| match node {
            Node::Statement(statement) => Some(&statement.kind),
            _ => None,
        });
        let Some(StatementKind::FromImport { template, .. }) = statement else { return Ok(()) };
        let Some(file) = self.cursor.template_at(template.range)? else { return Ok(()) };
        for (label, kind, detail) in names::exported(self.cursor.analysis, &file) {
            if !self.before.iter().any(|(kind, text)| *kind == TokenKind::Name && **text == label) {
                items.push(self.word, Item::new(&label, kind, 0).detail(detail));
            }
        }
        Ok(())
    }

    fn tests(&self, items: &mut Items) {
        if self.token(1) == "is" {
            let rank = rank_in(&COMMON_TESTS, "not");
            items.push(self.word, Item::new("not", SymbolKind::Keyword, rank));
        }
        for test in library::tests() {
            let rank = rank_in(&COMMON_TESTS, test.name);
            items.push(self.word, Item::new(test.name, SymbolKind::Filter, rank).detail(test.signature()));
        }
    }

    /// Behind a dot: keys of the value before it.
    fn members(&self, items: &mut Items) -> Result<(), Stopped> {
        let base = self.path.iter().rev().find_map(|node| match node {
            Node::Expr(expr, _) => match &*expr.kind {
                ExprKind::Attribute(base, _) => Some(base.range),
                _ => None,
            },
            _ => None,
        });
        let Some(base) = base else { return Ok(()) };
        let seen = self.cursor.look(&[base], 2)?.values.into_iter().next().unwrap_or_default();
        offer_members(self.cursor, &seen, self.word, true, items);
        Ok(())
    }
}

/// The tags that may stand inside and at the end of a block, the end first.
fn ends_of(kind: &StatementKind) -> Option<&'static [&'static str]> {
    Some(match kind {
        StatementKind::If(_) => &["endif", "else", "elif"],
        StatementKind::For { .. } => &["endfor", "else"],
        StatementKind::SetBlock { .. } => &["endset"],
        StatementKind::Macro(_) => &["endmacro"],
        StatementKind::Call { .. } => &["endcall"],
        StatementKind::FilterBlock { .. } => &["endfilter"],
        StatementKind::Block { .. } => &["endblock"],
        StatementKind::With { .. } => &["endwith"],
        StatementKind::Autoescape { .. } => &["endautoescape"],
        StatementKind::Load { .. } => &["endload"],
        StatementKind::Profile { .. } => &["endprofile"],
        _ => return None,
    })
}

/// Whether a block's text ends with its end tag.
fn is_closed(text: &str) -> bool {
    let Some(tag) = text.rfind("{%").and_then(|at| text.get(at + 2..)) else { return false };
    text.ends_with("%}") && tag.trim_start_matches(['-', '+', ' ', '\n', '\t']).starts_with("end")
}

fn filters(cursor: &Cursor<'_>, word: TextRange, items: &mut Items) {
    let used = usage::filters(cursor);
    for filter in library::filters() {
        let common = rank_in(&COMMON_FILTERS, filter.name) / 4 + 4 + u32::from(filter.salt);
        let count = used.count(filter.name);
        let rank = if count > 0 { used.rank(filter.name).min(common) } else { common };
        let item = Item::new(filter.name, SymbolKind::Filter, rank).weight(count);
        items.push(word, item.detail(filter.signature()));
    }
}

/// Offers the keys of values; `dotted`: as attributes.
pub(crate) fn offer_members(cursor: &Cursor<'_>, seen: &[Seen], word: TextRange, dotted: bool, items: &mut Items) {
    for value in seen {
        let prefix = match value {
            Seen::Thing(Thing::Salt) => String::new(),
            Seen::Thing(Thing::SaltFunction(module)) if dotted => format!("{module}."),
            _ => continue,
        };
        salt_functions(cursor, &prefix, word, dotted, items);
    }
    let grains = members::is_grains(seen);
    let used = if grains { usage::uses(cursor, render::UseKind::Grain) } else { Usage::default() };
    for member in members::members(cursor.analysis, seen) {
        if dotted && !is_identifier(&member.name) {
            continue;
        }
        let (kind, detail, rank) = match &member.from {
            From::Pillar(path) => (SymbolKind::PillarKey, pillar::defining_files(cursor, path), 0),
            From::Grain(_) => (SymbolKind::Grain, "grain".to_owned(), used.rank(&member.name)),
            From::File(path) => (SymbolKind::Variable, path.to_string(), 0),
            From::Export(path, _) => (SymbolKind::Macro, path.to_string(), 0),
            From::Jinja => (SymbolKind::Variable, String::new(), 0),
        };
        let detail = if member.about.is_empty() { detail } else { format!("{} · {detail}", member.about) };
        items.push(word, Item::new(&member.name, kind, rank).detail(detail.trim_end_matches(" · ")));
    }
    if grains {
        offer_grains(&used, word, items);
    }
    if dotted && members::is_mapping(seen) {
        for (n, name) in ["get", "items", "keys", "values", "update"].into_iter().enumerate() {
            let rank = 30 + u32::try_from(n).unwrap_or(0);
            items.push(word, Item::new(name, SymbolKind::Function, rank).detail("method of mappings"));
        }
    }
}

/// Whether a key can be written behind a dot.
fn is_identifier(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// Grains: those that this repository reads first.
pub(crate) fn offer_grains(used: &Usage, word: TextRange, items: &mut Items) {
    for (name, what) in catalogue::grains() {
        let rank = used.rank(name);
        let item = Item::new(name, SymbolKind::Grain, rank).weight(used.count(name));
        items.push(word, item.detail("grain").documentation(what));
    }
    for (name, _) in used.iter().filter(|(name, _)| !name.contains([':', '*'])) {
        let rank = used.rank(name);
        items.push(word, Item::new(name, SymbolKind::Grain, rank).detail("grain"));
    }
}

/// Execution modules that templates call most.
const COMMON: [&str; 20] = [
    "pillar", "grains", "config", "slsutil", "defaults", "file", "network", "match", "mine", "cmd", "environ", "log",
    "user", "cp", "sdb", "vault", "pkg", "random", "saltutil", "test",
];

/// Execution functions: `pillar.get` in brackets, `pillar` and then `get` behind dots.
pub(crate) fn salt_functions(cursor: &Cursor<'_>, prefix: &str, word: TextRange, dotted: bool, items: &mut Items) {
    let used = usage::uses(cursor, render::UseKind::Function);
    let typed = cursor.text.get(word.start as usize..cursor.offset).unwrap_or("");
    let common = |module: &str| rank_in(&COMMON, module).min(20);
    if dotted && prefix.is_empty() {
        for module in catalogue::execution_modules(cursor.analysis, "") {
            let count = used.iter().filter(|(name, _)| name.split('.').next() == Some(&module)).map(|(_, n)| n).sum();
            let own = cursor.analysis.modules.iter().any(|own| {
                own.module.kind == library::ModuleKind::Execution
                    && own.module.names.iter().any(|name| **name == *module)
            });
            let rank = if own { 10 } else { usage::rank_of(count) * 3 + common(&module) };
            items.push(word, Item::new(&module, SymbolKind::Function, rank).detail("execution module"));
        }
        return;
    }
    for (name, _) in used.iter() {
        let Some(rest) = name.strip_prefix(prefix) else { continue };
        let item = Item::new(rest, SymbolKind::Function, used.rank(name)).weight(used.count(name));
        items.push(word, item.topic(Topic::ExecutionFunction(name.to_string())));
    }
    // all functions are too many to offer at once: what templates call comes first
    let (module, dot) = typed.split_once('.').map_or((typed, ""), |(module, _)| (module, "."));
    let starts: Vec<String> = match (prefix, module) {
        ("", "") => {
            let own = cursor.analysis.modules.iter().filter(|own| own.module.kind == library::ModuleKind::Execution);
            let own = own.flat_map(|own| own.module.names.iter()).map(|name| format!("{name}."));
            own.chain(COMMON.iter().map(|module| format!("{module}."))).collect()
        }
        ("", module) => vec![format!("{module}{dot}"), module.get(..1).unwrap_or(module).to_owned()],
        _ => vec![prefix.to_owned()],
    };
    items.more |= prefix.is_empty();
    for (name, own) in starts.iter().flat_map(|start| catalogue::execution_names(cursor.analysis, start)) {
        let rest = name.strip_prefix(prefix).unwrap_or(&name);
        let module = name.split('.').next().unwrap_or("");
        let rank = if own { 5 } else { 12 + common(module) };
        let item = Item::new(rest, SymbolKind::Function, rank).detail(if own { "of this repository" } else { "" });
        items.push(word, item.topic(Topic::ExecutionFunction(name.clone())));
    }
}
