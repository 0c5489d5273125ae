//! The function's answer about a batch of topics' records, read as AWS reads it.
//!
//! An identifier is an object, `{"partition":"topic-0","offset":100}`. One that cannot be understood
//! or names no record of the batch fails the whole batch.

use std::collections::HashMap;

use serde_json::Value;

use crate::{
    AnswerFault,
    answer::identifiers,
    kafka::topic::{Positions, TopicPartition, TopicRecord},
};

/// Of each partition reported the lowest offset; none: all is settled.
pub(crate) fn first_failures(body: &[u8], batch: &[TopicRecord]) -> Result<Positions, AnswerFault> {
    let reported = identifiers(body, place)?;
    if reported.is_empty() {
        return Ok(Positions::new());
    }
    let held: HashMap<(String, u64), &TopicPartition> = batch
        .iter()
        .map(|record| ((record.partition.to_string(), record.offset), &record.partition))
        .collect();
    let mut lowest = Positions::new();
    for place in reported {
        let partition = held.get(&place).ok_or(AnswerFault::NotInTheBatch)?;
        let first = lowest.entry((*partition).clone()).or_insert(place.1);
        *first = place.1.min(*first);
    }
    Ok(lowest)
}

fn place(identifier: &Value) -> Option<(String, u64)> {
    let partition = identifier.get("partition")?.as_str()?;
    Some((partition.to_owned(), identifier.get("offset")?.as_u64()?))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{AnswerFault as F, TopicPartition, TopicRecord, first_failures};
    use crate::kafka::topic::TimestampType;

    /// The batch is t-0 9, 10, 12 and u-1-0 9, 10 (of the topic `u-1`).
    fn check(body: &str, expected: Result<&str, F>) {
        let places =
            [("t", 9), ("t", 10), ("t", 12), ("u-1", 9), ("u-1", 10)].map(|(topic, offset)| {
                TopicRecord {
                    partition: TopicPartition::new(topic, 0),
                    offset,
                    timestamp: Timestamp::UNIX_EPOCH,
                    timestamp_type: TimestampType::CreateTime,
                    key: None,
                    value: None,
                    headers: vec![],
                }
            });
        let found = first_failures(body.as_bytes(), &places).map(|from| {
            let from = from.iter().map(|(partition, offset)| format!("{partition}:{offset}"));
            from.collect::<Vec<_>>().join(" ")
        });
        assert_eq!(found.as_deref().map_err(|fault| *fault), expected, "{body}");
    }

    fn failures(identifiers: &[&str]) -> String {
        let item = |id: &&str| format!(r#"{{"itemIdentifier":{id}}}"#);
        let items: Vec<_> = identifiers.iter().map(item).collect();
        format!(r#"{{"batchItemFailures":[{}]}}"#, items.join(","))
    }

    const T9: &str = r#"{"partition":"t-0","offset":9}"#;
    const T10: &str = r#"{"partition":"t-0","offset":10}"#;
    const T12: &str = r#"{"partition":"t-0","offset":12,"more":1}"#;
    const U10: &str = r#"{"offset":10,"partition":"u-1-0"}"#;

    #[test]
    fn nothing_said_is_success() {
        for body in
            ["", "null", "{}", r#"{"batchItemFailures":[]}"#, r#"{"batchItemFailures":null}"#]
        {
            check(body, Ok(""));
        }
    }

    #[test]
    fn of_each_partition_the_lowest_offset_counts() {
        check(&failures(&[T10]), Ok("t-0:10"));
        check(&failures(&[T12, T10, T12]), Ok("t-0:10"));
        check(&failures(&[T12, U10, T9]), Ok("t-0:9 u-1-0:10"));
    }

    #[test]
    fn what_cannot_be_understood_fails_the_batch() {
        for (identifier, fault) in [
            ("null", F::NoIdentifier),
            (r#""t-0:9""#, F::NoIdentifier),
            ("{}", F::NoIdentifier),
            (r#"{"partition":"t-0"}"#, F::NoIdentifier),
            (r#"{"offset":9}"#, F::NoIdentifier),
            (r#"{"partition":null,"offset":9}"#, F::NoIdentifier),
            (r#"{"partition":"t-0","offset":null}"#, F::NoIdentifier),
            (r#"{"partition":"t-0","offset":"9"}"#, F::NoIdentifier),
            (r#"{"partition":"t-0","offset":9.5}"#, F::NoIdentifier),
            (r#"{"partition":"t-0","offset":-1}"#, F::NoIdentifier),
            (r#"{"partition":"t-0","offset":11}"#, F::NotInTheBatch),
            (r#"{"partition":"t-1","offset":9}"#, F::NotInTheBatch),
            (r#"{"partition":"t","offset":9}"#, F::NotInTheBatch),
            (r#"{"partition":"","offset":9}"#, F::NotInTheBatch),
        ] {
            check(&failures(&[identifier]), Err(fault));
            check(&failures(&[T9, identifier]), Err(fault));
        }
        check("not json", Err(F::NotJson));
        check(r#"{"batchItemFailures":[{"item":1}]}"#, Err(F::NoIdentifier));
    }
}
