//! YAML 1.1 as Salt loads it (`salt/utils/yamlloader.py` over PyYAML's libyaml loader): text in,
//! typed nodes with byte ranges out. Knows nothing of Jinja, states or pillars.
//!
//! The stages are [`event`] producers (scanner, parser), the composer (anchors, aliases), and Salt's
//! resolver and constructors. The scanner and parser are our own, modelled on libyaml 0.2.5's
//! behaviour, and not granit-parser behind an adapter: Salt's loader decides by libyaml's quirks
//! (`[a:,b]`, `{?c: 1}`, 1,024 characters for an implicit key, document ends), Salt users know
//! libyaml's messages, and values need the source of every byte, which YAML 1.2 parsers don't give.
//! Tests hold it against PyYAML's C loader, which is libyaml, with Salt's constructors.

mod base64;
pub mod chunks;
mod compose;
mod construct;
pub mod event;
mod json;
mod key;
mod load;
mod node;
mod parser;
mod resolve;
mod scan;

pub use json::load_json;
pub use key::python_key_eq;
pub use load::{load, load_chunked};
pub use node::*;
pub use resolve::resolve_plain;
