//! The Kafka event source mapping, of Amazon MSK and of self-managed clusters.
//!
//! Consumers share the partitions of some topics, each partition belongs to one of them. A consumer
//! has one batch in hand, of records of all its partitions; what it settles is committed partition
//! by partition, and what it does not settle is delivered again before anything else of it.
//!
//! [`Mapping`] decides, [`run`] acts on it over four ports: [`TopicReader`],
//! [`Function`](crate::Function), [`OnFailure`](crate::OnFailure) of [`FailureDocument`]s, and
//! [`Clock`](cdc_core::ports::Clock). [`memory::Topics`] is a cluster in memory.
//!
//! Promised: inside a partition records are delivered in order, and no position is committed beyond
//! a record that is neither settled nor given up; [`Event::Committed`] tells each. Delivery is at
//! least once. Missing: event filters, schema registries, and rebalancing (a partition stays with
//! the consumer that got it first).

mod answer;
mod driver;
mod event;
mod mapping;
pub mod memory;
mod on_failure;
mod report;
mod settings;
mod topic;

pub use self::{
    driver::{Ports, RunError, run},
    event::EventSource,
    mapping::{ConsumerId, LISTING_AGE_MAX, Mapping, Plan, Step, Until},
    on_failure::FailureDocument,
    report::{Delivery, Event, GivenUp, Outcome, Range, Ranges, Summary},
    settings::{
        CONSUMERS_MAX, CheckedSettings, FUNCTION_TIMEOUT_MAX, InvalidSettings, Settings,
        SettingsProblem,
    },
    topic::{
        Header, ListedPartition, Page, Positions, TimestampType, TopicPartition, TopicReader,
        TopicRecord,
    },
};
