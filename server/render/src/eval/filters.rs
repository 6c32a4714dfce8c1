//! Filters and tests.

use std::rc::Rc;

use syntax::jinja::{Args, CompareOp, Expr, Name};
use text::TextRange;

use super::Evaluator;
use super::branch::one_of;
use super::calls::Arguments;
use super::decide::{Decision, split};
use super::halt::R;
use super::scope::Frame;
use builtins::{self, Call};
use python::Fail;
use python::value::{EvaluatorObject, Kind, Object, Raise, Value};

impl<'a> Evaluator<'a> {
    /// `input|name(…)`.
    pub(crate) fn filter(
        &mut self,
        input: &Value,
        input_range: TextRange,
        name: &'a Name,
        args: &'a Args,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Value> {
        let arguments = self.arguments(args, frame)?;
        let key = name.text.as_str();
        if matches!(key, "default" | "d") {
            return self.default_filter(input, &arguments, frame, input_range);
        }
        if let Kind::Object(object) = &input.kind
            && let Object::Evaluator(EvaluatorObject::Module, id) = &**object
            && let Some(module) = self.modules.get(*id as usize)
        {
            let printed = module.printed.clone();
            return self.filter_value(&printed, input_range, name, &arguments, frame, range);
        }
        self.filter_value(input, input_range, name, &arguments, frame, range)
    }

    fn filter_value(
        &mut self,
        input: &Value,
        input_range: TextRange,
        name: &'a Name,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Value> {
        let key = name.text.as_str();
        let empty = Value::str("");
        let input = match &input.kind {
            Kind::Undefined(message) if super::unknown::is_soft(message) => match softly(key, message) {
                Ok(None) => &empty,
                Ok(Some(value)) => return Ok(value),
                Err(raise) => return Err(self.thrown(raise, frame, input_range)),
            },
            _ => input,
        };
        if let Some(value) = self.filter_partial(input, key, arguments, frame, range)? {
            return Ok(value);
        }
        if arguments.unknown {
            let all: Vec<&Value> = std::iter::once(input).chain(arguments.values()).collect();
            return Ok(self.derived(frame, range, &all));
        }
        let mut missing = false;
        let result = self.builtin(vec![input.clone()], arguments, frame, range, &mut |cx, operands| {
            builtins::call_filter(cx, key, &operands[0]).unwrap_or_else(|| {
                missing = true;
                Err(Fail::Unknown("no such filter".into()))
            })
        });
        if (missing || !builtins::is_filter(key)) && !builtins::is_filter(key) {
            let raise = Raise::new("TemplateAssertionError", format!("No filter named '{key}'."));
            return Err(self.thrown(raise, frame, name.range));
        }
        match result {
            Err(super::halt::Halt::Raise(mut thrown)) if matches!(&input.kind, Kind::Undefined(message) if **message == *thrown.raise.message) =>
            {
                thrown.range = input_range;
                Err(super::halt::Halt::Raise(thrown))
            }
            other => other,
        }
    }

    /// `default`: rescues what is undefined (and with its second argument what is false).
    fn default_filter(
        &mut self,
        input: &Value,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Value> {
        let default = arguments.get(0, "default_value").cloned().unwrap_or_else(|| Value::str(""));
        if matches!(input.kind, Kind::Undefined(_)) {
            return Ok(default);
        }
        let boolean = match arguments.get(1, "boolean") {
            Some(value) => !matches!(self.truth(&value.clone(), frame, range)?, Decision::Known(false)),
            None => false,
        };
        match &input.kind {
            Kind::Undefined(_) => Ok(default),
            Kind::OneOf(options) => {
                let options = options.clone();
                self.each(options.iter().cloned(), |this, option| this.default_filter(&option, arguments, frame, range))
            }
            Kind::Unknown(_) if !boolean => Ok(self.or_default(input, default)),
            _ if boolean => match self.truth(input, frame, range)? {
                Decision::Known(true) => Ok(input.clone()),
                Decision::Known(false) => Ok(default),
                Decision::Split(yes, no) => Ok(one_of(vec![(yes, input.clone()), (no, default)])),
            },
            _ => Ok(input.clone()),
        }
    }

    /// `input is name(…)`.
    pub(crate) fn decide_test(
        &mut self,
        e: &'a Expr,
        input: &'a Expr,
        name: &'a Name,
        args: &'a Args,
        frame: &Rc<Frame<'a>>,
    ) -> R<Decision> {
        let key = name.text.as_str();
        let lenient = self.be_lenient(matches!(key, "defined" | "undefined"));
        let value = self.eval(input, frame);
        self.lenient = lenient;
        let value = value?;
        let arguments = self.arguments(args, frame)?;
        self.test_value(&value, name, &arguments, frame, e.range)
    }

    fn test_value(
        &mut self,
        value: &Value,
        name: &'a Name,
        arguments: &Arguments,
        frame: &Rc<Frame<'a>>,
        range: TextRange,
    ) -> R<Decision> {
        let key = name.text.as_str();
        if let Kind::OneOf(options) = &value.kind {
            let options = options.clone();
            return self
                .decide_options(&options, |this, option| this.test_value(option, name, arguments, frame, range));
        }
        match key {
            "defined" | "undefined" if arguments.values().next().is_none() => {
                let defined = match &value.kind {
                    Kind::Undefined(_) => Decision::Known(false),
                    Kind::Unknown(_) => {
                        self.partial = true;
                        split(&format!("{} is set", self.subject(value)))
                    }
                    _ => Decision::Known(true),
                };
                return Ok(if key == "defined" { defined } else { defined.not() });
            }
            _ => {}
        }
        let compared = match key {
            "eq" | "equalto" | "==" => Some(CompareOp::Eq),
            "in" => Some(CompareOp::In),
            _ => None,
        };
        let not_known = |value: &Value| matches!(value.kind, Kind::Unknown(_) | Kind::Partial(_) | Kind::OneOf(_));
        if let (Some(op), Some(other)) = (compared, arguments.positional.first())
            && (not_known(value) || not_known(other))
        {
            return self.compare_values(op, value, other, frame, range);
        }
        let known_text = matches!(value.kind, Kind::Partial(_));
        if known_text && matches!(key, "string" | "sequence" | "iterable" | "mapping" | "number" | "none" | "boolean") {
            return Ok(Decision::Known(matches!(key, "string" | "sequence" | "iterable")));
        }
        let text = format!("{} is {key}", self.subject(value));
        if not_known(value) || arguments.values().any(not_known) || arguments.unknown {
            self.partial = true;
            let rest: Vec<String> = arguments.values().map(|value| self.subject(value)).collect();
            let text = if rest.is_empty() { text } else { format!("{text}({})", rest.join(", ")) };
            return Ok(split(&text));
        }
        let mut cx = Call {
            heap: &mut self.heap,
            args: arguments.positional.clone(),
            kwargs: arguments.keyword.clone(),
            knowledge: &mut self.known,
        };
        match builtins::call_test(&mut cx, key, value) {
            Some(result) => {
                let is = self.known(result, frame, range)?;
                self.partial |= is.is_err();
                Ok(is.map_or_else(|_| split(&text), Decision::Known))
            }
            None => {
                let raise = Raise::new("TemplateAssertionError", format!("No test named '{key}'."));
                Err(self.thrown(raise, frame, name.range))
            }
        }
    }
}

/// What a filter makes of the undefined value of an inline `if` without `else`: most take it for an
/// empty text (`None`), some for an object that they cannot use.
fn softly(filter: &str, message: &str) -> Result<Option<Value>, Raise> {
    let text = match filter {
        "yaml" => return Ok(Some(Value::str("NULL"))),
        "attr"
        | "dict_to_sls_yaml_params"
        | "dictsort"
        | "filesizeformat"
        | "float"
        | "indent"
        | "int"
        | "json_decode_dict"
        | "load_yaml"
        | "method_call"
        | "random_hash"
        | "str_to_num"
        | "symmetric_difference"
        | "to_camelcase"
        | "to_num"
        | "to_snake_case"
        | "traverse"
        | "union"
        | "wordwrap"
        | "xmlattr" => {
            return Err(Raise::new("UndefinedError", message));
        }
        "json" | "tojson" => "Object of type Undefined is not JSON serializable".into(),
        "abs" => "bad operand type for abs(): 'Undefined'".into(),
        "round" => "type Undefined doesn't define __round__ method".into(),
        "regex_escape" => "decoding to str: need a bytes-like object, Undefined found".into(),
        "regex_match" | "regex_replace" | "regex_search" => {
            "expected string or bytes-like object, got 'Undefined'".into()
        }
        "to_entries" => "Input data must be a dict or list".into(),
        "yaml_encode" => "('cannot represent an object', Undefined)".into(),
        "base64_decode" | "base64_encode" | "hmac" | "md5" | "sha1" | "sha256" | "sha512" | "to_bytes"
        | "path_join" => "expected str, bytes, or bytearray not <class 'jinja2.runtime.Undefined'>".into(),
        _ if filter.ends_with("_dict_key_value") => "'Undefined' object does not support item assignment".to_owned(),
        _ => return Ok(None),
    };
    Err(Raise::new("TypeError", text))
}
