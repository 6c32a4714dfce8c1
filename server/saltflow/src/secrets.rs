//! What hides a workspace's secrets in everything that is shown of it (`model::censor`).

use ide::Analysis;
use model::censor::Censor;
use world::{Reader, Stop};

/// The secrets of what was read, those of the minions' pillars included, and of the pillar keys that
/// the settings call secret.
#[must_use]
pub fn censor(analysis: &Analysis, keys: &[String]) -> Censor {
    let stop = Stop::new();
    let reader = Reader::new(&analysis.world, &analysis.memo, &stop);
    let pillars = analysis.catalog.views.iter().filter_map(|view| render::pillar(&reader, &view.minion).ok());
    let pillars: Vec<_> = pillars.collect();
    Censor::of(&analysis.world, &analysis.catalog, &pillars, keys)
}
