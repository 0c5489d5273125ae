//! A run under way: stopped, killed, delivered again.

use std::time::Duration;

use cdc_core::ports::Clock;
use cdc_esm::{
    Control, Ended, StartPosition,
    sqs::{Event, Mapping, Plan, Ports, QueueKind, Settings, run},
    virtual_time::NotFinished,
};
use futures_util::future::join;

use super::world::{ARN, TestQueue, World, bodies, check, fifo, queues, standard};
use crate::world::{HOUR, at, clock};

#[test]
fn a_stop_lets_what_is_under_way_finish_and_starts_nothing() {
    let ran = standard("a b", "slow900")
        .with(|case| {
            (case.settings.batch_size, case.settings.maximum_concurrency) = (1, 1);
            (case.times, case.stop_at) = (true, Some(Duration::from_millis(500)));
        })
        .run();
    assert_eq!(ran.log, ["0 [a] slow900", "900 deleted a"]);
    assert_eq!((ran.ended.unwrap().0, ran.left.as_str()), (Ended::Stopped, "b"));
}

#[test]
fn a_stop_waits_for_no_window_and_no_retry() {
    let ran = standard("a", "")
        .with(|case| {
            case.settings.batch_window = Duration::from_secs(60);
            (case.times, case.stop_at) = (true, Some(Duration::from_millis(500)));
        })
        .run();
    assert_eq!(ran.log, ["500 returned a: Stopped"]);
    let ran = standard("a", "throttle*")
        .with(|case| (case.times, case.stop_at) = (true, Some(Duration::from_millis(20))))
        .run();
    assert_eq!(ran.log, ["0 [a] throttle", "20 returned a: Stopped"]);
}

#[test]
fn what_was_deleted_is_delivered_again_in_its_order_as_never_received() {
    let again = [StartPosition::TrimHorizon, StartPosition::AtTimestamp(at(100))];
    check(
        fifo("g/1 g/2 g/3@100", "slow300 1,2,3").with(|case| {
            (case.redeliver, case.receive_count_max) = (again.to_vec(), 2);
        }),
        &[
            "[1 2] slow300",
            "deleted 1 2",
            "[3] 1,2,3",
            "returned 3: Failed(Answer(NotInTheBatch))",
            "[3] ok",
            "deleted 3",
            "caught up",
            "pass 1",
            "[1 2 3] ok",
            "deleted 1 2 3",
            "caught up",
            "pass 2",
            "[3] ok",
            "deleted 3",
        ],
    );
}

#[test]
fn a_redelivery_that_fails_is_made_again() {
    check(
        standard("a", "").with(|case| {
            case.failing = vec![("redeliver", 2)];
            case.redeliver = vec![StartPosition::TrimHorizon];
        }),
        &[
            "[a] ok",
            "deleted a",
            "caught up",
            "pass 1",
            "Redeliver failed",
            "Redeliver failed",
            "[a] ok",
            "deleted a",
        ],
    );
}

#[test]
fn a_redelivery_asked_for_starts_once_caught_up() {
    let (clock, control) = (clock(1), Control::default());
    let (queue, _) = queues(QueueKind::Standard, Duration::from_secs(30), 9, &clock);
    let world = World::new("slow700", &clock);
    let settings = Settings::default().check(queue.facts()).unwrap();
    let mapping = Mapping::new(settings, Plan::default(), clock.now());
    let ports = Ports { queue: &queue, function: &world, clock: &clock };
    let script = async {
        world.send(&queue, "a").await;
        clock.sleep(Duration::from_millis(300)).await;
        assert!(!control.is_caught_up());
        control.redeliver(StartPosition::TrimHorizon);
        clock.sleep(Duration::from_millis(2_000)).await;
        assert!(control.is_caught_up());
        control.stop();
    };
    let driver = run(mapping, ports, &control, |event: &Event| world.observe(event));
    let ((), ended) = clock.run(join(script, driver), HOUR).unwrap();
    let (ended, summary) = ended.unwrap();
    assert_eq!((ended, summary.passes, summary.deleted), (Ended::Stopped, 2, 2));
}

#[test]
fn a_run_that_is_killed_leaves_its_messages_to_the_next() {
    let clock = clock(1);
    let (queue, _) = queues(QueueKind::Fifo, Duration::from_secs(30), 9, &clock);
    let world = World::new("slow2000", &clock);
    for at_most in [Duration::from_secs(1), HOUR] {
        let settings = Settings::default().check(queue.facts()).unwrap();
        let until = cdc_esm::sqs::Until::Empty;
        let mapping = Mapping::new(settings, Plan { until, redeliver: vec![] }, clock.now());
        let ports = Ports { queue: &queue, function: &world, clock: &clock };
        let both = async {
            if at_most != HOUR {
                world.send(&queue, "g/1").await;
            }
            run(mapping, ports, &Control::default(), |event: &Event| world.observe(event)).await
        };
        let ended = clock.run(both, at_most);
        assert_eq!(matches!(ended, Err(NotFinished::TimeOver)), at_most != HOUR);
    }
    let log: Vec<_> = world.log.into_inner().unwrap();
    let lines: Vec<_> = log.iter().map(|(_, line)| line.as_str()).collect();
    assert_eq!(lines, ["[1] slow2000", "[1] ok", "deleted 1", "caught up"]);
    assert_eq!(bodies(&queue), "");
}

#[test]
fn a_run_can_be_sent_to_another_thread() {
    fn sendable(_: impl Send) {}
    let (clock, control) = (clock(1), Control::default());
    let (queue, _) = queues(QueueKind::Standard, Duration::from_secs(30), 9, &clock);
    assert_eq!(&*queue.facts().arn, ARN);
    let queue = TestQueue { queue, failing: std::sync::Mutex::default(), gone: false };
    let world = World::new("", &clock);
    let settings = Settings::default().check(queue.queue.facts()).unwrap();
    let mapping = Mapping::new(settings, Plan::default(), clock.now());
    let ports = Ports { queue: &queue, function: &world, clock: &clock };
    sendable(run(mapping, ports, &control, |_: &Event| {}));
}
