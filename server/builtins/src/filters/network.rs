//! Salt's address filters (`salt/utils/network.py`).

use std::net::IpAddr;

use crate::Call;
use crate::args::{absent, rescue};
use crate::ip::{self, Ip};
use python::concrete::{boolean, defined, none, raise, type_name, unknown, value_error};
use python::value::{Heap, Kind, Value};
use python::{Res, iterate, to_str, truthy};

/// One of these filters; `None`: not one of them.
pub(super) fn call(cx: &mut Call<'_>, name: &str, input: &Value) -> Option<Res<Value>> {
    Some(match name {
        "is_ip" | "is_ipv4" | "is_ipv6" => is_ip(cx, name, input),
        "ipv4" | "ipv6" | "ipaddr" => cx.bind(name, 1, ["options"], 0).and_then(|[options]| {
            let options = options.unwrap_or_else(none);
            filter(cx.heap, name, input, &options)
        }),
        "ipwrap" => wrap(cx, input),
        "network_size" | "network_hosts" | "ip_host" => network(cx, name, input),
        "filter_by_networks" => by_networks(cx, input),
        "mac_str_to_bytes" => mac(input),
        _ => return None,
    })
}

/// `ipaddress.ip_address(text)`.
pub fn address(text: &str) -> Option<IpAddr> {
    ip::address(text).map(|ip| ip.address)
}

/// `ipaddress.ip_interface(text)`: an address and its prefix length.
pub fn interface(text: &str) -> Option<(IpAddr, u8)> {
    ip::interface(text).map(|ip| (ip.address, ip.prefix()))
}

/// The address as Python prints it, with its prefix if it was given as an interface, if it has the
/// version and fits the options (`_is_ipv`).
fn shown(heap: &Heap, value: &Value, version: u8, options: &Value) -> Res<Option<String>> {
    let mut found = rescue(ip::to_address(heap, value), &["ValueError"])?;
    if found.is_none() {
        found = rescue(ip::to_interface(heap, value), &["ValueError"])?;
        found = found.map(|ip| Ip { length: Some(ip.prefix()), ..ip });
    }
    let Some(found) = found.filter(|ip| ip.address.is_ipv4() == (version == 4)) else { return Ok(None) };
    if absent(Some(options)) || !truthy(heap, options)? {
        return Ok(Some(found.text()));
    }
    let Some(wanted) = options.as_str() else {
        defined(options)?;
        return raise("AttributeError", format!("'{}' object has no attribute 'split'", type_name(options)));
    };
    let wanted: Vec<&str> = wanted.split(',').map(str::trim).collect();
    for question in ip::QUESTIONS.iter().filter(|question| wanted.contains(question)) {
        if !ip::is(&found, question)? {
            return Ok(None);
        }
    }
    Ok(Some(found.text()))
}

fn is_ip(cx: &mut Call<'_>, name: &str, input: &Value) -> Res<Value> {
    let [options] = cx.bind(&format!("{name}_filter"), 1, ["options"], 0)?;
    let options = options.unwrap_or_else(none);
    for version in [4, 6] {
        if !name.ends_with(if version == 4 { "v6" } else { "v4" })
            && shown(cx.heap, input, version, &options)?.is_some()
        {
            return Ok(boolean(true));
        }
    }
    Ok(boolean(false))
}

fn one_version(heap: &mut Heap, input: &Value, version: u8, options: &Value) -> Res<Option<Value>> {
    match &input.kind {
        Kind::Str(_) | Kind::Bytes(_) => Ok(shown(heap, input, version, options)?.map(Value::str)),
        Kind::List(_) | Kind::Tuple(_) => {
            let mut found = Vec::new();
            for item in iterate(heap, input)? {
                found.extend(shown(heap, &item, version, options)?.map(Value::str));
            }
            Ok(Some(heap.list(found)))
        }
        Kind::Object(object) if matches!(&**object, python::value::Object::Iterator(_, name) if name == "generator") => {
            unknown("addresses of a generator")
        }
        _ => Ok(None),
    }
}

fn filter(heap: &mut Heap, name: &str, input: &Value, options: &Value) -> Res<Value> {
    let v4 = if name == "ipv6" { None } else { one_version(heap, input, 4, options)? };
    let v6 = if name == "ipv4" { None } else { one_version(heap, input, 6, options)? };
    match (v4, v6) {
        (Some(a), Some(b)) => python::binary(heap, syntax::jinja::BinaryOp::Add, &a, &b),
        (a, b) => Ok(a.or(b).unwrap_or_else(none)),
    }
}

/// IPv6 addresses in brackets (`ip_bracket`), whatever else as it is.
fn wrap(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let _: [Option<Value>; 0] = cx.bind("ipwrap", 1, [], 0)?;
    let bracket = |cx: &mut Call<'_>, value: &Value| -> Res<Value> {
        if shown(cx.heap, value, 6, &none())?.is_none() {
            return Ok(value.clone());
        }
        let text = to_str(cx.heap, value)?;
        let text = text.trim_start_matches('[').trim_end_matches(']');
        let ip = ip::to_address(cx.heap, &Value::str(text))?;
        Ok(Value::str(if ip.address.is_ipv6() { format!("[{}]", ip.text()) } else { ip.text() }))
    };
    if !matches!(input.kind, Kind::List(_) | Kind::Tuple(_)) {
        return bracket(cx, input);
    }
    let mut wrapped = Vec::new();
    for item in iterate(cx.heap, input)? {
        wrapped.push(bracket(cx, &item)?);
    }
    Ok(cx.heap.list(wrapped))
}

fn network(cx: &mut Call<'_>, name: &str, input: &Value) -> Res<Value> {
    let [options, version] = cx.bind(name, 1, ["options", "version"], 0)?;
    let options = options.unwrap_or_else(none);
    let which = match version.as_ref().and_then(python::number::as_index) {
        Some(4) => "ipv4",
        Some(6) => "ipv6",
        _ => "ipaddr",
    };
    let found = filter(cx.heap, which, input, &options)?;
    if !truthy(cx.heap, &found)? {
        return Ok(none());
    }
    let one = |cx: &mut Call<'_>, value: &Value| -> Res<Value> {
        let ip = ip::to_interface(cx.heap, value)?;
        match name {
            "ip_host" => Ok(Value::str(ip.interface_text())),
            "network_size" => {
                let bits = ip.bits() - ip.prefix();
                Ok(python::concrete::integer(num_bigint::BigInt::from(1) << bits))
            }
            _ => hosts(cx, &ip),
        }
    };
    if !matches!(found.kind, Kind::List(_)) {
        return one(cx, &found);
    }
    let mut out = Vec::new();
    for item in iterate(cx.heap, &found)? {
        out.push(one(cx, &item)?);
    }
    Ok(cx.heap.list(out))
}

/// `ip_network(…).hosts()`.
fn hosts(cx: &mut Call<'_>, ip: &Ip) -> Res<Value> {
    let (first, last) = ip.span();
    if last - first > 0xffff {
        return unknown("the hosts of a large network");
    }
    let v4 = ip.address.is_ipv4();
    let range = match last - first {
        0 | 1 => first..=last,
        _ if v4 => first + 1..=last - 1,
        _ => first + 1..=last,
    };
    let hosts: Vec<Value> = range.map(|n| Value::str(ip::plain(ip::from_number(n, v4)))).collect();
    Ok(cx.heap.list(hosts))
}

fn by_networks(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let [networks] = cx.bind("filter_by_networks", 1, ["networks"], 1)?;
    let given = networks.unwrap_or_else(none);
    if matches!(given.kind, Kind::None) {
        return Ok(input.clone());
    }
    let mut networks = Vec::new();
    for network in iterate(cx.heap, &given)? {
        networks.push(ip::to_network(cx.heap, &network, true)?);
    }
    let keep = |cx: &mut Call<'_>, values: &Value| -> Res<Value> {
        let mut kept = Vec::new();
        for value in iterate(cx.heap, values)? {
            for network in &networks {
                if ip::contains(network, ip::to_address(cx.heap, &value)?.address) {
                    kept.push(value.clone());
                }
            }
        }
        Ok(cx.heap.list(kept))
    };
    match &input.kind {
        Kind::Dict(id) => {
            let result = cx.heap.dict();
            for (key, value) in python::concrete::pairs(cx.heap, *id)? {
                let kept = keep(cx, &value)?;
                let hashed = python::key_of(cx.heap, &key)?;
                cx.heap.insert(result, hashed, key, kept);
            }
            Ok(Kind::Dict(result).into())
        }
        Kind::Str(_) | Kind::Bytes(_) | Kind::List(_) | Kind::Tuple(_) | Kind::Range(..) => keep(cx, input),
        _ => {
            let module = if matches!(input.kind, Kind::Undefined(_)) { "jinja2.runtime." } else { "" };
            value_error(format!("Do not know how to filter a <class '{module}{}'>", type_name(input)))
        }
    }
}

fn mac(input: &Value) -> Res<Value> {
    let text = crate::args::text(input, |kind| format!("object of type '{kind}' has no len()"))?;
    let digits = match text.text.chars().count() {
        12 => text.text.to_string(),
        17 => {
            let separator = text.text.chars().nth(2).unwrap_or(':');
            text.text.replace(separator, "")
        }
        _ => return value_error("Invalid MAC address"),
    };
    let mut bytes = Vec::new();
    for n in 0..6 {
        let pair = digits.get(2 * n..2 * n + 2).unwrap_or("");
        match u8::from_str_radix(pair, 16) {
            Ok(byte) => bytes.push(byte),
            Err(_) => return value_error(format!("invalid literal for int() with base 16: '{pair}'")),
        }
    }
    Ok(Kind::Bytes(bytes.into()).into())
}
