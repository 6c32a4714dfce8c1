//! Behaviour of the parser on templates that read like Salt's.

use super::{Options, parse};

#[test]
fn accepts_a_state() {
    let source = "{% set nginx = salt['pillar.get']('nginx', {}) %}\n{{ nginx.package }}:\n  pkg.installed\n";
    let template = parse(source, &Options::default());
    assert_eq!(template.errors, []);
    assert_eq!(template.body.len(), 4, "{template:#?}");
}
