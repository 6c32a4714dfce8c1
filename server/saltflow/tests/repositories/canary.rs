//! Secrets of many forms are planted, every command prints everything it has, and none of them is in it,
//! wherever the templates put them. What is no secret is still there.

use crate::place::Place;

/// Stands in every planted secret, and nowhere else; templates change its case and encode it.
const CANARY: &str = "Cnry7q";

const PILLAR: &str = "
main:
  password: Cnry7qPassword
  db_pass: Cnry7qShort
  plain: visible-value
  max_password_age: 90
  install_packages: true
elsewhere: &pw Cnry7qAnchored
login:
  token: *pw
ssh:
  id: |
    -----BEGIN OPENSSH PRIVATE KEY-----
    Cnry7qb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ
    -----END OPENSSH PRIVATE KEY-----
  pgp: |
    -----BEGIN PGP PRIVATE KEY BLOCK-----

    lQOYBCnry7qAAAAbcdefghijklmnopqrstuvwxyz
    -----END PGP PRIVATE KEY BLOCK-----
  pub: ssh-ed25519 AAAAC3NzaC1visible me@host
hashes: ['$6$Cnry7qsalt$abcdefghijkl', '$apr1$Cnry7q$abcdefghijk', '$2b$12$Cnry7qabcdefghijkl', '$y$j9T$Cnry7q$abcdefgh']
jwt: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJDbnJ5N3Ei.Cnry7qsignature
forge: [ghp_Cnry7qabcdefghijklmnop, glpat-Cnry7qabcdefghijkl, AKIACnry7qABCDEFGH, xoxb-Cnry7q-123456789]
named:
  web: {dsn: Cnry7qConfigured}
url: postgres://app:Cnry7qUrl@db.example.com:5432/app
";

const STATES: &str = "
{% set conf = {'password': 'Cnry7qDict', 'port': 1} %}
{% set pw = salt['pillar.get']('main:password', 'Cnry7qDefault') %}
{% macro login(secret='Cnry7qMacro') %}login {{ secret }}{% endmacro %}
include:
  - other
visible-id:
  cmd.run:
    - name: mysql -uroot -pCnry7qGlued app
    - names: [sshpass -p Cnry7qApart ssh host, curl -u app:Cnry7qCurl https://example.com]
    - from_pillar: {{ pillar['main']['password'] }}
    - short: {{ pillar['main']['db_pass'] }}
    - encoded: {{ pillar['main']['password'] | base64_encode }}
    - upper: {{ pillar['main']['password'] | upper }}
    - x: {{ conf.password }}
    - y: {{ conf.port }}
    - joined: user={{ pw }};
    - called: {{ login() }}
    - aliased: {{ pillar['elsewhere'] }}
    - named: {{ pillar['named']['web']['dsn'] }}
    - port: 8080
{{ pillar['main']['password'] }}-id:
  test.nop:
    - require:
      - cmd: visible-id
needs:
  test.nop:
    - require:
      - test: {{ pillar['main']['password'] }}-id
      - test: {{ pw }}-missing
";

fn planted() -> Place {
    let place = Place::new();
    let write = |path: &str, text: &str| {
        let file = place.root.join("repo").join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text.trim_start()).unwrap();
    };
    write("pillar/top.sls", "base:\n  '*': [main]\n");
    write("pillar/main.sls", PILLAR);
    write(".saltflow.yaml", "secrets: ['named:*:dsn']\n");
    write("states/top.sls", "base:\n  '*': [web]\n");
    write("states/web.sls", STATES);
    write("states/other.sls", "{{ raise('password=Cnry7qRaised') }}\n");
    write("states/broken.sls", "a:\n  test.nop:\n   - password: Cnry7qBroken\n  - b\n");
    write("minion.json", r#"{"id": "m", "grains": {"os": "Debian"}, "pillar": {"given": {"api_key": "Cnry7qGiven"}}}"#);
    place.run("in repo\ninit -q -b develop\ncommit one\ncheckout -q -b feature/x");
    write("pillar/main.sls", &PILLAR.replace("Cnry7qPassword", "Cnry7qPasswordHere"));
    place.run("in repo\ncommit two\ncheckout -q develop");
    write("pillar/main.sls", &PILLAR.replace("Cnry7qPassword", "Cnry7qPasswordThere"));
    place.run("in repo\ncommit three\ncheckout -q feature/x");
    place
}

#[test]
fn no_command_prints_a_secret() {
    let place = planted();
    let minion = place.root.join("repo/minion.json").display().to_string();
    let mut commands: Vec<Vec<&str>> = vec![vec!["index"], vec!["index", "--format", "json"], vec!["doctor"]];
    for format in ["human", "json", "sarif", "github", "codeclimate", "junit"] {
        commands.push(vec!["check", "--format", format, "--minion", &minion]);
        commands.push(vec!["check", "--format", format]);
    }
    for format in ["human", "json", "sarif", "markdown"] {
        commands.push(vec!["drift", "--format", format]);
    }
    for format in ["yaml", "json"] {
        commands.push(vec!["pillar", "--minion", &minion, "--format", format]);
        commands.push(vec!["pillar", "ssh", "--format", format]);
        commands.push(vec!["show", "web", "--format", format]);
        for how in ["--merged", "--low"] {
            commands.push(vec!["show", "--all", how, "--minion", &minion, "--format", format]);
        }
        commands.push(vec!["show", "--all", "--minion", &minion, "--format", format]);
        commands.push(vec!["show", "web", "--origins", "--minion", &minion]);
    }
    // "Cnry7qPass" in base64, as far as it does not depend on what follows
    let encoded = "Q25yeTdxUGFzc3dvcmR";
    let mut leaks = Vec::new();
    for words in &commands {
        let done = place.saltflow("repo", words);
        let all = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        let lower = all.to_lowercase();
        let leak = |line: &&str| line.contains(&CANARY.to_lowercase()) || line.contains(&encoded.to_lowercase());
        leaks.extend(lower.lines().filter(leak).map(|line| format!("{words:?}: {}", line.trim())));
    }
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
    let revealed = place.saltflow("repo", &["show", "web", "--minion", &minion, "--reveal"]);
    assert!(String::from_utf8_lossy(&revealed.stdout).contains("Cnry7qDict"), "--reveal shows them");
}

#[test]
fn what_is_no_secret_is_shown() {
    let place = planted();
    let minion = place.root.join("repo/minion.json").display().to_string();
    let shown = |words: &[&str]| String::from_utf8_lossy(&place.saltflow("repo", words).stdout).into_owned();
    // a profile's pillar stands instead of the files'
    let pillar = shown(&["pillar", "--pillar-file", "pillar/main.sls"]);
    for expected in ["max_password_age: 90", "install_packages: true", "visible-value", "AAAAC3NzaC1visible"] {
        assert!(pillar.contains(expected), "{expected}: {pillar}");
    }
    let states = shown(&["show", "web", "--minion", &minion, "--pillar-file", "pillar/main.sls"]);
    for expected in ["visible-id", "8080", "from_pillar"] {
        assert!(states.contains(expected), "{expected}: {states}");
    }
}
