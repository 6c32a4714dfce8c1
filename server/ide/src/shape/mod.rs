//! What an expression may hold, read from the syntax: pillar and grain paths, mappings that templates
//! write out, data files. Follows `set`, imports, merges and loops without rendering, so it works in
//! half-written files too. What it gives is for offering names, never for judging them.

mod bindings;
mod known;

use std::sync::Arc;

use model::View;
use render::Pattern;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use syntax::jinja::{self, Args, Expr, ExprKind, Options, StatementKind};
use syntax::yaml::{self, Value};
use text::TextRange;
use world::SaltPath;

use crate::Analysis;
use crate::source::text_of;
use bindings::{Bindings, Bound};
use known::below;
pub(crate) use known::{exports, grain_children, pillar_children, pillar_paths, resolve_template};

/// Steps after which looking further is given up.
const MAX_STEPS: u32 = 2_000;
const MAX_DEPTH: u32 = 24;

/// One thing that an expression may be.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// The pillar below a key (`""`: all of it), parts joined by colons; `*` for any key.
    Pillar(String),
    /// The grains below a key.
    Grains(String),
    /// `salt`
    Salt,
    /// `salt.pillar`
    SaltModule(String),
    /// `salt['pillar.get']`
    SaltFunction(String),
    /// A mapping written out in a template.
    Map(SaltPath, Arc<Vec<(Key, Expr)>>),
    /// A list written out in a template.
    List(SaltPath, Arc<Vec<Expr>>),
    /// Data of a file: the node's keys.
    Data(SaltPath, Arc<Value>),
    /// An imported template.
    Module(SaltPath),
    /// The `loop` variable.
    Loop,
}

/// A key written out, and where.
pub(crate) type Key = (SmolStr, TextRange);

/// A key that may follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// The key.
    pub name: String,
    /// Where it comes from.
    pub from: From,
}

/// Where a key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// The pillar key of this path.
    Pillar(String),
    /// The grain of this path.
    Grain(String),
    /// A mapping or data file.
    File(SaltPath),
    /// A template's macro or variable.
    Export(SaltPath, TextRange),
    /// Jinja's own.
    Jinja,
}

/// Looks at one snapshot, remembering the files that it has read.
pub(crate) struct Shapes<'a> {
    analysis: &'a Analysis,
    view: &'a View,
    files: FxHashMap<SaltPath, Arc<Bindings>>,
    steps: u32,
}

impl<'a> Shapes<'a> {
    /// For the first view of `analysis`; `None` if there is none.
    pub(crate) fn new(analysis: &'a Analysis) -> Option<Self> {
        let view = analysis.catalog.views.first()?;
        Some(Self { analysis, view, files: FxHashMap::default(), steps: 0 })
    }

    /// What the expression `text`, standing in the file at `path`, may be.
    pub(crate) fn of_text(&mut self, path: &SaltPath, text: &str) -> Vec<Shape> {
        let template = jinja::parse(&format!("{{{{ {text} }}}}"), &Options::default());
        match template.body.first().map(|statement| &statement.kind) {
            Some(StatementKind::Output(expr)) => self.of(path, expr, MAX_DEPTH),
            _ => Vec::new(),
        }
    }

    /// What `expr` may be.
    fn of(&mut self, path: &SaltPath, expr: &Expr, depth: u32) -> Vec<Shape> {
        self.steps += 1;
        let Some(depth) = depth.checked_sub(1).filter(|_| self.steps < MAX_STEPS) else { return Vec::new() };
        match &*expr.kind {
            ExprKind::Name(name) => self.name(path, name, depth),
            ExprKind::Attribute(base, name) => self.member(path, base, &name.text, depth),
            ExprKind::Item(base, index) => match &*index.kind {
                ExprKind::Str { value, .. } => self.member(path, base, value, depth),
                _ => {
                    let base = self.of(path, base, depth);
                    self.items(&base, depth)
                }
            },
            ExprKind::CallExpr(callee, args) => self.call(path, callee, args, depth),
            ExprKind::Filter { input: Some(input), name, args } => {
                let mut found = self.of(path, input, depth);
                match name.text.as_str() {
                    "first" | "last" | "random" => found = self.items(&found, depth),
                    "default" | "d" => {
                        found.extend(args.positional.first().map_or(Vec::new(), |e| self.of(path, e, depth)))
                    }
                    "length" | "count" | "join" | "string" | "json" | "yaml" | "tojson" => found.clear(),
                    _ => {}
                }
                found
            }
            ExprKind::Conditional { then, otherwise, .. } => {
                let mut found = self.of(path, then, depth);
                found.extend(otherwise.iter().flat_map(|e| self.of(path, e, depth)).collect::<Vec<_>>());
                found
            }
            ExprKind::Binary(jinja::BinaryOp::Or | jinja::BinaryOp::And | jinja::BinaryOp::Add, left, right) => {
                let mut found = self.of(path, left, depth);
                found.extend(self.of(path, right, depth));
                found
            }
            ExprKind::Dict(pairs) => {
                let literal = |(key, value): &(Expr, Expr)| match &*key.kind {
                    ExprKind::Str { value: text, .. } => Some(((text.clone(), key.range), value.clone())),
                    _ => None,
                };
                vec![Shape::Map(path.clone(), Arc::new(pairs.iter().filter_map(literal).collect()))]
            }
            ExprKind::List(items) | ExprKind::Tuple(items) => vec![Shape::List(path.clone(), Arc::new(items.clone()))],
            _ => Vec::new(),
        }
    }

    fn name(&mut self, path: &SaltPath, name: &str, depth: u32) -> Vec<Shape> {
        let mut found = Vec::new();
        let bindings = self.bindings(path);
        for bound in bindings.values.get(name).into_iter().flatten() {
            match bound {
                // `set x = x.y` reads an earlier `x`: depth ends the circle
                Bound::Value(expr) => found.extend(self.of(path, expr, depth)),
                Bound::Item(expr) => {
                    let whole = self.of(path, expr, depth);
                    found.extend(self.items(&whole, depth));
                }
                Bound::Template(expr) => found.extend(self.template(path, expr).map(Shape::Module)),
                Bound::Member(expr, member) => {
                    if let Some(file) = self.template(path, expr) {
                        found.extend(self.name(&file, member, depth.saturating_sub(1)));
                    }
                }
                Bound::Data(expr) => {
                    if let Some(file) = self.template(path, expr) {
                        let root = yaml::load(&text_of(self.analysis, &file)).root;
                        found.extend(root.map(|root| Shape::Data(file, Arc::new(root.value))));
                    }
                }
            }
            if depth == 0 || self.steps >= MAX_STEPS {
                break;
            }
        }
        if found.is_empty() {
            match name {
                "pillar" => found.push(Shape::Pillar(String::new())),
                "grains" => found.push(Shape::Grains(String::new())),
                "salt" => found.push(Shape::Salt),
                "loop" => found.push(Shape::Loop),
                _ => {}
            }
        }
        found
    }

    fn member(&mut self, path: &SaltPath, base: &Expr, key: &str, depth: u32) -> Vec<Shape> {
        let base = self.of(path, base, depth);
        self.step(&base, key, depth)
    }

    /// Where the value that `base` has under `key` is written: pillar keys, keys of mappings, exports.
    pub(crate) fn places(&mut self, path: &SaltPath, base: &Expr, key: &str) -> Vec<(SaltPath, TextRange)> {
        let mut found = Vec::new();
        for shape in self.of(path, base, MAX_DEPTH) {
            match &shape {
                Shape::Pillar(above) => {
                    let full = if above.is_empty() { key.to_owned() } else { format!("{above}:{key}") };
                    let known = pillar_paths(self.analysis);
                    for name in known.iter().filter(|name| below(&format!("{name}:"), &full).is_some_and(str::is_empty))
                    {
                        let views = self.analysis.catalog.views.iter();
                        let definitions = views.flat_map(|view| view.pillar_definitions(&Pattern::literal(name)));
                        found.extend(definitions.map(|definition| (definition.path, definition.range)));
                    }
                }
                Shape::Map(file, pairs) => {
                    let own = pairs.iter().filter(|((name, _), _)| name == key);
                    found.extend(own.map(|((_, range), _)| (file.clone(), *range)));
                }
                Shape::Data(file, value) => {
                    if let Value::Map(entries) = &**value {
                        let is_it = |node: &yaml::Node| matches!(&node.value, Value::Str(text) if text.value == key);
                        let own = entries.iter().filter(|(name, _)| is_it(name));
                        found.extend(own.map(|(name, _)| (file.clone(), name.range)));
                    }
                }
                Shape::Module(file) => {
                    let own = exports(self.view, file).into_iter().filter(|member| member.name == key);
                    found.extend(own.filter_map(|member| match member.from {
                        From::Export(path, range) => Some((path, range)),
                        _ => None,
                    }));
                }
                _ => {}
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// What is under `key`.
    pub(crate) fn step(&mut self, shapes: &[Shape], key: &str, depth: u32) -> Vec<Shape> {
        let mut found = Vec::new();
        let join = |path: &str| if path.is_empty() { key.to_owned() } else { format!("{path}:{key}") };
        for shape in shapes {
            match shape {
                Shape::Pillar(path) => found.push(Shape::Pillar(join(path))),
                Shape::Grains(path) => found.push(Shape::Grains(join(path))),
                Shape::Salt if key.contains('.') => found.push(Shape::SaltFunction(key.to_owned())),
                Shape::Salt => found.push(Shape::SaltModule(key.to_owned())),
                Shape::SaltModule(module) => found.push(Shape::SaltFunction(format!("{module}.{key}"))),
                Shape::Map(file, pairs) => {
                    for (_, value) in pairs.iter().filter(|((name, _), _)| name == key) {
                        found.extend(self.of(file, value, depth));
                    }
                }
                Shape::Data(file, value) => {
                    if let Value::Map(entries) = &**value {
                        let is_it = |node: &yaml::Node| matches!(&node.value, Value::Str(text) if text.value == key);
                        let values = entries.iter().filter(|(name, _)| is_it(name));
                        found.extend(values.map(|(_, node)| Shape::Data(file.clone(), Arc::new(node.value.clone()))));
                    }
                }
                Shape::Module(file) => found.extend(self.name(file, key, depth)),
                Shape::SaltFunction(_) | Shape::List(..) | Shape::Loop => {}
            }
        }
        found
    }

    /// What any item may be.
    fn items(&mut self, shapes: &[Shape], depth: u32) -> Vec<Shape> {
        let mut found = Vec::new();
        for shape in shapes {
            match shape {
                Shape::Map(file, pairs) => {
                    for (_, value) in pairs.iter() {
                        found.extend(self.of(file, value, depth));
                    }
                }
                Shape::List(file, items) => {
                    for item in items.iter() {
                        found.extend(self.of(file, item, depth));
                    }
                }
                Shape::Data(file, value) => {
                    let all: Vec<&yaml::Node> = match &**value {
                        Value::Map(entries) => entries.iter().map(|(_, node)| node).collect(),
                        Value::Seq(items) => items.iter().collect(),
                        _ => Vec::new(),
                    };
                    found.extend(all.iter().map(|node| Shape::Data(file.clone(), Arc::new(node.value.clone()))));
                }
                Shape::Pillar(_) | Shape::Grains(_) => found.extend(self.step(std::slice::from_ref(shape), "*", depth)),
                _ => {}
            }
        }
        found
    }

    fn call(&mut self, path: &SaltPath, callee: &Expr, args: &Args, depth: u32) -> Vec<Shape> {
        let text = |n: usize| match args.positional.get(n).map(|e| &*e.kind) {
            Some(ExprKind::Str { value, .. }) => Some(value.to_string()),
            _ => None,
        };
        if let ExprKind::Attribute(base, name) = &*callee.kind {
            let base = self.of(path, base, depth);
            let salt = base.iter().any(|shape| matches!(shape, Shape::SaltModule(_)));
            match (name.text.as_str(), text(0)) {
                ("get" | "pop" | "setdefault", Some(key)) if !salt => {
                    let mut found = self.step(&base, &key, depth);
                    found.extend(args.positional.get(1).map_or(Vec::new(), |e| self.of(path, e, depth)));
                    return found;
                }
                ("items" | "iteritems" | "values" | "itervalues" | "copy", _) if !salt => return base,
                _ => {}
            }
        }
        if let ExprKind::Name(name) = &*callee.kind
            && matches!(name.as_str(), "dict" | "namespace" | "odict")
        {
            let mut found: Vec<Shape> = args.positional.iter().flat_map(|e| self.of(path, e, depth)).collect();
            let pairs =
                args.keyword.iter().map(|(name, value)| ((name.text.clone(), name.range), value.clone())).collect();
            found.push(Shape::Map(path.clone(), Arc::new(pairs)));
            return found;
        }
        let functions = self.of(path, callee, depth);
        let mut found = Vec::new();
        for function in functions {
            let Shape::SaltFunction(function) = function else { continue };
            let key = || text(0).into_iter();
            match function.as_str() {
                "pillar.get" | "pillar.item" | "pillar.fetch" => found.extend(key().map(Shape::Pillar)),
                "grains.get" | "grains.item" | "grains.fetch" => found.extend(key().map(Shape::Grains)),
                "config.get" | "config.option" => {
                    found.extend(key().map(Shape::Pillar));
                    found.extend(key().map(Shape::Grains));
                }
                "grains.filter_by" => {
                    let table = args.positional.first().map_or(Vec::new(), |e| self.of(path, e, depth));
                    found.extend(self.items(&table, depth));
                }
                _ => {}
            }
            let skip = usize::from(!function.ends_with("update") && !function.contains("merge"));
            let more = args.positional.iter().skip(skip).chain(args.keyword.iter().map(|(_, value)| value));
            for expr in more {
                found.extend(self.of(path, expr, depth));
            }
        }
        found
    }

    /// The file that a literal template name means.
    fn template(&self, from: &SaltPath, expr: &Expr) -> Option<SaltPath> {
        let ExprKind::Str { value, .. } = &*expr.kind else {
            // computed: as rendering found it
            let facts = self.view.facts(from)?;
            let import = facts.imports.iter().find(|import| import.origin.range.touches(expr.range.start))?;
            return import.target.clone();
        };
        resolve_template(self.analysis, from, value)
    }

    fn bindings(&mut self, path: &SaltPath) -> Arc<Bindings> {
        if let Some(known) = self.files.get(path) {
            return known.clone();
        }
        let template = jinja::parse(&text_of(self.analysis, path), &Options::default());
        let bindings = Arc::new(Bindings::read(&template));
        self.files.insert(path.clone(), bindings.clone());
        bindings
    }

    /// The keys that may follow, each once.
    pub(crate) fn members(&mut self, shapes: &[Shape]) -> Vec<Member> {
        let mut found: Vec<Member> = Vec::new();
        let mut seen = rustc_hash::FxHashSet::default();
        for shape in shapes {
            let members: Vec<Member> = match shape {
                Shape::Pillar(path) => pillar_children(self.analysis, path),
                Shape::Grains(path) => grain_children(self.analysis, path),
                Shape::Map(file, pairs) => {
                    let from = || From::File(file.clone());
                    pairs.iter().map(|((name, _), _)| Member { name: name.to_string(), from: from() }).collect()
                }
                Shape::Data(file, value) => match &**value {
                    Value::Map(entries) => {
                        let key = |node: &yaml::Node| match &node.value {
                            Value::Str(text) => Some(text.value.to_string()),
                            _ => None,
                        };
                        let member = |name| Member { name, from: From::File(file.clone()) };
                        entries.iter().filter_map(|(name, _)| key(name)).map(member).collect()
                    }
                    _ => Vec::new(),
                },
                Shape::Module(file) => exports(self.view, file),
                Shape::Loop => LOOP.iter().map(|name| Member { name: (*name).to_owned(), from: From::Jinja }).collect(),
                Shape::Salt | Shape::SaltModule(_) | Shape::SaltFunction(_) | Shape::List(..) => Vec::new(),
            };
            found.extend(members.into_iter().filter(|member| seen.insert(member.name.clone())));
        }
        found
    }
}

/// The attributes of `loop` (`jinja2/runtime.py`, `LoopContext`).
const LOOP: [&str; 13] = [
    "index",
    "index0",
    "revindex",
    "revindex0",
    "first",
    "last",
    "length",
    "depth",
    "depth0",
    "previtem",
    "nextitem",
    "cycle",
    "changed",
];
