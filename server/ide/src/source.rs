//! The texts of a world's files, for features that look at source text around a cursor.

use world::SaltPath;

use crate::Analysis;

/// The text of the file at `path`, bytes that are no UTF-8 replaced only where there are any; empty
/// where there is no file.
#[must_use]
pub(crate) fn text_of(analysis: &Analysis, path: &SaltPath) -> String {
    let content = analysis
        .world
        .tree
        .get(path)
        .and_then(|entry| analysis.world.source.content(path, entry.blob))
        .unwrap_or_default();
    String::from_utf8_lossy(&content).into_owned()
}

/// The comment at the start of a file, `#` or `{# #}`, without its marks; the shebang is none.
#[must_use]
pub(crate) fn first_comment(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if let Some(rest) = text.strip_prefix("{#") {
        let inner = rest.split("#}").next().unwrap_or("");
        return lines(inner.trim_matches('-').lines());
    }
    let comment = text.lines().skip_while(|line| line.starts_with("#!")).take_while(|line| line.starts_with('#'));
    lines(comment.filter(|line| !line.contains("-*-") && !line.contains("vim:")))
}

/// The comment right above `offset`: the lines before it that are comments.
#[must_use]
pub(crate) fn comment_above(text: &str, offset: u32) -> String {
    let before = text.get(..offset as usize).unwrap_or("");
    let before = before.get(..before.rfind('\n').map_or(0, |at| at + 1)).unwrap_or("").trim_end();
    if before.ends_with("#}") {
        let inner = before.rfind("{#").and_then(|at| before.get(at + 2..before.len() - 2)).unwrap_or("");
        return lines(inner.trim_matches('-').lines());
    }
    let mut above: Vec<&str> = before.lines().rev().take_while(|line| line.trim_start().starts_with('#')).collect();
    above.reverse();
    lines(above.into_iter().filter(|line| !line.starts_with("#!")))
}

fn lines<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let bare = lines.map(|line| line.trim().trim_start_matches('#').trim());
    bare.filter(|line| !line.is_empty()).take(8).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_read_without_their_marks() {
        assert_eq!(first_comment("# Web servers.\n# All of them.\n\nx: y\n"), "Web servers.\nAll of them.");
        assert_eq!(first_comment("#!jinja|yaml\n# Web.\n"), "Web.");
        assert_eq!(first_comment("{#- Shared blocks. -#}\n"), "Shared blocks.");
        assert_eq!(first_comment("x: y\n# later\n"), "");
        let text = "{% set a = 1 %}\n{# An account. #}\n{% macro m() %}";
        assert_eq!(comment_above(text, 40), "An account.");
        assert_eq!(comment_above("a: b\n# why\nc: d\n", 11), "why");
    }
}
