//! `+ - * / // % **` and the unary operators.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive, Zero};
use syntax::jinja::{BinaryOp, UnaryOp};

use super::compare::set_like;
use super::concrete::{beyond, defined, integer, items, new_set, raise, tuple, type_error, type_name, unknown};
use super::number::{Number, as_index};
use super::strings::Builder;
use super::{Res, key_of, truthy};
use crate::value::{Heap, Key, Kind, Value};

/// The operator as Python's messages name it.
fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::FloorDiv => "//",
        BinaryOp::Mod => "%",
        BinaryOp::Pow => "** or pow()",
        BinaryOp::And => "and",
        BinaryOp::Or => "or",
    }
}

/// `a OP b`; `and` and `or` give the operand that decides, both evaluated already.
///
/// # Errors
/// As Python (`unsupported operand type(s) for +: 'int' and 'str'`).
pub fn binary(heap: &mut Heap, op: BinaryOp, a: &Value, b: &Value) -> Res<Value> {
    match op {
        BinaryOp::And => return Ok(if truthy(heap, a)? { b } else { a }.clone()),
        BinaryOp::Or => return Ok(if truthy(heap, a)? { a } else { b }.clone()),
        _ => {}
    }
    defined(a)?;
    if let (BinaryOp::Mod, Kind::Str(format)) = (op, &a.kind) {
        return super::percent::format(heap, format, b);
    }
    defined(b)?;
    if let (Some(x), Some(y)) = (Number::of(a), Number::of(b)) {
        heap.meter.touch(cost(op, &x, &y))?;
        return numbers(op, &x, &y);
    }
    match op {
        BinaryOp::Add => add(heap, a, b),
        BinaryOp::Mul => multiply(heap, a, b),
        BinaryOp::Sub => match (set_like(heap, a)?, set_like(heap, b)?) {
            (Some(x), Some(y)) => {
                let gone: rustc_hash::FxHashSet<Key> = y.iter().map(|v| key_of(heap, v)).collect::<Res<_>>()?;
                let mut kept = Vec::new();
                for value in x {
                    if !gone.contains(&key_of(heap, &value)?) {
                        kept.push(value);
                    }
                }
                new_set(heap, kept)
            }
            _ => unsupported(op, a, b),
        },
        _ => unsupported(op, a, b),
    }
}

/// Units that an operation takes: products, quotients and powers of large numbers take the product of their sizes.
fn cost(op: BinaryOp, a: &Number, b: &Number) -> usize {
    let (Number::Int(x), Number::Int(y)) = (a, b) else { return 1 };
    let words = |n: &BigInt| usize::try_from(n.bits() / 64).unwrap_or(usize::MAX);
    let (x, y) = (words(x), words(y));
    match op {
        BinaryOp::Add | BinaryOp::Sub => 1 + (x + y) / 2,
        _ => (1 + x / 4).saturating_mul(1 + y / 4).saturating_add(x).saturating_add(y),
    }
}

fn unsupported(op: BinaryOp, a: &Value, b: &Value) -> Res<Value> {
    type_error(format!("unsupported operand type(s) for {}: '{}' and '{}'", symbol(op), type_name(a), type_name(b)))
}

fn add(heap: &mut Heap, a: &Value, b: &Value) -> Res<Value> {
    match (&a.kind, &b.kind) {
        (Kind::Str(x), Kind::Str(y)) => {
            let markup = x.markup || y.markup;
            heap.meter.build(x.weight() + y.weight())?;
            let mut builder = Builder::default();
            for part in [x, y] {
                builder.push(&if markup { super::markup::escaped_str(part) } else { part.clone() });
            }
            let sum = builder.value();
            Ok(if markup { super::markup::marked(sum) } else { sum })
        }
        (Kind::List(x), Kind::List(y)) => {
            // Conditional items stay what they are.
            let (x, y) = (heap.get_list(*x), heap.get_list(*y));
            heap.meter.slots(x.items.len() + y.items.len())?;
            let (items, open) = ([x.items.as_slice(), y.items.as_slice()].concat(), x.open || y.open);
            let sum = heap.list([]);
            if let Kind::List(id) = sum.kind {
                let data = heap.list_mut(id);
                (data.items, data.open) = (items, open);
            }
            Ok(sum)
        }
        (Kind::Tuple(x), Kind::Tuple(y)) => heap.meter.slots(x.len() + y.len()).map(|()| tuple([&**x, &**y].concat())),
        (Kind::Bytes(x), Kind::Bytes(y)) => {
            heap.meter.build(x.len() + y.len()).map(|()| Kind::Bytes([&**x, &**y].concat().into()).into())
        }
        (Kind::Str(_) | Kind::List(_) | Kind::Tuple(_), _) => {
            let kind = type_name(a);
            type_error(format!("can only concatenate {kind} (not \"{}\") to {kind}", type_name(b)))
        }
        (Kind::Bytes(_), _) => type_error(format!("can't concat {} to bytes", type_name(b))),
        _ => unsupported(BinaryOp::Add, a, b),
    }
}

fn multiply(heap: &mut Heap, a: &Value, b: &Value) -> Res<Value> {
    let sequence = |v: &Value| matches!(v.kind, Kind::Str(_) | Kind::Bytes(_) | Kind::List(_) | Kind::Tuple(_));
    let (value, times) = match (sequence(a), sequence(b)) {
        (true, _) => (a, b),
        (false, true) => (b, a),
        _ => return unsupported(BinaryOp::Mul, a, b),
    };
    let Some(times) = as_index(times) else {
        return type_error(format!("can't multiply sequence by non-int of type '{}'", type_name(times)));
    };
    let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
    // An item of nothing takes a turn, too.
    let product = |len: usize| len.max(1).saturating_mul(times);
    match &value.kind {
        Kind::Str(text) => {
            let segments = text.segments.as_ref().map_or(0, |segments| segments.len());
            heap.meter.build(product(text.text.len() + segments * 32))?;
            let mut builder = Builder::default();
            for _ in 0..times {
                builder.push(text);
            }
            let product = builder.value();
            Ok(if text.markup { super::markup::marked(product) } else { product })
        }
        Kind::Bytes(bytes) => {
            heap.meter.build(product(bytes.len())).map(|()| Kind::Bytes(bytes.repeat(times).into()).into())
        }
        Kind::List(id) => {
            let values = items(heap, *id)?;
            heap.meter.touch(product(values.len()))?;
            heap.meter.slots(values.len().saturating_mul(times))?;
            Ok(heap.list(values.iter().cycle().take(values.len() * times).cloned()))
        }
        Kind::Tuple(values) => {
            heap.meter.slots(product(values.len()))?;
            Ok(tuple(values.iter().cycle().take(values.len() * times).cloned().collect()))
        }
        _ => unknown("a sequence that is not known"),
    }
}

fn numbers(op: BinaryOp, a: &Number, b: &Number) -> Res<Value> {
    if let (Number::Int(x), Number::Int(y)) = (a, b) {
        return integers(op, x, y);
    }
    let (x, y) = (a.float()?, b.float()?);
    let float = |n: f64| Ok(Kind::Float(n).into());
    match op {
        BinaryOp::Add => float(x + y),
        BinaryOp::Sub => float(x - y),
        BinaryOp::Mul => float(x * y),
        BinaryOp::Div if y == 0.0 => raise("ZeroDivisionError", "float division by zero"),
        BinaryOp::Div => float(x / y),
        BinaryOp::FloorDiv if y == 0.0 => raise("ZeroDivisionError", "float floor division by zero"),
        BinaryOp::Mod if y == 0.0 => raise("ZeroDivisionError", "float modulo"),
        BinaryOp::FloorDiv => float(float_divmod(x, y).0),
        BinaryOp::Mod => float(float_divmod(x, y).1),
        _ => float_pow(x, y),
    }
}

/// CPython's `float.__divmod__`.
fn float_divmod(x: f64, y: f64) -> (f64, f64) {
    let mut modulo = x % y;
    let mut quotient = (x - modulo) / y;
    if modulo == 0.0 {
        modulo = 0.0_f64.copysign(y);
    } else if (y < 0.0) != (modulo < 0.0) {
        modulo += y;
        quotient -= 1.0;
    }
    let floor = if quotient == 0.0 {
        0.0_f64.copysign(x / y)
    } else {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    };
    (floor, modulo)
}

fn float_pow(x: f64, y: f64) -> Res<Value> {
    if x == 0.0 && y < 0.0 {
        return raise("ZeroDivisionError", "0.0 cannot be raised to a negative power");
    }
    if x < 0.0 && y.fract() != 0.0 && y.is_finite() && x.is_finite() {
        return unknown("a complex number");
    }
    let result = x.powf(y);
    if result.is_infinite() && x.is_finite() && y.is_finite() {
        return raise("OverflowError", "(34, 'Numerical result out of range')");
    }
    Ok(Kind::Float(result).into())
}

fn integers(op: BinaryOp, x: &BigInt, y: &BigInt) -> Res<Value> {
    Ok(match op {
        BinaryOp::Add => integer(x + y),
        BinaryOp::Sub => integer(x - y),
        BinaryOp::Mul => integer(x * y),
        BinaryOp::Div if y.is_zero() => return raise("ZeroDivisionError", "division by zero"),
        BinaryOp::Div => return true_division(x, y),
        BinaryOp::FloorDiv if y.is_zero() => {
            return raise("ZeroDivisionError", "integer division or modulo by zero");
        }
        BinaryOp::Mod if y.is_zero() => return raise("ZeroDivisionError", "integer modulo by zero"),
        BinaryOp::FloorDiv => integer(x.div_floor(y)),
        BinaryOp::Mod => integer(x.mod_floor(y)),
        _ if y.is_negative() => {
            if x.is_zero() {
                return raise("ZeroDivisionError", "0.0 cannot be raised to a negative power");
            }
            return float_pow(Number::Int(x.clone()).float()?, Number::Int(y.clone()).float()?);
        }
        _ => match y.to_u32() {
            Some(exponent) => integer(super::number::int_pow(x, exponent)?),
            None => return beyond("a number is too large to be computed"),
        },
    })
}

/// `int / int`, correctly rounded where both fit a float exactly (else by their quotient).
fn true_division(x: &BigInt, y: &BigInt) -> Res<Value> {
    if x.bits() <= 53 && y.bits() <= 53 {
        return Ok(Kind::Float(x.to_f64().unwrap_or(0.0) / y.to_f64().unwrap_or(1.0)).into());
    }
    // Scale so that the quotient has 64 more bits than a float holds, and keep a sticky bit.
    let shift = i64::try_from(y.bits()).unwrap_or(0) - i64::try_from(x.bits()).unwrap_or(0) + 66;
    let (scaled_x, scaled_y) = if shift >= 0 { (x << shift, y.clone()) } else { (x.clone(), y << -shift) };
    let (mut quotient, remainder) = (scaled_x.magnitude().clone(), scaled_y.magnitude().clone());
    let rest = &quotient % &remainder;
    quotient /= remainder;
    if !rest.is_zero() {
        quotient |= num_bigint::BigUint::from(1_u8);
    }
    let float = quotient.to_f64().unwrap_or(f64::INFINITY) * 2_f64.powi(i32::try_from(-shift).unwrap_or(0));
    if float.is_infinite() {
        return raise("OverflowError", "integer division result too large for a float");
    }
    Ok(Kind::Float(if x.is_negative() == y.is_negative() { float } else { -float }).into())
}

/// `OP value`.
///
/// # Errors
/// `bad operand type for unary -: 'str'`, as Python.
pub fn unary(heap: &mut Heap, op: UnaryOp, value: &Value) -> Res<Value> {
    let symbol = match op {
        UnaryOp::Not => return Ok(Kind::Bool(!truthy(heap, value)?).into()),
        UnaryOp::Neg => '-',
        UnaryOp::Pos => '+',
    };
    defined(value)?;
    match (Number::of(value), op) {
        (Some(Number::Int(n)), UnaryOp::Neg) => Ok(integer(-n)),
        (Some(Number::Float(n)), UnaryOp::Neg) => Ok(Kind::Float(-n).into()),
        (Some(n), _) => Ok(n.value()),
        (None, _) => type_error(format!("bad operand type for unary {symbol}: '{}'", type_name(value))),
    }
}
