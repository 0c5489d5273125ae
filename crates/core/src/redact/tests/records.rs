//! Records as data: what goes in, what comes out, and what is told about it.

use crate::{
    envelope::Conventions,
    pipeline::{Preparer, Work},
    record::expand,
    redact::{Fields, FieldsError, PATH_BYTES_MAX, RecordError, RecordRules},
    rules::{ConfigFile, Rules},
    testing,
};

const CONFIG: &str = "
version: 1
pipeline: test
unlisted_tables: reject
defaults: {redact: [token]}
tables:
  t: {keys: [id], include: [id, v, ssn, email, doc], redact: [ssn, {fields: [email], method: replace, with: 'a\"b'}]}
  all: {keys: [id], include: [\"*\"], redact: [ssn]}
  own: {keys: [id], include: [id, score, BI_score], redact: [score]}
";

fn rules() -> Rules {
    let file = ConfigFile { path: "test.yaml".into(), text: CONFIG.into() };
    Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}")).rules
}

fn fields(names: &[&str]) -> Fields {
    Fields::new(names).unwrap()
}

fn check(rules: &RecordRules<'_>, record: &str, json: &str, names: &str) {
    let redacted = rules.redact_text(record.as_bytes()).unwrap_or_else(|e| panic!("{record}: {e}"));
    assert_eq!(redacted.json.get(), json, "{record}");
    assert_eq!(redacted.names.join(" "), names, "{record}");
}

#[test]
fn a_table_decides_what_is_there_and_how_it_looks() {
    let rules = rules();
    for (table, record, json, names) in [
        ("t", r#"{"id":1,"v":2,"x":3}"#, r#"{"id":1,"v":2}"#, ""),
        ("t", r#"{"ssn":"s","id":1}"#, r#"{"ssn":"[REDACTED]","id":1}"#, "ssn"),
        ("t", r#"{"email":"e"}"#, r#"{"email":"a\"b"}"#, "email"),
        ("t", r#"{"ssn":null,"email":null}"#, r#"{"ssn":null,"email":null}"#, ""),
        (
            "t",
            r#"{"\u0073sn":7,"Email":[1]}"#,
            r#"{"\u0073sn":"[REDACTED]","Email":"a\"b"}"#,
            "ssn Email",
        ),
        (
            "t",
            r#" {"id" : 1.10 , "v":{ "ssn" : [ 1e400 ]}} "#,
            r#"{"id":1.10,"v":{ "ssn" : [ 1e400 ]}}"#,
            "",
        ),
        (
            "t",
            r#"{"id":12345678901234567890,"v":"\u00e9\/"}"#,
            r#"{"id":12345678901234567890,"v":"\u00e9\/"}"#,
            "",
        ),
        ("t", "{}", "{}", ""),
        ("t", r#"{"x":1}"#, "{}", ""),
        (
            "all",
            r#"{"x":1,"token":"k","ssn":{"a":1}}"#,
            r#"{"x":1,"token":"[REDACTED]","ssn":"[REDACTED]"}"#,
            "token ssn",
        ),
    ] {
        let table = rules.find(None, None, table).unwrap();
        check(&RecordRules::of_table(table), record, json, names);
    }
}

#[test]
fn the_row_before_goes_the_way_of_the_row() {
    let rules = rules();
    for (table, record, json, names) in [
        ("t", r#"{"BI_email":"e","BI_x":1}"#, r#"{"BI_email":"a\"b"}"#, "BI_email"),
        (
            "t",
            r#"{"\u0042I_ssn":1,"bi_SSN":2}"#,
            r#"{"\u0042I_ssn":"[REDACTED]","bi_SSN":"[REDACTED]"}"#,
            "BI_ssn bi_SSN",
        ),
        ("all", r#"{"BI_ssn":1,"BI_x":2}"#, r#"{"BI_ssn":"[REDACTED]","BI_x":2}"#, "BI_ssn"),
        (
            "own",
            r#"{"BI_score":1,"bi_score":2}"#,
            r#"{"BI_score":"[REDACTED]","bi_score":"[REDACTED]"}"#,
            "BI_score bi_score",
        ),
        (
            "t",
            r#"{"id":1,"before-image":{"ssn":1,"x":2}}"#,
            r#"{"id":1,"before-image":{"ssn":"[REDACTED]"}}"#,
            "before-image.ssn",
        ),
        (
            "all",
            r#"{"before-image":{"ssn":1,"before-image":{"ssn":2}}}"#,
            r#"{"before-image":{"ssn":"[REDACTED]","before-image":{"ssn":"[REDACTED]"}}}"#,
            "before-image.ssn before-image.before-image.ssn",
        ),
        ("t", r#"{"before-image":{"x":1}}"#, r#"{"before-image":{}}"#, ""),
        ("t", r#"{"before-image":null}"#, "{}", ""),
    ] {
        let table = rules.find(None, None, table).unwrap();
        check(&RecordRules::of_table(table), record, json, names);
    }
}

#[test]
fn fields_are_hit_at_any_depth_and_paths_where_they_lead() {
    for (names, record, json, told) in [
        ("ssn", r#"{"ssn":1}"#, r#"{"ssn":"[REDACTED]"}"#, "ssn"),
        ("ssn", r#" { "a" : 1e400, "SSN" :1 } "#, r#"{ "a" : 1e400, "SSN" :"[REDACTED]" }"#, "SSN"),
        (
            "SSN",
            r#"{"\u0073sn":1,"BI_ssn":2}"#,
            r#"{"\u0073sn":"[REDACTED]","BI_ssn":"[REDACTED]"}"#,
            "ssn BI_ssn",
        ),
        (
            "ssn",
            r#"{"a":{"ssn":1},"b":[[{"ssn":{"x":[]}}],{"ssn":2}]}"#,
            r#"{"a":{"ssn":"[REDACTED]"},"b":[[{"ssn":"[REDACTED]"}],{"ssn":"[REDACTED]"}]}"#,
            "a.ssn b.ssn",
        ),
        ("ssn", r#"{"ssn":null,"a":[null,"ssn",{}]}"#, r#"{"ssn":null,"a":[null,"ssn",{}]}"#, ""),
        (
            "a.ssn",
            r#"{"ssn":1,"a":{"ssn":2,"a":{"ssn":3}}}"#,
            r#"{"ssn":1,"a":{"ssn":"[REDACTED]","a":{"ssn":3}}}"#,
            "a.ssn",
        ),
        (
            "a.b.c",
            r#"{"A":[{"b":[{"C":1}]},{"B":{"c":2}}]}"#,
            r#"{"A":[{"b":[{"C":"[REDACTED]"}]},{"B":{"c":"[REDACTED]"}}]}"#,
            "A.b.C A.B.c",
        ),
        (
            "a.b",
            r#"{"a.b":1,"x":{"a.b":2},"BI_a":{"b":3}}"#,
            r#"{"a.b":"[REDACTED]","x":{"a.b":"[REDACTED]"},"BI_a":{"b":"[REDACTED]"}}"#,
            "a.b x.a.b BI_a.b",
        ),
        (
            "a a.b",
            r#"{"a":{"b":1},"c":{"a":2}}"#,
            r#"{"a":"[REDACTED]","c":{"a":"[REDACTED]"}}"#,
            "a c.a",
        ),
        (
            "straße",
            r#"{"STRASSE":1,"STRAßE":2}"#,
            r#"{"STRASSE":1,"STRAßE":"[REDACTED]"}"#,
            "STRAßE",
        ),
        (
            "data.ssn",
            r#"{"data":{"ssn":1,"BI_ssn":2,"bi_SSN":3,"x":{"BI_ssn":4}},"BI_ssn":5}"#,
            r#"{"data":{"ssn":"[REDACTED]","BI_ssn":"[REDACTED]","bi_SSN":"[REDACTED]","x":{"BI_ssn":4}},"BI_ssn":5}"#,
            "data.ssn data.BI_ssn data.bi_SSN",
        ),
        (
            "data.a.b bi_data.a.ssn",
            r#"{"data":{"BI_a":{"b":1,"c":2}},"rows":{"BI_a":{"b":3}},"BI_data":{"a":{"BI_ssn":4}}}"#,
            r#"{"data":{"BI_a":{"b":"[REDACTED]","c":2}},"rows":{"BI_a":{"b":3}},"BI_data":{"a":{"BI_ssn":"[REDACTED]"}}}"#,
            "data.BI_a.b BI_data.a.BI_ssn",
        ),
        ("BI_x", r#"{"x":1,"bi_x":2}"#, r#"{"x":1,"bi_x":"[REDACTED]"}"#, "bi_x"),
        ("ssn", r#"{"note":"{\"ssn\":1}"}"#, r#"{"note":"{\"ssn\":1}"}"#, ""),
    ] {
        let names: Vec<&str> = names.split(' ').collect();
        check(&RecordRules::of_fields(fields(&names)), record, json, told);
    }
}

#[test]
fn a_replacement_is_any_text() {
    let rules = RecordRules::of_fields(fields(&["a"]).replaced_by("\"\n\u{1F600}").unwrap());
    check(&rules, r#"{"a":1}"#, "{\"a\":\"\\\"\\n\u{1F600}\"}", "a");
    let nothing = RecordRules::of_fields(fields(&["a"]).replaced_by("").unwrap());
    check(&nothing, r#"{"a":[1]}"#, r#"{"a":""}"#, "a");
}

#[test]
fn fields_come_on_top_of_what_a_table_leaves() {
    let rules = rules();
    let table = rules.find(None, None, "t").unwrap();
    let both = RecordRules::of_table(table)
        .and_fields(fields(&["ssn", "v", "doc.k", "x"]).replaced_by("-").unwrap());
    check(
        &both,
        r#"{"ssn":1,"v":2,"x":3,"doc":{ "ssn":4, "k":[5], "keep":6.0 },"before-image":{"v":7}}"#,
        r#"{"ssn":"[REDACTED]","v":"-","doc":{ "ssn":"-", "k":"-", "keep":6.0 },"before-image":{"v":"-"}}"#,
        "ssn v doc.ssn doc.k before-image.v",
    );
}

#[test]
fn what_is_no_field_is_refused() {
    use FieldsError::{Empty, NotAField, Replacement, TooLong, TooMany};
    let long = "a".repeat(1025);
    for (names, expected) in [
        (vec![], Empty),
        (vec!["a"; 257], TooMany),
        (vec!["a", ""], NotAField { index: 1 }),
        (vec!["a..b"], NotAField { index: 0 }),
        (vec![".a"], NotAField { index: 0 }),
        (vec!["a."], NotAField { index: 0 }),
        (vec![" a"], NotAField { index: 0 }),
        (vec!["*"], NotAField { index: 0 }),
        (vec!["a[0].b"], NotAField { index: 0 }),
        (vec!["$.a"], NotAField { index: 0 }),
        (vec!["/a/b"], NotAField { index: 0 }),
        (vec![long.as_str()], TooLong { index: 0 }),
    ] {
        assert_eq!(Fields::new(&names).unwrap_err(), expected, "{names:?}");
    }
    assert!(Fields::new(["$email", "Straße 1", "a-b.c_d"]).is_ok());
    assert!(Fields::new(["a"; 256]).is_ok());
    assert!(fields(&["a"]).replaced_by(&"é".repeat(256)).is_ok());
    assert_eq!(fields(&["a"]).replaced_by(&"é".repeat(257)).unwrap_err(), Replacement);
}

#[test]
fn what_is_no_record_is_refused_by_its_path_and_never_by_its_value() {
    let rules = rules();
    let table = RecordRules::of_table(rules.find(None, None, "t").unwrap());
    let named = RecordRules::of_fields(fields(&["ssn"]));
    for (rules, record, path) in [
        (&table, "[]", None),
        (&named, "\"secret\"", None),
        (&named, "{secret", None),
        (&table, r#"{"ssn":"secret","\u0073sn":1}"#, Some("ssn")),
        (&table, r#"{"before-image":{"a":"secret","a":1}}"#, Some("before-image.a")),
        (&named, r#"{"x":[{"y":{"z":"secret","z":2}}]}"#, Some("x.y.z")),
    ] {
        let error = rules.redact_text(record.as_bytes()).unwrap_err();
        assert_eq!(error.path(), path, "{record}");
        assert!(!format!("{error:?} {error}").contains("secret"), "{error:?}");
    }
    // Nobody looks in there.
    check(&table, r#"{"v":{"a":1,"a":2}}"#, r#"{"v":{"a":1,"a":2}}"#, "");
    check(&named, r#"{"ssn":{"a":1,"a":2}}"#, r#"{"ssn":"[REDACTED]"}"#, "ssn");
}

#[test]
fn paths_are_bounded() {
    let rules = RecordRules::of_fields(fields(&["ssn"]));
    let of = |name: &str| format!(r#"{{"{name}":[{{"ssn":1}},{{"ssn":2}}]}}"#);
    let fits = "a".repeat(PATH_BYTES_MAX - ".ssn".len());
    assert!(rules.redact_text(of(&fits).as_bytes()).is_ok());
    let error = rules.redact_text(of(&format!("{fits}a")).as_bytes()).unwrap_err();
    assert!(matches!(error, RecordError::PathsTooLong { .. }), "{error}");
    let many: Vec<String> = (0..1100).map(|n| format!(r#""{n:0>1000}":{{"ssn":1}}"#)).collect();
    let error = rules.redact_text(format!("{{{}}}", many.join(",")).as_bytes()).unwrap_err();
    assert!(matches!(error, RecordError::PathsTooLong { .. }) && error.to_string().len() < 200);
}

/// The row as the pipeline publishes it.
fn published(row: &str) -> String {
    let data = format!(r#"{{"table":"t","operation":"INSERT","after":{row}}}"#);
    let pipeline = testing::pipeline_of(CONFIG);
    let record = expand(vec![testing::raw(1, "k", data)]).records.remove(0);
    let shard = testing::shard();
    let unit = Preparer::new(&pipeline, &shard).prepare(&record).unwrap().units.remove(0);
    let Work::Publish(events) = unit.work else { panic!("{:?}", unit.work) };
    let detail = events[0].event.detail.get();
    let from = detail.find("\"after\":").unwrap() + "\"after\":".len();
    detail[from..detail.find(",\"changed\":").unwrap()].to_owned()
}

#[test]
fn a_row_looks_as_the_pipeline_publishes_it() {
    let rules = rules();
    let table = RecordRules::of_table(rules.find(None, None, "t").unwrap());
    for row in [
        r#"{"id":1,"v":[1, 2],"x":0,"SSN":"s","email":null,"doc":{ "ssn" : 1 }}"#,
        r#"{"doc":-0.0,"Id":"\u00e9","\u0065mail":false,"token":"k"}"#,
        r#"{"id":12345678901234567890123}"#,
    ] {
        assert_eq!(*table.redact_text(row.as_bytes()).unwrap().json.get(), published(row));
    }
}

#[test]
fn the_row_before_is_known_by_what_its_producer_was_told_to_write() {
    let conventions = Conventions {
        before_prefix: "old_".into(),
        before_suffix: "_was".into(),
        before_image: "earlier".into(),
        ..Conventions::default()
    };
    let rules = rules();
    let table = rules.find(None, None, "all").unwrap();
    let by_table = RecordRules::of_table(table).written_by(&conventions);
    check(
        &by_table,
        r#"{"OLD_ssn_was":1,"old_ssn":2,"BI_ssn":3,"earlier":{"ssn":4}}"#,
        r#"{"OLD_ssn_was":"[REDACTED]","old_ssn":2,"BI_ssn":"[REDACTED]","earlier":{"ssn":"[REDACTED]"}}"#,
        "OLD_ssn_was BI_ssn earlier.ssn",
    );
    let fields = fields(&["ssn", "address.line1"]);
    let by_fields = RecordRules::of_fields(fields).written_by(&conventions);
    check(
        &by_fields,
        r#"{"old_ssn_was":1,"old_address_was":{"line1":2,"line2":3}}"#,
        r#"{"old_ssn_was":"[REDACTED]","old_address_was":{"line1":"[REDACTED]","line2":3}}"#,
        "old_ssn_was old_address_was.line1",
    );
}
