//! What an operator does with a running pipeline: `cdc health`, `cdc checkpoint`, `cdc dlq`, `cdc redact
//! reveal`, and `cdc invoke`.
//!
//! All of it is asked of the functions themselves ([`place`] says which): the deployed rules decide
//! and not the laptop's, and what a person may see or change is what the functions let them. Nothing
//! here touches a queue, a table or a bus.

mod answer;
mod checkpoint;
mod dlq;
mod health;
mod invoke;
mod place;
mod reveal;

pub(crate) use checkpoint::{CheckpointCommand, run as checkpoint};
pub(crate) use dlq::{DlqCommand, run as dlq};
pub(crate) use health::{HealthArguments, run as health};
pub(crate) use invoke::{InvokeArguments, run as invoke};
pub(crate) use reveal::{RevealArguments, run as reveal};
