//! What SQS refuses and winterbaume lets through.
//!
//! A pipeline that packs dead letters must meet the limits of the real queue here and not in the
//! account: count and size of a batch, size and characters of a message. Also gives errors both
//! names that the real SQS gives them, where winterbaume gives one, and lets a look be only a look:
//! messages received with a visibility timeout of 0 stay visible, where winterbaume takes 0 for none
//! given. Everything else goes through unchanged.

use std::collections::HashSet;

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde::Deserialize;
use serde_json::json;
use winterbaume_sqs::SqsService;

use super::wire::{self, Request, Response};

// SQS refuses an eleventh entry.
const BATCH_ENTRIES_MAX: usize = 10;

// 1 MiB for a message, and for the messages of a batch together (since August 2025).
const MESSAGE_BYTES_MAX: usize = 1_048_576;

/// Answers a request to SQS.
pub(crate) async fn answer(service: &SqsService, host: &str, request: Request) -> Response {
    if let Some(refused) = refusal(&request) {
        return refused;
    }
    let look = Look::of(&request);
    let response = renamed(wire::ask(service, host, request).await);
    if let Some(given_back) = look.and_then(|look| look.given_back(&response)) {
        wire::ask(service, host, given_back).await;
    }
    response
}

/// A request for messages that are to stay visible.
struct Look {
    queue_url: String,
    headers: HeaderMap,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Receive {
    queue_url: String,
    visibility_timeout: Option<i32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Received {
    #[serde(default)]
    messages: Vec<ReceivedMessage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReceivedMessage {
    receipt_handle: String,
}

impl Look {
    fn of(request: &Request) -> Option<Self> {
        if wire::operation(request.headers()) != "ReceiveMessage" {
            return None;
        }
        let receive: Receive = serde_json::from_slice(request.body()).ok()?;
        let Receive { queue_url, visibility_timeout: Some(0) } = receive else { return None };
        Some(Self { queue_url, headers: request.headers().clone() })
    }

    /// The request that makes what was received visible again.
    fn given_back(self, response: &Response) -> Option<Request> {
        let received: Received = serde_json::from_slice(response.body()).ok()?;
        if received.messages.is_empty() {
            return None;
        }
        let entries: Vec<_> = received
            .messages
            .into_iter()
            .enumerate()
            .map(|(id, message)| {
                json!({"Id": id.to_string(), "ReceiptHandle": message.receipt_handle,
                    "VisibilityTimeout": 0})
            })
            .collect();
        let body = json!({"QueueUrl": self.queue_url, "Entries": entries}).to_string();
        let mut request = Request::new(body.into());
        *request.method_mut() = Method::POST;
        *request.headers_mut() = self.headers;
        let target = HeaderValue::from_static("AmazonSQS.ChangeMessageVisibilityBatch");
        request.headers_mut().insert(wire::TARGET, target);
        request.headers_mut().remove(header::CONTENT_LENGTH);
        Some(request)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Send {
    message_body: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendBatch {
    #[serde(default)]
    entries: Vec<BatchEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BatchEntry {
    id: String,
    message_body: Option<String>,
}

fn refusal(request: &Request) -> Option<Response> {
    let checked = match wire::operation(request.headers()) {
        "SendMessage" => check_send(serde_json::from_slice(request.body()).ok()?),
        "SendMessageBatch" => check_batch(serde_json::from_slice(request.body()).ok()?),
        _ => Ok(()),
    };
    let (code, message) = checked.err()?;
    Some(error(StatusCode::BAD_REQUEST, code, &message))
}

/// An error under both its names: that of the JSON protocol in the body, that of the older query
/// protocol in a header. The SDKs know errors by the second.
fn error(status: StatusCode, code: &str, message: &str) -> Response {
    let mut response = wire::error(status, &format!("com.amazonaws.sqs#{code}"), message);
    let older = match code {
        "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue".to_owned(),
        "QueueNameExists" => "QueueAlreadyExists".to_owned(),
        "EmptyBatchRequest"
        | "TooManyEntriesInBatchRequest"
        | "BatchEntryIdsNotDistinct"
        | "BatchRequestTooLong" => format!("AWS.SimpleQueueService.{code}"),
        same => same.to_owned(),
    };
    let fault = if status.is_server_error() { "Receiver" } else { "Sender" };
    if let Ok(value) = HeaderValue::try_from(format!("{older};{fault}")) {
        response.headers_mut().insert("x-amzn-query-error", value);
    }
    response
}

type Checked = Result<(), (&'static str, String)>;

fn check_send(send: Send) -> Checked {
    check_body(send.message_body.as_deref())
}

fn check_batch(batch: SendBatch) -> Checked {
    let count = batch.entries.len();
    if count == 0 {
        let message = "There should be at least one SendMessageBatchRequestEntry in the request.";
        return Err(("EmptyBatchRequest", message.into()));
    }
    if count > BATCH_ENTRIES_MAX {
        let message =
            format!("Maximum number of entries per request are 10. You have sent {count}.");
        return Err(("TooManyEntriesInBatchRequest", message));
    }
    let mut ids = HashSet::new();
    if let Some(twice) = batch.entries.iter().find(|entry| !ids.insert(entry.id.as_str())) {
        return Err(("BatchEntryIdsNotDistinct", format!("Id {} repeated.", twice.id)));
    }
    let bytes: usize =
        batch.entries.iter().map(|entry| entry.message_body.as_deref().map_or(0, str::len)).sum();
    if bytes > MESSAGE_BYTES_MAX {
        let message = format!(
            "Batch requests cannot be longer than {MESSAGE_BYTES_MAX} bytes. You have sent {bytes} bytes."
        );
        return Err(("BatchRequestTooLong", message));
    }
    batch.entries.iter().try_for_each(|entry| check_body(entry.message_body.as_deref()))
}

fn check_body(body: Option<&str>) -> Checked {
    let body = body.unwrap_or("");
    if body.is_empty() {
        let message = "The request must contain the parameter MessageBody.";
        return Err(("MissingParameter", message.into()));
    }
    if body.len() > MESSAGE_BYTES_MAX {
        let message = format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {MESSAGE_BYTES_MAX} bytes."
        );
        return Err(("InvalidParameterValue", message));
    }
    match body.chars().find(|c| !allowed(*c)) {
        Some(c) => {
            let message =
                format!("Invalid character U+{:04X} was found in the message body.", u32::from(c));
            Err(("InvalidMessageContents", message))
        }
        None => Ok(()),
    }
}

/// The characters of XML 1.0, which is what SQS takes.
fn allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

#[derive(Deserialize)]
struct Failure {
    #[serde(rename = "__type")]
    code: String,
    #[serde(default)]
    message: String,
}

fn renamed(response: Response) -> Response {
    if response.status().is_success() {
        return response;
    }
    let Ok(failure) = serde_json::from_slice::<Failure>(response.body()) else {
        return response;
    };
    let code = match failure.code.as_str() {
        "AWS.SimpleQueueService.NonExistentQueue" => "QueueDoesNotExist",
        "QueueAlreadyExists" => "QueueNameExists",
        other => other,
    };
    error(response.status(), code, &failure.message)
}
