//! `cdc config explain` and `cdc config schema`.

use serde_json::{Value, json};

use crate::{cdc, file, folder};

const RULES: &str = "\
version: 1
pipeline: test
defaults: {snapshot: skip, redact: [ssn, pin]}
tables:
  users:
    keys: [id]
    event_type: user.changed
    include: [id, name, email, ssn]
    redact: [email]
    operations: [INSERT, UPDATE]
  crm.users:
    keys: [tenant, id]
    include: [id, name]
    snapshot: publish
  log: {keys: none, include: [\"*\"]}
  prices:
    keys: [id]
    include: [id, price, mail]
    exclude: [note]
    redact: [mail]
    rename: {id: price_id, price: amount, mail: email}
    types: {price: decimal(2), id: number}
    skip_unchanged: true
    only_if_changed: [price]
    drift: quarantine
";

#[track_caller]
fn check(table: &str, code: i32, expected: &str) {
    let rules = file(&folder(&format!("explain-{table}")), "rules.yaml", RULES);
    let ran = cdc(&["--config", &rules, "config", "explain", table], b"").ends_with(code);
    assert_eq!(ran.out.replace(&rules, "rules.yaml"), expected, "{}", ran.err);
}

#[test]
fn a_table_is_explained_in_words() {
    check(
        "users",
        0,
        "\
users  rules.yaml:5

keys              id: the changes of one row are published in their order (metadata.order); a change without the key is a dead letter
event type        user.changed
operations        published: INSERT, UPDATE; skipped and counted: DELETE, TRUNCATE
full load         skipped: its rows are counted
updates           published, whatever they change
drift             not looked for
any other column  not published: a new one stays inside until include lists it

COLUMN  WHAT BECOMES OF IT
id      published as it is: the key
name    published as it is
email   published as \"[REDACTED]\", by the table's redact
ssn     published as \"[REDACTED]\", by the defaults

not published; were they listed, the defaults would redact them: pin
",
    );
}

#[test]
fn names_types_and_what_is_left_out_are_explained() {
    check(
        "prices",
        0,
        "\
prices  rules.yaml:16

keys              id: the changes of one row are published in their order (metadata.order); a change without the key is a dead letter
event type        prices.changed
operations        published: INSERT, UPDATE, DELETE, TRUNCATE
full load         skipped: its rows are counted
updates           skipped and counted where they are known to change no published column, or none of price
drift             a change with a column that no setting names, or of another type, is a dead letter
any other column  not published: a new one stays inside until include lists it

COLUMN  WHAT BECOMES OF IT
id      published as price_id, number: the key
price   published as amount, decimal(2)
mail    published as email: \"[REDACTED]\", by the table's redact
note    not published

not published; were they listed, the defaults would redact them: ssn, pin
",
    );
}

#[test]
fn a_table_is_found_as_the_pipeline_finds_it() {
    for (table, by) in [
        ("coredb.crm.users", "coredb.crm.users: by the rules of crm.users  rules.yaml:11"),
        ("crm.users", "crm.users  rules.yaml:11"),
        ("shop.users", "shop.users: by the rules of users  rules.yaml:5"),
        ("a.b.log", "a.b.log: by the rules of log  rules.yaml:15"),
    ] {
        let rules = file(&folder(&format!("explain-found-{table}")), "rules.yaml", RULES);
        let ran = cdc(&["--config", &rules, "config", "explain", table], b"").ends_with(0);
        assert_eq!(ran.out.lines().next().unwrap().replace(&rules, "rules.yaml"), by);
    }
    let rules = file(&folder("explain-parts"), "rules.yaml", RULES);
    let ran = cdc(&["--config", &rules, "config", "explain", "crm.users"], b"").ends_with(0);
    assert!(
        ran.out.contains("\ntenant  published in keys alone: part of the key\n"),
        "{}",
        ran.out
    );
    let ran = cdc(&["--config", &rules, "config", "explain", "log"], b"").ends_with(0);
    assert!(ran.out.contains("any other column  published as it is, also"), "{}", ran.out);
    assert!(ran.out.contains("keys              none: no order"), "{}", ran.out);
}

#[test]
fn a_table_without_rules_is_explained_too() {
    check(
        "usres",
        3,
        "\
usres has no rules
A change of it becomes a dead letter (VALIDATION_ERROR) that points to the record and holds no row: unlisted_tables is reject.
Did you mean users, crm.users? Case matters.
cdc config init --from FILE proposes rules from sample records.
",
    );
    let ran = cdc(&["--json", "config", "explain", "nothing_like_it"], b"").ends_with(3);
    let expected =
        json!({"table":"nothing_like_it","listed":false,"unlistedTables":"reject","nearest":[]});
    assert_eq!(ran.out.parse::<Value>().unwrap(), expected);
    let skipping = RULES.replace("pipeline: test", "pipeline: test\nunlisted_tables: skip");
    let rules = file(&folder("explain-skip"), "rules.yaml", skipping);
    let ran = cdc(&["--config", &rules, "config", "explain", "x"], b"").ends_with(3);
    assert!(ran.out.contains("skipped and counted, and nothing else"), "{}", ran.out);
}

#[test]
fn a_program_gets_the_same_as_json() {
    let rules = file(&folder("explain-json"), "rules.yaml", RULES);
    let ran =
        cdc(&["--json", "--config", &rules, "config", "explain", "a.users"], b"").ends_with(0);
    let redaction = |by| json!({"method":"replace","with":"[REDACTED]","by":by});
    let expected = json!({
        "table":"a.users","listed":true,"rules":"users","file":rules,"line":5,"keys":["id"],
        "eventType":"user.changed",
        "operations":{"published":["INSERT","UPDATE"],"skipped":["DELETE","TRUNCATE"]},
        "snapshot":"skip","skipUnchanged":false,"drift":"allow",
        "columns":[
            {"name":"id","published":true,"key":true,"redaction":null},
            {"name":"name","published":true,"key":false,"redaction":null},
            {"name":"email","published":true,"key":false,"redaction":redaction("table")},
            {"name":"ssn","published":true,"key":false,"redaction":redaction("defaults")},
            {"name":"pin","published":false,"key":false,"redaction":redaction("defaults")},
        ],
        "otherColumnsPublished":false,
    });
    assert_eq!(ran.out.parse::<Value>().unwrap(), expected);
}

#[test]
fn the_rules_compiled_in_are_explained_without_a_path() {
    let ran = cdc(&["config", "explain", "coredb.public.users"], b"").ends_with(0);
    assert!(ran.out.contains("email "), "{}", ran.out);
    let broken = file(&folder("explain-broken"), "rules.yaml", "version: 2\n");
    cdc(&["--config", &broken, "config", "explain", "users"], b"").ends_with(2);
    let ran = cdc(&["config", "explain", "a\u{1b}[2J"], b"").ends_with(3);
    assert!(!ran.out.contains('\u{1b}'), "{}", ran.out);
}

#[test]
fn the_schema_is_the_published_one_and_its_help_says_what_for() {
    let ran = cdc(&["config", "schema"], b"").ends_with(0);
    let published = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/config-1.json");
    assert_eq!(ran.out, std::fs::read_to_string(published).unwrap());
    let help = cdc(&["config", "schema", "--help"], b"").ends_with(0);
    assert!(help.out.contains("# yaml-language-server: $schema="), "{}", help.out);
}
