//! Dead letters as people may see them: without the row that they carry.
//!
//! Until the core redacts letters by the tables' rules, the whole body is withheld, and so is the
//! partition key, which can hold row values too.

use cdc_core::json::{Document, Object, Value, write_string};
use sha2::{Digest as _, Sha256};

use crate::{confirm, failure::CommandError, output::Output};

/// What stands in the place of a partition key.
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
         beforehand); without --raw the rows are withheld",
    ))
}

/// The letter on one line, with the row withheld.
pub(super) fn withheld(letter: &str) -> String {
    let Ok(document) = Document::parse(letter.as_bytes(), Vec::new()) else {
        return digest(letter.as_bytes());
    };
    let Some(object) = document.root().as_object() else { return digest(letter.as_bytes()) };
    let out = rewritten(object, |name, value| match name {
        "originalEvent" if !value.is_null() => Some(digest(value.text().as_bytes())),
        "originalData" if !value.is_null() => Some(digest(&data(value))),
        "position" | "originalPointer" => value.as_object().map(without_partition_key),
        _ => None,
    });
    super::files::line(&out)
}

fn without_partition_key(position: Object<'_, '_>) -> String {
    rewritten(position, |name, value| {
        (name == "partitionKey" && !value.is_null()).then(|| REDACTED.to_owned())
    })
}

/// The object with some members replaced, the others byte for byte.
fn rewritten(
    object: Object<'_, '_>,
    replace: impl Fn(&str, Value<'_, '_>) -> Option<String>,
) -> String {
    let mut out = String::from("{");
    for (index, (name, value)) in object.members().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let name = name.unescaped();
        write_string(&mut out, &name);
        out.push(':');
        match replace(&name, value) {
            Some(replacement) => out.push_str(&replacement),
            None => out.push_str(value.text()),
        }
    }
    out.push('}');
    out
}

/// The bytes that `{"encoding":"base64","data":"…"}` stands for.
fn data(value: Value<'_, '_>) -> Vec<u8> {
    let text = value.as_object().and_then(|object| object.get("data")).and_then(Value::as_str);
    let bytes = text.and_then(|text| base64_simd::STANDARD.decode_to_vec(text.as_bytes()).ok());
    bytes.unwrap_or_else(|| value.text().as_bytes().to_vec())
}

/// What can be told of a body without telling it.
fn digest(body: &[u8]) -> String {
    let hash: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{{\"withheld\":true,\"bytes\":{},\"sha256\":\"{hash}\"}}", body.len())
}

#[cfg(test)]
mod tests {
    use super::withheld;

    fn check(letter: &str, expected: &str) {
        assert_eq!(withheld(letter), expected);
    }

    #[test]
    fn a_row_is_withheld_and_what_surrounds_it_stays() {
        check(
            r#"{"version":1,"originalEvent":{"a":1},"originalData":null,"table":"users","position":{"shard":"s","partitionKey":"ada"}}"#,
            r#"{"version":1,"originalEvent":{"withheld":true,"bytes":7,"sha256":"015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"},"originalData":null,"table":"users","position":{"shard":"s","partitionKey":"[REDACTED]"}}"#,
        );
    }

    #[test]
    fn bytes_are_measured_as_bytes() {
        check(
            r#"{"originalEvent":null,"originalData":{"encoding":"base64","data":"AAEC"}}"#,
            r#"{"originalEvent":null,"originalData":{"withheld":true,"bytes":3,"sha256":"ae4b3280e56e2faf83f414a6e3dabe9d5fbe18976544c05fed121accb85b53fc"}}"#,
        );
    }

    #[test]
    fn what_is_no_letter_is_withheld_whole() {
        assert!(withheld("secret").starts_with(r#"{"withheld":true,"bytes":6,"#));
    }
}
