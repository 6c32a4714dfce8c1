//! One top file: its saltenvs, targets and what they give (`get_tops`, `verify_tops`,
//! `confirm_top` in Salt). Knows nothing of how several are merged and matched.

use std::sync::Arc;

use smol_str::SmolStr;
use world::{Minion, Reader, Stopped};

use super::top::{Top, text_opt};
use super::{names, plain};
use crate::{Code, Doubt, EntryKind, Node, NodeKind, Origin, Pattern, Problem, Rendered, When};

/// How the refusal of a saltenv without targets begins.
pub(super) const NO_TARGETS: &str = "Unable to render top file. No targets found.";

/// One saltenv's targets in one top file.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) saltenv: SmolStr,
    pub(super) when: When,
    pub(super) targets: Vec<Target>,
}

#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) expression: Pattern,
    pub(super) when: When,
    pub(super) matcher: Option<Pattern>,
    pub(super) order: i64,
    pub(super) ignore_missing: bool,
    /// What a state run ends with when it comes to this target, and whether the target must match.
    pub(super) raises: Option<(bool, Box<Problem>)>,
    /// `subfilter`
    pub(super) nested: Vec<Target>,
    /// The saltenv that an item names, if not the section's; the name; where; when.
    pub(super) items: Vec<(Option<SmolStr>, Pattern, Arc<Origin>, When)>,
}

impl Target {
    fn new(expression: Pattern, when: When) -> Self {
        Self {
            expression,
            when,
            matcher: None,
            order: 0,
            ignore_missing: false,
            raises: None,
            nested: Vec::new(),
            items: Vec::new(),
        }
    }
}

/// The sections of every top file, by the saltenv of the file.
pub(super) type Files = Vec<(SmolStr, Vec<Section>)>;

/// Renders the top files of `envs` and those that they include.
pub(super) fn read_files(
    reader: &Reader<'_>,
    minion: &Arc<Minion>,
    pillar: bool,
    envs: &[SmolStr],
    top: &mut Top,
) -> Result<Files, Stopped> {
    let (roots, kind) =
        if pillar { (&minion.pillar_roots, EntryKind::PillarTop) } else { (&minion.file_roots, EntryKind::StateTop) };
    let name = text_opt(minion, "state_top", "top.sls").trim_start_matches("salt://");
    let mut files = Files::new();
    let broken = |rendered: &Rendered| {
        let fatal = |problem: &&Problem| problem.certain && problem.code != Code::UnknownRenderer;
        rendered.problems.iter().find(fatal).cloned()
    };
    for env in envs {
        let Some(path) = names::find_file(reader, roots, env, name)? else {
            files.push((env.clone(), Vec::new()));
            continue;
        };
        let rendered = crate::render_in(reader, minion, &path, kind, None, env, &crate::Extra::default())?;
        if let (true, Some(problem)) = (pillar, broken(&rendered)) {
            // Salt goes on with the top files before it.
            let message = format!("Rendering Primary Top file failed, render error:\n{}", problem.message);
            top.errors.push(Problem { code: Code::PillarRender, message, ..problem });
            top.files.push(path);
            return Ok(files);
        }
        let includes = read_file(&rendered, env, pillar, top, &mut files);
        for include in includes {
            let found = if pillar {
                vec![SmolStr::from(include.as_str())]
            } else {
                names::match_sls(reader, roots, env, &include)?
            };
            for sls in found {
                let Some(path) = names::find_sls(reader, roots, env, &sls)? else { continue };
                if top.files.contains(&path) {
                    continue;
                }
                let rendered = crate::render_in(reader, minion, &path, kind, None, env, &crate::Extra::default())?;
                // Salt takes the includes of the first files only.
                read_file(&rendered, env, pillar, top, &mut files);
            }
        }
    }
    Ok(files)
}

/// Adds one file's sections and gives its includes.
#[allow(clippy::too_many_lines, reason = "one arm per form of a section")]
fn read_file(rendered: &Rendered, env: &SmolStr, pillar: bool, top: &mut Top, files: &mut Files) -> Vec<String> {
    top.files.push(rendered.path.clone());
    top.partial |= rendered.partial;
    top.errors.extend(rendered.problems.iter().cloned());
    let (mut sections, mut includes) = (Vec::new(), Vec::new());
    let mut malformed = |node: &Node, message: String| {
        top.errors.push(Problem {
            code: Code::TopMalformed,
            message,
            origin: (*node.origin).clone(),
            related: Vec::new(),
            when: node.when.clone(),
            certain: !pillar && node.when.is_always(),
            doubt: Doubt::unless(!pillar),
        });
    };
    match rendered.data.as_ref().map(|data| (data, &data.kind)) {
        Some((_, NodeKind::Map(entries))) => {
            for (key, value) in entries {
                match (&key.kind, &value.kind) {
                    (NodeKind::Str(name), NodeKind::List(items)) if name.as_literal() == Some("include") => {
                        includes.extend(items.iter().filter_map(|item| item.as_str().map(str::to_owned)));
                    }
                    // What gives no target vanishes when the tops are merged.
                    (_, NodeKind::Map(targets)) if targets.is_empty() => {}
                    (_, NodeKind::List(targets)) if targets.is_empty() => {}
                    (_, NodeKind::Map(targets)) => {
                        let saltenv = match &key.kind {
                            // A saltenv that is not known is taken for the file's own.
                            NodeKind::Str(name) => name.as_literal().map_or_else(|| env.clone(), SmolStr::from),
                            _ => {
                                let text = plain::text(key);
                                malformed(key, format!("Environment {text} in top file is not formed as a string"));
                                text.into()
                            }
                        };
                        if saltenv.is_empty() {
                            malformed(key, "Empty saltenv statement in top file".to_owned());
                        }
                        let targets = targets
                            .iter()
                            .filter_map(|(target, items)| read_target(&saltenv, target, items, pillar, &mut malformed))
                            .collect();
                        sections.push(Section { saltenv, when: key.when.clone(), targets });
                    }
                    (_, NodeKind::Unknown(_) | NodeKind::Choice(_)) => {}
                    _ if pillar => {
                        let message = "'list' object is not a dict".to_owned();
                        let raises = Some((false, raised(value, message)));
                        let targets = vec![Target { raises, ..Target::new(Pattern::default(), key.when.clone()) }];
                        sections.push(Section { saltenv: plain::text(key).into(), when: key.when.clone(), targets });
                    }
                    _ => malformed(key, format!("{NO_TARGETS} Put targets below the saltenv {}", plain::text(key))),
                }
            }
        }
        Some((_, NodeKind::Unknown(_) | NodeKind::Choice(_))) | None => {}
        Some((data, _)) => malformed(
            data,
            format!(
                "{NO_TARGETS} Top data was not formed as a dict: '{}' object has no attribute 'items'",
                plain::type_name(data)
            ),
        ),
    }
    files.push((env.clone(), sections));
    includes
}

/// What Python raises at `node`.
fn raised(node: &Node, message: String) -> Box<Problem> {
    let message = format!("Malformed topfile: Salt fails with: {message}");
    Box::new(Problem {
        code: Code::TopMalformed,
        message,
        origin: (*node.origin).clone(),
        related: Vec::new(),
        when: node.when.clone(),
        certain: node.when.is_always(),
        doubt: Doubt::None,
    })
}

/// As Salt's loader names it: mappings of YAML are ordered.
fn type_name(node: &Node) -> &'static str {
    match plain::type_name(node) {
        "dict" => "OrderedDict",
        other => other,
    }
}

fn is_falsy(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Null | NodeKind::Bool(false) => true,
        NodeKind::Str(text) => text.as_literal() == Some(""),
        NodeKind::List(items) => items.is_empty(),
        NodeKind::Map(entries) => entries.is_empty(),
        NodeKind::Int(number) => number.to_string() == "0",
        _ => false,
    }
}

/// `verify_tops`, an option without a value.
fn improper(key: &Node, value: &Node) -> String {
    let shown = match &value.kind {
        NodeKind::Str(_) => "''".to_owned(),
        _ => plain::text(value),
    };
    let printed = if shown == "''" { "" } else { shown.as_str() };
    format!(
        "Improperly formatted top file matcher in saltenv OrderedDict([('{}', {shown})]): {printed} file",
        plain::text(key)
    )
}

#[allow(clippy::too_many_lines, reason = "one arm per form of an item")]
fn read_target(
    saltenv: &str,
    target: &Node,
    items: &Node,
    pillar: bool,
    malformed: &mut dyn FnMut(&Node, String),
) -> Option<Target> {
    let NodeKind::Str(expression) = &target.kind else { return None };
    let mut read = Target::new(expression.clone(), target.when.clone());
    let list = match &items.kind {
        NodeKind::List(list) => list.as_slice(),
        NodeKind::Unknown(_) | NodeKind::Choice(_) => return Some(read),
        _ => {
            malformed(
                target,
                format!(
                    "Malformed topfile: state declarations for matcher '{expression}' in saltenv '{saltenv}' are not \
                     formed as a list (got {}): put `- ` before each SLS name",
                    type_name(items)
                ),
            );
            match &items.kind {
                // A mapping stands for its keys.
                NodeKind::Map(entries) => {
                    for (name, _) in entries {
                        if let NodeKind::Str(text) = &name.kind {
                            read.items.push((None, text.clone(), name.origin.clone(), name.when.clone()));
                        }
                    }
                    return Some(read);
                }
                // The pillar's top takes a bare text letter by letter.
                NodeKind::Str(text) if pillar => {
                    let letters = text.as_literal().unwrap_or_default().chars().map(String::from);
                    let item = |name: String| (None, Pattern::literal(&name), items.origin.clone(), items.when.clone());
                    read.items.extend(letters.map(item));
                    return Some(read);
                }
                NodeKind::Str(_) => std::slice::from_ref(items),
                _ => {
                    let message = format!("'{}' object is not iterable", plain::type_name(items));
                    read.raises = Some((false, raised(target, message)));
                    return Some(read);
                }
            }
        }
    };
    for item in list {
        let alternatives = match &item.kind {
            NodeKind::Choice(alternatives) => alternatives.as_slice(),
            _ => std::slice::from_ref(item),
        };
        for one in alternatives {
            let when = item.when.both(&one.when).unwrap_or_else(|| item.when.clone());
            match &one.kind {
                NodeKind::Str(name) => {
                    read.items.push((None, name.clone(), one.origin.clone(), when));
                }
                NodeKind::Unknown(_) => {
                    let name = Pattern(vec![crate::PatternPart::Hole]);
                    read.items.push((None, name, one.origin.clone(), when));
                }
                NodeKind::Map(options) => {
                    for (key, value) in options {
                        if !pillar && is_falsy(value) {
                            malformed(one, improper(key, value));
                        }
                        if key.as_str() == Some("match") && !matches!(value.kind, NodeKind::Str(_)) {
                            let kind = plain::type_name(value);
                            let message = format!("unsupported operand type(s) for +: '{kind}' and 'str'");
                            read.raises.get_or_insert((false, raised(value, message)));
                        }
                        if let (Some("subfilter"), NodeKind::Map(targets), false) = (key.as_str(), &value.kind, pillar)
                        {
                            let mut inner =
                                |target: &Node, items: &Node| read_target(saltenv, target, items, pillar, malformed);
                            read.nested.extend(targets.iter().filter_map(|(target, items)| inner(target, items)));
                            if options.len() == 1 {
                                read.raises.get_or_insert((true, raised(one, "'dictionary is empty'".to_owned())));
                            }
                            continue;
                        }
                        read_option(&mut read, key, value, pillar, &when);
                    }
                }
                NodeKind::Null | NodeKind::Bool(_) | NodeKind::Int(_) | NodeKind::Float(_) => {
                    let message = format!("argument of type '{}' is not iterable", plain::type_name(one));
                    read.raises.get_or_insert((true, raised(one, message)));
                }
                _ => {}
            }
        }
    }
    Some(read)
}

/// `match: grain`, `order: 1`, `ignore_missing: true`, or an SLS of another saltenv.
fn read_option(read: &mut Target, key: &Node, value: &Node, pillar: bool, when: &When) {
    match (key.as_str(), &value.kind) {
        (Some("match"), NodeKind::Str(matcher)) => read.matcher = Some(matcher.clone()),
        (Some("order"), NodeKind::Int(order)) => read.order = i64::try_from(order).unwrap_or(0),
        (Some("order"), NodeKind::Str(order)) => {
            read.order = order.as_literal().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        }
        (Some("ignore_missing"), NodeKind::Bool(true)) => read.ignore_missing = true,
        (Some(env), NodeKind::Str(name)) if !pillar => {
            read.items.push((Some(env.into()), name.clone(), value.origin.clone(), when.clone()));
        }
        _ => {}
    }
}
