//! Character classes of libyaml, over bytes of UTF-8.

/// Length in bytes of the line break at `pos`, 0 if there is none: LF, CR, CR LF, U+0085, U+2028,
/// U+2029.
pub(in crate::yaml) fn break_len(bytes: &[u8], pos: usize) -> usize {
    match bytes.get(pos) {
        Some(b'\n') => 1,
        Some(b'\r') => 1 + usize::from(bytes.get(pos + 1) == Some(&b'\n')),
        Some(0xC2) => 2 * usize::from(bytes.get(pos + 1) == Some(&0x85)),
        Some(0xE2) => {
            let tail = (bytes.get(pos + 1), bytes.get(pos + 2));
            3 * usize::from(matches!(tail, (Some(0x80), Some(0xA8 | 0xA9))))
        }
        _ => 0,
    }
}

/// What the break at `pos` reads as: all but U+2028 and U+2029 become a line feed.
pub(super) fn break_text(bytes: &[u8], pos: usize) -> &'static str {
    match (bytes.get(pos), bytes.get(pos + 2)) {
        (Some(0xE2), Some(0xA8)) => "\u{2028}",
        (Some(0xE2), _) => "\u{2029}",
        _ => "\n",
    }
}

/// Space or tab.
pub(in crate::yaml) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// libyaml's "alphabetical" characters: letters, digits, `_`, `-`.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}
