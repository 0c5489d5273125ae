//! JSON as a source of slices.
//!
//! [`Document::parse`] checks a text once and notes where each value stands; everything afterwards
//! is a look at those notes. A value is handed out as the slice of the text that it is, so nothing
//! is ever bent: no number goes through a double, no string is rewritten. Text that is not valid
//! JSON by RFC 8259, not UTF-8, too long or nested too deep is refused with its place, never with
//! its content.

mod escape;
mod scan;
mod unique;
mod value;

pub use escape::{write_string, write_string_body};
pub use scan::{DEPTH_MAX, JsonError, JsonErrorKind, LENGTH_MAX, NODES_MAX, Node};
pub use unique::duplicate;
pub use value::{Document, Kind, Members, Name, Object, Value};

#[cfg(test)]
pub(crate) mod steps;
#[cfg(test)]
mod tests;
