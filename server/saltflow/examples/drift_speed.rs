//! How long drift takes in a large repository: generates one of 10,000 SLS with two branches that changed
//! 100 files each, and measures what comes on top of the index. Times are the best of several runs.
//!
//! `cargo run --release --example drift_speed -- [--sls 10000] [--changed 100] [--runs 10] FOLDER`
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a tool for developers: it makes a repository with git"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, anyhow, ensure};
use clap::Parser;
use compare::{Drift, Sides};
use history::{Repository, Scope};
use model::{Catalog, Request};
use world::{Memo, SaltPath, Stop, World};

/// Measures drift in a generated repository
#[derive(Parser)]
struct Words {
    /// An empty folder
    folder: PathBuf,
    /// SLS files
    #[arg(long, default_value_t = 10_000)]
    sls: usize,
    /// Files that each branch changes
    #[arg(long, default_value_t = 100)]
    changed: usize,
    /// Runs of which the best counts
    #[arg(long, default_value_t = 10)]
    runs: usize,
}

/// One SLS, of about the size and with about the Jinja of real ones.
fn sls(n: usize, all: usize, edit: &str) -> String {
    let next = (n * 7 + 1) % all;
    format!(
        "# service {n}\n{{% set name = 'svc{n}' %}}\n{{% set conf = salt['pillar.get']('services:svc{n}', {{}}) %}}\n\
         include:\n  - group{}.svc{next}\n\nsvc{n}_pkg:\n  pkg.installed:\n    - name: {{{{ name }}}}{edit}\n\n\
         svc{n}_conf:\n  file.managed:\n    - name: /etc/{{{{ name }}}}.conf\n    - mode: '0644'\n    - contents: |\n        \
         port = {{{{ conf.get('port', {n}) }}}}\n    - require:\n      - pkg: svc{n}_pkg\n\n\
         {{% if grains['os_family'] == 'Debian' %}}\nsvc{n}_repo:\n  pkgrepo.managed:\n    - name: deb https://example.org/{n} stable main\n    \
         - require_in:\n      - pkg: svc{n}_pkg\n{{% endif %}}\n\nsvc{n}_service:\n  service.running:\n    - name: {{{{ name }}}}\n    \
         - enable: true\n    - watch:\n      - file: svc{n}_conf\n      - pkg: svc{next}_pkg\n",
        next % 100
    )
}

/// A commit for `git fast-import`: files with their texts.
fn commit(branch: &str, mark: usize, files: &[(String, String)]) -> String {
    let mut text = format!(
        "commit refs/heads/{branch}\nmark :{mark}\ncommitter Ada <ada@example.org> 1700000000 +0000\ndata 4\nwork\n"
    );
    if mark > 1 {
        text += "from :1
";
    }
    for (path, content) in files {
        _ = write!(text, "M 100644 inline {path}\ndata {}\n{content}\n", content.len());
    }
    text
}

fn generate(folder: &Path, words: &Words) -> anyhow::Result<()> {
    let path = |n: usize| format!("states/group{}/svc{n}.sls", n % 100);
    let all: Vec<(String, String)> = (0..words.sls).map(|n| (path(n), sls(n, words.sls, ""))).collect();
    let top = "base:\n  '*':\n".to_owned() + &(0..100).map(|n| format!("    - group{n}.svc{n}\n")).collect::<String>();
    let mut base = all;
    base.push(("states/top.sls".to_owned(), top));
    let pillar: String = (0..words.sls).map(|n| format!("  svc{n}: {{port: {n}}}\n")).collect();
    base.push(("pillar/services.sls".to_owned(), format!("services:\n{pillar}")));
    base.push(("pillar/top.sls".to_owned(), "base:\n  '*': [services]\n".to_owned()));
    let side = |first: usize, edit: &str| -> Vec<(String, String)> {
        (0..words.changed).map(|n| (n * 97 + first) % words.sls).map(|n| (path(n), sls(n, words.sls, edit))).collect()
    };
    let mut stream = commit("develop", 1, &base);
    stream += &commit("feature", 2, &side(0, "\n    - version: 1"));
    stream += &commit("develop", 3, &side(50, "\n    - refresh: true"));
    stream += &commit("moved", 4, &side(20, "\n    - hold: true"));
    std::fs::create_dir_all(folder)?;
    let git = |words: &[&str]| Command::new("git").arg("-C").arg(folder).args(words).status();
    ensure!(git(&["init", "-q", "-b", "develop"])?.success(), "git init");
    let mut import =
        Command::new("git").arg("-C").arg(folder).args(["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn()?;
    import.stdin.take().context("its input")?.write_all(stream.as_bytes())?;
    ensure!(import.wait()?.success(), "git fast-import");
    ensure!(git(&["checkout", "-q", "-f", "feature"])?.success(), "git checkout");
    Ok(())
}

fn catalog(world: &World, memo: &Memo, before: Option<&Catalog>) -> anyhow::Result<Catalog> {
    Catalog::build(world, memo, &Stop::new(), &Request::default(), before).map_err(|_| anyhow!("interrupted"))
}

/// Drift of `ours` against a branch, with the time of each step.
fn drift(
    folder: &Path,
    branch: &str,
    (world, index, memo): (&World, &Catalog, &Memo),
    steps: &mut Vec<(&'static str, f64)>,
) -> anyhow::Result<Drift> {
    let mut last = Instant::now();
    let mut step = |name| {
        steps.push((name, last.elapsed().as_secs_f64() * 1e3));
        last = Instant::now();
    };
    let repository = Repository::discover(folder)?.context("a repository")?;
    let scope = Scope::new(SaltPath::root(), &[])?;
    let (ours, theirs) = (repository.resolve("feature")?, repository.resolve(branch)?);
    let bases = repository.merge_bases(ours, theirs)?;
    step("open");
    let base_world = repository.base_world(&bases, &scope, Some(&world.tree))?;
    let their_world = match bases.as_slice() {
        [base] => repository.world_beside(theirs, &scope, (*base, &base_world))?,
        _ => repository.world_at(theirs, &scope, Some(&world.tree))?,
    };
    step("worlds");
    let base = catalog(&base_world, memo, Some(index))?;
    step("base");
    let there = catalog(&their_world, memo, Some(index))?;
    step("theirs");
    let merged = merge::merge(&base_world, world, &their_world);
    let after = catalog(&merged.world, memo, Some(index))?;
    step("merge");
    let renames = [history::renames(&base_world, world), history::renames(&base_world, &their_world)];
    step("renames");
    let sides = Sides {
        base: &base,
        ours: index,
        theirs: &there,
        base_world: &base_world,
        ours_world: world,
        theirs_world: &their_world,
        ours_renames: &renames[0],
        theirs_renames: &renames[1],
        conflicts: &merged.conflicts,
        base_name: branch,
        two_way: false,
        mounts: &[],
        merge: Some(compare::Merge { catalog: &after, world: &merged.world, conflicts: &merged.conflicts }),
    };
    let drift = compare::compare(&sides, &Stop::new()).map_err(|_| anyhow!("interrupted"))?;
    step("compare");
    drop((base, there));
    step("drop");
    Ok(drift)
}

fn main() -> anyhow::Result<()> {
    let words = Words::parse();
    if !words.folder.join(".git").exists() {
        generate(&words.folder, &words)?;
    }
    let repository = Repository::discover(&words.folder)?.context("a repository")?;
    let scope = Scope::new(SaltPath::root(), &[])?;
    let world = repository.world_at(repository.resolve("feature")?, &scope, None)?;
    let mut best: [Vec<(&str, f64)>; 2] = Default::default();
    let sum = |steps: &[(&str, f64)]| steps.iter().map(|(_, time)| time).sum::<f64>();
    let mut index_time = f64::MAX;
    let mut facts = 0;
    for _ in 0..words.runs {
        let memo = Memo::new();
        let started = Instant::now();
        let index = catalog(&world, &memo, None)?;
        index_time = index_time.min(started.elapsed().as_secs_f64() * 1e3);
        // Cold, then after develop has moved.
        for (n, branch) in ["develop", "moved"].into_iter().enumerate() {
            let mut steps = Vec::new();
            facts = drift(&words.folder, branch, (&world, &index, &memo), &mut steps)?.facts.len();
            if best[n].is_empty() || sum(&steps) < sum(&best[n]) {
                best[n] = steps;
            }
        }
    }
    println!("{} SLS, {} changed on each side, {facts} facts; index {index_time:.0} ms", words.sls, words.changed);
    for (name, steps) in ["cold", "after develop moved"].iter().zip(&best) {
        let parts: Vec<String> = steps.iter().map(|(step, time)| format!("{step} {time:.1}")).collect();
        println!("{name}: {:.1} ms ({})", sum(steps), parts.join(", "));
    }
    Ok(())
}
