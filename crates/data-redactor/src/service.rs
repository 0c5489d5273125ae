//! Payloads that services send rather than people: known by their shape.
//!
//! A service reads no `error` member: it would take an answer that refuses for one that is done, and
//! drop its records or pass the refusal on in their place. So what is refused of these payloads makes the
//! invocation fail, which every service notices, retries and reports.

use cdc_core::json::{Kind, Object, Value};

/// Members by which services' payloads are known. None is a member of a request.
const FIREHOSE: &str = "deliveryStreamArn";
const MAPPING: &str = "Records";
const EVENT: &str = "detail-type";

/// What a service sent.
pub(crate) enum Sent<'d, 'a> {
    /// Records of a delivery stream, to be transformed.
    Firehose(Object<'d, 'a>),
    /// What a pipe took from its source, to be enriched: an array.
    Pipe(Value<'d, 'a>),
    /// An event that this function is not for; the member by which it is known.
    Other(&'static str),
}

/// What a service sent; `None` for a payload that no service sends.
pub(crate) fn sent<'d, 'a>(payload: Value<'d, 'a>) -> Option<Sent<'d, 'a>> {
    if payload.kind() == Kind::Array {
        return Some(Sent::Pipe(payload));
    }
    let object = payload.as_object()?;
    if object.get(FIREHOSE).is_some() {
        return Some(Sent::Firehose(object));
    }
    let member = [MAPPING, EVENT].into_iter().find(|member| object.get(member).is_some())?;
    Some(Sent::Other(member))
}
