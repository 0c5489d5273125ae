//! The keys of documents in a bucket.
//!
//! Lambda names an object by mapping, shard and time, so that documents of one shard lie in the order in
//! which they were given up. Whoever may write chooses the key: it only spares reading what a filter
//! would not take.

use jiff::{Timestamp, civil::DateTime, tz::Offset};

/// Where Lambda puts them.
pub const DOCUMENTS_PREFIX: &str = "aws/lambda/";

/// Where those lie that were put aside: under this, with the key they had. Nothing lists them.
pub const PARKED_PREFIX: &str = "parked/";

/// What a key says, where it is as Lambda writes it:
/// `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<uuid>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentKey<'k> {
    /// The shard's id.
    pub shard: &'k str,
    /// When the mapping gave up, to the second.
    pub given_up: Timestamp,
}

impl<'k> DocumentKey<'k> {
    /// Reads a key; none where it is not as Lambda writes it.
    #[must_use]
    pub fn read(key: &'k str) -> Option<Self> {
        let mut parts = key.strip_prefix(DOCUMENTS_PREFIX)?.split('/');
        let (_mapping, shard) = (parts.next()?, parts.next()?);
        let _day = (parts.next()?, parts.next()?, parts.next()?);
        let name = parts.next()?;
        if parts.next().is_some() {
            return None;
        }
        let time = name.get(.."YYYY-MM-DDTHH.MM.SS".len())?;
        let time = DateTime::strptime("%Y-%m-%dT%H.%M.%S", time).ok()?;
        let given_up = Offset::UTC.to_timestamp(time).ok()?;
        Some(Self { shard, given_up })
    }
}

/// Where a document is put aside.
#[must_use]
pub fn parked_key(key: &str) -> String {
    format!("{PARKED_PREFIX}{key}")
}

#[cfg(test)]
mod tests {
    use super::{DocumentKey, parked_key};

    #[test]
    fn a_key_tells_shard_and_time_where_it_is_as_lambda_writes_it() {
        let key = "aws/lambda/6f8a1b2c-0000-4000-8000-000000000001/shardId-000000000003/2024/01/15/\
                   2024-01-15T10.30.07-9d2f3c4e-0000-4000-8000-000000000002";
        let read = DocumentKey::read(key).unwrap();
        assert_eq!(read.shard, "shardId-000000000003");
        assert_eq!(read.given_up, "2024-01-15T10:30:07Z".parse().unwrap());
        assert_eq!(DocumentKey::read(&parked_key(key)), None);
        for other in [
            "",
            "aws/lambda/",
            "aws/lambda/m/s/2024/01/15/2024-01-15T10.30",
            "aws/lambda/m/s/2024/01/15/2024-13-15T10.30.07-x",
            "aws/lambda/m/s/2024/01/15/2024-01-15T10.30.07-x/y",
            "aws/lambda/m/s/2024/01/15/2024-01-15T10.30.0é",
            "aws/lambda/s/2024/01/15/2024-01-15T10.30.07-x",
            "other/lambda/m/s/2024/01/15/2024-01-15T10.30.07-x",
        ] {
            assert_eq!(DocumentKey::read(other), None, "{other}");
        }
    }
}
