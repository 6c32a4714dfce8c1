//! Refusals of Salt's YAML loader as problems: Salt's wording, then what to do.

use syntax::yaml::{YamlError, YamlErrorKind};

use crate::{Code, Doubt, Origin, Problem, Related, When};

/// The problem of an error at a place; `sure`: it is there wherever `when` holds.
pub(crate) fn problem(
    error: &YamlError,
    mut origin: Origin,
    context: Option<(Origin, String)>,
    when: When,
    sure: bool,
) -> Problem {
    let code = match error.kind {
        YamlErrorKind::Syntax => Code::YamlSyntax,
        YamlErrorKind::DuplicateKey => Code::YamlDuplicateKey,
        YamlErrorKind::Limit => Code::Limit,
        YamlErrorKind::UndefinedAlias
        | YamlErrorKind::Tag
        | YamlErrorKind::UnhashableKey
        | YamlErrorKind::Merge
        | YamlErrorKind::SeveralDocuments => Code::YamlValue,
    };
    let mut related: Vec<Related> = context.map(|(origin, message)| Related { origin, message }).into_iter().collect();
    related.extend(calls(&mut origin));
    let sure = sure && error.kind != YamlErrorKind::Limit;
    let (certain, doubt) = (sure && when.is_always(), Doubt::unless(sure));
    Problem { code, message: message(error), origin, related, when, certain, doubt }
}

/// The calls that led to a place, innermost first, as places that explain it.
pub(crate) fn calls(origin: &mut Origin) -> Vec<Related> {
    let calls = origin.chain.iter().map(|(path, range)| Related {
        origin: Origin::exact(path.clone(), *range),
        message: "printed by this call".to_owned(),
    });
    calls.take(8).collect()
}

fn message(error: &YamlError) -> String {
    let text = error.message.as_str();
    let advice = match error.kind {
        YamlErrorKind::DuplicateKey => "Salt refuses a key that stands twice in a mapping: rename or join the two",
        YamlErrorKind::UnhashableKey => "quote text that begins with a brace, or let Jinja render the file",
        YamlErrorKind::SeveralDocuments => "an SLS is one document: remove the `---` between",
        YamlErrorKind::UndefinedAlias => "define the anchor before it, or quote text that begins with `*`",
        YamlErrorKind::Tag => "quote text that begins with `!`",
        YamlErrorKind::Syntax if text.contains("mapping values are not allowed") => {
            "mend the indentation, or quote text that holds `: `"
        }
        YamlErrorKind::Syntax if text.contains("could not find expected ':'") => {
            "put a `:` behind the key, or indent the line"
        }
        YamlErrorKind::Syntax if text.contains("cannot start any token") => {
            "indent with spaces, not tabs, and quote text that begins with a special character"
        }
        YamlErrorKind::Syntax if text == "second occurrence" => {
            return "found duplicate anchor; first occurrence second occurrence: rename one of the two".to_owned();
        }
        _ => return text.to_owned(),
    };
    format!("{text}: {advice}")
}
