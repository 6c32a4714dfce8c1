//! How bad a finding is (design.md, section 9): an error only where Salt provably refuses.

use render::{Code, Problem};

use crate::Severity;

/// The severity of a problem of a file that is surely read as what it was taken for.
#[must_use]
pub fn severity(problem: &Problem) -> Severity {
    match problem.code {
        // Salt runs these, silently or not; the person did not mean them.
        Code::UnknownRenderer => Severity::Warning,
        // another file root, a formula's or gitfs's, may have what this tree has not
        Code::SlsMissing if problem.certain => Severity::Warning,
        Code::SlsMissing | Code::ConflictMarker if !problem.certain => Severity::Hint,
        // saltflow's own bounds, and files locked by git-crypt, say nothing of Salt
        Code::Limit => Severity::Information,
        Code::NotText if !problem.certain => Severity::Information,
        _ if problem.certain => Severity::Error,
        // whether it happens depends on what nobody knows: better silent than wrong
        _ => Severity::None,
    }
}

/// Whether Salt provably refuses the file for this.
#[must_use]
pub fn is_refusal(problem: &Problem) -> bool {
    severity(problem) == Severity::Error
}
