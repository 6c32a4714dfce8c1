//! Linked editing: the word that opens a Jinja block and the same word in the tag that ends it, so that
//! `if … endif` becomes `for … endfor` by typing once.

use syntax::jinja;
use text::TextRange;
use world::SaltPath;

use crate::Analysis;
use crate::source::text_of;
use crate::tags::blocks;

/// The places that are edited together with the one at `offset`, in order, all with the same text;
/// empty where there are none.
#[must_use]
pub fn linked_ranges(analysis: &Analysis, path: &SaltPath, offset: u32) -> Vec<TextRange> {
    let text = text_of(analysis, path);
    let template = jinja::parse(&text, &jinja::Options::default());
    for block in blocks(&template, &text).iter().filter(|block| block.closed) {
        let (Some(first), Some(last)) = (block.tags.first(), block.tags.last()) else { continue };
        let end = TextRange::new(last.keyword.start + 3, last.keyword.end);
        let same = first.keyword.slice(&text) == end.slice(&text);
        if same && (first.keyword.touches(offset) || end.touches(offset)) {
            return vec![first.keyword, end];
        }
    }
    Vec::new()
}
