//! `cdc redact diff`: two configurations over recorded changes.

use serde_json::{Value, json};

use crate::{Ran, cdc, file, folder};

const CHANGES: &str = concat!(
    r#"{"table":"users","operation":"UPDATE","before":{"id":7,"email":"a@example.com"},"#,
    r#""after":{"id":7,"email":"b@example.com","doc":"{\"ssn\":\"000-12-3456\"}"}}"#,
    "\n",
    r#"{"table":"users","operation":"DELETE","before":{"id":7}}"#,
    "\nno record\n",
    r#"{"table":"audit","operation":"INSERT","after":{"secret":"hidden"}}"#,
    "\n",
);

fn diff(name: &str, old: &str, new: &str, json: bool) -> Ran {
    let folder = folder(name);
    let config = |tables: &str| format!("version: 1\npipeline: test\ntables:\n{tables}");
    let old = file(&folder, "old.yaml", config(old));
    let new = file(&folder, "new.yaml", config(new));
    let records = file(&folder, "records.ndjson", CHANGES);
    let mut arguments = vec!["redact", "diff", &*old, &*new, &*records];
    if json {
        arguments.insert(0, "--json");
    }
    cdc(&arguments, b"")
}

const CLOSED: &str =
    "  users: {keys: [id], include: [id, email, doc], redact: [email, '**.ssn']}\n";

#[test]
fn what_becomes_visible_is_told_and_ends_with_3() {
    let open = "  users: {keys: [id], include: [id, email, doc], redact: [{fields: [email], method: \
                mask, keep_first: 1}], operations: [INSERT, UPDATE]}\n  audit: {keys: none, include: \
                [secret]}\n";
    let ran = diff("redact-diff-more", CLOSED, open, true).ends_with(3);
    let report: Value = ran.out.parse().unwrap();
    let field = |table: &str, field: &str, part: &str, old: &str, new: &str| json!({"table":table,"field":field,"in":part,"old":old,"new":new,"showsMore":true,"changes":1});
    let mask = "a mask of all but its first 1";
    assert_eq!(
        report["fields"],
        json!([
            field("audit", "secret", "after", "not published", "as it is"),
            field("users", "doc.ssn", "after", "\"[REDACTED]\"", "as it is"),
            field("users", "email", "before", "\"[REDACTED]\"", mask),
            field("users", "email", "after", "\"[REDACTED]\"", mask),
            {"table":"users","field":"id","in":"keys","old":"as it is","new":"not published",
             "showsMore":false,"changes":1},
            {"table":"users","field":"id","in":"before","old":"as it is","new":"not published",
             "showsMore":false,"changes":1},
        ])
    );
    assert_eq!(
        report["tables"],
        json!([
            {"table":"audit","old":"dead letter (VALIDATION_ERROR)","new":"published","changes":1},
            {"table":"users","old":"published","new":"skipped (operation)","changes":1},
        ])
    );
    assert_eq!((&report["changes"], &report["unreadable"]), (&json!(3), &json!(1)));
    let ran = diff("redact-diff-words", CLOSED, open, false).ends_with(3);
    for text in [&ran.out, &ran.err] {
        for value in ["example.com", "000-12", "hidden"] {
            assert!(!text.contains(value), "{text}");
        }
    }
    assert!(ran.err.contains("4 fields become visible, over 3 changes"), "{}", ran.err);
    assert!(ran.out.lines().next().unwrap().starts_with("TABLE"), "{}", ran.out);
}

#[test]
fn what_is_withheld_more_or_the_same_ends_with_0() {
    let same = diff("redact-diff-same", CLOSED, CLOSED, true).ends_with(0);
    let report: Value = same.out.parse().unwrap();
    assert_eq!((&report["fields"], &report["tables"]), (&json!([]), &json!([])));
    assert!(same.err.contains("nothing differs"), "{}", same.err);
    let less = "  users: {keys: [id], include: [id, email], redact: [email], event_type: u.c}\n";
    let less = diff("redact-diff-less", CLOSED, less, false).ends_with(0);
    assert!(less.err.contains("nothing becomes visible"), "{}", less.err);
    assert!(less.out.contains("of type users.changed  of type u.c  2"), "{}", less.out);
}

#[test]
fn what_cannot_be_read_is_said() {
    let ran = diff("redact-diff-broken", "  users: {}\n", CLOSED, false).ends_with(2);
    assert!(ran.err.contains("old.yaml"), "{}", ran.err);
    let folder = folder("redact-diff-file");
    let rules = file(&folder, "r.yaml", format!("version: 1\npipeline: t\ntables:\n{CLOSED}"));
    let ran = cdc(&["redact", "diff", &rules, &rules, "no-such-file"], b"").ends_with(1);
    assert!(ran.err.contains("no-such-file: cannot be read"), "{}", ran.err);
    cdc(&["redact", "diff", &rules, &rules], b"").ends_with(2);
    cdc(&["--config", &rules, "redact", "diff", &rules, &rules, "-"], b"").ends_with(2);
}
