//! Keyrings as they are read, and what is made under their keys: against the vectors of the standards, and
//! against HMACs made here.

use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use fpe::ff1::{FF1, FlexibleNumeralString};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::{Alphabet, Key, Keyring, KeyringError, TokenError, TokenForm, Version};

const BYTES: [u8; 32] = *b"thirty-two bytes of a test's key";

fn key(current: u32, versions: &[u32]) -> Key {
    let made = versions.iter().map(|number| {
        let mut bytes = BYTES;
        bytes[0] ^= u8::try_from(*number % 251).unwrap();
        Version::new(*number, &bytes).unwrap()
    });
    let at = versions.iter().position(|number| *number == current).unwrap();
    Key::new("people", at, made.collect())
}

fn form(alphabet: Alphabet) -> TokenForm<'static> {
    TokenForm { alphabet, domain: "users.phone", same_length: false, number: false }
}

fn hexadecimal(text: &str) -> Vec<u8> {
    let text: String = text.split_whitespace().collect();
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

#[test]
fn a_hash_is_the_hmac_that_anybody_can_make() {
    let mut mac = Hmac::<Sha256>::new_from_slice(&{
        let mut bytes = BYTES;
        bytes[0] ^= 1;
        bytes
    })
    .unwrap();
    mac.update(b"users.email\0ada@example.com");
    let expected: [u8; 32] = mac.finalize().into_bytes().into();
    assert_eq!(key(1, &[1]).current().hash("users.email", b"ada@example.com"), expected);
}

/// RFC 4231, test case 2, by which the HMAC itself is known to be one.
#[test]
fn the_hmac_is_that_of_the_standard() {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"Jefe").unwrap();
    mac.update(b"what do ya want for nothing?");
    let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(mac.finalize().into_bytes().to_vec(), hexadecimal(expected));
}

/// RFC 8452, appendix C.2.
#[test]
fn the_cipher_is_that_of_the_standard() {
    let key = hexadecimal("0100000000000000000000000000000000000000000000000000000000000000");
    let cipher = Aes256GcmSiv::new_from_slice(&key).unwrap();
    let nonce: [u8; 12] = hexadecimal("030000000000000000000000").try_into().unwrap();
    for (text, more, sealed) in [
        ("", "", "07f5f4169bbf55a8400cd47ea6fd400f"),
        ("0100000000000000", "", "c2ef328e5c71c83b843122130f7364b761e0b97427e3df28"),
        ("0200000000000000", "01", "1de22967237a813291213f267e3b452f02d01ae33e4ec854"),
    ] {
        let (text, more) = (hexadecimal(text), hexadecimal(more));
        let payload = Payload { msg: &text, aad: &more };
        let made = cipher.encrypt(&Nonce::from(nonce), payload).unwrap();
        assert_eq!(made, hexadecimal(sealed));
    }
}

/// NIST SP 800-38G, the examples for FF1 with AES-256 (samples 7 to 9).
#[test]
fn the_tokens_cipher_is_that_of_the_standard() {
    let key = hexadecimal("2b7e151628aed2a6abf7158809cf4f3c ef4359d8d580aa4f7f036d6f04fc6a94");
    let numerals = |text: &str| -> Vec<u16> {
        text.chars().map(|it| u16::try_from(it.to_digit(36).unwrap()).unwrap()).collect()
    };
    for (radix, tweak, text, token) in [
        (10, "", "0123456789", "6657667009"),
        (10, "39383736353433323130", "0123456789", "1001623463"),
        (36, "3737373770717273373737", "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
    ] {
        let cipher = FF1::<aes::Aes256>::new(&key, radix).unwrap();
        let tweak = hexadecimal(tweak);
        let made = cipher.encrypt(&tweak, &FlexibleNumeralString::from(numerals(text))).unwrap();
        assert_eq!(Vec::from(made), numerals(token));
    }
}

#[test]
fn what_was_sealed_comes_back_and_nothing_else_does() {
    let key = key(2, &[1, 2]);
    let seed: [&[u8]; 2] = [b"event", b"email"];
    let sealed = key.current().seal(&seed, "d", "\"ada@example.com\"");
    assert_eq!(key.current().open("d", &sealed).as_deref(), Ok("\"ada@example.com\""));
    assert_eq!(sealed, key.current().seal(&seed, "d", "\"ada@example.com\""), "as before");
    assert_ne!(sealed[12..], key.current().seal(&[b"other"], "d", "\"ada@example.com\"")[12..]);
    assert!(key.current().open("e", &sealed).is_err(), "another domain");
    assert!(key.version(1).unwrap().open("d", &sealed).is_err(), "another version");
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(key.current().open("d", &changed).is_err(), "byte {at}");
        assert!(key.current().open("d", &sealed[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_token_has_the_form_of_its_value_and_comes_back() {
    use Alphabet::{Alphanumeric, Digits, Lowercase, Uppercase};
    let key = key(1, &[1]);
    for (alphabet, text) in [
        (Digits, "+49 (170) 123-4567"),
        (Digits, "000000"),
        (Digits, "4111 1111 1111 1111"),
        (Lowercase, "ab-12-cd"),
        (Uppercase, "DE89 3704 0044 0532 0130 00"),
        (Alphanumeric, "Ab1z"),
    ] {
        let token = form(alphabet).token(&key, text).unwrap();
        assert_eq!(token.len(), text.len() + 1);
        assert_eq!(form(alphabet).text(&key, None, &token).as_deref(), Ok(text));
        let shape = |text: &str| text.replace(char::is_alphanumeric, "x");
        assert_eq!(shape(&token).replacen('x', "", 1), shape(text), "{token}");

        let same_length = TokenForm { same_length: true, ..form(alphabet) };
        let token = same_length.token(&key, text).unwrap();
        assert_eq!(shape(&token), shape(text));
        assert_ne!(token, text);
        assert_eq!(same_length.text(&key, None, &token).as_deref(), Ok(text));
        let other = TokenForm { domain: "agents.phone", ..same_length };
        assert_ne!(other.token(&key, text).unwrap(), token, "another domain");
    }
}

#[test]
fn a_number_as_long_as_its_value_begins_with_no_zero() {
    let key = key(1, &[1]);
    let number = TokenForm { number: true, same_length: true, ..form(Alphabet::Digits) };
    for value in (1_000_000_u64..).step_by(997).take(2000) {
        let text = value.to_string();
        let token = number.token(&key, &text).unwrap();
        assert!(!token.starts_with('0') && token.len() == text.len(), "{token}");
        assert_eq!(number.text(&key, None, &token).unwrap(), text);
    }
    assert_eq!(number.token(&key, "100000"), Err(TokenError::TooShort(7)));
}

#[test]
fn what_would_stay_readable_or_be_guessed_makes_no_token() {
    let key = key(1, &[1]);
    for (alphabet, text, error) in [
        (Alphabet::Digits, "12345", TokenError::TooShort(6)),
        (Alphabet::Lowercase, "ab1", TokenError::TooShort(4)),
        (Alphabet::Alphanumeric, "abc", TokenError::TooShort(4)),
        (Alphabet::Digits, "", TokenError::TooShort(6)),
        (Alphabet::Digits, "A12345678", TokenError::BeyondAlphabet),
        (Alphabet::Uppercase, "ABCDe", TokenError::BeyondAlphabet),
        (Alphabet::Alphanumeric, "Zoë Meier", TokenError::BeyondAlphabet),
        (Alphabet::Digits, "١٢٣٤٥٦٧", TokenError::BeyondAlphabet),
        (Alphabet::Digits, &"1".repeat(257), TokenError::TooLong),
    ] {
        assert_eq!(form(alphabet).token(&key, text), Err(error), "{text}");
    }
}

#[test]
fn tokens_of_old_versions_stay_readable() {
    for version in [1, 8, 9, 42, 107, 108] {
        let old = key(version, &[version]);
        let token = form(Alphabet::Digits).token(&old, "170-123456").unwrap();
        let rotated = key(109, &[109, version]);
        let text = form(Alphabet::Digits).text(&rotated, None, &token);
        assert_eq!(text.as_deref(), Ok("170-123456"), "{version}: {token}");
        let same_length = TokenForm { same_length: true, ..form(Alphabet::Digits) };
        let token = same_length.token(&old, "170-123456").unwrap();
        let text = same_length.text(&rotated, Some(version), &token);
        assert_eq!(text.as_deref(), Ok("170-123456"), "{version}");
    }
    let high = key(109, &[109]);
    let token = form(Alphabet::Digits).token(&high, "170-123456");
    assert_eq!(token, Err(TokenError::VersionTooHigh));
    let unknown = form(Alphabet::Digits).text(&key(2, &[2]), None, "1123456");
    assert_eq!(unknown, Err(TokenError::UnknownVersion));
}

#[test]
fn a_keyring_is_read_strictly_and_shows_nothing() {
    use KeyringError::{Members, NotAKey, NotAKeyring, NotAName, TooLong, Twice, Versions};
    let good = base64_simd::STANDARD.encode_to_string(BYTES);
    let short = base64_simd::STANDARD.encode_to_string(&BYTES[1..]);
    let of = |versions: &str| format!(r#"{{"a":{{"current":1,"versions":{{{versions}}}}}}}"#);
    let a = || "a".to_owned();
    for (document, error) in [
        (String::new(), NotAKeyring),
        ("[]".to_owned(), NotAKeyring),
        ("{}".to_owned(), NotAKeyring),
        (r#"{"a":1}"#.to_owned(), NotAKeyring),
        (r#"{"a.b":{}}"#.to_owned(), NotAName("a.b".to_owned())),
        (r#"{"a":{},"\u0061":{}}"#.to_owned(), Twice(a())),
        (r#"{"a":{"versions":{}}}"#.to_owned(), Members(a())),
        (of(&format!(r#""1":"{good}""#)).replace("current", "curent"), Members(a())),
        (of(&format!(r#""2":"{good}""#)), Versions(a())),
        (of(&format!(r#""01":"{good}""#)), Versions(a())),
        (of(&format!(r#""10000":"{good}""#)), Versions(a())),
        (of(&format!(r#""1":"{good}","1":"{good}""#)), Twice("1".to_owned())),
        (of(&format!(r#""1":"{short}""#)), NotAKey(a(), 1)),
        (of(r#""1":"not base64""#), NotAKey(a(), 1)),
        (of(r#""1":7"#), NotAKey(a(), 1)),
        (" ".repeat(65 * 1024), TooLong),
    ] {
        let read = Keyring::parse(document.as_bytes()).map(drop);
        assert_eq!(read, Err(error), "{document}");
    }
    let keyring = Keyring::parse(of(&format!(r#""1":"{good}\n""#)).as_bytes()).unwrap();
    assert_eq!(keyring.names().collect::<Vec<_>>(), ["a"]);
    let (key, shown) = (keyring.get("a").unwrap(), format!("{keyring:?}"));
    assert!(keyring.get("b").is_none());
    for shown in [shown, format!("{key:?} {:?}", key.current())] {
        assert!(!shown.contains(&good[..6]) && !shown.contains("thirty"), "{shown}");
    }
}

#[test]
fn the_fixed_keyring_has_every_name_and_each_its_own_key() {
    let fixed = Keyring::fixed();
    let hash = |name: &str| fixed.get(name).unwrap().current().hash("d", b"value");
    assert_eq!(hash("a"), hash("a"));
    assert_ne!(hash("a"), hash("b"));
}
