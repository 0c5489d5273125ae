//! Sequence numbers: a record's place in its shard.
//!
//! Kinesis numbers are decimal and up to 129 digits wide, too wide for `u128` and for DynamoDB's
//! numbers, and they sort wrongly as text. [`SequenceNumber`] is parsed once, compared by width and
//! then by digits, and written with a length prefix wherever text order has to be numeric order.

use std::{cmp::Ordering, fmt};

/// Kinesis documents `0|([1-9]\d{0,128})` for sequence numbers.
pub const SEQUENCE_DIGITS_MAX: usize = 129;

/// Decimal, no leading zeros, at most [`SEQUENCE_DIGITS_MAX`] digits; ordered by width, then digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SequenceNumber(Box<str>);

/// Text that is not a sequence number. The text itself is not repeated: it is input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a sequence number: 1 to {SEQUENCE_DIGITS_MAX} decimal digits without leading zeros expected"
)]
pub struct NotASequenceNumber;

impl SequenceNumber {
    /// Parses a sequence number as Kinesis writes it.
    ///
    /// # Errors
    /// [`NotASequenceNumber`] for anything but 1 to 129 digits without a leading zero.
    pub fn parse(text: &str) -> Result<Self, NotASequenceNumber> {
        let digits = text.as_bytes();
        let well_formed = !digits.is_empty()
            && digits.len() <= SEQUENCE_DIGITS_MAX
            && digits.iter().all(u8::is_ascii_digit)
            && (digits[0] != b'0' || digits.len() == 1);
        if well_formed { Ok(Self(text.into())) } else { Err(NotASequenceNumber) }
    }

    /// The digits as the stream wrote them.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits behind their three-digit count, so that text order is numeric order:
    /// `5` is `001:5`, a 56-digit number `056:4959…`.
    #[must_use]
    pub fn prefixed(&self) -> String {
        format!("{:03}:{}", self.0.len(), self.0)
    }
}

impl From<u64> for SequenceNumber {
    fn from(number: u64) -> Self {
        Self(number.to_string().into())
    }
}

impl Ord for SequenceNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for SequenceNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::SequenceNumber;

    #[test]
    fn numbers_compare_by_width_then_digits() {
        let wide = "9".repeat(129);
        let ascending =
            ["0", "9", "10", "99", "100", "340282366920938463463374607431768211456", &wide];
        for pair in ascending.windows(2) {
            let (a, b) =
                (SequenceNumber::parse(pair[0]).unwrap(), SequenceNumber::parse(pair[1]).unwrap());
            assert!(a < b && a.prefixed() < b.prefixed(), "{a} < {b}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let too_wide = "1".repeat(130);
        for text in ["", "01", "-1", "+1", "1.0", "1e3", " 1", "a", "１", &too_wide] {
            assert!(SequenceNumber::parse(text).is_err(), "{text:?}");
        }
    }
}
