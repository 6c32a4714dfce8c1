//! What makes a finding, one file for each kind of entity or question. Each adds methods to
//! [`Comparison`](crate::context::Comparison); none knows another's findings.

mod after;
pub(crate) mod changes;
mod duplicates;
mod files;
mod macros;
mod map_keys;
mod moves;
pub(crate) mod pillar;
mod pillar_changes;
mod reach;
mod record;
mod same_target;
pub(crate) mod states;
pub(crate) mod upstream;
