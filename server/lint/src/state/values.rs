//! Values of arguments that have the wrong form: `order`, lists, mappings, printed `None`.

use codes::Code;
use render::{NodeKind, SourceKind};

use super::{Called, each};
use crate::near::nearest;
use crate::{Check, Edit, Fix, meant};

/// Arguments over which the function walks: (module, argument).
const LISTS: [(&str, &str); 2] = [("pkg", "pkgs"), ("pkg", "sources")];
/// Arguments that the function refuses if they are no mapping: (module, argument).
const MAPPINGS: [(&str, &str); 2] = [("file", "context"), ("file", "defaults")];
/// Arguments whose text may well be `None`.
const MAY_BE_NONE: [&str; 6] = ["contents", "text", "content", "repl", "value", "comment"];

#[allow(clippy::too_many_lines, reason = "one short paragraph for each form")]
pub(super) fn check(check: &mut Check<'_>, called: &Called<'_>) {
    for arg in &called.state.args {
        let Some(name) = arg.name.as_literal() else { continue };
        let Some(given) = called.when.both(&arg.when) else { continue };
        let mut values = Vec::new();
        each(&arg.value, &mut values);
        for value in values {
            let Some(when) = given.both(&value.when) else { continue };
            let text = value.as_str();
            if name == "order"
                && let Some(text) = text.filter(|text| !matches!(*text, "first" | "last"))
            {
                let number = text.trim().parse::<i64>().is_ok();
                let near = nearest(text, ["first", "last"]);
                let message = if number {
                    format!(
                        "`order` is the text '{text}', not a number: the state keeps its usual place. Remove the quotes."
                    )
                } else {
                    format!(
                        "`order` takes a number, `first` or `last`: with '{text}' the state keeps its usual place.{}",
                        meant(near)
                    )
                };
                let fix = near.filter(|_| !number).and_then(|near| Fix::word(&value.origin, text, near));
                check.tell(Code::OrderWord, &value.origin, &when, message).fix = fix;
            }
            if LISTS.contains(&(called.module, name))
                && let Some(text) = text.filter(|text| !text.is_empty())
            {
                let message =
                    format!("{} walks over `{name}`: write a list, not the text '{}'.", called.name(), short(text));
                let fix = (value.origin.kind == SourceKind::Exact && plain(text)).then(|| Fix {
                    title: format!("write `[{text}]`"),
                    edits: vec![Edit {
                        path: value.origin.path.clone(),
                        range: value.origin.range,
                        old: Some(text.to_owned()),
                        new: format!("[{text}]"),
                    }],
                });
                check.tell(Code::NotAList, &value.origin, &when, message).fix = fix;
            }
            if MAPPINGS.contains(&(called.module, name)) {
                let wrong = match &value.kind {
                    NodeKind::Str(text) => text.as_literal().is_some_and(|text| !text.is_empty()),
                    NodeKind::Int(_) | NodeKind::Float(_) | NodeKind::Bool(true) => true,
                    NodeKind::List(items) => !items.is_empty() && items.iter().all(|item| item.when.is_always()),
                    _ => false,
                };
                if wrong {
                    let message =
                        format!("`{name}` of {} must be a mapping, with its keys indented below it.", called.name());
                    check.tell(Code::NotAMapping, &value.origin, &when, message);
                }
            }
            if text == Some("None") && !MAY_BE_NONE.contains(&name) && prints_none(check, value, &when) {
                let message = format!(
                    "The template prints `None` here, and {} takes it for the text 'None'. Give another default, or \
                     leave `{name}` out where there is no value.",
                    called.name()
                );
                check.tell(Code::NonePrinted, &value.origin, &when, message);
            }
        }
    }
}

/// Whether it is the template's own doing that `None` is printed: it is always so, or the expression that
/// is printed names `none` as what stands in. What only lacks a value under some pillar is no mistake.
fn prints_none(check: &Check<'_>, value: &render::Node, when: &render::When) -> bool {
    if value.origin.kind != SourceKind::Derived {
        return false;
    }
    if when.is_always() && !check.facts.rendered.partial {
        return true;
    }
    let Some(text) = check.text(&value.origin.path) else { return false };
    let printed = text.get(value.origin.range.start as usize..value.origin.range.end as usize).unwrap_or("");
    let printed: String = printed.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    printed.ends_with(",none)") || printed.ends_with("(none)")
}

/// Whether a text can stand in a flow list as it is.
fn plain(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+'))
}

/// At most so much of a value as a message can bear.
fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
