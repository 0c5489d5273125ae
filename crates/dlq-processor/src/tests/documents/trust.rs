//! Foreign, forged and broken documents are refused and left, and what they say is escaped.

use std::slice::from_ref;

use serde_json::{Value, json};

use super::{
    super::{letters::update, world::World},
    build::{DocumentText, REPLAY, bucket, queue},
};

const VERIFY: &str = r#"{"action":"replay","from":"documents","verify":true}"#;

/// A bucket with this object under the default's key.
fn object(body: impl Into<bytes::Bytes>) -> World {
    let world = bucket(&[]);
    let body = body.into();
    world.with(|state| state.documents.objects.insert(DocumentText::default().key(), body));
    world
}

/// Replays, and expects the one document to be refused with this code and left.
fn check(world: &World, code: &str) -> Value {
    let answer = world.answer(REPLAY);
    assert_eq!(
        (&answer["refused"], &answer["replayed"]),
        (&1.into(), &0.into()),
        "{code}: {answer}"
    );
    let document = &answer["documents"][0];
    let refused = document["refused"].as_str().unwrap();
    assert!(refused.starts_with(&format!("{code}: ")), "{code}: {refused}");
    assert_eq!(document["outcome"], "refused");
    assert_eq!(world.accepted(), "", "{code}");
    assert_eq!((world.keys().len() + world.messages().0, world.messages().1), (1, 0), "{code}");
    document.clone()
}

#[test]
fn only_documents_of_the_configured_stream_and_function_are_taken() {
    let default = DocumentText::default;
    for (text, code) in [
        (
            DocumentText {
                stream: "arn:aws:kinesis:eu-west-1:123456789012:stream/other",
                ..default()
            },
            "OTHER_STREAM",
        ),
        (
            DocumentText {
                function: "arn:aws:lambda:eu-west-1:123456789012:function:cdc-processor2",
                ..default()
            },
            "OTHER_FUNCTION",
        ),
        (
            DocumentText {
                function: "arn:aws:lambda:us-east-1:123456789012:function:cdc-processor",
                ..default()
            },
            "OTHER_FUNCTION",
        ),
        (DocumentText { shard: "shardId-3", ..default() }, "NO_SHARD"),
        (DocumentText { shard: "shardId-000000000099", ..default() }, "UNKNOWN_SHARD"),
        (DocumentText { version: "1.1", ..default() }, "OTHER_VERSION"),
    ] {
        check(&bucket(from_ref(&text)), code);
        check(&queue(&[text]), code);
    }
    let alias = "arn:aws:lambda:eu-west-1:123456789012:function:cdc-processor:live";
    let world = bucket(&[DocumentText { function: alias, ..default() }]);
    assert_eq!(world.answer(REPLAY)["replayed"], 1);
    let world = bucket(&[DocumentText { shard: "shardId-000000000099", ..default() }]);
    let force = r#"{"action":"replay","from":"documents","force":true}"#;
    assert_eq!(world.answer(force)["replayed"], 1, "a payload needs no shard to be read from");
}

#[test]
fn what_is_no_document_is_told_without_a_word_of_it() {
    let long = vec![b'x'; cdc_core::on_failure::DOCUMENT_BYTES_MAX + 1];
    for body in [&b""[..], b"{\"ssn\":\"078-05-1120\"}", b"078-05-1120", b"\xff", &long] {
        let document = check(&object(body.to_vec()), "NOT_A_DOCUMENT");
        assert!(document["why"]["message"].as_str().unwrap().starts_with("no on-failure document"));
        assert!(!document.to_string().contains("078-05"), "{document}");
    }
}

#[test]
fn a_document_under_the_key_of_another_shard_is_refused() {
    let world = bucket(&[]);
    let elsewhere = DocumentText { shard: "shardId-000000000000", ..DocumentText::default() };
    let body = DocumentText::default().body();
    world.with(|state| state.documents.objects.insert(elsewhere.key(), body.into()));
    check(&world, "OTHER_KEY");
    // A key that tells nothing decides nothing.
    let world = bucket(&[]);
    let body = DocumentText::default().body();
    world.with(|state| state.documents.objects.insert("aws/lambda/x".into(), body.into()));
    assert_eq!(world.answer(REPLAY)["replayed"], 1);
}

#[test]
fn a_payload_must_be_what_its_document_says() {
    let text = DocumentText::default();
    let payload = |payload: Value| {
        let mut document = text.json();
        document["payload"] = payload;
        object(document.to_string())
    };
    let of = |text: DocumentText<'_>| payload(text.event().to_string().into());
    let mut half = text.event();
    half["Records"].as_array_mut().unwrap().pop();
    for (world, says) in [
        (payload("{}".into()), "can't be read"),
        (payload("078-05-1120".into()), "can't be read"),
        (payload(r#"{"Records":[]}"#.into()), "can't be read"),
        (
            of(DocumentText {
                stream: "arn:aws:kinesis:eu-west-1:123456789012:stream/other",
                ..text.clone()
            }),
            "can't be read",
        ),
        (of(DocumentText { shard: "shardId-000000000000", ..text.clone() }), "of another shard"),
        (of(DocumentText { first: 7, ..text.clone() }), "other records"),
        (payload(half.to_string().into()), "other records"),
    ] {
        let document = check(&world, "BROKEN_PAYLOAD");
        assert!(document["refused"].as_str().unwrap().contains(says), "{document}");
        assert!(!document.to_string().contains("078-05"), "{document}");
        world.with(|state| assert!(state.documents.tries.values().all(|count| *count == 0)));
    }
}

#[test]
fn a_message_is_taken_as_the_stream_has_it_whatever_it_carries() {
    let world = queue(&[]);
    let text = DocumentText::default();
    let forged = DocumentText { words: "a7 b7 c7", ..DocumentText::default() };
    world.with(|state| {
        state.documents.send(forged.body());
        state.documents.put(text.shard, text.records());
    });
    assert_eq!(world.answer(REPLAY)["replayed"], 1);
    assert_eq!(world.accepted(), "a1 b1 c1");
}

#[test]
fn on_request_a_payload_is_confirmed_record_for_record() {
    let text = DocumentText::default();
    let forged = DocumentText { words: "a1 b7 c1", ..DocumentText::default() };
    let gone = |world: &World| {
        world.with(|state| state.documents.stream.get_mut(text.shard).unwrap().remove(0));
    };
    let world = bucket(from_ref(&text));
    let on_stream = |world: &World| {
        world.with(|state| {
            state.documents.page_max = 2;
            state.documents.put(text.shard, text.records());
        });
    };
    on_stream(&world);
    assert_eq!(world.answer(VERIFY)["replayed"], 1);
    assert_eq!(world.accepted(), "a1 b1 c1");

    for (code, text, without_head) in
        [("OTHER_RECORD", &forged, false), ("UNCONFIRMED", &text, true)]
    {
        let world = bucket(from_ref(text));
        on_stream(&world);
        if without_head {
            gone(&world);
        }
        let answer = world.answer(VERIFY);
        let refused = answer["documents"][0]["refused"].as_str().unwrap();
        assert!(refused.starts_with(code), "{refused}");
        assert_eq!((world.accepted(), world.keys().len()), (String::new(), 1));
    }
    // What was changed beside the rows counts too.
    let mut document = text.json();
    let mut event = text.event();
    event["Records"][1]["kinesis"]["partitionKey"] = "eve".into();
    document["payload"] = event.to_string().into();
    let world = object(document.to_string());
    on_stream(&world);
    let answer = world.answer(VERIFY);
    assert!(answer["documents"][0]["refused"].as_str().unwrap().starts_with("OTHER_RECORD"));
}

#[test]
fn texts_out_of_documents_are_escaped_and_cut_and_rows_are_shown_through_the_rules() {
    let text = DocumentText::default();
    let mut document = text.json();
    document["requestContext"]["condition"] = "\u{1b}[2J".into();
    document["responseContext"]["functionError"] = "x".repeat(5000).into();
    let world = object(document.to_string());
    let answer = world.answer(r#"{"action":"show","from":"documents"}"#);
    let told = &answer["documents"][0];
    assert_eq!(told["condition"], "\\u{1b}[2J");
    assert!(told["functionError"].as_str().unwrap().chars().count() <= 301);
    assert_eq!(told["changes"].as_array().unwrap().len(), 3);
    assert_eq!(told["changes"][0]["after"], json!({"id": "a", "v": 1, "ssn": "[REDACTED]"}));
    assert!(update("a1").contains("ssn"));
    // A long payload is shown by its beginning.
    let words: Vec<String> = (0..40).map(|number| format!("a{number}")).collect();
    let world = bucket(&[DocumentText { words: &words.join(" "), ..DocumentText::default() }]);
    let answer = world.answer(r#"{"action":"show","from":"documents"}"#);
    assert_eq!(answer["documents"][0]["changes"].as_array().unwrap().len(), 10);
}
