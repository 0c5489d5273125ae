//! What a batch would come to: the same preparation and the same claims, and nothing done.

use bytes::Bytes;

use super::{
    Batch, Counts,
    items::{State, Task},
};

impl Batch {
    /// The units by outcome if every call went well, with these claims in the ledger. Of a batch that is
    /// cut ([`super::Report::failed_from`]) those before the cut.
    #[must_use]
    pub fn foreseen(mut self, claims: &[Bytes]) -> Counts {
        self.suppress(claims);
        for item in self.items.iter() {
            let state = match (item.state, &item.task) {
                (State::Suppressed, _) => State::Suppressed,
                (_, Task::Publish(_)) => State::Published,
                (_, Task::Bury(_)) => State::Buried,
            };
            self.report.settle(item.unit, state, item.task_failure_code());
        }
        self.report.counts()
    }
}
