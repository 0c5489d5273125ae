//! The payload: who asks.
//!
//! Tolerant: only what changes what is done is read, and whoever else asks gets the same answer. A
//! look without the schedule publishes nothing, so there is nothing that a strange payload could do.

use std::collections::BTreeMap;

use cdc_aws::function::Refusal;
use serde_json::value::RawValue;

/// The code for what is no request.
const VALIDATION_ERROR: &str = "VALIDATION_ERROR";

/// The `detail-type` of EventBridge's schedules, of rules and of the scheduler alike.
const SCHEDULED: &str = "Scheduled Event";

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// The schedule: the bus is tried with a real event.
    Schedule,
    /// Somebody, directly.
    Direct,
    /// Somebody, by HTTP: through a function URL.
    Url,
}

type Members<'p> = BTreeMap<String, &'p RawValue>;

impl Trigger {
    /// Who sent that payload; an empty one and `null` count as `{}`.
    pub(crate) fn parse(payload: &[u8]) -> Result<Self, Refusal> {
        if payload.trim_ascii().is_empty() {
            return Ok(Self::Direct);
        }
        let refused = |_| {
            let message = "an object is expected: {}, or the schedule's event";
            Refusal::new(VALIDATION_ERROR, message)
        };
        let members: Option<Members<'_>> = serde_json::from_slice(payload).map_err(refused)?;
        let members = members.unwrap_or_default();
        Ok(if is_scheduled(&members) {
            Self::Schedule
        } else if is_over_http(&members) {
            Self::Url
        } else {
            Self::Direct
        })
    }
}

fn is_scheduled(members: &Members<'_>) -> bool {
    let text = |json: &&RawValue| serde_json::from_str::<String>(json.get()).ok();
    members.get("detail-type").and_then(text).is_some_and(|detail_type| detail_type == SCHEDULED)
}

/// Whether there is the context of an HTTP request, which function URLs bring.
fn is_over_http(members: &Members<'_>) -> bool {
    let Some(context) = members.get("requestContext") else { return false };
    let context = serde_json::from_str::<Members<'_>>(context.get());
    context.is_ok_and(|context| context.contains_key("http"))
}

#[cfg(test)]
mod tests {
    use super::Trigger::{self, Direct, Schedule, Url};

    #[test]
    fn only_the_schedule_and_http_are_told_from_the_rest() {
        for (payload, expected) in [
            ("", Direct),
            (" \n", Direct),
            ("null", Direct),
            ("{}", Direct),
            (r#"{"key1":"value1"}"#, Direct),
            (r#"{"detail-type":"Scheduled Event","source":"aws.events","detail":{}}"#, Schedule),
            (
                r#"{"detail-type":"Scheduled Event","source":"aws.scheduler","detail":"{}"}"#,
                Schedule,
            ),
            (r#"{"detail-type":"CDC.TableChange"}"#, Direct),
            (r#"{"detail-type":7,"requestContext":"x"}"#, Direct),
            (r#"{"version":"2.0","requestContext":{"http":{"method":"GET"}}}"#, Url),
            (r#"{"requestContext":{"functionArn":"x"}}"#, Direct),
        ] {
            assert_eq!(Trigger::parse(payload.as_bytes()), Ok(expected), "{payload}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for payload in ["[]", "\"health\"", "7", "true", "{", "{}x", "\u{0}"] {
            let refusal = Trigger::parse(payload.as_bytes()).unwrap_err();
            assert_eq!((refusal.code, refusal.field), ("VALIDATION_ERROR", None), "{payload}");
        }
    }
}
