//! How packages' versions compare. `dpkg` for Debian's family: its order is part of Debian's policy,
//! so no system needs to be asked.

use std::cmp::Ordering;

/// `dpkg --compare-versions a … b`; `None`: not versions that dpkg accepts without a warning.
pub fn dpkg(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (parts(a)?, parts(b)?);
    Some(a.0.cmp(&b.0).then_with(|| compare(a.1, b.1)).then_with(|| compare(a.2, b.2)))
}

/// Epoch, upstream version, revision.
fn parts(version: &str) -> Option<(u64, &str, &str)> {
    let version = version.trim();
    let (epoch, rest) = match version.split_once(':') {
        Some((epoch, rest)) => (epoch.parse().ok()?, rest),
        None => (0, version),
    };
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".-+~:".contains(c);
    let fine = upstream.starts_with(|c: char| c.is_ascii_digit()) && rest.chars().all(allowed);
    fine.then_some((epoch, upstream, revision))
}

/// A character's place: `~` before the end, the end before letters, letters before the rest.
fn order(c: Option<u8>) -> i32 {
    match c {
        Some(b'~') => -1,
        None | Some(b'0'..=b'9') => 0,
        Some(c) if c.is_ascii_alphabetic() => i32::from(c),
        Some(c) => i32::from(c) + 256,
    }
}

fn compare(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    let digit = |text: &[u8]| text.first().is_some_and(u8::is_ascii_digit);
    while !a.is_empty() || !b.is_empty() {
        while (!a.is_empty() && !digit(a)) || (!b.is_empty() && !digit(b)) {
            let (x, y) = (order(a.first().copied()), order(b.first().copied()));
            if x != y {
                return x.cmp(&y);
            }
            (a, b) = (a.get(1..).unwrap_or_default(), b.get(1..).unwrap_or_default());
        }
        let mut numbers = [a, b].map(|text| {
            let end = text.iter().take_while(|c| c.is_ascii_digit()).count();
            let (number, rest) = text.split_at(end);
            let zeros = number.iter().take_while(|c| **c == b'0').count();
            (&number[zeros..], rest)
        });
        let [(x, _), (y, _)] = numbers;
        let decided = x.len().cmp(&y.len()).then_with(|| x.cmp(y));
        if decided != Ordering::Equal {
            return decided;
        }
        [(_, a), (_, b)] = std::mem::take(&mut numbers);
    }
    Ordering::Equal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_dpkg_compares_them() {
        for (a, b, wanted) in [
            ("1.0", "1.0", Some(Ordering::Equal)),
            ("1.2", "1.10", Some(Ordering::Less)),
            ("1.0~rc1", "1.0", Some(Ordering::Less)),
            ("1:1.0", "2.0", Some(Ordering::Greater)),
            ("1.0-1", "1.0-1ubuntu1", Some(Ordering::Less)),
            ("1.0a", "1.0+", Some(Ordering::Less)),
            ("1.0.0", "1.0", Some(Ordering::Greater)),
            ("1.001", "1.1", Some(Ordering::Equal)),
            ("1.0-0", "1.0", Some(Ordering::Equal)),
            ("x", "1.0", None),
        ] {
            assert_eq!(dpkg(a, b), wanted, "{a} and {b}");
            assert_eq!(dpkg(b, a), wanted.map(Ordering::reverse), "{b} and {a}");
        }
    }
}
