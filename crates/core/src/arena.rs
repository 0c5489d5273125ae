//! Room for the texts that decoding has to write anew.
//!
//! Rows are slices of their record. What cannot be one (a decimal out of base64, days as a date, a
//! document inside a string) is written here, lives as long as the record, and is a slice again.

use std::fmt;

use bumpalo::Bump;

/// Texts written while one record is decoded. [`Arena::clear`] makes room for the next one without
/// giving memory back.
#[derive(Default)]
pub struct Arena(Bump);

impl Arena {
    /// A copy of the text that lives as long as the arena.
    pub fn text(&self, text: &str) -> &str {
        self.0.alloc_str(text)
    }

    /// Forgets all texts.
    pub fn clear(&mut self) {
        self.0.reset();
    }

    /// Bytes that the arena holds in memory, whether used or not.
    #[must_use]
    pub fn allocated_bytes(&self) -> usize {
        self.0.allocated_bytes()
    }
}

impl fmt::Debug for Arena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arena({} bytes)", self.allocated_bytes())
    }
}
