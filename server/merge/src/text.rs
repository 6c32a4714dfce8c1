//! Three texts made one, line by line, with git's verdicts: histogram differences, and its rules
//! (`xdl_do_merge` in `xdiff/xmerge.c`) for when two changes touch each other.

use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput, sources};

/// So many bytes at the beginning tell a binary file, as in git (`buffer_is_binary`).
const BINARY_LOOK: usize = 8_000;

/// Whose lines stand where both sides changed the same lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Favor {
    /// Ours alone.
    Ours,
    /// Ours, then theirs.
    Union,
}

/// A merged text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MergedText {
    pub(super) text: Vec<u8>,
    /// Whether git would ask somebody.
    pub(super) conflict: bool,
}

/// A stretch of lines of the base that a side replaced, and what it put there.
#[derive(Clone, Debug)]
struct Hunk {
    before: Range<usize>,
    after: Range<usize>,
}

/// Whose lines a stretch of the merge has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Ours,
    Theirs,
    Nobody,
}

/// A stretch that is not as in the base: lines of ours and of theirs.
#[derive(Clone, Debug)]
struct Stretch {
    whose: Whose,
    ours: Range<usize>,
    theirs: Range<usize>,
}

/// Git's test for files that are not merged line by line.
pub(super) fn is_binary(content: &[u8]) -> bool {
    content.iter().take(BINARY_LOOK).any(|byte| *byte == 0)
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

fn hunks(before: &[u8], after: &[u8]) -> Vec<Hunk> {
    let input = InternedInput::new(sources::byte_lines(before), sources::byte_lines(after));
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_no_heuristic(&input);
    let range = |range: Range<u32>| range.start as usize..range.end as usize;
    diff.hunks().map(|hunk| Hunk { before: range(hunk.before), after: range(hunk.after) }).collect()
}

/// Merges `ours` and `theirs`, which were both made from `base`.
pub(super) fn merge(base: &[u8], ours: &[u8], theirs: &[u8], favor: Favor) -> MergedText {
    let (base_lines, our_lines, their_lines) = (lines(base), lines(ours), lines(theirs));
    let stretches = stretches(base_lines.len(), [&our_lines, &their_lines], &hunks(base, ours), &hunks(base, theirs));
    let mut merged = MergedText { text: Vec::with_capacity(ours.len().max(theirs.len())), conflict: false };
    let put = |lines: Option<&[&[u8]]>, text: &mut Vec<u8>| {
        lines.unwrap_or(&[]).iter().for_each(|line| text.extend_from_slice(line));
    };
    let mut at = 0;
    for stretch in &stretches {
        // What lies between is as in the base on both sides.
        put(our_lines.get(at..stretch.ours.start), &mut merged.text);
        let (mine, other) = (our_lines.get(stretch.ours.clone()), their_lines.get(stretch.theirs.clone()));
        match stretch.whose {
            Whose::Ours => put(mine, &mut merged.text),
            Whose::Theirs => put(other, &mut merged.text),
            Whose::Nobody if mine == other => put(mine, &mut merged.text),
            Whose::Nobody => {
                merged.conflict = true;
                put(mine, &mut merged.text);
                if favor == Favor::Union {
                    if merged.text.last().is_some_and(|byte| *byte != b'\n') {
                        merged.text.push(b'\n');
                    }
                    put(other, &mut merged.text);
                }
            }
        }
        at = stretch.ours.end;
    }
    put(our_lines.get(at..), &mut merged.text);
    merged
}

/// The stretches that are not as in the base, in order.
fn stretches(base: usize, lines: [&[&[u8]]; 2], ours: &[Hunk], theirs: &[Hunk]) -> Vec<Stretch> {
    let mut found: Vec<Stretch> = Vec::new();
    let (mut a, mut b) = (0, 0);
    while let (Some(one), Some(two)) = (ours.get(a), theirs.get(b)) {
        if one.before.end < two.before.start {
            let start = two.after.start - (two.before.start - one.before.start);
            append(&mut found, Whose::Ours, one.after.clone(), start..start + one.before.len());
            a += 1;
            continue;
        }
        if two.before.end < one.before.start {
            let start = one.after.start - (one.before.start - two.before.start);
            append(&mut found, Whose::Theirs, start..start + two.before.len(), two.after.clone());
            b += 1;
            continue;
        }
        let alike = one.before == two.before
            && lines[0].get(one.after.clone()) == lines[1].get(two.after.clone())
            && one.after.len() == two.after.len();
        if !alike {
            let (mut mine, mut other) = (one.after.clone(), two.after.clone());
            // Both are stretched over what either replaced.
            if one.before.start > two.before.start {
                mine.start -= one.before.start - two.before.start;
            } else {
                other.start -= two.before.start - one.before.start;
            }
            if one.before.end < two.before.end {
                mine.end += two.before.end - one.before.end;
            } else {
                other.end += one.before.end - two.before.end;
            }
            append(&mut found, Whose::Nobody, mine, other);
        }
        let (ends, other_ends) = (one.before.end, two.before.end);
        a += usize::from(ends <= other_ends);
        b += usize::from(other_ends <= ends);
    }
    // Behind the last change of a side it runs in step with the base, counted from the end.
    for one in ours.get(a..).unwrap_or(&[]) {
        let start = (one.before.start + lines[1].len()).saturating_sub(base);
        append(&mut found, Whose::Ours, one.after.clone(), start..start + one.before.len());
    }
    for two in theirs.get(b..).unwrap_or(&[]) {
        let start = (two.before.start + lines[0].len()).saturating_sub(base);
        append(&mut found, Whose::Theirs, start..start + two.before.len(), two.after.clone());
    }
    found
}

/// Adds a stretch, or makes it one with the last one where they touch.
fn append(found: &mut Vec<Stretch>, whose: Whose, ours: Range<usize>, theirs: Range<usize>) {
    match found.last_mut() {
        Some(last) if ours.start <= last.ours.end || theirs.start <= last.theirs.end => {
            if last.whose != whose {
                last.whose = Whose::Nobody;
            }
            (last.ours.end, last.theirs.end) = (ours.end, theirs.end);
        }
        _ => found.push(Stretch { whose, ours, theirs }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_apart_go_together_and_touching_ones_ask() {
        let check = |base: &str, ours: &str, theirs: &str, expected: &str, conflict: bool| {
            let merged = merge(base.as_bytes(), ours.as_bytes(), theirs.as_bytes(), Favor::Ours);
            let text = String::from_utf8(merged.text).expect("texts");
            assert_eq!((text.as_str(), merged.conflict), (expected, conflict), "{base:?} {ours:?} {theirs:?}");
        };
        let base = "a\nb\nc\nd\ne\nf\ng\n";
        check(base, base, base, base, false);
        check(base, "A\nb\nc\nd\ne\nf\ng\n", "a\nb\nc\nd\ne\nf\nG\n", "A\nb\nc\nd\ne\nf\nG\n", false);
        check(base, "a\nb\nc\nd\ne\nf\ng\nh\n", "0\na\nb\nc\nd\ne\nf\ng\n", "0\na\nb\nc\nd\ne\nf\ng\nh\n", false);
        // neighbours
        check(base, "a\nB\nc\nd\ne\nf\ng\n", "a\nb\nC\nd\ne\nf\ng\n", "a\nB\nc\nd\ne\nf\ng\n", true);
        // the same change, and one more
        check(base, "a\nB\nc\nd\ne\nf\ng\n", "a\nB\nc\nd\ne\nf\nG\n", "a\nB\nc\nd\ne\nf\nG\n", false);
        check(base, "a\nB\nc\nd\ne\nF\ng\n", "a\nx\nc\nd\nE\nf\ng\n", "a\nB\nc\nd\ne\nF\ng\n", true);
        check(base, "a\nB\nc\nd\ne\nf\ng\n", "a\nx\nc\nd\ne\nf\nG\n", "a\nB\nc\nd\ne\nf\nG\n", true);
        check("", "a\n", "b\n", "a\n", true);
        check("a\nb\n", "", "a\nB\n", "", true);
        check("a\nb\nc\n", "a\nc\n", "a\nb\nc\nd\n", "a\nc\nd\n", false);
    }

    #[test]
    fn union_keeps_both() {
        let merged = merge(b"a\n", b"b", b"c\n", Favor::Union);
        assert_eq!((merged.text.as_slice(), merged.conflict), (b"b\nc\n".as_slice(), true));
    }
}
