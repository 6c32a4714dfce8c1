//! As what a file is rendered, from where it stands.

use render::EntryKind;
use world::{Roots, SaltPath};

use super::Layout;

/// A file's kind, and whether that is beyond doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileKind {
    /// As what it is rendered.
    pub kind: EntryKind,
    /// Whether no other kind is possible: only then may an undefined variable be an error.
    pub certain: bool,
    /// Whether the file's text has no say in it.
    pub settled: bool,
}

const ORCHESTRATE: [&str; 7] =
    ["orch", "orchestrate", "orchestration", "orchestrations", "_orchestrate", "_orch", "runners"];
const REACTOR: [&str; 4] = ["reactor", "reactors", "_reactor", "_reactors"];
const CLOUD: [&str; 4] = ["cloud.maps.d", "cloud.profiles.d", "cloud.providers.d", "cloud.conf.d"];
const TEMPLATES: [&str; 5] = ["files", "templates", "template", "file", "conf"];
const MACRO_FILES: [&str; 6] =
    ["map.jinja", "libtofs.jinja", "settings.jinja", "defaults.jinja", "mapdata.jinja", "lib.jinja"];

impl Layout {
    /// As what the file at `path` is rendered; `None` if nothing says that it is rendered at all.
    #[must_use]
    pub fn kind_of(&self, path: &SaltPath) -> Option<EntryKind> {
        self.classify(path).map(|found| found.kind)
    }

    /// The same with its certainty.
    #[must_use]
    pub fn classify(&self, path: &SaltPath) -> Option<FileKind> {
        let sure = |kind| Some(FileKind { kind, certain: true, settled: true });
        let likely = |kind| Some(FileKind { kind, certain: false, settled: true });
        if path.name() == "pillar.example" || self.pillar_examples.contains(path) {
            return likely(EntryKind::PillarExample);
        }
        let (state, pillar) = (nearest(&self.file_roots, path), nearest(&self.pillar_roots, path));
        let in_pillar = match (&state, &pillar) {
            (Some(_), _) if self.as_states => false,
            (Some(state), Some(pillar)) => pillar.0 >= state.0,
            (None, Some(_)) => true,
            _ => false,
        };
        let (_, relative) = if in_pillar { pillar? } else { state? };
        let is_sls = std::path::Path::new(path.name()).extension().is_some_and(|extension| extension == "sls");
        if is_sls {
            if in_pillar {
                return sure(if relative == "top.sls" { EntryKind::PillarTop } else { EntryKind::Pillar });
            }
            if relative == "top.sls" {
                return sure(EntryKind::StateTop);
            }
            return Some(self.sls_kind(path, relative));
        }
        let template = std::path::Path::new(path.name())
            .extension()
            .is_some_and(|extension| matches!(extension.to_str(), Some("jinja" | "jinja2" | "j2" | "tmpl")));
        if !template {
            return None;
        }
        let managed = relative.split('/').rev().skip(1).any(|folder| TEMPLATES.contains(&folder));
        let name = path.name();
        let macros = MACRO_FILES.contains(&name) || name.contains("macro") || !managed;
        likely(if macros { EntryKind::Macros } else { EntryKind::Managed })
    }

    fn sls_kind(&self, path: &SaltPath, relative: &str) -> FileKind {
        let in_folder = |names: &[&str]| relative.split('/').rev().skip(1).any(|folder| names.contains(&folder));
        let stem = path.name().trim_end_matches(".sls");
        if self.as_states {
            return FileKind { kind: EntryKind::State, certain: true, settled: true };
        }
        if self.reactors.contains(path) {
            return FileKind { kind: EntryKind::Reactor, certain: true, settled: true };
        }
        let part = |what: &str| relative.split('/').rev().skip(1).any(|folder| folder.contains(what));
        let (kind, certain) = if part("pillar") {
            (EntryKind::Pillar, false)
        } else if in_folder(&["test", "tests", "spec", "kitchen"]) {
            (EntryKind::State, false)
        } else if in_folder(&REACTOR) {
            (EntryKind::Reactor, false)
        } else if in_folder(&ORCHESTRATE) || matches!(stem, "orchestrate" | "orch" | "orchestration") {
            (EntryKind::Orchestrate, true)
        } else if in_folder(&CLOUD) {
            (EntryKind::Cloud, false)
        } else if stem.ends_with("_top") || stem.starts_with("top_") {
            // Masters name top files of other names: `state_top: state_top.sls`.
            (EntryKind::State, false)
        } else {
            (EntryKind::State, true)
        };
        FileKind { kind, certain, settled: kind != EntryKind::State || !certain }
    }
}

/// The deepest root that holds `path`, as its depth, and the path below it.
fn nearest<'a>(roots: &Roots, path: &'a SaltPath) -> Option<(usize, &'a str)> {
    let depth = |folder: &SaltPath| if folder.is_root() { 0 } else { folder.as_str().matches('/').count() + 1 };
    let found = roots.values().flatten().filter_map(|folder| Some((depth(folder), path.below(folder)?)));
    found.filter(|(_, rest)| !rest.is_empty()).max_by_key(|(depth, _)| *depth)
}
