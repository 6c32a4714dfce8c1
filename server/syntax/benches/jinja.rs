//! Parsing a formula of 600 lines: `cargo bench -p syntax --bench jinja`.

use syntax::jinja::{Options, parse};

const BLOCK: &str = "\
{%- set config = salt['pillar.get']('nginx:server:config', {'worker_processes': 4}, merge=True) %}
{%- if grains.os_family in ['Debian', 'RedHat'] and config.enabled|default(false) %}
# a comment with {{ config.note }}
nginx-vhost-{{ loop.index - 1 }}:
  file.managed:
    - name: {{ nginx.lookup.vhosts_dir ~ '/' ~ vhost }}.conf
    - source: salt://nginx/files/vhost.conf.jinja
    - mode: '0644'
{%- for key, value in config.get('options', {}).items() if value is mapping %}
    - {{ key }}: {{ value | tojson }}
{%- else %}
    - template: jinja
{%- endfor %}
    - require:
      - pkg: nginx
{#- the service
    follows #}
    - watch_in:
      - service: {{ nginx.service.name }}
{%- endif %}
";

fn formula() -> String {
    BLOCK.repeat(30)
}

fn main() {
    assert_eq!(formula().lines().count(), 600);
    divan::main();
}

#[divan::bench]
fn formula_of_600_lines(bencher: divan::Bencher) {
    let (source, options) = (formula(), Options::default());
    bencher.counter(divan::counter::BytesCount::of_str(&source)).bench(|| parse(&source, &options));
}

#[divan::bench]
fn the_same_with_a_broken_line(bencher: divan::Bencher) {
    let (source, options) = (formula().replacen("'/' ~ vhost }}", "'/ ~ vhost", 1), Options::default());
    bencher.counter(divan::counter::BytesCount::of_str(&source)).bench(|| parse(&source, &options));
}
