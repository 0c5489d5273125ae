//! Records made to cost much: each grows with a number, and the cost may grow only as it does.

use std::fmt::Write as _;

use foldhash::fast::FixedState;

/// A kind of record, by the number of whatever it has many of.
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) record: fn(usize) -> String,
}

/// `of(0),of(1),…`
fn list(count: usize, of: impl Fn(usize) -> String) -> String {
    let mut out = String::new();
    for at in 0..count {
        let _ = write!(out, "{}{}", if at > 0 { "," } else { "" }, of(at));
    }
    out
}

fn columns(count: usize, value: &str) -> String {
    list(count, |at| format!(r#""c{at}":{value}"#))
}

fn native(image: &str) -> String {
    format!(r#"{{"table":"t","operation":"INSERT","after":{{"id":1,{image}}}}}"#)
}

fn debezium(image: &str) -> String {
    format!(r#"{{"op":"c","source":{{"table":"t"}},"after":{{{image}}}}}"#)
}

fn canal(data: &str, old: &str, more: &str) -> String {
    format!(r#"{{"data":[{data}],"old":[{old}]{more},"type":"UPDATE","database":"d","table":"t"}}"#)
}

/// Values of a byte each inside so many lists as a record may have.
fn nested(count: usize) -> String {
    let one = format!("{}0{}", "[".repeat(100), "]".repeat(100));
    native(&format!(r#""a":[{}]"#, list(count, |_| one.clone())))
}

/// Names that the first look at hashes cannot tell apart, written with an escape and long.
fn meeting(count: usize) -> String {
    use std::hash::BuildHasher as _;
    let state = FixedState::default();
    let tail = "x".repeat(200);
    let meets = |name: &String| state.hash_one(format!("!{name}").as_bytes()) % 4096 == 0;
    let names = (0..).map(|at| format!("{at}{tail}")).filter(meets);
    native(
        &names.take(count).map(|name| format!(r#""\u0021{name}":0"#)).collect::<Vec<_>>().join(","),
    )
}

pub(super) const SHAPES: [Shape; 24] = [
    Shape { name: "one long text", record: |n| native(&format!(r#""a":"{}""#, "x".repeat(8 * n))) },
    Shape {
        name: "nothing but escapes",
        record: |n| native(&format!(r#""a":"{}""#, r"\u0061\n".repeat(n))),
    },
    Shape {
        name: "a number without end",
        record: |n| native(&format!(r#""a":{}"#, "9".repeat(8 * n))),
    },
    Shape { name: "many columns", record: |n| native(&columns(n, "0")) },
    Shape {
        name: "names with escapes",
        record: |n| native(&list(n, |at| format!(r#""\u0063{at}":0"#))),
    },
    Shape { name: "names whose hashes meet", record: |n| meeting(n / 16) },
    Shape { name: "deep nesting", record: nested },
    Shape {
        name: "a list of small values",
        record: |n| native(&format!(r#""a":[{}]"#, list(n, |_| "0".into()))),
    },
    Shape {
        name: "an object of a column",
        record: |n| native(&format!(r#""a":{{{}}}"#, columns(n, "0"))),
    },
    Shape {
        name: "members that nobody reads",
        record: |n| format!(r#"{{{},"table":"t","operation":"DELETE"}}"#, columns(n, "0")),
    },
    Shape {
        name: "DMS, both images in one object",
        record: |n| {
            format!(
                r#"{{"data":{{{},{}}},"metadata":{{"record-type":"data","operation":"update","table-name":"t"}}}}"#,
                columns(n / 2, "0"),
                list(n / 2, |at| format!(r#""BI_c{at}":1"#))
            )
        },
    },
    Shape {
        name: "Debezium, placeholders",
        record: |n| debezium(&columns(n, r#""__debezium_unavailable_value""#)),
    },
    Shape {
        name: "Debezium, a list that ends as the placeholder would",
        record: |n| debezium(&format!(r#""a":[{}]"#, list(n, |_| r#"[95,95,100,101]"#.into()))),
    },
    Shape {
        name: "Debezium, decimals without a schema",
        record: |n| debezium(&columns(n, r#"{"scale":2,"value":"bg=="}"#)),
    },
    Shape {
        name: "Debezium, decimals with their schema",
        record: |n| {
            let field = |at| {
                format!(
                    r#"{{"field":"c{at}","name":"org.apache.kafka.connect.data.Decimal","parameters":{{"scale":"2"}}}}"#
                )
            };
            let fields = list(n, field);
            let payload = debezium(&columns(n, "\"bg==\""));
            format!(
                r#"{{"schema":{{"fields":[{{"field":"after","fields":[{fields}]}}]}},"payload":{payload}}}"#
            )
        },
    },
    Shape {
        name: "Debezium, flattened",
        record: |n| format!(r#"{{{},"__op":"c","__table":"t"}}"#, columns(n, "0")),
    },
    Shape {
        name: "Debezium, a document of MongoDB's",
        record: |n| {
            format!(
                r#"{{"op":"c","source":{{"connector":"mongodb","collection":"t"}},"after":"{{{}}}"}}"#,
                list(n, |at| format!(r#"\"c{at}\":0"#))
            )
        },
    },
    Shape {
        name: "a CloudEvent with many extensions",
        record: |n| {
            format!(
                r#"{{"specversion":"1.0","type":"io.debezium.x",{},"iodebeziumop":"c","iodebeziumtable":"t","data":{{"after":{{"id":1}}}}}}"#,
                columns(n, "0")
            )
        },
    },
    Shape {
        name: "Maxwell, columns that are gone",
        record: |n| {
            format!(
                r#"{{"database":"d","table":"t","type":"update","data":{{{}}},"old":{{{}}}}}"#,
                columns(n, "0"),
                list(n, |at| format!(r#""d{at}":1"#))
            )
        },
    },
    Shape {
        name: "Canal, many small rows",
        record: |n| canal(&list(n, |_| r#"{"a":1}"#.into()), "", ""),
    },
    Shape {
        name: "Canal, many rows, many members beside them",
        record: |n| canal(&list(n, |_| "{}".into()), "", &format!(",{}", columns(n, "0"))),
    },
    Shape {
        name: "Canal, wide rows with columns that are gone",
        record: |n| {
            canal(
                &list(2, |_| format!("{{{}}}", columns(n, "0"))),
                &list(2, |_| format!("{{{}}}", list(n, |at| format!(r#""d{at}":1"#)))),
                "",
            )
        },
    },
    Shape {
        name: "DynamoDB, many attributes",
        record: |n| {
            format!(
                r#"{{"eventName":"INSERT","tableName":"t","dynamodb":{{"NewImage":{{{}}}}}}}"#,
                columns(n, r#"{"N":"1"}"#)
            )
        },
    },
    Shape {
        name: "DynamoDB, lists in lists",
        record: |n| {
            let one = format!(r#"{}{{"N":"1"}}{}"#, r#"{"L":["#.repeat(20), "]}".repeat(20));
            format!(
                r#"{{"eventName":"INSERT","tableName":"t","dynamodb":{{"NewImage":{{"a":{{"L":[{}]}}}}}}}}"#,
                list(n, |_| one.clone())
            )
        },
    },
];
