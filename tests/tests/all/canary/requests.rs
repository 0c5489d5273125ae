//! What is asked of the functions: a request that is refused is not repeated, and neither is a payload that is
//! none.

use base64_simd::STANDARD as BASE64;
use cdc_tests::canary::Seeds;
use serde_json::{Value, json};

use super::{
    check, payloads,
    stand::{Stand, invocation, rules},
};

impl Stand {
    /// data-redactor's answer or error, which are noted, as is what it logs.
    async fn ask_redactor(&self, request: &str) {
        self.takes(request);
        let (settings, connection) = (self.settings(), self.connection(None));
        let redactor = data_redactor::start(&settings, &connection, rules()).await.unwrap();
        let handled = redactor.handle(request.as_bytes(), &invocation());
        data_redactor::telemetry::log(&handled);
        match handled.into_answer() {
            Ok(answer) => self.says("data-redactor's answer", answer),
            Err(refusal) => {
                self.says("what data-redactor throws", format!("{refusal} {refusal:?}"))
            }
        }
    }

    /// The same of state-manager.
    async fn ask_state(&self, request: &str) {
        self.takes(request);
        let Ok(manager) = state_manager::start(&self.settings(), self.connection(None)).await;
        let handled = manager.handle(request.as_bytes(), &invocation()).await;
        state_manager::telemetry::log(&handled, "request-1");
        self.says("state-manager's answer", handled.answer.clone());
    }

    /// The same of health-check, with its metrics.
    async fn ask_health(&self, request: &str) {
        self.takes(request);
        let settings = self.settings();
        let started = health_check::start(&settings, self.connection(None), rules());
        let handled = started.await.unwrap().handle(request.as_bytes(), &invocation()).await;
        health_check::telemetry::log(&handled);
        self.says("health-check's answer", handled.answer.clone());
        self.says("health-check's run, as Debug", format!("{handled:?}"));
        if let Ok(metrics) = handled.check.map(|check| check.metrics.unwrap_or_default()) {
            self.says("health-check's metrics", metrics);
        }
    }
}

/// Requests to any function, with a value where each expects something else.
fn refused(seeds: &mut Seeds) -> Vec<String> {
    let mut text = |at: &str| Value::from(seeds.text(format!("a request: {at}")));
    let requests = [
        text("all of it"),
        json!([text("a list")]),
        json!({"action": text("action")}),
        json!({"action": "list", "from": text("from")}),
        json!({"action": "list", "filter": {"code": text("filter.code")}}),
        json!({"action": "list", "filter": {"since": text("filter.since")}}),
        json!({"action": "list", "filter": text("filter")}),
        json!({"action": "list", "limit": text("limit")}),
        json!({"action": "get", "processor": text("processor")}),
        json!({"action": "save", "processor": "p", "state": text("state")}),
        json!({"action": "save", "processor": "p", "state": {"processedCount": text("state.processedCount")}}),
        json!({"action": "save", "processor": "p", "state": {}, "expected": {"r": text("expected")}}),
        json!({"action": "reset", "processor": "cdc-processor", "shard": [text("shard")]}),
        json!({"record": text("record"), "table": "people"}),
        json!({"records": text("records"), "table": "people"}),
        json!({"records": [text("records[0]")], "fields": ["name"]}),
        json!({"record": {"name": "n"}, "fields": {"f": text("fields")}}),
        json!({"record": {"name": "n"}, "fields": ["name"], "replacement": [text("replacement")]}),
        json!({"record": {"name": text("record.name")}, "table": ["people"]}),
        json!({"unknown": text("unknown")}),
        // As Firehose and Pipes would send them.
        json!({"invocationId": text("invocationId"), "deliveryStreamArn": text("deliveryStreamArn"),
            // Its own id of a record is repeated by contract, and no row is in it.
            "records": [{"recordId": "49546986683135544286507457936321625675700192471156785154000000", "data": BASE64.encode_to_string(text("data").to_string())}]}),
        json!([{"eventSource": "aws:kinesis", "partitionKey": text("pipes' partitionKey"),
            "data": BASE64.encode_to_string(text("pipes' data").to_string())}]),
    ];
    let mut requests: Vec<String> = requests.iter().map(Value::to_string).collect();
    for template in [
        r#"{"record":{"name":"A","name":"B"},"fields":["email"]}"#,
        r#"{"record":{"deep":[{"email":"A","\u0065mail":"B"}]},"fields":["deep.name"]}"#,
        r#"{"action":"A","action":"B"}"#,
        r#"{"action":"save","processor":"p","state":{"a":"A","a":"B"}}"#,
        r#"{"action":"get" "A" B"#,
    ] {
        let first = template.replacen("\"A\"", &text("the first").to_string(), 1);
        requests
            .push(first.replacen("\"B\"", &text("the second").to_string(), 1).replace(" B", ""));
    }
    requests
}

#[tokio::test]
async fn nothing_of_a_refused_request_is_repeated() {
    let stand = Stand::new().await;
    let mut seeds = Seeds::default();
    for request in refused(&mut seeds) {
        stand.ask_redactor(&request).await;
        stand.ask_state(&request).await;
        stand.ask_health(&request).await;
        stand.takes(request.clone());
        stand.ask_dlq(&request).await;
        stand.deliver(&stand.processor(None).await, &request).await;
    }
    stand.ask_health("{}").await;
    stand.look_around().await;
    check(&stand, &seeds);
}

#[tokio::test]
async fn what_data_redactor_withholds_is_nowhere_in_its_answer() {
    let stand = Stand::new().await;
    let mut seeds = Seeds::default();
    for record in cdc_tests::canary::rows(&mut seeds) {
        stand.ask_redactor(&json!({"record": record, "table": "people"}).to_string()).await;
        stand.ask_redactor(&json!({"records": [record], "table": "everything"}).to_string()).await;
    }
    assert_eq!(stand.count("data-redactor's answer"), 4);
    check(&stand, &seeds);
}

/// Batches that are none: of another source, without what the mapping always sends, of data that is none.
#[tokio::test]
async fn nothing_of_a_batch_that_is_refused_is_repeated() {
    let stand = Stand::new().await;
    let mut seeds = Seeds::default();
    let records = cdc_tests::canary::records(&mut seeds);
    let streamed = payloads::kinesis(&stand, &records).await;
    let queued = payloads::sqs(&mut seeds, &records);
    let topics = payloads::kafka(&mut seeds, &records);
    let mut plant = |at: &str| seeds.text(format!("a refused batch: {at}"));
    let mut refused = vec![
        streamed.replace("stream/", "stream/other-"),
        queued.replace("coredb-cdc", "other"),
        topics.replace("abcd1234", "abcd1235"),
        format!("{streamed} {}", plant("behind it")),
        streamed[..streamed.len() - 2].to_owned(),
        topics[..topics.len() / 2].to_owned(),
    ];
    for (pointer, batch) in [
        ("/Records/0/eventSource", &streamed),
        ("/Records/0/eventSourceARN", &streamed),
        ("/Records/0/eventID", &streamed),
        ("/Records/0/kinesis/data", &streamed),
        ("/Records/0/kinesis/sequenceNumber", &streamed),
        ("/Records/0/kinesis/approximateArrivalTimestamp", &streamed),
        ("/Records/0/kinesis", &streamed),
        ("/Records/0/eventSourceARN", &queued),
        ("/Records/0/messageId", &queued),
        ("/Records/0/attributes/SequenceNumber", &queued),
        ("/Records/0/attributes/SentTimestamp", &queued),
        ("/Records/0/attributes", &queued),
        ("/eventSource", &topics),
        ("/bootstrapServers", &topics),
        ("/records/core-users-0/0/topic", &topics),
        ("/records/core-users-0/0/offset", &topics),
        ("/records/core-users-0/0/value", &topics),
        ("/records/core-users-0/0/key", &topics),
        ("/records/core-users-0", &topics),
    ] {
        let mut batch: Value = serde_json::from_str(batch).unwrap();
        *batch.pointer_mut(pointer).unwrap() = plant(pointer).into();
        refused.push(batch.to_string());
    }
    let mut thrown = 0;
    for batch in refused {
        thrown += usize::from(!stand.deliver(&stand.processor(None).await, &batch).await);
    }
    assert!(thrown >= 15, "{thrown}");
    stand.look_around().await;
    check(&stand, &seeds);
}
