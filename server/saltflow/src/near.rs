//! The known word that a person most likely meant. Knows nothing of what the words are about.

/// Names longer than this are no slip of the finger.
const MAX_CHARS: usize = 200;

/// The word of `known` that is nearest to `word`, if one is near enough to be meant: at most a third
/// of its letters differ. The first of equals.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', '/', ' '], "_");
    let wanted = plain(word);
    let length = wanted.chars().count();
    if length > MAX_CHARS {
        return None;
    }
    let near = |text: &&str| text.chars().count().abs_diff(length) <= length / 3 + 1;
    let distance = |text: &'a str| (strsim::damerau_levenshtein(&wanted, &plain(text)), text);
    let (distance, found) = known.into_iter().filter(near).map(distance).min_by_key(|(distance, _)| *distance)?;
    (distance <= (length / 3).max(1)).then_some(found)
}

/// `; did you mean X?`, or nothing where no word is near.
#[must_use]
pub fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(String::new, |found| format!("; did you mean {found}?"))
}

#[cfg(test)]
mod tests {
    use super::{hint, nearest};

    #[test]
    fn slips_are_understood_and_strangers_are_not() {
        let known = ["web.nginx", "web.init", "db.postgres"];
        assert_eq!(nearest("web.ngnix", known), Some("web.nginx"));
        assert_eq!(nearest("web/nginx", known), Some("web.nginx"));
        assert_eq!(nearest("kernel", known), None);
        assert_eq!(hint("file-root", ["file_roots", "pillar_roots"]), "; did you mean file_roots?");
        assert_eq!(hint(&"x".repeat(100_000), known), "");
    }
}
