//! Which values are secrets, by their key's name or by their form: shown nowhere unless a person asks
//! for them on the command line. Knows nothing of where they stand.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// What stands for a secret.
pub const HIDDEN: &str = "***";

/// What a key's name holds whose value is a secret, whatever it holds.
const SECRET_WORDS: [&str; 19] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "private_key",
    "privatekey",
    "privkey",
    "api_key",
    "apikey",
    "credential",
    "access_key",
    "accesskey",
    "auth_key",
    "encryption_key",
    "signing_key",
    "preshared",
    "connection_string",
];

/// Whole words of a name that say the same.
const SECRET_PARTS: [&str; 5] = ["pass", "pw", "pwd", "psk", "pgpass"];

/// Last words of names that are about secrets and hold none: `max_password_age`, `token_ttl`.
const ABOUT: [&str; 31] = [
    "age",
    "aging",
    "algorithm",
    "attempts",
    "check",
    "complexity",
    "count",
    "days",
    "enabled",
    "expiration",
    "expire",
    "expires",
    "expiry",
    "format",
    "history",
    "length",
    "len",
    "lifetime",
    "lock",
    "locked",
    "max",
    "method",
    "min",
    "minlen",
    "policy",
    "required",
    "retries",
    "rounds",
    "timeout",
    "ttl",
    "warning",
];

/// Words before `pass` that make it another word: nginx's `proxy_pass`.
const NO_PASSWORD: [&str; 9] = ["proxy", "fastcgi", "uwsgi", "scgi", "grpc", "memcached", "first", "second", "by"];

/// Whether a key's name says that its value is a secret.
#[must_use]
pub fn is_secret_key(key: &str) -> bool {
    let name = key.to_lowercase().replace(['-', '.', ' '], "_");
    let last = name.rsplit('_').next().unwrap_or("");
    if ABOUT.contains(&last) && last != name {
        return false;
    }
    if SECRET_WORDS.iter().any(|word| name.contains(word)) || name == "key_data" {
        return true;
    }
    let mut before = "";
    name.split('_').any(|part| {
        let found = SECRET_PARTS.contains(&part) && !NO_PASSWORD.contains(&before);
        before = part;
        found
    })
}

/// Beginnings of tokens that services give out: Vault, GitHub, GitLab, Slack, AWS, Google, Stripe, npm, PyPI,
/// Docker, Hugging Face, SendGrid, age; of what is encrypted; and of hashed passwords (`crypt(5)`, LDAP).
const TOKENS: [&str; 59] = [
    "hvs.",
    "hvb.",
    "hvr.",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "gldt-",
    "glrt-",
    "glcbt-",
    "glptt-",
    "glsoat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xoxr-",
    "xoxs-",
    "xapp-",
    "AKIA",
    "ASIA",
    "AIza",
    "ya29.",
    "sk_live_",
    "rk_live_",
    "sk_test_",
    "npm_",
    "pypi-",
    "dckr_pat_",
    "hf_",
    "SG.",
    "dop_v1_",
    "shpat_",
    "AGE-SECRET-KEY-",
    "ENC[",
    "$ANSIBLE_VAULT",
    "$1$",
    "$2a$",
    "$2b$",
    "$2x$",
    "$2y$",
    "$5$",
    "$6$",
    "$7$",
    "$y$",
    "$gy$",
    "$apr1$",
    "$sha1$",
    "$argon2",
    "$pbkdf2",
    "$scrypt$",
    "{SSHA}",
    "{SSHA512}",
    "{SHA}",
    "{CRYPT}",
    "{PBKDF2}",
    "PuTTY-User-Key-File",
];

/// Whether a secret may be in a line: nothing else here finds one where this finds nothing. One pass, for
/// those who look at whole repositories.
#[must_use]
pub fn may_hold_secret(line: &str) -> bool {
    static STEMS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        let stems = SECRET_WORDS.iter().chain(&SECRET_PARTS).chain(&TOKENS).chain(&GLUED);
        let more = ["key_data", "-----begin", "eyj", "@", "identified by", "authorization", "curl", "wget"];
        let apart = APART.iter().map(|(program, _)| *program);
        let mut all = Vec::new();
        for stem in stems.copied().chain(more).chain(apart) {
            all.extend(["_", "-", ".", " "].map(|joint| stem.replace('_', joint)));
        }
        AhoCorasick::builder().ascii_case_insensitive(true).build(all).ok()
    });
    STEMS.as_ref().is_none_or(|stems| stems.is_match(line))
}

/// Whether a text is a secret by its form, or holds one: encrypted or private blocks, tokens, hashed
/// passwords, `--password=…`, addresses with a password, options of commands that take one.
#[must_use]
pub fn is_secret_text(text: &str) -> bool {
    if text.contains("-----BEGIN PGP MESSAGE") || (text.contains("-----BEGIN ") && text.contains("PRIVATE KEY")) {
        return true;
    }
    let is_token = |token: &&str| {
        text.match_indices(*token).any(|(at, _)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let rest = text.get(at + token.len()..).unwrap_or("");
            let long = rest.chars().take_while(|c| !c.is_whitespace() && !matches!(c, '"' | '\'')).count() >= 8;
            before.is_none_or(|c| !c.is_alphanumeric()) && long
        })
    };
    TOKENS.iter().any(is_token)
        || holds_jwt(text)
        || is_address_with_password(text)
        || is_command_with_password(text)
        || names_a_secret(text)
}

/// A JSON web token: two base64 objects and a signature, joined by dots.
fn holds_jwt(text: &str) -> bool {
    text.match_indices("eyJ").any(|(at, _)| {
        let rest = text.get(at..).unwrap_or("");
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let token = rest.split(|c| !is_part(c)).next().unwrap_or("");
        token.split('.').filter(|part| part.len() >= 8).count() >= 2
    })
}

/// `scheme://user:password@host`.
fn is_address_with_password(text: &str) -> bool {
    text.match_indices("://").any(|(at, mark)| {
        let rest = text.get(at + mark.len()..).unwrap_or("");
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '?')).unwrap_or(rest.len());
        let Some((user, _)) = rest.get(..end).unwrap_or("").rsplit_once('@') else { return false };
        user.split_once(':').is_some_and(|(_, password)| is_given(password))
    })
}

/// Whether a text is a value and not where one will be put: `{{ x }}`, `$PASSWORD`, `<password>`, `***`.
fn is_given(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'']);
    !value.is_empty() && !value.starts_with(['{', '$', '<', '%', '*'])
}

/// Programs that take a password as `-pVALUE`.
const GLUED: [&str; 8] =
    ["mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlcheck", "mariadb", "mariadb-dump", "sshpass"];

/// Programs and options behind which a password stands as a word of its own.
const APART: [(&str, &str); 5] =
    [("sshpass", "-p"), ("redis-cli", "-a"), ("ldapsearch", "-w"), ("ldapmodify", "-w"), ("ldapadd", "-w")];

/// `mysql -uroot -psecret`, `curl -u user:secret`, `IDENTIFIED BY 'secret'`.
fn is_command_with_password(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let identified = lower.match_indices("identified by ").any(|(at, mark)| {
        let rest = lower.get(at + mark.len()..).unwrap_or("").trim_start_matches("password ");
        is_given(rest.split_whitespace().next().unwrap_or(""))
    });
    if identified {
        return true;
    }
    let mut program = "";
    let mut before = "";
    for word in text.split_whitespace() {
        let name = word.rsplit('/').next().unwrap_or(word);
        if GLUED.contains(&name) || APART.iter().any(|(known, _)| *known == name) || matches!(name, "curl" | "wget") {
            program = name;
        }
        let glued = word.strip_prefix("-p").filter(|_| GLUED.contains(&program)).is_some_and(is_given);
        let apart = APART.contains(&(program, before)) && is_given(word);
        let user = matches!(program, "curl" | "wget")
            && matches!(before, "-u" | "--user" | "--proxy-user" | "-U")
            && word.split_once(':').is_some_and(|(_, password)| is_given(password));
        if glued || apart || user {
            return true;
        }
        before = word;
    }
    false
}

/// Whether the text gives a secret a value: `password=x`, `--token x`, `Authorization: x`.
fn names_a_secret(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut words = SECRET_WORDS.iter().copied().chain(["authorization", "mysql_pwd"]);
    words.any(|word| {
        lower.match_indices(word).any(|(at, _)| {
            let rest = lower.get(at + word.len()..).unwrap_or("");
            let option = lower.get(..at).unwrap_or("").ends_with("--");
            let value = rest.trim_start_matches(['\'', '"', ' ']);
            value.strip_prefix(['=', ':']).is_some_and(|value| !value.trim().is_empty())
                || (option && rest.starts_with(' ') && !value.is_empty())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_key_or_form() {
        for (key, expected) in
            [("db_password", true), ("secret_key", true), ("API-Token", true), ("passenger", false), ("port", false)]
        {
            assert_eq!(is_secret_key(key), expected, "{key}");
        }
        for key in ["db_pass", "wifi_psk", "mysql.pw", "EncryptionKey_signing_key"] {
            assert!(is_secret_key(key), "{key}");
        }
        for key in [
            "max_password_age",
            "token_ttl",
            "proxy_pass",
            "install_packages",
            "public_key",
            "passive",
            "password_length",
        ] {
            assert!(!is_secret_key(key), "{key}");
        }
        assert!(is_secret_text("-----BEGIN PGP MESSAGE-----\nx"));
        assert!(is_secret_text("-----BEGIN PGP PRIVATE KEY BLOCK-----\nx"));
        assert!(is_secret_text("-----BEGIN RSA PRIVATE KEY-----"));
        assert!(!is_secret_text("-----BEGIN CERTIFICATE-----"));
        for text in [
            "hvs.CAESIJ1234567890",
            "mysql --password=hunter2",
            "$6$salt$abcdefgh",
            "$2b$12$abcdefghijkl",
            "$apr1$salt$abcdefgh",
            "token: abc",
            "--token abc",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefgh",
            "postgres://app:hunter2@db:5432/app",
            "/usr/bin/mysql -uroot -phunter2 app",
            "sshpass -p hunter2 ssh x",
            "curl -s -u app:hunter2 https://x",
            "CREATE USER a IDENTIFIED BY 'hunter2'",
        ] {
            assert!(is_secret_text(text), "{text}");
        }
        for text in [
            "the token is elsewhere",
            "hvs.",
            "salt://secret/file",
            "passwords",
            "{{ password }}",
            "https://example.com/a:b@c",
            "git@github.com:x/y",
            "mysql -P 3306 -p",
            "mkdir -p /srv/x",
            "http://user@host/",
            "curl -u {{ user }}:{{ pw }} x",
            "docker run -d x",
            "rsync -pr a b",
        ] {
            assert!(!is_secret_text(text), "{text}");
        }
    }
}
