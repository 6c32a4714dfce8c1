//! JSON as Python's `json.loads` reads it, into the same tree as YAML: for `#!json` files,
//! `import_json` and `load_json`.

use num_bigint::BigInt;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use text::TextRange;

use super::scan::{Cooked, MAX_DEPTH};
use super::{Document, Node, Style, Text, Value, YamlError, YamlErrorKind};

/// Python refuses longer integers.
const MAX_DIGITS: usize = 4300;

/// Loads a JSON text by the rules of Python's `json` module: `NaN`, `Infinity` and `-Infinity` are
/// numbers, integers are unbounded, of equal keys the last one counts (at the first one's place),
/// lone surrogates become U+FFFD. After an error, worded as Python's, there is no root.
#[must_use]
pub fn load_json(text: &str) -> Document {
    if text.starts_with('\u{feff}') {
        let error = refuse(0, 3, "Unexpected UTF-8 BOM (decode using utf-8-sig)");
        return Document { root: None, errors: vec![error] };
    }
    let mut reader = Reader { text, bytes: text.as_bytes(), pos: 0 };
    reader.skip_space();
    let root = reader.value(0).and_then(|root| {
        reader.skip_space();
        if reader.pos < reader.bytes.len() { Err(reader.fail("Extra data")) } else { Ok(root) }
    });
    match root {
        Ok(root) => Document { root: Some(root), errors: Vec::new() },
        Err(error) => Document { root: None, errors: vec![error] },
    }
}

fn refuse(at: usize, width: usize, message: &str) -> YamlError {
    YamlError {
        kind: YamlErrorKind::Syntax,
        message: message.to_owned(),
        range: TextRange::of(at, at + width),
        context: None,
    }
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    pos: usize,
}

impl Reader<'_> {
    fn at(&self) -> u8 {
        self.bytes.get(self.pos).copied().unwrap_or(0)
    }

    fn skip_space(&mut self) {
        while matches!(self.at(), b' ' | b'\t' | b'\n' | b'\r') {
            self.pos += 1;
        }
    }

    fn fail(&self, message: &str) -> YamlError {
        self.fail_at(self.pos, message)
    }

    fn fail_at(&self, at: usize, message: &str) -> YamlError {
        let width = self.text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        refuse(at, width, message)
    }

    fn value(&mut self, depth: usize) -> Result<Node, YamlError> {
        if depth > MAX_DEPTH {
            let mut error = self.fail(&format!("collections are nested more than {MAX_DEPTH} levels deep"));
            error.kind = YamlErrorKind::Limit;
            return Err(error);
        }
        let start = self.pos;
        let value = match self.at() {
            b'{' => self.object(depth)?,
            b'[' => self.array(depth)?,
            b'"' => Value::Str(self.string()?),
            _ => self.word_or_number()?,
        };
        Ok(Node { value, range: TextRange::of(start, self.pos), alias: None })
    }

    fn word_or_number(&mut self) -> Result<Value, YamlError> {
        const WORDS: [(&str, Value); 6] = [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("NaN", Value::Float(f64::NAN)),
            ("Infinity", Value::Float(f64::INFINITY)),
            ("-Infinity", Value::Float(f64::NEG_INFINITY)),
        ];
        let rest = self.text.get(self.pos..).unwrap_or("");
        for (word, value) in WORDS {
            if rest.starts_with(word) {
                self.pos += word.len();
                return Ok(value);
            }
        }
        self.number()
    }

    /// `-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?`
    fn number(&mut self) -> Result<Value, YamlError> {
        let start = self.pos;
        let digits =
            |from: usize| self.bytes[from.min(self.bytes.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
        let mut end = start + usize::from(self.at() == b'-');
        let whole = if self.bytes.get(end) == Some(&b'0') { 1 } else { digits(end) };
        if whole == 0 {
            return Err(self.fail("Expecting value"));
        }
        end += whole;
        let mut float = false;
        if self.bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
            float = true;
        }
        if matches!(self.bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.bytes.get(end + 1), Some(b'-' | b'+')));
            let exponent = digits(end + 1 + sign);
            if exponent > 0 {
                end += 1 + sign + exponent;
                float = true;
            }
        }
        let text = self.text.get(start..end).unwrap_or("");
        let value = if float {
            text.parse().map(Value::Float).map_err(|_| self.fail("Expecting value"))?
        } else if whole > MAX_DIGITS {
            return Err(self.fail("Exceeds the limit (4300 digits) for integer string conversion"));
        } else if let Ok(small) = text.parse::<i64>() {
            Value::Int(BigInt::from(small))
        } else {
            text.parse().map(Value::Int).map_err(|_| self.fail("Expecting value"))?
        };
        self.pos = end;
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Result<Value, YamlError> {
        self.pos += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.at() == b']' {
            self.pos += 1;
            return Ok(Value::Seq(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_space();
            match self.at() {
                b',' => self.pos += 1,
                b']' => {
                    self.pos += 1;
                    return Ok(Value::Seq(items));
                }
                _ => return Err(self.fail("Expecting ',' delimiter")),
            }
            self.skip_space();
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, YamlError> {
        self.pos += 1;
        let mut pairs: Vec<(Node, Node)> = Vec::new();
        let mut places: FxHashMap<SmolStr, usize> = FxHashMap::default();
        self.skip_space();
        if self.at() == b'}' {
            self.pos += 1;
            return Ok(Value::Map(pairs));
        }
        loop {
            if self.at() != b'"' {
                return Err(self.fail("Expecting property name enclosed in double quotes"));
            }
            let start = self.pos;
            let name = self.string()?;
            let place = *places.entry(name.value.clone()).or_insert(pairs.len());
            let key = Node { value: Value::Str(name), range: TextRange::of(start, self.pos), alias: None };
            self.skip_space();
            if self.at() != b':' {
                return Err(self.fail("Expecting ':' delimiter"));
            }
            self.pos += 1;
            self.skip_space();
            let value = self.value(depth + 1)?;
            match pairs.get_mut(place) {
                Some(pair) => *pair = (key, value),
                None => pairs.push((key, value)),
            }
            self.skip_space();
            match self.at() {
                b',' => self.pos += 1,
                b'}' => {
                    self.pos += 1;
                    return Ok(Value::Map(pairs));
                }
                _ => return Err(self.fail("Expecting ',' delimiter")),
            }
            self.skip_space();
        }
    }

    fn string(&mut self) -> Result<Text, YamlError> {
        let start = self.pos;
        self.pos += 1;
        let mut cooked = Cooked::default();
        let mut from = self.pos;
        loop {
            match self.bytes.get(self.pos) {
                None => return Err(self.fail_at(start, "Unterminated string starting at")),
                Some(b'"') => break,
                Some(b'\\') => {
                    cooked.copy(self.text, from, self.pos);
                    self.escape(start, &mut cooked)?;
                    from = self.pos;
                }
                Some(0..0x20) => return Err(self.fail("Invalid control character at")),
                Some(_) => self.pos += 1,
            }
        }
        cooked.copy(self.text, from, self.pos);
        self.pos += 1;
        Ok(Text { value: cooked.value.into(), style: Style::Double, map: cooked.map })
    }

    fn escape(&mut self, start: usize, cooked: &mut Cooked) -> Result<(), YamlError> {
        let at = self.pos;
        let piece = match self.bytes.get(at + 1) {
            None => return Err(self.fail_at(start, "Unterminated string starting at")),
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\x08',
            Some(b'f') => '\x0C',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(cooked),
            Some(_) => return Err(self.fail("Invalid \\escape")),
        };
        self.pos += 2;
        cooked.derive(self.text, piece.encode_utf8(&mut [0; 4]), at, self.pos);
        Ok(())
    }

    fn unicode_escape(&mut self, cooked: &mut Cooked) -> Result<(), YamlError> {
        let at = self.pos;
        let unit = |at: usize| {
            let hex = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
            let hex = Some(hex).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
            u32::from_str_radix(hex, 16).ok()
        };
        // an escape right at the end of the text is refused as such, not as an open string
        let Some(first) = unit(at).filter(|_| at + 6 < self.bytes.len()) else {
            return Err(self.fail("Invalid \\uXXXX escape"));
        };
        let mut end = at + 6;
        let mut code = first;
        if (0xD800..0xDC00).contains(&first)
            && let Some(second) =
                unit(end).filter(|second| (0xDC00..0xE000).contains(second) && end + 6 < self.bytes.len())
        {
            code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            end += 6;
        }
        let c = char::from_u32(code).unwrap_or('\u{FFFD}');
        self.pos = end;
        cooked.derive(self.text, c.encode_utf8(&mut [0; 4]), at, end);
        Ok(())
    }
}
