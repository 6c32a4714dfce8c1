//! Binding arguments to parameters as Python does, with its error texts.

use smol_str::SmolStr;

use super::Call;
use python::concrete::{known, type_error};
use python::number::as_index;
use python::percent::quoted;
use python::value::{Heap, Kind, Str, Value};
use python::{Fail, Res, to_str, truthy, type_name};

impl Call<'_> {
    /// The arguments by parameter. `given` parameters stand before them in the Python function (a
    /// filter's input) and count in messages; the first `required` must be there.
    ///
    /// # Errors
    /// `f() missing 1 required positional argument: 'x'` and the like.
    pub fn bind<const N: usize>(
        &self,
        function: &str,
        given: usize,
        parameters: [&str; N],
        required: usize,
    ) -> Res<[Option<Value>; N]> {
        let mut bound: [Option<Value>; N] = std::array::from_fn(|n| self.args.get(n).cloned());
        if self.args.len() > N {
            let total = N + given;
            let least = required + given;
            let takes = if least == total { total.to_string() } else { format!("from {least} to {total}") };
            let (plural, got) = (if total == 1 { "" } else { "s" }, self.args.len() + given);
            let were = if got == 1 { "was" } else { "were" };
            return type_error(format!(
                "{function}() takes {takes} positional argument{plural} but {got} {were} given"
            ));
        }
        for (name, value) in &self.kwargs {
            match parameters.iter().position(|parameter| parameter == name) {
                Some(n) if n < self.args.len() => {
                    return type_error(format!("{function}() got multiple values for argument {}", quoted(name)));
                }
                Some(n) => bound[n] = Some(value.clone()),
                None => {
                    return type_error(format!("{function}() got an unexpected keyword argument {}", quoted(name)));
                }
            }
        }
        let missing: Vec<String> =
            (0..required.min(N)).filter(|n| bound[*n].is_none()).map(|n| quoted(parameters[n])).collect();
        if let Some((last, first)) = missing.split_last() {
            let names = match first {
                [] => last.clone(),
                [one] => format!("{one} and {last}"),
                many => format!("{}, and {last}", many.join(", ")),
            };
            let plural = if first.is_empty() { "" } else { "s" };
            let count = missing.len();
            return type_error(format!("{function}() missing {count} required positional argument{plural}: {names}"));
        }
        Ok(bound)
    }

    /// As [`Call::bind`] for built-in functions that take keywords.
    ///
    /// # Errors
    /// `f() takes at most 2 arguments (3 given)` and the like.
    pub fn bind_native<const N: usize>(
        &self,
        function: &str,
        parameters: [&str; N],
        required: usize,
    ) -> Res<[Option<Value>; N]> {
        let given = self.args.len() + self.kwargs.len();
        if given > N {
            let plural = if N == 1 { "" } else { "s" };
            return type_error(format!("{function}() takes at most {N} argument{plural} ({given} given)"));
        }
        if let Some((name, _)) = self.kwargs.iter().find(|(name, _)| !parameters.contains(&name.as_str())) {
            return type_error(format!("{} is an invalid keyword argument for {function}()", quoted(name)));
        }
        self.bind(function, 0, parameters, required)
    }

    /// For functions of `**kwargs` only.
    ///
    /// # Errors
    /// `f() takes 0 positional arguments but 1 was given`.
    pub fn bind_rest(&self, function: &str) -> Res<()> {
        if self.args.is_empty() {
            return Ok(());
        }
        let were = if self.args.len() == 1 { "was" } else { "were" };
        type_error(format!("{function}() takes 0 positional arguments but {} {were} given", self.args.len()))
    }

    /// As [`Call::bind`] for built-in functions, which take no keywords.
    ///
    /// # Errors
    /// `f() takes no keyword arguments`, `f expected at least 1 argument, got 0` and the like.
    pub fn positional<const N: usize>(&self, function: &str, required: usize) -> Res<[Option<Value>; N]> {
        let short = function.rsplit('.').next().unwrap_or(function);
        if !self.kwargs.is_empty() {
            return type_error(format!("{function}() takes no keyword arguments"));
        }
        let got = self.args.len();
        if got < required || got > N {
            let plural = |n: usize| if n == 1 { "" } else { "s" };
            return type_error(match (required, N) {
                (0, 0) => format!("{function}() takes no arguments ({got} given)"),
                (1, 1) => format!("{function}() takes exactly one argument ({got} given)"),
                (least, most) if least == most => {
                    format!("{short} expected {most} argument{}, got {got}", plural(most))
                }
                (least, _) if got < least => {
                    format!("{short} expected at least {least} argument{}, got {got}", plural(least))
                }
                (_, most) => format!("{short} expected at most {most} argument{}, got {got}", plural(most)),
            });
        }
        Ok(std::array::from_fn(|n| self.args.get(n).cloned()))
    }

    /// A call of something else in the same context.
    ///
    /// # Errors
    /// Those of `call`.
    pub fn with<T>(
        &mut self,
        args: Vec<Value>,
        kwargs: Vec<(SmolStr, Value)>,
        call: impl FnOnce(&mut Call<'_>) -> T,
    ) -> T {
        call(&mut Call { heap: &mut *self.heap, args, kwargs, knowledge: &mut *self.knowledge })
    }
}

/// `soft_str(value)`: the text itself, else `str(value)`.
pub fn soft_str(heap: &Heap, value: &Value) -> Res<Str> {
    match &value.kind {
        Kind::Str(text) => Ok(text.clone()),
        _ => Ok(Str::plain(to_str(heap, value)?)),
    }
}

/// A text argument; anything else is the given `TypeError`.
pub fn text(value: &Value, error: impl FnOnce(&str) -> String) -> Res<Str> {
    known(value)?;
    match &value.kind {
        Kind::Str(text) => Ok(text.clone()),
        _ => type_error(error(type_name(value))),
    }
}

/// An optional truth, with its default.
pub fn flag(heap: &Heap, value: Option<&Value>, default: bool) -> Res<bool> {
    value.map_or(Ok(default), |value| truthy(heap, value))
}

/// An integer argument.
pub fn index(value: &Value) -> Res<i64> {
    known(value)?;
    match as_index(value) {
        Some(n) => Ok(n),
        None => type_error(format!("'{}' object cannot be interpreted as an integer", type_name(value))),
    }
}

/// An optional integer argument, with its default.
pub fn index_or(value: Option<&Value>, default: i64) -> Res<i64> {
    value.map_or(Ok(default), index)
}

/// Whether an optional argument is absent or `None`.
pub fn absent(value: Option<&Value>) -> bool {
    value.is_none_or(|value| matches!(value.kind, Kind::None))
}

/// Turns a Python error of the given classes into `None`.
pub fn rescue<T>(result: Res<T>, classes: &[&str]) -> Res<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Fail::Raise(raise)) if classes.contains(&raise.class) => Ok(None),
        Err(fail) => Err(fail),
    }
}
