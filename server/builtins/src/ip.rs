//! Python's `ipaddress`: addresses, interfaces and networks, how they print and what they are.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use num_traits::ToPrimitive;

use python::Res;
use python::concrete::{unknown, value_error};
use python::number::as_int;
use python::value::{Heap, Kind, Value};

/// An address with what Python keeps along with it.
#[derive(Clone, Debug)]
pub struct Ip {
    /// The address.
    pub address: IpAddr,
    /// The prefix length of an interface or network.
    pub length: Option<u8>,
    /// `%eth0`
    pub scope: Option<String>,
}

impl Ip {
    /// Bits of its version's addresses.
    pub fn bits(&self) -> u8 {
        if self.address.is_ipv4() { 32 } else { 128 }
    }

    /// The prefix length, the whole address if none was given.
    pub fn prefix(&self) -> u8 {
        self.length.unwrap_or_else(|| self.bits())
    }

    /// `str(address)`, with the prefix if there is one.
    pub fn text(&self) -> String {
        let scope = self.scope.as_ref().map(|scope| format!("%{scope}")).unwrap_or_default();
        let length = self.length.map(|length| format!("/{length}")).unwrap_or_default();
        format!("{}{scope}{length}", plain(self.address))
    }

    /// `str(ip_interface(…))`: always with a prefix.
    pub fn interface_text(&self) -> String {
        Self { length: Some(self.prefix()), ..self.clone() }.text()
    }

    /// First and last address of the network that it is in, as numbers.
    pub fn span(&self) -> (u128, u128) {
        let host = self.bits() - self.prefix().min(self.bits());
        let mask = if host >= 128 { u128::MAX } else { (1_u128 << host) - 1 };
        (number(self.address) & !mask, number(self.address) | mask)
    }

    /// Whether the address is the first one of its network.
    pub fn is_network(&self) -> bool {
        self.span().0 == number(self.address)
    }
}

/// An address as a number.
pub fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(ip) => u128::from(u32::from(ip)),
        IpAddr::V6(ip) => u128::from(ip),
    }
}

/// The address of a number.
pub fn from_number(number: u128, v4: bool) -> IpAddr {
    if v4 {
        IpAddr::V4(Ipv4Addr::from(u32::try_from(number & u128::from(u32::MAX)).unwrap_or(0)))
    } else {
        IpAddr::V6(Ipv6Addr::from(number))
    }
}

/// `str(address)`: IPv4 in IPv6 prints in hexadecimal.
pub fn plain(address: IpAddr) -> String {
    match address {
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(v4) => {
                let bits = u32::from(v4);
                format!("::ffff:{:x}:{:x}", bits >> 16, bits & 0xffff)
            }
            None => ip.to_string(),
        },
        IpAddr::V4(ip) => ip.to_string(),
    }
}

fn parse(text: &str) -> Option<Ip> {
    let (plain, scope) = match text.split_once('%') {
        Some((plain, scope)) if plain.contains(':') && !scope.is_empty() && !scope.contains('%') => {
            (plain, Some(scope.to_owned()))
        }
        Some(_) => return None,
        None => (text, None),
    };
    Some(Ip { address: plain.parse().ok()?, length: None, scope })
}

/// `ip_address(text)`.
pub fn address(text: &str) -> Option<Ip> {
    if text.contains('/') { None } else { parse(text) }
}

/// `ip_interface(text)`: an address with a prefix or a mask, which may be missing.
pub fn interface(text: &str) -> Option<Ip> {
    let Some((address, mask)) = text.split_once('/') else { return parse(text) };
    let ip = parse(address)?;
    let length = if !mask.is_empty() && mask.bytes().all(|b| b.is_ascii_digit()) {
        mask.parse().ok().filter(|length: &u8| *length <= ip.bits())?
    } else {
        let mask: Ipv4Addr = mask.parse().ok().filter(|_| ip.address.is_ipv4())?;
        let bits = u32::from(mask);
        let whole = |bits: u32| bits.leading_ones() + bits.trailing_zeros() >= 32;
        let bits = if whole(bits) { bits } else { Some(!bits).filter(|bits| whole(*bits))? };
        u8::try_from(bits.leading_ones()).ok()?
    };
    Some(Ip { length: Some(length), ..ip })
}

/// The address that a number means.
fn of_number(value: &Value) -> Option<Ip> {
    let number = as_int(value)?.to_u128()?;
    Some(Ip { address: from_number(number, number <= u128::from(u32::MAX)), length: None, scope: None })
}

fn of(heap: &Heap, value: &Value, read: fn(&str) -> Option<Ip>, what: &str) -> Res<Ip> {
    python::concrete::defined(value)?;
    let found = match &value.kind {
        Kind::Str(text) => read(&text.text),
        Kind::Bool(_) | Kind::Int(_) | Kind::Big(_) => of_number(value),
        Kind::Bytes(bytes) if bytes.len() == 4 || bytes.len() == 16 => {
            let number = bytes.iter().fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
            Some(Ip { address: from_number(number, bytes.len() == 4), length: None, scope: None })
        }
        _ => None,
    };
    match found {
        Some(ip) => Ok(ip),
        None => {
            let shown = python::repr(heap, value)?;
            value_error(format!("{shown} does not appear to be an IPv4 or IPv6 {what}"))
        }
    }
}

/// `ip_address(value)`.
///
/// # Errors
/// `'x' does not appear to be an IPv4 or IPv6 address`.
pub fn to_address(heap: &Heap, value: &Value) -> Res<Ip> {
    of(heap, value, address, "address")
}

/// `ip_interface(value)`.
///
/// # Errors
/// `'x' does not appear to be an IPv4 or IPv6 interface`.
pub fn to_interface(heap: &Heap, value: &Value) -> Res<Ip> {
    of(heap, value, interface, "interface")
}

/// `ip_network(value, strict)`, its address the first one.
///
/// # Errors
/// `'x' does not appear to be an IPv4 or IPv6 network`, `10.0.0.5/24 has host bits set`.
pub fn to_network(heap: &Heap, value: &Value, strict: bool) -> Res<Ip> {
    let ip = of(heap, value, interface, "network")?;
    if strict && !ip.is_network() {
        return value_error(format!("{} has host bits set", python::to_str(heap, value)?));
    }
    let first = from_number(ip.span().0, ip.address.is_ipv4());
    Ok(Ip { address: first, length: Some(ip.prefix()), scope: ip.scope })
}

/// Whether an address is in one of these networks.
fn within(address: IpAddr, networks: &[&str]) -> bool {
    networks.iter().filter_map(|network| interface(network)).any(|network| contains(&network, address))
}

/// `address in network`.
pub fn contains(network: &Ip, address: IpAddr) -> bool {
    let (first, last) = network.span();
    network.address.is_ipv4() == address.is_ipv4() && (first..=last).contains(&number(address))
}

#[rustfmt::skip]
const PRIVATE: &[&str] = &[
    "0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/29", "192.0.0.170/31",
    "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
    "::1/128", "::/128", "::ffff:0:0/96", "100::/64", "2001::/23", "2001:2::/48", "2001:db8::/32", "2001:10::/28",
    "fc00::/7", "fe80::/10",
];

/// Where Python's versions differ on what is private.
#[rustfmt::skip]
const DISPUTED: &[&str] = &[
    "192.0.0.0/24", "64:ff9b:1::/48", "2002::/16", "2001:1::1/128", "2001:1::2/128", "2001:3::/32",
    "2001:4:112::/48", "2001:20::/28", "2001:30::/28", "3fff::/20",
];

/// `is_private`.
///
/// # Errors
/// Addresses that Python's versions do not agree on.
pub fn is_private(address: IpAddr) -> Res<bool> {
    let address = match address {
        IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    };
    let surely = within(address, &["192.0.0.0/29", "192.0.0.170/31"]);
    if within(address, DISPUTED) && !surely {
        return unknown("whether the address is private depends on the version of Python");
    }
    Ok(within(address, PRIVATE))
}

/// One of the questions that Salt's filters ask (`_ip_options`).
///
/// # Errors
/// As [`is_private`].
pub fn is(ip: &Ip, question: &str) -> Res<bool> {
    let address = ip.address;
    let (v4, alone) = (address.is_ipv4(), ip.length.is_none_or(|length| length == ip.bits()));
    Ok(match question {
        "private" => is_private(address)?,
        "global" | "public" => !is_private(address)?,
        "multicast" => within(address, &["224.0.0.0/4", "ff00::/8"]),
        "loopback" | "lo" if v4 => within(address, &["127.0.0.0/8"]),
        "loopback" | "lo" => number(address) == 1 && alone,
        "link-local" | "linklocal" | "ll" | "link_local" => within(address, &["169.254.0.0/16", "fe80::/10"]),
        "reserved" if v4 => within(address, &["240.0.0.0/4"]),
        "reserved" => within(
            address,
            &[
                "::/8", "100::/8", "200::/7", "400::/6", "800::/5", "1000::/4", "4000::/3", "6000::/3", "8000::/3",
                "a000::/3", "c000::/3", "e000::/4", "f000::/5", "f800::/6", "fe00::/9",
            ],
        ),
        "site-local" | "sl" | "site_local" => !v4 && within(address, &["fec0::/10"]),
        "unspecified" if v4 => number(address) == 0 && ip.length.is_none(),
        "unspecified" => number(address) == 0,
        _ => true,
    })
}

/// Names of the questions, in Salt's order.
#[rustfmt::skip]
pub const QUESTIONS: &[&str] = &[
    "global", "link-local", "linklocal", "ll", "link_local", "loopback", "lo", "multicast", "private", "public",
    "reserved", "site-local", "sl", "site_local", "unspecified",
];
