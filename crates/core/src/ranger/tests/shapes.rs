//! The shapes in which policies come, and what is no policy.

use super::{
    super::{Import, NotAnExport, NoteKind},
    policy,
};

#[test]
fn every_shape_that_ranger_gives_out_is_read() {
    let one = policy(7, "d/t/a MASK for public");
    for text in [
        one.clone(),
        format!("[{one}]"),
        format!(r#"{{"metaDataInfo":{{}},"policies":[{one}],"startIndex":0}}"#),
        format!(r#"{{"serviceName":"x","policies":[{one}],"tagPolicies":{{"policies":[]}}}}"#),
        one.replace("\"policyType\":1", "\"policyType\":\"1\""),
        one.replace("\"policyType\":1,", ""),
    ] {
        let import = Import::read(text.as_bytes(), None).unwrap();
        assert_eq!(import.tables.len(), 1, "{text}");
        assert!(import.is_whole(), "{:?}", import.notes);
    }
    let tag = r#"{"id":9,"name":"pii","policyType":1,"isEnabled":true,"resources":{"tag":{"values":["PII"]}}}"#;
    let text = format!(
        r#"{{"policies":[{one}],"tagPolicies":{{"policies":[{tag},{}]}}}}"#,
        tag.replace("true", "false")
    );
    let import = Import::read(text.as_bytes(), None).unwrap();
    let about: Vec<_> = import.notes.iter().filter(|note| note.kind == NoteKind::LeftOut).collect();
    assert_eq!(about.len(), 1, "{:?}", import.notes);
}

#[test]
fn what_has_no_policies_is_refused_with_its_place() {
    for (text, expected) in [
        ("", "not valid JSON at byte 0"),
        ("[1,", "not valid JSON at byte 3"),
        ("7", "no policies at byte 0"),
        ("{\"tables\":[]}", "no policies at byte 0"),
        ("{\"policies\":{}}", "no policies at byte 12"),
        ("[]", "no policy in it"),
    ] {
        let error = Import::read(text.as_bytes(), None).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
    let many = format!("[{}0]", "0,".repeat(20_000));
    let error = Import::read(many.as_bytes(), None).unwrap_err();
    assert_eq!(error, NotAnExport::TooMany { what: "policies", found: 20_001, max: 20_000 });
    let tables: Vec<_> = (0..5001).map(|number| format!("t{number}")).collect();
    let text = policy(1, &format!("d/{}/a MASK for public", tables.join(",")));
    let error = Import::read(text.as_bytes(), None).unwrap_err();
    assert_eq!(error, NotAnExport::TooMany { what: "tables", found: 5001, max: 5000 });
}

#[test]
fn a_policy_that_cannot_be_read_is_a_note() {
    let whole = policy(1, "d/t/a MASK for public");
    let broken = [
        "7".to_owned(),
        whole.replace("\"column\"", "\"udf\""),
        whole.replace("dataMaskPolicyItems", "others"),
        whole.replace("\"dataMaskInfo\"", "\"info\""),
    ];
    let text = format!("[{}]", broken.join(","));
    let import = Import::read(text.as_bytes(), None).unwrap();
    let notes: Vec<_> =
        import.notes.iter().map(|note| (note.kind.as_str(), note.why.as_str())).collect();
    assert_eq!(
        notes,
        [
            ("left_out", "the policy at number 1 of the list is no JSON object"),
            (
                "left_out",
                "its resources are database, table, udf, expected database, table and column; nothing is masked by it"
            ),
            ("left_out", "it has no dataMaskPolicyItems, so it masks nothing"),
            ("stricter", "its mask type is \"\", which isn't known: \"[REDACTED]\" instead"),
        ]
    );
}

#[test]
fn names_cannot_command_a_terminal() {
    let text = policy(1, "d/t/a MASK for public").replace("\"p\"", "\"p\\u001b[2J\\u202e\"");
    let text = text.replace("\"MASK\"", "\"MASK\\n\\u001b\"");
    let import = Import::read(text.as_bytes(), None).unwrap();
    let shown = format!("{}{}", import.document("test"), import.notes[0]);
    assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
}
