//! What every command starts with: the folder opened and read, with a progress bar where a person
//! waits for it.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use ide::Analysis;
use indicatif::{ProgressBar, ProgressStyle};
use model::Catalog;
use model::censor::Censor;
use world::{SaltPath, Stop, Stopped};

use crate::analyst::Analyst;
use crate::cli::args::Common;
use crate::cli::asked::UNDONE;
use crate::cli::check::base_request;
use crate::cli::print::{hidden, hide_from_now_on};
use crate::drift::{Comparer, Report};
use crate::workspace::{self, Options, Workspace};

/// An opened and analysed folder.
pub struct Session {
    /// The folder.
    pub workspace: Workspace,
    /// Its files' meaning.
    pub analysis: Arc<Analysis>,
    /// The folder that paths of the command line are relative to.
    pub start: PathBuf,
    /// Settings and profiles that are not used though somebody asked for them, ready to print.
    pub undone: Vec<String>,
    /// Its secrets; `None`: they are to be revealed.
    pub censor: Option<Arc<Censor>>,
}

impl Session {
    /// How many SLS are read in it.
    #[must_use]
    pub fn sls(&self) -> usize {
        self.sls_below(&SaltPath::root())
    }

    /// How many of them are below `folder`, itself counted.
    #[must_use]
    pub fn sls_below(&self, folder: &SaltPath) -> usize {
        let layout = &self.analysis.catalog.layout;
        let is_sls = |path: &&SaltPath| path.name().ends_with(".sls") && layout.kind_of(path).is_some();
        layout.files.iter().filter(|path| path.below(folder).is_some()).filter(is_sls).count()
    }

    /// The exit status of a command that came to `status`: 2 where settings or profiles that count were
    /// not used. They were told when the session was opened.
    #[must_use]
    pub fn status(&self, status: u8) -> u8 {
        if self.undone.is_empty() { status } else { UNDONE }
    }

    /// Drift from the branch that `base`, the settings or git flow's rules name. `None`: no git.
    ///
    /// # Errors
    /// There is no such branch, or the repository cannot be read.
    pub fn drift(&self, base: Option<&str>) -> anyhow::Result<Option<Report>> {
        let progress = progress("comparing branches");
        let request = base_request(base, self.workspace.settings.base.as_deref());
        let report = Comparer::default().compare(&self.workspace, &self.analysis, request, &Stop::new());
        let report = report?;
        let upstream = report.as_ref().and_then(|report| report.upstream.as_ref());
        if let Some(upstream) = upstream.filter(|_| self.censor.is_some()) {
            let theirs = &upstream.theirs;
            hide_from_now_on(Arc::new(Censor::of(
                &theirs.world,
                &theirs.catalog,
                &[],
                &self.workspace.settings.secrets,
            )));
        }
        progress.finish_and_clear();
        Ok(report)
    }
}

/// Opens the folder that `common` names and reads it under the profiles `minions` (none: the
/// settings').
///
/// # Errors
/// The folder, a profile or a root of the command line cannot be used.
pub fn open(common: &Common, minions: &[PathBuf]) -> anyhow::Result<Session> {
    open_with(common, minions, Options::default(), &[])
}

/// As [`open`], with what holds for every minion beside what the profiles add.
///
/// # Errors
/// As [`open`].
pub fn open_whole(common: &Common, minions: &[PathBuf]) -> anyhow::Result<Session> {
    open_with(common, minions, Options { structural: true, ..Options::default() }, &[])
}

/// As [`open`]; every SLS below the state roots is a state SLS, even if its folder is
/// called `reactor` or `pillar`: what `state.show_sls` makes of it. Of the SLS in `shown`
/// nothing but themselves and what they include is read; all are if none is named.
///
/// # Errors
/// As [`open`].
pub fn open_as(common: &Common, minions: &[PathBuf], shown: &[String]) -> anyhow::Result<Session> {
    open_with(common, minions, Options { as_states: true, ..Options::default() }, shown)
}

fn open_with(common: &Common, minions: &[PathBuf], options: Options, shown: &[String]) -> anyhow::Result<Session> {
    let start = match &common.directory {
        Some(directory) => directory.clone(),
        None => std::env::current_dir().context("cannot tell the current folder")?,
    };
    let profiles = minions.iter().map(|minion| Ok(Arc::new(workspace::read_profile(minion)?)));
    let profiles: Vec<_> = profiles.collect::<Result<_, workspace::OpenError>>()?;
    for root in common.state_root.iter().chain(&common.pillar_root) {
        let folder = root.split_once('=').map_or(root.as_str(), |(_, folder)| folder);
        if !start.join(folder).is_dir() {
            return Err(anyhow!("there is no folder {folder} in {}", start.display()));
        }
    }
    let mut common = common.clone();
    if let Some(file) = &mut common.pillar_file {
        *file = match std::fs::canonicalize(start.join(&file)) {
            Ok(found) if found.is_file() => found,
            _ => return Err(anyhow!("there is no pillar file {}", file.display())),
        };
    }
    if let Some(file) = common.config.as_ref().filter(|file| !file.is_file()) {
        return Err(anyhow!("there are no settings {}", file.display()));
    }
    let options = Options { common, minions: profiles, ..options };
    let progress = progress("reading files");
    let workspace = Workspace::open(&start, options)?;
    for note in &workspace.notes {
        anstream::eprintln!("saltflow: {}", crate::escape::terminal(note, 2_000));
    }
    progress.set_message(format!("rendering {} files", workspace.disk.tree.len()));
    let analysis = if shown.is_empty() {
        Analyst::new(workspace.memo.clone()).analysis(&workspace, &workspace.disk, &Stop::new())
    } else {
        some(&workspace, shown)
    };
    let analysis = analysis.map_err(|Stopped| anyhow!("interrupted"))?;
    let censor =
        (!workspace.reveal()).then(|| Arc::new(crate::secrets::censor(&analysis, &workspace.settings.secrets)));
    if let Some(censor) = &censor {
        hide_from_now_on(censor.clone());
    }
    progress.finish_and_clear();
    for note in &analysis.notes {
        anstream::eprintln!("saltflow: {}", hidden(&crate::escape::terminal(note, 2_000)));
    }
    let not_used = workspace.notes.iter().filter(|note| !workspace.git_off.contains(note));
    let undone = not_used.chain(&analysis.notes).cloned().collect();
    // A command ends the process: taking a large tree apart node by node only to give its memory back
    // would be a tenth of its time.
    std::mem::forget(analysis.clone());
    Ok(Session { workspace, analysis, start, undone, censor })
}

/// The meaning of the SLS `names` and what they include.
fn some(workspace: &Workspace, names: &[String]) -> Result<Arc<Analysis>, Stopped> {
    let (world, stop) = (&workspace.disk, Stop::new());
    let (request, notes) = workspace.request(world, &stop)?;
    let catalog = Catalog::of_sls(world, &workspace.memo, &stop, &request, names)?;
    Ok(Arc::new(Analysis::of(catalog, world, &workspace.memo, &request, notes)))
}

/// A spinner on stderr where a person looks at it, shown only if the work takes a while.
pub fn progress(message: &'static str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(message);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}
