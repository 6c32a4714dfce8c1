//! Smaller modules: `file` paths, `network` arithmetic, `hashutil`, `log`, `test`.

use std::net::IpAddr;

use base64::Engine;

use crate::builtins::args::text;
use crate::builtins::filters::{address, base64_decode, digest, interface, to_bytes};
use crate::builtins::matcher::in_network;
use crate::builtins::{Call, call_filter, paths};
use crate::python::concrete::{boolean, none, text_dict, unknown, value_error};
use crate::python::percent::quoted;
use crate::python::{Res, iterate};
use crate::value::{Kind, Value};

/// A function of these modules; `None`: there is none of that name.
pub(super) fn call(cx: &mut Call<'_>, module: &str, name: &str) -> Option<Res<Value>> {
    Some(match module {
        "file" => paths::file_function(cx, name),
        "network" => network(cx, name),
        "hashutil" => hash(cx, name),
        "log" => Ok(boolean(true)),
        "test" => match name {
            "echo" => cx.bind("echo", 0, ["text"], 1).map(|[value]| value.unwrap_or_else(none)),
            _ => Ok(boolean(name == "true_")),
        },
        _ => return None,
    })
}

/// The network's address.
fn base(ip: IpAddr, length: u8) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            IpAddr::V4(std::net::Ipv4Addr::from(u32::from(ip) & mask))
        }
        IpAddr::V6(ip) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            IpAddr::V6(std::net::Ipv6Addr::from(u128::from(ip) & mask))
        }
    }
}

#[allow(clippy::too_many_lines, reason = "one function after the other")]
fn network(cx: &mut Call<'_>, name: &str) -> Res<Value> {
    let parameter = match name {
        "convert_cidr" | "in_subnet" => "cidr",
        _ => "ip_addr",
    };
    if !cx.kwargs.iter().all(|(name, _)| name == parameter) {
        return unknown(format!("network.{name} with these arguments is not evaluated"));
    }
    let Some(first) = cx.args.first().cloned().or_else(|| cx.kwargs.first().map(|(_, v)| v.clone())) else {
        return crate::python::concrete::type_error(format!(
            "{name}() missing 1 required positional argument: '{parameter}'"
        ));
    };
    let given = text(&first, |kind| format!("an address is no {kind}"))?.text;
    let wrong = |what: &str| value_error(format!("{} does not appear to be an IPv4 or IPv6 {what}", quoted(&given)));
    if matches!(name, "reverse_ip" | "is_private" | "is_loopback") {
        let Some(ip) = address(&given) else { return wrong("address") };
        return Ok(match (name, ip) {
            ("reverse_ip", IpAddr::V4(ip)) => {
                let [a, b, c, d] = ip.octets();
                Value::str(format!("{d}.{c}.{b}.{a}.in-addr.arpa"))
            }
            ("reverse_ip", IpAddr::V6(ip)) => {
                let digits = format!("{:032x}", u128::from(ip));
                let reversed: Vec<String> = digits.chars().rev().map(String::from).collect();
                Value::str(format!("{}.ip6.arpa", reversed.join(".")))
            }
            ("is_loopback", ip) => boolean(ip.is_loopback()),
            (_, IpAddr::V4(ip)) if ip.is_private() || ip.is_loopback() || ip.is_link_local() => boolean(true),
            _ => return unknown("whether an address is private"),
        });
    }
    let Some((ip, length)) = interface(&given) else { return wrong("network") };
    match (name, cx.args.get(1).cloned()) {
        ("in_subnet", Some(addresses)) if base(ip, length) == ip => {
            let all =
                if matches!(addresses.kind, Kind::Str(_)) { vec![addresses] } else { iterate(cx.heap, &addresses)? };
            let inside = |value: &Value| value.as_str().and_then(address).is_some_and(|a| in_network(a, (ip, length)));
            Ok(boolean(all.iter().any(inside)))
        }
        ("calc_net", None) => Ok(Value::str(format!("{}/{length}", base(ip, length)))),
        ("convert_cidr", None) => {
            let first = base(ip, length);
            let (mask, last) = match (ip, first) {
                (IpAddr::V4(_), IpAddr::V4(first)) => {
                    let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
                    let last = std::net::Ipv4Addr::from(u32::from(first) | !mask);
                    (std::net::Ipv4Addr::from(mask).to_string(), last.to_string())
                }
                (_, IpAddr::V6(first)) => {
                    let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
                    let last = std::net::Ipv6Addr::from(u128::from(first) | !mask);
                    (std::net::Ipv6Addr::from(mask).to_string(), last.to_string())
                }
                _ => return wrong("network"),
            };
            let parts = [
                ("network", Value::str(first.to_string())),
                ("netmask", Value::str(mask)),
                ("broadcast", Value::str(last)),
            ];
            Ok(text_dict(cx.heap, parts))
        }
        _ => unknown(format!("network.{name} with these arguments is not evaluated")),
    }
}

fn hash(cx: &mut Call<'_>, name: &str) -> Res<Value> {
    if name == "hmac_compute" {
        let [input, secret] = cx.bind(name, 0, ["string", "shared_secret"], 2)?;
        let input = input.unwrap_or_else(none);
        return cx
            .with(secret.into_iter().collect(), Vec::new(), |cx| call_filter(cx, "hmac_compute", &input))
            .unwrap_or_else(|| unknown("hmac_compute is not evaluated"));
    }
    let [input, kind] = cx.bind(name, 0, ["instr", "checksum"], 1)?;
    let input = input.unwrap_or_else(none);
    match name {
        "base64_b64encode" => {
            to_bytes(&input).map(|bytes| Value::str(base64::engine::general_purpose::STANDARD.encode(bytes)))
        }
        "base64_b64decode" => base64_decode(&input),
        "digest" => match kind.as_ref().map_or(Some("md5"), Value::as_str) {
            Some(kind @ ("md5" | "sha256" | "sha512")) => digest(kind, &input),
            kind => crate::python::concrete::raise(
                "CommandExecutionError",
                format!("Hash func '{}' is not supported.", kind.unwrap_or("")),
            ),
        },
        _ => digest(name.trim_end_matches("_digest"), &input),
    }
}
