//! What every run needs of calls: the time they may take, other tries, and what is held of a queue.

mod hand;
mod pace;

pub(crate) use hand::Hand;
pub(crate) use pace::{PAGE_TIME, Pace, RECEIVE_TIME, RESERVE};
