//! How much looking at documents costs, for tests that hold decoding to be linear: members and elements
//! visited, names compared, bytes unescaped. Each thread counts its own.

use std::cell::Cell;

thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

pub(super) fn add(steps: usize) {
    STEPS.set(STEPS.get() + steps as u64);
}

/// The steps that this thread took in `work`.
pub(crate) fn of(work: impl FnOnce()) -> u64 {
    let before = STEPS.get();
    work();
    STEPS.get() - before
}
