//! `saltflow index`: every definition and use.

use model::Role;
use serde_json::{Value, json};

use crate::cli::args::PlainFormat;
use crate::cli::print::{print, say};
use crate::cli::report::Places;
use crate::cli::session::Session;
use crate::escape;

/// Prints all entities; exit status 0.
///
/// # Errors
/// None so far; the signature is that of all commands.
pub fn run(session: &Session, format: PlainFormat) -> anyhow::Result<u8> {
    let entities = session.analysis.catalog.entities();
    let places = Places::new(&session.analysis.world).of(&session.workspace);
    if format == PlainFormat::Json {
        let entities: Vec<Value> = entities
            .iter()
            .map(|entity| {
                let value = json!({
                    "kind": entity.kind.name(),
                    "name": entity.name,
                    "sls": entity.sls,
                    "range": places.json(&entity.path, entity.range),
                    "role": role(entity.role),
                    "certain": entity.certain,
                });
                places.at(value, Some(&entity.path))
            })
            .collect();
        say!("{:#}", json!({ "schema": 1, "entities": entities }));
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
