//! Whole files with their secrets hidden, line by line, so that places stay: what a person may look at
//! that is not their own working copy. When in doubt, more is hidden than needed. And whether a value
//! stems from what would be hidden so.

use python::origin::Contributor;
use render::{Node, NodeKind, Origin};
use text::TextRange;
use world::{SaltPath, World};

use crate::secrets::{HIDDEN, is_secret_key, is_secret_text, may_hold_secret};

/// Values within values that are looked at.
const MAX_DEPTH: usize = 16;

/// Whether a value, or something in it, was written where [`masked`] hides it, or came from a pillar key
/// that is secret by its name.
#[must_use]
pub fn is_secret_value(world: &World, node: &Node) -> bool {
    deep(world, node, MAX_DEPTH)
}

fn deep(world: &World, node: &Node, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return true };
    let inner = |items: &[Node]| items.iter().any(|item| deep(world, item, depth));
    match &node.kind {
        NodeKind::List(items) | NodeKind::Set(items) | NodeKind::Choice(items) => inner(items),
        NodeKind::Map(entries) => entries.iter().any(|(_, value)| deep(world, value, depth)),
        _ => is_from_secret(world, &node.origin),
    }
}

fn is_from_secret(world: &World, origin: &Origin) -> bool {
    is_hidden(world, &origin.path, origin.range)
        || origin.contributors.iter().any(|from| match from {
            Contributor::Literal(path, range) => is_hidden(world, path, *range),
            Contributor::Pillar(path) => path.any(is_secret_key),
            Contributor::Grain(_) => false,
            Contributor::Call(text) => is_secret_text(text),
        })
}

/// Whether [`masked`] changes a line that the range touches.
fn is_hidden(world: &World, path: &SaltPath, range: TextRange) -> bool {
    let content = world.tree.get(path).and_then(|entry| world.source.content(path, entry.blob));
    let Some(content) = content else { return false };
    let text = String::from_utf8_lossy(&content);
    let hidden = masked(&text);
    let mut at = 0;
    for (line, shown) in text.split_inclusive('\n').zip(hidden.split_inclusive('\n')) {
        let end = at + line.len();
        if at < (range.end as usize).max(range.start as usize + 1) && (range.start as usize) < end && line != shown {
            return true;
        }
        at = end;
    }
    false
}

/// `text` with the values of secret-like keys, encrypted and private blocks, and tokens as `***`.
#[must_use]
pub fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // a private or encrypted block, until its end
    let mut block = false;
    // below a secret key at this indentation
    let mut below: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        let end = line.get(bare.len()..).unwrap_or("");
        let indent = bare.len() - bare.trim_start().len();
        let content = bare.trim_start();
        let inside = below.is_some_and(|key| indent > key || (indent == key && content.starts_with("- ")));
        if content.is_empty() {
            out.push_str(line);
            continue;
        }
        if !inside {
            below = None;
            if !block && !may_hold_secret(content) {
                out.push_str(line);
                continue;
            }
        }
        let begins = content.contains("-----BEGIN ") && !content.contains("CERTIFICATE-----");
        if block || begins {
            out.push_str(bare.get(..indent).unwrap_or(""));
            out.push_str(HIDDEN);
            block = !content.contains("-----END ");
        } else if inside && !content.starts_with("{%") {
            out.push_str(bare.get(..indent).unwrap_or(""));
            out.push_str(&hidden_below(content));
        } else if let Some(at) = secret_value(bare) {
            out.push_str(bare.get(..at).unwrap_or(""));
            let value = bare.get(at..).unwrap_or("").trim();
            if matches!(value, "" | "|" | ">" | "|-" | ">-" | "|+" | ">+")
                || value.starts_with("|")
                || value.starts_with('>')
            {
                below = Some(indent);
                out.push_str(bare.get(at..).unwrap_or(""));
            } else {
                if bare.get(..at).is_some_and(|before| before.ends_with([':', '=', ','])) {
                    out.push(' ');
                }
                out.push_str(HIDDEN);
                // a value may go on below
                below = Some(indent);
            }
        } else if is_secret_text(content) {
            out.push_str(bare.get(..indent).unwrap_or(""));
            out.push_str(&hidden_below(content));
        } else {
            out.push_str(bare);
        }
        out.push_str(end);
    }
    out
}

/// A line below a secret key: of `key: value` the key stays.
fn hidden_below(content: &str) -> String {
    match content.split_once(": ") {
        Some((key, _)) if key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | '/')) => {
            format!("{key}: {HIDDEN}")
        }
        _ if content.ends_with(':') && !content.contains(' ') => content.to_owned(),
        _ => HIDDEN.to_owned(),
    }
}

/// Where the value of the first secret-like name in the line begins: behind `name:`, `name =`, `'name',`.
fn secret_value(line: &str) -> Option<usize> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let mut start = None;
    let mut chars = line.char_indices().peekable();
    let mut found: Option<usize> = None;
    while let Some((at, c)) = chars.next() {
        if is_name(c) {
            start.get_or_insert(at);
            if chars.peek().is_some_and(|(_, next)| is_name(*next)) {
                continue;
            }
            let end = at + c.len_utf8();
            let name = line.get(start.take()?..end)?;
            if !is_secret_key(name) {
                continue;
            }
            let rest = line.get(end..)?;
            let quoted = rest.trim_start_matches(['\'', '"']);
            let value = quoted.trim_start();
            let at = line.len() - value.len() + 1;
            let set = value.starts_with(':') || (value.starts_with('=') && !value.starts_with("=="));
            let default = quoted.len() < rest.len() && value.starts_with(',');
            if set || default {
                found = Some(at);
                break;
            }
        } else {
            start = None;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(masked(text), expected);
        assert_eq!(text.lines().count(), masked(text).lines().count());
    }

    #[test]
    fn secret_values_are_hidden_and_lines_stay() {
        check("db:\n  password: hunter2\n  port: 1\n", "db:\n  password: ***\n  port: 1\n");
        check("- token: 'x y'\r\nb: 1\r\n", "- token: ***\r\nb: 1\r\n");
        check("tokens:\n  a: x\n  b:\n    - y\nport: 1", "tokens:\n  a: ***\n  b:\n    ***\nport: 1");
        check("tokens:\n- x\n- y\nport: 1", "tokens:\n***\n***\nport: 1");
        check("api_key: |\n  abc\n  def\nport: 1", "api_key: |\n  ***\n  ***\nport: 1");
        check("{% set db_password = 'hunter2' %}\nport: 1", "{% set db_password = ***\nport: 1");
        check("a: {password: hunter2, b: 1}", "a: {password: ***");
        check("x: {{ salt['pillar.get']('db:password', 'hunter2') }}", "x: {{ salt['pillar.get']('db:password', ***");
        check("x: {{ pillar['password'] }}", "x: {{ pillar['password'] }}");
        check("web:\n  pkg.installed: []\n", "web:\n  pkg.installed: []\n");
    }

    #[test]
    fn blocks_and_tokens_are_hidden() {
        let block = "key: |\n  -----BEGIN RSA PRIVATE KEY-----\n  abc\n  -----END RSA PRIVATE KEY-----\nport: 1\n";
        check(block, "key: |\n  ***\n  ***\n  ***\nport: 1\n");
        let block = "cert: |\n  -----BEGIN CERTIFICATE-----\n  abc\n  -----END CERTIFICATE-----\n";
        check(block, block);
        check("vault: hvs.CAESIJ123456\nb: 1", "vault: ***\nb: 1");
        check("x: mysql --password=hunter2", "x: mysql --password= ***");
        // a block that never ends hides the rest
        check("a: -----BEGIN PGP MESSAGE-----\nb: c\n", "***\n***\n");
    }
}
