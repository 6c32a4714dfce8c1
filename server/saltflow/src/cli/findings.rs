//! Findings for people: what, where, the line itself, and the end of a report.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use ide::{Diagnostic, FileRange, Severity};
use text::Encoding;

use crate::cli::report::Places;
use crate::escape;

/// Lines longer than this are cut, in characters.
const MAX_LINE: usize = 160;

/// Prints findings as compilers do: severity and code, place, the line with a mark under it.
pub struct Printer<'a> {
    /// Where the lines are.
    pub places: &'a Places<'a>,
}

impl Printer<'_> {
    /// One finding.
    #[must_use]
    pub fn finding(&self, diagnostic: &Diagnostic) -> String {
        let mut out = String::new();
        let style = style(diagnostic.severity);
        let bold = Style::new().bold();
        let message = escape::terminal(&diagnostic.message, 2_000);
        let _ = writeln!(
            out,
            "{style}{}[{}]{style:#}{bold}: {message}{bold:#}",
            diagnostic.severity.name(),
            diagnostic.code
        );
        if let Some(place) = &diagnostic.place {
            self.excerpt(&mut out, place, "-->", style);
        }
        for (place, message) in &diagnostic.related {
            let at = self.places.human(&place.path, place.range.start);
            let _ = writeln!(out, "   = {}: {}", escape::terminal(&at, 400), escape::terminal(message, 400));
        }
        if !diagnostic.profiles.is_empty() {
            let _ = writeln!(out, "   = minion profiles: {}", escape::terminal(&diagnostic.profiles.join(", "), 400));
        }
        out
    }

    fn excerpt(&self, out: &mut String, place: &FileRange, arrow: &str, style: Style) {
        let dim = Style::new().fg_color(Some(AnsiColor::Blue.into()));
        let at = self.places.human(&place.path, place.range.start);
        let _ = writeln!(out, "  {dim}{arrow}{dim:#} {}", escape::terminal(&at, 400));
        let Some(file) = self.places.file(&place.path) else { return };
        let start = file.index.position(&file.text, place.range.start, Encoding::Utf32);
        let end = file.index.position(&file.text, place.range.end, Encoding::Utf32);
        let Some(range) = file.index.line_range(start.line) else { return };
        let line = range.slice(&file.text).trim_end();
        // a line may hold a secret though its finding is about something else
        let masked = ide::masked(&file.text);
        let line = masked.lines().nth(start.line as usize).map_or(line, str::trim_end);
        if line.chars().count() > MAX_LINE || line.chars().any(|c| c.is_control() && c != '\t') {
            return;
        }
        let number = (start.line + 1).to_string();
        let width = number.len();
        let until = if end.line == start.line { end.column } else { u32::try_from(line.chars().count()).unwrap_or(0) };
        let marks = "^".repeat(until.saturating_sub(start.column).max(1) as usize);
        let shown = escape::terminal(line, MAX_LINE);
        let _ = writeln!(out, "  {dim}{:width$} |{dim:#}", "");
        let _ = writeln!(out, "  {dim}{number} |{dim:#} {shown}");
        let _ =
            writeln!(out, "  {dim}{:width$} |{dim:#} {}{style}{marks}{style:#}", "", " ".repeat(start.column as usize));
    }
}

/// The colour of a severity.
#[must_use]
pub fn style(severity: Severity) -> Style {
    let colour = match severity {
        Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Information => AnsiColor::Cyan,
        Severity::Hint | Severity::None => AnsiColor::Green,
    };
    Style::new().bold().fg_color(Some(colour.into()))
}

/// `2 errors, 1 warning`; `nothing` for none.
#[must_use]
pub fn counts(severities: impl Iterator<Item = Severity>) -> String {
    let mut counts = [0_usize; 5];
    for severity in severities {
        counts[severity as usize] += 1;
    }
    let words = [
        (counts[Severity::Error as usize], "error", "errors"),
        (counts[Severity::Warning as usize], "warning", "warnings"),
        (counts[Severity::Information as usize], "note", "notes"),
        (counts[Severity::Hint as usize], "hint", "hints"),
    ];
    let said: Vec<String> = words
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many }))
        .collect();
    if said.is_empty() { "nothing found".to_owned() } else { said.join(", ") }
}
