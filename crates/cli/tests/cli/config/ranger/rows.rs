//! The same rows through the imported rules and through Hive's functions: they come out alike, but for
//! what is listed here, with its reason.

use std::{collections::HashMap, fs};

use serde_json::{Value, json};

use super::{
    POLICIES,
    hive::{self, MASK, SHOW},
};
use crate::{cdc, file, folder};

/// Upper and lower case, digits, punctuation; short and empty; beyond ASCII.
const TEXTS: [&str; 14] = [
    "Ada Lovelace",
    "123-45-6789",
    "ada.l+cdc@Example.com",
    "DE89 3704 0044 0532 0130 00",
    "O'Hara, J.",
    "\u{c4}rger mit \u{c9}lan",
    "tab\tand \"quote\" \\ 1",
    "\u{661}\u{662}\u{663}-AB12",
    "12345",
    "1234",
    "Bo",
    "",
    CHINESE,
    PAIR,
];
/// Letters without case, punctuation beyond ASCII, and a character of two UTF-16 units.
const CHINESE: &str = "\u{65e5}\u{672c} \u{2014} \u{1f600}A1";
/// Such a character where the count of characters decides.
const PAIR: &str = "ab\u{1f600}cd";

/// A column of the export, and what every reader gets of a text in it in Hive.
type Column = (&'static str, &'static str, fn(&str) -> String);

/// Each of a policy for everybody.
const COLUMNS: [Column; 6] = [
    ("users", "full_name", |text| hive::mask(text, MASK)),
    ("users", "ssn", |text| hive::show_last(text, 4, SHOW)),
    ("users", "status", str::to_owned),
    ("accounts", "branch", |text| hive::substr(text, 3)),
    ("payments", "payer", |text| hive::show_first(text, 4, SHOW)),
    ("payments", "note", |_| "withheld".to_owned()),
];

/// Column, text, and what comes out here.
const OTHERWISE: [(&str, &str, &str); 10] = [
    // No longer than what is shown of it: hidden whole.
    ("ssn", "1234", "xxxx"),
    ("ssn", "Bo", "xx"),
    ("payer", "1234", "xxxx"),
    ("payer", "Bo", "xx"),
    // Hive shows letters without case and what is no letter; here only ASCII's punctuation stays.
    ("full_name", CHINESE, "xx x xXn"),
    ("ssn", CHINESE, "xx x \u{1f600}A1"),
    ("payer", CHINESE, "\u{65e5}\u{672c} \u{2014} xxx"),
    ("full_name", PAIR, "xxxxx"),
    // Hive counts a character of two units twice.
    ("ssn", PAIR, "xb\u{1f600}cd"),
    ("payer", PAIR, "ab\u{1f600}cx"),
];

/// What tells a row from others.
const TABLES: &str = "version: 1
pipeline: coredb
tables:
  coredb.users:
    keys: [id]
    include: [id, full_name, ssn, status, phone, email, national_id, password_hash, date_of_birth, score, tax_id]
  coredb.accounts: {keys: [id], include: [id, branch, owner, balance]}
  coredb.payments: {keys: [id], include: [id, payer, note, card_number, ip_client]}
";

/// The after images of rows under the rules that these policies make with that configuration, by table
/// and number of the row.
fn through_the_pipeline(
    name: &str,
    (config, policies): (&str, &str),
    rows: &[(&str, Value)],
) -> HashMap<(String, u64), Value> {
    let folder = folder(name);
    let config = file(&folder, "config.yaml", config);
    let ran = cdc(&["--config", &config, "config", "import-ranger", "-"], policies.as_bytes());
    let rules = file(&folder, "rules.yaml", ran.out);
    cdc(&["--config", &rules, "config", "check"], b"").ends_with(0);
    let lines = rows.iter().enumerate().map(|(id, (table, row))| {
        let mut row = row.clone();
        row["id"] = json!(id);
        let keys = json!({"id": id});
        json!({"database":"coredb","table":table,"operation":"INSERT","after":row,"keys":keys})
            .to_string()
    });
    let input = lines.collect::<Vec<_>>().join("\n");
    let events = folder.join("events.ndjson").to_str().unwrap().to_owned();
    let once = ["--config", &rules, "local", "--once", "--input", "-", "--events-out", &events];
    cdc(&once, input.as_bytes()).ends_with(0);
    let events = fs::read_to_string(&events).unwrap();
    let images: HashMap<_, _> = events
        .lines()
        .map(|line| {
            let event = line.parse::<Value>().unwrap();
            let detail = &event["detail"];
            let table = detail["table"].as_str().unwrap().to_owned();
            ((table, detail["keys"]["id"].as_u64().unwrap()), detail["after"].clone())
        })
        .collect();
    assert_eq!(images.len(), rows.len(), "{events}");
    images
}

#[test]
fn texts_come_out_as_hives_functions_give_them() {
    let row = |table: &'static str, text: &str| {
        let columns = COLUMNS.iter().filter(|(of, ..)| *of == table);
        (table, columns.map(|(_, column, _)| (*column, json!(text))).collect::<Value>())
    };
    let tables = ["users", "accounts", "payments"];
    let rows: Vec<_> = TEXTS.iter().flat_map(|text| tables.map(|table| row(table, text))).collect();
    let images = through_the_pipeline("ranger-texts", (TABLES, POLICIES), &rows);
    let mut otherwise = 0;
    for (id, (table, row)) in (0..).zip(&rows) {
        let image = &images[&((*table).to_owned(), id)];
        for (_, column, function) in COLUMNS.iter().filter(|(of, ..)| of == table) {
            let text = row[column].as_str().unwrap();
            let hives = function(text);
            let listed = OTHERWISE.iter().find(|it| (it.0, it.1) == (*column, text));
            if let Some((.., ours)) = listed {
                assert_ne!(hives, *ours, "{column} of {text:?} needs no exception");
                otherwise += 1;
            }
            let expected = listed.map_or(&*hives, |(.., ours)| ours);
            assert_eq!(image[column], expected, "{column} of {text:?}, Hive: {hives:?}");
        }
    }
    assert_eq!(otherwise, OTHERWISE.len());
}

#[test]
fn dates_nulls_and_what_nobody_may_see_come_out_as_hive_gives_them() {
    let dates = ["2016-05-13", "1999-12-31", "2024-02-29"];
    let mut rows: Vec<_> = dates
        .iter()
        .map(|date| {
            ("users", json!({"date_of_birth": date, "password_hash": "$2b$", "score": "17"}))
        })
        .collect();
    rows.push(("users", json!({"date_of_birth": null, "full_name": null, "ssn": null, "national_id": null, "score": null})));
    rows.push(("payments", json!({"payer": null, "note": null, "ip_client": "10.1.2.3"})));
    rows.push(("accounts", json!({"branch": null, "owner": "DE12345"})));
    let images = through_the_pipeline("ranger-dates", (TABLES, POLICIES), &rows);
    let of = |table: &str, id: usize| images[&(table.to_owned(), id as u64)].clone();
    for (id, date) in dates.iter().enumerate() {
        let image = of("users", id);
        assert_eq!(image["date_of_birth"], hive::show_year(date));
        assert_eq!(image["password_hash"], Value::Null);
        assert_eq!(image["score"], "[REDACTED]", "SHUFFLE is no mask type of Hive's");
    }
    let nulls = of("users", 3);
    let columns = ["date_of_birth", "full_name", "ssn", "national_id", "score"];
    assert!(columns.iter().all(|column| nulls[column].is_null()), "{nulls}");
    // In Hive a constant stands for NULL as well; here null tells that there is no value.
    assert_eq!(of("payments", 4)["note"], Value::Null);
    assert_eq!(of("payments", 4)["ip_client"], hive::mask("10.1.2.3", MASK));
    assert_eq!(of("accounts", 5)["owner"], "[REDACTED]", "an expression that isn't known");
}

#[test]
fn of_two_readers_masks_nothing_is_shown_that_one_hides() {
    let rows: Vec<_> =
        TEXTS.iter().map(|text| ("users", json!({"phone": text, "email": text}))).collect();
    let images = through_the_pipeline("ranger-readers", (TABLES, POLICIES), &rows);
    for (id, text) in (0..).zip(TEXTS).filter(|(_, text)| ![CHINESE, PAIR].contains(text)) {
        let image = &images[&("users".to_owned(), id)];
        // Analysts see the first four, the support the last.
        assert_eq!(image["phone"], hive::mask(text, SHOW), "{text:?}");
        // The fraud team sees it as it is.
        assert_eq!(image["email"], hive::mask(text, MASK), "{text:?}");
    }
}

/// Masks, each of a column of its own.
const KINDS: [&str; 5] =
    ["MASK", "MASK_SHOW_LAST_4", "MASK_SHOW_FIRST_4", "MASK_HASH", "MASK_DATE_SHOW_YEAR"];

/// Policies for `coredb.t`, a column a mask.
fn of_each_kind() -> String {
    let policy = |(id, kind): (usize, &str)| {
        let name = |name: &str| json!({"values":[name]});
        let item = json!({"groups":["public"],"dataMaskInfo":{"dataMaskType":kind}});
        json!({"id":id,"name":kind,"policyType":1,"dataMaskPolicyItems":[item],
               "resources":{"database":name("coredb"),"table":name("t"),"column":name(&format!("c{id}"))}})
    };
    json!(KINDS.into_iter().enumerate().map(policy).collect::<Vec<_>>()).to_string()
}

fn table_of(kind: &str) -> String {
    let columns: Vec<_> = (0..KINDS.len()).map(|id| format!("c{id}")).collect();
    let types: Vec<_> = columns.iter().map(|column| format!("{column}: {kind}")).collect();
    format!(
        "version: 1\npipeline: test\ntables:\n  t: {{keys: [id], include: [id, {}], types: {{{}}}}}\n",
        columns.join(", "),
        types.join(", ")
    )
}

fn same_in_each(value: &Value) -> Value {
    (0..KINDS.len()).map(|id| (format!("c{id}"), value.clone())).collect()
}

#[test]
fn whole_numbers_come_out_as_hives_functions_give_them_where_types_tell_them() {
    let numbers = [0, 7, -7, 1234, 98765, -98765, 9_007_199_254_740_993];
    let rows: Vec<_> = numbers.iter().map(|number| ("t", same_in_each(&json!(number)))).collect();
    let images =
        through_the_pipeline("ranger-numbers", (&table_of("number"), &of_each_kind()), &rows);
    for (id, number) in (0..).zip(numbers) {
        let image = &images[&("t".to_owned(), id)];
        let whole = hive::number_mask(number);
        // A number of four digits or fewer is hidden whole. A sign is a character here, and not in Hive.
        let (last, first) = match number {
            -9999..=9999 => (whole, whole),
            -98765 => (hive::number_show_last(number, 4), -98711),
            _ => (hive::number_show_last(number, 4), hive::number_show_first(number, 4)),
        };
        let expected = json!({"id":id,"c0":whole,"c1":last,"c2":first,"c3":null,"c4":hive::number_mask(number)});
        assert_eq!(*image, expected, "{number}");
    }
}

#[test]
fn dates_and_other_types_come_out_as_hives_functions_give_them_where_types_tell_them() {
    let all = "0000-01-01";
    for (kind, value, expected) in [
        (
            "date",
            json!("2016-05-13"),
            [json!(all), json!(all), json!(all), json!(null), json!("2016-01-01")],
        ),
        (
            "decimal(2)",
            json!("12.50"),
            [json!(null), json!(null), json!(null), json!(null), json!(null)],
        ),
        ("boolean", json!(true), [json!(null), json!(null), json!(null), json!(null), json!(null)]),
    ] {
        let rows = [("t", same_in_each(&value))];
        let name = format!("ranger-type-{}", &kind[..4]);
        let images = through_the_pipeline(&name, (&table_of(kind), &of_each_kind()), &rows);
        let image = &images[&("t".to_owned(), 0)];
        for (id, expected) in expected.iter().enumerate() {
            assert_eq!(image[format!("c{id}")], *expected, "{kind} under {}", KINDS[id]);
        }
    }
}
