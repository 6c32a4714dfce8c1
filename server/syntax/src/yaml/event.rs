//! The seam between the parser and what reads it: a stream of events with ranges. Another parser
//! could stand behind [`Events`] without the composer noticing.

use text::TextRange;

use super::Style;
pub use super::scan::{Cooked, ScalarValue, SyntaxError};

/// One step of the parse.
#[derive(Clone, Debug, PartialEq)]
pub struct Event<'t> {
    /// What happens.
    pub kind: EventKind<'t>,
    /// Its bytes: a scalar with quotes or block header, the opening bracket of a flow collection,
    /// for the end of a block collection where its last token ended.
    pub range: TextRange,
    /// Where the node begins with its anchor and tag; PyYAML's start mark.
    pub start: u32,
}

/// Kinds of events, libyaml's.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind<'t> {
    /// End of the text.
    StreamEnd,
    /// A document begins.
    DocumentStart,
    /// A document ends.
    DocumentEnd,
    /// `*name`
    Alias(&'t str),
    /// A scalar.
    Scalar {
        /// Anchor and tag.
        props: Props<'t>,
        /// How it is written.
        style: Style,
        /// Whether implicit resolvers decide the type: plain without a tag, or any style with `!`.
        resolves: bool,
        /// Its text.
        value: ScalarValue<'t>,
    },
    /// A sequence begins.
    SeqStart(Props<'t>),
    /// A sequence ends.
    SeqEnd,
    /// A mapping begins.
    MapStart(Props<'t>),
    /// A mapping ends.
    MapEnd,
}

/// Anchor and tag of a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Props<'t> {
    /// `&name`
    pub anchor: Option<&'t str>,
    /// The full tag; `!` for the non-specific one.
    pub tag: Option<Box<str>>,
}

/// A source of events, [`EventKind::StreamEnd`] last.
pub trait Events<'t> {
    /// The next event.
    ///
    /// # Errors
    /// What libyaml's scanner or parser refuses; nothing follows an error.
    fn next_event(&mut self) -> Result<Event<'t>, SyntaxError>;
}
