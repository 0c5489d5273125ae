//! Two configurations over one change: which fields differ, and of which the newer one shows more.

use crate::{
    arena::Arena,
    envelope::{self, Context, Unit},
    json::Document,
    redact::{Part, Treatment, compare},
    rules::{ConfigFile, Rules},
};

fn rules(settings: &str) -> Rules {
    let text = format!("{{version: 1, pipeline: t, tables: {{t: {{{settings}}}}}}}");
    let file = ConfigFile { path: "t.yaml".into(), text };
    let rules = Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{settings}: {problems}"));
    rules.rules.with_fixed_keys()
}

/// The settings of the table before and after, the row, and what is told: a `!` where more is shown.
fn check(old: &str, new: &str, row: &str, expected: &[&str]) {
    let record = format!(r#"{{"table":"t","operation":"INSERT","after":{row}}}"#);
    let document = Document::parse(record.as_bytes(), Vec::new()).unwrap();
    let arena = Arena::default();
    let units = envelope::decode(Some(&document), Context::documented(&arena)).unwrap();
    let [Unit::Change(event)] = units.as_slice() else { panic!("one change") };
    let (old_rules, new_rules) = (rules(old), rules(new));
    let mut told = Vec::new();
    let table = |rules: &Rules| rules.find(None, None, "t").cloned();
    compare(event, table(&old_rules).as_ref(), table(&new_rules).as_ref(), &mut |it| {
        let word = |treatment: Treatment<'_>| match treatment {
            Treatment::Absent => "absent",
            Treatment::Clear => "clear",
            Treatment::Withheld(method) => method.as_str(),
        };
        let (more, keys) = (if it.shows_more { "!" } else { "" }, it.part == Part::Keys);
        let part = if keys { "keys." } else { "" };
        told.push(format!("{more}{part}{}: {} > {}", it.path, word(it.old), word(it.new)));
    });
    assert_eq!(told, expected, "{old} > {new} over {row}");
}

#[test]
fn a_field_shows_more_where_more_of_its_value_can_be_seen() {
    let of =
        |method: &str| format!("keys: none, include: [a], redact: [{{fields: [a], {method}}}]");
    let row = r#"{"a":"ada@example.com"}"#;
    let plain = "keys: none, include: [a]".to_owned();
    let absent = "keys: none, include: [b]".to_owned();
    let replace = of("method: replace");
    let hash = of("method: hash, key: k");
    let mask = of("method: mask, keep_last: 4");
    for (old, new, expected) in [
        (&plain, &plain, None),
        (&absent, &plain, Some("!a: absent > clear")),
        (&replace, &plain, Some("!a: replace > clear")),
        (&plain, &replace, Some("a: clear > replace")),
        (&absent, &replace, Some("a: absent > replace")),
        (&replace, &hash, Some("!a: replace > hash")),
        (&hash, &mask, Some("!a: hash > mask")),
        (&mask, &of("method: mask, keep_last: 6"), Some("!a: mask > mask")),
        (&mask, &of("method: mask, keep_last: 2"), Some("a: mask > mask")),
        (&mask, &of("method: generalize, to: domain"), Some("!a: mask > generalize")),
        (&hash, &of("method: encrypt, key: k"), Some("a: hash > encrypt")),
        (&replace, &of("method: replace, with: x"), Some("a: replace > replace")),
    ] {
        check(old, new, row, &expected.into_iter().collect::<Vec<_>>());
    }
    check(&absent, &plain, r#"{"a":null}"#, &[]);
}

#[test]
fn members_are_told_by_themselves_where_paths_lead_into_them() {
    let old = "keys: none, include: [doc], redact: [doc.email, doc.notes.text]";
    let new = "keys: none, include: [doc], redact: [doc.notes]";
    check(
        old,
        new,
        r#"{"doc":{"email":"x","notes":[{"text":"y","by":"z"}],"id":1}}"#,
        &["!doc.email: replace > clear", "doc.notes.by: clear > replace"],
    );
    let whole = "keys: none, include: [doc], redact: [doc]";
    check(whole, old, r#"{"doc":"{\"id\":1,\"email\":2}"}"#, &["!doc.id: replace > clear"]);
    check(whole, "keys: none, include: [doc]", r#"{"doc":{"id":1}}"#, &["!doc: replace > clear"]);
}

#[test]
fn keys_are_published_whatever_is_included() {
    let hashed = "keys: [id], include: [a], redact: [{fields: [id], method: hash, key: k}]";
    check("keys: [id], include: [a]", hashed, r#"{"id":1,"a":2}"#, &["keys.id: clear > hash"]);
    check(hashed, "keys: [id], include: [a]", r#"{"id":1,"a":2}"#, &["!keys.id: hash > clear"]);
}
