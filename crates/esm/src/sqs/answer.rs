//! Which messages of a batch the function's answer reports.
//!
//! Read as for a stream ([`crate::AnswerFault`]), but each message stands for itself: what is not
//! reported is settled, whatever stands before it.

use std::collections::HashSet;

use crate::{AnswerFault, answer::reported};

/// For each message of the batch, by its id, whether it was reported as failed.
pub(crate) fn failed<'a>(
    body: &[u8],
    batch: impl Iterator<Item = &'a str>,
) -> Result<Vec<bool>, AnswerFault> {
    let ids: Vec<&str> = batch.collect();
    let reported = reported(body)?;
    let reported: HashSet<&str> = reported.iter().map(String::as_str).collect();
    let known: HashSet<&str> = ids.iter().copied().collect();
    if !reported.is_subset(&known) {
        return Err(AnswerFault::NotInTheBatch);
    }
    Ok(ids.iter().map(|id| reported.contains(id)).collect())
}

#[cfg(test)]
mod tests {
    use super::{AnswerFault as F, failed};

    /// The batch is a, b, c; the ids that failed come back in one text.
    fn check(body: &str, expected: Result<&str, F>) {
        let found = failed(body.as_bytes(), ["a", "b", "c"].into_iter()).map(|failed| {
            let ids = failed.iter().zip(["a", "b", "c"]);
            ids.filter_map(|(failed, id)| failed.then_some(id)).collect::<String>()
        });
        assert_eq!(found, expected.map(str::to_owned), "{body}");
    }

    fn failures(ids: &[&str]) -> String {
        let items: Vec<_> = ids.iter().map(|id| format!(r#"{{"itemIdentifier":{id}}}"#)).collect();
        format!(r#"{{"batchItemFailures":[{}]}}"#, items.join(","))
    }

    #[test]
    fn nothing_said_is_success() {
        for body in
            ["", "null", "{}", r#"{"batchItemFailures":[]}"#, r#"{"batchItemFailures":null}"#]
        {
            check(body, Ok(""));
        }
    }

    #[test]
    fn what_is_reported_failed_and_nothing_else() {
        check(&failures(&[r#""b""#]), Ok("b"));
        check(&failures(&[r#""c""#, r#""a""#, r#""c""#]), Ok("ac"));
    }

    #[test]
    fn what_cannot_be_understood_fails_the_batch() {
        for (body, fault) in [
            ("not json".to_owned(), F::NotJson),
            (r#""done""#.to_owned(), F::NotAnObject),
            (r#"{"batchItemFailures":"a"}"#.to_owned(), F::NotAList),
            (r#"{"batchItemFailures":[{"item":"a"}]}"#.to_owned(), F::NoIdentifier),
            (failures(&["null"]), F::NoIdentifier),
            (failures(&[r#""""#]), F::NoIdentifier),
            (failures(&[r#""a""#, r#""""#]), F::NoIdentifier),
            (failures(&[r#""d""#]), F::NotInTheBatch),
            (failures(&[r#""a""#, r#""A""#]), F::NotInTheBatch),
        ] {
            check(&body, Err(fault));
        }
    }
}
