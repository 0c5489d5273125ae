//! Poison: records that the pipeline must refuse, each in its own way, and go on.
//!
//! Every kind of dead letter that a record alone can cause is there: what is no JSON, what is no
//! envelope, what breaks the rules. (What the bus refuses for good and what fails around a record
//! are faults of a call, not of a record.) Each begins as a real change of a made-up row and is
//! spoilt in one place. Draws from a generator of its own and touches no population and no journal,
//! so that the other records are what they would be without.

mod spoil;

use bytes::Bytes;
use cdc_core::record::LAYERS_MAX;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    WorkloadRecord,
    producer::{Moment, Producers},
};
use crate::input;
use spoil::Material;

/// The generator's stream: the workload itself draws from the seed's first.
const STREAM: u64 = 1;

/// Rows of poison are numbered from here on: nobody else's are.
const FIRST_NUMBER: u64 = 7_000_000;

/// Decides which records are poison, and makes them.
pub(super) struct Poisoner {
    rng: ChaCha8Rng,
    share: f64,
    number: u64,
}

impl Poisoner {
    pub(super) fn new(seed: u64, share: f64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(STREAM);
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        Self { rng, share, number: FIRST_NUMBER }
    }

    /// Whether the next record is poison.
    pub(super) fn is_due(&mut self) -> bool {
        self.rng.random_bool(self.share)
    }

    /// A record of any kind of poison. No row is known, so that its content says where it goes.
    pub(super) fn next(&mut self, producers: &Producers, moment: &Moment) -> WorkloadRecord {
        let kind = Poison::ALL[self.rng.random_range(0..Poison::ALL.len())];
        let data = Bytes::from(self.brew(kind, producers, moment));
        WorkloadRecord { partition_key: input::content_key(&data), data }
    }

    pub(super) fn brew(&mut self, kind: Poison, by: &Producers, moment: &Moment) -> Vec<u8> {
        self.number += 1;
        kind.brew(&mut Material { rng: &mut self.rng, producers: by, moment, number: self.number })
    }
}

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Poison {
    /// A line out of a log.
    PlainText,
    /// The end is missing.
    CutShort,
    /// Letters in Latin-1.
    Latin1,
    /// Nested beyond any sense.
    TooDeep,
    /// A row without an envelope.
    BareRow,
    /// A list of rows.
    ListOfRows,
    /// The table's name is empty.
    NamelessTable,
    /// An operation that the envelope doesn't have.
    UnknownOperation,
    /// DMS: neither data nor control.
    UnknownRecordType,
    /// A CloudEvent of somebody else's.
    ForeignCloudEvent,
    /// Debezium: an encoded payload.
    EncodedPayload,
    /// The end of the gzip stream is missing.
    TruncatedGzip,
    /// Begins like zstd, and isn't.
    BrokenZstd,
    /// Compressed, compressed and compressed.
    TooManyLayers,
    /// Inflates to more than anybody wants.
    Bomb,
    /// A KPL aggregate with a right digest of something broken.
    BrokenAggregate,
    /// A table without rules: a copy of one that has some.
    UnlistedTable,
    /// A column of the key is missing.
    NoKey,
    /// A column of the key is null.
    NullKey,
    /// A member stands twice.
    DuplicateMember,
    /// An insert without its row.
    NoAfterImage,
    /// A deletion that names no row.
    NothingTold,
    /// The finished event would be too large for the bus, even without its images.
    TooLarge,
    /// More columns than any table has.
    TooManyColumns,
}

impl Poison {
    pub(super) const ALL: [Self; 24] = [
        Self::PlainText,
        Self::CutShort,
        Self::Latin1,
        Self::TooDeep,
        Self::BareRow,
        Self::ListOfRows,
        Self::NamelessTable,
        Self::UnknownOperation,
        Self::UnknownRecordType,
        Self::ForeignCloudEvent,
        Self::EncodedPayload,
        Self::TruncatedGzip,
        Self::BrokenZstd,
        Self::TooManyLayers,
        Self::Bomb,
        Self::BrokenAggregate,
        Self::UnlistedTable,
        Self::NoKey,
        Self::NullKey,
        Self::DuplicateMember,
        Self::NoAfterImage,
        Self::NothingTold,
        Self::TooLarge,
        Self::TooManyColumns,
    ];

    fn brew(self, from: &mut Material<'_>) -> Vec<u8> {
        match self {
            Self::PlainText => from.log_line().into(),
            Self::CutShort => from.cut_short().into(),
            Self::Latin1 => from.latin_1(),
            Self::TooDeep => from.nested().into(),
            Self::BareRow => from.native().row.into(),
            Self::ListOfRows => format!("[{},{}]", from.native().row, from.native().row).into(),
            Self::NamelessTable => from.native().with(r#""table":"users""#, r#""table":"""#).into(),
            Self::UnknownOperation => from.unknown_operation().into(),
            Self::UnknownRecordType => from.dms().with(r#""data","op"#, r#""row","op"#).into(),
            Self::ForeignCloudEvent => from.foreign_cloud_event().into(),
            Self::EncodedPayload => from.encoded_payload().into(),
            Self::TruncatedGzip => from.truncated_gzip(),
            Self::BrokenZstd => from.broken_zstd(),
            Self::TooManyLayers => from.compressed(LAYERS_MAX + 1),
            Self::Bomb => spoil::bomb(),
            Self::BrokenAggregate => from.broken_aggregate(),
            Self::UnlistedTable => from.unlisted_table().into(),
            Self::NoKey => from.without_key().into(),
            Self::NullKey => from.with_null_key().into(),
            Self::DuplicateMember => from.with_duplicate_member().into(),
            Self::NoAfterImage => from.without_row().into(),
            Self::NothingTold => from.deletion_of_nothing().into(),
            Self::TooLarge => from.too_large(),
            Self::TooManyColumns => from.too_many_columns(),
        }
    }
}
