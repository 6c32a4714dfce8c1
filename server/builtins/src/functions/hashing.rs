//! `hashutil.*` (`salt/modules/hashutil.py`), `random.*` as far as a seed decides it
//! (`salt/modules/mod_random.py`).

use base64::Engine;

use crate::args::{absent, index_or};
use crate::filters::{base64_decode, digest, digest_bytes, to_bytes};
use crate::mersenne::Random;
use crate::{Call, call_filter};
use python::concrete::{boolean, none, raise, type_error, unknown, value_error};
use python::value::{Kind, Value};
use python::{Res, elements, type_name};

/// A function of `hashutil`; `None`: there is none of that name.
pub(super) fn hashutil(cx: &mut Call<'_>, name: &str) -> Option<Res<Value>> {
    Some(match name {
        "hmac_compute" => through_filter(cx, "hmac_compute", ["string", "shared_secret", ""], 2),
        "hmac_signature" => through_filter(cx, "hmac", ["string", "shared_secret", "challenge_hmac"], 3),
        "github_signature" => github(cx),
        "digest" => {
            let [input, kind] = match cx.bind("digest", 0, ["instr", "checksum"], 1) {
                Ok(bound) => bound,
                Err(fail) => return Some(Err(fail)),
            };
            match kind.as_ref().map_or(Some("md5"), Value::as_str) {
                Some(kind @ ("md5" | "sha256" | "sha512")) => digest(kind, &input.unwrap_or_else(none)),
                kind => {
                    let kind = kind.unwrap_or("");
                    raise("CommandExecutionError", format!("Hash func '{kind}' is not supported."))
                }
            }
        }
        "md5_digest"
        | "sha256_digest"
        | "sha512_digest"
        | "base64_b64encode"
        | "base64_b64decode"
        | "base64_encodestring"
        | "base64_decodestring" => plain(cx, name),
        _ => return None,
    })
}

fn plain(cx: &mut Call<'_>, name: &str) -> Res<Value> {
    let [input] = cx.bind(name, 0, ["instr"], 1)?;
    let input = input.unwrap_or_else(none);
    match name {
        "base64_b64encode" => to_bytes(&input).map(|bytes| Value::str(encode(&bytes))),
        "base64_b64decode" | "base64_decodestring" => base64_decode(&input),
        // `base64.encodebytes`: a line end after 76 characters and at the end.
        "base64_encodestring" => {
            let text = encode(&to_bytes(&input)?);
            let lines: Vec<&str> =
                (0..text.len().div_ceil(76)).map(|n| &text[n * 76..text.len().min((n + 1) * 76)]).collect();
            Ok(Value::str(lines.iter().map(|line| format!("{line}\n")).collect::<String>()))
        }
        _ => digest(name.trim_end_matches("_digest"), &input),
    }
}

fn encode(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn through_filter(cx: &mut Call<'_>, filter: &str, names: [&str; 3], required: usize) -> Res<Value> {
    let function = if filter == "hmac" { "hmac_signature" } else { filter };
    let mut bound = cx.bind(function, 0, names, required)?.into_iter().flatten();
    let input = bound.next().unwrap_or_else(none);
    cx.with(bound.collect(), Vec::new(), |cx| call_filter(cx, filter, &input))
        .unwrap_or_else(|| unknown("not evaluated"))
}

fn github(cx: &mut Call<'_>) -> Res<Value> {
    let [message, secret, challenge] =
        cx.bind("github_signature", 0, ["string", "shared_secret", "challenge_hmac"], 3)?;
    let challenge = challenge.unwrap_or_else(none);
    let Some((kind, challenge)) = challenge.as_str().and_then(|text| text.split_once('=')) else {
        return unknown("a signature of another form");
    };
    let (key, message) = (to_bytes(&secret.unwrap_or_else(none))?, to_bytes(&message.unwrap_or_else(none))?);
    let block_size = if kind == "sha512" { 128 } else { 64 };
    let Some(short) = (if key.len() > block_size { digest_bytes(kind, &key) } else { Some(key) }) else {
        return unknown(format!("the digest {kind}"));
    };
    let pad = |with: u8| -> Vec<u8> { (0..block_size).map(|n| short.get(n).copied().unwrap_or(0) ^ with).collect() };
    let Some(inner) = digest_bytes(kind, &[pad(0x36), message].concat()) else {
        return unknown(format!("the digest {kind}"));
    };
    let outer = digest_bytes(kind, &[pad(0x5c), inner].concat()).unwrap_or_default();
    let hex: String = outer.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(boolean(hex == challenge))
}

/// A function of `random`; `None`: there is none of that name.
pub(super) fn random(cx: &mut Call<'_>, name: &str) -> Option<Res<Value>> {
    Some(match name {
        "hash" => hash(cx),
        "str_encode" => str_encode(cx),
        "rand_int" => rand_int(cx),
        "seed" => seeded(cx),
        "sample" => cx.bind("sample", 0, ["value", "size", "seed"], 2).and_then(|[value, size, seed]| {
            let size = index_or(size.as_ref(), 0)?;
            sample(cx, &value.unwrap_or_else(none), Some(size), seed.as_ref())
        }),
        "shuffle" => cx
            .bind("shuffle", 0, ["value", "seed"], 1)
            .and_then(|[value, seed]| sample(cx, &value.unwrap_or_else(none), None, seed.as_ref())),
        _ => return None,
    })
}

fn hash(cx: &mut Call<'_>) -> Res<Value> {
    let [value, algorithm] = cx.bind("hash_", 0, ["value", "algorithm"], 1)?;
    let value = to_bytes(&value.unwrap_or_else(none))?;
    let algorithm = algorithm.unwrap_or_else(|| Value::str("sha512"));
    match algorithm.as_str().and_then(|name| digest_bytes(name, &value)) {
        Some(digest) => Ok(Value::str(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())),
        None if algorithm.as_str().is_some_and(|name| {
            name.starts_with("sha")
                || name.starts_with("blake")
                || name.starts_with("sm3")
                || name.starts_with("ripe")
                || name.starts_with("md")
                || name.starts_with("whirl")
        }) =>
        {
            unknown("whether the algorithm exists there")
        }
        None => raise("Exception", "You must specify a valid algorithm."),
    }
}

fn str_encode(cx: &mut Call<'_>) -> Res<Value> {
    let [value, encoder] = cx.bind("str_encode", 0, ["value", "encoder"], 1)?;
    let value = value.unwrap_or_else(none);
    let base64 = encoder.as_ref().is_none_or(|encoder| encoder.as_str() == Some("base64"));
    match (&value.kind, base64) {
        (Kind::Str(text), true) => Ok(Value::str(encode(text.text.as_bytes()))),
        (Kind::Bytes(bytes), true) => Ok(Value::str(encode(bytes))),
        _ => raise("SaltInvocationError", "Value must be an encode-able string"),
    }
}

fn generator(seed: &Value) -> Res<Random> {
    python::concrete::defined(seed)?;
    match Random::seeded(seed) {
        Some(random) => Ok(random),
        None => unknown("a seed of this type"),
    }
}

fn rand_int(cx: &mut Call<'_>) -> Res<Value> {
    let [start, end, seed] = cx.bind("rand_int", 0, ["start", "end", "seed"], 0)?;
    let (start, end) = (index_or(start.as_ref(), 1)?, index_or(end.as_ref(), 10)?);
    let Some(seed) = seed.filter(|seed| !absent(Some(seed))) else { return unknown("a random number") };
    let width = end.checked_sub(start).and_then(|width| width.checked_add(1));
    let Some(width) = width.and_then(|width| u64::try_from(width).ok()).filter(|width| *width > 0) else {
        return value_error(format!("empty range for randrange() ({start}, {}, {})", end + 1, end + 1 - start));
    };
    let drawn = generator(&seed)?.below(width);
    Ok(Kind::Int(start + i64::try_from(drawn).unwrap_or(0)).into())
}

fn seeded(cx: &mut Call<'_>) -> Res<Value> {
    let [range, hash] = cx.bind("seed", 0, ["range", "hash"], 0)?;
    let range = index_or(range.as_ref(), 10)?;
    let seed = match hash.filter(|hash| !absent(Some(hash))) {
        Some(seed) => seed,
        None => match super::lookup::at(cx, crate::Read::Grain, &Value::str("id"), ":")? {
            Some(id) => id,
            None => return raise("KeyError", "'id'"),
        },
    };
    match u64::try_from(range) {
        Ok(range) if range > 0 => {
            let drawn = generator(&seed)?.below(range);
            Ok(Kind::Int(i64::try_from(drawn).unwrap_or(0)).into())
        }
        _ => value_error("empty range for randrange()"),
    }
}

/// `salt.utils.data.sample`; without a size all of it.
pub fn sample(cx: &mut Call<'_>, value: &Value, size: Option<i64>, seed: Option<&Value>) -> Res<Value> {
    python::concrete::defined(value)?;
    let list = matches!(value.kind, Kind::List(_) | Kind::Tuple(_) | Kind::Str(_) | Kind::Bytes(_) | Kind::Range(..));
    if !list {
        return match size {
            None => type_error(format!("object of type '{}' has no len()", type_name(value))),
            Some(_) => type_error("Population must be a sequence.  For dicts or sets, use sorted(d)."),
        };
    }
    let values = elements(cx.heap, value)?;
    let count = i64::try_from(values.len()).unwrap_or(i64::MAX);
    let Some(size) = usize::try_from(size.unwrap_or(count)).ok().filter(|size| *size <= values.len()) else {
        return value_error("Sample larger than population or is negative");
    };
    let seed = seed.filter(|seed| !absent(Some(seed)));
    // Salt seeds with its own `hash`, the digest of a text.
    let seed = match seed.map(|seed| &seed.kind) {
        None => return unknown("a random choice"),
        Some(Kind::Str(text)) => digest("sha512", &Value::str(&*text.text))?,
        Some(Kind::Bytes(_)) => digest("sha512", seed.unwrap_or(value))?,
        Some(_) => return type_error("object supporting the buffer API required"),
    };
    let picked = generator(&seed)?.sample(values.len(), size);
    let picked: Vec<Value> = picked.into_iter().filter_map(|n| values.get(n).cloned()).collect();
    Ok(cx.heap.list(picked))
}
