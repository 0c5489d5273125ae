//! The event's time: the best clock that can be believed.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};

use crate::event::{Reading, SourceTime, TimeFrom};

/// How far a producer's clock may run ahead of the stream's. Whoever writes to the stream can write
/// any time; one from the future would make every later change look stale.
const AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);

/// A time as it is published, and whose it is.
pub(crate) struct Stamp<'e> {
    /// RFC 3339 in UTC, in the source's own precision.
    pub(crate) text: Cow<'e, str>,
    pub(crate) from: TimeFrom,
}

/// The best of the source's times that can be read and lies neither before 1970 nor ahead of the
/// arrival, else the arrival.
pub(crate) fn stamp<'e>(times: &'e [Option<SourceTime<'_>>], arrived: Timestamp) -> Stamp<'e> {
    let believed = times.iter().flatten().find_map(|time| {
        let (instant, text) = read(&time.reading)?;
        is_believable(instant, arrived).then_some(Stamp { text, from: time.from })
    });
    believed
        .unwrap_or_else(|| Stamp { text: format!("{arrived:.3}").into(), from: TimeFrom::Arrival })
}

/// Whether a source's clock can have shown that: not before 1970, nor ahead of the arrival.
pub(super) fn is_believable(instant: Timestamp, arrived: Timestamp) -> bool {
    let latest = arrived.checked_add(AHEAD_MAX).unwrap_or(Timestamp::MAX);
    (Timestamp::UNIX_EPOCH..=latest).contains(&instant)
}

fn read<'e>(reading: &'e Reading<'_>) -> Option<(Timestamp, Cow<'e, str>)> {
    match reading {
        Reading::Rfc3339(text) => {
            let instant: Timestamp = text.parse().ok()?;
            if is_canonical(text) {
                return Some((instant, Cow::Borrowed(text)));
            }
            let digits = fraction_digits(text);
            Some((instant, format!("{instant:.digits$}").into()))
        }
        Reading::Epoch { units, digits } => {
            let instant = match digits {
                0 => Timestamp::from_second(*units),
                3 => Timestamp::from_millisecond(*units),
                6 => Timestamp::from_microsecond(*units),
                _ => Timestamp::from_nanosecond(i128::from(*units)),
            };
            let instant = instant.ok()?;
            let digits = usize::from(*digits);
            Some((instant, format!("{instant:.digits$}").into()))
        }
    }
}

/// The number of digits behind the point of the seconds, at most nine.
fn fraction_digits(text: &str) -> usize {
    let fraction = text.split_once(['.', ',']).map_or("", |(_, fraction)| fraction);
    fraction.bytes().take_while(u8::is_ascii_digit).count().min(9)
}

/// `2024-01-15T10:30:00[.123456]Z`, which is published as it stands.
fn is_canonical(text: &str) -> bool {
    const PATTERN: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    let Some((head, tail)) = text.as_bytes().split_at_checked(PATTERN.len()) else { return false };
    let fits = |(byte, pattern): (&u8, &u8)| match pattern {
        b'd' => byte.is_ascii_digit(),
        literal => byte == literal,
    };
    let fraction = match tail {
        [b'Z'] => return head.iter().zip(PATTERN).all(fits),
        [b'.', fraction @ .., b'Z'] => fraction,
        _ => return false,
    };
    (1..=9).contains(&fraction.len())
        && fraction.iter().all(u8::is_ascii_digit)
        && head.iter().zip(PATTERN).all(fits)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn check(reading: Reading<'_>, text: &str, from: TimeFrom) {
        let time = SourceTime { from: TimeFrom::Commit, reading };
        let times = [Some(time)];
        let stamp = stamp(&times, "2024-06-01T00:00:00.5Z".parse().unwrap());
        assert_eq!((&*stamp.text, stamp.from), (text, from));
    }

    #[test]
    fn times_keep_the_precision_of_their_source() {
        let text = |text| Reading::Rfc3339(Cow::Borrowed(text));
        for canonical in
            ["2024-01-15T10:30:00Z", "2024-01-15T10:30:00.1Z", "2024-01-15T10:30:00.123456789Z"]
        {
            check(text(canonical), canonical, TimeFrom::Commit);
        }
        check(text("2024-01-15T12:30:00.120+02:00"), "2024-01-15T10:30:00.120Z", TimeFrom::Commit);
        check(text("2024-01-15 10:30:00z"), "2024-01-15T10:30:00Z", TimeFrom::Commit);
        let epoch = |units, digits| Reading::Epoch { units, digits };
        check(epoch(1_705_314_600_120, 3), "2024-01-15T10:30:00.120Z", TimeFrom::Commit);
        check(epoch(1_705_314_600_120_001, 6), "2024-01-15T10:30:00.120001Z", TimeFrom::Commit);
        check(
            epoch(1_705_314_600_120_001_002, 9),
            "2024-01-15T10:30:00.120001002Z",
            TimeFrom::Commit,
        );
    }

    #[test]
    fn what_cannot_be_read_or_believed_gives_way_to_the_arrival() {
        let arrival = "2024-06-01T00:00:00.500Z";
        for text in [
            "",
            "yesterday",
            "2024-02-30T00:00:00Z",
            "2024-06-01T00:05:01Z",
            "9999-01-01T00:00:00Z",
            "-009998-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
        ] {
            check(Reading::Rfc3339(Cow::Borrowed(text)), arrival, TimeFrom::Arrival);
        }
        check(Reading::Epoch { units: i64::MAX, digits: 3 }, arrival, TimeFrom::Arrival);
        check(
            Reading::Rfc3339("2024-06-01T00:05:00Z".into()),
            "2024-06-01T00:05:00Z",
            TimeFrom::Commit,
        );
        assert_eq!(
            stamp(&[None], "2024-06-01T00:00:00Z".parse().unwrap()).text,
            "2024-06-01T00:00:00.000Z"
        );
    }
}
