//! Redaction: the only way from a row to the outside.
//!
//! [`Redacted`] marks what has been through the rules. Its constructors are private to this room,
//! and a sink takes nothing else, so an event that skipped redaction does not compile. The pipeline
//! redacts the images of change events; for every other record there are [`RecordRules`].

mod compare;
mod detail;
mod fields;
mod identifier;
mod image;
mod inside;
mod method;
mod path;
mod record;
mod reveal;
mod shown;
mod spot;
#[cfg(test)]
mod tests;

use std::fmt;

pub use compare::{Difference, Part, Treatment, compare};
pub(crate) use detail::{Facts, Moved, Written, write as write_detail};
pub use fields::{FIELD_CHARS_MAX, FIELDS_MAX, Fields, FieldsError, REPLACEMENT_CHARS_MAX};
pub use identifier::identifier;
pub(crate) use image::UnfitColumn;
pub use method::Unfit;
pub use record::{PATH_BYTES_MAX, PATHS_BYTES_MAX, RecordError, RecordRules, RedactedRecord};
pub use reveal::{RevealError, reveal};
pub use shown::shown_value;
pub(crate) use shown::{write as write_shown, write_strictly as write_change};

/// Something that holds no value a rule would have withheld. `Debug` does not show it all the same.
#[derive(Clone, PartialEq, Eq)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    /// What is in it.
    #[must_use]
    pub fn get(&self) -> &T {
        &self.0
    }

    /// What is in it, to be sent as it is.
    pub(crate) fn into_inner(self) -> T {
        self.0
    }
}

impl Redacted<String> {
    /// A text that was written with the program, so no row can be in it.
    #[must_use]
    pub fn constant(text: &'static str) -> Self {
        Self(text.to_owned())
    }
}

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redacted")
    }
}
