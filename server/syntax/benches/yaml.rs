//! Speed of the YAML loader on the kinds of text that rendering produces.

use divan::Bencher;
use divan::counter::BytesCount;
use syntax::yaml::{load, load_chunked, load_json};

fn main() {
    divan::main();
}

/// States as formulas have them: short keys, lists of one-key mappings, requisites.
fn states() -> String {
    (0..2_000)
        .map(|i| {
            format!(
                "/etc/app/conf.d/{i}.conf:\n  file.managed:\n    - source: salt://app/files/site.conf\n    - user: root\n    - mode: 0644\n    - template: jinja\n    - context:\n        port: {i}\n        server_name: 'www{i}.example.org'\n    - require:\n      - pkg: app\n    - watch_in:\n      - service: app\n\n"
            )
        })
        .collect()
}

/// Scripts and certificates in block scalars.
fn literals() -> String {
    (0..500)
        .map(|i| {
            let body = "      MIIDXTCCAkWgAwIBAgIJAJC1HiIAZAiUMA0Gcg7VqtLHBV1QK\n".repeat(20);
            format!("cert{i}:\n  file.managed:\n    - contents: |\n{body}\n")
        })
        .collect()
}

#[divan::bench(args = ["states", "literals"])]
fn whole(bencher: Bencher<'_, '_>, kind: &str) {
    let text = if kind == "states" { states() } else { literals() };
    bencher.counter(BytesCount::of_str(&text)).bench(|| load(&text));
}

#[divan::bench]
fn chunked(bencher: Bencher<'_, '_>) {
    let text = states();
    bencher.counter(BytesCount::of_str(&text)).bench(|| load_chunked(&text));
}

#[divan::bench]
fn one_broken_line(bencher: Bencher<'_, '_>) {
    let text = states().replacen("    - user: root\n", "   - user: root\n", 1);
    bencher.counter(BytesCount::of_str(&text)).bench(|| load(&text));
}

#[divan::bench]
fn json(bencher: Bencher<'_, '_>) {
    let text = format!("[{}]", vec![r#"{"name": "nginx", "port": 80, "on": [true, null]}"#; 10_000].join(","));
    bencher.counter(BytesCount::of_str(&text)).bench(|| load_json(&text));
}
