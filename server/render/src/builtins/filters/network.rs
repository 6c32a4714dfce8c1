//! Salt's address filters (`salt/utils/network.py`).

use std::net::IpAddr;

use crate::builtins::Call;
use crate::builtins::args::{absent, soft_str};
use crate::python::concrete::{boolean, none, unknown, value_error};
use crate::python::{Res, iterate};
use crate::value::{Kind, Value};

/// One of these filters; `None`: not one of them.
pub(super) fn call(cx: &mut Call<'_>, name: &str, input: &Value) -> Option<Res<Value>> {
    Some(match name {
        "is_ip" | "is_ipv4" | "is_ipv6" => crate::python::concrete::defined(input).and_then(|()| match &input.kind {
            Kind::Str(text) => Ok(boolean(is_ip(&text.text, name))),
            Kind::Int(_) | Kind::Big(_) | Kind::Bytes(_) => unknown("an address that is no text"),
            _ => Ok(boolean(false)),
        }),
        "ipv4" | "ipv6" | "ipaddr" => filter(cx, name, input),
        "ipwrap" => wrap(cx, input),
        "network_size" | "network_hosts" | "ip_host" => network(cx, name, input),
        "mac_str_to_bytes" => mac(input),
        _ => return None,
    })
}

/// `ipaddress.ip_address(text)`.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    let plain = text.split('%').next().unwrap_or(text);
    if plain.len() != text.len() && !plain.contains(':') {
        return None;
    }
    plain.parse().ok()
}

/// `ipaddress.ip_interface(text)`: an address and its prefix length.
pub(crate) fn interface(text: &str) -> Option<(IpAddr, u8)> {
    let Some((address, prefix)) = text.split_once('/') else {
        return address(text).map(|ip| (ip, if ip.is_ipv4() { 32 } else { 128 }));
    };
    let ip: IpAddr = address.parse().ok()?;
    let most = if ip.is_ipv4() { 32 } else { 128 };
    let length = if prefix.bytes().all(|b| b.is_ascii_digit()) && !prefix.is_empty() {
        prefix.parse().ok()?
    } else {
        let mask: std::net::Ipv4Addr = prefix.parse().ok().filter(|_| ip.is_ipv4())?;
        let bits = u32::from(mask);
        if bits.leading_ones() + bits.trailing_zeros() == 32 {
            u8::try_from(bits.leading_ones()).ok()?
        } else if (!bits).leading_ones() + (!bits).trailing_zeros() == 32 {
            u8::try_from((!bits).leading_ones()).ok()?
        } else {
            return None;
        }
    };
    (length <= most).then_some((ip, length))
}

fn is_ip(text: &str, name: &str) -> bool {
    address(text).is_some_and(|ip| match name {
        "is_ipv4" => ip.is_ipv4(),
        "is_ipv6" => ip.is_ipv6(),
        _ => true,
    })
}

/// The address as Python prints it, with its prefix if it was given as an interface.
fn shown(text: &str, version: u8) -> Option<String> {
    if let Some(ip) = address(text) {
        return (ip.is_ipv4() == (version == 4)).then(|| match text.split_once('%') {
            Some((_, scope)) => format!("{ip}%{scope}"),
            None => ip.to_string(),
        });
    }
    let (ip, length) = interface(text)?;
    (ip.is_ipv4() == (version == 4)).then(|| format!("{ip}/{length}"))
}

fn one_version(cx: &mut Call<'_>, input: &Value, version: u8) -> Res<Option<Value>> {
    match &input.kind {
        Kind::Str(text) => Ok(shown(&text.text, version).map(Value::str)),
        Kind::List(_) | Kind::Tuple(_) => {
            let found: Vec<Value> = iterate(cx.heap, input)?
                .iter()
                .filter_map(|item| shown(item.as_str()?, version).map(Value::str))
                .collect();
            Ok(Some(cx.heap.list(found)))
        }
        Kind::Object(_) => unknown("addresses of a generator"),
        _ => Ok(None),
    }
}

fn filter(cx: &mut Call<'_>, name: &str, input: &Value) -> Res<Value> {
    let [options] = cx.bind(name, 1, ["options"], 0)?;
    crate::python::concrete::defined(input)?;
    if !absent(options.as_ref()) && !soft_str(cx.heap, &options.unwrap_or_else(none))?.text.is_empty() {
        return unknown("options of address filters");
    }
    let v4 = if name == "ipv6" { None } else { one_version(cx, input, 4)? };
    let v6 = if name == "ipv4" { None } else { one_version(cx, input, 6)? };
    match (v4, v6) {
        (Some(a), Some(b)) => crate::python::binary(cx.heap, syntax::jinja::BinaryOp::Add, &a, &b),
        (a, b) => Ok(a.or(b).unwrap_or_else(none)),
    }
}

fn wrap(cx: &mut Call<'_>, input: &Value) -> Res<Value> {
    let bracket = |value: &Value| match value.as_str().and_then(|text| shown(text, 6)) {
        Some(text) if !text.contains('/') => Value::str(format!("[{text}]")),
        _ => value.clone(),
    };
    match &input.kind {
        Kind::List(_) | Kind::Tuple(_) => {
            let wrapped: Vec<Value> = iterate(cx.heap, input)?.iter().map(bracket).collect();
            Ok(cx.heap.list(wrapped))
        }
        _ => Ok(bracket(input)),
    }
}

fn network(cx: &mut Call<'_>, name: &str, input: &Value) -> Res<Value> {
    if !cx.args.is_empty() || !cx.kwargs.is_empty() {
        return unknown("options of address filters");
    }
    let one = |cx: &mut Call<'_>, text: &str| -> Res<Value> {
        let Some((ip, length)) = interface(text) else { return Ok(none()) };
        let bits = if ip.is_ipv4() { 32 } else { 128 } - u32::from(length);
        match name {
            "ip_host" => Ok(Value::str(format!("{ip}/{length}"))),
            "network_size" => Ok(crate::python::concrete::integer(num_bigint::BigInt::from(1) << bits)),
            _ => hosts(cx, ip, length),
        }
    };
    match &input.kind {
        Kind::Str(text) => one(cx, &text.text),
        Kind::List(_) | Kind::Tuple(_) => {
            let mut out = Vec::new();
            for item in iterate(cx.heap, input)? {
                if let Some(text) = item.as_str().filter(|text| interface(text).is_some()) {
                    out.push(one(cx, text)?);
                }
            }
            if out.is_empty() { Ok(none()) } else { Ok(cx.heap.list(out)) }
        }
        _ => Ok(none()),
    }
}

fn hosts(cx: &mut Call<'_>, ip: IpAddr, length: u8) -> Res<Value> {
    let (IpAddr::V4(ip), true) = (ip, length >= 16) else { return unknown("the hosts of a large network") };
    let size = 1_u64 << (32 - u32::from(length));
    let mask = if length == 0 { 0 } else { u32::MAX << (32 - u32::from(length)) };
    let first = u64::from(u32::from(ip) & mask);
    let range = match size {
        1 | 2 => first..first + size,
        _ => first + 1..first + size - 1,
    };
    let hosts: Vec<Value> = range
        .filter_map(|n| u32::try_from(n).ok())
        .map(|n| Value::str(std::net::Ipv4Addr::from(n).to_string()))
        .collect();
    Ok(cx.heap.list(hosts))
}

fn mac(input: &Value) -> Res<Value> {
    let text = crate::builtins::args::text(input, |kind| format!("object of type '{kind}' has no len()"))?;
    let digits = match text.text.chars().count() {
        12 => text.text.to_string(),
        17 => {
            let separator = text.text.chars().nth(2).unwrap_or(':');
            text.text.replace(separator, "")
        }
        _ => return value_error("Invalid MAC address"),
    };
    let bytes: Option<Vec<u8>> = (0..6).map(|n| u8::from_str_radix(digits.get(2 * n..2 * n + 2)?, 16).ok()).collect();
    match bytes {
        Some(bytes) => Ok(Kind::Bytes(bytes.into()).into()),
        None => value_error(format!("invalid literal for int() with base 16: '{}'", digits.get(..2).unwrap_or(""))),
    }
}
