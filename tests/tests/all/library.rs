//! The calls of `docs/library.md`, made over the embedded cloud: what the page promises, happens.

use std::sync::Arc;

use cdc_aws::{
    config::{Connection, SdkHttp},
    endpoint::Region,
    sink::EventBridgeSink,
    state::{SaveError, StateTable},
};
use cdc_core::{
    delivery::Delivery,
    envelope::Unit,
    outbound::OutboundEvent,
    ports::Sink as _,
    reading::Contents,
    redact::{Fields, RecordRules},
    rules::Rules,
    state::{Document, Expected, ProcessorName},
};
use cdc_local::cloud::{Cloud, CloudOptions, Resources};
use serde_json::{Value, json};

use crate::schemas::workspace;

/// A cloud with everything in it, and the adapters' way there.
async fn cloud() -> (Cloud, Resources, Connection) {
    let cloud = Cloud::start(CloudOptions::default()).await.unwrap();
    let resources = Resources::default();
    cloud.provision(&resources).await.unwrap();
    let region = Region::parse(cloud.region()).unwrap();
    let connection = Connection::embedded(region, SdkHttp::new(cloud.http_client()));
    (cloud, resources, connection)
}

#[test]
fn a_lambda_event_is_read_to_the_units_in_its_records() {
    let event = std::fs::read(workspace("events/kinesis-event.json")).unwrap();
    let mut told = Vec::new();
    for content in Contents::of_json(&event).unwrap() {
        let content = content.unwrap();
        for unit in content.units().unwrap() {
            told.push(match unit {
                Unit::Change(change) => format!("{}:{}", change.envelope.as_str(), change.table),
                Unit::Other(other) => other.kind.as_str().to_owned(),
            });
        }
    }
    assert_eq!(
        told.join(" "),
        "native:queues debezium:agent_states native:queue_metrics native:queue_metrics \
         dms:interactions debezium:chats control native:queues tombstone"
    );
}

#[tokio::test]
async fn an_event_of_ones_own_is_published_redacted() {
    let (cloud, resources, connection) = cloud().await;
    let sink = EventBridgeSink::new(&connection, &*resources.bus, &*resources.event_source);
    sink.require_bus().await.unwrap();

    let rules = Rules::compiled_in().unwrap_or_else(|problems| panic!("{problems}")).rules;
    let users = RecordRules::of_table(rules.find(None, None, "users").unwrap());
    let user = br#"{"id":"user-123","email":"ada@example.com","login_count":12345678901234567890}"#;
    let fields = RecordRules::of_fields(Fields::new(["email"]).unwrap());
    let ticket = br#"{"ticket":12345678901234567890,"by":{"email":"ada@example.com"}}"#;
    let events = [
        OutboundEvent::new("User.Seen", users.redact_text(user).unwrap().json),
        OutboundEvent::new("Ticket.Opened", fields.redact_text(ticket).unwrap().json),
    ];
    let deliveries = sink.publish(events.map(Arc::new).into()).await.unwrap();
    assert_eq!(deliveries, [Delivery::Accepted, Delivery::Accepted]);

    let messages = cloud.queues().drain(&resources.subscriber_queue).unwrap();
    let bodies: Vec<&str> = messages.iter().map(|message| &*message.body).collect();
    assert!(!bodies.concat().contains("ada@"), "{bodies:?}");
    assert!(bodies[1].contains(r#""ticket":12345678901234567890"#), "{bodies:?}");
    let received: Vec<Value> =
        bodies.iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    assert_eq!(received[0]["detail-type"], "User.Seen");
    assert_eq!(received[0]["detail"], json!({"id": "user-123", "email": "[REDACTED]"}));
    assert_eq!(received[1]["detail-type"], "Ticket.Opened");
    assert_eq!(received[1]["detail"]["by"], json!({"email": "[REDACTED]"}));
}

#[tokio::test]
async fn a_bus_that_is_not_there_is_noticed_before_anything_is_lost() {
    let (_cloud, _, connection) = cloud().await;
    let sink = EventBridgeSink::new(&connection, "no-such-bus", "support-desk");
    assert!(sink.require_bus().await.is_err());
}

#[tokio::test]
async fn state_is_saved_and_got_and_the_slower_of_two_hears_of_it() {
    let (_cloud, resources, connection) = cloud().await;
    let table = StateTable::new(&connection, &*resources.state_table);
    let me = ProcessorName::parse("cache-invalidator").unwrap();
    assert_eq!(table.get(&me).await.unwrap(), None);

    let text = r#"{"lastProcessedSequence":"12345678901234567890","processedCount":1000}"#;
    let document = || Document::parse(text).unwrap();
    let saved = table.save(&me, document(), &Expected::Nothing).await.unwrap();
    let stored = table.get(&me).await.unwrap().unwrap();
    assert_eq!(stored.revision, saved.revision);
    assert_eq!(stored.document.last_processed_sequence(), Some("12345678901234567890"));
    assert_eq!(stored.document.processed_count(), Some("1000"));

    let expected = Expected::Exactly(stored.revision.to_string());
    table.save(&me, document(), &expected).await.unwrap();
    let error = table.save(&me, document(), &expected).await.unwrap_err();
    assert!(matches!(error, SaveError::Conflict { .. }), "{error}");
}
