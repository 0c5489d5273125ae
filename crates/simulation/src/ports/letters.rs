//! The dead-letter queue, with calls that fail and answers that are lost.

use std::sync::Arc;

use cdc_core::{
    delivery::CallError,
    ports::{Burial, Clock, DeadLetters},
    record::RecordKey,
};
use serde_json::Value;

use super::{failed, latency};
use crate::{
    fault::Fault,
    life::Life,
    world::{Spare, World},
};

pub(crate) struct FaultyLetters<D, C> {
    pub(crate) inner: D,
    pub(crate) clock: C,
    pub(crate) life: Life,
}

impl<D: DeadLetters, C: Clock> DeadLetters for FaultyLetters<D, C> {
    async fn bury(&self, letters: Vec<Arc<str>>) -> Result<Vec<Burial>, CallError> {
        self.life.step().await;
        let world = self.life.world();
        let items: Vec<Option<usize>> = letters.iter().map(|letter| item(world, letter)).collect();
        latency(world, &self.clock).await;
        if world.strikes(Fault::LetterFails) {
            return Err(failed("SendMessageBatch"));
        }
        let refused = world.strikes(Fault::LetterRefused).then(|| world.below(items.len() as u64));
        let burials = self.bury_but(letters.clone(), refused.map(|at| at as usize)).await?;
        let confirmed = items.iter().zip(&burials);
        let confirmed: Vec<usize> = confirmed
            .filter(|(_, burial)| **burial == Burial::Confirmed)
            .filter_map(|(item, _)| *item)
            .collect();
        {
            let mut state = world.state();
            let names = state.names(&confirmed);
            state.log(format_args!("buried {names}"));
            for (letter, item) in letters.into_iter().zip(&items) {
                let kept = item.filter(|item| confirmed.contains(item));
                state.copies.extend(kept.map(|item| (Spare::Letter(letter), vec![item])));
            }
            for item in &confirmed {
                state.items[*item].letters += 1;
                state.items[*item].open_letters += 1;
            }
        }
        if world.strikes(Fault::LetterAnswerLost) {
            world.state().excuse(confirmed, "answer of the dead-letter queue lost");
            return Err(failed("SendMessageBatch"));
        }
        self.life.confirm(&confirmed);
        self.life.step().await;
        Ok(burials)
    }
}

impl<D: DeadLetters, C> FaultyLetters<D, C> {
    /// Sends all letters but the one that the queue refuses.
    async fn bury_but(
        &self,
        mut letters: Vec<Arc<str>>,
        refused: Option<usize>,
    ) -> Result<Vec<Burial>, CallError> {
        let Some(refused) = refused else { return self.inner.bury(letters).await };
        letters.remove(refused);
        let mut burials = match letters.is_empty() {
            true => Vec::new(),
            false => self.inner.bury(letters).await?,
        };
        burials.insert(refused, Burial::Refused("InternalError".into()));
        Ok(burials)
    }
}

/// The item that a letter is about.
pub(crate) fn item(world: &World, letter: &str) -> Option<usize> {
    let letter: Value = serde_json::from_str(letter).expect("a letter is JSON");
    let position = &letter["position"];
    let key = RecordKey::from_hex(position["recordKey"].as_str()?)?;
    let (part, half) = (position["part"].as_u64()?, position["half"].as_u64().unwrap_or(0));
    let slot = u32::try_from(2 * part + half).ok()?;
    let mut world = world.state();
    let found = world.by_key.get(&key.slot(slot).0).copied();
    if found.is_none() {
        world.violate("a letter about nothing".to_owned());
    }
    found
}
