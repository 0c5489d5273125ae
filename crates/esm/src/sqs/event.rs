//! The Lambda event of an SQS batch, written as AWS writes it.
//!
//! Owns the shape and its size: a batch is cut by an upper bound of its JSON, so that what is
//! written always fits an invocation. Message attributes are not carried: `messageAttributes` is
//! empty, as for messages sent without.

use bytes::Bytes;

use crate::{
    event::{CLOSE, OPEN, json_text_bytes, put, write_json_text},
    sqs::message::{InFlight, Place},
};

const MESSAGE_ID: &str = r#"{"messageId":"#;
const RECEIPT: &str = r#","receiptHandle":"#;
const BODY: &str = r#","body":"#;
const RECEIVE_COUNT: &str = r#","attributes":{"ApproximateReceiveCount":""#;
const SENT: &str = r#"","SentTimestamp":""#;
const SENT_END: &str = "\"";
const SEQUENCE: &str = r#","SequenceNumber":"#;
const GROUP: &str = r#","MessageGroupId":"#;
const SENDER: &str = r#","SenderId":"#;
const DEDUPLICATION: &str = r#","MessageDeduplicationId":"#;
const FIRST_RECEIVED: &str = r#","ApproximateFirstReceiveTimestamp":""#;
const MD5: &str = r#""},"messageAttributes":{},"md5OfBody":"#;
const SOURCE: &str = r#","eventSource":"aws:sqs","eventSourceARN":"#;
const REGION: &str = r#","awsRegion":"#;

// A comma, the closing brace, 10 digits of a count, and 20 for each of two times.
const ROOM_BYTES: usize = 2 + 10 + 2 * 20;
const PARTS: [&str; 12] = [
    MESSAGE_ID,
    RECEIPT,
    BODY,
    RECEIVE_COUNT,
    SENT,
    SENT_END,
    SEQUENCE,
    GROUP,
    SENDER,
    DEDUPLICATION,
    FIRST_RECEIVED,
    MD5,
];

/// Writes the events of one queue.
#[derive(Debug, Clone)]
pub(crate) struct EventWriter {
    constant_bytes: usize,
    /// Everything behind the body's MD5, but for the closing brace.
    constants: Vec<u8>,
}

impl EventWriter {
    pub(crate) fn new(queue_arn: &str) -> Self {
        // arn:aws:sqs:REGION:ACCOUNT:NAME
        let region = queue_arn.split(':').nth(3).unwrap_or_default();
        let mut constants = Vec::new();
        put(&mut constants, &[SOURCE]);
        write_json_text(&mut constants, queue_arn);
        put(&mut constants, &[REGION]);
        write_json_text(&mut constants, region);
        let parts = PARTS.iter().map(|part| part.len()).sum::<usize>();
        Self { constant_bytes: parts + constants.len() + ROOM_BYTES, constants }
    }

    /// At least as many bytes as the message takes in an event, and few more.
    pub(crate) fn message_bytes(&self, taken: &InFlight) -> usize {
        let message = &taken.message;
        let texts = [
            message.id.as_str(),
            taken.receipt.as_str(),
            &*message.body,
            &*message.body_md5,
            &*message.sender_id,
        ];
        let place = match &message.place {
            Place::Standard => 0,
            Place::Fifo { group, deduplication_id, sequence } => {
                [group, deduplication_id, sequence].iter().map(|text| json_text_bytes(text)).sum()
            }
        };
        self.constant_bytes + texts.iter().map(|text| json_text_bytes(text)).sum::<usize>() + place
    }

    /// The event that delivers these messages.
    pub(crate) fn event<'a>(&self, messages: impl Iterator<Item = &'a InFlight>) -> Bytes {
        let mut out = OPEN.as_bytes().to_vec();
        for (index, message) in messages.enumerate() {
            if index > 0 {
                out.push(b',');
            }
            self.write_message(&mut out, message);
        }
        out.extend_from_slice(CLOSE.as_bytes());
        out.into()
    }

    fn write_message(&self, out: &mut Vec<u8>, taken: &InFlight) {
        let message = &taken.message;
        let text = |out: &mut Vec<u8>, name, value: &str| {
            put(out, &[name]);
            write_json_text(out, value);
        };
        text(out, MESSAGE_ID, message.id.as_str());
        text(out, RECEIPT, taken.receipt.as_str());
        text(out, BODY, &message.body);
        put(out, &[RECEIVE_COUNT, &taken.receive_count.to_string()]);
        put(out, &[SENT, &message.sent.as_millisecond().to_string(), SENT_END]);
        text(out, SENDER, &message.sender_id);
        if let Place::Fifo { group, deduplication_id, sequence } = &message.place {
            text(out, SEQUENCE, sequence);
            text(out, GROUP, group);
            text(out, DEDUPLICATION, deduplication_id);
        }
        put(out, &[FIRST_RECEIVED, &taken.first_received.as_millisecond().to_string()]);
        text(out, MD5, &message.body_md5);
        out.extend_from_slice(&self.constants);
        out.push(b'}');
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{EventWriter, InFlight, Place, ROOM_BYTES};
    use crate::{
        event::FRAME_BYTES,
        sqs::message::{Message, MessageId, ReceiptHandle},
    };

    #[test]
    fn the_size_of_a_message_is_never_less_than_it_takes_and_hardly_more() {
        let writer = EventWriter::new("arn:aws:sqs:eu-central-1:0:q");
        let fifo = Place::Fifo {
            group: "\"g\"".into(),
            deduplication_id: "d".into(),
            sequence: "10000000000000000000".into(),
        };
        for (body, place) in [("", Place::Standard), ("{\"a\":\n\"\\ä\"}", fifo)] {
            let message = Message {
                id: MessageId::new("m"),
                body: body.into(),
                body_md5: "d41d8cd98f00b204e9800998ecf8427e".into(),
                sent: Timestamp::MAX,
                sender_id: "s".into(),
                place,
            };
            let (receipt, first_received) = (ReceiptHandle::new("r"), Timestamp::MAX);
            let taken = InFlight { message, receipt, receive_count: u32::MAX, first_received };
            let bound = FRAME_BYTES + writer.message_bytes(&taken);
            let bytes = writer.event([&taken].into_iter()).len();
            // A line feed counts as six bytes and takes two; a FIFO queue's names count always.
            let spare = ROOM_BYTES + super::PARTS.iter().map(|part| part.len()).sum::<usize>();
            assert!((bytes..=bytes + spare).contains(&bound), "{body:?}: {bound} for {bytes}");
        }
    }
}
