//! Which Jinja tag the cursor is in, and the tokens of it before the cursor. Works on half-written
//! text: a tag without its end reaches to the end of its line.

/// What is around the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Around<'t> {
    /// Template text.
    Outside,
    /// A Jinja comment.
    Comment,
    /// A tag.
    Tag {
        /// `{% … %}`, not `{{ … }}`.
        statement: bool,
        /// Where its text begins, behind the delimiter.
        start: usize,
        /// Its text up to the cursor.
        before: &'t str,
    },
}

/// Finds the tag, comment or text around `offset`.
#[must_use]
pub(crate) fn around(text: &str, offset: usize) -> Around<'_> {
    let mut at = 0;
    while let Some((open, kind)) = opening(text, at) {
        if open + 2 > offset {
            return Around::Outside;
        }
        let start = open + 2;
        if kind == b'#' {
            let end = text.get(start..).and_then(|rest| rest.find("#}")).map(|end| start + end + 2);
            match end {
                Some(end) if end <= offset => at = end,
                Some(_) => return Around::Comment,
                None if line_end(text, start) >= offset => return Around::Comment,
                None => at = line_end(text, start),
            }
            continue;
        }
        let statement = kind == b'%';
        let end = ending(text, start, statement);
        // the cursor behind `{%-` is in the tag, too
        let start = start + usize::from(matches!(text.as_bytes().get(start), Some(b'-' | b'+')));
        let inside = match end {
            Some(end) => offset < end,
            None => offset <= line_end(text, start),
        };
        if inside && offset < start {
            return Around::Outside;
        }
        if inside {
            // between `-` or `%` and `}` the tag is over
            let before = text.get(start..offset).unwrap_or("");
            return Around::Tag { statement, start, before };
        }
        let next = end.unwrap_or_else(|| line_end(text, start));
        let is_raw =
            statement && text.get(start..next).is_some_and(|tag| tag.trim_matches(['-', '+', ' ', '%', '}']) == "raw");
        at = if is_raw {
            match text.get(next..).and_then(|rest| rest.find("endraw")) {
                Some(end) if next + end <= offset => next + end,
                _ => return Around::Outside,
            }
        } else {
            next
        };
    }
    Around::Outside
}

/// The next statement, expression or comment from `from` on, delimiters included, and the byte that
/// stands for it where only YAML is looked at.
#[must_use]
pub(crate) fn next_tag(text: &str, from: usize) -> Option<(std::ops::Range<usize>, u8)> {
    let (open, kind) = opening(text, from)?;
    let start = open + 2;
    let end = match kind {
        b'#' => text.get(start..).and_then(|rest| rest.find("#}")).map(|end| start + end + 2),
        _ => ending(text, start, kind == b'%').map(|end| end + 2),
    };
    let fill = if kind == b'{' { b'x' } else { b' ' };
    Some((open..end.unwrap_or_else(|| line_end(text, start)), fill))
}

fn opening(text: &str, from: usize) -> Option<(usize, u8)> {
    let bytes = text.as_bytes();
    (from..bytes.len().saturating_sub(1)).find_map(|at| {
        let kind = bytes[at + 1];
        (bytes[at] == b'{' && matches!(kind, b'{' | b'%' | b'#')).then_some((at, kind))
    })
}

fn line_end(text: &str, from: usize) -> usize {
    text.get(from..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| from + end)
}

/// Where the tag's closing delimiter begins; `None` if another tag opens before.
fn ending(text: &str, start: usize, statement: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut quote) = (start, 0_u32, None);
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied();
        match quote {
            Some(_) if byte == b'\\' => at += 1,
            // a string that its line does not close is half-written
            Some(open) if byte == open || byte == b'\n' => quote = None,
            Some(_) => {}
            None => match byte {
                b'\'' | b'"' => quote = Some(byte),
                b'{' if matches!(next, Some(b'%' | b'#')) || (next == Some(b'{') && depth == 0) => return None,
                b'%' if statement && next == Some(b'}') => return Some(at),
                b'}' if !statement && depth == 0 && next == Some(b'}') => return Some(at),
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                _ => {}
            },
        }
        at += 1;
    }
    None
}

/// A token of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'t> {
    /// An identifier or keyword.
    Name(&'t str),
    /// What is between the quotes; `open`: the cursor is in it.
    Text { value: &'t str, open: bool },
    /// Digits.
    Number(&'t str),
    /// Anything else, one character.
    Op(char),
}

/// The tokens of a tag's text with where each begins in it (strings: behind the quote).
#[must_use]
pub(crate) fn tokens(before: &str) -> Vec<(Token<'_>, usize)> {
    let mut found = Vec::new();
    let mut chars = before.char_indices().peekable();
    let slice = |from: usize, to: usize| before.get(from..to).unwrap_or("");
    while let Some((at, c)) = chars.next() {
        if c.is_whitespace() {
            continue;
        }
        if c == '\'' || c == '"' {
            let (start, mut end, mut open) = (at + 1, before.len(), true);
            while let Some((n, d)) = chars.next() {
                if d == '\\' {
                    chars.next();
                } else if d == c || d == '\n' {
                    (end, open) = (n, false);
                    break;
                }
            }
            found.push((Token::Text { value: slice(start, end), open }, start));
            continue;
        }
        let word = |c: char| c.is_alphanumeric() || c == '_';
        if word(c) {
            let mut end = at + c.len_utf8();
            while let Some((n, d)) = chars.next_if(|(_, d)| word(*d)) {
                end = n + d.len_utf8();
            }
            let text = slice(at, end);
            found.push((if c.is_ascii_digit() { Token::Number(text) } else { Token::Name(text) }, at));
            continue;
        }
        found.push((Token::Op(c), at));
    }
    found
}

/// Where the operand that ends before token `end` begins: names, attributes, items and calls, as in
/// `salt['pillar.get']('a').b`. `None` if something else ends there.
#[must_use]
pub(crate) fn operand(tokens: &[(Token<'_>, usize)], end: usize) -> Option<usize> {
    let mut at = end.checked_sub(1)?;
    loop {
        match tokens.get(at)?.0 {
            Token::Name(_) | Token::Number(_) => match at.checked_sub(1).and_then(|n| tokens.get(n)) {
                Some((Token::Op('.'), _)) => at = at.checked_sub(2)?,
                _ => return matches!(tokens.get(at)?.0, Token::Name(_)).then_some(at),
            },
            Token::Op(close @ (')' | ']')) => {
                let open = opened(tokens, at, close)?;
                let callee = open.checked_sub(1).and_then(|n| tokens.get(n)).map(|(token, _)| *token);
                match callee {
                    Some(Token::Op(')' | ']')) => at = open - 1,
                    Some(Token::Name(word)) if !is_operator(word) => at = open - 1,
                    // a parenthesis of its own
                    _ if close == ')' => return Some(open),
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
}

fn is_operator(word: &str) -> bool {
    matches!(word, "in" | "and" | "or" | "not" | "is" | "if" | "else" | "elif" | "do")
}

/// The bracket that the one at `close` closes.
fn opened(tokens: &[(Token<'_>, usize)], close: usize, bracket: char) -> Option<usize> {
    let open = if bracket == ')' { '(' } else { '[' };
    let mut depth = 0_u32;
    for n in (0..close).rev() {
        match tokens.get(n)?.0 {
            Token::Op(c) if c == bracket => depth += 1,
            Token::Op(c) if c == open && depth == 0 => return Some(n),
            Token::Op(c) if c == open => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The call that token `end` is an argument of: the bracket's index, and which argument.
#[must_use]
pub(crate) fn enclosing_call(tokens: &[(Token<'_>, usize)], end: usize) -> Option<(usize, usize)> {
    let (mut depth, mut argument) = (0_u32, 0);
    for n in (0..end).rev() {
        match tokens.get(n)?.0 {
            Token::Op(')' | ']' | '}') => depth += 1,
            Token::Op('(') if depth == 0 => {
                let called = matches!(n.checked_sub(1).and_then(|n| tokens.get(n)), Some((Token::Op(')' | ']'), _)))
                    || matches!(n.checked_sub(1).and_then(|n| tokens.get(n)), Some((Token::Name(word), _)) if !is_operator(word));
                return called.then_some((n, argument));
            }
            Token::Op('[' | '{') if depth == 0 => return None,
            Token::Op('(' | '[' | '{') => depth -= 1,
            Token::Op(',') if depth == 0 => argument += 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let offset = text.find('|').expect("a cursor");
        let text = text.replace('|', "");
        let shown = match around(&text, offset) {
            Around::Outside => "text".to_owned(),
            Around::Comment => "comment".to_owned(),
            Around::Tag { statement, before, .. } => format!("{} {before:?}", if statement { "%" } else { "{" }),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn tags_are_found_in_half_written_text() {
        check("a: {{ x| }}", "{ \" x\"");
        check("a: {{ x }} |", "text");
        check("a: {{ x|", "{ \" x\"");
        check("a: {{ x\nb: |", "text");
        check("a: {{ x\nb: {{ y| }}\n", "{ \" y\"");
        check("{%- if x|\nb: c\n{% endif %}", "% \" if x\"");
        check("{# x|", "comment");
        check("{# x #}|", "text");
        check("{% set a = {\n 'b': {'c': d| }} %}", "% \" set a = {\\n 'b': {'c': d\"");
        check("{{ '}}' ~ x| }}", "{ \" '}}' ~ x\"");
        check("{% raw %}{{ x| }}{% endraw %}", "text");
        check("{% raw %}{% endraw %}{{ y|", "{ \" y\"");
        check("{{ salt['pillar.get']('a:|", "{ \" salt['pillar.get']('a:\"");
    }

    #[test]
    fn operands_and_calls_are_found_backwards() {
        let text = "if x and salt['pillar.get']('a', {}).b";
        let all = tokens(text);
        let start = operand(&all, all.len()).expect("an operand");
        assert_eq!(&text[all[start].1..], "salt['pillar.get']('a', {}).b");
        let all = tokens("m(1, [2, 3], x");
        assert_eq!(enclosing_call(&all, all.len() - 1), Some((1, 2)));
    }
}
