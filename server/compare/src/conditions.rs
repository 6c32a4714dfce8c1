//! Whether several conditions leave no case out.

use render::When;

/// Tests that are gone through; more count as a gap.
const MAX_DEPTH: usize = 12;
/// Steps that are taken in all.
const MAX_STEPS: usize = 4_096;

/// Whether one of `all` holds in every rendering: the arms of an `if … else`, for one.
pub(crate) fn cover_all(all: &[When]) -> bool {
    covered(all, &When::ALWAYS, MAX_DEPTH, &mut 0)
}

/// Whether one of `all` holds wherever `given` does.
fn covered(all: &[When], given: &When, depth: usize, steps: &mut usize) -> bool {
    *steps += 1;
    if all.iter().any(|when| when.implied_by(given)) {
        return true;
    }
    if depth == 0 || *steps > MAX_STEPS {
        return false;
    }
    // The next test that something possible asks and nobody has answered.
    let possible = all.iter().filter(|when| when.compatible(given));
    let Some((atom, _)) = possible.flat_map(|when| when.tests()).find(|(atom, answer)| {
        let asked = |answer| given.and(atom, answer).is_some_and(|both| both != *given);
        asked(*answer) && asked(!*answer)
    }) else {
        return false;
    };
    [true, false].into_iter().all(|answer| match given.and(atom, answer) {
        Some(given) => covered(all, &given, depth - 1, steps),
        // That cannot be.
        None => true,
    })
}
