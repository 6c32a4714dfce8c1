//! Directives, anchors, aliases and tags.

use super::chars::is_word;
use super::{Scanner, SyntaxError, TokenKind, is_blank};

const DIRECTIVE: &str = "while scanning a directive";
const VERSION: &str = "while scanning a %YAML directive";
const TAG: &str = "while scanning a tag";

impl<'t> Scanner<'t> {
    pub(super) fn fetch_directive(&mut self) -> Result<(), SyntaxError> {
        let start = self.pos;
        self.pos += 1;
        let name = self.word();
        let fail = |at, problem| Err(SyntaxError::new(at, problem).within(start, DIRECTIVE));
        if name.is_empty() {
            return fail(self.pos, "could not find expected directive name");
        }
        if !self.blankz(0) {
            return fail(self.pos, "found unexpected non-alphabetical character");
        }
        let kind = match name {
            "YAML" => self.version(start)?,
            "TAG" => self.tag_directive(start)?,
            _ => return fail(self.pos, "found unknown directive name"),
        };
        let end = self.pos;
        self.skip_blanks();
        if self.at(0) == b'#' {
            self.skip_comment();
        }
        if !self.breakz() {
            return fail(self.pos, "did not find expected comment or line break");
        }
        if self.breaks() > 0 {
            self.skip_break();
        }
        self.push(kind, start, end);
        Ok(())
    }

    fn skip_blanks(&mut self) {
        while is_blank(self.at(0)) {
            self.pos += 1;
        }
    }

    fn word(&mut self) -> &'t str {
        let from = self.pos;
        while is_word(self.at(0)) {
            self.pos += 1;
        }
        self.text.get(from..self.pos).unwrap_or("")
    }

    fn version(&mut self, start: usize) -> Result<TokenKind<'t>, SyntaxError> {
        self.skip_blanks();
        let major = self.version_number(start)?;
        if self.at(0) != b'.' {
            return Err(
                SyntaxError::new(self.pos, "did not find expected digit or '.' character").within(start, VERSION)
            );
        }
        self.pos += 1;
        Ok(TokenKind::VersionDirective(major, self.version_number(start)?))
    }

    fn version_number(&mut self, start: usize) -> Result<u32, SyntaxError> {
        let mut value = 0_u32;
        let from = self.pos;
        while self.at(0).is_ascii_digit() {
            if self.pos - from >= 9 {
                return Err(SyntaxError::new(self.pos, "found extremely long version number").within(start, VERSION));
            }
            value = value * 10 + u32::from(self.at(0) - b'0');
            self.pos += 1;
        }
        if self.pos == from {
            return Err(SyntaxError::new(self.pos, "did not find expected version number").within(start, VERSION));
        }
        Ok(value)
    }

    fn tag_directive(&mut self, start: usize) -> Result<TokenKind<'t>, SyntaxError> {
        let fail = |at, problem| Err(SyntaxError::new(at, problem).within(start, "while scanning a %TAG directive"));
        self.skip_blanks();
        let handle = self.tag_handle(true, start)?;
        if !is_blank(self.at(0)) {
            return fail(self.pos, "did not find expected whitespace");
        }
        self.skip_blanks();
        let prefix = self.tag_uri(true, true, None, start)?;
        if !self.blankz(0) {
            return fail(self.pos, "did not find expected whitespace or line break");
        }
        Ok(TokenKind::TagDirective(Box::new((handle, prefix))))
    }

    pub(super) fn fetch_anchor(&mut self) -> Result<(), SyntaxError> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.pos;
        let alias = self.at(0) == b'*';
        self.pos += 1;
        let name = self.word();
        let ends = self.blankz(0) || matches!(self.at(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !ends {
            let context = if alias { "while scanning an alias" } else { "while scanning an anchor" };
            return Err(SyntaxError::new(self.pos, "did not find expected alphabetic or numeric character")
                .within(start, context));
        }
        let kind = if alias { TokenKind::Alias(name) } else { TokenKind::Anchor(name) };
        self.push(kind, start, self.pos);
        Ok(())
    }

    pub(super) fn fetch_tag(&mut self) -> Result<(), SyntaxError> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.pos;
        let (handle, suffix);
        if self.at(1) == b'<' {
            self.pos += 2;
            handle = String::new();
            suffix = self.tag_uri(true, false, None, start)?;
            if self.at(0) != b'>' {
                return Err(SyntaxError::new(self.pos, "did not find the expected '>'").within(start, TAG));
            }
            self.pos += 1;
        } else {
            let first = self.tag_handle(false, start)?;
            if first.len() > 1 && first.ends_with('!') {
                suffix = self.tag_uri(false, false, None, start)?;
                handle = first;
            } else {
                let rest = self.tag_uri(false, false, Some(&first), start)?;
                // a lone `!` is a tag by itself, not a handle
                (handle, suffix) =
                    if rest.is_empty() { (String::new(), "!".to_owned()) } else { ("!".to_owned(), rest) };
            }
        }
        if !self.blankz(0) && (self.flow == 0 || self.at(0) != b',') {
            return Err(SyntaxError::new(self.pos, "did not find expected whitespace or line break").within(start, TAG));
        }
        self.push(TokenKind::Tag(Box::new((handle, suffix))), start, self.pos);
        Ok(())
    }

    fn tag_handle(&mut self, directive: bool, start: usize) -> Result<String, SyntaxError> {
        let from = self.pos;
        if self.at(0) != b'!' {
            let context = if directive { "while scanning a tag directive" } else { TAG };
            return Err(SyntaxError::new(self.pos, "did not find expected '!'").within(start, context));
        }
        self.pos += 1;
        self.word();
        if self.at(0) == b'!' {
            self.pos += 1;
        } else if directive && self.pos - from > 1 {
            return Err(
                SyntaxError::new(self.pos, "did not find expected '!'").within(start, "while parsing a tag directive")
            );
        }
        Ok(self.text.get(from..self.pos).unwrap_or("").to_owned())
    }

    /// A tag's URI, after what was read of it as a `head` that proved no handle.
    fn tag_uri(
        &mut self,
        commas: bool,
        directive: bool,
        head: Option<&str>,
        start: usize,
    ) -> Result<String, SyntaxError> {
        let context = if directive { "while parsing a %TAG directive" } else { "while parsing a tag" };
        let mut bytes = head.and_then(|head| head.get(1..)).unwrap_or("").as_bytes().to_vec();
        let mut length = head.map_or(0, str::len);
        loop {
            match self.at(0) {
                b'%' => self.uri_escape(&mut bytes, context, start)?,
                b',' | b'[' | b']' if commas => self.uri_byte(&mut bytes),
                b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b'.' | b'!' | b'~' | b'*' | b'\''
                | b'(' | b')' => self.uri_byte(&mut bytes),
                other if is_word(other) => self.uri_byte(&mut bytes),
                _ => break,
            }
            length += 1;
        }
        if length == 0 {
            return Err(SyntaxError::new(self.pos, "did not find expected tag URI").within(start, context));
        }
        // an escaped NUL ends the C string
        let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
        Ok(String::from_utf8_lossy(&bytes[..end]).into_owned())
    }

    fn uri_byte(&mut self, bytes: &mut Vec<u8>) {
        bytes.push(self.at(0));
        self.pos += 1;
    }

    /// One character as `%xx` octets of UTF-8.
    fn uri_escape(&mut self, bytes: &mut Vec<u8>, context: &'static str, start: usize) -> Result<(), SyntaxError> {
        let fail = |at, problem| Err(SyntaxError::new(at, problem).within(start, context));
        let mut left = 0;
        loop {
            let hex = self.text.get(self.pos + 1..self.pos + 3).filter(|_| self.at(0) == b'%');
            let hex = hex.filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
            let Some(octet) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) else {
                return fail(self.pos, "did not find URI escaped octet");
            };
            if left == 0 {
                left = match octet {
                    0..0x80 => 1,
                    0xC0..0xE0 => 2,
                    0xE0..0xF0 => 3,
                    0xF0..0xF8 => 4,
                    _ => return fail(self.pos, "found an incorrect leading UTF-8 octet"),
                };
            } else if octet & 0xC0 != 0x80 {
                return fail(self.pos, "found an incorrect trailing UTF-8 octet");
            }
            bytes.push(octet);
            self.pos += 3;
            left -= 1;
            if left == 0 {
                return Ok(());
            }
        }
    }
}
