//! The bundled table: an index of its modules' lines, made once; a module is parsed when it is asked
//! for. Its format is described in `generate/generate.py`. Knows nothing of sources or of users.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::types::{Function, Module, ModuleKind, Name, Param};

/// The Salt versions of the table, oldest first; kept equal to the table's first line by a test.
pub const VERSIONS: [&str; 3] = ["3006.9", "3007.17", "3008.3"];

/// All versions.
pub(super) const ALL: u8 = 0b111;

/// The generated facts.
static TEXT: &str = include_str!("../../data/catalogue.txt");

/// The index of the table.
pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(TEXT));

/// One module of the table, its functions not parsed yet.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) mask: u8,
    pages: &'static str,
    pub(super) complete: bool,
    lines: &'static str,
}

/// Both kinds of modules.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) versions: &'static str,
    pub(super) state: BTreeMap<&'static str, Entry>,
    pub(super) execution: BTreeMap<&'static str, Entry>,
}

impl Table {
    fn read(text: &'static str) -> Self {
        let mut table = Self::default();
        let (head, mut rest) = text.split_once('\n').unwrap_or((text, ""));
        table.versions = head.strip_prefix("V ").unwrap_or_default();
        while let Some((line, after)) = rest.split_once('\n') {
            let length: usize = after.split_inclusive('\n').take_while(|line| !heads(line)).map(str::len).sum();
            let (lines, next) = after.split_at_checked(length).unwrap_or((after, ""));
            rest = next;
            let (kind, line) = line.split_at_checked(2).unwrap_or((line, ""));
            let mut fields = line.split('\t');
            let name = fields.next().unwrap_or_default();
            let entry = Entry {
                name,
                mask: fields.next().and_then(|f| f.parse().ok()).unwrap_or(ALL),
                pages: fields.next().unwrap_or_default(),
                complete: fields.next().is_none(),
                lines,
            };
            let side = if kind == "S " { &mut table.state } else { &mut table.execution };
            side.insert(name, entry);
        }
        table
    }

    pub(super) fn side(&self, kind: ModuleKind) -> &BTreeMap<&'static str, Entry> {
        static NONE: BTreeMap<&'static str, Entry> = BTreeMap::new();
        match kind {
            ModuleKind::State => &self.state,
            ModuleKind::Execution => &self.execution,
            ModuleKind::Renderer | ModuleKind::Other => &NONE,
        }
    }
}

/// Whether a line is a module's.
fn heads(line: &str) -> bool {
    line.starts_with("S ") || line.starts_with("E ")
}

impl Entry {
    /// The files it comes from, the documentation's virtual pages left out.
    pub(super) fn files(&self) -> impl Iterator<Item = &'static str> {
        self.pages.split(',').filter(|page| !page.ends_with('/'))
    }

    /// The documentation page and whether it has anchors for the functions.
    pub(super) fn page(&self) -> (&'static str, bool) {
        let first = self.pages.split(',').next().unwrap_or(self.name);
        match first.strip_suffix('/') {
            Some(page) => (page, false),
            None => (first, true),
        }
    }

    /// The module as the versions in `column` have it.
    pub(super) fn parse(&self, kind: ModuleKind, column: u8) -> Module {
        let functions = self.lines.lines().filter_map(|line| function(line, self.mask, column)).collect();
        Module {
            names: vec![Name::Borrowed(self.name)],
            files: self.files().map(Name::Borrowed).collect(),
            kind,
            functions,
            complete: self.complete,
            doc: String::new(),
        }
    }
}

/// Splits `text@mask`; without a mask it is the outer one.
fn masked(text: &'static str, outer: u8) -> (&'static str, u8) {
    match text.rsplit_once('@') {
        Some((text, mask)) => (text, mask.parse().unwrap_or(outer)),
        None => (text, outer),
    }
}

/// One function's line; `None` if no version in `column` has it.
fn function(line: &'static str, outer: u8, column: u8) -> Option<Function> {
    let mut fields = line.split('\t');
    let (head, mask) = masked(fields.next()?, outer);
    if mask & column == 0 {
        return None;
    }
    let (name, stars) = head.split_once('*').map_or((head, 0), |(name, digits)| (name, stars(digits, column)));
    let params: Vec<Param> = fields.filter_map(|field| param(field, mask, column)).collect();
    Some(Function {
        name: Name::Borrowed(name),
        varargs: stars & 1 != 0,
        kwargs: stars & 2 != 0,
        opaque: stars == 3 && params.is_empty(),
        params,
        doc: String::new(),
        range: None,
        since: since(mask),
        until: until(mask),
    })
}

/// The stars of the versions in `column`: one digit for all, or one for each version.
fn stars(digits: &str, column: u8) -> u32 {
    let counts = |n: usize| digits.len() == 1 || column & (1_u8 << n.min(7)) != 0;
    let digits = digits.chars().enumerate().filter(|&(n, _)| counts(n));
    digits.fold(0, |all, (_, digit)| all | digit.to_digit(4).unwrap_or(3))
}

fn param(field: &'static str, outer: u8, column: u8) -> Option<Param> {
    let (head, default) = match field.split_once('=') {
        Some((head, default)) => (head, Some(Name::Borrowed(default))),
        None => (field, None),
    };
    let (name, mask) = masked(head, outer);
    (mask & column != 0).then(|| Param { name: Name::Borrowed(name), default, since: since(mask), until: until(mask) })
}

/// The first version in the mask, unless the oldest has it too.
pub(super) fn since(mask: u8) -> Option<&'static str> {
    match mask.trailing_zeros() {
        0 => None,
        n => VERSIONS.get(n as usize).copied(),
    }
}

/// The last version in the mask, unless it is the newest.
pub(super) fn until(mask: u8) -> Option<&'static str> {
    let last = mask.checked_ilog2()? as usize;
    (last + 1 < VERSIONS.len()).then(|| VERSIONS.get(last).copied()).flatten()
}
