//! A stream and a function made of text, and the one `check` the tests go through.
//!
//! A stream: `a 1 2@500 3x100 k/5; b<a 4`: shard `a` with records 1, 2 (arrives at 500 ms), 3 (100
//! bytes) and 5 (of partition key `k`), and its child `b`. A function: `a fail 2 ok; b fail*`: shard by shard one answer after the
//! other, then `ok` for ever.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::Mutex,
    time::Duration,
};

use bytes::Bytes;
use cdc_core::{ports::Clock, record::SequenceNumber};
use cdc_esm::{
    BoxError, Control, Ended, Event, EventSource, FailureDocument, Function, FunctionError,
    INVOCATION_BYTES_MAX, Mapping, OnFailure, Page, Plan, Ports, ReadError, ReadFrom, RunError,
    Settings, Shard, ShardId, StartPosition, StreamReader, StreamRecord, Summary, Until, run,
    virtual_time::VirtualClock,
};
use jiff::Timestamp;
use serde_json::Value;

/// When every virtual world begins.
pub(crate) const BEGIN_MS: i64 = 1_767_225_600_000;
/// Longer than any case takes.
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(BEGIN_MS + millis).unwrap()
}

pub(crate) fn clock(seed: u64) -> VirtualClock {
    VirtualClock::new(at(0), seed)
}

pub(crate) fn source() -> EventSource {
    EventSource::new(
        "arn:aws:kinesis:eu-central-1:000000000000:stream/s",
        "arn:aws:lambda:eu-central-1:000000000000:function:f",
        "arn:aws:iam::000000000000:role/r",
        "eu-central-1",
    )
}

pub(crate) fn record(number: u64, arrival_ms: i64, bytes: usize) -> StreamRecord {
    StreamRecord {
        sequence: SequenceNumber::from(number),
        partition_key: format!("k{}", number % 3),
        data: Bytes::from(vec![b'x'; bytes]),
        arrival: at(arrival_ms),
    }
}

/// How a stream answers reads.
#[derive(Clone, Copy)]
pub(crate) struct Manners {
    /// Records in a page.
    pub(crate) page: usize,
    /// An empty page, short of the tip, before each page with records.
    pub(crate) empty_pages: bool,
    /// Says it is at the tip on every page, as emulators do.
    pub(crate) always_at_tip: bool,
    /// A child is listed only once its parents' ends were read.
    pub(crate) hides_children: bool,
    /// So many reads fail first, listings included.
    pub(crate) failing_reads: usize,
    /// Reading fails for good.
    pub(crate) gone: bool,
}

impl Default for Manners {
    fn default() -> Self {
        let (empty_pages, always_at_tip, hides_children, gone) = (false, false, false, false);
        Self { page: 10_000, empty_pages, always_at_tip, hides_children, failing_reads: 0, gone }
    }
}

pub(crate) struct TestShard {
    pub(crate) id: ShardId,
    pub(crate) parents: Vec<ShardId>,
    pub(crate) records: Vec<StreamRecord>,
}

pub(crate) struct TestStream {
    pub(crate) clock: VirtualClock,
    pub(crate) shards: Vec<TestShard>,
    pub(crate) manners: Manners,
    pub(crate) state: Mutex<StreamState>,
}

#[derive(Default)]
pub(crate) struct StreamState {
    reads: usize,
    ended: HashSet<ShardId>,
    /// The place a shard was read from last, if an empty page was given for it.
    empty_at: HashMap<ShardId, ReadFrom>,
}

impl TestStream {
    pub(crate) fn parse(spec: &str, clock: &VirtualClock, manners: Manners) -> Self {
        let shards = spec.split(';').map(parse_shard).collect();
        Self { clock: clock.clone(), shards, manners, state: Mutex::default() }
    }

    pub(crate) fn ends(&self) -> BTreeMap<ShardId, SequenceNumber> {
        let full = self.shards.iter().filter(|shard| !shard.records.is_empty());
        full.map(|shard| (shard.id.clone(), shard.records.last().unwrap().sequence.clone()))
            .collect()
    }

    fn is_closed(&self, id: &ShardId) -> bool {
        self.shards.iter().any(|shard| shard.parents.contains(id))
    }

    fn fault(&self) -> Result<(), ReadError> {
        let mut state = self.state.lock().unwrap();
        state.reads += 1;
        if self.manners.gone {
            return Err(ReadError::Fatal("no such stream".into()));
        }
        if state.reads <= self.manners.failing_reads {
            return Err(ReadError::Transient("throttled".into()));
        }
        Ok(())
    }

    fn page(&self, id: &ShardId, from: &ReadFrom) -> Page {
        let shard = self.shards.iter().find(|shard| shard.id == *id).unwrap();
        let now = self.clock.now();
        let wanted = |record: &&StreamRecord| match from {
            ReadFrom::TrimHorizon => true,
            ReadFrom::AtTimestamp(at) => record.arrival >= *at,
            ReadFrom::At(number) => record.sequence >= *number,
            ReadFrom::After(last) => record.sequence > *last,
        };
        let arrived = shard.records.iter().filter(|record| record.arrival <= now);
        let rest: Vec<_> = arrived.filter(wanted).cloned().collect();
        let mut state = self.state.lock().unwrap();
        if self.manners.empty_pages && !rest.is_empty() && state.empty_at.get(id) != Some(from) {
            state.empty_at.insert(id.clone(), from.clone());
            return Page { millis_behind_latest: 1_000, ..Page::default() };
        }
        let behind = rest.len() > self.manners.page;
        let end_of_shard = !behind
            && self.is_closed(id)
            && shard.records.iter().all(|record| record.arrival <= now);
        if end_of_shard {
            state.ended.insert(id.clone());
        }
        let millis_behind_latest = if behind && !self.manners.always_at_tip { 500 } else { 0 };
        let records = rest.into_iter().take(self.manners.page).collect();
        Page { records, end_of_shard, millis_behind_latest }
    }
}

fn parse_shard(spec: &str) -> TestShard {
    let mut words = spec.split_whitespace();
    let (name, parents) = match words.next().unwrap().split_once('<') {
        Some((name, parents)) => (name, parents.split('+').map(ShardId::new).collect()),
        None => return TestShard { parents: vec![], ..parse_shard_of(spec) },
    };
    TestShard { id: ShardId::new(name), parents, records: words.map(parse_record).collect() }
}

fn parse_shard_of(spec: &str) -> TestShard {
    let (name, rest) = spec.trim().split_once(' ').unwrap_or((spec.trim(), ""));
    let records = rest.split_whitespace().map(parse_record).collect();
    TestShard { id: ShardId::new(name), parents: vec![], records }
}

fn parse_record(word: &str) -> StreamRecord {
    if let Some((key, word)) = word.split_once('/') {
        return StreamRecord { partition_key: key.to_owned(), ..parse_record(word) };
    }
    let (word, bytes) = word.split_once('x').unwrap_or((word, "1"));
    let (number, arrival) = word.split_once('@').unwrap_or((word, "0"));
    record(number.parse().unwrap(), arrival.parse().unwrap(), bytes.parse().unwrap())
}

impl StreamReader for TestStream {
    async fn shards(&self) -> Result<Vec<Shard>, ReadError> {
        self.fault()?;
        let state = self.state.lock().unwrap();
        let hidden = |shard: &&TestShard| {
            self.manners.hides_children && !shard.parents.iter().all(|id| state.ended.contains(id))
        };
        let listed = self.shards.iter().filter(|shard| !hidden(shard));
        Ok(listed.map(|s| Shard { id: s.id.clone(), parents: s.parents.clone() }).collect())
    }

    async fn read(&self, shard: &ShardId, from: &ReadFrom) -> Result<Page, ReadError> {
        self.fault()?;
        Ok(self.page(shard, from))
    }
}

/// A function that answers as it is told, and keeps a log.
pub(crate) struct TestFunction {
    clock: VirtualClock,
    answers: Mutex<HashMap<String, VecDeque<String>>>,
    pub(crate) log: Mutex<Vec<(i64, String)>>,
}

impl TestFunction {
    pub(crate) fn parse(spec: &str, clock: &VirtualClock) -> Self {
        let shards = spec.split(';').filter(|shard| !shard.trim().is_empty());
        let answers = shards.map(|shard| {
            let mut words = shard.split_whitespace().map(str::to_owned);
            (words.next().unwrap(), words.collect())
        });
        let answers = Mutex::new(answers.collect());
        Self { clock: clock.clone(), answers, log: Mutex::default() }
    }

    pub(crate) fn answer_for(&self, shard: &str) -> String {
        let mut answers = self.answers.lock().unwrap();
        let Some(left) = answers.get_mut(shard) else { return "ok".into() };
        match left.front() {
            Some(answer) if answer.ends_with('*') => answer.trim_end_matches('*').into(),
            _ => left.pop_front().unwrap_or("ok".into()),
        }
    }

    pub(crate) fn note(&self, line: String) {
        let now = self.clock.now().as_millisecond() - BEGIN_MS;
        self.log.lock().unwrap().push((now, line));
    }
}

/// The shard and the numbers of a Lambda event.
pub(crate) fn numbers(event: &[u8]) -> (String, Vec<String>) {
    assert!(event.len() <= INVOCATION_BYTES_MAX, "{} bytes", event.len());
    let event: Value = serde_json::from_slice(event).unwrap();
    let records = event["Records"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let shard = text(&records[0]["eventID"]).split_once(':').unwrap().0.to_owned();
    (shard, records.iter().map(|record| text(&record["kinesis"]["sequenceNumber"])).collect())
}

pub(crate) fn report(ids: &[&str]) -> Bytes {
    let items: Vec<_> = ids.iter().map(|id| format!(r#"{{"itemIdentifier":"{id}"}}"#)).collect();
    format!(r#"{{"batchItemFailures":[{}]}}"#, items.join(",")).into()
}

impl Function for TestFunction {
    async fn invoke(&self, event: Bytes) -> Result<Bytes, FunctionError> {
        let (shard, numbers) = numbers(&event);
        let answer = self.answer_for(&shard);
        self.note(format!("{shard}[{}] {answer}", numbers.join(" ")));
        self.act(&shard, &answer, report).await
    }
}

impl TestFunction {
    /// Does what the answer says; what is no word of its own is what to `report`.
    pub(crate) async fn act(
        &self,
        name: &str,
        answer: &str,
        report: impl Fn(&[&str]) -> Bytes,
    ) -> Result<Bytes, FunctionError> {
        if let Some(millis) = answer.strip_prefix("slow") {
            self.clock.sleep(Duration::from_millis(millis.parse().unwrap())).await;
            self.note(format!("{name} answers"));
            return Ok(Bytes::new());
        }
        match answer {
            "ok" => Ok(report(&[])),
            "nothing" => Ok(Bytes::new()),
            "garbage" => Ok("{".into()),
            "fail" => Err(FunctionError::Failed("crashed".into())),
            "timeout" => Err(FunctionError::TimedOut),
            "throttle" => Err(FunctionError::NotInvoked("throttled".into())),
            ids => Ok(report(&ids.split(',').collect::<Vec<_>>())),
        }
    }
}

/// A destination that fails so often first, and keeps what comes then.
pub(crate) struct TestDestination<D> {
    pub(crate) failing: Mutex<usize>,
    pub(crate) documents: Mutex<Vec<D>>,
}

impl<D: Clone + Send + Sync> OnFailure<D> for TestDestination<D> {
    async fn keep(&self, document: &D) -> Result<(), BoxError> {
        let mut failing = self.failing.lock().unwrap();
        if *failing > 0 {
            *failing -= 1;
            return Err("unavailable".into());
        }
        self.documents.lock().unwrap().push(document.clone());
        Ok(())
    }
}

/// One run, and what the function and the watcher must have seen.
pub(crate) struct Case<'a> {
    pub(crate) stream: &'a str,
    pub(crate) answers: &'a str,
    pub(crate) settings: Settings,
    pub(crate) manners: Manners,
    /// `None`: until every record there is was settled.
    pub(crate) until: Option<Until>,
    pub(crate) redeliver: Vec<StartPosition>,
    /// Put the time, in milliseconds, before each line of the log.
    pub(crate) times: bool,
    /// So many on-failure documents are not taken first.
    pub(crate) failing_destination: usize,
}

pub(crate) fn case<'a>(stream: &'a str, answers: &'a str) -> Case<'a> {
    let (settings, manners) = (Settings::default(), Manners::default());
    let (until, redeliver, times) = (None, vec![], false);
    let failing_destination = 0;
    Case { stream, answers, settings, manners, until, redeliver, times, failing_destination }
}

/// How a run ended.
pub(crate) type RunEnded = Result<(Ended, Summary), RunError>;

impl Case<'_> {
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Runs it to its end: how it ended, and the log of invocations and give-ups.
    pub(crate) fn run(self) -> (RunEnded, Vec<String>) {
        let (ended, log, _) = self.run_with_documents();
        (ended, log)
    }

    /// The same, and the on-failure documents.
    pub(crate) fn run_with_documents(self) -> (RunEnded, Vec<String>, Vec<FailureDocument>) {
        let clock = clock(7);
        let stream = TestStream::parse(self.stream, &clock, self.manners);
        let function = TestFunction::parse(self.answers, &clock);
        let until = self.until.unwrap_or_else(|| Until::Reached(stream.ends()));
        let plan = Plan { until, redeliver: self.redeliver };
        let mapping = Mapping::new(self.settings.check().unwrap(), source(), plan, clock.now());
        let destination = TestDestination {
            failing: Mutex::new(self.failing_destination),
            documents: Mutex::default(),
        };
        let ports =
            Ports { reader: &stream, function: &function, on_failure: &destination, clock: &clock };
        let observe = |event: &Event| {
            if let Event::GivenUp(gone) = event {
                let (shard, condition) = (&gone.lane.shard, gone.condition.as_str());
                let (first, last) = (&gone.first, &gone.last);
                let line = format!("{shard} loses {first}..{last} ({}) {condition}", gone.records);
                function.note(line);
            }
        };
        let ended = clock.run(run(mapping, ports, &Control::default(), observe), HOUR);
        let log = function.log.into_inner().unwrap();
        let line = |(at, line): (i64, String)| match self.times {
            true => format!("{at} {line}"),
            false => line,
        };
        let documents = destination.documents.into_inner().unwrap();
        (ended.unwrap(), log.into_iter().map(line).collect(), documents)
    }
}

/// The function sees exactly these deliveries, in this order, and the run ends settled.
pub(crate) fn check(case: Case<'_>, expected: &[&str]) {
    let stream = case.stream.to_owned();
    let (ended, log) = case.run();
    assert_eq!(log, expected, "stream {stream:?}");
    assert_eq!(ended.unwrap().0, Ended::Settled);
}
