//! Dead letters as people may see them: the change that they hold goes through the rules; partition key
//! and record key, which are made of row values, are withheld, and so is whatever no letter has.

use cdc_aws::secrets;
use cdc_core::{
    dead_letter,
    json::{Document, Object, Value, write_string},
    rules::Rules,
};

use crate::{confirm, failure::CommandError, output::Output};

/// What stands in the place of a partition key or a record key.
const REDACTED: &str = "\"[REDACTED]\"";

const QUESTION: &str = "The dead letters hold rows as their producers wrote them, with all that the \
     rules would redact. Write them all the same?";

/// Asks whether rows may be written in the clear. Only a yes says so: typed, piped in, or `--yes`.
///
/// Nobody is asked where standard input brings the records.
pub(super) fn confirm_raw(output: &mut Output, input_is_stdin: bool) -> Result<(), CommandError> {
    if !input_is_stdin && confirm::asked(output, QUESTION) {
        return Ok(());
    }
    Err(CommandError::usage(
        "--raw writes rows unredacted, and asks first: not without your yes (--yes says it \
         beforehand); without --raw they are redacted",
    ))
}

/// The letter on one line, with the change that it holds as the rules would publish it.
pub(super) fn redacted(letter: &str, rules: &Rules) -> String {
    let shown = match dead_letter::read(letter) {
        Ok(open) => dead_letter::show(&open, rules, &secrets::local_key()).to_json(),
        Err(_) => return unread(letter),
    };
    let Ok(document) = Document::parse(letter.as_bytes(), Vec::new()) else {
        return unread(letter);
    };
    let Some(object) = document.root().as_object() else { return unread(letter) };
    let out = rewritten(object, |name, value| {
        let text = || Some(value.text().to_owned());
        match name {
            "originalEvent" | "originalData" if !value.is_null() => Some(shown.clone()),
            "position" | "originalPointer" => match value.as_object() {
                Some(position) => Some(without_rows(position)),
                None => text(),
            },
            // What a letter of this version says besides; anything else is somebody's.
            "version" | "originalEvent" | "originalData" | "error" | "attempts" | "lastAttempt"
            | "eventId" | "table" | "pipeline" => text(),
            _ => None,
        }
    });
    super::files::line(&out)
}

/// What stands in the place of a body that is no letter: the queue is open to whoever may send to it.
fn unread(body: &str) -> String {
    format!("{{\"kind\":\"withheld\",\"why\":\"no letter\",\"bytes\":{}}}", body.len())
}

/// A position without what is made of row values.
fn without_rows(position: Object<'_, '_>) -> String {
    rewritten(position, |name, value| match name {
        "partitionKey" | "recordKey" if !value.is_null() => Some(REDACTED.to_owned()),
        "stream" | "shard" | "sequenceNumber" | "subSequence" | "part" | "half" | "whole"
        | "partitionKey" | "recordKey" | "arrivedAt" => Some(value.text().to_owned()),
        _ => None,
    })
}

/// The object with its members as they are to be written; those without a text are left out.
fn rewritten(
    object: Object<'_, '_>,
    text: impl Fn(&str, Value<'_, '_>) -> Option<String>,
) -> String {
    let mut out = String::from("{");
    for (name, value) in object.members() {
        let name = name.unescaped();
        let Some(text) = text(&name, value) else { continue };
        if out.len() > 1 {
            out.push(',');
        }
        write_string(&mut out, &name);
        out.push(':');
        out.push_str(&text);
    }
    out.push('}');
    out
}

#[cfg(test)]
mod tests {
    use cdc_core::rules::{ConfigFile, Rules};

    use super::redacted;

    const RULES: &str = "version: 1\npipeline: test\ntables:\n  users: {keys: [id], include: [id, name, email], redact: [email]}\n";

    /// A letter around these originals, redacted.
    fn check(originals: &str, expected: &str) {
        let file = ConfigFile { path: "test.yaml".into(), text: RULES.into() };
        let rules = Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}")).rules;
        let position = r#"{"stream":"arn:aws:kinesis:us-east-1:123456789012:stream/s","shard":"shardId-000000000000","sequenceNumber":"7","subSequence":0,"part":0,"recordKey":"b20a609de7bb93d7213ff97f2e939b93","partitionKey":"lovelace","arrivedAt":"2024-01-15T10:30:00.000Z"}"#;
        let letter = format!(
            r#"{{"version":1,{originals},"error":{{"message":"m","code":"PARSE_ERROR","stack":null}},"attempts":1,"lastAttempt":"2024-01-15T10:30:00.000Z","eventId":null,"table":"users","pipeline":"test","somebody":"lovelace","position":{position}}}"#
        );
        let out = redacted(&letter, &rules);
        assert!(out.contains(expected), "{out}");
        assert!(!out.contains("lovelace"), "{out}");
        let keys = r#""recordKey":"[REDACTED]","partitionKey":"[REDACTED]""#;
        assert!(out.contains(keys) && !out.contains("somebody"), "{out}");
    }

    #[test]
    fn a_row_is_shown_as_the_rules_would_publish_it_and_what_surrounds_it_stays() {
        check(
            r#""originalEvent":{"table":"users","operation":"INSERT","after":{"id":1.50,"name":"N","email":"lovelace@example.com","salary":"lovelace"}},"originalData":null,"originalPointer":null"#,
            r#""after":{"id":1.50,"name":"N","email":"[REDACTED]"}"#,
        );
    }

    #[test]
    fn what_cannot_be_decoded_is_withheld() {
        check(
            r#""originalEvent":{"hello":"lovelace"},"originalData":null,"originalPointer":null"#,
            r#""originalEvent":{"kind":"withheld","why":"undecodable","bytes":20,"#,
        );
        check(
            r#""originalEvent":null,"originalData":{"encoding":"base64","data":"AAEC"},"originalPointer":null"#,
            r#""originalData":{"kind":"withheld","why":"undecodable","bytes":3,"#,
        );
    }

    #[test]
    fn what_is_no_letter_is_withheld_whole() {
        let file = ConfigFile { path: "test.yaml".into(), text: RULES.into() };
        let rules = Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}")).rules;
        let out = redacted("secret", &rules);
        assert_eq!(out, r#"{"kind":"withheld","why":"no letter","bytes":6}"#);
    }
}
