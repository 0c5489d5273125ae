//! A batch of Kafka records: some of each of several partitions.

use std::fmt;

use base64_simd::STANDARD as BASE64;
use bytes::Bytes;
use cdc_core::record::{RawRecord, Shard, partition_key};
use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    error::{PayloadError, RecordError},
    wire::{self, Text},
};
use crate::function::settings::{ConfiguredCluster, ConfiguredTopics};

/// The `eventSource` of records of a cluster of AWS'.
const MANAGED: &str = "aws:kafka";

/// That of somebody's own cluster, as Lambda writes it.
const SELF_MANAGED: &str = "SelfManagedKafka";

/// The same, as some of its documentation writes it.
const SELF_MANAGED_TOO: &str = "aws:SelfManagedKafka";

/// The records of one invocation.
#[derive(Clone, Debug)]
pub struct KafkaBatch {
    /// In the order of the payload; never empty.
    pub partitions: Vec<KafkaPartition>,
}

/// Records of one partition.
#[derive(Clone, Debug)]
pub struct KafkaPartition {
    /// `TOPIC-PARTITION`, by which it is reported.
    pub name: Box<str>,
    /// Where they come from.
    pub shard: Shard,
    /// In the order of the payload; never empty.
    pub records: Vec<RawRecord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload<'a, T> {
    #[serde(borrow)]
    event_source: Text<'a>,
    #[serde(borrow)]
    event_source_arn: Option<Text<'a>>,
    #[serde(borrow)]
    bootstrap_servers: Option<Text<'a>>,
    #[serde(borrow, bound(deserialize = "T: Deserialize<'de>"))]
    records: Partitions<'a, T>,
}

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    topic: Text<'a>,
    partition: u32,
    offset: u64,
    /// Below zero where the producer's version of the protocol knew none.
    timestamp: i64,
    #[serde(borrow)]
    key: Option<Text<'a>>,
    /// Null in a tombstone.
    #[serde(borrow)]
    value: Option<Text<'a>>,
}

/// The members of a JSON object, in their order.
struct Partitions<'a, T>(Vec<(Text<'a>, Vec<T>)>);

pub(super) fn is_source(name: &str) -> bool {
    [MANAGED, SELF_MANAGED, SELF_MANAGED_TOO].contains(&name)
}

/// What records of the configured cluster say of their source.
pub(super) fn source_of(topics: &ConfiguredTopics) -> &'static str {
    match topics.cluster {
        ConfiguredCluster::Managed(_) => MANAGED,
        ConfiguredCluster::SelfManaged(_) => SELF_MANAGED,
    }
}

impl KafkaBatch {
    /// Reads a payload. `now` is the arrival of records without a time, or with one that lies ahead: with
    /// `CreateTime` it is the producer's own.
    ///
    /// # Errors
    /// [`PayloadError`] names the record and what is wrong with it, never what is in it.
    pub fn parse(
        payload: &[u8],
        topics: &ConfiguredTopics,
        now: Timestamp,
    ) -> Result<Self, PayloadError> {
        let found: Payload<'_, Record<'_>> =
            serde_json::from_slice(payload).map_err(|error| explain(payload, &error))?;
        found.require_cluster(&topics.cluster)?;
        let mut partitions: Vec<KafkaPartition> = Vec::with_capacity(found.records.0.len());
        for (name, records) in &found.records.0 {
            let name = name.as_str();
            if partitions.iter().any(|partition| &*partition.name == name) {
                return Err(PayloadError::repeated(name));
            }
            let Some(first) = records.first() else { continue };
            let shard = topics.shard(first.topic.as_str(), first.partition);
            let read = |(index, record): (usize, &Record<'_>)| {
                let read = record.read(name, topics, now);
                read.map_err(|problem| problem.of_partition(name, index))
            };
            let records = records.iter().enumerate().map(read).collect::<Result<_, _>>()?;
            partitions.push(KafkaPartition { name: name.into(), shard, records });
        }
        if partitions.is_empty() {
            return Err(PayloadError::Empty);
        }
        Ok(Self { partitions })
    }
}

impl<T> Payload<'_, T> {
    fn require_cluster(&self, cluster: &ConfiguredCluster) -> Result<(), PayloadError> {
        let managed = self.event_source.as_str() == MANAGED;
        let (found, same) = match cluster {
            ConfiguredCluster::Managed(arn) => {
                let found = self.event_source_arn.as_ref().map_or("", Text::as_str);
                (found, managed && found == arn)
            }
            ConfiguredCluster::SelfManaged(servers) => {
                let found = self.bootstrap_servers.as_ref().map_or("", Text::as_str);
                let ours = |server: &str| servers.iter().any(|it| it == server.trim());
                (found, !managed && found.split(',').all(ours))
            }
        };
        if same { Ok(()) } else { Err(PayloadError::other_cluster(found)) }
    }
}

impl Record<'_> {
    fn read(
        &self,
        name: &str,
        topics: &ConfiguredTopics,
        now: Timestamp,
    ) -> Result<RawRecord, RecordError> {
        let topic = self.topic.as_str();
        if !topics.has(topic) {
            return Err(RecordError::other_topic(topic));
        }
        // Topics have hyphens too.
        let same = name
            .rsplit_once('-')
            .is_some_and(|(of, partition)| of == topic && partition == self.partition.to_string());
        if !same {
            return Err(RecordError::OtherPartition);
        }
        let bytes = |text: &Option<Text<'_>>| match text {
            Some(text) => BASE64.decode_to_vec(text.as_str()).map_err(|_| RecordError::Base64),
            None => Ok(Vec::new()),
        };
        Ok(RawRecord {
            data: Bytes::from(bytes(&self.value)?),
            partition_key: partition_key(&bytes(&self.key)?),
            number: self.offset.into(),
            arrived: self.arrived(now)?,
        })
    }

    fn arrived(&self, now: Timestamp) -> Result<Timestamp, RecordError> {
        if self.timestamp < 0 {
            return Ok(now);
        }
        let at = Timestamp::from_millisecond(self.timestamp);
        at.map(|at| at.min(now)).map_err(|_| RecordError::Timestamp)
    }
}

/// Looks again at what could not be read, to name the place.
fn explain(payload: &[u8], error: &serde_json::Error) -> PayloadError {
    if let Err(not_json) = wire::json_or(payload, error) {
        return not_json;
    }
    let Ok(found) = serde_json::from_slice::<Payload<'_, &RawValue>>(payload) else {
        return PayloadError::NoPartitions;
    };
    for (name, records) in &found.records.0 {
        let unreadable = |raw: &&RawValue| serde_json::from_str::<Record<'_>>(raw.get()).is_err();
        if let Some(index) = records.iter().position(unreadable) {
            return RecordError::NoKafkaRecord.of_partition(name.as_str(), index);
        }
    }
    PayloadError::NoPartitions
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Partitions<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PartitionsVisitor(Vec::new())).map(Self)
    }
}

struct PartitionsVisitor<'a, T>(Vec<(Text<'a>, Vec<T>)>);

impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for PartitionsVisitor<'a, T> {
    type Value = Vec<(Text<'a>, Vec<T>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a list of records a partition")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Self::Value, A::Error> {
        while let Some(member) = members.next_entry()? {
            self.0.push(member);
        }
        Ok(self.0)
    }
}
