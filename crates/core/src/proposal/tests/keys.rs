//! Which key is proposed, and why.

use super::{document, propose, propose_keyed};
use crate::proposal::Key;

/// The key of the only table, in a few words.
#[track_caller]
fn check(records: &[&str], expected: &str) {
    let records: Vec<_> = records.iter().map(|record| (*record, "")).collect();
    check_keyed(&records, expected);
}

#[track_caller]
fn check_keyed(records: &[(&str, &str)], expected: &str) {
    let proposal = propose_keyed(records);
    let [table] = proposal.tables() else { panic!("one table: {:?}", proposal.tables()) };
    let found = match &table.key {
        Key::Declared { columns, by } => format!("{}: {by}", columns.join(" ")),
        Key::Guessed { column, changes } => format!("{column}? in {changes}"),
        Key::None { why, personal } => format!("{}{why}", if *personal { "WARNING " } else { "" }),
    };
    assert_eq!(found, expected);
    document(&proposal);
}

const DEFINITION: &str = r#"{"control":{"table-def":{"columns":{"id":{"type":"INT64"},"status":{"type":"STRING"}},"primary-key":["id"]}},"metadata":{"record-type":"control","operation":"create-table","schema-name":"s","table-name":"t"}}"#;

fn dms(operation: &str, data: &str) -> String {
    format!(
        r#"{{"data":{data},"metadata":{{"record-type":"data","operation":"{operation}","schema-name":"s","table-name":"t"}}}}"#
    )
}

fn debezium(op: &str, before: &str, after: &str) -> String {
    format!(
        r#"{{"before":{before},"after":{after},"op":"{op}","source":{{"connector":"postgresql","db":"d","schema":"s","table":"t"}}}}"#
    )
}

fn native(keys: &str, after: &str) -> String {
    format!(r#"{{"table":"t","operation":"INSERT","after":{after},"keys":{keys}}}"#)
}

#[test]
fn a_table_definition_declares_the_key() {
    check(&[DEFINITION], "id: the table-def");
    check(&[DEFINITION, &dms("insert", r#"{"id":1}"#)], "id: the table-def");
    check(&[&dms("insert", r#"{"ID":1}"#), DEFINITION], "ID: the table-def");
}

#[test]
fn a_declared_key_that_a_row_lacks_would_be_a_dead_letter() {
    check(
        &[DEFINITION, &dms("insert", r#"{"id":1}"#), &dms("insert", r#"{"status":"a"}"#)],
        "one is declared by the table-def, but \"id\" is absent or null in 1 of 2 changes",
    );
    check(
        &[DEFINITION, &dms("insert", r#"{"id":null}"#)],
        "one is declared by the table-def, but \"id\" is absent or null in 1 of 1 changes",
    );
    check(
        &[&native(r#"{"id":1}"#, r#"{"id":null,"x":1}"#)],
        "one is declared by the records' own keys, but \"id\" is absent or null in 1 of 1 changes",
    );
}

#[test]
fn a_definition_without_a_key_is_believed_and_the_likely_one_told() {
    let definition = DEFINITION.replace(r#","primary-key":["id"]"#, "");
    check(&[&definition], "the table-def declares no primary key");
    check(
        &[&definition, &dms("load", r#"{"id":1}"#), &dms("load", r#"{"id":2}"#)],
        "the table-def declares no primary key, though \"id\" was in each of 2 changes and never \
         twice",
    );
}

#[test]
fn the_records_own_keys_are_declared() {
    check(&[&native(r#"{"id":1,"part":2}"#, r#"{"x":1}"#)], "id part: the records' own keys");
    check(
        &[&native(r#"{"id":1}"#, r#"{"id":1}"#), &native(r#"{"part":1}"#, r#"{"id":2}"#)],
        "the records' own keys differ from record to record",
    );
    check(
        &[&native(r#"{"a":1,"b":1}"#, "{}"), &native(r#"{"B":1,"a":1}"#, "{}")],
        "b a: the records' own keys",
    );
}

#[test]
fn lists_of_key_columns_are_declared() {
    for list in ["primary_key_columns", "pkNames", "primary_keys"] {
        let record = native("null", r#"{"a":1,"b":2}"#)
            .replace(r#""keys""#, &format!(r#""{list}":["a","b"],"keys""#));
        check(&[&record], "a b: the records' lists of key columns");
    }
}

#[test]
fn a_debezium_key_is_declared_by_partition_key_schema_or_schema_change() {
    let row = debezium("c", "null", r#"{"code":1,"x":2}"#);
    let keyed = |key| [(&*row, key)];
    let expected = "code: the records' partition keys";
    check_keyed(&keyed(r#"{"code":1}"#), expected);
    check_keyed(&keyed(r#"{"schema":{},"payload":{"code":1}}"#), expected);
    let none = "none is declared, and no column has the usual name of one (id, uuid)";
    for other in [r#"{"code":2}"#, r#"{"other":1}"#, "{}", "1", "s.t.1", ""] {
        check_keyed(&keyed(other), none);
    }
    let key = r#"{"schema":{"type":"struct","fields":[{"type":"int32","field":"code"}],"name":"server.s.t.Key"},"payload":{"code":1}}"#;
    check(&[key, &row], "code: the connector's keys");
    check(&[&key.replace("server.s.t.", "server.other.t."), &row], none);
    let change = r#"{"source":{"db":"d"},"databaseName":"d","ddl":"…","tableChanges":[{"type":"CREATE","id":"\"d\".\"s\".\"t\"","table":{"primaryKeyColumnNames":["code"],"columns":[{"name":"code"}]}}]}"#;
    check(&[change, &row], "code: a schema change");
}

#[test]
fn before_images_that_hold_a_key_alone_declare_it() {
    let by = "the before images, which hold nothing else";
    let insert = debezium("c", "null", r#"{"code":1,"name":"x"}"#);
    let delete = debezium("d", r#"{"code":1,"name":null}"#, "null");
    check(&[&insert, &delete], &format!("code: {by}"));
    let update = debezium("u", r#"{"code":1}"#, r#"{"code":2,"name":"y"}"#);
    check(&[&update], &format!("code: {by}"));
    let none = "none is declared, and no column has the usual name of one (id, uuid)";
    check(&[&insert, &debezium("d", r#"{"code":1,"name":"x"}"#, "null")], none);
    // Few values are no key by themselves.
    let row = debezium("c", "null", r#"{"code":1,"name":"x","closed":true}"#);
    check(&[&row, &debezium("d", r#"{"code":2,"name":"y","closed":null}"#, "null")], none);
}

#[test]
fn a_key_is_guessed_where_a_usual_name_is_in_every_row_and_never_twice() {
    let row = |row: &str| debezium("c", "null", row);
    check(&[&row(r#"{"id":1}"#), &row(r#"{"id":2}"#)], "id? in 2");
    check(&[&row(r#"{"T_ID":1}"#)], "T_ID? in 1");
    check(&[&row(r#"{"uuid":"a"}"#), &row(r#"{"uuid":"b"}"#)], "uuid? in 2");
    check(&[&row(r#"{"id":1}"#), &debezium("u", "null", r#"{"id":1,"x":2}"#)], "id? in 2");
    let none = |why: &str| format!("none is declared, and {why}");
    check(
        &[&row(r#"{"id":1,"x":1}"#), &row(r#"{"id":1,"x":2}"#)],
        &none("\"id\" has the same value in two rows"),
    );
    check(
        &[&row(r#"{"id":1}"#), &row(r#"{"x":2}"#)],
        &none("\"id\" is absent or null in 1 of 2 changes"),
    );
    check(&[&row(r#"{"x":1}"#)], &none("no column has the usual name of one (id, uuid)"));
    check(&[&row(r#"{"id":"ada@example.com"}"#)], &none("\"id\" looks personal (e-mail address)"));
}

#[test]
fn a_declared_key_that_looks_personal_is_not_published() {
    let record = native(r#"{"tenant_id":1,"email":"x"}"#, r#"{"email":"x","status":"a"}"#);
    check(
        &[&record],
        "WARNING \"email\", of the records' own keys, looks personal (e-mail address)",
    );
    let text = document(&propose(&[&record]));
    assert!(
        text.contains("    # WARNING: \"email\"") && text.contains("    keys: none\n"),
        "{text}"
    );
    assert!(text.contains("      - email  # e-mail address\n"), "{text}");
}

#[test]
fn the_defaults_redact_no_key() {
    // A yes or no is no password, whatever it is called.
    let text = document(&propose(&[&native(r#"{"id":1,"Password":true}"#, r#"{"x":1}"#)]));
    assert!(text.contains("keys: [id, Password]  #"), "{text}");
    assert!(text.contains("    - cvv\n    - password_hash\n"), "{text}");
}

#[test]
fn a_deletion_that_names_no_row_contradicts_no_key() {
    let insert = debezium("c", "null", r#"{"id":1}"#);
    for before in ["null", "{}"] {
        let proposal = propose(&[&insert, &debezium("d", before, "null")]);
        let [table] = proposal.tables() else { panic!("one table") };
        assert_eq!((table.key.columns(), table.nameless_deletes), (&["id".to_owned()][..], 1));
        assert!(document(&proposal).contains("# 1 DELETE without key and before image"));
    }
}
