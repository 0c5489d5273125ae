//! Whole imports, over policies made up here: what comes out, as it is written.

use super::{Import, NotAnExport, NoteKind};
use crate::rules::{ConfigFile, Written};

/// `coredb/users/ssn,email MASK for public`; several masks with `;`, excluded columns with `!`.
fn policy(id: usize, text: &str) -> String {
    let (place, items) = text.split_once(' ').unwrap();
    let names = |text: &str| {
        let (names, excludes) = text.strip_prefix('!').map_or((text, false), |rest| (rest, true));
        let values: Vec<_> = names.split(',').map(|name| format!("\"{name}\"")).collect();
        format!(r#"{{"values":[{}],"isExcludes":{excludes}}}"#, values.join(","))
    };
    let place: Vec<_> = place.split('/').map(names).collect();
    let [database, table, column] = place.as_slice() else { panic!("{text}") };
    let items: Vec<_> = items.split("; ").map(item).collect();
    format!(
        r#"{{"id":{id},"name":"p","policyType":1,"resources":{{"database":{database},"table":{table},"column":{column}}},"dataMaskPolicyItems":[{}]}}"#,
        items.join(",")
    )
}

/// `MASK for public`
fn item(text: &str) -> String {
    let (kind, group) = text.split_once(" for ").unwrap();
    format!(r#"{{"groups":["{group}"],"dataMaskInfo":{{"dataMaskType":"{kind}"}}}}"#)
}

/// The tables as they are written, and the notes that aren't remarks.
fn import(policies: &[&str], config: Option<&str>) -> (String, Vec<String>) {
    let numbered = policies.iter().enumerate();
    let policies: Vec<_> = numbered.map(|(index, text)| policy(index + 1, text)).collect();
    let text = format!("[{}]", policies.join(","));
    let written = config.map(|tables| {
        let text = format!("version: 1\npipeline: test\n{tables}");
        Written::read(&[ConfigFile { path: "rules.yaml".to_owned(), text }]).unwrap()
    });
    let import = Import::read(text.as_bytes(), written.as_ref()).unwrap();
    let notes = import.notes.iter().filter(|note| note.kind != NoteKind::Remark);
    let notes = notes.map(|note| format!("{}: {note}", note.kind.as_str())).collect();
    let document = import.document("test");
    let from = document.find("\ntables:\n").or_else(|| document.find("\ndefaults:\n"));
    (document[from.unwrap_or(document.len())..].to_owned(), notes)
}

#[track_caller]
fn check(policies: &[&str], config: Option<&str>, written: &str, notes: &[&str]) {
    let (tables, told) = import(policies, config);
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    assert_eq!(told, notes, "{tables}");
    assert_eq!(tables, written);
}

const EVERYBODY_ELSE: &str = "one mask holds for every reader, the strictest; Ranger has";

#[test]
fn a_policy_for_everybody_is_carried_over_without_a_note() {
    let written = "
tables:
  coredb.users:
    keys: none
    include:
      - ssn
      - status
    redact:
      - {fields: [ssn], method: mask}  # MASK, policy 1 \"p\"
";
    let policies =
        ["coredb/users/ssn MASK for public", "coredb/users/status MASK_NONE for analysts"];
    check(&policies, None, written, &[]);
}

#[test]
fn of_several_masks_the_strictest_holds_and_the_others_are_told() {
    let written = "
tables:
  d.t:
    keys: none
    include:
      - a
    redact:
      - {fields: [a], method: \"null\"}  # MASK_NULL, policy 2 \"p\"
";
    let policies =
        ["d/t/a MASK_NONE for x; MASK_HASH for y", "D/T/A MASK_NULL for z; MASK_SHOW_LAST_4 for w"];
    let note = format!(
        "stricter: d.t, a: {EVERYBODY_ELSE} MASK_NONE for group x by policy 1, MASK_HASH for group y by policy \
         1, MASK_SHOW_LAST_4 for group w by policy 2, no mask for anybody else"
    );
    check(&policies, None, written, &[&note]);
}

#[test]
fn where_no_configuration_tells_columns_all_of_them_are_masked() {
    let written = "
tables:
  d.t:
    keys: none
    include:
      # Every column is masked: list those that are needed.
      - \"*\"
    redact:
      - {fields: [a], method: \"null\"}  # MASK_NULL, policy 2 \"p\"
      - {fields: [\"*\"], method: mask}  # MASK, policy 1 \"p\"
";
    let note = format!("stricter: d.t, a: {EVERYBODY_ELSE} MASK for group public by policy 1");
    check(&["d/t/* MASK for public", "d/t/a MASK_NULL for public"], None, written, &[&note]);
    let (tables, _) = import(&["d/t/* MASK_NONE for public"], None);
    assert_eq!(tables, "", "what nobody names isn't published in the clear");
    let (_, notes) = import(&["d/t/!id MASK for public"], None);
    assert_eq!(
        notes,
        [
            "stricter: policy 1 \"p\": every column is masked, in place of all but id; tell them with --config"
        ]
    );
}

#[test]
fn a_column_of_every_table_becomes_a_default() {
    let written = "
defaults:
  # In whatever table they turn up.
  redact:
    - {fields: [ssn], method: mask}  # MASK, policy 1 \"p\"

tables:
  d.t:
    keys: none
    include:
      - ssn
    redact:
      - {fields: [ssn], method: mask}  # MASK, policy 1 \"p\"
";
    let policies = ["*/*/ssn MASK for public", "d/t/ssn MASK_NONE for public"];
    let (tables, _) = import(&policies, None);
    assert!(
        written.ends_with(&tables),
        "a table's own rule is no milder than the default: {tables}"
    );
    let (_, notes) = import(&["d/*/ssn MASK for public"], None);
    assert_eq!(
        notes,
        ["stricter: policy 1 \"p\": in defaults, so for tables of every database, in place of d"]
    );
}

#[test]
fn patterns_are_looked_for_among_what_is_known() {
    let (_, notes) = import(
        &[
            "d/t/ssn* MASK for public",
            "d/tmp_*/a MASK for public",
            "d/*/* MASK for public",
            "d*/u/a MASK for public",
        ],
        None,
    );
    let only = |what: &str| {
        format!("only {what} that other policies name are known; tell others with --config")
    };
    let expected = [
        format!("left_out: policy 1 \"p\": column ssn* of table t in d: {}", only("columns")),
        format!("left_out: policy 2 \"p\": column a of table tmp_* in d: {}", only("tables")),
        format!("left_out: policy 3 \"p\": column * of table * in d: {}", only("tables")),
        "stricter: policy 4 \"p\": for tables of that name in every database, in place of d*"
            .to_owned(),
    ];
    assert_eq!(notes, expected);

    let config = "tables:\n  d.t: {keys: [id], include: [id, ssn_last, status]}\n  d.tmp_1: {keys: none, include: [a]}\n";
    let written = "
tables:
  d.t:
    keys: [id]
    include: [id, ssn_last, status]
    redact:
      - {fields: [ssn_last], method: mask}  # MASK, policy 1 \"p\"

  d.tmp_1:
    keys: none
    include: [a]
    redact:
      - {fields: [a], method: mask}  # MASK, policy 2 \"p\"
";
    let policies =
        ["d/t/ssn* MASK for public", "d/tmp_?/a MASK for public", "d/none*/a MASK for public"];
    let note =
        "left_out: policy 3 \"p\": nothing that is configured is column a of table none* in d";
    check(&policies, Some(config), written, &[note]);
}

#[test]
fn a_configured_table_keeps_what_it_says() {
    let config = "defaults: {redact: [token]}
tables:
  users:
    keys: [ID]
    event_type: user.changed
    include: [ID, Email, phone, token, age, born, total]
    redact: [phone, {fields: [ssn], method: replace, with: '-'}]
    types: {age: number, born: date, total: decimal(2)}
";
    let written = "
tables:
  users:
    keys: [ID]
    event_type: user.changed
    include: [ID, Email, phone, token, age, born, total]
    types: {age: number, born: date, total: decimal(2)}
    redact:
      - phone
      - {fields: [ssn], method: replace, with: \"-\"}
      - {fields: [ID], method: hash, key: ranger}  # MASK, policy 1 \"p\"
      - {fields: [Email], method: mask}  # MASK, policy 1 \"p\"
      - {fields: [age], method: mask, as: number}  # MASK, policy 1 \"p\"
      - {fields: [born], method: replace, with: \"0000-01-01\"}  # MASK, policy 1 \"p\"
      - {fields: [total], method: \"null\"}  # MASK, policy 1 \"p\"

  d.orders:
    keys: none
    include:
      - a
    redact:
      - {fields: [a], method: mask}  # MASK, policy 2 \"p\"
";
    let notes = [
        "stricter: users, ID: a key: hashed in place of masked, so that rows stay apart",
        "left_out: users, phone: the table's own rule stays: phone",
        "left_out: users, token: the defaults' own rule stays: token",
    ];
    check(
        &["d/users/* MASK for public", "d/orders/a MASK for public"],
        Some(config),
        written,
        &notes,
    );
}

#[test]
fn the_first_characters_are_not_cut_off_a_number() {
    let policy = policy(1, "d/t/a,b CUSTOM for public");
    let policy = policy.replace("\"CUSTOM\"", "\"CUSTOM\",\"valueExpr\":\"substr({col}, 1, 3)\"");
    let text = "version: 1\npipeline: x\ntables:\n  t: {keys: none, include: [a, b], types: {b: number}}\n";
    let written =
        Written::read(&[ConfigFile { path: "rules.yaml".to_owned(), text: text.to_owned() }])
            .unwrap();
    let import = Import::read(policy.as_bytes(), Some(&written)).unwrap();
    let document = import.document("x");
    assert!(document.contains("- {fields: [a], method: truncate, characters: 3}"), "{document}");
    assert!(document.contains("- {fields: [b], method: replace}"), "{document}");
    let notes: Vec<_> =
        import.notes.iter().filter(|note| note.kind == NoteKind::Stricter).collect();
    assert!(notes.len() == 1 && notes[0].column.as_deref() == Some("b"), "{notes:?}");
}

#[test]
fn a_rule_that_is_there_already_is_no_conflict() {
    let config = "tables:\n  t: {keys: none, include: [a, b], redact: [a, {fields: [b], method: replace, with: x}]}\n";
    let (tables, notes) = import(&["d/t/a,b SHUFFLE for public"], Some(config));
    assert!(
        tables.contains("redact:\n      - a\n      - {fields: [b], method: replace, with: x}\n")
    );
    assert!(!notes.iter().any(|note| note.contains(", a: ")), "{notes:?}");
    assert!(
        notes.iter().any(|note| note.contains("t, b: the table's own rule stays")),
        "{notes:?}"
    );
}

#[test]
fn a_table_of_an_unknown_database_is_masked_rather_than_added() {
    let config = "tables:\n  public.users: {keys: none, include: [ssn]}\n  a.b.logs: {keys: none, include: [ssn]}\n";
    let written = "
tables:
  public.users:
    keys: none
    include: [ssn]
    redact:
      - {fields: [ssn], method: mask}  # MASK, policy 1 \"p\"

  a.b.logs:
    keys: none
    include: [ssn]

  d.logs:
    keys: none
    include:
      - ssn
    redact:
      - {fields: [ssn], method: mask}  # MASK, policy 1 \"p\"
";
    let note = "stricter: policy 1 \"p\": d.users is taken for the configured table public.users, which may be another";
    check(&["d/users,logs/ssn MASK for public"], Some(config), written, &[note]);
}

#[test]
fn names_that_rules_cannot_list_are_told_and_not_published() {
    let (tables, notes) = import(&["d/t/a.b,c MASK for public", "d.e/t.u/c MASK for public"], None);
    assert!(!tables.contains("a.b"), "{tables}");
    assert_eq!(
        notes,
        ["left_out: d.t, a.b: by its name it can't be listed in redact, so it isn't in include"]
    );
    let (_, notes) = import(&["d/a\\nb/c MASK for public"], None);
    let expected = "left_out: policy 1 \"p\": d.a\\nb can't be the name of a table in rules: nothing of it is published";
    assert_eq!(notes, [expected]);
}

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
