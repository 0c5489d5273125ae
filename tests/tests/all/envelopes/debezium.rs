//! Debezium: captures of `PostgreSQL` and `MySQL`, and what its connectors write beside rows.

use super::{Expected, check};

pub(super) const FILES: [Expected; 5] =
    [BESIDE_ROWS, FLINK, FLINK_CDC_DOCUMENTS, FLINK_CDC_LINES, SEATUNNEL];

/// 2 is an empty body. 10 is a CloudEvent, of a snapshot read.
const BESIDE_ROWS: Expected = Expected {
    file: "ndjson/debezium-cloudevents-and-control.ndjson",
    lines: 10,
    units: "INSERT 2, UPDATE 1, DELETE 1, TRUNCATE 1, tombstone 1, heartbeat 1, transaction 1, \
            schema 1, message 1",
    found: &[
        ("heartbeat", "1"),
        ("tombstone", "2"),
        ("schema", "3"),
        ("transaction", "4"),
        ("INSERT accounts", "5"),
        ("DELETE customers", "6"),
        ("message", "7"),
        ("TRUNCATE customers", "8"),
        ("UPDATE customers", "9"),
        ("INSERT customers", "10"),
    ],
    rejects: &[],
};

/// 1 to 9 are a snapshot. 16 deletes a row and names it nowhere: a change still.
const FLINK: Expected = Expected {
    file: "ndjson/debezium-flink.ndjson",
    lines: 16,
    units: "INSERT 11, UPDATE 4, DELETE 1",
    found: &[
        ("INSERT products", "1-9 12-13"),
        ("UPDATE products", "10-11 14-15"),
        ("DELETE products", "16"),
    ],
    rejects: &[],
};

/// The schema of 6 describes the row in place of the envelope around it; the payload is whole.
const FLINK_CDC_DOCUMENTS: Expected = Expected {
    file: "ndjson/debezium-flink-cdc-documents.ndjson",
    lines: 6,
    units: "INSERT 1, UPDATE 1, reject 4",
    found: &[("INSERT full_types", "5"), ("UPDATE full_types", "6")],
    rejects: &[("cut to op and images, without source: names no table", "1-4")],
};

/// The same run twice: 1 to 20 with schema, 21 to 40 without.
const FLINK_CDC_LINES: Expected = Expected {
    file: "ndjson/debezium-flink-cdc-lines.ndjson",
    lines: 40,
    units: "INSERT 30, UPDATE 8, DELETE 2",
    found: &[
        ("INSERT customers", "1-4 21-24"),
        ("INSERT products", "5-13 16 18 25-33 36-37"),
        ("UPDATE products", "14-15 17 19 34-35 38-39"),
        ("DELETE products", "20 40"),
    ],
    rejects: &[],
};

const SEATUNNEL: Expected = Expected {
    file: "ndjson/debezium-seatunnel.ndjson",
    lines: 19,
    units: "INSERT 14, UPDATE 4, DELETE 1",
    found: &[
        ("INSERT products", "1-9 12-13"),
        ("UPDATE products", "10-11 14-15"),
        ("DELETE products", "16"),
        ("INSERT mysql_cdc_e2e_source_table", "17-19"),
    ],
    rejects: &[],
};

#[test]
fn beside_rows() {
    check(&BESIDE_ROWS);
}

#[test]
fn postgresql_without_schema() {
    check(&FLINK);
}

#[test]
fn documents_of_all_types() {
    check(&FLINK_CDC_DOCUMENTS);
}

#[test]
fn lines_with_and_without_schema() {
    check(&FLINK_CDC_LINES);
}

#[test]
fn mysql() {
    check(&SEATUNNEL);
}
