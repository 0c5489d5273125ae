//! A run under way over the cluster in memory: appended to, stopped, woken, asked to deliver again,
//! killed.

use std::{num::NonZeroU32, sync::Mutex, time::Duration};

use cdc_core::ports::Clock;
use cdc_esm::{
    Control, Ended, NoDestination, StartPosition,
    kafka::{
        Event, Mapping, Plan, Ports, Positions, Settings, Until,
        memory::{NewRecord, Topics},
        run,
    },
    virtual_time::{NotFinished, VirtualClock},
};
use futures_util::future::join;

use super::world::{TopicFunction, positions, settings, source};
use crate::world::{HOUR, TestFunction, clock};

const POLL: Duration = Duration::from_millis(100);

fn append(topics: &Topics<VirtualClock>, topic: &str, partition: u32) {
    let record = NewRecord { partition: Some(partition), ..NewRecord::default() };
    topics.append(topic, record).unwrap();
}

fn cluster(clock: &VirtualClock, partitions: u32) -> Topics<VirtualClock> {
    let topics = Topics::new(clock.clone());
    topics.create("t", NonZeroU32::new(partitions).unwrap()).unwrap();
    topics
}

/// Runs until stopped, beside `script`; the log with its times.
fn check<S: Future<Output = ()>>(
    answers: &str,
    idle_poll: Duration,
    script: impl FnOnce(VirtualClock, Topics<VirtualClock>, Control) -> S,
    expected: &[&str],
) {
    let (clock, control) = (clock(1), Control::default());
    let topics = cluster(&clock, 2);
    let function = TopicFunction(TestFunction::parse(answers, &clock));
    let settings = Settings { idle_poll, ..settings() }.check().unwrap();
    let mapping = Mapping::new(settings, source(), Plan::default(), clock.now());
    let ports =
        Ports { reader: &topics, function: &function, on_failure: &NoDestination, clock: &clock };
    let driver = run(mapping, ports, &control, |_: &Event| {});
    let both = join(driver, script(clock.clone(), topics.clone(), control.clone()));
    let (ended, ()) = clock.run(both, HOUR).unwrap();
    assert_eq!(ended.unwrap().0, Ended::Stopped);
    let log = function.0.log.into_inner().unwrap();
    let log: Vec<_> = log.into_iter().map(|(at, line)| format!("{at} {line}")).collect();
    assert_eq!(log, expected);
}

async fn pass(clock: &VirtualClock, millis: u64) {
    clock.sleep(Duration::from_millis(millis)).await;
}

#[test]
fn a_stop_lets_what_is_under_way_finish_and_starts_nothing() {
    check(
        "t-0 slow900",
        POLL,
        |clock, topics, control| async move {
            append(&topics, "t", 0);
            control.wake();
            pass(&clock, 200).await;
            append(&topics, "t", 1);
            pass(&clock, 300).await;
            control.stop();
        },
        &["10 [t-0:0] slow900", "910 t-0 answers"],
    );
}

#[test]
fn a_stop_waits_for_no_retry() {
    check(
        "t-0 fail*",
        POLL,
        |clock, topics, control| async move {
            append(&topics, "t", 0);
            control.wake();
            pass(&clock, 20).await;
            control.stop();
        },
        &["10 [t-0:0] fail"],
    );
}

#[test]
fn a_wake_reads_at_once_and_finds_new_topics() {
    check(
        "",
        Duration::from_secs(60),
        |clock, topics, control| async move {
            pass(&clock, 1_234).await;
            append(&topics, "t", 1);
            control.wake();
            pass(&clock, 1_000).await;
            topics.create("u", NonZeroU32::MIN).unwrap();
            append(&topics, "u", 0);
            control.wake();
            pass(&clock, 20).await;
            control.stop();
        },
        &["1244 [t-1:0] ok", "2244 [u-0:0] ok"],
    );
}

#[test]
fn a_redelivery_asked_for_starts_once_caught_up() {
    check(
        "t-0 slow700",
        POLL,
        |clock, topics, control| async move {
            append(&topics, "t", 0);
            control.wake();
            pass(&clock, 300).await;
            assert!(!control.is_caught_up());
            append(&topics, "t", 1);
            control.redeliver(StartPosition::TrimHorizon);
            pass(&clock, 2_000).await;
            assert!(control.is_caught_up());
            control.stop();
        },
        &["10 [t-0:0] slow700", "710 t-0 answers", "720 [t-1:0] ok", "730 [t-0:0 t-1:0] ok"],
    );
}

#[test]
fn a_group_that_was_killed_goes_on_from_what_it_had_committed() {
    let clock = clock(1);
    let topics = cluster(&clock, 1);
    (0..4).for_each(|_| append(&topics, "t", 0));
    let function = TopicFunction(TestFunction::parse("t-0 ok slow5000", &clock));
    let settings = Settings { batch_size: 2, ..settings() }.check().unwrap();
    let committed = Mutex::new(Positions::new());
    for at_most in [Duration::from_secs(1), HOUR] {
        let plan = Plan { until: Until::Tip, redeliver: vec![] };
        let from = committed.lock().unwrap().clone();
        let mapping = Mapping::resumed(settings.clone(), source(), plan, from, clock.now());
        let ports = Ports {
            reader: &topics,
            function: &function,
            on_failure: &NoDestination,
            clock: &clock,
        };
        let observe = |event: &Event| {
            if let Event::Committed { partition, position } = event {
                committed.lock().unwrap().insert(partition.clone(), *position);
            }
        };
        let ended = clock.run(run(mapping, ports, &Control::default(), observe), at_most);
        assert_eq!(matches!(ended, Err(NotFinished::TimeOver)), at_most != HOUR);
    }
    let log = function.0.log.into_inner().unwrap().into_iter().map(|(_, line)| line);
    let log: Vec<_> = log.collect();
    assert_eq!(log, ["[t-0:0,1] ok", "[t-0:2,3] slow5000", "[t-0:2,3] ok"]);
    assert_eq!(*committed.lock().unwrap(), positions("t-0:4"));
}

#[test]
fn a_run_can_be_sent_to_another_thread() {
    fn sendable(_: impl Send) {}
    let (clock, control) = (clock(1), Control::default());
    let topics = cluster(&clock, 1);
    let function = TopicFunction(TestFunction::parse("", &clock));
    let mapping = Mapping::new(settings().check().unwrap(), source(), Plan::default(), clock.now());
    let ports =
        Ports { reader: &topics, function: &function, on_failure: &NoDestination, clock: &clock };
    sendable(run(mapping, ports, &control, |_: &Event| {}));
}
