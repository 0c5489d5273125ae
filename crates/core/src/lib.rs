//! cdc-core: the domain of the pipeline. No AWS, Lambda, environment, clock, randomness or logging.
//!
//! The pipeline itself begins at [`batch`] and [`drive`]. Three things are of use without it, to whoever
//! writes a consumer, a tool or a test:
//!
//! - [`reading::Contents`] reads what records of a stream say;
//! - [`redact::RecordRules`] withholds what may not be seen, by a table's rules or by named fields;
//! - [`state`] has the documents in which a processor keeps how far it came.
//!
//! ```
//! use cdc_core::{
//!     envelope::Unit,
//!     reading::Contents,
//!     redact::{Fields, RecordRules},
//! };
//!
//! // A record on the stream: {"table":"users","operation":"INSERT","after":{"id":7,"ssn":"000-12-3456"}}
//! let record = br#"{"kinesis":{"data":"eyJ0YWJsZSI6InVzZXJzIiwib3BlcmF0aW9uIjoiSU5TRVJUIiwiYWZ0ZXIiOnsiaWQiOjcsInNzbiI6IjAwMC0xMi0zNDU2In19"}}"#;
//! let withheld = RecordRules::of_fields(Fields::new(["ssn"])?);
//! for content in Contents::of_json(record).expect("a Kinesis record") {
//!     let content = content?;
//!     for unit in content.units()? {
//!         if let Unit::Change(change) = unit {
//!             println!("{} {}", change.table, change.change.operation().as_str());
//!         }
//!     }
//!     let shown = withheld.redact_text(content.bytes())?;
//!     assert!(shown.json.get().ends_with(r#""after":{"id":7,"ssn":"[REDACTED]"}}"#));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What publishes and stores is in `cdc-aws`; `docs/library.md` shows both together.

pub mod arena;
pub mod batch;
pub mod claim_check;
pub mod dead_letter;
mod declared;
pub mod delivery;
pub mod drive;
pub mod encoding;
pub mod envelope;
pub mod event;
pub mod failure;
pub mod json;
pub mod keyring;
pub mod ledger;
pub mod objects;
pub mod on_failure;
pub mod outbound;
pub mod pipeline;
pub mod ports;
pub mod proposal;
pub mod ranger;
pub mod reading;
pub mod record;
pub mod redact;
pub mod rules;
pub mod state;
mod yaml;

#[cfg(test)]
mod testing;
