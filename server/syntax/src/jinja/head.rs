//! What one `{% … %}` says: its words and expressions, without its body. Reads the blocks around it
//! but changes nothing, so that a tag can be read twice (exactly, then tolerantly).

use text::TextRange;

use super::cursor::Cursor;
use super::expr::TupleRules;
use super::token::{Kind, Op};
use super::{Arm, Body, Expr, LoadFormat, Macro, Name, Param, Statement, StatementKind};

/// A block whose end is still to come.
#[derive(Debug)]
pub(super) enum Pending {
    SetBlock(Expr, Option<Expr>),
    /// The arms before, and the current arm's test.
    If(Vec<Arm>, Option<Expr>),
    For {
        target: Expr,
        iter: Expr,
        filter: Option<Expr>,
        recursive: bool,
        /// The loop's body once `else` was met.
        looped: Option<Body>,
    },
    Macro(Name, Vec<Param>),
    Call(Vec<Param>, Expr),
    Filter(Expr),
    Block {
        name: Name,
        scoped: bool,
        required: bool,
    },
    With(Vec<(Expr, Expr)>),
    Autoescape(Expr),
    Load(LoadFormat, Expr),
    Profile(Expr),
}

/// An open block.
#[derive(Debug)]
pub(super) struct Frame {
    /// What it is.
    pub(super) pending: Pending,
    /// The word of its first tag.
    pub(super) word: String,
    /// Its first tag.
    pub(super) opening: TextRange,
    /// The tag that opened the current body.
    pub(super) tag: TextRange,
    /// The words that end the current body.
    pub(super) ends: &'static [&'static str],
    /// The current body.
    pub(super) body: Body,
}

/// What a tag is.
#[derive(Debug)]
pub(super) enum Head {
    /// A statement without a body.
    Simple(StatementKind),
    /// The start of a block.
    Open(Pending, &'static [&'static str]),
    /// `elif` with its test, or an `if`'s `else`.
    Arm(Option<Expr>, &'static [&'static str]),
    /// A `for`'s `else`.
    Otherwise,
    /// The end of the block with this index.
    End,
    /// Nothing that could be read.
    Error,
}

/// A read tag.
pub(super) struct ReadTag {
    /// What it is.
    pub(super) head: Head,
    /// The open block that an end or arm belongs to; inner ones are left unclosed.
    pub(super) frame: usize,
}

const IF_ENDS: &[&str] = &["elif", "else", "endif"];

/// Reads the tag at the cursor, `frames` being the open blocks, outermost first.
pub(super) fn read(cursor: &mut Cursor<'_>, frames: &[Frame]) -> ReadTag {
    let innermost = frames.len().saturating_sub(1);
    let mut tag = ReadTag { head: Head::Error, frame: innermost };
    if cursor.kind() != Kind::Name {
        cursor.fail("tag name expected");
        return tag;
    }
    let word = cursor.text();
    if frames.last().is_some_and(|f| f.ends.contains(&word)) {
        tag.head = end(cursor, &frames[innermost], word);
    } else if let Some(head) = statement(cursor, word) {
        tag.head = head;
    } else {
        cursor.fail(unknown_tag(Some(word), frames));
        if let Some(outer) = frames.iter().rposition(|f| f.ends.contains(&word)) {
            tag.frame = outer;
            tag.head = end(cursor, &frames[outer], word);
        }
        return tag;
    }
    if !matches!(cursor.kind(), Kind::BlockEnd) {
        cursor.missing("end of statement block");
    }
    tag
}

/// `_fail_ut_eof`: the wording for an unknown tag, or (`None`) the end of the template.
pub(super) fn unknown_tag(word: Option<&str>, frames: &[Frame]) -> String {
    let mut message = match word {
        None => "Unexpected end of template.".to_owned(),
        Some(word) => format!("Encountered unknown tag '{word}'."),
    };
    let Some(frame) = frames.last() else { return message };
    let looking = frame.ends.iter().map(|e| format!("'{e}'")).collect::<Vec<_>>().join(" or ");
    if word.is_some_and(|w| frames.iter().any(|f| f.ends.contains(&w))) {
        message += " You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for ";
    } else {
        message += " Jinja was looking for the following tags: ";
    }
    message += &looking;
    message += ". The innermost block that needs to be closed is '";
    message += &frame.word;
    message += "'.";
    message
}

/// A word that ends the body of `frame`.
fn end(cursor: &mut Cursor<'_>, frame: &Frame, word: &str) -> Head {
    cursor.advance();
    match (&frame.pending, word) {
        (Pending::If(..), "elif") => {
            let test = tuple(cursor, TupleRules { no_conditional: true, ..TupleRules::default() });
            cursor.skip(Op::Colon);
            Head::Arm(Some(test), IF_ENDS)
        }
        (Pending::If(..), "else") => {
            cursor.skip(Op::Colon);
            Head::Arm(None, &["endif"])
        }
        (Pending::For { .. }, "else") => {
            cursor.skip(Op::Colon);
            Head::Otherwise
        }
        (Pending::Block { name, required, .. }, _) => {
            if *required && !frame.body.iter().all(|s| is_blank(s, cursor.source)) {
                cursor.fail_at(frame.opening, "Required blocks can only contain comments or whitespace");
            }
            if !name.text.is_empty() {
                cursor.skip_word(&name.text);
            }
            Head::End
        }
        _ => Head::End,
    }
}

/// Whether a required block may hold the statement.
fn is_blank(statement: &Statement, source: &str) -> bool {
    match &statement.kind {
        StatementKind::Data(range) | StatementKind::Raw(range) => {
            range.slice(source).chars().all(super::literal::is_space)
        }
        StatementKind::Comment => true,
        StatementKind::Print(items) => items.is_empty(),
        _ => false,
    }
}

fn tuple(cursor: &mut Cursor<'_>, rules: TupleRules) -> Expr {
    cursor.tuple(rules).0
}

/// The statement that `word` starts; `None` for an unknown one.
#[allow(clippy::too_many_lines, reason = "one arm per statement")]
fn statement(cursor: &mut Cursor<'_>, word: &str) -> Option<Head> {
    let simple = |kind| Some(Head::Simple(kind));
    let format = match word {
        "load_yaml" | "import_yaml" => LoadFormat::Yaml,
        "load_json" | "import_json" => LoadFormat::Json,
        _ => LoadFormat::Text,
    };
    let keyword: fn(&mut Cursor<'_>) -> Head = match word {
        "for" => for_loop,
        "if" => |c| {
            let test = tuple(c, TupleRules { no_conditional: true, ..TupleRules::default() });
            open(c, Pending::If(Vec::new(), Some(test)), IF_ENDS)
        },
        "block" => block,
        "extends" => |c| Head::Simple(StatementKind::Extends(c.expression())),
        "print" => print,
        "macro" => |c| {
            let name = c.target_name();
            let params = signature(c);
            open(c, Pending::Macro(name, params), &["endmacro"])
        },
        "include" => include,
        "from" => from_import,
        "set" => set,
        "with" => with,
        "autoescape" => |c| {
            let value = c.expression();
            open(c, Pending::Autoescape(value), &["endautoescape"])
        },
        "call" => call,
        "filter" => |c| {
            let filter = c.filter_chain(true).unwrap_or_else(|| c.no_expr());
            open(c, Pending::Filter(filter), &["endfilter"])
        },
        "do" => |c| Head::Simple(StatementKind::Do(tuple(c, TupleRules::default()))),
        "profile" => |c| {
            c.expect_word("as");
            let label = c.expression();
            open(c, Pending::Profile(label), &["endprofile"])
        },
        "break" => |_| Head::Simple(StatementKind::Break),
        "continue" => |_| Head::Simple(StatementKind::Continue),
        "import" => {
            cursor.advance();
            let (template, target, with_context) = import(cursor);
            return simple(StatementKind::Import { template, target, with_context });
        }
        "import_yaml" | "import_json" | "import_text" => {
            cursor.advance();
            let (template, target, with_context) = import(cursor);
            return simple(StatementKind::ImportData { format, template, target, with_context });
        }
        "load_yaml" | "load_json" | "load_text" => {
            cursor.advance();
            cursor.expect_word("as");
            let target = cursor.target(false);
            return Some(open(cursor, Pending::Load(format, target), &["endload"]));
        }
        _ => return None,
    };
    cursor.advance();
    Some(keyword(cursor))
}

/// The end of a tag that opens a body: an optional colon.
fn open(cursor: &mut Cursor<'_>, pending: Pending, ends: &'static [&'static str]) -> Head {
    cursor.skip(Op::Colon);
    Head::Open(pending, ends)
}

fn for_loop(cursor: &mut Cursor<'_>) -> Head {
    let target = cursor.target(false);
    let iter = if cursor.expect_word("in") {
        let rules = TupleRules { no_conditional: true, ..TupleRules::default() };
        tuple(cursor, rules)
    } else {
        cursor.no_expr()
    };
    let filter = if cursor.skip_word("if") { Some(cursor.expression()) } else { None };
    let recursive = cursor.skip_word("recursive");
    open(cursor, Pending::For { target, iter, filter, recursive, looped: None }, &["endfor", "else"])
}

fn block(cursor: &mut Cursor<'_>) -> Head {
    let name = cursor.expect_name();
    let scoped = cursor.skip_word("scoped");
    let required = cursor.skip_word("required");
    if cursor.is(Op::Sub) {
        cursor.fail(
            "Block names in Jinja have to be valid Python identifiers and may not contain hyphens, \
             use an underscore instead.",
        );
    }
    open(cursor, Pending::Block { name, scoped, required }, &["endblock"])
}

fn print(cursor: &mut Cursor<'_>) -> Head {
    let mut items = Vec::new();
    while cursor.kind() != Kind::BlockEnd {
        if !items.is_empty() && !cursor.expect(Op::Comma) {
            break;
        }
        items.push(cursor.expression());
    }
    Head::Simple(StatementKind::Print(items))
}

/// `parse_import_context`
fn context(cursor: &mut Cursor<'_>, default: bool) -> bool {
    if !(cursor.is_word("with") || cursor.is_word("without")) || !cursor.next_is_word("context") {
        return default;
    }
    let with = cursor.is_word("with");
    cursor.advance();
    cursor.advance();
    with
}

fn include(cursor: &mut Cursor<'_>) -> Head {
    let template = cursor.expression();
    let ignore_missing = cursor.is_word("ignore") && cursor.next_is_word("missing");
    if ignore_missing {
        cursor.advance();
        cursor.advance();
    }
    let with_context = context(cursor, true);
    Head::Simple(StatementKind::Include { template, ignore_missing, with_context })
}

fn import(cursor: &mut Cursor<'_>) -> (Expr, Name, bool) {
    let template = cursor.expression();
    let target = if cursor.expect_word("as") { cursor.target_name() } else { cursor.no_name() };
    let with_context = context(cursor, false);
    (template, target, with_context)
}

/// The context at the end of a `from`. jinja2 looks at the token's value only, so that a string does
/// as well as a word.
fn from_context(cursor: &mut Cursor<'_>) -> Option<bool> {
    let value = match cursor.kind() {
        Kind::Name => cursor.text(),
        Kind::Str => cursor.text().get(1..cursor.text().len() - 1)?,
        _ => return None,
    };
    let with = match value {
        "with" => true,
        "without" => false,
        _ => return None,
    };
    if !cursor.next_is_word("context") {
        return None;
    }
    cursor.advance();
    cursor.advance();
    Some(with)
}

fn from_import(cursor: &mut Cursor<'_>) -> Head {
    let template = cursor.expression();
    let mut names = Vec::new();
    let mut with_context = None;
    if cursor.expect_word("import") {
        loop {
            if !names.is_empty() && !cursor.expect(Op::Comma) {
                break;
            }
            if cursor.kind() != Kind::Name {
                cursor.missing("name");
                break;
            }
            with_context = from_context(cursor);
            if with_context.is_some() {
                break;
            }
            let name = cursor.target_name();
            if name.text.starts_with('_') {
                cursor.fail_at(name.range, "names starting with an underline can not be imported");
            }
            let alias = if cursor.skip_word("as") { Some(cursor.target_name()) } else { None };
            names.push((name, alias));
            with_context = from_context(cursor);
            if with_context.is_some() || !cursor.is(Op::Comma) {
                break;
            }
        }
    }
    let with_context = with_context.unwrap_or(false);
    Head::Simple(StatementKind::FromImport { template, names, with_context })
}

fn set(cursor: &mut Cursor<'_>) -> Head {
    let target = cursor.target(true);
    if cursor.skip(Op::Assign) {
        let value = tuple(cursor, TupleRules::default());
        return Head::Simple(StatementKind::Set { target, value });
    }
    let filter = cursor.filter_chain(false);
    cursor.skip(Op::Colon);
    if cursor.error.is_some() || cursor.kind() != Kind::BlockEnd {
        // an assignment that is being typed rather than a block
        cursor.missing("end of statement block");
        let value = cursor.no_expr();
        return Head::Simple(StatementKind::Set { target, value });
    }
    Head::Open(Pending::SetBlock(target, filter), &["endset"])
}

fn with(cursor: &mut Cursor<'_>) -> Head {
    let mut bindings = Vec::new();
    while cursor.kind() != Kind::BlockEnd {
        if !bindings.is_empty() && !cursor.expect(Op::Comma) {
            break;
        }
        let target = cursor.target(false);
        let bound = cursor.expect(Op::Assign);
        let value = if bound { cursor.expression() } else { cursor.no_expr() };
        bindings.push((target, value));
    }
    open(cursor, Pending::With(bindings), &["endwith"])
}

/// `parse_signature`
fn signature(cursor: &mut Cursor<'_>) -> Vec<Param> {
    let mut params: Vec<Param> = Vec::new();
    let mut defaults = false;
    if !cursor.expect(Op::LParen) {
        return params;
    }
    while !cursor.is(Op::RParen) {
        if !params.is_empty() && !cursor.expect(Op::Comma) {
            break;
        }
        let name = cursor.target_name();
        let default = if cursor.skip(Op::Assign) {
            defaults = true;
            Some(cursor.expression())
        } else {
            if defaults {
                cursor.fail("non-default argument follows default argument");
            }
            None
        };
        params.push(Param { name, default });
    }
    cursor.expect_closer(Op::RParen);
    params
}

fn call(cursor: &mut Cursor<'_>) -> Head {
    let params = if cursor.is(Op::LParen) { signature(cursor) } else { Vec::new() };
    let call = cursor.expression();
    if !matches!(&*call.kind, super::ExprKind::CallExpr(..)) {
        cursor.fail_at(call.range, "expected call");
    }
    open(cursor, Pending::Call(params, call), &["endcall"])
}

/// The node of a block that is complete.
pub(super) fn build(pending: Pending, tag: TextRange, body: Body) -> StatementKind {
    match pending {
        Pending::SetBlock(target, filter) => StatementKind::SetBlock { target, filter, body },
        Pending::If(mut arms, test) => {
            arms.push(Arm { test, tag, body });
            StatementKind::If(arms)
        }
        Pending::For { target, iter, filter, recursive, looped: None } => {
            StatementKind::For { target, iter, filter, recursive, body, otherwise: None }
        }
        Pending::For { target, iter, filter, recursive, looped: Some(looped) } => {
            StatementKind::For { target, iter, filter, recursive, body: looped, otherwise: Some(body) }
        }
        Pending::Macro(name, params) => StatementKind::Macro(Box::new(Macro { name, params, body, tag })),
        Pending::Call(params, call) => {
            let name = Name { text: "".into(), range: TextRange::empty(tag.start) };
            StatementKind::Call { caller: Box::new(Macro { name, params, body, tag }), call }
        }
        Pending::Filter(filter) => StatementKind::FilterBlock { filter, body },
        Pending::Block { name, scoped, required } => StatementKind::Block { name, scoped, required, body },
        Pending::With(bindings) => StatementKind::With { bindings, body },
        Pending::Autoescape(value) => StatementKind::Autoescape { value, body },
        Pending::Load(format, target) => StatementKind::Load { format, target, body },
        Pending::Profile(label) => StatementKind::Profile { label, body },
    }
}
