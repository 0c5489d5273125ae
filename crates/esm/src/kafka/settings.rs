//! The mapping's settings, under AWS's names and within AWS's limits for Kafka.

use std::{fmt, time::Duration};

use crate::{
    BATCH_SIZE_MAX, BATCH_WINDOW_MAX, INVOCATION_BYTES_MAX, RECORD_AGE_S_MAX, RETRY_ATTEMPTS_MAX,
    StartPosition,
    lane::Limits,
    settings::{UNLIMITED, record_age_max},
};

/// AWS: `MaximumPollers` of provisioned mode is at most 2,000.
pub const CONSUMERS_MAX: u32 = 2_000;
/// AWS: a Kafka mapping supports functions with a `Timeout` of at most 14 minutes.
pub const FUNCTION_TIMEOUT_MAX: Duration = Duration::from_secs(14 * 60);

/// What is asked of a mapping. The default is AWS's, but for provisioned mode and reporting, which
/// are on.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `BatchSize`: records in an invocation, 1 to 10,000.
    pub batch_size: u32,
    /// `MaximumBatchingWindowInSeconds`: how long a batch is gathered. AWS takes whole seconds, and
    /// half a second for none given.
    pub batch_window: Duration,
    /// How many consumers share the partitions, 1 to 2,000; more than there are partitions stand idle.
    pub consumers: u32,
    /// `ProvisionedPollerConfig` is there: only then the next four settings can be other than AWS's
    /// defaults (for ever, no limit, off, off).
    pub provisioned_mode: bool,
    /// `MaximumRetryAttempts`: −1 (for ever) to 10,000; the first attempt is no retry.
    pub maximum_retry_attempts: i64,
    /// `MaximumRecordAgeInSeconds`: −1 (no limit) to 604,800. AWS also refuses 0 to 59; here they
    /// are taken, so that a run of a few seconds can reach the limit.
    pub maximum_record_age_s: i64,
    /// `BisectBatchOnFunctionError`: a batch that fails whole is split in two.
    pub bisect_batch_on_function_error: bool,
    /// `FunctionResponseTypes: [ReportBatchItemFailures]`. Off: every answer settles the batch.
    pub report_batch_item_failures: bool,
    /// The function's `Timeout`: more than nothing, at most 14 minutes.
    pub function_timeout: Duration,
    /// `StartingPosition`. `AtTimestamp` is each partition's first record that is not older.
    pub start: StartPosition,
    /// Pause between reads of a partition that has nothing new.
    pub idle_poll: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            batch_size: 100,
            batch_window: Duration::from_millis(500),
            consumers: 1,
            provisioned_mode: true,
            maximum_retry_attempts: UNLIMITED,
            maximum_record_age_s: UNLIMITED,
            bisect_batch_on_function_error: false,
            report_batch_item_failures: true,
            function_timeout: FUNCTION_TIMEOUT_MAX,
            start: StartPosition::TrimHorizon,
            idle_poll: Duration::from_millis(200),
        }
    }
}

/// Settings within their limits. Made by [`Settings::check`] alone.
#[derive(Debug, Clone)]
pub struct CheckedSettings {
    /// Its bytes are those of a whole invocation; the mapping takes the event's frame off.
    pub(crate) limits: Limits,
    pub(crate) consumers: usize,
    pub(crate) report_batch_item_failures: bool,
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
    /// Outside 1 to 2,000.
    #[error("consumers: 1 to {CONSUMERS_MAX} expected")]
    Consumers,
    /// Outside −1 to 10,000.
    #[error("maximum retry attempts: -1 to {RETRY_ATTEMPTS_MAX} expected")]
    MaximumRetryAttempts,
    /// Outside −1 to 604,800.
    #[error("maximum record age: -1 to {RECORD_AGE_S_MAX} s expected")]
    MaximumRecordAge,
    /// Retries, age, bisecting or reporting without provisioned mode.
    #[error("retries, record age, bisecting and reporting need provisioned mode")]
    NeedsProvisionedMode,
    /// Nothing, or above 14 minutes.
    #[error("function timeout: more than 0, at most {} s expected", FUNCTION_TIMEOUT_MAX.as_secs())]
    FunctionTimeout,
    /// A pause of nothing would read an idle partition without end.
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
                batch_bytes_max: INVOCATION_BYTES_MAX,
                batch_window: self.batch_window,
                bisect: self.bisect_batch_on_function_error,
                retries_max: u32::try_from(self.maximum_retry_attempts).ok(),
                record_age_max: record_age_max(self.maximum_record_age_s),
            },
            consumers: self.consumers as usize,
            report_batch_item_failures: self.report_batch_item_failures,
            function_timeout: self.function_timeout,
            start: self.start,
            idle_poll: self.idle_poll,
        })
    }

    fn problems(&self) -> Vec<SettingsProblem> {
        use SettingsProblem as P;
        let retries = UNLIMITED..=RETRY_ATTEMPTS_MAX;
        let age = UNLIMITED..=RECORD_AGE_S_MAX;
        let found = [
            (!(1..=BATCH_SIZE_MAX).contains(&self.batch_size), P::BatchSize),
            (self.batch_window > BATCH_WINDOW_MAX, P::BatchWindow),
            (!(1..=CONSUMERS_MAX).contains(&self.consumers), P::Consumers),
            (!retries.contains(&self.maximum_retry_attempts), P::MaximumRetryAttempts),
            (!age.contains(&self.maximum_record_age_s), P::MaximumRecordAge),
            (!self.provisioned_mode && self.handles_errors(), P::NeedsProvisionedMode),
            (
                self.function_timeout.is_zero() || self.function_timeout > FUNCTION_TIMEOUT_MAX,
                P::FunctionTimeout,
            ),
            (self.idle_poll.is_zero(), P::IdlePoll),
        ];
        found.into_iter().filter_map(|(wrong, problem)| wrong.then_some(problem)).collect()
    }

    /// Anything but AWS's default of retrying the whole batch for ever.
    fn handles_errors(&self) -> bool {
        self.maximum_retry_attempts != UNLIMITED
            || self.maximum_record_age_s != UNLIMITED
            || self.bisect_batch_on_function_error
            || self.report_batch_item_failures
    }
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
        check(|s| (s.consumers, s.batch_window) = (2_000, Duration::ZERO), &[]);
        check(|s| s.function_timeout = Duration::from_secs(840), &[]);
        check(|s| (s.provisioned_mode, s.report_batch_item_failures) = (false, false), &[]);
    }

    #[test]
    fn what_lies_beyond_them_is_refused() {
        check(|s| s.batch_size = 0, &[P::BatchSize]);
        check(|s| s.batch_size = 10_001, &[P::BatchSize]);
        check(|s| s.batch_window = Duration::from_millis(300_001), &[P::BatchWindow]);
        check(|s| s.consumers = 0, &[P::Consumers]);
        check(|s| s.consumers = 2_001, &[P::Consumers]);
        check(|s| s.maximum_retry_attempts = -2, &[P::MaximumRetryAttempts]);
        check(|s| s.maximum_retry_attempts = 10_001, &[P::MaximumRetryAttempts]);
        check(|s| s.maximum_record_age_s = 604_801, &[P::MaximumRecordAge]);
        check(|s| s.idle_poll = Duration::ZERO, &[P::IdlePoll]);
        check(|s| s.function_timeout = Duration::ZERO, &[P::FunctionTimeout]);
        check(|s| s.function_timeout = Duration::from_secs(841), &[P::FunctionTimeout]);
    }

    #[test]
    fn handling_errors_needs_provisioned_mode() {
        let changes: [fn(&mut Settings); 4] = [
            |s| s.maximum_retry_attempts = 3,
            |s| s.maximum_record_age_s = 60,
            |s| s.bisect_batch_on_function_error = true,
            |s| s.report_batch_item_failures = true,
        ];
        for change in changes {
            let on_demand = |s: &mut Settings| {
                (s.provisioned_mode, s.report_batch_item_failures) = (false, false);
                change(s);
            };
            check(on_demand, &[P::NeedsProvisionedMode]);
        }
    }

    #[test]
    fn every_problem_is_reported_together() {
        check(
            |s| (s.batch_size, s.provisioned_mode) = (0, false),
            &[P::BatchSize, P::NeedsProvisionedMode],
        );
    }
}
