//! `saltflow top`: which SLS the top files give a minion.

use anyhow::anyhow;
use render::TopEnv;
use serde_json::{Map, Value, json};

use crate::cli::args::PlainFormat;
use crate::cli::print::{hidden, say};
use crate::cli::report::Places;
use crate::cli::session::Session;
use crate::escape;

/// Prints the matches. Exit status 1 if Salt refuses a top file.
///
/// # Errors
/// There is nothing to read.
pub fn run(session: &Session, format: PlainFormat) -> anyhow::Result<u8> {
    let view = session.analysis.catalog.views.first().ok_or_else(|| anyhow!("there is nothing to render"))?;
    let places = Places::new(&session.analysis.world).of(&session.workspace);
    let top = &view.top;
    let errors: Vec<_> = top.errors.iter().filter(|problem| ide::is_refusal(problem)).collect();
    if format == PlainFormat::Json {
        let listed: Vec<Value> = errors
            .iter()
            .map(|problem| {
                let value = json!({
                    "code": problem.code.name(),
                    "message": problem.message,
                    "range": places.json(&problem.origin.path, problem.origin.range),
                });
                places.at(value, Some(&problem.origin.path))
            })
            .collect();
        let document = json!({
            "schema": 1, "states": by_env(&top.states), "pillar": by_env(&top.pillar), "errors": listed,
        });
        say!("{document:#}");
        return Ok(u8::from(!errors.is_empty()));
    }
    for (title, envs) in [("states", &top.states), ("pillar", &top.pillar)] {
        for env in envs {
            say!("{title} ({})", escape::terminal(&env.saltenv, 80));
            for sls in &env.sls {
                let maybe = if sls.is_certain() { "" } else { "  (maybe)" };
                let place = places.human(&sls.origin.path, sls.origin.range.start);
                let name = escape::terminal(&sls.name.to_string(), 200);
                say!("  {name:30} {}{maybe}", escape::terminal(&place, 400));
            }
        }
    }
    for problem in &top.errors {
        let place = places.human(&problem.origin.path, problem.origin.range.start);
        anstream::eprintln!("{place}: {}", hidden(&escape::terminal(&problem.message, 2_000)));
    }
    Ok(u8::from(!errors.is_empty()))
}

fn by_env(envs: &[TopEnv]) -> Map<String, Value> {
    let mut map = Map::new();
    for env in envs {
        let names: Vec<Value> = env.sls.iter().map(|sls| Value::String(sls.name.to_string())).collect();
        map.insert(env.saltenv.to_string(), Value::Array(names));
    }
    map
}
