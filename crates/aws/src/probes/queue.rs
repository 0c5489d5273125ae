//! One look at the dead-letter queue: how many letters, and how old.

use std::{collections::HashMap, time::Duration};

use aws_sdk_sqs::{
    Client,
    types::{Message, MessageSystemAttributeName, QueueAttributeName},
};
use cdc_core::delivery::CallError;
use jiff::Timestamp;

use crate::{
    config::Connection,
    error::{call_error, unusable},
};

const GET_QUEUE_ATTRIBUTES: &str = "GetQueueAttributes";
const RECEIVE_MESSAGE: &str = "ReceiveMessage";

/// Most letters of one look: as many as SQS gives at once.
pub const LETTERS_PEEKED_MAX: i32 = 10;

const COUNTS: [QueueAttributeName; 3] = [
    QueueAttributeName::ApproximateNumberOfMessages,
    QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
    QueueAttributeName::ApproximateNumberOfMessagesDelayed,
];

/// Looks at one queue.
#[derive(Clone, Debug)]
pub struct QueueProbe {
    client: Client,
    queue_url: String,
}

/// How a queue stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueState {
    /// Letters in it, those too that somebody is looking at. SQS calls it approximate.
    pub letters: u64,
    /// How long it keeps a letter.
    pub retention: Duration,
    /// Whether it hands letters on to another queue when they are looked at too often.
    pub has_redrive: bool,
}

/// What a look at some letters tells of their age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letters {
    /// The oldest of those that were seen was sent then. There may be older ones.
    OldestSeen(Timestamp),
    /// None was seen: there is none, or SQS did not ask the server that has it, or all are taken.
    NoneSeen,
}

impl QueueProbe {
    /// The queue with that URL.
    #[must_use]
    pub fn new(connection: &Connection, queue_url: impl Into<String>) -> Self {
        Self { client: connection.sqs(), queue_url: queue_url.into() }
    }

    /// How the queue stands.
    ///
    /// # Errors
    /// [`CallError`] where the call failed or brought no usable answer.
    pub async fn state(&self) -> Result<QueueState, CallError> {
        let request = self
            .client
            .get_queue_attributes()
            .queue_url(&self.queue_url)
            .set_attribute_names(Some(COUNTS.to_vec()))
            .attribute_names(QueueAttributeName::MessageRetentionPeriod)
            .attribute_names(QueueAttributeName::RedrivePolicy);
        let answer =
            request.send().await.map_err(|error| call_error(GET_QUEUE_ATTRIBUTES, &error))?;
        let attributes = answer.attributes.unwrap_or_default();
        queue_state(&attributes).ok_or_else(|| unusable(GET_QUEUE_ATTRIBUTES, "AttributesMissing"))
    }

    /// How old some of the letters are. They stay in the queue, and visible to others; each look is
    /// counted in their `ApproximateReceiveCount`, which nothing here goes by.
    ///
    /// # Errors
    /// [`CallError`] where the call failed.
    pub async fn peek(&self) -> Result<Letters, CallError> {
        let request = self
            .client
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(LETTERS_PEEKED_MAX)
            .visibility_timeout(0)
            .wait_time_seconds(0)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
        let answer = request.send().await.map_err(|error| call_error(RECEIVE_MESSAGE, &error))?;
        let oldest = answer.messages().iter().filter_map(sent).min();
        Ok(oldest.map_or(Letters::NoneSeen, Letters::OldestSeen))
    }
}

fn queue_state(attributes: &HashMap<QueueAttributeName, String>) -> Option<QueueState> {
    let number = |name: &QueueAttributeName| attributes.get(name)?.parse::<u64>().ok();
    let letters = COUNTS.iter().map(number).sum::<Option<u64>>()?;
    let retention = number(&QueueAttributeName::MessageRetentionPeriod)?;
    let policy = attributes.get(&QueueAttributeName::RedrivePolicy);
    Some(QueueState {
        letters,
        retention: Duration::from_secs(retention),
        has_redrive: policy.is_some_and(|policy| !policy.is_empty()),
    })
}

fn sent(message: &Message) -> Option<Timestamp> {
    let millis = message.attributes.as_ref()?.get(&MessageSystemAttributeName::SentTimestamp)?;
    Timestamp::from_millisecond(millis.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cdc_core::delivery::CallErrorKind;
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::{Letters, QueueProbe, QueueState};
    use crate::canned::{Answer, Canned};

    const QUEUE: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead";

    fn probe(answer: Answer) -> (QueueProbe, Canned) {
        let canned = Canned::new([answer]);
        (QueueProbe::new(&canned.connection(), QUEUE), canned)
    }

    fn attributes(changes: &[(&str, Option<&str>)]) -> Answer {
        let mut all = json!({"ApproximateNumberOfMessages": "3",
            "ApproximateNumberOfMessagesNotVisible": "2",
            "ApproximateNumberOfMessagesDelayed": "1", "MessageRetentionPeriod": "1209600"});
        for (name, value) in changes {
            match value {
                Some(value) => all[*name] = (*value).into(),
                None => drop(all.as_object_mut().unwrap().remove(*name)),
            }
        }
        Answer::ok(json!({"Attributes": all}).to_string())
    }

    #[tokio::test]
    async fn all_letters_count_those_in_flight_too() {
        let two_weeks = Duration::from_secs(14 * 24 * 60 * 60);
        let state = |retention, has_redrive| Ok(QueueState { letters: 6, retention, has_redrive });
        let policy = ("RedrivePolicy", Some(r#"{"maxReceiveCount":3}"#));
        let hour = ("MessageRetentionPeriod", Some("3600"));
        let none = ("ApproximateNumberOfMessages", None);
        for (name, answer, expected) in [
            ("as made", attributes(&[]), state(two_weeks, false)),
            ("redrive", attributes(&[policy]), state(two_weeks, true)),
            ("short", attributes(&[hour]), state(Duration::from_secs(3600), false)),
            ("a count missing", attributes(&[none]), Err(CallErrorKind::Unavailable)),
            ("nothing", Answer::ok("{}"), Err(CallErrorKind::Unavailable)),
            ("lost", Answer::Lost, Err(CallErrorKind::Unavailable)),
        ] {
            let (queue, _) = probe(answer);
            assert_eq!(queue.state().await.map_err(|error| error.kind), expected, "{name}");
        }
    }

    #[tokio::test]
    async fn a_peek_hides_nothing_and_tells_the_oldest_of_what_it_saw() {
        let letter = |sent: &str| json!({"Body": "secret", "Attributes": {"SentTimestamp": sent}});
        let letters = |all: &[Value]| Answer::ok(json!({"Messages": all}).to_string());
        let oldest = |ms| Ok(Letters::OldestSeen(Timestamp::from_millisecond(ms).unwrap()));
        for (name, answer, expected) in [
            ("one", letters(&[letter("1700000000000")]), oldest(1_700_000_000_000)),
            ("two", letters(&[letter("9"), letter("7")]), oldest(7)),
            ("no time", letters(&[letter("x"), letter("7")]), oldest(7)),
            ("none", Answer::ok("{}"), Ok(Letters::NoneSeen)),
            ("500", Answer::Status(500, "{}".into()), Err(CallErrorKind::Unavailable)),
        ] {
            let (queue, canned) = probe(answer);
            assert_eq!(queue.peek().await.map_err(|error| error.kind), expected, "{name}");
            let requests = canned.requests();
            assert_eq!(requests.len(), 1, "{name}");
            assert_eq!(
                requests[0].body,
                json!({"QueueUrl": QUEUE, "MaxNumberOfMessages": 10, "VisibilityTimeout": 0,
                    "WaitTimeSeconds": 0, "MessageSystemAttributeNames": ["SentTimestamp"]})
            );
        }
    }
}
