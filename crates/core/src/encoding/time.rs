//! Counts of days and of parts of a second, as ISO 8601 writes them.

use jiff::{
    SignedDuration, Timestamp,
    civil::{self, Time},
    tz::TimeZone,
};

/// The day that counts start from.
const EPOCH: civil::Date = civil::date(1970, 1, 1);

/// Nanoseconds of a day.
const DAY_NS: i128 = 86_400_000_000_000;

/// The date so many days after 1970 began.
pub(super) fn date(days: i64) -> Option<String> {
    let hours = days.checked_mul(24)?;
    let date = EPOCH.checked_add(SignedDuration::try_from_hours(hours)?).ok()?;
    Some(format!("\"{date}\""))
}

/// The time of day so many units after midnight.
pub(super) fn time(units: i64, digits: u8) -> Option<String> {
    let of_day = nanoseconds(units, digits)?;
    if !(0..DAY_NS).contains(&of_day) {
        return None;
    }
    let since = SignedDuration::from_nanos(i64::try_from(of_day).ok()?);
    let time = Time::midnight().checked_add(since).ok()?;
    let digits = usize::from(digits);
    Some(format!("\"{time:.digits$}\""))
}

/// The local date and time so many units after 1970 began. It has no zone: the source does not tell
/// one.
pub(super) fn timestamp(units: i64, digits: u8) -> Option<String> {
    let instant = Timestamp::from_nanosecond(nanoseconds(units, digits)?).ok()?;
    let local = TimeZone::UTC.to_datetime(instant);
    let digits = usize::from(digits);
    Some(format!("\"{local:.digits$}\""))
}

/// Whether the text is a date.
pub(super) fn is_date(text: &str) -> bool {
    text.parse::<civil::Date>().is_ok()
}

/// Whether the text is a time of day.
pub(super) fn is_time(text: &str) -> bool {
    text.parse::<Time>().is_ok()
}

/// Whether the text is a date and time, with a zone or without.
pub(super) fn is_timestamp(text: &str) -> bool {
    text.parse::<Timestamp>().is_ok() || text.parse::<civil::DateTime>().is_ok()
}

fn nanoseconds(units: i64, digits: u8) -> Option<i128> {
    let exponent = 9u32.checked_sub(u32::from(digits))?;
    Some(i128::from(units) * 10i128.pow(exponent))
}
