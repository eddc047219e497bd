//! Which columns seem to hold what nobody else may know: no chat needs them.

use migrate_model::wording;

use crate::mapping::SectionKind;

/// Words that name what nobody else may know, in the names of columns of any table.
const SECRETS: &[&str] = &[
    "bearer",
    "cookie",
    "credential",
    "csrf",
    "jwt",
    "kennwort",
    "mfa",
    "otp",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "passwort",
    "pwd",
    "pwhash",
    "salt",
    "secret",
    "ssn",
    "totp",
];

/// Two words beside each other that do.
const SECRET_PAIRS: &[&str] = &[
    "2fa",
    "accesskey",
    "apikey",
    "authcode",
    "authkey",
    "backupcode",
    "encryptionkey",
    "keyhash",
    "passhash",
    "pincode",
    "privatekey",
    "pwhash",
    "recoverycode",
    "recoverykey",
    "sessionid",
    "sessionkey",
    "signingkey",
    "twofactor",
];

/// What is long enough to be found in words that are written together.
const SECRETS_WITHIN: &[&str] = &[
    "accesskey",
    "apikey",
    "credential",
    "kennwort",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "passwort",
    "pincode",
    "privatekey",
    "sessionid",
];

/// What the names of columns of users end with that hold such things: no chat needs them.
const SECRETS_OF_USERS: &[&str] = &[
    "auth", "code", "digest", "hash", "key", "pass", "pin", "pw", "seed", "session",
];

/// Words beside which the names of columns of users that end so mean no secret.
const NO_SECRETS_OF_USERS: &[&str] = &[
    "area", "country", "currency", "language", "locale", "postal", "postcode", "public", "zip",
];

/// Whether a column seems to hold what nobody else may know, by the words of its name.
pub(crate) fn is_secret(kind: SectionKind, column: &str) -> bool {
    let words = words(column);
    let single = |word: &str| word.strip_suffix('s').unwrap_or(word).to_owned();
    let is_in = |list: &[&str], word: &str| {
        let single = single(word);
        { list.iter() }.any(|it| *it == word || *it == single)
    };
    let has = |list: &[&str]| words.iter().any(|word| is_in(list, word));
    let mut pairs = words.windows(2).map(<[String]>::concat);
    let whole = words.concat();
    let is_token = has(&["token"]) || single(&whole).ends_with("token");
    let is_of_user = || {
        let ends = words
            .last()
            .is_some_and(|last| is_in(SECRETS_OF_USERS, last));
        let is_hidden = words.first().is_some_and(|first| first == "encrypted");
        (ends || is_hidden) && !has(NO_SECRETS_OF_USERS)
    };
    has(SECRETS)
        || has(SECRET_PAIRS)
        || pairs.any(|pair| is_in(SECRET_PAIRS, &pair))
        || SECRETS_WITHIN.iter().any(|secret| whole.contains(secret))
        || (is_token && !has(wording::COUNTED_TOKENS))
        || (kind == SectionKind::Users && is_of_user())
}

/// The words of a name, in lower case; one that begins with a capital letter is a word too.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for letter in name.chars() {
        let begins = letter.is_uppercase() && was_small;
        was_small = letter.is_lowercase() || letter.is_numeric();
        if begins || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_the_words_of_a_name() {
        let check = |kind, names: &str, expected: bool| {
            for name in names.split(' ') {
                assert_eq!(is_secret(kind, name), expected, "{name}");
            }
        };
        let anywhere = "password passwordDigest user_passwd pwd PWD pw_hash pwhash passphrase salt otp \
                        totp_secret two_factor_code twoFactor 2fa_code mfa_seed api_key apikey apiKeys \
                        access_key private_key sessionId session_key refresh_token authtoken \
                        device_tokens credential cookie jwt bearer recovery_codes pin_code kennwort ssn \
                        encryptedpassword secret secrets";
        let of_users = "pass pin key hash digest auth session seed otp_key \
                        encrypted_data invite_code";
        check(SectionKind::Messages, anywhere, true);
        check(SectionKind::Users, anywhere, true);
        check(SectionKind::Users, of_users, true);
        check(
            SectionKind::Messages,
            "pin hash key code session pass score",
            false,
        );
        check(
            SectionKind::Users,
            "secretary token_count tokens_used max_tokens zip_code country_code public_key compass \
             keyboard name bio passenger author opinion spin",
            false,
        );
    }
}
