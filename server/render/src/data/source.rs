//! A file's bytes as the text that Salt would read, and what keeps it from being one: other
//! encodings, encrypted or replaced contents, unfinished merges, sheer size.

use std::sync::Arc;

use text::TextRange;
use world::SaltPath;

use crate::{Code, Doubt, Origin, Output, Piece, PieceKind, Problem, When};
use python::output::{FileId, HOLE};

/// Larger files are not rendered. Salt has no such bound; an SLS has about a kilobyte.
const MAX_SIZE: usize = 4 << 20;

/// A file's text, or why there is none.
pub(crate) struct Source {
    /// The text; `None` if it cannot be read as one.
    pub(crate) text: Option<Arc<str>>,
    /// Whether the text is not the file's own (conflicts were cut out of it).
    pub(crate) altered: bool,
    /// What Salt, or a person, would say.
    pub(crate) problems: Vec<Problem>,
}

/// Reads bytes.
pub(crate) fn read(path: &SaltPath, bytes: &[u8]) -> Source {
    let refuse = |code, message: String, range, certain| Source {
        text: None,
        altered: false,
        problems: vec![problem(code, message, Origin::exact(path.clone(), range), certain)],
    };
    let start = TextRange::of(0, bytes.len().min(1));
    if bytes.starts_with(b"\0GITCRYPT\0") {
        let message = "the file is encrypted by git-crypt: nothing is known of it until the repository is unlocked";
        return refuse(Code::NotText, message.to_owned(), start, false);
    }
    if bytes.starts_with(b"version https://git-lfs.github.com/spec/") && bytes.len() < 1024 {
        let message = "the file is a pointer of Git LFS: nothing is known of it until its content is fetched";
        return refuse(Code::NotText, message.to_owned(), start, false);
    }
    if bytes.len() > MAX_SIZE {
        let (size, limit) = (bytes.len() >> 20, MAX_SIZE >> 20);
        let message =
            format!("the file has {size} MiB, more than the {limit} MiB that saltflow reads: nothing is known of it");
        return refuse(Code::Limit, message, start, false);
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.valid_up_to();
            let byte = bytes.get(at).copied().unwrap_or_default();
            let message = format!(
                "'utf-8' codec can't decode byte {byte:#04x} in position {at}: Salt reads SLS as UTF-8, save the file so"
            );
            return refuse(Code::NotText, message, TextRange::of(at, at + 1), true);
        }
    };
    // The mark of unknown text must not come from a source.
    let text: Arc<str> = if text.contains(HOLE) { text.replace(HOLE, "\u{FFFD}").into() } else { text.into() };
    match cut_conflicts(&text) {
        None => Source { text: Some(text), altered: false, problems: Vec::new() },
        Some((kept, starts)) => {
            let message = "conflict markers of an unfinished merge: choose a side (below, ours is read)";
            let problems = starts.into_iter().map(|range| {
                problem(Code::ConflictMarker, message.to_owned(), Origin::exact(path.clone(), range), true)
            });
            Source { text: Some(kept.into()), altered: true, problems: problems.collect() }
        }
    }
}

fn problem(code: Code, message: String, origin: Origin, certain: bool) -> Problem {
    Problem { code, message, origin, related: Vec::new(), when: When::ALWAYS, certain, doubt: Doubt::unless(certain) }
}

/// The text with markers and the other side's lines blanked out, and the ranges of the opening
/// markers; `None` if there is no conflict.
fn cut_conflicts(text: &str) -> Option<(String, Vec<TextRange>)> {
    if !text.contains("<<<<<<< ") || !text.contains("\n>>>>>>> ") {
        return None;
    }
    /// Which side a line is on.
    #[derive(PartialEq)]
    enum Side {
        Neither,
        Ours,
        Theirs,
    }
    let (mut kept, mut starts, mut side, mut at) = (String::with_capacity(text.len()), Vec::new(), Side::Neither, 0);
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        let is_marker = match &side {
            Side::Neither if bare.starts_with("<<<<<<< ") => {
                starts.push(TextRange::of(at, at + bare.len()));
                side = Side::Ours;
                true
            }
            Side::Ours if bare == "=======" || bare.starts_with("||||||| ") => {
                side = Side::Theirs;
                true
            }
            Side::Theirs if bare.starts_with(">>>>>>> ") => {
                side = Side::Neither;
                true
            }
            _ => false,
        };
        if is_marker || side == Side::Theirs {
            kept.push_str(&" ".repeat(bare.len()));
            kept.push_str(&line[bare.len()..]);
        } else {
            kept.push_str(line);
        }
        at += line.len();
    }
    (side == Side::Neither && !starts.is_empty()).then_some((kept, starts))
}

/// A text that no template engine saw, as output: its own bytes, line ends as Python's text mode
/// reads them.
pub(crate) fn verbatim(path: &SaltPath, text: &str) -> Output {
    let mut output = Output { files: vec![path.clone()], text: String::with_capacity(text.len()), ..Output::default() };
    let mut push = |range: TextRange, printed: &str| {
        if printed.is_empty() {
            return;
        }
        let start = output.text.len();
        output.text.push_str(printed);
        output.pieces.push(Piece {
            at: TextRange::of(start, output.text.len()),
            kind: PieceKind::Exact,
            file: FileId(0),
            range,
            chain: None,
            when: When::ALWAYS,
            repeated: false,
            contributors: Arc::from([]),
            site: None,
        });
    };
    let mut start = 0;
    for (at, _) in text.match_indices('\r') {
        push(TextRange::of(start, at), &text[start..at]);
        start = at + 1;
        if text.as_bytes().get(start) != Some(&b'\n') {
            push(TextRange::of(at, start), "\n");
        }
    }
    push(TextRange::of(start, text.len()), &text[start..]);
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_said_so() {
        for (bytes, code, certain) in [
            (&b"\0GITCRYPT\0\x01\x02"[..], Code::NotText, false),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", Code::NotText, false),
            (b"a: \xff\n", Code::NotText, true),
            (&vec![b'#'; 5 << 20], Code::Limit, false),
        ] {
            let source = read(&SaltPath::new("a.sls").unwrap(), bytes);
            assert!(source.text.is_none());
            assert_eq!(source.problems.iter().map(|p| (p.code, p.certain)).collect::<Vec<_>>(), [(code, certain)]);
        }
    }

    #[test]
    fn conflicts_leave_our_side() {
        let text = "a: 1\n<<<<<<< HEAD\nb: 2\n||||||| base\nb: 0\n=======\nb: 3\n>>>>>>> other\nc: 4\n";
        let source = read(&SaltPath::new("a.sls").unwrap(), text.as_bytes());
        let kept = source.text.unwrap();
        assert_eq!(kept.len(), text.len());
        let lines: Vec<&str> = kept.lines().filter(|line| !line.trim().is_empty()).collect();
        assert_eq!(lines, ["a: 1", "b: 2", "c: 4"]);
        assert_eq!(source.problems.len(), 1);
        let plain = "title\n=======\n<<<<<<< not closed\n";
        assert!(!read(&SaltPath::new("a.sls").unwrap(), plain.as_bytes()).altered);
    }

    #[test]
    fn verbatim_text_keeps_places_over_line_ends() {
        let output = verbatim(&SaltPath::new("a.sls").unwrap(), "a: 1\r\nb: 2\rc\r\n");
        assert_eq!(output.text, "a: 1\nb: 2\nc\n");
        let last = output.pieces.iter().find(|piece| piece.at.contains(10)).unwrap();
        assert_eq!(last.range.start + (10 - last.at.start), 11);
    }
}
