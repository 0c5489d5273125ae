//! What is wrong with an input, where, and what to do about it. Never with a value out of it.

use std::{fmt, io};

use cdc_core::failure::told;

use super::{INPUT_BYTES_MAX, RECORD_BYTES_MAX};

/// Why an input cannot be put on the stream.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// It cannot be read.
    #[error("{file}: cannot be read; check that the file exists and may be read")]
    Unreadable {
        /// The file, fit to be shown.
        file: String,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// Too much for memory.
    #[error(
        "{file}: more than {INPUT_BYTES_MAX} bytes; split the file and read one part at a time"
    )]
    InputTooLarge {
        /// The file, fit to be shown.
        file: String,
    },
    /// The data of a Kinesis record are not what they must be.
    #[error(
        "{place}: kinesis.data is not base64; expected the standard alphabet with padding, as \
         Lambda writes it (`base64 -w0`)"
    )]
    NotBase64 {
        /// Where.
        place: Place,
    },
    /// Kinesis would refuse it.
    #[error(
        "{place}: the record has {bytes} bytes and Kinesis takes {RECORD_BYTES_MAX}; remove it or \
         make it smaller"
    )]
    RecordTooLarge {
        /// Where.
        place: Place,
        /// Its size.
        bytes: usize,
    },
}

/// Longest path of a file system.
const PATH_CHARS_MAX: usize = 4096;

/// A path as a message shows it: whole, for somebody opens it.
fn whole(file: &str) -> String {
    told(file, PATH_CHARS_MAX)
}

impl InputError {
    pub(super) fn unreadable(file: &str, cause: io::Error) -> Self {
        Self::Unreadable { file: whole(file), cause }
    }

    pub(super) fn too_large(file: &str) -> Self {
        Self::InputTooLarge { file: whole(file) }
    }
}

/// A place in an input, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    file: String,
    part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Line(usize),
    Record(usize),
}

impl Place {
    pub(super) fn line(file: &str, number: usize) -> Self {
        Self { file: whole(file), part: Part::Line(number) }
    }

    pub(super) fn record(file: &str, number: usize) -> Self {
        Self { file: whole(file), part: Part::Record(number) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Part::Line(number) => write!(f, "{}, line {number}", self.file),
            Part::Record(number) => write!(f, "{}, record {number} of the event", self.file),
        }
    }
}
