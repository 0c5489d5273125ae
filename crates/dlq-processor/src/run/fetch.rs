//! Records that lie in the bucket: what is too large for a letter.

use cdc_core::{
    claim_check::ClaimCheck,
    dead_letter::{OpenLetter, Replayable, Shown, show, show_fetched},
    delivery::CallError,
    pipeline::Pipeline,
    ports::{OBJECT_TOO_LARGE, ObjectReader as _},
};

use super::{Run, Wiring};

/// What came of looking for a letter's object.
pub(super) enum Fetched {
    /// It is the one.
    Record(Box<Replayable>),
    /// The bucket no longer has it.
    Gone,
    /// Something else lies there.
    Another,
}

impl<W: Wiring> Run<'_, W> {
    /// The record of a letter that points to an object in the configured bucket.
    pub(super) async fn fetch(
        &self,
        letter: &OpenLetter,
        check: &ClaimCheck,
        stream: &str,
    ) -> Result<Fetched, CallError> {
        let objects = &self.processor.ports.delivery.objects;
        let get = || objects.get(&check.bucket, &check.key, check.size);
        Ok(match self.pace.tries(get).await {
            Ok(Some(bytes)) => match letter.replayable_of(stream, bytes) {
                Ok(record) => Fetched::Record(Box::new(record)),
                Err(_) => Fetched::Another,
            },
            Ok(None) => Fetched::Gone,
            Err(error) if error.code.as_deref() == Some(OBJECT_TOO_LARGE) => Fetched::Another,
            Err(error) => return Err(error),
        })
    }

    /// What a person may see of a letter's change. Its object is read only where the letter is sealed and
    /// names the configured bucket; what can't be had is shown as a pointer.
    pub(super) async fn shown(&mut self, letter: &OpenLetter) -> Shown {
        let Pipeline { rules, id_key, .. } = &self.processor.pipeline;
        let Some(check) = letter.claim_check() else { return show(letter, rules, id_key) };
        let readable = self.trust.judge(letter).is_ok() && self.is_trusted(letter);
        if !readable || !self.has_time_to_read() {
            return show(letter, rules, id_key);
        }
        let objects = &self.processor.ports.delivery.objects;
        let get = objects.get(&check.bucket, &check.key, check.size).await;
        match self.pace.noted(get) {
            Ok(Some(bytes)) if check.is_of(&bytes) => show_fetched(letter, &bytes, rules, id_key),
            _ => show(letter, rules, id_key),
        }
    }
}
