//! The tokens inside one tag, as the expression parser sees them: no white space, operators told
//! apart. The public, lossless stream is [`super::Token`].

use text::TextRange;

/// Operators and punctuation (`operators` in `jinja2/lexer.py`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Op {
    Add,
    Sub,
    Div,
    FloorDiv,
    Mul,
    Mod,
    Pow,
    Tilde,
    LBracket,
    RBracket,
    LParen,
    RParen,
    LBrace,
    RBrace,
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
    Assign,
    Dot,
    Colon,
    Pipe,
    Comma,
    Semicolon,
}

impl Op {
    /// The operator at the start of `bytes`, the longest first.
    pub(super) fn at(bytes: &[u8]) -> Option<Self> {
        Some(match bytes {
            [b'/', b'/', ..] => Self::FloorDiv,
            [b'*', b'*', ..] => Self::Pow,
            [b'=', b'=', ..] => Self::Eq,
            [b'!', b'=', ..] => Self::Ne,
            [b'>', b'=', ..] => Self::Ge,
            [b'<', b'=', ..] => Self::Le,
            [first, ..] => match first {
                b'+' => Self::Add,
                b'-' => Self::Sub,
                b'/' => Self::Div,
                b'*' => Self::Mul,
                b'%' => Self::Mod,
                b'~' => Self::Tilde,
                b'[' => Self::LBracket,
                b']' => Self::RBracket,
                b'(' => Self::LParen,
                b')' => Self::RParen,
                b'{' => Self::LBrace,
                b'}' => Self::RBrace,
                b'>' => Self::Gt,
                b'<' => Self::Lt,
                b'=' => Self::Assign,
                b'.' => Self::Dot,
                b':' => Self::Colon,
                b'|' => Self::Pipe,
                b',' => Self::Comma,
                b';' => Self::Semicolon,
                _ => return None,
            },
            [] => return None,
        })
    }

    /// How it is written.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Div => "/",
            Self::FloorDiv => "//",
            Self::Mul => "*",
            Self::Mod => "%",
            Self::Pow => "**",
            Self::Tilde => "~",
            Self::LBracket => "[",
            Self::RBracket => "]",
            Self::LParen => "(",
            Self::RParen => ")",
            Self::LBrace => "{",
            Self::RBrace => "}",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Assign => "=",
            Self::Dot => ".",
            Self::Colon => ":",
            Self::Pipe => "|",
            Self::Comma => ",",
            Self::Semicolon => ";",
        }
    }

    /// The bracket that closes this one.
    pub(super) fn closer(self) -> Option<Self> {
        match self {
            Self::LParen => Some(Self::RParen),
            Self::LBracket => Some(Self::RBracket),
            Self::LBrace => Some(Self::RBrace),
            _ => None,
        }
    }

    /// Whether it closes a bracket.
    pub(super) fn is_closer(self) -> bool {
        matches!(self, Self::RParen | Self::RBracket | Self::RBrace)
    }
}

/// Kinds of tokens inside a tag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// An identifier; keywords are identifiers.
    Name,
    /// A string literal.
    Str,
    /// A string literal without its closing quote (only after an error).
    OpenStr,
    /// An integer literal.
    Int,
    /// A float literal.
    Float,
    /// An operator.
    Op(Op),
    /// What the lexer refuses; the tag's lexical error says why.
    Bad,
    /// `}}`
    VariableEnd,
    /// `%}` or the end of a line statement
    BlockEnd,
    /// The end of the template, or of an unclosed tag.
    Eof,
}

/// A token inside a tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tok {
    /// What it is.
    pub(super) kind: Kind,
    /// Its bytes.
    pub(super) range: TextRange,
}
