//! The schema of the configuration: the files of `config/` conform, it knows the settings that the
//! core knows, and mistakes do not pass.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{conforms, open, read, workspace};

#[test]
fn the_configuration_conforms_and_its_schema_knows_the_same_settings() {
    use cdc_core::rules::settings::{DEFAULT, FILE, METHODS, REDACTION, Setting, TABLE};

    let schema = read("config-1");
    let check = |at: &str, settings: &[Setting], required_here: bool| {
        let object = schema.pointer(at).unwrap();
        let named: BTreeMap<&str, bool> = object["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(|name| {
                (name.as_str(), object["required"].to_string().contains(&format!("\"{name}\"")))
            })
            .collect();
        let known =
            settings.iter().map(|setting| (setting.name, setting.required && required_here));
        assert_eq!(named, known.collect(), "{at}");
    };
    // What the head requires is required only of one file.
    check("", FILE, false);
    check("/properties/defaults", DEFAULT, true);
    check("/$defs/table", TABLE, true);
    check("/$defs/redaction", REDACTION, true);
    // The name null, unquoted, is YAML's null.
    let methods: Vec<Value> = METHODS.iter().map(|name| json!(name)).chain([Value::Null]).collect();
    assert_eq!(schema["$defs"]["redaction"]["properties"]["method"]["enum"], json!(methods));
    let validator = open("config-1");
    let mut files = 0;
    for folder in ["config", "config/tables"] {
        for entry in std::fs::read_dir(workspace(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                conforms(&validator, &yaml(&std::fs::read_to_string(path).unwrap()));
                files += 1;
            }
        }
    }
    assert!(files >= 6, "{files} files");
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_configuration_with_a_mistake_does_not_conform() {
    let schema = open("config-1");
    let table = |settings: &str| format!("tables:\n  t: {{{settings}}}\n");
    let head = "version: 1\npipeline: p\n";
    for (text, fits) in [
        (
            format!("{head}unlisted_tables: skip\ndefaults: {{snapshot: skip, redact: [ssn]}}\n"),
            true,
        ),
        (table("keys: [id], include: [\"*\"]"), true),
        (
            table(
                "keys: none, include: [a], redact: [{fields: [a], method: replace, with: x}, {fields: [b], method: null}]",
            ),
            true,
        ),
        ("version: 1\n".to_owned(), false),
        ("unlisted_tables: skip\n".to_owned(), false),
        (format!("{head}unlisted_tables: drop\n"), false),
        (table("include: [id]"), false),
        (table("keys: [], include: [id]"), false),
        (table("keys: id, include: [id]"), false),
        (table("keys: [id], include: [id, id]"), false),
        (table("keys: [id], include: [\"*\", id]"), false),
        (table("keys: [id], include: [\"user_*\"]"), false),
        (table("keys: [id], include: [id], redact: [{fields: [a], method: mask}]"), true),
        (table("keys: [id], include: [id], redact: [\"**.ssn\", a.b, '\"a.b\"']"), true),
        (
            table(
                "keys: [id], include: [id], redact: [{fields: [a], method: \"null\"}, {fields: [b.c], \
                 method: mask, keep_last: 4, upper: keep, digit: 0, as: text}, {fields: [d], method: \
                 tokenize, key: k, alphabet: digits, same_length: true, domain: d}, {fields: [e], \
                 method: truncate, to: year}, {fields: [f], method: generalize, to: domain}]",
            ),
            true,
        ),
        (table("keys: none, include: [a], redact: [{fields: [a], method: masc}]"), false),
        (table("keys: none, include: [a], redact: [{fields: [a], method: hash}]"), false),
        (table("keys: none, include: [a], redact: [{fields: [a], method: mask, key: k}]"), false),
        (table("keys: none, include: [a], redact: [{fields: [a], method: truncate}]"), false),
        (
            table(
                "keys: none, include: [a], redact: [{fields: [a], method: truncate, to: domain}]",
            ),
            false,
        ),
        (table("keys: [id], include: [id], operations: [UPSERT]"), false),
        (table("keys: [id], include: [id], colour: blue"), false),
    ] {
        assert_eq!(schema.is_valid(&yaml(&text)), fits, "{text}");
    }
}

#[test]
fn a_proposal_conforms_as_one_file_and_as_a_folder() {
    use cdc_core::{
        arena::Arena,
        envelope::{self, Context},
        json::Document,
        proposal::{Sample, Samples},
    };

    let mut samples = Samples::new();
    for record in [
        r#"{"database":"d","table":"users","operation":"INSERT","after":{"id":1,"email":"x","x":"y"},"keys":{"id":1}}"#,
        r#"{"data":{"c":"x","null":1},"metadata":{"record-type":"data","operation":"load","schema-name":"s","table-name":"y"}}"#,
    ] {
        let document = Document::parse(record.as_bytes(), Vec::new()).unwrap();
        let arena = Arena::default();
        let units = envelope::decode(Some(&document), Context::documented(&arena)).unwrap();
        let sample = Sample { document: Some(&document), ..Sample::default() };
        units.iter().for_each(|unit| samples.add(Sample { unit: Some(unit), ..sample }));
    }
    let proposal = samples.propose();
    let schema = open("config-1");
    conforms(&schema, &yaml(&proposal.document("test")));
    let files = proposal.files("test");
    assert_eq!(files.len(), 3, "the head, and a file for each of two databases");
    files.iter().for_each(|file| conforms(&schema, &yaml(&file.text)));
}
