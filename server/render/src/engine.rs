//! The questions that the rest of saltflow asks of rendering, each a memoised [`Query`]: a file
//! rendered alone, a minion's pillar, a minion's top. Holds no rules of Salt's own.

use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use smol_str::SmolStr;
use world::{Fingerprint, Hasher, Minion, Query, Reader, SaltPath, Stopped};

use crate::data::{self, fingerprint, names};
use crate::{EntryKind, Node, Pillar, Rendered, Top};

/// The file at `path` as Salt renders it for `minion`, includes not followed. `sls` is the dotted
/// name that it is rendered under; `None`: the name that the roots give it, if any. A file that does
/// not exist renders to nothing.
///
/// # Errors
/// [`Stopped`].
pub fn render(
    reader: &Reader<'_>,
    minion: &Arc<Minion>,
    path: &SaltPath,
    kind: EntryKind,
    sls: Option<&str>,
) -> Result<Arc<Rendered>, Stopped> {
    let roots = match kind {
        EntryKind::Pillar | EntryKind::PillarTop => &minion.pillar_roots,
        _ => &minion.file_roots,
    };
    let own = names::names_of(roots, path);
    let named = |env: &str| own.iter().find(|(e, name)| e == env && sls.is_none_or(|sls| name == sls));
    let found = named(&minion.saltenv).or_else(|| own.iter().find(|(_, name)| sls.is_none_or(|sls| name == sls)));
    let saltenv = found.map_or_else(|| minion.saltenv.as_str(), |(env, _)| env);
    let is_sls = matches!(kind, EntryKind::State | EntryKind::Pillar | EntryKind::Orchestrate | EntryKind::Reactor);
    let sls = sls.map(SmolStr::from).or_else(|| found.filter(|_| is_sls).map(|(_, name)| name.clone()));
    render_in(reader, minion, path, kind, sls.as_deref(), saltenv, &Extra::default())
}

/// As [`render`], in a given saltenv and with further variables (`context`, a pillar include's
/// `defaults`).
///
/// # Errors
/// [`Stopped`].
pub fn render_in(
    reader: &Reader<'_>,
    minion: &Arc<Minion>,
    path: &SaltPath,
    kind: EntryKind,
    sls: Option<&str>,
    saltenv: &str,
    extra: &Extra,
) -> Result<Arc<Rendered>, Stopped> {
    reader.ask(&RenderQuery {
        minion: MinionKey::new(minion),
        path: path.clone(),
        kind,
        sls: sls.map(SmolStr::from),
        saltenv: saltenv.into(),
        extra: extra.clone(),
    })
}

/// As [`render_in`], but the answer is not kept: for a computation whose own answer is kept and holds
/// what it needs of this one. What is asked on the way counts as asked by that computation.
///
/// # Errors
/// [`Stopped`].
pub fn render_unkept(
    reader: &Reader<'_>,
    minion: &Arc<Minion>,
    path: &SaltPath,
    kind: EntryKind,
    sls: Option<&str>,
    saltenv: &str,
) -> Result<Rendered, Stopped> {
    data::render_file(reader, &data::FileJob { minion, path, kind, sls, saltenv, extra: &[] })
}

/// The pillar that `minion` gets. Without a profile and without a pillar file it is Unknown.
///
/// # Errors
/// [`Stopped`].
pub fn pillar(reader: &Reader<'_>, minion: &Arc<Minion>) -> Result<Arc<Pillar>, Stopped> {
    reader.ask(&PillarQuery { minion: MinionKey::new(minion) })
}

/// The pillar, of which the asker looks at the value under the keys `path` only (`[]`: all of it),
/// not at its origins: it depends on nothing else.
///
/// # Errors
/// [`Stopped`].
pub fn pillar_part(reader: &Reader<'_>, minion: &Arc<Minion>, path: &[SmolStr]) -> Result<Arc<Pillar>, Stopped> {
    reader.ask_part(&PillarQuery { minion: MinionKey::new(minion) }, &path.to_vec())
}

/// What the top files give `minion`.
///
/// # Errors
/// [`Stopped`].
pub fn top(reader: &Reader<'_>, minion: &Arc<Minion>) -> Result<Arc<Top>, Stopped> {
    reader.ask(&TopQuery { minion: MinionKey::new(minion) })
}

/// Further variables of a rendering, with their fingerprint.
#[derive(Clone, Debug, Default)]
pub struct Extra {
    /// Name and value.
    pub variables: Arc<[(SmolStr, Node)]>,
    fingerprint: Option<Fingerprint>,
}

impl Extra {
    /// These variables.
    #[must_use]
    pub fn new(variables: Vec<(SmolStr, Node)>) -> Self {
        if variables.is_empty() {
            return Self::default();
        }
        let mut hasher = Hasher::default();
        for (name, value) in &variables {
            hasher.field(name.as_bytes());
            fingerprint::node(&mut hasher, value, true);
        }
        Self { fingerprint: Some(hasher.finish()), variables: variables.into() }
    }
}

impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}
impl Eq for Extra {}
impl Hash for Extra {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.fingerprint.hash(state);
    }
}

/// A minion as part of a question: equal by fingerprint.
#[derive(Clone)]
pub struct MinionKey {
    minion: Arc<Minion>,
    fingerprint: Fingerprint,
}

/// Fingerprints of minions that are alive: taking one walks a whole profile.
static TAKEN: Mutex<Vec<(Weak<Minion>, Fingerprint)>> = Mutex::new(Vec::new());

impl MinionKey {
    /// The key of `minion`; its fingerprint is taken once while it is alive.
    #[must_use]
    pub fn new(minion: &Arc<Minion>) -> Self {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let known = taken.iter().find(|(weak, _)| std::ptr::eq(weak.as_ptr(), Arc::as_ptr(minion)));
        let fingerprint = if let Some((_, fingerprint)) = known {
            *fingerprint
        } else {
            // A weak reference keeps the address from being used again, so dead ones must go.
            taken.retain(|(weak, _)| weak.strong_count() > 0);
            let fingerprint = minion.fingerprint();
            taken.push((Arc::downgrade(minion), fingerprint));
            fingerprint
        };
        Self { minion: minion.clone(), fingerprint }
    }

    /// The minion.
    #[must_use]
    pub fn minion(&self) -> &Arc<Minion> {
        &self.minion
    }
}

impl PartialEq for MinionKey {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}
impl Eq for MinionKey {}
impl Hash for MinionKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write_u128(self.fingerprint.0);
    }
}
impl std::fmt::Debug for MinionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.fingerprint)
    }
}

/// One file, rendered alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct RenderQuery {
    minion: MinionKey,
    path: SaltPath,
    kind: EntryKind,
    sls: Option<SmolStr>,
    saltenv: SmolStr,
    extra: Extra,
}

impl Query for RenderQuery {
    type Answer = Rendered;
    type Part = ();

    fn compute(&self, reader: &Reader<'_>) -> Result<Rendered, Stopped> {
        let job = data::FileJob {
            minion: &self.minion.minion,
            path: &self.path,
            kind: self.kind,
            sls: self.sls.as_deref(),
            saltenv: &self.saltenv,
            extra: &self.extra.variables,
        };
        data::render_file(reader, &job)
    }

    fn fingerprint(answer: &Rendered) -> Fingerprint {
        fingerprint::rendered(answer)
    }

    fn part_fingerprint(answer: &Rendered, (): &()) -> Fingerprint {
        Self::fingerprint(answer)
    }

    fn cycle(&self) -> Rendered {
        Rendered::nothing(self.path.clone(), self.kind)
    }
}

/// The compiled pillar of a minion.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct PillarQuery {
    minion: MinionKey,
}

impl Query for PillarQuery {
    type Answer = Pillar;
    type Part = Vec<SmolStr>;

    fn compute(&self, reader: &Reader<'_>) -> Result<Pillar, Stopped> {
        data::pillar::compile(reader, &self.minion.minion)
    }

    fn fingerprint(answer: &Pillar) -> Fingerprint {
        let mut hasher = Hasher::default();
        fingerprint::node(&mut hasher, &answer.data, true);
        fingerprint::problems(&mut hasher, &answer.errors);
        hasher.number(u64::from(answer.partial)).number(answer.sls.len() as u64);
        for sls in &answer.sls {
            hasher.field(sls.saltenv.as_bytes()).field(sls.name.as_bytes());
            hasher.field(sls.path.as_ref().map_or(&[], |path| path.as_str().as_bytes()));
            fingerprint::when(&mut hasher, &sls.when);
        }
        hasher.finish()
    }

    fn part_fingerprint(answer: &Pillar, path: &Vec<SmolStr>) -> Fingerprint {
        let mut hasher = Hasher::default();
        fingerprint::part(&mut hasher, &answer.data, path);
        hasher.finish()
    }

    fn cycle(&self) -> Pillar {
        Pillar::unknown("the pillar is needed to compile the pillar")
    }
}

/// The top of a minion.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct TopQuery {
    minion: MinionKey,
}

impl Query for TopQuery {
    type Answer = Top;
    type Part = ();

    fn compute(&self, reader: &Reader<'_>) -> Result<Top, Stopped> {
        data::top::compile(reader, &self.minion.minion)
    }

    fn fingerprint(answer: &Top) -> Fingerprint {
        fingerprint::top(answer)
    }

    fn part_fingerprint(answer: &Top, (): &()) -> Fingerprint {
        Self::fingerprint(answer)
    }

    fn cycle(&self) -> Top {
        Top::default()
    }
}
