//! Topics and a function made of text, and the one `check` the tests go through.
//!
//! Topics: `t-0 0 1@500 3x100; t-1 0`: partition 0 of `t` with the offsets 0, 1 (from 500 ms on) and
//! 3 (100 bytes), and partition 1. A function: `t-0 fail t-0:1,t-1:0 ok; t-1 fail*`: one answer after
//! the other for batches whose first partition this is, then `ok` for ever.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use bytes::Bytes;
use cdc_core::ports::Clock;
use cdc_esm::{
    Control, Ended, Function, FunctionError, INVOCATION_BYTES_MAX, ReadError, StartPosition,
    kafka::{
        Event, EventSource, FailureDocument, ListedPartition, Mapping, Page, Plan, Ports,
        Positions, Ranges, RunError, Settings, Summary, TimestampType, TopicPartition, TopicReader,
        TopicRecord, Until, run,
    },
    virtual_time::VirtualClock,
};
use serde_json::Value;

use crate::world::{HOUR, TestDestination, TestFunction, at, clock};

pub(crate) fn source() -> EventSource {
    EventSource::msk(
        "arn:aws:kafka:eu-central-1:000000000000:cluster/c/1",
        "b-1:9092,b-2:9092",
        "arn:aws:lambda:eu-central-1:000000000000:function:f",
    )
}

/// AWS's settings, but with a window just long enough for one read of every partition.
pub(crate) fn settings() -> Settings {
    Settings { batch_window: Duration::from_millis(10), ..Settings::default() }
}

/// `topic-0`.
pub(crate) fn partition(name: &str) -> TopicPartition {
    let (topic, partition) = name.rsplit_once('-').unwrap();
    TopicPartition::new(topic, partition.parse().unwrap())
}

pub(crate) fn positions(spec: &str) -> Positions {
    let place = |word: &str| {
        let (name, offset) = word.split_once(':').unwrap();
        (partition(name), offset.parse().unwrap())
    };
    spec.split_whitespace().map(place).collect()
}

pub(crate) fn record(
    partition: &TopicPartition,
    offset: u64,
    at_ms: i64,
    bytes: usize,
) -> TopicRecord {
    TopicRecord {
        partition: partition.clone(),
        offset,
        timestamp: at(at_ms),
        timestamp_type: TimestampType::CreateTime,
        key: None,
        value: Some(Bytes::from(vec![b'x'; bytes])),
        headers: vec![],
    }
}

/// Topics that fill as time goes by.
pub(crate) struct TestTopics {
    pub(crate) clock: VirtualClock,
    pub(crate) partitions: BTreeMap<TopicPartition, Vec<TopicRecord>>,
    /// So many reads fail first, listings included.
    pub(crate) failing_reads: Mutex<usize>,
    /// Reading fails for good.
    pub(crate) gone: bool,
}

impl TestTopics {
    pub(crate) fn parse(spec: &str, clock: &VirtualClock) -> Self {
        let partitions = spec.split(';').filter(|spec| !spec.trim().is_empty());
        let partitions = partitions.map(|spec| {
            let mut words = spec.split_whitespace();
            let id = partition(words.next().unwrap());
            let records = words.map(|word| parse_record(&id, word)).collect();
            (id, records)
        });
        let partitions = partitions.collect();
        Self { clock: clock.clone(), partitions, failing_reads: Mutex::default(), gone: false }
    }

    /// Behind everything there is or will be.
    pub(crate) fn ends(&self) -> Positions {
        let end = |records: &[TopicRecord]| records.last().map_or(0, |record| record.offset + 1);
        self.partitions.iter().map(|(id, records)| (id.clone(), end(records))).collect()
    }

    fn fault(&self) -> Result<(), ReadError> {
        if self.gone {
            return Err(ReadError::Fatal("no such topic".into()));
        }
        let mut failing = self.failing_reads.lock().unwrap();
        if *failing > 0 {
            *failing -= 1;
            return Err(ReadError::Transient("not the leader".into()));
        }
        Ok(())
    }

    fn there<'a>(&self, records: &'a [TopicRecord]) -> &'a [TopicRecord] {
        let now = self.clock.now();
        &records[..records.iter().take_while(|record| record.timestamp <= now).count()]
    }
}

fn parse_record(id: &TopicPartition, word: &str) -> TopicRecord {
    let (word, bytes) = word.split_once('x').unwrap_or((word, "1"));
    let (offset, at_ms) = word.split_once('@').unwrap_or((word, "0"));
    record(id, offset.parse().unwrap(), at_ms.parse().unwrap(), bytes.parse().unwrap())
}

impl TopicReader for TestTopics {
    async fn partitions(&self) -> Result<Vec<ListedPartition>, ReadError> {
        self.fault()?;
        let listed = self.partitions.iter().map(|(id, records)| {
            let first = records.first().map_or(0, |record| record.offset);
            let end = self.there(records).last().map_or(first, |record| record.offset + 1);
            ListedPartition { id: id.clone(), first, end }
        });
        Ok(listed.collect())
    }

    async fn read(&self, id: &TopicPartition, from: u64, most: usize) -> Result<Page, ReadError> {
        self.fault()?;
        let there = self.there(&self.partitions[id]);
        let end = there.last().map_or(from, |record| record.offset + 1).max(from);
        let rest = there.iter().filter(|record| record.offset >= from);
        let records: Vec<_> = rest.take(most).cloned().collect();
        let next = records.last().map_or(end, |record| record.offset + 1);
        Ok(Page { records, next, end })
    }
}

/// What an event delivers, `t-0:1,2 t-1:0`, in the event's order.
pub(crate) fn delivered(event: &[u8]) -> Vec<(String, Vec<u64>)> {
    assert!(event.len() <= INVOCATION_BYTES_MAX, "{} bytes", event.len());
    let event: Value = serde_json::from_slice(event).unwrap();
    let partitions = event["records"].as_object().unwrap().iter().map(|(name, records)| {
        let records = records.as_array().unwrap();
        for record in records {
            let of = format!("{}-{}", record["topic"].as_str().unwrap(), record["partition"]);
            assert_eq!(of, *name);
        }
        let offsets = records.iter().map(|record| record["offset"].as_u64().unwrap());
        (name.clone(), offsets.collect())
    });
    partitions.collect()
}

/// An answer that names these places, `t-0:1`.
pub(crate) fn report(places: &[&str]) -> Bytes {
    let item = |place: &&str| {
        let (partition, offset) = place.split_once(':').unwrap();
        format!(r#"{{"itemIdentifier":{{"partition":"{partition}","offset":{offset}}}}}"#)
    };
    let items: Vec<_> = places.iter().map(item).collect();
    format!(r#"{{"batchItemFailures":[{}]}}"#, items.join(",")).into()
}

/// A function that answers as it is told, and keeps a log.
pub(crate) struct TopicFunction(pub(crate) TestFunction);

impl Function for TopicFunction {
    async fn invoke(&self, event: Bytes) -> Result<Bytes, FunctionError> {
        let delivered = delivered(&event);
        let name = &delivered[0].0;
        let answer = self.0.answer_for(name);
        let words = delivered.iter().map(|(name, offsets)| {
            let offsets: Vec<_> = offsets.iter().map(u64::to_string).collect();
            format!("{name}:{}", offsets.join(","))
        });
        self.0.note(format!("[{}] {answer}", words.collect::<Vec<_>>().join(" ")));
        self.0.act(name, &answer, report).await
    }
}

/// `t-0:1..2 t-1:0..0`.
pub(crate) fn words(ranges: &Ranges) -> String {
    let word = |(id, range): (&TopicPartition, &cdc_esm::kafka::Range)| {
        format!("{id}:{}..{}", range.first, range.last)
    };
    ranges.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// One run, and what the function and the watcher must have seen.
pub(crate) struct Case<'a> {
    pub(crate) topics: &'a str,
    pub(crate) answers: &'a str,
    pub(crate) settings: Settings,
    /// `None`: until every record there is was settled.
    pub(crate) until: Option<Until>,
    pub(crate) redeliver: Vec<StartPosition>,
    /// Where the group had come before.
    pub(crate) resumed: &'a str,
    /// Put the time, in milliseconds, before each line of the log.
    pub(crate) times: bool,
    /// Log commits too.
    pub(crate) commits: bool,
    pub(crate) failing_reads: usize,
    pub(crate) gone: bool,
    /// So many on-failure documents are not taken first.
    pub(crate) failing_destination: usize,
}

pub(crate) fn case<'a>(topics: &'a str, answers: &'a str) -> Case<'a> {
    let (settings, until, redeliver, resumed) = (settings(), None, vec![], "");
    let (times, commits, failing_reads, gone) = (false, false, 0, false);
    let failing_destination = 0;
    Case {
        topics,
        answers,
        settings,
        until,
        redeliver,
        resumed,
        times,
        commits,
        failing_reads,
        gone,
        failing_destination,
    }
}

/// What became of a run.
pub(crate) struct Ran {
    pub(crate) ended: Result<(Ended, Summary), RunError>,
    pub(crate) log: Vec<String>,
    pub(crate) documents: Vec<FailureDocument>,
}

impl Case<'_> {
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn run(self) -> Ran {
        let clock = clock(7);
        let mut topics = TestTopics::parse(self.topics, &clock);
        topics.gone = self.gone;
        *topics.failing_reads.lock().unwrap() = self.failing_reads;
        let function = TopicFunction(TestFunction::parse(self.answers, &clock));
        let until = self.until.unwrap_or_else(|| Until::Reached(topics.ends()));
        let plan = Plan { until, redeliver: self.redeliver };
        let (settings, resumed) = (self.settings.check().unwrap(), positions(self.resumed));
        let mapping = Mapping::resumed(settings, source(), plan, resumed, clock.now());
        let destination = TestDestination {
            failing: Mutex::new(self.failing_destination),
            documents: Mutex::default(),
        };
        let ports =
            Ports { reader: &topics, function: &function, on_failure: &destination, clock: &clock };
        let observe = |event: &Event| match event {
            Event::GivenUp(gone) => function.0.note(format!(
                "loses {} ({}) {}",
                words(&gone.ranges),
                gone.records,
                gone.condition.as_str()
            )),
            Event::Committed { partition, position } if self.commits => {
                function.0.note(format!("{partition} at {position}"));
            }
            _ => {}
        };
        let ended = clock.run(run(mapping, ports, &Control::default(), observe), HOUR).unwrap();
        let log = function.0.log.into_inner().unwrap().into_iter();
        let line = |(at, line): (i64, String)| match self.times {
            true => format!("{at} {line}"),
            false => line,
        };
        let documents = destination.documents.into_inner().unwrap();
        Ran { ended, log: log.map(line).collect(), documents }
    }
}

/// The function sees exactly these deliveries, in this order, and the run ends settled.
pub(crate) fn check(case: Case<'_>, expected: &[&str]) {
    let topics = case.topics.to_owned();
    let ran = case.run();
    assert_eq!(ran.log, expected, "topics {topics:?}");
    assert_eq!(ran.ended.unwrap().0, Ended::Settled);
}
