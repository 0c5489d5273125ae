//! The JSON blocks of Debezium's documentation, taken as records: events, keys, and settings.
//!
//! Where a block can be read in two ways:
//! - 43 is `null`: the value of a tombstone without its schema, as 5 is with it.
//! - 2, 4, 21 to 23 and the like have their schema cut to `{}`, 89 and 93 have none beside
//!   `payload`: the payload is whole, so they are changes.
//! - 28 is a schema change without `source`, as a transformation shows it: `ddl` and `tableChanges`
//!   say what it is.
//! - 55 is a flattened row of which the documentation leaves the added fields alone. They tell
//!   operation and table, so it is a change, of no columns.
//! - 124 to 126 name `collection` in place of `table`: it is `MongoDB`'s word for it.
//! - 151 deletes and holds the row in `after`, as Cassandra's connector does; 168 deletes and holds
//!   none. Both are changes.
//! - 62 to 75 and 106 are notifications of the connector's own, a channel that no one sends through
//!   a change stream: neither rows nor anything that accompanies rows.

use super::{Expected, check};

pub(super) const FILES: [Expected; 1] = [DOCUMENTATION];

const DOCUMENTATION: Expected = Expected {
    file: "debezium/docs/debezium_docs.jsonl",
    lines: 215,
    units: "INSERT 17, UPDATE 14, DELETE 9, TRUNCATE 4, tombstone 2, transaction 18, schema 6, \
            message 2, reject 143",
    found: &[
        ("INSERT customers", "8 10 12 20 50-51 99 112 124 149 176 196"),
        ("INSERT CUSTOMERS", "142 160"),
        ("INSERT MY_TABLE", "55"),
        ("INSERT a", "83"),
        ("INSERT orders", "166"),
        ("UPDATE customers", "2 21 89 93 100 113 125 150 177 197"),
        ("UPDATE CUSTOMERS", "143 161"),
        ("UPDATE orders", "167"),
        ("UPDATE Users", "186"),
        ("DELETE customers", "4 22 114 126 151 178"),
        ("DELETE CUSTOMERS", "144"),
        ("DELETE orders", "168"),
        ("DELETE Users", "187"),
        ("TRUNCATE customers", "23 115"),
        ("TRUNCATE CUSTOMERS", "145"),
        ("TRUNCATE TEST_TABLE", "209"),
        ("tombstone", "5 43"),
        ("transaction", "15-16 101-102 107-108 117-118 139-140 155-156 170-171 191-192 201-202"),
        ("schema", "14 28 95 137 153 189"),
        ("message", "42 116"),
    ],
    rejects: REJECTS,
};

/// What the documentation cut out of an event, or what is none.
const REJECTS: &[(&str, &str)] = &[
    // Events that lack what the documentation left out.
    ("schema and payload cut to {}", "18 97 110 120 158 163-164 174 183-184 194"),
    (
        "source cut to {} or to its snapshot, or left out: names no table",
        "17 26-27 32 38 45 52 81-82 103 109 119 157 172-173 193 203",
    ),
    ("Oracle's source as it was before it named the table", "206-208"),
    ("a logical message decoded to op c: its source.table is empty", "44"),
    ("source alone, without op and images", "48-49"),
    ("a flattened row inside a member, without its table", "54"),
    ("a CloudEvent whose data is Avro", "84"),
    // Parts of messages.
    (
        "a key: names the row or the database, and says nothing",
        "1 3 7 9 11 13 19 94 96 98 111 122 136 138 141 152 154 159 165 175 185 188 190 195 \
         199-200 205",
    ),
    ("the key of a logical message", "41"),
    ("a row alone: no operation, no table", "33-37 39-40 53 121 123 147 181-182"),
    ("the value of one column or of a header", "29-31 46"),
    ("a schema without payload", "130-132"),
    ("Avro schemas", "146 148"),
    // What is sent to a connector, or told by it elsewhere.
    ("signals as one sends them, or their data: no rows of a table", "25 76-80 179-180 198 213"),
    ("notifications", "62-75 106"),
    ("an answer of Kafka Connect's", "6"),
    // Settings.
    ("settings", "24 47 56-61 86-88 90-92 104-105 127-129 133-135 162 169 204 210-212 214-215"),
    ("a setting's value, a text", "85"),
];

#[test]
fn debezium_documentation() {
    check(&DOCUMENTATION);
}
