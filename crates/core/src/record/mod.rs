//! Records: what a stream delivers, before anybody has looked inside.

mod sequence;

pub use sequence::{NotASequenceNumber, SEQUENCE_DIGITS_MAX, SequenceNumber};
