//! A look at how deep a YAML or JSON text may nest, before a reader is let at it whose time or stack
//! grows with that.

/// Whether `text` may nest deeper than `most`: brackets that stay open, wherever they stand, and
/// sequences and keys that begin behind each other in one line. Deeper nesting by lines alone takes
/// a text as long as the square of its depth.
#[must_use]
pub fn nests_deeper(text: &str, most: usize) -> bool {
    let mut open = 0_usize;
    for line in text.lines() {
        let indicators = line.split_ascii_whitespace().take_while(|word| matches!(*word, "-" | "?" | ":"));
        if indicators.count() > most {
            return true;
        }
        for byte in line.bytes() {
            match byte {
                b'[' | b'{' => open += 1,
                b']' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
            if open > most {
                return true;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::nests_deeper;

    #[test]
    fn brackets_and_indicators_count() {
        let check = |text: &str, expected: bool| assert_eq!(nests_deeper(text, 3), expected, "{text}");
        check("a: [b, {c: d}]\ne: [f]\n", false);
        check("a: [[[1]]]", false);
        check("a: [[[[1]]]]", true);
        check("[\n[\n{\n{a: 1}}]]", true);
        check("- - - a", false);
        check("- - ? - a", true);
        check("a:\n  b:\n    c:\n      d:\n        e: 1\n", false);
    }
}
