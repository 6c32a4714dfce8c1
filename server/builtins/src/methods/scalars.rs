//! Methods of numbers, and how bytes are decoded.

use num_bigint::BigInt;

use super::super::Call;
use python::Res;
use python::concrete::{boolean, count, integer, raise, tuple, unknown};
use python::number::Number;
use python::value::{Kind, Value};

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
        (Number::Int(n), "to_bytes") => Some(to_bytes(cx, &n)),
        (Number::Int(_), "from_bytes") => Some(from_bytes(cx)),
        (Number::Float(n), "is_integer") => Some(nullary(boolean(n.is_finite() && n.fract() == 0.0))),
        (Number::Float(n), "conjugate") => Some(nullary(Kind::Float(n).into())),
        (Number::Float(n), "as_integer_ratio") => Some(cx.positional::<0>(name, 0).and_then(|_| ratio(n))),
        (Number::Float(n), "hex") => Some(cx.positional::<0>(name, 0).map(|_| Value::str(float_hex(n)))),
        (Number::Float(_), "fromhex") => Some(unknown("float.fromhex is not evaluated")),
        _ => None,
    }
}

/// `float.as_integer_ratio`.
fn ratio(n: f64) -> Res<Value> {
    if n.is_nan() {
        return raise("ValueError", "cannot convert NaN to integer ratio");
    }
    if n.is_infinite() {
        return raise("OverflowError", "cannot convert Infinity to integer ratio");
    }
    let (mantissa, exponent, sign) = num_traits::float::FloatCore::integer_decode(n);
    let (mut over, mut under) = (BigInt::from(mantissa), BigInt::from(1));
    if exponent >= 0 {
        over <<= usize::try_from(exponent).unwrap_or(0);
    } else {
        under <<= usize::try_from(-exponent).unwrap_or(0);
    }
    let common = num_integer::Integer::gcd(&over, &under);
    let over = over / &common * i32::from(sign);
    Ok(tuple(vec![integer(over), integer(under / common)]))
}

/// `float.hex`.
fn float_hex(n: f64) -> String {
    if !n.is_finite() {
        return python::number::float_repr(n);
    }
    let sign = if n.is_sign_negative() { "-" } else { "" };
    let bits = n.to_bits();
    let (exponent, fraction) = ((bits >> 52) & 0x7ff, bits & ((1 << 52) - 1));
    if exponent == 0 && fraction == 0 {
        return format!("{sign}0x0.0p+0");
    }
    let (lead, power) = if exponent == 0 { (0, -1022) } else { (1, i64::try_from(exponent).unwrap_or(0) - 1023) };
    format!("{sign}0x{lead}.{fraction:013x}p{power:+}")
}

/// Whether the order is little-endian.
fn little(order: Option<&Value>) -> Res<bool> {
    match order {
        None => Ok(false),
        Some(order) => match order.as_str() {
            Some("big") => Ok(false),
            Some("little") => Ok(true),
            Some(_) => raise("ValueError", "byteorder must be either 'little' or 'big'"),
            None => unknown("a byte order of this type"),
        },
    }
}

fn to_bytes(cx: &Call<'_>, n: &BigInt) -> Res<Value> {
    let [length, order, signed] = cx.bind("to_bytes", 0, ["length", "byteorder", "signed"], 0)?;
    let little = little(order.as_ref())?;
    let signed = crate::args::flag(cx.heap, signed.as_ref(), false)?;
    let length = crate::args::index_or(length.as_ref(), 1)?;
    let Ok(length) = usize::try_from(length) else {
        return raise("ValueError", "length argument must be non-negative");
    };
    let negative = n.sign() == num_bigint::Sign::Minus;
    if negative && !signed {
        return raise("OverflowError", "can't convert negative int to unsigned");
    }
    let mut bytes = if signed { n.to_signed_bytes_be() } else { n.to_bytes_be().1 };
    if bytes == [0] {
        bytes.clear();
    }
    if bytes.len() > length {
        return raise("OverflowError", "int too big to convert");
    }
    if length > 100_000 {
        return unknown("bytes too many to build");
    }
    let mut all = vec![if negative { 0xff } else { 0 }; length - bytes.len()];
    all.extend(bytes);
    if little {
        all.reverse();
    }
    Ok(Kind::Bytes(all.into()).into())
}

fn from_bytes(cx: &mut Call<'_>) -> Res<Value> {
    let [bytes, order, signed] = cx.bind("from_bytes", 0, ["bytes", "byteorder", "signed"], 1)?;
    let little = little(order.as_ref())?;
    let signed = crate::args::flag(cx.heap, signed.as_ref(), false)?;
    let given = bytes.unwrap_or_else(|| Kind::None.into());
    let mut bytes: Vec<u8> = match &given.kind {
        Kind::Bytes(bytes) => bytes.to_vec(),
        Kind::Str(_) => return raise("TypeError", "cannot convert 'str' object to bytes"),
        _ => {
            let mut bytes = Vec::new();
            for part in python::iterate(cx.heap, &given)? {
                match u8::try_from(crate::args::index(&part)?) {
                    Ok(byte) => bytes.push(byte),
                    Err(_) => return raise("ValueError", "bytes must be in range(0, 256)"),
                }
            }
            bytes
        }
    };
    if little {
        bytes.reverse();
    }
    Ok(integer(if signed {
        BigInt::from_signed_bytes_be(&bytes)
    } else {
        BigInt::from_bytes_be(num_bigint::Sign::Plus, &bytes)
    }))
}

/// `bytes.decode`.
pub(super) fn decode(cx: &Call<'_>, receiver: &[u8]) -> Res<Value> {
    let [encoding, errors] = cx.bind_native("decode", ["encoding", "errors"], 0)?;
    let encoding = encoding.as_ref().and_then(Value::as_str).unwrap_or("utf-8").to_lowercase().replace('_', "-");
    match encoding.as_str() {
        "utf-8" | "utf8" | "ascii" | "us-ascii" => match std::str::from_utf8(receiver) {
            Ok(text) if encoding.starts_with("utf") || text.is_ascii() => Ok(Value::str(text)),
            _ if matches!(errors.as_ref().and_then(Value::as_str), Some("ignore" | "replace")) => {
                let ignore = errors.as_ref().and_then(Value::as_str) == Some("ignore");
                if encoding.starts_with("utf") {
                    let text = String::from_utf8_lossy(receiver);
                    return Ok(Value::str(if ignore { text.replace('\u{fffd}', "") } else { text.into_owned() }));
                }
                let kept = receiver.iter().filter(|b| !ignore || b.is_ascii());
                Ok(Value::str(kept.map(|b| if b.is_ascii() { char::from(*b) } else { '\u{fffd}' }).collect::<String>()))
            }
            _ if errors.as_ref().is_some_and(|errors| errors.as_str() != Some("strict")) => {
                unknown("bytes that are no text")
            }
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
