//! A cloud, the five functions over it as they are deployed, and everything that they say.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use cdc_aws::{
    config::{Connection, SdkHttp},
    endpoint::Region,
    function::{
        Fatal, Invocation,
        settings::{Basics, Environment, LogFormat},
        telemetry,
    },
};
use cdc_core::rules::{ConfigFile, Rules};
use cdc_local::cloud::{Cloud, CloudOptions, Provisioned, Resources, trouble::Trouble};
use cdc_processor::AwsProcessor;
use cdc_tests::canary::CONFIG;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tracing::{level_filters::LevelFilter, subscriber::DefaultGuard};

use super::payloads;

/// The cloud, what goes in, and what comes out.
pub(super) struct Stand {
    pub(super) cloud: Cloud,
    pub(super) resources: Resources,
    pub(super) provisioned: Provisioned,
    logs: Kept,
    outputs: RefCell<Vec<(String, Vec<u8>)>>,
    inputs: RefCell<BTreeSet<Vec<u8>>>,
    _logging: DefaultGuard,
}

/// Keeps the log lines.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stand {
    /// An empty one. The functions log as they do when they are told to log everything.
    pub(super) async fn new() -> Self {
        let logs = Kept::default();
        let writer = logs.clone();
        let cloud = Cloud::start(CloudOptions::default()).await.unwrap();
        let basics = Basics {
            region: Region::parse(cloud.region()).unwrap(),
            endpoint: None,
            log_level: LevelFilter::TRACE,
            log_format: LogFormat::Json,
        };
        let lines = telemetry::subscriber(&basics, move || writer.clone());
        let logging = tracing::subscriber::set_default(lines);
        let resources = Resources { shards: 1, ..Resources::default() };
        let provisioned = cloud.provision(&resources).await.unwrap();
        let (outputs, inputs) = (RefCell::default(), RefCell::default());
        Self { cloud, resources, provisioned, logs, outputs, inputs, _logging: logging }
    }

    /// Notes an output.
    pub(super) fn says(&self, output: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.outputs.borrow_mut().push((output.into(), bytes.into()));
    }

    /// All outputs so far, by what they are.
    pub(super) fn outputs(&self) -> Vec<(String, Vec<u8>)> {
        let mut outputs = self.outputs.borrow().clone();
        outputs.push(("log lines".to_owned(), self.logs.0.lock().unwrap().clone()));
        outputs
    }

    /// Notes an input.
    pub(super) fn takes(&self, input: impl Into<Vec<u8>>) {
        self.inputs.borrow_mut().insert(input.into());
    }

    /// All that went in.
    pub(super) fn inputs(&self) -> BTreeSet<Vec<u8>> {
        self.inputs.borrow().clone()
    }

    pub(super) fn connection(&self, trouble: Option<&Trouble>) -> Connection {
        let http = self.cloud.http_client();
        let http = trouble.map_or_else(|| http.clone(), |trouble| trouble.wrap(http.clone()));
        let region = Region::parse(self.cloud.region()).unwrap();
        Connection::embedded(region, SdkHttp::new(http))
    }

    /// A function's settings, out of the environment that all of them have.
    pub(super) fn settings<S: Environment>(&self) -> S {
        self.settings_with(&[])
    }

    /// The same with these variables besides.
    fn settings_with<S: Environment>(&self, set: &[(&str, &str)]) -> S {
        let settings = S::from_env(|name| self.variable(set, name));
        settings.unwrap_or_else(|problems| panic!("{problems}"))
    }

    fn variable(&self, set: &[(&str, &str)], name: &str) -> Option<String> {
        if let Some((_, value)) = set.iter().find(|(set, _)| *set == name) {
            return Some((*value).to_owned());
        }
        let (resources, provisioned) = (&self.resources, &self.provisioned);
        let value = match name {
            "AWS_REGION" => self.cloud.region(),
            "KINESIS_STREAM_ARN" => &provisioned.stream_arn,
            "SQS_QUEUE_ARN" => payloads::QUEUE,
            "KAFKA_CLUSTER_ARN" => payloads::CLUSTER,
            "KAFKA_TOPICS" => payloads::TOPIC,
            "EVENT_BUS_NAME" => &resources.bus,
            "EVENT_SOURCE" => &resources.event_source,
            "CHECKPOINT_TABLE_NAME" => &resources.checkpoint_table,
            "STATE_TABLE_NAME" => &resources.state_table,
            "DEAD_LETTER_QUEUE_URL" => &provisioned.dead_letter_queue_url,
            "CLAIM_CHECK_BUCKET_NAME" => &resources.claim_check_bucket,
            "DEAD_LETTER_BUCKET_NAME" => &resources.dead_letter_bucket,
            "PARKED_QUEUE_URL" => &provisioned.parked_queue_url,
            "ON_FAILURE_BUCKET_NAME" => &resources.on_failure_bucket,
            "PROCESSOR_FUNCTION_NAME" => "cdc-processor",
            "ID_KEY" | "REDACTION_KEYS" => "local:fixed",
            _ => return None,
        };
        Some(value.to_owned())
    }

    /// cdc-processor, which may meet trouble.
    pub(super) async fn processor(&self, trouble: Option<&Trouble>) -> AwsProcessor {
        self.processor_with(&[], trouble).await
    }

    /// The same with these variables besides.
    pub(super) async fn processor_with(
        &self,
        set: &[(&str, &str)],
        trouble: Option<&Trouble>,
    ) -> AwsProcessor {
        let settings = self.settings_with(set);
        cdc_processor::start(&settings, self.connection(trouble), rules()).await.unwrap()
    }

    /// Invokes it as Lambda does: what it answers, logs and throws is noted. Whether it took the batch.
    pub(super) async fn deliver(&self, processor: &AwsProcessor, payload: &str) -> bool {
        self.takes(payload);
        let Invocation { request_id, deadline, .. } = invocation();
        let handled = processor.handle(payload.as_bytes(), &request_id, deadline).await;
        match handled {
            Ok(handled) => {
                cdc_processor::telemetry::log(&handled);
                self.says("cdc-processor's answer", serde_json::to_vec(&handled.response).unwrap());
                self.says("cdc-processor's report, as Debug", format!("{handled:?}"));
                true
            }
            Err(error) => {
                self.says("what cdc-processor throws", format!("{:?}", Fatal::of(&error)));
                self.says("what cdc-processor throws, as Debug", format!("{error:?}"));
                false
            }
        }
    }

    /// dlq-processor's answer, which is noted, as is what it logs.
    pub(super) async fn ask_dlq(&self, request: &str) -> Value {
        self.ask_dlq_in(request, None).await
    }

    /// The same of one that may meet trouble.
    pub(super) async fn ask_dlq_in(&self, request: &str, trouble: Option<&Trouble>) -> Value {
        let settings = self.settings();
        let started = dlq_processor::start(&settings, self.connection(trouble), rules());
        let handled = started.await.unwrap().handle(request.as_bytes(), &invocation()).await;
        dlq_processor::telemetry::log(&handled);
        self.says(format!("dlq-processor's answer to {request}"), handled.answer.clone());
        self.says(format!("dlq-processor's run, as Debug, of {request}"), format!("{handled:?}"));
        serde_json::from_str(&handled.answer).unwrap()
    }

    /// Notes all that lies in the cloud, but for the raw letters and documents.
    pub(super) async fn look_around(&self) {
        let resources = &self.resources;
        for message in self.cloud.queues().drain(&resources.subscriber_queue).unwrap() {
            self.says("an event", message.body);
        }
        for table in [&resources.checkpoint_table, &resources.state_table] {
            for item in self.cloud.items(table).await.unwrap() {
                self.says(format!("an item of {table}"), item);
            }
        }
        for (key, bytes) in self.cloud.objects(&resources.claim_check_bucket).await.unwrap() {
            self.says("a key of a claim check's object", key);
            self.says("a claim check's object", bytes);
        }
        for bucket in [&resources.dead_letter_bucket, &resources.on_failure_bucket] {
            for (key, _) in self.cloud.objects(bucket).await.unwrap() {
                self.says(format!("a key of {bucket}"), key);
            }
        }
    }

    /// How many outputs of that name there are.
    pub(super) fn count(&self, output: &str) -> usize {
        self.outputs.borrow().iter().filter(|(name, _)| name == output).count()
    }
}

/// The rules of the canary.
pub(super) fn rules() -> Rules {
    let file = ConfigFile { path: "canary.yaml".into(), text: CONFIG.into() };
    Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}")).rules
}

/// An invocation with time enough.
pub(super) fn invocation() -> Invocation {
    let deadline = Timestamp::now().checked_add(SignedDuration::from_mins(15)).unwrap();
    Invocation { request_id: "request-1".to_owned(), deadline, alias: None }
}
