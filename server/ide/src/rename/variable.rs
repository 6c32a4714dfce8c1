//! Renaming macros, their parameters and variables, through imports and keyword arguments.

use model::{Found, Slot};
use syntax::jinja::walk::{NameRole, Visitor, walk_body};
use syntax::jinja::{Expr, ExprKind, Name, Options, Statement, StatementKind, Template, parse};
use text::TextRange;
use world::SaltPath;

use super::proof::Allowed;
use super::{Attempt, place, refuse};
use crate::fix::FileEdits;
use crate::scopes::{Binder, Scopes, Variable};
use crate::upstream::text_in;
use crate::{Analysis, FilePosition};

/// Words that Jinja and Salt keep for themselves.
const RESERVED: [&str; 30] = [
    "if", "else", "elif", "for", "in", "is", "not", "and", "or", "import", "from", "as", "with", "without", "context",
    "set", "do", "macro", "call", "filter", "true", "false", "none", "True", "False", "None", "loop", "self", "super",
    "caller",
];

fn checked_name(new: &str) -> Attempt<()> {
    let mut chars = new.chars();
    let start = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    if !start || !chars.all(|c| c.is_alphanumeric() || c == '_') {
        return refuse("a name in a template is made of letters, digits and _");
    }
    if RESERVED.contains(&new) {
        return refuse(format!("'{new}' is a word of Jinja"));
    }
    Ok(())
}

/// A template with its scopes.
struct Read {
    template: Template,
    scopes: Scopes,
}

fn read(analysis: &Analysis, path: &SaltPath) -> Option<Read> {
    let text = text_in(&analysis.world, path)?;
    let template = parse(&text, &Options::default());
    let scopes = Scopes::of(&template);
    Some(Read { template, scopes })
}

/// Refuses a name that the template uses already: it would be bound to something else.
fn is_free(read: &Read, path: &SaltPath, new: &str) -> Attempt<()> {
    let bound = read.scopes.variables.iter().any(|one| one.name == new);
    if bound || read.scopes.free.iter().any(|(name, _)| name == new) {
        return refuse(format!("{path} uses the name '{new}' already"));
    }
    Ok(())
}

/// The edits for the variable at a cursor.
pub(super) fn edits(analysis: &Analysis, at: &FilePosition, new: &str) -> Attempt<(FileEdits, Allowed)> {
    checked_name(new)?;
    let Some(here) = read(analysis, &at.path) else { return refuse("the file cannot be read") };
    let Some((variable, _)) = here.scopes.at(at.offset) else { return refuse("there is no variable here") };
    if variable.binder == Binder::Member {
        // under its own name: the other template's is meant
        let found = analysis.catalog.entity_at(&at.path, at.offset);
        for found in &found {
            if let Some(target) = export(analysis, found) {
                return exported(analysis, &target.0, target.1, new);
            }
        }
        return refuse("what it is imported from is not known");
    }
    if variable.top && matches!(variable.binder, Binder::Macro | Binder::Assignment) {
        let range = variable.bound.first().copied().unwrap_or(TextRange::empty(0));
        return exported(analysis, &at.path, range, new);
    }
    is_free(&here, &at.path, new)?;
    let mut edits = FileEdits::default();
    for range in variable.places() {
        edits.replace(&at.path, range, new);
    }
    if let (Binder::Parameter, Some(of)) = (variable.binder, variable.of.filter(|of| !of.is_empty())) {
        keywords(analysis, &at.path, of, variable, new, &mut edits)?;
    }
    Ok((edits, Allowed::Nothing))
}

/// The edits for `module.member`.
pub(super) fn member_edits(analysis: &Analysis, found: &Found, new: &str) -> Attempt<(FileEdits, Allowed)> {
    checked_name(new)?;
    match export(analysis, found) {
        Some((path, range)) => exported(analysis, &path, range, new),
        None => refuse("where it is defined is not known"),
    }
}

/// The definition that a reference means.
fn export(analysis: &Analysis, found: &Found) -> Option<(SaltPath, TextRange)> {
    let model::At::Reference(n) = found.place.at else { return None };
    let (_, facts) = analysis.catalog.facts_of(&found.place)?;
    facts.references.get(n)?.target.clone()
}

/// A macro or variable that other templates may import: everywhere.
fn exported(analysis: &Analysis, path: &SaltPath, range: TextRange, new: &str) -> Attempt<(FileEdits, Allowed)> {
    let Some(there) = read(analysis, path) else { return refuse(format!("{path} cannot be read")) };
    let Some((variable, _)) = there.scopes.at(range.start) else { return refuse("where it is defined is not known") };
    if variable.binder == Binder::Member {
        return refuse(format!("{path} imports it from elsewhere: rename it there"));
    }
    is_free(&there, path, new)?;
    let old = variable.name.as_str();
    let mut edits = FileEdits::default();
    for place in variable.places() {
        edits.replace(path, place, new);
    }
    let mut importers: Vec<SaltPath> = Vec::new();
    for view in &analysis.catalog.views {
        for slot in [Slot::ImportOf, Slot::MemberOf] {
            importers.extend(view.index().files(slot, path.as_str()).cloned());
        }
    }
    importers.sort();
    importers.dedup();
    for importer in importers.iter().filter(|importer| *importer != path) {
        let Some(other) = read(analysis, importer) else { continue };
        let mut uses = Uses { old, imports: imports_of(analysis, importer, path), other: &other, found: Vec::new() };
        walk_body(&other.template.body, &mut uses);
        let found = uses.found;
        let binds = |range: &TextRange| other.scopes.variables.iter().any(|one| one.bound.contains(range));
        if found.iter().any(binds) {
            is_free(&other, importer, new)?;
        }
        for place in found {
            edits.replace(importer, place, new);
        }
    }
    Ok((edits, Allowed::Nothing))
}

/// Where `importer` names `path` as a template.
fn imports_of(analysis: &Analysis, importer: &SaltPath, path: &SaltPath) -> Vec<TextRange> {
    let facts = analysis.catalog.views.iter().filter_map(|view| view.facts(importer));
    let imports = facts.flat_map(|facts| &facts.imports).filter(|import| import.target.as_ref() == Some(path));
    imports.map(|import| import.origin.range).collect()
}

/// Collects where a template says the name of another one's macro or variable.
struct Uses<'a> {
    old: &'a str,
    /// The expressions that name the other template.
    imports: Vec<TextRange>,
    other: &'a Read,
    found: Vec<TextRange>,
}

impl Uses<'_> {
    fn is_it(&self, template: &Expr) -> bool {
        self.imports.iter().any(|range| range.touches(template.range.start) && range.touches(template.range.end))
    }

    /// The variable that is bound at `range`.
    fn variable(&self, range: TextRange) -> Option<&Variable> {
        self.other.scopes.variables.iter().find(|one| one.bound.contains(&range))
    }
}

impl<'t> Visitor<'t> for Uses<'_> {
    fn enter_statement(&mut self, statement: &'t Statement) -> bool {
        match &statement.kind {
            StatementKind::FromImport { template, names, .. } if self.is_it(template) => {
                for (name, alias) in names.iter().filter(|(name, _)| name.text == self.old) {
                    self.found.push(name.range);
                    if alias.is_none() {
                        let reads = self.variable(name.range).map(|one| one.read.clone()).unwrap_or_default();
                        self.found.extend(reads);
                    }
                }
            }
            StatementKind::Import { template, target, .. } if self.is_it(template) => {
                let reads = self.variable(target.range).map(|one| one.read.clone()).unwrap_or_default();
                let mut members = Members { old: self.old, reads, found: Vec::new() };
                walk_body(&self.other.template.body, &mut members);
                self.found.append(&mut members.found);
            }
            _ => {}
        }
        true
    }
}

/// Collects `module.name`.
struct Members<'a> {
    old: &'a str,
    /// Where the module is read.
    reads: Vec<TextRange>,
    found: Vec<TextRange>,
}

impl<'t> Visitor<'t> for Members<'_> {
    fn enter_expr(&mut self, expr: &'t Expr, _: syntax::jinja::walk::Role) -> bool {
        if let ExprKind::Attribute(of, name) = &*expr.kind
            && name.text == self.old
            && self.reads.contains(&of.range)
        {
            self.found.push(name.range);
        }
        true
    }

    fn name(&mut self, _: &'t Name, _: NameRole) {}
}

/// The keyword arguments that give a macro its parameter, in all files.
fn keywords(
    analysis: &Analysis,
    path: &SaltPath,
    of: TextRange,
    parameter: &Variable,
    new: &str,
    edits: &mut FileEdits,
) -> Attempt<()> {
    let target = (path.clone(), of);
    let mut files: Vec<SaltPath> = vec![path.clone()];
    for view in &analysis.catalog.views {
        files.extend(view.index().files(Slot::MemberOf, path.as_str()).cloned());
    }
    files.sort();
    files.dedup();
    for file in &files {
        let facts = analysis.catalog.views.iter().filter_map(|view| view.facts(file));
        let references = facts.flat_map(|facts| &facts.references);
        let calls: Vec<TextRange> =
            references.filter(|one| one.target.as_ref() == Some(&target)).map(|one| one.range).collect();
        if calls.is_empty() {
            continue;
        }
        let Some(text) = text_in(&analysis.world, file) else { continue };
        let template = parse(&text, &Options::default());
        let mut found = Keywords { name: &parameter.name, calls, found: Vec::new(), unknown: None };
        walk_body(&template.body, &mut found);
        if let Some(range) = found.unknown {
            let at = place(&analysis.world, file, range);
            return refuse(format!("{at} passes arguments whose names are not known"));
        }
        for range in found.found {
            edits.replace(file, range, new);
        }
    }
    Ok(())
}

struct Keywords<'a> {
    name: &'a str,
    /// Where the macro is named.
    calls: Vec<TextRange>,
    found: Vec<TextRange>,
    unknown: Option<TextRange>,
}

impl<'t> Visitor<'t> for Keywords<'_> {
    fn enter_expr(&mut self, expr: &'t Expr, _: syntax::jinja::walk::Role) -> bool {
        if let ExprKind::CallExpr(callee, args) = &*expr.kind {
            let name = match &*callee.kind {
                ExprKind::Attribute(_, name) => name.range,
                _ => callee.range,
            };
            if self.calls.contains(&name) {
                if args.star_star.is_some() {
                    self.unknown = Some(expr.range);
                }
                let ours = args.keyword.iter().filter(|(name, _)| name.text == self.name);
                self.found.extend(ours.map(|(name, _)| name.range));
            }
        }
        true
    }
}
