//! What a table's settings make of a change: types, names, updates that change nothing, drift.

use serde_json::{Value, json};

use super::{details, prepare_with, told};
use crate::{
    batch::Report,
    testing::{pipeline_of, raw},
};

/// Settings of the table `t` with the key `id`.
fn table(settings: &str) -> String {
    format!("version: 1\npipeline: coredb\ntables:\n  t: {{keys: [id], {settings}}}\n")
}

/// The detail of an insert of this row.
fn inserted(settings: &str, row: &str) -> Value {
    let data = format!(r#"{{"table":"t","operation":"INSERT","after":{row}}}"#);
    serde_json::from_str(&details(&pipeline_of(&table(settings)), &data)[0]).unwrap()
}

/// What becomes of an update from one row to another.
fn updated(settings: &str, before: &str, after: &str) -> String {
    let data = format!(r#"{{"table":"t","operation":"UPDATE","before":{before},"after":{after}}}"#);
    let prepared = prepare_with(&pipeline_of(&table(settings)), vec![raw(1, "k", data)]);
    told(&prepared[0].units[0].work)
}

#[test]
fn what_types_tell_becomes_plain() {
    let types = "include: [id, p, v, born, at, t, n], types: {p: decimal(2), v: decimal, \
                 born: date, at: timestamp(6), t: time(3), n: timestamp(0)}";
    let data = r#"{"table":"t","operation":"INSERT","after":{"id":1,"p":"bg==",
        "v":{"scale":1,"value":"Cw=="},"born":18262,"at":1705314600123456,"t":49023123,"n":0}}"#;
    let detail = &details(&pipeline_of(&table(types)), data)[0];
    let after = r#""after":{"id":1,"p":1.10,"v":1.1,"born":"2020-01-01","#.to_owned()
        + r#""at":"2024-01-15T10:30:00.123456","t":"13:37:03.123","n":"1970-01-01T00:00:00"}"#;
    assert!(detail.contains(&after) && detail.contains(r#""raw":[]"#), "{detail}");
}

#[test]
fn what_is_plain_already_stays_and_what_does_not_fit_is_named() {
    let types = "include: [id, p, q, born, at, t], types: {p: decimal(2), q: decimal(2), \
                 born: date, at: timestamp(3), t: time(3)}";
    let plain = inserted(
        types,
        r#"{"id":1,"p":1.10,"q":"1.10","born":"2020-01-01","at":"2024-01-15T10:30:00Z","t":null}"#,
    );
    assert_eq!(plain["after"]["q"], json!(1.10));
    assert_eq!(plain["after"]["at"], "2024-01-15T10:30:00Z");
    assert_eq!(plain["metadata"]["raw"], json!([]));
    let unfit = inserted(types, r#"{"id":1,"p":"!","q":true,"born":"x","at":-0.5,"t":-1}"#);
    assert_eq!(unfit["after"], json!({"id":1,"p":"!","q":true,"born":"x","at":-0.5,"t":-1}));
    assert_eq!(unfit["metadata"]["raw"], json!(["p", "q", "born", "at", "t"]));
}

#[test]
fn digits_are_digits_where_producers_write_decimals_as_text() {
    let config = table("include: [id, p], types: {p: decimal(0)}");
    let maxwell =
        r#"{"database":"d","table":"t","type":"insert","ts":1,"data":{"id":1,"p":"1234"}}"#;
    assert!(details(&pipeline_of(&config), maxwell)[0].contains(r#""p":1234"#));
    let debezium =
        r#"{"op":"c","after":{"id":1,"p":"bg=="},"source":{"connector":"mysql","table":"t"}}"#;
    assert!(details(&pipeline_of(&config), debezium)[0].contains(r#""p":110"#));
}

#[test]
fn a_typed_key_identifies_the_row_by_what_it_means() {
    let config = "version: 1\npipeline: p\ntables:\n  t: {keys: [id], include: [id], types: {id: decimal(0)}}\n";
    let data = r#"{"op":"c","after":{"id":"bg=="},"source":{"connector":"mysql","table":"t"}}"#;
    let detail: Value = serde_json::from_str(&details(&pipeline_of(config), data)[0]).unwrap();
    assert_eq!(detail["keys"], json!({"id": 110}));
}

#[test]
fn a_renamed_column_has_its_new_name_everywhere() {
    let settings = "include: [id, mail, Ünï, note, when], redact: [mail], \
                    rename: {id: user_id, mail: 'e\"mail', Ünï: plain}, types: {when: date}";
    let data = r#"{"table":"t","operation":"UPDATE","before":{"id":1,"mail":"a@b","Ünï":1,"note":"x"},
        "after":{"id":1,"mail":"c@d","Ünï":2,"note":"x","when":"?"}}"#;
    let detail: Value =
        serde_json::from_str(&details(&pipeline_of(&table(settings)), data)[0]).unwrap();
    assert_eq!(detail["keys"], json!({"user_id": 1}));
    let after = json!({"user_id":1,"e\"mail":"[REDACTED]","plain":2,"note":"x","when":"?"});
    assert_eq!(detail["after"], after);
    assert_eq!(detail["changed"], json!(["e\"mail", "plain"]));
    assert_eq!(detail["metadata"]["redacted"], json!(["e\"mail"]));
    assert_eq!(detail["metadata"]["raw"], json!(["when"]));
}

#[test]
fn an_unlisted_column_under_a_name_that_was_given_away_is_an_error() {
    let settings = "include: ['*'], rename: {mail: email}";
    let data = r#"{"table":"t","operation":"INSERT","after":{"id":1,"mail":"x","EMAIL":"y"}}"#;
    let prepared = prepare_with(&pipeline_of(&table(settings)), vec![raw(1, "k", data)]);
    let told = told(&prepared[0].units[0].work);
    assert!(told.starts_with("TRANSFORMATION_ERROR: column \"EMAIL\" has the name"), "{told}");
    // A renaming that swaps two names gives neither away.
    let swap = "include: ['*'], rename: {a: b, b: a}";
    assert_eq!(inserted(swap, r#"{"id":1,"a":2,"b":3}"#)["after"], json!({"id":1,"b":2,"a":3}));
}

#[test]
fn an_update_that_changes_nothing_published_is_left_out() {
    let skip = |before: &str, after: &str| {
        updated("include: [id, name], skip_unchanged: true", before, after)
    };
    let row = r#"{"id":1,"name":"a","seen":1}"#;
    assert_eq!(skip(row, r#"{"id":1,"name":"a","seen":2}"#), "skip unchanged");
    assert_eq!(skip(row, r#"{"id":1,"name":"b","seen":1}"#), "UPDATE");
    assert_eq!(skip(row, r#"{"id":2,"name":"a","seen":1}"#), "DELETE+INSERT");
    // Not known to be the same: the image before tells the key alone, the one after not all.
    assert_eq!(skip(r#"{"id":1}"#, row), "UPDATE");
    assert_eq!(skip(row, r#"{"id":1}"#), "UPDATE");
    assert_eq!(skip("null", row), "UPDATE");
    let without = updated("include: [id, name]", row, row);
    assert_eq!(without, "UPDATE");
}

#[test]
fn where_every_column_is_published_the_image_before_says_which_there_are() {
    let config = "version: 1\npipeline: p\ndefaults: {redact: [ssn]}\n\
                  tables:\n  t: {keys: [id], include: ['*'], exclude: [seen], skip_unchanged: true}\n";
    for (before, after, expected) in [
        (r#"{"id":1,"a":2,"seen":1}"#, r#"{"id":1,"a":2,"seen":2}"#, "skip unchanged"),
        (r#"{"id":1,"a":2}"#, r#"{"id":1,"a":3}"#, "UPDATE"),
        (r#"{"id":1,"a":2}"#, r#"{"id":1}"#, "UPDATE"),
        (r#"{"id":1}"#, r#"{"id":1,"a":2}"#, "UPDATE"),
    ] {
        let data =
            format!(r#"{{"table":"t","operation":"UPDATE","before":{before},"after":{after}}}"#);
        let prepared = prepare_with(&pipeline_of(config), vec![raw(1, "k", data)]);
        assert_eq!(told(&prepared[0].units[0].work), expected, "{before} {after}");
    }
}

#[test]
fn a_column_that_the_source_says_is_unchanged_is() {
    let data = r#"{"op":"u","before":{"id":1,"bio":"x"},
        "after":{"id":1,"bio":"__debezium_unavailable_value"},
        "source":{"connector":"postgresql","table":"t"}}"#;
    let config = table("include: [id, bio], skip_unchanged: true");
    let prepared = prepare_with(&pipeline_of(&config), vec![raw(1, "k", data)]);
    assert_eq!(told(&prepared[0].units[0].work), "skip unchanged");
}

#[test]
fn an_update_is_published_only_if_a_deciding_column_changed() {
    let only = |before: &str, after: &str| {
        updated("include: [id, name, seen], only_if_changed: [name, mail]", before, after)
    };
    let row = r#"{"id":1,"name":"a","mail":"m","seen":1}"#;
    assert_eq!(only(row, r#"{"id":1,"name":"a","mail":"m","seen":2}"#), "skip unchanged");
    // It decides without being published.
    assert_eq!(only(row, r#"{"id":1,"name":"a","mail":"n","seen":1}"#), "UPDATE");
    assert_eq!(only(row, r#"{"id":1,"name":"a","seen":2}"#), "UPDATE");
    assert_eq!(only(r#"{"id":1,"name":"a"}"#, row), "UPDATE");
}

#[test]
fn drifted_columns_are_counted_by_name() {
    let config =
        table("include: [id, n], exclude: [known], types: {n: number, d: date}, drift: warn");
    let row = |row: &str| format!(r#"{{"table":"t","operation":"INSERT","after":{row}}}"#);
    let rows = [
        row(r#"{"id":1,"n":1,"KNOWN":2}"#),
        row(r#"{"id":2,"n":"secret","new":"secret"}"#),
        row(r#"{"id":3,"n":null,"new":"secret","d":"secret"}"#),
    ];
    let delivery: Vec<_> = (1u64..).zip(rows).map(|(number, row)| raw(number, "k", row)).collect();
    let report = report(&config, delivery);
    let drifted: Vec<String> =
        report.drifted.iter().map(|(it, count)| format!("{it} {count}")).collect();
    assert_eq!(drifted, ["t.d retyped 1", "t.n retyped 1", "t.new new 2"]);
    assert_eq!(report.failures, []);
}

#[test]
fn a_quarantined_change_waits_as_a_dead_letter_that_names_the_column() {
    let settings = "include: [id, n], types: {n: number}, drift: quarantine";
    let row = r#"{"id":1,"n":"secret","new\u001b":"secret"}"#;
    let told = updated(settings, "null", row);
    assert_eq!(
        told,
        "VALIDATION_ERROR: the row is not as table t is configured: \"new\\u{1b}\" is new, \"n\" is \
         retyped; decide about new columns in include or exclude and about types in types, deploy, \
         and replay"
    );
    assert_eq!(updated(settings, "null", r#"{"id":1,"n":2}"#), "UPDATE");
}

#[test]
fn a_column_has_vanished_where_a_schema_or_a_definition_says_so() {
    let config = table("include: [id, gone], exclude: [known], redact: [never], drift: warn");
    let dms = r#"{"control":{"table-def":{"columns":{"ID":{"type":"INT32"}},"primary-key":["ID"]}},
        "metadata":{"record-type":"control","operation":"drop-column","table-name":"t"}}"#;
    let schema_change = r#"{"source":{"connector":"mysql"},"databaseName":"d","ddl":"x",
        "tableChanges":[{"id":"\"d\".\"t\"","table":{"primaryKeyColumnNames":["id"],"columns":[{"name":"id"}]}}]}"#;
    let wrapped = r#"{"schema":{"fields":[{"field":"after","fields":[{"field":"id"}]}]},"payload":
        {"op":"c","after":{"id":1},"source":{"connector":"mysql","table":"t"}}}"#;
    // A row that lacks a column says nothing.
    let bare = r#"{"op":"c","after":{"id":1},"source":{"connector":"mysql","table":"t"}}"#;
    for (record, expected) in [
        (dms, "t.gone vanished 1"),
        (schema_change, "t.gone vanished 1"),
        (wrapped, "t.gone vanished 1"),
        (bare, ""),
    ] {
        let report = report(&config, vec![raw(1, "k", record)]);
        let drifted: Vec<String> =
            report.drifted.iter().map(|(it, count)| format!("{it} {count}")).collect();
        assert_eq!(drifted.join(", "), expected, "{record}");
    }
}

#[test]
fn what_is_not_looked_for_is_no_drift() {
    for settings in ["include: [id]", "include: ['*'], drift: quarantine"] {
        assert_eq!(updated(settings, "null", r#"{"id":1,"new":1}"#), "UPDATE", "{settings}");
    }
}

#[test]
fn the_producers_settings_name_its_envelope_and_forms() {
    let config = "version: 1\npipeline: p\nproducer: {envelope: dms, before_prefix: OLD_}\n\
                  tables:\n  t: {keys: [id], include: [id, n]}\n";
    let dms = r#"{"data":{"id":1,"n":2,"OLD_n":1},"metadata":{"record-type":"data","operation":"update","table-name":"t"}}"#;
    let detail: Value = serde_json::from_str(&details(&pipeline_of(config), dms)[0]).unwrap();
    assert_eq!((&detail["before"], &detail["after"]), (&json!({"n":1}), &json!({"id":1,"n":2})));
}

#[test]
fn what_is_not_of_the_configured_envelope_is_refused() {
    const NATIVE: &str = r#"{"table":"t","operation":"INSERT","after":{"id":1}}"#;
    const DMS: &str = r#"{"data":{"id":1},"metadata":{"record-type":"data","operation":"insert","table-name":"t"}}"#;
    const HEARTBEAT: &str = r#"{"ts_ms":1}"#;
    for envelope in crate::event::Envelope::ALL.map(crate::event::Envelope::as_str) {
        let config = format!(
            "version: 1\npipeline: p\nproducer: {{envelope: {envelope}}}\n\
             tables:\n  t: {{keys: [id], include: [id]}}\n"
        );
        for (of, data) in [("native", NATIVE), ("dms", DMS), ("debezium", HEARTBEAT)] {
            let prepared = prepare_with(&pipeline_of(&config), vec![raw(1, "k", data)]);
            let told = told(&prepared[0].units[0].work);
            let refused = told.starts_with("PARSE_ERROR");
            assert_eq!(refused, of != envelope, "{data} as {envelope}: {told}");
        }
    }
}

fn report(config: &str, delivery: Vec<crate::record::RawRecord>) -> Report {
    let mut report = Report::default();
    let records = crate::record::expand(delivery.clone()).records;
    for (index, prepared) in prepare_with(&pipeline_of(config), delivery).into_iter().enumerate() {
        report.add(&records[index], index, &prepared.units);
    }
    report
}
