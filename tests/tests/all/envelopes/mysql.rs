//! Maxwell and Canal, and Oracle's GoldenGate, which the same projects use beside them.

use super::{Expected, check};

pub(super) const FILES: [Expected; 3] = [CANAL, MAXWELL, OGG];

/// A message holds several rows (1, 4, 16, 40: inserts; 12: updates; 14: deletes), each a unit.
/// 3, 15, 38, 39 are CREATE and ALTER. 37 is a CREATE DATABASE of type QUERY with an empty table name:
/// `isDdl` is true, so it is a schema change all the same. 17 to 36 have no `isDdl`, no times and a
/// placeholder for a database, which is a name like any other.
const CANAL: Expected = Expected {
    file: "ndjson/canal.ndjson",
    lines: 43,
    units: "INSERT 48, UPDATE 13, DELETE 6, schema 5",
    found: &[
        ("INSERT product", "1x9 6-7"),
        ("UPDATE product", "2 5 8 10 12x2"),
        ("DELETE product", "11 14x2"),
        ("INSERT orders", "4x4"),
        ("UPDATE orders", "9"),
        ("DELETE orders", "13"),
        ("INSERT project", "16x9"),
        ("INSERT customers", "17-20"),
        ("INSERT products", "21-29 32-33 40x9"),
        ("UPDATE products", "30-31 34 36 41-42"),
        ("DELETE products", "35 43"),
        ("schema", "3 15 37-39"),
    ],
    rejects: &[],
};

const MAXWELL: Expected = Expected {
    file: "ndjson/maxwell.ndjson",
    lines: 32,
    units: "INSERT 20, UPDATE 8, DELETE 4",
    found: &[
        ("INSERT product", "1-9 12-13"),
        ("UPDATE product", "10-11 14-15 17-18"),
        ("DELETE product", "16 19-20"),
        ("INSERT products", "21-29"),
        ("UPDATE products", "30-31"),
        ("DELETE products", "32"),
    ],
    rejects: &[],
};

/// `table` is `OGG.TBL_TEST`: schema and table. 12 and 28 carry a `source` block of Debezium's that
/// names another table: the record's own `table` and `op_type` say what it is.
const OGG: Expected = Expected {
    file: "ndjson/ogg.ndjson",
    lines: 32,
    units: "INSERT 22, UPDATE 8, DELETE 2",
    found: &[
        ("INSERT TBL_TEST", "1-9 12-13"),
        ("UPDATE TBL_TEST", "10-11 14-15"),
        ("DELETE TBL_TEST", "16"),
        ("INSERT OGG_TEST", "17-25 28-29"),
        ("UPDATE OGG_TEST", "26-27 30-31"),
        ("DELETE OGG_TEST", "32"),
    ],
    rejects: &[],
};

#[test]
fn canal() {
    check(&CANAL);
}

#[test]
fn maxwell() {
    check(&MAXWELL);
}

#[test]
fn golden_gate() {
    check(&OGG);
}
