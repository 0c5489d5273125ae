//! Database Migration Service, `DynamoDB` Streams, and aggregates of the Kinesis Producer Library.

use super::{Expected, check};

pub(super) const FILES: [Expected; 5] =
    [DMS_DOCUMENTATION, DMS_PAIMON, DMS_POSTGRESQL, DYNAMODB, KPL];

const DMS_DOCUMENTATION: Expected = Expected {
    file: "ndjson/dms-documentation.ndjson",
    lines: 2,
    units: "INSERT 1, control 1",
    found: &[("control", "1"), ("INSERT foobar", "2")],
    rejects: &[],
};

const DMS_PAIMON: Expected = Expected {
    file: "ndjson/dms-paimon.ndjson",
    lines: 38,
    units: "INSERT 36, UPDATE 1, DELETE 1",
    found: &[
        ("INSERT paimon_1", "1"),
        ("INSERT paimon_2", "2"),
        ("INSERT ignore", "3"),
        ("INSERT flink", "4"),
        ("INSERT t1", "5-8 13-16"),
        ("INSERT t2", "9-12 17-20"),
        ("INSERT product", "21-27 30-38"),
        ("UPDATE product", "29"),
        ("DELETE product", "28"),
    ],
    rejects: &[],
};

/// 49 control records, and six rows of DMS's own tables: 2, 7, 137 (`awsdms_status`), 4
/// (`awsdms_suspended_tables`), 8 and 9 (`awsdms_history`).
const DMS_POSTGRESQL: Expected = Expected {
    file: "ndjson/dms-postgresql-kinesis.ndjson",
    lines: 137,
    units: "INSERT 82, control 55",
    found: &[
        (
            "control",
            "1-12 19-21 27-29 35-39 45-47 52 54-56 63-68 73-75 90-94 96 103 105 111 116-121 137",
        ),
        ("INSERT array_types", "13-18"),
        ("INSERT awards_players", "22-26"),
        ("INSERT diamonds", "30-34"),
        ("INSERT functional_alltypes", "40-44"),
        ("INSERT astronauts", "48-51 53"),
        ("INSERT batting", "57-61"),
        ("INSERT intervals", "62"),
        ("INSERT films", "69-70"),
        ("INSERT map", "71-72"),
        ("INSERT json_t", "76-89"),
        ("INSERT jsonb_t", "95 97-102 104 106-110 112"),
        ("INSERT topk", "113-115"),
        ("INSERT tzone", "122-131"),
        ("INSERT win", "132-136"),
    ],
    rejects: &[],
};

/// 20 and 43 call their table `<table-name:1>` and their time `approximate-creation-date-time`: a
/// name like any other, and no time.
const DYNAMODB: Expected = Expected {
    file: "ndjson/dynamodb.ndjson",
    lines: 43,
    units: "INSERT 5, reject 38",
    found: &[
        ("INSERT <table-name:1>", "20 43"),
        ("INSERT examples", "21"),
        ("INSERT Example-Table", "22-23"),
    ],
    rejects: &[("neither tableName nor eventSourceARN: names no table", "1-19 24-42")],
};

/// Four aggregates, each with a right digest: 100, 4, 8 and 4 user records.
const KPL: Expected = Expected {
    file: "ndjson/kpl.ndjson",
    lines: 4,
    units: "reject 116",
    found: &[],
    rejects: &[
        ("the alphabet, forwards and backwards: no JSON", "1x100"),
        ("a text of RECORD, a number and letters: no JSON", "2x4 3x8 4x4"),
    ],
};

#[test]
fn dms_documentation() {
    check(&DMS_DOCUMENTATION);
}

#[test]
fn dms_paimon() {
    check(&DMS_PAIMON);
}

#[test]
fn dms_from_postgresql() {
    check(&DMS_POSTGRESQL);
}

#[test]
fn dynamodb() {
    check(&DYNAMODB);
}

#[test]
fn aggregates_of_texts() {
    check(&KPL);
}
