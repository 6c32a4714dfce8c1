//! A formula repository whose SLS all import one `map.jinja`: what an SLS costs beyond its own text.

use std::fmt::Write as _;
use std::sync::Arc;

use render::EntryKind;
use world::{Memo, Minion, Profile, Reader, SaltPath, Stop, World};

fn main() {
    divan::main();
}

const SLS: usize = 300;

fn map() -> String {
    let mut text =
        String::from("{% import_yaml 'app/defaults.yaml' as defaults %}\n{% set osmap = salt['grains.filter_by']({\n");
    for family in ["Debian", "RedHat", "Suse", "Arch", "FreeBSD", "Gentoo", "Alpine", "Solaris"] {
        let _ = writeln!(text, "  '{family}': {{");
        for key in ["package", "service", "config", "user", "group", "home", "log"] {
            let _ = writeln!(text, "    '{key}': '{}-{key}',", family.to_lowercase());
        }
        text.push_str("  },\n");
    }
    text.push_str(
        "}, merge=salt['pillar.get']('app:lookup', {})) %}\n\
         {% do defaults.app.update(osmap) %}\n\
         {% set app = salt['pillar.get']('app', default=defaults.app, merge=True) %}\n\
         {% macro listen(port) %}{{ app.host }}:{{ port }}{% endmacro %}\n",
    );
    text
}

fn defaults() -> String {
    let mut text = String::from("app:\n  host: localhost\n  lookup: {}\n");
    for n in 0..40 {
        let _ = writeln!(text, "  option_{n}:\n    enabled: true\n    values: [a, b, {n}]");
    }
    text
}

fn world(with_map: bool) -> World {
    let mut files =
        vec![("states/app/map.jinja".to_owned(), map()), ("states/app/defaults.yaml".to_owned(), defaults())];
    for n in 0..SLS {
        let head = if with_map {
            "{% from 'app/map.jinja' import app, listen with context %}\n"
        } else {
            "{% set app = {'package': 'p', 'config': 'c', 'service': 's'} %}{% macro listen(port) %}a:{{ port }}{% endmacro %}\n"
        };
        let text = format!(
            "{head}app-{n}-pkg:\n  pkg.installed:\n    - name: {{{{ app.package }}}}-{n}\n\n\
             app-{n}-config:\n  file.managed:\n    - name: {{{{ app.config }}}}/{n}\n    - source: salt://app/files/{n}\n\
             \x20   - context:\n        listen: {{{{ listen(80) }}}}\n    - require:\n      - pkg: app-{n}-pkg\n\n\
             app-{n}-service:\n  service.running:\n    - name: {{{{ app.service }}}}\n    - watch:\n      - file: app-{n}-config\n"
        );
        files.push((format!("states/app/s{n}.sls"), text));
    }
    World::in_memory(files.iter().map(|(path, text)| (path.as_str(), text.as_str())))
}

fn minion(profile: bool) -> Arc<Minion> {
    let root = |path: &str| [("base".to_owned(), vec![SaltPath::new(path).unwrap()])].into();
    let grains = (0..80).map(|n| (format!("grain{n}"), format!("value {n}").into()));
    let profile = profile.then(|| Profile {
        name: "m".into(),
        id: "m".into(),
        grains: grains.chain([("os_family".to_owned(), "Debian".into())]).collect(),
        pillar: Some(
            [("app".to_owned(), serde_json::json!({"lookup": {"user": "www"}, "host": "0.0.0.0"}))]
                .into_iter()
                .collect(),
        ),
        ..Profile::default()
    });
    Minion {
        file_roots: root("states"),
        pillar_roots: root("pillar"),
        saltenv: "base".into(),
        profile,
        pillar_file: None,
        salt: None,
        ..Minion::default()
    }
    .shared()
}

/// All SLS of the repository, nothing stored before.
fn cold(bencher: divan::Bencher<'_, '_>, with_map: bool, profile: bool) {
    let (world, minion) = (world(with_map), minion(profile));
    let paths: Vec<SaltPath> = (0..SLS).map(|n| SaltPath::new(&format!("states/app/s{n}.sls")).unwrap()).collect();
    bencher.counter(divan::counter::ItemsCount::new(SLS)).bench(|| {
        let (memo, stop) = (Memo::new(), Stop::new());
        let reader = Reader::new(&world, &memo, &stop);
        for path in &paths {
            divan::black_box(render::render(&reader, &minion, path, EntryKind::State, None).unwrap());
        }
    });
}

#[divan::bench(args = [true, false])]
fn own_text(bencher: divan::Bencher<'_, '_>, profile: bool) {
    cold(bencher, false, profile);
}

#[divan::bench(args = [true, false])]
fn with_map(bencher: divan::Bencher<'_, '_>, profile: bool) {
    cold(bencher, true, profile);
}
