//! `check --baseline FILE`: what was known before stays quiet, what is new is told. The file holds
//! fingerprints, which outlive moved lines; it is written only when the user says so.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use serde::{Deserialize, Serialize};

use crate::cli::formats::{Finding, fingerprints};

/// How large a baseline may be, in bytes.
const MAX_BYTES: u64 = 64 << 20;
/// The only version of the file so far.
const SCHEMA: u32 = 1;

/// Findings that were known at some time.
#[derive(Debug, Serialize, Deserialize)]
pub struct Baseline {
    schema: u32,
    findings: Vec<Known>,
}

/// A known finding. Code and path are for the people who review the file; the fingerprint decides.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Known {
    path: String,
    code: String,
    fingerprint: String,
}

/// What a baseline did to the findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Findings left out.
    pub known: usize,
    /// Known findings that are not there any more.
    pub gone: usize,
}

impl Baseline {
    /// The baseline that leaves out all of `findings`.
    #[must_use]
    pub fn of(findings: &[Finding<'_>]) -> Self {
        let known = findings.iter().zip(fingerprints(findings)).map(|(finding, fingerprint)| Known {
            path: finding.diagnostic.place.as_ref().map(|place| place.path.to_string()).unwrap_or_default(),
            code: finding.diagnostic.code.clone(),
            fingerprint,
        });
        let mut findings: Vec<Known> = known.collect();
        findings.sort();
        Self { schema: SCHEMA, findings }
    }

    /// Reads the baseline that the user names.
    ///
    /// # Errors
    /// It is not there, or no baseline of this version.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let bytes = history::read_named(path, MAX_BYTES)
            .map_err(|error| anyhow!("cannot read the baseline {shown}: {error} (--update-baseline writes one)"))?;
        let baseline: Self = serde_json::from_slice(&bytes).with_context(|| format!("{shown} is no baseline"))?;
        if baseline.schema != SCHEMA {
            bail!("{shown} is a baseline of version {}; this saltflow reads version {SCHEMA}", baseline.schema);
        }
        Ok(baseline)
    }

    /// Writes it to `path`, one finding a line, so that a review shows what was added.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let mut lines = Vec::new();
        for known in &self.findings {
            lines.push(serde_json::to_string(known)?);
        }
        let text = format!("{{\"schema\": {SCHEMA}, \"findings\": [\n{}\n]}}\n", lines.join(",\n"));
        std::fs::write(path, text).with_context(|| format!("cannot write the baseline {}", path.display()))
    }

    /// Which of `findings` are new, and what was left out.
    #[must_use]
    pub fn split(&self, findings: &[Finding<'_>]) -> (Vec<bool>, Effect) {
        let known: BTreeSet<&str> = self.findings.iter().map(|known| known.fingerprint.as_str()).collect();
        let prints = fingerprints(findings);
        let new: Vec<bool> = prints.iter().map(|print| !known.contains(print.as_str())).collect();
        let left_out = new.iter().filter(|new| !**new).count();
        (new, Effect { known: left_out, gone: known.len().saturating_sub(left_out) })
    }
}

/// Which of `findings` are to be told, and what a person should know of the others. With `update` the file
/// is written, and nothing is left to tell. `whole`: the findings are those of the whole repository.
///
/// # Errors
/// The file cannot be read or written.
pub fn apply(path: &Path, update: bool, whole: bool, findings: &[Finding<'_>]) -> anyhow::Result<(Vec<bool>, String)> {
    let shown = path.display();
    if update {
        Baseline::of(findings).write(path)?;
        return Ok((vec![false; findings.len()], format!("{} findings written to {shown}", findings.len())));
    }
    let (new, effect) = Baseline::read(path)?.split(findings);
    let gone = match effect.gone {
        gone if gone > 0 && whole => {
            format!("; {gone} that it lists are not there any more: --update-baseline takes them out")
        }
        _ => String::new(),
    };
    Ok((new, format!("{} findings that {shown} lists are left out{gone}", effect.known)))
}

#[cfg(test)]
mod tests {
    use ide::{Diagnostic, Severity};

    use super::*;

    fn finding(message: &str) -> Diagnostic {
        Diagnostic {
            code: "duplicate-id".to_owned(),
            severity: Severity::Error,
            message: message.to_owned(),
            place: None,
            related: Vec::new(),
            profiles: Vec::new(),
            drift: None,
        }
    }

    #[test]
    fn what_is_known_is_quiet_and_the_second_of_its_kind_is_new() {
        let all = [finding("a"), finding("b")];
        let of = |all: &'static [Diagnostic]| -> Vec<Finding<'static>> {
            all.iter().map(|diagnostic| Finding { diagnostic, entity: None }).collect()
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("known.json");
        let known: &'static [Diagnostic] = Box::leak(Box::new(all));
        assert!(apply(&file, false, true, &of(known)).unwrap_err().to_string().contains("--update-baseline"));
        apply(&file, true, true, &of(known)).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 4, "one finding a line");
        let now: &'static [Diagnostic] = Box::leak(Box::new([finding("a"), finding("a"), finding("c")]));
        let (new, note) = apply(&file, false, true, &of(now)).unwrap();
        assert_eq!(new, [false, true, true]);
        assert!(note.starts_with("1 findings that") && note.contains("; 1 that it lists are not there"), "{note}");
        std::fs::write(&file, "[]").unwrap();
        assert!(apply(&file, false, true, &of(now)).unwrap_err().to_string().contains("is no baseline"));
    }
}
