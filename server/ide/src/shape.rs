//! What an expression may hold, read from the syntax: pillar and grain paths, mappings that templates
//! write out, data files. Follows `set`, imports, merges and loops without rendering, so it works in
//! half-written files too. What it gives is for offering names, never for judging them.

use std::sync::Arc;

use model::View;
use render::{Pattern, names};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use syntax::jinja::walk::{self, Visitor};
use syntax::jinja::{self, Args, Expr, ExprKind, Options, Statement, StatementKind, Template};
use syntax::yaml::{self, Value};
use text::TextRange;
use world::{Reader, SaltPath, Stop};

use crate::Analysis;
use crate::source::text_of;

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

/// What a file binds, scopes put together.
#[derive(Default)]
pub(crate) struct Bindings {
    /// Values that a name is given, or that are merged into it.
    values: FxHashMap<SmolStr, Vec<Bound>>,
}

#[derive(Clone)]
enum Bound {
    Value(Expr),
    /// An item of the value: a loop's variable. The flag: of pairs of a mapping, the value.
    Item(Expr),
    Template(Expr),
    Member(Expr, SmolStr),
    Data(Expr),
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

/// The file that the template name `name` means in the file at `from`.
pub(crate) fn resolve_template(analysis: &Analysis, from: &SaltPath, name: &str) -> Option<SaltPath> {
    if name.starts_with("./") || name.starts_with("../") {
        return from.parent().join(name).ok().filter(|path| analysis.world.tree.get(path).is_some());
    }
    let (stop, layout) = (Stop::new(), &analysis.catalog.layout);
    let reader = Reader::new(&analysis.world, &analysis.memo, &stop);
    let roots = [&layout.pillar_roots, &layout.file_roots];
    let envs = roots.iter().flat_map(|roots| roots.keys().map(move |env| (*roots, env)));
    let mut found: Vec<SaltPath> =
        envs.filter_map(|(roots, env)| names::find_file(&reader, roots, env, name).ok()?).collect();
    // of several roots, the one that the asking file is in
    found.sort_by_key(|path| path.as_str().split('/').next() != from.as_str().split('/').next());
    found.into_iter().next()
}

/// A template's macros and variables.
pub(crate) fn exports(view: &View, file: &SaltPath) -> Vec<Member> {
    let Some(facts) = view.facts(file) else { return Vec::new() };
    let member = |export: &model::Export| Member {
        name: export.name.to_string(),
        from: From::Export(file.clone(), export.range),
    };
    facts.exports.iter().map(member).collect()
}

/// The pillar keys right below `path`, of all views and files.
pub(crate) fn pillar_children(analysis: &Analysis, path: &str) -> Vec<Member> {
    let mut found: Vec<Member> = Vec::new();
    let mut seen = rustc_hash::FxHashSet::default();
    for key in pillar_paths(analysis) {
        let Some(rest) = below(&key, path) else { continue };
        let name = rest.split(':').next().unwrap_or("");
        if !name.is_empty() && seen.insert(name.to_owned()) {
            let above = key.get(..key.len() - rest.len()).unwrap_or("");
            found.push(Member { name: name.to_owned(), from: From::Pillar(format!("{above}{name}")) });
        }
    }
    found
}

/// All pillar paths: those that files define, and those of the profiles' own pillars.
pub(crate) fn pillar_paths(analysis: &Analysis) -> Vec<SmolStr> {
    let mut paths: Vec<SmolStr> = Vec::new();
    for view in &analysis.catalog.views {
        paths.extend(view.pillar_paths());
        if let Some(pillar) = view.minion.profile.as_ref().and_then(|profile| profile.pillar.as_ref()) {
            for (key, value) in pillar {
                json_paths(key, value, &mut paths, 8);
            }
        }
    }
    paths.sort();
    paths.dedup();
    paths
}

fn json_paths(path: &str, value: &serde_json::Value, paths: &mut Vec<SmolStr>, depth: u32) {
    paths.push(path.into());
    if let (Some(map), Some(depth)) = (value.as_object(), depth.checked_sub(1)) {
        for (key, value) in map {
            json_paths(&format!("{path}:{key}"), value, paths, depth);
        }
    }
}

/// What of `key` is below `path`, whose parts may be `*`.
fn below<'k>(key: &'k str, path: &str) -> Option<&'k str> {
    if path.is_empty() {
        return Some(key);
    }
    let mut rest = key;
    for part in path.split(':') {
        let (first, more) = rest.split_once(':')?;
        if part != "*" && part != first {
            return None;
        }
        rest = more;
    }
    Some(rest)
}

/// The grains right below `path`, of all profiles.
pub(crate) fn grain_children(analysis: &Analysis, path: &str) -> Vec<Member> {
    let mut paths = Vec::new();
    for profile in analysis.catalog.views.iter().filter_map(|view| view.minion.profile.as_ref()) {
        for (key, value) in &profile.grains {
            json_paths(key, value, &mut paths, 6);
        }
    }
    paths.sort();
    paths.dedup();
    let mut found: Vec<Member> = Vec::new();
    for key in &paths {
        let Some(name) = below(key, path).filter(|rest| !rest.contains(':')) else { continue };
        found.push(Member { name: name.to_owned(), from: From::Grain(key.to_string()) });
    }
    found
}

impl Bindings {
    fn read(template: &Template) -> Self {
        let mut bindings = Self::default();
        walk::walk_body(&template.body, &mut Collect(&mut bindings));
        bindings
    }

    fn bind(&mut self, name: &SmolStr, bound: Bound) {
        self.values.entry(name.clone()).or_default().push(bound);
    }

    /// `x.update(y)` and `salt['slsutil.update'](x, y)` add to `x`.
    fn merge(&mut self, expr: &Expr) {
        let ExprKind::CallExpr(callee, args) = &*expr.kind else { return };
        let (target, more) = match &*callee.kind {
            ExprKind::Attribute(base, name) if name.text == "update" => (Some(base), args.positional.as_slice()),
            _ => match args.positional.split_first() {
                Some((first, more)) => (Some(first), more),
                None => (None, &[][..]),
            },
        };
        if let Some(ExprKind::Name(name)) = target.map(|target| &*target.kind) {
            more.iter().for_each(|value| self.bind(name, Bound::Value(value.clone())));
        }
    }
}

struct Collect<'b>(&'b mut Bindings);

impl<'t> Visitor<'t> for Collect<'_> {
    fn enter_statement(&mut self, statement: &'t Statement) -> bool {
        match &statement.kind {
            StatementKind::Set { target, value } => {
                if let ExprKind::Name(name) = &*target.kind {
                    self.0.bind(name, Bound::Value(value.clone()));
                }
            }
            StatementKind::With { bindings, .. } => {
                for (target, value) in bindings {
                    if let ExprKind::Name(name) = &*target.kind {
                        self.0.bind(name, Bound::Value(value.clone()));
                    }
                }
            }
            StatementKind::For { target, iter, .. } => match &*target.kind {
                ExprKind::Name(name) => self.0.bind(name, Bound::Item(iter.clone())),
                ExprKind::Tuple(parts) => {
                    if let Some(ExprKind::Name(name)) = parts.get(1).map(|part| &*part.kind) {
                        self.0.bind(name, Bound::Item(iter.clone()));
                    }
                }
                _ => {}
            },
            StatementKind::Import { template, target, .. } => {
                self.0.bind(&target.text, Bound::Template(template.clone()));
            }
            StatementKind::ImportData { template, target, .. } => {
                self.0.bind(&target.text, Bound::Data(template.clone()));
            }
            StatementKind::FromImport { template, names, .. } => {
                for (name, alias) in names {
                    let here = alias.as_ref().unwrap_or(name);
                    self.0.bind(&here.text, Bound::Member(template.clone(), name.text.clone()));
                }
            }
            StatementKind::Do(expr) => self.0.merge(expr),
            _ => {}
        }
        true
    }
}
