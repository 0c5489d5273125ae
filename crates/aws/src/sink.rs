//! The EventBridge sink: one `PutEvents` a publication, each entry's own result read.
//!
//! No retries here or below: the rounds of the batch retry, so that they are counted and mind the
//! deadline. An HTTP 200 can carry refusals, so only an event id counts as confirmed.

use std::sync::Arc;

use aws_sdk_eventbridge::{
    Client,
    types::{PutEventsRequestEntry, PutEventsResultEntry},
};
use cdc_core::{
    delivery::{BusCode, CallError, Delivery},
    outbound::OutboundEvent,
    ports::Sink,
};

use crate::{
    config::{Connection, SEND_TIMEOUT},
    error::{call_error, unusable, within},
};

const PUT_EVENTS: &str = "PutEvents";
const DESCRIBE_EVENT_BUS: &str = "DescribeEventBus";

/// Our own code for an entry that the bus neither confirmed nor refused.
const NO_EVENT_ID: &str = "NoEventId";

/// Publishes on one bus, as one source: the pipeline's events, and any other whose detail went
/// through the redactor.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use cdc_aws::{config::Connection, endpoint::Region, sink::EventBridgeSink};
/// use cdc_core::{
///     delivery::Delivery,
///     outbound::OutboundEvent,
///     ports::Sink as _,
///     redact::{Fields, RecordRules},
/// };
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let connection = Connection::of_operator(Region::parse("eu-west-1")?, None).await;
/// let sink = EventBridgeSink::new(&connection, "cdc-events", "support-desk");
/// // A bus that does not exist would take everything without an error.
/// sink.require_bus().await?;
///
/// let rules = RecordRules::of_fields(Fields::new(["email"])?);
/// let ticket = rules.redact_text(br#"{"ticket":7,"email":"ada@example.com"}"#)?;
/// let event = OutboundEvent::new("Ticket.Opened", ticket.json);
///
/// // One attempt, and one answer an event: whoever wants another try makes it.
/// for delivery in sink.publish(vec![Arc::new(event)]).await? {
///     match delivery {
///         Delivery::Accepted => println!("published"),
///         Delivery::Refused(code) => println!("refused: {code}"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct EventBridgeSink {
    client: Client,
    bus: String,
    source: String,
}

impl EventBridgeSink {
    /// A sink for the bus of that name, with that `source` on every event.
    #[must_use]
    pub fn new(connection: &Connection, bus: impl Into<String>, source: impl Into<String>) -> Self {
        Self { client: connection.event_bridge(), bus: bus.into(), source: source.into() }
    }

    /// Asks for the bus. `PutEvents` answers 200 without a failed entry for a bus that does not
    /// exist, and drops the events (EventBridge user guide, "Sending events with PutEvents"), so
    /// whoever publishes has to ask first.
    ///
    /// # Errors
    /// [`CallError`] where there is no such bus, no right to ask for it, or no usable answer.
    pub async fn require_bus(&self) -> Result<(), CallError> {
        within(DESCRIBE_EVENT_BUS, SEND_TIMEOUT, async {
            let request = self.client.describe_event_bus().name(&self.bus);
            let answer = request.send().await;
            answer.map(drop).map_err(|error| call_error(DESCRIBE_EVENT_BUS, &error))
        })
        .await
    }

    fn entry(&self, event: &OutboundEvent) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(&self.source)
            .detail_type(event.detail_type)
            .detail(event.detail.get())
            .build()
    }

    async fn put(&self, events: &[Arc<OutboundEvent>]) -> Result<Vec<Delivery>, CallError> {
        let entries = events.iter().map(|event| self.entry(event)).collect();
        let request = self.client.put_events().set_entries(Some(entries));
        let answer = request.send().await.map_err(|error| call_error(PUT_EVENTS, &error))?;
        if answer.entries().len() != events.len() {
            return Err(unusable(PUT_EVENTS, "EntriesMismatch"));
        }
        Ok(answer.entries().iter().map(delivery).collect())
    }
}

impl Sink for EventBridgeSink {
    async fn publish(&self, events: Vec<Arc<OutboundEvent>>) -> Result<Vec<Delivery>, CallError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        within(PUT_EVENTS, SEND_TIMEOUT, self.put(&events)).await
    }
}

fn delivery(entry: &PutEventsResultEntry) -> Delivery {
    match (entry.error_code(), entry.event_id()) {
        (Some(code), _) => Delivery::Refused(BusCode::parse(code)),
        (None, Some(_)) => Delivery::Accepted,
        (None, None) => Delivery::Refused(BusCode::parse(NO_EVENT_ID)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cdc_core::{
        delivery::{
            BusCode, CallErrorKind,
            Delivery::{self, Accepted, Refused},
        },
        outbound::{DETAIL_TYPE, OutboundEvent},
        ports::Sink as _,
        redact::Redacted,
    };

    use super::EventBridgeSink;
    use crate::canned::{Answer, Canned};

    const OK: &str = r#"{"EventId":"e"}"#;

    /// Publishes two events and expects this outcome from exactly one call.
    async fn check(name: &str, answer: Answer, expected: Result<Vec<Delivery>, CallErrorKind>) {
        let canned = Canned::new([answer]);
        let sink = EventBridgeSink::new(&canned.connection(), "cdc-events", "cdc-pipeline");
        let found = sink.publish(vec![event(r#"{"n":1}"#), event(r#"{"n":2}"#)]).await;
        assert_eq!(found.map_err(|error| error.kind), expected, "{name}");
        let requests = canned.requests();
        assert_eq!(requests.len(), 1, "{name}: one attempt");
        assert_eq!(requests[0].target, "AWSEvents.PutEvents", "{name}");
        let expected = serde_json::json!({"Entries": [entry(r#"{"n":1}"#), entry(r#"{"n":2}"#)]});
        assert_eq!(requests[0].body, expected, "{name}");
    }

    fn event(detail: &'static str) -> Arc<OutboundEvent> {
        Arc::new(OutboundEvent { detail_type: DETAIL_TYPE, detail: Redacted::constant(detail) })
    }

    fn entry(detail: &str) -> serde_json::Value {
        serde_json::json!({"EventBusName": "cdc-events", "Source": "cdc-pipeline",
            "DetailType": "CDC.TableChange", "Detail": detail})
    }

    fn entries(failed: usize, entries: &[&str]) -> Answer {
        Answer::ok(format!(r#"{{"FailedEntryCount":{failed},"Entries":[{}]}}"#, entries.join(",")))
    }

    fn error(status: u16, code: &str) -> Answer {
        Answer::Status(status, format!(r#"{{"__type":"{code}","message":"secret"}}"#))
    }

    #[tokio::test]
    async fn entries_are_answered_one_by_one_in_order() {
        let throttled = r#"{"ErrorCode":"ThrottlingException","ErrorMessage":"secret"}"#;
        let new = r#"{"ErrorCode":"BrandNew"}"#;
        let unknown = Refused(BusCode::Unknown("BrandNew".into()));
        let silent = Refused(BusCode::Unknown("NoEventId".into()));
        for (name, answer, expected) in [
            ("all", entries(0, &[OK, OK]), vec![Accepted, Accepted]),
            ("head", entries(1, &[throttled, OK]), vec![Refused(BusCode::Throttling), Accepted]),
            ("tail", entries(1, &[OK, new]), vec![Accepted, unknown]),
            ("count wrong", entries(0, &[OK, "{}"]), vec![Accepted, silent]),
        ] {
            check(name, answer, Ok(expected)).await;
        }
    }

    #[tokio::test]
    async fn what_is_no_answer_is_no_success_and_is_not_repeated_in_secret() {
        use CallErrorKind::{Denied, Invalid, Throttled, Unavailable};
        for (name, answer, kind) in [
            ("one entry missing", entries(0, &[OK]), Unavailable),
            ("no entries", Answer::ok("{}"), Unavailable),
            ("not JSON", Answer::ok("<html>"), Unavailable),
            ("lost", Answer::Lost, Unavailable),
            ("500", error(500, "InternalException"), Unavailable),
            ("503 from a proxy", Answer::Status(503, "busy".into()), Unavailable),
            ("throttled", error(400, "ThrottlingException"), Throttled),
            ("rights", error(400, "AccessDeniedException"), Denied),
            ("no bus", error(400, "ResourceNotFoundException"), Denied),
            ("bad", error(400, "ValidationException"), Invalid),
            ("too large", Answer::Status(413, "<html>".into()), Invalid),
        ] {
            check(name, answer, Err(kind)).await;
        }
    }

    #[tokio::test]
    async fn nothing_is_published_without_a_call() {
        let canned = Canned::new([Answer::Lost]);
        let sink = EventBridgeSink::new(&canned.connection(), "b", "s");
        assert_eq!(sink.publish(Vec::new()).await, Ok(Vec::new()));
        assert_eq!(canned.requests().len(), 0);
    }
}
