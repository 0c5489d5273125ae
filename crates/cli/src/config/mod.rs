//! The configuration: where it is read from, and `cdc config check`.

mod check;
mod load;

pub(crate) use check::{EXAMPLES, check};
pub(crate) use load::{LoadError, load};
