//! The way back: what each kind of value was, and why what is none of its column's is refused.

use crate::{
    keyring::Keyring,
    redact::{RecordRules, RevealError, reveal},
    rules::{ConfigFile, Rules},
};

const COLUMNS: &str = "
  - {fields: [secret, doc.inner, '\"dotted.name\"', '**.deep'], method: encrypt, key: vault}
  - {fields: [bound], method: encrypt, key: vault, domain: people}
  - {fields: [bound_else], method: encrypt, key: vault, domain: others}
  - {fields: [phone], method: tokenize, key: people}
  - {fields: [code], method: tokenize, key: people, alphabet: alphanumeric}
  - {fields: [card], method: tokenize, key: people, same_length: true}
  - {fields: [mail], method: hash, key: people}
  - {fields: [shape], method: mask}
  - gone
";

const FIRST: &str = "dGhpcnR5LXR3byBieXRlcyBvZiBhIHRlc3QncyBrZXk=";
const SECOND: &str = "YW5vdGhlciBrZXksIG9mIHRoaXJ0eS10d28gYnl0ZXM=";

fn parsed(redact: &str) -> Rules {
    let text = format!(
        "version: 1\npipeline: t\ntables:\n  t:\n    keys: none\n    include: ['*']\n    rename: \
         {{card: payment}}\n    redact: {}",
        redact.replace("\n  ", "\n      ")
    );
    let file = ConfigFile { path: "t.yaml".into(), text };
    Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}")).rules
}

/// Rules whose keys have these versions, of which the last is the current one.
fn keyed(redact: &str, versions: &[(u32, &str)]) -> Rules {
    let current = versions.last().unwrap().0;
    let versions: Vec<_> =
        versions.iter().map(|(number, key)| format!("\"{number}\":\"{key}\"")).collect();
    let key = format!("{{\"current\":{current},\"versions\":{{{}}}}}", versions.join(","));
    let keyring = Keyring::parse(format!("{{\"vault\":{key},\"people\":{key}}}").as_bytes());
    parsed(redact).with_keys(&keyring.unwrap()).unwrap()
}

/// What stands in the place of a column's value.
fn withheld(rules: &Rules, column: &str, value: &str) -> String {
    let table = RecordRules::of_table(rules.find(None, None, "t").unwrap());
    let start = format!("{{\"{column}\":");
    let made = table.redact_text(format!("{start}{value}}}").as_bytes()).unwrap();
    made.json.get().strip_prefix(&*start).unwrap().strip_suffix('}').unwrap().to_owned()
}

fn revealed(
    rules: &Rules,
    column: &str,
    value: &str,
    version: Option<u32>,
) -> Result<String, RevealError> {
    reveal(rules.find(None, None, "t").unwrap(), column, value, version)
}

#[test]
fn every_value_comes_back_as_it_was() {
    let rules = keyed(COLUMNS, &[(1, FIRST)]);
    let of_secret = ["\"a\\u0062\"", "-12.50", "true", "{\"a\": [1, null]}", "1e400", "\"\""];
    let texts = ["\"+1-202-555-0147\"", "\"0000000\"", "\"  123 456  \""];
    for (column, values) in [
        ("secret", &of_secret[..]),
        ("bound", &of_secret),
        ("phone", &texts),
        ("phone", &["5550147", "-1000000", "12345678901234567890123"]),
        ("code", &["\"AB-1234-z\""]),
        ("card", &texts),
        ("card", &["-5550147", "1000000"]),
    ] {
        for value in values {
            let made = withheld(&rules, column, value);
            assert_ne!(made, **value);
            assert_eq!(revealed(&rules, column, &made, None).as_deref(), Ok(*value), "{made}");
        }
    }
    for column in ["secret", "phone", "card"] {
        assert_eq!(revealed(&rules, column, "null", None).as_deref(), Ok("null"));
    }
}

#[test]
fn a_column_is_named_as_the_rules_or_the_events_name_it() {
    let rules = keyed(COLUMNS, &[(1, FIRST)]);
    let secret = withheld(&rules, "secret", "7");
    for name in ["secret", "SECRET", "doc.inner", "Doc.Inner", "dotted.name", "\"dotted.name\""] {
        assert_eq!(revealed(&rules, name, &secret, None).as_deref(), Ok("7"), "{name}");
    }
    for name in ["deep", "x.deep", "x.y.deep"] {
        assert_eq!(revealed(&rules, name, &secret, None).as_deref(), Ok("7"), "{name}");
    }
    let card = withheld(&rules, "card", "\"5550147\"");
    // RecordRules keep a column's own name; events have the one that rename gives.
    assert_eq!(revealed(&rules, "payment", &card, None).as_deref(), Ok("\"5550147\""));
    for name in ["doc", "doc.inner.more", "inner", "other", "sec*", "*", "", "a..b"] {
        let error = revealed(&rules, name, &secret, None).unwrap_err();
        assert_eq!(error, RevealError::NotWithheld, "{name}");
        assert!(error.is_of_column());
    }
    for (name, method) in [("mail", "hash"), ("shape", "mask"), ("gone", "replace")] {
        let error = revealed(&rules, name, "null", None).unwrap_err();
        assert_eq!(error, RevealError::Irreversible(method));
    }
}

#[test]
fn old_versions_stay_readable_and_new_values_are_of_the_current_one() {
    let old = keyed(COLUMNS, &[(1, FIRST)]);
    let both = keyed(COLUMNS, &[(1, FIRST), (2, SECOND)]);
    let new = keyed(COLUMNS, &[(2, SECOND)]);
    for (column, value) in [("secret", "\"x\""), ("phone", "5550147")] {
        let (first, second) = (withheld(&old, column, value), withheld(&both, column, value));
        assert_ne!(first, second);
        assert_eq!(second, withheld(&new, column, value));
        for made in [&first, &second] {
            assert_eq!(revealed(&both, column, made, None).as_deref(), Ok(value));
        }
        let error = revealed(&new, column, &first, None).unwrap_err().to_string();
        assert!(error.contains("the keyring does not have"), "{error}");
        assert_eq!(revealed(&both, column, &first, Some(1)), Err(RevealError::VersionTold));
    }
    let first = withheld(&old, "card", "5550147");
    assert_eq!(revealed(&both, "card", &first, Some(1)).as_deref(), Ok("5550147"));
    assert_ne!(revealed(&both, "card", &first, None).as_deref(), Ok("5550147"));
    let error = revealed(&new, "card", &first, Some(1)).unwrap_err();
    assert_eq!(error.to_string(), "it is of a version that the keyring does not have");
}

#[test]
fn what_is_none_of_the_columns_is_refused_and_not_told() {
    let rules = keyed(COLUMNS, &[(1, FIRST)]);
    let sealed = withheld(&rules, "bound", "\"ada@example.com\"");
    let sealed = sealed.trim_matches('"');
    let changed = |at: usize| {
        let mut text = sealed.to_owned();
        let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
        text.replace_range(at..=at, other);
        text
    };
    let last = sealed.len() - 2;
    for (column, value, why) in [
        ("bound", changed(last), "not a ciphertext of this key and domain, or changed since"),
        ("bound", changed("vault.1:".len()), "or changed since"),
        ("bound", sealed[..sealed.len() - 4].to_owned(), "or changed since"),
        ("bound", "vault.1:AAAA".to_owned(), "or changed since"),
        ("bound_else", sealed.to_owned(), "or changed since"),
        ("secret", sealed.to_owned(), "or changed since"),
        ("bound", sealed.replace("vault", "vaults"), "not made under the key \"vault\""),
        ("bound", sealed.replace(".1:", ".2:"), "a version of the key \"vault\""),
        ("bound", sealed.replace(".1:", ".01:"), "not what encrypt leaves"),
        ("bound", sealed.replace(':', ""), "not what encrypt leaves"),
        ("bound", "vault.1:?".to_owned(), "not what encrypt leaves"),
        ("bound", "ada@example.com".to_owned(), "not what encrypt leaves"),
        ("phone", "example".to_owned(), "letters or digits that are not"),
        ("phone", "12345".to_owned(), "fewer than 6 characters"),
        ("phone", "91234567".to_owned(), "a version that the keyring does not have"),
    ] {
        let error = revealed(&rules, column, &format!("\"{value}\""), None).unwrap_err();
        assert!(!error.is_of_column());
        let error = error.to_string();
        assert!(error.contains(why), "{column} {value}: {error}");
        assert!(!error.contains("ada") && !error.contains("example"), "{error}");
        assert!(value.len() < 8 || !error.contains(&value[..8]), "{error} tells the value");
    }
    for (column, value, why) in [
        ("bound", "7", RevealError::NotACiphertext),
        ("phone", "[1]", RevealError::NotAToken),
        ("phone", "1e9", RevealError::NotAToken),
        ("phone", "true", RevealError::NotAToken),
    ] {
        assert_eq!(revealed(&rules, column, value, None), Err(why));
    }
    let unbound = parsed(COLUMNS);
    for (column, key) in [("bound", "vault"), ("phone", "people")] {
        let error = revealed(&unbound, column, "\"x\"", None).unwrap_err();
        assert_eq!(error, RevealError::NoKey(key.to_owned()));
    }
}

#[test]
fn a_number_that_is_no_token_does_not_become_what_is_no_number() {
    let rules = keyed(COLUMNS, &[(1, FIRST)]);
    // Some of these were numbers with a zero in front.
    let answers: Vec<_> = (1_000_000..1_000_200)
        .map(|number: u32| revealed(&rules, "phone", &number.to_string(), None))
        .collect();
    assert!(answers.contains(&Err(RevealError::NotAToken)));
    for answer in answers.iter().flatten() {
        assert!(!answer.starts_with('0'), "{answer}");
    }
}
