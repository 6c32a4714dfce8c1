//! Rendering as Salt does it, under partial knowledge and with provenance: Jinja over partial
//! values, YAML with origins, pillar and top evaluation, Salt's functions. A pure function of a
//! [`world::Reader`] and a [`world::Minion`]; knows nothing of LSP or git.

pub mod data;
mod engine;
pub mod eval;
pub mod node;
pub mod problem;
pub mod rendered;

pub use data::fingerprint::rendered as fingerprint;
pub use data::names;
pub use data::observe::{Question, observe};
pub use data::pillar::{Pillar, PillarSls};
pub use data::top::{Top, TopEnv, TopSls};
pub use engine::{Extra, MinionKey, pillar, pillar_part, render, render_in, render_unkept, top};
pub use eval::observe::{Observed, Seen, Thing, Variable, Watch};
pub use eval::{Parse, parse};
pub use node::{Node, NodeKind, Pattern, PatternPart};
pub use problem::{Code, Doubt, Problem, Related};
pub use python::{Atom, FileId, KeyPart, KeyPath, Origin, Output, Piece, PieceKind, Site, SourceKind, When};
pub use rendered::{EntryKind, Rendered, Use, UseKind};
