//! On-failure documents end to end: a batch that the mapping gave up part-way, in the bucket and in the
//! queue, and the rest of its events.

use cdc_aws::{
    config::{Connection, SdkHttp},
    endpoint::Region,
    function::settings::Environment as _,
    objects::S3Objects,
};
use cdc_core::{
    objects::{BucketName, NewObject},
    ports::ObjectStore as _,
    record::SequenceNumber,
};
use cdc_esm::{EventSource, ShardId, StreamRecord};
use cdc_local::functions::FunctionName;
use dlq_processor::{AwsDlqProcessor, settings::Settings};
use serde_json::{Value, json};

use super::{
    letters::row,
    place::{self, MENDED, Place},
};
use crate::schemas::check_answer;

const REPLAY: &str = r#"{"action":"replay","from":"documents"}"#;

/// A batch on the stream.
struct Batch {
    shard: ShardId,
    records: Vec<StreamRecord>,
    payload: String,
}

impl Batch {
    async fn put(place: &Place, words: &[&str]) -> Self {
        let mut records = Vec::new();
        let mut shard = None;
        for word in words {
            let data = row(word);
            let put =
                place.cloud.put_record(&place.resources.stream, "k", data.clone().into()).await;
            let put = put.unwrap();
            shard = Some(ShardId::new(&put.shard));
            records.push(StreamRecord {
                sequence: SequenceNumber::parse(&put.number).unwrap(),
                partition_key: "k".into(),
                data: data.into(),
                arrival: "2024-01-15T10:30:00.5Z".parse().unwrap(),
            });
        }
        let shard = shard.unwrap();
        let role = "arn:aws:iam::123456789012:role/cdc-processor";
        let source =
            EventSource::new(&place.provisioned.stream_arn, "function", role, place.cloud.region());
        let payload = source.event(&shard, &records).to_vec();
        Self { payload: String::from_utf8(payload).unwrap(), shard, records }
    }

    /// As the mapping would leave it.
    fn document(&self, place: &Place, payload: bool) -> Value {
        let function = "arn:aws:lambda:us-east-1:123456789012:function:cdc-processor";
        let number = |record: Option<&StreamRecord>| record.unwrap().sequence.to_string();
        let mut document = json!({
            "requestContext": {"requestId": "c9b8fa9f", "functionArn": function,
                "condition": "RecordAgeExceeded", "approximateInvokeCount": 2},
            "version": "1.0", "timestamp": "2024-01-15T11:30:07.021Z",
            "KinesisBatchInfo": {"shardId": self.shard.as_str(),
                "startSequenceNumber": number(self.records.first()),
                "endSequenceNumber": number(self.records.last()),
                "approximateArrivalOfFirstRecord": "2024-01-15T10:30:00.500Z",
                "approximateArrivalOfLastRecord": "2024-01-15T10:30:00.500Z",
                "batchSize": self.records.len(), "streamArn": place.provisioned.stream_arn},
        });
        if payload {
            document["payload"] = self.payload.clone().into();
        }
        document
    }

    fn key(&self) -> String {
        let shard = self.shard.as_str();
        format!("aws/lambda/6f8a/{shard}/2024/01/15/2024-01-15T11.30.07-9d2f")
    }
}

async fn put_object(place: &Place, key: &str, body: String) {
    let region = Region::parse(place.cloud.region()).unwrap();
    let connection = Connection::embedded(region, SdkHttp::new(place.cloud.http_client()));
    let object = NewObject {
        bucket: BucketName::parse(&place.resources.on_failure_bucket).unwrap(),
        key: key.into(),
        body: body.into(),
        content_type: "application/json",
    };
    S3Objects::new(&connection).put(object).await.unwrap();
}

async fn keys(place: &Place) -> Vec<String> {
    let objects = place.cloud.objects(&place.resources.on_failure_bucket).await.unwrap();
    objects.into_iter().map(|(key, _)| key).collect()
}

/// A processor whose documents lie in a queue: the parked one, which is not used otherwise here.
async fn of_queue(place: &Place) -> AwsDlqProcessor {
    configured(place, &[("ON_FAILURE_QUEUE_URL", &place.provisioned.parked_queue_url)]).await
}

/// A processor with these settings besides those that it needs.
async fn configured(place: &Place, settings: &[(&str, &str)]) -> AwsDlqProcessor {
    let find = |name: &str| {
        if let Some((_, value)) = settings.iter().find(|(set, _)| *set == name) {
            return Some((*value).to_owned());
        }
        let value = match name {
            "AWS_REGION" => place.cloud.region().to_owned(),
            "KINESIS_STREAM_ARN" => place.provisioned.stream_arn.clone(),
            "EVENT_BUS_NAME" => place.resources.bus.clone(),
            "DEAD_LETTER_QUEUE_URL" => place.provisioned.dead_letter_queue_url.clone(),
            "PROCESSOR_FUNCTION_NAME" => "cdc-processor".to_owned(),
            "CHECKPOINT_TABLE_NAME" => place.resources.checkpoint_table.clone(),
            "ID_KEY" => "local:fixed".to_owned(),
            _ => return None,
        };
        Some(value)
    };
    let settings = Settings::from_env(find).unwrap();
    let region = Region::parse(place.cloud.region()).unwrap();
    let connection = Connection::embedded(region, SdkHttp::new(place.cloud.http_client()));
    dlq_processor::start(&settings, connection, place::rules(MENDED)).await.unwrap()
}

async fn ask_queue(processor: &AwsDlqProcessor, request: &str) -> Value {
    let handled = processor.handle(request.as_bytes(), &place::invocation()).await;
    let answer = serde_json::from_str(&handled.answer).unwrap();
    check_answer("dlq-answer-1", &answer);
    answer
}

fn versions(place: &Place) -> String {
    let events = place.events().into_iter();
    let told = events.map(|event| {
        let replay = if event["metadata"]["replay"] == true { "!" } else { "" };
        let text = |name: &str| event["after"][name].as_str().unwrap().to_owned();
        format!("{}{}{replay}", text("id"), text("v"))
    });
    told.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_document_of_the_bucket_is_replayed_with_the_pipelines_ledger() {
    let place = Place::new().await;
    let batch = Batch::put(&place, &["a1", "b1", "a2", "?"]).await;
    let functions = place.functions(MENDED).await;
    // The attempts had published the first of them.
    let source =
        EventSource::new(&place.provisioned.stream_arn, "function", "role", place.cloud.region());
    let head = source.event(&batch.shard, &batch.records[..2]);
    functions.invoke(FunctionName::CdcProcessor, &head).await;
    assert_eq!(versions(&place), "a1 b1");
    put_object(&place, &batch.key(), batch.document(&place, true).to_string()).await;

    let listed = place::ask(&functions, r#"{"action":"show","from":"documents"}"#).await;
    let told = &listed["documents"][0];
    assert_eq!(
        (&told["condition"], &told["carries"]),
        (&"RecordAgeExceeded".into(), &"payload".into())
    );
    assert_eq!(told["changes"][0]["after"]["ssn"], "[REDACTED]");
    let foreseen = place::ask(
        &functions,
        r#"{"action":"replay","from":"documents","dryRun":true,"verify":false}"#,
    )
    .await;
    assert_eq!(foreseen["documents"][0]["outcome"], "wouldBeReplayed");

    let answer = place::ask(&functions, REPLAY).await;
    assert_eq!(
        (&answer["replayed"], &answer["remainingApprox"]),
        (&1.into(), &0.into()),
        "{answer}"
    );
    for dry in [&foreseen["records"], &answer["records"]] {
        assert_eq!(
            (&dry["published"], &dry["suppressed"], &dry["deadLettered"]),
            (&1.into(), &2.into(), &1.into()),
            "{dry}"
        );
    }
    assert_eq!(versions(&place), "a2!");
    assert_eq!((keys(&place).await.len(), place.letters().len()), (0, 1));
}

#[tokio::test]
async fn a_document_of_the_queue_is_replayed_from_the_stream() {
    let place = Place::new().await;
    let batch = Batch::put(&place, &["a1", "b1", "c1", "a2"]).await;
    let queue = &place.resources.parked_queue;
    assert!(place.cloud.queues().deliver(queue, &batch.document(&place, false).to_string()));
    let mut merged = batch.document(&place, false);
    merged["KinesisBatchInfo"]["batchSize"] = 2.into();
    assert!(place.cloud.queues().deliver(queue, &merged.to_string()));

    let processor = of_queue(&place).await;
    let answer = ask_queue(&processor, REPLAY).await;
    assert_eq!((&answer["replayed"], &answer["refused"]), (&1.into(), &1.into()), "{answer}");
    assert_eq!(versions(&place), "a1! b1! c1! a2!");
    let refused = answer["documents"][0]["refused"].as_str().unwrap();
    assert!(refused.starts_with("SURPLUS: "), "lanes and filter are not told: {refused}");
    let force = r#"{"action":"replay","from":"documents","force":true}"#;
    let answer = ask_queue(&processor, force).await;
    assert_eq!((&answer["replayed"], &answer["records"]["suppressed"]), (&1.into(), &4.into()));
    assert_eq!(answer["records"]["surplus"], 2);
    assert_eq!(
        (versions(&place), place.cloud.queues().peek(queue).unwrap().len()),
        (String::new(), 0)
    );
}

#[tokio::test]
async fn what_documents_need_and_is_not_there_is_named() {
    let place = Place::new().await;
    let bucket = ("ON_FAILURE_BUCKET_NAME", place.resources.on_failure_bucket.as_str());
    for (settings, code) in [
        (vec![], "CONFIGURATION_ERROR"),
        (vec![("ON_FAILURE_BUCKET_NAME", "no-such-bucket")], "BUCKET_ERROR"),
        (vec![bucket, ("CHECKPOINT_TABLE_NAME", "no-such-table")], "STATE_ERROR"),
    ] {
        let answer = ask_queue(&configured(&place, &settings).await, REPLAY).await;
        assert_eq!(answer["error"]["code"], code, "{answer}");
    }
}

#[tokio::test]
async fn foreign_documents_are_left_and_parked_ones_are_not_listed() {
    let place = Place::new().await;
    let batch = Batch::put(&place, &["a1"]).await;
    let functions = place.functions(MENDED).await;
    let mut foreign = batch.document(&place, true);
    foreign["requestContext"]["functionArn"] =
        "arn:aws:lambda:us-east-1:123456789012:function:other".into();
    put_object(&place, &batch.key(), foreign.to_string()).await;
    put_object(&place, "aws/lambda/x/y", "{no json".to_owned()).await;
    let answer = place::ask(&functions, REPLAY).await;
    assert_eq!((&answer["refused"], &answer["replayed"]), (&2.into(), &0.into()), "{answer}");
    assert_eq!((place.events().len(), keys(&place).await.len()), (0, 2));
    let answer = place::ask(&functions, r#"{"action":"park","from":"documents"}"#).await;
    assert_eq!((&answer["parked"], &answer["remainingApprox"]), (&2.into(), &0.into()), "{answer}");
    let parked = keys(&place).await;
    assert!(parked.len() == 2 && parked.iter().all(|key| key.starts_with("parked/aws/lambda/")));
    let answer = place::ask(&functions, r#"{"action":"list","from":"documents"}"#).await;
    assert_eq!(answer["scanned"], 0);
}
