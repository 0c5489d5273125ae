//! References as they are read, and what becomes of each kind of answer.

use cdc_core::rules::{ConfigFile, Rules};

use super::{KeyringReference, KeyringReferenceError, RedactionKeysError, with_redaction_keys};
use crate::{
    canned::{Answer, Canned},
    config::Connection,
    endpoint::Region,
    function::Fatal,
    secrets::KeyReferenceError,
};

/// Rules that name this key, or none.
fn rules(key: Option<&str>) -> Rules {
    let method = match key {
        Some(key) => format!("{{fields: [email], method: hash, key: {key}}}"),
        None => "email".to_owned(),
    };
    let text = format!(
        "{{version: 1, pipeline: p, tables: {{users: {{keys: none, include: [email], redact: [{method}]}}}}}}"
    );
    Rules::parse(&[ConfigFile { path: "t.yaml".into(), text }]).unwrap().rules
}

fn document(name: &str) -> String {
    let key = base64_simd::STANDARD.encode_to_string([7; 32]);
    format!(r#"{{"{name}":{{"current":1,"versions":{{"1":"{key}"}}}}}}"#)
}

#[test]
fn a_reference_names_a_secret_a_ciphertext_or_something_local() {
    use KeyringReferenceError::{NoVariable, NotACiphertext, Secret, UnknownKind};
    let secret = |name: &str| Ok(KeyringReference::SecretsManager(name.to_owned()));
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:cdc/keys-AbCdEf";
    let long = format!("kms:{}", base64_simd::STANDARD.encode_to_string([0; 6145]));
    for (text, expected) in [
        ("local:fixed", Ok(KeyringReference::LocalFixed)),
        (" secretsmanager:cdc/keys ", secret("cdc/keys")),
        (&format!("secretsmanager:{arn}"), secret(arn)),
        ("kms:AQI=", Ok(KeyringReference::Kms(vec![1, 2]))),
        ("env:KEYS", Ok(KeyringReference::Environment("the keys".to_owned()))),
        ("env:OTHER", Err(NoVariable)),
        ("kms:", Err(NotACiphertext)),
        ("kms:?", Err(NotACiphertext)),
        (&long, Err(NotACiphertext)),
        ("secretsmanager:a b", Err(Secret(KeyReferenceError::NotASecret))),
        ("c2VjcmV0", Err(UnknownKind)),
        ("{\"people\":{}}", Err(UnknownKind)),
        ("", Err(UnknownKind)),
    ] {
        let region = Region::parse("eu-west-1").unwrap();
        let variable = |name: &str| (name == "KEYS").then(|| "the keys".to_owned());
        let parsed = KeyringReference::parse(text, &region, variable);
        assert_eq!(parsed, expected, "{text:?}");
        assert!(!format!("{parsed:?}").contains("the keys"));
    }
}

#[tokio::test]
async fn each_kind_of_reference_gives_the_rules_their_keys() {
    let plain = base64_simd::STANDARD.encode_to_string(document("people"));
    let secret = KeyringReference::SecretsManager("cdc/keys".to_owned());
    let text = serde_json::json!({ "SecretString": document("people") }).to_string();
    for (reference, answer) in [
        (secret.clone(), Answer::ok(text)),
        (secret, Answer::ok(format!(r#"{{"SecretBinary":"{plain}"}}"#))),
        (KeyringReference::Kms(vec![1, 2]), Answer::ok(format!(r#"{{"Plaintext":"{plain}"}}"#))),
    ] {
        let canned = Canned::new([answer]);
        let connection = canned.connection();
        with_redaction_keys(&connection, Some(&reference), rules(Some("people"))).await.unwrap();
        let asked = &canned.requests()[0].body;
        if matches!(reference, KeyringReference::Kms(_)) {
            assert_eq!(asked["CiphertextBlob"], "AQI=");
            assert_eq!(asked["EncryptionContext"]["purpose"], "cdc-redaction-keys");
        } else {
            assert_eq!(asked["SecretId"], "cdc/keys");
        }
    }
}

#[tokio::test]
async fn what_is_local_stays_on_this_machine() {
    let aws = Connection::of_function(Region::parse("eu-west-1").unwrap(), None);
    for reference in
        [KeyringReference::LocalFixed, KeyringReference::Environment(document("people"))]
    {
        let canned = Canned::new([Answer::Lost]);
        let connection = canned.connection();
        with_redaction_keys(&connection, Some(&reference), rules(Some("people"))).await.unwrap();
        assert_eq!(canned.requests().len(), 0);
        let elsewhere = with_redaction_keys(&aws, Some(&reference), rules(Some("people"))).await;
        assert!(matches!(elsewhere, Err(RedactionKeysError::LocalKeysOnAws)));
    }
}

#[tokio::test]
async fn rules_without_keys_read_nothing_and_others_need_all_of_them() {
    let secret = KeyringReference::SecretsManager("cdc/keys".to_owned());
    let canned = Canned::new([Answer::Lost]);
    let connection = canned.connection();
    with_redaction_keys(&connection, Some(&secret), rules(None)).await.unwrap();
    with_redaction_keys(&connection, None, rules(None)).await.unwrap();
    assert_eq!(canned.requests().len(), 0);
    let why = |error: RedactionKeysError| format!("{:?}", Fatal::of(&error));
    let not_set = with_redaction_keys(&connection, None, rules(Some("people"))).await;
    assert_eq!(
        why(not_set.unwrap_err()),
        "REDACTION_KEYS is not set; name the secret that holds the keyring: the keyring lacks the key \
         \"people\", which table users names (t.yaml:1)"
    );
    let other = serde_json::json!({ "SecretString": document("others") }).to_string();
    for (answer, expected) in [
        (Answer::ok(other), "is not complete: the keyring lacks the key \"people\""),
        (Answer::ok("{}"), "has no value"),
        (
            Answer::ok(r#"{"SecretString":"thekeyitself"}"#),
            "names no usable keyring: the keyring is no JSON",
        ),
    ] {
        let canned = Canned::new([answer]);
        let connection = canned.connection();
        let read = with_redaction_keys(&connection, Some(&secret), rules(Some("people"))).await;
        let told = why(read.unwrap_err());
        assert!(told.contains(expected) && !told.contains("thekeyitself"), "{told}");
    }
}
