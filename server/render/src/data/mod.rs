//! What stands behind the Jinja evaluator: renderer pipes, YAML with origins over the joint text,
//! forks where the joint text cannot be read, pillar compilation and top files. Knows nothing of
//! how templates are evaluated.

mod convert;
pub(crate) mod fingerprint;
mod fork;
mod json;
mod literal_py;
pub(crate) mod load;
mod merge;
#[cfg(test)]
mod minion_tests;
pub mod names;
pub(crate) mod observe;
pub(crate) mod pillar;
mod pipe;
mod plain;
mod refusal;
mod sheet;
pub(crate) mod source;
mod target;
#[cfg(test)]
mod tests;
pub(crate) mod top;
mod topfile;

use std::sync::Arc;

use smol_str::SmolStr;
use world::{Minion, Reader, SaltPath, Stopped};

use crate::eval::{self, Evaluated};
use crate::{Code, Doubt, EntryKind, Node, NodeKind, Origin, Pattern, Problem, Rendered, When};

/// A file to render.
pub(crate) struct FileJob<'a> {
    /// For whom.
    pub(crate) minion: &'a Arc<Minion>,
    /// The file.
    pub(crate) path: &'a SaltPath,
    /// As what.
    pub(crate) kind: EntryKind,
    /// Its SLS name.
    pub(crate) sls: Option<&'a str>,
    /// Its saltenv.
    pub(crate) saltenv: &'a str,
    /// Further variables.
    pub(crate) extra: &'a [(SmolStr, Node)],
}

/// Renders it (`salt/template.py`, `compile_template`).
///
/// # Errors
/// [`Stopped`].
#[allow(clippy::too_many_lines, reason = "one renderer after the other")]
pub(crate) fn render_file(reader: &Reader<'_>, job: &FileJob<'_>) -> Result<Rendered, Stopped> {
    let mut rendered = Rendered::nothing(job.path.clone(), job.kind);
    let Some(content) = reader.content(job.path)? else {
        // what stands there and cannot be had (a partial clone's file) is unknown, not empty
        rendered.complete = reader.entry(job.path)?.is_none();
        return Ok(rendered);
    };
    let source::Source { text, altered, problems } = source::read(job.path, &content);
    rendered.problems = problems;
    let Some(text) = text else {
        rendered.complete = false;
        return Ok(rendered);
    };
    if text.trim().is_empty() {
        return Ok(rendered);
    }
    let templated_only = matches!(job.kind, EntryKind::Managed | EntryKind::Macros);
    let default = job.minion.profile.as_ref().and_then(|profile| profile.opts.get("renderer")?.as_str());
    let pipe =
        if templated_only { pipe::pipe("", "jinja") } else { pipe::pipe(&text, default.unwrap_or("jinja|yaml")) };
    rendered.pipe.clone_from(&pipe.parts);
    let own = |name: &SmolStr| job.minion.renderers.iter().any(|renderer| renderer == name);
    if let Some((name, range)) = pipe.unknown.as_ref().filter(|(name, _)| !own(name)) {
        rendered.complete = *range == text::TextRange::empty(0);
        rendered.problems.push(unknown_renderer(job.path, name, *range));
        return Ok(rendered);
    }
    let plan = pipe.plan();
    if plan.jinja {
        let blob = if altered { None } else { reader.blob(job.path)? };
        let job = eval::Job {
            minion: job.minion,
            path: job.path.clone(),
            kind: job.kind,
            sls: job.sls.map(SmolStr::from),
            saltenv: job.saltenv.into(),
            source: text,
            blob,
            extra: job.extra.to_vec(),
        };
        let Evaluated { output, problems, uses, partial } = eval::evaluate(&job, reader)?;
        rendered.output = Arc::new(output);
        rendered.problems.extend(problems);
        (rendered.uses, rendered.partial) = (uses, partial);
    } else if plan.python {
        literal_py::read(job.path, &text, &mut rendered);
        check_root(job, &mut rendered);
        return Ok(rendered);
    } else if plan.format.is_some() {
        rendered.output = Arc::new(source::verbatim(job.path, &text));
    }
    rendered.complete = plan.faithful && !altered;
    if plan.faithful && plan.jinja && plan.format.is_none() && !templated_only {
        // Text is all that Jinja alone gives.
        let kind = NodeKind::Str(Pattern::literal(&rendered.output.text));
        let origin = Arc::new(Origin::exact(job.path.clone(), text::TextRange::of(0, pipe.line)));
        rendered.data = Some(Node::new(kind, origin));
        check_root(job, &mut rendered);
        rendered.data = None;
        return Ok(rendered);
    }
    let refused = |problem: &Problem| matches!(problem.code, Code::JinjaSyntax | Code::Limit);
    let broken = rendered.problems.iter().any(refused);
    let stopped = rendered.problems.iter().any(|problem| problem.certain && problem.code != Code::ConflictMarker);
    rendered.complete &= !broken && !stopped;
    if let Some(format) = plan.format {
        let mut loaded = load::load(reader, &rendered.output, format)?;
        rendered.complete &= loaded.complete;
        if broken || stopped {
            // What an unreadable tag would print, or what stands behind the error, may explain these.
            loaded.problems.retain(|problem| problem.code == Code::YamlDuplicateKey);
        }
        if plan.gpg {
            loaded.data.as_mut().into_iter().for_each(hide_secrets);
        }
        rendered.problems.append(&mut loaded.problems);
        // `compile_template` takes all that is false for an empty file.
        rendered.data = loaded.data.filter(load::is_truthy);
        rendered.shared = loaded.shared;
        check_root(job, &mut rendered);
    }
    Ok(rendered)
}

/// Salt takes no renderer at all then: the SLS is empty, and only the log tells.
fn unknown_renderer(path: &SaltPath, name: &str, range: text::TextRange) -> Problem {
    Problem {
        code: Code::UnknownRenderer,
        message: format!(
            "The renderer \"{name}\" is not available: Salt renders the file to nothing without an error; mend the `#!` line"
        ),
        origin: Origin::exact(path.clone(), range),
        related: Vec::new(),
        when: When::ALWAYS,
        certain: false,
        doubt: Doubt::Value,
    }
}

/// `does not render to a dictionary` (`salt/state.py`, `render_state`; `salt/pillar/__init__.py`).
fn check_root(job: &FileJob<'_>, rendered: &mut Rendered) {
    let Some(data) = &rendered.data else { return };
    let sls = job.sls.unwrap_or(job.path.as_str());
    if matches!(data.kind, NodeKind::Map(_) | NodeKind::Choice(_) | NodeKind::Unknown(_)) {
        return;
    }
    let message = match job.kind {
        EntryKind::Pillar => format!("SLS '{sls}' does not render to a dictionary"),
        EntryKind::State | EntryKind::Orchestrate => format!("SLS {sls} does not render to a dictionary"),
        _ => return,
    };
    let known = !matches!(&data.kind, NodeKind::Str(text) if text.is_pattern());
    let sure = known && !data.repeated && rendered.complete;
    let certain = sure && data.when.is_always();
    rendered.problems.push(Problem {
        code: Code::NotADictionary,
        message: format!("{message}: its top level must be `key:` lines"),
        origin: (*data.origin).clone(),
        related: Vec::new(),
        when: data.when.clone(),
        certain,
        doubt: Doubt::unless(sure),
    });
}

/// Blocks that the gpg renderer decrypts are never shown, not even encrypted.
fn hide_secrets(node: &mut Node) {
    match &mut node.kind {
        NodeKind::List(items) | NodeKind::Set(items) | NodeKind::Choice(items) => {
            items.iter_mut().for_each(hide_secrets)
        }
        NodeKind::Map(entries) => entries.iter_mut().for_each(|(_, value)| hide_secrets(value)),
        NodeKind::Str(text) if text.to_string().contains("-----BEGIN PGP MESSAGE-----") => {
            node.kind = NodeKind::Unknown("a secret, encrypted with GPG".into());
        }
        _ => {}
    }
}
