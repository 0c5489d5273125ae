//! Documents as the mapping leaves them.

use base64_simd::STANDARD as BASE64;
use cdc_core::record::RawRecord;
use serde_json::{Value, json};

use super::super::{
    letters::{SHARD, STREAM, update},
    world::World,
};

pub(crate) const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:cdc-processor";
pub(crate) const REPLAY: &str = r#"{"action":"replay","from":"documents"}"#;

/// What a document says.
#[derive(Clone)]
pub(crate) struct DocumentText<'a> {
    /// Its records: `a1` updates row `a`, `?` is no JSON.
    pub(crate) words: &'a str,
    /// The number of the first.
    pub(crate) first: u64,
    pub(crate) payload: bool,
    pub(crate) stream: &'a str,
    pub(crate) shard: &'a str,
    pub(crate) function: &'a str,
    pub(crate) version: &'a str,
    pub(crate) given_up: &'a str,
    /// As many as there are records, unless it says otherwise.
    pub(crate) batch_size: Option<usize>,
}

impl Default for DocumentText<'_> {
    fn default() -> Self {
        Self {
            words: "a1 b1 c1",
            first: 1,
            payload: true,
            stream: STREAM,
            shard: SHARD,
            function: FUNCTION,
            version: "1.0",
            given_up: "2026-01-15T10:30:07.021Z",
            batch_size: None,
        }
    }
}

impl DocumentText<'_> {
    pub(crate) fn records(&self) -> Vec<RawRecord> {
        let words = self.words.split_whitespace();
        (self.first..)
            .zip(words)
            .map(|(number, word)| RawRecord {
                data: update(word).into(),
                partition_key: "ada".into(),
                number: number.into(),
                arrived: "2026-01-15T10:00:00.5Z".parse().unwrap(),
            })
            .collect()
    }

    /// The Lambda event of its records.
    pub(crate) fn event(&self) -> Value {
        let record = |record: &RawRecord| {
            json!({
                "kinesis": {
                    "kinesisSchemaVersion": "1.0", "partitionKey": &*record.partition_key,
                    "sequenceNumber": record.number.as_str(),
                    "data": BASE64.encode_to_string(&record.data),
                    "approximateArrivalTimestamp": 1_768_471_200.5,
                },
                "eventSource": "aws:kinesis", "eventVersion": "1.0",
                "eventID": format!("{}:{}", self.shard, record.number),
                "eventName": "aws:kinesis:record", "invokeIdentityArn": "arn:aws:iam::1:role/r",
                "awsRegion": "eu-west-1", "eventSourceARN": self.stream,
            })
        };
        json!({"Records": self.records().iter().map(record).collect::<Vec<_>>()})
    }

    pub(crate) fn json(&self) -> Value {
        let records = self.records();
        let number = |record: Option<&RawRecord>| record.unwrap().number.to_string();
        let mut document = json!({
            "requestContext": {
                "requestId": "c9b8fa9f", "functionArn": self.function,
                "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 3,
            },
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": null},
            "version": self.version, "timestamp": self.given_up,
            "KinesisBatchInfo": {
                "shardId": self.shard, "startSequenceNumber": number(records.first()),
                "endSequenceNumber": number(records.last()),
                "approximateArrivalOfFirstRecord": "2026-01-15T10:00:00.500Z",
                "approximateArrivalOfLastRecord": "2026-01-15T10:00:00.500Z",
                "batchSize": self.batch_size.unwrap_or(records.len()), "streamArn": self.stream,
            },
        });
        if self.payload {
            document["payload"] = self.event().to_string().into();
        }
        document
    }

    pub(crate) fn body(&self) -> String {
        self.json().to_string()
    }

    /// The key that Lambda would give it.
    pub(crate) fn key(&self) -> String {
        let time = self.given_up[..19].replace(':', ".");
        let day = self.given_up[..10].replace('-', "/");
        format!("aws/lambda/6f8a/{}/{day}/{time}-{:04}", self.shard, self.first)
    }
}

/// A world whose bucket has these documents.
pub(crate) fn bucket(documents: &[DocumentText<'_>]) -> World {
    let world = World::of(Vec::new());
    world.with(|state| {
        state.documents.has_bucket = true;
        for document in documents {
            state.documents.objects.insert(document.key(), document.body().into());
        }
    });
    world
}

/// A world whose queue has pointers to these, and whose stream has their records.
pub(crate) fn queue(documents: &[DocumentText<'_>]) -> World {
    let world = World::of(Vec::new());
    world.with(|state| {
        state.documents.has_queue = true;
        for document in documents {
            let pointer = DocumentText { payload: false, ..document.clone() };
            state.documents.send(pointer.body());
            state.documents.put(document.shard, document.records());
        }
    });
    world
}
