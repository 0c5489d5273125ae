//! One entry of a PutEvents request: its limits, and the event that becomes of it.
//!
//! Pure. The detail stays the text it came as: it is checked to be a JSON object, never parsed
//! into values, so that a number keeps every digit.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

// EventBridge refuses an eleventh entry.
const ENTRIES_MAX: usize = 10;

// "Under 1 MB" for all entries of a request together, since January 2026 (256 KB before).
const REQUEST_BYTES_BELOW: usize = 1_000_000;

// The length of a detail type in the service model.
const DETAIL_TYPE_MAX: usize = 128;

// What `Time` counts for in the size of an entry.
const TIME_BYTES: usize = 14;

/// The body of a PutEvents request.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutEvents {
    #[serde(default)]
    pub(super) entries: Vec<Entry>,
}

/// One entry, as it came.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Entry {
    source: Option<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    resources: Option<Vec<String>>,
    event_bus_name: Option<String>,
    time: Option<f64>,
}

/// An entry that the bus takes.
pub(super) struct Checked {
    pub(super) bus: String,
    pub(super) source: String,
    pub(super) detail_type: String,
    pub(super) detail: String,
    resources: Vec<String>,
    time: Option<Timestamp>,
}

/// Why an entry, or a whole request, is refused.
pub(super) struct Refused {
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl PutEvents {
    /// What EventBridge refuses the whole request for.
    pub(super) fn check(&self) -> Result<(), Refused> {
        let count = self.entries.len();
        if count == 0 || count > ENTRIES_MAX {
            let bound =
                if count == 0 { "greater than or equal to 1" } else { "less than or equal to 10" };
            return Err(invalid(format!(
                "1 validation error detected: Value at 'entries' failed to satisfy constraint: \
                 Member must have length {bound}"
            )));
        }
        if self.entries.iter().map(Entry::size).sum::<usize>() >= REQUEST_BYTES_BELOW {
            return Err(invalid(
                "Total size of the entries in the request is over the limit.".into(),
            ));
        }
        Ok(())
    }
}

impl Entry {
    /// The size as EventBridge counts it, in bytes.
    fn size(&self) -> usize {
        let texts = [&self.source, &self.detail_type, &self.detail];
        let texts: usize = texts.into_iter().flatten().map(String::len).sum();
        let resources: usize = self.resources.iter().flatten().map(String::len).sum();
        texts + resources + if self.time.is_some() { TIME_BYTES } else { 0 }
    }

    /// What EventBridge refuses this entry for, while the others go through.
    pub(super) fn check(self) -> Result<Checked, Refused> {
        let source = required("Source", self.source)?;
        let detail_type = required("DetailType", self.detail_type)?;
        let detail = required("Detail", self.detail)?;
        if detail_type.chars().count() > DETAIL_TYPE_MAX {
            let message = format!(
                "Parameter DetailType is not valid. Reason: it is longer than {DETAIL_TYPE_MAX} characters."
            );
            return Err(Refused { code: "InvalidArgument", message });
        }
        if source.starts_with("aws.") {
            let message = "Not authorized for the source.".into();
            return Err(Refused { code: "NotAuthorizedForSourceException", message });
        }
        if !is_object(&detail) {
            return Err(Refused {
                code: "MalformedDetail",
                message: "Detail is malformed.".into(),
            });
        }
        Ok(Checked {
            bus: bus_name(self.event_bus_name),
            source,
            detail_type,
            detail,
            resources: self.resources.unwrap_or_default(),
            time: self.time.and_then(timestamp),
        })
    }
}

/// Where an event comes from, apart from its entry.
pub(super) struct Origin<'a> {
    pub(super) id: &'a str,
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) now: Timestamp,
}

impl Checked {
    /// The event as targets get it, with the detail byte for byte.
    pub(super) fn envelope(&self, origin: &Origin<'_>) -> String {
        let time = self.time.unwrap_or(origin.now).strftime("%Y-%m-%dT%H:%M:%SZ");
        let resources = self.resources.iter().map(|r| quoted(r)).collect::<Vec<_>>().join(",");
        format!(
            r#"{{"version":"0","id":{},"detail-type":{},"source":{},"account":{},"time":"{time}","region":{},"resources":[{resources}],"detail":{}}}"#,
            quoted(origin.id),
            quoted(&self.detail_type),
            quoted(&self.source),
            quoted(origin.account),
            quoted(origin.region),
            self.detail,
        )
    }
}

fn invalid(message: String) -> Refused {
    Refused { code: "ValidationException", message }
}

fn required(name: &str, value: Option<String>) -> Result<String, Refused> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| Refused {
        code: "InvalidArgument",
        message: format!("Parameter {name} is not valid. Reason: {name} is a required argument."),
    })
}

/// Whether a text is one JSON object. Numbers of any size are fine: none is computed.
fn is_object(detail: &str) -> bool {
    detail.trim_start().starts_with('{') && serde_json::from_str::<&RawValue>(detail).is_ok()
}

/// A bus is named or given as an ARN, `arn:aws:events:REGION:ACCOUNT:event-bus/NAME`.
fn bus_name(given: Option<String>) -> String {
    let given = given.filter(|name| !name.is_empty()).unwrap_or_else(|| "default".into());
    match given.split_once(":event-bus/") {
        Some((_, name)) => name.to_owned(),
        None => given,
    }
}

/// Seconds since 1970; what is after the decimal point does not reach the event.
fn timestamp(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_second(seconds.floor() as i64).ok()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
