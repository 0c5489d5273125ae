//! Replay: letters through the pipeline again, deleted once they are settled.
//!
//! The same machine that delivers a batch delivers a page of letters ([`Batch::of_letters`]): rows
//! keep their order, what is at fault itself is buried anew, and no ledger is asked. A letter is
//! deleted only after the machine says that it is settled, so a run that is killed between the two
//! publishes the letters of one page again, with the same ids.

use std::time::Duration;

use cdc_aws::config::READ_TIMEOUT;
use cdc_core::{
    batch::Batch,
    dead_letter::{OpenLetter, Replayable},
    delivery::{CallError, CallErrorKind},
    drive::deliver,
    pipeline::{PreparedUnit, Work, prepare_again},
    ports::StreamReader as _,
    record::SourceKind,
};

use super::{Refused, Run, Taken, Why, Wiring, fetch::Fetched};
use crate::{
    answer::Stopped,
    calls::{PAGE_TIME, RESERVE},
    refusals::{OBJECT_ERROR, STREAM_ERROR},
};

/// Between two reads of one run: a shard allows five a second, and its mapping wants some of them.
pub(crate) const BETWEEN_READS: Duration = Duration::from_millis(500);

/// The code of a letter whose record the stream no longer has.
const RECORD_GONE: &str = "RECORD_GONE";

/// Why a letter can't be opened.
enum Closed {
    Refused(Refused),
    /// Retention took its record.
    Gone,
    /// The stream did not give its record.
    Stream(CallError),
    /// The bucket did not give its record.
    Objects(CallError),
    /// The stream was not asked, since it did not answer for another.
    Unread,
    /// The stream was not asked, since the deadline is near.
    NoTime,
}

impl<W: Wiring> Run<'_, W> {
    pub(super) async fn replay(&mut self, page: Vec<Taken>) -> Option<Stopped> {
        let mut ready = Vec::new();
        let mut stopped = None;
        for taken in page {
            let Some(taken) = self.choose(taken, ready.len()) else { continue };
            let opened = match stopped {
                // As with the one before.
                Some(Stopped::Deadline) if self.needs_stream(&taken) => Err(Closed::NoTime),
                Some(_) if self.needs_stream(&taken) => Err(Closed::Unread),
                _ => self.open(&taken).await,
            };
            match opened {
                Ok(letter) => ready.push((taken, letter)),
                Err(closed) => stopped = self.closed(taken, closed).or(stopped),
            }
        }
        self.acted += ready.len();
        if self.request.dry_run {
            self.foresee(ready);
            return stopped;
        }
        self.pace.spend(ready.len());
        let (taken, letters): (Vec<Taken>, Vec<Replayable>) = ready.into_iter().unzip();
        if taken.is_empty() {
            return stopped;
        }
        let processor = self.processor;
        let batch = Batch::of_letters(letters, &processor.pipeline, processor.delivery.clone());
        let report = deliver(batch, &processor.ports.delivery, self.pace.deadline()).await;
        self.settle(taken, &report).await.or(stopped)
    }

    /// Leaves a letter that can't be opened, and says why; whether the run has to end.
    fn closed(&mut self, taken: Taken, closed: Closed) -> Option<Stopped> {
        match closed {
            Closed::Refused(refused) => self.refuse(taken, &refused),
            Closed::Gone => self.failed(taken, "kept", &gone()),
            Closed::Unread => {
                let text =
                    "the stream or the bucket did not answer for another letter of the same page";
                self.failed(taken, "kept", &Why::new(STREAM_ERROR, text));
            }
            Closed::NoTime => {
                let why = Why::new("NOT_SETTLED", "the function's deadline came");
                self.failed(taken, "kept", &why);
                return Some(Stopped::Deadline);
            }
            Closed::Objects(error) => {
                let why = Why::new(OBJECT_ERROR, error.to_string());
                self.pace.failed(&error);
                self.failed(taken, "kept", &why);
                return Some(Stopped::Objects);
            }
            Closed::Stream(error) => {
                let why = Why::new(STREAM_ERROR, error.to_string());
                self.pace.failed(&error);
                self.failed(taken, "kept", &why);
                return Some(Stopped::Stream);
            }
        }
        None
    }

    /// The letter with its record: carried by it, or read from the stream.
    async fn open(&mut self, taken: &Taken) -> Result<Replayable, Closed> {
        let letter = match &taken.letter {
            Ok(letter) => letter,
            Err(error) => return Err(Closed::Refused(error.into())),
        };
        let stream = self.trust.judge(letter).map_err(Closed::Refused)?;
        let trusted = self.is_trusted(letter);
        if trusted && let Some(replayable) = letter.replayable(stream) {
            return Ok(replayable);
        }
        let mut another = false;
        if trusted && let Some(check) = letter.claim_check() {
            if !self.has_time_to_read() {
                return Err(Closed::NoTime);
            }
            match self.fetch(letter, check, stream).await.map_err(Closed::Objects)? {
                Fetched::Record(replayable) => return Ok(*replayable),
                Fetched::Gone => {}
                Fetched::Another => another = true,
            }
        }
        if !SourceKind::of(stream).is_read_again() {
            return Err(unread(letter, trusted, another));
        }
        match self.read(letter, stream).await {
            // What it carries is all there is, and anybody can have written it.
            Err(Closed::Gone | Closed::Refused(Refused::OtherRecord))
                if !trusted && carries(letter) =>
            {
                Err(Closed::Refused(Refused::Unsealed))
            }
            Err(Closed::Gone) if another => Err(Closed::Refused(Refused::OtherObject)),
            read => read,
        }
    }

    /// Whether what a letter says and carries is taken at its word: it bears the seal of this pipeline,
    /// or somebody said so.
    pub(super) fn is_trusted(&self, letter: &OpenLetter) -> bool {
        self.request.force || letter.is_sealed(&self.processor.pipeline.id_key)
    }

    fn needs_stream(&self, taken: &Taken) -> bool {
        let is_read = |letter: &OpenLetter| {
            let unheld = letter.original.bytes().is_none() || !self.is_trusted(letter);
            unheld && SourceKind::of(&letter.place.stream).is_read_again()
        };
        let needs = |letter: &OpenLetter| letter.claim_check().is_some() || is_read(letter);
        taken.letter.as_ref().is_ok_and(needs)
    }

    /// Whether a record can be read, and the page still be published.
    pub(super) fn has_time_to_read(&self) -> bool {
        let needed = READ_TIMEOUT + PAGE_TIME + RESERVE + self.hand.give_back_time();
        self.pace.left() > needed
    }

    async fn read(&mut self, letter: &OpenLetter, stream: &str) -> Result<Replayable, Closed> {
        if !self.has_time_to_read() {
            return Err(Closed::NoTime);
        }
        let ports = &self.processor.ports;
        if self.has_read {
            self.pace.sleep(BETWEEN_READS).await;
        }
        self.has_read = true;
        let (shard, number) = (&letter.place.shard, &letter.place.position.number);
        let Some(reader) = &ports.stream else {
            return Err(Closed::Refused(Refused::OtherStream));
        };
        match reader.read_one(shard, number).await {
            Ok(Some(record)) => {
                let found = letter.replayable_from(stream, record);
                found.map_err(|_| Closed::Refused(Refused::OtherRecord))
            }
            Ok(None) => Err(Closed::Gone),
            // AWS does not tell an expired shard from one that never was.
            Err(error) if error.kind == CallErrorKind::Denied && !self.trust.lists(shard) => {
                Err(Closed::Gone)
            }
            // A number that this stream never gave: it was made anew under its name.
            Err(error) if error.kind == CallErrorKind::Invalid => Err(Closed::Gone),
            Err(error) => Err(Closed::Stream(error)),
        }
    }

    /// Says what a replay would come to, and does nothing.
    fn foresee(&mut self, ready: Vec<(Taken, Replayable)>) {
        for (taken, letter) in ready {
            let units = prepare_again(&self.processor.pipeline, &letter);
            let (outcome, why) = foreseen(units);
            let told = self.judged(&taken).came_to(outcome, why);
            self.tally.tell(&told);
            self.hand.keep(taken.receipt);
        }
    }

    /// Leaves a letter where it is, and says why.
    pub(super) fn failed(&mut self, taken: Taken, outcome: &'static str, why: &Why) {
        self.tally.counts.failed += 1;
        let told = self.judged(&taken).came_to(outcome, Some(why.clone()));
        self.tally.tell(&told);
        self.hand.keep(taken.receipt);
    }

    fn refuse(&mut self, taken: Taken, refused: &Refused) {
        self.tally.counts.refused += 1;
        *self.refused.entry(refused.code()).or_default() += 1;
        let mut told = self.judged(&taken).came_to("refused", None);
        told.refused = Some(refused.to_string());
        self.tally.tell(&told);
        self.hand.keep(taken.receipt);
    }
}

/// What a letter would come to: what is worst for one of its units.
fn foreseen(units: Vec<PreparedUnit>) -> (&'static str, Option<Why>) {
    let mut foreseen = ("wouldBeSkipped", None);
    for unit in units {
        match unit.work {
            Work::Bury(failure) => {
                let why = Why::new(failure.code.as_str(), failure.message);
                return ("wouldFailAgain", Some(why));
            }
            Work::Publish(_) => foreseen = ("wouldBePublished", None),
            Work::Skip(reason) if foreseen.0 == "wouldBeSkipped" => {
                let text = format!("left out by the rules: {}", reason.as_str());
                foreseen.1 = Some(Why::new("SKIPPED", text));
            }
            Work::Skip(_) => {}
        }
    }
    foreseen
}

/// Whether a letter has its record, in itself or in an object, and does not only point into the stream.
fn carries(letter: &OpenLetter) -> bool {
    letter.original.bytes().is_some() || letter.claim_check().is_some()
}

/// Why a letter can't be opened whose source is not read again: what it carries or points to in the
/// bucket is all there is.
fn unread(letter: &OpenLetter, trusted: bool, another: bool) -> Closed {
    match letter.claim_check() {
        _ if !trusted => Closed::Refused(Refused::Unsealed),
        Some(_) if another => Closed::Refused(Refused::OtherObject),
        Some(_) => Closed::Gone,
        None => Closed::Refused(Refused::Unreadable),
    }
}

fn gone() -> Why {
    Why::new(
        RECORD_GONE,
        "the stream, or the bucket, no longer has the record that the letter points to: its retention \
         period is over, or it was made anew. What is left of the change is what the letter says (table, event \
         id, place, error); let the source send the row again, then park or purge the letter",
    )
}
