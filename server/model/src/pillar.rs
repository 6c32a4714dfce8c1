//! What a pillar SLS and a top file say, read from their rendered data.

use render::{Node, NodeKind, Pattern, Rendered, When};

use crate::high::alternatives::{Alternative, alternatives, beyond, scalar_text};
use crate::high::{Findings, extent, pillar_includes};
use crate::{Include, PillarKey, TopTarget};

/// Pillar keys are followed this deep; deeper ones belong to their parent's value.
const MAX_DEPTH: usize = 24;

/// The keys and includes of a pillar SLS.
pub(crate) fn read_pillar(
    rendered: &Rendered,
    init: bool,
    findings: &mut Findings<'_>,
) -> (Vec<PillarKey>, Vec<Include>) {
    let (mut keys, mut includes) = (Vec::new(), Vec::new());
    let Some(root) = &rendered.data else { return (keys, includes) };
    for root in alternatives(root, &When::ALWAYS) {
        let NodeKind::Map(entries) = &root.node.kind else { continue };
        for (key, value) in entries {
            if matches!(&key.kind, NodeKind::Str(text) if text.as_literal() == Some("include")) {
                let outer = root.when.both(&key.when).unwrap_or_default();
                includes.extend(pillar_includes(value, &outer, init, findings));
            } else {
                read_key(key, value, &root.when, &[], MAX_DEPTH, &mut keys);
            }
        }
    }
    (keys, includes)
}

fn read_key(key: &Node, value: &Node, outer: &When, above: &[Pattern], depth: usize, keys: &mut Vec<PillarKey>) {
    if depth == 0 {
        return;
    }
    for name in alternatives(key, outer) {
        let Some(text) = scalar_text(name.node) else { continue };
        let mut path = above.to_vec();
        path.push(text);
        let (origin, extent) = (name.node.origin.clone(), extent(name.node, value));
        let when = name.when.clone();
        keys.push(PillarKey { path: path.clone(), origin, extent, value: value.clone(), when: when.clone() });
        for body in alternatives(value, &when) {
            let NodeKind::Map(entries) = &body.node.kind else { continue };
            for (key, value) in entries {
                read_key(key, value, &body.when, &path, depth - 1, keys);
            }
        }
    }
}

/// The targets of a top file: `{env: {target: [sls | {match: x} | {env: sls}]}}`
/// (`top_matches` in `salt/state.py`, `get_top` in `salt/pillar/__init__.py`).
pub(crate) fn read_top(rendered: &Rendered) -> Vec<TopTarget> {
    let mut targets = Vec::new();
    let Some(root) = &rendered.data else { return targets };
    for root in alternatives(root, &When::ALWAYS) {
        let NodeKind::Map(envs) = &root.node.kind else { continue };
        for (env, body) in envs {
            for env in alternatives(env, &root.when) {
                let Some(saltenv) = scalar_text(env.node) else { continue };
                for body in alternatives(body, &env.when) {
                    let NodeKind::Map(entries) = &body.node.kind else { continue };
                    for (target, list) in entries {
                        for target in alternatives(target, &body.when) {
                            targets.extend(read_target(&saltenv, &target, list));
                        }
                    }
                }
            }
        }
    }
    targets
}

fn read_target(saltenv: &Pattern, target: &Alternative<'_>, list: &Node) -> Vec<TopTarget> {
    let Some(text) = scalar_text(target.node) else { return Vec::new() };
    // `{env: sls}` gives the SLS of another saltenv.
    let mut foreign: Vec<(Pattern, NamedSls)> = Vec::new();
    let mut matcher = "compound".into();
    let mut sls = Vec::new();
    let mut ignore_missing = false;
    for list in alternatives(list, &When::ALWAYS) {
        let NodeKind::List(items) = &list.node.kind else {
            push_sls(&list, &target.when, &mut sls);
            continue;
        };
        for item in items.iter().flat_map(|item| alternatives(item, &list.when)) {
            let NodeKind::Map(entries) = &item.node.kind else {
                push_sls(&item, &target.when, &mut sls);
                continue;
            };
            for (key, value) in entries {
                let Some(word) = scalar_text(key) else { continue };
                match word.as_literal() {
                    Some("match") => {
                        matcher = scalar_text(value).map_or(matcher, |text| text.to_string().into());
                    }
                    Some("ignore_missing") => {
                        ignore_missing |= !matches!(value.kind, NodeKind::Bool(false) | NodeKind::Null);
                    }
                    Some("order" | "subfilter") => {}
                    _ => alternatives(value, &item.when).iter().for_each(|sls_of_env| {
                        let mut named = Vec::new();
                        push_sls(sls_of_env, &target.when, &mut named);
                        foreign.extend(named.into_iter().map(|sls| (word.clone(), sls)));
                    }),
                }
            }
        }
    }
    let (origin, when) = (target.node.origin.clone(), target.when.clone());
    let own = TopTarget { saltenv: saltenv.clone(), target: text, matcher, origin, sls, ignore_missing, when };
    let others: Vec<TopTarget> =
        foreign.into_iter().map(|(saltenv, sls)| TopTarget { saltenv, sls: vec![sls], ..own.clone() }).collect();
    std::iter::once(own).chain(others).collect()
}

type NamedSls = (Pattern, std::sync::Arc<render::Origin>, When);

fn push_sls(item: &Alternative<'_>, outer: &When, sls: &mut Vec<NamedSls>) {
    if let (Some(name), NodeKind::Str(_) | NodeKind::Unknown(_)) = (scalar_text(item.node), &item.node.kind) {
        sls.push((name, item.node.origin.clone(), beyond(item.when.clone(), outer)));
    }
}
