//! The on-failure destination: documents in a queue (pointers, neighbours merged) or in a bucket.

use cdc_esm::{BoxError, FailureDocument, OnFailure};

use super::function::items;
use crate::{
    fault::Fault,
    stand::{Services, Stand},
};

impl<V: Services> OnFailure for Stand<V> {
    async fn keep(&self, document: &FailureDocument) -> Result<(), BoxError> {
        if self.world.strikes(Fault::DestinationFails) {
            return Err("unavailable".into());
        }
        let items = items(self, &document.event);
        let mut world = self.world.state();
        let names = world.names(&items);
        world.log(format_args!("given up {names}"));
        for item in items {
            world.items[item].given_up = true;
        }
        Ok(())
    }
}
