//! Other templates: import, include, extends.

use std::rc::Rc;
use std::sync::Arc;

use smol_str::SmolStr;
use syntax::jinja::{Body, Expr, Name, Statement, StatementKind};
use text::TextRange;
use world::{Minion, SaltPath};

use super::halt::R;
use super::macros::object;
use super::scope::{Frame, Globals, Unit, Vars};
use super::source::{self, Source};
use super::unknown::unknown;
use super::{Evaluator, Loaded, MAX_CALLS, Module};
use crate::{Code, Doubt, EntryKind, Pattern, PatternPart, Problem, UseKind};
use python::value::{EvaluatorObject, Kind, Raise, Value};

impl<'a> Evaluator<'a> {
    /// A new context over `globals`, with the template's own blocks.
    pub(crate) fn unit(&mut self, source: &'a Source, globals: Rc<Globals>) -> Rc<Frame<'a>> {
        if self.layers.is_some() {
            source.parsed.names().iter().for_each(|name| globals.announce(name));
        }
        let unit = Rc::new(Unit {
            id: u32::try_from(self.units.len()).unwrap_or(u32::MAX),
            globals,
            blocks: Rc::default(),
            parent: std::cell::Cell::new(None),
        });
        add_blocks(&unit, source);
        self.units.push(unit.clone());
        let top = Frame::top(unit, source);
        self.tops.push(top.clone());
        top
    }

    /// Runs a template into the current sink.
    pub(crate) fn run_template(&mut self, source: &'a Source, globals: Rc<Globals>) -> R<Rc<Frame<'a>>> {
        self.heap.meter.note(super::TEMPLATE);
        let top = self.unit(source, globals);
        self.run_top(&top)?;
        Ok(top)
    }

    /// Runs the statements of a template, then those of the template that it extends.
    fn run_top(&mut self, top: &Rc<Frame<'a>>) -> R<()> {
        let source = top.source;
        let sinks = self.sinks.len();
        let result = self.exec_body(&source.parsed.template.body, top);
        self.sinks.truncate(sinks);
        result?;
        let Some(parent) = top.unit.parent.take() else { return Ok(()) };
        if self.calls >= MAX_CALLS {
            self.limit("templates nest more than 100 deep", source.file, TextRange::default());
            return Ok(());
        }
        self.calls += 1;
        let inherited = Rc::new(Frame {
            vars: std::cell::RefCell::new(top.vars.borrow().clone()),
            parent: None,
            unit: top.unit.clone(),
            source: parent,
        });
        let result = self.run_top(&inherited);
        self.calls -= 1;
        result
    }

    /// `{% extends %}`: from here on the template only defines.
    pub(crate) fn exec_extends(&mut self, template: &'a Expr, frame: &Rc<Frame<'a>>) -> R<()> {
        let result = self.template_of(template, frame);
        let Some(found) = self.caught(result)? else { return Ok(()) };
        let Some(loaded) = found else {
            let print = self.print_at(frame.source.file, template.range);
            self.emit_hole(&"the template that it extends is not known".into(), print);
            return Ok(());
        };
        add_blocks(&frame.unit, loaded.source);
        frame.unit.parent.set(Some(loaded.source));
        // What the rest of this template prints goes nowhere.
        self.sinks.push(python::value::Fragment::default());
        Ok(())
    }

    /// `{% include %}`.
    pub(crate) fn exec_include(
        &mut self,
        range: TextRange,
        template: &'a Expr,
        ignore_missing: bool,
        with_context: bool,
        frame: &Rc<Frame<'a>>,
    ) -> R<()> {
        let result = self.template_of(template, frame);
        let result = match result {
            Err(super::halt::Halt::Raise(thrown))
                if ignore_missing && matches!(thrown.raise.class, "TemplateNotFound" | "TemplatesNotFound") =>
            {
                return Ok(());
            }
            other => other,
        };
        let Some(found) = self.caught(result)? else { return Ok(()) };
        let Some(loaded) = found else {
            let print = self.print_at(frame.source.file, template.range);
            self.emit_hole(&"the included template is not known".into(), print);
            return Ok(());
        };
        if self.calls >= MAX_CALLS {
            self.limit("includes nest more than 100 deep", frame.source.file, range);
            return Ok(());
        }
        let globals = if with_context { frame.visible() } else { self.globals.clone() };
        let outer = self.enter_chain(frame, range);
        let when = self.when.clone();
        let result = self.run_template(loaded.source, globals);
        self.when = when;
        self.leave_chain(outer);
        result.map(|_| ())
    }

    /// The module of an import; unknown where the template is.
    pub(crate) fn import(&mut self, template: &'a Expr, with_context: bool, frame: &Rc<Frame<'a>>) -> R<Value> {
        let result = self.template_of(template, frame);
        let Some(found) = self.caught(result)? else { return Ok(unknown("the template could not be imported")) };
        let Some(loaded) = found else { return Ok(unknown("the imported template is not known")) };
        if let (Some(module), false) = (loaded.module, with_context) {
            return Ok(object(EvaluatorObject::Module, module as usize));
        }
        let path = &loaded.source.path;
        if self.importing.iter().any(|(open, ..)| open == path) || self.calls >= MAX_CALLS {
            self.import_cycle(path, frame, template.range);
            return Ok(unknown("templates import each other"));
        }
        let globals = if with_context { frame.visible() } else { self.globals.clone() };
        let id =
            match self.import_shared(loaded, with_context.then_some(&globals), (frame.source.file, template.range))? {
                Some(id) => id as usize,
                None => self.import_in_place(loaded, globals, frame, template.range)?,
            };
        if !with_context
            && let Some(name) = &loaded.source.name
            && let Some(entry) = self.by_name.get_mut(name)
        {
            entry.module = u32::try_from(id).ok();
            self.loaded.push(name.clone());
        }
        Ok(object(EvaluatorObject::Module, id))
    }

    fn import_in_place(
        &mut self,
        loaded: Loaded<'a>,
        globals: Rc<Globals>,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<usize> {
        let path = &loaded.source.path;
        self.importing.push((path.clone(), frame.source.file, range));
        let outer = self.enter_chain(frame, range);
        let when = self.when.clone();
        let (result, printed) = self.capture(|this| this.run_template(loaded.source, globals));
        self.when = when;
        self.leave_chain(outer);
        self.importing.pop();
        let top = result?;
        let printed = self.text_value(printed);
        let id = self.modules.len();
        self.modules.push(Module { top, printed, source: loaded.source });
        Ok(id)
    }

    fn import_cycle(&mut self, path: &SaltPath, frame: &Frame<'a>, range: TextRange) {
        let start = self.importing.iter().position(|(open, ..)| open == path).unwrap_or(0);
        let chain: Vec<String> = self.importing[start..].iter().map(|(open, ..)| open.to_string()).collect();
        let related = self.importing[start..]
            .iter()
            .skip(1)
            .map(|(open, file, range)| crate::Related {
                origin: self.origin(*file, *range, None),
                message: format!("imports {open}"),
            })
            .collect();
        let origin = self.origin(frame.source.file, range, self.chain);
        let message = format!(
            "Jinja error: maximum recursion depth exceeded: templates import each other: {} → {path}. Move what they share into a third file",
            chain.join(" → ")
        );
        let certain = self.when.is_always() && !self.repeated;
        let when = self.when.clone();
        let doubt = Doubt::unless(!self.repeated);
        self.problem(Problem { code: Code::ImportCycle, message, origin, related, when, certain, doubt });
    }

    /// `{% from … import a, b as c %}`.
    pub(crate) fn exec_from_import(
        &mut self,
        template: &'a Expr,
        names: &'a [(Name, Option<Name>)],
        with_context: bool,
        frame: &Rc<Frame<'a>>,
    ) -> R<()> {
        let module = self.import(template, with_context, frame)?;
        for (name, alias) in names {
            let target = alias.as_ref().unwrap_or(name).text.clone();
            let id = match &module.kind {
                Kind::Object(object) => match &**object {
                    python::value::Object::Evaluator(EvaluatorObject::Module, id) => Some(*id),
                    _ => None,
                },
                _ => None,
            };
            let value = match id {
                None => unknown(&format!("'{}' of a template that is not known", name.text)),
                Some(id) => {
                    let value = self.module_member(id, &name.text, frame, name.range);
                    value.unwrap_or_else(|| {
                        let imported = self.modules.get(id as usize).and_then(|m| m.source.name.clone());
                        let line = frame.source.line(name.range.start);
                        let position = match &frame.source.name {
                            Some(own) => format!("line {line} in '{own}'"),
                            None => format!("line {line}"),
                        };
                        let text = format!(
                            "the template '{}' (imported on {position}) does not export the requested name '{}'",
                            imported.unwrap_or_default(),
                            name.text
                        );
                        Kind::Undefined(text.into()).into()
                    })
                }
            };
            frame.set(target, value);
        }
        Ok(())
    }

    /// The template that an expression names: `None` if the name is not known.
    fn template_of(&mut self, template: &'a Expr, frame: &Rc<Frame<'a>>) -> R<Option<Loaded<'a>>> {
        let value = self.eval(template, frame)?;
        let range = template.range;
        match &value.kind {
            Kind::Str(name) => self.find(&name.text.clone(), frame, range).map(Some),
            Kind::Undefined(message) => Err(self.undefined(message, frame, range)),
            Kind::List(_) | Kind::Tuple(_) => {
                let result = python::iterate(&mut self.heap, &value);
                let Ok(names) = self.known(result, frame, range)? else { return Ok(None) };
                let mut tried = Vec::new();
                for name in names {
                    let Some(name) = name.as_str() else { return Ok(None) };
                    match self.find(name, frame, range) {
                        Ok(found) => return Ok(Some(found)),
                        Err(super::halt::Halt::Raise(thrown)) if thrown.raise.class == "TemplateNotFound" => {
                            tried.push(name.to_owned());
                        }
                        Err(halt) => return Err(halt),
                    }
                }
                let text = format!("none of the templates given were found: {}", tried.join(", "));
                Err(self.thrown(Raise::new("TemplatesNotFound", text), frame, range))
            }
            _ => {
                let mut pattern = Pattern::default();
                if let Kind::Partial(fragment) = &value.kind {
                    for piece in &fragment.pieces {
                        pattern.push(match piece.kind {
                            crate::PieceKind::Exact | crate::PieceKind::Derived => {
                                PatternPart::Text(piece.at.slice(&fragment.text).into())
                            }
                            _ => PatternPart::Hole,
                        });
                    }
                } else {
                    pattern.push(PatternPart::Hole);
                }
                self.partial = true;
                self.record(UseKind::Template, pattern, frame, range, false, None);
                Ok(None)
            }
        }
    }

    /// Finds a template as `SaltCacheLoader.get_source` does, and jinja2's cache before it.
    fn find(&mut self, name: &str, frame: &Rc<Frame<'a>>, range: TextRange) -> R<Loaded<'a>> {
        if self.layers.is_some() && !self.asked.iter().any(|asked| **asked == *name) {
            self.asked.push(name.into());
        }
        if let Some(loaded) = self.by_name.get(name).copied() {
            let path = loaded.source.path.clone();
            self.record(UseKind::Template, Pattern::literal(name), frame, range, false, Some(path));
            return Ok(loaded);
        }
        let relative = matches!(name.split('/').next(), Some("." | ".."));
        let mut wanted = name.to_owned();
        if relative {
            let base = self.globals.get("tpldir").and_then(|value| value.as_str()).unwrap_or(".").to_owned();
            match SaltPath::new(&format!("{base}/{name}")) {
                Ok(path) => path.as_str().clone_into(&mut wanted),
                Err(_) => return Err(self.not_found(name, frame, range)),
            }
        }
        self.enter_folder(name, &wanted, relative);
        let roots = match self.job.kind {
            EntryKind::Pillar | EntryKind::PillarTop => &self.job.minion.pillar_roots,
            _ => &self.job.minion.file_roots,
        };
        for root in Minion::roots(roots, &self.job.saltenv) {
            let Ok(path) = root.join(wanted.trim_start_matches('/')) else { continue };
            let Some(blob) = self.reader.blob(&path)? else { continue };
            let parsed = match source::open(self.reader, &path, blob, &self.options)? {
                Some(parsed) => parsed,
                None if self.reader.content(&path)?.is_none() => continue,
                None => {
                    let raise = Raise::new("UnicodeDecodeError", format!("{wanted} is not UTF-8"));
                    return Err(self.thrown(raise, frame, range));
                }
            };
            let file = self.file_id(&path);
            let name: Arc<str> = name.into();
            self.record(UseKind::Template, Pattern::literal(&wanted), frame, range, false, Some(path.clone()));
            let source =
                Source { file, path, name: Some(name.clone()), blob: Some(blob), parsed, skip: TextRange::default() };
            let source = self.templates.add(source);
            self.report_syntax(source);
            let loaded = Loaded { source, module: None };
            self.by_name.insert(name, loaded);
            return Ok(loaded);
        }
        self.record(UseKind::Template, Pattern::literal(&wanted), frame, range, false, None);
        Err(self.not_found(name, frame, range))
    }

    fn not_found(&self, name: &str, frame: &Frame<'a>, range: TextRange) -> super::halt::Halt {
        self.thrown(Raise::new("TemplateNotFound", name), frame, range)
    }

    /// Looking up a template rewrites the globals that tell where one is.
    fn enter_folder(&mut self, name: &str, wanted: &str, relative: bool) {
        let mut folder = wanted.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let mut file = wanted.to_owned();
        if relative {
            if let Some(current) = self.globals.get("tpldir").and_then(|value| value.as_str()) {
                current.clone_into(&mut folder);
            }
            name.clone_into(&mut file);
        }
        let dotted = folder.replace('/', ".");
        let shown = if folder.is_empty() { ".".to_owned() } else { folder };
        let mut place = Vars::default();
        for (key, text) in [("tplfile", file), ("tpldir", shown), ("tpldot", dotted)] {
            place.insert(SmolStr::new_static(key), Value::str(text));
        }
        self.globals = Globals::over(place, Some(self.base.clone()));
    }
}

/// Adds the blocks of a template behind those that are there.
fn add_blocks<'a>(unit: &Unit<'a>, source: &'a Source) {
    fn walk<'a>(body: &'a Body, found: &mut Vec<(&'a Name, &'a Statement)>) {
        for statement in body {
            match &statement.kind {
                StatementKind::Block { name, body, .. } => {
                    found.push((name, statement));
                    walk(body, found);
                }
                StatementKind::If(arms) => arms.iter().for_each(|arm| walk(&arm.body, found)),
                StatementKind::For { body, otherwise, .. } => {
                    walk(body, found);
                    otherwise.iter().for_each(|body| walk(body, found));
                }
                StatementKind::With { body, .. }
                | StatementKind::Autoescape { body, .. }
                | StatementKind::FilterBlock { body, .. }
                | StatementKind::SetBlock { body, .. }
                | StatementKind::Profile { body, .. }
                | StatementKind::Load { body, .. } => walk(body, found),
                StatementKind::Call { caller, .. } => walk(&caller.body, found),
                StatementKind::Macro(node) => walk(&node.body, found),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    walk(&source.parsed.template.body, &mut found);
    let mut blocks = unit.blocks.borrow_mut();
    for (name, statement) in found {
        blocks.entry(name.text.clone()).or_default().push((source, statement));
    }
}
