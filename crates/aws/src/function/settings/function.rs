//! The one function whose on-failure documents are taken.

use crate::endpoint::Region;

use super::parse::is_named;

/// Longest name of a function (Lambda).
const FUNCTION_CHARS_MAX: usize = 64;

/// The configured function: by its name, in the function's own region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredFunction {
    name: String,
    region: Region,
}

impl ConfiguredFunction {
    /// A function by its name, in that region.
    ///
    /// # Errors
    /// A text that says what is expected.
    pub fn named(name: &str, region: &Region) -> Result<Self, String> {
        if is_named(name, b"_-", FUNCTION_CHARS_MAX) {
            Ok(Self { name: name.to_owned(), region: region.clone() })
        } else {
            Err("a function's name is expected (up to 64 letters, digits and _-), not an ARN"
                .to_owned())
        }
    }

    /// Whether an ARN is its, or one of its versions' or aliases':
    /// `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, perhaps with `:QUALIFIER` behind it.
    #[must_use]
    pub fn is(&self, arn: &str) -> bool {
        let mut parts = arn.split(':');
        let mut next = || parts.next().unwrap_or_default();
        let (is_arn, partition, service, region) = (next() == "arn", next(), next(), next());
        let (account, kind, name) = (next(), next(), next());
        let qualifiers = parts.count();
        is_arn
            && partition.starts_with("aws")
            && service == "lambda"
            && region == self.region.as_str()
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && kind == "function"
            && name == self.name
            && qualifiers <= 1
    }
}

#[cfg(test)]
mod tests {
    use super::ConfiguredFunction;
    use crate::endpoint::Region;

    #[test]
    fn only_the_configured_function_is_it() {
        let region = Region::parse("eu-west-1").unwrap();
        let function = ConfiguredFunction::named("cdc-processor", &region).unwrap();
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:cdc-processor";
        for (found, expected) in [
            (arn, true),
            (&format!("{arn}:live"), true),
            (&format!("{arn}:$LATEST"), true),
            (&format!("{arn}:1:2"), false),
            (&format!("{arn}2"), false),
            ("arn:aws:lambda:us-east-1:123456789012:function:cdc-processor", false),
            ("arn:aws:lambda:eu-west-1:12345678901x:function:cdc-processor", false),
            ("arn:aws:lambda:eu-west-1:123456789012:layer:cdc-processor", false),
            ("arn:aws:kinesis:eu-west-1:123456789012:function:cdc-processor", false),
            ("cdc-processor", false),
            ("", false),
        ] {
            assert_eq!(function.is(found), expected, "{found}");
        }
        for name in ["", "a.b", arn, &"a".repeat(65)] {
            assert!(ConfiguredFunction::named(name, &region).is_err(), "{name}");
        }
    }
}
