//! The answer to the event source mapping.
//!
//! A null, an empty object or a wrong member name would count as success of the whole batch, so
//! the list is always there, and it holds one number at most: everything from it on is delivered
//! again.

use aws_lambda_events::streams::KinesisEventResponse;
use cdc_core::record::SequenceNumber;

/// The answer that reports the first record, in payload order, that is not settled; none where all
/// are.
#[must_use]
pub fn batch_response(first_unsettled: Option<&SequenceNumber>) -> KinesisEventResponse {
    let mut response = KinesisEventResponse::default();
    if let Some(number) = first_unsettled {
        response.add_failure(number.as_str());
    }
    response
}

#[cfg(test)]
mod tests {
    use cdc_core::record::SequenceNumber;

    use super::batch_response;

    #[test]
    fn the_first_unsettled_number_is_reported_and_success_is_an_explicit_empty_list() {
        let wide = "9".repeat(129);
        for (number, expected) in [
            (None, r#"{"batchItemFailures":[]}"#.to_owned()),
            (Some("0"), r#"{"batchItemFailures":[{"itemIdentifier":"0"}]}"#.to_owned()),
            (Some(&*wide), format!(r#"{{"batchItemFailures":[{{"itemIdentifier":"{wide}"}}]}}"#)),
        ] {
            let number = number.map(|digits| SequenceNumber::parse(digits).unwrap());
            let response = batch_response(number.as_ref());
            assert_eq!(serde_json::to_string(&response).unwrap(), expected);
        }
    }
}
