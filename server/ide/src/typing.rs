//! A text that is being typed: a name stands in at the cursor, so that the parser and the evaluator
//! read what is half-written as they read everything else. Knows nothing of what is offered.

use syntax::jinja::walk::Node;
use syntax::jinja::{self, Options, Template, Token, TokenKind};
use text::TextRange;

/// The name that stands in.
const PLACEHOLDER: &str = "saltflow_cursor";

/// Where the cursor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Around {
    /// Text outside of tags.
    Text,
    /// A Jinja comment.
    Comment,
    /// A tag; the flag: `{% … %}`.
    Tag(bool),
}

/// A text with the name put in.
pub(crate) struct Typing {
    /// The text.
    pub text: String,
    /// Its tree.
    pub template: Template,
    /// Where the name begins: the same offset in the text that was typed.
    pub at: u32,
    /// The word that the name stands for, in the text that was typed.
    pub word: TextRange,
    /// The cursor, in the text that was typed.
    pub offset: u32,
}

/// A string literal around the cursor, in the text that was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    /// What is between the quotes; to the cursor where nothing closes them.
    pub content: TextRange,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

impl Typing {
    /// `text` with the cursor at `offset`, which must be between characters.
    pub(crate) fn new(text: &str, offset: usize) -> Self {
        let (before, behind) = (text.get(..offset).unwrap_or(text), text.get(offset..).unwrap_or(""));
        let start = before.trim_end_matches(is_word).len();
        let end = before.len() + behind.len() - behind.trim_start_matches(is_word).len();
        let rest = text.get(end..).unwrap_or("");
        let text = format!("{}{PLACEHOLDER}{rest}", before.get(..start).unwrap_or(""));
        let template = jinja::parse(&text, &Options::default());
        let word = TextRange::of(start, end);
        Self { text, template, at: word.start, word, offset: u32::try_from(offset).unwrap_or(u32::MAX) }
    }

    /// The nodes around the name, outermost first.
    pub(crate) fn path(&self) -> Vec<Node<'_>> {
        jinja::path_at(&self.template.body, self.at)
    }

    fn index(&self) -> Option<usize> {
        let index = self.template.tokens.partition_point(|token| token.range.end <= self.at);
        (index < self.template.tokens.len()).then_some(index)
    }

    /// What is around the name.
    pub(crate) fn around(&self) -> Around {
        let Some(index) = self.index() else { return Around::Text };
        match self.template.tokens.get(index).map(|token| token.kind) {
            None | Some(TokenKind::Data) => Around::Text,
            Some(TokenKind::Comment) => Around::Comment,
            Some(_) => match self.open(index) {
                Some(open) => Around::Tag(!open.range.slice(&self.text).starts_with("{{")),
                None => Around::Text,
            },
        }
    }

    fn open(&self, index: usize) -> Option<Token> {
        self.template.tokens.get(..index)?.iter().rev().find(|token| token.kind == TokenKind::Open).copied()
    }

    /// The tag's tokens before the name, white space left out.
    pub(crate) fn before(&self) -> Vec<(TokenKind, &str)> {
        let Some(index) = self.index() else { return Vec::new() };
        let all = self.template.tokens.get(..index).unwrap_or(&[]);
        let from = all.iter().rposition(|token| token.kind == TokenKind::Open).map_or(0, |at| at + 1);
        let own = all.get(from..).unwrap_or(&[]).iter().filter(|token| token.kind != TokenKind::Blank);
        own.map(|token| (token.kind, token.range.slice(&self.text))).collect()
    }

    /// The string literal that the name stands in.
    pub(crate) fn literal(&self) -> Option<Literal> {
        let token = self.template.tokens.get(self.index()?).filter(|token| token.kind == TokenKind::String)?;
        let written = token.range.slice(&self.text);
        let quote = written.chars().next()?;
        let start = token.range.start + 1;
        let closed = written.len() > PLACEHOLDER.len() + 1 && written.ends_with(quote);
        let added = u32::try_from(PLACEHOLDER.len()).unwrap_or(0);
        let end = if closed { token.range.end - 1 - added + self.word.len() } else { self.offset };
        Some(Literal { content: TextRange::new(start, end) })
    }
}

/// `text` as YAML sees it, for what only looks at lines: Jinja's statements and comments as blanks, its
/// expressions as letters.
#[must_use]
pub(crate) fn masked(text: &str) -> String {
    let template = jinja::parse(text, &Options::default());
    let mut out = text.as_bytes().to_vec();
    let mut in_expression = false;
    for token in &template.tokens {
        match token.kind {
            TokenKind::Data => continue,
            TokenKind::Open => in_expression = token.range.slice(text).starts_with("{{"),
            _ => {}
        }
        let fill = if in_expression && token.kind != TokenKind::Comment { b'x' } else { b' ' };
        let bytes = out.get_mut(token.range.start as usize..token.range.end as usize);
        for byte in bytes.into_iter().flatten().filter(|byte| **byte != b'\n') {
            *byte = fill;
        }
    }
    // bytes of a character are replaced together: tokens begin and end between characters
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let offset = text.find('|').expect("a cursor");
        let text = text.replacen('|', "", 1);
        let typing = Typing::new(&text, offset);
        let before: Vec<&str> = typing.before().iter().map(|(_, word)| *word).collect();
        let shown = match typing.around() {
            Around::Text => "text".to_owned(),
            Around::Comment => "comment".to_owned(),
            Around::Tag(statement) => format!("{} {}", if statement { "%" } else { "{" }, before.join(" ")),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn tags_are_found_in_half_written_text() {
        check("a: {{ x| }}", "{ ");
        check("a: {{ x }} |", "text");
        check("a: {{ x.|", "{ x .");
        check("a: {{ x\nb: |", "text");
        check("a: {{ x\nb: {{ y.| }}\n", "{ y .");
        check("{%- if x|\nb: c\n{% endif %}", "% if");
        check("{# x|", "comment");
        check("{# x #}|", "text");
        check("{% set a = {\n 'b': {'c': d| }} %}", "% set a = { 'b' : { 'c' :");
        check("{{ '}}' ~ x| }}", "{ '}}' ~");
        check("{% raw %}{{ x| }}{% endraw %}", "text");
        check("{% raw %}{% endraw %}{{ y|", "{ ");
        check("{{ salt['pillar.get']('a:|", "{ salt [ 'pillar.get' ] (");
        check("a: {|", "text");
    }

    #[test]
    fn literals_end_where_they_are_closed() {
        for (text, expected) in [
            ("{{ a['b:c|d'] }}", "b:cd"),
            ("{{ a['b:|", "b:"),
            ("{{ a['|'] }}", ""),
            ("{{ a['|", ""),
            ("{{ a(\"x|\nb: c", "x"),
        ] {
            let offset = text.find('|').expect("a cursor");
            let text = text.replacen('|', "", 1);
            let literal = Typing::new(&text, offset).literal().expect("a literal");
            assert_eq!(literal.content.slice(&text), expected, "{text}");
        }
    }

    #[test]
    fn yaml_is_left_where_it_is() {
        assert_eq!(masked("a: {{ b }}\n{% if x %}\nc: {# d #}1\n"), "a: xxxxxxx\n          \nc:        1\n");
    }
}
