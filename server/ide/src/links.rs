//! Document links: every name in a file that stands for one file of the workspace: includes, `sls`
//! requisites, top files' entries, imports, `salt://` URLs.

use model::{At, EntityKind, Found, Place, Role, entities};
use text::TextRange;
use world::{SaltPath, Stop, Stopped};

use crate::Analysis;

/// More in one file would slow editors down.
const MAX_LINKS: usize = 2_000;

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The name that is the link.
    pub range: TextRange,
    /// The file that it stands for.
    pub target: SaltPath,
}

/// The links of the file at `path`, in order. What may stand for several files is none.
///
/// # Errors
/// [`Stopped`].
pub fn links(analysis: &Analysis, path: &SaltPath, stop: &Stop) -> Result<Vec<Link>, Stopped> {
    let mut found: Vec<Link> = Vec::new();
    for (n, view) in analysis.catalog.views.iter().enumerate() {
        let Some(facts) = view.facts(path) else { continue };
        for (entity, at) in entities(facts) {
            stop.check()?;
            let names_file = match entity.kind {
                EntityKind::Include | EntityKind::Import | EntityKind::SaltFile => true,
                EntityKind::TopTarget => entity.role == Role::Use,
                EntityKind::Requisite => entity.name.starts_with("sls:"),
                _ => false,
            };
            if !names_file || entity.path != *path || entity.range.is_empty() || found.len() >= MAX_LINKS {
                continue;
            }
            let range = entity.range;
            let files: Vec<SaltPath> = match at {
                At::Import(n) => facts.imports.get(n).and_then(|import| import.target.clone()).into_iter().collect(),
                At::SaltFile(n) => facts.salt_files.get(n).map(|file| file.targets.clone()).unwrap_or_default(),
                _ => {
                    let place = Place { view: n, path: path.clone(), at };
                    let definitions = analysis.catalog.definitions_of(&Found { entity, place });
                    definitions.into_iter().map(|definition| definition.path).collect()
                }
            };
            let known = |link: &Link| link.range == range;
            if let [only] = files.as_slice()
                && analysis.world.tree.get(only).is_some()
                && !found.iter().any(known)
            {
                found.push(Link { range, target: only.clone() });
            }
        }
    }
    found.sort_by_key(|link| link.range);
    Ok(found)
}
