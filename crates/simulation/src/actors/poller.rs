//! A poller: one mapping over the stream, until all of it is settled or somebody else takes over.

use std::sync::Arc;

use cdc_core::{ports::Clock as _, record::SequenceNumber};
use cdc_esm::{
    Checkpoints, Control, Ended, EventSource, Mapping, Plan, Ports, Settings, ShardId, Until, run,
};
use futures_util::future::{AbortHandle, Abortable};

use super::destination::PollersDestination;
use crate::stand::{FUNCTION_ARN, REGION, ROLE_ARN, STREAM_ARN, Services, Stand};

/// A running poller.
#[derive(Clone)]
pub(crate) struct Poller {
    pub(crate) control: Control,
    pub(crate) settings: Settings,
    pub(crate) abort: AbortHandle,
}

/// Starts a poller beside whatever runs.
pub(crate) fn start<V: Services>(
    stand: &Stand<V>,
    settings: Settings,
    from: Checkpoints,
) -> Poller {
    let control = Control::default();
    let (abort, registration) = AbortHandle::new_pair();
    let poller = Poller { control: control.clone(), settings: settings.clone(), abort };
    let number = {
        let mut world = stand.world.state();
        world.pollers += 1;
        world.pollers_started += 1;
        world.pollers_started
    };
    let task_stand = stand.clone();
    stand.pool.spawn(async move {
        let stand = task_stand;
        let polling = Box::pin(poll(&stand, number, &settings, from, &control));
        let ended = Abortable::new(polling, registration).await;
        let mut world = stand.world.state();
        world.pollers -= 1;
        world.log(format_args!("a poller ends: {}", if ended.is_ok() { "done" } else { "gone" }));
    });
    poller
}

async fn poll<V: Services>(
    stand: &Stand<V>,
    number: u64,
    settings: &Settings,
    from: Checkpoints,
    control: &Control,
) -> Option<Ended> {
    let clock = stand.services.clock();
    let source = EventSource::new(STREAM_ARN, FUNCTION_ARN, ROLE_ARN, REGION);
    let plan = Plan { until: Until::Reached(ends(stand)), redeliver: Vec::new() };
    let settings = settings.check().unwrap_or_else(|error| panic!("{error}"));
    let mapping = Mapping::resume(settings, source, plan, from, clock.now());
    let destination = PollersDestination { stand, poller: number };
    let ports =
        Ports { reader: &stand.stream, function: stand, on_failure: &destination, clock: &clock };
    match run(mapping, ports, control, |_| {}).await {
        Ok((ended, _)) => Some(ended),
        Err(error) => {
            stand.world.state().violate(format!("the mapping broke off: {error}"));
            None
        }
    }
}

/// The last record of each shard.
fn ends<V: Services>(stand: &Stand<V>) -> std::collections::BTreeMap<ShardId, SequenceNumber> {
    let scenario = Arc::clone(&stand.scenario);
    let filled = scenario.shards.iter().filter_map(|filled| {
        let last = filled.produced.last()?;
        Some((filled.shard.id.clone(), last.record.sequence.clone()))
    });
    filled.collect()
}
