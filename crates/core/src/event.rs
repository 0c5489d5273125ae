//! The change event: one decoded row change, still in the producer's own text.
//!
//! Every image is a list of columns, each a slice of the record's JSON, so a number keeps every
//! digit and a column nobody changes is copied byte for byte. Nothing here knows a rule or a key
//! of ours; those are in [`crate::rules`] and [`crate::pipeline`].

mod before;

use std::{borrow::Cow, fmt};

pub(crate) use before::Before;

use crate::{json::Name, rules::same_name};

/// What happened to the row, as the published event names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// A new row, or a row read by a snapshot.
    Insert,
    /// A changed row.
    Update,
    /// A deleted row.
    Delete,
    /// All rows of the table at once.
    Truncate,
}

impl Operation {
    /// All of them, in the order in which documentation lists them.
    pub const ALL: [Self; 4] = [Self::Insert, Self::Update, Self::Delete, Self::Truncate];

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Truncate => "TRUNCATE",
        }
    }

    /// The operation of that name (upper case, as on the wire), if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == name)
    }
}

/// A producer's wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Envelope {
    /// The pipeline's own.
    Native,
    /// AWS Database Migration Service.
    Dms,
    /// Debezium, wrapped in its schema or bare.
    Debezium,
    /// Debezium in a structured CloudEvent.
    CloudEvents,
    /// Maxwell's daemon.
    Maxwell,
    /// Alibaba's Canal, as flat messages.
    Canal,
    /// Oracle GoldenGate's JSON formatter.
    Ogg,
    /// DynamoDB Streams, Kinesis Data Streams for DynamoDB, and what has their shape.
    DynamoDb,
}

impl Envelope {
    /// All of them, in the order in which documentation lists them.
    pub const ALL: [Self; 8] = [
        Self::Native,
        Self::Dms,
        Self::Debezium,
        Self::CloudEvents,
        Self::Maxwell,
        Self::Canal,
        Self::Ogg,
        Self::DynamoDb,
    ];

    /// The name in `metadata.envelope` and in the command line's output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Dms => "dms",
            Self::Debezium => "debezium",
            Self::CloudEvents => "cloudevents",
            Self::Maxwell => "maxwell",
            Self::Canal => "canal",
            Self::Ogg => "ogg",
            Self::DynamoDb => "dynamodb",
        }
    }

    /// The envelope of that name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|envelope| envelope.as_str() == name)
    }
}

/// One decoded row change.
#[derive(Clone)]
pub struct ChangeEvent<'a> {
    /// Where it was decoded from.
    pub envelope: Envelope,
    /// Database, as the producer names it, if it does.
    pub database: Option<Cow<'a, str>>,
    /// Schema, as the producer names it, if it does.
    pub schema: Option<Cow<'a, str>>,
    /// Table, never empty.
    pub table: Cow<'a, str>,
    /// What happened, with the images that belong to it.
    pub change: Change<'a>,
    /// Whether the images have every column of the table, as a schema beside them says: what is not
    /// there has vanished.
    pub whole: bool,
    /// The row's keys where the envelope carries them beside the images.
    pub keys: Option<Row<'a>>,
    /// Whether a full load read the row, rather than a change.
    pub snapshot: bool,
    /// When it happened, by the envelope's clocks, the best first.
    pub times: [Option<SourceTime<'a>>; 2],
    /// The transaction, as the producer writes it.
    pub transaction_id: Option<Cow<'a, str>>,
    /// The database's own place of the change, as the producer writes it.
    pub source_position: Option<Cow<'a, str>>,
    /// What identifies the change at its source, together with its table, operation and row key; none
    /// where the envelope has no such thing.
    pub identity: Option<Identity<'a>>,
    /// What orders the changes of this event's row.
    pub row_order: RowOrder,
}

/// What happened to a row. Images that cannot be there cannot be expressed.
#[derive(Clone)]
pub enum Change<'a> {
    /// A new row.
    Insert {
        /// The row.
        after: Row<'a>,
    },
    /// A changed row.
    Update {
        /// The row before, as far as the source tells.
        before: Option<Row<'a>>,
        /// The row now.
        after: Row<'a>,
    },
    /// A deleted row.
    Delete {
        /// The row, as far as the source tells.
        before: Option<Row<'a>>,
    },
    /// The table was emptied.
    Truncate,
}

impl<'a> Change<'a> {
    /// The operation.
    #[must_use]
    pub fn operation(&self) -> Operation {
        match self {
            Self::Insert { .. } => Operation::Insert,
            Self::Update { .. } => Operation::Update,
            Self::Delete { .. } => Operation::Delete,
            Self::Truncate => Operation::Truncate,
        }
    }

    /// The row before the change, where known.
    #[must_use]
    pub fn before(&self) -> Option<&Row<'a>> {
        match self {
            Self::Update { before, .. } | Self::Delete { before } => before.as_ref(),
            Self::Insert { .. } | Self::Truncate => None,
        }
    }

    /// The images there are, to give columns another value.
    pub fn images_mut(&mut self) -> impl Iterator<Item = &mut Row<'a>> {
        let (before, after) = match self {
            Self::Insert { after } => (None, Some(after)),
            Self::Update { before, after } => (before.as_mut(), Some(after)),
            Self::Delete { before } => (before.as_mut(), None),
            Self::Truncate => (None, None),
        };
        before.into_iter().chain(after)
    }

    /// The row after the change, where there is one.
    #[must_use]
    pub fn after(&self) -> Option<&Row<'a>> {
        match self {
            Self::Insert { after } | Self::Update { after, .. } => Some(after),
            Self::Delete { .. } | Self::Truncate => None,
        }
    }
}

/// A row's image: its columns in the producer's order. `Debug` shows their number, never a value.
#[derive(Clone, Default)]
pub struct Row<'a> {
    columns: Vec<Column<'a>>,
}

/// One column of an image.
#[derive(Clone, Copy)]
pub struct Column<'a> {
    /// The name as the producer wrote it.
    pub name: Name<'a>,
    /// The value, or why there is none.
    pub value: ColumnValue<'a>,
}

/// A column that is there. (An absent one is simply not in the row; `null` is a value.)
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ColumnValue<'a> {
    /// JSON text: byte for byte as the producer wrote it, or, where the producer encodes the value and
    /// says how, what it means.
    Json(&'a str),
    /// JSON text, byte for byte, of a value that is known to be encoded and could not be interpreted.
    Raw(&'a str),
    /// The source says that the value did not change and does not tell it (TOAST, LOB).
    Unchanged,
}

impl<'a> ColumnValue<'a> {
    /// The value's JSON text, where the source tells it.
    #[must_use]
    pub fn json(self) -> Option<&'a str> {
        match self {
            Self::Json(json) | Self::Raw(json) => Some(json),
            Self::Unchanged => None,
        }
    }
}

impl<'a> Row<'a> {
    /// A row of these columns.
    #[must_use]
    pub fn new(columns: Vec<Column<'a>>) -> Self {
        Self { columns }
    }

    /// The columns in the producer's order.
    #[must_use]
    pub fn columns(&self) -> &[Column<'a>] {
        &self.columns
    }

    /// The columns, to give some of them another value.
    pub fn columns_mut(&mut self) -> &mut [Column<'a>] {
        &mut self.columns
    }

    /// The column of that name: as written, else whatever its case.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Column<'a>> {
        let mut columns = self.columns.iter();
        columns
            .find(|column| column.name == *name)
            .or_else(|| self.columns.iter().find(|it| same_name(&it.name.unescaped(), name)))
    }

    /// Whether there is no column.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row({} columns)", self.columns.len())
    }
}

impl fmt::Debug for ChangeEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = self.change.operation().as_str();
        write!(
            f,
            "ChangeEvent({} {operation} {})",
            self.envelope.as_str(),
            self.table.escape_debug()
        )
    }
}

/// Which clock a time comes from, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFrom {
    /// The transaction's commit.
    Commit,
    /// The source database's, otherwise.
    Source,
    /// When the producer built the message.
    Message,
    /// When the stream took the record.
    Arrival,
}

impl TimeFrom {
    /// The name in `metadata.timestampFrom`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Source => "source",
            Self::Message => "message",
            Self::Arrival => "arrival",
        }
    }
}

/// A time out of an envelope: unverified text or number, and which clock it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceTime<'a> {
    /// The clock.
    pub from: TimeFrom,
    /// What it showed.
    pub reading: Reading<'a>,
}

/// How a producer writes a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading<'a> {
    /// RFC 3339, with any offset.
    Rfc3339(Cow<'a, str>),
    /// Time since 1970 in units of 10⁻ᵈⁱᵍⁱᵗˢ seconds: 0 for seconds, 3 for milliseconds, 6, 9.
    Epoch {
        /// The count of units.
        units: i64,
        /// The number of decimal digits of a second that a unit is.
        digits: u8,
    },
}

/// A place at the source that no other change of the same row has. What the producer itself sends
/// twice has it twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity<'a> {
    /// Which source the place is in: a connector's logical name, or nothing where there is one only.
    pub source: Cow<'a, str>,
    /// The place.
    pub place: Cow<'a, str>,
}

/// What orders the changes of one row for its whole life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowOrder {
    /// Their places in the shard: the envelope has nothing better.
    Arrival,
    /// The source's positions.
    Source {
        /// Compared byte by byte: later changes of a row are not smaller.
        order: String,
        /// Whether several changes of a row may share it. Then the place in the shard decides between
        /// them.
        shared: bool,
    },
    /// The source's clock, and within one reading of it the place in the shard. What is ahead of the
    /// arrival is not believed.
    Time {
        /// Since 1970.
        microseconds: i64,
    },
    /// The source's positions, but this event lacks its own: a place in the shard would not compare
    /// with those of its siblings.
    Unknown,
}
