//! `saltflow pillar`: the pillar of a minion, or one key of it.

use std::sync::Arc;

use anyhow::anyhow;
use render::{Code, Node, NodeKind, Problem};
use serde_json::{Value, json};
use world::{Reader, Stop};

use crate::cli::args::{DataFormat, Pillar};
use crate::cli::data::Shown;
use crate::cli::print::{hidden, print, say};
use crate::cli::report::Places;
use crate::cli::session::Session;
use crate::escape;

/// Prints the pillar. Exit status 1 if its compilation fails somewhere.
///
/// # Errors
/// A key that is not there.
pub fn run(session: &Session, words: &Pillar) -> anyhow::Result<u8> {
    let view = session.analysis.catalog.views.first().ok_or_else(|| anyhow!("there is nothing to render"))?;
    let stop = Stop::new();
    let reader = Reader::new(&session.analysis.world, &session.analysis.memo, &stop);
    let minion = Arc::clone(&view.minion);
    let pillar = render::pillar(&reader, &minion).map_err(|_| anyhow!("interrupted"))?;
    let shown = Shown::of(session);
    let places = Places::new(&session.analysis.world).of(&session.workspace);
    let data = match &words.key {
        None => Some(&pillar.data),
        Some(key) => key.split(':').try_fold(&pillar.data, child),
    };
    // With these roots Salt misses what is missing, wherever else it may be.
    let refused = |problem: &&Problem| ide::is_refusal(problem) || problem.certain && problem.code == Code::SlsMissing;
    let errors: Vec<&Problem> = pillar.errors.iter().filter(refused).collect();
    for problem in &pillar.errors {
        let place = places.human(&problem.origin.path, problem.origin.range.start);
        anstream::eprintln!("{place}: {}", hidden(&escape::terminal(&problem.message, 2_000)));
    }
    let value = data.map_or(Value::Null, |node| {
        let secret = words.key.iter().flat_map(|key| key.split(':')).any(ide::is_secret_key);
        if secret && !shown.reveal { json!(ide::HIDDEN) } else { shown.json(node) }
    });
    match words.format {
        DataFormat::Json => {
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
                "schema": 1, "ok": errors.is_empty(), "partial": pillar.partial, "errors": listed, "pillar": value,
            });
            say!("{document:#}");
        }
        DataFormat::Yaml => {
            if data.is_none() {
                return Err(anyhow!("there is no pillar key {}", words.key.as_deref().unwrap_or("")));
            }
            print(&serde_yaml::to_string(&value)?);
            if words.origins {
                print_origins(&pillar.data, &places);
            }
        }
    }
    Ok(u8::from(!errors.is_empty()))
}

/// The value of `key`, or the item of that index, in `node`.
fn child<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    match &node.kind {
        NodeKind::Map(pairs) => pairs
            .iter()
            .find(|(name, _)| matches!(&name.kind, NodeKind::Str(text) if text.as_literal() == Some(key)))
            .map(|(_, value)| value),
        NodeKind::List(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    }
}

fn print_origins(data: &Node, places: &Places<'_>) {
    let mut todo = vec![(String::new(), data)];
    while let Some((prefix, node)) = todo.pop() {
        let NodeKind::Map(pairs) = &node.kind else { continue };
        for (key, value) in pairs.iter().rev() {
            let NodeKind::Str(name) = &key.kind else { continue };
            let path = if prefix.is_empty() { name.to_string() } else { format!("{prefix}:{name}") };
            let place = places.human(&key.origin.path, key.origin.range.start);
            say!("# {}  {}", escape::terminal(&path, 200), escape::terminal(&place, 400));
            todo.push((path, value));
        }
    }
}
