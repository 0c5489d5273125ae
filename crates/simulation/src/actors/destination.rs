//! The on-failure destination: documents in a queue (pointers, neighbours merged) or in a bucket.

use cdc_core::ports::DeadLetters as _;
use cdc_esm::{BoxError, FailureDocument, OnFailure};

use super::function::items;
use crate::{
    fault::Fault,
    scenario::Destination,
    stand::{Services, Stand},
    world::Spare,
};

/// The mapping, in the keys of its documents.
const MAPPING: &str = "11111111-1111-4111-8111-111111111111";

/// The pointer that was sent last, for the next to be merged with.
#[derive(Clone)]
pub(crate) struct LastPointer {
    document: FailureDocument,
    number: usize,
}

/// Where one poller's documents go. (On AWS each has an id of its own; here each poller counts anew.)
pub(crate) struct PollersDestination<'s, V: Services> {
    pub(crate) stand: &'s Stand<V>,
    pub(crate) poller: u64,
}

impl<V: Services> OnFailure for PollersDestination<'_, V> {
    async fn keep(&self, document: &FailureDocument) -> Result<(), BoxError> {
        self.stand.keep(document, self.poller).await
    }
}

impl<V: Services> Stand<V> {
    async fn keep(&self, document: &FailureDocument, poller: u64) -> Result<(), BoxError> {
        if self.world.strikes(Fault::DestinationFails) {
            return Err("unavailable".into());
        }
        let items = items(self, &document.event);
        {
            let mut world = self.world.state();
            let names = world.names(&items);
            world.log(format_args!("given up {names}"));
            for item in &items {
                world.items[*item].given_up = true;
            }
            world
                .copies
                .push((Spare::Document(document.key(MAPPING), document.with_payload()), items));
        }
        let has_queue = self.services.document_queue().is_some();
        match self.scenario.destination {
            Destination::Queue if has_queue => self.send(document).await,
            Destination::Queue | Destination::Bucket => {
                let key = self.new_key(document.key(MAPPING), poller);
                self.services.keep_object(key, document.with_payload()).await;
            }
        }
        Ok(())
    }

    /// A document's key, which no other may have.
    fn new_key(&self, key: String, poller: u64) -> String {
        let mut world = self.world.state();
        let key = format!("{key}{poller:04}");
        if !world.documents.insert(key.clone()) {
            world.violate(format!("lost: a document replaces another one under {key}"));
        }
        key
    }

    /// Puts a letter or a document back that is there or was: it is replayed once more.
    pub(crate) async fn put_back(&self) {
        let copy = {
            let mut world = self.world.state();
            let copies = world.copies.len() as u64;
            let chosen = world.chance.below(copies) as usize;
            let Some((copy, items)) = world.copies.get(chosen).cloned() else { return };
            if let Spare::Letter(_) = copy {
                items.iter().for_each(|item| world.items[*item].open_letters += 1);
            }
            let epoch = world.epoch;
            match copy {
                Spare::Letter(_) => world.excuse(items, "put back"),
                Spare::Document(..) => world.excuse_unclaimed(items, epoch, "put back"),
            }
            copy
        };
        match copy {
            Spare::Letter(letter) => drop(self.services.dead_letters().bury(vec![letter]).await),
            Spare::Document(key, body) => {
                let key = format!("{key}-put-back");
                self.services.keep_object(key, body).await;
            }
        }
    }

    async fn send(&self, document: &FailureDocument) {
        let last = self.last_pointer().take();
        let merged = last.and_then(|last| {
            let merged = last.document.merged_with(document)?;
            self.world.strikes(Fault::PointersMerged).then_some((last.number, merged))
        });
        let body = merged.as_ref().map(|(number, merged)| (*number, merged.pointer()));
        let (number, was_merged) = self.services.send_pointer(document.pointer(), body).await;
        let document = match merged {
            Some((_, merged)) if was_merged => {
                self.world.state().merged = true;
                merged
            }
            _ => document.clone(),
        };
        *self.last_pointer() = Some(LastPointer { document, number });
    }
}
