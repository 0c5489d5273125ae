//! Faults of single letters and single items.

use std::collections::BTreeSet;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

use super::cloud;
use crate::cloud::{
    Cloud,
    fault::{Fault, FaultPlan},
};

fn faulty(cloud: &Cloud, fault: &str) -> (SdkConfig, FaultPlan) {
    let plan = FaultPlan::new(vec![Fault::parse(fault).unwrap()], 1).unwrap();
    (cloud.sdk_config_with(plan.wrap(cloud.http_client())), plan)
}

#[tokio::test]
async fn letters_are_refused_by_their_ids_and_the_others_are_taken() {
    let (cloud, made) = cloud().await;
    let cases = [
        ("throttle", "RequestThrottled"),
        ("refuse", "InvalidMessageContents"),
        ("fail", "InternalError"),
    ];
    let (mut taken, mut refused) = (0, 0);
    for (kind, code) in cases {
        let (config, plan) = faulty(&cloud, &format!("dead-letter={kind}:entry:0.5"));
        let queue = aws_sdk_sqs::Client::new(&config);
        for _ in 0..4 {
            let entry = |id: usize| {
                let entry = SendMessageBatchRequestEntry::builder().id(format!("letter-{id}"));
                entry.message_body(format!("body {id}")).build().unwrap()
            };
            let request = queue.send_message_batch().queue_url(&made.dead_letter_queue_url);
            let answer = request.set_entries(Some((0..10).map(entry).collect())).send().await;
            let answer = answer.unwrap();
            let mut ids: Vec<&str> = answer.successful().iter().map(|one| one.id()).collect();
            taken += ids.len();
            refused += answer.failed().len();
            assert!(answer.failed().iter().all(|one| one.code() == code), "{answer:?}");
            ids.extend(answer.failed().iter().map(|one| one.id()));
            ids.sort_unstable();
            let all: Vec<String> = (0..10).map(|id| format!("letter-{id}")).collect();
            assert_eq!(ids, all);
        }
        assert!(plan.injected()[0].1 > 0);
    }
    assert!(taken > 20 && refused > 20, "{taken} taken, {refused} refused");
    assert_eq!(cloud.queues().len("cdc-dead-letters"), Some(taken));
}

fn item(key: usize) -> WriteRequest {
    let text = |text: String| AttributeValue::S(text);
    let put = PutRequest::builder().item("pk", text("p".into())).item("sk", text(key.to_string()));
    WriteRequest::builder().put_request(put.build().unwrap()).build()
}

/// The sort keys of the writes that an answer hands back.
fn keys(writes: &[WriteRequest]) -> BTreeSet<String> {
    let items = writes.iter().map(|write| write.put_request().unwrap().item());
    items.map(|item| item["sk"].as_s().unwrap().clone()).collect()
}

#[tokio::test]
async fn throttled_items_are_handed_back_and_the_others_are_written() {
    const TABLE: &str = "cdc-checkpoints";
    let (cloud, _) = cloud().await;
    let (config, plan) = faulty(&cloud, "ledger-write=throttle:entry:0.4");
    let writes: Vec<WriteRequest> = (0..25).map(item).collect();
    let dynamo = aws_sdk_dynamodb::Client::new(&config);
    let request = dynamo.batch_write_item().request_items(TABLE, writes.clone());
    let answer = request.send().await.unwrap();
    let back = keys(&answer.unprocessed_items.unwrap()[TABLE]);
    assert_eq!(back.len() as u64, plan.injected()[0].1);
    assert!((1..25).contains(&back.len()), "{back:?}");

    let scan = aws_sdk_dynamodb::Client::new(&cloud.sdk_config()).scan().table_name(TABLE);
    let there = scan.send().await.unwrap().items.unwrap();
    let there: BTreeSet<String> =
        there.iter().map(|item| item["sk"].as_s().unwrap().clone()).collect();
    assert!(there.is_disjoint(&back));
    assert_eq!(there.union(&back).cloned().collect::<BTreeSet<_>>(), keys(&writes));
}

#[tokio::test]
async fn where_every_item_is_throttled_the_call_is() {
    let (cloud, _) = cloud().await;
    let (config, _) = faulty(&cloud, "ledger-write=throttle:entry");
    let dynamo = aws_sdk_dynamodb::Client::new(&config);
    let request = dynamo.batch_write_item().request_items("cdc-checkpoints", vec![item(1)]);
    let error = request.send().await.unwrap_err().into_service_error();
    assert!(error.is_provisioned_throughput_exceeded_exception(), "{error:?}");
}
