//! Enrichment for EventBridge Pipes: an array of what a source holds in, the redacted changes out.
//!
//! A pipe gives its target what is answered, so all of a delivery is redacted or the invocation fails, and the
//! pipe tries again or uses its own dead-letter queue. An empty array is answered where there is no
//! change: the pipe then does not invoke its target (Pipes' user guide, "Filtering events using
//! enrichment"). Each element has the shape that the guide tells of its source.

use base64_simd::STANDARD as BASE64;
use bytes::Bytes;
use cdc_aws::function::{Refusal, payload::message_content};
use cdc_core::{
    json::{Object, Value},
    pipeline::ChangeRedactor,
    rules::Rules,
};

use crate::{
    answer::ANSWER_BYTES_MAX,
    refusal::{invalid_field, of_failure, too_large},
};

const KINESIS: &str = "aws:kinesis";
const SQS: &str = "aws:sqs";
const DYNAMODB: &str = "aws:dynamodb";
/// Of MSK, and of a cluster of one's own, in the ways that AWS writes it.
const KAFKA: [&str; 3] = ["aws:kafka", "SelfManagedKafka", "aws:SelfManagedKafka"];

/// What a pipe is answered.
#[derive(Clone, Debug)]
pub(crate) struct Enriched {
    pub(crate) answer: String,
    pub(crate) records: usize,
    pub(crate) changes: usize,
}

/// Answers a delivery.
///
/// # Errors
/// [`Refusal`] naming the element of which not everything can be redacted.
pub(crate) fn enriched(delivery: Value<'_, '_>, rules: &Rules) -> Result<Enriched, Refusal> {
    let mut redactor = ChangeRedactor::new(rules);
    let mut out = Enriched { answer: "[".to_owned(), records: 0, changes: 0 };
    for element in delivery.elements() {
        let index = out.records;
        let content = content(element).map_err(|why| {
            invalid_field(format!("[{index}]"), format!("element {index}: {why}"))
        })?;
        let changes = redactor.changes(&content).map_err(|failure| of_failure(index, &failure))?;
        for change in changes {
            out.answer.push_str(if out.changes == 0 { "" } else { "," });
            out.answer.push_str(change.get());
            out.changes += 1;
        }
        out.records += 1;
        if out.answer.len() >= ANSWER_BYTES_MAX {
            return Err(too_large("lower the batch size of the pipe's source"));
        }
    }
    out.answer.push(']');
    Ok(out)
}

/// What was on the stream, in the queue or the topic.
fn content(element: Value<'_, '_>) -> Result<Bytes, &'static str> {
    let object = element.as_object().ok_or("a JSON object is expected")?;
    let source = object.get("eventSource").filter(|source| !source.is_null());
    let Some(source) = source else { return Ok(itself(element)) };
    match &*source.as_str().ok_or("eventSource is no text")? {
        KINESIS => base64(object, "data").ok_or("its data is missing, or not base64"),
        SQS => {
            let body = object.get("body").and_then(Value::as_str);
            body.map(|body| message_content(&body)).ok_or("its body is missing, or no text")
        }
        DYNAMODB => Ok(itself(element)),
        source if KAFKA.contains(&source) => value(object),
        _ => Err("its eventSource is none of Kinesis, SQS, Kafka and DynamoDB"),
    }
}

/// An element that is an envelope by itself: DynamoDB's, or what the pipe's input transformer made.
fn itself(element: Value<'_, '_>) -> Bytes {
    Bytes::copy_from_slice(element.text().as_bytes())
}

/// A Kafka record's value; there is none in a tombstone.
fn value(record: Object<'_, '_>) -> Result<Bytes, &'static str> {
    match record.get("value") {
        None if record.get("topic").is_none() => Err("not shaped like a Kafka record"),
        Some(value) if !value.is_null() => base64(record, "value").ok_or("its value is not base64"),
        None | Some(_) => Ok(Bytes::new()),
    }
}

fn base64(object: Object<'_, '_>, member: &str) -> Option<Bytes> {
    let text = object.get(member)?.as_str()?;
    BASE64.decode_to_vec(text.as_bytes()).ok().map(Bytes::from)
}
