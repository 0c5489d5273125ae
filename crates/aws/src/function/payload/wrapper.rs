//! What a message's body holds: the record itself, or what SNS and EventBridge made of it on the way.
//!
//! A body is text, so a producer that compresses writes base64. That is taken off too, where it is plainly
//! that; whether what is inside is a record is not for this module to say.

use base64_simd::STANDARD as BASE64;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire::Text;

/// Wrappers inside wrappers are followed this deep: a bus that tells a topic that tells a queue is two.
const LAYERS_MAX: usize = 4;

/// What gzip (with its only method) and zstd begin with, in base64.
const COMPRESSED: [&str; 2] = ["H4sI", "KLUv/"];

/// SNS's account of a message, unless the subscription says `RawMessageDelivery`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Notification<'a> {
    #[serde(borrow, rename = "Type")]
    kind: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
}

/// EventBridge's event.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    version: Text<'a>,
    #[serde(borrow, rename = "detail-type")]
    _detail_type: Text<'a>,
    #[serde(borrow, rename = "source")]
    _source: Text<'a>,
    #[serde(borrow)]
    detail: &'a RawValue,
}

/// The record in the body of a queue's message: what SNS and EventBridge wrapped around it is taken off, and
/// the base64 of something compressed.
#[must_use]
pub fn content(body: &str) -> Bytes {
    let mut unwrapped = None;
    for _ in 0..LAYERS_MAX {
        let Some(inner) = inside(unwrapped.as_deref().unwrap_or(body)) else { break };
        unwrapped = Some(inner);
    }
    let text = unwrapped.as_deref().unwrap_or(body);
    compressed(text).unwrap_or_else(|| Bytes::copy_from_slice(text.as_bytes()))
}

/// What is wrapped; none where nothing is.
fn inside(text: &str) -> Option<String> {
    // Most bodies are bare, and are not to be read for this.
    if text.contains("\"Message\"")
        && let Ok(Notification { kind, message }) = serde_json::from_str(text)
        && kind.as_str() == "Notification"
    {
        return Some(message.as_str().to_owned());
    }
    if text.contains("\"detail-type\"")
        && let Ok(Event { version, detail, .. }) = serde_json::from_str(text)
        && version.as_str() == "0"
    {
        return Some(detail.get().to_owned());
    }
    None
}

/// The bytes of a text that is base64 of something compressed.
fn compressed(text: &str) -> Option<Bytes> {
    let text = text.trim();
    let begins_so = COMPRESSED.iter().any(|magic| text.starts_with(magic));
    begins_so.then(|| BASE64.decode_to_vec(text).ok().map(Bytes::from)).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::content;

    const ROW: &str = r#"{"table":"t","operation":"INSERT","after":{"id":1.50}}"#;

    fn sns(message: &str) -> String {
        json!({"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:x", "Message": message,
            "Timestamp": "2024-01-15T10:30:00Z"})
        .to_string()
    }

    fn bus(detail: &str) -> String {
        format!(
            r#"{{"version":"0","id":"i","detail-type":"row","source":"db","account":"1",
            "time":"2024-01-15T10:30:00Z","region":"eu-west-1","resources":[],"detail":{detail}}}"#
        )
    }

    #[test]
    fn wrappers_are_taken_off_and_every_byte_inside_stays() {
        let five = sns(&sns(&sns(&sns(&sns(ROW)))));
        for (body, expected) in [
            (ROW.to_owned(), ROW),
            (sns(ROW), ROW),
            (bus(ROW), ROW),
            (sns(&bus(ROW)), ROW),
            (bus(&sns(&bus(ROW))), ROW),
            (five, &sns(ROW)),
            // Rows that look a little like it.
            (r#"{"Message":"x"}"#.to_owned(), r#"{"Message":"x"}"#),
            (r#"{"Type":"Other","Message":"x"}"#.to_owned(), r#"{"Type":"Other","Message":"x"}"#),
            (sns("x").replace("\"Type\"", "\"Kind\""), &sns("x").replace("\"Type\"", "\"Kind\"")),
            (bus(ROW).replace("\"0\"", "\"1\""), &bus(ROW).replace("\"0\"", "\"1\"")),
            ("not json \"Message\"".to_owned(), "not json \"Message\""),
            (String::new(), ""),
        ] {
            assert_eq!(content(&body), expected.as_bytes(), "{body}");
        }
    }

    #[test]
    fn base64_is_taken_off_only_where_something_compressed_is_in_it() {
        let encode = |bytes: &[u8]| base64_simd::STANDARD.encode_to_string(bytes);
        let gzip = [0x1f, 0x8b, 8, 0, 0];
        let zstd = [0x28, 0xb5, 0x2f, 0xfd, 0];
        assert_eq!(content(&encode(&gzip)), &gzip[..]);
        assert_eq!(content(&format!(" {}\n", encode(&zstd))), &zstd[..]);
        assert_eq!(content(&sns(&encode(&gzip))), &gzip[..]);
        for text in [encode(ROW.as_bytes()), "H4sI?".to_owned(), "KLUv/".to_owned()] {
            assert_eq!(content(&text), text.as_bytes());
        }
    }
}
