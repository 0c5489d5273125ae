//! Stream, bus, tables, queues, buckets and secret, as the pipeline needs them.
//!
//! [`Cloud::provision`] makes what is missing and leaves alone what is there, so that a data
//! folder can be opened again. What it makes has the shape that `template.yaml` gives it on AWS.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    TimeToLiveSpecification, TimeToLiveStatus,
};
use aws_sdk_eventbridge::types::Target;
use aws_sdk_kinesis::types::StreamStatus;
use aws_sdk_sqs::types::QueueAttributeName;

use super::{ACCOUNT, Cloud};

// The longest that SQS keeps a message: a dead letter waits for a person.
const DEAD_LETTER_RETENTION_SECONDS: u32 = 14 * 24 * 60 * 60;

// The stream becomes active in a task that is already scheduled; this is far more than it needs.
const ACTIVE_LOOKS_MAX: usize = 10_000;

/// The FIFO queue that can carry the records in place of the stream.
pub const SOURCE_QUEUE: &str = "coredb-cdc.fifo";

/// The topic that can carry the records in place of the stream.
pub const SOURCE_TOPIC: &str = "coredb-cdc";

/// The topic's cluster: name and id.
const SOURCE_CLUSTER: &str = "cdc-local/00000000-0000-4000-8000-000000000000-1";

/// The id key of a local pipeline: fixed, so that ids are the same in every run. It protects
/// nothing, and never leaves this machine.
pub const LOCAL_ID_KEY: &str = "Y2RjIGxvY2FsOiBhIGtleSB3aXRob3V0IHNlY3JldHM=";

/// The names of everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resources {
    /// The Kinesis stream.
    pub stream: String,
    /// Its shards.
    pub shards: u32,
    /// The event bus.
    pub bus: String,
    /// The source whose events the bus gives to the subscriber queue.
    pub event_source: String,
    /// The table of ledger and checkpoints: `pk`, `sk`, and `ttl` for expiry.
    pub checkpoint_table: String,
    /// The table of state documents: `pk`.
    pub state_table: String,
    /// The queue of dead letters.
    pub dead_letter_queue: String,
    /// The queue of letters that somebody parked.
    pub parked_queue: String,
    /// The bucket of what the event source mapping gives up.
    pub on_failure_bucket: String,
    /// The bucket of details that are larger than an event may be.
    pub claim_check_bucket: String,
    /// The bucket of records that are larger than a dead letter may be.
    pub dead_letter_bucket: String,
    /// The queue behind the bus.
    pub subscriber_queue: String,
    /// The secret with the id key.
    pub id_key_secret: String,
}

impl Default for Resources {
    fn default() -> Self {
        Self {
            stream: "coredb-cdc-stream".into(),
            shards: 2,
            bus: "cdc-events".into(),
            event_source: "cdc-pipeline".into(),
            checkpoint_table: "cdc-checkpoints".into(),
            state_table: "cdc-state".into(),
            dead_letter_queue: "cdc-dead-letters".into(),
            parked_queue: "cdc-parked-letters".into(),
            on_failure_bucket: "cdc-on-failure".into(),
            claim_check_bucket: "cdc-claim-check".into(),
            dead_letter_bucket: "cdc-dead-letters".into(),
            subscriber_queue: "cdc-subscriber".into(),
            id_key_secret: "cdc-id-key".into(),
        }
    }
}

/// Where everything is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provisioned {
    /// The ARN of the stream.
    pub stream_arn: String,
    /// The ARN of the bus.
    pub bus_arn: String,
    /// The URL of the dead-letter queue.
    pub dead_letter_queue_url: String,
    /// The ARN of the dead-letter queue.
    pub dead_letter_queue_arn: String,
    /// The URL of the queue of parked letters.
    pub parked_queue_url: String,
    /// The URL of the subscriber queue.
    pub subscriber_queue_url: String,
    /// The ARN of the subscriber queue.
    pub subscriber_queue_arn: String,
    /// The ARN of the secret.
    pub id_key_secret_arn: String,
}

/// Why something could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// A service refused.
    #[error("can't make the {what} \"{name}\"")]
    Refused {
        /// What was to be made.
        what: &'static str,
        /// Its name.
        name: String,
        /// What the service said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The stream stays in another state.
    #[error("the stream \"{0}\" does not become active")]
    NotActive(String),
}

impl Cloud {
    /// Makes what is missing of `resources`. Running it again changes nothing.
    ///
    /// # Errors
    ///
    /// The first resource that can't be made; those before it stay.
    pub async fn provision(&self, resources: &Resources) -> Result<Provisioned, ProvisionError> {
        let makes = Makes::new(self);
        makes.stream(&resources.stream, resources.shards).await?;
        makes.table(&resources.checkpoint_table, &["pk", "sk"]).await?;
        makes.expiry(&resources.checkpoint_table).await?;
        makes.table(&resources.state_table, &["pk"]).await?;
        let letters = Some(DEAD_LETTER_RETENTION_SECONDS);
        let dead_letter_queue_url = makes.queue(&resources.dead_letter_queue, letters).await?;
        let parked_queue_url = makes.queue(&resources.parked_queue, letters).await?;
        let subscriber_queue_url = makes.queue(&resources.subscriber_queue, None).await?;
        let subscriber_queue_arn = self.queue_arn(&resources.subscriber_queue);
        for bucket in [
            &resources.on_failure_bucket,
            &resources.claim_check_bucket,
            &resources.dead_letter_bucket,
        ] {
            makes.bucket(bucket).await?;
        }
        makes.bus(resources, &subscriber_queue_arn).await?;
        Ok(Provisioned {
            stream_arn: self.stream_arn(&resources.stream),
            bus_arn: self.bus_arn(&resources.bus),
            dead_letter_queue_arn: self.queue_arn(&resources.dead_letter_queue),
            dead_letter_queue_url,
            parked_queue_url,
            subscriber_queue_url,
            subscriber_queue_arn,
            id_key_secret_arn: makes.secret(&resources.id_key_secret).await?,
        })
    }

    /// The ARN of a stream with this name.
    pub fn stream_arn(&self, name: &str) -> String {
        format!("arn:aws:kinesis:{}:{ACCOUNT}:stream/{name}", self.region())
    }

    /// The ARN of the cluster that [`SOURCE_TOPIC`] is a topic of.
    pub fn source_cluster_arn(&self) -> String {
        format!("arn:aws:kafka:{}:{ACCOUNT}:cluster/{SOURCE_CLUSTER}", self.region())
    }

    /// The ARN of [`SOURCE_TOPIC`], as letters and checkpoints name it.
    pub fn source_topic_arn(&self) -> String {
        format!("arn:aws:kafka:{}:{ACCOUNT}:topic/{SOURCE_CLUSTER}/{SOURCE_TOPIC}", self.region())
    }

    /// The ARN of a bus with this name.
    pub fn bus_arn(&self, name: &str) -> String {
        format!("arn:aws:events:{}:{ACCOUNT}:event-bus/{name}", self.region())
    }

    /// The ARN of a queue with this name.
    pub fn queue_arn(&self, name: &str) -> String {
        format!("arn:aws:sqs:{}:{ACCOUNT}:{name}", self.region())
    }

    /// The URL of a queue with this name.
    pub fn queue_url(&self, name: &str) -> String {
        format!("https://sqs.{}.amazonaws.com/{ACCOUNT}/{name}", self.region())
    }
}

struct Makes {
    kinesis: aws_sdk_kinesis::Client,
    dynamo: aws_sdk_dynamodb::Client,
    sqs: aws_sdk_sqs::Client,
    events: aws_sdk_eventbridge::Client,
    secrets: aws_sdk_secretsmanager::Client,
    buckets: aws_sdk_s3::Client,
}

impl Makes {
    fn new(cloud: &Cloud) -> Self {
        let config = cloud.sdk_config();
        Self {
            kinesis: aws_sdk_kinesis::Client::new(&config),
            dynamo: aws_sdk_dynamodb::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
            events: aws_sdk_eventbridge::Client::new(&config),
            secrets: aws_sdk_secretsmanager::Client::new(&config),
            buckets: aws_sdk_s3::Client::new(&config),
        }
    }

    async fn stream(&self, name: &str, shards: u32) -> Result<(), ProvisionError> {
        let shards = i32::try_from(shards).unwrap_or(i32::MAX);
        let made = self.kinesis.create_stream().stream_name(name).shard_count(shards).send().await;
        if let Err(error) = made
            && !error.as_service_error().is_some_and(|e| e.is_resource_in_use_exception())
        {
            return Err(refused("stream", name, error));
        }
        for _ in 0..ACTIVE_LOOKS_MAX {
            let seen = self.kinesis.describe_stream_summary().stream_name(name).send().await;
            let seen = seen.map_err(|error| refused("stream", name, error))?;
            let summary = seen.stream_description_summary();
            if summary.map(|s| s.stream_status()) == Some(&StreamStatus::Active) {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
        Err(ProvisionError::NotActive(name.to_owned()))
    }

    async fn table(&self, name: &str, keys: &[&str]) -> Result<(), ProvisionError> {
        let mut make =
            self.dynamo.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
        for (key, kind) in keys.iter().zip([KeyType::Hash, KeyType::Range]) {
            let attribute = AttributeDefinition::builder()
                .attribute_name(*key)
                .attribute_type(ScalarAttributeType::S)
                .build();
            let schema = KeySchemaElement::builder().attribute_name(*key).key_type(kind).build();
            make = make
                .attribute_definitions(attribute.map_err(|error| refused("table", name, error))?)
                .key_schema(schema.map_err(|error| refused("table", name, error))?);
        }
        match make.send().await {
            Err(error)
                if !error.as_service_error().is_some_and(|e| e.is_resource_in_use_exception()) =>
            {
                Err(refused("table", name, error))
            }
            _ => Ok(()),
        }
    }

    async fn expiry(&self, table: &str) -> Result<(), ProvisionError> {
        const WHAT: &str = "expiry of the table";
        let seen = self.dynamo.describe_time_to_live().table_name(table).send().await;
        let seen = seen.map_err(|error| refused(WHAT, table, error))?;
        let status = seen.time_to_live_description().and_then(|d| d.time_to_live_status());
        if matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
            return Ok(());
        }
        let wanted = TimeToLiveSpecification::builder().attribute_name("ttl").enabled(true).build();
        let wanted = wanted.map_err(|error| refused(WHAT, table, error))?;
        let update = self.dynamo.update_time_to_live().table_name(table);
        let made = update.time_to_live_specification(wanted).send().await;
        made.map(drop).map_err(|error| refused(WHAT, table, error))
    }

    async fn queue(&self, name: &str, retention: Option<u32>) -> Result<String, ProvisionError> {
        let mut make = self.sqs.create_queue().queue_name(name);
        if let Some(seconds) = retention {
            let attribute = QueueAttributeName::MessageRetentionPeriod;
            make = make.attributes(attribute, seconds.to_string());
        }
        let made = make.send().await.map_err(|error| refused("queue", name, error))?;
        made.queue_url.ok_or_else(|| refused("queue", name, "the answer has no URL"))
    }

    async fn bucket(&self, name: &str) -> Result<(), ProvisionError> {
        match self.buckets.create_bucket().bucket(name).send().await {
            Err(error)
                if !error
                    .as_service_error()
                    .is_some_and(|e| e.is_bucket_already_owned_by_you()) =>
            {
                Err(refused("bucket", name, error))
            }
            _ => Ok(()),
        }
    }

    async fn bus(&self, resources: &Resources, queue_arn: &str) -> Result<(), ProvisionError> {
        let bus = &resources.bus;
        let made = self.events.create_event_bus().name(bus).send().await;
        if let Err(error) = made
            && !error.as_service_error().is_some_and(|e| e.is_resource_already_exists_exception())
        {
            return Err(refused("bus", bus, error));
        }
        // winterbaume tells rules apart by their names alone, on whatever bus they are.
        let rule = format!("{bus}-to-{}", resources.subscriber_queue);
        let pattern = serde_json::json!({"source": [resources.event_source]}).to_string();
        let put = self.events.put_rule().name(&rule).event_bus_name(bus).event_pattern(pattern);
        put.send().await.map_err(|error| refused("rule", &rule, error))?;
        let target = Target::builder().id("subscriber").arn(queue_arn).build();
        let target = target.map_err(|error| refused("target", queue_arn, error))?;
        let put = self.events.put_targets().rule(&rule).event_bus_name(bus).targets(target);
        put.send().await.map(drop).map_err(|error| refused("target", queue_arn, error))
    }

    async fn secret(&self, name: &str) -> Result<String, ProvisionError> {
        let make = self.secrets.create_secret().name(name).secret_string(LOCAL_ID_KEY);
        let arn = match make.send().await {
            Ok(made) => made.arn,
            Err(error)
                if error.as_service_error().is_some_and(|e| e.is_resource_exists_exception()) =>
            {
                let seen = self.secrets.describe_secret().secret_id(name).send().await;
                seen.map_err(|error| refused("secret", name, error))?.arn
            }
            Err(error) => return Err(refused("secret", name, error)),
        };
        arn.ok_or_else(|| refused("secret", name, "the answer has no ARN"))
    }
}

fn refused(
    what: &'static str,
    name: &str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> ProvisionError {
    ProvisionError::Refused { what, name: name.to_owned(), source: source.into() }
}
