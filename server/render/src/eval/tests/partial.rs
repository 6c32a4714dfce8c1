//! Partial knowledge: joint texts with conditions.

use expect_test::{Expect, expect};

use super::{run, shown};

fn check(template: &str, expected: &Expect) {
    expected.assert_eq(&shown(&run(&[("a.sls", template)], None)));
}

#[test]
fn an_unknown_value_is_a_hole() {
    check("a: {{ pillar['x'] }}\n", &expect![[r#"
        "a: "
        ◌ pillar 'x' is not known
        "\n"
    "#]]);
}
