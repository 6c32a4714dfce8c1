//! How values print: `str`, `repr`, and Salt's finalizer.

use super::concrete::{
    MAX_DEPTH, beyond, defined, dict, is_soft, is_soft_value, items, known, type_name, undefined_error, unknown,
};
use super::number::float_repr;
use super::{Fail, Res};
use crate::value::{Heap, Kind, Object, Value};

/// `str(value)`.
///
/// # Errors
/// Undefined values raise; addresses in memory (functions, generators) are unknown.
pub fn to_str(heap: &Heap, value: &Value) -> Res<String> {
    match &value.kind {
        Kind::Str(text) => heap.meter.build(text.text.len()).map(|()| text.text.to_string()),
        Kind::Undefined(message) if is_soft(message) => Ok(String::new()),
        Kind::Undefined(message) => Err(undefined_error(message)),
        _ => repr(heap, value),
    }
}

/// `repr(value)`.
///
/// # Errors
/// As [`to_str`].
pub fn repr(heap: &Heap, value: &Value) -> Res<String> {
    let mut out = String::new();
    Printer { heap, salt: false, stack: Vec::new() }.write(value, &mut out)?;
    Ok(out)
}

/// What `{{ value }}` prints: `str(finalize(value))` with Salt's finalizer
/// (`salt/utils/jinja.py`, `SerializerExtension.finalizer` and `PrintableDict`).
///
/// # Errors
/// As [`to_str`].
pub fn finalize_str(heap: &Heap, value: &Value) -> Res<String> {
    finalize(heap, value, 0)
}

fn finalize(heap: &Heap, value: &Value, depth: usize) -> Res<String> {
    if depth > MAX_DEPTH {
        return beyond("values nest too deep to be printed");
    }
    let mut out = String::new();
    match &value.kind {
        Kind::Str(_) | Kind::Undefined(_) => return to_str(heap, value),
        Kind::Dict(id) => {
            // `str(PrintableDict)`: texts are quoted, everything else prints by `str`.
            let mut printer = Printer { heap, salt: true, stack: vec![(true, id.0)] };
            out.push('{');
            for (n, (key, slot)) in dict(heap, *id)?.entries.values().enumerate() {
                heap.meter.build(slot.value.as_str().map_or(0, str::len))?;
                if n > 0 {
                    out.push_str(", ");
                }
                printer.plain(key, &mut out)?;
                out.push_str(": ");
                if is_soft_value(&slot.value) {
                    continue;
                }
                defined(&slot.value)?;
                match (&slot.value.kind, slot.value.as_str()) {
                    (Kind::Dict(_), _) => out.push_str(&finalize(heap, &slot.value, depth + 1)?),
                    (_, Some(text)) if !super::markup::is_markup(&slot.value) => printer.dict_text(text, &mut out),
                    _ => printer.write(&slot.value, &mut out)?,
                }
            }
            out.push('}');
        }
        _ => Printer { heap, salt: true, stack: Vec::new() }.write(value, &mut out)?,
    }
    Ok(out)
}

struct Printer<'h> {
    heap: &'h Heap,
    /// Whether texts that are values of dicts are quoted as Salt's `_yaml_safe_repr` does.
    salt: bool,
    /// The containers being printed, dicts marked: a container in itself prints as `[...]`.
    stack: Vec<(bool, u32)>,
}

impl Printer<'_> {
    fn plain(&mut self, value: &Value, out: &mut String) -> Res<()> {
        let salt = std::mem::replace(&mut self.salt, false);
        let result = self.write(value, out);
        self.salt = salt;
        result
    }

    fn write(&mut self, value: &Value, out: &mut String) -> Res<()> {
        known(value)?;
        self.heap.meter.build(printed(value))?;
        if self.stack.len() > MAX_DEPTH {
            return beyond("values nest too deep to be printed");
        }
        match &value.kind {
            Kind::Undefined(_) => out.push_str("Undefined"),
            Kind::None => out.push_str("None"),
            Kind::Bool(b) => out.push_str(if *b { "True" } else { "False" }),
            Kind::Int(n) => out.push_str(&n.to_string()),
            Kind::Big(n) => out.push_str(&n.to_string()),
            Kind::Float(n) => out.push_str(&float_repr(*n)),
            Kind::Str(text) if text.markup => {
                out.push_str("Markup(");
                repr_str(&text.text, out);
                out.push(')');
            }
            Kind::Str(text) => repr_str(&text.text, out),
            Kind::Bytes(bytes) => repr_bytes(bytes, out),
            Kind::List(id) => self.container((false, id.0), "[...]", out, |printer, out| {
                let values = items(printer.heap, *id)?;
                printer.sequence("[", &values, "]", out)
            })?,
            Kind::Tuple(values) => {
                self.stack.push((true, u32::MAX));
                let end = if values.len() == 1 { ",)" } else { ")" };
                self.sequence("(", values, end, out)?;
                self.stack.pop();
            }
            Kind::Set(id) => {
                let values = items(self.heap, *id)?;
                match values.len() {
                    0 => out.push_str("set()"),
                    1 => self.sequence("{", &values, "}", out)?,
                    _ if values.iter().all(|v| matches!(v.kind, Kind::Int(n) if (0..8).contains(&n))) => {
                        // Small non-negative integers stand in order in CPython's smallest table.
                        let mut sorted = values;
                        sorted.sort_by_key(|v| if let Kind::Int(n) = v.kind { n } else { 0 });
                        self.sequence("{", &sorted, "}", out)?;
                    }
                    _ => return unknown("the order of a set"),
                }
            }
            Kind::Dict(id) => self.container((true, id.0), "{...}", out, |printer, out| printer.dict(*id, out))?,
            Kind::Range(start, stop, step) => {
                let step = if *step == 1 { String::new() } else { format!(", {step}") };
                out.push_str(&format!("range({start}, {stop}{step})"));
            }
            Kind::Object(object) => self.object(object, value, out)?,
            Kind::Partial(_) | Kind::OneOf(_) | Kind::Unknown(_) => return unknown("a value that is not known"),
        }
        Ok(())
    }

    fn container(
        &mut self,
        id: (bool, u32),
        again: &str,
        out: &mut String,
        body: impl FnOnce(&mut Self, &mut String) -> Res<()>,
    ) -> Res<()> {
        if self.stack.contains(&id) {
            out.push_str(again);
            return Ok(());
        }
        self.stack.push(id);
        let result = body(self, out);
        self.stack.pop();
        result
    }

    fn sequence(&mut self, open: &str, values: &[Value], close: &str, out: &mut String) -> Res<()> {
        out.push_str(open);
        for (n, value) in values.iter().enumerate() {
            if n > 0 {
                out.push_str(", ");
            }
            if matches!(value.kind, Kind::Str(_)) {
                self.plain(value, out)?;
            } else {
                self.write(value, out)?;
            }
        }
        out.push_str(close);
        Ok(())
    }

    fn dict(&mut self, id: crate::value::DictId, out: &mut String) -> Res<()> {
        // Salt's finalizer makes dicts of its own of them.
        if self.heap.get_dict(id).ordered && !self.salt {
            return self.ordered(id, out);
        }
        out.push('{');
        for (n, (key, slot)) in dict(self.heap, id)?.entries.values().enumerate() {
            if n > 0 {
                out.push_str(", ");
            }
            self.plain(key, out)?;
            out.push_str(": ");
            self.heap.meter.build(slot.value.as_str().map_or(0, str::len))?;
            match slot.value.as_str() {
                Some(text) if !super::markup::is_markup(&slot.value) => self.dict_text(text, out),
                _ => self.write(&slot.value, out)?,
            }
        }
        out.push('}');
        Ok(())
    }

    /// `OrderedDict([(key, value), …])`
    fn ordered(&mut self, id: crate::value::DictId, out: &mut String) -> Res<()> {
        let pairs = super::concrete::pairs(self.heap, id)?;
        if pairs.is_empty() {
            out.push_str("OrderedDict()");
            return Ok(());
        }
        let pairs: Vec<Value> =
            pairs.into_iter().map(|(key, value)| super::concrete::tuple(vec![key, value])).collect();
        self.sequence("OrderedDict([", &pairs, "])", out)
    }

    /// A text that is a dict's value, quoted as Salt's `_yaml_safe_repr` does where it prints.
    fn dict_text(&self, text: &str, out: &mut String) {
        if self.salt && text.contains(['\n', '\r', '\t']) {
            crate::yaml_quote::double_quoted(text, true, out);
        } else {
            repr_str(text, out);
        }
    }

    fn object(&mut self, object: &Object, value: &Value, out: &mut String) -> Res<()> {
        match object {
            Object::View(id, kind) => {
                out.push_str(if self.heap.get_dict(*id).ordered { "o" } else { "" });
                out.push_str(type_name(value));
                let values = super::sequence::view_items(self.heap, *id, *kind)?;
                self.sequence("([", &values, "])", out)
            }
            Object::Global(name) if matches!(name.as_str(), "dict" | "range") => {
                out.push_str(&format!("<class '{name}'>"));
                Ok(())
            }
            _ => Err(Fail::Unknown(format!("how a {} prints", type_name(value)).into())),
        }
    }
}

/// About how many bytes a value prints as, without what it holds; large numbers take time in the square of
/// their digits.
fn printed(value: &Value) -> usize {
    match &value.kind {
        Kind::Str(text) => text.text.len(),
        Kind::Bytes(bytes) => bytes.len(),
        Kind::Big(n) => super::number::print_cost(n),
        _ => 8,
    }
}

/// `repr(str)`: single quotes unless only those occur in it.
pub fn repr_str(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            c if printable(c) => out.push(c),
            c => match u32::from(c) {
                n @ 0..=0xff => out.push_str(&format!("\\x{n:02x}")),
                n @ 0x100..=0xffff => out.push_str(&format!("\\u{n:04x}")),
                n => out.push_str(&format!("\\U{n:08x}")),
            },
        }
    }
    out.push(quote);
}

/// `str.isprintable` for one character, by the categories that Rust knows: Other and Separator
/// characters but the space do not print.
pub fn printable(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    // Rust's escapes follow Unicode's Grapheme_Extend too; marks print in Python.
    let n = u32::from(c);
    !(c.is_control()
        || c.is_whitespace()
        || matches!(n, 0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x890 | 0x891 | 0x8e2 | 0x180e)
        || matches!(n, 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff | 0xfff0..=0xfffb)
        || matches!(n, 0xe000..=0xf8ff | 0xe0000..=0xe00ff | 0xe01f0..=0x10_ffff)
        || (c.escape_debug().len() > 2 && matches!(n, 0x378..=0x379 | 0x530 | 0xfffe..=0xffff)))
}

fn repr_bytes(bytes: &[u8], out: &mut String) {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    out.push('b');
    out.push(quote);
    for byte in bytes {
        match byte {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b'\\' => out.push_str("\\\\"),
            b if char::from(*b) == quote => {
                out.push('\\');
                out.push(quote);
            }
            b' '..=b'~' => out.push(char::from(*byte)),
            b => out.push_str(&format!("\\x{b:02x}")),
        }
    }
    out.push(quote);
}
