//! The pillar in a repository of its own: it is merged apart from the states.

mod support;

use support::{Options, check_with, path};

fn check(fixture: &str, apart: bool) {
    let mounts = if apart { vec![path("pillar")] } else { Vec::new() };
    check_with(fixture, &Options { mounts, ..Options::default() });
}

const BASE: &str = "
=== states/web.sls
web:
  pkg.installed:
    - version: {{ pillar['web']['port'] }}
=== pillar/top.sls
base:
  '*': [web]
=== pillar/web.sls
web:
  port: 80
  name: shop
";
const RENAMED: &str = "
=== pillar/web.sls
web:
  listen: 80
  name: shop
";

#[test]
fn an_old_use_is_told_where_the_key_is_of_another_repository() {
    let there = format!("{BASE}@ develop{RENAMED}@ working\n");
    let told = "\
=== states/web.sls
web:
  pkg.installed:
    - version: {{ pillar['web']['port'] }}
    #             ^^^^^^^^^^^^^^^^^^^^^ E pillar-key-removed-upstream: pillar key 'web:port' read here was renamed to 'web:listen' on develop
";
    check(&format!("{there}{told}"), true);
    // in one repository develop broke it for itself: nothing of ours
    let fixture = format!("{BASE}@ develop{RENAMED}");
    let options = Options::default();
    let drift = support::check_but(&fixture, &options, |fact| fact.place.is_none());
    assert_eq!(drift.facts.iter().filter(|fact| fact.kind.name() == "upstream-broken").count(), 1);
    // adapted on their side
    let adapted = "=== states/web.sls\nweb:\n  pkg.installed:\n    - version: {{ pillar['web']['listen'] }}\n";
    check(&format!("{BASE}@ develop{RENAMED}{adapted}"), true);
    // adapted here
    check(&format!("{BASE}@ develop{RENAMED}@ working\n{adapted}"), true);
}

#[test]
fn a_key_that_is_removed_here_is_told_where_it_was() {
    let here = "\
=== pillar/web.sls
web:
  listen: 80
# ^^^^^^ W removed-here-used-upstream: pillar key 'web:port' was renamed to 'web:listen' here, but develop reads it in states/web.sls
  name: shop
";
    check(&format!("{BASE}@ working\n{here}"), true);
    let told = here.lines().filter(|line| !line.contains('^')).map(|line| format!("{line}\n")).collect::<String>();
    check(&format!("{BASE}@ working\n{told}"), false);
}

#[test]
fn a_key_that_both_added_differently_says_so() {
    let added = |value: &str| format!("=== pillar/web.sls\nweb:\n  port: 80\n  name: shop\n  size: {value}\n");
    let told =
        "# ^^^^ W conflicting-change: pillar key 'web:size' was added with different values here and on develop\n";
    check(&format!("{BASE}@ develop\n{}@ working\n{}{told}", added("2"), added("1")), false);
}
