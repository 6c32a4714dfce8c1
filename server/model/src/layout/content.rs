//! What the text of an SLS tells of its kind where its place says "states": reactions, orchestrations,
//! definitions of Windows packages and example pillars stand beside states everywhere. Looks at lines
//! only: the text need not be readable as a whole.

use render::EntryKind;

use super::FileKind;
use super::discover::is_state_line;

/// How many lines are looked at.
const MAX_LINES: usize = 2000;

/// The kind of the file called `name` with this text, which its place makes `kind`.
#[must_use]
pub fn refine(kind: FileKind, name: &str, text: &str) -> FileKind {
    if kind.kind != EntryKind::State || kind.settled {
        return kind;
    }
    let seen = Seen::of(text);
    if seen.states {
        return kind;
    }
    let likely = |kind| FileKind { kind, certain: false, settled: true };
    let stem = name.trim_end_matches(".sls");
    if seen.package && seen.installer {
        likely(EntryKind::Data)
    } else if seen.reactions {
        likely(EntryKind::Reactor)
    } else if seen.orchestrations {
        FileKind { kind: EntryKind::Orchestrate, certain: true, settled: true }
    } else if !seen.functions && ["pillar", "example", "sample"].iter().any(|word| stem.contains(word)) {
        likely(EntryKind::PillarExample)
    } else {
        kind
    }
}

/// What the lines of a text show.
#[derive(Default)]
struct Seen {
    /// A function of a common state module.
    states: bool,
    /// Anything that reads as a state function.
    functions: bool,
    /// `local.`, `runner.`, `wheel.`, `caller.`, or `cmd.` before another function's name.
    reactions: bool,
    /// Functions of the state module `salt`.
    orchestrations: bool,
    /// The name of a Windows package.
    package: bool,
    /// How it is installed or removed.
    installer: bool,
}

impl Seen {
    fn of(text: &str) -> Self {
        let mut seen = Self::default();
        for line in text.lines().take(MAX_LINES) {
            let bare = line.trim();
            if bare.is_empty() || bare.starts_with(['#', '{']) {
                continue;
            }
            seen.package |= bare.starts_with("full_name:");
            seen.installer |= bare.starts_with("installer:") || bare.starts_with("uninstaller:");
            let Some(word) = function(line) else { continue };
            let (module, rest) = word.split_once('.').unwrap_or((word, ""));
            let reaction =
                matches!(module, "local" | "runner" | "wheel" | "caller") || (module == "cmd" && rest.contains('.'));
            if reaction {
                seen.reactions = true;
            } else if module == "salt" {
                seen.orchestrations = true;
            } else {
                seen.functions = true;
                seen.states |= is_state_line(line);
            }
        }
        seen
    }
}

/// The dotted name that an indented line has as its key, or as what stands behind the key of a short form.
fn function(line: &str) -> Option<&str> {
    let bare = line.trim();
    let key = match bare.strip_suffix(':').or_else(|| bare.strip_suffix(": []")) {
        Some(key) if line.starts_with([' ', '\t']) => key,
        Some(_) => return None,
        None => bare.split_once(": ")?.1,
    };
    let key = key.trim_start_matches("- ").trim_matches(['\'', '"']);
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit())
    };
    (key.contains('.') && key.split('.').all(word) && !key.starts_with(|c: char| c.is_ascii_digit())).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_follow_from_what_stands_there() {
        let state = FileKind { kind: EntryKind::State, certain: true, settled: false };
        for (what, name, text, expected) in [
            ("states", "a.sls", "a:\n  pkg.installed: []\n", EntryKind::State),
            (
                "reaction",
                "a.sls",
                "{% if data %}\na:\n  local.service.restart:\n    - tgt: x\n{% endif %}\n",
                EntryKind::Reactor,
            ),
            ("reaction of old", "a.sls", "a:\n  cmd.state.sls:\n    - tgt: x\n", EntryKind::Reactor),
            ("runner", "a.sls", "a:\n  runner.state.orchestrate:\n    - args: []\n", EntryKind::Reactor),
            ("a command", "a.sls", "a:\n  cmd.run:\n    - name: local.x.y\n", EntryKind::State),
            ("orchestration", "a.sls", "a:\n  salt.state:\n    - tgt: x\n    - sls: web\n", EntryKind::Orchestrate),
            ("winrepo", "a.sls", "foo:\n  '1.0':\n    full_name: Foo\n    installer: x.exe\n", EntryKind::Data),
            ("example", "pillar-example.sls", "foo:\n  bar: 1\n", EntryKind::PillarExample),
            ("example of states", "example.sls", "foo:\n  mymod.run: []\n", EntryKind::State),
            ("data", "a.sls", "foo:\n  bar: 1\n", EntryKind::State),
        ] {
            assert_eq!(refine(state, name, text).kind, expected, "{what}");
        }
    }
}
