//! Which values are secrets, by their key's name or by their form: shown nowhere unless a person asks
//! for them on the command line. Knows nothing of where they stand.

/// What stands for a secret.
pub const HIDDEN: &str = "***";

/// Keys whose values are secrets by their name, whatever they hold.
const SECRET_WORDS: [&str; 11] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "private_key",
    "privkey",
    "api_key",
    "apikey",
    "credential",
    "access_key",
];

/// Whether a key's name says that its value is a secret.
#[must_use]
pub fn is_secret_key(key: &str) -> bool {
    let key = key.to_lowercase().replace('-', "_");
    SECRET_WORDS.iter().any(|word| key.contains(word)) || matches!(key.as_str(), "pass" | "pw" | "pwd" | "key_data")
}

/// Beginnings of tokens that services give out: Vault, GitHub, GitLab, Slack, AWS; of what is encrypted;
/// and of hashed passwords (`crypt(5)`).
const TOKENS: [&str; 18] = [
    "hvs.",
    "hvb.",
    "hvr.",
    "ghp_",
    "gho_",
    "ghs_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "AKIA",
    "ENC[",
    "$ANSIBLE_VAULT",
    "$1$",
    "$2a$",
    "$2y$",
    "$5$",
    "$6$",
    "$y$",
];

/// Whether a text is a secret by its form, or holds one: encrypted or private blocks, tokens, hashed
/// passwords, `--password=…`.
#[must_use]
pub fn is_secret_text(text: &str) -> bool {
    if text.contains("-----BEGIN PGP MESSAGE") || (text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----")) {
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
    TOKENS.iter().any(is_token) || names_a_secret(text)
}

/// Whether the text gives a secret a value: `password=x`, `--token x`, `Authorization: x`.
fn names_a_secret(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut words = SECRET_WORDS.iter().copied().chain(["authorization"]);
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
        assert!(is_secret_text("-----BEGIN PGP MESSAGE-----\nx"));
        assert!(is_secret_text("-----BEGIN RSA PRIVATE KEY-----"));
        assert!(!is_secret_text("-----BEGIN CERTIFICATE-----"));
        for text in
            ["hvs.CAESIJ1234567890", "mysql --password=hunter2", "$6$salt$abcdefgh", "token: abc", "--token abc"]
        {
            assert!(is_secret_text(text), "{text}");
        }
        for text in ["the token is elsewhere", "hvs.", "salt://secret/file", "passwords", "{{ password }}"] {
            assert!(!is_secret_text(text), "{text}");
        }
    }
}
