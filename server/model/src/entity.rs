//! The flat list of definitions and uses (`saltflow index`).

use render::{EntryKind, Origin, Pattern, UseKind};
use text::TextRange;
use world::SaltPath;

use crate::{Declaration, Facts, State};

/// One definition or use.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// Its name: see the kinds. Patterns have `*` for unknown parts and `\*` for a literal star.
    pub name: String,
    /// The SLS that it belongs to, if any.
    pub sls: Option<String>,
    /// The file that the name is written in.
    pub path: SaltPath,
    /// Where: the name itself where it is written out, else the expression that computes it.
    pub range: TextRange,
    /// The tag that prints it, where a variable carried it there from `range`.
    pub site: Option<(SaltPath, TextRange)>,
    /// Definition or use.
    pub role: Role,
    /// Whether it exists in every rendering.
    pub certain: bool,
}

impl Entity {
    /// Where it touches `offset` of the file at `path`: where it is written, or where it is printed.
    #[must_use]
    pub fn place_at(&self, path: &SaltPath, offset: u32) -> Option<TextRange> {
        let places =
            std::iter::once((&self.path, self.range)).chain(self.site.as_ref().map(|(path, range)| (path, *range)));
        places.filter(|(file, range)| *file == path && range.touches(offset)).map(|(_, range)| range).next()
    }
}

/// Definition or use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// It makes the name.
    Definition,
    /// It refers to the name.
    Use,
}

/// Kinds of entities (design.md, section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntityKind {
    /// A state ID.
    StateId,
    /// An SLS, named with dots.
    Sls,
    /// A requisite's target: `module:name`, or the bare name.
    Requisite,
    /// An include's target.
    Include,
    /// An extended ID.
    Extend,
    /// An excluded ID or SLS.
    Exclude,
    /// A pillar key, parts joined by colons.
    PillarKey,
    /// A read of a pillar key.
    PillarUse,
    /// A macro.
    Macro,
    /// A variable of a template.
    JinjaVariable,
    /// An imported template's path.
    Import,
    /// A file under the file roots that a `salt://` URL names.
    SaltFile,
    /// A target expression of a top file, or an SLS that it names.
    TopTarget,
    /// A state function, `module.function`.
    Function,
}

impl EntityKind {
    /// The name in outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::StateId => "state-id",
            Self::Sls => "sls",
            Self::Requisite => "requisite",
            Self::Include => "include",
            Self::Extend => "extend",
            Self::Exclude => "exclude",
            Self::PillarKey => "pillar-key",
            Self::PillarUse => "pillar-use",
            Self::Macro => "macro",
            Self::JinjaVariable => "jinja-variable",
            Self::Import => "import",
            Self::SaltFile => "salt-file",
            Self::TopTarget => "top-target",
            Self::Function => "function",
        }
    }
}

/// Where in a file's [`Facts`] an entity comes from: indexes into its lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum At {
    /// The file as an SLS: the index of its name.
    Sls(usize),
    /// `declarations`
    Declaration(usize),
    /// `extends`
    Extend(usize),
    /// A state's function, by block, ID and state.
    Function(Block, usize, usize),
    /// A requisite, by block, ID, state and requisite.
    Requisite(Block, usize, usize, usize),
    /// `includes`
    Include(usize),
    /// `excludes`
    Exclude(usize),
    /// `pillar_keys`
    PillarKey(usize),
    /// `rendered.uses`, a pillar key.
    PillarUse(usize),
    /// `exports`
    Export(usize),
    /// `references`
    Reference(usize),
    /// `imports`
    Import(usize),
    /// `salt_files`
    SaltFile(usize),
    /// `targets`
    Target(usize),
    /// An SLS that a target names.
    TargetSls(usize, usize),
}

/// Which of a file's lists of declarations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Block {
    /// Its own.
    Own,
    /// Those under `extend`.
    Extend,
}

impl Block {
    /// The list.
    #[must_use]
    pub fn of(self, facts: &Facts) -> &[Declaration] {
        match self {
            Self::Own => &facts.declarations,
            Self::Extend => &facts.extends,
        }
    }
}

/// The entities of one file with where they come from, in the order of [`At`].
#[must_use]
pub fn entities(facts: &Facts) -> Vec<(Entity, At)> {
    let mut list = List { facts, sls: facts.names.first().map(|(_, name)| name.to_string()), found: Vec::new() };
    list.names();
    for (block, declarations) in [(Block::Own, &facts.declarations), (Block::Extend, &facts.extends)] {
        declarations.iter().enumerate().for_each(|(n, declaration)| list.declaration(block, n, declaration));
    }
    list.lists();
    list.template();
    list.found
}

struct List<'a> {
    facts: &'a Facts,
    sls: Option<String>,
    found: Vec<(Entity, At)>,
}

impl List<'_> {
    fn add(&mut self, kind: EntityKind, role: Role, name: String, origin: &Origin, certain: bool, at: At) {
        let (path, range) = (origin.path.clone(), origin.range);
        let site = origin.site.clone();
        self.found.push((Entity { kind, name, sls: self.sls.clone(), path, range, site, role, certain }, at));
    }

    fn names(&mut self) {
        let start = Origin::exact(self.facts.path.clone(), TextRange::empty(0));
        let is_sls = !matches!(self.facts.kind, EntryKind::Macros | EntryKind::Managed | EntryKind::PillarExample);
        for (n, (_, name)) in self.facts.names.iter().enumerate().filter(|_| is_sls) {
            self.add(EntityKind::Sls, Role::Definition, name.to_string(), &start, true, At::Sls(n));
        }
    }

    fn declaration(&mut self, block: Block, n: usize, declaration: &Declaration) {
        let exists = declaration.when.is_always() && !declaration.repeated;
        let (kind, role, at) = match block {
            Block::Own => (EntityKind::StateId, Role::Definition, At::Declaration(n)),
            Block::Extend => (EntityKind::Extend, Role::Use, At::Extend(n)),
        };
        self.add(kind, role, declaration.id.to_string(), &declaration.origin, declaration.is_certain(), at);
        for (s, state) in declaration.states.iter().enumerate() {
            let exists = exists && state.when.is_always();
            if let Some(function) = &state.function {
                // One state that has one of several functions is listed once for each of them.
                let one = |other: &State| other.origin == state.origin && other.function != state.function;
                let other = declaration.states.iter().any(one);
                let certain = exists && !function.is_pattern() && !state.module.is_pattern() && !other;
                let name = format!("{}.{function}", state.module);
                self.add(EntityKind::Function, Role::Use, name, &state.origin, certain, At::Function(block, n, s));
            }
            let listed = declaration.states.iter().take(s).any(|other| other.origin == state.origin);
            for (r, requisite) in state.requisites.iter().enumerate().filter(|_| !listed) {
                let name = match &requisite.module {
                    Some(module) => format!("{module}:{}", requisite.name),
                    None => requisite.name.to_string(),
                };
                let certain = exists && requisite.when.is_always() && !requisite.name.is_pattern();
                let at = At::Requisite(block, n, s, r);
                self.add(EntityKind::Requisite, Role::Use, name, &requisite.name_origin, certain, at);
            }
        }
    }

    fn lists(&mut self) {
        let facts = self.facts;
        for (n, include) in facts.includes.iter().enumerate() {
            let name = include.sls.as_ref().unwrap_or(&include.written);
            let certain = include.when.is_always() && !name.is_pattern();
            self.add(EntityKind::Include, Role::Use, name.to_string(), &include.origin, certain, At::Include(n));
        }
        for (n, exclude) in facts.excludes.iter().enumerate() {
            let certain = exclude.when.is_always() && !exclude.name.is_pattern();
            self.add(
                EntityKind::Exclude,
                Role::Use,
                exclude.name.to_string(),
                &exclude.origin,
                certain,
                At::Exclude(n),
            );
        }
        for (n, key) in facts.pillar_keys.iter().enumerate() {
            let certain = key.when.is_always() && !key.path.iter().any(Pattern::is_pattern);
            self.add(
                EntityKind::PillarKey,
                Role::Definition,
                joined(&key.path),
                &key.origin,
                certain,
                At::PillarKey(n),
            );
        }
        for (n, target) in facts.targets.iter().enumerate() {
            let certain = target.when.is_always() && !target.target.is_pattern();
            let name = target.target.to_string();
            self.add(EntityKind::TopTarget, Role::Definition, name, &target.origin, certain, At::Target(n));
            for (s, (name, origin, when)) in target.sls.iter().enumerate() {
                let certain = certain && when.is_always() && !name.is_pattern();
                self.add(EntityKind::TopTarget, Role::Use, name.to_string(), origin, certain, At::TargetSls(n, s));
            }
        }
        for (n, file) in facts.salt_files.iter().enumerate() {
            let certain = file.when.is_always() && !file.url.is_pattern();
            self.add(EntityKind::SaltFile, Role::Use, file.url.to_string(), &file.origin, certain, At::SaltFile(n));
        }
    }

    fn template(&mut self) {
        let facts = self.facts;
        let here = |range| Origin::exact(facts.path.clone(), range);
        for (n, export) in facts.exports.iter().enumerate() {
            let kind = if export.params.is_some() { EntityKind::Macro } else { EntityKind::JinjaVariable };
            self.add(kind, Role::Definition, export.name.to_string(), &here(export.range), true, At::Export(n));
        }
        for (n, reference) in facts.references.iter().enumerate() {
            let kind = if reference.is_macro { EntityKind::Macro } else { EntityKind::JinjaVariable };
            let certain = reference.target.is_some();
            let name = reference.name.to_string();
            self.add(kind, Role::Use, name, &here(reference.range), certain, At::Reference(n));
        }
        for (n, import) in facts.imports.iter().enumerate() {
            let name = import.target.as_ref().map_or_else(|| import.name.to_string(), ToString::to_string);
            let certain = import.when.is_always() && import.target.is_some();
            self.add(EntityKind::Import, Role::Use, name, &import.origin, certain, At::Import(n));
        }
        for (n, used) in facts.rendered.uses.iter().enumerate().filter(|(_, used)| used.kind == UseKind::Pillar) {
            let certain = used.when.is_always() && !used.name.is_pattern();
            self.add(EntityKind::PillarUse, Role::Use, used.name.to_string(), &used.origin, certain, At::PillarUse(n));
        }
    }
}

/// The parts of a pillar key, joined by colons.
#[must_use]
pub fn joined(path: &[Pattern]) -> String {
    path.iter().map(ToString::to_string).collect::<Vec<_>>().join(":")
}
