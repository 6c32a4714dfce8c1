//! What one template's own syntax says, kept by the memo: a file's text is all that it depends on.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use syntax::jinja::walk::{NameRole, Role, Visitor, walk_body};
use syntax::jinja::{self, CompareOp, Expr, ExprKind, Name, Options, Statement, StatementKind, Template};
use text::TextRange;
use world::{Fingerprint, Hasher, Query, Reader, SaltPath, Stopped};

use super::comments::{Comment, comments};
use super::loops::{Lost, lost};

/// What a comment that suppresses findings holds.
const MARK: &str = "saltflow: ignore";

/// A template's syntax, as far as checks need it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Local {
    /// Whether jinja2 refuses the template: then names say little.
    pub broken: bool,
    /// Whether a comment suppresses findings.
    pub marked: bool,
    /// Whether it includes or extends others, which see its names.
    pub includes: bool,
    /// Whether it imports others with context, which see its names.
    pub with_context: bool,
    /// Names that are read anywhere.
    pub reads: FxHashSet<SmolStr>,
    /// Imported names.
    pub imports: Vec<Imported>,
    /// Filters and tests that do not exist.
    pub unknown: Vec<Unknown>,
    /// Reads of names that the template binds nowhere, tests for nowhere and gives no default.
    pub free: Vec<(SmolStr, TextRange)>,
    /// Those of them that every rendering comes by.
    pub always: FxHashSet<TextRange>,
    /// Grains beside the texts that they are compared with.
    pub grain_values: Vec<Compared>,
    /// Jinja in YAML comments.
    pub comments: Vec<Comment>,
    /// `set`s that are lost behind their loop.
    pub lost: Vec<Lost>,
}

/// An imported name.
#[derive(Clone, Debug)]
pub(crate) struct Imported {
    /// The name that it has here.
    pub name: SmolStr,
    /// Where that is written.
    pub range: TextRange,
    /// Whether its statement imports nothing else and has its line for itself.
    pub alone: bool,
    /// That line, with its end.
    pub line: TextRange,
}

/// A filter or test that does not exist.
#[derive(Clone, Debug)]
pub(crate) struct Unknown {
    /// Its name.
    pub name: SmolStr,
    /// Where.
    pub range: TextRange,
    /// Whether it is a test.
    pub test: bool,
}

/// `grains['os'] == 'Debian'`
#[derive(Clone, Debug)]
pub(crate) struct Compared {
    /// The grain.
    pub grain: SmolStr,
    /// The text.
    pub value: SmolStr,
    /// Where the text is, without quotes.
    pub range: TextRange,
}

impl Local {
    /// Whether there is nothing to look at.
    pub fn is_empty(&self) -> bool {
        self.imports.is_empty()
            && self.unknown.is_empty()
            && self.free.is_empty()
            && self.reads.is_empty()
            && self.comments.is_empty()
    }
}

/// The question for a file's [`Local`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LocalQuery {
    /// The file.
    pub path: SaltPath,
}

impl Query for LocalQuery {
    type Answer = Local;
    type Part = ();

    fn compute(&self, reader: &Reader<'_>) -> Result<Local, Stopped> {
        let Some(content) = reader.content(&self.path)? else { return Ok(Local::default()) };
        let Ok(text) = std::str::from_utf8(&content) else { return Ok(Local::default()) };
        let marked = text.contains(MARK);
        if !text.contains("{%") && !text.contains("{{") {
            return Ok(Local { marked, ..Local::default() });
        }
        Ok(Local { marked, ..read(text) })
    }

    fn fingerprint(answer: &Local) -> Fingerprint {
        // nothing that is kept depends on it
        let mut hasher = Hasher::default();
        hasher.number(answer.reads.len() as u64);
        hasher.finish()
    }

    fn part_fingerprint(answer: &Local, (): &()) -> Fingerprint {
        Self::fingerprint(answer)
    }

    fn cycle(&self) -> Local {
        Local::default()
    }
}

/// Reads a template.
pub(super) fn read(text: &str) -> Local {
    let template = jinja::parse(text, &Options::default());
    let mut walk = Walk { text, ..Walk::default() };
    walk_body(&template.body, &mut walk);
    let mut local = walk.local;
    local.broken = !template.errors.is_empty();
    if local.broken {
        local.unknown.clear();
        local.imports.clear();
        return local;
    }
    let (bound, guarded) = (walk.bound, walk.guarded);
    local.free.retain(|(name, _)| !bound.contains(name) && !guarded.contains(name));
    local.comments = comments(text, &template);
    local.lost = lost(&template);
    local.imports.iter_mut().for_each(|import| import.alone &= is_alone(text, &template, import.line));
    local
}

/// Whether one statement, and nothing else, stands on the line.
fn is_alone(text: &str, template: &Template, line: TextRange) -> bool {
    let mut inside = template.body.iter().filter(|one| one.range.start < line.end && line.start < one.range.end);
    let others = inside.by_ref().filter(|one| match one.kind {
        StatementKind::Data(_) => !one.range.slice(text).trim().is_empty() && !only_outside(text, one.range, line),
        _ => true,
    });
    others.count() == 1
}

/// Whether what of a stretch of data lies within the line is blank.
fn only_outside(text: &str, data: TextRange, line: TextRange) -> bool {
    let (start, end) = (data.start.max(line.start), data.end.min(line.end));
    start >= end || TextRange::new(start, end).slice(text).trim().is_empty()
}

#[derive(Default)]
struct Walk<'t> {
    text: &'t str,
    local: Local,
    bound: FxHashSet<SmolStr>,
    guarded: FxHashSet<SmolStr>,
    /// Statements and expressions around that may not be evaluated.
    branches: usize,
}

impl Walk<'_> {
    fn guard(&mut self, expr: &Expr) {
        match &*expr.kind {
            ExprKind::Name(name) => {
                self.guarded.insert(name.clone());
            }
            ExprKind::Attribute(of, _) | ExprKind::Item(of, _) => self.guard(of),
            ExprKind::Filter { input: Some(input), .. } => self.guard(input),
            _ => {}
        }
    }

    fn import(&mut self, name: &Name, statement: &Statement, alone: bool) {
        self.bound.insert(name.text.clone());
        let (start, end) = (statement.range.start as usize, statement.range.end as usize);
        let line = self.text.get(..start).and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1);
        let stop = self.text.get(end..).and_then(|text| text.find('\n')).map_or(self.text.len(), |at| end + at + 1);
        let line = TextRange::of(line, stop);
        self.local.imports.push(Imported { name: name.text.clone(), range: name.range, alone, line });
    }

    /// `grains['os']` beside a text or several.
    fn compared(&mut self, one: &Expr, other: &Expr) {
        let Some(grain) = grain(one) else { return };
        let mut texts = vec![other];
        if let ExprKind::List(items) | ExprKind::Tuple(items) = &*other.kind {
            texts = items.iter().collect();
        }
        for text in texts {
            if let ExprKind::Str { value, parts, plain: true } = &*text.kind
                && let [range] = parts.as_slice()
            {
                self.local.grain_values.push(Compared { grain: grain.clone(), value: value.clone(), range: *range });
            }
        }
    }
}

/// The grain that an expression reads: `grains.os`, `grains['os']`, `grains.get('os')`,
/// `salt['grains.get']('os')`.
fn grain(expr: &Expr) -> Option<SmolStr> {
    let is_grains = |of: &Expr| matches!(&*of.kind, ExprKind::Name(name) if name == "grains");
    let literal = |expr: &Expr| match &*expr.kind {
        ExprKind::Str { value, .. } => Some(value.clone()),
        _ => None,
    };
    match &*expr.kind {
        ExprKind::Attribute(of, name) if is_grains(of) => Some(name.text.clone()),
        ExprKind::Item(of, key) if is_grains(of) => literal(key),
        ExprKind::CallExpr(callee, args) => {
            let first = args.positional.first().and_then(literal)?;
            match &*callee.kind {
                ExprKind::Attribute(of, get) if get.text == "get" && is_grains(of) => Some(first),
                ExprKind::Item(of, key)
                    if matches!(&*of.kind, ExprKind::Name(name) if name == "salt")
                        && literal(key).as_deref() == Some("grains.get") =>
                {
                    Some(first)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether the parts of a statement may not be evaluated, or not as often as it is.
fn branches(statement: &Statement) -> bool {
    matches!(
        statement.kind,
        StatementKind::If(_)
            | StatementKind::For { .. }
            | StatementKind::Macro(_)
            | StatementKind::Call { .. }
            | StatementKind::Block { .. }
    )
}

impl<'t> Visitor<'t> for Walk<'_> {
    fn enter_statement(&mut self, statement: &'t Statement) -> bool {
        match &statement.kind {
            StatementKind::Include { .. } | StatementKind::Extends(_) => self.local.includes = true,
            StatementKind::Import { target, with_context, .. } => {
                self.local.with_context |= with_context;
                self.import(target, statement, true);
            }
            StatementKind::ImportData { target, with_context, .. } => {
                self.local.with_context |= with_context;
                self.import(target, statement, true);
            }
            StatementKind::FromImport { names, with_context, .. } => {
                self.local.with_context |= with_context;
                let alone = names.len() == 1;
                for (name, alias) in names {
                    self.import(alias.as_ref().unwrap_or(name), statement, alone);
                }
            }
            _ => {}
        }
        self.branches += usize::from(branches(statement));
        true
    }

    fn leave_statement(&mut self, statement: &'t Statement) {
        self.branches -= usize::from(branches(statement));
    }

    fn enter_expr(&mut self, expr: &'t Expr, role: Role) -> bool {
        match &*expr.kind {
            ExprKind::Name(name) if role == Role::Target => {
                self.bound.insert(name.clone());
            }
            ExprKind::Name(name) | ExprKind::NsRef(name, _) => {
                self.local.reads.insert(name.clone());
                self.local.free.push((name.clone(), expr.range));
                if self.branches == 0 {
                    self.local.always.insert(expr.range);
                }
            }
            ExprKind::Test { input, name, .. } if matches!(name.text.as_str(), "defined" | "undefined" | "none") => {
                self.guard(input);
            }
            ExprKind::Filter { input: Some(input), name, .. } if matches!(name.text.as_str(), "default" | "d") => {
                self.guard(input);
            }
            ExprKind::Compare(first, rest) => {
                for (operator, other) in rest {
                    if matches!(operator, CompareOp::Eq | CompareOp::Ne | CompareOp::In | CompareOp::NotIn) {
                        self.compared(first, other);
                        self.compared(other, first);
                    }
                }
            }
            _ => {}
        }
        self.branches += usize::from(chooses(expr));
        true
    }

    fn leave_expr(&mut self, expr: &'t Expr) {
        self.branches -= usize::from(chooses(expr));
    }

    fn name(&mut self, name: &'t Name, role: NameRole) {
        match role {
            NameRole::Macro | NameRole::Param | NameRole::Import | NameRole::FromImport | NameRole::Alias => {
                self.bound.insert(name.text.clone());
            }
            NameRole::Filter | NameRole::Test => {
                let test = role == NameRole::Test;
                let list = if test { library::tests() } else { library::filters() };
                if !list.iter().any(|one| one.name == name.text) {
                    let (name, range) = (name.text.clone(), name.range);
                    self.local.unknown.push(Unknown { name, range, test });
                }
            }
            NameRole::Attribute | NameRole::Keyword | NameRole::Block | NameRole::Imported => {}
        }
    }
}

/// Whether an expression's parts may not all be evaluated.
fn chooses(expr: &Expr) -> bool {
    use syntax::jinja::BinaryOp::{And, Or};
    matches!(&*expr.kind, ExprKind::Conditional { .. } | ExprKind::Binary(And | Or, ..))
}
