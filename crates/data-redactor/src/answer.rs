//! The answer to a request for redaction, being written.

use cdc_aws::function::Refusal;
use cdc_core::{json::write_string, redact::RedactedRecord};

use crate::refusal::{of_field, too_large};

// Lambda refuses a larger payload, either way (6 MB; quotas, "Invocation payload").
pub(crate) const ANSWER_BYTES_MAX: usize = 6 * 1024 * 1024;

/// Redacted records, in their order.
pub(crate) struct Records {
    pub(crate) text: String,
    pub(crate) records: usize,
    /// How many of them had something to redact.
    pub(crate) altered: usize,
}

const CLOSE: &str = "]}";

impl Records {
    /// None yet, of a payload of so many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        let mut text = String::with_capacity(bytes);
        text.push_str("{\"records\":[");
        Self { text, records: 0, altered: 0 }
    }

    pub(crate) fn add(&mut self, redacted: &RedactedRecord) -> Result<(), Refusal> {
        let out = &mut self.text;
        out.push_str(if self.records == 0 { "{\"record\":" } else { ",{\"record\":" });
        out.push_str(redacted.json.get());
        out.push_str(",\"redacted\":[");
        for (index, name) in redacted.names.iter().enumerate() {
            out.push_str(if index == 0 { "" } else { "," });
            write_string(out, name);
        }
        out.push_str("]}");
        self.records += 1;
        self.altered += usize::from(!redacted.names.is_empty());
        if self.text.len() + CLOSE.len() <= ANSWER_BYTES_MAX {
            return Ok(());
        }
        let message =
            too_large("send the records in several requests, or take a shorter replacement");
        Err(of_field(message, "records"))
    }

    pub(crate) fn finished(mut self) -> Self {
        self.text.push_str(CLOSE);
        self
    }
}
