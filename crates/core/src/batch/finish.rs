//! The end of a batch: what is claimed, and what is answered.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{
    Batch, Phase, Report, Step,
    items::{Item, State},
    source::{LedgerSettings, Source},
};
use crate::{
    ledger::{ClaimItem, ClaimWrite, LedgerKeep, Note, claim_items, note_partition},
    record::{RecordKey, Shard},
};

impl Batch {
    /// Claims what this run settled. A fully settled batch is claimed only if full successes are
    /// remembered; then the note moves too, even where there was nothing to claim.
    pub(super) fn claim(&mut self, now: Timestamp) -> Step {
        let Source::Shard { shard, ledger } = &self.source else { return self.answer() };
        let (shard, ledger) = (shard.clone(), ledger.clone());
        let all_settled = self.all_settled();
        if all_settled && ledger.keep == LedgerKeep::Failures {
            return self.answer();
        }
        let items = self.claim_items(&ledger, now);
        let note = if ledger.notes { self.note(&shard, now) } else { None };
        if items.is_empty() && (note.is_none() || ledger.keep == LedgerKeep::Failures) {
            return self.answer();
        }
        self.phase = Phase::Claiming;
        let partition = ledger.scope.claim_partition(&shard);
        Step::Claim(ClaimWrite { partition, items, note })
    }

    /// Ends the batch without a write.
    pub(super) fn answer(&mut self) -> Step {
        self.finish_report();
        self.phase = Phase::Over;
        Step::Answer(std::mem::take(&mut self.report))
    }

    /// Less time than this is not worth beginning in: the ledger is read, a request made, the ledger
    /// written.
    pub(crate) fn time_to_begin(&self) -> Duration {
        self.settings.request_timeout + self.settings.reserve * 2
    }

    /// Ends the batch before anything was done about it: all of it is delivered again.
    pub(crate) fn not_begun(mut self) -> Report {
        self.report.stopped_at_deadline = true;
        self.nothing_done();
        self.report
    }

    /// Completes the report where nothing was done about anything.
    pub(super) fn nothing_done(&mut self) {
        self.finish_report();
        let first = self.records.first();
        self.report.failed_from = first.map(|entry| entry.record.position.number.clone());
    }

    /// Completes the report: each unit's outcome, and the first record that is not settled.
    pub(super) fn finish_report(&mut self) {
        for item in self.items.iter() {
            self.report.settle(item.unit, item.state, item.task_failure_code());
            let buried = matches!(item.task, super::items::Task::Bury(_));
            self.report.unburied += usize::from(buried && !item.state.is_settled());
        }
        let first = self.first_unsettled();
        self.report.failed_from =
            first.map(|record| self.records[record].record.position.number.clone());
        if let Source::Queue(queue) = &self.source {
            self.report.unsettled_messages = queue.unsettled(&self.items, self.cut);
        }
    }

    fn claim_items(&mut self, ledger: &LedgerSettings, now: Timestamp) -> Vec<ClaimItem> {
        let mut keys: Vec<RecordKey> = Vec::new();
        for index in 0..self.items.len() {
            let item = self.items.get(index as u32);
            if matches!(item.state, State::Published | State::Buried) {
                let (record, slot) = (item.record, item.slot);
                keys.push(self.records[record].key().slot(slot));
            }
        }
        let (Some(first), Some(last)) = (self.records.first(), self.records.last()) else {
            return Vec::new();
        };
        let ttl = SignedDuration::try_from(ledger.claim_ttl).unwrap_or(SignedDuration::MAX);
        let expires = now.checked_add(ttl).unwrap_or(Timestamp::MAX);
        let (first, last) = (&first.record.position.number, &last.record.position.number);
        claim_items(&keys, first, last, &ledger.request_id, now, expires)
    }

    /// The checkpoint that people see: the last record before the first unsettled one.
    fn note(&self, shard: &Shard, now: Timestamp) -> Option<Note> {
        let unsettled = self.first_unsettled();
        let settled = match unsettled {
            Some(record) => &self.records[..record],
            None => &self.records[..],
        };
        // The whole of an aggregate, or none of it.
        let open = unsettled.map(|record| &self.records[record].record.position.number);
        let last = settled.iter().rfind(|entry| Some(&entry.record.position.number) != open)?;
        Some(Note {
            partition: note_partition(shard),
            shard: shard.id.to_string(),
            number: last.record.position.number.clone(),
            arrived: last.record.arrived,
            at: now,
            settled: settled.len(),
            unsettled: self.records.len() - settled.len(),
        })
    }

    fn first_unsettled(&self) -> Option<usize> {
        let open = self.items.iter().find(|item| !item.state.is_settled()).map(|item| item.record);
        open.or(self.cut)
    }
}

impl Item {
    pub(super) fn task_failure_code(&self) -> Option<crate::failure::FailureCode> {
        match &self.task {
            super::items::Task::Bury(failure) => Some(failure.code),
            super::items::Task::Publish(_) => None,
        }
    }
}
