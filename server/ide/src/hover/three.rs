//! The three versions of the thing under the cursor, side by side: merge base, here, base branch. Only
//! what differs is shown; of a secret only that it does.

use model::mask::is_secret_value;
use model::{Declaration, Entity, EntityKind, Facts, PillarKey, Slot, State, View, joined};
use render::{Node, NodeKind, Pattern};
use smol_str::SmolStr;
use world::{SaltPath, World};

use super::{Asked, Thing};
use crate::markdown::{code, plain};
use crate::upstream::text_in;
use crate::value::inline;
use crate::{HIDDEN, Upstream, is_secret_key};

/// Longer tables are cut.
const MAX_ROWS: usize = 12;
/// Mappings are compared key by key this deep.
const MAX_DEPTH: usize = 8;

/// A table and whose histories tell more.
pub(super) struct Table {
    /// Markdown.
    pub(super) markdown: String,
    /// The file here, if what is here is not what the merge base has.
    pub(super) here: Option<SaltPath>,
    /// The file there, by its path there or in the merge base, if what is there is not what that has.
    pub(super) there: Option<SaltPath>,
}

/// What one version has in a row.
#[derive(Clone)]
enum Cell<'a> {
    Absent,
    Value(&'a Node),
    Word(String),
}

impl Cell<'_> {
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Cell::Absent, Cell::Absent) => true,
            (Cell::Value(one), Cell::Value(other)) => same(one, other),
            (Cell::Word(one), Cell::Word(other)) => one == other,
            _ => false,
        }
    }

    fn shown(&self, base: &Self, secret: bool, world: &World) -> String {
        let text = match self {
            Cell::Absent => return "–".to_owned(),
            Cell::Value(node) => inline(node, secret || is_secret_value(world, node)),
            Cell::Word(word) => word.clone(),
        };
        let text = if text.contains(HIDDEN) && !self.same(base) { "changed".to_owned() } else { text };
        let short: String =
            if text.chars().count() > 80 { text.chars().take(79).chain(['…']).collect() } else { text };
        code(&short).replace('|', "\\|")
    }
}

struct Row<'a> {
    label: String,
    secret: bool,
    /// Base, here, there.
    cells: [Cell<'a>; 3],
}

/// Equal values, wherever they were written.
fn same(one: &Node, other: &Node) -> bool {
    match (&one.kind, &other.kind) {
        (NodeKind::List(a), NodeKind::List(b))
        | (NodeKind::Set(a), NodeKind::Set(b))
        | (NodeKind::Choice(a), NodeKind::Choice(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (NodeKind::Map(a), NodeKind::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, v), (l, w))| same(k, l) && same(v, w))
        }
        (a, b) => a == b,
    }
}

/// The table of `thing`; `None`: all three versions have it alike, or nothing was compared.
pub(super) fn table(asked: &Asked<'_>, thing: &Thing<'_>) -> Option<Table> {
    let upstream = asked.analysis.upstream.as_deref()?;
    let three = Three::new(asked, upstream)?;
    match thing {
        Thing::Entity(found) => {
            let entity = &found.entity;
            let definitions = || asked.analysis.catalog.definitions_of(found);
            match entity.kind {
                EntityKind::StateId => three.state(entity, None),
                EntityKind::Requisite | EntityKind::Extend => {
                    let definition = definitions().into_iter().next()?;
                    match definition.kind {
                        EntityKind::Sls => three.file(&definition.path),
                        _ => three.state(&definition, None),
                    }
                }
                EntityKind::PillarKey | EntityKind::PillarUse => three.pillar(&entity.name),
                EntityKind::Macro => three.macro_of(definitions().first()?),
                EntityKind::Include | EntityKind::TopTarget | EntityKind::Sls => {
                    three.file(&definitions().first()?.path)
                }
                EntityKind::Import => three.file(&SaltPath::new(&entity.name).ok()?),
                _ => None,
            }
        }
        Thing::Argument { name, .. } => three.argument(name),
        _ => None,
    }
}

struct Three<'a> {
    asked: &'a Asked<'a>,
    upstream: &'a Upstream,
    base: Option<&'a View>,
    ours: &'a View,
    theirs: &'a View,
}

impl<'a> Three<'a> {
    fn new(asked: &'a Asked<'a>, upstream: &'a Upstream) -> Option<Self> {
        let ours = asked.analysis.catalog.views.first()?;
        let base = upstream.base.as_ref().and_then(|base| base.catalog.views.first());
        let theirs = upstream.theirs.catalog.views.first()?;
        Some(Self { asked, upstream, base, ours, theirs })
    }

    /// The name and file on the base branch of what drift says was renamed or moved there.
    fn renamed(&self, name: &str, path: &SaltPath) -> (String, SaltPath) {
        let is_it = |fact: &&compare::DriftFact| {
            let bare = fact.name.rsplit_once(':').map_or(fact.name.as_str(), |(_, name)| name);
            let state = fact.entity == EntityKind::StateId || bare == name;
            state && (fact.name == name || bare == name) && fact.renamed_to.is_some()
        };
        let fact = self.asked.analysis.drift.facts.iter().find(is_it);
        let there = fact.and_then(|fact| fact.theirs.as_ref()).map(|place| place.path.clone());
        let new = fact.and_then(|fact| fact.renamed_to.clone()).unwrap_or_else(|| name.to_owned());
        (new, there.unwrap_or_else(|| self.upstream.in_theirs(path)))
    }

    fn declaration(view: Option<&'a View>, path: &SaltPath, id: &str) -> Option<(&'a Facts, &'a Declaration)> {
        let view = view?;
        let find = |facts: &'a Facts| {
            let found = facts.declarations.iter().find(|declaration| declaration.id.to_string() == id);
            found.map(|found| (facts, found))
        };
        // the same ID elsewhere: it moved
        let pattern = Pattern::literal(id);
        let elsewhere = || {
            view.index()
                .candidates(Slot::StateId, &pattern)
                .into_iter()
                .find_map(|path| view.facts(&path).and_then(|facts| find(facts)))
        };
        view.facts(path).and_then(|facts| find(facts)).or_else(elsewhere)
    }

    fn declarations(&self, entity: &Entity) -> [Option<(&'a Facts, &'a Declaration)>; 3] {
        let (new, there) = self.renamed(&entity.name, &entity.path);
        let path = &entity.path;
        let theirs = Self::declaration(Some(self.theirs), &there, &new)
            .or_else(|| Self::declaration(Some(self.theirs), &there, &entity.name));
        [
            Self::declaration(self.base, &self.upstream.in_base(path), &entity.name),
            Self::declaration(Some(self.ours), path, &entity.name),
            theirs,
        ]
    }

    /// A state, or one argument of it.
    fn state(&self, entity: &Entity, argument: Option<&str>) -> Option<Table> {
        let three = self.declarations(entity);
        let word = |text: Option<String>| text.map_or(Cell::Absent, Cell::Word);
        let mut rows = Vec::new();
        if argument.is_none() {
            rows.push(Row {
                label: "ID".to_owned(),
                secret: false,
                cells: three.map(|one| word(one.map(|(_, declaration)| declaration.id.to_string()))),
            });
            rows.push(Row {
                label: "file".to_owned(),
                secret: false,
                cells: three.map(|one| word(one.map(|(facts, _)| facts.path.to_string()))),
            });
        }
        let mut modules: Vec<&Pattern> = Vec::new();
        for state in three.iter().flatten().flat_map(|(_, declaration)| &declaration.states) {
            if !modules.contains(&&state.module) {
                modules.push(&state.module);
            }
        }
        let many = modules.len() > 1;
        for module in modules {
            let states = three.map(|one| {
                one.and_then(|(_, declaration)| declaration.states.iter().find(|state| state.module == *module))
            });
            let prefix = if many { format!("{module} ") } else { String::new() };
            if argument.is_none() {
                let function = |state: &State| {
                    format!(
                        "{}.{}",
                        state.module,
                        state.function.as_ref().map_or_else(String::new, ToString::to_string)
                    )
                };
                rows.push(Row {
                    label: "function".to_owned(),
                    secret: false,
                    cells: states.map(|state| word(state.map(function))),
                });
            }
            arguments(&prefix, states, argument, &mut rows);
            if argument.is_none() {
                requisites(&prefix, states, &mut rows);
            }
        }
        let paths = three.map(|one| one.map(|(facts, _)| facts.path.clone()));
        self.finish(rows, paths)
    }

    fn argument(&self, name: &str) -> Option<Table> {
        let at = self.asked.at;
        let facts = self.ours.facts(&at.path)?;
        let holds = |declaration: &&Declaration| {
            let arguments = declaration.states.iter().flat_map(|state| &state.args);
            arguments
                .into_iter()
                .any(|argument| argument.origin.path == at.path && argument.origin.range.touches(at.offset))
        };
        let declaration = facts.declarations.iter().find(holds)?;
        let entity = Entity {
            kind: EntityKind::StateId,
            name: declaration.id.to_string(),
            sls: None,
            path: facts.path.clone(),
            range: declaration.origin.range,
            site: None,
            role: model::Role::Definition,
            certain: true,
        };
        self.state(&entity, Some(name))
    }

    fn pillar(&self, name: &str) -> Option<Table> {
        if name.is_empty() {
            return None;
        }
        let (new, _) = self.renamed(name, &SaltPath::root());
        let find = |view: Option<&'a View>, name: &str| -> Option<(&'a Facts, &'a PillarKey)> {
            let view = view?;
            let facts = view.index().files(Slot::PillarKey, name).find_map(|path| view.facts(path))?;
            let key = facts.pillar_keys.iter().find(|key| joined(&key.path) == name)?;
            Some((facts.as_ref(), key))
        };
        let theirs = find(Some(self.theirs), &new).or_else(|| find(Some(self.theirs), name));
        let three = [find(self.base, name), find(Some(self.ours), name), theirs];
        let word = |text: Option<String>| text.map_or(Cell::Absent, Cell::Word);
        let mut rows = vec![Row {
            label: "key".to_owned(),
            secret: false,
            cells: three.map(|one| word(one.map(|(_, key)| joined(&key.path)))),
        }];
        let secret = name.split(':').any(is_secret_key);
        values(name, secret, three.map(|one| one.map(|(_, key)| &key.value)), &mut rows);
        self.finish(rows, three.map(|one| one.map(|(facts, _)| facts.path.clone())))
    }

    fn macro_of(&self, definition: &Entity) -> Option<Table> {
        let path = &definition.path;
        let (new, _) = self.renamed(&definition.name, path);
        let paths = [self.upstream.in_base(path), path.clone(), self.upstream.in_theirs(path)];
        let worlds = [
            self.upstream.base.as_ref().map(|base| &base.world),
            Some(&self.asked.analysis.world),
            Some(&self.upstream.theirs.world),
        ];
        let views = [self.base, Some(self.ours), Some(self.theirs)];
        let mut cells = [const { None }; 3];
        for n in 0..3 {
            cells[n] = views[n].and_then(|view| {
                let facts = view.facts(&paths[n])?;
                let export =
                    |name: &str| facts.exports.iter().find(|export| export.name == name && export.params.is_some());
                let export = export(&definition.name).or_else(|| export(&new).filter(|_| n == 2))?;
                let text = text_in(worlds[n]?, &paths[n])?;
                let parameter =
                    |(name, default): &(SmolStr, bool)| if *default { format!("{name}=…") } else { name.to_string() };
                let parameters: Vec<String> = export.params.iter().flatten().map(parameter).collect();
                let body: String = export.extent.slice(&text).split_whitespace().collect();
                Some((format!("{}({})", export.name, parameters.join(", ")), body))
            });
        }
        let present = cells.clone().map(|cell| cell.is_some());
        let base_body = cells[0].as_ref().map(|(_, body)| body.clone());
        let signature = cells.clone().map(|cell| cell.map_or(Cell::Absent, |(signature, _)| Cell::Word(signature)));
        let body = cells.map(|cell| match cell {
            None => Cell::Absent,
            Some((_, body)) if base_body.as_ref().is_some_and(|base| *base != body) => Cell::Word("changed".to_owned()),
            Some(_) => Cell::Word("as it was".to_owned()),
        });
        let rows = vec![
            Row { label: "signature".to_owned(), secret: false, cells: signature },
            Row { label: "text".to_owned(), secret: false, cells: body },
        ];
        let [a, b, c] = paths;
        self.finish(rows, [present[0].then_some(a), present[1].then_some(b), present[2].then_some(c)])
    }

    fn file(&self, path: &SaltPath) -> Option<Table> {
        let paths = [self.upstream.in_base(path), path.clone(), self.upstream.in_theirs(path)];
        let worlds = [
            self.upstream.base.as_ref().map(|base| &base.world),
            Some(&self.asked.analysis.world),
            Some(&self.upstream.theirs.world),
        ];
        let blob = |n: usize| worlds[n].and_then(|world| world.tree.get(&paths[n])).map(|entry| entry.blob);
        let base = blob(0);
        let there = |n: usize| blob(n).is_some();
        let file = |n: usize| if there(n) { Cell::Word(paths[n].to_string()) } else { Cell::Absent };
        let content = |n: usize| match blob(n) {
            None => Cell::Absent,
            now if base.is_some() && now != base => Cell::Word("changed".to_owned()),
            _ => Cell::Word("as it was".to_owned()),
        };
        let rows = vec![
            Row { label: "file".to_owned(), secret: false, cells: [0, 1, 2].map(file) },
            Row { label: "content".to_owned(), secret: false, cells: [0, 1, 2].map(content) },
        ];
        let found = [0, 1, 2].map(|n| there(n).then(|| paths[n].clone()));
        self.finish(rows, found)
    }

    /// The rows that differ, as a table.
    fn finish(&self, rows: Vec<Row<'_>>, paths: [Option<SaltPath>; 3]) -> Option<Table> {
        let two_way = self.upstream.base.is_none();
        let mut rows: Vec<Row<'_>> = rows
            .into_iter()
            .filter(|row| {
                let [base, here, there] = &row.cells;
                if two_way { !here.same(there) } else { !(here.same(base) && there.same(base)) }
            })
            .collect();
        if rows.is_empty() {
            return None;
        }
        let differs = |n: usize| !two_way && rows.iter().any(|row| !row.cells[n].same(&row.cells[0]));
        let (here, there) = (differs(1), differs(2));
        let [base, ours, theirs] = paths;
        let more = rows.len().saturating_sub(MAX_ROWS);
        rows.truncate(MAX_ROWS);
        let name = plain(&self.upstream.name);
        let mut out = if two_way {
            format!("| | here | {name} |\n|---|---|---|")
        } else {
            format!("| | base | here | {name} |\n|---|---|---|---|")
        };
        for row in &rows {
            let [before, here, there] = &row.cells;
            out.push_str(&format!("\n| {} |", plain(&row.label)));
            let theirs = &self.upstream.theirs.world;
            let ours = &self.asked.analysis.world;
            let base = self.upstream.base.as_ref().map_or(ours, |base| &base.world);
            for (cell, world) in [(before, base), (here, ours), (there, theirs)].iter().skip(usize::from(two_way)) {
                out.push_str(&format!(" {} |", cell.shown(before, row.secret, world)));
            }
        }
        if more > 0 {
            out.push_str(&format!("\n\nand {more} more differences"));
        }
        Some(Table {
            markdown: out,
            here: if here { ours.or_else(|| base.clone()) } else { None },
            there: if there { theirs.or(base) } else { None },
        })
    }
}

/// A row for each part of a value.
fn values<'a>(label: &str, secret: bool, three: [Option<&'a Node>; 3], rows: &mut Vec<Row<'a>>) {
    let mut names: Vec<(String, bool)> = Vec::new();
    let parts = three.map(|node| {
        let mut found = Vec::new();
        node.into_iter().for_each(|node| leaves(label, secret, node, MAX_DEPTH, &mut found));
        found
    });
    for (name, secret, _) in parts.iter().flatten() {
        if !names.iter().any(|(known, _)| known == name) {
            names.push((name.clone(), *secret));
        }
    }
    for (name, secret) in names {
        let cells = [0, 1, 2].map(|n| {
            let found = parts[n].iter().find(|(other, _, _)| *other == name);
            found.map_or(Cell::Absent, |(_, _, node)| Cell::Value(node))
        });
        rows.push(Row { label: name, secret, cells });
    }
}

fn leaves<'a>(label: &str, secret: bool, node: &'a Node, depth: usize, found: &mut Vec<(String, bool, &'a Node)>) {
    match &node.kind {
        NodeKind::Map(entries) if !entries.is_empty() && depth > 0 && found.len() < 500 => {
            for (key, value) in entries {
                let key = inline(key, false);
                let secret = secret || is_secret_key(&key);
                leaves(&format!("{label}:{key}"), secret, value, depth - 1, found);
            }
        }
        _ => found.push((label.to_owned(), secret, node)),
    }
}

fn arguments<'a>(prefix: &str, states: [Option<&'a State>; 3], only: Option<&str>, rows: &mut Vec<Row<'a>>) {
    let mut names: Vec<String> = Vec::new();
    for argument in states.iter().flatten().flat_map(|state| &state.args) {
        let name = argument.name.to_string();
        if only.is_none_or(|only| only == name) && !names.contains(&name) {
            names.push(name);
        }
    }
    for name in names {
        let value = |state: &'a State| {
            state.args.iter().find(|argument| argument.name.to_string() == name).map(|argument| &argument.value)
        };
        values(&format!("{prefix}{name}"), is_secret_key(&name), states.map(|state| state.and_then(value)), rows);
    }
}

fn requisites(prefix: &str, states: [Option<&State>; 3], rows: &mut Vec<Row<'_>>) {
    let mut kinds: Vec<&SmolStr> =
        states.iter().flatten().flat_map(|state| &state.requisites).map(|one| &one.kind).collect();
    kinds.sort();
    kinds.dedup();
    for kind in kinds {
        let cells = states.map(|state| {
            let all = state.into_iter().flat_map(|state| &state.requisites).filter(|one| one.kind == *kind);
            let mut shown: Vec<String> = all
                .map(|one| {
                    one.module.as_ref().map_or_else(|| one.name.to_string(), |module| format!("{module}: {}", one.name))
                })
                .collect();
            shown.sort();
            if shown.is_empty() { Cell::Absent } else { Cell::Word(shown.join(", ")) }
        });
        rows.push(Row { label: format!("{prefix}{kind}"), secret: false, cells });
    }
}
