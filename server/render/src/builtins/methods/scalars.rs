//! Methods of numbers and bytes.

use num_traits::ToPrimitive;

use super::super::Call;
use crate::python::Res;
use crate::python::concrete::{boolean, count, integer, raise, tuple, unknown};
use crate::python::number::{Number, as_int};
use crate::value::{Kind, Value};

/// A method of `int`, `bool` or `float`; `None`: there is none of that name.
pub(super) fn number(cx: &mut Call<'_>, receiver: &Value, name: &str) -> Option<Res<Value>> {
    let nullary = |value: Value| cx.positional::<0>(name, 0).map(|_| value);
    match (Number::of(receiver)?, name) {
        (Number::Int(n), "bit_length") => Some(nullary(count(usize::try_from(n.bits()).unwrap_or(usize::MAX)))),
        (Number::Int(n), "bit_count") => {
            let ones: u32 = n.iter_u64_digits().map(u64::count_ones).sum();
            Some(nullary(count(ones as usize)))
        }
        (Number::Int(n), "conjugate") => Some(nullary(integer(n))),
        (Number::Int(n), "as_integer_ratio") => Some(nullary(tuple(vec![integer(n), count(1)]))),
        (Number::Int(n), "to_bytes") => Some(to_bytes(cx, n.to_u64())),
        (Number::Float(n), "is_integer") => Some(nullary(boolean(n.is_finite() && n.fract() == 0.0))),
        (Number::Float(n), "conjugate") => Some(nullary(Kind::Float(n).into())),
        (Number::Float(_), "as_integer_ratio" | "hex" | "fromhex") | (Number::Int(_), "from_bytes") => {
            Some(unknown(format!("{name} is not evaluated")))
        }
        _ => None,
    }
}

fn to_bytes(cx: &Call<'_>, n: Option<u64>) -> Res<Value> {
    let [length, order] = cx.bind("to_bytes", 0, ["length", "byteorder"], 0)?;
    let (Some(n), length) = (n, length.as_ref().and_then(as_int).and_then(|n| n.to_usize()).unwrap_or(1)) else {
        return unknown("bytes of a large or negative number");
    };
    let all = n.to_be_bytes();
    let used = 8 - n.leading_zeros() as usize / 8;
    if used > length || length > 64 {
        return raise("OverflowError", "int too big to convert");
    }
    let mut bytes = vec![0; length.saturating_sub(8)];
    bytes.extend_from_slice(&all[8 - length.min(8)..]);
    if order.as_ref().and_then(Value::as_str) == Some("little") {
        bytes.reverse();
    }
    Ok(Kind::Bytes(bytes.into()).into())
}

/// A method of `bytes`; `None`: none that is known.
pub(super) fn bytes(cx: &mut Call<'_>, receiver: &[u8], name: &str) -> Option<Res<Value>> {
    Some(match name {
        "decode" => decode(cx, receiver),
        "hex" => Ok(Value::str(receiver.iter().map(|b| format!("{b:02x}")).collect::<String>())),
        "upper" => Ok(Kind::Bytes(receiver.to_ascii_uppercase().into()).into()),
        "lower" => Ok(Kind::Bytes(receiver.to_ascii_lowercase().into()).into()),
        "strip" | "split" | "replace" | "startswith" | "endswith" | "join" | "find" | "count" | "index" | "title" => {
            unknown(format!("bytes.{name} is not evaluated"))
        }
        _ => return None,
    })
}

fn decode(cx: &Call<'_>, receiver: &[u8]) -> Res<Value> {
    let [encoding, errors] = cx.bind("decode", 0, ["encoding", "errors"], 0)?;
    let encoding = encoding.as_ref().and_then(Value::as_str).unwrap_or("utf-8").to_lowercase().replace('_', "-");
    match encoding.as_str() {
        "utf-8" | "utf8" | "ascii" | "us-ascii" => match std::str::from_utf8(receiver) {
            Ok(text) if encoding.starts_with("utf") || text.is_ascii() => Ok(Value::str(text)),
            _ if errors.is_some() => unknown("bytes that are no text"),
            Err(error) if encoding.starts_with("utf") => {
                let at = error.valid_up_to();
                let byte = receiver.get(at).copied().unwrap_or(0);
                let why = if error.error_len().is_none() { "unexpected end of data" } else { "invalid start byte" };
                raise(
                    "UnicodeDecodeError",
                    format!("'utf-8' codec can't decode byte 0x{byte:02x} in position {at}: {why}"),
                )
            }
            _ => {
                let at = receiver.iter().position(|b| !b.is_ascii()).unwrap_or(0);
                let byte = receiver.get(at).copied().unwrap_or(0);
                let message =
                    format!("'ascii' codec can't decode byte 0x{byte:02x} in position {at}: ordinal not in range(128)");
                raise("UnicodeDecodeError", message)
            }
        },
        "latin-1" | "latin1" | "iso-8859-1" => {
            Ok(Value::str(receiver.iter().map(|b| char::from(*b)).collect::<String>()))
        }
        _ => unknown(format!("the encoding {encoding}")),
    }
}
