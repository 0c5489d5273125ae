//! Going on where another mapping has come to: after a restart, a takeover, another factor.

use cdc_core::{ports::Clock as _, record::SequenceNumber};
use cdc_esm::{
    Control, Event, Mapping, NoDestination, Plan, Ports, ReadFrom, Settings, ShardId, Until, run,
    virtual_time::VirtualClock,
};

use crate::world::{HOUR, Manners, TestFunction, TestStream, clock, source};

struct Two {
    clock: VirtualClock,
    stream: TestStream,
    function: TestFunction,
}

impl Two {
    fn new(stream: &str, answers: &str) -> Self {
        let clock = clock(3);
        let stream = TestStream::parse(stream, &clock, Manners::default());
        let function = TestFunction::parse(answers, &clock);
        Self { clock, stream, function }
    }

    /// Runs one mapping until it has settled this, or until it is told to stop.
    fn run(&self, mapping: Mapping, control: &Control, stop_after: Option<usize>) {
        let ports = Ports {
            reader: &self.stream,
            function: &self.function,
            on_failure: &NoDestination,
            clock: &self.clock,
        };
        let mut deliveries = 0;
        let observe = |event: &Event| {
            if let Event::Delivered(_) = event {
                deliveries += 1;
                if Some(deliveries) == stop_after {
                    control.stop();
                }
            }
        };
        self.clock.run(run(mapping, ports, control, observe), HOUR).unwrap().unwrap();
    }

    fn log(&self) -> Vec<String> {
        self.function.log.lock().unwrap().iter().map(|(_, line)| line.clone()).collect()
    }
}

fn settings(factor: u32) -> cdc_esm::CheckedSettings {
    let settings =
        Settings { parallelization_factor: factor, batch_size: 2, ..Settings::default() };
    settings.check().unwrap()
}

fn all(world: &Two) -> Plan {
    Plan { until: Until::Reached(world.stream.ends()), redeliver: Vec::new() }
}

#[test]
fn a_mapping_goes_on_at_the_oldest_record_that_is_not_settled() {
    let world = Two::new("a 1 2 3 4 5; b<a 6", "a ok 4");
    let control = Control::default();
    let now = world.clock.now();
    world.run(Mapping::new(settings(1), source(), all(&world), now), &control, Some(2));
    let from = control.checkpoints();
    assert_eq!(from.place(&ShardId::new("a")), Some(&ReadFrom::At(SequenceNumber::from(4))));
    let now = world.clock.now();
    let next = Mapping::resume(settings(1), source(), all(&world), from, now);
    world.run(next, &Control::default(), None);
    assert_eq!(world.log(), ["a[1 2] ok", "a[3 4] 4", "a[4 5] ok", "b[6] ok"]);
}

#[test]
fn what_another_lane_has_settled_beyond_it_comes_again() {
    let world = Two::new("a q/1 p/2 q/3 p/4", "a fail");
    let control = Control::default();
    let now = world.clock.now();
    world.run(Mapping::new(settings(2), source(), all(&world), now), &control, Some(2));
    let now = world.clock.now();
    let next = Mapping::resume(settings(1), source(), all(&world), control.checkpoints(), now);
    world.run(next, &Control::default(), None);
    assert_eq!(world.log(), ["a[1 3] fail", "a[2 4] ok", "a[1 2] ok", "a[3 4] ok"]);
}

#[test]
fn an_ended_shard_is_not_read_again_and_a_takeover_may_start_earlier() {
    let world = Two::new("a 1; b<a 2 3 4", "");
    let control = Control::default();
    let now = world.clock.now();
    world.run(Mapping::new(settings(1), source(), all(&world), now), &control, Some(3));
    let from = control.checkpoints();
    assert_eq!(from.place(&ShardId::new("a")), None, "it has ended");
    let from = from.back_to(ShardId::new("b"), ReadFrom::At(SequenceNumber::from(3)));
    let now = world.clock.now();
    world.run(
        Mapping::resume(settings(1), source(), all(&world), from, now),
        &Control::default(),
        None,
    );
    assert_eq!(world.log(), ["a[1] ok", "b[2 3] ok", "b[4] ok", "b[3 4] ok"]);
}
