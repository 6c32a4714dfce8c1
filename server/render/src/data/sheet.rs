//! A text to load as YAML, of which every byte is still tied to its piece of the joint text: the
//! joint text itself, or one rendering of a stretch of it. Knows nothing of YAML but comments.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use text::TextRange;

use crate::{Atom, FileId, Origin, Output, Piece, PieceKind, SourceKind, When};
use python::origin::Contributor;
use python::output::HOLE;

/// Most renderings that are made of a stretch whose joint text cannot be read.
pub(crate) const MAX_RENDERINGS: usize = 16;

/// Most contributors of an origin.
const MAX_CONTRIBUTORS: usize = 8;

/// A stretch of a [`Sheet`] that comes from one piece.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Its bytes in the sheet.
    pub(crate) at: TextRange,
    /// Index into [`Output::pieces`].
    pub(crate) piece: usize,
    /// Where its first byte stands in the joint text.
    pub(crate) from: u32,
    /// When it is printed, given that the sheet is what is rendered.
    pub(crate) when: When,
    /// Whether it is one of several texts of its piece.
    pub(crate) chosen: bool,
}

/// A text with its parts.
#[derive(Debug)]
pub(crate) struct Sheet<'a> {
    /// The rendering that it is of.
    pub(crate) output: &'a Output,
    /// The text for YAML: a hole alone on its line is a comment of the same length.
    pub(crate) text: String,
    /// Its parts in order, without gaps.
    pub(crate) parts: Vec<Part>,
    /// Where holes stand alone on their lines.
    pub(crate) lone: Vec<u32>,
    /// What holds in it: a rendering, or several of them.
    pub(crate) given: When,
    /// Whether all of it is printed always, is known, and is printed once.
    pub(crate) plain: bool,
}

/// One rendering of a stretch.
pub(crate) struct Leaf<'a> {
    /// When it is the rendering, beyond what holds for all of the stretch.
    pub(crate) when: When,
    /// Its text.
    pub(crate) sheet: Sheet<'a>,
}

impl<'a> Sheet<'a> {
    /// All of the joint text.
    pub(crate) fn joint(output: &'a Output) -> Self {
        let parts = output.pieces.iter().enumerate().map(|(n, piece)| Part {
            at: piece.at,
            piece: n,
            from: piece.at.start,
            when: piece.when.clone(),
            chosen: false,
        });
        Self::new(output, output.text.clone(), parts.collect(), When::ALWAYS)
    }

    fn new(output: &'a Output, text: String, parts: Vec<Part>, given: When) -> Self {
        let plain = parts.iter().all(|part| {
            let piece = &output.pieces[part.piece];
            part.when.is_always()
                && !piece.repeated
                && (part.chosen || matches!(piece.kind, PieceKind::Exact | PieceKind::Derived))
        });
        let mut sheet = Self { output, text, parts, lone: Vec::new(), given, plain };
        if sheet.text.contains(HOLE) {
            sheet.comment_lone_holes();
            sheet.plain = false;
        }
        sheet
    }

    /// Makes comments of the holes that stand alone on their lines (salt.md 6.1: they may print any
    /// structure). A line of several holes is one comment.
    fn comment_lone_holes(&mut self) {
        let mut start = 0;
        let mut edits = Vec::new();
        for line in self.text.split_inclusive('\n') {
            if line.contains(HOLE) && line.chars().all(|c| c == HOLE || c == ' ' || c == '\n' || c == '\r') {
                let at = start + line.find(HOLE).unwrap_or(0);
                edits.push((at, start + line.trim_end_matches(['\n', '\r', ' ']).len()));
            }
            start += line.len();
        }
        for (from, to) in edits {
            self.text.replace_range(from..to, &format!("#{}", " ".repeat(to - from - 1)));
            self.lone.push(u32::try_from(from).unwrap_or(u32::MAX));
        }
    }

    /// The text with holes alone on their lines as scalars instead of comments.
    pub(crate) fn with_scalar_holes(&self) -> Option<Sheet<'a>> {
        if self.lone.is_empty() {
            return None;
        }
        let mut text = self.text.clone();
        for &at in &self.lone {
            let at = at as usize;
            text.replace_range(at..at + HOLE.len_utf8(), HOLE.encode_utf8(&mut [0; 4]));
        }
        Some(Sheet {
            output: self.output,
            text,
            parts: self.parts.clone(),
            lone: Vec::new(),
            given: self.given.clone(),
            plain: self.plain,
        })
    }

    /// The parts that share bytes with `range`; for an empty range the part that it stands in.
    pub(crate) fn parts_in(&self, range: TextRange) -> &[Part] {
        let first = self.parts.partition_point(|part| part.at.end <= range.start);
        let end = if range.is_empty() {
            first + 1
        } else {
            first + self.parts[first.min(self.parts.len())..].partition_point(|part| part.at.start < range.end)
        };
        let first = if first == self.parts.len() { first.saturating_sub(1) } else { first };
        self.parts.get(first..end.min(self.parts.len()).max(first)).unwrap_or(&[])
    }

    /// As [`Sheet::parts_in`] without parts that hold only blanks there.
    pub(crate) fn inked_in(&self, range: TextRange) -> impl Iterator<Item = &Part> {
        self.parts_in(range).iter().filter(move |part| {
            let clip = TextRange::new(part.at.start.max(range.start), part.at.end.min(range.end));
            let blank = |text: &str| text.trim().is_empty();
            // A choice shows its first alternative, which may be nothing where another one is not.
            let inked = |(_, text): &(When, Option<smol_str::SmolStr>)| text.as_ref().is_none_or(|text| !blank(text));
            match &self.piece(part).kind {
                PieceKind::Choice(alternatives) if !part.chosen => alternatives.iter().any(inked),
                _ => !blank(clip.slice(&self.text)),
            }
        })
    }

    /// The piece of a part.
    pub(crate) fn piece(&self, part: &Part) -> &'a Piece {
        &self.output.pieces[part.piece]
    }

    /// Whether a hole stands in `range`.
    pub(crate) fn has_hole(&self, range: TextRange) -> bool {
        !self.plain && self.parts_in(range).iter().any(|part| matches!(self.piece(part).kind, PieceKind::Hole(_)))
    }

    /// Why the first hole in `range` is unknown.
    pub(crate) fn reason(&self, range: TextRange) -> Arc<str> {
        let holes = self.parts_in(range).iter().find_map(|part| match &self.piece(part).kind {
            PieceKind::Hole(reason) => Some(reason.clone()),
            _ => None,
        });
        holes.unwrap_or_else(|| "not known".into())
    }

    /// What every inked part of `range` asks.
    pub(crate) fn common_when(&self, range: TextRange) -> When {
        let mut all = self.inked_in(range).map(|part| &part.when);
        let Some(first) = all.next() else { return When::ALWAYS };
        first.common_with(all)
    }

    /// Whether all of `range` is printed only where its first part is.
    pub(crate) fn is_under_its_head(&self, range: TextRange) -> bool {
        let mut all = self.inked_in(range).map(|part| &part.when);
        let Some(head) = all.next() else { return true };
        head.is_always() || all.all(|when| head.implied_by(when))
    }

    /// The byte offset of the start of the line that holds `at`.
    pub(crate) fn line_start(&self, at: u32) -> u32 {
        let head = self.text.get(..at as usize).unwrap_or("");
        u32::try_from(head.rfind('\n').map_or(0, |n| n + 1)).unwrap_or(0)
    }

    /// The column of `at` in bytes.
    pub(crate) fn column(&self, at: u32) -> u32 {
        at - self.line_start(at)
    }

    /// Every rendering of `range`, at most [`MAX_RENDERINGS`]; `None` if there are more. `base` holds
    /// in all of them.
    pub(crate) fn renderings(&self, range: TextRange, base: &When) -> Option<Vec<Leaf<'a>>> {
        // A leaf under construction: its condition and the parts it prints with their texts.
        type Open<'t> = (When, Vec<(&'t Part, TextRange, Option<usize>)>);
        let known = self.given.both(base).unwrap_or_else(|| base.clone());
        let mut open: Vec<Open<'_>> = vec![(known.clone(), Vec::new())];
        for part in self.parts_in(range) {
            let clip = TextRange::new(part.at.start.max(range.start), part.at.end.min(range.end));
            let mut next: Vec<Open<'_>> = Vec::with_capacity(open.len());
            for (when, picks) in open {
                let (with, without) = decide(&when, &part.when);
                next.extend(without.into_iter().map(|when| (when, picks.clone())));
                let Some(with) = with else { continue };
                match &self.piece(part).kind {
                    PieceKind::Choice(alternatives) if !part.chosen => {
                        for (n, (guard, _)) in alternatives.iter().enumerate() {
                            let Some(when) = with.both(guard) else { continue };
                            let mut picks = picks.clone();
                            picks.push((part, clip, Some(n)));
                            next.push((when, picks));
                        }
                    }
                    _ => {
                        let mut picks = picks;
                        picks.push((part, clip, None));
                        next.push((with, picks));
                    }
                }
            }
            if next.len() > MAX_RENDERINGS {
                return None;
            }
            open = next;
        }
        let leaves = open.into_iter().map(|(when, picks)| Leaf {
            when: when.beyond(&known),
            sheet: self.leaf(picks.iter().map(|(part, clip, pick)| (*part, *clip, *pick, When::ALWAYS)), when),
        });
        Some(leaves.collect())
    }

    /// What is left of `range` where `given` holds; what `given` does not decide keeps its condition.
    pub(crate) fn restricted(&self, range: TextRange, given: &When) -> Sheet<'a> {
        let known = self.given.both(given).unwrap_or_else(|| given.clone());
        let parts = self.parts_in(range).iter().filter(|part| part.when.compatible(&known)).map(|part| {
            let clip = TextRange::new(part.at.start.max(range.start), part.at.end.min(range.end));
            let pick = match &self.piece(part).kind {
                PieceKind::Choice(alternatives) if !part.chosen => {
                    let mut left = (0..alternatives.len()).filter(|&n| alternatives[n].0.compatible(&known));
                    left.next().filter(|_| left.next().is_none())
                }
                _ => None,
            };
            (part, clip, pick, part.when.beyond(&known))
        });
        self.leaf(parts, known.clone())
    }

    fn leaf<'p>(
        &self,
        picks: impl Iterator<Item = (&'p Part, TextRange, Option<usize>, When)>,
        given: When,
    ) -> Sheet<'a> {
        let mut text = String::new();
        let mut parts = Vec::new();
        for (part, clip, pick, when) in picks {
            let start = text.len();
            let mut hole = [0; 4];
            let slice = match (pick, &self.piece(part).kind) {
                (Some(n), PieceKind::Choice(alternatives)) => match alternatives.get(n) {
                    Some((_, Some(text))) => text.as_str(),
                    _ => HOLE.encode_utf8(&mut hole),
                },
                // An unknown alternative that was alone on its line was made a comment.
                _ if part.chosen && self.lone.contains(&clip.start) => HOLE.encode_utf8(&mut hole),
                _ if part.chosen => clip.slice(&self.text),
                _ => {
                    let shift = part.from + (clip.start - part.at.start);
                    TextRange::new(shift, shift + clip.len()).slice(&self.output.text)
                }
            };
            text.push_str(slice);
            parts.push(Part {
                at: TextRange::of(start, text.len()),
                piece: part.piece,
                from: part.from + (clip.start - part.at.start),
                when,
                chosen: part.chosen || pick.is_some(),
            });
        }
        Sheet::new(self.output, text, parts, given)
    }

    /// A test that decides about the inked text of `range`, if any does.
    pub(crate) fn undecided(&self, range: TextRange) -> Option<Atom> {
        self.inked_in(range).find_map(|part| self.undecided_of(part))
    }

    /// A test that decides about the inked text nearest before `at`, if any does.
    pub(crate) fn undecided_before(&self, at: u32) -> Option<Atom> {
        let inked: Vec<&Part> = self.inked_in(TextRange::new(0, at)).collect();
        inked.into_iter().rev().find_map(|part| self.undecided_of(part))
    }

    fn undecided_of(&self, part: &Part) -> Option<Atom> {
        let guards = match &self.piece(part).kind {
            PieceKind::Choice(alternatives) if !part.chosen => alternatives.iter().map(|(when, _)| when).collect(),
            _ => Vec::new(),
        };
        let tests = part.when.tests().iter().chain(guards.into_iter().flat_map(When::tests));
        tests.map(|(atom, _)| atom).find(|atom| !self.given.tests().iter().any(|(known, _)| known == *atom)).cloned()
    }
}

/// Splits `given` by `test`: where it holds, and the ways in which it does not.
pub(crate) fn decide(given: &When, test: &When) -> (Option<When>, Vec<When>) {
    let mut without = Vec::new();
    let mut so_far = Some(given.clone());
    for (atom, answer) in test.tests() {
        let Some(current) = so_far else { break };
        if current.tests().iter().any(|(a, x)| a == atom && x == answer) {
            so_far = Some(current);
            continue;
        }
        so_far = current.and(atom, *answer);
        // Where the answer is excluded already, its opposite says nothing new.
        without.extend(if so_far.is_some() { current.and(atom, !answer) } else { Some(current) });
    }
    (so_far, without)
}

/// Finds the places of ranges of sheets.
pub(crate) struct Places<'a> {
    output: &'a Output,
    chains: FxHashMap<u32, Vec<(world::SaltPath, TextRange)>>,
}

impl<'a> Places<'a> {
    /// For one rendering.
    pub(crate) fn new(output: &'a Output) -> Self {
        Self { output, chains: FxHashMap::default() }
    }

    fn path(&self, file: crate::FileId) -> world::SaltPath {
        self.output.files.get(file.0 as usize).cloned().unwrap_or_default()
    }

    fn chain(&mut self, chain: Option<u32>) -> Vec<(world::SaltPath, TextRange)> {
        let Some(id) = chain else { return Vec::new() };
        if let Some(known) = self.chains.get(&id) {
            return known.clone();
        }
        let mut calls = Vec::new();
        let mut next = Some(id);
        while let Some((file, range, outer)) = next.and_then(|id| self.output.chains.get(id as usize)) {
            calls.push((self.path(*file), *range));
            next = *outer;
            if calls.len() >= 64 {
                break;
            }
        }
        self.chains.insert(id, calls.clone());
        calls
    }

    /// Where `range` of `sheet` was written.
    pub(crate) fn origin(&mut self, sheet: &Sheet<'a>, range: TextRange) -> Origin {
        let parts = sheet.parts_in(range);
        let Some(first) = parts.first() else {
            return Origin::exact(self.path(crate::FileId(0)), TextRange::empty(0));
        };
        let piece = sheet.piece(first);
        let one_to_one = |part: &Part, piece: &Piece| {
            piece.kind == PieceKind::Exact && piece.at.len() == piece.range.len() && !part.chosen
        };
        // Where `at` of the sheet stands in the source, if its part is exact.
        let source = |part: &Part, at: u32| {
            let piece = sheet.piece(part);
            piece.range.start + (part.from - piece.at.start) + (at.clamp(part.at.start, part.at.end) - part.at.start)
        };
        let mut whole = TextRange::empty(0);
        let mut kind = SourceKind::Exact;
        let mut contributors: Vec<Contributor> = Vec::new();
        let mut torn = false;
        for (n, part) in parts.iter().enumerate() {
            let own = sheet.piece(part);
            let exact = one_to_one(part, own);
            let place = if exact {
                TextRange::new(source(part, range.start), source(part, range.end))
            } else {
                kind = SourceKind::Derived;
                own.range
            };
            contributors.extend(own.contributors.iter().cloned());
            if n == 0 {
                whole = place;
            } else if own.file == piece.file && own.chain == piece.chain {
                // A carriage return that was dropped between two pieces does not count.
                if !(place.start >= whole.end && place.start <= whole.end + 1) {
                    kind = SourceKind::Derived;
                    torn = torn || place != whole;
                }
                whole = whole.join(place);
            } else {
                kind = SourceKind::Derived;
                torn = true;
                contributors.push(Contributor::Literal(self.path(own.file), place));
            }
        }
        let site = self.site(sheet, parts, range);
        if let Some((file, chain, place)) = site.filter(|_| torn) {
            let ingredients = parts.iter().filter(|part| one_to_one(part, sheet.piece(part)));
            let ingredients = ingredients.filter(|part| sheet.piece(part).site.is_some()).map(|part| {
                let place = TextRange::new(source(part, range.start), source(part, range.end));
                Contributor::Literal(self.path(sheet.piece(part).file), place)
            });
            contributors.splice(0..0, ingredients.collect::<Vec<_>>());
            // A macro's own text that it begins with is nearer than the tag that calls the macro.
            let near = Self::in_macro(sheet, parts, range);
            let outer = near.map(|_| (self.path(file), place));
            let (file, chain, range) = near.unwrap_or((file, chain, place));
            return Origin { site: outer, ..self.printed_at(file, chain, range, contributors) };
        }
        let site = site.filter(|(file, _, place)| *file != piece.file || !place.covers(whole));
        let site = site.map(|(file, _, place)| (self.path(file), place));
        let contributors = few(contributors);
        Origin { path: self.path(piece.file), range: whole, kind, chain: self.chain(piece.chain), contributors, site }
    }

    /// What is put together from several places stands where it is printed; they are its ingredients.
    fn printed_at(&mut self, file: FileId, chain: Option<u32>, range: TextRange, from: Vec<Contributor>) -> Origin {
        Origin {
            path: self.path(file),
            range,
            kind: SourceKind::Derived,
            chain: self.chain(chain),
            contributors: few(from),
            site: None,
        }
    }

    /// What a macro's own text says in `range`, if that is how it begins.
    fn in_macro(sheet: &Sheet<'a>, parts: &[Part], range: TextRange) -> Option<(FileId, Option<u32>, TextRange)> {
        let first = sheet.piece(parts.first()?);
        let called = first.site.is_some_and(|site| first.chain.is_some() && first.chain != site.chain);
        let (file, chain) = (called && first.kind == PieceKind::Exact).then_some((first.file, first.chain))?;
        let own = parts.iter().filter(|part| (sheet.piece(part).file, sheet.piece(part).chain) == (file, chain));
        let places = own.map(|part| Self::place_of(sheet, part, range));
        places.reduce(TextRange::join).map(|place| (file, chain, place))
    }

    /// Where a part of `range` was written: its bytes if they are the source's own.
    fn place_of(sheet: &Sheet<'a>, part: &Part, range: TextRange) -> TextRange {
        let own = sheet.piece(part);
        if own.kind != PieceKind::Exact || own.at.len() != own.range.len() || part.chosen {
            return own.range;
        }
        let at = |at: u32| {
            let clamped = at.clamp(part.at.start, part.at.end);
            own.range.start + (part.from - own.at.start) + (clamped - part.at.start)
        };
        TextRange::new(at(range.start), at(range.end))
    }

    /// Where `range` of `sheet` is printed: the tags that print it and the template's text between them;
    /// `None` where no tag takes part or they stand in different files.
    fn site(&self, sheet: &Sheet<'a>, parts: &[Part], range: TextRange) -> Option<(FileId, Option<u32>, TextRange)> {
        let mut found: Option<(FileId, Option<u32>, TextRange)> = None;
        let mut tags = false;
        for part in parts {
            let own = sheet.piece(part);
            tags |= own.site.is_some();
            let (file, chain, place) = match own.site {
                Some(site) => (site.file, site.chain, site.range),
                None => (own.file, own.chain, Self::place_of(sheet, part, range)),
            };
            found = Some(match found {
                None => (file, chain, place),
                // behind what comes before it, in the same run of the same file
                Some((first, calls, whole)) if first == file && calls == chain && place.start >= whole.start => {
                    (file, chain, whole.join(place))
                }
                Some(_) => return None,
            });
        }
        found.filter(|_| tags)
    }
}

/// The first contributors, each once.
fn few(all: Vec<Contributor>) -> Vec<Contributor> {
    let mut seen: Vec<Contributor> = Vec::new();
    for one in all {
        if seen.len() < MAX_CONTRIBUTORS && !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}
