//! Text as YAML's double-quoted scalars, which printing an `OrderedDict` needs as well as the dumper.

/// A text as libyaml's emitter double-quotes it, never folded.
pub fn double_quoted(text: &str, unicode: bool, out: &mut String) {
    out.push('"');
    text.chars().for_each(|c| escape(c, unicode, emits, out));
    out.push('"');
}

/// Appends one character of a double-quoted scalar: as it is where `emits` and `unicode` (or ASCII) allow,
/// else as the short or numeric escape that libyaml's emitter writes.
pub fn escape(c: char, unicode: bool, emits: fn(char) -> bool, out: &mut String) {
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' if !unicode => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        c if emits(c) && (c.is_ascii() || unicode) => {
            out.push(c);
            return;
        }
        c => {
            match u32::from(c) {
                n @ 0..=0xff => out.push_str(&format!("\\x{n:02X}")),
                n @ 0x100..=0xffff => out.push_str(&format!("\\u{n:04X}")),
                n => out.push_str(&format!("\\U{n:08X}")),
            }
            return;
        }
    };
    out.push('\\');
    out.push(short);
}

/// libyaml's `IS_PRINTABLE`: neither tabs nor characters beyond the basic plane.
pub fn emits(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}
