//! HTML's character references (`html.unescape`) and markupsafe's `striptags`. Of the named ones
//! those of Latin-1 and the commonest others are known.

use python::Res;
use python::concrete::unknown;
use python::number::is_space;

/// Names without the semicolon; those of HTML 3.2 also work without one.
#[rustfmt::skip]
const OLD: &[(&str, char)] = &[
    ("AElig", 'Æ'), ("AMP", '&'), ("Aacute", 'Á'), ("Acirc", 'Â'), ("Agrave", 'À'), ("Aring", 'Å'), ("Atilde", 'Ã'),
    ("Auml", 'Ä'), ("COPY", '©'), ("Ccedil", 'Ç'), ("ETH", 'Ð'), ("Eacute", 'É'), ("Ecirc", 'Ê'), ("Egrave", 'È'),
    ("Euml", 'Ë'), ("GT", '>'), ("Iacute", 'Í'), ("Icirc", 'Î'), ("Igrave", 'Ì'), ("Iuml", 'Ï'), ("LT", '<'),
    ("Ntilde", 'Ñ'), ("Oacute", 'Ó'), ("Ocirc", 'Ô'), ("Ograve", 'Ò'), ("Oslash", 'Ø'), ("Otilde", 'Õ'), ("Ouml", 'Ö'),
    ("QUOT", '"'), ("REG", '®'), ("THORN", 'Þ'), ("Uacute", 'Ú'), ("Ucirc", 'Û'), ("Ugrave", 'Ù'), ("Uuml", 'Ü'),
    ("Yacute", 'Ý'), ("aacute", 'á'), ("acirc", 'â'), ("acute", '´'), ("aelig", 'æ'), ("agrave", 'à'), ("amp", '&'),
    ("aring", 'å'), ("atilde", 'ã'), ("auml", 'ä'), ("brvbar", '¦'), ("ccedil", 'ç'), ("cedil", '¸'), ("cent", '¢'),
    ("copy", '©'), ("curren", '¤'), ("deg", '°'), ("divide", '÷'), ("eacute", 'é'), ("ecirc", 'ê'), ("egrave", 'è'),
    ("eth", 'ð'), ("euml", 'ë'), ("frac12", '½'), ("frac14", '¼'), ("frac34", '¾'), ("gt", '>'), ("iacute", 'í'),
    ("icirc", 'î'), ("iexcl", '¡'), ("igrave", 'ì'), ("iquest", '¿'), ("iuml", 'ï'), ("laquo", '«'), ("lt", '<'),
    ("macr", '¯'), ("micro", 'µ'), ("middot", '·'), ("nbsp", '\u{a0}'), ("not", '¬'), ("ntilde", 'ñ'), ("oacute", 'ó'),
    ("ocirc", 'ô'), ("ograve", 'ò'), ("ordf", 'ª'), ("ordm", 'º'), ("oslash", 'ø'), ("otilde", 'õ'), ("ouml", 'ö'),
    ("para", '¶'), ("plusmn", '±'), ("pound", '£'), ("quot", '"'), ("raquo", '»'), ("reg", '®'), ("sect", '§'),
    ("shy", '\u{ad}'), ("sup1", '¹'), ("sup2", '²'), ("sup3", '³'), ("szlig", 'ß'), ("thorn", 'þ'), ("times", '×'),
    ("uacute", 'ú'), ("ucirc", 'û'), ("ugrave", 'ù'), ("uml", '¨'), ("uuml", 'ü'), ("yacute", 'ý'), ("yen", '¥'),
    ("yuml", 'ÿ'),
];

/// Names that need their semicolon.
#[rustfmt::skip]
const NEW: &[(&str, char)] = &[
    ("apos", '\''), ("bull", '•'), ("dagger", '†'), ("euro", '€'), ("hellip", '…'), ("larr", '←'), ("ldquo", '“'),
    ("lsquo", '‘'), ("mdash", '—'), ("ndash", '–'), ("rarr", '→'), ("rdquo", '”'), ("rsquo", '’'), ("trade", '™'),
];

/// A character reference by number, with HTML's exceptions.
fn numbered(body: &str) -> Option<String> {
    const WINDOWS: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    let number = match body.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => body.parse(),
    };
    let number = number.unwrap_or(u32::MAX);
    Some(match number {
        0 => "\u{fffd}".to_owned(),
        0x0d => "\r".to_owned(),
        0x80..=0x9f => WINDOWS.chars().nth(number as usize - 0x80)?.to_string(),
        0x01..=0x08 | 0x0b | 0x0e..=0x1f | 0x7f | 0xfdd0..=0xfdef => String::new(),
        _ => char::from_u32(number).map_or_else(|| "\u{fffd}".to_owned(), String::from),
    })
}

/// What a reference means, and how much of the text behind the `&` it takes.
fn reference(rest: &str) -> Option<(String, usize)> {
    if let Some(digits) = rest.strip_prefix('#') {
        let hex = digits.starts_with(['x', 'X']);
        let body = if hex { &digits[1..] } else { digits };
        let length = body.bytes().take_while(|b| if hex { b.is_ascii_hexdigit() } else { b.is_ascii_digit() }).count();
        if length == 0 {
            return None;
        }
        let end = 1 + usize::from(hex) + length;
        let text = numbered(&rest[1..end])?;
        return Some((text, end + usize::from(rest[end..].starts_with(';'))));
    }
    let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let name = &rest[..length];
    let find = |list: &[(&str, char)], name: &str| list.iter().find(|(n, _)| *n == name).map(|(_, c)| c.to_string());
    if rest[length..].starts_with(';')
        && let Some(text) = find(OLD, name).or_else(|| find(NEW, name))
    {
        return Some((text, length + 1));
    }
    (2..=length).rev().find_map(|end| Some((find(OLD, &name[..end])?, end)))
}

/// `html.unescape`.
///
/// # Errors
/// Names that are not known here.
pub fn unescape(text: &str) -> Res<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match reference(rest) {
            Some((text, end)) => {
                out.push_str(&text);
                rest = &rest[end..];
            }
            None if !rest.starts_with('#')
                && rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).starts_with(';') =>
            {
                return unknown("what a character reference means");
            }
            None => out.push('&'),
        }
    }
    Ok(out + rest)
}

/// `Markup.striptags`.
///
/// # Errors
/// As [`unescape`].
pub fn striptags(text: &str) -> Res<String> {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (behind, close) = if rest[start..].starts_with("<!--") { (start + 4, "-->") } else { (start, ">") };
        let Some(end) = rest[behind..].find(close) else { break };
        kept.push_str(&rest[..start]);
        rest = &rest[behind + end + close.len()..];
    }
    kept.push_str(rest);
    unescape(&kept.split(is_space).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
}
