//! What each side did to every state: told loudly where the two don't go together, else on record.

use model::{Argument, Declaration, EntityKind, Slot, State};
use render::{Node, NodeKind, Pattern};
use rustc_hash::{FxHashMap, FxHashSet};
use text::TextRange;
use world::{SaltPath, Stopped};

use crate::context::{Comparison, In};
use crate::diff::{Id, group};
use crate::lineage::Side;
use crate::rules::pillar::text_of;
use crate::{DriftFact, DriftKind, DriftSeverity, body, secret};

/// Mappings in arguments are compared key by key this deep.
const MAX_DEPTH: usize = 16;

/// A part of a value that a message can name.
type Leaf<'n> = (String, &'n Node);

/// The parts of a value: for a mapping those of its values, else itself.
pub(crate) fn parts<'n>(name: &str, node: &'n Node, depth: usize, found: &mut Vec<Leaf<'n>>) {
    match &node.kind {
        NodeKind::Map(entries) if !entries.is_empty() && depth > 0 => {
            for (key, value) in entries {
                let key = key.as_str().map_or_else(|| format!("{:?}", body::value(key)), ToOwned::to_owned);
                parts(&format!("{name}:{key}"), value, depth - 1, found);
            }
        }
        _ => found.push((name.to_owned(), node)),
    }
}

/// Two values that were one differ from it and from each other, and do not merge part by part: entries
/// of mappings by their keys, lists by stretches as texts do, or where both only add.
pub(crate) fn clash(base: Option<&Node>, ours: Option<&Node>, theirs: Option<&Node>) -> bool {
    clash_at(base, ours, theirs, MAX_DEPTH)
}

fn clash_at(base: Option<&Node>, ours: Option<&Node>, theirs: Option<&Node>, depth: usize) -> bool {
    let [before, here, there] = [base, ours, theirs].map(|node| node.map(body::value));
    if here == before || there == before || here == there {
        return false;
    }
    let (Some(base), Some(ours), Some(theirs)) = (base, ours, theirs) else { return true };
    if depth == 0 {
        return true;
    }
    match (&base.kind, &ours.kind, &theirs.kind) {
        (NodeKind::List(base), NodeKind::List(ours), NodeKind::List(theirs)) => {
            lists_clash(base, ours, theirs, depth - 1)
        }
        (NodeKind::Map(base), NodeKind::Map(ours), NodeKind::Map(theirs)) => {
            let get = |map: &'_ [(Node, Node)], wanted: u64| map.iter().position(|(key, _)| body::value(key) == wanted);
            let keys: FxHashSet<u64> =
                [base, ours, theirs].into_iter().flatten().map(|(key, _)| body::value(key)).collect();
            keys.into_iter().any(|key| {
                let [one, two, three] =
                    [base, ours, theirs].map(|map| get(map, key).and_then(|n| map.get(n)).map(|(_, value)| value));
                clash_at(one, two, three, depth - 1)
            })
        }
        _ => true,
    }
}

/// A stretch of a list that a side replaced: where it stood, and where in the new list its successor stands.
type Hunk = (std::ops::Range<usize>, std::ops::Range<usize>);

fn hunks(base: &[u64], side: &[u64]) -> Vec<Hunk> {
    let ops = similar::capture_diff_slices(similar::Algorithm::Myers, base, side);
    let changed = ops.iter().filter(|op| op.tag() != similar::DiffTag::Equal);
    changed.map(|op| (op.old_range(), op.new_range())).collect()
}

fn lists_clash(base: &[Node], ours: &[Node], theirs: &[Node], depth: usize) -> bool {
    let values = |items: &[Node]| items.iter().map(body::value).collect::<Vec<u64>>();
    let [before, here, there] = [base, ours, theirs].map(values);
    let set = |values: &[u64]| values.iter().copied().collect::<FxHashSet<u64>>();
    if set(&before).is_subset(&set(&here)) && set(&before).is_subset(&set(&there)) {
        return false;
    }
    let (one, two) = (hunks(&before, &here), hunks(&before, &there));
    one.iter().any(|(old, new)| {
        two.iter().any(|(other, their_new)| {
            let (start, end) = (old.start.max(other.start), old.end.min(other.end));
            if start >= end {
                // Something put into the middle of what the other side replaced.
                let inside = |at: &std::ops::Range<usize>, of: &std::ops::Range<usize>| {
                    at.is_empty() && of.start < at.start && at.start < of.end
                };
                return inside(old, other) || inside(other, old);
            }
            let same = old == other && here.get(new.clone()) == there.get(their_new.clone());
            if same {
                return false;
            }
            if old.len() != new.len() || other.len() != their_new.len() {
                return true;
            }
            (start..end).any(|n| {
                let (o, t) = (new.start + (n - old.start), their_new.start + (n - other.start));
                clash_at(base.get(n), ours.get(o), theirs.get(t), depth)
            })
        })
    })
}

/// A clash under one state.
struct Clash<'d> {
    name: String,
    argument: Option<&'d Argument>,
    base: Option<&'d Node>,
    ours: Option<&'d Node>,
    theirs: Option<&'d Node>,
}

fn leaves(state: &State) -> FxHashMap<String, (&Argument, &Node)> {
    let mut all = FxHashMap::default();
    for argument in &state.args {
        let mut found = Vec::new();
        parts(&argument.name.to_string(), &argument.value, MAX_DEPTH, &mut found);
        all.extend(found.into_iter().map(|(name, node)| (name, (argument, node))));
    }
    all
}

fn clashes<'d>(base: &'d State, ours: &'d State, theirs: &'d State) -> Vec<Clash<'d>> {
    let (before, here, there) = (leaves(base), leaves(ours), leaves(theirs));
    let mut names: Vec<&String> = before.keys().chain(here.keys()).chain(there.keys()).collect();
    names.sort();
    names.dedup();
    let node =
        |side: &FxHashMap<String, (&'d Argument, &'d Node)>, name: &String| side.get(name).map(|(_, node)| *node);
    let mut found = Vec::new();
    for name in names {
        let (one, two, three) = (node(&before, name), node(&here, name), node(&there, name));
        if clash(one, two, three) {
            let argument = here.get(name).map(|(argument, _)| *argument);
            found.push(Clash { name: name.clone(), argument, base: one, ours: two, theirs: three });
        }
    }
    if base.function != ours.function && base.function != theirs.function && ours.function != theirs.function {
        found.push(Clash { name: "function".to_owned(), argument: None, base: None, ours: None, theirs: None });
    }
    found
}

impl Comparison<'_> {
    /// All states of files that differ.
    pub(crate) fn changes(&mut self) -> Result<(), Stopped> {
        let mut keys: Vec<SaltPath> = Vec::new();
        for side in [Side::Ours, Side::Theirs] {
            keys.extend(self.diff(side).files.iter().filter(|pair| pair.base.is_some()).map(|pair| pair.key.clone()));
        }
        keys.sort();
        keys.dedup();
        let mut found = Vec::new();
        for key in keys {
            self.stop.check()?;
            let Some(base) = self.base.facts(&key) else { continue };
            let mut seen = FxHashSet::default();
            for declaration in &base.declarations {
                let id = (key.clone(), declaration.id.to_string());
                if seen.insert(id.1.clone()) {
                    let before = group(base, &id.1);
                    self.state(&id, &before, &mut found);
                }
            }
        }
        self.additions(&mut found);
        self.found.extend(found);
        Ok(())
    }

    fn edited(&self, side: Side, id: &Id, now: Option<&Id>, before: &[&Declaration]) -> bool {
        let Some(now) = now else { return false };
        // What another file changed in this one is told there.
        let own = self.lineage.changed(side, &id.0) || now.0 != id.0;
        let Some(facts) = self.facts(In::Side(side), &now.0).filter(|_| own) else { return false };
        let after = group(facts, &now.1);
        let conditions = |group: &[&Declaration]| {
            group.iter().map(|declaration| (declaration.when.clone(), declaration.repeated)).collect::<Vec<_>>()
        };
        body::group(after.iter().copied()) != body::group(before.iter().copied())
            // With the same text, it only shows what another file says.
            && (conditions(&after) != conditions(before)
                || self.written(In::Side(side), &after) != self.written(In::Base, before))
    }

    /// The declarations' texts without blanks; `None`: they cannot be read. Whole lines: an expression at
    /// the end of one may belong to it.
    fn written(&self, world: In, group: &[&Declaration]) -> Option<Vec<String>> {
        group
            .iter()
            .map(|declaration| self.squeezed(world, &declaration.origin.path, declaration.extent, true))
            .collect()
    }

    fn squeezed(&self, world: In, path: &SaltPath, range: TextRange, lines: bool) -> Option<String> {
        let text = text_of(self.world_of(world), path)?;
        let rest = text.get(range.end as usize..).filter(|_| lines).unwrap_or("");
        let rest = rest.split('\n').next().unwrap_or("");
        Some(range.slice(&text).split_whitespace().chain(rest.split_whitespace()).collect())
    }

    /// Whether both sides wrote the value anew: it did not change through what it was computed from.
    fn both_wrote(&self, values: [Option<&Node>; 3]) -> bool {
        let worlds = [In::Base, In::Side(Side::Ours), In::Side(Side::Theirs)];
        // a value is written where its text stands, and by the tag that prints it
        let written = |at: In, node: &Node| {
            let origin = &node.origin;
            let tag = origin.site.as_ref().and_then(|(path, range)| self.squeezed(at, path, *range, false));
            Some((self.squeezed(at, &origin.path, origin.range, false)?, tag))
        };
        let [base, ours, theirs] = [0, 1, 2].map(|n| values[n].and_then(|node| written(worlds[n], node)));
        base.is_none() || (base != ours && base != theirs)
    }

    #[allow(clippy::too_many_lines, reason = "one arm for each pair of what the sides did")]
    fn state(&self, id: &Id, before: &[&Declaration], found: &mut Vec<DriftFact>) {
        let (ours, theirs) = (self.diff(Side::Ours).now(id), self.diff(Side::Theirs).now(id));
        let edited_here = self.edited(Side::Ours, id, ours.as_ref(), before);
        let edited_there = self.edited(Side::Theirs, id, theirs.as_ref(), before);
        let certain = before.iter().all(|declaration| declaration.is_certain());
        let develop = self.sides.base_name;
        let name = &id.1;
        let tell = |kind, wanted, here: bool, message: String| {
            let place = match (&ours, here) {
                (Some(ours), _) => self.declared(Side::Ours, ours),
                (None, true) => self.deleted_id(id),
                (None, false) => None,
            };
            let place = place.map(|place| (place.path, place.range));
            let severity = match &place {
                Some((path, _)) => self.severity(wanted, certain, path),
                None => wanted,
            };
            let mut fact = Self::fact(kind, severity, (EntityKind::StateId, name.clone()), place, message);
            fact.theirs = match &theirs {
                Some(theirs) => self.declared(Side::Theirs, theirs),
                None => self.file_place(Side::Theirs, &id.0),
            };
            fact
        };
        let quiet = |kind, message: String| tell(kind, DriftSeverity::None, true, message);
        match (&ours, &theirs) {
            (None, None) => {
                found.push(quiet(DriftKind::Converged, format!("'{name}' was removed here and on {develop}")))
            }
            (Some(here), None) if here.0 != id.0 => {
                let message = format!("state '{name}' {} here and removed on {develop}", self.became(id, here));
                found.push(tell(DriftKind::EditedHereRemovedUpstream, DriftSeverity::Warning, true, message));
            }
            (Some(_), None) if edited_here => {
                let message = format!("state '{name}' was changed here and removed on {develop}");
                found.push(tell(DriftKind::EditedHereRemovedUpstream, DriftSeverity::Warning, true, message));
            }
            (Some(_), None) => found.push(quiet(DriftKind::Incoming, format!("'{name}' was removed on {develop}"))),
            (None, Some(_)) if edited_there => {
                let message = format!("state '{name}' was removed here and changed on {develop}");
                found.push(tell(DriftKind::RemovedHereEditedUpstream, DriftSeverity::Warning, true, message));
            }
            (None, Some(now)) if now != id => {
                let message = format!(
                    "state '{name}' was removed here, but {} on {develop}: the merge still has it",
                    self.became(id, now)
                );
                found.push(tell(DriftKind::RemovalLost, DriftSeverity::Warning, true, message));
            }
            (None, Some(_)) => found.push(quiet(DriftKind::Outgoing, format!("'{name}' was removed here"))),
            (Some(here), Some(there)) => {
                if there != id && there != here {
                    let kind = if there.0 == id.0 { DriftKind::RenamedUpstream } else { DriftKind::MovedUpstream };
                    let wanted = match edited_here {
                        // Another guess at the same text is no new name.
                        _ if !self.is_renamed_literally(before, there) => DriftSeverity::None,
                        true => DriftSeverity::Warning,
                        false if self.concerns(here) => DriftSeverity::Information,
                        false => DriftSeverity::None,
                    };
                    let also = if edited_here { ", and changed here" } else { "" };
                    let message = format!("state '{name}' {} on {develop}{also}", self.became(id, there));
                    let mut fact = tell(kind, wanted, true, message);
                    fact.renamed_to = (there.1 != *name).then(|| there.1.clone());
                    found.push(fact);
                    return;
                }
                match (edited_here, edited_there) {
                    (true, true) => self.both_edited([id, here, there], before, certain, found),
                    (true, false) => found.push(quiet(DriftKind::Outgoing, format!("'{name}' was changed here"))),
                    (false, true) => {
                        found.push(quiet(DriftKind::Incoming, format!("'{name}' was changed on {develop}")))
                    }
                    (false, false) if here != id && here == there => {
                        let message = format!("'{name}' {} here and on {develop}", self.became(id, here));
                        found.push(quiet(DriftKind::Converged, message));
                    }
                    (false, false) if here != id => {
                        found.push(quiet(DriftKind::Outgoing, format!("'{name}' {} here", self.became(id, here))));
                    }
                    (false, false) => {}
                }
            }
        }
    }

    /// Whether both names are written out: a pattern stands for what it may become anyway.
    fn is_renamed_literally(&self, before: &[&Declaration], there: &Id) -> bool {
        let literal = |group: &[&Declaration]| group.iter().all(|declaration| declaration.id.as_literal().is_some());
        let after = self.facts(In::Side(Side::Theirs), &there.0).map(|facts| group(facts, &there.1));
        literal(before) && after.is_none_or(|after| literal(&after))
    }

    /// Whether the work here has to do with the ID: its file was changed here, or one that refers to it.
    fn concerns(&self, here: &Id) -> bool {
        let name = Pattern::literal(&here.1);
        self.touched(&here.0) || self.is_referred_to(&[Slot::RequisiteTo, Slot::ExtendOf], &name)
    }

    fn touched(&self, key: &SaltPath) -> bool {
        self.lineage.changed(Side::Ours, key) || self.lineage.renamed(Side::Ours, key).is_some()
    }

    /// Whether a file that was changed here refers to the name.
    pub(crate) fn is_referred_to(&self, slots: &[Slot], name: &Pattern) -> bool {
        let index = self.view(Side::Ours).index();
        let mut files = slots.iter().flat_map(|slot| index.candidates(*slot, name));
        files.any(|path| self.touched(self.lineage.key(Side::Ours, &path)))
    }

    /// What an ID became: renamed, moved or both.
    fn became(&self, old: &Id, new: &Id) -> String {
        if old.0 == new.0 {
            return format!("was renamed to '{}'", new.1);
        }
        let path = [Side::Theirs, Side::Ours].into_iter().find_map(|side| {
            let facts = self.facts(In::Side(side), &new.0)?;
            (!group(facts, &new.1).is_empty()).then(|| facts.path.clone())
        });
        let path = path.unwrap_or_else(|| new.0.clone());
        let renamed = if old.1 == new.1 { String::new() } else { format!(" and renamed to '{}'", new.1) };
        format!("was moved to {path}{renamed}")
    }

    fn both_edited(
        &self,
        [id, here, there]: [&Id; 3],
        before: &[&Declaration],
        certain: bool,
        found: &mut Vec<DriftFact>,
    ) {
        let develop = self.sides.base_name;
        let name = &id.1;
        let find = |side: Side, id: &Id| self.facts(In::Side(side), &id.0).map(|facts| group(facts, &id.1));
        let (Some(ours), Some(theirs)) = (find(Side::Ours, here), find(Side::Theirs, there)) else { return };
        let place =
            ours.first().map(|declaration| Self::place(&declaration.origin, self.lineage.path(Side::Ours, &here.0)));
        let their_place = theirs.first().map(|declaration| Self::place_of(&declaration.origin));
        if body::group(ours.iter().copied()) == body::group(theirs.iter().copied()) {
            let message = format!("'{name}' was changed alike here and on {develop}");
            let mut fact = Self::fact(
                DriftKind::Converged,
                DriftSeverity::None,
                (EntityKind::StateId, name.clone()),
                place,
                message,
            );
            fact.theirs = their_place;
            found.push(fact);
            return;
        }
        let mut clashing = false;
        if let ([before], [ours], [theirs]) = (before, ours.as_slice(), theirs.as_slice()) {
            for base in &before.states {
                let same = |declaration: &'_ Declaration| {
                    declaration.states.iter().position(|state| state.module == base.module)
                };
                let (Some(o), Some(t)) = (same(ours), same(theirs)) else { continue };
                let (Some(one), Some(two)) = (ours.states.get(o), theirs.states.get(t)) else { continue };
                for clash in clashes(base, one, two) {
                    if !self.both_wrote([clash.base, clash.ours, clash.theirs]) {
                        continue;
                    }
                    clashing = true;
                    found.push(self.conflicting(name, (one, two), &clash, certain, &ours.origin.path));
                }
            }
        }
        if !clashing {
            let path = self.lineage.path(Side::Ours, &here.0);
            let severity = self.severity(DriftSeverity::Hint, certain, path);
            let message = format!("state '{name}' was changed here and, in other parts, on {develop}");
            let mut fact = Self::fact(
                DriftKind::BothChangedSameState,
                severity,
                (EntityKind::StateId, name.clone()),
                place,
                message,
            );
            fact.theirs = their_place;
            found.push(fact);
        }
    }

    fn conflicting(
        &self,
        id: &str,
        (ours, theirs): (&State, &State),
        clash: &Clash<'_>,
        certain: bool,
        path: &SaltPath,
    ) -> DriftFact {
        let develop = self.sides.base_name;
        let known = |node: Option<&Node>| node.is_none_or(body::is_known);
        let origin = clash.argument.map_or(&ours.origin, |argument| &argument.origin);
        let home = if origin.path.is_root() { path } else { &origin.path };
        let severity = self.severity(DriftSeverity::Warning, certain && known(clash.ours) && known(clash.theirs), home);
        let value =
            |side: Side, node: Option<&Node>| node.and_then(|node| secret::shown(self.world(side), &clash.name, node));
        let (name, what) =
            (&clash.name, if clash.name == "function" && clash.argument.is_none() { "the" } else { "argument" });
        let label = if what == "the" { "the function".to_owned() } else { format!("argument '{name}'") };
        let message = match (value(Side::Ours, clash.ours), value(Side::Theirs, clash.theirs)) {
            (Some(here), Some(there)) => {
                format!("{label} of '{id}' was changed to '{here}' here and to '{there}' on {develop}")
            }
            _ => format!("{label} of '{id}' was changed differently here and on {develop}"),
        };
        let place = Some((origin.path.clone(), origin.range));
        let mut fact = Self::fact(DriftKind::ConflictingChange, severity, (EntityKind::StateId, id), place, message);
        let there = theirs.args.iter().find(|other| clash.argument.is_some_and(|argument| argument.name == other.name));
        fact.theirs = Some(Self::place_of(there.map_or(&theirs.origin, |argument| &argument.origin)));
        fact
    }

    /// IDs that one side or both added.
    fn additions(&self, found: &mut Vec<DriftFact>) {
        let develop = self.sides.base_name;
        let (ours, theirs) = (self.diff(Side::Ours), self.diff(Side::Theirs));
        let (mine, other): (FxHashSet<&Id>, FxHashSet<&Id>) =
            (ours.added.iter().collect(), theirs.added.iter().collect());
        for id in &ours.added {
            let (kind, message) = if !other.contains(id) {
                (DriftKind::Outgoing, format!("'{}' was added here", id.1))
            } else if body::group(ours.after(id)) == body::group(theirs.after(id)) {
                (DriftKind::Converged, format!("'{}' was added here and on {develop}", id.1))
            } else {
                continue;
            };
            let place = self.declared(Side::Ours, id).map(|place| (place.path, place.range));
            let entity = (EntityKind::StateId, id.1.clone());
            let mut fact = Self::fact(kind, DriftSeverity::None, entity, place, message);
            fact.theirs = self.declared(Side::Theirs, id);
            found.push(fact);
        }
        for id in theirs.added.iter().filter(|id| !mine.contains(id)) {
            let place = self.file_place(Side::Ours, &id.0).map(|place| (place.path, place.range));
            let message = format!("'{}' was added on {develop}", id.1);
            let entity = (EntityKind::StateId, id.1.clone());
            let mut fact = Self::fact(DriftKind::Incoming, DriftSeverity::None, entity, place, message);
            fact.theirs = self.declared(Side::Theirs, id);
            found.push(fact);
        }
    }
}
