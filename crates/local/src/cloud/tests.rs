//! The embedded cloud through real SDK clients.

mod bus;
mod faults;
mod gateway;
mod objects;
mod speed;
mod stores;

use aws_config::SdkConfig;

use super::{Cloud, CloudOptions, Provisioned, Resources};

/// A cloud with everything in it.
async fn cloud() -> (Cloud, Provisioned) {
    let cloud = Cloud::start(CloudOptions::default()).await.unwrap();
    let made = cloud.provision(&Resources::default()).await.unwrap();
    (cloud, made)
}

/// What the subscriber queue holds, oldest first.
fn subscribed(cloud: &Cloud) -> Vec<String> {
    let messages = cloud.queues().drain("cdc-subscriber").unwrap();
    messages.into_iter().map(|message| message.body).collect()
}

/// The details of the accepted events, in order.
fn accepted(cloud: &Cloud) -> Vec<String> {
    cloud.bus().accepted().iter().map(|accepted| accepted.detail.clone()).collect()
}

async fn put(
    config: &SdkConfig,
    details: &[&str],
) -> Result<
    aws_sdk_eventbridge::operation::put_events::PutEventsOutput,
    aws_sdk_eventbridge::error::SdkError<
        aws_sdk_eventbridge::operation::put_events::PutEventsError,
    >,
> {
    let entries = details.iter().map(|detail| entry().detail(*detail).build()).collect();
    aws_sdk_eventbridge::Client::new(config).put_events().set_entries(Some(entries)).send().await
}

fn entry() -> aws_sdk_eventbridge::types::builders::PutEventsRequestEntryBuilder {
    aws_sdk_eventbridge::types::PutEventsRequestEntry::builder()
        .event_bus_name("cdc-events")
        .source("cdc-pipeline")
        .detail_type("CDC.TableChange")
}
