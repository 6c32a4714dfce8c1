//! The tree of a Jinja template: what `jinja2.nodes` has, plus Salt's tags, with byte ranges into
//! the source on every node.

use smol_str::SmolStr;
use text::TextRange;

/// Lexer options of a Jinja environment (`jinja_env`, `jinja_sls_env`, a `#jinja2:` header).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// Remove the first newline after a block tag.
    pub trim_blocks: bool,
    /// Strip blanks before a block tag at the start of a line.
    pub lstrip_blocks: bool,
    /// Start of a statement that takes the rest of its line; `None`: no line statements.
    pub line_statement_prefix: Option<SmolStr>,
    /// Start of a comment that takes the rest of its line; `None`: no line comments.
    pub line_comment_prefix: Option<SmolStr>,
    /// Delimiters: block start, block end, variable start, variable end, comment start, comment end.
    pub delimiters: [SmolStr; 6],
    /// Whether a single newline at the template's end stays (Jinja2's default drops it; Salt puts
    /// it back after rendering).
    pub keep_trailing_newline: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            trim_blocks: false,
            lstrip_blocks: false,
            line_statement_prefix: None,
            line_comment_prefix: None,
            delimiters: ["{%", "%}", "{{", "}}", "{#", "#}"].map(SmolStr::new_static),
            keep_trailing_newline: false,
        }
    }
}

/// A parsed template. `body` is complete even when there are errors: what could not be read is a
/// [`StatementKind::Error`] node over its bytes, and everything else is as it would be without it.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The statements in source order.
    pub body: Vec<Statement>,
    /// Every byte of the source in order, without gaps: what each byte is.
    pub tokens: Vec<Token>,
    /// What jinja2 would refuse, in the order in which it would meet it: the first is the one that
    /// jinja2 reports. Empty exactly when jinja2 accepts the template.
    pub errors: Vec<SyntaxError>,
}

/// A syntax error with jinja2's own wording where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// jinja2's message, such as `unexpected '}'`.
    pub message: String,
    /// Where; never empty unless at the end of the text.
    pub range: TextRange,
    /// The opening tag left unclosed, the outer tag, or another place that explains the error.
    pub related: Option<(TextRange, String)>,
}

/// One lexical piece of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its bytes.
    pub range: TextRange,
}

/// Kinds of lexical pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Template text outside all tags.
    Data,
    /// `{# … #}` or a line comment, delimiters included.
    Comment,
    /// `{%`, `{%-`, `{%+`, `{{`, `{{-` or a line statement's prefix.
    Open,
    /// `%}`, `-%}`, `+%}`, `}}`, `-}}` or a line statement's end.
    Close,
    /// The word that names a statement: `if`, `endfor`, `import_yaml`, …
    Keyword,
    /// An identifier.
    Name,
    /// An operator or punctuation; the operators spelt as words (`not in`) included.
    Operator,
    /// A string literal, quotes included.
    String,
    /// A number literal.
    Number,
    /// White space inside a tag.
    Blank,
    /// Bytes that are no token.
    Bad,
}

/// A statement or a stretch of output.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it does.
    pub kind: StatementKind,
    /// All its bytes: from its opening delimiter to the end of its closing tag.
    pub range: TextRange,
}

/// A block of statements between two tags.
pub type Body = Vec<Statement>;

/// Kinds of statements. Ranges named `…_tag` cover one `{% … %}`, delimiters included.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// Text that is printed as it is: the range of what is left of it after white space control
    /// (`-`, trim_blocks, lstrip_blocks, the dropped last newline). Never empty. jinja2 normalises
    /// line ends of data to `\n`; the consumer does that while copying.
    Data(TextRange),
    /// A comment; prints nothing.
    Comment,
    /// `{% raw %}`: the range of the text printed as it is (possibly empty).
    Raw(TextRange),
    /// `{{ expression }}`.
    Output(Expr),
    /// `{% print a, b %}`: prints each expression; possibly none.
    Print(Vec<Expr>),
    /// `{% set target = value %}`.
    Set {
        /// Name, tuple or `ns.attribute`.
        target: Expr,
        /// The assigned value.
        value: Expr,
    },
    /// `{% set target | filter %}…{% endset %}`.
    SetBlock {
        /// Name, tuple or `ns.attribute`.
        target: Expr,
        /// A filter chain whose innermost input is `None` (see [`ExprKind::Filter`]).
        filter: Option<Expr>,
        /// What is captured.
        body: Body,
    },
    /// `{% if %}`, with `elif`s and `else`: each arm in order; the `else` arm has no test.
    If(Vec<Arm>),
    /// `{% for target in iter if filter recursive %}`.
    For {
        /// Name or (nested) tuple.
        target: Expr,
        /// What is walked over; a tuple without parentheses is a tuple.
        iter: Expr,
        /// The inline condition.
        filter: Option<Expr>,
        /// Whether `loop(…)` may be called.
        recursive: bool,
        /// The loop's body.
        body: Body,
        /// What runs if there was no iteration.
        otherwise: Option<Body>,
    },
    /// `{% macro name(params) %}`.
    Macro(Box<Macro>),
    /// `{% call(params) callee(args) %}`.
    Call {
        /// Parameters of `caller`, with `body` as the macro's body; its name is empty.
        caller: Box<Macro>,
        /// The call expression.
        call: Expr,
    },
    /// `{% filter chain %}…{% endfilter %}`.
    FilterBlock {
        /// A filter chain whose innermost input is `None`.
        filter: Expr,
        /// What is filtered.
        body: Body,
    },
    /// `{% block name scoped required %}`.
    Block {
        /// The block's name.
        name: Name,
        /// Whether it sees the outer scope's variables.
        scoped: bool,
        /// Whether a child must override it.
        required: bool,
        /// Its default content.
        body: Body,
    },
    /// `{% extends template %}`.
    Extends(Expr),
    /// `{% include template ignore missing with context %}`.
    Include {
        /// A template name, or a list of them.
        template: Expr,
        /// `ignore missing`.
        ignore_missing: bool,
        /// `with context` (the default) or `without context`.
        with_context: bool,
    },
    /// `{% import template as target with context %}`.
    Import {
        /// The template's name.
        template: Expr,
        /// What the module is called.
        target: Name,
        /// `with context`; the default is without.
        with_context: bool,
    },
    /// `{% from template import a, b as c with context %}`.
    FromImport {
        /// The template's name.
        template: Expr,
        /// The imported names, each with its alias.
        names: Vec<(Name, Option<Name>)>,
        /// `with context`; the default is without.
        with_context: bool,
    },
    /// `{% with a = 1, b %}`.
    With {
        /// The bindings in order (values see the outer scope).
        bindings: Vec<(Expr, Expr)>,
        /// The scope's body.
        body: Body,
    },
    /// `{% autoescape value %}`.
    Autoescape {
        /// Whether it is on.
        value: Expr,
        /// The body.
        body: Body,
    },
    /// `{% do expression %}`.
    Do(Expr),
    /// `{% break %}`.
    Break,
    /// `{% continue %}`.
    Continue,
    /// Salt's `{% load_yaml as name %}…{% endload %}` (SerializerExtension.parse_load).
    Load {
        /// yaml, json or text.
        format: LoadFormat,
        /// The assigned variable: a name or, as in `for`, a tuple of targets.
        target: Expr,
        /// What is captured and loaded.
        body: Body,
    },
    /// Salt's `{% import_yaml template as name %}` (SerializerExtension.parse_import).
    ImportData {
        /// yaml, json or text.
        format: LoadFormat,
        /// The template's name.
        template: Expr,
        /// The variable.
        target: Name,
        /// `with context` (Salt's default is without).
        with_context: bool,
    },
    /// Salt's `{% profile as expression %}…{% endprofile %}`: prints its body.
    Profile {
        /// The label.
        label: Expr,
        /// The body.
        body: Body,
    },
    /// Bytes that could not be read, or a stray `endif`; prints nothing.
    Error,
}

/// Data formats of Salt's load and import tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoadFormat {
    /// `load_yaml`, `import_yaml`
    Yaml,
    /// `load_json`, `import_json`
    Json,
    /// `load_text`, `import_text`
    Text,
}

/// One arm of an `if`.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// The condition; `None` for `else`.
    pub test: Option<Expr>,
    /// The tag that opens the arm.
    pub tag: TextRange,
    /// What runs.
    pub body: Body,
}

/// A macro, or the anonymous one of `{% call %}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Macro {
    /// Its name; empty for `caller`.
    pub name: Name,
    /// Its parameters in order.
    pub params: Vec<Param>,
    /// Its body.
    pub body: Body,
    /// The opening tag.
    pub tag: TextRange,
}

/// A macro's parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// Its default.
    pub default: Option<Expr>,
}

/// An identifier where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// The identifier.
    pub text: SmolStr,
    /// Its bytes.
    pub range: TextRange,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it computes.
    pub kind: Box<ExprKind>,
    /// Its bytes, parentheses around it not included.
    pub range: TextRange,
}

/// Kinds of expressions, as in `jinja2.nodes`.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A variable (or an assignment's target).
    Name(SmolStr),
    /// `ns.attribute` as an assignment's target.
    NsRef(SmolStr, Name),
    /// `none`, `None`.
    None,
    /// `true`, `True`, …
    Bool(bool),
    /// An integer literal as written, underscores and prefix included; of any size.
    Int(SmolStr),
    /// A float literal.
    Float(f64),
    /// One string literal, or several side by side, which jinja2 joins.
    Str {
        /// The decoded value.
        value: SmolStr,
        /// For every literal: the range of what is between the quotes. With exactly one, and
        /// `plain`, `value` is that slice, byte by byte.
        parts: Vec<TextRange>,
        /// No escapes: byte offsets in the value map one to one onto the source.
        plain: bool,
    },
    /// `(a, b)` or `a, b`.
    Tuple(Vec<Expr>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `{a: b}`.
    Dict(Vec<(Expr, Expr)>),
    /// `-x`, `+x`, `not x`.
    Unary(UnaryOp, Expr),
    /// `a + b`, `a and b`, …
    Binary(BinaryOp, Expr, Expr),
    /// `a ~ b ~ c`.
    Concat(Vec<Expr>),
    /// `a < b < c`.
    Compare(Expr, Vec<(CompareOp, Expr)>),
    /// `then if test else otherwise`.
    Conditional {
        /// The condition.
        test: Expr,
        /// The value if it holds.
        then: Expr,
        /// The value if not; without it, undefined.
        otherwise: Option<Expr>,
    },
    /// `a.b`; also `a.0` (an integer attribute, which jinja2 reads as `a[0]`: then an `Item`).
    Attribute(Expr, Name),
    /// `a[b]`; the index may be a [`ExprKind::Slice`].
    Item(Expr, Expr),
    /// `a:b:c` inside brackets.
    Slice(Option<Expr>, Option<Expr>, Option<Expr>),
    /// `callee(args)`.
    CallExpr(Expr, Args),
    /// `input | name(args)`; the input is `None` only at the inner end of a block filter chain.
    Filter {
        /// What is filtered.
        input: Option<Expr>,
        /// The filter's dotted name.
        name: Name,
        /// Its arguments.
        args: Args,
    },
    /// `input is name(args)`; `is not` is a `Unary(Not)` around it, as in jinja2.
    Test {
        /// What is tested.
        input: Expr,
        /// The test's dotted name.
        name: Name,
        /// Its arguments.
        args: Args,
    },
    /// What could not be read.
    Error,
}

/// Arguments of a call, filter or test.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Args {
    /// Positional ones.
    pub positional: Vec<Expr>,
    /// `name=value`.
    pub keyword: Vec<(Name, Expr)>,
    /// `*args`.
    pub star: Option<Expr>,
    /// `**kwargs`.
    pub star_star: Option<Expr>,
    /// From `(` to `)`; empty, behind the name, where there are no parentheses.
    pub range: TextRange,
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `-`
    Neg,
    /// `+`
    Pos,
}

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `//`
    FloorDiv,
    /// `%`
    Mod,
    /// `**`
    Pow,
    /// `and`
    And,
    /// `or`
    Or,
}

/// Comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `in`
    In,
    /// `not in`
    NotIn,
}
