//! The dead-letter queue: one `SendMessageBatch` a call, each letter's own result read.
//!
//! Letters carry no message attributes: all there is to know stands in the body. As with the sink,
//! nothing is retried below the rounds of the batch.

use std::sync::Arc;

use aws_sdk_sqs::{
    Client, operation::send_message_batch::SendMessageBatchOutput,
    types::SendMessageBatchRequestEntry,
};
use cdc_core::{
    delivery::CallError,
    ports::{Burial, DeadLetters},
};

use crate::{
    config::{Connection, SEND_TIMEOUT},
    entries,
    error::{call_error, unusable, within},
};

const SEND_MESSAGE_BATCH: &str = "SendMessageBatch";

/// Buries letters in one queue.
#[derive(Clone, Debug)]
pub struct SqsDeadLetters {
    client: Client,
    queue_url: String,
}

impl SqsDeadLetters {
    /// The queue with that URL.
    #[must_use]
    pub fn new(connection: &Connection, queue_url: impl Into<String>) -> Self {
        Self { client: connection.sqs(), queue_url: queue_url.into() }
    }

    async fn send(&self, letters: &[Arc<str>]) -> Result<Vec<Burial>, CallError> {
        let entries = letters.iter().enumerate().map(entry).collect();
        let request =
            self.client.send_message_batch().queue_url(&self.queue_url).set_entries(Some(entries));
        let answer =
            request.send().await.map_err(|error| call_error(SEND_MESSAGE_BATCH, &error))?;
        burials(&answer, letters.len())
            .ok_or_else(|| unusable(SEND_MESSAGE_BATCH, "EntriesMismatch"))
    }
}

impl DeadLetters for SqsDeadLetters {
    async fn bury(&self, letters: Vec<Arc<str>>) -> Result<Vec<Burial>, CallError> {
        if letters.is_empty() {
            return Ok(Vec::new());
        }
        within(SEND_MESSAGE_BATCH, SEND_TIMEOUT, self.send(&letters)).await
    }
}

fn entry((place, letter): (usize, &Arc<str>)) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder()
        .id(entries::id(place))
        .message_body(&**letter)
        .build()
        .expect("id and body are set")
}

/// The results in the order of the letters; `None` unless each is answered exactly once.
fn burials(answer: &SendMessageBatchOutput, letters: usize) -> Option<Vec<Burial>> {
    let confirmed = answer.successful().iter().map(|entry| entry.id());
    let refused = answer.failed().iter().map(|entry| (entry.id(), entry.code()));
    let entries = entries::by_place(confirmed, refused, letters)?;
    Some(
        entries
            .into_iter()
            .map(|it| it.map_or_else(Burial::Refused, |()| Burial::Confirmed))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use cdc_core::{
        delivery::CallErrorKind,
        ports::{
            Burial::{self, Confirmed, Refused},
            DeadLetters as _,
        },
    };

    use super::SqsDeadLetters;
    use crate::canned::{Answer, Canned};

    const QUEUE: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead";

    /// Buries two letters and expects this outcome from exactly one call.
    async fn check(name: &str, answer: Answer, expected: Result<Vec<Burial>, CallErrorKind>) {
        let canned = Canned::new([answer]);
        let queue = SqsDeadLetters::new(&canned.connection(), QUEUE);
        let found = queue.bury(vec!["first".into(), "second".into()]).await;
        assert_eq!(found.map_err(|error| error.kind), expected, "{name}");
        let requests = canned.requests();
        assert_eq!(requests.len(), 1, "{name}: one attempt");
        assert_eq!(
            requests[0].body,
            serde_json::json!({"QueueUrl": QUEUE, "Entries": [
                {"Id": "0", "MessageBody": "first"},
                {"Id": "1", "MessageBody": "second"}]}),
            "{name}"
        );
    }

    fn ok(id: &str) -> String {
        format!(r#"{{"Id":"{id}","MessageId":"m","MD5OfMessageBody":"5"}}"#)
    }

    fn failed(id: &str) -> String {
        format!(r#"{{"Id":"{id}","Code":"InternalError","SenderFault":false,"Message":"secret"}}"#)
    }

    fn answer(successful: &[String], failed: &[String]) -> Answer {
        let (successful, failed) = (successful.join(","), failed.join(","));
        Answer::ok(format!(r#"{{"Successful":[{successful}],"Failed":[{failed}]}}"#))
    }

    #[tokio::test]
    async fn letters_are_answered_by_id_whatever_the_order() {
        let refused = || Refused("InternalError".into());
        for (name, answer, expected) in [
            ("all", answer(&[ok("1"), ok("0")], &[]), vec![Confirmed, Confirmed]),
            ("second refused", answer(&[ok("0")], &[failed("1")]), vec![Confirmed, refused()]),
            ("first refused", answer(&[ok("1")], &[failed("0")]), vec![refused(), Confirmed]),
            ("none", answer(&[], &[failed("1"), failed("0")]), vec![refused(), refused()]),
        ] {
            check(name, answer, Ok(expected)).await;
        }
    }

    #[tokio::test]
    async fn an_unconfirmed_letter_is_not_buried() {
        use CallErrorKind::{Denied, Unavailable};
        let no_queue = r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"secret"}"#;
        for (name, answer, kind) in [
            ("one missing", answer(&[ok("0")], &[]), Unavailable),
            ("one twice", answer(&[ok("0"), ok("0")], &[]), Unavailable),
            ("both ways", answer(&[ok("0"), ok("1")], &[failed("0")]), Unavailable),
            ("unknown id", answer(&[ok("0"), ok("2")], &[]), Unavailable),
            ("no number", answer(&[ok("0"), ok("x")], &[]), Unavailable),
            ("lost", Answer::Lost, Unavailable),
            ("500", Answer::Status(500, String::new()), Unavailable),
            ("no queue", Answer::Status(400, no_queue.into()), Denied),
        ] {
            check(name, answer, Err(kind)).await;
        }
    }
}
