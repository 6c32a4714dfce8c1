//! What drift is made of (the kinds of drift): one fact per entity, at its place here.

use std::sync::Arc;

use render::Origin;
use text::TextRange;
use world::SaltPath;

/// How a branch and its base have drifted apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drift {
    /// The findings, worst first, then by path and range.
    pub facts: Vec<DriftFact>,
    /// Why nothing, or not everything, was compared; ready to print.
    pub notes: Vec<String>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq)]
pub struct DriftFact {
    /// What happened.
    pub kind: DriftKind,
    /// How bad.
    pub severity: DriftSeverity,
    /// The kind of entity: an `EntityKind`'s name.
    pub entity: model::EntityKind,
    /// The entity's name.
    pub name: String,
    /// Where it shows in our files; `None`: about the whole repository.
    pub place: Option<(SaltPath, TextRange)>,
    /// For people: what happened, what to do. Never a secret's value.
    pub message: String,
    /// The place in the base branch's world that explains it.
    pub theirs: Option<Place>,
    /// The other place in ours, or in the merge base.
    pub ours: Option<Place>,
    /// Its new name, if it was renamed: for quick fixes.
    pub renamed_to: Option<String>,
    /// How the value came here, if through other files.
    pub origin: Option<Arc<Origin>>,
}

/// A place in one of the compared worlds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: SaltPath,
    /// Bytes in it, in that world's version.
    pub range: TextRange,
}

/// Severities, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DriftSeverity {
    /// No diagnostic: hover, lens, tree, command line.
    None,
    /// A hint.
    Hint,
    /// Information.
    Information,
    /// A warning.
    Warning,
    /// An error.
    Error,
}

impl DriftSeverity {
    /// One step milder; hints stay hints, what is no diagnostic stays none.
    #[must_use]
    pub fn down(self) -> Self {
        match self {
            Self::Error => Self::Warning,
            Self::Warning => Self::Information,
            Self::Information | Self::Hint => Self::Hint,
            Self::None => Self::None,
        }
    }
}

/// Kinds of drift; their names are stable (JSON `kind`, diagnostic code `drift/KIND`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it; docs/drift.md explains each")]
pub enum DriftKind {
    RequisiteTargetRemovedUpstream,
    IncludeRemovedUpstream,
    SaltFileRemovedUpstream,
    PillarKeyRemovedUpstream,
    RemovedHereUsedUpstream,
    MacroCallBroken,
    DuplicateIdAfterMerge,
    DuplicateIdCrossFile,
    ConflictingChange,
    EditedHereRemovedUpstream,
    RemovedHereEditedUpstream,
    RenamedUpstream,
    MovedUpstream,
    RemovalLost,
    BothChangedSameState,
    TextualConflict,
    Incoming,
    Outgoing,
    Converged,
    HotfixNotMergedBack,
    ReleaseNotMergedBack,
    UpstreamBroken,
    Stale,
    MapKeyRemovedUpstream,
    SameTargetTwice,
    BrokenAfterMerge,
}

impl DriftKind {
    /// All kinds.
    pub const ALL: [Self; 26] = [
        Self::RequisiteTargetRemovedUpstream,
        Self::IncludeRemovedUpstream,
        Self::SaltFileRemovedUpstream,
        Self::PillarKeyRemovedUpstream,
        Self::RemovedHereUsedUpstream,
        Self::MacroCallBroken,
        Self::DuplicateIdAfterMerge,
        Self::DuplicateIdCrossFile,
        Self::ConflictingChange,
        Self::EditedHereRemovedUpstream,
        Self::RemovedHereEditedUpstream,
        Self::RenamedUpstream,
        Self::MovedUpstream,
        Self::RemovalLost,
        Self::BothChangedSameState,
        Self::TextualConflict,
        Self::Incoming,
        Self::Outgoing,
        Self::Converged,
        Self::HotfixNotMergedBack,
        Self::ReleaseNotMergedBack,
        Self::UpstreamBroken,
        Self::Stale,
        Self::MapKeyRemovedUpstream,
        Self::SameTargetTwice,
        Self::BrokenAfterMerge,
    ];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RequisiteTargetRemovedUpstream => "requisite-target-removed-upstream",
            Self::IncludeRemovedUpstream => "include-removed-upstream",
            Self::SaltFileRemovedUpstream => "salt-file-removed-upstream",
            Self::PillarKeyRemovedUpstream => "pillar-key-removed-upstream",
            Self::RemovedHereUsedUpstream => "removed-here-used-upstream",
            Self::MacroCallBroken => "macro-call-broken",
            Self::DuplicateIdAfterMerge => "duplicate-id-after-merge",
            Self::DuplicateIdCrossFile => "duplicate-id-cross-file",
            Self::ConflictingChange => "conflicting-change",
            Self::EditedHereRemovedUpstream => "edited-here-removed-upstream",
            Self::RemovedHereEditedUpstream => "removed-here-edited-upstream",
            Self::RenamedUpstream => "renamed-upstream",
            Self::MovedUpstream => "moved-upstream",
            Self::RemovalLost => "removal-lost",
            Self::BothChangedSameState => "both-changed-same-state",
            Self::TextualConflict => "textual-conflict",
            Self::Incoming => "incoming",
            Self::Outgoing => "outgoing",
            Self::Converged => "converged",
            Self::HotfixNotMergedBack => "hotfix-not-merged-back",
            Self::ReleaseNotMergedBack => "release-not-merged-back",
            Self::UpstreamBroken => "upstream-broken",
            Self::Stale => "stale",
            Self::MapKeyRemovedUpstream => "map-key-removed-upstream",
            Self::SameTargetTwice => "same-target-twice",
            Self::BrokenAfterMerge => "broken-after-merge",
        }
    }
}
