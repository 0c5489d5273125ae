//! A cloud to replay in, and the functions with one configuration or another.

use cdc_aws::{
    config::Connection,
    function::{Invocation, settings::Environment as _},
};
use cdc_core::rules::{ConfigFile, Rules};
use cdc_local::{
    cloud::{Cloud, CloudOptions, Gateway, Provisioned, QueueMessage, Resources, trouble::Trouble},
    functions::{Deployment, FunctionName, Functions},
};
use dlq_processor::{AwsDlqProcessor, settings::Settings};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::letters::{Row, event, row};
use crate::schemas::check_answer;

/// Nothing gets through: rows of `t` have no such key, and `other` is not listed.
pub(super) const BROKEN: &str = "  t: {keys: [nope], include: [nope]}\n";

/// As it should have been.
pub(super) const MENDED: &str = "  t: {keys: [id], include: [id, v, ssn], redact: [ssn]}\n  other: {keys: [id], include: [id]}\n";

/// A cloud with everything in it.
pub(super) struct Place {
    pub(super) cloud: Cloud,
    pub(super) resources: Resources,
    pub(super) provisioned: Provisioned,
}

impl Place {
    pub(super) async fn new() -> Self {
        let cloud = Cloud::start(CloudOptions::default()).await.unwrap();
        let resources = Resources { shards: 1, ..Resources::default() };
        let provisioned = cloud.provision(&resources).await.unwrap();
        Self { cloud, resources, provisioned }
    }

    /// With so many letters in the queue, of as many rows.
    pub(super) async fn with_letters(count: usize) -> Self {
        let place = Self::new().await;
        let row = |number: usize| Row {
            shard: "shardId-000000000000".to_owned(),
            number: (number + 1).to_string(),
            data: row(&format!("r{number}")),
        };
        let records: Vec<Row> = (0..count).map(row).collect();
        let broken = place.functions(BROKEN).await;
        for payload in event(&place.provisioned.stream_arn, &records) {
            broken.invoke(FunctionName::CdcProcessor, payload.as_bytes()).await;
        }
        assert_eq!((place.letters().len(), place.events().len()), (count, 0));
        place
    }

    /// The functions with these tables.
    pub(super) async fn functions(&self, tables: &str) -> Functions {
        self.functions_in(tables, None).await
    }

    /// The same, of which cdc-processor may meet trouble.
    pub(super) async fn functions_in(&self, tables: &str, trouble: Option<&Trouble>) -> Functions {
        let http = self.cloud.http_client();
        let processor_http = trouble.map_or_else(|| http.clone(), |it| it.wrap(http.clone()));
        let deployment = Deployment {
            parallelization: 1,
            cloud: &self.cloud,
            resources: &self.resources,
            provisioned: &self.provisioned,
            rules: rules(tables),
            http,
            processor_http,
        };
        Functions::start(deployment).await.unwrap()
    }

    /// The way into the cloud for others.
    pub(super) async fn gateway(&self) -> Gateway {
        self.cloud.listen("127.0.0.1:0".parse().unwrap()).await.unwrap()
    }

    /// The dlq-processor alone, through sockets as a process of its own; one setting may name what is
    /// not there.
    pub(super) async fn dlq_processor(
        &self,
        gateway: &Gateway,
        missing: Option<&str>,
    ) -> AwsDlqProcessor {
        let find = |name: &str| {
            let value = match name {
                "AWS_REGION" => self.cloud.region().to_owned(),
                "AWS_ENDPOINT_URL" => gateway.url(),
                "KINESIS_STREAM_ARN" => self.provisioned.stream_arn.clone(),
                "EVENT_BUS_NAME" => self.resources.bus.clone(),
                "DEAD_LETTER_QUEUE_URL" => self.provisioned.dead_letter_queue_url.clone(),
                "ID_KEY" => "local:fixed".to_owned(),
                _ => return None,
            };
            Some(if missing == Some(name) { format!("{value}-not") } else { value })
        };
        let settings = Settings::from_env(find).unwrap();
        let connection = Connection::of_settings(&settings.basics);
        dlq_processor::start(&settings, connection, rules(MENDED)).await.unwrap()
    }

    /// The dead-letter queue as it lies there.
    pub(super) fn letters(&self) -> Vec<QueueMessage> {
        self.cloud.queues().peek(&self.resources.dead_letter_queue).unwrap()
    }

    /// Takes the details of what the subscriber got.
    pub(super) fn events(&self) -> Vec<Value> {
        let messages = self.cloud.queues().drain(&self.resources.subscriber_queue).unwrap();
        let detail = |message: QueueMessage| {
            let mut event: Value = serde_json::from_str(&message.body).unwrap();
            event["detail"].take()
        };
        messages.into_iter().map(detail).collect()
    }
}

pub(super) fn rules(tables: &str) -> Rules {
    let text = format!("version: 1\npipeline: test\nunlisted_tables: reject\ntables:\n{tables}");
    let file = ConfigFile { path: "test.yaml".into(), text };
    Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}")).rules
}

/// Asks dlq-processor.
pub(super) async fn ask(functions: &Functions, request: &str) -> Value {
    let answered = functions.invoke(FunctionName::DlqProcessor, request.as_bytes()).await;
    let answer = serde_json::from_slice(&answered.payload).unwrap();
    check_answer("dlq-answer-1", &answer);
    answer
}

/// An invocation with time enough.
pub(super) fn invocation() -> Invocation {
    let deadline = Timestamp::now().checked_add(SignedDuration::from_mins(15)).unwrap();
    Invocation { request_id: "request-1".to_owned(), deadline, alias: None }
}
