//! Observing the rendering of a file: which text, under which name and with which variables it is
//! evaluated. What is looked at is [`crate::eval::observe`]'s.

use smol_str::SmolStr;
use world::{Minion, Reader, SaltPath, Stopped};

use super::{names, pipe, source};
use crate::eval::observe::{Observed, Watch};
use crate::{EntryKind, Extra, eval};

/// A rendering to look into: the same as [`crate::render_in`] would do.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// For whom.
    pub minion: &'a std::sync::Arc<Minion>,
    /// The file that is rendered.
    pub entry: &'a SaltPath,
    /// As what.
    pub kind: EntryKind,
    /// Further variables: those of `context` and `defaults`.
    pub extra: Extra,
    /// What to look at, in this file or one that it imports.
    pub watch: Watch,
}

/// Evaluates the entry and tells what was seen; nothing where the file is no Jinja template. Nothing of
/// it is kept: texts with a cursor in them are asked about once.
///
/// # Errors
/// [`Stopped`].
pub fn observe(reader: &Reader<'_>, question: &Question<'_>) -> Result<Observed, Stopped> {
    let Question { minion, entry, kind, extra, watch } = question;
    let Some(content) = reader.content(entry)? else { return Ok(Observed::default()) };
    let Some(text) = source::read(entry, &content).text else { return Ok(Observed::default()) };
    let templated_only = matches!(kind, EntryKind::Managed | EntryKind::Macros);
    if !templated_only && !pipe::pipe(&text, "jinja|yaml").plan().jinja {
        return Ok(Observed::default());
    }
    let pillar = matches!(kind, EntryKind::Pillar | EntryKind::PillarTop);
    let roots = if pillar { &minion.pillar_roots } else { &minion.file_roots };
    let own = names::names_of(roots, entry);
    let found = own.iter().find(|(env, _)| *env == minion.saltenv).or_else(|| own.first());
    let is_sls = matches!(kind, EntryKind::State | EntryKind::Pillar | EntryKind::Orchestrate | EntryKind::Reactor);
    let job = eval::Job {
        minion,
        path: (*entry).clone(),
        kind: *kind,
        sls: found.filter(|_| is_sls).map(|(_, name)| name.clone()),
        saltenv: found.map_or_else(|| SmolStr::from(minion.saltenv.as_str()), |(env, _)| env.clone()),
        source: text,
        // the text of a cursor is not worth a place in the cache of parses
        blob: None,
        extra: extra.variables.to_vec(),
    };
    eval::observe::observe(&job, reader, watch)
}
