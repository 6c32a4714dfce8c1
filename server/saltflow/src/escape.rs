//! Text from a repository is untrusted: what it may not do to a terminal.

/// `text` with control characters (line breaks included), terminal escapes and bidirectional
/// overrides made visible, and cut to `max` characters.
#[must_use]
pub fn terminal(text: &str, max: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for (n, c) in text.chars().enumerate() {
        if n == max {
            out.push('…');
            break;
        }
        match c {
            '\t' => out.push(' '),
            '\n' => out.push_str("\\n"),
            c if c.is_control()
                || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}') =>
            {
                out.extend(c.escape_unicode());
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn terminal_controls_are_shown_not_obeyed() {
        assert_eq!(super::terminal("a\u{1b}[31mb\nc\u{202e}", 80), "a\\u{1b}[31mb\\nc\\u{202e}");
        assert_eq!(super::terminal("abcdef", 3), "abc…");
    }
}
