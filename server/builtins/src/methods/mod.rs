//! Methods of Python's types.

mod bytes;
mod collections;
mod encode;
mod markup;
mod scalars;
mod search;
mod sets;
pub mod split;
pub mod text;
pub use collections::update;

use super::Call;
use python::concrete::{defined, unknown};
use python::value::{Kind, Object, Raise, Value};
use python::{Fail, Res};

/// `receiver.name(args…)`.
///
/// # Errors
/// As Python; a method that the receiver's type lacks raises jinja2's undefined error.
pub fn call_method(cx: &mut Call<'_>, receiver: &Value, name: &str) -> Res<Value> {
    defined(receiver)?;
    let found = match &receiver.kind {
        Kind::Str(receiver) if receiver.markup => markup::call(cx, receiver, name),
        Kind::Str(receiver) => text::call(cx, receiver, name),
        Kind::List(id) => collections::list(cx, *id, name),
        Kind::Dict(id) => collections::dict(cx, *id, name),
        Kind::Tuple(_) | Kind::Range(..) => collections::tuple(cx, receiver, name),
        Kind::Set(id) => sets::set(cx, *id, name),
        Kind::Bytes(bytes) => bytes::call(cx, bytes, name),
        Kind::Bool(_) | Kind::Int(_) | Kind::Big(_) | Kind::Float(_) => scalars::number(cx, receiver, name),
        Kind::Object(object) => match &**object {
            Object::Global(class) if class == "dict" && name == "fromkeys" => Some(collections::fromkeys(cx)),
            Object::View(..) if name == "isdisjoint" => Some(sets::isdisjoint(cx, receiver)),
            Object::Evaluator(..) | Object::Salt | Object::SaltFunction(_) => Some(unknown("a method of an object")),
            _ => None,
        },
        _ => None,
    };
    // Python's own functions call None's type by its value.
    let found = found.map(|result| match result {
        Err(Fail::Raise(error)) if error.message.contains(" argument ") && error.message.ends_with("not NoneType") => {
            Err(Fail::Raise(Raise::new(error.class, error.message.replace("not NoneType", "not None"))))
        }
        other => other,
    });
    found.unwrap_or_else(|| {
        let kind = python::concrete::type_repr(receiver);
        let message = format!("'{kind}' has no attribute '{name}'");
        Err(Fail::Raise(Raise::new("UndefinedError", message)))
    })
}
