//! `saltflow demo`: the bundled sample repository, with its git-flow history.

use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use history::sample::{self, Step};
use include_dir::{Dir, include_dir};
use serde::Deserialize;

use crate::cli::args::Common;
use crate::cli::asked::{Comparison, Done};
use crate::cli::print::{print, say};
use crate::cli::report::Places;
use crate::cli::{check, session};

static WEBSHOP: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../examples/webshop");
static HISTORY: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../examples/webshop-history");

/// A line of `history.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    branch: String,
    from: Option<String>,
    message: String,
    author: String,
    days_ago: i64,
    files: Option<String>,
    #[serde(default)]
    delete: Vec<String>,
    #[serde(default)]
    checkout: bool,
}

/// Writes the sample repository into `folder`, which must be empty or not exist. `now` is seconds
/// since the epoch; commits lie before it.
///
/// # Errors
/// The folder is not empty or cannot be written.
pub fn write(folder: &Path, now: i64) -> anyhow::Result<()> {
    let plan = HISTORY.get_file("history.yaml").and_then(|file| file.contents_utf8());
    let lines: Vec<Line> = serde_yaml::from_str(plan.context("the bundled history is missing")?)?;
    let mut steps = Vec::new();
    let mut head = "master".to_owned();
    for (n, line) in lines.iter().enumerate() {
        let mut files = Vec::new();
        match line.files.as_deref() {
            Some("../webshop") => collect(&WEBSHOP, WEBSHOP.path(), &mut files),
            Some(name) => {
                let overlay = HISTORY.get_dir(name).with_context(|| format!("the bundled folder {name} is missing"))?;
                collect(overlay, overlay.path(), &mut files);
            }
            None => {}
        }
        if line.checkout {
            head.clone_from(&line.branch);
        }
        steps.push(Step {
            branch: line.branch.clone(),
            from: line.from.clone(),
            message: line.message.clone(),
            author: line.author.clone(),
            // steps of one day stay in order
            time: now - line.days_ago * 86_400 - 3_600 + i64::try_from(n).unwrap_or(0) * 60,
            files,
            delete: line.delete.clone(),
        });
    }
    let configuration = [
        ("gitflow.branch.master", "master"),
        ("gitflow.branch.develop", "develop"),
        ("gitflow.prefix.feature", "feature/"),
        ("gitflow.prefix.release", "release/"),
        ("gitflow.prefix.hotfix", "hotfix/"),
        ("gitflow.branch.feature/wishlist.base", "develop"),
        ("user.name", "Grace Example"),
        ("user.email", "grace@webshop.example"),
    ];
    sample::write(folder, &steps, &head, &configuration)?;
    Ok(())
}

fn collect(dir: &Dir<'_>, top: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for file in dir.files() {
        let path = file.path().strip_prefix(top).unwrap_or_else(|_| file.path());
        files.push((path.to_string_lossy().replace('\\', "/"), file.contents().to_vec()));
    }
    for dir in dir.dirs() {
        collect(dir, top, files);
    }
}

/// Writes the sample repository, checks it, prints what was found and what to do next.
///
/// # Errors
/// As [`write`].
pub fn run(common: &Common, directory: Option<PathBuf>) -> anyhow::Result<u8> {
    let started = Instant::now();
    let folder = directory.unwrap_or_else(default_folder);
    write(&folder, now())?;
    let shown = folder.display();
    say!("The sample repository is in {shown}: the servers of a small web shop, states and pillar, in git flow.\n");
    say!("  master           in production");
    say!("  develop          the next release; four commits since the feature branch started");
    say!("  release/1.5      being prepared");
    say!("  hotfix/1.4.1     done, not merged back into develop");
    say!("  feature/wishlist checked out: this is your branch\n");
    let common = Common { directory: Some(folder.clone()), ..common.clone() };
    let session = session::open(&common, &[])?;
    let report = session.drift(None)?;
    let all = check::findings(&session, report.as_ref(), &[])?;
    let places = Places::new(&session.analysis.world);
    say!("$ saltflow -C {shown} check\n");
    let done = Done::of(&session, Comparison::Usual, report.as_ref());
    print(&check::human(&all, &places, report.as_ref(), started.elapsed().as_secs_f64(), &done));
    print(&format!("\n{}", next_steps(&folder)));
    Ok(0)
}

fn next_steps(folder: &Path) -> String {
    let shown = folder.display();
    let drifting: &[(&str, &str)] = &[
        ("requisite-target-removed-upstream", "wishlist.sls requires a state that develop has renamed since"),
        ("include-removed-upstream", "wishlist.sls includes an SLS that develop has moved"),
        (
            "pillar-key-removed-upstream",
            "wishlist.sls reads, through webshop/map.jinja, a pillar key that develop has renamed",
        ),
        (
            "duplicate-id-after-merge",
            "config.sls declares an ID that develop has added, too: git merges both, Salt refuses both",
        ),
    ];
    let mut out = String::from("git merges develop without a conflict here, and the merged tree breaks the servers:\n");
    for (kind, why) in drifting {
        out.push_str(&format!("  {kind:34} {why}\n"));
    }
    out.push_str(&format!(
        "\nTry it in an editor (docs/editors.md tells how to set it up):\n  code {shown}\n  nvim {shown}/states/webshop/wishlist.sls\n  hx {shown}/states/webshop/wishlist.sls\n\nOr here:\n  saltflow -C {shown} drift\n  saltflow -C {shown} show webshop.wishlist --minion {shown}/minions/web1.json\n  saltflow -C {shown} pillar webshop --minion {shown}/minions/web1.json\n",
    ));
    out
}

/// Where the demo goes if no folder is given: a new name in the temporary folder.
#[must_use]
pub fn default_folder() -> PathBuf {
    let temporary = std::env::temp_dir();
    (0..1000)
        .map(|n| temporary.join(if n == 0 { "saltflow-demo".to_owned() } else { format!("saltflow-demo-{n}") }))
        .find(|path| !path.exists())
        .unwrap_or_else(|| temporary.join("saltflow-demo"))
}

/// Seconds since the epoch.
#[must_use]
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(0)
}
