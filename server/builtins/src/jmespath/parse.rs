//! The grammar of JMESPath: a top-down parser by binding powers, like the library's.

use std::sync::Arc;

use serde_json::Value as Json;

use super::lex::{Token, tokens};

/// An expression.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Current,
    Field(String),
    Literal(Json),
    /// One after the other: `a.b`, `a[0]`, `a | b`.
    Chain(Vec<Node>),
    Index(i64),
    Slice([Option<i64>; 3]),
    Flatten(Box<Node>),
    Projection(Box<Node>, Box<Node>),
    Values(Box<Node>, Box<Node>),
    /// Base, right side, condition.
    Filter(Box<Node>, Box<Node>, Box<Node>),
    List(Vec<Node>),
    Hash(Vec<(String, Node)>),
    Or(Box<Node>, Box<Node>),
    And(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Compare(&'static str, Box<Node>, Box<Node>),
    Expression(Arc<Node>),
    Call(String, Vec<Node>),
}

/// Parses; an error is the first line of the library's.
pub(super) fn parse(text: &str) -> Result<Node, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, height: 0 };
    let node = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(node),
        token => {
            let reason = format!("Unexpected token: {}", token.text());
            Err(parser.refuse(parser.at, &reason))
        }
    }
}

/// `left` and then `right`; a chain grows at its end, so that a long one is no high tree.
fn chain(left: Node, right: Node) -> Node {
    match left {
        Node::Chain(mut parts) => {
            parts.push(right);
            Node::Chain(parts)
        }
        left => Node::Chain(vec![left, right]),
    }
}

/// Such operators in one expression: the library's own recursion ends before.
const MAX_HEIGHT: usize = 1_000;

/// Above this, what binds weaker ends a projection.
const PROJECTION_STOP: u8 = 10;

struct Parser {
    tokens: Vec<(Token, usize)>,
    at: usize,
    depth: usize,
    /// Operators that stand in each other's left side, which make the tree as high as the text is long.
    height: usize,
}

type Parsed = Result<Node, String>;

impl Parser {
    fn token(&self, at: usize) -> &Token {
        self.tokens.get(at).map_or(&Token::End, |(token, _)| token)
    }

    fn peek(&self) -> &Token {
        self.token(self.at)
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(found) if *found == sign)
    }

    fn refuse(&self, at: usize, reason: &str) -> String {
        let (token, column) = self.tokens.get(at).map_or((&Token::End, 0), |(token, at)| (token, *at));
        let kind = token.type_name().to_uppercase();
        format!("{reason}: Parse error at column {column}, token \"{}\" ({kind}), for expression:", token.text())
    }

    fn expect(&mut self, sign: &str, name: &str) -> Result<(), String> {
        if self.is(sign) {
            self.at += 1;
            return Ok(());
        }
        if *self.peek() == Token::End {
            return Err(incomplete());
        }
        Err(self.refuse(self.at, &format!("Expecting: {name}, got: {}", self.peek().type_name())))
    }

    fn expression(&mut self, power: u8) -> Parsed {
        self.depth += 1;
        if self.depth > 100 {
            return Err("maximum recursion depth exceeded".to_owned());
        }
        let first = self.peek().clone();
        self.at += 1;
        let mut left = self.begin(&first)?;
        while power < self.peek().power() {
            let sign = match self.peek() {
                Token::Sign(sign) => *sign,
                _ => break,
            };
            self.at += 1;
            self.height += usize::from(!matches!(sign, "." | "|"));
            if self.height > MAX_HEIGHT {
                return Err("maximum recursion depth exceeded".to_owned());
            }
            left = self.continued(left, sign)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn begin(&mut self, token: &Token) -> Parsed {
        match token {
            Token::Literal(json) => Ok(Node::Literal(json.clone())),
            Token::Name(name) => Ok(Node::Field(name.clone())),
            Token::Quoted(_) if self.is("(") => {
                let token = self.peek();
                Err(format!(
                    "Quoted identifier not allowed for function names.: Parse error at column 0, token \"{}\" ({}), for \
                     expression:",
                    token.text(),
                    token.type_name().to_uppercase()
                ))
            }
            Token::Quoted(name) => Ok(Node::Field(name.clone())),
            Token::Sign("*") => {
                let right = if self.is("]") { Node::Current } else { self.right_side(20)? };
                Ok(Node::Values(Box::new(Node::Current), Box::new(right)))
            }
            Token::Sign("[?") => self.filter(Node::Current),
            Token::Sign("{") => self.hash(),
            Token::Sign("(") => {
                let inner = self.expression(0)?;
                self.expect(")", "rparen")?;
                Ok(inner)
            }
            Token::Sign("[]") => {
                let right = self.right_side(9)?;
                Ok(Node::Projection(Box::new(Node::Flatten(Box::new(Node::Current))), Box::new(right)))
            }
            Token::Sign("!") => Ok(Node::Not(Box::new(self.expression(45)?))),
            Token::Sign("@") => Ok(Node::Current),
            Token::Sign("&") => Ok(Node::Expression(Arc::new(self.expression(0)?))),
            Token::Sign("[") => match (self.peek(), self.token(self.at + 1)) {
                (Token::Number(_) | Token::Sign(":"), _) => {
                    let right = self.index()?;
                    self.project_slice(Node::Current, right)
                }
                (Token::Sign("*"), Token::Sign("]")) => {
                    self.at += 2;
                    let right = self.right_side(20)?;
                    Ok(Node::Projection(Box::new(Node::Current), Box::new(right)))
                }
                _ => self.list(),
            },
            Token::End => Err(incomplete()),
            _ => Err(self.refuse(self.at - 1, "invalid token")),
        }
    }

    fn continued(&mut self, left: Node, sign: &'static str) -> Parsed {
        let two = |left: Node, right: Node| (Box::new(left), Box::new(right));
        Ok(match sign {
            "." if self.is("*") => {
                self.at += 1;
                let (left, right) = two(left, self.right_side(40)?);
                Node::Values(left, right)
            }
            "." => {
                let right = self.behind_dot(40)?;
                chain(left, right)
            }
            "|" => {
                let right = self.expression(1)?;
                chain(left, right)
            }
            "||" => {
                let (left, right) = two(left, self.expression(2)?);
                Node::Or(left, right)
            }
            "&&" => {
                let (left, right) = two(left, self.expression(3)?);
                Node::And(left, right)
            }
            "==" | "!=" | "<" | "<=" | ">" | ">=" => {
                let (left, right) = two(left, self.expression(5)?);
                Node::Compare(sign, left, right)
            }
            "[?" => self.filter(left)?,
            "[]" => {
                let right = self.right_side(9)?;
                Node::Projection(Box::new(Node::Flatten(Box::new(left))), Box::new(right))
            }
            "[" if matches!(self.peek(), Token::Number(_) | Token::Sign(":")) => {
                let right = self.index()?;
                self.project_slice(left, right)?
            }
            "[" => {
                self.expect("*", "star")?;
                self.expect("]", "rbracket")?;
                let (left, right) = two(left, self.right_side(20)?);
                Node::Projection(left, right)
            }
            "(" => self.call(left)?,
            _ => return Err(self.refuse(self.at - 1, "invalid token")),
        })
    }

    fn call(&mut self, left: Node) -> Parsed {
        let Node::Field(name) = left else {
            let before = self.at.saturating_sub(2);
            return Err(self.refuse(before, &format!("Invalid function name '{}'", self.token(before).text())));
        };
        let mut arguments = Vec::new();
        while !self.is(")") {
            arguments.push(self.expression(0)?);
            if self.is(",") {
                self.at += 1;
            }
        }
        self.at += 1;
        Ok(Node::Call(name, arguments))
    }

    fn filter(&mut self, left: Node) -> Parsed {
        let condition = self.expression(0)?;
        self.expect("]", "rbracket")?;
        let right = if self.is("[]") { Node::Current } else { self.right_side(21)? };
        Ok(Node::Filter(Box::new(left), Box::new(right), Box::new(condition)))
    }

    fn index(&mut self) -> Parsed {
        let is_colon = |token: &Token| matches!(token, Token::Sign(":"));
        if !is_colon(self.peek()) && !is_colon(self.token(self.at + 1)) {
            let Token::Number(n) = *self.peek() else { return Err(self.refuse(self.at, "syntax error")) };
            self.at += 1;
            self.expect("]", "rbracket")?;
            return Ok(Node::Index(n));
        }
        let mut parts = [None; 3];
        let mut n = 0;
        while !self.is("]") && n < 3 {
            match self.peek() {
                Token::Sign(":") if n < 2 => n += 1,
                Token::Number(number) => parts[n] = Some(*number),
                _ => return Err(self.refuse(self.at, "syntax error")),
            }
            self.at += 1;
        }
        self.expect("]", "rbracket")?;
        Ok(Node::Slice(parts))
    }

    fn project_slice(&mut self, left: Node, right: Node) -> Parsed {
        let slice = matches!(right, Node::Slice(_));
        let both = chain(left, right);
        if slice { Ok(Node::Projection(Box::new(both), Box::new(self.right_side(20)?))) } else { Ok(both) }
    }

    fn list(&mut self) -> Parsed {
        let mut parts = Vec::new();
        loop {
            parts.push(self.expression(0)?);
            if self.is("]") {
                break;
            }
            self.expect(",", "comma")?;
        }
        self.at += 1;
        Ok(Node::List(parts))
    }

    fn hash(&mut self) -> Parsed {
        let mut parts = Vec::new();
        loop {
            let (Token::Name(name) | Token::Quoted(name)) = self.peek().clone() else {
                if *self.peek() == Token::End {
                    return Err(incomplete());
                }
                let got = self.peek().type_name();
                let reason = format!("Expecting: ['quoted_identifier', 'unquoted_identifier'], got: {got}");
                return Err(self.refuse(self.at, &reason));
            };
            self.at += 1;
            self.expect(":", "colon")?;
            parts.push((name, self.expression(0)?));
            if self.is(",") {
                self.at += 1;
            } else if self.is("}") {
                self.at += 1;
                return Ok(Node::Hash(parts));
            }
        }
    }

    /// What stands behind a projection and is done with each of its items.
    fn right_side(&mut self, power: u8) -> Parsed {
        match self.peek() {
            token if token.power() < PROJECTION_STOP => Ok(Node::Current),
            Token::Sign("[" | "[?") => self.expression(power),
            Token::Sign(".") => {
                self.at += 1;
                self.behind_dot(power)
            }
            _ => Err(self.refuse(self.at, "syntax error")),
        }
    }

    fn behind_dot(&mut self, power: u8) -> Parsed {
        match self.peek() {
            Token::Name(_) | Token::Quoted(_) | Token::Sign("*") => self.expression(power),
            Token::Sign("[") => {
                self.at += 1;
                self.list()
            }
            Token::Sign("{") => {
                self.at += 1;
                self.hash()
            }
            token => {
                let names = "['quoted_identifier', 'unquoted_identifier', 'lbracket', 'lbrace']";
                Err(self.refuse(self.at, &format!("Expecting: {names}, got: {}", token.type_name())))
            }
        }
    }
}

fn incomplete() -> String {
    "Invalid jmespath expression: Incomplete expression:".to_owned()
}
