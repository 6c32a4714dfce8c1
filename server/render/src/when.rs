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
        let mut all: Vec<(Atom, bool)> = self.tests().iter().chain(other.tests()).cloned().collect();
        all.sort_by_key(|(atom, _)| atom.id);
        all.dedup();
        Some(Self(Some(all.into())))
    }

    /// Whether some rendering may have both. Exact for conjunctions of independent atoms; atoms
    /// that exclude each other for reasons that are not recorded count as compatible.
    #[must_use]
    pub fn compatible(&self, other: &Self) -> bool {
        self.tests().iter().all(|(a, x)| {
            other.tests().iter().all(|(b, y)| {
                if a.id == b.id {
                    return x == y;
                }
                match (a.equals, b.equals) {
                    (Some((s, c)), Some((t, d))) if s == t && c != d => !(*x && *y),
                    _ => true,
                }
            })
        })
    }

    /// What `self` asks beyond `given`.
    #[must_use]
    pub fn beyond(&self, given: &Self) -> Self {
        if self.is_always() || given.is_always() {
            return self.clone();
        }
        self.tests().iter().filter(|test| !given.tests().contains(test)).cloned().collect()
    }

    /// The tests that both ask: what holds wherever one of them does.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        if self == other {
            return self.clone();
        }
        self.tests().iter().filter(|test| other.tests().contains(test)).cloned().collect()
    }

    /// Whether `self` holds wherever `other` does.
    #[must_use]
    pub fn implied_by(&self, other: &Self) -> bool {
        self.tests().iter().all(|test| other.tests().contains(test))
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
