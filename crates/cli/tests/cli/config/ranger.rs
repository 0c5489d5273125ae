//! `cdc config import-ranger`, over an export of policies made up after Ranger's documented JSON.

#[cfg(feature = "local")]
mod hive;
#[cfg(feature = "local")]
mod rows;

use serde_json::{Value, json};

use crate::{cdc, file, folder};

const POLICIES: &str = include_str!("ranger/policies.json");
const RULES: &str = include_str!("ranger/rules.yaml");
const NOTES: &str = include_str!("ranger/notes.txt");

/// One policy for everybody: nothing of it is lost.
const ONE: &str = r#"{"id":1,"name":"ssn","policyType":1,"resources":{"database":{"values":["coredb"]},"table":{"values":["users"]},"column":{"values":["ssn"]}},"dataMaskPolicyItems":[{"groups":["public"],"dataMaskInfo":{"dataMaskType":"MASK"}}]}"#;

#[test]
fn an_export_becomes_rules_and_all_that_is_lost_is_told() {
    let path = file(&folder("ranger-export"), "policies.json", POLICIES);
    let ran = cdc(&["config", "import-ranger", &path, "--pipeline", "coredb"], b"").ends_with(3);
    assert!(POLICIES.lines().count() >= 20);
    assert_eq!(ran.out, RULES, "{}", ran.out);
    assert_eq!(ran.err, NOTES, "{}", ran.err);
    let rules = file(&folder("ranger-rules"), "rules.yaml", ran.out);
    cdc(&["--config", &rules, "config", "check"], b"").ends_with(0);
}

#[test]
fn where_nothing_is_lost_all_is_well() {
    let ran = cdc(&["config", "import-ranger", "-"], ONE.as_bytes()).ends_with(0);
    assert!(
        ran.out.contains("\n      - {fields: [ssn], method: mask}  # MASK, policy 1 \"ssn\"\n")
    );
    assert!(ran.err.contains("\nimported: 1 masked column; next: set keys"), "{}", ran.err);
}

#[test]
fn a_configuration_keeps_its_tables_and_tells_columns_and_types() {
    let folder = folder("ranger-config");
    let head = "version: 1\npipeline: coredb\nunlisted_tables: skip\n";
    let tables = "tables:\n  users:\n    keys: [id]\n    include: [id, ssn, email, tax_id, status]\n    redact: [email]\n  payments:\n    keys: [id]\n    include: [id, ip_address, amount]\n  accounts:\n    keys: [id]\n    include: [id, balance]\n    types: {balance: number}\n";
    file(&folder, "config/pipeline.yaml", head);
    file(&folder, "config/tables/coredb.yaml", tables);
    let config = folder.join("config");
    let arguments = ["--config", config.to_str().unwrap(), "config", "import-ranger", "-"];
    let ran = cdc(&arguments, POLICIES.as_bytes()).ends_with(3);
    for lines in [
        "\nversion: 1\npipeline: coredb\nunlisted_tables: skip\n",
        "\n  users:\n    keys: [id]\n    include: [id, ssn, email, tax_id, status]\n    redact:\n      - email\n",
        "- {fields: [tax_id], method: hash, key: ranger, domain: ranger}",
        "- {fields: [ip_address], method: mask}",
        "- {fields: [balance], method: mask, as: number}",
        "\n  hr.employees:\n    keys: none\n",
    ] {
        assert!(ran.out.contains(lines), "{lines}\n{}", ran.out);
    }
    let told = "left out: users, email: the table's own rule stays: email\n";
    assert!(ran.err.contains(told), "{}", ran.err);
    assert!(!ran.err.contains("policy 42"), "its pattern was found: {}", ran.err);
    assert!(ran.err.contains("not configured so far, set keys"), "{}", ran.err);
}

#[test]
fn what_is_imported_once_is_there_the_second_time() {
    let folder = folder("ranger-twice");
    let tables = "version: 1\npipeline: coredb\ntables:\n  users:\n    keys: none\n    include: [ssn]\n    redact: [ssn]\n";
    let config = file(&folder, "rules.yaml", tables);
    let policy = ONE.replace("\"MASK\"", "\"SHUFFLE\"");
    let ran = cdc(&["--config", &config, "config", "import-ranger", "-"], policy.as_bytes());
    let ran = ran.ends_with(3);
    assert!(ran.out.ends_with("    redact:\n      - ssn\n"), "{}", ran.out);
    assert!(!ran.err.contains("own rule stays"), "{}", ran.err);
}

#[test]
fn a_program_gets_tables_and_notes_as_json() {
    let policy = ONE.replace("public", "analysts");
    let ran = cdc(&["--json", "config", "import-ranger", "-"], policy.as_bytes()).ends_with(3);
    let mut told = ran.out.parse::<Value>().unwrap();
    let remarks = told["notes"].as_array_mut().unwrap().split_off(1);
    assert!(remarks.iter().all(|note| note["kind"] == "remark" && note["policy"].is_null()));
    let expected = json!({
        "tables":[{"name":"coredb.users","configured":false,"columns":[
            {"name":"ssn","rule":{"method":"mask"},"kept":false,
             "policies":[{"id":"1","name":"ssn","mask":"MASK"}]},
        ]}],
        "defaults":[],
        "notes":[{"kind":"stricter","policy":null,"table":"coredb.users","column":"ssn",
                  "why":"one mask holds for every reader, the strictest; Ranger has no mask for anybody else"}],
    });
    assert_eq!(told, expected);
}

#[test]
fn what_is_no_export_is_refused_with_its_place() {
    let access = ONE.replace("\"policyType\":1", "\"policyType\":0");
    let everywhere = ONE.replace("\"coredb\"", "\"*\"").replace("\"users\"", "\"*\"");
    for (text, says) in [
        (&*everywhere, "-: its policies name no table; tell which there are with --config"),
        ("{", "-: no import\n  because: not valid JSON at byte 1"),
        ("{\"tables\":[]}", "no policies at byte 0; expected an export of Ranger's"),
        ("[]", "no policy in it"),
        (&access, "-: no policy in it masks a column of a table"),
    ] {
        let ran = cdc(&["config", "import-ranger", "-"], text.as_bytes()).ends_with(1);
        assert_eq!(ran.out, "", "{text}");
        assert!(ran.err.contains(says), "{}", ran.err);
    }
    let ran = cdc(&["config", "import-ranger", "/no/such/file"], b"").ends_with(1);
    assert!(ran.err.contains("/no/such/file: cannot be read"), "{}", ran.err);
}

#[test]
fn wrong_usage_ends_with_2() {
    let folder = folder("ranger-usage");
    let broken = file(&folder, "broken.yaml", "tables: 7");
    let rules = file(&folder, "rules.yaml", "version: 1\npipeline: a\n");
    for arguments in [
        &["config", "import-ranger"][..],
        &["config", "import-ranger", "-", "--pipeline", "a b"],
        &["--config", &broken, "config", "import-ranger", "-"],
        &["--config", &rules, "config", "import-ranger", "-", "--pipeline", "b"],
    ] {
        let ran = cdc(arguments, ONE.as_bytes()).ends_with(2);
        assert_eq!(ran.out, "", "{arguments:?}");
        assert!(!ran.err.is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_teaches_by_examples() {
    let help = cdc(&["config", "import-ranger", "--help"], b"").ends_with(0).out;
    for word in ["Examples:", "exportJson", "--config", "Exit code 3"] {
        assert!(help.contains(word), "{word}:\n{help}");
    }
}
