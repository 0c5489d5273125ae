//! Replay: a document is a batch that another mapping delivers.
//!
//! Its try is counted before it begins, so that a document that kills the function is put aside as well.
//! One that ended through no fault of the document's (an outage, the deadline) is taken back.

use cdc_core::{on_failure::OnFailure, record::Shard};

use super::{Refused, Run, Taken, Wiring, deliver::Came};
use crate::{answer::Stopped, refusals::STATE_ERROR, run::Why};

/// Why a document's records were not all settled.
pub(super) enum NotAll {
    /// Nothing was done: it is not to be replayed.
    Refused(Refused),
    /// Some are not settled.
    Unsettled(Unsettled),
}

/// Something is not settled.
pub(super) struct Unsettled {
    pub(super) why: Why,
    /// Why the run has to end with it.
    pub(super) stopped: Option<Stopped>,
    /// Whether another document would have fared no better.
    pub(super) blameless: bool,
}

impl Unsettled {
    /// Through no fault of the document's: the run ends.
    pub(super) fn blameless(why: Why, stopped: Stopped) -> Self {
        Self { why, stopped: Some(stopped), blameless: true }
    }

    pub(super) fn no_time() -> Self {
        Self::blameless(
            Why::new("NOT_SETTLED", "the function's deadline came; the next run goes on"),
            Stopped::Deadline,
        )
    }
}

impl From<Unsettled> for NotAll {
    fn from(unsettled: Unsettled) -> Self {
        Self::Unsettled(unsettled)
    }
}

impl<W: Wiring> Run<'_, W> {
    pub(super) async fn replay(&mut self, taken: Taken) -> Option<Stopped> {
        let shard = match self.judge(&taken) {
            Ok((_, shard)) => shard,
            Err(refused) => return self.refuse(taken, &refused),
        };
        if self.behind.contains(&*shard.id) {
            let text = "a document of its shard that was given up before is not settled";
            self.failed(taken, "kept", &Why::new("NOT_SETTLED", text));
            return None;
        }
        self.acted += 1;
        if self.request.dry_run {
            return self.foresee(taken, shard).await;
        }
        if taken.tries >= self.request.max_attempts {
            let why = Why::new("TRIES_USED_UP", format!("it was tried {} times", taken.tries));
            return self.set_aside(taken, &why).await;
        }
        self.attempt(taken, shard).await
    }

    async fn attempt(&mut self, mut taken: Taken, shard: Shard) -> Option<Stopped> {
        taken.tries = match self.count(&taken.held, 1).await {
            Ok(tries) => tries,
            Err(error) => {
                let why = Why::new(STATE_ERROR, format!("its try could not be counted: {error}"));
                self.failed(taken, "kept", &why);
                return Some(Stopped::Ledger);
            }
        };
        let mut came = Came::default();
        let ended = self.deliver(&taken, &shard, &mut came).await;
        self.tally.add_records(&came.records());
        match ended {
            Ok(()) => self.settle(taken, &came).await,
            Err(NotAll::Refused(refused)) => {
                self.take_back(&mut taken).await;
                self.acted -= 1;
                self.behind.insert(shard.id.as_ref().into());
                self.refuse(taken, &refused)
            }
            Err(NotAll::Unsettled(unsettled)) => {
                self.behind.insert(shard.id.as_ref().into());
                self.unsettled(taken, &came, unsettled).await
            }
        }
    }

    /// Deletes what is settled.
    async fn settle(&mut self, taken: Taken, came: &Came) -> Option<Stopped> {
        match self.delete(&taken.held).await {
            Ok(()) => {
                self.tally.counts.replayed += 1;
                self.forget_tries(&taken.held).await;
                None
            }
            Err(stopped) => {
                let text = "it is settled, but could not be deleted: it comes again, and the ledger \
                            knows its records";
                let told = self.told(&taken).with(came.records());
                let why = Some(Why::new("NOT_DELETED", text));
                self.tally.tell_document(&told.came_to("notDeleted", why));
                Some(stopped)
            }
        }
    }

    async fn unsettled(
        &mut self,
        mut taken: Taken,
        came: &Came,
        unsettled: Unsettled,
    ) -> Option<Stopped> {
        let Unsettled { why, stopped, blameless } = unsettled;
        if blameless {
            self.take_back(&mut taken).await;
        } else if taken.tries >= self.request.max_attempts {
            return self.set_aside(taken, &why).await.or(stopped);
        }
        self.tally.counts.failed += 1;
        let told = self.told(&taken).with(came.records()).came_to("kept", Some(why));
        self.tally.tell_document(&told);
        self.keep(taken.held);
        stopped
    }

    /// Puts a document aside whose tries are used up, and says so.
    async fn set_aside(&mut self, taken: Taken, why: &Why) -> Option<Stopped> {
        match self.put_aside(&taken.held).await {
            Ok(()) => {
                self.tally.counts.parked += 1;
                let told = self.told(&taken).came_to("parked", Some(why.clone()));
                self.tally.tell_document(&told);
                None
            }
            Err((not_moved, stopped)) => {
                let message = format!("{}; {}", why.message, not_moved.message);
                self.failed(taken, "kept", &Why::new(&why.code, message));
                // Without a queue to park in, others can still be replayed.
                self.processor.ports.parked.is_some().then_some(stopped)
            }
        }
    }

    async fn take_back(&mut self, taken: &mut Taken) {
        if let Ok(tries) = self.count(&taken.held, -1).await {
            taken.tries = tries;
        }
    }

    /// Says what a replay would come to.
    async fn foresee(&mut self, taken: Taken, shard: Shard) -> Option<Stopped> {
        let mut came = Came::default();
        let ended = self.deliver(&taken, &shard, &mut came).await;
        self.tally.add_records(&came.records());
        let told = self.told(&taken).with(came.records());
        let (told, stopped) = match ended {
            Ok(()) => (told.came_to("wouldBeReplayed", None), None),
            Err(NotAll::Refused(refused)) => return self.refuse(taken, &refused),
            Err(NotAll::Unsettled(Unsettled { why, stopped, .. })) => {
                (told.came_to("wouldBeKept", Some(why)), stopped)
            }
        };
        self.tally.tell_document(&told);
        self.keep(taken.held);
        stopped
    }

    /// The document's records, each settled or not.
    async fn deliver(
        &mut self,
        taken: &Taken,
        shard: &Shard,
        came: &mut Came,
    ) -> Result<(), NotAll> {
        let document: &OnFailure = taken.document.as_ref().expect("it was judged");
        match self.payload(taken) {
            Some(payload) => {
                let records = self.records_of(document, payload, shard)?;
                if self.request.verify {
                    self.verify(&records, shard).await?;
                }
                came.read = records.len();
                came.surplus = records.len().saturating_sub(document.batch_size as usize);
                Ok(self.batches(shard, records, came).await?)
            }
            None => self.range(document, shard, came).await,
        }
    }

    /// Leaves a document where it is, and says why.
    pub(super) fn failed(&mut self, taken: Taken, outcome: &'static str, why: &Why) {
        self.tally.counts.failed += 1;
        let told = self.told(&taken).came_to(outcome, Some(why.clone()));
        self.tally.tell_document(&told);
        self.keep(taken.held);
    }

    fn refuse(&mut self, taken: Taken, refused: &Refused) -> Option<Stopped> {
        self.tally.counts.refused += 1;
        *self.refused.entry(refused.code()).or_default() += 1;
        let told = self.told(&taken).refused(refused).came_to("refused", None);
        self.tally.tell_document(&told);
        self.keep(taken.held);
        None
    }
}
