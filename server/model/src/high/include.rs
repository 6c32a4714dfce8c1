//! Include lists of state and pillar SLS, and what relative names mean.

use render::{Code, Node, NodeKind, Pattern, PatternPart, When};

use super::Findings;
use super::alternatives::{Alternative, alternatives, hole, known_prefix, scalar_text};
use crate::Include;

/// A relative include leads above the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BeyondRoot;

/// What the include `written` in the state SLS `sls` names; `init`: its file is an `init.sls`
/// (`render_state` in `salt/state.py`).
///
/// # Errors
/// [`BeyondRoot`] if it has more leading dots than `sls` has parts.
pub fn resolve_state_include(sls: &str, init: bool, written: &Pattern) -> Result<Pattern, BeyondRoot> {
    let prefix = known_prefix(written);
    let levels = prefix.len() - prefix.trim_start_matches('.').len();
    if levels == 0 {
        return Ok(written.clone());
    }
    let mut parts: Vec<&str> = sls.split('.').collect();
    if init {
        parts.push("init");
    }
    let kept = parts.len().checked_sub(levels).ok_or(BeyondRoot)?;
    parts.truncate(kept);
    Ok(absolute(&parts, written, levels))
}

/// What the include `written` in the pillar SLS `sls` names: one leading dot means the SLS's folder,
/// further ones stay in the name, where they lead nowhere (`render_pstate` in
/// `salt/pillar/__init__.py`).
#[must_use]
pub fn resolve_pillar_include(sls: &str, init: bool, written: &Pattern) -> Pattern {
    if !known_prefix(written).starts_with('.') {
        return written.clone();
    }
    let mut parts: Vec<&str> = sls.split('.').collect();
    if !init {
        parts.pop();
    }
    absolute(&parts, written, 1)
}

/// `parts` and what follows the first `dots` bytes of `written`, joined by dots.
fn absolute(parts: &[&str], written: &Pattern, dots: usize) -> Pattern {
    let mut name = Pattern::default();
    for part in parts {
        name.push(PatternPart::Text(format!("{part}.").into()));
    }
    for (n, part) in written.0.iter().enumerate() {
        name.push(match part {
            PatternPart::Text(text) if n == 0 => PatternPart::Text(text.get(dots..).unwrap_or("").into()),
            part => part.clone(),
        });
    }
    name
}

/// The include list of a state SLS.
pub(crate) fn read_includes(value: &Node, outer: &When, init: bool, findings: &mut Findings<'_>) -> Vec<Include> {
    let mut includes = Vec::new();
    for list in alternatives(value, outer) {
        includes.extend(unknown_includes(&list));
        let Some(items) = list_of(&list, findings) else { continue };
        for item in items.iter().flat_map(|item| alternatives(item, &list.when)) {
            let (saltenv, names) = match &item.node.kind {
                // `popitem` takes the last one.
                NodeKind::Map(entries) => match entries.last() {
                    Some((env, name)) => (scalar_text(env), alternatives(name, &item.when)),
                    None => continue,
                },
                _ => (None, alternatives(item.node, &When::ALWAYS)),
            };
            for name in names {
                let when = item.when.both(&name.when).unwrap_or_default();
                let Some(written) = scalar_text(name.node) else { continue };
                let sls = resolve_state_include(findings.sls, init, &written);
                if sls.is_err() {
                    let message = format!(
                        "Attempted relative include of '{written}' within SLS '{}:{}' goes beyond top level package",
                        findings.env, findings.sls
                    );
                    let certain = !item.repeated && !list.repeated;
                    findings.refuse(Code::IncludeBeyondRoot, &name.node.origin, &when, certain, message);
                }
                includes.push(Include {
                    written,
                    sls: sls.ok(),
                    saltenv: saltenv.as_ref().map(|env| env.to_string().into()),
                    origin: name.node.origin.clone(),
                    when,
                    key: None,
                    defaults: None,
                });
            }
        }
    }
    includes
}

/// The include list of a pillar SLS.
pub(crate) fn pillar_includes(value: &Node, outer: &When, init: bool, findings: &mut Findings<'_>) -> Vec<Include> {
    let mut includes = Vec::new();
    for list in alternatives(value, outer) {
        includes.extend(unknown_includes(&list));
        let Some(items) = list_of(&list, findings) else { continue };
        for item in items.iter().flat_map(|item| alternatives(item, &list.when)) {
            let (names, options) = match &item.node.kind {
                NodeKind::Map(entries) => match entries.first() {
                    Some((name, options)) => (alternatives(name, &item.when), Some(options)),
                    None => continue,
                },
                _ => (alternatives(item.node, &When::ALWAYS), None),
            };
            let option = |word: &str| {
                let Some(NodeKind::Map(entries)) = options.map(|node| &node.kind) else { return None };
                let named =
                    |(key, _): &&(Node, Node)| scalar_text(key).is_some_and(|key| key.as_literal() == Some(word));
                entries.iter().find(named).map(|(_, value)| value)
            };
            for name in names {
                let Some(written) = scalar_text(name.node) else { continue };
                includes.push(Include {
                    sls: Some(resolve_pillar_include(findings.sls, init, &written)),
                    written,
                    saltenv: None,
                    origin: name.node.origin.clone(),
                    when: item.when.both(&name.when).unwrap_or_default(),
                    key: option("key").and_then(scalar_text).map(|key| key.to_string()),
                    defaults: option("defaults").cloned(),
                });
            }
        }
    }
    includes
}

/// What a list of which nothing is known stands for.
fn unknown_includes(list: &Alternative<'_>) -> Option<Include> {
    matches!(list.node.kind, NodeKind::Unknown(_)).then(|| Include {
        written: hole(),
        sls: Some(hole()),
        saltenv: None,
        origin: list.node.origin.clone(),
        when: list.when.clone(),
        key: None,
        defaults: None,
    })
}

fn list_of<'a>(list: &Alternative<'a>, findings: &mut Findings<'_>) -> Option<&'a [Node]> {
    match &list.node.kind {
        NodeKind::List(items) => Some(items),
        NodeKind::Unknown(_) => None,
        _ => {
            let message = format!("Include Declaration in SLS {} is not formed as a list", findings.sls);
            findings.refuse(Code::IncludeMalformed, &list.node.origin, &list.when, !list.repeated, message);
            None
        }
    }
}
