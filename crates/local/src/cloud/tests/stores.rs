//! Kinesis, DynamoDB, SQS, Secrets Manager and provisioning.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_kinesis::{
    primitives::Blob,
    types::{PutRecordsRequestEntry, ShardIteratorType},
};
use aws_sdk_sqs::{error::ProvideErrorMetadata, types::SendMessageBatchRequestEntry};

use super::{accepted, cloud, put};
use crate::cloud::{Cloud, CloudOptions, LOCAL_ID_KEY, Resources};

#[tokio::test]
async fn a_record_comes_back_with_its_bytes_and_a_sequence_number_of_56_digits() {
    let (cloud, made) = cloud().await;
    let kinesis = aws_sdk_kinesis::Client::new(&cloud.sdk_config());
    let data = [b"{\"n\":1e400}".as_slice(), b"", &[0, 255, 128]];
    let mut put = Vec::new();
    for data in data {
        let record = kinesis.put_record().stream_name("coredb-cdc-stream").partition_key("users:1");
        put.push(record.data(Blob::new(data)).send().await.unwrap());
    }
    let shard = put[0].shard_id();
    let shards = kinesis.list_shards().stream_arn(&made.stream_arn).send().await.unwrap();
    assert_eq!(shards.shards().len(), 2);
    let iterator = kinesis.get_shard_iterator().stream_arn(&made.stream_arn).shard_id(shard);
    let iterator = iterator.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await;
    let iterator = iterator.unwrap().shard_iterator.unwrap();
    let read = kinesis.get_records().shard_iterator(iterator).send().await.unwrap();
    assert_eq!(read.records().len(), 3);
    for ((record, put), data) in read.records().iter().zip(&put).zip(data) {
        assert_eq!(record.data().as_ref(), data);
        assert_eq!((put.shard_id(), record.sequence_number()), (shard, put.sequence_number()));
        assert_eq!(record.sequence_number().len(), 56);
        assert_eq!(record.partition_key(), Some("users:1"));
    }
}

#[tokio::test]
async fn a_request_of_four_megabytes_reaches_kinesis() {
    let (cloud, made) = cloud().await;
    let kinesis = aws_sdk_kinesis::Client::new(&cloud.sdk_config());
    let record = PutRecordsRequestEntry::builder().partition_key("k");
    let record = record.data(Blob::new(vec![7; 1_000_000])).build().unwrap();
    let put = kinesis.put_records().stream_arn(made.stream_arn);
    let put = put.set_records(Some(vec![record; 4])).send().await.unwrap();
    assert_eq!(put.failed_record_count(), Some(0));
}

#[tokio::test]
async fn a_stream_has_the_limits_of_kinesis() {
    let (cloud, made) = cloud().await;
    let kinesis = aws_sdk_kinesis::Client::new(&cloud.sdk_config());
    let record = kinesis.put_record().stream_arn(&made.stream_arn).partition_key("k");
    let error = record.data(Blob::new(vec![0; 1_048_577])).send().await.unwrap_err();
    assert_eq!(error.into_service_error().code(), Some("ValidationException"));
    let one = PutRecordsRequestEntry::builder().partition_key("k").data(Blob::new("x"));
    let many = vec![one.build().unwrap(); 501];
    let put = kinesis.put_records().stream_arn(&made.stream_arn).set_records(Some(many));
    let error = put.send().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("ValidationException"));
}

#[tokio::test]
async fn with_limits_enforced_a_shard_takes_a_thousand_records_a_second() {
    let options = CloudOptions { enforce_limits: true, ..CloudOptions::default() };
    let cloud = Cloud::start(options).await.unwrap();
    let resources = Resources { shards: 1, ..Resources::default() };
    let made = cloud.provision(&resources).await.unwrap();
    let kinesis = aws_sdk_kinesis::Client::new(&cloud.sdk_config());
    let record = PutRecordsRequestEntry::builder().partition_key("k").data(Blob::new("x"));
    let records = vec![record.build().unwrap(); 500];
    let mut throttled = 0;
    for _ in 0..4 {
        let put = kinesis.put_records().stream_arn(&made.stream_arn);
        let put = put.set_records(Some(records.clone())).send().await.unwrap();
        throttled += put.failed_record_count().unwrap_or(0);
    }
    assert!(throttled > 0);
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.into())
}

#[tokio::test]
async fn a_conditional_write_holds_and_a_consistent_query_sees_it() {
    let (cloud, _) = cloud().await;
    let dynamo = aws_sdk_dynamodb::Client::new(&cloud.sdk_config());
    for (sk, expected) in [("056:1", true), ("056:2", true), ("056:1", false)] {
        let put = dynamo.put_item().table_name("cdc-checkpoints").item("pk", text("shard"));
        let put = put.item("sk", text(sk)).condition_expression("attribute_not_exists(sk)");
        match put.send().await {
            Ok(_) => assert!(expected, "{sk}"),
            Err(error) => {
                let error = error.into_service_error();
                assert!(error.is_conditional_check_failed_exception() && !expected, "{error:?}");
            }
        }
    }
    let query = dynamo.query().table_name("cdc-checkpoints").consistent_read(true);
    let query = query.key_condition_expression("pk = :pk AND sk > :sk");
    let query = query.expression_attribute_values(":pk", text("shard"));
    let found = query.expression_attribute_values(":sk", text("056:1")).send().await.unwrap();
    let found: Vec<_> = found.items().iter().map(|item| item["sk"].clone()).collect();
    assert_eq!(found, [text("056:2")]);
}

#[tokio::test]
async fn a_data_folder_can_be_opened_again() {
    let folder = std::env::temp_dir().join(format!("cdc-cloud-{}", std::process::id()));
    for round in 0..2 {
        let options = CloudOptions { data: Some(folder.clone()), ..CloudOptions::default() };
        let cloud = Cloud::start(options).await.unwrap();
        cloud.provision(&Resources::default()).await.unwrap();
        let dynamo = aws_sdk_dynamodb::Client::new(&cloud.sdk_config());
        let get = dynamo.get_item().table_name("cdc-state").key("pk", text("p"));
        assert_eq!(get.send().await.unwrap().item.is_some(), round == 1);
        let put = dynamo.put_item().table_name("cdc-state").item("pk", text("p"));
        put.send().await.unwrap();
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn provisioning_again_changes_nothing() {
    let (cloud, made) = cloud().await;
    put(&cloud.sdk_config(), &["{}"]).await.unwrap();
    assert_eq!(cloud.provision(&Resources::default()).await.unwrap(), made);
    put(&cloud.sdk_config(), &["{}"]).await.unwrap();
    assert_eq!(cloud.queues().len("cdc-subscriber"), Some(2));
    assert_eq!(accepted(&cloud).len(), 2);

    let sqs = aws_sdk_sqs::Client::new(&cloud.sdk_config());
    let seen = sqs.get_queue_attributes().queue_url(&made.dead_letter_queue_url);
    let seen = seen.attribute_names(aws_sdk_sqs::types::QueueAttributeName::All).send().await;
    let seen = seen.unwrap().attributes.unwrap();
    let name = aws_sdk_sqs::types::QueueAttributeName::MessageRetentionPeriod;
    assert_eq!(seen[&name], "1209600");

    let dynamo = aws_sdk_dynamodb::Client::new(&cloud.sdk_config());
    let expiry = dynamo.describe_time_to_live().table_name("cdc-checkpoints").send().await.unwrap();
    assert_eq!(expiry.time_to_live_description().unwrap().attribute_name(), Some("ttl"));

    let secrets = aws_sdk_secretsmanager::Client::new(&cloud.sdk_config());
    for id in ["cdc-id-key", &made.id_key_secret_arn] {
        let secret = secrets.get_secret_value().secret_id(id).send().await.unwrap();
        assert_eq!(secret.secret_string(), Some(LOCAL_ID_KEY));
    }
}

/// The error code of a batch of these bodies, with the ids counted up; "ok" if it went through.
async fn batch(cloud: &Cloud, ids: &[&str], bodies: &[&str]) -> String {
    let sqs = aws_sdk_sqs::Client::new(&cloud.sdk_config());
    let entries = ids.iter().zip(bodies).map(|(id, body)| {
        SendMessageBatchRequestEntry::builder().id(*id).message_body(*body).build().unwrap()
    });
    let url = cloud.queue_url("cdc-dead-letters");
    let send = sqs.send_message_batch().queue_url(url).set_entries(Some(entries.collect()));
    match send.send().await {
        Ok(_) => "ok".into(),
        Err(error) => error.into_service_error().code().unwrap().into(),
    }
}

#[tokio::test]
async fn a_queue_has_the_limits_of_sqs() {
    let (cloud, _) = cloud().await;
    let (mebi, half) = ("x".repeat(1_048_576), "y".repeat(524_289));
    let ids: Vec<String> = (0..11).map(|id| id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let cases: [(&[&str], &[&str], &str); 8] = [
        (&ids[..10], &["m"; 10], "ok"),
        (&ids, &["m"; 11], "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
        (&[], &[], "AWS.SimpleQueueService.EmptyBatchRequest"),
        (&["a", "a"], &["m"; 2], "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
        (&["a"], &[&mebi], "ok"),
        (&["a", "b"], &[&half, &half], "AWS.SimpleQueueService.BatchRequestTooLong"),
        (&["a", "b"], &["m", ""], "MissingParameter"),
        (&["a"], &["\u{0}"], "InvalidMessageContents"),
    ];
    for (ids, bodies, expected) in cases {
        assert_eq!(batch(&cloud, ids, bodies).await, expected);
    }
    assert_eq!(cloud.queues().len("cdc-dead-letters"), Some(11));
    let sqs = aws_sdk_sqs::Client::new(&cloud.sdk_config());
    let send = sqs.send_message().queue_url(cloud.queue_url("cdc-dead-letters"));
    let error = send.message_body(format!("{mebi}x")).send().await.unwrap_err();
    assert_eq!(error.into_service_error().code(), Some("InvalidParameterValue"));
    let send = sqs.send_message().queue_url(cloud.queue_url("no-such-queue"));
    let error = send.message_body("m").send().await.unwrap_err().into_service_error();
    assert!(error.is_queue_does_not_exist(), "{error:?}");
}

#[tokio::test]
async fn draining_takes_everything_in_order_even_what_is_in_flight() {
    let (cloud, made) = cloud().await;
    let sqs = aws_sdk_sqs::Client::new(&cloud.sdk_config());
    for body in ["a", "b", "c"] {
        let send = sqs.send_message().queue_url(&made.dead_letter_queue_url);
        send.message_body(body).send().await.unwrap();
    }
    sqs.receive_message().queue_url(&made.dead_letter_queue_url).send().await.unwrap();
    let drained = cloud.queues().drain("cdc-dead-letters").unwrap();
    let drained: Vec<_> = drained.iter().map(|m| (m.body.as_str(), m.in_flight)).collect();
    assert_eq!(drained, [("a", true), ("b", false), ("c", false)]);
    assert_eq!(cloud.queues().drain("cdc-dead-letters"), Some(vec![]));
    assert_eq!(cloud.queues().drain("no-such-queue"), None);
}

#[tokio::test]
async fn a_look_with_a_visibility_timeout_of_zero_hides_nothing() {
    let (cloud, made) = cloud().await;
    let sqs = aws_sdk_sqs::Client::new(&cloud.sdk_config());
    for body in ["a", "b"] {
        assert!(cloud.queues().deliver("cdc-dead-letters", body));
    }
    let receive = || {
        let receive = sqs.receive_message().queue_url(&made.dead_letter_queue_url);
        receive.max_number_of_messages(10)
    };
    for _ in 0..2 {
        let seen = receive().visibility_timeout(0).send().await.unwrap();
        assert_eq!(seen.messages().len(), 2);
    }
    assert_eq!(receive().send().await.unwrap().messages().len(), 2);
    assert_eq!(receive().visibility_timeout(0).send().await.unwrap().messages().len(), 0);
}
