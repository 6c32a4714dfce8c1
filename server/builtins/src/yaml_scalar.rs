//! What libyaml's emitter asks of a scalar before it chooses its style: which styles can hold it, and
//! whether it would be read back as a text.

use python::yaml_quote::emits;
use std::sync::LazyLock;

use regex::Regex;

/// Whether a plain text would be read back as something else than a text (`yaml/resolver.py`).
pub(super) fn resolves(text: &str) -> bool {
    static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF",
            r"|[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?",
            r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
            r"|[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+",
            r"|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+|<<|~|null|Null|NULL||=|!|&|\*",
            r"|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}",
            r":[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$",
        ))
        .ok()
    });
    PATTERN.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// What libyaml's emitter knows of a scalar.
pub(super) struct Analysis {
    /// It holds line breaks.
    pub(super) multiline: bool,
    /// It may stand plain in flow context.
    pub(super) flow_plain: bool,
    /// It may stand plain in block context.
    pub(super) block_plain: bool,
    /// It may stand in single quotes.
    pub(super) single: bool,
}

/// Line breaks of YAML 1.1.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// libyaml's `yaml_emitter_analyze_scalar`.
pub(super) fn analyze(text: &str, unicode: bool) -> Analysis {
    if text.is_empty() {
        return Analysis { multiline: false, flow_plain: false, block_plain: true, single: true };
    }
    let blank = |c: Option<char>| c.is_none_or(|c| c == ' ' || c == '\t' || c == '\0' || is_break(c));
    let marker = text.starts_with("---") || text.starts_with("...");
    let (mut block_indicators, mut flow_indicators) = (marker, marker);
    let (mut breaks, mut special, mut edge, mut break_space, mut space_break) = (false, false, false, false, false);
    let (mut previous_space, mut previous_break, mut preceded) = (false, false, true);
    let mut chars = text.chars().peekable();
    let mut first = true;
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        let followed = blank(next);
        match c {
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' if first => {
                (flow_indicators, block_indicators) = (true, true);
            }
            ',' | '?' | '[' | ']' | '{' | '}' if !first => flow_indicators = true,
            '?' | ':' => {
                flow_indicators = true;
                block_indicators |= followed;
            }
            '-' if first && followed => (flow_indicators, block_indicators) = (true, true),
            '#' if preceded => (flow_indicators, block_indicators) = (true, true),
            _ => {}
        }
        special |= !emits(c) || (!c.is_ascii() && !unicode);
        breaks |= is_break(c);
        if c == ' ' {
            edge |= first || next.is_none();
            break_space |= previous_break;
            (previous_space, previous_break) = (true, false);
        } else if is_break(c) {
            edge |= first || next.is_none();
            space_break |= previous_space;
            (previous_space, previous_break) = (false, true);
        } else {
            (previous_space, previous_break) = (false, false);
        }
        preceded = blank(Some(c));
        first = false;
    }
    let plain = !(edge || break_space || space_break || special || breaks);
    Analysis {
        multiline: breaks,
        flow_plain: plain && !flow_indicators,
        block_plain: plain && !block_indicators,
        single: !(break_space || space_break || special),
    }
}
