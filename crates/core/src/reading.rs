//! Reading: from what a stream delivers to what it says, with nothing decided and nothing done.
//!
//! For who wants to know what records hold: the command line, a consumer of the raw stream, a test.
//! [`Contents`] takes a delivery apart as the pipeline does (aggregates, compression, bounds),
//! [`Content::units`] decodes one record. Promises that what cannot be read is a [`Failure`] in its
//! place and the next record follows. Knows no rules and redacts nothing: what comes out is for eyes
//! that may see rows. The way through rules to events is [`crate::pipeline`].

use std::{collections::VecDeque, fmt};

use base64_simd::STANDARD as BASE64;
use bytes::Bytes;
use jiff::Timestamp;

use crate::{
    arena::Arena,
    envelope::{self, Context, Conventions, Unit},
    failure::Failure,
    json::Document,
    record::{
        Inflater, JsonRecord, Position, RawRecord, Record, SequenceNumber, expand, json_record,
        json_records,
    },
};

/// The contents of a delivery's records, one after the other: base64 undone, aggregates of the
/// Kinesis Producer Library taken apart, gzip and zstd inflated.
///
/// ```
/// use cdc_core::{envelope::Unit, reading::Contents};
///
/// // As Lambda hands it over; the data is {"table":"users","operation":"DELETE","before":{"id":7}}
/// let event = br#"{"Records":[{"eventSource":"aws:kinesis","kinesis":{"partitionKey":"users:7",
///     "sequenceNumber":"49646986683135544286507457936321625675700192471156785154",
///     "data":"eyJ0YWJsZSI6InVzZXJzIiwib3BlcmF0aW9uIjoiREVMRVRFIiwiYmVmb3JlIjp7ImlkIjo3fX0="}}]}"#;
///
/// let contents = Contents::of_json(event).expect("a Lambda event of Kinesis records");
/// for content in contents {
///     let content = content?;
///     for unit in content.units()? {
///         let Unit::Change(change) = unit else { continue };
///         assert_eq!((&*change.table, change.change.operation().as_str()), ("users", "DELETE"));
///         let before = change.change.before().expect("a DELETE tells the row");
///         assert_eq!(before.columns()[0].name.unescaped(), "id");
///     }
/// }
/// # Ok::<(), cdc_core::failure::Failure>(())
/// ```
pub struct Contents {
    delivery: VecDeque<Result<RawRecord, Failure>>,
    /// Those of the record that was taken apart last.
    parts: VecDeque<Result<Record, Failure>>,
    inflater: Inflater,
    conventions: Conventions,
}

/// What one record holds.
pub struct Content {
    record: Record,
    bytes: Bytes,
    conventions: Conventions,
    arena: Arena,
}

impl Contents {
    /// Of JSON: a Lambda event of Kinesis records, or one such record
    /// (`{"kinesis":{"data":"…"}}`). `None` where the text is neither.
    #[must_use]
    pub fn of_json(text: &[u8]) -> Option<Self> {
        let records = match json_record(text) {
            Some(record) => vec![record],
            None => json_records(text)?,
        };
        Some(Self::of(records.iter().map(raw_record).collect()))
    }

    /// Of records as a stream gives them.
    #[must_use]
    pub fn of_records(records: impl IntoIterator<Item = RawRecord>) -> Self {
        Self::of(records.into_iter().map(Ok).collect())
    }

    /// The same, read by what the producer's users named otherwise.
    #[must_use]
    pub fn by(mut self, conventions: &Conventions) -> Self {
        self.conventions = conventions.clone();
        self
    }

    fn of(delivery: VecDeque<Result<RawRecord, Failure>>) -> Self {
        Self {
            delivery,
            parts: VecDeque::new(),
            inflater: Inflater::default(),
            conventions: Conventions::default(),
        }
    }

    /// Takes the next record of the delivery apart; nothing where there is none.
    fn take_apart(&mut self) -> Option<()> {
        let expanded = match self.delivery.pop_front()? {
            Ok(raw) => expand(vec![raw]),
            Err(failure) => {
                self.parts.push_back(Err(failure));
                return Some(());
            }
        };
        let mut malformed = expanded.malformed.into_iter().peekable();
        for (index, record) in expanded.records.into_iter().enumerate() {
            let error = malformed.next_if(|(at, _)| *at == index);
            self.parts.push_back(match error {
                Some((_, error)) => Err(Failure::parse(error)),
                None => Ok(record),
            });
        }
        Some(())
    }

    fn content(&mut self, record: Record) -> Result<Content, Failure> {
        let bytes = self.inflater.inflate(&record.data);
        let bytes = bytes.map_err(|error| Failure::parse(format!("the record {error}")))?;
        let (conventions, arena) = (self.conventions.clone(), Arena::default());
        Ok(Content { record, bytes, conventions, arena })
    }
}

impl Iterator for Contents {
    type Item = Result<Content, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.parts.pop_front() {
                Some(part) => return Some(part.and_then(|record| self.content(record))),
                None => self.take_apart()?,
            }
        }
    }
}

impl Content {
    /// The record's bytes, inflated.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The record as the stream has it.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Its place in the shard: number 0 where the JSON told none.
    #[must_use]
    pub fn position(&self) -> &Position {
        &self.record.position
    }

    /// The key by which the producer chose the shard. It can hold row values.
    #[must_use]
    pub fn partition_key(&self) -> &str {
        &self.record.partition_key
    }

    /// Room that lives as long as what [`Content::units`] tells, for
    /// [`interpret`](crate::pipeline::interpret).
    #[must_use]
    pub fn arena(&self) -> &Arena {
        &self.arena
    }

    /// What the record says: change events, or things that are none. An empty record is a tombstone.
    ///
    /// # Errors
    /// [`Failure`] where it is no JSON, or fits no envelope.
    pub fn units(&self) -> Result<Vec<Unit<'_>>, Failure> {
        let context = Context { conventions: &self.conventions, arena: &self.arena };
        if self.bytes.trim_ascii().is_empty() {
            return envelope::decode(None, context);
        }
        let document = Document::parse(&self.bytes, Vec::new());
        let document =
            document.map_err(|error| Failure::parse(format!("the record is {error}")))?;
        envelope::decode(Some(&document), context)
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contents({} records left)", self.delivery.len())
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({:?}, {} bytes)", self.record.position, self.bytes.len())
    }
}

/// The record that JSON tells. Where it tells no number there is none to compare: the reader sees
/// the records in their order.
fn raw_record(record: &JsonRecord<'_>) -> Result<RawRecord, Failure> {
    let data = BASE64.decode_to_vec(record.data.as_bytes());
    let data = data.map_err(|_| Failure::parse("kinesis.data must be base64, with its padding"))?;
    let number = record.sequence_number.as_deref().map(SequenceNumber::parse);
    Ok(RawRecord {
        data: data.into(),
        partition_key: record.partition_key.as_deref().unwrap_or_default().into(),
        number: number.and_then(Result::ok).unwrap_or_else(|| 0.into()),
        arrived: Timestamp::UNIX_EPOCH,
    })
}

#[cfg(test)]
mod tests {
    use super::Contents;
    use crate::testing::{aggregate, raw, update};

    /// `a 1, b 2, !PARSE_ERROR`: each content's units, or the failure in its place.
    fn told(contents: Contents) -> String {
        let one = |content: Result<super::Content, crate::failure::Failure>| {
            let content = content?;
            let units = content.units()?.len();
            let position = content.position();
            let (number, part) = (&position.number, position.sub_sequence);
            Ok::<_, crate::failure::Failure>(format!("{number}.{part} {units}"))
        };
        let told = contents.map(|content| match one(content) {
            Ok(told) => told,
            Err(failure) => format!("!{failure}"),
        });
        told.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_delivery_is_taken_apart_in_order_and_failures_keep_their_place() {
        let parts = aggregate(&[("k", &update("a", 1)), ("k", ""), ("k", "{")]);
        let mut broken = aggregate(&[("k", &update("a", 1))]);
        let at = broken.len() - 1;
        broken[at] ^= 1;
        let contents = Contents::of_records([
            raw(1, "k", update("a", 1)),
            raw(2, "k", parts),
            raw(3, "k", vec![0x1f, 0x8b]),
            raw(4, "k", broken),
            raw(5, "k", " \n"),
        ]);
        assert_eq!(
            told(contents),
            "1.0 1, 2.0 1, 2.1 1, \
             !PARSE_ERROR: the record is not valid JSON at byte 1: the text ends too early, \
             !PARSE_ERROR: the record starts like gzip and is broken, \
             !PARSE_ERROR: the record is not valid JSON at byte 0: not UTF-8, 5.0 1"
        );
    }

    #[test]
    fn json_is_a_record_or_a_lambda_event_of_records_or_neither() {
        let record = r#"{"kinesis":{"data":"e30=","sequenceNumber":"7","partitionKey":"k"}}"#;
        let unreadable = r#"{"kinesis":{"data":"e30"}}"#;
        let numberless = r#"{"kinesis":{"data":""}}"#;
        let event = format!(r#"{{"Records":[{numberless},{unreadable},{numberless}]}}"#);
        for (text, expected) in [
            (numberless, Some("0.0 1")),
            (unreadable, Some("!PARSE_ERROR: kinesis.data must be base64, with its padding")),
            (
                &event,
                Some("0.0 1, !PARSE_ERROR: kinesis.data must be base64, with its padding, 0.0 1"),
            ),
            (r#"{"Records":[]}"#, Some("")),
            (r#"{"table":"t","kinesis":{"data":""}}"#, None),
            ("{", None),
        ] {
            assert_eq!(Contents::of_json(text.as_bytes()).map(told).as_deref(), expected, "{text}");
        }
        let content = Contents::of_json(record.as_bytes()).unwrap().next().unwrap().unwrap();
        assert_eq!((content.bytes(), content.partition_key()), (&b"{}"[..], "k"));
    }
}
