//! Park and purge: documents out of the way, without a replay.

use super::{Run, Taken, Wiring};
use crate::{answer::Stopped, run::Why};

impl<W: Wiring> Run<'_, W> {
    pub(super) async fn park(&mut self, taken: Taken) -> Option<Stopped> {
        self.acted += 1;
        if self.request.dry_run {
            return self.foretell(taken, "wouldBeParked");
        }
        self.pace.keep_rate().await;
        self.pace.spend(1);
        match self.put_aside(&taken.held).await {
            Ok(()) => {
                self.tally.counts.parked += 1;
                None
            }
            Err((why, stopped)) => {
                self.failed(taken, "kept", &why);
                Some(stopped)
            }
        }
    }

    pub(super) async fn purge(&mut self, taken: Taken) -> Option<Stopped> {
        self.acted += 1;
        if self.request.dry_run {
            return self.foretell(taken, "wouldBePurged");
        }
        self.pace.keep_rate().await;
        self.pace.spend(1);
        match self.delete(&taken.held).await {
            Ok(()) => {
                self.tally.counts.purged += 1;
                self.forget_tries(&taken.held).await;
                None
            }
            Err(stopped) => {
                let code = if stopped == Stopped::Bucket { "BUCKET_ERROR" } else { "QUEUE_ERROR" };
                self.failed(taken, "kept", &Why::new(code, "it could not be deleted"));
                Some(stopped)
            }
        }
    }

    fn foretell(&mut self, taken: Taken, outcome: &'static str) -> Option<Stopped> {
        let told = self.told(&taken).came_to(outcome, None);
        self.tally.tell_document(&told);
        self.keep(taken.held);
        None
    }
}
