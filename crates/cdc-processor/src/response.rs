//! The answer to the event source mapping.
//!
//! A null, an empty object or a wrong member name would count as success of the whole batch, so
//! the list is always there, and it holds one number at most: everything from it on is delivered
//! again.

use cdc_core::record::SequenceNumber;
use serde::Serialize;

/// A partial batch response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    batch_item_failures: Vec<ItemFailure>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemFailure {
    item_identifier: String,
}

impl BatchResponse {
    /// The answer that reports the first record, in payload order, that is not settled; none where
    /// all are.
    #[must_use]
    pub fn new(first_unsettled: Option<&SequenceNumber>) -> Self {
        let failure = |number: &SequenceNumber| ItemFailure { item_identifier: number.to_string() };
        Self { batch_item_failures: first_unsettled.map(failure).into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use cdc_core::record::SequenceNumber;

    use super::BatchResponse;

    #[test]
    fn the_first_unsettled_number_is_reported_and_success_is_an_explicit_empty_list() {
        let wide = "9".repeat(129);
        for (number, expected) in [
            (None, r#"{"batchItemFailures":[]}"#.to_owned()),
            (Some("0"), r#"{"batchItemFailures":[{"itemIdentifier":"0"}]}"#.to_owned()),
            (Some(&*wide), format!(r#"{{"batchItemFailures":[{{"itemIdentifier":"{wide}"}}]}}"#)),
        ] {
            let number = number.map(|digits| SequenceNumber::parse(digits).unwrap());
            let response = BatchResponse::new(number.as_ref());
            assert_eq!(serde_json::to_string(&response).unwrap(), expected);
        }
    }
}
