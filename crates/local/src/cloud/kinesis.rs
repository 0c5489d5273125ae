//! Kinesis: ferrokinesis, called in process.
//!
//! Adds what the pipeline needs and ferrokinesis lacks: streams named by ARN in every operation,
//! and requests as large as Kinesis takes them. Refuses enhanced fan-out, whose answer is a
//! stream.

use aws_smithy_runtime_api::client::result::ConnectorError;
use axum::{Router, body::Body, extract::DefaultBodyLimit};
use bytes::Bytes;
use ferrokinesis::store::StoreOptions;
use http::{StatusCode, header};
use serde_json::{Map, Value};
use tower::ServiceExt;

use super::{
    ACCOUNT,
    wire::{self, Request, Response},
};

// PutRecords takes 10 MiB, which is 14 MiB in base64; axum's own limit would be 2 MB.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

// GetRecords answers up to 10 MiB, and one record more, in base64.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;

// Shards over all streams; the default of an account in us-east-1 is in the same range.
const SHARDS_MAX: u32 = 200;

// SubscribeToShard streams for five minutes: its answer would never be whole.
const STREAMED: &str = "SubscribeToShard";

// ferrokinesis finds the stream of these by its name only.
const BY_NAME: [&str; 18] = [
    "AddTagsToStream",
    "DecreaseStreamRetentionPeriod",
    "DeleteStream",
    "DescribeStream",
    "DescribeStreamSummary",
    "DisableEnhancedMonitoring",
    "EnableEnhancedMonitoring",
    "GetShardIterator",
    "IncreaseStreamRetentionPeriod",
    "ListShards",
    "ListTagsForStream",
    "MergeShards",
    "RemoveTagsFromStream",
    "SplitShard",
    "StartStreamEncryption",
    "StopStreamEncryption",
    "UpdateShardCount",
    "UpdateStreamWarmThroughput",
];

/// A running Kinesis.
pub(crate) struct Kinesis {
    router: Router,
    arns: String,
}

impl Kinesis {
    /// Starts without streams. `enforce_limits`: a shard takes 1,000 records and 1 MB a second.
    pub(crate) fn start(region: &str, enforce_limits: bool) -> Self {
        let (router, _store) = ferrokinesis::create_app(StoreOptions {
            create_stream_ms: 0,
            delete_stream_ms: 0,
            update_stream_ms: 0,
            shard_limit: SHARDS_MAX,
            enforce_limits,
            aws_account_id: ACCOUNT.into(),
            aws_region: region.to_owned(),
            ..StoreOptions::default()
        });
        let router = router.layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
        Self { router, arns: format!("arn:aws:kinesis:{region}:{ACCOUNT}:stream/") }
    }

    /// Answers a request.
    pub(crate) async fn call(&self, mut request: Request) -> Result<Response, ConnectorError> {
        let operation = wire::operation(request.headers());
        if operation == STREAMED {
            let message = "the embedded Kinesis has no enhanced fan-out: read with GetRecords";
            return Ok(wire::error(StatusCode::BAD_REQUEST, "InvalidArgumentException", message));
        }
        if BY_NAME.contains(&operation)
            && let Some(body) = self.named(request.body())
        {
            *request.body_mut() = body;
            request.headers_mut().remove(header::CONTENT_LENGTH);
        }
        let answered = self.router.clone().oneshot(request.map(Body::from)).await;
        let (parts, body) = wire::infallible(answered).into_parts();
        let body = axum::body::to_bytes(body, ANSWER_BYTES_MAX).await;
        Ok(Response::from_parts(parts, body.map_err(|e| ConnectorError::io(e.into()))?))
    }

    /// The body with the name of the stream in place of its ARN; `None` to leave it as it is.
    fn named(&self, body: &[u8]) -> Option<Bytes> {
        let mut body: Map<String, Value> = serde_json::from_slice(body).ok()?;
        if body.contains_key("StreamName") {
            return None;
        }
        let name = body.get("StreamARN")?.as_str()?.strip_prefix(&self.arns)?.to_owned();
        body.remove("StreamARN");
        body.insert("StreamName".into(), Value::String(name));
        Some(Value::Object(body).to_string().into())
    }
}
