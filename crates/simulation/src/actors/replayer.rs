//! The replayer: `dlq-processor`, with mended rules, beside the running stream.

use std::{marker::PhantomData, sync::Mutex, time::Duration};

use cdc_aws::function::Invocation;
use cdc_core::{
    batch::{BatchSettings, DeliverySettings},
    drive,
    ports::{Clock as _, NoLedger, NoObjects},
};
use dlq_processor::{DlqProcessor, Ports, Wiring};
use jiff::Timestamp;

use crate::{
    fault::Fault,
    life::{Life, Lived, Work},
    memory::Stream,
    ports::{FaultyLetters, FaultySink, WatchedQueue},
    stand::{Services, Stand, stream},
};

/// Time for one replay.
const TIME: Duration = Duration::from_secs(300);

struct Replaying<V>(PhantomData<V>);

impl<V: Services> Wiring for Replaying<V> {
    type Queue = WatchedQueue<V::Queue, V::Clock>;
    type DeadLetters = FaultyLetters<V::DeadLetters, V::Clock>;
    type Stream = Stream<V::Clock>;
    type Sink = FaultySink<V::Sink, V::Clock>;
    type Objects = NoObjects;
    type Clock = V::Clock;
}

impl<V: Services> Stand<V> {
    /// One replay of all letters there are.
    pub(crate) async fn replay_letters(&self, number: u64) {
        let killed = self.world.strikes(Fault::ReplayKilled);
        let epoch = self.world.state().epoch;
        let life = Life::new(&self.world, epoch, Work::Letters, killed);
        let clock = self.services.clock();
        let deadline = clock.now().checked_add(TIME).unwrap_or(Timestamp::MAX);
        let invocation = Invocation { request_id: format!("replay-{number}"), deadline };
        self.world.log(format_args!("replay {number} of letters"));
        let processor = self.dlq_processor(&life);
        let request = br#"{"action":"replay","limit":100,"rate":1000}"#;
        match life.run(processor.handle(request, &invocation)).await {
            Lived::Ended(handled) => {
                let answer = handled.answer;
                self.world.log(format_args!("replay {number} answers {answer}"));
            }
            Lived::Killed => self.world.log(format_args!("replay {number} killed")),
        }
    }

    fn dlq_processor(&self, life: &Life) -> DlqProcessor<Replaying<V>> {
        let clock = self.services.clock();
        let drive::Ports { sink, dead_letters, .. } = self.ports(life);
        let ports = Ports {
            queue: WatchedQueue {
                inner: self.services.queue(),
                clock: clock.clone(),
                life: life.clone(),
                held: Mutex::default(),
            },
            parked: None,
            stream: self.stream.clone(),
            delivery: drive::Ports {
                sink,
                ledger: NoLedger,
                dead_letters,
                clock,
                objects: NoObjects,
            },
        };
        let BatchSettings { attempts_max, in_flight_max, request_timeout, reserve, .. } =
            self.batch_settings(life);
        let delivery = DeliverySettings { attempts_max, in_flight_max, request_timeout, reserve };
        DlqProcessor::new(stream(), self.mended.clone(), delivery, ports)
    }
}
