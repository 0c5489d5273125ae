//! A cloud, and the functions with the sources that a test sets.

use cdc_aws::{
    config::{Connection, SdkHttp},
    endpoint::Region,
    function::{Invocation, settings::Environment as _},
};
use cdc_core::rules::{ConfigFile, Rules};
use cdc_local::cloud::{Cloud, CloudOptions, Provisioned, Resources, trouble::Trouble};
use cdc_processor::AwsProcessor;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::schemas;

/// The rules of the tests' rows.
pub(super) const TABLES: &str = "  t: {keys: [id], include: [id, v, ssn], redact: [ssn]}\n";

pub(super) struct Place {
    cloud: Cloud,
    pub(super) resources: Resources,
    provisioned: Provisioned,
}

impl Place {
    pub(super) async fn new() -> Self {
        let cloud = Cloud::start(CloudOptions::default()).await.unwrap();
        let resources = Resources { shards: 1, ..Resources::default() };
        let provisioned = cloud.provision(&resources).await.unwrap();
        Self { cloud, resources, provisioned }
    }

    /// cdc-processor with these settings besides, which may meet trouble.
    pub(super) async fn processor(
        &self,
        settings: &[(&str, &str)],
        trouble: Option<&Trouble>,
    ) -> AwsProcessor {
        self.processor_of(settings, TABLES, trouble).await
    }

    /// The same with these tables.
    pub(super) async fn processor_of(
        &self,
        settings: &[(&str, &str)],
        tables: &str,
        trouble: Option<&Trouble>,
    ) -> AwsProcessor {
        self.processor_with(settings, rules(tables), trouble).await
    }

    /// The same with these rules.
    pub(super) async fn processor_with(
        &self,
        settings: &[(&str, &str)],
        rules: Rules,
        trouble: Option<&Trouble>,
    ) -> AwsProcessor {
        let find = |name: &str| self.variable(settings, name);
        let settings = cdc_processor::settings::Settings::from_env(find).unwrap();
        cdc_processor::start(&settings, self.connection(trouble), rules).await.unwrap()
    }

    /// What the processor answers, which is well formed.
    pub(super) async fn handle(&self, processor: &AwsProcessor, payload: &str) -> Value {
        let Invocation { request_id, deadline, .. } = invocation();
        let handled = processor.handle(payload.as_bytes(), &request_id, deadline).await.unwrap();
        let answer = serde_json::to_value(&handled.response).unwrap();
        schemas::check_answer("batch-response-1", &answer);
        answer
    }

    /// Why the processor refuses a payload.
    pub(super) async fn refused(&self, processor: &AwsProcessor, payload: &str) -> String {
        let Invocation { request_id, deadline, .. } = invocation();
        let handled = processor.handle(payload.as_bytes(), &request_id, deadline).await;
        handled.unwrap_err().to_string()
    }

    /// What dlq-processor answers with these settings and tables.
    pub(super) async fn replay(&self, settings: &[(&str, &str)], tables: &str) -> Value {
        let find = |name: &str| self.variable(settings, name);
        let settings = dlq_processor::settings::Settings::from_env(find).unwrap();
        let started = dlq_processor::start(&settings, self.connection(None), rules(tables));
        let processor = started.await.unwrap();
        let handled = processor.handle(br#"{"action":"replay"}"#, &invocation()).await;
        let answer = serde_json::from_str(&handled.answer).unwrap();
        schemas::check_answer("dlq-answer-1", &answer);
        answer
    }

    /// Takes the details of what the subscriber got.
    pub(super) fn events(&self) -> Vec<Value> {
        let messages = self.cloud.queues().drain(&self.resources.subscriber_queue).unwrap();
        let detail = |body: &str| serde_json::from_str::<Value>(body).unwrap()["detail"].take();
        messages.iter().map(|message| detail(&message.body)).collect()
    }

    /// The dead letters as they lie there.
    pub(super) fn letters(&self) -> Vec<Value> {
        let messages = self.cloud.queues().peek(&self.resources.dead_letter_queue).unwrap();
        messages.iter().map(|message| serde_json::from_str(&message.body).unwrap()).collect()
    }

    fn variable(&self, settings: &[(&str, &str)], name: &str) -> Option<String> {
        if let Some((_, value)) = settings.iter().find(|(set, _)| *set == name) {
            return Some((*value).to_owned());
        }
        let value = match name {
            "AWS_REGION" => self.cloud.region(),
            "EVENT_BUS_NAME" => &self.resources.bus,
            "EVENT_SOURCE" => &self.resources.event_source,
            "CHECKPOINT_TABLE_NAME" => &self.resources.checkpoint_table,
            "DEAD_LETTER_QUEUE_URL" => &self.provisioned.dead_letter_queue_url,
            "DEAD_LETTER_BUCKET_NAME" => &self.resources.dead_letter_bucket,
            "ID_KEY" => "local:fixed",
            _ => return None,
        };
        Some(value.to_owned())
    }

    fn connection(&self, trouble: Option<&Trouble>) -> Connection {
        let http = self.cloud.http_client();
        let http = trouble.map_or_else(|| http.clone(), |trouble| trouble.wrap(http.clone()));
        let region = Region::parse(self.cloud.region()).unwrap();
        Connection::embedded(region, SdkHttp::new(http))
    }
}

fn rules(tables: &str) -> Rules {
    let text = format!("version: 1\npipeline: test\nunlisted_tables: reject\ntables:\n{tables}");
    let file = ConfigFile { path: "test.yaml".into(), text };
    Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}")).rules
}

/// An invocation with time enough.
fn invocation() -> Invocation {
    let deadline = Timestamp::now().checked_add(SignedDuration::from_mins(2)).unwrap();
    Invocation { request_id: "request-1".to_owned(), deadline, alias: None }
}
