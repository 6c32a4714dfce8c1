//! Path conditions: under which answers to unknown tests a thing exists.

use std::fmt;
use std::sync::Arc;

use smol_str::SmolStr;

/// One unknown test. The same test over the same bindings is the same atom, in every world.
#[derive(Clone, Debug)]
pub struct Atom {
    /// Identity: a hash of the test over its bindings.
    pub id: u64,
    /// For `subject == constant` (and membership of one): the subject's identity and the constant's.
    /// Two different constants of one subject exclude each other.
    pub equals: Option<(u64, u64)>,
    /// The test as people read it, such as `grains['os'] == 'Debian'`.
    pub text: SmolStr,
}

impl PartialEq for Atom {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
impl Eq for Atom {}
impl std::hash::Hash for Atom {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

/// A conjunction of answers to atoms; empty: always. Sorted by atom, without repetition.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct When(Option<Arc<[(Atom, bool)]>>);

impl When {
    /// The condition that always holds.
    pub const ALWAYS: Self = Self(None);

    /// Whether it always holds.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.0.is_none()
    }

    /// The tests and the answers they must have, sorted by atom.
    #[must_use]
    pub fn tests(&self) -> &[(Atom, bool)] {
        self.0.as_deref().unwrap_or(&[])
    }

    /// This and `atom == answer`; `None` if that can never be.
    #[must_use]
    pub fn and(&self, atom: &Atom, answer: bool) -> Option<Self> {
        let single = Self(Some(Arc::new([(atom.clone(), answer)])));
        self.both(&single)
    }

    /// Both; `None` if they exclude each other.
    #[must_use]
    pub fn both(&self, other: &Self) -> Option<Self> {
        if !self.compatible(other) {
            return None;
        }
        if other.is_always() {
            return Some(self.clone());
        }
        if self.is_always() {
            return Some(other.clone());
        }
        if other.implied_by(self) {
            return Some(self.clone());
        }
        let mut all: Vec<(Atom, bool)> = self.tests().iter().chain(other.tests()).cloned().collect();
        all.sort_by_key(|(atom, _)| atom.id);
        all.dedup();
        Some(Self(Some(all.into())))
    }

    /// Whether some rendering may have both. Exact for conjunctions of independent atoms; atoms
    /// that exclude each other for reasons that are not recorded count as compatible.
    #[must_use]
    pub fn compatible(&self, other: &Self) -> bool {
        if self.is_same(other) {
            return true;
        }
        self.tests().iter().all(|(a, x)| {
            if let Ok(n) = other.tests().binary_search_by_key(&a.id, |(b, _)| b.id) {
                return other.tests().get(n).is_none_or(|(_, y)| x == y);
            }
            let Some((subject, constant)) = a.equals.filter(|_| *x) else { return true };
            other.tests().iter().all(|(b, y)| match b.equals {
                Some((s, c)) if s == subject && c != constant => !*y,
                _ => true,
            })
        })
    }

    /// Whether both are one object: a cheap yes.
    fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(two)) => Arc::ptr_eq(one, two),
            (None, None) => true,
            _ => false,
        }
    }

    /// What `self` asks beyond `given`.
    #[must_use]
    pub fn beyond(&self, given: &Self) -> Self {
        if self.is_always() || given.is_always() {
            return self.clone();
        }
        self.tests().iter().filter(|test| !given.asks(test)).cloned().collect()
    }

    /// The tests that both ask: what holds wherever one of them does.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        if self == other {
            return self.clone();
        }
        self.tests().iter().filter(|test| other.asks(test)).cloned().collect()
    }

    /// The tests that `self` and all of `others` ask.
    #[must_use]
    pub fn common_with<'w>(&'w self, others: impl IntoIterator<Item = &'w Self>) -> Self {
        let mut kept: Vec<&(Atom, bool)> = self.tests().iter().collect();
        let mut last = self;
        for other in others {
            if kept.is_empty() {
                return Self::ALWAYS;
            }
            // Neighbours mostly share their condition.
            if !last.is_same(other) {
                kept.retain(|test| other.asks(test));
                last = other;
            }
        }
        if kept.len() == self.tests().len() { self.clone() } else { kept.into_iter().cloned().collect() }
    }

    fn asks(&self, (atom, answer): &(Atom, bool)) -> bool {
        let tests = self.tests();
        let found = tests.binary_search_by_key(&atom.id, |(other, _)| other.id);
        found.ok().and_then(|n| tests.get(n)).is_some_and(|(_, other)| other == answer)
    }

    /// Whether one of `all` holds whatever the answers are. Gives up, with no, where many tests decide.
    #[must_use]
    pub fn cover_everything(all: &[Self]) -> bool {
        fn covered(all: &[When], depth: usize) -> bool {
            if all.iter().any(When::is_always) {
                return true;
            }
            let Some((atom, _)) = all.first().and_then(|when| when.tests().first()).filter(|_| depth > 0) else {
                return false;
            };
            [true, false].into_iter().all(|answer| {
                let Some(given) = When::ALWAYS.and(atom, answer) else { return true };
                let rest = all.iter().filter(|when| when.compatible(&given)).map(|when| when.beyond(&given));
                covered(&rest.collect::<Vec<_>>(), depth - 1)
            })
        }
        all.len() <= 64 && covered(all, 10)
    }

    /// The condition as people read it: `grains['os'] is 'Debian' and not pillar['x']`; empty if it always
    /// holds.
    #[must_use]
    pub fn words(&self) -> String {
        let word = |(atom, answer): &(Atom, bool)| match (atom.text.split_once(" == "), answer) {
            (Some((left, right)), true) if !right.contains(" == ") => format!("{left} is {right}"),
            (Some((left, right)), false) if !right.contains(" == ") => format!("{left} is not {right}"),
            (_, true) => atom.text.to_string(),
            (_, false) if atom.text.contains(' ') => format!("not ({})", atom.text),
            (_, false) => format!("not {}", atom.text),
        };
        self.tests().iter().map(word).collect::<Vec<_>>().join(" and ")
    }

    /// Whether `self` holds wherever `other` does.
    #[must_use]
    pub fn implied_by(&self, other: &Self) -> bool {
        self.tests().iter().all(|test| other.asks(test))
    }
}

/// The conjunction of tests that are sorted by atom and don't repeat one.
impl FromIterator<(Atom, bool)> for When {
    fn from_iter<T: IntoIterator<Item = (Atom, bool)>>(tests: T) -> Self {
        let tests: Vec<(Atom, bool)> = tests.into_iter().collect();
        if tests.is_empty() { Self::ALWAYS } else { Self(Some(tests.into())) }
    }
}

impl fmt::Debug for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_always() {
            return f.write_str("always");
        }
        for (n, (atom, answer)) in self.tests().iter().enumerate() {
            let (and, not) = (if n > 0 { " and " } else { "" }, if *answer { "" } else { "not " });
            write!(f, "{and}{not}{}", atom.text)?;
        }
        Ok(())
    }
}
