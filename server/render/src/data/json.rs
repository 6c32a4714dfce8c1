//! JSON as Salt's json renderer reads it (`salt/renderers/json.py`: Python's `json.loads`), loaded
//! into the same tree as YAML. Differs from YAML in numbers, escapes and duplicate keys.

use num_bigint::BigInt;
use syntax::yaml::{Document, Node, Style, Text, Value, YamlError, YamlErrorKind};
use text::TextRange;

use python::output::HOLE;

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 200;

/// Loads a text. After an error there is no root.
pub(crate) fn load(text: &str) -> Document {
    // A shebang line is cut by the renderer; its bytes stay counted.
    let start = if text.starts_with("#!") { text.find('\n').map_or(text.len(), |n| n + 1) } else { 0 };
    let mut parser = Parser { text, at: start };
    parser.blanks();
    if parser.at >= text.len() {
        return Document::default();
    }
    let result = parser.value(0).and_then(|node| {
        parser.blanks();
        if parser.at < text.len() { Err(parser.error("Extra data")) } else { Ok(node) }
    });
    match result {
        Ok(node) => Document { root: Some(node), errors: Vec::new() },
        Err(error) => Document { root: None, errors: vec![error] },
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// White space, and unknown lines, which were made comments.
    fn blanks(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b'#' => {
                    let line = self.text[self.at..].lines().next().unwrap_or_default();
                    if !line[1..].trim().is_empty() {
                        break;
                    }
                    self.at += line.len();
                }
                _ => break,
            }
        }
    }

    fn error(&self, message: &str) -> YamlError {
        let rest = self.text.get(self.at..).unwrap_or("");
        let len = rest.chars().next().map_or(0, char::len_utf8);
        let kind = if message.contains("nested") { YamlErrorKind::Limit } else { YamlErrorKind::Syntax };
        let range = TextRange::of(self.at, self.at + len);
        YamlError { kind, message: message.to_owned(), range, context: None }
    }

    fn value(&mut self, depth: usize) -> Result<Node, YamlError> {
        if depth > MAX_DEPTH {
            return Err(self.error("nested too deeply for saltflow"));
        }
        self.blanks();
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::Str(self.string()?),
            _ => self.word()?,
        };
        Ok(Node { value, range: TextRange::of(start, self.at), alias: None })
    }

    fn object(&mut self, depth: usize) -> Result<Value, YamlError> {
        self.at += 1;
        let mut entries: Vec<(Node, Node)> = Vec::new();
        loop {
            self.blanks();
            if entries.is_empty() && self.peek() == Some(b'}') {
                break;
            }
            if self.peek() != Some(b'"') && !self.text[self.at..].starts_with(HOLE) {
                return Err(self.error("Expecting property name enclosed in double quotes"));
            }
            let key = self.value(depth + 1)?;
            self.blanks();
            if self.peek() != Some(b':') {
                return Err(self.error("Expecting ':' delimiter"));
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            // The last one wins at the place of the first, as in a Python dict.
            match entries.iter_mut().find(|(known, _)| key_text(known) == key_text(&key)) {
                Some(entry) => entry.1 = value,
                None => entries.push((key, value)),
            }
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.error("Expecting ',' delimiter")),
            }
        }
        self.at += 1;
        Ok(Value::Map(entries))
    }

    fn array(&mut self, depth: usize) -> Result<Value, YamlError> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.blanks();
            if items.is_empty() && self.peek() == Some(b']') {
                break;
            }
            items.push(self.value(depth + 1)?);
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.error("Expecting ',' delimiter")),
            }
        }
        self.at += 1;
        Ok(Value::Seq(items))
    }

    fn string(&mut self) -> Result<Text, YamlError> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        while let Some(byte) = bytes.get(end) {
            match byte {
                b'"' => break,
                b'\\' => end += 2,
                b'\n' => return Err(self.error("Invalid control character")),
                _ => end += 1,
            }
        }
        let Some(literal) = self.text.get(start..=end) else { return Err(self.error("Unterminated string")) };
        let Ok(value) = serde_json::from_str::<String>(literal) else {
            return Err(self.error("Invalid string: an escape or a control character"));
        };
        self.at = end + 1;
        let map = if value.len() + 2 == literal.len() { vec![(0, TextRange::of(start + 1, end))] } else { Vec::new() };
        Ok(Text { value: value.into(), style: Style::Double, map })
    }

    fn word(&mut self) -> Result<Value, YamlError> {
        let rest = self.text.get(self.at..).unwrap_or("");
        let stop = |c: char| matches!(c, ',' | ']' | '}' | ':' | '"' | '[' | '{') || c.is_ascii_whitespace();
        let word = &rest[..rest.find(stop).unwrap_or(rest.len())];
        let value = match word {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "NaN" => Value::Float(f64::NAN),
            "Infinity" => Value::Float(f64::INFINITY),
            "-Infinity" => Value::Float(f64::NEG_INFINITY),
            word if word.contains(HOLE) => {
                Value::Str(Text { value: word.into(), style: Style::Plain, map: Vec::new() })
            }
            word if !word.is_empty()
                && word.bytes().skip(usize::from(word.starts_with('-'))).all(|b| b.is_ascii_digit()) =>
            {
                match word.parse::<BigInt>() {
                    Ok(value) => Value::Int(value),
                    Err(_) => return Err(self.error("Expecting value")),
                }
            }
            word => match serde_json::from_str::<f64>(word) {
                Ok(value) => Value::Float(value),
                Err(_) => return Err(self.error("Expecting value")),
            },
        };
        self.at += word.len();
        Ok(value)
    }
}

fn key_text(key: &Node) -> &str {
    match &key.value {
        Value::Str(text) => &text.value,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_as_python_reads_it() {
        for (text, expected) in [
            ("#!json\n", "nothing"),
            ("[1, 1e3, \"a\\u0041\", null]", "[1, 1000.0, 'aA', None]"),
            ("{\"a\": 1, \"a\": true}", "{'a': True}"),
            ("{\"a\": 1,}", "Expecting property name enclosed in double quotes at 8"),
            ("[1 2]", "Expecting ',' delimiter at 3"),
            ("{\"a\": yes}", "Expecting value at 6"),
            ("[1] 2", "Extra data at 4"),
            ("\"open", "Unterminated string at 0"),
        ] {
            let document = load(text);
            let shown = match (document.root, document.errors.first()) {
                (_, Some(error)) => format!("{} at {}", error.message, error.range.start),
                (Some(root), None) => show(&root),
                (None, None) => "nothing".to_owned(),
            };
            assert_eq!(shown, expected, "{text}");
        }
    }

    fn show(node: &Node) -> String {
        match &node.value {
            Value::Null => "None".to_owned(),
            Value::Bool(value) => if *value { "True" } else { "False" }.to_owned(),
            Value::Int(value) => value.to_string(),
            Value::Float(value) => format!("{value:?}"),
            Value::Str(text) => format!("'{}'", text.value),
            Value::Seq(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
            Value::Map(entries) => {
                let entries = entries.iter().map(|(k, v)| format!("{}: {}", show(k), show(v)));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
            other => format!("{other:?}"),
        }
    }
}
