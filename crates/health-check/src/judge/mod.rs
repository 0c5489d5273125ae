//! Judging what a look found. Pure: answers and the time go in, a finding comes out.
//!
//! The rules are those of `docs/lambdas/health-check.md`: what does not answer, is denied, missing or
//! not in use is unhealthy; what is throttled works, and is degraded. A detail says what is wrong and
//! what to do, names settings and never their values, and repeats nothing that a service said but
//! its error codes.

mod bus;
mod checkpoints;
mod letters;
mod stores;

use std::time::Duration;

use cdc_core::delivery::{CallError, CallErrorKind};

pub(crate) use bus::bus;
pub(crate) use checkpoints::{Looked, Seen, checkpoints, chosen, not_judged, silent_shard};
pub(crate) use letters::letters;
pub(crate) use stores::{stream, table};

use crate::component::{Finding, Part, Status};

/// A component that has not answered in time. How far the pipeline has come is then not known, which
/// is no failure by itself.
pub(crate) fn late(part: Part, limit: Duration) -> Finding {
    let status = if part == Part::Checkpoints { Status::Degraded } else { Status::Unhealthy };
    let limit = limit.as_millis();
    Finding::new(
        status,
        format!("no answer within {limit} ms: the service, or the way to it, hangs"),
    )
}

/// A call that failed.
fn failed(part: Part, error: &CallError) -> Finding {
    let Source { setting, service } = Source::of(part, error.operation);
    let (status, advice) = match error.kind {
        CallErrorKind::Throttled => {
            (Status::Degraded, "too many calls; if it lasts, ask for a higher limit".to_owned())
        }
        CallErrorKind::Unavailable => {
            (Status::Unhealthy, "the service, or the way to it, is out of order".to_owned())
        }
        CallErrorKind::Denied => {
            let right = format!("{service}:{}", error.operation);
            (Status::Unhealthy, format!("check {setting}, and allow the function {right}"))
        }
        // Kinesis knows no such number: the stream is another than the one that was noted of.
        CallErrorKind::Invalid if part == Part::Checkpoints => {
            let advice = "if the stream was made anew, reset the shard's checkpoint";
            (Status::Unhealthy, format!("{advice}; else check {setting}"))
        }
        CallErrorKind::Invalid => (Status::Unhealthy, format!("check {setting}")),
    };
    Finding::new(status, format!("{error}; {advice}"))
}

/// Where a call goes: the setting that says so, and the service as IAM's actions name it.
struct Source {
    setting: &'static str,
    service: &'static str,
}

impl Source {
    fn of(part: Part, operation: &str) -> Self {
        let (setting, service) = match part {
            Part::Bus => ("EVENT_BUS_NAME", "events"),
            Part::Checkpoints if operation == "Query" => ("CHECKPOINT_TABLE_NAME", "dynamodb"),
            Part::Stream | Part::Checkpoints => ("KINESIS_STREAM_NAME", "kinesis"),
            Part::CheckpointTable => ("CHECKPOINT_TABLE_NAME", "dynamodb"),
            Part::StateTable => ("STATE_TABLE_NAME", "dynamodb"),
            Part::DeadLetterQueue => ("DEAD_LETTER_QUEUE_URL", "sqs"),
        };
        Self { setting, service }
    }
}

/// A count and its noun.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Seconds as people say them: the largest unit that is full.
fn spoken(seconds: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    match seconds {
        0..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        HOUR..DAY => format!("{} h", seconds / HOUR),
        _ => format!("{} d", seconds / DAY),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cdc_core::delivery::{CallError, CallErrorKind};

    use super::{counted, failed, late, spoken};
    use crate::component::{
        Part,
        Status::{self, Degraded, Unhealthy},
    };

    fn check(part: Part, operation: &'static str, kind: CallErrorKind, expected: (Status, &str)) {
        let finding = failed(part, &CallError::new(operation, kind, Some("SomeCode")));
        assert_eq!((finding.status, &*finding.detail), expected);
    }

    #[test]
    fn a_failed_call_says_what_failed_and_what_to_do() {
        use CallErrorKind::{Denied, Invalid, Throttled, Unavailable};
        check(
            Part::Bus,
            "DescribeEventBus",
            Denied,
            (
                Unhealthy,
                "DescribeEventBus failed: denied, or the resource does not exist (SomeCode); check \
                 EVENT_BUS_NAME, and allow the function events:DescribeEventBus",
            ),
        );
        check(
            Part::StateTable,
            "DescribeTable",
            Throttled,
            (
                Degraded,
                "DescribeTable failed: throttled (SomeCode); too many calls; if it lasts, ask for a \
                 higher limit",
            ),
        );
        check(
            Part::Stream,
            "ListShards",
            Unavailable,
            (
                Unhealthy,
                "ListShards failed: no usable answer (SomeCode); the service, or the way to it, is \
                 out of order",
            ),
        );
        check(
            Part::DeadLetterQueue,
            "ReceiveMessage",
            Invalid,
            (
                Unhealthy,
                "ReceiveMessage failed: the request was refused as invalid (SomeCode); check \
                 DEAD_LETTER_QUEUE_URL",
            ),
        );
    }

    #[test]
    fn the_setting_and_the_right_that_may_be_missing_are_named() {
        for (part, operation, setting, right) in [
            (Part::Bus, "PutEvents", "EVENT_BUS_NAME", "events:PutEvents"),
            (Part::Stream, "ListShards", "KINESIS_STREAM_NAME", "kinesis:ListShards"),
            (
                Part::CheckpointTable,
                "DescribeTable",
                "CHECKPOINT_TABLE_NAME",
                "dynamodb:DescribeTable",
            ),
            (Part::DeadLetterQueue, "ReceiveMessage", "DEAD_LETTER_QUEUE_URL", "sqs:Receive"),
            (Part::Checkpoints, "Query", "CHECKPOINT_TABLE_NAME", "dynamodb:Query"),
            (Part::Checkpoints, "GetRecords", "KINESIS_STREAM_NAME", "kinesis:GetRecords"),
        ] {
            let finding = failed(part, &CallError::new(operation, CallErrorKind::Denied, None));
            for name in [setting, right] {
                assert!(finding.detail.contains(name), "{finding:?} should name {name}");
            }
        }
    }

    #[test]
    fn a_checkpoint_of_another_stream_is_to_be_reset() {
        let error = CallError::new("GetShardIterator", CallErrorKind::Invalid, None);
        let finding = failed(Part::Checkpoints, &error);
        assert!(finding.detail.contains("reset the shard's checkpoint"), "{finding:?}");
    }

    #[test]
    fn silence_is_unhealthy_but_for_what_is_only_not_known() {
        for part in Part::ALL {
            let finding = late(part, Duration::from_millis(1500));
            let expected = if part == Part::Checkpoints { Degraded } else { Unhealthy };
            assert_eq!(finding.status, expected, "{part:?}");
            assert!(finding.detail.contains("within 1500 ms"), "{finding:?}");
        }
    }

    #[test]
    fn times_and_counts_are_said_as_people_say_them() {
        for (seconds, expected) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3599, "59 min"),
            (3600, "1 h"),
            (86_399, "23 h"),
            (86_400, "1 d"),
            (u64::MAX, "213503982334601 d"),
        ] {
            assert_eq!(spoken(seconds), expected);
        }
        assert_eq!(
            (counted(0, "shard"), counted(1, "shard")),
            ("0 shards".into(), "1 shard".into())
        );
    }
}
