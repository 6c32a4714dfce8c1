//! Breaks that are planted into a clean merge, to see whether drift finds them: each is a change of one
//! side and a use that the other side adds.

use compare::DriftKind;
use model::{Catalog, Facts, Slot, View, state_names};
use render::{EntryKind, NodeKind, Pattern, SourceKind};
use text::TextRange;
use world::{SaltPath, World};

/// What is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// Theirs renames an ID that ours begins to require.
    Renamed,
    /// Theirs removes it.
    Removed,
    /// Ours renames an ID that theirs begins to require.
    RenamedHere,
    /// Theirs deletes an SLS that ours begins to include.
    Include,
    /// Theirs deletes a template that ours begins to import.
    Import,
    /// Theirs deletes a file that ours begins to serve.
    SaltFile,
    /// Theirs removes a pillar key that ours begins to read.
    Pillar,
    /// Theirs gives a macro that ours begins to call one more argument.
    Macro,
    /// Both add one ID at the two ends of a file.
    Duplicate,
    /// Both change one argument.
    Conflict,
    /// Ours edits a state that theirs removes.
    Edited,
}

impl Break {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Renamed,
        Self::Removed,
        Self::RenamedHere,
        Self::Include,
        Self::Import,
        Self::SaltFile,
        Self::Pillar,
        Self::Macro,
        Self::Duplicate,
        Self::Conflict,
        Self::Edited,
    ];

    /// What drift must say.
    pub fn kind(self) -> DriftKind {
        match self {
            Self::Renamed | Self::Removed => DriftKind::RequisiteTargetRemovedUpstream,
            Self::RenamedHere => DriftKind::RemovedHereUsedUpstream,
            Self::Include | Self::Import => DriftKind::IncludeRemovedUpstream,
            Self::SaltFile => DriftKind::SaltFileRemovedUpstream,
            Self::Pillar => DriftKind::PillarKeyRemovedUpstream,
            Self::Macro => DriftKind::MacroCallBroken,
            Self::Duplicate => DriftKind::DuplicateIdAfterMerge,
            Self::Conflict => DriftKind::ConflictingChange,
            Self::Edited => DriftKind::EditedHereRemovedUpstream,
        }
    }
}

/// A planted break.
pub struct Planted {
    /// Ours and theirs with it.
    pub ours: World,
    pub theirs: World,
    /// What a message about it names.
    pub name: String,
    /// The file that was broken.
    pub path: SaltPath,
}

/// The three worlds of a merge with the base's catalog.
pub struct Soil<'a> {
    pub base: (&'a World, &'a Catalog),
    pub ours: &'a World,
    pub theirs: &'a World,
    pub seed: usize,
}

fn text_of(world: &World, path: &SaltPath) -> Option<String> {
    let content = world.source.content(path, world.tree.get(path)?.blob)?;
    String::from_utf8(content.to_vec()).ok()
}

fn edit(world: &World, path: &SaltPath, text: &str) -> World {
    world.with(path, Some(text.as_bytes()))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c)) && !text.starts_with('-')
}

/// The lines of the block that begins with `ID:` at the start of a line, if it is written plainly.
fn block(text: &str, id: &str) -> Option<TextRange> {
    let head = format!("{id}:");
    let starts: Vec<usize> = text
        .match_indices(&head)
        .map(|(at, _)| at)
        .filter(|at| (*at == 0 || text[..*at].ends_with('\n')) && text[at + head.len()..].starts_with('\n'))
        .collect();
    let [start] = starts.as_slice() else { return None };
    let mut end = start + head.len() + 1;
    for line in text[end..].split_inclusive('\n') {
        if !line.starts_with([' ', '\n', '\t']) {
            // A tag at the start of a line may stand in the middle of the block.
            if line.starts_with('{') {
                return None;
            }
            break;
        }
        end += line.len();
    }
    let inside = &text[*start..end];
    (!inside.contains("{%")).then(|| TextRange::of(*start, end))
}

/// How many states have just this ID or name.
fn literal(view: &View, id: &Pattern) -> usize {
    view.states_named(None, id).iter().filter(|target| target.literal).count()
}

impl Soil<'_> {
    fn view(&self) -> Option<&View> {
        self.base.1.views.first()
    }

    /// Files that all three have alike, from some place on, so that each merge is planted elsewhere.
    fn files(&self, kinds: &[EntryKind]) -> Vec<&Facts> {
        let Some(view) = self.view() else { return Vec::new() };
        let blob = |world: &World, path: &SaltPath| world.tree.get(path).map(|entry| entry.blob);
        let same = |path: &SaltPath| {
            let base = blob(self.base.0, path);
            base.is_some() && base == blob(self.ours, path) && base == blob(self.theirs, path)
        };
        let mut all: Vec<&Facts> = view
            .files
            .values()
            .map(AsRef::as_ref)
            .filter(|facts| kinds.contains(&facts.kind) && facts.rendered.complete && same(&facts.path))
            .collect();
        if !all.is_empty() {
            let n = self.seed % all.len();
            all.rotate_left(n);
        }
        all
    }

    fn below(&self, path: &SaltPath) -> Option<String> {
        let roots = self.view()?.minion.file_roots.values().flatten();
        roots.filter_map(|root| path.below(root)).map(ToOwned::to_owned).next()
    }

    /// A new SLS beside `path`.
    fn beside(world: &World, path: &SaltPath, text: &str) -> Option<World> {
        let file = path.parent().join("planted_sls.sls").ok()?;
        Some(edit(world, &file, text))
    }

    /// An ID that is only an ID, with its file's text and its block.
    fn state(&self) -> Option<(&Facts, String, String, String, TextRange)> {
        let view = self.view()?;
        for facts in self.files(&[EntryKind::State]) {
            let Some(text) = text_of(self.base.0, &facts.path) else { continue };
            for declaration in &facts.declarations {
                let Some(id) = declaration.id.as_literal().filter(|id| is_word(id)) else { continue };
                let [state] = declaration.states.as_slice() else { continue };
                let Some(module) = state.module.as_literal() else { continue };
                let named = state_names(state).iter().any(|name| name.as_literal() == Some(id));
                if named || !declaration.is_certain() || literal(view, &declaration.id) != 1 {
                    continue;
                }
                if let Some(range) = block(&text, id) {
                    return Some((facts, text, id.to_owned(), module.to_owned(), range));
                }
            }
        }
        None
    }

    /// The break, if this merge has a place for it.
    pub fn plant(&self, what: Break) -> Option<Planted> {
        match what {
            Break::Renamed | Break::Removed | Break::RenamedHere => self.requisite(what),
            Break::Include => self.include(),
            Break::Import => self.import(),
            Break::SaltFile => self.salt_file(),
            Break::Pillar => self.pillar(),
            Break::Macro => self.macros(),
            Break::Duplicate => self.duplicate(),
            Break::Conflict | Break::Edited => self.argument(what),
        }
    }

    fn requisite(&self, what: Break) -> Option<Planted> {
        let (facts, text, id, module, range) = self.state()?;
        let path = facts.path.clone();
        let user = format!("{}\nplanted_user:\n  test.nop:\n    - require:\n      - {module}: {id}\n", text.trim_end());
        let (before, after) = (&text[..range.start as usize], &text[range.end as usize..]);
        let broken = match what {
            Break::Removed => format!("{before}{after}"),
            _ => format!("{before}{id}_planted{}{after}", &range.slice(&text)[id.len()..]),
        };
        let (ours, theirs) = match what {
            Break::RenamedHere => (&broken, &user),
            _ => (&user, &broken),
        };
        Some(Planted { ours: edit(self.ours, &path, ours), theirs: edit(self.theirs, &path, theirs), name: id, path })
    }

    fn include(&self) -> Option<Planted> {
        let view = self.view()?;
        let facts = self.files(&[EntryKind::State]).into_iter().find(|facts| {
            let only = |name: &str| view.index().files(Slot::Sls, name).count() == 1;
            facts.names.len() == 1 && facts.names.iter().all(|(_, name)| is_word(name) && only(name))
        })?;
        let (path, name) = (facts.path.clone(), facts.names.first()?.1.to_string());
        let text = format!("include:\n  - {name}\n\nplanted_user:\n  test.nop: []\n");
        let ours = Self::beside(self.ours, &path, &text)?;
        Some(Planted { ours, theirs: self.theirs.with(&path, None), name, path })
    }

    fn import(&self) -> Option<Planted> {
        let fits = |facts: &&Facts| facts.exports.iter().any(|export| is_word(&export.name));
        let kinds = [EntryKind::Macros, EntryKind::State];
        let facts =
            self.files(&kinds).into_iter().find(|facts| fits(facts) && facts.path.as_str().ends_with("jinja"))?;
        let path = facts.path.clone();
        let file = self.below(&path)?;
        let name = facts.exports.iter().find(|export| is_word(&export.name))?.name.clone();
        let text = format!("{{% from '{file}' import {name} with context %}}\nplanted_user:\n  test.nop: []\n");
        let ours = Self::beside(self.ours, &path, &text)?;
        Some(Planted { ours, theirs: self.theirs.with(&path, None), name: path.to_string(), path })
    }

    fn salt_file(&self) -> Option<Planted> {
        let all = self.files(&[EntryKind::State]);
        let (facts, url, target) = all.into_iter().find_map(|facts| {
            facts.salt_files.iter().find_map(|file| match file.targets.as_slice() {
                [target] if [self.ours, self.theirs].iter().all(|world| world.tree.get(target).is_some()) => {
                    Some((facts, file.url.as_literal().filter(|url| is_word(url))?.to_owned(), target.clone()))
                }
                _ => None,
            })
        })?;
        let text = format!("planted_user:\n  file.managed:\n    - name: /planted\n    - source: salt://{url}\n");
        let ours = Self::beside(self.ours, &facts.path, &text)?;
        Some(Planted { ours, theirs: self.theirs.with(&target, None), name: url, path: target })
    }

    fn pillar(&self) -> Option<Planted> {
        let view = self.view()?;
        let user = self.files(&[EntryKind::State]).into_iter().find(|facts| !facts.declarations.is_empty())?;
        for facts in self.files(&[EntryKind::Pillar]) {
            let Some(text) = text_of(self.base.0, &facts.path) else { continue };
            for key in facts.pillar_keys.iter().filter(|key| key.when.is_always()) {
                let names: Option<Vec<&str>> = key.path.iter().map(Pattern::as_literal).collect();
                let Some(names) = names.filter(|names| names.iter().all(|name| is_word(name))) else { continue };
                let joined = names.join(":");
                let plain = matches!(key.value.kind, NodeKind::Str(_) | NodeKind::Int(_) | NodeKind::Bool(_));
                if !plain || view.index().files(Slot::PillarKey, &joined).count() != 1 {
                    continue;
                }
                let start = text[..key.origin.range.start as usize].rfind('\n').map_or(0, |at| at + 1);
                let end = text[start..].find('\n').map_or(text.len(), |at| start + at + 1);
                let (line, last) = (&text[start..end], names.last()?);
                let is_it = line.trim_start().strip_prefix(last).is_some_and(|rest| rest.starts_with(": "));
                if !is_it || line.contains(['{', '|', '>', '&', '[']) || key.origin.path != facts.path {
                    continue;
                }
                let read: String = names.iter().map(|name| format!("['{name}']")).collect();
                let more = format!("\nplanted_user:\n  test.nop:\n    - name: {{{{ pillar{read} }}}}\n");
                let home = text_of(self.ours, &user.path)?;
                let ours = edit(self.ours, &user.path, &format!("{}{more}", home.trim_end()));
                let theirs = edit(self.theirs, &facts.path, &format!("{}{}", &text[..start], &text[end..]));
                return Some(Planted { ours, theirs, name: joined, path: facts.path.clone() });
            }
        }
        None
    }

    fn macros(&self) -> Option<Planted> {
        for facts in self.files(&[EntryKind::Macros, EntryKind::State]) {
            let Some(file) = self.below(&facts.path).filter(|_| facts.path.as_str().ends_with("jinja")) else {
                continue;
            };
            let Some(text) = text_of(self.base.0, &facts.path) else { continue };
            for export in &facts.exports {
                let Some(params) = &export.params else { continue };
                let head = format!("macro {}(", export.name);
                let [(at, _)] = text.match_indices(&head).collect::<Vec<_>>()[..] else { continue };
                let end = at + head.len();
                let comma = if text[end..].trim_start().starts_with(')') { "" } else { ", " };
                let broken = format!("{}planted_arg{comma}{}", &text[..end], &text[end..]);
                let given: Vec<String> = params.iter().map(|(name, _)| format!("{name}='x'")).collect();
                let (name, given) = (export.name.to_string(), given.join(", "));
                let text = format!(
                    "{{% from '{file}' import {name} with context %}}\n{{% set planted = {name}({given}) %}}\n"
                );
                let ours = Self::beside(self.ours, &facts.path, &text)?;
                let theirs = edit(self.theirs, &facts.path, &broken);
                return Some(Planted { ours, theirs, name, path: facts.path.clone() });
            }
        }
        None
    }

    fn duplicate(&self) -> Option<Planted> {
        let (facts, text, ..) = self.state()?;
        let path = facts.path.clone();
        let ours = format!("planted_id:\n  test.nop:\n    - name: one\n\n{text}");
        let theirs = format!("{}\n\nplanted_id:\n  test.nop:\n    - name: two\n", text.trim_end());
        let name = "planted_id".to_owned();
        Some(Planted { ours: edit(self.ours, &path, &ours), theirs: edit(self.theirs, &path, &theirs), name, path })
    }

    fn argument(&self, what: Break) -> Option<Planted> {
        for facts in self.files(&[EntryKind::State]) {
            let Some(text) = text_of(self.base.0, &facts.path) else { continue };
            for declaration in facts.declarations.iter().filter(|declaration| declaration.is_certain()) {
                let Some(id) = declaration.id.as_literal() else { continue };
                let args = declaration.states.iter().flat_map(|state| &state.args);
                let plain = |node: &render::Node| {
                    let exact = node.origin.kind == SourceKind::Exact && node.origin.path == facts.path;
                    exact && node.when.is_always() && matches!(node.kind, NodeKind::Str(_) | NodeKind::Int(_))
                };
                let Some(arg) = args.into_iter().find(|arg| plain(&arg.value) && arg.when.is_always()) else {
                    continue;
                };
                let range = arg.value.origin.range;
                if range.slice(&text).contains('\n') {
                    continue;
                }
                let with = |new: &str| format!("{}{new}{}", &text[..range.start as usize], &text[range.end as usize..]);
                let theirs = match what {
                    Break::Edited => match block(&text, id) {
                        Some(range) => format!("{}{}", &text[..range.start as usize], &text[range.end as usize..]),
                        None => continue,
                    },
                    _ => with("planted_two"),
                };
                let path = facts.path.clone();
                let ours = edit(self.ours, &path, &with("planted_one"));
                return Some(Planted { ours, theirs: edit(self.theirs, &path, &theirs), name: id.to_owned(), path });
            }
        }
        None
    }
}
