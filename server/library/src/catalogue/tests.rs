//! Look-ups in the bundled table and with modules on top.

use super::{Library, VERSIONS, table::TABLE};
use crate::Function;

fn check(version: Option<&str>, function: &str, expected: Option<&str>) {
    let library = Library::bundled(version);
    let found = library.state_function(function).map(Function::signature);
    assert_eq!(found.as_deref(), expected, "{function} in {version:?}");
}

#[test]
fn state_functions_by_version() {
    let running = "dead(name, enable=None, sig=None, init_delay=None, **kwargs)";
    for version in [None, Some("3006.9"), Some("3007"), Some("v3008.1"), Some("3010"), Some("2019.2.0"), Some("latest")]
    {
        check(version, "service.dead", Some(running));
        check(version, "service.deed", None);
        check(version, "service", None);
        check(version, "nope.dead", None);
    }
    check(Some("3006"), "test.nop", Some("nop(name, **kwargs)"));
    assert!(Library::bundled(Some("3007.1")).state_function("docker_container.running").is_some());
    check(Some("3008"), "docker_container.running", None);
}

#[test]
fn versions_are_those_of_the_table() {
    assert_eq!(TABLE.versions, VERSIONS.join(" "));
    assert_eq!((TABLE.state.len() > 300, TABLE.execution.len() > 400), (true, true));
}
