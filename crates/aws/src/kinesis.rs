//! Reads from Kinesis: the one record that a pointer names, and which shards there are.

use aws_sdk_kinesis::{
    Client,
    operation::get_records::GetRecordsOutput,
    primitives::DateTime,
    types::{Record, ShardIteratorType},
};
use cdc_core::{
    delivery::CallError,
    ports::StreamReader,
    record::{RawRecord, SequenceNumber},
};
use jiff::Timestamp;

use crate::{
    config::{Connection, READ_TIMEOUT},
    error::{call_error, unusable, within},
    function::settings::ConfiguredStream,
};

const GET_SHARD_ITERATOR: &str = "GetShardIterator";
const GET_RECORDS: &str = "GetRecords";
const LIST_SHARDS: &str = "ListShards";

// Kinesis may answer with no record although there are some ahead; a shard allows five reads a
// second, so five of them cannot take long.
const READS_MAX: usize = 5;

// A page has up to 1,000 shards; an account's default quota is 20,000, and the closed ones come on top.
const SHARD_PAGES_MAX: usize = 50;

const NANOS_PER_MS: i128 = 1_000_000;

/// Reads from one stream, in which a repetition changes nothing: the SDK retries.
#[derive(Clone, Debug)]
pub struct KinesisReader {
    client: Client,
    stream: ConfiguredStream,
}

impl KinesisReader {
    /// The stream that the settings name: never one out of a letter or a document. By its ARN where
    /// that is configured, else by its name.
    #[must_use]
    pub fn new(connection: &Connection, stream: &ConfiguredStream) -> Self {
        Self { client: connection.kinesis(), stream: stream.clone() }
    }

    async fn read_at(
        &self,
        shard: &str,
        number: &SequenceNumber,
    ) -> Result<Option<RawRecord>, CallError> {
        let mut iterator = Some(self.iterator(shard, number).await?);
        for _ in 0..READS_MAX {
            let Some(at) = iterator else { return Ok(None) };
            let mut page = self.page(at).await?;
            if let Some(record) = page.records.pop() {
                // After the record has expired, Kinesis starts at the oldest one left.
                return if record.sequence_number == number.as_str() {
                    raw_record(record, number).map(Some)
                } else {
                    Ok(None)
                };
            }
            if page.millis_behind_latest == Some(0) {
                return Ok(None);
            }
            iterator = page.next_shard_iterator;
        }
        Err(unusable(GET_RECORDS, "EmptyReads"))
    }

    async fn iterator(&self, shard: &str, number: &SequenceNumber) -> Result<String, CallError> {
        let (arn, name) = self.by_arn_or_name();
        let request = self
            .client
            .get_shard_iterator()
            .set_stream_arn(arn)
            .set_stream_name(name)
            .shard_id(shard)
            .shard_iterator_type(ShardIteratorType::AtSequenceNumber)
            .starting_sequence_number(number.as_str());
        let answer =
            request.send().await.map_err(|error| call_error(GET_SHARD_ITERATOR, &error))?;
        answer.shard_iterator.ok_or_else(|| unusable(GET_SHARD_ITERATOR, "NoIterator"))
    }

    async fn page(&self, iterator: String) -> Result<GetRecordsOutput, CallError> {
        let request = self.client.get_records().shard_iterator(iterator).limit(1);
        // With the stream's ARN the SDK finds the stream's own endpoint, as AWS asks for.
        let request = request.set_stream_arn(self.stream.arn().map(str::to_owned));
        request.send().await.map_err(|error| call_error(GET_RECORDS, &error))
    }

    async fn list_shards(&self) -> Result<Vec<String>, CallError> {
        let mut shards = Vec::new();
        let mut next = None;
        for _ in 0..SHARD_PAGES_MAX {
            let request = self.client.list_shards();
            let request = match next {
                // Kinesis refuses the stream beside the token.
                Some(token) => request.next_token(token),
                None => {
                    let (arn, name) = self.by_arn_or_name();
                    request.set_stream_arn(arn).set_stream_name(name)
                }
            };
            let answer = request.send().await.map_err(|error| call_error(LIST_SHARDS, &error))?;
            let page = answer.shards.unwrap_or_default();
            shards.extend(page.into_iter().map(|shard| shard.shard_id));
            next = answer.next_token;
            if next.is_none() {
                return Ok(shards);
            }
        }
        Err(unusable(LIST_SHARDS, "TooManyShards"))
    }

    fn by_arn_or_name(&self) -> (Option<String>, Option<String>) {
        match self.stream.arn() {
            Some(arn) => (Some(arn.to_owned()), None),
            None => (None, Some(self.stream.name().to_owned())),
        }
    }
}

impl StreamReader for KinesisReader {
    /// A shard whose last record is gone counts as a missing resource ([`CallErrorKind::Denied`]):
    /// AWS does not tell it from a stream that never was.
    ///
    /// [`CallErrorKind::Denied`]: cdc_core::delivery::CallErrorKind::Denied
    async fn read_one(
        &self,
        shard: &str,
        number: &SequenceNumber,
    ) -> Result<Option<RawRecord>, CallError> {
        within(GET_RECORDS, READ_TIMEOUT, self.read_at(shard, number)).await
    }

    async fn shards(&self) -> Result<Vec<String>, CallError> {
        within(LIST_SHARDS, READ_TIMEOUT, self.list_shards()).await
    }
}

fn raw_record(record: Record, number: &SequenceNumber) -> Result<RawRecord, CallError> {
    let arrived = record.approximate_arrival_timestamp.as_ref().and_then(to_the_millisecond);
    Ok(RawRecord {
        data: record.data.into_inner().into(),
        partition_key: record.partition_key.unwrap_or_default().into(),
        number: number.clone(),
        arrived: arrived.ok_or_else(|| unusable(GET_RECORDS, "NoArrival"))?,
    })
}

/// Kinesis counts milliseconds; on the wire they are a fraction, which a double only comes near.
pub(crate) fn to_the_millisecond(time: &DateTime) -> Option<Timestamp> {
    let ms = (time.as_nanos() + NANOS_PER_MS / 2).div_euclid(NANOS_PER_MS);
    Timestamp::from_millisecond(ms.try_into().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use cdc_core::{delivery::CallErrorKind, ports::StreamReader as _, record::SequenceNumber};
    use serde_json::json;

    use super::KinesisReader;
    use crate::{
        canned::{Answer, Canned},
        endpoint::Region,
        function::settings::ConfiguredStream,
    };

    const STREAM: &str = "arn:aws:kinesis:eu-west-1:123456789012:stream/coredb";
    const SHARD: &str = "shardId-000000000003";

    type Found = Result<Option<String>, CallErrorKind>;

    /// Reads record 4959 and expects this outcome after so many calls.
    async fn check(name: &str, answers: Vec<Answer>, expected: Found, calls: usize) {
        let iterator = Answer::ok(r#"{"ShardIterator":"i"}"#);
        let canned = Canned::new([iterator].into_iter().chain(answers));
        let reader = by_arn(&canned);
        let found = reader.read_one(SHARD, &SequenceNumber::parse("4959").unwrap()).await;
        let shown = found.map_err(|error| error.kind).map(|record| {
            record.map(|r| format!("{:?} {} {}", r.data, r.partition_key, r.arrived))
        });
        assert_eq!(shown, expected, "{name}");
        assert_eq!(canned.requests().len(), calls, "{name}");
    }

    fn by_arn(canned: &Canned) -> KinesisReader {
        let region = Region::parse("eu-west-1").unwrap();
        let stream = ConfiguredStream::exactly(STREAM, &region).unwrap();
        KinesisReader::new(&canned.connection(), &stream)
    }

    fn by_name(canned: &Canned) -> KinesisReader {
        let region = Region::parse("eu-west-1").unwrap();
        let stream = ConfiguredStream::named("coredb", &region).unwrap();
        KinesisReader::new(&canned.connection(), &stream)
    }

    fn page(number: &str, arrived: &str) -> Answer {
        Answer::ok(format!(
            r#"{{"Records":[{{"SequenceNumber":"{number}","PartitionKey":"k","Data":"e30=",
               "ApproximateArrivalTimestamp":{arrived}}}],"MillisBehindLatest":5}}"#
        ))
    }

    fn empty(behind: u64) -> Answer {
        Answer::ok(format!(
            r#"{{"Records":[],"NextShardIterator":"j","MillisBehindLatest":{behind}}}"#
        ))
    }

    #[tokio::test]
    async fn the_record_itself_or_none() {
        let found = |arrived: &str| Ok(Some(format!(r#"b"{{}}" k {arrived}"#)));
        let end = Answer::ok(r#"{"Records":[],"MillisBehindLatest":7}"#);
        for (name, answers, expected, calls) in [
            ("found", vec![page("4959", "1700000000.123")], found("2023-11-14T22:13:20.123Z"), 2),
            (".9", vec![page("4959", "1700000000.9")], found("2023-11-14T22:13:20.9Z"), 2),
            ("whole", vec![page("4959", "1700000000")], found("2023-11-14T22:13:20Z"), 2),
            ("later", vec![empty(5), page("4959", "1")], found("1970-01-01T00:00:01Z"), 3),
            ("trimmed", vec![page("5000", "1700000000")], Ok(None), 2),
            ("at the tip", vec![empty(0)], Ok(None), 2),
            ("closed shard", vec![end], Ok(None), 2),
            ("always empty", vec![empty(5)], Err(CallErrorKind::Unavailable), 6),
        ] {
            check(name, answers, expected, calls).await;
        }
    }

    #[tokio::test]
    async fn the_pointer_names_the_place() {
        let canned = Canned::new([Answer::Status(400, r#"{"__type":"X"}"#.into())]);
        let reader = by_arn(&canned);
        let found = reader.read_one(SHARD, &SequenceNumber::parse("4959").unwrap()).await;
        assert_eq!(
            found.unwrap_err().to_string(),
            "GetShardIterator failed: the request was refused as invalid (X)"
        );
        let requests = canned.requests();
        assert_eq!(requests[0].target, "Kinesis_20131202.GetShardIterator");
        let expected = json!({"StreamARN": STREAM, "ShardId": SHARD,
            "ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": "4959"});
        assert_eq!(requests[0].body, expected);
    }
    #[tokio::test]
    async fn a_stream_without_its_arn_is_known_by_its_name() {
        let canned = Canned::new([
            Answer::ok(r#"{"ShardIterator":"i"}"#),
            Answer::ok(r#"{"Records":[],"MillisBehindLatest":0}"#),
        ]);
        let number = SequenceNumber::parse("4959").unwrap();
        assert!(by_name(&canned).read_one(SHARD, &number).await.unwrap().is_none());
        let requests = canned.requests();
        assert_eq!(requests[0].body["StreamName"], "coredb");
        assert_eq!(
            (&requests[0].body["StreamARN"], &requests[1].body["StreamARN"]),
            (&json!(null), &json!(null))
        );
    }

    #[tokio::test]
    async fn shards_are_listed_page_by_page() {
        let shards = |ids: &[&str], next: &str| {
            let ids: Vec<String> = ids
                .iter()
                .map(|id| {
                    format!(
                        r#"{{"ShardId":"{id}","HashKeyRange":{{"StartingHashKey":"0","EndingHashKey":"1"}},
                           "SequenceNumberRange":{{"StartingSequenceNumber":"1"}}}}"#
                    )
                })
                .collect();
            Answer::ok(format!(r#"{{"Shards":[{}]{next}}}"#, ids.join(",")))
        };
        let canned = Canned::new([shards(&["a", "b"], r#","NextToken":"t""#), shards(&["c"], "")]);
        assert_eq!(by_arn(&canned).shards().await.unwrap(), ["a", "b", "c"]);
        let requests = canned.requests();
        assert_eq!(requests[0].body, json!({"StreamARN": STREAM}));
        assert_eq!(requests[1].body, json!({"NextToken": "t"}));

        let canned = Canned::new([shards(&[], r#","NextToken":"t""#)]);
        let error = by_name(&canned).shards().await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::Unavailable);
        assert_eq!(canned.requests()[0].body, json!({"StreamName": "coredb"}));

        let canned =
            Canned::new([Answer::Status(400, r#"{"__type":"ResourceNotFoundException"}"#.into())]);
        assert_eq!(by_arn(&canned).shards().await.unwrap_err().kind, CallErrorKind::Denied);
    }
}
