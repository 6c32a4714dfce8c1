//! YAML as PyYAML prints it over libyaml's emitter (`yaml.dump(…, Dumper=SafeOrderedDumper)`):
//! quoting, folding at the best width, anchors of shared collections, sorted keys.

use rustc_hash::FxHashMap;

use python::yaml_quote::{emits, escape};

use super::yaml_scalar::{analyze, is_break, resolves};
use python::concrete::{MAX_DEPTH, dict, items, known, type_error, unknown};
use python::number::float_repr;
use python::value::{Heap, Kind, Value};
use python::{Res, sort_by_keys};

/// Options of a dump.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// `default_flow_style`; `None`: flow for collections of plain scalars.
    pub flow: Option<bool>,
    /// `width`
    pub width: usize,
    /// `sort_keys`
    pub sort_keys: bool,
    /// `allow_unicode`
    pub unicode: bool,
    /// `indent`
    pub indent: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { flow: Some(false), width: 80, sort_keys: true, unicode: true, indent: 2 }
    }
}

/// `yaml.dump(value)`, without the end of an open document (`...`) and the last line end.
///
/// # Errors
/// Values that are not known, and those that PyYAML refuses.
pub fn dump(heap: &Heap, value: &Value, options: Options) -> Res<String> {
    let mut counts = FxHashMap::default();
    count_shared(heap, value, &mut counts, 0)?;
    let mut anchors = FxHashMap::default();
    let node = represent(heap, value, options, &counts, &mut anchors)?;
    let mut emitter = Emitter {
        out: String::new(),
        options,
        column: 0,
        indent: -1,
        indents: Vec::new(),
        whitespace: true,
        indention: true,
        flow_level: 0,
    };
    emitter.node(&node, false, false);
    Ok(emitter.out)
}

/// A representation node.
enum Node {
    Scalar { text: String, implicit: bool, anchor: Option<usize> },
    Sequence { items: Vec<Node>, flow: bool, anchor: Option<usize> },
    Mapping { pairs: Vec<(Node, Node)>, flow: bool, anchor: Option<usize> },
    Alias(usize),
}

/// What tells collections apart: their kind and id (tuples: their address).
type Identity = (u8, usize);

fn identity(value: &Value) -> Option<Identity> {
    match &value.kind {
        Kind::List(id) | Kind::Set(id) => Some((0, id.0 as usize)),
        Kind::Dict(id) => Some((1, id.0 as usize)),
        Kind::Tuple(values) if !values.is_empty() => Some((2, values.as_ptr() as usize)),
        _ => None,
    }
}

fn count_shared(heap: &Heap, value: &Value, counts: &mut FxHashMap<Identity, u32>, depth: usize) -> Res<()> {
    if depth > MAX_DEPTH {
        return python::concrete::beyond("values nest too deep to be printed");
    }
    if let Some(id) = identity(value) {
        let count = counts.entry(id).or_default();
        *count += 1;
        if *count > 1 {
            return Ok(());
        }
    }
    match &value.kind {
        Kind::List(id) => items(heap, *id)?.iter().try_for_each(|v| count_shared(heap, v, counts, depth + 1)),
        Kind::Tuple(values) => values.iter().try_for_each(|v| count_shared(heap, v, counts, depth + 1)),
        Kind::Dict(id) => {
            for (key, slot) in dict(heap, *id)?.entries.values() {
                count_shared(heap, key, counts, depth + 1)?;
                count_shared(heap, &slot.value, counts, depth + 1)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Anchors are numbered in the order in which they are printed.
#[allow(clippy::too_many_lines, reason = "one kind of value after the other")]
fn represent(
    heap: &Heap,
    value: &Value,
    options: Options,
    counts: &FxHashMap<Identity, u32>,
    anchors: &mut FxHashMap<Identity, usize>,
) -> Res<Node> {
    known(value)?;
    let plain = |text: &str| Ok(Node::Scalar { text: text.to_owned(), implicit: true, anchor: None });
    let mut anchor = None;
    if let Some(id) = identity(value) {
        if let Some(known) = anchors.get(&id) {
            return Ok(Node::Alias(*known));
        }
        if counts.get(&id).is_some_and(|count| *count > 1) {
            anchor = Some(anchors.len() + 1);
            anchors.insert(id, anchors.len() + 1);
        }
    }
    let is_plain = |node: &Node| matches!(node, Node::Scalar { .. });
    match &value.kind {
        Kind::None => plain("null"),
        Kind::Undefined(_) if python::is_soft_value(value) => plain("NULL"),
        Kind::Bool(b) => plain(if *b { "true" } else { "false" }),
        Kind::Int(n) => plain(&n.to_string()),
        Kind::Big(n) => plain(&n.to_string()),
        Kind::Float(n) => plain(&float(*n)),
        Kind::Str(text) if text.markup => {
            let shown = python::repr(heap, value)?;
            python::concrete::raise("RepresenterError", format!("('cannot represent an object', {shown})"))
        }
        Kind::Str(text) => {
            Ok(Node::Scalar { text: text.text.to_string(), implicit: !resolves(&text.text), anchor: None })
        }
        Kind::List(_) | Kind::Tuple(_) => {
            let values = match &value.kind {
                Kind::List(id) => items(heap, *id)?,
                Kind::Tuple(values) => values.to_vec(),
                _ => Vec::new(),
            };
            let items: Vec<Node> =
                values.iter().map(|v| represent(heap, v, options, counts, anchors)).collect::<Res<_>>()?;
            let flow = options.flow.unwrap_or_else(|| items.iter().all(is_plain));
            Ok(Node::Sequence { items, flow, anchor })
        }
        Kind::Dict(id) => {
            let mut entries: Vec<(Value, Value)> =
                dict(heap, *id)?.entries.values().map(|(key, slot)| (key.clone(), slot.value.clone())).collect();
            if options.sort_keys && !heap.get_dict(*id).ordered {
                let keyed = (0..entries.len())
                    .map(|n| (entries[n].0.clone(), Kind::Int(i64::try_from(n).unwrap_or(0)).into()))
                    .collect();
                // Keys that cannot be compared stay in their order.
                if let Ok(order) = sort_by_keys(heap, keyed, false) {
                    let at = |v: &Value| if let Kind::Int(n) = v.kind { usize::try_from(n).ok() } else { None };
                    entries = order.iter().filter_map(|v| entries.get(at(v)?).cloned()).collect();
                }
            }
            let mut pairs = Vec::with_capacity(entries.len());
            for (key, value) in &entries {
                let key = represent(heap, key, options, counts, anchors)?;
                pairs.push((key, represent(heap, value, options, counts, anchors)?));
            }
            let flow = options.flow.unwrap_or_else(|| pairs.iter().all(|(k, v)| is_plain(k) && is_plain(v)));
            Ok(Node::Mapping { pairs, flow, anchor })
        }
        Kind::Bytes(_) | Kind::Set(_) => unknown("how bytes and sets print as YAML"),
        // Salt's representer of whatever has no other.
        _ => plain("NULL"),
    }
}

fn float(n: f64) -> String {
    if n.is_nan() {
        return ".nan".to_owned();
    }
    if n.is_infinite() {
        return if n > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let text = float_repr(n);
    if !text.contains('.') && text.contains('e') { text.replacen('e', ".0e", 1) } else { text }
}

struct Emitter {
    out: String,
    options: Options,
    column: usize,
    indent: isize,
    indents: Vec<isize>,
    whitespace: bool,
    indention: bool,
    flow_level: usize,
}

impl Emitter {
    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn write_indent(&mut self) {
        let indent = usize::try_from(self.indent).unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.line_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        (self.whitespace, self.indention) = (true, true);
    }

    fn indicator(&mut self, text: &str, need_space: bool, is_space: bool, is_indention: bool) {
        if need_space && !self.whitespace {
            self.put(' ');
        }
        text.chars().for_each(|c| self.put(c));
        self.whitespace = is_space;
        self.indention &= is_indention;
    }

    fn increase(&mut self, flow: bool, indentless: bool) {
        self.indents.push(self.indent);
        let step = isize::try_from(self.options.indent).unwrap_or(2);
        if self.indent < 0 {
            self.indent = if flow { step } else { 0 };
        } else if !indentless {
            self.indent += step;
        }
    }

    fn decrease(&mut self) {
        self.indent = self.indents.pop().unwrap_or(-1);
    }

    fn anchor(&mut self, anchor: Option<usize>) {
        if let Some(n) = anchor {
            self.indicator(&format!("&id{n:03}"), true, false, false);
        }
    }

    fn node(&mut self, node: &Node, in_mapping: bool, simple_key: bool) {
        match node {
            Node::Alias(n) => {
                self.indicator(&format!("*id{n:03}"), true, false, false);
                if simple_key {
                    self.put(' ');
                }
            }
            Node::Scalar { text, implicit, anchor } => {
                self.anchor(*anchor);
                // Lines of a folded scalar stand deeper than what holds it.
                self.increase(true, false);
                self.scalar(text, *implicit, simple_key);
                self.decrease();
            }
            Node::Sequence { items, flow, anchor } => {
                self.anchor(*anchor);
                if *flow || self.flow_level > 0 || items.is_empty() {
                    self.flow_sequence(items);
                    return;
                }
                let indentless = in_mapping && !self.indention;
                self.increase(false, indentless);
                for item in items {
                    self.write_indent();
                    self.indicator("-", true, false, true);
                    self.node(item, false, false);
                }
                self.decrease();
            }
            Node::Mapping { pairs, flow, anchor } => {
                self.anchor(*anchor);
                if *flow || self.flow_level > 0 || pairs.is_empty() {
                    self.flow_mapping(pairs);
                    return;
                }
                self.increase(false, false);
                for (key, value) in pairs {
                    self.write_indent();
                    if self.is_simple(key) {
                        self.node(key, true, true);
                        self.indicator(":", false, false, false);
                    } else {
                        self.indicator("?", true, false, true);
                        self.node(key, true, false);
                        self.write_indent();
                        self.indicator(":", true, false, true);
                    }
                    self.node(value, true, false);
                }
                self.decrease();
            }
        }
    }

    fn flow_sequence(&mut self, items: &[Node]) {
        self.indicator("[", true, true, false);
        self.increase(true, false);
        self.flow_level += 1;
        for (n, item) in items.iter().enumerate() {
            if n > 0 {
                self.indicator(",", false, false, false);
            }
            if self.column > self.options.width {
                self.write_indent();
            }
            self.node(item, false, false);
        }
        self.flow_level -= 1;
        self.decrease();
        self.indicator("]", false, false, false);
    }

    fn flow_mapping(&mut self, pairs: &[(Node, Node)]) {
        self.indicator("{", true, true, false);
        self.increase(true, false);
        self.flow_level += 1;
        for (n, (key, value)) in pairs.iter().enumerate() {
            if n > 0 {
                self.indicator(",", false, false, false);
            }
            if self.column > self.options.width {
                self.write_indent();
            }
            if self.is_simple(key) {
                self.node(key, true, true);
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, false);
                self.node(key, true, false);
                if self.column > self.options.width {
                    self.write_indent();
                }
                self.indicator(":", true, false, false);
            }
            self.node(value, true, false);
        }
        self.flow_level -= 1;
        self.decrease();
        self.indicator("}", false, false, false);
    }

    fn is_simple(&self, node: &Node) -> bool {
        match node {
            Node::Alias(_) => true,
            Node::Scalar { text, .. } => !analyze(text, self.options.unicode).multiline && text.len() <= 128,
            Node::Sequence { items, .. } => items.is_empty(),
            Node::Mapping { pairs, .. } => pairs.is_empty(),
        }
    }

    fn scalar(&mut self, text: &str, implicit: bool, simple_key: bool) {
        let analysis = analyze(text, self.options.unicode);
        let plain_allowed = if self.flow_level > 0 { analysis.flow_plain } else { analysis.block_plain };
        let plain = plain_allowed
            && !(text.is_empty() && (self.flow_level > 0 || simple_key))
            && implicit
            && !(simple_key && analysis.multiline);
        if plain {
            self.plain(text, !simple_key);
        } else if analysis.single && !(simple_key && analysis.multiline) {
            self.single(text, !simple_key);
        } else {
            self.double(text, !simple_key);
        }
    }

    fn plain(&mut self, text: &str, folds: bool) {
        if !self.whitespace && (!text.is_empty() || self.flow_level > 0) {
            self.put(' ');
        }
        let mut spaces = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c == ' ' {
                if folds && !spaces && self.column > self.options.width && chars.peek() != Some(&' ') {
                    self.write_indent();
                } else {
                    self.put(c);
                }
                spaces = true;
            } else {
                self.put(c);
                self.indention = false;
                spaces = false;
            }
        }
        (self.whitespace, self.indention) = (false, false);
    }

    fn single(&mut self, text: &str, folds: bool) {
        self.indicator("'", true, false, false);
        let (mut spaces, mut breaks) = (false, false);
        let len = text.len();
        for (at, c) in text.char_indices() {
            if c == ' ' {
                let inside = at > 0 && at + 1 < len && text.as_bytes().get(at + 1) != Some(&b' ');
                if folds && !spaces && self.column > self.options.width && inside {
                    self.write_indent();
                } else {
                    self.put(c);
                }
                spaces = true;
            } else if is_break(c) {
                if !breaks && c == '\n' {
                    self.line_break();
                }
                if c == '\n' {
                    self.line_break();
                } else {
                    self.out.push(c);
                    self.column = 0;
                }
                (self.indention, breaks) = (true, true);
            } else {
                if breaks {
                    self.write_indent();
                }
                if c == '\'' {
                    self.put('\'');
                }
                self.put(c);
                (self.indention, spaces, breaks) = (false, false, false);
            }
        }
        if breaks {
            self.write_indent();
        }
        self.indicator("'", false, false, false);
        (self.whitespace, self.indention) = (false, false);
    }

    fn double(&mut self, text: &str, folds: bool) {
        self.indicator("\"", true, false, false);
        let mut spaces = false;
        let len = text.len();
        for (at, c) in text.char_indices() {
            if c == ' ' {
                if folds && !spaces && self.column > self.options.width && at > 0 && at + 1 < len {
                    self.write_indent();
                    if text.as_bytes().get(at + 1) == Some(&b' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                spaces = true;
                continue;
            }
            let before = self.out.len();
            escape(c, self.options.unicode, emits, &mut self.out);
            self.column += self.out[before..].chars().count();
            spaces = false;
        }
        self.indicator("\"", false, false, false);
        (self.whitespace, self.indention) = (false, false);
    }
}

/// `yaml_dquote`: PyYAML's own emitter, which escapes everything beyond ASCII.
pub fn pyyaml_double_quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        escape(c, false, |c| (' '..='~').contains(&c), &mut out);
    }
    out.push('"');
    out
}

/// `yaml_squote`: PyYAML's own emitter at indentation 0.
pub fn pyyaml_single_quoted(text: &str) -> String {
    let mut out = String::from("'");
    let mut breaks = false;
    for c in text.chars() {
        if matches!(c, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}') {
            if c == '\n' && !breaks {
                out.push('\n');
            }
            out.push(c);
            breaks = true;
        } else {
            breaks = false;
            if c == '\'' {
                out.push('\'');
            }
            out.push(c);
        }
    }
    out.push('\'');
    out
}

/// `yaml_encode`: one scalar.
///
/// # Errors
/// Collections are refused as Salt does.
pub fn encode(heap: &Heap, value: &Value) -> Res<String> {
    python::concrete::defined(value)?;
    match &value.kind {
        Kind::Str(text) => Ok(pyyaml_double_quoted(&text.text)),
        Kind::None | Kind::Bool(_) | Kind::Int(_) | Kind::Big(_) | Kind::Float(_) => {
            dump(heap, value, Options::default())
        }
        Kind::Bytes(_) => unknown("how bytes print as YAML"),
        _ => type_error(format!(
            "yaml_encode() only works with YAML scalar data; failed for <class '{}'>",
            python::type_name(value)
        )),
    }
}
