use super::*;

fn parse(text: &str) -> Result<Document<'_>, JsonError> {
    Document::parse(text.as_bytes(), Vec::new())
}

#[test]
fn what_serde_json_accepts_is_accepted_and_nothing_else() {
    let accepted = [
        "0",
        "-0",
        "1.5e+10",
        "1e400",
        "null",
        "true",
        "false",
        "\"\"",
        "[]",
        "{}",
        " [ 1 , 2 ] ",
        r#"{"a":{"b":[{},[],null]},"c":"\u0041\n"}"#,
        "\"\u{7f}é\u{1F600}\"",
        r#""\ud800""#,
        "12345678901234567890123456789012345678901234567890",
        "[[[[]]]]",
        "\r\n\t 1",
    ];
    let refused = [
        "",
        " ",
        "01",
        "1.",
        ".5",
        "1e",
        "+1",
        "-",
        "tru",
        "nulll",
        "[1,]",
        "[,1]",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"a\nb\"",
        "[1 2]",
        "[1}",
        "{\"a\":1]",
        "1 2",
        "\u{feff}1",
        "'a'",
        "[",
        "{",
        "{\"a\"",
        "NaN",
        "[\"a\\\"]",
    ];
    for text in accepted {
        assert!(parse(text).is_ok(), "{text:?}");
        assert!(serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok(), "{text:?}");
    }
    for text in refused {
        assert!(parse(text).is_err(), "{text:?}");
        assert!(serde_json::from_str::<&serde_json::value::RawValue>(text).is_err(), "{text:?}");
    }
}

#[test]
fn every_cut_and_every_changed_byte_is_judged_as_serde_json_judges_it() {
    let text =
        r#" {"a":[1,-2.5e-3,"x\"\u00e9",{}],"b":{"c":null,"d":true},"long":"0123456789abcdef\\"} "#;
    for cut in 0..=text.len() {
        check_like_serde(&text.as_bytes()[..cut]);
    }
    for at in 0..text.len() {
        for byte in
            [0, b' ', b'"', b'\\', b'{', b'}', b'[', b']', b',', b':', b'0', b'e', b'.', 0xff]
        {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] = byte;
            check_like_serde(&bytes);
        }
    }
}

fn check_like_serde(bytes: &[u8]) {
    let ours = Document::parse(bytes, Vec::new()).is_ok();
    let theirs = std::str::from_utf8(bytes).is_ok()
        && serde_json::from_slice::<&serde_json::value::RawValue>(bytes).is_ok();
    assert_eq!(ours, theirs, "{}", String::from_utf8_lossy(bytes));
}

#[test]
fn values_are_slices_of_the_text() {
    let document =
        parse(r#"{"a": [1.10, {"x":1}], "n":1e400, "\u0062" : "q\"", "z":null}"#).unwrap();
    let root = document.root().as_object().unwrap();
    assert_eq!(root.get("a").unwrap().text(), r#"[1.10, {"x":1}]"#);
    assert_eq!(root.get("n").unwrap().text(), "1e400");
    assert_eq!(root.get("b").unwrap().as_str().unwrap(), "q\"");
    assert!(root.get("z").unwrap().is_null() && root.get("x").is_none());
    assert_eq!(root.members().count(), 4);
}

#[test]
fn depth_is_bounded_without_recursion() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse(&nested(DEPTH_MAX)).is_ok());
    let error = parse(&nested(DEPTH_MAX + 1)).err().unwrap();
    assert_eq!((error.kind, error.offset), (JsonErrorKind::TooDeep, DEPTH_MAX));
    assert!(parse(&nested(1_000_000)).is_err());
}

#[test]
fn the_number_of_values_is_bounded() {
    let list = |values: usize| format!("[{}0]", "0,".repeat(values - 1));
    assert!(parse(&list(NODES_MAX - 1)).is_ok());
    assert_eq!(parse(&list(NODES_MAX)).err().unwrap().kind, JsonErrorKind::TooManyNodes);
}

#[test]
fn special_bytes_are_found_at_every_offset() {
    for length in 0..40 {
        let plain = [b'x', 0xc3, 0xa9, 0x7f, b' ', 0xff, 0x80, b'!', b'#', b'[', b']'];
        let mut bytes: Vec<u8> = plain.iter().copied().cycle().take(length).collect();
        assert_eq!(scan::plain_length(&bytes), length);
        for at in 0..length {
            for special in [b'"', b'\\', 0x1f, 0] {
                let before = std::mem::replace(&mut bytes[at], special);
                assert_eq!(scan::plain_length(&bytes), at, "{bytes:?}");
                bytes[at] = before;
            }
        }
    }
}

#[test]
fn escapes_come_back_as_they_went() {
    for text in ["", "plain", "\"\\/\u{8}\u{c}\n\r\t\0\u{1f}\u{7f}", "é\u{1F600}\u{2028}", "ends\\"]
    {
        let mut json = String::new();
        write_string(&mut json, text);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        assert_eq!(parse(&json).unwrap().root().as_str().unwrap(), text);
    }
    assert_eq!(
        parse(r#""\ud83d\ude00\ud83dx\ude00""#).unwrap().root().as_str().unwrap(),
        "😀\u{fffd}x\u{fffd}"
    );
}

#[test]
fn duplicate_members_are_found_as_meant() {
    let many: String = (0..5000).map(|n| format!("\"c{n}\":0,")).collect();
    let cases = [
        (r#"{"a":1,"b":2}"#.to_owned(), None),
        (r#"{"ssn":1,"\u0073sn":2}"#.to_owned(), Some("ssn")),
        (r#"{"a":1,"A":2}"#.to_owned(), None),
        ("{}".to_owned(), None),
        (format!("{{{many}\"x\":1}}"), None),
        (format!("{{{many}\"c77\":1}}"), Some("c77")),
    ];
    for (text, expected) in cases {
        let document = parse(&text).unwrap();
        let found = document.root().as_object().unwrap().duplicate();
        assert_eq!(found.map(|name| name.unescaped().into_owned()).as_deref(), expected);
    }
}
