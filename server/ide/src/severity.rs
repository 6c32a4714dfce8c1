//! How bad a finding is (design.md, section 9): an error only where Salt provably refuses.

use render::{Code, Doubt, Problem};

use crate::Severity;

/// The severity of a problem of a file that is surely read as what it was taken for.
#[must_use]
pub fn severity(problem: &Problem) -> Severity {
    match problem.code {
        // Salt runs these, silently or not; the person did not mean them.
        Code::UnknownRenderer => Severity::Warning,
        // another file root, a formula's or gitfs's, may have what this tree has not
        _ if problem.doubt == Doubt::Absent => Severity::Hint,
        Code::SlsMissing | Code::ConflictMarker if problem.doubt == Doubt::Value => Severity::Hint,
        // saltflow's own bounds, and files locked by git-crypt, say nothing of Salt
        Code::Limit => Severity::Information,
        Code::NotText if !problem.certain => Severity::Information,
        _ if problem.certain => Severity::Error,
        // what no branch sets is meant for minions that no branch is for
        Code::JinjaUndefined | Code::JinjaRuntime if is_left_over(problem) => Severity::Hint,
        // tests that exclude each other unseen may make up a condition that never holds
        _ if problem.doubt == Doubt::None && problem.when.tests().len() > 1 => Severity::Hint,
        // refused in every rendering in which a condition holds, or carried out otherwise than meant
        _ if matches!(problem.doubt, Doubt::None | Doubt::Carried) => Severity::Warning,
        // whether it happens depends on what nobody knows: better silent than wrong
        _ => Severity::None,
    }
}

/// Whether a problem is under a condition that only says what does not hold.
fn is_left_over(problem: &Problem) -> bool {
    !problem.when.is_always() && problem.when.tests().iter().all(|(_, answer)| !answer)
}

/// Whether Salt provably refuses the file for this.
#[must_use]
pub fn is_refusal(problem: &Problem) -> bool {
    severity(problem) == Severity::Error || (problem.certain && problem.doubt == Doubt::Absent)
}
