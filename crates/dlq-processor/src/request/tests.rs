use cdc_core::dead_letter::{self, read};

use super::{Action, Filter, From, Request};
use crate::tests::letters::{LetterText, body};

fn parse(payload: &str) -> Result<Request, String> {
    Request::parse(payload.as_bytes()).map_err(|refusal| {
        let field = refusal.field.as_deref().unwrap_or("-");
        format!("{} {field}: {}", refusal.code, refusal.message)
    })
}

#[test]
fn the_least_request_has_defaults_for_the_rest() {
    let request = parse(r#"{"action":"list"}"#).unwrap();
    let expected = Request {
        action: Action::List,
        from: From::Letters,
        filter: Filter::default(),
        limit: 100,
        rate: 50,
        dry_run: false,
        force: false,
        max_attempts: 5,
        tried_before: None,
        verify: false,
    };
    assert_eq!(request, expected);
}

#[test]
fn everything_can_be_asked_for() {
    let request = parse(
        r#"{"action":"replay","from":"letters","filter":{"code":"PARSE_ERROR","table":"users",
        "eventId":"6f9d","shard":"shardId-000000000003","since":"2026-01-15T10:30:00Z","until":"2026-01-15T12:30:00.5+01:00"},
        "limit":1000,"rate":1,"dryRun":true,"force":true}"#,
    )
    .unwrap();
    let expected = Request {
        action: Action::Replay,
        from: From::Letters,
        filter: Filter {
            code: Some("PARSE_ERROR"),
            table: Some("users".into()),
            event_id: Some("6f9d".into()),
            shard: Some("shardId-000000000003".into()),
            since: Some("2026-01-15T10:30:00Z".parse().unwrap()),
            until: Some("2026-01-15T11:30:00.5Z".parse().unwrap()),
        },
        limit: 1000,
        rate: 1,
        dry_run: true,
        force: true,
        max_attempts: 5,
        tried_before: None,
        verify: false,
    };
    assert_eq!(request, expected);
    let text = "code=PARSE_ERROR table=users eventId=6f9d shard=shardId-000000000003 since=2026-01-15T10:30:00Z \
                until=2026-01-15T11:30:00.5Z";
    assert_eq!(request.filter.to_string(), text);
    assert_eq!(Filter::default().to_string(), "all");
    let of_documents = parse(
        r#"{"action":"replay","from":"documents","filter":{"shard":"s"},"maxAttempts":100,
        "triedBefore":"2026-01-15T10:30:00Z","verify":true}"#,
    )
    .unwrap();
    assert_eq!(of_documents.from, From::Documents);
    assert_eq!((of_documents.max_attempts, of_documents.verify), (100, true));
    assert!(of_documents.tried_before.is_some());
}

/// Expects a refusal that begins so.
fn check(payload: &str, expected: &str) {
    let refused = parse(payload).unwrap_err();
    assert!(refused.starts_with(expected), "{payload}: {refused}");
}

#[test]
fn requests_are_strict_and_refusals_name_the_member() {
    let object = "VALIDATION_ERROR -: the request must be a JSON object";
    for (payload, expected) in [
        ("", object),
        ("null", object),
        ("[]", object),
        ("{", object),
        ("{}", "VALIDATION_ERROR action: missing; one of list, show, replay, park, purge"),
        (r#"{"action":"List"}"#, "VALIDATION_ERROR action: one of list,"),
        (r#"{"action":1}"#, "VALIDATION_ERROR action: one of"),
        (r#"{"action":"list","colour":1}"#, "VALIDATION_ERROR colour: not known; there are action"),
        (r#"{"action":"list","\u001b[0m":1}"#, "VALIDATION_ERROR \\u{1b}[0m: not known"),
        (r#"{"action":"list","limit":1,"limit":2}"#, "VALIDATION_ERROR limit: stands twice"),
        (
            r#"{"action":"list","from":"stream"}"#,
            "VALIDATION_ERROR from: one of letters, documents",
        ),
        (r#"{"action":"list","limit":0}"#, "VALIDATION_ERROR limit: a whole number from 1 to 1000"),
        (r#"{"action":"list","limit":1001}"#, "VALIDATION_ERROR limit"),
        (r#"{"action":"list","limit":"1"}"#, "VALIDATION_ERROR limit"),
        (r#"{"action":"list","limit":1.5}"#, "VALIDATION_ERROR limit"),
        (r#"{"action":"list","limit":null}"#, "VALIDATION_ERROR limit"),
        (r#"{"action":"list","rate":-1}"#, "VALIDATION_ERROR rate: a whole number from 1 to 1000"),
        (r#"{"action":"list","dryRun":"true"}"#, "VALIDATION_ERROR dryRun: true or false"),
        (r#"{"action":"list","force":1}"#, "VALIDATION_ERROR force"),
        (r#"{"action":"list","filter":[]}"#, "VALIDATION_ERROR filter: an object"),
        (r#"{"action":"list","filter":{"tabel":"t"}}"#, "VALIDATION_ERROR filter.tabel: not known"),
        (
            r#"{"action":"list","filter":{"code":"X"}}"#,
            "VALIDATION_ERROR filter.code: one of PARSE",
        ),
        (
            r#"{"action":"list","filter":{"table":""}}"#,
            "VALIDATION_ERROR filter.table: a text of 1",
        ),
        (r#"{"action":"list","filter":{"eventId":7}}"#, "VALIDATION_ERROR filter.eventId"),
        (r#"{"action":"list","filter":{"since":"now"}}"#, "VALIDATION_ERROR filter.since: a time"),
        (
            r#"{"action":"list","filter":{"since":"2026-01-02T00:00:00Z","until":"2026-01-01T00:00:00Z"}}"#,
            "VALIDATION_ERROR filter.until: a time after filter.since",
        ),
        (r#"{"action":"purge"}"#, "CONFIRMATION_NEEDED force: purge deletes letters for good"),
    ] {
        check(payload, expected);
    }
    assert!(parse(r#"{"action":"purge","dryRun":true}"#).is_ok());
    assert!(parse(r#"{"action":"purge","force":true}"#).is_ok());
}

#[test]
fn what_documents_know_and_what_letters_know_is_told_apart() {
    for (payload, expected) in [
        (
            r#"{"action":"list","from":"documents","filter":{"table":"t"}}"#,
            "VALIDATION_ERROR filter.table: documents can't be told apart by it",
        ),
        (
            r#"{"action":"list","from":"documents","filter":{"code":"PARSE_ERROR"}}"#,
            "VALIDATION_ERROR filter.code",
        ),
        (
            r#"{"action":"list","from":"documents","filter":{"eventId":"e"}}"#,
            "VALIDATION_ERROR filter.eventId",
        ),
        (
            r#"{"action":"list","from":"documents","maxAttempts":0}"#,
            "VALIDATION_ERROR maxAttempts: a whole number from 1 to 100",
        ),
        (
            r#"{"action":"list","from":"documents","maxAttempts":101}"#,
            "VALIDATION_ERROR maxAttempts",
        ),
        (r#"{"action":"list","from":"documents","triedBefore":7}"#, "VALIDATION_ERROR triedBefore"),
        (
            r#"{"action":"list","triedBefore":"2026-01-15T10:30:00Z"}"#,
            "VALIDATION_ERROR triedBefore",
        ),
        (r#"{"action":"list","maxAttempts":5}"#, "VALIDATION_ERROR maxAttempts: only documents"),
        (r#"{"action":"list","from":"letters","verify":true}"#, "VALIDATION_ERROR verify: only"),
        (r#"{"action":"list","filter":{"shard":""}}"#, "VALIDATION_ERROR filter.shard: a text"),
        (
            r#"{"action":"purge","from":"documents"}"#,
            "CONFIRMATION_NEEDED force: purge deletes documents for good",
        ),
    ] {
        check(payload, expected);
    }
}

#[test]
fn a_filter_takes_letters_by_what_they_say() {
    let row = r#"{"table":"t","database":"d","schema":"s","operation":"DELETE"}"#;
    let letter = dead_letter::read(&body(&LetterText {
        table: Some("t"),
        data: row,
        ..LetterText::default()
    }))
    .unwrap();
    let of = |filter: &str| {
        let payload = format!(r#"{{"action":"list","filter":{filter}}}"#);
        parse(&payload).unwrap().filter
    };
    for (filter, expected) in [
        ("{}", true),
        (r#"{"code":"VALIDATION_ERROR"}"#, true),
        (r#"{"code":"PARSE_ERROR"}"#, false),
        (r#"{"table":"t"}"#, true),
        (r#"{"table":"T"}"#, false),
        (r#"{"table":"s.t"}"#, true),
        (r#"{"table":"d.s.t"}"#, true),
        (r#"{"table":"d.t"}"#, false),
        (r#"{"table":"x.t"}"#, false),
        (r#"{"table":".t"}"#, false),
        (r#"{"eventId":"0123456789abcdef0123456789abcdef"}"#, true),
        (r#"{"eventId":"0123"}"#, false),
        (r#"{"shard":"shardId-000000000003"}"#, true),
        (r#"{"shard":"shardId-000000000000"}"#, false),
        (r#"{"since":"2026-01-15T10:30:00Z"}"#, true),
        (r#"{"since":"2026-01-15T10:30:00.001Z"}"#, false),
        (r#"{"until":"2026-01-15T10:30:00Z"}"#, false),
        (r#"{"until":"2026-01-15T10:30:00.001Z"}"#, true),
    ] {
        assert_eq!(of(filter).takes(&letter), expected, "{filter}");
    }
    let garbage = read("{}").unwrap_err();
    let later = read(r#"{"version":2}"#).unwrap_err();
    for (filter, no_letter, other_version) in [
        ("{}", true, true),
        (r#"{"code":"NOT_A_LETTER"}"#, true, false),
        (r#"{"code":"OTHER_VERSION"}"#, false, true),
        (r#"{"code":"PARSE_ERROR"}"#, false, false),
        (r#"{"table":"t"}"#, false, false),
        (r#"{"code":"NOT_A_LETTER","table":"t"}"#, false, false),
        (r#"{"since":"2020-01-01T00:00:00Z"}"#, false, false),
    ] {
        let filter = of(filter);
        assert_eq!(filter.takes_what_is_no_letter(&garbage), no_letter, "{filter}");
        assert_eq!(filter.takes_what_is_no_letter(&later), other_version, "{filter}");
    }
}
