//! What a producer's users may have named otherwise. The documented defaults hold unless the
//! pipeline's configuration says something else.

use crate::event::Envelope;

/// The names and forms that decoding goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conventions {
    /// The only envelope that records have; where it is none, each is recognised by its shape.
    pub envelope: Option<Envelope>,
    /// What AWS DMS puts before the name of a before-image column (`BeforeImagePrefix`… of the task).
    pub before_prefix: Box<str>,
    /// What AWS DMS puts behind the name of a before-image column.
    pub before_suffix: Box<str>,
    /// The attribute that AWS DMS writes the before image to.
    pub before_image: Box<str>,
    /// Debezium's `unavailable.value.placeholder`.
    pub unavailable: Box<str>,
    /// What Debezium's `ExtractNewRecordState` puts before the fields that it adds to a row
    /// (`add.fields.prefix`).
    pub flattened_prefix: Box<str>,
    /// The last part of Debezium's `signal.data.collection`: rows of a table so named are signals.
    pub signal_table: Box<str>,
}

impl Default for Conventions {
    fn default() -> Self {
        Self {
            envelope: None,
            before_prefix: "BI_".into(),
            before_suffix: "".into(),
            before_image: "before-image".into(),
            unavailable: "__debezium_unavailable_value".into(),
            flattened_prefix: "__".into(),
            signal_table: "debezium_signal".into(),
        }
    }
}
