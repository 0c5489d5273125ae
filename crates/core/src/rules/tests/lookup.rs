//! Configurations that are accepted, and what is found in them.

use super::{parse, tables};
use crate::{
    event::Operation,
    rules::{
        ColumnRule, Keys, Method, Operations, REDACTED, Rules, SnapshotRule, TableRules,
        UnlistedTables,
    },
};

const USERS: &str = "tables:
  users:
    keys: [id]
    event_type: user.changed
    include: [id, name, Email, ÉCOLE, phone]
    redact: [email, ssn, {fields: [PHONE], method: replace, with: 'a \"b\"'}]
    operations: [INSERT, DELETE]
    snapshot: skip
";

/// What is found for a column in one letter each: **i**ncluded, **k**ey, **r**edacted.
fn letters(rule: ColumnRule<'_>) -> String {
    let flags = [(rule.include, 'i'), (rule.key.is_some(), 'k'), (rule.redact.is_some(), 'r')];
    flags.into_iter().filter(|(set, _)| *set).map(|(_, letter)| letter).collect()
}

/// The letters of some columns, looked up one after the other.
fn check(text: &str, table: &str, expected: &[(&str, &str)]) {
    let checked = tables(text);
    let columns = checked.rules.find(None, None, table).unwrap().columns();
    for start in 0..columns.len() + 2 {
        let mut hint = start;
        for (name, letter) in expected {
            let found = columns.find(name, &mut hint);
            assert_eq!(letters(found), *letter, "{name} with a hint beginning at {start}");
            let alone = columns.find(name, &mut 0);
            assert_eq!(alone, found, "{name}: a hint changes nothing but speed");
        }
    }
}

#[test]
fn a_column_is_found_in_any_case_from_any_hint() {
    let long = "X".repeat(200);
    check(
        USERS,
        "users",
        &[
            ("id", "ik"),
            ("ID", "ik"),
            ("name", "i"),
            ("email", "ir"),
            ("EMAIL", "ir"),
            ("école", "i"),
            ("École", "i"),
            ("ecole", ""),
            ("phone", "ir"),
            ("ssn", "r"),
            ("SSN", "r"),
            ("other", ""),
            ("", ""),
            (&long, ""),
        ],
    );
}

#[test]
fn a_long_name_beyond_the_buffer_is_found_in_any_case() {
    let (lower, upper) = ("x".repeat(65), "X".repeat(65));
    let (at, turkish) = ("y".repeat(64), "İ");
    let text = format!("tables: {{t: {{keys: none, include: [{lower}, {at}, {turkish}, ΟΔΟΣ]}}}}");
    let at_upper = at.to_uppercase();
    let names = [&*lower, &*upper, &*at, &*at_upper, "İ", "i\u{307}", "οδοσ", "ΟΔΟΣ", "\u{212a}"];
    let expected = names.map(|name| (name, if name == "\u{212a}" { "" } else { "i" }));
    check(&text, "t", &expected);
}

#[test]
fn a_letter_whose_lower_case_is_ascii_is_that_letter() {
    // The Kelvin sign's lower case is a plain k.
    check("tables: {t: {keys: [key], include: [a]}}", "t", &[("\u{212a}ey", "k")]);
    check("tables: {t: {keys: [\u{212a}ey], include: [a]}}", "t", &[("KEY", "k")]);
}

#[test]
fn the_hint_follows_the_order_of_the_row() {
    let checked = tables(USERS);
    let columns = checked.rules.find(None, None, "users").unwrap().columns();
    let mut hint = 0;
    for (name, after) in [("id", 1), ("name", 2), ("unknown", 2), ("email", 3), ("ssn", 0)] {
        let _ = columns.find(name, &mut hint);
        assert_eq!(hint, after, "after {name}");
    }
    let mut hint = usize::MAX;
    assert_eq!(columns.find("id", &mut hint).index, Some(0));
}

#[test]
fn everything_included_leaves_redaction_as_it_is() {
    let text = "tables: {t: {keys: [id], include: ['*'], redact: [ssn]}}";
    check(text, "t", &[("id", "ik"), ("new", "i"), ("SSN", "ir")]);
    let warning = tables(text).warnings.remove(0).to_string();
    assert_eq!(
        warning,
        "t.yaml:1:36: include of table t: \"*\" publishes every column, also those that are added \
         to the table later; list the columns to decide for each"
    );
}

#[test]
fn a_redacted_column_outside_include_is_warned_about() {
    let warnings = tables(
        "tables: {t: {keys: [id], include: [email, b, phone], redact: [emial, c, phone, phonee]}}",
    )
    .warnings;
    let said: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    let text = "isn't in include, so this redacts nothing";
    assert_eq!(
        said,
        [
            format!(
                "t.yaml:1:63: redact of table t: \"emial\" {text} (did you mean \"email\"?), which is \
                 published as it is now"
            ),
            format!("t.yaml:1:70: redact of table t: \"c\" {text}"),
            format!("t.yaml:1:80: redact of table t: \"phonee\" {text}"),
        ]
    );
    assert_eq!(warnings[0].as_problem().place(), Some((1, 63)));
}

#[test]
fn the_settings_of_a_table_are_read() {
    let checked = tables(USERS);
    let users = checked.rules.find(None, None, "users").unwrap();
    assert_eq!((users.name(), users.event_type()), ("users", "user.changed"));
    assert_eq!(users.keys(), &Keys::Columns(vec!["id".into()]));
    assert_eq!(users.snapshot(), SnapshotRule::Skip);
    assert_eq!(format!("{:?}", users.operations()), "{Insert, Delete}");
    assert!(!users.operations().contains(Operation::Truncate));
    let columns: Vec<_> =
        users.columns().iter().map(|(name, rule)| (name, letters(rule))).collect();
    let expected = [
        ("id", "ik"),
        ("name", "i"),
        ("email", "ir"),
        ("école", "i"),
        ("phone", "ir"),
        ("ssn", "r"),
    ];
    assert_eq!(columns, expected.map(|(name, letters)| (name, letters.to_owned())));
}

#[test]
fn a_replacement_is_a_finished_json_string() {
    let checked = tables(USERS);
    let columns = checked.rules.find(None, None, "users").unwrap().columns();
    let method = |name| columns.find(name, &mut 0).redact.unwrap();
    assert_eq!(method("email"), &Method::replace(REDACTED));
    let expected = Method::Replace { with: "a \"b\"".into(), json: r#""a \"b\"""#.into() };
    assert_eq!(method("phone"), &expected);
}

#[test]
fn what_is_left_out_has_its_default() {
    let checked = tables("tables: {app.audit: {keys: none, include: [a]}}");
    let audit = checked.rules.find(None, Some("app"), "audit").unwrap();
    assert_eq!((audit.event_type(), audit.keys()), ("audit.changed", &Keys::None));
    assert_eq!((audit.operations(), audit.snapshot()), (Operations::ALL, SnapshotRule::Publish));
    assert_eq!(checked.rules.unlisted_tables(), UnlistedTables::Reject);
    assert_eq!(checked.rules.pipeline(), "test");
}

#[test]
fn defaults_hold_for_every_table_unless_it_says_otherwise() {
    let head = "{version: 1, pipeline: p, unlisted_tables: skip, \
                defaults: {snapshot: skip, redact: [ssn]}}";
    let text = "tables:
  a: {keys: none, include: [SSN, b], snapshot: publish}
  b: {keys: none, include: [b], redact: [{fields: [Ssn], method: replace, with: ''}]}";
    let checked = parse(&[("t.yaml", text), ("head.yaml", head)]).unwrap();
    let rules = checked.rules;
    let (a, b) = (rules.find(None, None, "a").unwrap(), rules.find(None, None, "b").unwrap());
    assert_eq!((a.snapshot(), b.snapshot()), (SnapshotRule::Publish, SnapshotRule::Skip));
    assert_eq!(a.columns().find("ssn", &mut 0).redact, Some(&Method::replace(REDACTED)));
    assert_eq!(b.columns().find("ssn", &mut 0).redact, Some(&Method::replace("")));
    let by_default = |table: &TableRules| table.columns().find("ssn", &mut 0).by_default;
    assert_eq!((by_default(a), by_default(b)), (true, false), "the table's own rule goes before");
    assert_eq!((a.place(), b.place()), (("t.yaml", 2), ("t.yaml", 3)));
    assert_eq!(rules.unlisted_tables(), UnlistedTables::Skip);
    assert_eq!(checked.warnings.len(), 1, "the defaults' own columns are no reason to warn");
}

#[test]
fn the_most_precise_name_of_a_table_wins() {
    let table = |name| format!("  {name}: {{keys: none, include: [a]}}\n");
    let names = ["t", "s.t", "d.s.t", "d.t", "x", "a.b.c"];
    let checked = tables(&format!("tables:\n{}", names.map(table).concat()));
    let find =
        |database, schema, table| checked.rules.find(database, schema, table).map(|t| t.name());
    assert_eq!(find(Some("d"), Some("s"), "t"), Some("d.s.t"));
    assert_eq!(find(Some("e"), Some("s"), "t"), Some("s.t"));
    assert_eq!(find(None, Some("s"), "t"), Some("s.t"));
    assert_eq!(find(Some("d"), Some("r"), "t"), Some("t"), "a database needs its schema");
    assert_eq!(find(Some("d"), None, "t"), Some("d.t"));
    assert_eq!(find(Some("d"), Some(""), "t"), Some("d.t"), "an empty schema is none");
    assert_eq!(find(Some(""), None, "t"), Some("t"));
    assert_eq!(find(Some("d"), Some("s"), "x"), Some("x"));
    assert_eq!(find(None, None, "a.b.c"), Some("a.b.c"), "a name may come with its dots");
    assert_eq!(find(None, None, "T"), None, "case matters");
    assert_eq!(find(None, None, ""), None);
    assert_eq!(find(Some(&"d".repeat(1 << 20)), Some("s"), "t"), Some("s.t"));
}

#[test]
fn names_that_are_written_alike_are_suggested_nearest_first() {
    let table = |name| format!("  {name}: {{keys: none, include: [a]}}\n");
    let names = ["Users", "crm.users", "orders", "user_roles", "uses"];
    let rules = tables(&format!("tables:\n{}", names.map(table).concat())).rules;
    assert_eq!(rules.nearest("users"), ["Users", "crm.users", "uses"]);
    assert_eq!(rules.nearest("public.usres"), ["uses", "crm.users", "Users"]);
    assert_eq!(rules.nearest("shop.order"), ["orders"]);
    assert_eq!(rules.nearest("invoices"), [""; 0]);
}

#[test]
fn the_compiled_in_configuration_has_no_problem_and_no_warning() {
    let checked = Rules::compiled_in().unwrap_or_else(|problems| panic!("\n{problems}"));
    let warnings: Vec<_> = checked.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings, [""; 0]);
    assert_eq!(checked.rules.pipeline(), "coredb");
    let names: Vec<_> = checked.rules.tables().map(|table| table.name()).collect();
    assert!(names.len() >= 14 && names.is_sorted(), "{names:?}");
    let keyless = checked.rules.tables().filter(|table| *table.keys() == Keys::None);
    let keyless: Vec<_> = keyless.map(|table| table.name()).collect();
    assert_eq!(keyless, ["agent_metrics", "queue_metrics"]);
}

#[test]
fn the_users_table_is_as_the_interface_says() {
    let checked = Rules::compiled_in().unwrap();
    let users = checked.rules.find(Some("coredb"), Some("public"), "users").unwrap();
    let redacted = users.columns().iter().filter(|(_, rule)| rule.include && rule.redact.is_some());
    let redacted: Vec<_> = redacted.map(|(name, _)| name).collect();
    assert_eq!(redacted, ["email", "phone", "ssn"]);
    assert_eq!(users.event_type(), "user.changed");
}
