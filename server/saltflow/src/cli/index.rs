//! `saltflow index`: every definition and use.

use model::Role;
use serde::Serialize;
use world::SaltPath;

use crate::cli::args::PlainFormat;
use crate::cli::print::{lines, print, stream};
use crate::cli::report::Places;
use crate::cli::session::Session;
use crate::escape;

/// One entity in JSON.
#[derive(Serialize)]
struct Row<'a> {
    kind: &'static str,
    name: &'a str,
    sls: Option<&'a str>,
    range: Option<[u32; 4]>,
    role: &'static str,
    certain: bool,
    #[serde(serialize_with = "as_text")]
    path: SaltPath,
    /// Where there are several repositories: the folder that `path` is relative to.
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<String>,
}

fn as_text<S: serde::Serializer>(path: &SaltPath, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(path.as_str())
}

/// Prints all entities; exit status 0.
///
/// # Errors
/// None so far; the signature is that of all commands.
pub fn run(session: &Session, format: PlainFormat) -> anyhow::Result<u8> {
    let entities = session.analysis.catalog.entities();
    let places = Places::new(&session.analysis.world).of(&session.workspace);
    if format == PlainFormat::Json {
        let joint = session.workspace.is_joint();
        let rows = entities.iter().map(|entity| {
            let (root, path) = match joint.then(|| session.workspace.part_of(&entity.path)) {
                Some((part, inner)) => (Some(part.root.display().to_string()), inner),
                None => (None, entity.path.clone()),
            };
            Row {
                kind: entity.kind.name(),
                name: &entity.name,
                sls: entity.sls.as_deref(),
                range: places.quad(&entity.path, entity.range),
                role: role(entity.role),
                certain: entity.certain,
                path,
                root,
            }
        });
        stream(|out| lines(out, "\"schema\": 1", "entities", rows));
        return Ok(0);
    }
    let mut out = String::new();
    for entity in &entities {
        let place = places.human(&entity.path, entity.range.start);
        let maybe = if entity.certain { "" } else { "  (maybe)" };
        out.push_str(&format!(
            "{:14} {:10} {}  {}{maybe}\n",
            entity.kind.name(),
            role(entity.role),
            escape::terminal(&entity.name, 200),
            escape::terminal(&place, 400),
        ));
    }
    print(&out);
    Ok(0)
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Definition => "definition",
        Role::Use => "use",
    }
}
