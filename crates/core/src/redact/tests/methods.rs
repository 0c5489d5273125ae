//! Each method, over values of every kind: what stands in their place, or why nothing does.

use crate::{
    keyring::Keyring,
    redact::{RecordError, RecordRules},
    rules::{ConfigFile, Rules},
};

/// The rules of a table `t` with everything included and these redactions.
fn rules(redact: &str) -> Rules {
    let text = format!(
        "{{version: 1, pipeline: t, tables: {{t: {{keys: none, include: ['*'], redact: [{redact}]}}}}}}"
    );
    let file = ConfigFile { path: "t.yaml".into(), text };
    let rules =
        Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{redact}: {problems}")).rules;
    rules.with_keys(&Keyring::fixed()).unwrap()
}

pub(super) fn redacted(redact: &str, row: &str) -> Result<String, RecordError> {
    let rules = rules(redact);
    let table = RecordRules::of_table(rules.find(None, None, "t").unwrap());
    table.redact_text(row.as_bytes()).map(|record| record.json.get().clone())
}

/// The method's settings, a value as JSON, and what stands in its place, or a part of why nothing does.
fn check(method: &str, value: &str, expected: Result<&str, &str>) {
    let entry = format!("{{fields: [v], method: {method}}}");
    let made = redacted(&entry, &format!("{{\"v\":{value}}}"));
    match (made, expected) {
        (Ok(made), Ok(expected)) => {
            assert_eq!(made, format!("{{\"v\":{expected}}}"), "{method} of {value}");
        }
        (Err(error), Err(expected)) => {
            let error = error.to_string();
            assert!(error.contains(expected), "{method} of {value}: {error}");
            let told = value.trim_matches('"');
            assert!(told.len() < 5 || !error.contains(told), "{error} tells the value");
        }
        (made, expected) => panic!("{method} of {value}: {made:?} where {expected:?} is expected"),
    }
}

#[test]
fn null_stays_null_whatever_the_method() {
    for method in [
        "replace",
        "null",
        "mask",
        "hash, key: k",
        "tokenize, key: k",
        "encrypt, key: k",
        "truncate, to: year",
        "generalize, to: domain",
    ] {
        check(method, "null", Ok("null"));
    }
}

#[test]
fn a_constant_stands_for_every_value() {
    for value in ["\"x\"", "1", "true", "{\"a\":1}", "[1]"] {
        check("replace", value, Ok("\"[REDACTED]\""));
        check("replace, with: 'a\"b'", value, Ok(r#""a\"b""#));
        check("null", value, Ok("null"));
    }
}

#[test]
fn a_mask_keeps_the_shape_and_the_ends() {
    for (method, value, expected) in [
        ("mask", r#""Ada-Lovelace 1815""#, r#""Xxx-Xxxxxxxx nnnn""#),
        ("mask", r#""ada@example.com""#, r#""xxx@xxxxxxx.xxx""#),
        ("mask, keep_last: 4", r#""+1-202-555-0147""#, r#""+n-nnn-nnn-0147""#),
        ("mask, keep_first: 2", r#""Lovelace""#, r#""Loxxxxxx""#),
        ("mask, keep_first: 1, keep_last: 1", r#""Ada""#, r#""Axa""#),
        // Nothing is left to hide between the ends: then they are hidden, too.
        ("mask, keep_first: 2, keep_last: 1", r#""Ada""#, r#""Xxx""#),
        ("mask, keep_last: 4", r#""0147""#, r#""nnnn""#),
        ("mask, upper: '*', lower: '*', digit: '*', other: '*'", r#""A b-1""#, r#""*****""#),
        ("mask, lower: keep", r#""Ada1""#, r#""Xdan""#),
        // Letters without case, marks and signs beyond ASCII don't stay.
        ("mask", r#""王小明 Zoë ١ 😀""#, r#""xxx Xxx n x""#),
        ("mask", r#""\u0041\n""#, r#""X\n""#),
        ("mask, other: '-'", r#""a\u0001\"""#, r#""xx-""#),
        ("mask", "\"\"", "\"\""),
        ("mask", "-12.50", r#""-nn.nn""#),
        ("mask, as: number", "-12.50", "-11.11"),
        ("mask, as: number, digit: 7", "120", "777"),
        ("mask, as: number, keep_last: 2", "5550147", "1111147"),
        ("mask, as: number", "\"A12\"", "\"X11\""),
    ] {
        check(method, value, Ok(expected));
    }
    check("mask", "true", Err("mask is for text and numbers, and it is true or false"));
    check("mask", "{\"a\":1}", Err("it is an object"));
}

#[test]
fn equal_values_of_one_domain_have_equal_hashes() {
    let hashed = |domain: &str, row: &str| {
        let entry = format!("{{fields: [a, b], method: hash, key: people{domain}}}");
        let made = redacted(&entry, row).unwrap();
        let value: serde_json::Value = serde_json::from_str(&made).unwrap();
        (value["a"].as_str().unwrap().to_owned(), value["b"].as_str().unwrap().to_owned())
    };
    let (a, b) = hashed(", domain: mail", r#"{"a":"ada","b":"\u0061da"}"#);
    assert_eq!(a, b, "the content counts, not how it is written");
    let key = Keyring::fixed().get("people").unwrap();
    let expected = crate::record::hex(&key.current().hash("mail", b"ada"));
    assert_eq!(a, format!("people.1:{expected}"));
    let (a, b) = hashed(", domain: mail", r#"{"a":42,"b":"42"}"#);
    assert_eq!(a, b, "of a number, its digits");
    let (a, b) = hashed("", r#"{"a":"ada","b":"ada"}"#);
    assert_ne!(a, b, "without a domain each column has its own");
    let expected = crate::record::hex(&key.current().hash("t.a", b"ada"));
    assert_eq!(a, format!("people.1:{expected}"));
}

#[test]
fn a_token_keeps_kind_and_form() {
    let value = |json: String| json["{\"v\":".len()..json.len() - 1].to_owned();
    let tokenize = |more: &str, json: &str| {
        let entry = format!("{{fields: [v], method: tokenize, key: k{more}}}");
        redacted(&entry, &format!("{{\"v\":{json}}}")).map(value)
    };
    let number = tokenize("", "-1234567").unwrap();
    assert!(number.starts_with("-1") && number.len() == 9, "{number}");
    number.parse::<i64>().unwrap();
    let text = tokenize(", same_length: true", "\"202-555-0147\"").unwrap();
    assert_eq!(text.replace(|it: char| it.is_ascii_digit(), "0"), "\"000-000-0000\"");
    let other = tokenize(", same_length: true, domain: x", "\"202-555-0147\"").unwrap();
    assert_ne!(text, other);
    for (json, why) in [
        ("12345", "fewer than 6 characters"),
        ("1.5", "not a whole number"),
        ("1e9", "not a whole number"),
        ("\"AB-1234567\"", "letters or digits that are not of the token's alphabet"),
        ("[1]", "tokenize is for text and whole numbers, and it is an array"),
    ] {
        let error = tokenize("", json).unwrap_err().to_string();
        assert!(error.contains(why), "{json}: {error}");
    }
}

#[test]
fn an_encrypted_value_of_any_kind_comes_back_as_it_was() {
    let key = Keyring::fixed().get("vault").unwrap();
    for json in ["\"a\\u0062\"", "-12.50", "true", "{\"a\": [1]}", "12345678901234567890"] {
        let entry = "{fields: [v], method: encrypt, key: vault}";
        let made = redacted(entry, &format!("{{\"v\":{json}}}")).unwrap();
        let sealed = made.strip_prefix("{\"v\":\"vault.1:").unwrap().strip_suffix("\"}").unwrap();
        let sealed = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(sealed).unwrap();
        assert_eq!(key.current().open("", &sealed).as_deref(), Ok(json));
    }
}

#[test]
fn less_of_a_value() {
    for (method, value, expected) in [
        ("truncate, characters: 3", r#""Lovelace""#, r#""Lov""#),
        ("truncate, characters: 3", r#""Zoë!""#, r#""Zoë""#),
        ("truncate, characters: 9", r#""Ada""#, r#""Ada""#),
        ("truncate, to: year", r#""2016-05-13""#, r#""2016-01-01""#),
        ("truncate, to: month", r#""2016-05-13""#, r#""2016-05-01""#),
        ("truncate, to: month", r#""2016-05-13T10:30:00.123Z""#, r#""2016-05-01T00:00:00Z""#),
        ("truncate, to: year", r#""2016-05-13 10:30:00+02:00""#, r#""2016-01-01 00:00:00+02:00""#),
        ("truncate, to: year", r#""2016-05-13 10:30:00""#, r#""2016-01-01 00:00:00""#),
        ("truncate, bucket: 1000", "12345", "12000"),
        ("truncate, bucket: 1000", "\"12345.67\"", "\"12000\""),
        ("truncate, bucket: 10", "-1", "-10"),
        ("truncate, bucket: 10", "-10", "-10"),
        ("truncate, bucket: 10", "-10.5", "-20"),
        ("truncate, bucket: 10", "0.5", "0"),
        ("truncate, bucket: 10", "-0.0", "0"),
        ("truncate, bucket: 100", "1.2345e3", "1200"),
        ("truncate, bucket: 100", "12345e-2", "100"),
        ("truncate, bucket: 7", "12345678901234567890", "12345678901234567889"),
    ] {
        check(method, value, Ok(expected));
    }
    for (method, value, why) in [
        ("truncate, characters: 3", "12345", "truncate to characters is for text"),
        ("truncate, to: year", r#""13.05.2016""#, "not a date"),
        ("truncate, to: year", r#""2016-02-30""#, "not a date"),
        ("truncate, to: year", r#""2016-05-13 in May""#, "not a date"),
        ("truncate, to: year", r#""2016-05-13T10:00:00Zulu""#, "not a date"),
        ("truncate, to: year", "20160513", "truncate to a year is for text"),
        ("truncate, bucket: 10", r#""12 years""#, "not a number"),
        ("truncate, bucket: 10", "1e400", "not a number"),
        ("truncate, bucket: 10", r#""""#, "not a number"),
        ("truncate, bucket: 10", "true", "truncate is for text and numbers"),
    ] {
        check(method, value, Err(why));
    }
}

#[test]
fn the_group_that_a_value_belongs_to() {
    for (method, value, expected) in [
        ("generalize, to: network", r#""203.0.113.77""#, r#""203.0.113.0/24""#),
        ("generalize, to: network", r#""203.0.113.77/32""#, r#""203.0.113.0/24""#),
        ("generalize, to: network", r#""2001:db8:85a3:1::7""#, r#""2001:db8:85a3::/48""#),
        ("generalize, to: network", r#""::ffff:203.0.113.77""#, r#""203.0.113.0/24""#),
        ("generalize, to: domain", r#""ada@example.com""#, r#""example.com""#),
        ("generalize, to: domain", r#""a@b@sub.example.com""#, r#""sub.example.com""#),
    ] {
        check(method, value, Ok(expected));
    }
    for (method, value, why) in [
        ("generalize, to: network", r#""203.0.113.0/16""#, "not an IP address"),
        ("generalize, to: network", r#""203.0.113.777""#, "not an IP address"),
        ("generalize, to: domain", r#""Ada Lovelace""#, "not an e-mail address"),
        ("generalize, to: domain", r#""Ada <ada@example.com>""#, "not an e-mail address"),
        ("generalize, to: domain", r#""@example.com""#, "not an e-mail address"),
        ("generalize, to: domain", "7", "generalize is for text"),
    ] {
        check(method, value, Err(why));
    }
}

#[test]
fn without_its_key_nothing_passes() {
    let text = "{version: 1, pipeline: t, tables: {t: {keys: none, include: [v], redact: \
                [{fields: [v], method: hash, key: people}]}}}";
    let file = ConfigFile { path: "t.yaml".into(), text: text.into() };
    let rules = Rules::parse(&[file]).unwrap().rules;
    let table = RecordRules::of_table(rules.find(None, None, "t").unwrap());
    let error = table.redact_text(br#"{"v":"ada"}"#).unwrap_err().to_string();
    assert_eq!(error, "no rule could be applied to \"v\": the key \"people\" is not there");
    assert_eq!(rules.keys().into_iter().collect::<Vec<_>>(), ["people"]);
    let missing = rules.with_keys(&Keyring::default()).map(drop).unwrap_err().to_string();
    let expected = "the keyring lacks the key \"people\", which table t names (t.yaml:1)";
    assert_eq!(missing, expected);
}
