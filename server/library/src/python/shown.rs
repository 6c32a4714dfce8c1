//! What Salt shows of a module that was read: under which names, and which of its functions. Knows
//! nothing of how statements are read.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use super::{
    Reader,
    syntax::{children, string_list, unwrapped},
};
use crate::types::{Function, ModuleKind, Name};

impl Reader<'_> {
    /// `__virtualname__`, else the strings that `__virtual__` returns, else the file's stem; then
    /// `__virtual_aliases__`.
    pub(super) fn names(&self, stem: &str) -> Vec<Name> {
        let mut names = self.virtual_names.clone();
        if names.is_empty() {
            let (returned, plain) = self.virtual_body.map_or((BTreeSet::new(), true), |body| self.returned(body));
            let keep_stem = plain || returned.is_empty();
            names.extend(returned);
            names.extend(keep_stem.then(|| stem.to_owned()));
        }
        names.extend(self.aliases.iter().cloned());
        let mut seen = BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names.into_iter().map(Name::Owned).collect()
    }

    /// The strings that the body of `__virtual__` returns, and whether it also returns `True`.
    fn returned(&self, body: Node<'_>) -> (BTreeSet<String>, bool) {
        let (mut found, mut plain) = (BTreeSet::new(), false);
        let mut todo = vec![body];
        while let Some(node) = todo.pop() {
            match node.kind() {
                "function_definition" | "class_definition" | "lambda" => {}
                "return_statement" => match children(node).next().map(unwrapped) {
                    Some(value) if value.kind() == "true" => plain = true,
                    Some(value) if matches!(value.kind(), "string" | "concatenated_string" | "identifier") => {
                        found.extend(string_list(value, self.source, &self.constants).unwrap_or_default());
                    }
                    _ => {}
                },
                _ => todo.extend(children(node)),
            }
        }
        (found, plain)
    }

    /// The functions that Salt shows, sorted by name.
    pub(super) fn functions(self, kind: ModuleKind) -> Vec<Function> {
        let mut shown = BTreeMap::new();
        for (own, function) in self.table {
            if own.starts_with('_') || self.load.as_ref().is_some_and(|load| !load.iter().any(|name| name == own)) {
                continue;
            }
            let name = self.function_aliases.get(own).map_or(own, String::as_str);
            // Hooks that the state compiler calls (`mod_init`, `mod_watch`, …), not states.
            if kind == ModuleKind::State && name.starts_with("mod_") {
                continue;
            }
            shown.entry(name.to_owned()).or_insert_with(|| Function { name: Name::Owned(name.to_owned()), ..function });
        }
        shown.into_values().collect()
    }
}
