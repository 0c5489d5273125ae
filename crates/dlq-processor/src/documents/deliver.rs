//! The records of a document through the machine, batch by batch.
//!
//! A batch behind another begins only when that one is settled, so that rows keep their order.

use cdc_aws::function::payload::KinesisBatch;
use cdc_core::{
    batch::{Batch, Counts, Report},
    delivery::BusCode,
    drive,
    on_failure::OnFailure,
    record::{RawRecord, SequenceNumber, Shard, expand},
};

use super::{NotAll, RecordCounts, Refused, Run, Unsettled, Wiring};
use crate::{
    answer::Stopped,
    refusals::STATE_ERROR,
    run::{Why, unsettled},
};

/// What came of a document's records.
#[derive(Default)]
pub(super) struct Came {
    counts: Counts,
    /// Records of the stream, aggregates whole.
    pub(super) read: usize,
    /// Those among them that the mapping did not say it gave up.
    pub(super) surplus: usize,
    /// Retention has taken some: how many, nobody can say.
    pub(super) gone: bool,
}

impl Came {
    pub(super) fn records(&self) -> RecordCounts {
        RecordCounts::of(&self.counts, self.read, self.surplus, self.gone)
    }

    fn add(&mut self, report: &Report) {
        report.units.iter().for_each(|unit| self.counts.add(unit.outcome));
    }

    fn add_foreseen(&mut self, counts: &Counts) {
        self.counts.published += counts.published;
        self.counts.suppressed += counts.suppressed;
        for (all, some) in [
            (&mut self.counts.skipped, &counts.skipped),
            (&mut self.counts.dead_lettered, &counts.dead_lettered),
        ] {
            some.iter().for_each(|(name, count)| *all.entry(name).or_default() += count);
        }
    }
}

impl<W: Wiring> Run<'_, W> {
    /// The records that a document carries: of its stream and shard, with both ends of its range.
    pub(super) fn records_of(
        &self,
        document: &OnFailure,
        payload: &[u8],
        shard: &Shard,
    ) -> Result<Vec<RawRecord>, NotAll> {
        let broken = |why: String| NotAll::Refused(Refused::BrokenPayload(why));
        let batch = KinesisBatch::parse(payload, self.source.stream)
            .map_err(|error| broken(format!("its payload can't be read: {error}")))?;
        if batch.shard != *shard {
            return Err(broken("its payload is of another shard than it says".to_owned()));
        }
        let has =
            |number: &SequenceNumber| batch.records.iter().any(|record| record.number == *number);
        if !has(&document.first) || !has(&document.last) {
            return Err(broken("its payload has other records than it says".to_owned()));
        }
        let told = document.batch_size as usize;
        if batch.records.len() < told && expand(batch.records.clone()).records.len() < told {
            return Err(broken("its payload has fewer records than it says".to_owned()));
        }
        Ok(batch.records)
    }

    /// Delivers records that follow each other; in a dry run, says what that would come to.
    pub(super) async fn batches(
        &mut self,
        shard: &Shard,
        mut records: Vec<RawRecord>,
        came: &mut Came,
    ) -> Result<(), Unsettled> {
        while !records.is_empty() {
            if self.pace.left() <= self.batch_time() + self.pace.wait() {
                return Err(Unsettled::no_time());
            }
            self.pace.keep_rate().await;
            let batch = self.batch(shard, records.clone());
            if self.request.dry_run {
                return self.foresee_batch(batch, came).await;
            }
            let (ports, deadline) = (&self.documents.delivery, self.pace.deadline());
            let report = drive::deliver(batch, ports, deadline).await;
            came.add(&report);
            self.note(&report);
            let counts = report.counts();
            // What a rule leaves out, or the ledger knows, costs the bus nothing.
            self.pace.spend(counts.published + counts.dead_lettered.values().sum::<usize>());
            match rest(&report, &records) {
                Some(rest) => records.drain(..rest),
                None => return Err(of_report(&report)),
            };
        }
        Ok(())
    }

    fn batch(&mut self, shard: &Shard, records: Vec<RawRecord>) -> Batch {
        let name = format!("{}-{}", self.request_id, self.batches);
        self.batches += 1;
        let (pipeline, settings) = (&self.processor.pipeline, self.documents.batch.clone());
        Batch::new(shard.clone(), records, pipeline, settings, &name)
    }

    async fn foresee_batch(&mut self, batch: Batch, came: &mut Came) -> Result<(), Unsettled> {
        let ledger = &self.documents.delivery.ledger;
        let counts = drive::foresee(batch, ledger, self.pace.now()).await;
        let counts = self.pace.noted(counts).map_err(|error| {
            Unsettled::blameless(Why::new(STATE_ERROR, error.to_string()), Stopped::Ledger)
        })?;
        came.add_foreseen(&counts);
        Ok(())
    }

    /// For the log: calls that failed, and what was refused.
    fn note(&mut self, report: &Report) {
        let ledger = report.ledger_read_failed.iter().chain(&report.ledger_write_failed);
        ledger.for_each(|error| self.pace.failed(error));
        for (what, count) in report.calls_failed.iter().chain(&report.refusals) {
            *self.pace.calls_failed.entry(what.clone()).or_default() += count;
        }
    }
}

/// Where the records begin that are still to be delivered, if all before are settled: behind the last,
/// or where the batch was cut.
fn rest(report: &Report, records: &[RawRecord]) -> Option<usize> {
    let Some(from) = &report.failed_from else { return Some(records.len()) };
    let was_cut = report.ledger_read_failed.is_none() && report.counts().unsettled == 0;
    let rest = records.iter().position(|record| record.number == *from)?;
    (was_cut && rest > 0).then_some(rest)
}

fn of_report(report: &Report) -> Unsettled {
    let why = unsettled(report);
    if let Some(error) = &report.ledger_read_failed {
        return Unsettled::blameless(Why::new(STATE_ERROR, error.to_string()), Stopped::Ledger);
    }
    let nothing_done = report.accepted == 0;
    if report.stopped_at_deadline {
        let blameless = !nothing_done || report.requests == 0 || report.outage;
        return Unsettled { why, stopped: Some(Stopped::Deadline), blameless };
    }
    if report.unburied > 0 && report.outage {
        return Unsettled::blameless(why, Stopped::Queue);
    }
    let mut refusals = report.refusals.keys();
    let all_refused = !report.refusals.is_empty() && refusals.all(|code| concerns_all(code));
    if nothing_done && (report.outage || all_refused) {
        return Unsettled::blameless(why, Stopped::Bus);
    }
    Unsettled { why, stopped: None, blameless: report.outage }
}

/// Whether the bus would refuse any event so.
fn concerns_all(code: &str) -> bool {
    match BusCode::parse(code) {
        BusCode::AccessDenied
        | BusCode::InternalFailure
        | BusCode::InvalidAccountId
        | BusCode::NotAuthorizedForDetailType
        | BusCode::NotAuthorizedForSource
        | BusCode::Throttling => true,
        BusCode::InvalidArgument
        | BusCode::MalformedDetail
        | BusCode::RedactionFailure
        | BusCode::Unknown(_) => false,
    }
}
