//! The topics of one Kafka cluster whose records the function takes.
//!
//! A cluster of AWS' (MSK) is known by its ARN; one that somebody runs himself, by the servers from which
//! clients start. Its topics have no ARN, so they are named by the first of those servers.

use cdc_core::record::{KAFKA_SCHEME, Shard};

use super::parse::is_named;
use crate::endpoint::Region;

/// Longest name of a topic (Kafka).
const TOPIC_CHARS_MAX: usize = 249;

/// Longest name of a host, with its port.
const SERVER_CHARS_MAX: usize = 261;

/// Most servers and most topics: an event source mapping has ten servers and one topic.
const NAMES_MAX: usize = 32;

/// The configured topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredTopics {
    /// The cluster.
    pub cluster: ConfiguredCluster,
    topics: Vec<String>,
}

/// The configured cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfiguredCluster {
    /// Of AWS', by its ARN.
    Managed(String),
    /// Somebody's own, by the servers to start from.
    SelfManaged(Vec<String>),
}

impl ConfiguredTopics {
    /// Topics of a cluster.
    #[must_use]
    pub fn new(cluster: ConfiguredCluster, topics: Vec<String>) -> Self {
        Self { cluster, topics }
    }

    /// Whether it is one of them.
    #[must_use]
    pub fn has(&self, topic: &str) -> bool {
        self.topics.iter().any(|it| it == topic)
    }

    /// Where the records of a partition come from.
    #[must_use]
    pub fn shard(&self, topic: &str, partition: u32) -> Shard {
        let stream_arn = match &self.cluster {
            ConfiguredCluster::Managed(arn) => topic_arn(arn, topic),
            ConfiguredCluster::SelfManaged(servers) => topic_name(first(servers), topic),
        };
        Shard { stream_arn: stream_arn.into(), id: partition.to_string().into() }
    }

    /// Whether a shard's stream is one of these topics. Of a self-managed cluster any server may name it:
    /// their list changes in the course of time.
    #[must_use]
    pub fn recognise(&self, stream_arn: &str) -> bool {
        self.topics.iter().any(|topic| match &self.cluster {
            ConfiguredCluster::Managed(arn) => topic_arn(arn, topic) == stream_arn,
            ConfiguredCluster::SelfManaged(servers) => {
                servers.iter().any(|server| topic_name(server, topic) == stream_arn)
            }
        })
    }
}

fn topic_arn(cluster_arn: &str, topic: &str) -> String {
    format!("{}/{topic}", cluster_arn.replacen(":cluster/", ":topic/", 1))
}

fn topic_name(server: &str, topic: &str) -> String {
    format!("{KAFKA_SCHEME}{server}/{topic}")
}

fn first(servers: &[String]) -> &str {
    servers.first().map_or("", String::as_str)
}

/// `arn:aws:kafka:REGION:ACCOUNT:cluster/NAME/ID`.
pub(super) fn cluster_arn(text: &str, region: &Region) -> Result<ConfiguredCluster, String> {
    let expected = "not a cluster's ARN: arn:aws:kafka:REGION:ACCOUNT:cluster/NAME/ID is expected";
    let parts = text.split(':').collect::<Vec<_>>();
    let Ok([arn, partition, service, found, account, resource]) = <[&str; 6]>::try_from(parts)
    else {
        return Err(expected.to_owned());
    };
    let names: Vec<&str> = resource.split('/').collect();
    let named = |name: &str| is_named(name, b"_-", SERVER_CHARS_MAX);
    let is_cluster = matches!(names[..], ["cluster", name, id] if named(name) && named(id));
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let is_kafka = arn == "arn" && partition.starts_with("aws") && service == "kafka";
    if !(is_kafka && is_account && is_cluster) {
        return Err(expected.to_owned());
    }
    if found != region.as_str() {
        return Err(format!("the cluster lies in another region than {region}"));
    }
    Ok(ConfiguredCluster::Managed(text.to_owned()))
}

/// `HOST:PORT,HOST:PORT`.
pub(super) fn servers(text: &str) -> Result<ConfiguredCluster, String> {
    let is_server = |server: &str| {
        server.rsplit_once(':').is_some_and(|(host, port)| {
            is_named(host, b".-", SERVER_CHARS_MAX) && port.parse::<u16>().is_ok()
        })
    };
    list(text, is_server)
        .map(ConfiguredCluster::SelfManaged)
        .ok_or_else(|| "servers as HOST:PORT are expected, with commas between them".to_owned())
}

/// `TOPIC,TOPIC`.
pub(super) fn topics(text: &str) -> Result<Vec<String>, String> {
    list(text, |topic| is_named(topic, b"._-", TOPIC_CHARS_MAX)).ok_or_else(|| {
        "names of topics are expected (letters, digits and ._-), with commas between them"
            .to_owned()
    })
}

fn list(text: &str, is_one: impl Fn(&str) -> bool) -> Option<Vec<String>> {
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    let all = names.len() <= NAMES_MAX && names.iter().all(|name| is_one(name));
    all.then_some(names)
}

#[cfg(test)]
mod tests {
    use super::{ConfiguredTopics, cluster_arn, servers, topics};
    use crate::endpoint::Region;

    const ARN: &str = "arn:aws:kafka:eu-west-1:123456789012:cluster/rows/0a1b-2";

    #[test]
    fn topics_are_named_by_their_cluster() {
        let region = Region::parse("eu-west-1").unwrap();
        let names = || topics("users, core.public.orders").unwrap();
        let managed = ConfiguredTopics::new(cluster_arn(ARN, &region).unwrap(), names());
        let own = ConfiguredTopics::new(servers("b-1.x:9092,b-2.x:9092").unwrap(), names());
        let shard = managed.shard("users", 3);
        let users = "arn:aws:kafka:eu-west-1:123456789012:topic/rows/0a1b-2/users";
        assert_eq!((&*shard.stream_arn, &*shard.id, shard.stream_name()), (users, "3", "users"));
        let shard = own.shard("core.public.orders", 0);
        assert_eq!(&*shard.stream_arn, "kafka://b-1.x:9092/core.public.orders");
        for (stream, by_arn, by_server) in [
            (users, true, false),
            ("arn:aws:kafka:eu-west-1:123456789012:topic/rows/0a1b-2/other", false, false),
            ("arn:aws:kafka:eu-west-1:123456789012:topic/rows/0a1b-3/users", false, false),
            ("kafka://b-2.x:9092/users", false, true),
            ("kafka://b-3.x:9092/users", false, false),
            ("", false, false),
        ] {
            assert_eq!((managed.recognise(stream), own.recognise(stream)), (by_arn, by_server));
        }
    }

    #[test]
    fn what_is_no_cluster_and_no_topic_is_told() {
        let region = Region::parse("eu-west-1").unwrap();
        let other = ARN.replace("eu-", "us-");
        assert!(cluster_arn(&other, &region).unwrap_err().contains("another region"));
        for arn in ["", "rows", &ARN.replace("cluster", "topic"), &format!("{ARN}/x"), &ARN[..50]] {
            assert!(cluster_arn(arn, &region).unwrap_err().contains("not a cluster's"), "{arn}");
        }
        for text in ["", "host", "host:x", "a/b:1", "h:1,", "kafka://h:1", "h:99999"] {
            assert!(servers(text).is_err(), "{text}");
        }
        for text in ["", "a,,b", "a|b", "a/b", "a b", &"a".repeat(250)] {
            assert!(topics(text).is_err(), "{text}");
        }
    }
}
