//! A batch of a queue's messages. What SNS and EventBridge wrapped them into is taken off.

use std::{collections::HashSet, sync::Arc};

use cdc_core::{
    batch::QueueMessage,
    record::{RawRecord, SequenceNumber, Shard},
};
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    error::{PayloadError, RecordError},
    wire::{self, Text},
    wrapper,
};
use crate::function::settings::ConfiguredQueue;

/// The `eventSource` of SQS records.
pub(super) const SOURCE: &str = "aws:sqs";

/// Where the hyphens of a message's id stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// Characters of a message's id: 32 hexadecimal digits and the hyphens.
const ID_CHARS: usize = 36;

/// The messages of one invocation.
#[derive(Clone, Debug)]
pub struct SqsBatch {
    /// Where they come from.
    pub queue: Shard,
    /// In the order of the payload; never empty.
    pub messages: Vec<QueueMessage>,
    /// The id of each, by which it is reported.
    pub ids: Vec<Box<str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    #[serde(borrow)]
    message_id: Text<'a>,
    #[serde(borrow)]
    body: Text<'a>,
    #[serde(borrow)]
    attributes: Attributes<'a>,
    #[serde(borrow)]
    event_source: Text<'a>,
    #[serde(borrow, rename = "eventSourceARN")]
    event_source_arn: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes<'a> {
    #[serde(borrow)]
    sent_timestamp: Text<'a>,
    #[serde(borrow)]
    sequence_number: Option<Text<'a>>,
    #[serde(borrow)]
    message_group_id: Option<Text<'a>>,
}

impl SqsBatch {
    /// Reads a payload.
    ///
    /// A message that stands twice in it (a standard queue may do that) is taken once.
    ///
    /// # Errors
    /// [`PayloadError`] names the message and what is wrong with it, never what is in it.
    pub fn parse(payload: &[u8], queue: &ConfiguredQueue) -> Result<Self, PayloadError> {
        let found: Vec<Message<'_>> =
            wire::records(payload).map_err(|error| explain(payload, &error))?;
        if found.is_empty() {
            return Err(PayloadError::Empty);
        }
        let mut batch = Self { queue: queue.shard(), messages: Vec::new(), ids: Vec::new() };
        let mut seen = HashSet::with_capacity(found.len());
        for (index, message) in found.iter().enumerate() {
            if seen.insert(message.message_id.as_str()) {
                let read = message.read(queue).map_err(|problem| problem.of_record(index))?;
                batch.messages.push(read);
                batch.ids.push(message.message_id.as_str().into());
            }
        }
        Ok(batch)
    }
}

impl Message<'_> {
    fn read(&self, queue: &ConfiguredQueue) -> Result<QueueMessage, RecordError> {
        let source = self.event_source.as_str();
        if source != SOURCE {
            return Err(RecordError::AnotherSource { found: super::error::shown(source) });
        }
        let found = self.event_source_arn.as_str();
        if found != queue.arn() {
            return Err(RecordError::other_queue(found));
        }
        let id = number(self.message_id.as_str()).ok_or(RecordError::MessageId)?;
        let Attributes { sequence_number, message_group_id, .. } = &self.attributes;
        let group = message_group_id.as_ref().map(|group| Arc::<str>::from(group.as_str()));
        let (number, group) = if queue.is_fifo() {
            let number =
                sequence_number.as_ref().ok_or(RecordError::Attribute("SequenceNumber"))?;
            let number = SequenceNumber::parse(number.as_str());
            let group = group.ok_or(RecordError::Attribute("MessageGroupId"))?;
            (number.map_err(RecordError::SequenceNumber)?, Some(group))
        } else {
            // Of a standard queue a group says whose turn it is, and nothing of order.
            (id, None)
        };
        Ok(QueueMessage {
            record: RawRecord {
                data: wrapper::content(self.body.as_str()),
                partition_key: group.clone().unwrap_or_default(),
                number,
                arrived: self.sent()?,
            },
            group,
        })
    }

    fn sent(&self) -> Result<Timestamp, RecordError> {
        let ms = self.attributes.sent_timestamp.as_str().parse().ok();
        ms.and_then(|ms| Timestamp::from_millisecond(ms).ok())
            .ok_or(RecordError::Attribute("SentTimestamp"))
    }
}

/// A message's id as a number: the same however often it is received.
fn number(id: &str) -> Option<SequenceNumber> {
    let well_formed = id.len() == ID_CHARS
        && id.bytes().enumerate().all(|(at, byte)| match HYPHENS.contains(&at) {
            true => byte == b'-',
            false => byte.is_ascii_hexdigit(),
        });
    let digits: String = id.chars().filter(|char| *char != '-').collect();
    let number = u128::from_str_radix(&digits, 16).ok().filter(|_| well_formed)?;
    SequenceNumber::parse(&number.to_string()).ok()
}

fn explain(payload: &[u8], error: &serde_json::Error) -> PayloadError {
    let readable = |raw: &str| serde_json::from_str::<Message<'_>>(raw).is_ok();
    wire::explain(payload, error, SOURCE, RecordError::NoMessage, readable)
}
