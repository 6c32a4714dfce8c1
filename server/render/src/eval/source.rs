//! The parsed templates of one evaluation, and the cache of parses by content.

use std::cell::OnceCell;
use std::collections::VecDeque;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use syntax::jinja::{Body, Expr, ExprKind, Options, StatementKind, Template};
use text::TextRange;
use world::{BlobId, Reader, SaltPath, Stopped};

use super::expressions::walk_names;
use python::output::FileId;

/// A text and its tree.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub text: Arc<str>,
    pub template: Template,
    names: OnceLock<Box<[SmolStr]>>,
}

impl Parsed {
    /// The names that are read outside of macros and never set here, each once.
    pub fn names(&self) -> &[SmolStr] {
        self.names.get_or_init(|| {
            let mut names: Vec<SmolStr> = Vec::new();
            walk_names(&self.template.body, false, &mut |name| names.push(name.into()));
            let mut own = Vec::new();
            set_names(&self.template.body, &mut own);
            names.sort_unstable();
            names.dedup();
            names.retain(|name| !own.contains(&name.as_str()));
            names.into()
        })
    }
}

/// A template in use.
#[derive(Debug)]
pub(crate) struct Source {
    pub file: FileId,
    pub path: SaltPath,
    /// The name it was asked for by (`None`: the entry).
    pub name: Option<Arc<str>>,
    /// The text's address, if it is the file's own.
    pub blob: Option<BlobId>,
    pub parsed: Arc<Parsed>,
    /// Bytes that are no part of the template (a `#jinja2:` header).
    pub skip: TextRange,
}

impl Source {
    /// The source's text at `range`.
    pub fn slice(&self, range: TextRange) -> &str {
        range.slice(&self.parsed.text)
    }

    /// The 1-based line of a byte.
    pub fn line(&self, offset: u32) -> usize {
        let end = (offset as usize).min(self.parsed.text.len());
        1 + self.parsed.text.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count()
    }
}

/// Templates that live as long as the evaluation: trees are borrowed, never cloned.
#[derive(Default)]
pub(crate) struct Templates {
    first: OnceCell<Box<Link>>,
}

struct Link {
    source: Source,
    next: OnceCell<Box<Link>>,
}

impl Templates {
    /// All of them, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        let mut slot = &self.first;
        std::iter::from_fn(move || {
            let link = slot.get()?;
            slot = &link.next;
            Some(&link.source)
        })
    }

    /// Keeps `source`.
    pub fn add(&self, source: Source) -> &Source {
        let mut slot = &self.first;
        while let Some(link) = slot.get() {
            slot = &link.next;
        }
        &slot.get_or_init(|| Box::new(Link { source, next: OnceCell::new() })).source
    }
}

/// Imported templates are parsed once for all that import them; oldest dropped first.
#[derive(Default)]
struct Cache {
    parsed: FxHashMap<Key, Arc<Parsed>>,
    order: VecDeque<Key>,
    bytes: usize,
}

/// A content and the options that it is parsed by; `None`: Jinja's own, which nearly all have.
type Key = (BlobId, Option<Box<Options>>);

fn key(blob: BlobId, options: &Options) -> Key {
    static OWN: LazyLock<Options> = LazyLock::new(Options::default);
    (blob, (*options != *OWN).then(|| Box::new(options.clone())))
}

/// What the trees in the cache may take.
const CACHE_BYTES: usize = 6 << 20;

/// About what a tree takes for each byte of its text (measured), and what it takes anyway.
const BYTES_PER_BYTE: usize = 8;
const BYTES_PER_TREE: usize = 1 << 10;

/// What a parse takes, about.
fn weight(parsed: &Parsed) -> usize {
    parsed.text.len().saturating_mul(BYTES_PER_BYTE).saturating_add(BYTES_PER_TREE)
}

static CACHE: LazyLock<Mutex<Cache>> = LazyLock::new(Mutex::default);

/// The names that a body sets in the scope it stands in, and the variables of loops.
fn set_names<'a>(body: &'a Body, names: &mut Vec<&'a str>) {
    fn target<'a>(e: &'a Expr, names: &mut Vec<&'a str>) {
        match &*e.kind {
            ExprKind::Name(name) => names.push(name),
            ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().for_each(|item| target(item, names)),
            _ => {}
        }
    }
    for statement in body {
        match &statement.kind {
            StatementKind::Set { target: e, .. }
            | StatementKind::SetBlock { target: e, .. }
            | StatementKind::Load { target: e, .. } => target(e, names),
            StatementKind::Import { target, .. } | StatementKind::ImportData { target, .. } => {
                names.push(&target.text);
            }
            StatementKind::FromImport { names: imported, .. } => {
                names.extend(imported.iter().map(|(name, alias)| alias.as_ref().unwrap_or(name).text.as_str()));
            }
            StatementKind::Macro(node) => names.push(&node.name.text),
            StatementKind::If(arms) => arms.iter().for_each(|arm| set_names(&arm.body, names)),
            StatementKind::For { target: e, body, .. } => {
                target(e, names);
                set_names(body, names);
            }
            _ => {}
        }
    }
}

/// The parse kept under `blob`, else that of the content at `path`; `None`: it cannot be had.
///
/// # Errors
/// [`Stopped`].
pub(crate) fn open(
    reader: &Reader<'_>,
    path: &SaltPath,
    blob: BlobId,
    options: &Options,
) -> Result<Option<Arc<Parsed>>, Stopped> {
    if let Some(parsed) = kept(blob, options) {
        return Ok(Some(parsed));
    }
    let Some(content) = reader.content(path)? else { return Ok(None) };
    Ok(std::str::from_utf8(&content).ok().map(|text| parse(Some(blob), text.into(), options)))
}

/// The parse of `text`, kept under `blob`.
pub(crate) fn parse(blob: Option<BlobId>, text: Arc<str>, options: &Options) -> Arc<Parsed> {
    let Some(blob) = blob else { return parse_now(text, options) };
    let key = key(blob, options);
    let lock = || CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(parsed) = lock().parsed.get(&key) {
        return parsed.clone();
    }
    let parsed = parse_now(text, options);
    let mut cache = lock();
    cache.bytes += weight(&parsed);
    cache.order.push_back(key.clone());
    cache.parsed.insert(key, parsed.clone());
    while cache.bytes > CACHE_BYTES {
        let Some(oldest) = cache.order.pop_front() else { break };
        if let Some(old) = cache.parsed.remove(&oldest) {
            cache.bytes = cache.bytes.saturating_sub(weight(&old));
        }
    }
    parsed
}

fn parse_now(text: Arc<str>, options: &Options) -> Arc<Parsed> {
    let template = syntax::jinja::parse(&text, options);
    Arc::new(Parsed { text, template, names: OnceLock::new() })
}

/// A template's tree, shared with whoever renders the same content.
#[derive(Clone, Debug)]
pub struct Parse(Arc<Parsed>);

impl Parse {
    /// The tree.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.0.template
    }
}

/// The tree of the template `text`, the content of `blob`, by Jinja's own delimiters.
#[must_use]
pub fn parsed(blob: BlobId, text: &str) -> Parse {
    let options = Options::default();
    if let Some(known) = kept(blob, &options) {
        return Parse(known);
    }
    Parse(parse(Some(blob), text.into(), &options))
}

fn kept(blob: BlobId, options: &Options) -> Option<Arc<Parsed>> {
    CACHE.lock().unwrap_or_else(PoisonError::into_inner).parsed.get(&key(blob, options)).cloned()
}

/// `text` with blanks for a header, whose delimiters are no tags.
pub(crate) fn blanked(text: &str, skip: TextRange) -> Arc<str> {
    let line = skip.slice(text);
    let blank: String = line
        .chars()
        .flat_map(|c| {
            let shown = if matches!(c, '\n' | '\r') { c } else { ' ' };
            std::iter::repeat_n(shown, c.len_utf8())
        })
        .collect();
    text.replacen(line, &blank, 1).into()
}

/// The range of a `#jinja2: {…}` header line and the options it sets over `options`
/// (`salt/utils/templates.py`, `parse_jinja_file_opts`).
pub(crate) fn header(text: &str, options: &mut Options) -> TextRange {
    let mut start = 0;
    if text.starts_with("#!") && !text.starts_with("#!/") {
        start = text.find('\n').map_or(text.len(), |end| end + 1);
    }
    let line = &text[start..];
    let line = &line[..line.find('\n').map_or(line.len(), |end| end + 1)];
    let Some(payload) = line.strip_prefix("#jinja2:") else { return TextRange::default() };
    let Ok(serde_json::Value::Object(map)) = serde_json::from_str(payload) else { return TextRange::default() };
    apply_options(&map, options);
    TextRange::of(start, start + line.len())
}

/// Sets lexer options from a mapping of jinja2's names (`jinja_env`, `jinja_sls_env`).
pub(crate) fn apply_options(map: &serde_json::Map<String, serde_json::Value>, options: &mut Options) {
    const DELIMITERS: [&str; 6] = [
        "block_start_string",
        "block_end_string",
        "variable_start_string",
        "variable_end_string",
        "comment_start_string",
        "comment_end_string",
    ];
    for (key, value) in map {
        let key = key.to_lowercase();
        let flag = value.as_bool().unwrap_or(false);
        match key.as_str() {
            "trim_blocks" => options.trim_blocks = flag,
            "lstrip_blocks" => options.lstrip_blocks = flag,
            "keep_trailing_newline" => options.keep_trailing_newline = flag,
            "line_statement_prefix" => options.line_statement_prefix = value.as_str().map(Into::into),
            "line_comment_prefix" => options.line_comment_prefix = value.as_str().map(Into::into),
            key => {
                if let (Some(n), Some(text)) = (DELIMITERS.iter().position(|name| *name == key), value.as_str())
                    && !text.is_empty()
                {
                    options.delimiters[n] = text.into();
                }
            }
        }
    }
}
