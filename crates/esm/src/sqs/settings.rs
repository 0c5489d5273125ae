//! The mapping's settings, under AWS's names and within AWS's limits for the queue's kind.

use std::{fmt, time::Duration};

use crate::{
    BATCH_SIZE_MAX, BATCH_WINDOW_MAX, FUNCTION_TIMEOUT_MAX,
    sqs::{
        message::QueueKind,
        queue::{QueueFacts, RECEIVE_MESSAGES_MAX, WAIT_MAX},
    },
};

/// AWS: a batch of a FIFO queue, and one without a window, has at most 10 messages.
pub const BATCH_SIZE_UNGATHERED_MAX: u32 = RECEIVE_MESSAGES_MAX as u32;
/// AWS: `MaximumConcurrency` is at most 1,000.
pub const MAXIMUM_CONCURRENCY_MAX: u32 = 1_000;
/// AWS advises a visibility timeout of at least six times the function's, and the window.
pub const VISIBILITY_TIMEOUTS_ADVISED: u32 = 6;

/// What is asked of a mapping. The default is AWS's, but for reporting, which is on, and for the
/// concurrency, which is what AWS starts with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `BatchSize`: messages in an invocation, 1 to 10, with a window 1 to 10,000.
    pub batch_size: u32,
    /// `MaximumBatchingWindowInSeconds`: how long a batch is gathered, from its first message on; not
    /// for FIFO. AWS takes whole seconds.
    pub batch_window: Duration,
    /// `ScalingConfig.MaximumConcurrency`: batches in hand at once, 1 to 1,000. AWS refuses 1.
    pub maximum_concurrency: u32,
    /// `FunctionResponseTypes: [ReportBatchItemFailures]`. Off: every answer settles the batch.
    pub report_batch_item_failures: bool,
    /// The function's `Timeout`: more than nothing, at most 15 minutes and the queue's visibility
    /// timeout.
    pub function_timeout: Duration,
    /// How long one poll waits for a message: more than nothing, at most 20 s.
    pub poll_wait: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            batch_size: 10,
            batch_window: Duration::ZERO,
            maximum_concurrency: 5,
            report_batch_item_failures: true,
            function_timeout: Duration::from_secs(3),
            poll_wait: WAIT_MAX,
        }
    }
}

/// Settings within their limits, and the queue they are for. Made by [`Settings::check`] alone.
#[derive(Debug, Clone)]
pub struct CheckedSettings {
    pub(crate) batch_size: usize,
    pub(crate) batch_window: Duration,
    pub(crate) batches_max: usize,
    pub(crate) report_batch_item_failures: bool,
    pub(crate) function_timeout: Duration,
    pub(crate) poll_wait: Duration,
    pub(crate) queue: QueueFacts,
}

/// One thing wrong with the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsProblem {
    /// Outside 1 to 10,000.
    #[error("batch size: 1 to {BATCH_SIZE_MAX} expected")]
    BatchSize,
    /// Above 10 without a window or for FIFO.
    #[error(
        "batch size: without a window, or of a FIFO queue, at most {BATCH_SIZE_UNGATHERED_MAX}"
    )]
    BatchSizeUngathered,
    /// Above 300 s.
    #[error("batch window: at most {} s expected", BATCH_WINDOW_MAX.as_secs())]
    BatchWindow,
    /// A window for FIFO.
    #[error("batch window: none for a FIFO queue")]
    BatchWindowOfFifo,
    /// Outside 1 to 1,000.
    #[error("maximum concurrency: 1 to {MAXIMUM_CONCURRENCY_MAX} expected")]
    MaximumConcurrency,
    /// Nothing, or above 15 minutes.
    #[error("function timeout: more than 0, at most {} s expected", FUNCTION_TIMEOUT_MAX.as_secs())]
    FunctionTimeout,
    /// AWS refuses such a queue: what still runs would be delivered again.
    #[error("function timeout: at most the queue's visibility timeout expected")]
    VisibilityTimeout,
    /// Nothing, or above 20 s.
    #[error("poll wait: more than 0, at most {} s expected", WAIT_MAX.as_secs())]
    PollWait,
}

/// Everything wrong with the settings, together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct InvalidSettings(pub Vec<SettingsProblem>);

impl fmt::Display for InvalidSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problems: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        write!(f, "settings of the mapping: {}", problems.join("; "))
    }
}

impl Settings {
    /// Settings a mapping of this queue can run on.
    ///
    /// # Errors
    /// [`InvalidSettings`] with every problem there is.
    pub fn check(&self, queue: &QueueFacts) -> Result<CheckedSettings, InvalidSettings> {
        let problems = self.problems(queue);
        if !problems.is_empty() {
            return Err(InvalidSettings(problems));
        }
        Ok(CheckedSettings {
            batch_size: self.batch_size as usize,
            batch_window: self.batch_window,
            batches_max: self.maximum_concurrency as usize,
            report_batch_item_failures: self.report_batch_item_failures,
            function_timeout: self.function_timeout,
            poll_wait: self.poll_wait,
            queue: queue.clone(),
        })
    }

    fn problems(&self, queue: &QueueFacts) -> Vec<SettingsProblem> {
        use SettingsProblem as P;
        let fifo = queue.kind == QueueKind::Fifo;
        let size = 1..=BATCH_SIZE_MAX;
        let sized = size.contains(&self.batch_size);
        let ungathered = fifo || self.batch_window.is_zero();
        let above = self.batch_size > BATCH_SIZE_UNGATHERED_MAX;
        let concurrency = 1..=MAXIMUM_CONCURRENCY_MAX;
        let (timeout, wait) = (self.function_timeout, self.poll_wait);
        let found = [
            (!sized, P::BatchSize),
            (sized && ungathered && above, P::BatchSizeUngathered),
            (self.batch_window > BATCH_WINDOW_MAX, P::BatchWindow),
            (fifo && !self.batch_window.is_zero(), P::BatchWindowOfFifo),
            (!concurrency.contains(&self.maximum_concurrency), P::MaximumConcurrency),
            (timeout.is_zero() || timeout > FUNCTION_TIMEOUT_MAX, P::FunctionTimeout),
            (queue.visibility_timeout < timeout, P::VisibilityTimeout),
            (wait.is_zero() || wait > WAIT_MAX, P::PollWait),
        ];
        found.into_iter().filter_map(|(wrong, problem)| wrong.then_some(problem)).collect()
    }
}

impl CheckedSettings {
    /// Whether the queue hides messages for less than AWS advises: six times the function's timeout
    /// and the window. Then messages may come again while their batch is still retried.
    #[must_use]
    pub fn is_visibility_short(&self) -> bool {
        let timeouts = self.function_timeout.saturating_mul(VISIBILITY_TIMEOUTS_ADVISED);
        self.queue.visibility_timeout < timeouts.saturating_add(self.batch_window)
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, QueueFacts, QueueKind, Settings, SettingsProblem as P};

    fn facts(kind: QueueKind, visibility_s: u64) -> QueueFacts {
        let visibility_timeout = Duration::from_secs(visibility_s);
        QueueFacts { arn: "arn".into(), kind, visibility_timeout }
    }

    fn check(kind: QueueKind, change: impl FnOnce(&mut Settings), problems: &[P]) {
        let mut settings = Settings::default();
        change(&mut settings);
        let found = settings.check(&facts(kind, 30)).err();
        let found = found.map(|invalid| invalid.0).unwrap_or_default();
        assert_eq!(found, problems, "{settings:?}");
    }

    const WINDOW: Duration = Duration::from_secs(300);

    #[test]
    fn the_limits_of_aws_are_taken() {
        for kind in [QueueKind::Standard, QueueKind::Fifo] {
            check(kind, |_| {}, &[]);
            check(kind, |s| (s.batch_size, s.maximum_concurrency) = (1, 1_000), &[]);
            check(kind, |s| s.function_timeout = Duration::from_secs(30), &[]);
        }
        let gathered = |s: &mut Settings| (s.batch_size, s.batch_window) = (10_000, WINDOW);
        check(QueueKind::Standard, gathered, &[]);
    }

    #[test]
    fn what_lies_beyond_them_is_refused() {
        use QueueKind::{Fifo, Standard};
        check(Standard, |s| s.batch_size = 0, &[P::BatchSize]);
        check(Standard, |s| s.batch_size = 10_001, &[P::BatchSize]);
        check(Standard, |s| s.batch_size = 11, &[P::BatchSizeUngathered]);
        check(Fifo, |s| s.batch_size = 11, &[P::BatchSizeUngathered]);
        check(Fifo, |s| s.batch_window = WINDOW, &[P::BatchWindowOfFifo]);
        check(Standard, |s| s.batch_window = 2 * WINDOW, &[P::BatchWindow]);
        check(Standard, |s| s.maximum_concurrency = 0, &[P::MaximumConcurrency]);
        check(Standard, |s| s.maximum_concurrency = 1_001, &[P::MaximumConcurrency]);
        check(Standard, |s| s.function_timeout = Duration::ZERO, &[P::FunctionTimeout]);
        check(Standard, |s| s.function_timeout = Duration::from_secs(31), &[P::VisibilityTimeout]);
        check(Standard, |s| s.poll_wait = Duration::ZERO, &[P::PollWait]);
        check(Standard, |s| s.poll_wait = Duration::from_secs(21), &[P::PollWait]);
    }

    #[test]
    fn every_problem_is_reported_together() {
        check(
            QueueKind::Fifo,
            |s| (s.batch_size, s.batch_window, s.maximum_concurrency) = (11, WINDOW, 0),
            &[P::BatchSizeUngathered, P::BatchWindowOfFifo, P::MaximumConcurrency],
        );
    }

    #[test]
    fn a_visibility_timeout_below_six_function_timeouts_is_short() {
        for (visibility_s, window_s, short) in [(18, 0, false), (17, 0, true), (18, 1, true)] {
            let batch_window = Duration::from_secs(window_s);
            let settings = Settings { batch_window, ..Settings::default() };
            let checked = settings.check(&facts(QueueKind::Standard, visibility_s)).unwrap();
            assert_eq!(checked.is_visibility_short(), short, "{visibility_s} s, {window_s} s");
        }
    }
}
