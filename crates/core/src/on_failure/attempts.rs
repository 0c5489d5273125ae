//! How often a document was tried: a note beside the ledger.
//!
//! Neither a message nor an object can be trusted to count its own tries: a queue counts every look, and
//! a run that is killed writes nothing behind itself. So a try is counted before it begins, under the
//! document's own name. Forgetting a count costs further tries, nothing else.

use jiff::Timestamp;

/// One more try of a document, or one less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The partition key, see [`attempts_partition`].
    pub partition: String,
    /// The document: its destination, a bar, and its key or the id of its message.
    pub document: String,
    /// 1 before a try; -1 after one that ended through no fault of the document's.
    pub by: i32,
    /// Now.
    pub at: Timestamp,
    /// When the count may be forgotten.
    pub expires: Timestamp,
}

/// How often a document was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Tries in all that are held against it.
    pub count: u32,
    /// The last, to the second.
    pub last: Timestamp,
}

/// The partition key of the counts of a stream's documents: `attempts|<stream>`.
#[must_use]
pub fn attempts_partition(stream: &str) -> String {
    format!("attempts|{stream}")
}
