//! Text as data: byte ranges, line/column positions in the three LSP encodings, edits and open
//! buffers. Knows nothing of files, YAML, Jinja or LSP types.

mod buffer;
mod line_index;
mod range;

pub use buffer::{Buffer, BufferError};
pub use line_index::{Encoding, LineIndex, Position};
pub use range::{TextEdit, TextRange};
