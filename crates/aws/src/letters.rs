//! The dead-letter queue from its other end: received, deleted, given back, counted.
//!
//! Single attempts, as with everything that must not happen twice unseen; each entry's own result is
//! read. A queue is spread over many servers, and a short poll asks some of them: only a long poll
//! that finds nothing says that there is nothing.

use std::time::Duration;

use aws_sdk_sqs::{
    Client,
    types::{
        ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message,
        QueueAttributeName,
    },
};
use cdc_core::{
    delivery::CallError,
    ports::{LETTERS_MAX, LetterQueue, MessageDone, Received},
};

use crate::{
    config::{Connection, SEND_TIMEOUT},
    entries,
    error::{call_error, unusable, within},
};

const RECEIVE_MESSAGE: &str = "ReceiveMessage";
const DELETE_MESSAGE_BATCH: &str = "DeleteMessageBatch";
const CHANGE_MESSAGE_VISIBILITY_BATCH: &str = "ChangeMessageVisibilityBatch";
const GET_QUEUE_ATTRIBUTES: &str = "GetQueueAttributes";

/// How long a look into all of the queue waits for a message: the shortest long poll.
const WAIT_S: i32 = 1;

/// The longest that SQS hides a message: 12 hours.
pub const HIDDEN_MAX: Duration = Duration::from_secs(12 * 60 * 60);

/// Takes letters from one queue.
#[derive(Clone, Debug)]
pub struct SqsLetters {
    client: Client,
    queue_url: String,
}

impl SqsLetters {
    /// The queue with that URL.
    #[must_use]
    pub fn new(connection: &Connection, queue_url: impl Into<String>) -> Self {
        Self { client: connection.sqs(), queue_url: queue_url.into() }
    }

    async fn receive_some(
        &self,
        at_most: usize,
        hidden: Duration,
    ) -> Result<Vec<Received>, CallError> {
        let at_most = at_most.clamp(1, LETTERS_MAX) as i32;
        let hidden = hidden.min(HIDDEN_MAX).as_secs() as i32;
        let request = self
            .client
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(at_most)
            .visibility_timeout(hidden)
            .wait_time_seconds(WAIT_S);
        let answer = request.send().await.map_err(|error| call_error(RECEIVE_MESSAGE, &error))?;
        let messages = answer.messages.unwrap_or_default();
        let received: Option<Vec<Received>> = messages.into_iter().map(received).collect();
        received.ok_or_else(|| unusable(RECEIVE_MESSAGE, "IncompleteMessage"))
    }

    async fn delete_all(&self, receipts: &[Box<str>]) -> Result<Vec<MessageDone>, CallError> {
        let entries = receipts.iter().enumerate().map(|(place, receipt)| {
            DeleteMessageBatchRequestEntry::builder()
                .id(entries::id(place))
                .receipt_handle(&**receipt)
                .build()
                .expect("id and receipt are set")
        });
        let request = self.client.delete_message_batch().queue_url(&self.queue_url);
        let answer = request.set_entries(Some(entries.collect())).send().await;
        let answer = answer.map_err(|error| call_error(DELETE_MESSAGE_BATCH, &error))?;
        let done = answer.successful().iter().map(|entry| entry.id());
        let refused = answer.failed().iter().map(|entry| (entry.id(), entry.code()));
        entries::by_place(done, refused, receipts.len())
            .ok_or_else(|| unusable(DELETE_MESSAGE_BATCH, "EntriesMismatch"))
    }

    async fn show_again(&self, receipts: &[Box<str>]) -> Result<Vec<MessageDone>, CallError> {
        let entries = receipts.iter().enumerate().map(|(place, receipt)| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(entries::id(place))
                .receipt_handle(&**receipt)
                .visibility_timeout(0)
                .build()
                .expect("id and receipt are set")
        });
        let request = self.client.change_message_visibility_batch().queue_url(&self.queue_url);
        let answer = request.set_entries(Some(entries.collect())).send().await;
        let answer = answer.map_err(|error| call_error(CHANGE_MESSAGE_VISIBILITY_BATCH, &error))?;
        let done = answer.successful().iter().map(|entry| entry.id());
        let refused = answer.failed().iter().map(|entry| (entry.id(), entry.code()));
        entries::by_place(done, refused, receipts.len())
            .ok_or_else(|| unusable(CHANGE_MESSAGE_VISIBILITY_BATCH, "EntriesMismatch"))
    }

    async fn count(&self) -> Result<u64, CallError> {
        // Letters carry no delay of their own, but a queue may have one.
        let counts = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        let request = self.client.get_queue_attributes().queue_url(&self.queue_url);
        let answer = request.set_attribute_names(Some(counts.to_vec())).send().await;
        let answer = answer.map_err(|error| call_error(GET_QUEUE_ATTRIBUTES, &error))?;
        let attributes = answer.attributes.unwrap_or_default();
        let count = |name| attributes.get(name)?.parse::<u64>().ok();
        let sum: Option<u64> = counts.iter().map(count).sum();
        sum.ok_or_else(|| unusable(GET_QUEUE_ATTRIBUTES, "NoCounts"))
    }
}

impl LetterQueue for SqsLetters {
    async fn receive(&self, at_most: usize, hidden: Duration) -> Result<Vec<Received>, CallError> {
        within(RECEIVE_MESSAGE, SEND_TIMEOUT, self.receive_some(at_most, hidden)).await
    }

    async fn delete(&self, receipts: &[Box<str>]) -> Result<Vec<MessageDone>, CallError> {
        if receipts.is_empty() {
            return Ok(Vec::new());
        }
        within(DELETE_MESSAGE_BATCH, SEND_TIMEOUT, self.delete_all(receipts)).await
    }

    async fn give_back(&self, receipts: &[Box<str>]) -> Result<Vec<MessageDone>, CallError> {
        if receipts.is_empty() {
            return Ok(Vec::new());
        }
        within(CHANGE_MESSAGE_VISIBILITY_BATCH, SEND_TIMEOUT, self.show_again(receipts)).await
    }

    async fn depth(&self) -> Result<u64, CallError> {
        within(GET_QUEUE_ATTRIBUTES, SEND_TIMEOUT, self.count()).await
    }
}

/// `None` where SQS leaves out what every message has.
fn received(message: Message) -> Option<Received> {
    Some(Received {
        message_id: message.message_id?.into(),
        receipt: message.receipt_handle?.into(),
        body: message.body?,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cdc_core::{
        delivery::CallErrorKind,
        ports::{LetterQueue as _, MessageDone},
    };
    use serde_json::{Value, json};

    use super::SqsLetters;
    use crate::canned::{Answer, Canned};

    const QUEUE: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead";

    fn queue(answer: Answer) -> (Canned, SqsLetters) {
        let canned = Canned::new([answer]);
        let queue = SqsLetters::new(&canned.connection(), QUEUE);
        (canned, queue)
    }

    fn asked(canned: &Canned) -> Value {
        let requests = canned.requests();
        assert_eq!(requests.len(), 1, "one attempt");
        requests[0].body.clone()
    }

    #[tokio::test]
    async fn a_long_poll_brings_letters_and_hides_them() {
        let message = r#"{"MessageId":"m","ReceiptHandle":"r","Body":"{\"a\": 1.50}"}"#;
        let (canned, letters) = queue(Answer::ok(format!(r#"{{"Messages":[{message}]}}"#)));
        let found = letters.receive(7, Duration::from_secs(90)).await.unwrap();
        let found = found.first().unwrap();
        assert_eq!((&*found.message_id, &*found.receipt), ("m", "r"));
        assert_eq!(found.body, r#"{"a": 1.50}"#);
        assert_eq!(
            asked(&canned),
            json!({"QueueUrl": QUEUE, "MaxNumberOfMessages": 7, "VisibilityTimeout": 90, "WaitTimeSeconds": 1})
        );
    }

    #[tokio::test]
    async fn a_look_is_bounded_as_sqs_bounds_it() {
        let (canned, letters) = queue(Answer::ok("{}"));
        assert_eq!(letters.receive(100, Duration::from_secs(1_000_000)).await.unwrap(), []);
        let asked = asked(&canned);
        assert_eq!(
            (&asked["MaxNumberOfMessages"], &asked["VisibilityTimeout"]),
            (&json!(10), &json!(43_200))
        );
        let (_, letters) = queue(Answer::ok(r#"{"Messages":[{"MessageId":"m","Body":"b"}]}"#));
        let error = letters.receive(1, Duration::from_secs(30)).await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::Unavailable);
    }

    fn receipts() -> [Box<str>; 2] {
        ["one".into(), "two".into()]
    }

    /// Deletes two letters and gives two back, each answered so.
    async fn check(answer: Answer, expected: Result<Vec<MessageDone>, CallErrorKind>) {
        let (canned, letters) = queue(answer.clone());
        let deleted = letters.delete(&receipts()).await;
        assert_eq!(deleted.map_err(|error| error.kind), expected);
        let entries = |more: Value| {
            let entry = |id: &str, receipt: &str| {
                let mut entry = json!({"Id": id, "ReceiptHandle": receipt});
                entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                entry
            };
            json!({"QueueUrl": QUEUE, "Entries": [entry("0", "one"), entry("1", "two")]})
        };
        assert_eq!(asked(&canned), entries(json!({})));

        let (canned, letters) = queue(answer);
        let given_back = letters.give_back(&receipts()).await;
        assert_eq!(given_back.map_err(|error| error.kind), expected);
        assert_eq!(asked(&canned), entries(json!({"VisibilityTimeout": 0})));
    }

    #[tokio::test]
    async fn each_letters_own_result_is_read() {
        let ok = |ids: &[&str], failed: &str| {
            let ids: Vec<String> = ids.iter().map(|id| format!(r#"{{"Id":"{id}"}}"#)).collect();
            Answer::ok(format!(r#"{{"Successful":[{}],"Failed":[{failed}]}}"#, ids.join(",")))
        };
        let failed =
            r#"{"Id":"0","Code":"ReceiptHandleIsInvalid","SenderFault":true,"Message":"x"}"#;
        let refused = || Err("ReceiptHandleIsInvalid".into());
        check(ok(&["1", "0"], ""), Ok(vec![Ok(()), Ok(())])).await;
        check(ok(&["1"], failed), Ok(vec![refused(), Ok(())])).await;
        check(ok(&["1"], ""), Err(CallErrorKind::Unavailable)).await;
        check(ok(&["1", "1"], failed), Err(CallErrorKind::Unavailable)).await;
        check(Answer::Lost, Err(CallErrorKind::Unavailable)).await;
        let gone = r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"x"}"#;
        check(Answer::Status(400, gone.into()), Err(CallErrorKind::Denied)).await;
    }

    #[tokio::test]
    async fn what_the_queue_holds_is_counted_in_all_its_states() {
        let answer = r#"{"Attributes":{"ApproximateNumberOfMessages":"3",
            "ApproximateNumberOfMessagesNotVisible":"2","ApproximateNumberOfMessagesDelayed":"1"}}"#;
        let (canned, letters) = queue(Answer::ok(answer));
        assert_eq!(letters.depth().await, Ok(6));
        assert_eq!(asked(&canned)["AttributeNames"].as_array().unwrap().len(), 3);
        let (_, letters) = queue(Answer::ok("{}"));
        assert_eq!(letters.depth().await.unwrap_err().kind, CallErrorKind::Unavailable);
    }

    #[tokio::test]
    async fn nothing_is_asked_for_no_letters() {
        let (canned, letters) = queue(Answer::Lost);
        assert_eq!(letters.delete(&[]).await, Ok(Vec::new()));
        assert_eq!(letters.give_back(&[]).await, Ok(Vec::new()));
        assert_eq!(canned.requests().len(), 0);
    }
}
