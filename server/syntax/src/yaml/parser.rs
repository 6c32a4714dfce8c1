//! Tokens to events: the grammar of YAML 1.1 as libyaml 0.2.5 accepts it (its `parser.c` names the
//! same states). Knows nothing of types or Salt.

use text::TextRange;

use super::Style;
use super::event::{Event, EventKind, Events, Props, ScalarValue, SyntaxError};
use super::scan::{MAX_DEPTH, Scanner, Token, TokenKind};

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    ImplicitDocumentStart,
    DocumentStart,
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSeqEntry { first: bool },
    IndentlessSeqEntry,
    BlockMapKey { first: bool },
    BlockMapValue,
    FlowSeqEntry { first: bool },
    FlowSeqPairKey,
    FlowSeqPairValue,
    FlowSeqPairEnd,
    FlowMapKey { first: bool },
    FlowMapValue,
    FlowMapEmptyValue,
    End,
}

/// A parser over a part of a text. Ranges are of the whole text.
pub(super) struct Parser<'t> {
    scanner: Scanner<'t>,
    state: State,
    states: Vec<State>,
    /// Where the open collections began.
    marks: Vec<usize>,
    tags: Vec<(String, String)>,
    /// End of the last token taken.
    last_end: usize,
}

impl<'t> Events<'t> for Parser<'t> {
    fn next_event(&mut self) -> Result<Event<'t>, SyntaxError> {
        match self.state {
            State::ImplicitDocumentStart => self.document_start(true),
            State::DocumentStart => self.document_start(false),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(true, false),
            State::BlockSeqEntry { first } => self.block_seq_entry(first),
            State::IndentlessSeqEntry => self.indentless_seq_entry(),
            State::BlockMapKey { first } => self.block_map_key(first),
            State::BlockMapValue => self.block_map_value(),
            State::FlowSeqEntry { first } => self.flow_seq_entry(first),
            State::FlowSeqPairKey => self.flow_seq_pair_key(),
            State::FlowSeqPairValue => self.flow_seq_pair_value(),
            State::FlowSeqPairEnd => {
                self.state = State::FlowSeqEntry { first: false };
                self.scanner.peek()?;
                Ok(self.end_event(EventKind::MapEnd))
            }
            State::FlowMapKey { first } => self.flow_map_key(first),
            State::FlowMapValue => self.flow_map_value(),
            State::FlowMapEmptyValue => {
                self.state = State::FlowMapKey { first: false };
                let at = self.scanner.peek()?.start;
                Ok(empty_scalar(at))
            }
            State::End => Ok(event(EventKind::StreamEnd, self.last_end, self.last_end)),
        }
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn event(kind: EventKind<'_>, start: usize, end: usize) -> Event<'_> {
    Event { kind, range: TextRange::of(start, end), start: offset(start) }
}

fn empty_scalar<'t>(at: usize) -> Event<'t> {
    let value = ScalarValue::Slice("", offset(at));
    event(EventKind::Scalar { props: Props::default(), style: Style::Plain, resolves: true, value }, at, at)
}

impl<'t> Parser<'t> {
    /// A parser over `text[start..end]`; `start` must begin a line.
    pub(super) fn new(text: &'t str, start: usize, end: usize) -> Self {
        Self {
            scanner: Scanner::new(text, start, end),
            state: State::ImplicitDocumentStart,
            states: Vec::new(),
            marks: Vec::new(),
            tags: Vec::new(),
            last_end: start,
        }
    }

    /// Tag directives that hold from the start.
    pub(super) fn set_tags(&mut self, tags: &[(String, String)]) {
        self.tags = tags.to_vec();
    }

    /// Tag directives that hold now.
    pub(super) fn tags(&self) -> &[(String, String)] {
        &self.tags
    }

    fn take(&mut self) -> Result<Token<'t>, SyntaxError> {
        let token = self.scanner.take()?;
        self.last_end = token.end;
        Ok(token)
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    fn end_event(&self, kind: EventKind<'t>) -> Event<'t> {
        event(kind, self.last_end, self.last_end)
    }

    /// Takes the token that opens a collection, when at its first entry.
    fn open(&mut self, first: bool) -> Result<(), SyntaxError> {
        if first {
            let token = self.take()?;
            self.marks.push(token.start);
        }
        Ok(())
    }

    /// Ends a collection; a flow one takes its bracket along.
    fn close(&mut self, kind: EventKind<'t>, flow: bool) -> Result<Event<'t>, SyntaxError> {
        self.pop_state();
        self.marks.pop();
        if flow {
            let token = self.take()?;
            return Ok(event(kind, token.start, token.end));
        }
        self.scanner.take()?;
        Ok(self.end_event(kind))
    }

    fn refuse(&mut self, context: &'static str, problem: &'static str) -> SyntaxError {
        let at = match self.scanner.peek() {
            Ok(token) => token.start,
            Err(error) => return error,
        };
        let error = SyntaxError::new(at, problem);
        match self.marks.last() {
            Some(&mark) => error.within(mark, context),
            None => error,
        }
    }

    fn document_start(&mut self, implicit: bool) -> Result<Event<'t>, SyntaxError> {
        if !implicit {
            while matches!(self.scanner.peek()?.kind, TokenKind::DocumentEnd) {
                self.take()?;
            }
        }
        let token = self.scanner.peek()?;
        let start = token.start;
        match token.kind {
            TokenKind::StreamEnd => {
                self.state = State::End;
                Ok(event(EventKind::StreamEnd, start, start))
            }
            TokenKind::VersionDirective(..) | TokenKind::TagDirective(..) | TokenKind::DocumentStart => {
                self.explicit_document(start)
            }
            _ if implicit => {
                self.directives()?;
                self.states.push(State::DocumentEnd);
                self.state = State::BlockNode;
                Ok(event(EventKind::DocumentStart, start, start))
            }
            _ => self.explicit_document(start),
        }
    }

    fn explicit_document(&mut self, start: usize) -> Result<Event<'t>, SyntaxError> {
        self.directives()?;
        let token = self.scanner.peek()?;
        if !matches!(token.kind, TokenKind::DocumentStart) {
            return Err(SyntaxError::new(token.start, "did not find expected <document start>"));
        }
        let token = self.take()?;
        self.states.push(State::DocumentEnd);
        self.state = State::DocumentContent;
        Ok(event(EventKind::DocumentStart, start, token.end))
    }

    fn directives(&mut self) -> Result<(), SyntaxError> {
        let mut versioned = false;
        while let TokenKind::VersionDirective(..) | TokenKind::TagDirective(..) = self.scanner.peek()?.kind {
            let token = self.take()?;
            match token.kind {
                TokenKind::VersionDirective(..) if versioned => {
                    return Err(SyntaxError::new(token.start, "found duplicate %YAML directive"));
                }
                TokenKind::VersionDirective(1, 1 | 2) => versioned = true,
                TokenKind::VersionDirective(..) => {
                    return Err(SyntaxError::new(token.start, "found incompatible YAML document"));
                }
                TokenKind::TagDirective(pair) => {
                    if self.tags.iter().any(|(handle, _)| *handle == pair.0) {
                        return Err(SyntaxError::new(token.start, "found duplicate %TAG directive"));
                    }
                    self.tags.push(*pair);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn document_content(&mut self) -> Result<Event<'t>, SyntaxError> {
        let token = self.scanner.peek()?;
        match token.kind {
            TokenKind::VersionDirective(..)
            | TokenKind::TagDirective(..)
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                let at = token.start;
                self.pop_state();
                Ok(empty_scalar(at))
            }
            _ => self.node(true, false),
        }
    }

    fn document_end(&mut self) -> Result<Event<'t>, SyntaxError> {
        let token = self.scanner.peek()?;
        let (mut start, mut end) = (token.start, token.start);
        if matches!(token.kind, TokenKind::DocumentEnd) {
            let token = self.take()?;
            (start, end) = (token.start, token.end);
        }
        self.tags.clear();
        self.state = State::DocumentStart;
        Ok(event(EventKind::DocumentEnd, start, end))
    }

    fn full_tag(&self, handle: &str, suffix: &str, start: usize, at: usize) -> Result<Box<str>, SyntaxError> {
        if handle.is_empty() {
            return Ok(suffix.into());
        }
        let prefix = match self.tags.iter().find(|(known, _)| known == handle) {
            Some((_, prefix)) => prefix.as_str(),
            None if handle == "!" => "!",
            None if handle == "!!" => "tag:yaml.org,2002:",
            None => {
                return Err(SyntaxError::new(at, "found undefined tag handle").within(start, "while parsing a node"));
            }
        };
        Ok(format!("{prefix}{suffix}").into_boxed_str())
    }

    /// Anchor and tag in either order, and where they start.
    fn props(&mut self) -> Result<(Props<'t>, Option<usize>), SyntaxError> {
        let mut props = Props::default();
        let mut start = None;
        let mut tag = None;
        loop {
            match self.scanner.peek()?.kind {
                TokenKind::Anchor(_) if props.anchor.is_none() => {}
                TokenKind::Tag(_) if tag.is_none() => {}
                _ => break,
            }
            let token = self.take()?;
            start = start.or(Some(token.start));
            match token.kind {
                TokenKind::Anchor(name) => props.anchor = Some(name),
                TokenKind::Tag(parts) => tag = Some((parts, token.start)),
                _ => {}
            }
        }
        if let Some((parts, at)) = tag {
            props.tag = Some(self.full_tag(&parts.0, &parts.1, start.unwrap_or(at), at)?);
        }
        Ok((props, start))
    }

    fn node(&mut self, block: bool, indentless: bool) -> Result<Event<'t>, SyntaxError> {
        if matches!(self.scanner.peek()?.kind, TokenKind::Alias(_)) {
            self.pop_state();
            let token = self.take()?;
            let TokenKind::Alias(name) = token.kind else { return Ok(empty_scalar(token.start)) };
            return Ok(event(EventKind::Alias(name), token.start, token.end));
        }
        let (props, start) = self.props()?;
        let token = self.scanner.peek()?;
        let (at, end) = (token.start, token.end);
        let start = start.unwrap_or(at);
        let (kind, state) = match token.kind {
            TokenKind::BlockEntry if indentless => (EventKind::SeqStart(props), State::IndentlessSeqEntry),
            TokenKind::Scalar(..) => return self.scalar(props, start),
            TokenKind::FlowSeqStart => (EventKind::SeqStart(props), State::FlowSeqEntry { first: true }),
            TokenKind::FlowMapStart => (EventKind::MapStart(props), State::FlowMapKey { first: true }),
            TokenKind::BlockSeqStart if block => (EventKind::SeqStart(props), State::BlockSeqEntry { first: true }),
            TokenKind::BlockMapStart if block => (EventKind::MapStart(props), State::BlockMapKey { first: true }),
            _ if props != Props::default() => {
                self.pop_state();
                let resolves = props.tag.as_deref().is_none_or(str::is_empty);
                let value = ScalarValue::Slice("", offset(self.last_end));
                let mut event = empty_scalar(self.last_end);
                event.kind = EventKind::Scalar { props, style: Style::Plain, resolves, value };
                event.start = offset(start);
                return Ok(event);
            }
            _ => {
                let context = if block { "while parsing a block node" } else { "while parsing a flow node" };
                return Err(SyntaxError::new(at, "did not find expected node content").within(start, context));
            }
        };
        if self.states.len() >= 2 * MAX_DEPTH {
            return Err(SyntaxError::too_deep(at));
        }
        self.state = state;
        Ok(Event { kind, range: TextRange::of(at, end), start: offset(start) })
    }

    fn scalar(&mut self, props: Props<'t>, start: usize) -> Result<Event<'t>, SyntaxError> {
        self.pop_state();
        let token = self.take()?;
        let TokenKind::Scalar(style, value) = token.kind else { return Ok(empty_scalar(token.start)) };
        let resolves = match props.tag.as_deref() {
            None => style == Style::Plain,
            Some(tag) => tag == "!",
        };
        let kind = EventKind::Scalar { props, style, resolves, value };
        Ok(Event { kind, range: TextRange::of(token.start, token.end), start: offset(start) })
    }

    fn block_seq_entry(&mut self, first: bool) -> Result<Event<'t>, SyntaxError> {
        self.open(first)?;
        match self.scanner.peek()?.kind {
            TokenKind::BlockEntry => {
                let after = self.take()?.end;
                let state = State::BlockSeqEntry { first: false };
                let empty = matches!(self.scanner.peek()?.kind, TokenKind::BlockEntry | TokenKind::BlockEnd);
                self.block_content(empty, after, state, false)
            }
            TokenKind::BlockEnd => self.close(EventKind::SeqEnd, false),
            _ => Err(self.refuse("while parsing a block collection", "did not find expected '-' indicator")),
        }
    }

    fn indentless_seq_entry(&mut self) -> Result<Event<'t>, SyntaxError> {
        if !matches!(self.scanner.peek()?.kind, TokenKind::BlockEntry) {
            self.pop_state();
            return Ok(self.end_event(EventKind::SeqEnd));
        }
        let after = self.take()?.end;
        let empty = matches!(
            self.scanner.peek()?.kind,
            TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd
        );
        self.block_content(empty, after, State::IndentlessSeqEntry, false)
    }

    /// What follows an indicator: nothing (an empty scalar at `after`) or a node; then `state`.
    fn block_content(
        &mut self,
        empty: bool,
        after: usize,
        state: State,
        indentless: bool,
    ) -> Result<Event<'t>, SyntaxError> {
        if empty {
            self.state = state;
            return Ok(empty_scalar(after));
        }
        self.states.push(state);
        self.node(true, indentless)
    }

    fn block_map_key(&mut self, first: bool) -> Result<Event<'t>, SyntaxError> {
        self.open(first)?;
        match self.scanner.peek()?.kind {
            TokenKind::Key => {
                let after = self.take()?.end;
                let empty = self.no_block_node()?;
                self.block_content(empty, after, State::BlockMapValue, true)
            }
            TokenKind::BlockEnd => self.close(EventKind::MapEnd, false),
            _ => Err(self.refuse("while parsing a block mapping", "did not find expected key")),
        }
    }

    fn no_block_node(&mut self) -> Result<bool, SyntaxError> {
        Ok(matches!(self.scanner.peek()?.kind, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd))
    }

    fn block_map_value(&mut self) -> Result<Event<'t>, SyntaxError> {
        let token = self.scanner.peek()?;
        let state = State::BlockMapKey { first: false };
        if !matches!(token.kind, TokenKind::Value) {
            self.state = state;
            return Ok(empty_scalar(self.last_end));
        }
        let after = self.take()?.end;
        let empty = self.no_block_node()?;
        self.block_content(empty, after, state, true)
    }

    fn flow_seq_entry(&mut self, first: bool) -> Result<Event<'t>, SyntaxError> {
        self.open(first)?;
        if !matches!(self.scanner.peek()?.kind, TokenKind::FlowSeqEnd) {
            if !first {
                if !matches!(self.scanner.peek()?.kind, TokenKind::FlowEntry) {
                    return Err(self.refuse("while parsing a flow sequence", "did not find expected ',' or ']'"));
                }
                self.take()?;
            }
            match self.scanner.peek()?.kind {
                TokenKind::Key => {
                    self.state = State::FlowSeqPairKey;
                    let token = self.take()?;
                    return Ok(event(EventKind::MapStart(Props::default()), token.start, token.end));
                }
                TokenKind::FlowSeqEnd => {}
                _ => {
                    self.states.push(State::FlowSeqEntry { first: false });
                    return self.node(false, false);
                }
            }
        }
        self.close(EventKind::SeqEnd, true)
    }

    fn flow_seq_pair_key(&mut self) -> Result<Event<'t>, SyntaxError> {
        match self.scanner.peek()?.kind {
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSeqEnd => {
                // libyaml takes the token along: `[? , a]` and `[? ]` go wrong after it
                let after = self.take()?.end;
                self.state = State::FlowSeqPairValue;
                Ok(empty_scalar(after))
            }
            _ => {
                self.states.push(State::FlowSeqPairValue);
                self.node(false, false)
            }
        }
    }

    fn flow_seq_pair_value(&mut self) -> Result<Event<'t>, SyntaxError> {
        if matches!(self.scanner.peek()?.kind, TokenKind::Value) {
            self.take()?;
            if !matches!(self.scanner.peek()?.kind, TokenKind::FlowEntry | TokenKind::FlowSeqEnd) {
                self.states.push(State::FlowSeqPairEnd);
                return self.node(false, false);
            }
        }
        self.state = State::FlowSeqPairEnd;
        self.scanner.peek()?;
        Ok(empty_scalar(self.last_end))
    }

    fn flow_map_key(&mut self, first: bool) -> Result<Event<'t>, SyntaxError> {
        self.open(first)?;
        if !matches!(self.scanner.peek()?.kind, TokenKind::FlowMapEnd) {
            if !first {
                if !matches!(self.scanner.peek()?.kind, TokenKind::FlowEntry) {
                    return Err(self.refuse("while parsing a flow mapping", "did not find expected ',' or '}'"));
                }
                self.take()?;
            }
            match self.scanner.peek()?.kind {
                TokenKind::Key => {
                    let after = self.take()?.end;
                    if self.no_flow_map_node()? {
                        self.state = State::FlowMapValue;
                        return Ok(empty_scalar(after));
                    }
                    self.states.push(State::FlowMapValue);
                    return self.node(false, false);
                }
                TokenKind::FlowMapEnd => {}
                _ => {
                    self.states.push(State::FlowMapEmptyValue);
                    return self.node(false, false);
                }
            }
        }
        self.close(EventKind::MapEnd, true)
    }

    fn no_flow_map_node(&mut self) -> Result<bool, SyntaxError> {
        Ok(matches!(self.scanner.peek()?.kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMapEnd))
    }

    fn flow_map_value(&mut self) -> Result<Event<'t>, SyntaxError> {
        if matches!(self.scanner.peek()?.kind, TokenKind::Value) {
            self.take()?;
            if !matches!(self.scanner.peek()?.kind, TokenKind::FlowEntry | TokenKind::FlowMapEnd) {
                self.states.push(State::FlowMapKey { first: false });
                return self.node(false, false);
            }
        }
        self.state = State::FlowMapKey { first: false };
        Ok(empty_scalar(self.last_end))
    }
}
