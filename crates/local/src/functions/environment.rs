//! The environment of a deployed function, for one that runs here.

use super::{Deployment, FunctionName};
use crate::cloud::{SOURCE_QUEUE, SOURCE_TOPIC};

/// The value of a variable, where the deployment sets it. The five functions have one environment:
/// each reads what it knows.
pub(super) fn variable(deployment: &Deployment<'_>, name: &str) -> Option<String> {
    let Deployment { cloud, resources, provisioned, .. } = deployment;
    let parallelization = deployment.parallelization.to_string();
    let (queue, cluster) = (cloud.queue_arn(SOURCE_QUEUE), cloud.source_cluster_arn());
    let value = match name {
        "AWS_REGION" => cloud.region(),
        "KINESIS_STREAM_ARN" => &provisioned.stream_arn,
        "SQS_QUEUE_ARN" => &queue,
        "KAFKA_CLUSTER_ARN" => &cluster,
        "KAFKA_TOPICS" => SOURCE_TOPIC,
        "EVENT_BUS_NAME" => &resources.bus,
        "EVENT_SOURCE" => &resources.event_source,
        "CHECKPOINT_TABLE_NAME" => &resources.checkpoint_table,
        "STATE_TABLE_NAME" => &resources.state_table,
        "DEAD_LETTER_QUEUE_URL" => &provisioned.dead_letter_queue_url,
        "CLAIM_CHECK_BUCKET_NAME" => &resources.claim_check_bucket,
        "DEAD_LETTER_BUCKET_NAME" => &resources.dead_letter_bucket,
        "PARKED_QUEUE_URL" => &provisioned.parked_queue_url,
        "ON_FAILURE_BUCKET_NAME" => &resources.on_failure_bucket,
        "PROCESSOR_FUNCTION_NAME" => FunctionName::CdcProcessor.as_str(),
        "PARALLELIZATION_FACTOR" => &parallelization,
        "MAPPING_FILTER" => "none",
        "ID_KEY" | "REDACTION_KEYS" => "local:fixed",
        _ => return None,
    };
    Some(value.to_owned())
}
