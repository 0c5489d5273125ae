//! A run under way: stopped, woken, asked to deliver again, killed.

use std::time::Duration;

use cdc_core::ports::Clock;
use cdc_esm::{
    Control, Ended, Event, Mapping, NoDestination, Plan, Ports, Settings, StartPosition, run,
    virtual_time::{NotFinished, VirtualClock},
};
use futures_util::future::join;

use crate::world::{HOUR, Manners, TestFunction, TestStream, clock, source};

/// Runs until stopped, beside `script`; the log with its times.
fn check<S: Future<Output = ()>>(
    stream: &str,
    answers: &str,
    idle_poll: Duration,
    script: impl FnOnce(VirtualClock, Control) -> S,
    expected: &[&str],
) {
    let (clock, control) = (clock(1), Control::default());
    let stream = TestStream::parse(stream, &clock, Manners::default());
    let function = TestFunction::parse(answers, &clock);
    let settings = Settings { idle_poll, ..Settings::default() }.check().unwrap();
    let mapping = Mapping::new(settings, source(), Plan::default(), clock.now());
    let ports =
        Ports { reader: &stream, function: &function, on_failure: &NoDestination, clock: &clock };
    let driver = run(mapping, ports, &control, |_: &Event| {});
    let both = join(driver, script(clock.clone(), control.clone()));
    let (ended, ()) = clock.run(both, HOUR).unwrap();
    assert_eq!(ended.unwrap().0, Ended::Stopped);
    let log = function.log.into_inner().unwrap();
    let log: Vec<_> = log.into_iter().map(|(at, line)| format!("{at} {line}")).collect();
    assert_eq!(log, expected);
}

const POLL: Duration = Duration::from_millis(100);

#[test]
fn a_stop_lets_what_is_under_way_finish_and_starts_nothing() {
    check(
        "a 1 2@200 3@400",
        "a slow900",
        POLL,
        |clock, control| async move {
            clock.sleep(Duration::from_millis(500)).await;
            control.stop();
        },
        &["0 a[1] slow900", "900 a answers"],
    );
}

#[test]
fn a_stop_waits_for_no_retry() {
    check(
        "a 1",
        "a fail*",
        POLL,
        |clock, control| async move {
            clock.sleep(Duration::from_millis(20)).await;
            control.stop();
        },
        &["0 a[1] fail"],
    );
}

#[test]
fn a_wake_reads_at_once() {
    check(
        "a 1@1234",
        "",
        Duration::from_secs(60),
        |clock, control| async move {
            clock.sleep(Duration::from_millis(1_234)).await;
            control.wake();
            clock.sleep(Duration::from_millis(1)).await;
            control.stop();
        },
        &["1234 a[1] ok"],
    );
}

#[test]
fn a_redelivery_asked_for_starts_once_caught_up() {
    check(
        "a 1; b 2",
        "a slow700",
        POLL,
        |clock, control| async move {
            clock.sleep(Duration::from_millis(300)).await;
            assert!(!control.is_caught_up());
            control.redeliver(StartPosition::TrimHorizon);
            clock.sleep(Duration::from_millis(2_000)).await;
            assert!(control.is_caught_up());
            control.stop();
        },
        &["0 a[1] slow700", "0 b[2] ok", "700 a answers", "700 a[1] ok", "700 b[2] ok"],
    );
}

#[test]
fn a_run_that_is_killed_delivers_again_what_it_had_not_settled() {
    let clock = clock(1);
    let stream = TestStream::parse("a 1 2", &clock, Manners::default());
    let function = TestFunction::parse("a slow5000", &clock);
    let settings = Settings::default().check().unwrap();
    for at_most in [Duration::from_secs(1), HOUR] {
        let plan = Plan { until: cdc_esm::Until::Tip, redeliver: vec![] };
        let mapping = Mapping::new(settings.clone(), source(), plan, clock.now());
        let ports = Ports {
            reader: &stream,
            function: &function,
            on_failure: &NoDestination,
            clock: &clock,
        };
        let ended = clock.run(run(mapping, ports, &Control::default(), |_: &Event| {}), at_most);
        assert_eq!(matches!(ended, Err(NotFinished::TimeOver)), at_most != HOUR);
    }
    let log: Vec<_> =
        function.log.into_inner().unwrap().into_iter().map(|(_, line)| line).collect();
    assert_eq!(log, ["a[1 2] slow5000", "a[1 2] ok"]);
}

#[test]
fn a_run_can_be_sent_to_another_thread() {
    fn sendable(_: impl Send) {}
    let (clock, control) = (clock(1), Control::default());
    let stream = TestStream::parse("a", &clock, Manners::default());
    let function = TestFunction::parse("", &clock);
    let settings = Settings::default().check().unwrap();
    let mapping = Mapping::new(settings, source(), Plan::default(), clock.now());
    let ports =
        Ports { reader: &stream, function: &function, on_failure: &NoDestination, clock: &clock };
    sendable(run(mapping, ports, &control, |_: &Event| {}));
}
