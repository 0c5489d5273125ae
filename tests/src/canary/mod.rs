//! The canary: personal data that nobody has, planted wherever a producer can write, and looked for wherever
//! the pipeline speaks.
//!
//! [`Seeds`] makes the values. Each is the only one of its place, so that what is found says where it was
//! planted. [`records`] plants them in records of every envelope, good ones and broken ones, and the rules of
//! [`CONFIG`] withhold every one of them. [`Search`] finds a value in an output in whatever form it may have
//! got there: as it is, escaped, as base64, hex, in a URL, or hashed without a key, however deep inside
//! base64, gzip and JSON in strings.
//!
//! Two programs of tests use it: `tests/all/canary` for the functions and the local system, and the command's
//! own tests for what it prints.

mod forms;
mod layers;
mod records;
mod search;
mod seeds;

pub use records::{Becomes, Seeded, failures, oversize, records, rows};
pub use search::{Leak, Search};
pub use seeds::{Canary, Kind, Seeds};

/// The rules that the seeded records go through: whatever is personal in them is withheld.
pub const CONFIG: &str = include_str!("config.yaml");
