//! Which tables and columns are proposed.

use super::{document, propose};
use crate::proposal::Treatment;

/// All tables: `name: columns`, a column redacted with `!`, one that stays inside in parentheses.
#[track_caller]
fn check(records: &[&str], expected: &[&str]) {
    let proposal = propose(records);
    let told = proposal.tables().iter().map(|table| {
        let columns = table.columns.iter().map(|column| match &column.treatment {
            Treatment::Clear => column.name.clone(),
            Treatment::Redacted(_) => format!("{}!", column.name),
            Treatment::Inside => format!("({})", column.name),
            Treatment::Unlistable => "#".to_owned(),
        });
        format!("{}: {}", table.name, columns.collect::<Vec<_>>().join(" "))
    });
    assert_eq!(told.collect::<Vec<_>>(), expected);
    if !expected.is_empty() {
        document(&proposal);
    }
}

#[test]
fn columns_are_declared_or_seen_in_their_order() {
    check(
        &[
            r#"{"control":{"table-def":{"columns":{"id":{"type":"INT64"},"ok":{"type":"BOOL"},"at":{"type":"TIMESTAMP"},"name":{"type":"STRING"}},"primary-key":["id"]}},"metadata":{"record-type":"control","operation":"create-table","schema-name":"s","table-name":"t"}}"#,
            r#"{"data":{"email":"x","id":1,"BI_fax":"x"},"metadata":{"record-type":"data","operation":"update","schema-name":"s","table-name":"t"}}"#,
        ],
        &["t: id ok at (name) email! fax!"],
    );
    check(
        &[
            r#"{"schema":{"type":"struct","fields":[{"type":"struct","fields":[{"type":"int64","field":"id"},{"type":"string","field":"dob"}],"field":"before"},{"type":"struct","fields":[{"type":"int64","field":"id"},{"type":"string","name":"io.debezium.data.Enum","field":"flavour"},{"type":"bytes","field":"total"},{"type":"boolean","field":"ok"}],"field":"after"}]},"payload":{"before":null,"after":{"id":1,"surplus":7},"op":"c","source":{"table":"t"}}}"#,
        ],
        &["t: id dob! flavour (total) ok (surplus)"],
    );
}

#[test]
fn names_that_differ_in_case_alone_are_one_column() {
    check(
        &[
            r#"{"table":"t","operation":"INSERT","after":{"id":1,"Status":"a","STATUS":"b"}}"#,
            r#"{"table":"t","operation":"INSERT","after":{"ID":2,"status":"ada@example.com"}}"#,
        ],
        &["t: id Status!"],
    );
}

#[test]
fn every_envelope_gives_tables() {
    check(
        &[
            r#"{"table":"native","operation":"INSERT","after":{"id":1,"password":"x"}}"#,
            r#"{"data":{"id":1},"metadata":{"record-type":"data","operation":"load","table-name":"dms"}}"#,
            r#"{"before":null,"after":{"id":1},"op":"r","source":{"table":"debezium"}}"#,
            r#"{"specversion":"1.0","type":"io.debezium.postgresql.DataChangeEvent","iodebeziumop":"c","iodebeziumtable":"cloud","data":{"before":null,"after":{"id":1}}}"#,
        ],
        &["native: id password!", "dms: id", "debezium: id", "cloud: id"],
    );
}

#[test]
fn what_is_no_row_change_gives_no_table() {
    check(
        &[
            r#"{"control":{"table-def":{"columns":{"task_name":{"type":"STRING"}}}},"metadata":{"record-type":"control","operation":"create-table","schema-name":"","table-name":"awsdms_status"}}"#,
            r#"{"data":{"task_name":"x"},"metadata":{"record-type":"data","operation":"insert","table-name":"awsdms_status"}}"#,
            r#"{"control":{},"metadata":{"record-type":"control","operation":"drop-table","schema-name":"s","table-name":"gone"}}"#,
            r#"{"ts_ms":1704164650000}"#,
            r#"{"status":"BEGIN","id":"1:2","ts_ms":1,"event_count":null,"data_collections":null}"#,
            r#"{"source":{"db":"d"},"databaseName":"d","ddl":"…","tableChanges":[{"type":"CREATE","id":"\"d\".\"t\"","table":{"primaryKeyColumnNames":["id"],"columns":[{"name":"id"}]}}]}"#,
            r#"{"schema":{"name":"a.b.t.Key","fields":[{"field":"id"}]},"payload":{"id":1}}"#,
        ],
        &[],
    );
}

#[test]
fn a_table_is_qualified_only_where_two_have_its_name() {
    let row = |schema: &str, table: &str| {
        format!(
            r#"{{"database":"d","schema":"{schema}","table":"{table}","operation":"INSERT","after":{{"id":1}}}}"#
        )
    };
    check(
        &[&row("a", "t"), &row("b", "t"), &row("b", "u"), &row("a", "t")],
        &["a.t: id", "b.t: id", "u: id"],
    );
    let apart = r#"{"schema":"b","table":"u","operation":"INSERT","after":{"x":1}}"#;
    check(&[&row("b", "u"), apart], &["u: id (x)"]);
}

#[test]
fn a_table_of_which_nothing_is_clear_lists_one_column_without_its_values() {
    check(&[r#"{"table":"t","operation":"INSERT","after":{"c":"x","d":"y"}}"#], &["t: c! (d)"]);
    let text = document(&propose(&[r#"{"table":"t","operation":"INSERT","after":{"c":"x"}}"#]));
    assert!(
        text.contains("- c  # one column must be listed, and none is clearly harmless"),
        "{text}"
    );
}

#[test]
fn tables_that_cannot_be_listed_are_left_out_and_told() {
    let wide: Vec<_> = (0..=4096).map(|n| format!("\"c{n}\":1")).collect();
    let wide = format!(r#"{{"table":"wide","operation":"INSERT","after":{{{}}}}}"#, wide.join(","));
    let proposal = propose(&[
        r#"{"table":"a*","operation":"INSERT","after":{"id":1}}"#,
        r#"{"table":"a..b","operation":"INSERT","after":{"id":1}}"#,
        r#"{"table":"empty","operation":"TRUNCATE"}"#,
        &wide,
        r#"{"table":"good","operation":"INSERT","after":{"id":1,"c*":2}}"#,
    ]);
    let left_out: Vec<_> = proposal.left_out().iter().map(|it| (&*it.table, it.why)).collect();
    let unwritable = "its name can't be written in a configuration; rename it at its source";
    assert_eq!(
        left_out,
        [
            ("a*", unwritable),
            ("a..b", unwritable),
            ("empty", "no column of it was seen; add a record with a row of it"),
            ("wide", "it seems to have more than 4096 columns, which no database's table has"),
        ]
    );
    assert!(document(&proposal).contains("# Can't be listed, by its name: \"c*\""));
}

#[test]
fn no_value_is_shown() {
    let records = [
        r#"{"table":"t","operation":"INSERT","after":{"id":"id-4711","mail":"ada@example.com","x":"value-4711"},"keys":{"id":"id-4711"}}"#,
        r#"{"table":"t","operation":"INSERT","after":{"id":null,"x":"value-4711"},"keys":{"mail":"ada@example.com"}}"#,
    ];
    let proposal = propose(&records);
    let text = format!("{}{:?}", document(&proposal), proposal);
    assert!(!text.contains("4711") && !text.contains("ada@"), "{text}");
}
