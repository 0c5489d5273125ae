//! The one stream whose records the function takes.

use crate::endpoint::Region;

/// Longest name of a stream (Kinesis).
const STREAM_NAME_CHARS_MAX: usize = 128;

/// The configured stream.
///
/// The name is what operators know, so the name is enough: a record's ARN has to end in it and to
/// lie in the function's region. Only a mapping delivers records, and it needs rights on its stream
/// by ARN; where a stream of the same name in another account has to be kept out as well,
/// `KINESIS_STREAM_ARN` makes the comparison exact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredStream {
    name: String,
    region: Region,
    arn: Option<String>,
}

/// The parts of a stream's ARN that count.
struct StreamArn<'a> {
    /// The ARN without what follows the name: with enhanced fan-out, it is the consumer's.
    arn: &'a str,
    region: &'a str,
    name: &'a str,
}

impl ConfiguredStream {
    /// A stream by its name, in that region.
    ///
    /// # Errors
    /// A text that says what is expected.
    pub fn named(name: &str, region: &Region) -> Result<Self, String> {
        if is_stream_name(name) {
            Ok(Self { name: name.to_owned(), region: region.clone(), arn: None })
        } else {
            Err("not a stream's name: up to 128 letters, digits and _.- are expected".to_owned())
        }
    }

    /// A stream by its ARN, which has to lie in that region.
    ///
    /// # Errors
    /// A text that says what is expected.
    pub fn exactly(arn: &str, region: &Region) -> Result<Self, String> {
        let parts = StreamArn::parse(arn)
            .filter(|parts| parts.arn == arn)
            .ok_or("not a stream's ARN: arn:aws:kinesis:REGION:ACCOUNT:stream/NAME is expected")?;
        if parts.region != region.as_str() {
            return Err(format!("the stream lies in another region than {region}"));
        }
        let stream = Self::named(parts.name, region)?;
        Ok(Self { arn: Some(arn.to_owned()), ..stream })
    }

    /// The stream's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The stream's ARN, where it is configured.
    #[must_use]
    pub fn arn(&self) -> Option<&str> {
        self.arn.as_deref()
    }

    /// The stream's ARN where `event_source_arn` is it or one of its consumers; `None` for any
    /// other stream.
    #[must_use]
    pub fn recognise<'a>(&self, event_source_arn: &'a str) -> Option<&'a str> {
        let found = StreamArn::parse(event_source_arn)?;
        let same = match &self.arn {
            Some(arn) => found.arn == arn,
            None => found.name == self.name && found.region == self.region.as_str(),
        };
        same.then_some(found.arn)
    }
}

impl<'a> StreamArn<'a> {
    /// `arn:aws:kinesis:REGION:ACCOUNT:stream/NAME`, perhaps with `/consumer/NAME:TIME` behind it.
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (arn, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        let rest = resource.strip_prefix("stream/")?;
        let (name, consumer) = rest.split_once('/').unwrap_or((rest, ""));
        let well_formed = arn == "arn"
            && partition.starts_with("aws")
            && service == "kinesis"
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && is_stream_name(name)
            && (rest == name || consumer.starts_with("consumer/"));
        let end = text.len() - rest.len() + name.len();
        well_formed.then_some(Self { arn: &text[..end], region, name })
    }
}

fn is_stream_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    !name.is_empty() && name.len() <= STREAM_NAME_CHARS_MAX && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::ConfiguredStream;
    use crate::endpoint::Region;

    const ARN: &str = "arn:aws:kinesis:eu-west-1:123456789012:stream/coredb";

    #[test]
    fn only_the_configured_stream_is_recognised() {
        let region = Region::parse("eu-west-1").unwrap();
        let named = ConfiguredStream::named("coredb", &region).unwrap();
        let exact = ConfiguredStream::exactly(ARN, &region).unwrap();
        let other_account = "arn:aws:kinesis:eu-west-1:210987654321:stream/coredb";
        for (found, by_name, by_arn) in [
            (ARN, Some(ARN), Some(ARN)),
            (&format!("{ARN}/consumer/fan:1700000000"), Some(ARN), Some(ARN)),
            (other_account, Some(other_account), None),
            ("arn:aws:kinesis:us-east-1:123456789012:stream/coredb", None, None),
            ("arn:aws:kinesis:eu-west-1:123456789012:stream/xcoredb", None, None),
            ("arn:aws:kinesis:eu-west-1:123456789012:stream/coredb2", None, None),
            ("arn:aws:kinesis:eu-west-1:123456789012:stream/x/coredb", None, None),
            ("arn:aws:kinesis:eu-west-1:123456789012:coredb", None, None),
            ("arn:aws:dynamodb:eu-west-1:123456789012:stream/coredb", None, None),
            ("arn:aws:kinesis:eu-west-1::stream/coredb", None, None),
            ("coredb", None, None),
            ("", None, None),
        ] {
            assert_eq!(named.recognise(found), by_name, "by name: {found}");
            assert_eq!(exact.recognise(found), by_arn, "by ARN: {found}");
        }
    }
}
