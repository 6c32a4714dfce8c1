//! Whether a top file's target matches a minion: what is known of the minion, given to the matchers.

use serde_json::{Map, Value as Json};

use builtins::convert::json_to_value;
use builtins::matcher::{Target, matches};
use python::Fail;
use python::value::Heap;

/// A minion to match targets against.
pub(crate) struct Matching {
    heap: Heap,
    target: Target,
}

impl Matching {
    /// The minion with this id, grains, pillar (`None`: not known) and `nodegroups`.
    pub(crate) fn new(
        id: &str,
        grains: &Map<String, Json>,
        pillar: Option<&Map<String, Json>>,
        nodegroups: Option<&Json>,
    ) -> Self {
        let mut heap = Heap::default();
        let mut value = |map: &Map<String, Json>| json_to_value(&mut heap, &Json::Object(map.clone()));
        let (grains, pillar) = (Some(value(grains)), pillar.map(&mut value));
        let nodegroups = nodegroups.map(|groups| json_to_value(&mut heap, groups));
        Self { heap, target: Target { id: Some(id.to_owned()), grains, pillar, nodegroups } }
    }

    /// Whether `expression` matches by the matcher of that name; `None`: not known, also for
    /// matchers that ask others (`data`, `range`, a repository's own). What Salt refuses matches
    /// nothing.
    pub(crate) fn matches(&mut self, matcher: &str, expression: &str) -> Option<bool> {
        match matches(&mut self.heap, &self.target, matcher, expression, ":") {
            Ok(answer) => Some(answer),
            Err(Fail::Raise(_)) => Some(false),
            Err(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn targets_match_as_in_salt() {
        let grains = json!({
            "os": "Debian", "roles": ["web", "db"], "ipv4": ["10.0.0.5", "127.0.0.1"],
            "disks": {"sda": {"size": 10}}, "virtual": true
        });
        let groups = json!({"g1": "web1 or web2", "g2": ["web1", "db1"], "g3": "N@g1 and not web2"});
        let mut minion = Matching::new("web1", grains.as_object().unwrap(), None, Some(&groups));
        for (matcher, expression, expected) in [
            ("compound", "*", Some(true)),
            ("compound", "web* and G@os:debian", Some(true)),
            ("compound", "not web1", Some(false)),
            ("compound", "db1 or ( G@roles:db and not S@10.1.0.0/16 )", Some(true)),
            ("compound", "and web1", Some(false)),
            ("compound", "web1 web1", Some(false)),
            ("compound", "E@web\\d", Some(true)),
            ("compound", "I@role:web", None),
            ("compound", "web1 or I@role:web", Some(true)),
            ("compound", "N@g3", Some(true)),
            ("compound", "G|@disks|sda|size|10", Some(true)),
            ("compound", "web1 or N@none", Some(false)),
            ("compound", "N@none web1", Some(true)),
            ("nodegroup", "g2", Some(true)),
            ("nodegroup", "none", Some(false)),
            ("glob", "web?", Some(true)),
            ("pcre", "eb", Some(false)),
            ("list", "db1,web1", Some(true)),
            ("grain", "roles:w*", Some(true)),
            ("grain", "disks:sda", Some(true)),
            ("grain", "os", Some(false)),
            ("grain", "virtual:true", Some(true)),
            ("grain_pcre", "os:(debian|ubuntu)", Some(true)),
            ("ipcidr", "10.0.0.0/24", Some(true)),
            ("ipcidr", "10.0.0.5", Some(true)),
            ("ipcidr", "10.0.0.5/24", Some(false)),
            ("pillar", "a:b", None),
            ("own_matcher", "x", None),
        ] {
            assert_eq!(minion.matches(matcher, expression), expected, "{matcher} {expression}");
        }
    }
}
