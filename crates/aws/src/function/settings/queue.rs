//! The one queue whose messages the function takes.

use cdc_core::record::{FIFO_QUEUE, STANDARD_QUEUE, Shard};

use super::parse::is_named;
use crate::endpoint::Region;

/// Longest name of a queue (SQS), with the ending of a FIFO queue.
const QUEUE_CHARS_MAX: usize = 80;

/// What the name of a FIFO queue ends with (SQS).
const FIFO_SUFFIX: &str = ".fifo";

/// The configured queue, by its ARN: a message's own has to be the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredQueue {
    arn: String,
}

impl ConfiguredQueue {
    /// A queue by its ARN, which has to lie in that region.
    ///
    /// # Errors
    /// A text that says what is expected.
    pub fn exactly(arn: &str, region: &Region) -> Result<Self, String> {
        let found = region_of(arn)
            .ok_or("not a queue's ARN: arn:aws:sqs:REGION:ACCOUNT:NAME is expected")?;
        if found != region.as_str() {
            return Err(format!("the queue lies in another region than {region}"));
        }
        Ok(Self { arn: arn.to_owned() })
    }

    /// The queue's ARN.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// Whether its messages have groups, and an order in them.
    #[must_use]
    pub fn is_fifo(&self) -> bool {
        self.arn.ends_with(FIFO_SUFFIX)
    }

    /// Where its records come from.
    #[must_use]
    pub fn shard(&self) -> Shard {
        let id = if self.is_fifo() { FIFO_QUEUE } else { STANDARD_QUEUE };
        Shard { stream_arn: self.arn.as_str().into(), id: id.into() }
    }
}

/// The region of `arn:aws:sqs:REGION:ACCOUNT:NAME`.
fn region_of(arn: &str) -> Option<&str> {
    let parts: [&str; 6] = arn.split(':').collect::<Vec<_>>().try_into().ok()?;
    let [prefix, partition, service, region, account, name] = parts;
    let base = name.strip_suffix(FIFO_SUFFIX).unwrap_or(name);
    let well_formed = prefix == "arn"
        && partition.starts_with("aws")
        && service == "sqs"
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && name.len() <= QUEUE_CHARS_MAX
        && is_named(base, b"_-", QUEUE_CHARS_MAX);
    well_formed.then_some(region)
}

#[cfg(test)]
mod tests {
    use super::ConfiguredQueue;
    use crate::endpoint::Region;

    #[test]
    fn a_queue_is_known_by_its_arn() {
        let region = Region::parse("eu-west-1").unwrap();
        let rows = "arn:aws:sqs:eu-west-1:123456789012:rows";
        for (arn, expected) in [
            (rows, Ok(false)),
            (&format!("{rows}.fifo"), Ok(true)),
            (&rows.replace("eu-", "us-"), Err("another region")),
            (&rows.replace(":rows", ":rows.x"), Err("not a queue's ARN")),
            (&rows.replace("sqs", "sns"), Err("not a queue's ARN")),
            (&rows.replace("123456789012", "1"), Err("not a queue's ARN")),
            (&format!("{rows}{}", "x".repeat(80)), Err("not a queue's ARN")),
            ("https://sqs.eu-west-1.amazonaws.com/123456789012/rows", Err("not a queue's ARN")),
        ] {
            match (ConfiguredQueue::exactly(arn, &region), expected) {
                (Ok(queue), Ok(fifo)) => {
                    let kind = if fifo { "fifo" } else { "standard" };
                    assert_eq!((queue.is_fifo(), &*queue.shard().id), (fifo, kind), "{arn}");
                }
                (Err(error), Err(text)) => assert!(error.contains(text), "{arn}: {error}"),
                (found, _) => panic!("{arn}: {found:?}"),
            }
        }
    }
}
