//! The dead-letter queue: how many letters, how old, and whether it keeps them.

use std::time::Duration;

use cdc_aws::probes::{Letters, QueueState};
use cdc_core::delivery::CallError;
use jiff::Timestamp;

use super::{counted, failed, spoken};
use crate::{
    component::{Finding, Measure, Part, Status},
    settings::Limits,
};

/// What SQS offers at most, and what letters that wait for a person need.
const RETENTION: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// Judges the queue, and what a look at some letters told, where there are any.
pub(crate) fn letters(
    state: Result<QueueState, CallError>,
    peeked: Option<Result<Letters, CallError>>,
    now: Timestamp,
    limits: &Limits,
) -> Finding {
    let (state, peeked) = match (state, peeked.transpose()) {
        (Ok(state), Ok(peeked)) => (state, peeked),
        (Err(error), _) | (_, Err(error)) => return failed(Part::DeadLetterQueue, &error),
    };
    let age = age(peeked, now);
    let mut status = Status::Healthy;
    let mut told = vec![inside(&state, age)];
    if state.letters >= limits.dead_letters_degraded {
        status = Status::Degraded;
        told.push("list them with dlq-processor, mend what they name, replay".to_owned());
    }
    if age.is_some_and(|age| age >= limits.dead_letter_age_unhealthy_s) {
        status = Status::Unhealthy;
        told.push(format!("SQS deletes a letter after {}", spoken(state.retention.as_secs())));
    }
    if state.retention < RETENTION {
        status = status.max(Status::Degraded);
        told.push("it does not keep letters for 14 days: raise its retention period".to_owned());
    }
    if state.has_redrive {
        status = status.max(Status::Degraded);
        let text =
            "it has a redrive policy, so letters vanish from it by being looked at: remove it";
        told.push(text.to_owned());
    }
    let measures = [Some(Measure::DeadLetters(state.letters)), age.map(Measure::DeadLetterAge)];
    Finding::new(status, told.join("; ")).with(measures.into_iter().flatten())
}

fn inside(state: &QueueState, age: Option<u64>) -> String {
    let count = usize::try_from(state.letters).unwrap_or(usize::MAX);
    match (count, age) {
        (0, _) => "empty".to_owned(),
        (_, Some(age)) => {
            format!("{}, the oldest at least {} old", counted(count, "letter"), spoken(age))
        }
        (_, None) => format!("{}; none could be looked at for its age", counted(count, "letter")),
    }
}

fn age(peeked: Option<Letters>, now: Timestamp) -> Option<u64> {
    let Some(Letters::OldestSeen(sent)) = peeked else { return None };
    Some(now.duration_since(sent).as_secs().try_into().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cdc_aws::probes::{Letters, QueueState};
    use cdc_core::delivery::{CallError, CallErrorKind};
    use jiff::Timestamp;

    use super::{RETENTION, letters};
    use crate::{
        component::{
            Measure::{self, DeadLetterAge, DeadLetters},
            Status::{self, Degraded, Healthy, Unhealthy},
        },
        settings::Limits,
    };

    const DAY: u64 = 24 * 60 * 60;

    fn queue(letters: u64) -> QueueState {
        QueueState { letters, retention: RETENTION, has_redrive: false }
    }

    /// So many seconds ago.
    fn aged(seconds: i64) -> Option<Letters> {
        Some(Letters::OldestSeen(now() - Duration::from_secs(seconds.unsigned_abs())))
    }

    fn now() -> Timestamp {
        "2024-01-15T10:30:00Z".parse().unwrap()
    }

    fn check(
        state: QueueState,
        seen: Option<Letters>,
        status: Status,
        detail: &str,
        expected: &[Measure],
    ) {
        let limits = Limits { dead_letters_degraded: 3, ..Limits::default() };
        let finding = letters(Ok(state), seen.map(Ok), now(), &limits);
        assert_eq!((finding.status, &*finding.detail), (status, detail));
        assert_eq!(finding.measures, expected, "{detail}");
    }

    #[test]
    fn letters_are_judged_by_number_and_age() {
        const DO: &str = "list them with dlq-processor, mend what they name, replay";
        check(queue(0), None, Healthy, "empty", &[DeadLetters(0)]);
        let seen = "2 letters, the oldest at least 5 min old";
        check(queue(2), aged(300), Healthy, seen, &[DeadLetters(2), DeadLetterAge(300)]);
        let seen = format!("3 letters, the oldest at least 0 s old; {DO}");
        check(queue(3), aged(0), Degraded, &seen, &[DeadLetters(3), DeadLetterAge(0)]);
        let none = format!("3 letters; none could be looked at for its age; {DO}");
        check(queue(3), Some(Letters::NoneSeen), Degraded, &none, &[DeadLetters(3)]);
        let old = "1 letter, the oldest at least 7 d old; SQS deletes a letter after 14 d";
        check(queue(1), aged(604_800), Unhealthy, old, &[DeadLetters(1), DeadLetterAge(7 * DAY)]);
        let young = "1 letter, the oldest at least 6 d old";
        check(
            queue(1),
            aged(604_799),
            Healthy,
            young,
            &[DeadLetters(1), DeadLetterAge(7 * DAY - 1)],
        );
    }

    #[test]
    fn a_queue_that_does_not_keep_letters_is_degraded() {
        let short = QueueState { retention: Duration::from_secs(4 * DAY), ..queue(0) };
        let text = "empty; it does not keep letters for 14 days: raise its retention period";
        check(short, None, Degraded, text, &[DeadLetters(0)]);
        let redrive = QueueState { has_redrive: true, ..queue(0) };
        let text = "empty; it has a redrive policy, so letters vanish from it by being looked at: \
                    remove it";
        check(redrive, None, Degraded, text, &[DeadLetters(0)]);
    }

    #[test]
    fn a_letter_of_the_future_has_no_age_and_a_failed_look_is_a_failure() {
        let future = Some(Letters::OldestSeen(now() + Duration::from_secs(5)));
        let seen = "1 letter, the oldest at least 0 s old";
        check(queue(1), future, Healthy, seen, &[DeadLetters(1), DeadLetterAge(0)]);
        let error = CallError::new("ReceiveMessage", CallErrorKind::Denied, None);
        let finding = letters(Ok(queue(1)), Some(Err(error)), now(), &Limits::default());
        assert_eq!(finding.status, Unhealthy);
        assert!(finding.detail.contains("sqs:ReceiveMessage"), "{finding:?}");
    }
}
