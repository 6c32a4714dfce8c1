//! One view of the three worlds at once, and what every kind of finding needs: who has a reference,
//! where it stands, how sure it is.

use std::cell::OnceCell;
use std::sync::Arc;

use model::{Catalog, Declaration, EntityKind, Facts, Run, View};
use render::Origin;
use rustc_hash::FxHashSet;
use text::TextRange;
use world::{SaltPath, Stop, Stopped, World};

use crate::diff::{Id, SideDiff};
use crate::lineage::{Lineage, Side};
use crate::merged::MergedView;
use crate::rules::upstream::Broken;
use crate::{DriftFact, DriftKind, DriftSeverity, Place, Sides};

/// Whether a reference survives the merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// It was added on the side that is asked about.
    Added,
    /// All three have it.
    Everywhere,
    /// The other side took it away.
    Gone,
}

/// One of the worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum In {
    /// The merge base.
    Base,
    /// One of the sides.
    Side(Side),
    /// What merging them gives.
    Merged,
}

/// State SLS that no top reaches, neither in ours nor in theirs; none where there is no top. Looked for
/// when the first finding asks.
pub(crate) struct Orphans<'a> {
    ours: &'a Catalog,
    theirs: &'a Catalog,
    found: OnceCell<FxHashSet<SaltPath>>,
}

impl<'a> Orphans<'a> {
    pub(crate) fn new(ours: &'a Catalog, theirs: &'a Catalog) -> Self {
        Self { ours, theirs, found: OnceCell::new() }
    }

    fn contains(&self, path: &SaltPath) -> bool {
        self.found.get_or_init(|| self.find()).contains(path)
    }

    fn find(&self) -> FxHashSet<SaltPath> {
        if self.ours.views.iter().all(|view| view.top.states.is_empty()) {
            return FxHashSet::default();
        }
        let mut views = self.ours.views.iter().chain(&self.theirs.views);
        let mut all = views.next().map_or_else(FxHashSet::default, |view| (*view.orphans()).clone());
        for view in views {
            let orphans = view.orphans();
            all.retain(|path| orphans.contains(path) || view.facts(path).is_none());
        }
        all
    }
}

/// One view of the three worlds.
pub(crate) struct Comparison<'a> {
    pub(crate) sides: &'a Sides<'a>,
    pub(crate) lineage: &'a Lineage,
    pub(crate) base: &'a View,
    ours: &'a View,
    theirs: &'a View,
    our_diff: SideDiff<'a>,
    their_diff: SideDiff<'a>,
    /// The merge, if it is known.
    pub(crate) merged: Option<MergedView<'a>>,
    /// Its implicit minions; looked for when somebody asks.
    runs: OnceCell<Vec<Run>>,
    orphans: &'a Orphans<'a>,
    pub(crate) stop: &'a Stop,
    pub(crate) found: Vec<DriftFact>,
    /// References of all worlds to what they took away: dangling on their side already.
    pub(crate) broken_upstream: Vec<Broken>,
}

impl<'a> Comparison<'a> {
    pub(crate) fn new(
        sides: &'a Sides<'a>,
        lineage: &'a Lineage,
        [base, ours, theirs]: [&'a View; 3],
        merged: Option<MergedView<'a>>,
        orphans: &'a Orphans<'a>,
        stop: &'a Stop,
    ) -> Result<Self, Stopped> {
        let our_diff = SideDiff::new(lineage, Side::Ours, base, ours, sides.ours_world, stop)?;
        let their_diff = SideDiff::new(lineage, Side::Theirs, base, theirs, sides.theirs_world, stop)?;
        let (found, broken_upstream) = (Vec::new(), Vec::new());
        let runs = OnceCell::new();
        Ok(Self {
            sides,
            lineage,
            base,
            ours,
            theirs,
            our_diff,
            their_diff,
            merged,
            runs,
            orphans,
            stop,
            found,
            broken_upstream,
        })
    }

    /// What each target of the merged top file runs; nothing where the merge is not known.
    pub(crate) fn runs(&self) -> &[Run] {
        self.runs.get_or_init(|| self.merged.as_ref().map_or_else(Vec::new, |merged| merged.view.runs()))
    }

    /// A world's files.
    pub(crate) fn world_of(&self, world: In) -> &'a World {
        match (world, &self.merged) {
            (In::Side(side), _) => self.world(side),
            (In::Merged, Some(merged)) => merged.world,
            (In::Base | In::Merged, _) => self.sides.base_world,
        }
    }

    /// The key of the file at `path` of a world.
    pub(crate) fn key_in<'p>(&'p self, world: In, path: &'p SaltPath) -> &'p SaltPath {
        match world {
            In::Base => path,
            In::Side(side) => self.lineage.key(side, path),
            // The merge has what they moved where they moved it, and what we moved where we did.
            In::Merged => match self.lineage.key(Side::Theirs, path) {
                key if key == path => self.lineage.key(Side::Ours, path),
                key => key,
            },
        }
    }

    /// Where the file with the key stands in a world.
    pub(crate) fn path_in<'p>(&'p self, world: In, key: &'p SaltPath) -> &'p SaltPath {
        match world {
            In::Base => key,
            In::Side(side) => self.lineage.path(side, key),
            In::Merged => self.merged_path(key),
        }
    }

    pub(crate) fn view(&self, side: Side) -> &'a View {
        match side {
            Side::Ours => self.ours,
            Side::Theirs => self.theirs,
        }
    }

    pub(crate) fn world(&self, side: Side) -> &'a World {
        match side {
            Side::Ours => self.sides.ours_world,
            Side::Theirs => self.sides.theirs_world,
        }
    }

    pub(crate) fn diff(&self, side: Side) -> &SideDiff<'a> {
        match side {
            Side::Ours => &self.our_diff,
            Side::Theirs => &self.their_diff,
        }
    }

    /// What the file with the key says in one of the worlds.
    pub(crate) fn facts(&self, world: In, key: &SaltPath) -> Option<&'a Arc<Facts>> {
        match world {
            In::Base => self.base.facts(key),
            In::Side(side) => self.view(side).facts(self.lineage.path(side, key)),
            In::Merged => self.merged.as_ref().and_then(|merged| merged.view.facts(self.merged_path(key))),
        }
    }

    /// The ID that a declaration of a world has in the base, else its own.
    pub(crate) fn canonical(&self, world: In, key: &SaltPath, declaration: &Declaration) -> Id {
        let id = (key.clone(), declaration.id.to_string());
        match world {
            In::Base => id,
            In::Side(side) => self.diff(side).was(&id).unwrap_or(id),
            In::Merged => {
                // Under whose name it stands there tells whose it is.
                let has = |side: Side| {
                    let facts = self.facts(In::Side(side), key);
                    facts.is_some_and(|facts| !crate::diff::group(facts, &id.1).is_empty())
                };
                let side = if has(Side::Ours) { Side::Ours } else { Side::Theirs };
                self.diff(side).was(&id).unwrap_or(id)
            }
        }
    }

    /// Whether a reference in the file at `path` of `side` survives; `count` counts it in a file's
    /// facts.
    pub(crate) fn presence(&self, side: Side, path: &SaltPath, count: impl Fn(&Facts, In) -> usize) -> Presence {
        let key = self.lineage.key(side, path);
        let number = |world: In| self.facts(world, key).map_or(0, |facts| count(facts, world));
        let here = number(In::Side(side));
        let other = number(In::Side(side.other()));
        let before = if self.sides.two_way { other } else { number(In::Base) };
        match () {
            // Its line is a loop's or a macro's, which the other side adapted, or it went with what held it.
            () if here > before && self.settled_facts(key).is_some_and(|facts| count(facts, In::Merged) == 0) => {
                Presence::Gone
            }
            () if here > before => Presence::Added,
            () if other == 0 => Presence::Gone,
            () => Presence::Everywhere,
        }
    }

    /// Whether two files are of different repositories.
    pub(crate) fn apart(&self, one: &SaltPath, other: &SaltPath) -> bool {
        let of = |path: &SaltPath| self.sides.mounts.iter().position(|mount| path.below(mount).is_some());
        of(one) != of(other)
    }

    /// Where `origin` shows in the file at `path`: there, else at the call that led to it, else where
    /// it is written.
    pub(crate) fn place(origin: &Origin, path: &SaltPath) -> (SaltPath, TextRange) {
        let here = (origin.path != *path).then(|| origin.chain.iter().find(|(file, _)| file == path)).flatten();
        here.cloned().unwrap_or_else(|| (origin.path.clone(), origin.range))
    }

    /// The same as a [`Place`].
    pub(crate) fn place_of(origin: &Origin) -> Place {
        Place { path: origin.path.clone(), range: origin.range }
    }

    /// The place of a declaration of a side, if there is one.
    pub(crate) fn declared(&self, side: Side, id: &Id) -> Option<Place> {
        let facts = self.facts(In::Side(side), &id.0)?;
        crate::diff::group(facts, &id.1).first().map(|declaration| Self::place_of(&declaration.origin))
    }

    /// The beginning of the file with the key on a side, if it is there.
    pub(crate) fn file_place(&self, side: Side, key: &SaltPath) -> Option<Place> {
        let path = self.lineage.path(side, key);
        self.world(side).tree.get(path)?;
        Some(Place { path: path.clone(), range: TextRange::empty(0) })
    }

    /// Where in our file something of the base stood that we deleted: at what preceded it.
    pub(crate) fn deletion(&self, key: &SaltPath, before: &[(String, TextRange)], gone: &str) -> Option<Place> {
        let facts = self.facts(In::Side(Side::Ours), key)?;
        let at = before.iter().position(|(name, _)| name == gone)?;
        let preceding = before.get(..at)?.iter().rev();
        let mut ranges = preceding.filter_map(|(name, _)| {
            let declared = facts.declarations.iter().find(|declaration| declaration.id.to_string() == *name)?;
            (declared.origin.path == facts.path).then_some(declared.origin.range)
        });
        let range = ranges.next().unwrap_or(TextRange::empty(0));
        Some(Place { path: facts.path.clone(), range })
    }

    /// The severity of a finding in our file: a hint at most if it is not certain, one step down in
    /// files that no top reaches.
    pub(crate) fn severity(&self, wanted: DriftSeverity, certain: bool, path: &SaltPath) -> DriftSeverity {
        if wanted == DriftSeverity::None {
            return wanted;
        }
        let capped = if certain && !self.sides.two_way { wanted } else { wanted.min(DriftSeverity::Hint) };
        // Whoever settles the conflict decides what survives.
        let asked = self.sides.conflicts.contains(path);
        let capped = if asked { capped.min(DriftSeverity::Warning) } else { capped };
        if self.orphans.contains(path) { capped.down() } else { capped }
    }

    /// A new finding.
    pub(crate) fn fact(
        kind: DriftKind,
        severity: DriftSeverity,
        (entity, name): (EntityKind, impl Into<String>),
        place: Option<(SaltPath, TextRange)>,
        message: impl Into<String>,
    ) -> DriftFact {
        DriftFact {
            kind,
            severity,
            entity,
            name: name.into(),
            place,
            message: message.into(),
            theirs: None,
            ours: None,
            renamed_to: None,
            origin: None,
        }
    }
}

/// What happened to a thing, for messages: `was removed`, `was renamed to 'x'`.
pub(crate) fn fate(new: Option<&str>) -> String {
    new.map_or_else(|| "was removed".to_owned(), |new| format!("was renamed to '{new}'"))
}
