//! Whether a name that nothing has is a slip for one that something has.

/// Of `known`, the name that `wanted` is most likely a slip for: one or two letters apart (two only in
/// longer names), or written with other cases, hyphens or underscores.
pub fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = match wanted.chars().count() {
        0..=3 => 0,
        4..=8 => 1,
        _ => 2,
    };
    let mut best: Option<(usize, &str)> = None;
    for name in known {
        let distance = if same_letters(wanted, name) { 0 } else { distance(wanted, name, allowed) };
        if name != wanted && distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// Whether two names differ in case, hyphens and underscores only.
#[must_use]
pub fn same_letters(a: &str, b: &str) -> bool {
    let plain = |text: &str| -> Vec<char> {
        text.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
    };
    a.len() == b.len() && plain(a) == plain(b)
}

/// How many letters must be put in, left out, exchanged or swapped with their neighbour; more than
/// `most` is not counted further.
fn distance(a: &str, b: &str, most: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > most || a.len() > 256 {
        return most + 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut least = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        if row.iter().all(|least| *least > most) {
            return most + 1;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(most + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near() {
        for (wanted, known, expected) in [
            ("web.confg", "web.config", true),
            ("web.cofnig", "web.config", true),
            ("App", "app", true),
            ("apt-tools", "apt_tools", true),
            ("db", "dc", false),
            ("web.a", "web.ab", true),
            ("webserver.a", "database.b", false),
            ("same", "same", false),
        ] {
            assert_eq!(nearest(wanted, std::iter::once(known)), expected.then_some(known), "{wanted} {known}");
        }
    }
}
