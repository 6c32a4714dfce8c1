//! What differs between one minion's highstates.

use std::collections::BTreeSet;

use model::{Closure, Compiled, Facts, View};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;
use world::{Memo, Reader, SaltPath, Stop, Stopped};

use crate::chunks::{Chunk, of_files, of_low};
use crate::minions::{Minion, Named};
use crate::secrets::Secrets;
use crate::{Action, Argument, Change, Group, Ignore, Side, contents, risks};

/// States of another order that are named.
const MAX_REORDERED: usize = 20;
/// Pillar keys that are told.
const MAX_KEYS: usize = 200;

/// What is needed to compare minions.
pub(crate) struct Work<'a> {
    pub(crate) before: Side<'a>,
    pub(crate) after: Side<'a>,
    pub(crate) memo: &'a Memo,
    pub(crate) stop: &'a Stop,
    pub(crate) secrets: &'a Secrets,
    pub(crate) ignore: &'a Ignore,
}

/// A minion's highstate in one world.
struct Highstate {
    closure: Closure,
    /// What it runs; known wholly or not.
    chunks: Vec<Chunk>,
    whole: bool,
    errors: Vec<String>,
}

impl Work<'_> {
    pub(crate) fn minion(&self, minion: &Minion<'_>) -> Result<Group, Stopped> {
        let mut group = Group { minions: vec![minion.name.clone()], profiles: minion.profile, ..Group::default() };
        let closures = [0, 1].map(|n| closure(minion.views[n], &minion.named[n]));
        let names = closures.each_ref().map(|closure| sls_of(minion, closure));
        group.lost = names[0].difference(&names[1]).cloned().collect();
        group.gained = names[1].difference(&names[0]).cloned().collect();
        let [first, second] = closures;
        if group.lost.is_empty() && group.gained.is_empty() && self.is_same(minion, &first, &second) {
            group.states = second.files.keys().filter_map(|path| minion.views[1].facts(path)).map(count).sum();
            return Ok(group);
        }
        let mut one = self.highstate(minion, 0, first)?;
        let mut two = self.highstate(minion, 1, second)?;
        if !(one.whole && two.whole) {
            self.declared(minion, &mut one, &mut two);
            self.unknown(minion, [&one, &two], &mut group);
        }
        group.errors = two.errors.iter().filter(|error| !one.errors.contains(error)).cloned().collect();
        group.states = two.chunks.len();
        self.compare(minion, &one, &two, &mut group);
        if minion.profile {
            self.pillar(minion, &mut group)?;
        }
        Ok(group)
    }

    fn side(&self, n: usize) -> Side<'_> {
        if n == 0 { self.before } else { self.after }
    }

    /// Whether nothing that the minion runs, or serves, differs: then nothing needs to be compiled.
    fn is_same(&self, minion: &Minion<'_>, one: &Closure, two: &Closure) -> bool {
        if minion.named[0] != minion.named[1] || !one.files.keys().eq(two.files.keys()) {
            return false;
        }
        let same = |path: &SaltPath| match (minion.views[0].facts(path), minion.views[1].facts(path)) {
            (Some(a), Some(b)) => std::sync::Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        let served = |path: &SaltPath| {
            let facts = minion.views[1].facts(path);
            facts.into_iter().flat_map(|facts| &facts.salt_files).flat_map(|file| &file.targets).all(|target| {
                let entry = |n: usize| self.side(n).world.tree.get(target);
                let folder =
                    |n: usize| self.side(n).world.tree.below(target).map(|(path, entry)| (path.clone(), *entry));
                entry(0) == entry(1) && (entry(0).is_some() || folder(0).eq(folder(1)))
            })
        };
        let tree = |n: usize| &self.side(n).world.tree;
        tree(0).id() == tree(1).id() || one.files.keys().all(|path| same(path) && served(path))
    }

    fn highstate(&self, minion: &Minion<'_>, n: usize, closure: Closure) -> Result<Highstate, Stopped> {
        let view = minion.views[n];
        let reader = Reader::new(self.side(n).world, self.memo, self.stop);
        let compiled: Compiled = model::compile_highstate(view, &reader, &minion.named[n])?;
        let mut errors: Vec<String> = compiled.errors.iter().map(|problem| problem.message.clone()).collect();
        for facts in compiled.files.iter().filter_map(|path| view.facts(path)) {
            let refused = facts.problems.iter().filter(|problem| problem.certain);
            errors.extend(refused.map(|problem| format!("{}: {}", facts.path, problem.message)));
        }
        let errors: Vec<String> = errors.iter().map(|error| self.secrets.hidden(error)).collect();
        let whole = !compiled.partial && errors.is_empty() && !minion.partial;
        let chunks = if whole { of_low(view, &compiled) } else { Vec::new() };
        Ok(Highstate { closure, chunks, whole, errors })
    }

    /// Where not all is known: what the files declare, as far as they differ.
    fn declared(&self, minion: &Minion<'_>, one: &mut Highstate, two: &mut Highstate) {
        let facts = |n: usize, state: &Highstate| -> Vec<std::sync::Arc<Facts>> {
            state.closure.files.keys().filter_map(|path| minion.views[n].facts(path).cloned()).collect()
        };
        let (old, new) = (facts(0, one), facts(1, two));
        one.chunks = of_files(old.iter().map(AsRef::as_ref));
        two.chunks = of_files(new.iter().map(AsRef::as_ref));
        (one.whole, two.whole) = (false, false);
    }

    /// What may change without being told.
    fn unknown(&self, minion: &Minion<'_>, states: [&Highstate; 2], group: &mut Group) {
        let differs = |path: &SaltPath| {
            let blob = |n: usize| self.side(n).world.tree.get(path).map(|entry| entry.blob);
            blob(0) != blob(1)
        };
        let view = minion.views[1];
        for (path, reached) in &states[1].closure.files {
            let Some(facts) = view.facts(path) else { continue };
            if !facts.rendered.complete && differs(path) {
                group.unknown.push(format!("{path} changed, and what it declares is not known"));
            }
            if !reached.certain && differs(path) && !states[0].closure.files.get(path).is_some_and(|old| old.certain) {
                group.unknown.push(format!("{path} changed; whether these minions run it is not known"));
            }
        }
        if minion.partial && minion.named[0] != minion.named[1] {
            group.unknown.push("something unknown decides what else the top file gives".to_owned());
        }
    }

    fn compare(&self, minion: &Minion<'_>, one: &Highstate, two: &Highstate, group: &mut Group) {
        let pairs = pair_up(&one.chunks, &two.chunks);
        for pair in &pairs {
            let change = match pair {
                (Some(old), Some(new)) => self.changed(minion, old, new),
                (Some(old), None) => Some(self.single(Action::Remove, old)),
                (None, Some(new)) => Some(self.single(Action::Add, new)),
                (None, None) => None,
            };
            let chunk = pair.1.or(pair.0);
            let (Some(mut change), Some(chunk)) = (change, chunk) else { continue };
            if Ignore::has(&self.ignore.states, &change.id) {
                continue;
            }
            change.risks = risks::of(&change, chunk, &two.chunks);
            group.changes.push(change);
        }
        if one.whole && two.whole {
            group.reordered = reordered(&one.chunks, &two.chunks);
        }
    }

    fn single(&self, action: Action, chunk: &Chunk) -> Change {
        let argument = |(name, value): (&String, &Value)| {
            let value = Some(self.secrets.value(name, value));
            let (old, new) = if action == Action::Add { (None, value) } else { (value, None) };
            Argument { name: name.clone(), old, new }
        };
        Change {
            action,
            function: format!("{}.{}", chunk.module, chunk.function),
            id: self.secrets.hidden(&chunk.id),
            old_id: None,
            name: self.secrets.hidden(&chunk.name),
            sls: chunk.sls.clone(),
            place: chunk.place.clone(),
            arguments: chunk.arguments.iter().map(argument).collect(),
            contents: Vec::new(),
            when: self.secrets.hidden(&chunk.when),
            risks: Vec::new(),
            cause: None,
        }
    }

    fn changed(&self, minion: &Minion<'_>, old: &Chunk, new: &Chunk) -> Option<Change> {
        let mut arguments = Vec::new();
        let mut differ = |name: &str, one: Option<Value>, two: Option<Value>| {
            let full = format!("{}.{}.{name}", new.module, new.function);
            if one != two && !Ignore::has(&self.ignore.arguments, &full) {
                let hide = |value: Option<Value>| value.map(|value| self.secrets.value(name, &value));
                let (one, two) = (hide(one), hide(two));
                // Two secrets that look alike differ still.
                let (old, new) =
                    if one == two { (Some("***".into()), Some("*** (changed)".into())) } else { (one, two) };
                arguments.push(Argument { name: name.to_owned(), old, new });
            }
        };
        let text = |text: &str| Some(Value::String(text.to_owned()));
        differ("function", text(&old.function), text(&new.function));
        // Without a name of its own a state is called as its ID: a new ID is told as such.
        if (old.name != old.id || new.name != new.id) && old.name != new.name {
            differ("name", text(&old.name), text(&new.name));
        }
        if old.when != new.when {
            let or_always = |when: &str| if when.is_empty() { "always".to_owned() } else { when.to_owned() };
            differ("(when)", text(&or_always(&old.when)), text(&or_always(&new.when)));
        }
        let keys: BTreeSet<&String> = old.arguments.keys().chain(new.arguments.keys()).collect();
        for key in keys {
            differ(key, old.arguments.get(key).cloned(), new.arguments.get(key).cloned());
        }
        let worlds = [self.before.world, self.after.world];
        let contents = contents::changed([old, new], minion.views, worlds, self.secrets);
        let renamed = old.id != new.id;
        if arguments.is_empty() && contents.is_empty() && !renamed {
            return None;
        }
        let action =
            if renamed && arguments.is_empty() && contents.is_empty() { Action::Rename } else { Action::Change };
        let mut change = self.single(action, new);
        change.arguments = arguments;
        change.contents = contents;
        change.old_id = renamed.then(|| self.secrets.hidden(&old.id));
        Some(change)
    }

    /// The pillar keys that differ.
    fn pillar(&self, minion: &Minion<'_>, group: &mut Group) -> Result<(), Stopped> {
        let mut leaves: [Vec<(String, Value)>; 2] = [Vec::new(), Vec::new()];
        for (n, found) in leaves.iter_mut().enumerate() {
            let reader = Reader::new(self.side(n).world, self.memo, self.stop);
            let pillar = render::pillar(&reader, &minion.views[n].minion)?;
            collect(&model::plain(&pillar.data).0, "", 0, found);
        }
        let [old, new] = leaves.map(|found| found.into_iter().collect::<FxHashMap<String, Value>>());
        let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
        keys.sort();
        keys.dedup();
        for key in keys.into_iter().filter(|key| old.get(*key) != new.get(*key)).take(MAX_KEYS) {
            let hide = |value: Option<&Value>| value.map(|value| self.secrets.value(key, value));
            let (one, two) = (hide(old.get(key)), hide(new.get(key)));
            let (one, two) = if one == two { (Some("***".into()), Some("*** (changed)".into())) } else { (one, two) };
            group.pillar.push(Argument { name: self.secrets.hidden(key), old: one, new: two });
        }
        Ok(())
    }
}

/// The leaves of plain data by their paths.
fn collect(value: &Value, path: &str, depth: usize, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(map) if !map.is_empty() && depth < 20 && !map.keys().any(|key| key.starts_with('!')) => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}:{key}") };
                collect(value, &path, depth + 1, found);
            }
        }
        _ => found.push((path.to_owned(), value.clone())),
    }
}

fn count(facts: &std::sync::Arc<Facts>) -> usize {
    facts.declarations.iter().map(|declaration| declaration.states.len()).sum()
}

/// All that runs for what the top file names.
fn closure(view: &View, named: &Named) -> Closure {
    let roots = named.iter().flat_map(|(env, names)| {
        names.iter().flat_map(move |name| view.sls(model::Slot::Sls, Some(env), &render::Pattern::literal(name)))
    });
    view.closure_of(roots.collect::<Vec<_>>())
}

fn sls_of(minion: &Minion<'_>, closure: &Closure) -> BTreeSet<String> {
    let name = |path: &SaltPath| {
        let facts = minion.views.iter().rev().find_map(|view| view.facts(path));
        facts.and_then(|facts| facts.names.first()).map(|(_, name)| name.to_string())
    };
    closure.files.keys().filter_map(name).collect()
}

type Pair<'c> = (Option<&'c Chunk>, Option<&'c Chunk>);

/// Which state of one highstate is which of the other: the same ID and function's module, and name where an
/// ID has several; else the same body under another ID.
fn pair_up<'c>(old: &'c [Chunk], new: &'c [Chunk]) -> Vec<Pair<'c>> {
    let mut by_key: FxHashMap<(&str, &str, &str), Vec<usize>> = FxHashMap::default();
    let mut by_id: FxHashMap<(&str, &str), Vec<usize>> = FxHashMap::default();
    for (n, chunk) in old.iter().enumerate() {
        by_key.entry((&chunk.id, &chunk.module, &chunk.name)).or_default().push(n);
        by_id.entry((&chunk.id, &chunk.module)).or_default().push(n);
    }
    let mut taken: FxHashSet<usize> = FxHashSet::default();
    let mut partner: Vec<Option<usize>> = vec![None; new.len()];
    let take = |candidates: Option<&Vec<usize>>, chunk: &Chunk, taken: &mut FxHashSet<usize>| {
        let free = candidates.into_iter().flatten().copied().filter(|n| !taken.contains(n));
        // Of arms of a condition the one under the same condition.
        let best =
            free.clone().find(|n| old.get(*n).is_some_and(|other| other.when == chunk.when && other.sls == chunk.sls));
        let found = best.or_else(|| free.clone().next());
        taken.extend(found);
        found
    };
    for (at, chunk) in partner.iter_mut().zip(new) {
        *at = take(by_key.get(&(chunk.id.as_str(), chunk.module.as_str(), chunk.name.as_str())), chunk, &mut taken);
    }
    for (at, chunk) in partner.iter_mut().zip(new).filter(|(at, _)| at.is_none()) {
        *at = take(by_id.get(&(chunk.id.as_str(), chunk.module.as_str())), chunk, &mut taken);
    }
    // What it is about is its name, whether that is written out or is the ID.
    let body = |chunk: &Chunk| format!("{}.{} {} {:?}", chunk.module, chunk.function, chunk.name, chunk.arguments);
    let mut by_body: FxHashMap<String, Vec<usize>> = FxHashMap::default();
    for (n, chunk) in old.iter().enumerate().filter(|(n, _)| !taken.contains(n)) {
        by_body.entry(body(chunk)).or_default().push(n);
    }
    for (at, chunk) in partner.iter_mut().zip(new).filter(|(at, _)| at.is_none()) {
        if let Some([only]) = by_body.get(&body(chunk)).map(Vec::as_slice)
            && taken.insert(*only)
        {
            *at = Some(*only);
        }
    }
    let mut pairs: Vec<Pair<'c>> =
        partner.iter().zip(new).map(|(at, chunk)| (at.and_then(|n| old.get(n)), Some(chunk))).collect();
    pairs.extend(old.iter().enumerate().filter(|(n, _)| !taken.contains(n)).map(|(_, chunk)| (Some(chunk), None)));
    pairs
}

/// States that both run, at another place among each other.
fn reordered(old: &[Chunk], new: &[Chunk]) -> Vec<String> {
    let key = |chunk: &Chunk| format!("{} {} {}", chunk.id, chunk.module, chunk.name);
    let (one, two): (Vec<String>, Vec<String>) = (old.iter().map(key).collect(), new.iter().map(key).collect());
    let (before, after): (FxHashSet<&String>, FxHashSet<&String>) = (one.iter().collect(), two.iter().collect());
    let one: Vec<&String> = one.iter().filter(|key| after.contains(key)).collect();
    let two: Vec<(usize, &String)> = two.iter().enumerate().filter(|(_, key)| before.contains(key)).collect();
    let keys: Vec<&String> = two.iter().map(|(_, key)| *key).collect();
    let ops = similar::capture_diff_slices(similar::Algorithm::Myers, &one, &keys);
    let moved = ops.iter().filter(|op| op.tag() != similar::DiffTag::Equal).flat_map(|op| op.new_range());
    let ids = moved.filter_map(|n| two.get(n)).filter_map(|(n, _)| new.get(*n)).map(|chunk| chunk.id.clone());
    ids.take(MAX_REORDERED).collect()
}
