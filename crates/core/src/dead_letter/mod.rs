//! Dead letters: a change given up on, with its failure and everything needed to try again.
//!
//! [`write()`] makes one, [`read()`] reads one. What was read is input: whoever may send to the queue
//! wrote it. So it is bounded, nothing in it is believed that the function's own settings could say
//! better, and people see it through the rules ([`show()`]). [`OpenLetter::replayable`] makes of it a
//! record that goes through the pipeline as it would have gone the first time: same event id, same
//! order.

mod read;
mod replay;
mod seal;
mod show;
#[cfg(test)]
mod tests;
mod write;

pub use read::{LETTER_TEXT_CHARS_MAX, NotALetter, OpenLetter, Original, Place, read};
pub use replay::{AnotherObject, AnotherRecord, ReplayOrder, Replayable};
pub use show::{BytesClass, Digest, SHOWN_BYTES_MAX, Shown, show, show_fetched, show_record};
pub use write::{Carried, Letter, write, write_pointing_to};
pub(crate) use write::{Written, write_or_store};
