//! Park and purge: letters out of the queue, without a replay.

use std::sync::Arc;

use cdc_core::ports::{Burial, DeadLetters as _, LETTERS_BYTES_MAX};

use super::{Run, Taken, Why, Wiring};
use crate::answer::Stopped;

impl<W: Wiring> Run<'_, W> {
    /// Moves letters to the parked queue: sent, confirmed, and only then deleted.
    pub(super) async fn park(&mut self, chosen: Vec<Taken>) -> Option<Stopped> {
        if self.request.dry_run {
            self.foretell(chosen, "wouldBeParked");
            return None;
        }
        self.pace.spend(chosen.len());
        let mut stopped = None;
        let mut rest = chosen.into_iter().peekable();
        while rest.peek().is_some() {
            let mut bytes = 0;
            let mut page = Vec::new();
            while let Some(taken) = rest.next_if(|taken| {
                bytes += body(taken).len();
                page.is_empty() || bytes <= LETTERS_BYTES_MAX
            }) {
                page.push(taken);
            }
            stopped = self.park_page(page).await.or(stopped);
        }
        stopped
    }

    async fn park_page(&mut self, page: Vec<Taken>) -> Option<Stopped> {
        let ports = &self.processor.ports;
        let parked = ports.parked.as_ref()?;
        let letters: Vec<Arc<str>> = page.iter().map(|taken| body(taken).into()).collect();
        let answer = self.pace.tries(|| parked.bury(letters.clone())).await;
        let burials = match self.pace.noted(answer) {
            Ok(burials) if burials.len() == page.len() => burials,
            Ok(_) => vec![Burial::Refused("AnswerOfAnotherLength".into()); page.len()],
            Err(error) => vec![Burial::Refused(error.to_string().into()); page.len()],
        };
        let mut stopped = None;
        let mut confirmed = Vec::new();
        for (taken, burial) in page.into_iter().zip(burials) {
            match burial {
                Burial::Confirmed => confirmed.push(taken),
                Burial::Refused(code) => {
                    stopped = Some(Stopped::Queue);
                    let why = format!("the parked queue did not take it: {code}");
                    self.failed(taken, "kept", &Why::new("QUEUE_ERROR", why));
                }
            }
        }
        let all = self.delete_all(confirmed, |counts| &mut counts.parked).await;
        all.or(stopped)
    }

    /// Deletes letters for good.
    pub(super) async fn purge(&mut self, chosen: Vec<Taken>) -> Option<Stopped> {
        if self.request.dry_run {
            self.foretell(chosen, "wouldBePurged");
            return None;
        }
        self.pace.spend(chosen.len());
        self.delete_all(chosen, |counts| &mut counts.purged).await
    }

    async fn delete_all(
        &mut self,
        page: Vec<Taken>,
        count: fn(&mut crate::Counts) -> &mut usize,
    ) -> Option<Stopped> {
        let receipts = page.iter().map(|taken| taken.receipt.clone()).collect();
        let deleted = self.hand.delete(&mut self.pace, receipts).await;
        let mut stopped = None;
        for (taken, deleted) in page.into_iter().zip(deleted) {
            if deleted {
                *count(&mut self.tally.counts) += 1;
                continue;
            }
            stopped = Some(Stopped::Queue);
            self.tally.counts.failed += 1;
            let why = Why::new("QUEUE_ERROR", "the queue did not delete it");
            let told = self.judged(&taken).came_to("kept", Some(why));
            self.tally.tell(&told);
        }
        stopped
    }

    fn foretell(&mut self, chosen: Vec<Taken>, outcome: &'static str) {
        for taken in chosen {
            let told = self.judged(&taken).came_to(outcome, None);
            self.tally.tell(&told);
            self.hand.keep(taken.receipt);
        }
    }
}

fn body(taken: &Taken) -> &str {
    taken.body.as_deref().unwrap_or_default()
}
