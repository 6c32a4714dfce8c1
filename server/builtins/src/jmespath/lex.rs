//! Tokens of JMESPath.

use serde_json::Value as Json;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Name(String),
    Quoted(String),
    Number(i64),
    Literal(Json),
    /// Punctuation, as written.
    Sign(&'static str),
    End,
}

impl Token {
    /// How strongly it binds to what stands before it.
    pub(super) fn power(&self) -> u8 {
        match self {
            Self::Sign(sign) => match *sign {
                "|" => 1,
                "||" => 2,
                "&&" => 3,
                "==" | "!=" | "<" | "<=" | ">" | ">=" => 5,
                "[]" => 9,
                "*" => 20,
                "[?" => 21,
                "." => 40,
                "!" => 45,
                "{" => 50,
                "[" => 55,
                "(" => 60,
                _ => 0,
            },
            _ => 0,
        }
    }

    /// The library's name of the token's type.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Name(_) => "unquoted_identifier",
            Self::Quoted(_) => "quoted_identifier",
            Self::Number(_) => "number",
            Self::Literal(_) => "literal",
            Self::End => "eof",
            Self::Sign(sign) => match *sign {
                "." => "dot",
                "*" => "star",
                "]" => "rbracket",
                "," => "comma",
                ":" => "colon",
                "@" => "current",
                "(" => "lparen",
                ")" => "rparen",
                "{" => "lbrace",
                "}" => "rbrace",
                "[" => "lbracket",
                "[]" => "flatten",
                "[?" => "filter",
                "|" => "pipe",
                "||" => "or",
                "&&" => "and",
                "&" => "expref",
                "!" => "not",
                "==" => "eq",
                "!=" => "ne",
                "<" => "lt",
                "<=" => "lte",
                ">" => "gt",
                _ => "gte",
            },
        }
    }

    /// As it is shown in errors.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Name(text) | Self::Quoted(text) => text.clone(),
            Self::Number(n) => n.to_string(),
            Self::Literal(Json::String(text)) => text.clone(),
            Self::Literal(json) => json.to_string(),
            Self::Sign(sign) => (*sign).to_owned(),
            Self::End => String::new(),
        }
    }
}

const SIGNS: &[&str] = &[
    "[]", "[?", "||", "&&", "==", "!=", "<=", ">=", ".", "*", "]", ",", ":", "@", "(", ")", "{", "}", "[", "|", "&",
    "!", "<", ">",
];

/// The tokens with the characters that they start at; an error is the library's first line.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, usize)>, String> {
    let bad = |what: String| format!("Bad jmespath expression: {what}:");
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let at = text[..text.len() - rest.len()].chars().count();
        let length = match c {
            ' ' | '\t' | '\n' | '\r' => 1,
            'a'..='z' | 'A'..='Z' | '_' => {
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
                out.push((Token::Name(rest[..end].to_owned()), at));
                end
            }
            '0'..='9' | '-' => {
                let end = rest[1..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |end| end + 1);
                let Ok(number) = rest[..end].parse() else {
                    return Err(bad(format!("Unknown token '{}'", &rest[..end])));
                };
                out.push((Token::Number(number), at));
                end
            }
            '\'' | '"' | '`' => {
                let (token, length) = delimited(rest, c).map_err(bad)?;
                out.push((token, at));
                length
            }
            _ => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => {
                    out.push((Token::Sign(sign), at));
                    sign.len()
                }
                None if c == '=' => return Err(bad("Unknown token '='".to_owned())),
                None => return Err(bad(format!("Unknown token {c}"))),
            },
        };
        rest = &rest[length..];
    }
    out.push((Token::End, text.chars().count()));
    Ok(out)
}

/// A raw string, a quoted name or a literal, and how many bytes it takes.
fn delimited(rest: &str, delimiter: char) -> Result<(Token, usize), String> {
    let mut escaped = false;
    let end = rest.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == delimiter && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    let Some((end, _)) = end else { return Err(format!("Unclosed {delimiter} delimiter")) };
    let body = &rest[1..end];
    let token = match delimiter {
        '\'' => Token::Literal(Json::String(body.replace("\\'", "'"))),
        '"' => match serde_json::from_str(&rest[..=end]) {
            Ok(Json::String(text)) => Token::Quoted(text),
            _ => return Err("Invalid control character at".to_owned()),
        },
        _ => {
            let body = body.replace("\\`", "`");
            match serde_json::from_str(&body).or_else(|_| serde_json::from_str(&format!("\"{}\"", body.trim_start()))) {
                Ok(json) => Token::Literal(json),
                Err(_) => return Err(format!("Bad token {body}")),
            }
        }
    };
    Ok((token, end + 1))
}
