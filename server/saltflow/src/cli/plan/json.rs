//! A plan for programs; docs/plan.md explains the schema.

use plan::{Argument, Cause, Change, Group};
use serde_json::{Map, Value, json};

use super::counts;
use crate::cli::report::Places;
use crate::cli::session::Session;
use crate::planned::Planned;

/// The document.
pub(super) fn document(session: &Session, found: &Planned) -> Value {
    let places = Places::new(&found.after).of(&session.workspace);
    let side =
        |n: usize| json!({ "name": found.names[n], "commit": found.commits[n].map(|commit| commit.to_string()) });
    let groups: Vec<Value> = found.plan.groups.iter().map(|one| group(one, &places)).collect();
    let causes: Vec<Value> = found.plan.causes.iter().map(|one| cause(one, found, &places)).collect();
    let sum = found
        .plan
        .groups
        .iter()
        .map(counts)
        .fold([0; 3], |sum, one| [sum[0] + one[0], sum[1] + one[1], sum[2] + one[2]]);
    json!({
        "schema": 1,
        "before": side(0),
        "after": side(1),
        "conflicts": found.conflicts.iter().map(|path| places.shown(path)).collect::<Vec<_>>(),
        "groups": groups,
        "causes": causes,
        "summary": { "add": sum[0], "change": sum[1], "remove": sum[2] },
        "notes": found.notes,
    })
}

fn arguments(arguments: &[Argument]) -> Value {
    let one = |argument: &Argument| {
        let mut value = Map::new();
        value.insert("name".to_owned(), json!(argument.name));
        if let Some(old) = &argument.old {
            value.insert("old".to_owned(), old.clone());
        }
        if let Some(new) = &argument.new {
            value.insert("new".to_owned(), new.clone());
        }
        Value::Object(value)
    };
    arguments.iter().map(one).collect()
}

fn group(group: &Group, places: &Places<'_>) -> Value {
    json!({
        "minions": group.minions,
        "known": group.profiles,
        "states": group.states,
        "changes": group.changes.iter().map(|one| change(one, places)).collect::<Vec<_>>(),
        "sls": { "gained": group.gained, "lost": group.lost },
        "pillar": arguments(&group.pillar),
        "reordered": group.reordered,
        "errors": group.errors,
        "unknown": group.unknown,
    })
}

fn change(change: &Change, places: &Places<'_>) -> Value {
    let contents = change.contents.iter().map(|content| {
        json!({
            "path": places.shown(&content.path),
            "added": content.added,
            "removed": content.removed,
            "lines": content.lines,
            "template": content.template,
        })
    });
    let value = json!({
        "action": change.action.name(),
        "function": change.function,
        "id": change.id,
        "old_id": change.old_id,
        "name": change.name,
        "sls": change.sls,
        "range": change.place.as_ref().map(|(path, range)| places.json(path, *range)),
        "arguments": arguments(&change.arguments),
        "contents": contents.collect::<Vec<_>>(),
        "when": Some(&change.when).filter(|when| !when.is_empty()),
        "risks": change.risks.iter().map(|risk| json!({ "kind": risk.name(), "text": risk.text() })).collect::<Vec<_>>(),
        "cause": change.cause,
    });
    places.at(value, change.place.as_ref().map(|(path, _)| path))
}

fn cause(cause: &Cause, found: &Planned, places: &Places<'_>) -> Value {
    let commit = found
        .who
        .get(&cause.path)
        .map(|commit| json!({ "id": commit.id.to_string(), "author": commit.author, "time": commit.time }));
    let value = json!({
        "line": cause.line,
        "text": cause.text,
        "states": cause.states,
        "follows": cause.follows,
        "commit": commit,
    });
    places.at(value, Some(&cause.path))
}
