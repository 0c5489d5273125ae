//! State documents: what processors other than the pipeline keep about their progress.
//!
//! A [`Document`] is a JSON object, kept as its writer sent it: no number in it becomes a double.
//! A few members have a meaning (`lastProcessedSequence`, `processedCount`, `lastUpdated`), the
//! others are its writer's own. Each save raises the document's [`Revision`], by which two writers
//! can keep out of each other's way ([`Expected`]). `cdc_aws::state` stores what is decided here.
//!
//! The pipeline's own progress is no such document: it is a ledger of facts, and nobody can save it
//! by hand ([`ProcessorName`] refuses its name).

mod document;
mod name;
mod revision;

pub use document::{DOCUMENT_BYTES_MAX, Document, DocumentError};
pub use name::{PIPELINE, PROCESSOR_NAME_CHARS_MAX, ProcessorName, ProcessorNameError};
pub use revision::{EXPECTED_CHARS_MAX, Expected, ExpectedTooLong, Revision};

#[cfg(test)]
mod tests;
