//! `cdc config check`; its siblings in modules of their own.

mod explain;
mod init;
#[cfg(feature = "local")]
mod proposed;
mod ranger;

use serde_json::{Value, json};

use crate::{cdc, file, folder};

const HEAD: &str = "version: 1\npipeline: test\n";

#[test]
fn the_compiled_in_rules_are_shown_as_a_table() {
    let ran = cdc(&["config", "check"], b"").ends_with(0);
    assert!(ran.out.starts_with("TABLE "), "{}", ran.out);
    assert!(
        ran.out.lines().any(|line| line.starts_with("users ") && line.contains("user.changed"))
    );
    assert!(ran.err.starts_with("ok: pipeline coredb, "), "{}", ran.err);
}

#[test]
fn a_folder_is_one_configuration() {
    let folder = folder("config-folder");
    file(&folder, "pipeline.yaml", HEAD);
    file(&folder, "tables/b/orders.yaml", "tables:\n  orders: {keys: none, include: [id]}\n");
    file(
        &folder,
        "tables/users.yaml",
        "tables:\n  users: {keys: [id], include: [id, ssn], redact: [ssn]}\n",
    );
    file(&folder, ".hidden.yaml", "not: [a configuration");
    file(&folder, "README.md", "no configuration");
    let path = folder.to_str().unwrap();

    let ran = cdc(&["--config", path, "config", "check"], b"").ends_with(0);
    let expected = "\
TABLE   KEYS  EVENT TYPE      COLUMNS  REDACTED
orders  none  orders.changed  1
users   id    users.changed   2        ssn
";
    assert_eq!(ran.out, expected);

    let ran = cdc(&["--json", "config", "check", "--config", path], b"").ends_with(0);
    let expected = json!({"tables":[
        {"name":"orders","keys":null,"eventType":"orders.changed","include":["id"],"redact":[],
         "operations":["INSERT","UPDATE","DELETE","TRUNCATE"],"snapshot":"publish"},
        {"name":"users","keys":["id"],"eventType":"users.changed","include":["id","ssn"],
         "redact":[{"column":"ssn","method":"replace","with":"[REDACTED]"}],
         "operations":["INSERT","UPDATE","DELETE","TRUNCATE"],"snapshot":"publish"},
    ],"warnings":[],"problems":[]});
    assert_eq!(ran.out.parse::<Value>().unwrap(), expected);
}

#[test]
fn a_broken_file_is_told_by_file_line_and_column() {
    let text = format!("{HEAD}tables:\n  users:\n    keys: [id]\n    inclde: [id]\n");
    let path = file(&folder("config-broken"), "rules.yaml", text);

    let ran = cdc(&["--config", &path, "config", "check"], b"").ends_with(2);
    assert_eq!(ran.out, "");
    assert!(ran.err.contains(&format!("{path}:6:5: ")), "{}", ran.err);
    assert!(ran.err.contains("include"), "it says what was expected: {}", ran.err);

    let ran = cdc(&["--json", "--config", &path, "config", "check"], b"").ends_with(2);
    let report = ran.out.parse::<Value>().unwrap();
    let problem = &report["problems"][1];
    assert_eq!((&problem["line"], &problem["column"]), (&json!(6), &json!(5)), "{report}");
    assert_eq!(problem["file"], json!(path));
}

#[test]
fn a_warning_is_told_and_leaves_the_exit_code_alone() {
    let text = format!("{HEAD}tables:\n  users: {{keys: [id], include: [\"*\"]}}\n");
    let path = file(&folder("config-warning"), "rules.yaml", text);
    let ran = cdc(&["--config", &path, "config", "check"], b"").ends_with(0);
    assert!(ran.err.contains("warning: ") && ran.err.contains(&path), "{}", ran.err);
    assert!(ran.out.contains(" all"), "{}", ran.out);
}

#[test]
fn what_is_no_configuration_ends_with_2_and_says_why() {
    let folder = folder("config-none");
    let missing = folder.join("missing").to_str().unwrap().to_owned();
    let empty = folder.join("empty");
    std::fs::create_dir_all(&empty).unwrap();
    file(&folder, "yml/pipeline.yaml", HEAD);
    file(&folder, "yml/users.yml", "tables: {}");
    let binary = file(&folder, "binary.yaml", b"\xff\xfe");
    let cases = [
        (missing.as_str(), "cannot be read"),
        (empty.to_str().unwrap(), "holds no .yaml file"),
        (&*folder.join("yml").to_string_lossy(), "users.yml: would not be read"),
        (&binary, "is not UTF-8"),
    ]
    .map(|(path, says)| (path.to_owned(), says));
    for (path, says) in cases {
        for command in [&["config", "check"][..], &["decode", "-"]] {
            let ran = cdc(&[&["--config", &path], command].concat(), b"").ends_with(2);
            assert!(ran.err.contains(says), "{}", ran.err);
        }
    }
}
