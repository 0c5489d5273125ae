//! End-to-end tests over the embedded cloud, and checks of the tree itself: see `tests/all`.
//!
//! Here is what test programs of several crates share.

pub mod canary;
