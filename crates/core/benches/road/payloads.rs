//! The records that are measured: one table of twenty columns, updates of all of them, in each
//! envelope as its producer writes it.

use std::fmt::Write as _;

/// An envelope, or a question about one.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    /// Its name in the output and on the command line.
    pub(crate) name: &'static str,
    /// The table whose rules apply.
    pub(crate) table: &'static str,
    /// Columns behind the twenty that no rule names.
    more_columns: usize,
    envelope: fn(&Change) -> String,
}

/// The envelopes.
pub(crate) const ENVELOPES: [Case; 4] = [
    Case { name: "native", table: "customers", more_columns: 0, envelope: native },
    Case { name: "dms", table: "customers", more_columns: 0, envelope: dms },
    Case { name: "debezium", table: "customers", more_columns: 0, envelope: debezium },
    Case { name: "debezium-wrapped", table: "customers", more_columns: 0, envelope: wrapped },
];

/// What untouched columns cost: every column is published, and the second has fifty more.
pub(crate) const UNTOUCHED: [Case; 2] = [
    Case { name: "all-columns", table: "everything", more_columns: 0, envelope: native },
    Case { name: "all-columns-and-50", table: "everything", more_columns: 50, envelope: native },
];

/// The rules: fifteen of the twenty columns are published, three of them redacted.
pub(crate) const CONFIG: &str = r#"
version: 1
pipeline: bench
unlisted_tables: reject
tables:
  customers:
    keys: [id]
    include: [id, tenant_id, first_name, last_name, email, phone, ssn, date_of_birth, city,
              country, status, balance, preferences, created_at, updated_at]
    redact: [email, phone, ssn]
  everything: {keys: [id], include: ["*"], redact: [email, phone, ssn]}
"#;

impl Case {
    /// The record of that number.
    pub(crate) fn record(self, number: u64) -> String {
        let more = self.more_columns;
        let change = Change {
            number,
            table: self.table,
            before: row(number, 0, more),
            after: row(number, 1, more),
        };
        (self.envelope)(&change)
    }
}

struct Change {
    number: u64,
    table: &'static str,
    before: Vec<(String, String)>,
    after: Vec<(String, String)>,
}

/// Names and JSON texts. Between two versions of a row three columns differ.
fn row(number: u64, version: u64, more: usize) -> Vec<(String, String)> {
    let columns = [
        ("id", format!("{}", 4_000_000 + number)),
        ("tenant_id", format!("{}", number % 17)),
        ("external_ref", format!(r#""6f9d0c3e-27aa-4b71-9e0d-{number:012}""#)),
        ("first_name", r#""Annelies""#.into()),
        ("last_name", format!(r#""van der Meer {number}""#)),
        ("email", format!(r#""annelies.{number}@example.com""#)),
        ("phone", format!(r#""+31 20 555 {number:04}""#)),
        ("ssn", r#""078-05-1120""#.into()),
        ("date_of_birth", r#""1984-07-21""#.into()),
        ("street", format!(r#""Prinsengracht {number}""#)),
        ("city", r#""Amsterdam""#.into()),
        ("postal_code", r#""1015 DK""#.into()),
        ("country", r#""NL""#.into()),
        ("status", format!(r#""{}""#, ["active", "suspended"][version as usize])),
        ("tier", "3".into()),
        ("balance", format!("{}.25", 1200 + number + version)),
        ("credit_limit", "2500.00".into()),
        ("preferences", r#"{"language":"nl","newsletter":true,"channels":["sms","mail"]}"#.into()),
        ("created_at", r#""2019-03-02T08:15:00.000000Z""#.into()),
        ("updated_at", format!(r#""2024-01-15T10:30:0{version}.123456Z""#)),
    ];
    let more = (0..more).map(|column| (format!("more_{column:02}"), format!("\"value {column}\"")));
    columns.map(|(name, json)| (name.to_owned(), json)).into_iter().chain(more).collect()
}

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

fn native(change: &Change) -> String {
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
fn dms(change: &Change) -> String {
    format!(
        r#"{{"data":{{{},{}}},"metadata":{{"timestamp":"2024-01-15T10:30:00.345678Z","record-type":"data","operation":"update","partition-key-type":"primary-key","schema-name":"public","table-name":"{}","commit-timestamp":"2024-01-15T10:30:00.123456Z","transaction-id":{},"stream-position":"00000001/6F9D{:04}","prev-transaction-id":0,"prev-transaction-record-id":0}}}}"#,
        members(&change.after, ""),
        members(&change.before, "BI_"),
        change.table,
        70_000 + change.number,
        change.number
    )
}

fn debezium(change: &Change) -> String {
    let lsn = 24_023_128 + change.number;
    format!(
        r#"{{"before":{},"after":{},"source":{{"version":"3.2.0.Final","connector":"postgresql","name":"core","ts_ms":1705314600123,"snapshot":"false","db":"coredb","sequence":"[\"{lsn}\",\"{lsn}\"]","ts_us":1705314600123456,"ts_ns":1705314600123456000,"schema":"public","table":"{}","txId":{},"lsn":{lsn},"xmin":null}},"transaction":null,"op":"u","ts_ms":1705314600345,"ts_us":1705314600345678,"ts_ns":1705314600345678901}}"#,
        object(&change.before),
        object(&change.after),
        change.table,
        556 + change.number
    )
}

fn wrapped(change: &Change) -> String {
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
