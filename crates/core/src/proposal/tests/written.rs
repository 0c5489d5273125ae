//! The written proposal: pleasant to read, and read back as it was meant.

use super::{document, parsed, propose};
use crate::{
    json::write_string,
    rules::{ConfigFile, Keys},
};

#[test]
fn a_proposal_reads_like_a_file_that_a_person_wrote() {
    let user = r#"{"database":"coredb","schema":"public","table":"users","operation":"INSERT","after":{"id":7,"name":"x","email":"x","title":"x","status":"x","contact":"ada@example.com","last_seen_at":"x"},"keys":{"id":7}}"#;
    let log = r#"{"database":"audit","table":"log","operation":"INSERT","after":{"message":"x","level":"x"}}"#;
    let proposal = propose(&[user, log]);
    let tables = "\
tables:
  users:
    keys: [id]  # declared by the records' own keys
    event_type: users.changed
    include:  # commented columns stay inside until somebody uncomments them
      - id
      - name
      - email
      # - title
      - status
      - contact
      - last_seen_at
    redact:
      - name     # person's name
      - email    # e-mail address
      - contact  # e-mail address, by its values

  log:
    # No key: none is declared, and no column has the usual name of one (id, uuid).
    keys: none
    event_type: log.changed
    include:
      - message
      - level
    redact:
      - message  # free text
";
    let text = document(&proposal);
    assert!(text.ends_with(&format!("\n\n{tables}")), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");

    let files = proposal.files("test");
    let paths: Vec<_> = files.iter().map(|file| &*file.path).collect();
    assert_eq!(paths, ["pipeline.yaml", "tables/coredb.yaml", "tables/audit.yaml"]);
    assert!(files[0].text.starts_with("# A proposal") && !files[0].text.contains("tables:\n"));
}

#[test]
fn families_become_names_of_files_that_any_system_takes() {
    let row = |database: &str, table: &str| {
        format!(
            r#"{{"database":"{database}","table":"{table}","operation":"INSERT","after":{{"id":1}}}}"#
        )
    };
    let records: Vec<_> =
        [("", "a"), ("../../x", "b"), (".hidden", "c"), ("$Db", "d"), ("_dB", "e")]
            .map(|(database, table)| row(database, table))
            .into();
    let records: Vec<_> = records.iter().map(String::as_str).collect();
    let files = propose(&records).files("test");
    let paths: Vec<_> = files[1..].iter().map(|file| &*file.path).collect();
    assert_eq!(
        paths,
        ["tables/tables.yaml", "tables/_._.._x.yaml", "tables/_hidden.yaml", "tables/_db.yaml"]
    );
    assert_eq!(parsed(&files).tables().len(), 5);
}

/// Names that some reader of YAML or some terminal takes for something else.
const NASTY: &[&str] = &[
    "null",
    "~",
    "true",
    "No",
    "on",
    "y",
    "1",
    "1e3",
    "0x1F",
    "1_000",
    "1:30",
    "2024-01-15",
    ".5",
    ".nan",
    ".inf",
    "<<",
    "=",
    "a: b",
    "a:",
    ": a",
    "a #b",
    "#a",
    "a,b",
    "[a]",
    "{a}",
    "&a",
    "*a",
    "!a",
    "!!str",
    "|",
    ">",
    "'",
    "it's",
    "\"",
    "say \"x\"",
    "%a",
    "@a",
    "`a`",
    "?",
    "? a",
    "-",
    "- a",
    "--- a",
    "...",
    "a\\b",
    "\\",
    " a",
    "a ",
    "a  b",
    "é",
    "Ö",
    "日本語",
    "\u{202e}a",
    "\u{feff}a",
    "a\u{301}",
    "\u{2028}a",
    "a\u{a0}b",
    "none",
    "$a",
    "a.b",
    "İ",
    "ΟΔΟΣ",
    "\u{10ffff}",
    "😀",
];

#[test]
fn names_are_read_back_as_they_were_meant() {
    for name in NASTY.iter().filter(|name| !name.contains('*')) {
        let mut json = String::new();
        write_string(&mut json, name);
        // As a column that stays inside, as a key, as a redacted one by its value, as a table.
        let record = format!(
            r#"{{"database":"d","table":{json},"operation":"INSERT","after":{{"k":1,{json}:"ada@example.com","id":1}}}}"#
        );
        let proposal = propose(&[&record]);
        let is_table = name.split('.').all(|part| !part.trim().is_empty());
        assert_eq!(proposal.tables().len(), usize::from(is_table), "{name:?}");
        if is_table {
            let text = document(&proposal);
            let rules = parsed(&[ConfigFile { path: "t.yaml".to_owned(), text: text.clone() }]);
            let table = rules.find(Some("d"), None, name).unwrap();
            let rule = table.columns().find(name, &mut 0);
            assert!(rule.include && rule.redact.is_some(), "{name:?}\n{text}");
        }

        let keyed = format!(
            r#"{{"table":"t","operation":"INSERT","after":{{{json}:1,"status":"a"}},"keys":{{{json}:1}}}}"#
        );
        let text = document(&propose(&[&keyed]));
        let rules = parsed(&[ConfigFile { path: "t.yaml".to_owned(), text: text.clone() }]);
        let table = rules.find(None, None, "t").unwrap();
        assert_eq!(table.keys(), &Keys::Columns(vec![(*name).into()]), "{text}");
    }
}

/// A name of two or three pieces.
fn any_name(state: &mut u64) -> String {
    let mut next = || {
        *state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(*state >> 33).unwrap()
    };
    let pieces = ["id", "email", "name", "_", "\t", "\u{7f}", "", "x"];
    (0..2 + next() % 2)
        .map(|_| match next() % 3 {
            0 => pieces[next() % pieces.len()],
            _ => NASTY[next() % NASTY.len()],
        })
        .collect()
}

#[test]
fn any_names_together_make_a_configuration_that_is_accepted() {
    let mut accepted = 0;
    for seed in 0..300 {
        let mut state = seed;
        let mut text = || {
            let mut json = String::new();
            write_string(&mut json, &any_name(&mut state));
            json
        };
        let (schema, table, other) = (text(), text(), text());
        let columns: Vec<_> = (0..6).map(|_| text()).collect();
        let row = |columns: &[String]| {
            let mut columns = columns.to_vec();
            columns.sort();
            columns.dedup();
            let members: Vec<_> = columns.iter().map(|column| format!("{column}:\"v\"")).collect();
            format!("{{{}}}", members.join(","))
        };
        let record = |schema: &str| {
            format!(
                r#"{{"schema":{schema},"table":{table},"operation":"INSERT","after":{},"keys":{}}}"#,
                row(&columns),
                row(&columns[..1])
            )
        };
        let proposal = propose(&[&record(&schema), &record(&other)]);
        assert!(!proposal.tables().is_empty() || !proposal.left_out().is_empty(), "seed {seed}");
        if !proposal.tables().is_empty() {
            document(&proposal);
            accepted += 1;
        }
    }
    assert!(accepted > 200, "most names can be written: {accepted}");
}

#[test]
fn a_commented_column_can_be_uncommented() {
    for name in NASTY.iter().filter(|name| !name.contains('*')) {
        let mut json = String::new();
        write_string(&mut json, name);
        let record =
            format!(r#"{{"table":"t","operation":"INSERT","after":{{"id":1,{json}:"x y z"}}}}"#);
        let text = document(&propose(&[&record])).replace("      # - ", "      - ");
        let rules = parsed(&[ConfigFile { path: "t.yaml".to_owned(), text: text.clone() }]);
        let table = rules.find(None, None, "t").unwrap();
        assert!(table.columns().find(name, &mut 0).include, "{name:?}\n{text}");
    }
}

#[test]
fn a_pipelines_name_is_quoted_where_it_must_be() {
    let proposal = propose(&[r#"{"table":"t","operation":"INSERT","after":{"id":1}}"#]);
    for name in ["coredb", "1e3", "null", "-", "a.b-c_d"] {
        assert_eq!(parsed(&proposal.files(name)).pipeline(), name);
    }
}
