//! The question that everything here rests on: what does this file declare and use, for this minion?
//! Brings rendering, high data and syntax together; knows one file and what it imports.

use std::sync::Arc;

use render::{EntryKind, MinionKey, Rendered, UseKind, names};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use text::TextRange;
use world::{BlobId, Fingerprint, Hasher, Memo, Minion, Query, Reader, Roots, SaltPath, Stopped, World};

use crate::high::Findings;
use crate::template::{Binding, Summary, summarise};
use crate::{Facts, FileKind, Import, Reference, high, pillar, salt_files};

/// What the file at `path`, read as `kind`, declares and uses for `minion`. Memoised.
///
/// # Errors
/// [`Stopped`].
pub fn facts(
    reader: &Reader<'_>,
    minion: &Arc<Minion>,
    path: &SaltPath,
    kind: FileKind,
) -> Result<Arc<Facts>, Stopped> {
    facts_of(reader, &MinionKey::new(minion), path, kind)
}

/// The same, for a minion whose key is known.
pub(crate) fn facts_of(
    reader: &Reader<'_>,
    minion: &MinionKey,
    path: &SaltPath,
    kind: FileKind,
) -> Result<Arc<Facts>, Stopped> {
    reader.ask(&FactsQuery { minion: minion.clone(), path: path.clone(), kind })
}

/// The files whose facts may be others in `new` than in `old`, for each minion that was asked for.
pub(crate) fn affected(memo: &Memo, old: &World, new: &World) -> FxHashMap<MinionKey, Vec<SaltPath>> {
    let mut files: FxHashMap<MinionKey, Vec<SaltPath>> = FxHashMap::default();
    for query in memo.affected(old, new).queries::<FactsQuery>() {
        files.entry(query.minion.clone()).or_default().push(query.path.clone());
    }
    files
}

/// What the syntax of the template at `path` says; empty for files that are no text. Memoised.
///
/// # Errors
/// [`Stopped`].
pub fn summary(reader: &Reader<'_>, path: &SaltPath) -> Result<Arc<TemplateSummary>, Stopped> {
    reader.ask(&SummaryQuery { path: path.clone() })
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct FactsQuery {
    minion: MinionKey,
    path: SaltPath,
    kind: FileKind,
}

impl Query for FactsQuery {
    type Answer = Facts;
    type Part = ();

    fn compute(&self, reader: &Reader<'_>) -> Result<Facts, Stopped> {
        compute(reader, self.minion.minion(), &self.path, self.kind)
    }

    fn fingerprint(answer: &Facts) -> Fingerprint {
        let mut hasher = Hasher::default();
        hasher.number(answer.kind as u64);
        // All of it: the debug text of a fingerprint is its first digits.
        hasher.field(&render::fingerprint(&answer.rendered).0.to_le_bytes());
        // What does not follow from the rendering and the file's own text.
        for (env, name) in &answer.names {
            hasher.field(env.as_bytes()).field(name.as_bytes());
        }
        hasher.field(answer.blob.as_ref().map_or(&[], BlobId::as_bytes)).number(answer.references.len() as u64);
        for (path, range) in answer.references.iter().filter_map(|reference| reference.target.as_ref()) {
            hasher.field(path.as_str().as_bytes()).number(u64::from(range.start) << 32 | u64::from(range.end));
        }
        let imported = answer.imports.iter().filter_map(|import| import.target.as_ref());
        for path in imported.chain(answer.salt_files.iter().flat_map(|file| &file.targets)) {
            hasher.field(path.as_str().as_bytes());
        }
        hasher.finish()
    }

    fn part_fingerprint(answer: &Facts, (): &()) -> Fingerprint {
        Self::fingerprint(answer)
    }

    fn cycle(&self) -> Facts {
        nothing(&self.path, self.kind.kind)
    }
}

/// The facts of a file that says nothing.
fn nothing(path: &SaltPath, kind: EntryKind) -> Facts {
    Facts {
        path: path.clone(),
        kind,
        blob: None,
        names: Vec::new(),
        rendered: Arc::new(Rendered::nothing(path.clone(), kind)),
        declarations: Vec::new(),
        includes: Vec::new(),
        extends: Vec::new(),
        excludes: Vec::new(),
        pillar_keys: Vec::new(),
        targets: Vec::new(),
        imports: Vec::new(),
        exports: Vec::new(),
        references: Vec::new(),
        salt_files: Vec::new(),
        managed: Vec::new(),
        problems: Vec::new(),
    }
}

/// The names by which Salt finds `path`: a name that means another file (a first root's, or `x.sls`
/// beside `x/init.sls`) is not among them.
fn reachable_names(reader: &Reader<'_>, roots: &Roots, path: &SaltPath) -> Result<Vec<(SmolStr, SmolStr)>, Stopped> {
    let mut reachable = Vec::new();
    for (env, name) in names::names_of(roots, path) {
        if names::find_sls(reader, roots, &env, &name)?.as_ref() == Some(path) {
            reachable.push((env, name));
        }
    }
    Ok(reachable)
}

fn compute(reader: &Reader<'_>, minion: &Arc<Minion>, path: &SaltPath, kind: FileKind) -> Result<Facts, Stopped> {
    let kind = refined(reader, path, kind)?;
    let pillar_side = matches!(kind.kind, EntryKind::Pillar | EntryKind::PillarTop);
    let roots = if pillar_side { &minion.pillar_roots } else { &minion.file_roots };
    let mut facts = nothing(path, kind.kind);
    facts.names = reachable_names(reader, roots, path)?;
    let primary = facts.names.iter().find(|(env, _)| *env == minion.saltenv).or(facts.names.first());
    let env = primary.map(|(env, _)| env.clone()).or_else(|| env_of(roots, path)).unwrap_or_else(|| "base".into());
    let sls = primary.map(|(_, name)| name.clone());
    let named = matches!(kind.kind, EntryKind::State | EntryKind::Pillar | EntryKind::Orchestrate | EntryKind::Reactor);
    let rendered_as = sls.as_deref().filter(|_| named);
    // Pillar and top files are also asked for by the compiled pillar and the top; nobody else renders the
    // others, and then one kept answer with one trace does.
    let kept = pillar_side || kind.kind == EntryKind::StateTop;
    facts.rendered = if kept {
        render::render_in(reader, minion, path, kind.kind, rendered_as, &env, &render::Extra::default())?
    } else {
        Arc::new(render::render_unkept(reader, minion, path, kind.kind, rendered_as, &env)?)
    };
    read_data(&mut facts, (&env, sls.as_deref().unwrap_or(path.as_str()), !minion.has_salt(3008)));
    if !kind.certain {
        for problem in &mut facts.problems {
            (problem.certain, problem.doubt) = (false, problem.doubt.max(render::Doubt::Value));
        }
    }
    let summary = summary(reader, path)?;
    facts.blob = summary.blob;
    facts.exports.clone_from(&summary.found.exports);
    let targets = imports(reader, minion, roots, &env, &summary.found, &mut facts)?;
    facts.references = references(reader, path, &summary.found, &targets)?;
    facts.salt_files = salt_files::collect(reader, &minion.file_roots, &env, path, &facts.rendered, &summary.found)?;
    facts.managed = salt_files::managed(&facts);
    facts.shrink();
    Ok(facts)
}

/// The kind that the text of a file has, where its place says that it holds states.
fn refined(reader: &Reader<'_>, path: &SaltPath, kind: FileKind) -> Result<FileKind, Stopped> {
    if kind.kind != EntryKind::State || kind.settled {
        return Ok(kind);
    }
    let Some(content) = reader.content(path)? else { return Ok(kind) };
    Ok(std::str::from_utf8(&content).map_or(kind, |text| crate::layout::refine(kind, path.name(), text)))
}

/// What the rendered data says.
fn read_data(facts: &mut Facts, (env, sls, old): (&str, &str, bool)) {
    let rendered = facts.rendered.clone();
    let init = names::is_init(&facts.path);
    facts.problems.clone_from(&rendered.problems);
    let mut findings = Findings { sls, env, old, active: rendered.complete, problems: Vec::new() };
    match facts.kind {
        EntryKind::State | EntryKind::Orchestrate | EntryKind::Reactor => {
            let high = high::read(&rendered, (env, sls, old), init);
            facts.declarations = high.declarations;
            facts.includes = high.includes;
            facts.extends = high.extends;
            facts.excludes = high.excludes;
            // Reactions have forms of their own (`salt/utils/reactor.py`).
            if facts.kind != EntryKind::Reactor {
                findings.problems = high.problems;
            }
        }
        EntryKind::Pillar | EntryKind::PillarExample => {
            (facts.pillar_keys, facts.includes) = pillar::read_pillar(&rendered, init, &mut findings);
        }
        EntryKind::StateTop | EntryKind::PillarTop => facts.targets = pillar::read_top(&rendered),
        EntryKind::Cloud | EntryKind::Data | EntryKind::Managed | EntryKind::Macros => {}
    }
    facts.problems.append(&mut findings.problems);
}

/// The saltenv of the first root that holds `path`.
fn env_of(roots: &Roots, path: &SaltPath) -> Option<SmolStr> {
    let holds = |folders: &[SaltPath]| folders.iter().any(|folder| path.below(folder).is_some());
    roots.iter().find(|(_, folders)| holds(folders)).map(|(env, _)| env.as_str().into())
}

/// The files of the summary's imports; fills `facts.imports` from what rendering read, and from what
/// stands in branches that it did not enter.
fn imports(
    reader: &Reader<'_>,
    minion: &Minion,
    roots: &Roots,
    env: &str,
    summary: &Summary,
    facts: &mut Facts,
) -> Result<Vec<Option<SaltPath>>, Stopped> {
    let rendered = facts.rendered.clone();
    let templates = || rendered.uses.iter().filter(|used| used.kind == UseKind::Template);
    for used in templates() {
        let (name, origin) = (used.name.clone(), used.origin.clone());
        facts.imports.push(Import { name, origin, target: used.target.clone(), when: used.when.clone() });
    }
    let mut targets = Vec::with_capacity(summary.imports.len());
    for import in &summary.imports {
        let same = |range: TextRange| range.covers(import.range) || import.range.covers(range);
        let used = templates().find(|used| used.origin.path == facts.path && same(used.origin.range));
        if let Some(used) = used {
            targets.push(used.target.clone());
            continue;
        }
        let target = match &import.literal {
            Some(name) => resolve_literal(reader, minion, roots, env, &facts.path, name)?,
            None => None,
        };
        if let Some(written) = &import.literal {
            let name = target.as_ref().map_or(written.as_str(), SaltPath::as_str);
            let origin = render::Origin::exact(facts.path.clone(), import.range);
            let name = render::Pattern::literal(name);
            facts.imports.push(Import { name, origin, target: target.clone(), when: render::When::ALWAYS });
        }
        targets.push(target);
    }
    Ok(targets)
}

/// The file of a literal template name: relative ones against the importing file's folder.
fn resolve_literal(
    reader: &Reader<'_>,
    minion: &Minion,
    roots: &Roots,
    env: &str,
    path: &SaltPath,
    name: &str,
) -> Result<Option<SaltPath>, Stopped> {
    if name.starts_with("./") || name.starts_with("../") {
        let Ok(found) = path.parent().join(name) else { return Ok(None) };
        return Ok(reader.blob(&found)?.map(|_| found));
    }
    if let Some(found) = names::find_file(reader, roots, env, name)? {
        return Ok(Some(found));
    }
    names::find_file(reader, &minion.file_roots, env, name)
}

/// Variables that Salt or Jinja2 define in every template.
const GIVEN: [&str; 27] = [
    "salt",
    "grains",
    "pillar",
    "opts",
    "proxy",
    "saltenv",
    "sls",
    "slspath",
    "slsdotpath",
    "slscolonpath",
    "sls_path",
    "tpldir",
    "tplfile",
    "tpldot",
    "tplpath",
    "loop",
    "caller",
    "varargs",
    "kwargs",
    "range",
    "dict",
    "namespace",
    "self",
    "super",
    "true",
    "false",
    "none",
];

fn references(
    reader: &Reader<'_>,
    path: &SaltPath,
    summary: &Summary,
    targets: &[Option<SaltPath>],
) -> Result<Vec<Reference>, Stopped> {
    let mut references = Vec::with_capacity(summary.reads.len());
    for read in &summary.reads {
        let is_macro = |summary: &Summary, range: TextRange| {
            summary.exports.iter().any(|export| export.range == range && export.params.is_some())
        };
        let (target, is_macro) = match &read.binding {
            Binding::Unknown if GIVEN.contains(&read.name.as_str()) => continue,
            Binding::Unknown => (None, false),
            Binding::Here(range) => (Some((path.clone(), *range)), is_macro(summary, *range)),
            Binding::Module(_, range) => (Some((path.clone(), *range)), false),
            Binding::Member(import, name, here) => {
                let there = match targets.get(*import).and_then(Option::as_ref) {
                    Some(file) => exported(reader, file, name)?.map(|(range, found)| ((file.clone(), range), found)),
                    None => None,
                };
                match (there, here) {
                    (Some((target, is_macro)), _) => (Some(target), is_macro),
                    // Of an unknown template nothing but the import statement can be shown.
                    (None, Some(range)) if *range != read.range => (Some((path.clone(), *range)), read.call.is_some()),
                    (None, _) => (None, read.call.is_some()),
                }
            }
        };
        let (name, range, call) = (read.name.clone(), read.range, read.call.clone());
        references.push(Reference { name, range, target, is_macro, call });
    }
    Ok(references)
}

/// Where `name` is first defined at the top level of the template `file`, and whether as a macro.
fn exported(reader: &Reader<'_>, file: &SaltPath, name: &SmolStr) -> Result<Option<(TextRange, bool)>, Stopped> {
    let summary = reader.ask_part(&SummaryQuery { path: file.clone() }, name)?;
    let found = summary.found.exports.iter().find(|export| export.name == *name);
    Ok(found.map(|export| (export.range, export.params.is_some())))
}

/// A template's summary with the content that it was read from.
#[derive(Clone, Debug, Default)]
pub struct TemplateSummary {
    blob: Option<BlobId>,
    /// What the syntax says.
    pub found: Summary,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct SummaryQuery {
    path: SaltPath,
}

impl Query for SummaryQuery {
    type Answer = TemplateSummary;
    /// An exported name.
    type Part = SmolStr;

    fn compute(&self, reader: &Reader<'_>) -> Result<TemplateSummary, Stopped> {
        let blob = reader.blob(&self.path)?;
        let Some(blob) = blob else { return Ok(TemplateSummary::default()) };
        let empty = TemplateSummary { blob: Some(blob), ..TemplateSummary::default() };
        let Some(content) = reader.content(&self.path)? else { return Ok(TemplateSummary::default()) };
        let Ok(text) = std::str::from_utf8(&content) else { return Ok(empty) };
        if !text.contains("{%") && !text.contains("{{") {
            return Ok(empty);
        }
        // Rendering has mostly parsed it just now.
        Ok(TemplateSummary { found: summarise(render::parse(blob, text).template()), ..empty })
    }

    fn fingerprint(answer: &TemplateSummary) -> Fingerprint {
        let mut hasher = Hasher::default();
        hasher.field(answer.blob.as_ref().map_or(&[], BlobId::as_bytes));
        hasher.finish()
    }

    fn part_fingerprint(answer: &TemplateSummary, name: &SmolStr) -> Fingerprint {
        let mut hasher = Hasher::default();
        let first = answer.found.exports.iter().find(|export| export.name == *name);
        if let Some(export) = first {
            hasher.number(u64::from(export.range.start) << 32 | u64::from(export.range.end));
            hasher.number(1 + u64::from(export.params.is_some()));
        }
        hasher.finish()
    }

    fn cycle(&self) -> TemplateSummary {
        TemplateSummary::default()
    }
}
