//! `cdc config init`, over samples made up here.

use std::fs;

use serde_json::{Value, json};

use crate::{cdc, file, folder};

const USER: &str = r#"{"database":"coredb","schema":"public","table":"users","operation":"INSERT","after":{"id":7,"name":"Ada Lovelace","status":"active","contact":"ada@example.com","title":"countess"},"keys":{"id":7}}"#;
const ORDER: &str = r#"{"data":{"id":1,"total":12.5},"metadata":{"record-type":"data","operation":"load","partition-key-type":"schema-table","schema-name":"shop","table-name":"orders"}}"#;

/// The proposal of these lines on standard output, which `config check` accepts without a word.
#[track_caller]
fn propose(name: &str, lines: &[&str], code: i32) -> String {
    let ran = cdc(&["config", "init", "--from", "-"], lines.join("\n").as_bytes()).ends_with(code);
    accepted(&file(&folder(name), "rules.yaml", &ran.out));
    ran.out
}

#[track_caller]
fn accepted(path: &str) {
    let ran = cdc(&["--config", path, "config", "check"], b"").ends_with(0);
    assert!(ran.err.contains(", 0 warnings;"), "{}", ran.err);
}

#[test]
fn a_proposal_goes_to_standard_output_and_is_accepted() {
    let proposed = propose("init-output", &[USER, ORDER], 0);
    let tables = "\
tables:
  users:
    keys: [id]  # declared by the records' own keys
    event_type: users.changed
    include:  # commented columns stay inside until somebody uncomments them
      - id
      - name
      - status
      - contact
      # - title
    redact:
      - name     # person's name
      - contact  # e-mail address, by its values

  orders:
    keys: [id]  # a guess, by its name and the one change seen
    event_type: orders.changed
    include:
      - id
      - total
";
    assert!(proposed.ends_with(tables), "{proposed}");
    assert!(proposed.contains("\nversion: 1\npipeline: pipeline\n"), "{proposed}");
    assert!(!proposed.contains("Ada") && !proposed.contains("ada@"), "{proposed}");
}

#[test]
fn kinesis_records_and_lambda_events_are_read_and_partition_keys_are_keys() {
    // {"before":null,"after":{"code":"a","status":"b"},"op":"c","source":{"table":"t"}}
    let data = "eyJiZWZvcmUiOm51bGwsImFmdGVyIjp7ImNvZGUiOiJhIiwic3RhdHVzIjoiYiJ9LCJvcCI6ImMiLCJzb3VyY2UiOnsidGFibGUiOiJ0In19";
    let record = json!({"kinesis":{"data":data,"partitionKey":"{\"code\":\"a\"}"}}).to_string();
    let event = json!({"Records":[{"kinesis":{"data":data,"partitionKey":"{\"code\":\"a\"}","sequenceNumber":"1"},"eventSource":"aws:kinesis"}]});
    for (name, input) in [
        ("init-kinesis", record),
        ("init-lambda", event.to_string()),
        ("init-indented", serde_json::to_string_pretty(&event).unwrap()),
    ] {
        let proposed = propose(name, &[&input], 0);
        assert!(
            proposed.contains("keys: [code]  # declared by the records' partition keys\n"),
            "{proposed}"
        );
    }
}

#[test]
fn what_cannot_be_used_is_told_by_line_and_leaves_the_rest() {
    let lines = [USER, "no json", r#"{"op":"c","after":{"ssn":"123-45-6789"},"source":{}}"#];
    let ran = cdc(&["config", "init", "--from", "-"], lines.join("\n").as_bytes()).ends_with(3);
    assert!(ran.out.contains("\n  users:\n"), "{}", ran.out);
    let expected = "\
not used: -:2: PARSE_ERROR: the record is not valid JSON at byte 0: a value is expected
not used: -:3: PARSE_ERROR: source.table must name the table
warning: 2 of 3 records could not be used
proposed: 1 table from 3 records, 0 without a key; read it before it is used
";
    assert_eq!(ran.err, expected);
}

#[test]
fn only_the_first_lines_that_cannot_be_used_are_told() {
    let input = format!("{USER}\n{}", "{}\n".repeat(50));
    let ran = cdc(&["config", "init", "--from", "-"], input.as_bytes()).ends_with(3);
    assert_eq!(ran.err.matches("not used: ").count(), 20, "{}", ran.err);
    assert!(ran.err.contains("warning: 50 of 51 records could not be used"), "{}", ran.err);
}

#[test]
fn no_table_at_all_is_a_failure() {
    let heartbeat = "{\"ts_ms\":1704164650000}\n";
    for (input, records) in [("", "0 records"), (heartbeat, "1 record"), ("x\n", "1 record")] {
        let ran = cdc(&["config", "init", "--from", "-"], input.as_bytes()).ends_with(1);
        assert_eq!(ran.out, "");
        let expected = format!("no table was found in {records};");
        assert!(ran.err.contains(&expected), "{}", ran.err);
    }
    let ran = cdc(&["config", "init", "--from", "/no/such/file"], b"").ends_with(1);
    assert!(ran.err.contains("/no/such/file: cannot be read"), "{}", ran.err);
}

#[test]
fn a_table_that_cannot_be_proposed_wants_attention() {
    let truncate = r#"{"table":"emptied","operation":"TRUNCATE"}"#;
    let ran = cdc(&["config", "init", "--from", "-"], [USER, truncate].join("\n").as_bytes())
        .ends_with(3);
    let expected = "warning: table emptied: not proposed: no column of it was seen";
    assert!(ran.err.contains(expected), "{}", ran.err);
}

#[test]
fn a_key_that_looks_personal_is_warned_about_and_not_published() {
    let record = r#"{"table":"logins","operation":"INSERT","after":{"email":"x","status":"a"},"keys":{"email":"x"}}"#;
    let ran = cdc(&["config", "init", "--from", "-"], record.as_bytes()).ends_with(0);
    assert!(
        ran.err
            .contains("warning: table logins: \"email\", of the records' own keys, looks personal")
    );
    assert!(ran.out.contains("    # WARNING: \"email\""), "{}", ran.out);
    assert!(ran.out.contains("    keys: none\n") && ran.out.contains("      - email  # e-mail"));
}

#[test]
fn a_folder_gets_a_file_a_database_and_nothing_is_overwritten_unasked() {
    let folder = folder("init-folder");
    let samples = file(&folder, "samples.ndjson", [USER, ORDER].join("\n"));
    let out = folder.join("config");
    let init = [
        "config",
        "init",
        "--pipeline",
        "coredb",
        "--from",
        &samples,
        "--out",
        out.to_str().unwrap(),
    ];

    let ran = cdc(&init, b"").ends_with(0);
    let paths: Vec<_> = ["pipeline.yaml", "tables/coredb.yaml", "tables/shop.yaml"]
        .map(|path| out.join(path).display().to_string())
        .into();
    assert_eq!(ran.out.lines().collect::<Vec<_>>(), paths);
    accepted(out.to_str().unwrap());
    assert!(fs::read_to_string(&paths[0]).unwrap().contains("\npipeline: coredb\n"));

    // One file is enough to write none.
    fs::remove_file(&paths[0]).unwrap();
    fs::write(&paths[2], "mine").unwrap();
    let ran = cdc(&init, b"").ends_with(1);
    assert!(ran.err.contains("nothing was written") && ran.err.contains("--force"), "{}", ran.err);
    assert!(!fs::exists(&paths[0]).unwrap());
    assert_eq!(fs::read_to_string(&paths[2]).unwrap(), "mine");

    cdc(&[&init[..], &["--force"]].concat(), b"").ends_with(0);
    accepted(out.to_str().unwrap());
}

#[test]
fn what_else_is_in_the_folder_is_looked_at() {
    let folder = folder("init-folder-other");
    let out = folder.to_str().unwrap();
    file(&folder, "tables/old.yaml", "tables:\n  users: {keys: none, include: [id]}\n");
    let ran = cdc(&["config", "init", "--from", "-", "--out", out], USER.as_bytes()).ends_with(3);
    assert!(ran.err.contains("table users is configured twice"), "{}", ran.err);
}

#[test]
fn a_program_gets_the_proposal_as_json() {
    let input = [USER, ORDER, "x"].join("\n");
    let ran = cdc(&["--json", "config", "init", "--from", "-"], input.as_bytes()).ends_with(3);
    let column = |name: &str, treatment: &str, why: Value| json!({"name":name,"treatment":treatment,"why":why});
    let expected = json!({
        "pipeline":"pipeline","records":3,"rejected":1,
        "tables":[
            {"name":"users","keys":["id"],"keysFrom":"declared","keysWhy":"the records' own keys","changes":1,
             "columns":[
                column("id", "clear", Value::Null),
                column("name", "redacted", "person's name".into()),
                column("status", "clear", Value::Null),
                column("contact", "redacted", "e-mail address, by its values".into()),
                column("title", "inside", Value::Null),
             ]},
            {"name":"orders","keys":["id"],"keysFrom":"guessed","keysWhy":null,"changes":1,
             "columns":[column("id", "clear", Value::Null), column("total", "clear", Value::Null)]},
        ],
        "leftOut":[],
        "rejects":[{"file":"-","line":3,"code":"PARSE_ERROR",
                    "message":"the record is not valid JSON at byte 0: a value is expected"}],
    });
    assert_eq!(ran.out.parse::<Value>().unwrap(), expected);
}

#[test]
fn names_cannot_command_a_terminal() {
    let line = r#"{"table":"a\u202ed","operation":"INSERT","after":{"id":1,"b\u001b[2J":"x","c\u009b":"y"}}"#;
    for arguments in
        [&["config", "init", "--from", "-"][..], &["--json", "config", "init", "--from", "-"]]
    {
        let ran = cdc(arguments, line.as_bytes()).ends_with(0);
        let obeyed = |it: char| (it.is_control() && it != '\n') || it == '\u{202e}';
        assert!(!ran.out.contains(obeyed) && !ran.err.contains(obeyed), "{}", ran.out);
    }
}

#[test]
fn help_teaches_by_examples() {
    for (command, words) in [
        ("init", &["Examples:", "cdc config init --from changes.ndjson", "--out", "--force"][..]),
        ("explain", &["Examples:", "cdc config explain coredb.public.users", "exit code 3"]),
    ] {
        let help = cdc(&["config", command, "--help"], b"").ends_with(0).out;
        for word in words {
            assert!(help.contains(word), "{command} lacks {word}:\n{help}");
        }
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    let samples = file(&folder("init-usage"), "samples.ndjson", USER);
    for arguments in [
        &["config", "init"][..],
        &["config", "init", "--from"],
        &["config", "init", "--from", &samples, "--force"],
        &["config", "init", "--from", &samples, "--pipeline", "a b"],
        &["config", "init", "--from", &samples, "--pipeline", ""],
        &["--config", &samples, "config", "init", "--from", &samples],
    ] {
        let ran = cdc(arguments, b"").ends_with(2);
        assert_eq!(ran.out, "", "{arguments:?}");
        assert!(!ran.err.is_empty(), "{arguments:?}");
    }
}
