//! Less of a value: the beginning of a text, the year of a date, the bucket of a number.

use jiff::civil::Date;

use super::{Scalar, Unfit, write_as};
use crate::{json::write_string, rules::Truncate};

/// Most digits of a number that goes into a bucket: what an `i128` holds.
const DIGITS_MAX: usize = 38;

pub(super) fn write(truncate: Truncate, json: &str, out: &mut String) -> Result<(), Unfit> {
    let scalar = Scalar::of(json, "truncate", "text and numbers")?;
    match truncate {
        Truncate::Characters(most) => {
            let text = scalar.text("truncate to characters")?;
            let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
            write_string(out, &text[..end]);
        }
        Truncate::ToYear | Truncate::ToMonth if is_plain_date(json) => {
            let kept = if truncate == Truncate::ToYear { "-01-01\"" } else { "-01\"" };
            out.push_str(&json[..YEAR_TO_DAY - kept.len()]);
            out.push_str(kept);
        }
        Truncate::ToYear => write_string(out, &date(&scalar.text("truncate to a year")?, false)?),
        Truncate::ToMonth => write_string(out, &date(&scalar.text("truncate to a month")?, true)?),
        Truncate::Bucket(bucket) => {
            let number: &str = match &scalar {
                Scalar::Text(text) => text,
                Scalar::Number(number) => number,
            };
            let floor =
                floor(number, bucket).ok_or(Unfit::NotA("a number of at most 38 digits"))?;
            write_as(&scalar, &floor, out);
        }
    }
    Ok(())
}

/// Bytes of a date of four digits' year, with its quotes.
const YEAR_TO_DAY: usize = "\"2016-05-13\"".len();

/// Whether it is a date and nothing else, with a year of four digits, as most are.
fn is_plain_date(json: &str) -> bool {
    let &[b'"', y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'"'] = json.as_bytes() else {
        return false;
    };
    let digits = [y1, y2, y3, y4, m1, m2, d1, d2].map(|byte| byte.wrapping_sub(b'0'));
    let two = |tens: u8, ones: u8| i8::try_from(tens * 10 + ones).unwrap_or_default();
    digits.iter().all(|digit| *digit < 10) && {
        let [y1, y2, y3, y4, m1, m2, d1, d2] = digits;
        let year = i16::from(two(y1, y2)) * 100 + i16::from(two(y3, y4));
        Date::new(year, two(m1, m2), two(d1, d2)).is_ok()
    }
}

/// The first day of the date's year or month; of a timestamp, at midnight of its own zone.
fn date(text: &str, month: bool) -> Result<String, Unfit> {
    let not_a_date = Unfit::NotA("a date such as 2016-05-13, or one with a time behind it");
    let (day, time) = match text.split_once(['T', 't', ' ']) {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let parsed: Date = day.parse().map_err(|_| not_a_date.clone())?;
    // The way it is written stays: years of five digits, a sign.
    let (rest, _) = day.rsplit_once('-').ok_or(not_a_date.clone())?;
    let (year, _) = rest.rsplit_once('-').ok_or(not_a_date.clone())?;
    let month = if month { parsed.month() } else { 1 };
    let Some(time) = time else { return Ok(format!("{year}-{month:02}-01")) };
    let zone = time.find(['Z', 'z', '+', '-']).map_or("", |at| &time[at..]);
    let clock = &time[..time.len() - zone.len()];
    let plain =
        |text: &str, marks: &str| text.chars().all(|it| it.is_ascii_digit() || marks.contains(it));
    let is_zone = zone.is_empty() || zone.eq_ignore_ascii_case("Z") || plain(&zone[1..], ":");
    if clock.trim_end().is_empty() || !plain(clock.trim_end(), ":.,") || !is_zone {
        return Err(not_a_date);
    }
    let separator = &text[day.len()..=day.len()];
    Ok(format!("{year}-{month:02}-01{separator}00:00:00{zone}"))
}

/// The largest multiple of `bucket` that is not above the number.
fn floor(number: &str, bucket: u64) -> Option<String> {
    let (negative, digits) = match number.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, number),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    if whole.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let point = i64::try_from(whole.len()).ok()? + i64::from(exponent);
    let end = usize::try_from(point.max(0)).ok()?;
    let whole = all.get(..end).map_or_else(|| padded(&all, end), |whole| Some(whole.to_owned()))?;
    let rest = all.get(end..).is_some_and(|rest| rest.bytes().any(|digit| digit != b'0'));
    let whole = whole.trim_start_matches('0');
    if whole.len() > DIGITS_MAX {
        return None;
    }
    let whole: u128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let bucket = u128::from(bucket);
    let floor = if negative {
        (whole + u128::from(rest)).div_ceil(bucket) * bucket
    } else {
        whole / bucket * bucket
    };
    let sign = if negative && floor > 0 { "-" } else { "" };
    Some(format!("{sign}{floor}"))
}

/// The digits, with zeros behind them up to that many.
fn padded(digits: &str, length: usize) -> Option<String> {
    let zero = digits.bytes().all(|digit| digit == b'0');
    let fits = zero || length <= DIGITS_MAX + digits.len();
    fits.then(|| if zero { "0".to_owned() } else { format!("{digits:0<length$}") })
}
