//! Secrets in plain text. What they are is never part of a message.

use codes::Code;
use model::secrets::is_secret_key;
use render::{EntryKind, Node, SourceKind};

use crate::Check;

/// Forms of secrets that need no key to be known by, each with what it is.
const FORMS: [(&str, &str); 9] = [
    ("AKIA", "an AWS access key"),
    ("ghp_", "a GitHub token"),
    ("gho_", "a GitHub token"),
    ("ghs_", "a GitHub token"),
    ("github_pat_", "a GitHub token"),
    ("glpat-", "a GitLab token"),
    ("xoxb-", "a Slack token"),
    ("xoxp-", "a Slack token"),
    ("hvs.", "a Vault token"),
];

/// Tells of a secret that whoever has the repository can read.
pub(super) fn check(check: &mut Check<'_>, key: &str, text: &str, node: &Node, pillar: bool) {
    if node.origin.kind != SourceKind::Exact || !is_ours(check) {
        return;
    }
    let what = if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        "a private key".to_owned()
    } else if let Some((_, what)) = FORMS
        .iter()
        .find(|(start, _)| text.strip_prefix(start).is_some_and(|rest| rest.len() >= 12 && rest.chars().all(is_token)))
    {
        (*what).to_owned()
    } else if pillar && is_secret_key(key) && is_password(key, text) {
        format!("`{key}`")
    } else {
        return;
    };
    let message = format!(
        "{what} stands in plain text: whoever has the repository can read it. Encrypt it (renderer `gpg`) or take it \
         from a store, and change it: git keeps this version."
    );
    check.tell(Code::PlainSecret, &node.origin, &node.when, message);
}

/// Whether the file is somebody's own, no example and no test.
fn is_ours(check: &Check<'_>) -> bool {
    if check.facts.kind == EntryKind::PillarExample {
        return false;
    }
    let example = |part: &str| {
        let part = part.to_lowercase();
        ["example", "sample", "test", "spec", "kitchen", "vagrant", "fixture", "mock"]
            .iter()
            .any(|word| part.contains(word))
    };
    !check.facts.path.as_str().split('/').any(example)
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Whether a text under a key of a secret's name is one: a word of some length, no path, no address, no
/// hash (which `crypt` made so that it may be seen by few), no name of a place where the secret is.
fn is_password(key: &str, text: &str) -> bool {
    let lower = text.to_lowercase();
    let key = key.to_lowercase();
    let elsewhere = [
        "_file", "_path", "_url", "_name", "_id", "_dir", "_type", "_user", "_length", "_policy", "_ttl", "_hash",
        "_age",
    ];
    let dummies = [
        "change", "xxx", "todo", "example", "dummy", "secret", "password", "none", "null", "true", "false", "yes",
        "no", "redacted", "replace",
    ];
    (6..=200).contains(&text.len())
        && !text.contains(char::is_whitespace)
        && !text.starts_with(['/', '$', '{', '<', '*', '!', '~', '%'])
        && !text.contains("://")
        && !text.contains("-----")
        && !text.starts_with("ENC[")
        && !elsewhere.iter().any(|end| key.ends_with(end))
        && !dummies.iter().any(|word| lower.starts_with(word))
        && !key.contains("public")
        && !text.starts_with("ssh-")
}
