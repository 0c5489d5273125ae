//! The function's answer, read as AWS reads it.
//!
//! Nothing said means success: an empty body, `null`, `{}`, a null or empty list. Anything said
//! that cannot be understood fails the whole batch; so does one bad identifier among good ones.

use std::collections::HashMap;

use cdc_core::record::SequenceNumber;
use serde_json::Value;

use crate::{event::INVOCATION_BYTES_MAX, stream::StreamRecord};

const FAILURES: &str = "batchItemFailures";
const IDENTIFIER: &str = "itemIdentifier";

/// Why an answer fails the whole batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerFault {
    /// More than an answer may hold (6 MB).
    #[error("the answer is too large")]
    TooLarge,
    /// No JSON at all.
    #[error("the answer is not JSON")]
    NotJson,
    /// JSON, but neither null nor an object.
    #[error("the answer is not an object")]
    NotAnObject,
    /// `batchItemFailures` is neither null nor a list.
    #[error("batchItemFailures is not a list")]
    NotAList,
    /// An item without `itemIdentifier` (a wrong key name), or with one that is null, empty or of
    /// another shape.
    #[error("an item of batchItemFailures has no identifier")]
    NoIdentifier,
    /// An identifier that is no record of the batch.
    #[error("an item of batchItemFailures is not in the batch")]
    NotInTheBatch,
}

/// The identifiers reported as failed, as they stand; none: all is settled.
pub(crate) fn reported(body: &[u8]) -> Result<Vec<String>, AnswerFault> {
    identifiers(body, text)
}

/// The identifiers reported as failed, each as `read` understands it; none: all is settled.
pub(crate) fn identifiers<T>(
    body: &[u8],
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Vec<T>, AnswerFault> {
    if body.len() > INVOCATION_BYTES_MAX {
        return Err(AnswerFault::TooLarge);
    }
    if body.is_empty() {
        return Ok(Vec::new());
    }
    let answer = serde_json::from_slice(body).map_err(|_| AnswerFault::NotJson)?;
    let identifier = |item: &Value| item.as_object()?.get(IDENTIFIER).and_then(&read);
    let found =
        failures(&answer)?.iter().map(|item| identifier(item).ok_or(AnswerFault::NoIdentifier));
    found.collect()
}

/// The index of the lowest record reported as failed; `None`: all are settled.
pub(crate) fn first_failure(
    body: &[u8],
    batch: &[StreamRecord],
) -> Result<Option<usize>, AnswerFault> {
    let reported = reported(body)?;
    if reported.is_empty() {
        return Ok(None);
    }
    lowest(&reported, batch).map(Some)
}

fn failures(answer: &Value) -> Result<&[Value], AnswerFault> {
    let object = match answer {
        Value::Null => return Ok(&[]),
        Value::Object(object) => object,
        _ => return Err(AnswerFault::NotAnObject),
    };
    match object.get(FAILURES) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(AnswerFault::NotAList),
    }
}

fn text(identifier: &Value) -> Option<String> {
    identifier.as_str().filter(|id| !id.is_empty()).map(str::to_owned)
}

/// The lowest by number, never by text: as text 10 comes before 9.
fn lowest(reported: &[String], batch: &[StreamRecord]) -> Result<usize, AnswerFault> {
    // Behind each other, later ones first, so that of equal numbers the first record stays.
    let places: HashMap<&str, (&SequenceNumber, usize)> = (batch.iter().enumerate().rev())
        .map(|(index, record)| (record.sequence.as_str(), (&record.sequence, index)))
        .collect();
    let found = reported.iter().map(|id| places.get(id.as_str()).ok_or(AnswerFault::NotInTheBatch));
    let found = found.collect::<Result<Vec<_>, _>>()?;
    found.into_iter().min().map(|(_, index)| *index).ok_or(AnswerFault::NoIdentifier)
}

#[cfg(test)]
mod tests {
    use cdc_core::record::SequenceNumber;
    use jiff::Timestamp;

    use super::{AnswerFault as F, StreamRecord, first_failure};

    /// The batch is 9, 10, 11, 12.
    fn check(body: &str, expected: Result<Option<u64>, F>) {
        let batch: Vec<StreamRecord> = (9..=12_u64)
            .map(|number| StreamRecord {
                sequence: SequenceNumber::from(number),
                partition_key: String::new(),
                data: bytes::Bytes::new(),
                arrival: Timestamp::UNIX_EPOCH,
            })
            .collect();
        let found = first_failure(body.as_bytes(), &batch);
        assert_eq!(found.map(|at| at.map(|at| at as u64 + 9)), expected, "{body}");
    }

    fn failures(ids: &[&str]) -> String {
        let items: Vec<_> = ids.iter().map(|id| format!(r#"{{"itemIdentifier":{id}}}"#)).collect();
        format!(r#"{{"batchItemFailures":[{}]}}"#, items.join(","))
    }

    #[test]
    fn nothing_said_is_success() {
        for body in [
            "",
            "null",
            " null\n",
            "{}",
            r#"{"batchItemFailures":[]}"#,
            r#"{"batchItemFailures":null}"#,
            r#"{"statusCode":200}"#,
            // The trap: a wrong name of the list is an answer that says nothing.
            r#"{"batch_item_failures":[{"itemIdentifier":"9"}]}"#,
        ] {
            check(body, Ok(None));
        }
    }

    #[test]
    fn one_identifier_is_the_first_failure() {
        check(&failures(&[r#""9""#]), Ok(Some(9)));
        check(&failures(&[r#""11""#]), Ok(Some(11)));
        check(
            r#"{"batchItemFailures":[{"itemIdentifier":"12","why":"x"}],"more":1}"#,
            Ok(Some(12)),
        );
    }

    #[test]
    fn of_several_the_lowest_number_counts_not_the_lowest_text() {
        check(&failures(&[r#""12""#, r#""11""#]), Ok(Some(11)));
        check(&failures(&[r#""10""#, r#""9""#]), Ok(Some(9)));
        check(&failures(&[r#""11""#, r#""11""#]), Ok(Some(11)));
    }

    #[test]
    fn what_cannot_be_understood_fails_the_batch() {
        for (body, fault) in [
            ("not json", F::NotJson),
            (" ", F::NotJson),
            (r#"{"batchItemFailures":["#, F::NotJson),
            (r#""done""#, F::NotAnObject),
            ("true", F::NotAnObject),
            ("[]", F::NotAnObject),
            (r#"{"batchItemFailures":{}}"#, F::NotAList),
            (r#"{"batchItemFailures":"9"}"#, F::NotAList),
            (r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, F::NoIdentifier),
            (r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#, F::NoIdentifier),
            (r#"{"batchItemFailures":[{"itemIdentifier":9}]}"#, F::NoIdentifier),
            (r#"{"batchItemFailures":[{"itemIdentifier":{"offset":9}}]}"#, F::NoIdentifier),
            (r#"{"batchItemFailures":[{"item":"9"}]}"#, F::NoIdentifier),
            (r#"{"batchItemFailures":[{}]}"#, F::NoIdentifier),
            (r#"{"batchItemFailures":[null]}"#, F::NoIdentifier),
            (r#"{"batchItemFailures":["9"]}"#, F::NoIdentifier),
            (r#"{"batchItemFailures":[["9"]]}"#, F::NoIdentifier),
            (r#"{"batchItemFailures":[{"itemIdentifier":"8"}]}"#, F::NotInTheBatch),
            (r#"{"batchItemFailures":[{"itemIdentifier":"09"}]}"#, F::NotInTheBatch),
            (r#"{"batchItemFailures":[{"itemIdentifier":"shardId-0:9"}]}"#, F::NotInTheBatch),
        ] {
            check(body, Err(fault));
        }
    }

    #[test]
    fn one_bad_identifier_among_good_ones_fails_the_batch() {
        check(&failures(&[r#""10""#, r#""8""#]), Err(F::NotInTheBatch));
        check(&failures(&[r#""10""#, "null"]), Err(F::NoIdentifier));
        check(&failures(&[r#""""#, r#""10""#]), Err(F::NoIdentifier));
    }

    #[test]
    fn an_answer_beyond_six_megabytes_fails_the_batch() {
        check(&format!("null{}", " ".repeat(6 * 1024 * 1024)), Err(F::TooLarge));
    }
}
