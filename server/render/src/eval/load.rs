//! `load_yaml`, `import_yaml` and their kin: printed text read as data.

use std::rc::Rc;

use syntax::jinja::{LoadFormat, Options, StatementKind};
use text::TextRange;
use world::{Fingerprint, Hasher, Query, Reader, SaltPath, Stopped};

use super::Evaluator;
use super::halt::R;
use super::knowledge::json_value;
use super::scope::Frame;
use super::source;
use super::unknown::unknown;
use crate::data::load::{Format, load};
use crate::data::source::verbatim;
use crate::{Node, Output};
use python::value::{EvaluatorObject, Fragment, Kind, Object, Raise, Value};

/// What is in the data file at `path`, a template without tags? Read once for all that import it: a
/// large table is often imported by many.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct DataFileQuery {
    path: SaltPath,
    options: Options,
}

/// A data file that Salt reads without complaint.
struct DataFile {
    data: Option<Node>,
    complete: bool,
    /// Of the printed text.
    length: usize,
}

impl Query for DataFileQuery {
    /// `None`: its text is no data as it stands, or is refused.
    type Answer = Option<DataFile>;
    type Part = ();

    fn compute(&self, reader: &Reader<'_>) -> Result<Option<DataFile>, Stopped> {
        let Some(blob) = reader.blob(&self.path)? else { return Ok(None) };
        let Some(parsed) = source::open(reader, &self.path, blob, &self.options)? else { return Ok(None) };
        let [statement] = parsed.template.body.as_slice() else { return Ok(None) };
        let StatementKind::Data(range) = &statement.kind else { return Ok(None) };
        if range.start != 0 || !parsed.template.errors.is_empty() {
            return Ok(None);
        }
        let output = verbatim(&self.path, range.slice(&parsed.text));
        let loaded = load(reader, &output, Format::Yaml)?;
        if !loaded.problems.is_empty() {
            return Ok(None);
        }
        Ok(Some(DataFile { data: loaded.data, complete: loaded.complete, length: output.text.len() }))
    }

    fn fingerprint(answer: &Option<DataFile>) -> Fingerprint {
        let mut hasher = Hasher::default();
        if let Some(file) = answer {
            hasher.number(1 + u64::from(file.complete)).number(file.length as u64);
            file.data.iter().for_each(|data| crate::data::fingerprint::node(&mut hasher, data, true));
        }
        hasher.finish()
    }

    fn part_fingerprint(answer: &Option<DataFile>, (): &()) -> Fingerprint {
        Self::fingerprint(answer)
    }

    fn cycle(&self) -> Option<DataFile> {
        None
    }
}

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
                        if let Some(data) = self.data_file(value, known.text.len())? {
                            return Ok(data);
                        }
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

    /// The data of the imported module `value`, which printed so many bytes, if it is a mere data file
    /// and is read for certain: under a condition its keys would have that condition.
    fn data_file(&mut self, value: &Value, length: usize) -> R<Option<Value>> {
        let Kind::Object(object) = &value.kind else { return Ok(None) };
        let Object::Evaluator(EvaluatorObject::Module, id) = &**object else { return Ok(None) };
        let Some(module) = self.modules.get(*id as usize) else { return Ok(None) };
        if !self.share_data || module.source.blob.is_none() || !self.when.is_always() || self.repeated {
            return Ok(None);
        }
        let query = DataFileQuery { path: module.source.path.clone(), options: self.options.clone() };
        let answer = self.reader.ask(&query)?;
        let Some(file) = answer.as_ref().as_ref().filter(|file| file.length == length) else { return Ok(None) };
        self.partial |= !file.complete;
        Ok(Some(match &file.data {
            Some(node) => self.value_of(node),
            None => Kind::None.into(),
        }))
    }

    fn load_yaml(&mut self, fragment: Fragment, frame: &Rc<Frame<'a>>, range: TextRange) -> R<Value> {
        let output = Output {
            text: fragment.text,
            pieces: fragment.pieces,
            files: self.files.clone(),
            chains: self.chains.clone(),
        };
        let loaded = load(self.reader, &output, Format::Yaml)?;
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
