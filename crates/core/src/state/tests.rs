use super::{DOCUMENT_BYTES_MAX, Document, DocumentError, Expected, ProcessorName, Revision};

/// What is kept of a document: its text, and its three members.
fn kept(text: &str) -> Result<String, DocumentError> {
    let document = Document::parse(text)?;
    let shown = |member: Option<&str>| member.unwrap_or("-").to_owned();
    Ok([
        document.to_json(),
        shown(document.last_processed_sequence()),
        shown(document.processed_count()),
        shown(document.last_updated()),
    ]
    .join(" "))
}

#[test]
fn a_document_is_kept_byte_for_byte_but_for_its_revision() {
    for (text, expected) in [
        ("{}", "{} - - -"),
        (r#" { "a" : 1.50 , "b" : [1, 2] } "#, r#"{"a":1.50,"b":[1, 2]} - - -"#),
        (
            r#"{"lastProcessedSequence":"49590338271490256608559692538361571095921575989136588898"}"#,
            r#"{"lastProcessedSequence":"49590338271490256608559692538361571095921575989136588898"} 49590338271490256608559692538361571095921575989136588898 - -"#,
        ),
        (
            r#"{"lastProcessedSequence":12345678901234567890,"processedCount":7}"#,
            r#"{"lastProcessedSequence":12345678901234567890,"processedCount":7} 12345678901234567890 7 -"#,
        ),
        (r#"{"revision":"r7","a":1}"#, r#"{"a":1} - - -"#),
        (r#"{"re\u0076ision":"r7","a":1}"#, r#"{"a":1} - - -"#),
        (r#"{"\"":1e400}"#, r#"{"\"":1e400} - - -"#),
        (
            r#"{"lastProcessedSequence":null,"processedCount":null,"lastUpdated":null}"#,
            r#"{"lastProcessedSequence":null,"processedCount":null} - - -"#,
        ),
        (r#"{"lastUpdated":1705314600}"#, r#"{"lastUpdated":1705314600} - - 1705314600"#),
    ] {
        assert_eq!(kept(text), Ok(expected.to_owned()), "{text}");
    }
}

#[test]
fn what_is_no_document_is_refused_with_the_member_at_fault() {
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(DOCUMENT_BYTES_MAX));
    let wide = format!(r#"{{"lastProcessedSequence":"{}"}}"#, "9".repeat(257));
    let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    for (text, member, says) in [
        ("", None, "ends too early"),
        ("[]", None, "an object is expected"),
        (&*long, None, "longer than 262144 bytes"),
        (&*deep, None, "nested deeper"),
        (r#"{"a":1,"\u0061":2}"#, None, "twice"),
        (&*wide, Some("lastProcessedSequence"), "1 to 256 characters"),
        (r#"{"lastProcessedSequence":""}"#, Some("lastProcessedSequence"), "1 to 256"),
        (r#"{"lastProcessedSequence":{}}"#, Some("lastProcessedSequence"), "1 to 256"),
        (r#"{"processedCount":-1}"#, Some("processedCount"), "whole number"),
        (r#"{"processedCount":1.0}"#, Some("processedCount"), "whole number"),
        (r#"{"processedCount":"1"}"#, Some("processedCount"), "whole number"),
        ("{\"lastProcessedSequence\":\"4\\u001b[2J\"}", Some("lastProcessedSequence"), "control"),
        ("{\"lastProcessedSequence\":\"4\\u0000\"}", Some("lastProcessedSequence"), "control"),
        ("{\"lastUpdated\":\"noon\\n\"}", Some("lastUpdated"), "control"),
        ("{\"lastUpdated\":\"\u{7f}\"}", Some("lastUpdated"), "control"),
        ("{\"lastUpdated\":\"\u{9b}2J\"}", Some("lastUpdated"), "control"),
        (r#"{"lastUpdated":true}"#, Some("lastUpdated"), "a time"),
    ] {
        let error = kept(text).unwrap_err();
        assert_eq!(error.member(), member, "{error}");
        assert!(error.to_string().contains(says), "{error} should say {says}");
    }
}

#[test]
fn a_document_is_dated_once_and_shown_with_its_revision() {
    let now = "2024-01-15T10:30:00.1239Z".parse().unwrap();
    for (text, expected) in [
        ("{}", r#"{"lastUpdated":"2024-01-15T10:30:00.123Z","revision":"r1"}"#),
        (r#"{"lastUpdated":"now"}"#, r#"{"lastUpdated":"now","revision":"r1"}"#),
    ] {
        let dated = Document::parse(text).unwrap().dated(now);
        assert_eq!(dated.to_json_at(Revision::new(1)), expected);
        assert_eq!(Document::parse(&dated.to_json()).unwrap(), dated);
        assert_eq!(dated.clone().dated(jiff::Timestamp::MAX), dated);
    }
    let empty = Document::parse("{}").unwrap();
    assert_eq!(empty.to_json_at(Revision::new(3)), r#"{"revision":"r3"}"#);
    assert_eq!(format!("{empty:?}"), "Document(2 bytes)");
}

#[test]
fn revisions_are_read_as_they_are_written() {
    for text in ["r1", "r7", "r18446744073709551615"] {
        assert_eq!(Revision::parse(text).unwrap().to_string(), text);
    }
    for text in ["", "r", "7", "R7", "r07", "r+7", "r-1", "r18446744073709551616"] {
        assert_eq!(Revision::parse(text), None, "{text}");
    }
}

#[test]
fn what_a_save_expects() {
    let long = "9".repeat(257);
    assert_eq!(Expected::parse(None), Ok(Expected::Anything));
    assert_eq!(Expected::parse(Some("")), Ok(Expected::Nothing));
    assert_eq!(Expected::parse(Some("r7")), Ok(Expected::Exactly("r7".to_owned())));
    assert!(Expected::parse(Some(&long)).is_err());
}

#[test]
fn names_are_bounded_and_the_pipelines_is_nobodys() {
    let long = "x".repeat(129);
    for (name, says) in [
        ("cache-invalidator", None),
        ("Wallboards_2.eu", None),
        ("", Some("1 to 128")),
        (&*long, Some("1 to 128")),
        ("a b", Some("1 to 128")),
        ("a|b", Some("1 to 128")),
        ("ä", Some("1 to 128")),
        ("cdc-processor", Some("never saved by hand")),
        ("CDC-Processor", Some("never saved by hand")),
    ] {
        let found = ProcessorName::parse(name).map_err(|error| error.to_string());
        match says {
            None => assert_eq!(found.unwrap().as_str(), name),
            Some(says) => assert!(found.unwrap_err().contains(says), "{name}"),
        }
    }
}
