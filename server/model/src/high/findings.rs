//! Collects what Salt refuses in one file's high data.

use render::{Code, Doubt, Origin, Problem, When};

/// The problems found so far, with what their texts need.
pub(crate) struct Findings<'a> {
    /// The SLS's name as Salt's messages have it.
    pub sls: &'a str,
    /// Its saltenv.
    pub env: &'a str,
    /// Whether Salt is older than 3008.
    pub old: bool,
    /// Whether to find anything: after a recovery, data may look wrong that isn't.
    pub active: bool,
    /// In order.
    pub problems: Vec<Problem>,
}

impl Findings<'_> {
    /// Salt refuses what stands at `origin`, whenever `when` holds; `certain` if nothing else about
    /// it is a guess.
    pub fn refuse(&mut self, code: Code, origin: &Origin, when: &When, certain: bool, message: String) {
        if self.active {
            let doubt = Doubt::unless(certain);
            let certain = certain && when.is_always();
            let (origin, when) = (origin.clone(), when.clone());
            self.problems.push(Problem { code, message, origin, related: Vec::new(), when, certain, doubt });
        }
    }
}
