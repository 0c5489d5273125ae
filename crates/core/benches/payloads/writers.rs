//! A change, as each producer writes it.

use std::fmt::Write as _;

use super::{Change, row};

/// Rows of a Canal message: it has all that one statement changed.
const CANAL_ROWS: u64 = 20;

fn object(columns: &[(String, String)]) -> String {
    format!("{{{}}}", members(columns, ""))
}

fn members(columns: &[(String, String)], prefix: &str) -> String {
    let mut out = String::new();
    for (index, (name, json)) in columns.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(out, "{comma}\"{prefix}{name}\":{json}");
    }
    out
}

pub(super) fn native(change: &Change) -> String {
    format!(
        r#"{{"table":"{}","operation":"UPDATE","timestamp":"2024-01-15T10:30:00.123456Z","database":"coredb","schema":"public","before":{},"after":{},"metadata":{{"transactionId":"txn-{number}","sequenceNumber":"12345678901234{number:06}"}}}}"#,
        change.table,
        object(&change.before),
        object(&change.after),
        number = change.number
    )
}

/// With the before image as columns, the form that the AWS documentation shows for targets
/// without attributes.
pub(super) fn dms(change: &Change) -> String {
    dms_of(change, &format!("{},{}", members(&change.after, ""), members(&change.before, "BI_")))
}

pub(super) fn dms_no_before(change: &Change) -> String {
    dms_of(change, &members(&change.after, ""))
}

fn dms_of(change: &Change, data: &str) -> String {
    format!(
        r#"{{"data":{{{data}}},"metadata":{{"timestamp":"2024-01-15T10:30:00.345678Z","record-type":"data","operation":"update","partition-key-type":"primary-key","schema-name":"public","table-name":"{}","commit-timestamp":"2024-01-15T10:30:00.123456Z","transaction-id":{},"stream-position":"00000001/6F9D{:04}","prev-transaction-id":0,"prev-transaction-record-id":0}}}}"#,
        change.table,
        70_000 + change.number,
        change.number
    )
}

pub(super) fn debezium(change: &Change) -> String {
    let lsn = 24_023_128 + change.number;
    format!(
        r#"{{"before":{},"after":{},"source":{{"version":"3.2.0.Final","connector":"postgresql","name":"core","ts_ms":1705314600123,"snapshot":"false","db":"coredb","sequence":"[\"{lsn}\",\"{lsn}\"]","ts_us":1705314600123456,"ts_ns":1705314600123456000,"schema":"public","table":"{}","txId":{},"lsn":{lsn},"xmin":null}},"transaction":null,"op":"u","ts_ms":1705314600345,"ts_us":1705314600345678,"ts_ns":1705314600345678901}}"#,
        object(&change.before),
        object(&change.after),
        change.table,
        556 + change.number
    )
}

pub(super) fn wrapped(change: &Change) -> String {
    let image = |field: &str| {
        let fields: Vec<String> =
            change.after.iter().map(|(name, json)| typed(name, json)).collect();
        format!(
            r#"{{"type":"struct","fields":[{}],"optional":true,"name":"core.public.customers.Value","field":"{field}"}}"#,
            fields.join(",")
        )
    };
    let source = ["version", "connector", "name", "snapshot", "db", "sequence", "schema", "table"]
        .map(|name| typed(name, "\"\""));
    let numbers = ["ts_ms", "ts_us", "ts_ns", "txId", "lsn", "xmin"].map(|name| typed(name, "0"));
    format!(
        r#"{{"schema":{{"type":"struct","fields":[{},{},{{"type":"struct","fields":[{},{}],"optional":false,"name":"io.debezium.connector.postgresql.Source","version":1,"field":"source"}},{}],"optional":false,"name":"core.public.customers.Envelope","version":2}},"payload":{}}}"#,
        image("before"),
        image("after"),
        source.join(","),
        numbers.join(","),
        ["op", "ts_ms", "ts_us", "ts_ns"].map(|name| typed(name, "0")).join(","),
        debezium(change)
    )
}

fn typed(name: &str, json: &str) -> String {
    let kind = match json.as_bytes() {
        [b'"', ..] => "string",
        [b'{', ..] => r#"string","name":"io.debezium.data.Json","version":"1"#,
        _ => "int64",
    };
    format!(r#"{{"type":"{kind}","optional":true,"field":"{name}"}}"#)
}

pub(super) fn cloudevents(change: &Change) -> String {
    let lsn = 24_023_128 + change.number;
    format!(
        r#"{{"id":"name:core;lsn:{lsn};txId:{tx}","source":"/debezium/postgresql/core","specversion":"1.0","type":"io.debezium.connector.postgresql.DataChangeEvent","time":"2024-01-15T10:30:00.123Z","datacontenttype":"application/json","iodebeziumop":"u","iodebeziumversion":"3.2.0.Final","iodebeziumconnector":"postgresql","iodebeziumname":"core","iodebeziumtsms":"1705314600123","iodebeziumsnapshot":"false","iodebeziumdb":"coredb","iodebeziumsequence":"[\"{lsn}\",\"{lsn}\"]","iodebeziumschema":"public","iodebeziumtable":"{}","iodebeziumtxId":"{tx}","iodebeziumlsn":"{lsn}","iodebeziumxmin":null,"iodebeziumtxid":null,"data":{{"before":{},"after":{}}}}}"#,
        change.table,
        object(&change.before),
        object(&change.after),
        tx = 556 + change.number
    )
}

pub(super) fn maxwell(change: &Change) -> String {
    format!(
        r#"{{"database":"coredb","table":"{}","type":"update","ts":1705314600,"xid":{},"commit":true,"position":"master.000006:{}","server_id":23042,"thread_id":108,"data":{},"old":{}}}"#,
        change.table,
        8_801 + change.number,
        800_911 + change.number,
        object(&change.after),
        object(&change.changed())
    )
}

/// All values in strings, as Canal writes them.
pub(super) fn canal(change: &Change) -> String {
    let text = |(name, json): &(String, String)| match json.as_bytes() {
        [b'"', ..] => (name.clone(), json.clone()),
        _ => (name.clone(), format!("\"{}\"", json.replace('"', "\\\""))),
    };
    let rows = (0..CANAL_ROWS).map(|at| {
        let number = change.number * CANAL_ROWS + at;
        let [before, after] = [0, 1].map(|version| row(number, version, super::More::Nothing));
        let changed = Change { number, table: change.table, before, after };
        let texts = |columns: &[(String, String)]| -> Vec<_> { columns.iter().map(text).collect() };
        (object(&texts(&changed.after)), object(&texts(&changed.changed())))
    });
    let (data, old): (Vec<String>, Vec<String>) = rows.unzip();
    let types: Vec<_> =
        change.after.iter().map(|(name, _)| (name.clone(), "\"varchar(255)\"".into())).collect();
    format!(
        r#"{{"data":[{}],"database":"coredb","es":1705314600123,"id":{},"isDdl":false,"mysqlType":{},"old":[{}],"pkNames":["id"],"sql":"","sqlType":{},"table":"{}","ts":1705314600456,"type":"UPDATE"}}"#,
        data.join(","),
        change.number,
        object(&types),
        old.join(","),
        object(&types.iter().map(|(name, _)| (name.clone(), "12".into())).collect::<Vec<_>>()),
        change.table
    )
}

pub(super) fn ogg(change: &Change) -> String {
    format!(
        r#"{{"table":"CORE.PUBLIC.{}","op_type":"U","op_ts":"2024-01-15 10:30:00.123456","current_ts":"2024-01-15T10:30:01.345678","pos":"0000000002{:010}","primary_keys":["id"],"before":{},"after":{}}}"#,
        change.table,
        4_120 + change.number,
        object(&change.before),
        object(&change.after)
    )
}

pub(super) fn dynamodb(change: &Change) -> String {
    let image = |columns: &[(String, String)]| {
        let attributes = columns.iter().map(|(name, json)| (name.clone(), attribute(json)));
        object(&attributes.collect::<Vec<_>>())
    };
    format!(
        r#"{{"awsRegion":"eu-west-1","eventID":"c4ca4238a0b923820dcc{:012x}","eventName":"MODIFY","userIdentity":null,"recordFormat":"application/json","tableName":"{}","dynamodb":{{"ApproximateCreationDateTime":1705314600123,"Keys":{{"id":{{"N":"{}"}}}},"NewImage":{},"OldImage":{},"SizeBytes":1311}},"eventSource":"aws:dynamodb"}}"#,
        change.number,
        change.table,
        4_000_000 + change.number,
        image(&change.after),
        image(&change.before)
    )
}

/// The typed attribute value of a column.
fn attribute(json: &str) -> String {
    match json.as_bytes() {
        [b'"', ..] => format!(r#"{{"S":{json}}}"#),
        [b'{', ..] => {
            r#"{"M":{"language":{"S":"nl"},"newsletter":{"BOOL":true},"channels":{"L":[{"S":"sms"},{"S":"mail"}]}}}"#.into()
        }
        _ => format!(r#"{{"N":"{json}"}}"#),
    }
}
