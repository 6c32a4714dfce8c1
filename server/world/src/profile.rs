//! What is known of a minion, and reading it from a profile's text. Does not open files.

use std::fmt;

use serde_json::{Map, Value};

use crate::json;

/// Longer texts are refused (bytes); a minion's grains take some 10 kB, large pillars 1 MB.
const MAX_SIZE: usize = 16 << 20;

/// A minion profile (the `--minion` file): what is known of one minion. Values are JSON.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Profile {
    /// How findings name it: the settings' name or the minion id.
    pub name: String,
    /// The minion id, grain `id`.
    pub id: String,
    /// All of its grains.
    pub grains: Map<String, Value>,
    /// All of its pillar; `None`: compiled from the pillar roots.
    pub pillar: Option<Map<String, Value>>,
    /// Recorded results by call text, `name(arg, …, k=v, …)` with JSON arguments.
    pub calls: Map<String, Value>,
    /// Minion options beside the roots (`opts` in templates).
    pub opts: Map<String, Value>,
}

/// Why a text is no profile: a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileError(String);

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ProfileError {}

/// Deeper nesting is refused by its reader, too, but in time that is the square of the depth.
const MAX_NESTING: usize = 200;

fn fail<T>(message: impl Into<String>) -> Result<T, ProfileError> {
    Err(ProfileError(message.into()))
}

impl Profile {
    /// Reads a profile, JSON or YAML:
    /// - `{"id", "grains": {…}, "pillar": {…}?, "calls": {KEY: result}?, "opts": {…}?}`;
    /// - what `salt-call --out json grains.items` prints, `{"local": {GRAIN: value, …}}`, and what
    ///   `salt MINION --out json grains.items` prints, the same with the minion's id for `local`;
    /// - a mapping of grains alone.
    ///
    /// `id` may be left out where the grains have it; the grain `id` is added where they have not.
    /// `name` is how findings call the profile; empty: by the id.
    ///
    /// # Errors
    /// Malformed, too long, too deep or none of these shapes; says which and where.
    pub fn parse(name: &str, text: &str) -> Result<Self, ProfileError> {
        if text.len() > MAX_SIZE {
            return fail(format!("The profile is longer than {} MiB.", MAX_SIZE >> 20));
        }
        if crate::nests_deeper(text, MAX_NESTING) {
            return fail(format!("The profile nests more than {MAX_NESTING} levels deep."));
        }
        let mut profile = Self::from_value(json::parse(text).map_err(ProfileError)?)?;
        let grain = profile.grains.get("id").and_then(Value::as_str).map(str::to_owned);
        match grain {
            Some(grain) if profile.id.is_empty() => profile.id = grain,
            Some(_) => {}
            None if profile.id.is_empty() => {
                return fail("The profile has no minion id: add `id: NAME` at its top, or the grain `id`.");
            }
            None => _ = profile.grains.insert("id".into(), Value::from(profile.id.clone())),
        }
        profile.name = if name.is_empty() { profile.id.clone() } else { name.into() };
        Ok(profile)
    }

    fn from_value(value: Value) -> Result<Self, ProfileError> {
        let Value::Object(mut top) = value else {
            return fail("A profile is a mapping with `id` and `grains`, or the output of `grains.items`.");
        };
        if !top.contains_key("grains") {
            if let Some(key) = ["pillar", "calls", "opts"].into_iter().find(|key| top.contains_key(*key)) {
                return fail(format!("The profile has `{key}` but no `grains`: add what `grains.items` prints."));
            }
            let (id, grains) = match (top.len(), top.iter_mut().next()) {
                (1, Some((id, Value::Object(grains)))) => (id.clone(), std::mem::take(grains)),
                _ => (String::new(), top),
            };
            let id = if id == "local" { String::new() } else { id };
            return Ok(Self { id, grains, ..Self::default() });
        }
        let mut take = |key: &str| match top.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(_) => fail(format!("`{key}` of a profile is a mapping.")),
        };
        let grains = take("grains")?.unwrap_or_default();
        let (pillar, calls, opts) = (take("pillar")?, take("calls")?, take("opts")?);
        let id = match top.remove("id") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(id)) => id,
            Some(Value::Number(id)) => id.to_string(),
            Some(_) => return fail("`id` of a profile is a text."),
        };
        if let Some(key) = top.keys().next() {
            return fail(format!("A profile has `id`, `grains`, `pillar`, `calls` and `opts`, but no `{key}`."));
        }
        Ok(Self {
            id,
            grains,
            pillar,
            calls: calls.unwrap_or_default(),
            opts: opts.unwrap_or_default(),
            ..Self::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_shapes_are_read() {
        let check = |text: &str, id: &str, grains: &str| {
            let profile = Profile::parse("", text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert_eq!((profile.name.as_str(), profile.id.as_str()), (id, id), "{text}");
            assert_eq!(Value::Object(profile.grains).to_string(), grains, "{text}");
        };
        check(r#"{"id": "web1", "grains": {"os": "Debian"}}"#, "web1", r#"{"os":"Debian","id":"web1"}"#);
        check("id: web1\ngrains:\n  os: Debian\n", "web1", r#"{"os":"Debian","id":"web1"}"#);
        check("grains: {id: web1}", "web1", r#"{"id":"web1"}"#);
        check("id: 7\ngrains:\n", "7", r#"{"id":"7"}"#);
        check(r#"{"local": {"id": "web1", "cpus": 4}}"#, "web1", r#"{"id":"web1","cpus":4}"#);
        check(r#"{"web2": {"cpus": 4}}"#, "web2", r#"{"cpus":4,"id":"web2"}"#);
        check("id: web1\nos: Debian", "web1", r#"{"id":"web1","os":"Debian"}"#);
        check("grains: {id: a, 80: {x: [1, ~, 2.5, true]}}", "a", r#"{"id":"a","80":{"x":[1,null,2.5,true]}}"#);
        check(
            "grains:\n  id: a\n  b: &b {x: 1}\n  c: {<<: *b, y: 2}",
            "a",
            r#"{"id":"a","b":{"x":1},"c":{"y":2,"x":1}}"#,
        );
    }

    #[test]
    fn everything_else_is_optional() {
        let text = r#"{"id": "a", "grains": {}, "pillar": {}, "calls": {"f(1)": [2]}, "opts": {"test": true}}"#;
        let profile = Profile::parse("production", text).unwrap();
        assert_eq!(profile.name, "production");
        assert_eq!(profile.pillar, Some(Map::new()), "known to be empty");
        assert_eq!(profile.calls["f(1)"], Value::from(vec![2]));
        assert_eq!(profile.opts["test"], Value::from(true));
        assert_eq!(Profile::parse("", "grains: {id: a}").unwrap().pillar, None);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let check = |text: &str, expected: &str| {
            let error = Profile::parse("", text).expect_err(text).to_string();
            assert!(error.contains(expected), "{error:?} lacks {expected:?}");
        };
        check("[1]", "A profile is a mapping");
        check("", "A profile is a mapping");
        check("grains: {os: Debian}", "no minion id");
        check("id: a\ngrains: [1]", "`grains` of a profile is a mapping");
        check("id: a\ngrains: {}\npilar: {}", "no `pilar`");
        check("id: a\npillar: {}", "no `grains`");
        check("id: [a]\ngrains: {}", "`id` of a profile is a text");
        check("id: a\n  b: c: d", "line 2");
        check("{\"id\": \"a\",,}", "line 1");
        check("grains: {[1]: 2}", "key");
        check("grains: {a: .inf}", "number");
        check(&"[".repeat(10_000), "levels deep");
        check(&"x".repeat(MAX_SIZE + 1), "longer than 16 MiB");
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned()
            + &('b'..'j')
                .map(|c| {
                    let before = char::from(c as u8 - 1);
                    format!("{c}: &{c} [{}]\n", vec![format!("*{before}"); 10].join(","))
                })
                .collect::<String>();
        check(&bomb, "limit");
    }
}
