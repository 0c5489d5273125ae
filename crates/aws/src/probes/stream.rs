//! Looks at the stream: how it stands, its shards, and whether anything lies behind a position.

use aws_sdk_kinesis::{
    Client,
    operation::get_records::GetRecordsOutput,
    types::{Shard, ShardIteratorType, StreamStatus},
};
use cdc_core::{delivery::CallError, record::SequenceNumber};
use jiff::Timestamp;

use super::Standing;
use crate::{
    config::Connection,
    error::{call_error, unusable},
    function::settings::ConfiguredStream,
    kinesis::to_the_millisecond,
};

const DESCRIBE_STREAM_SUMMARY: &str = "DescribeStreamSummary";
const LIST_SHARDS: &str = "ListShards";
const GET_SHARD_ITERATOR: &str = "GetShardIterator";
const GET_RECORDS: &str = "GetRecords";

/// Most shards of a list, open or closed: ten pages of Kinesis's default size.
pub const SHARDS_LISTED_MAX: usize = 10_000;

/// Looks at one stream.
#[derive(Clone, Debug)]
pub struct StreamProbe {
    client: Client,
    /// A shard takes five reads a second, and the mapping needs them: none of these is repeated.
    reader: Client,
    stream: ConfiguredStream,
}

/// How a stream stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamState {
    /// By Kinesis's word.
    pub standing: Standing,
    /// How many shards take records.
    pub open_shards: u32,
}

/// The shards of a stream, those that have no record left being gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shards {
    /// The ids of those that take records.
    pub open: Vec<String>,
    /// Those that take none any more: split, or merged with another.
    pub closed: Vec<ClosedShard>,
}

/// A shard that takes no records any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedShard {
    /// Its id.
    pub id: String,
    /// The number at which it ends: its last record's, or one behind it.
    pub end: SequenceNumber,
}

/// What lies behind a position of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// Nothing: it is the tip.
    Nothing,
    /// A record, which arrived then.
    Record(Timestamp),
    /// One read could not tell: Kinesis brought nothing, and said that there is more to read.
    NotKnown,
}

impl StreamProbe {
    /// The configured stream.
    #[must_use]
    pub fn new(connection: &Connection, stream: &ConfiguredStream) -> Self {
        let (client, reader) = (connection.kinesis(), connection.kinesis_single());
        Self { client, reader, stream: stream.clone() }
    }

    /// How the stream stands.
    ///
    /// # Errors
    /// [`CallError`] where the call failed or brought no usable answer.
    pub async fn state(&self) -> Result<StreamState, CallError> {
        let request = self
            .client
            .describe_stream_summary()
            .set_stream_arn(self.arn())
            .set_stream_name(self.name());
        let answer =
            request.send().await.map_err(|error| call_error(DESCRIBE_STREAM_SUMMARY, &error))?;
        let summary = answer
            .stream_description_summary
            .ok_or_else(|| unusable(DESCRIBE_STREAM_SUMMARY, "NoSummary"))?;
        Ok(StreamState {
            standing: standing(&summary.stream_status),
            open_shards: summary.open_shard_count.try_into().unwrap_or_default(),
        })
    }

    /// The first [`SHARDS_LISTED_MAX`] shards.
    ///
    /// # Errors
    /// [`CallError`] where a call failed.
    pub async fn shards(&self) -> Result<Shards, CallError> {
        let (mut found, mut seen, mut token) = (Shards::default(), 0, None::<String>);
        loop {
            let request = self.client.list_shards();
            // A token stands for the stream; Kinesis refuses both together.
            let request = match token {
                None => request.set_stream_arn(self.arn()).set_stream_name(self.name()),
                Some(token) => request.next_token(token),
            };
            let answer = request.send().await.map_err(|error| call_error(LIST_SHARDS, &error))?;
            let shards = answer.shards.unwrap_or_default();
            seen += shards.len();
            for shard in shards {
                found.add(shard)?;
            }
            token = answer.next_token;
            if token.is_none() || seen >= SHARDS_LISTED_MAX {
                return Ok(found);
            }
        }
    }

    /// What lies behind a number of a shard, or behind its beginning: by one read of one record.
    ///
    /// # Errors
    /// [`CallError`] where a call failed or brought no usable answer.
    pub async fn ahead(
        &self,
        shard: &str,
        after: Option<&SequenceNumber>,
    ) -> Result<Ahead, CallError> {
        let kind = match after {
            Some(_) => ShardIteratorType::AfterSequenceNumber,
            None => ShardIteratorType::TrimHorizon,
        };
        let request = self
            .reader
            .get_shard_iterator()
            .set_stream_arn(self.arn())
            .set_stream_name(self.name())
            .shard_id(shard)
            .shard_iterator_type(kind)
            .set_starting_sequence_number(after.map(|number| number.as_str().to_owned()));
        let answer =
            request.send().await.map_err(|error| call_error(GET_SHARD_ITERATOR, &error))?;
        let iterator =
            answer.shard_iterator.ok_or_else(|| unusable(GET_SHARD_ITERATOR, "NoIterator"))?;
        let request = self.reader.get_records().set_stream_arn(self.arn());
        let page = request.shard_iterator(iterator).limit(1).send().await;
        found(&page.map_err(|error| call_error(GET_RECORDS, &error))?)
    }

    fn arn(&self) -> Option<String> {
        self.stream.arn().map(str::to_owned)
    }

    fn name(&self) -> Option<String> {
        self.stream.arn().is_none().then(|| self.stream.name().to_owned())
    }
}

fn standing(status: &StreamStatus) -> Standing {
    match status {
        StreamStatus::Active => Standing::Active,
        StreamStatus::Updating => Standing::Updating,
        StreamStatus::Creating => Standing::Creating,
        StreamStatus::Deleting => Standing::Deleting,
        _ => Standing::Unusable,
    }
}

impl Shards {
    fn add(&mut self, shard: Shard) -> Result<(), CallError> {
        let range = shard.sequence_number_range;
        match range.and_then(|range| range.ending_sequence_number) {
            None => self.open.push(shard.shard_id),
            Some(end) => {
                let end = SequenceNumber::parse(&end);
                let end = end.map_err(|_| unusable(LIST_SHARDS, "NoNumber"))?;
                self.closed.push(ClosedShard { id: shard.shard_id, end });
            }
        }
        Ok(())
    }
}

fn found(page: &GetRecordsOutput) -> Result<Ahead, CallError> {
    if let Some(record) = page.records().first() {
        let arrived = record.approximate_arrival_timestamp().and_then(to_the_millisecond);
        return arrived.map(Ahead::Record).ok_or_else(|| unusable(GET_RECORDS, "NoArrival"));
    }
    // A closed shard ends without a next iterator, whatever time has passed since.
    let is_tip = page.millis_behind_latest == Some(0) || page.next_shard_iterator.is_none();
    Ok(if is_tip { Ahead::Nothing } else { Ahead::NotKnown })
}

#[cfg(test)]
mod tests {
    use cdc_core::{
        delivery::CallErrorKind::{Denied, Throttled, Unavailable},
        record::SequenceNumber,
    };
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::{Ahead, ClosedShard, Shards, Standing, StreamProbe, StreamState};
    use crate::{
        canned::{Answer, Canned},
        endpoint::Region,
        function::settings::ConfiguredStream,
    };

    const ARN: &str = "arn:aws:kinesis:eu-west-1:123456789012:stream/coredb";

    fn probe(answers: Vec<Answer>, by_arn: bool) -> (StreamProbe, Canned) {
        let region = Region::parse("eu-west-1").unwrap();
        let stream = match by_arn {
            true => ConfiguredStream::exactly(ARN, &region),
            false => ConfiguredStream::named("coredb", &region),
        };
        let canned = Canned::new(answers);
        (StreamProbe::new(&canned.connection(), &stream.unwrap()), canned)
    }

    fn error(code: &str) -> Answer {
        Answer::Status(400, format!(r#"{{"__type":"{code}","message":"secret"}}"#))
    }

    #[tokio::test]
    async fn a_stream_is_told_by_its_status_and_open_shards() {
        let summary = |status: &str| {
            let told = json!({"StreamName": "coredb", "StreamARN": ARN, "StreamStatus": status,
                "RetentionPeriodHours": 24, "StreamCreationTimestamp": 1, "OpenShardCount": 2,
                "EnhancedMonitoring": []});
            Answer::ok(json!({"StreamDescriptionSummary": told}).to_string())
        };
        let stands = |standing| Ok(StreamState { standing, open_shards: 2 });
        for (name, answer, expected) in [
            ("active", summary("ACTIVE"), stands(Standing::Active)),
            ("resharding", summary("UPDATING"), stands(Standing::Updating)),
            ("creating", summary("CREATING"), stands(Standing::Creating)),
            ("deleting", summary("DELETING"), stands(Standing::Deleting)),
            ("new word", summary("RESTING"), stands(Standing::Unusable)),
            (
                "no answer",
                Answer::ok("{}"),
                Ok(StreamState { standing: Standing::Unusable, open_shards: 0 }),
            ),
            ("missing", error("ResourceNotFoundException"), Err(Denied)),
            ("throttled", error("LimitExceededException"), Err(Throttled)),
        ] {
            let found = probe(vec![answer], false).0.state().await;
            assert_eq!(found.map_err(|error| error.kind), expected, "{name}");
        }
    }

    #[tokio::test]
    async fn shards_are_listed_page_by_page() {
        let shard = |id: &str, end: Value| {
            json!({"ShardId": id, "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "1"},
                "SequenceNumberRange": {"StartingSequenceNumber": "1",
                    "EndingSequenceNumber": end}})
        };
        let page = |shards: Vec<Value>, token: Option<&str>| {
            Answer::ok(json!({"Shards": shards, "NextToken": token}).to_string())
        };
        let first = page(vec![shard("s0", json!("9")), shard("s1", Value::Null)], Some("t"));
        let last = page(vec![shard("s2", Value::Null)], None);
        for (by_arn, stream) in
            [(false, json!({"StreamName": "coredb"})), (true, json!({"StreamARN": ARN}))]
        {
            let (stream_probe, canned) = probe(vec![first.clone(), last.clone()], by_arn);
            let end = SequenceNumber::parse("9").unwrap();
            let closed = vec![ClosedShard { id: "s0".into(), end }];
            let open = vec!["s1".into(), "s2".into()];
            assert_eq!(stream_probe.shards().await, Ok(Shards { open, closed }));
            let asked: Vec<Value> = canned.requests().into_iter().map(|one| one.body).collect();
            assert_eq!(asked, [stream, json!({"NextToken": "t"})]);
        }
        let endless = page(vec![shard("s", Value::Null); 1000], Some("t"));
        let (stream_probe, canned) = probe(vec![endless], false);
        assert_eq!(stream_probe.shards().await.unwrap().open.len(), 10_000);
        assert_eq!(canned.requests().len(), 10);
        let (stream_probe, _) = probe(vec![page(vec![shard("s", json!("nine"))], None)], false);
        assert_eq!(stream_probe.shards().await.unwrap_err().kind, Unavailable);
    }

    #[tokio::test]
    async fn what_lies_behind_a_position_is_told_by_one_read() {
        let iterator = || Answer::ok(r#"{"ShardIterator":"i"}"#);
        let page = |records: Value, behind: u64, next: Option<&str>| {
            Answer::ok(
                json!({"Records": records, "MillisBehindLatest": behind,
                    "NextShardIterator": next})
                .to_string(),
            )
        };
        let record = json!([{"SequenceNumber": "7", "PartitionKey": "k", "Data": "e30=",
            "ApproximateArrivalTimestamp": 1_700_000_000.9}]);
        let arrived = Timestamp::from_millisecond(1_700_000_000_900).unwrap();
        let busy = error("ProvisionedThroughputExceededException");
        for (name, answers, expected, calls) in [
            ("tip", vec![iterator(), page(json!([]), 0, Some("n"))], Ok(Ahead::Nothing), 2),
            ("end", vec![iterator(), page(json!([]), 9, None)], Ok(Ahead::Nothing), 2),
            ("record", vec![iterator(), page(record, 9, Some("n"))], Ok(Ahead::Record(arrived)), 2),
            ("empty", vec![iterator(), page(json!([]), 9, Some("n"))], Ok(Ahead::NotKnown), 2),
            ("no iterator", vec![Answer::ok("{}")], Err(Unavailable), 1),
            ("throttled", vec![iterator(), busy], Err(Throttled), 2),
            ("no such shard", vec![error("ResourceNotFoundException")], Err(Denied), 1),
        ] {
            let (stream, canned) = probe(answers, false);
            let number = SequenceNumber::parse("6").unwrap();
            let found = stream.ahead("s", Some(&number)).await;
            assert_eq!(found.map_err(|error| error.kind), expected, "{name}");
            assert_eq!(canned.requests().len(), calls, "{name}: nothing is repeated");
        }
    }

    #[tokio::test]
    async fn a_shard_is_read_behind_a_number_or_from_its_beginning() {
        let number = SequenceNumber::parse("6").unwrap();
        for (after, expected) in [
            (
                Some(&number),
                json!({"StreamName": "coredb", "ShardId": "s",
                    "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": "6"}),
            ),
            (
                None,
                json!({"StreamName": "coredb", "ShardId": "s",
                    "ShardIteratorType": "TRIM_HORIZON"}),
            ),
        ] {
            let page = Answer::ok(r#"{"Records":[],"MillisBehindLatest":0}"#);
            let iterator = Answer::ok(r#"{"ShardIterator":"i"}"#);
            let (stream, canned) = probe(vec![iterator, page], false);
            assert_eq!(stream.ahead("s", after).await, Ok(Ahead::Nothing));
            let asked = canned.requests();
            assert_eq!(asked[0].body, expected);
            assert_eq!(asked[1].body, json!({"ShardIterator": "i", "Limit": 1}));
        }
    }
}
