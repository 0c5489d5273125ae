//! Payloads that services send rather than people: known by their shape.
//!
//! A service reads no `error` member: it would take an answer that refuses for one that is done, and
//! drop its records or pass the refusal on in their place. So these payloads make the invocation
//! fail, which every service notices, retries and reports.

use cdc_aws::function::Refusal;
use cdc_core::json::{Kind, Value};

use crate::refusal::{invalid_field, not_built};

/// Members by which services' payloads are known. None is a member of a request.
const FIREHOSE: &str = "deliveryStreamArn";
const MAPPING: &str = "Records";
const EVENT: &str = "detail-type";

/// Why a service's payload is refused; `None` for a payload that no service sends.
pub(crate) fn refused(payload: Value<'_, '_>) -> Option<Refusal> {
    if payload.kind() == Kind::Array {
        let what = "enrichment for EventBridge Pipes (the payload is an array); to redact several \
                    records, send them as {\"records\": […]}";
        return Some(not_built(None, what));
    }
    let object = payload.as_object()?;
    if object.get(FIREHOSE).is_some() {
        return Some(not_built(Some(FIREHOSE), "transformation for Data Firehose"));
    }
    let member = [MAPPING, EVENT].into_iter().find(|member| object.get(member).is_some())?;
    let message =
        "the event of a service; this function is invoked directly, with record or records";
    Some(invalid_field(member, message))
}
