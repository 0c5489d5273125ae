//! The mapping's settings, under AWS's names and within AWS's limits.
//!
//! [`Settings`] is what somebody asked for; [`CheckedSettings`] is what a mapping runs on. The check
//! reports every problem together.

use std::{fmt, time::Duration};

use jiff::Timestamp;

use crate::{EventFilter, INVOCATION_BYTES_MAX, event::FRAME_BYTES, lane::Limits};

/// AWS: `BatchSize` of a Kinesis mapping is at most 10,000.
pub const BATCH_SIZE_MAX: u32 = 10_000;
/// AWS: `MaximumBatchingWindowInSeconds` is at most 300.
pub const BATCH_WINDOW_MAX: Duration = Duration::from_secs(300);
/// AWS: `ParallelizationFactor` is at most 10.
pub const PARALLELIZATION_FACTOR_MAX: u32 = 10;
/// AWS: `MaximumRetryAttempts` is at most 10,000.
pub const RETRY_ATTEMPTS_MAX: i64 = 10_000;
/// AWS: `MaximumRecordAgeInSeconds` is at most a week.
pub const RECORD_AGE_S_MAX: i64 = 604_800;

/// AWS: a function's `Timeout` is at most 15 minutes.
pub const FUNCTION_TIMEOUT_MAX: Duration = Duration::from_secs(900);

/// AWS's word for "never" in the two limits of giving up.
pub(crate) const UNLIMITED: i64 = -1;

/// What is asked of a mapping. The default is AWS's, but for reporting, which is on (without it the
/// function's answer is ignored, and no function of this project is run that way).
#[derive(Debug, Clone)]
pub struct Settings {
    /// `BatchSize`: records in an invocation, 1 to 10,000.
    pub batch_size: u32,
    /// `MaximumBatchingWindowInSeconds`: how long a batch is gathered. AWS takes whole seconds.
    pub batch_window: Duration,
    /// `ParallelizationFactor`: lanes of a shard, 1 to 10. A partition key is always in the same one.
    pub parallelization_factor: u32,
    /// `MaximumRetryAttempts`: −1 (for ever) to 10,000; the first attempt is no retry.
    pub maximum_retry_attempts: i64,
    /// `MaximumRecordAgeInSeconds`: −1 (no limit) to 604,800. AWS also refuses 0 to 59; here they
    /// are taken, so that a run of a few seconds can reach the limit.
    pub maximum_record_age_s: i64,
    /// `BisectBatchOnFunctionError`: a batch that fails whole is split in two.
    pub bisect_batch_on_function_error: bool,
    /// `FunctionResponseTypes: [ReportBatchItemFailures]`. Off: every answer settles the batch.
    pub report_batch_item_failures: bool,
    /// Whether the stream is read by enhanced fan-out: with a ParallelizationFactor above 1 Lambda
    /// then takes KPL aggregates apart itself.
    pub enhanced_fan_out: bool,
    /// `FilterCriteria`: which records are delivered at all.
    pub filter: Option<EventFilter>,
    /// The function's `Timeout`: more than nothing, at most 15 minutes.
    pub function_timeout: Duration,
    /// `StartingPosition`.
    pub start: StartPosition,
    /// Pause between reads of a shard that has nothing new. AWS reads about once a second; here
    /// it is shorter by default, for whoever watches a local run.
    pub idle_poll: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            batch_size: 100,
            batch_window: Duration::ZERO,
            parallelization_factor: 1,
            maximum_retry_attempts: UNLIMITED,
            maximum_record_age_s: UNLIMITED,
            bisect_batch_on_function_error: false,
            report_batch_item_failures: true,
            enhanced_fan_out: false,
            filter: None,
            function_timeout: FUNCTION_TIMEOUT_MAX,
            start: StartPosition::TrimHorizon,
            idle_poll: Duration::from_millis(200),
        }
    }
}

/// Where a mapping starts in every shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartPosition {
    /// The oldest record still kept.
    TrimHorizon,
    /// What arrives from the start of the run on: the time it is, by the mapping's own clock.
    Latest,
    /// What arrived at this time or later.
    AtTimestamp(Timestamp),
}

/// Settings within their limits. Made by [`Settings::check`] alone.
#[derive(Debug, Clone)]
pub struct CheckedSettings {
    pub(crate) limits: Limits,
    pub(crate) lanes: usize,
    pub(crate) report_batch_item_failures: bool,
    pub(crate) deaggregate: bool,
    pub(crate) filter: Option<EventFilter>,
    pub(crate) function_timeout: Duration,
    pub(crate) start: StartPosition,
    pub(crate) idle_poll: Duration,
}

/// One thing wrong with the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsProblem {
    /// Outside 1 to 10,000.
    #[error("batch size: 1 to {BATCH_SIZE_MAX} expected")]
    BatchSize,
    /// Above 300 s.
    #[error("batch window: at most {} s expected", BATCH_WINDOW_MAX.as_secs())]
    BatchWindow,
    /// Outside 1 to 10.
    #[error("parallelization factor: 1 to {PARALLELIZATION_FACTOR_MAX} expected")]
    ParallelizationFactor,
    /// Outside −1 to 10,000.
    #[error("maximum retry attempts: -1 to {RETRY_ATTEMPTS_MAX} expected")]
    MaximumRetryAttempts,
    /// Outside −1 to 604,800.
    #[error("maximum record age: -1 to {RECORD_AGE_S_MAX} s expected")]
    MaximumRecordAge,
    /// Nothing, or above 15 minutes.
    #[error("function timeout: more than 0, at most {} s expected", FUNCTION_TIMEOUT_MAX.as_secs())]
    FunctionTimeout,
    /// A pause of nothing would read an idle shard without end.
    #[error("idle poll: more than 0 expected")]
    IdlePoll,
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
    /// Settings a mapping can run on.
    ///
    /// # Errors
    /// [`InvalidSettings`] with every problem there is.
    pub fn check(&self) -> Result<CheckedSettings, InvalidSettings> {
        let problems = self.problems();
        if !problems.is_empty() {
            return Err(InvalidSettings(problems));
        }
        Ok(CheckedSettings {
            limits: Limits {
                batch_size: self.batch_size as usize,
                batch_bytes_max: INVOCATION_BYTES_MAX - FRAME_BYTES,
                batch_window: self.batch_window,
                bisect: self.bisect_batch_on_function_error,
                retries_max: u32::try_from(self.maximum_retry_attempts).ok(),
                record_age_max: record_age_max(self.maximum_record_age_s),
            },
            lanes: self.parallelization_factor as usize,
            report_batch_item_failures: self.report_batch_item_failures,
            deaggregate: self.enhanced_fan_out && self.parallelization_factor > 1,
            filter: self.filter.clone(),
            function_timeout: self.function_timeout,
            start: self.start,
            idle_poll: self.idle_poll,
        })
    }

    fn problems(&self) -> Vec<SettingsProblem> {
        use SettingsProblem as P;
        let factor = 1..=PARALLELIZATION_FACTOR_MAX;
        let retries = UNLIMITED..=RETRY_ATTEMPTS_MAX;
        let age = UNLIMITED..=RECORD_AGE_S_MAX;
        let found = [
            (!(1..=BATCH_SIZE_MAX).contains(&self.batch_size), P::BatchSize),
            (self.batch_window > BATCH_WINDOW_MAX, P::BatchWindow),
            (!factor.contains(&self.parallelization_factor), P::ParallelizationFactor),
            (!retries.contains(&self.maximum_retry_attempts), P::MaximumRetryAttempts),
            (!age.contains(&self.maximum_record_age_s), P::MaximumRecordAge),
            (
                self.function_timeout.is_zero() || self.function_timeout > FUNCTION_TIMEOUT_MAX,
                P::FunctionTimeout,
            ),
            (self.idle_poll.is_zero(), P::IdlePoll),
        ];
        found.into_iter().filter_map(|(wrong, problem)| wrong.then_some(problem)).collect()
    }
}

/// The limit, unless AWS's word for "never" was given.
pub(crate) fn record_age_max(seconds: i64) -> Option<Duration> {
    u64::try_from(seconds).ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::{Duration, Settings, SettingsProblem as P};

    fn check(change: impl FnOnce(&mut Settings), problems: &[P]) {
        let mut settings = Settings::default();
        change(&mut settings);
        let found = settings.check().err().map(|invalid| invalid.0).unwrap_or_default();
        assert_eq!(found, problems, "{settings:?}");
    }

    #[test]
    fn the_limits_of_aws_are_taken() {
        check(|_| {}, &[]);
        check(|s| (s.batch_size, s.batch_window) = (10_000, Duration::from_secs(300)), &[]);
        check(|s| (s.maximum_retry_attempts, s.maximum_record_age_s) = (10_000, 604_800), &[]);
        check(|s| (s.maximum_retry_attempts, s.maximum_record_age_s) = (0, 0), &[]);
        check(|s| s.parallelization_factor = 10, &[]);
        check(|s| s.function_timeout = Duration::from_secs(900), &[]);
    }

    #[test]
    fn what_lies_beyond_them_is_refused() {
        check(|s| s.batch_size = 0, &[P::BatchSize]);
        check(|s| s.batch_size = 10_001, &[P::BatchSize]);
        check(|s| s.batch_window = Duration::from_millis(300_001), &[P::BatchWindow]);
        check(|s| s.parallelization_factor = 0, &[P::ParallelizationFactor]);
        check(|s| s.parallelization_factor = 11, &[P::ParallelizationFactor]);
        check(|s| s.maximum_retry_attempts = -2, &[P::MaximumRetryAttempts]);
        check(|s| s.maximum_record_age_s = 604_801, &[P::MaximumRecordAge]);
        check(|s| s.idle_poll = Duration::ZERO, &[P::IdlePoll]);
        check(|s| s.function_timeout = Duration::ZERO, &[P::FunctionTimeout]);
        check(|s| s.function_timeout = Duration::from_secs(901), &[P::FunctionTimeout]);
    }

    #[test]
    fn every_problem_is_reported_together() {
        check(
            |s| (s.batch_size, s.maximum_retry_attempts) = (0, -9),
            &[P::BatchSize, P::MaximumRetryAttempts],
        );
    }
}
