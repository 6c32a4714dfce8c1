//! Reads a Salt module's Python source as Salt's loader sees it (`salt/loader/lazy.py`,
//! `_load_module` and `_process_virtual`), without running it: names under which it is loaded and the
//! functions it shows. Knows nothing of files; `generate/generate.py` follows the same rules.

mod data;
mod shown;
mod syntax;
#[cfg(test)]
mod tests;

use rustc_hash::FxHashMap;
use text::TextRange;
use tree_sitter::{Node, Parser};

use crate::types::{Function, Module, ModuleKind, Name};
pub use data::{Literal, LiteralValue, returned};
use syntax::{children, last_name, string_list, string_value, text_of, unwrapped};

/// Longer sources are not read (Salt's longest own module has 0.5 MB).
const LONGEST: usize = 2 << 20;

/// How deep `if`, `try` and `with` at module level are followed.
const DEEPEST: usize = 32;

/// Calls that give a function like their first argument.
const COPIERS: [&str; 4] = ["alias_function", "namespaced_function", "copy_function", "copy"];

/// Reads the module `name` (the file's stem, or the folder's name of a package) from its source.
/// What can't be read is passed over and leaves the module not `complete`.
#[must_use]
pub fn module(name: &str, source: &str, kind: ModuleKind) -> Module {
    let unread = || Module {
        names: vec![Name::Owned(name.to_owned())],
        files: vec![Name::Owned(name.to_owned())],
        kind,
        functions: Vec::new(),
        complete: false,
        doc: String::new(),
    };
    let mut parser = Parser::new();
    if source.len() > LONGEST || parser.set_language(&tree_sitter_python::LANGUAGE.into()).is_err() {
        return unread();
    }
    let Some(tree) = parser.parse(source, None) else { return unread() };
    let root = tree.root_node();
    let mut reader = Reader::new(source);
    reader.complete = !root.has_error() && !made_at_run_time(source);
    reader.block(root, DEEPEST);
    let names = reader.names(name);
    let doc = syntax::docstring(root, source);
    let complete = reader.complete;
    Module { names, files: vec![Name::Owned(name.to_owned())], kind, functions: reader.functions(kind), complete, doc }
}

/// Whether the source adds names to itself while it runs.
fn made_at_run_time(source: &str) -> bool {
    source.contains("setattr(sys.modules")
        || source.contains("globals().update(")
        || source.matches("globals()[").count() > source.matches("del globals()[").count()
}

/// What the statements at module level bind.
struct Reader<'t> {
    source: &'t str,
    /// Functions by name, private ones too, in order of first definition.
    table: Vec<(&'t str, Function)>,
    /// Place in `table`.
    places: FxHashMap<&'t str, usize>,
    /// Names bound to a string.
    constants: FxHashMap<&'t str, String>,
    virtual_names: Vec<String>,
    aliases: Vec<String>,
    function_aliases: FxHashMap<String, String>,
    /// `__load__`, else `__all__`.
    load: Option<Vec<String>>,
    /// The body of `__virtual__`.
    virtual_body: Option<Node<'t>>,
    complete: bool,
}

impl<'t> Reader<'t> {
    fn new(source: &'t str) -> Self {
        Self {
            source,
            table: Vec::new(),
            places: FxHashMap::default(),
            constants: FxHashMap::default(),
            virtual_names: Vec::new(),
            aliases: Vec::new(),
            function_aliases: FxHashMap::default(),
            load: None,
            virtual_body: None,
            complete: true,
        }
    }

    /// Reads the statements under `node`, a module, block or clause.
    fn block(&mut self, node: Node<'t>, depth: usize) {
        let Some(deeper) = depth.checked_sub(1) else {
            self.complete = false;
            return;
        };
        for statement in children(node) {
            match statement.kind() {
                "function_definition" => self.definition(statement),
                "decorated_definition" => {
                    let inner = statement.child_by_field_name("definition");
                    if let Some(inner) = inner.filter(|n| n.kind() == "function_definition") {
                        self.definition(inner);
                    }
                }
                "if_statement"
                | "try_statement"
                | "with_statement"
                | "block"
                | "elif_clause"
                | "else_clause"
                | "except_clause"
                | "except_group_clause"
                | "finally_clause" => self.block(statement, deeper),
                "import_from_statement" => self.imported(statement),
                "expression_statement" => {
                    for inner in children(statement).filter(|n| n.kind() == "assignment") {
                        self.assignment(inner);
                    }
                }
                _ => {}
            }
        }
    }

    fn definition(&mut self, node: Node<'t>) {
        let (Some(name_node), Some(parameters)) =
            (node.child_by_field_name("name"), node.child_by_field_name("parameters"))
        else {
            return;
        };
        let name = text_of(name_node, self.source);
        let body = node.child_by_field_name("body");
        match name {
            "__virtual__" => self.virtual_body = body,
            "__getattr__" => self.complete = false,
            _ => {}
        }
        let mut function = syntax::signature(parameters, self.source);
        function.doc = body.map(|body| syntax::docstring(body, self.source)).unwrap_or_default();
        self.bind(name, name_node, function);
    }

    fn bind(&mut self, name: &'t str, at: Node<'t>, mut function: Function) {
        function.range = Some(TextRange::of(at.start_byte(), at.end_byte()));
        match self.places.get(name).and_then(|&place| self.table.get_mut(place)) {
            Some((_, slot)) => *slot = function,
            None => {
                self.places.insert(name, self.table.len());
                self.table.push((name, function));
            }
        }
    }

    fn bound(&self, name: &str) -> Option<&Function> {
        self.places.get(name).and_then(|&place| self.table.get(place)).map(|(_, function)| function)
    }

    /// `from salt.modules.x import name`: Salt shows the function under this module too.
    fn imported(&mut self, node: Node<'t>) {
        if children(node).any(|n| n.kind() == "wildcard_import") {
            self.complete = false;
        }
        let Some(from) = node.child_by_field_name("module_name") else { return };
        let mut parts = text_of(from, self.source).rsplit('.').skip(1);
        let parent = parts.next();
        if !matches!(parent, Some("modules" | "states")) || parts.next().is_none() {
            return;
        }
        let mut cursor = node.walk();
        let names: Vec<Node<'t>> = node.children_by_field_name("name", &mut cursor).collect();
        for name in names {
            let shown = name.child_by_field_name("alias").unwrap_or(name);
            self.bind(text_of(shown, self.source), shown, opaque());
        }
    }

    /// `a = b = value`: each name is bound to the value.
    fn assignment(&mut self, node: Node<'t>) {
        let mut targets = Vec::new();
        let mut value = Some(node);
        while let Some(inner) = value.filter(|n| n.kind() == "assignment") {
            targets.extend(inner.child_by_field_name("left").filter(|left| left.kind() == "identifier"));
            value = inner.child_by_field_name("right");
        }
        let Some(value) = value.map(unwrapped) else { return };
        for target in targets.into_iter().rev() {
            self.assigned(target, value);
        }
    }

    fn assigned(&mut self, target: Node<'t>, value: Node<'t>) {
        let name = text_of(target, self.source);
        let list = || string_list(value, self.source, &self.constants);
        match name {
            "__virtualname__" => {
                let found = list().unwrap_or_default();
                self.virtual_names.extend(found);
            }
            "__virtual_aliases__" => {
                let found = list().unwrap_or_default();
                self.aliases.extend(found);
            }
            "__load__" | "__all__" => match list() {
                None => self.complete = false,
                Some(found) if name == "__load__" || self.load.is_none() => self.load = Some(found),
                Some(_) => {}
            },
            "__func_alias__" => self.function_alias(value),
            _ => self.copied(name, target, value),
        }
        if let Some(text) = string_value(value, self.source) {
            self.constants.insert(name, text);
        }
    }

    fn function_alias(&mut self, value: Node<'t>) {
        for pair in children(value).filter(|n| n.kind() == "pair") {
            let part = |field| pair.child_by_field_name(field).and_then(|n| string_value(unwrapped(n), self.source));
            if let (Some(own), Some(shown)) = (part("key"), part("value")) {
                self.function_aliases.insert(own, shown);
            }
        }
    }

    /// A name that becomes a function: a copy, a lambda, the result of a call that copies.
    fn copied(&mut self, name: &'t str, target: Node<'t>, value: Node<'t>) {
        let function = match value.kind() {
            "identifier" => self.bound(text_of(value, self.source)).cloned(),
            "lambda" => Some(match value.child_by_field_name("parameters") {
                Some(parameters) => syntax::signature(parameters, self.source),
                None => Function::default(),
            }),
            "call" => self.called(value),
            _ => None,
        };
        if let Some(function) = function {
            self.bind(name, target, function);
        }
    }

    fn called(&self, call: Node<'t>) -> Option<Function> {
        let callee = last_name(call.child_by_field_name("function")?, self.source)?;
        if callee == "partial" {
            return Some(opaque());
        }
        let callee = callee.trim_start_matches('_');
        if !COPIERS.contains(&callee) {
            return None;
        }
        let arguments = call.child_by_field_name("arguments")?;
        let first = children(arguments).find(|n| n.kind() != "keyword_argument").map(unwrapped);
        let known =
            first.filter(|n| n.kind() == "identifier").and_then(|n| self.bound(text_of(n, self.source))).cloned();
        known.or_else(|| matches!(callee, "alias_function" | "namespaced_function").then(opaque))
    }
}

/// A function of which only the name is known.
fn opaque() -> Function {
    Function { kwargs: true, varargs: true, opaque: true, ..Function::default() }
}
