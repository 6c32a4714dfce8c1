//! Turns worlds into meaning: one analysis per world, built on the one before, shared by all that
//! ask for the same world. Drift is found apart from it, and later: until then an analysis has what
//! was found before, carried over the edits. Knows nothing of LSP.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use history::{BaseRequest, RefsFingerprint};
use ide::Analysis;
use parking_lot::{Condvar, Mutex};
use world::{BlobId, Content, ContentSource, Memo, SaltPath, Stop, Stopped, TreeId, World};

use crate::carry::carry;
use crate::drift::{Comparer, DriftError, Report};
use crate::workspace::Workspace;

/// Analyses kept: the latest and the one before, for requests that were asked before the last edit.
const KEPT: usize = 2;

/// How often somebody who waits looks whether their own request was cancelled.
const LOOK_UP: Duration = Duration::from_millis(20);

/// Who waits for an analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// A person: the computation runs to its end.
    Asked,
    /// Nobody yet: it gives way to persons that ask for another world, with [`Stopped`].
    Background,
}

/// Holds the latest analyses of a workspace; computes one at a time.
pub struct Analyst {
    memo: Arc<Memo>,
    comparer: Comparer,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The latest last.
    kept: Vec<Arc<Analysis>>,
    /// What the next one is built on: the latest for which all texts were there.
    whole: Option<Arc<Analysis>>,
    running: Option<Running>,
    /// How many persons wait.
    waiting: usize,
    /// What was compared last.
    compared: Option<Arc<Compared>>,
}

/// Notes whether a text was gone when it was asked for: the disk has changed since it was read. What
/// follows from such a world answers only until the disk is read again.
struct Noting {
    below: Arc<dyn ContentSource>,
    missed: AtomicBool,
}

impl ContentSource for Noting {
    fn content(&self, path: &SaltPath, blob: BlobId) -> Option<Content> {
        let content = self.below.content(path, blob);
        if content.is_none() {
            self.missed.store(true, Ordering::Relaxed);
        }
        content
    }
}

/// Drift, and between what it was found.
struct Compared {
    world: World,
    /// Of each repository.
    refs: Vec<RefsFingerprint>,
    report: Arc<Report>,
}

/// `analysis` with the drift that was found last.
fn with_drift(analysis: &Analysis, compared: Option<&Compared>) -> Analysis {
    let analysis = analysis.clone();
    match compared {
        Some(compared) => {
            let drift = carry(&compared.report.drift, &compared.world, &analysis.world);
            analysis.with_drift(drift).with_upstream(compared.report.upstream.clone())
        }
        None => analysis,
    }
}

/// A computation under way.
struct Running {
    world: TreeId,
    /// Raised to make it give way, if it may be.
    gives_way: Option<Stop>,
}

impl Analyst {
    /// An analyst whose derived answers are kept in `memo`.
    #[must_use]
    pub fn new(memo: Arc<Memo>) -> Self {
        Self { memo, comparer: Comparer::default(), state: Mutex::default(), changed: Condvar::new() }
    }

    /// The meaning of `world`, for a person who waits for it.
    ///
    /// # Errors
    /// [`Stopped`] when `stop` is raised.
    pub fn analysis(&self, workspace: &Workspace, world: &World, stop: &Stop) -> Result<Arc<Analysis>, Stopped> {
        self.analysis_for(workspace, world, Urgency::Asked, stop)
    }

    /// The meaning of `world`. Costs nothing if it is among the latest, else in proportion to what
    /// changed; waits for a computation under way, as what that one finds is not sought again.
    ///
    /// # Errors
    /// [`Stopped`] when `stop` is raised, which [`Urgency::Background`] has happen to it, too, if a
    /// person asks for another world.
    pub fn analysis_for(
        &self,
        workspace: &Workspace,
        world: &World,
        urgency: Urgency,
        stop: &Stop,
    ) -> Result<Arc<Analysis>, Stopped> {
        let before = match self.turn(world.tree.id(), urgency, stop)? {
            Turn::Known(analysis) => return Ok(analysis),
            Turn::Mine(before) => before,
        };
        let turn = EndOfTurn(self);
        let (request, notes) = workspace.request(world, stop)?;
        let source = Arc::new(Noting { below: world.source.clone(), missed: AtomicBool::new(false) });
        let noted = World { tree: world.tree.clone(), source: source.clone() };
        let bare = Analysis::build(&noted, &self.memo, &request, before.as_deref(), notes, stop)?
            .with_salt_version(workspace.settings.salt_version.as_deref());
        let analysis = self.keep(&bare);
        if !source.missed.load(Ordering::Relaxed) {
            self.state.lock().whole = Some(analysis.clone());
        }
        drop(turn);
        Ok(analysis)
    }

    /// Keeps an analysis, with drift. Texts are compared outside of the lock, again if drift was found
    /// meanwhile.
    fn keep(&self, bare: &Analysis) -> Arc<Analysis> {
        loop {
            let compared = self.state.lock().compared.clone();
            let analysis = Arc::new(with_drift(bare, compared.as_deref()));
            let mut state = self.state.lock();
            let same = match (&state.compared, &compared) {
                (Some(now), Some(then)) => Arc::ptr_eq(now, then),
                (now, then) => now.is_none() && then.is_none(),
            };
            if !same {
                continue;
            }
            if state.kept.len() >= KEPT {
                state.kept.remove(0);
            }
            state.kept.push(analysis.clone());
            return analysis;
        }
    }

    /// Compares `world` with the base branch, unless neither it nor a branch has changed since the
    /// last time. Whether it was compared: then analyses have the new drift from now on.
    ///
    /// # Errors
    /// [`Stopped`] as in [`Urgency::Background`].
    pub fn compare(&self, workspace: &Workspace, world: &World, stop: &Stop) -> Result<bool, Stopped> {
        let base = workspace.settings.base.as_deref();
        let git = workspace.parts.iter().filter_map(|part| Some((part.repository.as_ref()?, part.base.as_deref())));
        let Ok(refs) = git.map(|(git, base)| git.refs_fingerprint(base.as_slice())).collect::<Result<Vec<_>, _>>()
        else {
            return Ok(false);
        };
        if refs.is_empty() {
            return Ok(false);
        }
        let is_known = |compared: &Arc<Compared>| compared.world.tree.id() == world.tree.id() && compared.refs == refs;
        if self.state.lock().compared.as_ref().is_some_and(is_known) {
            return Ok(false);
        }
        let analysis = self.analysis_for(workspace, world, Urgency::Background, stop)?;
        let request = base.map_or(BaseRequest::Rules, BaseRequest::Branch);
        let mut report = match self.comparer.compare(workspace, &analysis, request, stop) {
            Ok(report) => report.unwrap_or_default(),
            Err(DriftError::Stopped) => return Err(Stopped),
            Err(DriftError::History(error)) => {
                tracing::info!("drift is off: {error}");
                Report { notes: vec![format!("drift is off: {error}")], ..Report::default() }
            }
        };
        // The same branches stay behind the same pointer: what rests on them is not looked at again.
        let before = self.state.lock().compared.as_ref().and_then(|before| before.report.upstream.clone());
        if let (Some(now), Some(before)) = (&mut report.upstream, before)
            && now.is_as(&before)
        {
            *now = before;
        }
        let compared = Arc::new(Compared { world: world.clone(), refs, report: Arc::new(report) });
        let kept = self.state.lock().kept.clone();
        let kept: Vec<_> = kept.iter().map(|analysis| Arc::new(with_drift(analysis, Some(&compared)))).collect();
        let mut state = self.state.lock();
        state.compared = Some(compared);
        for analysis in &mut state.kept {
            let id = analysis.world.tree.id();
            if let Some(fresh) = kept.iter().find(|fresh| fresh.world.tree.id() == id) {
                *analysis = fresh.clone();
            }
        }
        Ok(true)
    }

    /// What was found when the working copy was compared last; `None`: it was not yet.
    #[must_use]
    pub fn report(&self) -> Option<Arc<Report>> {
        self.state.lock().compared.as_ref().map(|compared| compared.report.clone())
    }

    /// Waits until the analysis of `world` is there or nobody else computes.
    fn turn(&self, world: TreeId, urgency: Urgency, stop: &Stop) -> Result<Turn, Stopped> {
        let mut state = self.state.lock();
        loop {
            stop.check()?;
            if let Some(known) = state.kept.iter().find(|analysis| analysis.world.tree.id() == world) {
                return Ok(Turn::Known(known.clone()));
            }
            match &state.running {
                None if urgency == Urgency::Asked || state.waiting == 0 => break,
                Some(Running { world: other, gives_way: Some(stop) })
                    if urgency == Urgency::Asked && *other != world =>
                {
                    stop.raise();
                }
                _ => {}
            }
            let asked = usize::from(urgency == Urgency::Asked);
            state.waiting += asked;
            self.changed.wait_for(&mut state, LOOK_UP);
            state.waiting -= asked;
        }
        let gives_way = (urgency == Urgency::Background).then(|| stop.clone());
        state.running = Some(Running { world, gives_way });
        Ok(Turn::Mine(state.whole.clone()))
    }
}

/// How a wait for an analysis ended.
enum Turn {
    /// It is there.
    Known(Arc<Analysis>),
    /// It is to be computed, from the latest whole one.
    Mine(Option<Arc<Analysis>>),
}

/// Lets the next one compute, also after a panic.
struct EndOfTurn<'a>(&'a Analyst);

impl Drop for EndOfTurn<'_> {
    fn drop(&mut self) {
        self.0.state.lock().running = None;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source in which every text is gone.
    struct Gone;

    impl ContentSource for Gone {
        fn content(&self, _: &SaltPath, _: BlobId) -> Option<Content> {
            None
        }
    }

    #[test]
    fn nothing_is_built_on_texts_that_were_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let workspace = Workspace::open(folder.path(), crate::workspace::Options::default()).expect("it opens");
        let analyst = Analyst::new(Arc::new(Memo::new()));
        let path = SaltPath::new("web.sls").expect("a path");
        let declares = |world: &World| {
            let analysis = analyst.analysis(&workspace, world, &Stop::new()).expect("nobody stops it");
            analysis.catalog.views.first().and_then(|view| view.facts(&path).map(|facts| facts.declarations.len()))
        };
        let before = World::in_memory([("web.sls", "web:\n  pkg.installed: []\n")]);
        let after = World::in_memory([("web.sls", "changed:\n  pkg.installed: []\n")]);
        assert_eq!(declares(&World { tree: before.tree.clone(), source: Arc::new(Gone) }), Some(0));
        assert_eq!(declares(&after), Some(1));
    }

    #[test]
    fn an_edit_leaves_the_branches_it_is_compared_with_as_they_were() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("webshop");
        crate::cli::demo::write(&root, 1_700_000_000).expect("the sample");
        let workspace = Workspace::open(&root, crate::workspace::Options::default()).expect("it opens");
        let analyst = Analyst::new(workspace.memo.clone());
        let analysis_of = |world: &World| {
            analyst.analysis(&workspace, world, &Stop::new()).expect("nobody stops it");
            analyst.compare(&workspace, world, &Stop::new()).expect("nobody stops it");
            analyst.analysis(&workspace, world, &Stop::new()).expect("nobody stops it")
        };
        let before = analysis_of(&workspace.disk);
        assert!(before.upstream.is_some());
        let path = SaltPath::new("states/webshop/more.sls").expect("a path");
        let first = analysis_of(&workspace.disk.with(&path, Some(b"a:\n  test.nop:\n    - name: a\n")));
        let other = analysis_of(&workspace.disk.with(&path, Some(b"a:\n  test.nop:\n    - comment: b\n")));
        for after in [&first, &other] {
            let same = before.upstream.iter().zip(&after.upstream).all(|(a, b)| Arc::ptr_eq(a, b));
            assert!(same, "the same branches");
        }
    }

    #[test]
    fn nothing_is_compared_again_where_nothing_moved() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("webshop");
        crate::cli::demo::write(&root, 1_700_000_000).expect("the sample");
        let workspace = Workspace::open(&root, crate::workspace::Options::default()).expect("it opens");
        let analyst = Analyst::new(workspace.memo.clone());
        let compared = |world: &World| analyst.compare(&workspace, world, &Stop::new()).expect("nobody stops it");
        assert!(compared(&workspace.disk));
        assert!(!compared(&workspace.disk), "the same files, the same branches");
        let path = SaltPath::new("states/webshop/wishlist.sls").expect("a path");
        let edited = workspace.disk.with(&path, Some(b"a: test.nop\n"));
        assert!(compared(&edited));
        assert!(compared(&workspace.disk), "undone");
        assert!(!compared(&workspace.disk.clone()));
    }

    fn world(text: &str) -> TreeId {
        World::in_memory([("web.sls", text)]).tree.id()
    }

    fn is_mine(turn: Result<Turn, Stopped>) -> bool {
        matches!(turn, Ok(Turn::Mine(_)))
    }

    #[test]
    fn the_background_gives_way_to_persons_and_they_to_nobody() {
        for (first, gives_way) in [(Urgency::Background, true), (Urgency::Asked, false)] {
            let analyst = Analyst::new(Arc::new(Memo::new()));
            let stop = Stop::new();
            assert!(is_mine(analyst.turn(world("a"), first, &stop)));
            let running = EndOfTurn(&analyst);
            std::thread::scope(|scope| {
                let person = scope.spawn(|| is_mine(analyst.turn(world("b"), Urgency::Asked, &Stop::new())));
                while analyst.state.lock().waiting == 0 {
                    std::thread::yield_now();
                }
                assert_eq!(stop.check().is_err(), gives_way);
                drop(running);
                assert!(person.join().expect("no panic"));
            });
        }
    }

    #[test]
    fn who_asks_for_the_same_world_lets_it_be_finished() {
        let analyst = Analyst::new(Arc::new(Memo::new()));
        let (stop, cancelled) = (Stop::new(), Stop::new());
        assert!(is_mine(analyst.turn(world("a"), Urgency::Background, &stop)));
        std::thread::scope(|scope| {
            let person = scope.spawn(|| analyst.turn(world("a"), Urgency::Asked, &cancelled).is_err());
            while analyst.state.lock().waiting == 0 {
                std::thread::yield_now();
            }
            assert_eq!(stop.check(), Ok(()));
            // and a cancelled request does not wait for it
            cancelled.raise();
            assert!(person.join().expect("no panic"));
        });
    }
}
