//! The answer to the event source mapping.
//!
//! A null, an empty object or a wrong member name would count as success of the whole batch, so
//! the list is always there. What it holds is each kind of mapping's own: of a stream's shard one number
//! at most, everything from it on is delivered again; the same of each partition of a topic; of a queue
//! every message that is not settled, and no other is delivered again.

use cdc_core::record::SequenceNumber;
use serde::{Serialize, Serializer};

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BatchResponse {
    #[serde(rename = "batchItemFailures")]
    failures: Vec<Failure>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Failure {
    #[serde(rename = "itemIdentifier")]
    identifier: Identifier,
}

/// What names an item to its mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Identifier {
    /// A sequence number, or a message's id.
    Text(Box<str>),
    /// A place in a partition.
    Partition {
        partition: Box<str>,
        #[serde(serialize_with = "number")]
        offset: SequenceNumber,
    },
}

impl BatchResponse {
    /// The answer that reports the first record, in payload order, that is not settled; none where all
    /// are.
    #[must_use]
    pub fn of_shard(first_unsettled: Option<&SequenceNumber>) -> Self {
        Self::of(first_unsettled.map(|number| Identifier::Text(number.as_str().into())))
    }

    /// The answer that reports these messages, by their ids.
    #[must_use]
    pub fn of_queue<'a>(unsettled: impl IntoIterator<Item = &'a str>) -> Self {
        Self::of(unsettled.into_iter().map(|id| Identifier::Text(id.into())))
    }

    /// The answer that reports the first record that is not settled of each partition that has one.
    #[must_use]
    pub fn of_partitions<'a>(
        first_unsettled: impl IntoIterator<Item = (&'a str, &'a SequenceNumber)>,
    ) -> Self {
        Self::of(first_unsettled.into_iter().map(|(partition, offset)| Identifier::Partition {
            partition: partition.into(),
            offset: offset.clone(),
        }))
    }

    fn of(identifiers: impl IntoIterator<Item = Identifier>) -> Self {
        let failures = identifiers.into_iter().map(|identifier| Failure { identifier });
        Self { failures: failures.collect() }
    }
}

/// An offset, which is a number of 64 bits.
fn number<S: Serializer>(offset: &SequenceNumber, serializer: S) -> Result<S::Ok, S::Error> {
    let number: u64 = offset.as_str().parse().map_err(serde::ser::Error::custom)?;
    serializer.serialize_u64(number)
}

#[cfg(test)]
mod tests {
    use cdc_core::record::SequenceNumber;

    use super::BatchResponse;

    fn check(response: &BatchResponse, expected: &str) {
        let text = serde_json::to_string(response).unwrap();
        assert_eq!(text, format!(r#"{{"batchItemFailures":[{expected}]}}"#));
    }

    #[test]
    fn the_first_unsettled_number_is_reported_and_success_is_an_explicit_empty_list() {
        let wide = "9".repeat(129);
        for (number, expected) in [
            (None, String::new()),
            (Some("0"), r#"{"itemIdentifier":"0"}"#.to_owned()),
            (Some(&*wide), format!(r#"{{"itemIdentifier":"{wide}"}}"#)),
        ] {
            let number = number.map(|digits| SequenceNumber::parse(digits).unwrap());
            check(&BatchResponse::of_shard(number.as_ref()), &expected);
        }
    }

    #[test]
    fn each_unsettled_message_is_reported() {
        check(&BatchResponse::of_queue([]), "");
        let expected = r#"{"itemIdentifier":"a"},{"itemIdentifier":"b"}"#;
        check(&BatchResponse::of_queue(["a", "b"]), expected);
    }

    #[test]
    fn a_partition_is_reported_with_its_offset_as_a_number() {
        check(&BatchResponse::of_partitions([]), "");
        let offset = SequenceNumber::from(u64::MAX);
        let expected =
            r#"{"itemIdentifier":{"partition":"core-users-0","offset":18446744073709551615}}"#;
        check(&BatchResponse::of_partitions([("core-users-0", &offset)]), expected);
    }
}
