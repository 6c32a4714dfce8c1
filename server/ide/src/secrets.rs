//! Which values are secrets: shown nowhere unless a person asks for them on the command line.

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

/// Whether a text is a secret by its form: encrypted or private blocks.
#[must_use]
pub fn is_secret_text(text: &str) -> bool {
    text.contains("-----BEGIN PGP MESSAGE") || (text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----"))
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
    }
}
