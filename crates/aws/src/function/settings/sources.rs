//! The sources whose records a function takes: at least one, each known exactly enough to refuse what
//! comes from elsewhere.

use super::{ConfiguredQueue, ConfiguredStream, ConfiguredTopics, Reader, topics};

const QUEUE: &str = "SQS_QUEUE_ARN";
const CLUSTER: &str = "KAFKA_CLUSTER_ARN";
const SERVERS: &str = "KAFKA_BOOTSTRAP_SERVERS";
const TOPICS: &str = "KAFKA_TOPICS";

/// The configured sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfiguredSources {
    /// `KINESIS_STREAM_NAME`, `KINESIS_STREAM_ARN`.
    pub stream: Option<ConfiguredStream>,
    /// `SQS_QUEUE_ARN`.
    pub queue: Option<ConfiguredQueue>,
    /// `KAFKA_CLUSTER_ARN` or `KAFKA_BOOTSTRAP_SERVERS`, with `KAFKA_TOPICS`.
    pub topics: Option<ConfiguredTopics>,
}

impl From<ConfiguredStream> for ConfiguredSources {
    fn from(stream: ConfiguredStream) -> Self {
        Self { stream: Some(stream), ..Self::default() }
    }
}

impl Reader<'_> {
    /// All sources: at least one is needed.
    pub fn sources(&mut self) -> Option<ConfiguredSources> {
        let others = [QUEUE, CLUSTER, SERVERS].iter().any(|name| self.is_set(name));
        let wants_stream = ["KINESIS_STREAM_NAME", "KINESIS_STREAM_ARN"];
        let has_stream = wants_stream.iter().any(|name| self.is_set(name));
        if !others && !has_stream {
            self.problem(
                wants_stream[0],
                "missing; set it on the function, or another source: SQS_QUEUE_ARN, or KAFKA_TOPICS with \
                 KAFKA_CLUSTER_ARN or KAFKA_BOOTSTRAP_SERVERS",
            );
        }
        let stream = if has_stream { self.stream() } else { None };
        let queue = self.optional_in_region(QUEUE, ConfiguredQueue::exactly);
        Some(ConfiguredSources { stream, queue, topics: self.topics() })
    }

    fn topics(&mut self) -> Option<ConfiguredTopics> {
        let managed = self.optional_in_region(CLUSTER, topics::cluster_arn);
        let own = self.optional(SERVERS, topics::servers);
        let has_cluster = self.is_set(CLUSTER) || self.is_set(SERVERS);
        if self.is_set(CLUSTER) && self.is_set(SERVERS) {
            self.problem(SERVERS, "set beside KAFKA_CLUSTER_ARN; drop one of them");
        }
        if !has_cluster {
            if self.is_set(TOPICS) {
                self.problem(
                    TOPICS,
                    "no cluster: set KAFKA_CLUSTER_ARN or KAFKA_BOOTSTRAP_SERVERS",
                );
            }
            return None;
        }
        let topics = self.required(TOPICS, topics::topics);
        Some(ConfiguredTopics::new(managed.or(own)?, topics?))
    }
}
