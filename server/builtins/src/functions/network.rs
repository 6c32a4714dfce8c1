//! The arithmetic of `network.*` (`salt/modules/network.py`, `salt/utils/network.py`); what asks the
//! minion's interfaces is not here.

use std::net::IpAddr;

use crate::Call;
use crate::args::{absent, rescue};
use crate::ip;
use python::concrete::{boolean, none, text_dict};
use python::value::{Kind, Value};
use python::{Res, iterate, to_str};

/// A function of the module; `None`: there is none of that name.
pub(super) fn call(cx: &mut Call<'_>, name: &str) -> Option<Res<Value>> {
    Some(match name {
        "convert_cidr" => convert_cidr(cx),
        "calc_net" => calc_net(cx),
        "ip_in_subnet" => in_subnet(cx),
        "reverse_ip" | "is_private" | "is_loopback" => about(cx, name),
        _ => return None,
    })
}

fn about(cx: &mut Call<'_>, name: &str) -> Res<Value> {
    let [given] = cx.bind(name, 0, ["ip_addr"], 1)?;
    let ip = ip::to_address(cx.heap, &given.unwrap_or_else(none))?;
    Ok(match (name, ip.address) {
        ("is_private", address) => boolean(ip::is_private(address)?),
        ("is_loopback", _) => boolean(ip::is(&ip, "loopback")?),
        (_, IpAddr::V4(ip)) => {
            let [a, b, c, d] = ip.octets();
            Value::str(format!("{d}.{c}.{b}.{a}.in-addr.arpa"))
        }
        (_, IpAddr::V6(ip)) => {
            let digits = format!("{:032x}", u128::from(ip));
            let reversed: Vec<String> = digits.chars().rev().map(String::from).collect();
            Value::str(format!("{}.ip6.arpa", reversed.join(".")))
        }
    })
}

fn network_of(cx: &mut Call<'_>, given: Value, mask: Option<Value>) -> Res<ip::Ip> {
    let given = match mask.filter(|mask| !absent(Some(mask))) {
        Some(mask) => Value::str(format!("{}/{}", to_str(cx.heap, &given)?, to_str(cx.heap, &mask)?)),
        None => given,
    };
    ip::to_network(cx.heap, &given, false)
}

fn calc_net(cx: &mut Call<'_>) -> Res<Value> {
    let [given, mask] = cx.bind("calc_net", 0, ["ip_addr", "netmask"], 1)?;
    Ok(Value::str(network_of(cx, given.unwrap_or_else(none), mask)?.text()))
}

fn convert_cidr(cx: &mut Call<'_>) -> Res<Value> {
    let [given] = cx.bind("convert_cidr", 0, ["cidr"], 1)?;
    let network = network_of(cx, given.unwrap_or_else(none), None)?;
    let v4 = network.address.is_ipv4();
    let (first, last) = network.span();
    let shown = |number: u128| Value::str(ip::plain(ip::from_number(number, v4)));
    let parts = [("network", shown(first)), ("netmask", shown(!(last - first))), ("broadcast", shown(last))];
    Ok(text_dict(cx.heap, parts))
}

fn in_subnet(cx: &mut Call<'_>) -> Res<Value> {
    let [given, cidr] = cx.bind("ip_in_subnet", 0, ["ip_addr", "cidr"], 2)?;
    let cidr = cidr.unwrap_or_else(none);
    let Some(network) = rescue(ip::to_network(cx.heap, &cidr, true), &["ValueError"])? else {
        return Ok(boolean(false));
    };
    let given = given.unwrap_or_else(none);
    let all =
        if matches!(given.kind, Kind::List(_) | Kind::Tuple(_)) { iterate(cx.heap, &given)? } else { vec![given] };
    for one in all {
        if ip::contains(&network, ip::to_address(cx.heap, &one)?.address) {
            return Ok(boolean(true));
        }
    }
    Ok(boolean(false))
}
