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
                let near = nearest(text, ["first", "last"]).or(Some("first").filter(|_| is_slip_of_first(text)));
                let message = if number {
                    format!("`order` is the text '{text}', not a number: the state keeps its usual place. Remove the quotes.")
                } else {
                    format!("`order` takes a number, `first` or `last`: with '{text}' the state keeps its usual place.{}", meant(near))
                };
                let fix = near.filter(|_| !number).and_then(|near| Fix::word(&value.origin, text, near));
                check.tell(Code::OrderWord, &value.origin, &when, message).fix = fix;
            }
            if LISTS.contains(&(called.module, name))
                && let Some(text) = text.filter(|text| !text.is_empty())
            {
                let message = format!("{} walks over `{name}`: write a list, not the text '{}'.", called.name(), short(text));
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
                    let message = format!("`{name}` of {} must be a mapping, with its keys indented below it.", called.name());
                    check.tell(Code::NotAMapping, &value.origin, &when, message);
                }
            }
            if text == Some("None") && value.origin.kind == SourceKind::Derived && !MAY_BE_NONE.contains(&name) {
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

/// Whether a word of four letters is `first` with one of them lost.
fn is_slip_of_first(text: &str) -> bool {
    text.len() == 4 && (0..5).any(|n| "first".char_indices().filter(|(at, _)| *at != n).map(|(_, c)| c).eq(text.chars()))
}

/// Whether a text can stand in a flow list as it is.
fn plain(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+'))
}

/// At most so much of a value as a message can bear.
fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
