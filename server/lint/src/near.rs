//! Near misses: which known word somebody meant. Knows nothing of what the words name.

/// Words longer than this are not compared: nobody misspells such a name, and it would cost.
const MAX_LENGTH: usize = 64;

/// The one of `words` that `written` surely means: closest by slips of the hand (a letter too many, too
/// few, wrong, or two swapped), or equal but for case, dashes and underscores. `None` if nothing is close
/// or two are equally so.
pub fn nearest<'a>(written: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(&str, usize)> = None;
    let mut tied = false;
    let allowed = slips(written);
    for word in words {
        if word == written || word.len() > MAX_LENGTH || written.len() > MAX_LENGTH {
            continue;
        }
        let distance = if same_but_for_form(written, word) { 0 } else { distance(written, word) };
        if distance > allowed.min(slips(word)) && !stutters(written, word) {
            continue;
        }
        match best {
            Some((known, _)) if known == word => {}
            Some((_, least)) if distance > least => {}
            Some((_, least)) if distance == least => tied = true,
            _ => {
                best = Some((word, distance));
                tied = false;
            }
        }
    }
    best.filter(|_| !tied).map(|(word, _)| word)
}

/// How many slips a word of this length may hold and still be recognised.
fn slips(word: &str) -> usize {
    match word.chars().count() {
        0..=3 => 0,
        4..=6 => 1,
        _ => 2,
    }
}

/// Whether a short word is written with a letter doubled: `gett`.
fn stutters(written: &str, word: &str) -> bool {
    let mut letters: Vec<char> = written.chars().collect();
    letters.dedup();
    word.len() == 3 && written.len() == 4 && letters.into_iter().eq(word.chars())
}

/// Whether two words differ in case, dashes, underscores and blanks only.
fn same_but_for_form(a: &str, b: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
    };
    a.len().abs_diff(b.len()) <= 3 && a.len() > 2 && plain(a) == plain(b)
}

/// The number of slips between two words (optimal string alignment), as far as it is small.
fn distance(a: &str, b: &str) -> usize {
    const FAR: usize = 99;
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 2 {
        return FAR;
    }
    let width = b.len() + 1;
    let mut rows = vec![0_usize; (a.len() + 1) * width];
    let at = |rows: &[usize], i: usize, j: usize| rows.get(i * width + j).copied().unwrap_or(FAR);
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            let value = if i == 0 || j == 0 {
                i + j
            } else {
                let (x, y) = (a.get(i - 1), b.get(j - 1));
                let mut least = (at(&rows, i - 1, j) + 1).min(at(&rows, i, j - 1) + 1);
                least = least.min(at(&rows, i - 1, j - 1) + usize::from(x != y));
                if i > 1 && j > 1 && x == b.get(j - 2) && a.get(i - 2) == y {
                    least = least.min(at(&rows, i - 2, j - 2) + 1);
                }
                least
            };
            if let Some(cell) = rows.get_mut(i * width + j) {
                *cell = value;
            }
        }
    }
    at(&rows, a.len(), b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_hand_are_recognised_and_other_words_are_not() {
        for (written, words, expected) in [
            ("sorce", vec!["source", "mode"], Some("source")),
            ("requires", vec!["require", "require_in"], Some("require")),
            ("wacth", vec!["watch", "watch_in"], Some("watch")),
            ("require-in", vec!["require", "require_in"], Some("require_in")),
            ("fist", vec!["first", "last"], Some("first")),
            ("frist", vec!["first", "last"], Some("first")),
            ("os", vec!["id"], None),
            ("gett", vec!["get", "set"], Some("get")),
            ("user", vec!["users", "uses"], None),
            ("homedir", vec!["home", "gid"], None),
            ("OS_Family", vec!["os_family"], Some("os_family")),
        ] {
            assert_eq!(nearest(written, words), expected, "{written}");
        }
    }
}
