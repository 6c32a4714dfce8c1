//! `set` in a loop: what it sets ends with the loop's turn, and who reads the variable behind the loop gets
//! what it was before.

use smol_str::SmolStr;
use syntax::jinja::walk::{Role, Visitor, walk_body};
use syntax::jinja::{BinaryOp, Expr, ExprKind, Statement, StatementKind, Template};
use text::TextRange;

/// A `set` whose value is lost.
#[derive(Clone, Debug)]
pub(crate) struct Lost {
    /// The variable.
    pub name: SmolStr,
    /// Its name in the `set`.
    pub range: TextRange,
    /// Whether the loop itself uses the value, so that it may be meant for there only.
    pub doubtful: bool,
}

/// A `set` in a loop's own scope.
struct Inner {
    name: SmolStr,
    range: TextRange,
    /// The statement's end and the loop's.
    end: u32,
    loop_end: u32,
    /// `n = n + 1`
    counts: bool,
}

/// The lost `set`s of a template.
pub(super) fn lost(template: &Template) -> Vec<Lost> {
    let mut scopes = Scopes { frames: vec![Frame::default()], inner: Vec::new(), sets: Vec::new(), reads: Vec::new() };
    walk_body(&template.body, &mut scopes);
    let mut found = Vec::new();
    for set in &scopes.inner {
        let reads = || scopes.reads.iter().filter(|(name, _)| *name == set.name).map(|(_, at)| *at);
        let inside = reads().any(|at| at > set.end && at < set.loop_end);
        // a read behind the loop sees what was there before, unless it is set again first
        let behind = reads().find(|at| *at > set.loop_end);
        let again =
            |read: u32| scopes.sets.iter().any(|(name, at)| *name == set.name && *at > set.loop_end && *at < read);
        let lost = behind.is_some_and(|read| !again(read));
        if lost || (set.counts && inside) {
            found.push(Lost { name: set.name.clone(), range: set.range, doubtful: inside && !set.counts });
        }
    }
    found
}

#[derive(Default)]
struct Frame {
    names: Vec<SmolStr>,
    /// The end of the loop whose body it is.
    loop_end: Option<u32>,
    /// A macro's body: what is set outside is another variable to it.
    closed: bool,
}

struct Scopes {
    frames: Vec<Frame>,
    inner: Vec<Inner>,
    sets: Vec<(SmolStr, u32)>,
    reads: Vec<(SmolStr, u32)>,
}

impl Scopes {
    fn opens(statement: &Statement) -> Option<Frame> {
        match &statement.kind {
            StatementKind::For { .. } => Some(Frame { loop_end: Some(statement.range.end), ..Frame::default() }),
            StatementKind::Macro(_) | StatementKind::Call { .. } | StatementKind::Block { .. } => {
                Some(Frame { closed: true, ..Frame::default() })
            }
            StatementKind::With { .. } | StatementKind::FilterBlock { .. } | StatementKind::SetBlock { .. } => {
                Some(Frame::default())
            }
            _ => None,
        }
    }

    /// Whether a scope around the innermost one, of the same macro, has the name.
    fn outside(&self, name: &str) -> bool {
        for (n, frame) in self.frames.iter().enumerate().rev() {
            let last = n + 1 == self.frames.len();
            if !last && frame.names.iter().any(|known| known == name) {
                return true;
            }
            if frame.closed {
                return false;
            }
        }
        false
    }
}

impl<'t> Visitor<'t> for Scopes {
    fn enter_statement(&mut self, statement: &'t Statement) -> bool {
        if let StatementKind::Set { target, value } = &statement.kind
            && let ExprKind::Name(name) = &*target.kind
        {
            let frame = self.frames.last();
            if let Some(loop_end) = frame.and_then(|frame| frame.loop_end)
                && !frame.is_some_and(|frame| frame.names.contains(name) && !self.outside(name))
                && self.outside(name)
            {
                let (range, end, counts) = (target.range, statement.range.end, counts(name, value));
                self.inner.push(Inner { name: name.clone(), range, end, loop_end, counts });
            }
            self.sets.push((name.clone(), statement.range.start));
        }
        if let Some(frame) = Self::opens(statement) {
            self.frames.push(frame);
        }
        true
    }

    fn leave_statement(&mut self, statement: &'t Statement) {
        if Self::opens(statement).is_some() {
            self.frames.pop();
        }
    }

    fn enter_expr(&mut self, expr: &'t Expr, role: Role) -> bool {
        if let ExprKind::Name(name) = &*expr.kind {
            if role == Role::Target {
                if let Some(frame) = self.frames.last_mut() {
                    frame.names.push(name.clone());
                }
            } else {
                self.reads.push((name.clone(), expr.range.start));
            }
        }
        true
    }
}

/// Whether a value is the variable itself plus a number.
fn counts(name: &str, value: &Expr) -> bool {
    let ExprKind::Binary(BinaryOp::Add, left, right) = &*value.kind else { return false };
    let own = |expr: &Expr| matches!(&*expr.kind, ExprKind::Name(read) if read == name);
    let number = |expr: &Expr| matches!(&*expr.kind, ExprKind::Int(_));
    (own(left) && number(right)) || (number(left) && own(right))
}
