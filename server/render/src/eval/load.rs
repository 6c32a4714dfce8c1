//! `load_yaml`, `import_yaml` and their kin: printed text read as data.

use std::rc::Rc;

use syntax::jinja::LoadFormat;
use text::TextRange;

use super::Evaluator;
use super::halt::R;
use super::knowledge::json_value;
use super::scope::Frame;
use super::unknown::unknown;
use crate::Output;
use python::value::{EvaluatorObject, Fragment, Kind, Object, Raise, Value};

impl<'a> Evaluator<'a> {
    /// Reads a captured text or an imported module's text (`salt/utils/jinja.py`,
    /// `SerializerExtension`).
    pub(crate) fn load(
        &mut self,
        format: LoadFormat,
        value: &Value,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Value> {
        let text = match &value.kind {
            Kind::Object(object) => match &**object {
                Object::Evaluator(EvaluatorObject::Module, id) => {
                    self.modules.get(*id as usize).map_or_else(|| unknown("gone"), |module| module.printed.clone())
                }
                _ => value.clone(),
            },
            _ => value.clone(),
        };
        if let Kind::OneOf(options) = &text.kind {
            let options = options.clone();
            return self.each(options.iter().cloned(), |this, option| this.load(format, &option, frame, range));
        }
        let bytes = match &text.kind {
            Kind::Str(known) => known.text.len(),
            Kind::Partial(fragment) => fragment.text.len(),
            _ => 0,
        };
        if format != LoadFormat::Text {
            self.heap.meter.note(bytes.saturating_mul(super::LOADED));
            if self.heap.meter.is_spent() {
                return Ok(unknown(python::meter::SPENT));
            }
        }
        match format {
            LoadFormat::Text => Ok(text),
            LoadFormat::Json => match &text.kind {
                Kind::Str(known) => match serde_json::from_str(&known.text) {
                    Ok(json) => Ok(json_value(&mut self.heap, &json)),
                    Err(_) => {
                        let message = format!("Unable to load json from {}", known.text);
                        Err(self.thrown(Raise::new("TemplateRuntimeError", message), frame, range))
                    }
                },
                _ => Ok(self.derived(frame, range, &[&text])),
            },
            LoadFormat::Yaml => {
                let fragment = match &text.kind {
                    Kind::Str(known) => {
                        let known = known.clone();
                        let print = self.print_at(frame.source.file, range);
                        self.capture(|this| this.emit_str(&known, &print)).1
                    }
                    Kind::Partial(fragment) => (**fragment).clone(),
                    _ => return Ok(self.derived(frame, range, &[&text])),
                };
                self.load_yaml(fragment, frame, range)
            }
        }
    }

    fn load_yaml(&mut self, fragment: Fragment, frame: &Rc<Frame<'a>>, range: TextRange) -> R<Value> {
        let output = Output {
            text: fragment.text,
            pieces: fragment.pieces,
            files: self.files.clone(),
            chains: self.chains.clone(),
        };
        let loaded = crate::data::load::load(self.reader, &output, crate::data::load::Format::Yaml)?;
        if let Some(problem) = loaded.problems.iter().find(|problem| problem.certain && problem.when.is_always()) {
            let message = format!("Encountered error loading yaml: {}", problem.message);
            return Err(self.thrown(Raise::new("TemplateRuntimeError", message), frame, range));
        }
        for problem in loaded.problems {
            self.problem(problem);
        }
        self.partial |= !loaded.complete;
        Ok(match loaded.data {
            Some(node) => self.value_of(&node),
            None => Kind::None.into(),
        })
    }
}
