//! What the mapping gives up: its documents hold the batch as it was, and are shown through the rules.

use cdc_aws::objects::S3Objects;
use cdc_core::{
    objects::{BucketName, NewObject},
    ports::ObjectStore as _,
};
use cdc_tests::canary::{Seeds, failures, records};
use serde_json::{Value, json};

use super::{check, payloads, stand::Stand};

/// Everything that dlq-processor does with documents.
const REQUESTS: [&str; 5] = [
    r#"{"action":"list","from":"documents"}"#,
    r#"{"action":"show","from":"documents"}"#,
    r#"{"action":"replay","from":"documents","dryRun":true,"verify":false}"#,
    r#"{"action":"replay","from":"documents","verify":true}"#,
    r#"{"action":"replay","from":"documents","force":true}"#,
];

/// The document of a batch, as the mapping leaves it: with its payload, or without.
fn document(stand: &Stand, payload: &str, with_payload: bool) -> Value {
    let event: Value = serde_json::from_str(payload).unwrap();
    let records = event["Records"].as_array().unwrap();
    let number = |record: Option<&Value>| record.unwrap()["kinesis"]["sequenceNumber"].clone();
    let mut document = json!({
        "requestContext": {"requestId": "c9b8fa9f",
            "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:cdc-processor",
            "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 2},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": null},
        "version": "1.0", "timestamp": "2024-01-15T11:30:07.021Z",
        "KinesisBatchInfo": {"shardId": "shardId-000000000000",
            "startSequenceNumber": number(records.first()), "endSequenceNumber": number(records.last()),
            "approximateArrivalOfFirstRecord": "2024-01-15T10:30:00.500Z",
            "approximateArrivalOfLastRecord": "2024-01-15T10:30:00.500Z",
            "batchSize": records.len(), "streamArn": stand.provisioned.stream_arn},
    });
    if with_payload {
        document["payload"] = payload.into();
    }
    document
}

async fn put(stand: &Stand, name: &str, body: String) {
    stand.takes(body.clone());
    let object = NewObject {
        bucket: BucketName::parse(&stand.resources.on_failure_bucket).unwrap(),
        key: format!("aws/lambda/6f8a/shardId-000000000000/2024/01/15/2024-01-15T11.30.07-{name}")
            .into(),
        body: body.into(),
        content_type: "application/json",
    };
    S3Objects::new(&stand.connection(None)).put(object).await.unwrap();
}

#[tokio::test]
async fn nothing_planted_in_what_the_mapping_gave_up_is_told_or_shown() {
    for with_payload in [true, false] {
        let stand = Stand::new().await;
        let mut seeds = Seeds::default();
        let mut batch = records(&mut seeds);
        batch.extend(failures(&mut seeds));
        let payload = payloads::kinesis(&stand, &batch).await;
        stand.takes(payload.clone());
        // Others' documents, broken ones, and one whose payload is none.
        let mut other = document(&stand, &payload, false);
        other["requestContext"]["functionArn"] =
            "arn:aws:lambda:us-east-1:123456789012:function:other".into();
        put(&stand, "other", other.to_string()).await;
        let mut other = document(&stand, &payload, false);
        other["payload"] = seeds.text("a document: its payload").into();
        other["comment"] = seeds.text("a document: a comment").into();
        put(&stand, "no-payload", other.to_string()).await;
        let mut other = document(&stand, &payload, false);
        other["KinesisBatchInfo"]["shardId"] = seeds.text("a document: its shard").into();
        other["KinesisBatchInfo"]["startSequenceNumber"] =
            seeds.text("a document: its start").into();
        put(&stand, "no-shard", other.to_string()).await;
        put(&stand, "no-json", format!("{{no json {}", seeds.text("a document: its bytes"))).await;

        let refused = stand.ask_dlq(REQUESTS[1]).await;
        assert_eq!(refused["documents"].as_array().unwrap().len(), 4, "{refused}");
        stand.ask_dlq(r#"{"action":"park","from":"documents"}"#).await;

        // They are out of the way of the one that is whole.
        put(&stand, "whole", document(&stand, &payload, with_payload).to_string()).await;
        let mut answers = Vec::new();
        for request in REQUESTS {
            answers.push(stand.ask_dlq(request).await);
        }
        let told = answers[1]["documents"].as_array().unwrap().len();
        assert_eq!(told, 1, "{}", answers[1]);
        assert!(answers.iter().any(|answer| answer["replayed"] == 1), "{}", answers[4]);
        stand.look_around().await;
        assert!(stand.count("an event") >= batch.len() / 3);
        for request in [r#"{"action":"show"}"#, r#"{"action":"replay","dryRun":true}"#] {
            stand.ask_dlq(request).await;
        }
        check(&stand, &seeds);
    }
}
