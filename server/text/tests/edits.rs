//! Incremental edits of a buffer equal edits of the string, and positions round-trip.

use proptest::prelude::*;
use text::{Buffer, BufferError, Encoding, LineIndex, Position};

const ENCODINGS: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

/// Short texts in which line ends of all kinds, also `\r` and `\n` apart, and characters of all
/// widths are likely. U+2028 and vertical tab end no line in LSP.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\n", "\r\n", "\r", "a", "key: ", "  ", "ä", "€", "🧀", "\u{2028}", "\u{b}", "\u{85}", "e\u{301}",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// The byte offset of a position, by LSP's definition and nothing of the crate's.
fn offset_by_definition(text: &str, position: Position, encoding: Encoding) -> usize {
    let (mut line, mut start) = (0, 0);
    while line < position.line {
        let rest = &text[start..];
        let Some(end) = rest.find(['\n', '\r']) else { return text.len() };
        start += end + if rest[end..].starts_with("\r\n") { 2 } else { 1 };
        line += 1;
    }
    let mut left = position.column as usize;
    for (at, c) in text[start..].char_indices() {
        let width = match encoding {
            Encoding::Utf8 => c.len_utf8(),
            Encoding::Utf16 => c.len_utf16(),
            Encoding::Utf32 => 1,
        };
        if matches!(c, '\n' | '\r') || width > left {
            return start + at;
        }
        left -= width;
    }
    text.len()
}

fn positions() -> impl Strategy<Value = Position> {
    (0..12u32, 0..12u32).prop_map(|(line, column)| Position { line, column })
}

proptest! {
    #[test]
    fn edits_equal_string_edits(
        start in texts(),
        edits in prop::collection::vec((positions(), positions(), texts()), 1..8),
        encoding in prop::sample::select(ENCODINGS.to_vec()),
    ) {
        let (mut buffer, mut string) = (Buffer::new(&start), start);
        for (a, b, new) in edits {
            let (from, to) = (a.min(b), a.max(b));
            let bytes = offset_by_definition(&string, from, encoding)..offset_by_definition(&string, to, encoding);
            string.replace_range(bytes, &new);
            prop_assert_eq!(buffer.edit(from, to, encoding, &new), Ok(()));
            prop_assert_eq!(&buffer.text(), &string);
        }
    }

    #[test]
    fn positions_are_lsps(text in texts(), position in positions()) {
        let index = LineIndex::new(&text);
        for encoding in ENCODINGS {
            let expected = offset_by_definition(&text, position, encoding);
            prop_assert_eq!(index.offset(&text, position, encoding) as usize, expected, "{:?}", encoding);
        }
    }

    #[test]
    fn positions_round_trip(text in texts()) {
        let index = LineIndex::new(&text);
        for encoding in ENCODINGS {
            for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
                let offset = u32::try_from(at).unwrap();
                // Between \r and \n there is no position: LSP clamps to the line's end.
                let inside_crlf = c == '\n' && text[..at].ends_with('\r');
                let expected = if inside_crlf { offset - 1 } else { offset };
                let position = index.position(&text, offset, encoding);
                prop_assert_eq!(index.offset(&text, position, encoding), expected, "{:?} {:?}", encoding, position);
            }
        }
    }

    #[test]
    fn line_ranges_cover_the_text(text in texts()) {
        let index = LineIndex::new(&text);
        let lines: Vec<_> = (0..index.line_count()).map(|line| index.line_range(line).unwrap()).collect();
        prop_assert_eq!(lines.iter().map(|line| line.slice(&text)).collect::<String>(), text);
        prop_assert_eq!(index.line_range(index.line_count()), None);
    }
}

#[test]
fn reversed_edits_change_nothing() {
    let mut buffer = Buffer::new("a: 1\nb: 2\n");
    let at = |line, column| Position { line, column };
    assert_eq!(buffer.edit(at(1, 0), at(0, 2), Encoding::Utf16, "x"), Err(BufferError::Reversed));
    assert_eq!(buffer.text(), "a: 1\nb: 2\n");
}

#[test]
fn line_ends_of_all_kinds() {
    let index = LineIndex::new("a\r\nb\rc\n\rd");
    let starts: Vec<_> = (0..index.line_count()).map(|line| index.line_range(line).unwrap().start).collect();
    assert_eq!(starts, [0, 3, 5, 7, 8]);
}
