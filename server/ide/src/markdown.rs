//! Markdown with text from the repository in it, escaped: an editor must never read a link, an image
//! or HTML out of somebody's pillar.

use crate::catalogue::Function;

/// Longer texts are cut.
const MAX_TEXT: usize = 2_000;

/// `text` as plain words.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().take(MAX_TEXT) {
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '(' | ')' | '#' | '+' | '!' | '|' | '~'
            | '&' | '$' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("  \n"),
            c if c.is_control() => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

/// `text` as code within a line.
#[must_use]
pub(crate) fn code(text: &str) -> String {
    let clean: String = text.chars().take(MAX_TEXT).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let fence = "`".repeat(longest_run(&clean) + 1);
    let pad = if clean.starts_with('`') || clean.ends_with('`') || clean.is_empty() { " " } else { "" };
    format!("{fence}{pad}{clean}{pad}{fence}")
}

/// `text` as a block of code in `language`.
#[must_use]
pub(crate) fn block(language: &str, text: &str) -> String {
    let clean: String =
        text.chars().take(MAX_TEXT).map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    let fence = "`".repeat((longest_run(&clean) + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}", clean.trim_end())
}

fn longest_run(text: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// What is known of a function: signature, docstring, link.
#[must_use]
pub(crate) fn function_documentation(function: &Function) -> String {
    let mut parts = vec![block("python", &function.signature())];
    if !function.documentation.is_empty() {
        parts.push(block("rst", &function.documentation));
    }
    if !function.link.is_empty() {
        parts.push(format!("[Salt's documentation]({})", function.link));
    }
    parts.join("\n\n")
}

/// What is known of an argument.
#[must_use]
pub(crate) fn argument_documentation(function: &Function, argument: &str) -> String {
    let Some(found) = function.arguments.iter().find(|known| known.name == argument) else { return String::new() };
    let says = match &found.default {
        Some(default) => format!("Argument of {}, default {}.", code(&function.name), code(default)),
        None => format!("Argument of {}; must be given.", code(&function.name)),
    };
    let mut parts = vec![says];
    let about = paragraph(&function.documentation, argument);
    if !about.is_empty() {
        parts.push(plain(&about));
    }
    if !function.link.is_empty() {
        parts.push(format!("[Salt's documentation]({})", function.link));
    }
    parts.join("\n\n")
}

/// The paragraph that a docstring gives an argument: its name alone on a line, indented text below.
fn paragraph(documentation: &str, argument: &str) -> String {
    let mut lines = documentation.lines().skip_while(|line| line.trim().trim_end_matches(':') != argument);
    let Some(head) = lines.next() else { return String::new() };
    let indent = |line: &str| line.len() - line.trim_start().len();
    let at = indent(head);
    let body = lines.take_while(|line| line.trim().is_empty() || indent(line) > at);
    body.map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_repository_is_no_markup() {
        assert_eq!(plain("[a](http://x) <b>"), r"\[a\]\(http://x\) \<b\>");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(block("yaml", "```\nx"), "````yaml\n```\nx\n````");
    }

    #[test]
    fn arguments_have_their_paragraph() {
        let text = "Doc.\n\nname\n    The link\n    that points.\nuser\n    Owner";
        assert_eq!(paragraph(text, "name"), "The link that points.");
        assert_eq!(paragraph(text, "user"), "Owner");
        assert_eq!(paragraph(text, "nope"), "");
    }
}
