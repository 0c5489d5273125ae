//! Whole imports, over policies made up here: what comes out, as it is written.

mod shapes;

use super::{Import, NoteKind};
use crate::{
    redact::RecordRules,
    rules::{ConfigFile, Rules, Written},
};

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
    if !import.tables.is_empty() {
        let file = ConfigFile { path: "the import".to_owned(), text: document.clone() };
        Rules::parse(&[file]).unwrap();
    }
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
fn a_rule_for_all_columns_of_a_table_lets_no_stricter_default_go() {
    let (tables, _) = import(&["d/t/* MASK for public", "*/*/ssn MASK_NULL for public"], None);
    let own = "- {fields: [ssn], method: \"null\"}  # MASK_NULL, policy 2 \"p\"\n      - {fields: [\"*\"]";
    assert!(tables.contains(own), "{tables}");
}

#[test]
fn where_a_configuration_publishes_every_column_all_that_are_named_are_masked() {
    let config = "tables:\n  t: {keys: [id], include: [\"*\"]}\n";
    let written = "
tables:
  t:
    keys: [id]
    include: [\"*\"]
    redact:
      - {fields: [id], method: hash, key: ranger}  # MASK, policy 3 \"p\"
      - {fields: [ssn], method: \"null\"}  # MASK_NULL, policy 1 \"p\"
      - {fields: [\"*\"], method: mask}  # MASK, policy 3 \"p\"
";
    let all = "stricter: t, ssn: one mask holds for every reader, the strictest; Ranger has MASK for group \
               public by policy 3";
    let notes = [
        "stricter: t, id: a key: hashed in place of masked, so that rows stay apart",
        all,
        "left_out: policy 2 \"p\": column tel* of table t, whose include lists no columns: list them",
    ];
    let policies =
        ["*/*/ssn MASK_NULL for public", "d/t/tel* MASK_NULL for public", "d/t/* MASK for public"];
    check(&policies, Some(config), written, &notes);
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
    let long = "x".repeat(256);
    let policies = [&*format!("d/t/a.b,{long},c MASK for public"), "d.e/t.u/c MASK for public"];
    let (tables, notes) = import(&policies, None);
    assert!(tables.contains("\n      - {fields: [a.b], method: mask}"), "{tables}");
    assert!(!tables.contains(&long), "{tables}");
    let expected =
        format!("left_out: d.t, {long}: by its name it can't be listed, so it isn't published");
    assert_eq!(notes, [expected]);
    let (_, notes) = import(&["d/a\\nb/c MASK for public"], None);
    let expected = "left_out: policy 1 \"p\": d.a\\nb can't be the name of a table in rules: nothing of it is published";
    assert_eq!(notes, [expected]);
}

#[test]
fn equal_values_have_equal_hashes_in_all_columns_and_none_that_can_be_guessed() {
    let policies = ["d/t/a,b MASK_HASH for public", "d/u/c MASK_HASH for public"];
    let numbered = policies.iter().enumerate();
    let policies: Vec<_> = numbered.map(|(index, text)| policy(index + 1, text)).collect();
    let import = Import::read(format!("[{}]", policies.join(",")).as_bytes(), None).unwrap();
    let file = ConfigFile { path: "the import".to_owned(), text: import.document("test") };
    let rules = Rules::parse(&[file]).unwrap().rules.with_fixed_keys();
    let through = |table: &str, row: &str| {
        let table = RecordRules::of_table(rules.find(Some("d"), None, table).unwrap());
        table.redact_text(row.as_bytes()).unwrap().json.get().clone()
    };
    let hashed = through("t", r#"{"a":"abc","b":"abc"}"#);
    let hash = hashed.split('"').nth(3).unwrap().to_owned();
    assert_eq!(hashed, format!(r#"{{"a":"{hash}","b":"{hash}"}}"#));
    assert_eq!(through("u", r#"{"c":"abc"}"#), format!(r#"{{"c":"{hash}"}}"#));
    assert!(!through("u", r#"{"c":"abd"}"#).contains(&hash));
    // SHA-256 of abc, which is what Hive gives.
    let unkeyed = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert!(hash.starts_with("ranger.") && !hash.contains(unkeyed), "{hash}");
}
