//! Filters over sequences: `first`, `last`, `list`, `length`, `batch`, `slice`, `reverse`, `zip`, ….

use super::attribute::{get, parts};
use crate::Call;
use crate::args::{absent, index, soft_str};
use python::concrete::{count, defined, items, iterator, pairs, raise, tuple, type_error};
use python::strings::Builder;
use python::value::{Kind, Value};
use python::{Res, iterate, length, to_str, truthy};

/// One of these filters; `None`: not one of them.
pub(super) fn call(cx: &mut Call<'_>, name: &str, input: &Value) -> Option<Res<Value>> {
    Some(match name {
        "first" => first(cx, input),
        "last" => last(cx, input),
        "list" => iterate(cx.heap, input).map(|values| cx.heap.list(values)),
        "length" | "count" => length(cx.heap, input).map(count),
        "items" => pairs_of(cx, input),
        "join" => join(cx, input),
        "reverse" => reverse(cx, input),
        "batch" => batch(cx, input),
        "slice" => slice(cx, input),
        "zip" | "zip_longest" => zip(cx, input, name == "zip_longest"),
        "product" | "permutations" | "combinations" | "combinations_with_replacement" => combine(cx, input, name),
        "compress" => compress(cx, input),
        _ => return None,
    })
}

/// The items of any iterable without consuming more than jinja2 does.
fn peek(cx: &mut Call<'_>, input: &Value, from_end: bool) -> Res<Option<Value>> {
    if let Kind::Object(object) = &input.kind
        && let python::value::Object::Iterator(id, _) = &**object
    {
        let values = items(cx.heap, *id)?;
        if !values.is_empty() && !from_end {
            cx.heap.list_mut(*id).items.remove(0);
        }
        return Ok(values.into_iter().next());
    }
    if let Kind::List(id) = input.kind {
        // A certain first or last item is enough.
        let data = cx.heap.get_list(id);
        let slot = if from_end { data.items.last() } else { data.items.first() };
        if let Some(slot) = slot.filter(|slot| slot.when.is_always() && !slot.repeated && !data.open) {
            return Ok(Some(slot.value.clone()));
        }
    }
    let values = iterate(cx.heap, input)?;
    Ok(if from_end { values.into_iter().next_back() } else { values.into_iter().next() })
}

fn first(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let _: [Option<Value>; 0] = cx.bind("sync_do_first", 2, [], 0)?;
    let empty = || Kind::Undefined("No first item, sequence was empty.".into()).into();
    Ok(peek(cx, input, false)?.unwrap_or_else(empty))
}

fn last(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let _: [Option<Value>; 0] = cx.bind("do_last", 2, [], 0)?;
    defined(input)?;
    let reversible = matches!(
        &input.kind,
        Kind::List(_) | Kind::Tuple(_) | Kind::Str(_) | Kind::Bytes(_) | Kind::Dict(_) | Kind::Range(..)
    ) || matches!(&input.kind, Kind::Object(o) if matches!(**o, python::value::Object::View(..)));
    if !reversible {
        return type_error(format!("'{}' object is not reversible", python::type_name(input)));
    }
    let empty = || Kind::Undefined("No last item, sequence was empty.".into()).into();
    Ok(peek(cx, input, true)?.unwrap_or_else(empty))
}

fn pairs_of(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let values = match &input.kind {
        Kind::Undefined(_) => Vec::new(),
        Kind::Dict(id) => pairs(cx.heap, *id)?.into_iter().map(|(k, v)| tuple(vec![k, v])).collect(),
        _ => return type_error("Can only get item pairs from a mapping."),
    };
    Ok(iterator(cx.heap, "generator", values))
}

fn join(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [separator, attribute] = cx.bind("sync_do_join", 2, ["d", "attribute"], 0)?;
    let path = parts(attribute.as_ref())?;
    let separator = soft_str(cx.heap, &separator.unwrap_or_else(|| Value::str("")))?;
    let mut builder = Builder::default();
    for (n, item) in iterate(cx.heap, input)?.into_iter().enumerate() {
        if n > 0 {
            cx.heap.meter.build(separator.weight())?;
            builder.push(&separator);
        }
        let item = get(cx, &item, &path, None)?;
        match &item.kind {
            Kind::Str(text) => {
                cx.heap.meter.build(text.weight())?;
                builder.push(text);
            }
            _ => builder.push_str(&to_str(cx.heap, &item)?),
        }
    }
    Ok(builder.value())
}

fn reverse(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    defined(input)?;
    let name = match &input.kind {
        Kind::Str(_) => {
            let step = Kind::Int(-1).into();
            return python::slice(cx.heap, input, [None, None, Some(&step)]);
        }
        Kind::List(_) => "list_reverseiterator",
        Kind::Dict(_) => "dict_reversekeyiterator",
        Kind::Range(..) => "range_iterator",
        Kind::Tuple(_) | Kind::Bytes(_) => "reversed",
        Kind::Object(object) if matches!(**object, python::value::Object::Iterator(..)) => "",
        Kind::Object(object) if matches!(**object, python::value::Object::View(..)) => "dict_reverseitemiterator",
        Kind::Set(_) => "",
        _ => return raise("FilterArgumentError", "argument must be iterable"),
    };
    let mut values = iterate(cx.heap, input)?;
    values.reverse();
    Ok(if name.is_empty() { cx.heap.list(values) } else { iterator(cx.heap, name, values) })
}

fn batch(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [size, fill] = cx.bind("do_batch", 1, ["linecount", "fill_with"], 1)?;
    let size = size.unwrap_or_else(|| Kind::None.into());
    let values = iterate(cx.heap, input)?;
    if !values.is_empty() {
        defined(&size)?;
    }
    // Sizes are only compared: what equals no length makes one row of all.
    let rows = python::number::Number::of(&size).and_then(|size| size.float().ok());
    #[allow(clippy::cast_precision_loss, reason = "lengths are small")]
    let full = |len: usize| rows.is_some_and(|size| (len as f64 - size).abs() < f64::EPSILON);
    let mut out = Vec::new();
    let mut row: Vec<Value> = Vec::new();
    for value in values {
        if full(row.len()) {
            out.push(std::mem::take(&mut row));
        }
        row.push(value);
    }
    if !row.is_empty() {
        if let Some(fill) = fill.filter(|fill| !absent(Some(fill))) {
            let size = match python::number::as_index(&size) {
                Some(size) => usize::try_from(size).unwrap_or(0),
                None => {
                    let name = python::type_name(&size);
                    return type_error(format!("'<' not supported between instances of 'int' and '{name}'"));
                }
            };
            cx.heap.meter.slots(size.saturating_sub(row.len()))?;
            row.resize(row.len().max(size), fill);
        }
        out.push(row);
    }
    let rows: Vec<Value> = out.into_iter().map(|row| cx.heap.list(row)).collect();
    Ok(iterator(cx.heap, "generator", rows))
}

fn slice(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [slices, fill] = cx.bind("sync_do_slice", 1, ["slices", "fill_with"], 1)?;
    let slices = index(&slices.unwrap_or_else(|| Kind::None.into()))?;
    let values = iterate(cx.heap, input)?;
    let slices = match usize::try_from(slices) {
        Err(_) => return Ok(iterator(cx.heap, "generator", Vec::new())),
        Ok(0) => return raise("ZeroDivisionError", "integer division or modulo by zero"),
        Ok(n) => n,
    };
    cx.heap.meter.slots(slices)?;
    let (per_slice, extra) = (values.len() / slices, values.len() % slices);
    let mut offset = 0;
    let mut rows = Vec::new();
    for n in 0..slices {
        let start = offset + n * per_slice;
        if n < extra {
            offset += 1;
        }
        let end = offset + (n + 1) * per_slice;
        let mut row = values.get(start..end).unwrap_or(&[]).to_vec();
        if let Some(fill) = fill.as_ref().filter(|fill| !absent(Some(fill)) && n >= extra) {
            row.push(fill.clone());
        }
        rows.push(cx.heap.list(row));
    }
    Ok(iterator(cx.heap, "generator", rows))
}

fn zip(cx: &mut Call<'_>, input: &Value, longest: bool) -> Res<Value> {
    let mut columns = vec![iterate(cx.heap, input)?];
    for other in cx.args.clone() {
        columns.push(iterate(cx.heap, &other)?);
    }
    let fill = cx.kwargs.iter().find(|(name, _)| name == "fillvalue").map(|(_, v)| v.clone());
    let fill = fill.unwrap_or_else(|| Kind::None.into());
    let strict = cx.kwargs.iter().find(|(name, _)| name == "strict").map(|(_, v)| v.clone());
    if !longest && crate::args::flag(cx.heap, strict.as_ref(), false)? {
        let first = columns.first().map_or(0, Vec::len);
        if let Some((n, column)) = columns.iter().enumerate().find(|(_, column)| column.len() != first) {
            let than = if n == 1 { "argument 1".to_owned() } else { format!("arguments 1-{n}") };
            let is = if column.len() > first { "longer" } else { "shorter" };
            return python::concrete::value_error(format!("zip() argument {} is {is} than {than}", n + 1));
        }
    }
    let lengths = columns.iter().map(Vec::len);
    let rows = if longest { lengths.max() } else { lengths.min() }.unwrap_or(0);
    cx.heap.meter.slots(rows.saturating_mul(columns.len()))?;
    let tuples = (0..rows)
        .map(|n| tuple(columns.iter().map(|c| c.get(n).cloned().unwrap_or_else(|| fill.clone())).collect()))
        .collect();
    Ok(iterator(cx.heap, if longest { "itertools.zip_longest" } else { "zip" }, tuples))
}

fn combine(cx: &mut Call<'_>, input: &Value, name: &str) -> Res<Value> {
    let pool = iterate(cx.heap, input)?;
    let mut rows: Vec<Vec<usize>> = vec![Vec::new()];
    let mut pools = vec![pool];
    if name == "product" {
        for other in cx.args.clone() {
            pools.push(iterate(cx.heap, &other)?);
        }
        let repeat = cx.kwargs.iter().find(|(name, _)| name == "repeat").map_or(Ok(1), |(_, v)| index(v))?;
        let all = pools.clone();
        pools = (0..repeat.clamp(0, 20)).flat_map(|_| all.clone()).collect();
    } else {
        let size = match cx.args.first() {
            Some(size) if !absent(Some(size)) => index(size)?,
            _ if name == "permutations" => i64::try_from(pools[0].len()).unwrap_or(0),
            _ => return type_error(format!("{name}() missing required argument 'r' (pos 2)")),
        };
        if size < 0 {
            return python::concrete::value_error("r must be non-negative");
        }
        pools = vec![pools.swap_remove(0); usize::try_from(size.clamp(0, 30)).unwrap_or(0)];
    }
    for pool in &pools {
        let mut next = Vec::new();
        for row in &rows {
            cx.heap.meter.touch(pool.len().saturating_mul(row.len() + 2))?;
            for at in 0..pool.len() {
                let fits = match name {
                    "permutations" => !row.contains(&at),
                    "combinations" => row.last().is_none_or(|last| at > *last),
                    "combinations_with_replacement" => row.last().is_none_or(|last| at >= *last),
                    _ => true,
                };
                if fits {
                    next.push([row.as_slice(), &[at]].concat());
                }
            }
            if next.len() > 100_000 {
                return python::concrete::beyond("there are too many combinations");
            }
        }
        rows = next;
    }
    let tuples = rows
        .into_iter()
        .map(|row| tuple(row.iter().zip(&pools).filter_map(|(at, pool)| pool.get(*at).cloned()).collect()))
        .collect();
    Ok(iterator(cx.heap, &format!("itertools.{name}"), tuples))
}

fn compress(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [selectors] = cx.bind("compress", 1, ["selectors"], 1)?;
    let values = iterate(cx.heap, input)?;
    let selectors = iterate(cx.heap, &selectors.unwrap_or_else(|| Kind::None.into()))?;
    let mut out = Vec::new();
    for (value, selector) in values.into_iter().zip(selectors) {
        if truthy(cx.heap, &selector)? {
            out.push(value);
        }
    }
    Ok(iterator(cx.heap, "itertools.compress", out))
}
