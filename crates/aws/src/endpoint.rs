//! Where calls may go: AWS itself, or this machine.
//!
//! An environment variable must not be able to send events elsewhere, so regions and endpoints are
//! parsed here and nothing else reaches the SDK. "Below amazonaws.com" would not do: anybody can
//! rent a name there (API gateways, buckets, load balancers), certificate included. So an AWS
//! endpoint has to be one of the services that are called, in the region of the function.

use std::{fmt, net::IpAddr};

use http::Uri;

/// The services that are called, by the first label of their host name.
const SERVICES: [&str; 6] = ["dynamodb", "events", "kinesis", "s3", "secretsmanager", "sqs"];

/// Where AWS' public endpoints live (commercial and GovCloud regions; China).
const AWS_SUFFIXES: [&str; 2] = ["amazonaws.com", "amazonaws.com.cn"];

/// Longest region name that is taken; the longest known has 16 characters.
const REGION_CHARS_MAX: usize = 32;

/// An AWS region's name, such as `eu-central-1`. The SDK builds host names of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region(Box<str>);

/// Text that is not a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a region: a name such as eu-central-1 is expected")]
pub struct NotARegion;

impl Region {
    /// Parses a region's name: words of lower-case letters, at least two, then a number, joined by
    /// hyphens.
    ///
    /// # Errors
    /// [`NotARegion`] for anything else.
    pub fn parse(text: &str) -> Result<Self, NotARegion> {
        let is_word = |part: &str| part.len() >= 2 && part.bytes().all(|b| b.is_ascii_lowercase());
        let (words, number) = text.rsplit_once('-').ok_or(NotARegion)?;
        let well_formed = text.len() <= REGION_CHARS_MAX
            && words.contains('-')
            && words.split('-').all(is_word)
            && !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit());
        if well_formed { Ok(Self(text.into())) } else { Err(NotARegion) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An endpoint that calls may go to instead of the region's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    url: String,
    loopback: bool,
}

/// Why an endpoint is refused. The value is not repeated: it may carry credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Not an absolute address.
    #[error("not an http:// or https:// address; {EXPECTED}")]
    NotAnAddress,
    /// Something besides scheme, host and port.
    #[error("an endpoint has scheme, host and port only (no user, path or query); {EXPECTED}")]
    MoreThanAHost,
    /// Plain http to another machine.
    #[error("http:// goes to this machine only; {EXPECTED}")]
    NotLoopback,
    /// https to a host that is not one of AWS' endpoints.
    #[error("the host is not an AWS endpoint of this region; {EXPECTED}")]
    NotAws,
}

const EXPECTED: &str = "expected is http://127.0.0.1:PORT (or [::1], localhost) for local use, or \
     https://SERVICE.REGION.amazonaws.com: events must reach AWS or stay on this machine";

impl Endpoint {
    /// Parses an endpoint: plain http on a loopback address, or https at a service that this
    /// crate calls, in `region`.
    ///
    /// # Errors
    /// [`EndpointError`] says what is wrong and what is expected.
    pub fn parse(text: &str, region: &Region) -> Result<Self, EndpointError> {
        let uri: Uri = text.trim().parse().map_err(|_| EndpointError::NotAnAddress)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(EndpointError::NotAnAddress);
        };
        if authority.as_str().contains('@') || uri.path() != "/" || uri.query().is_some() {
            return Err(EndpointError::MoreThanAHost);
        }
        let loopback = match scheme {
            "http" if is_loopback(authority.host()) => true,
            "http" => return Err(EndpointError::NotLoopback),
            "https" if is_aws(authority.as_str(), region) => false,
            "https" => return Err(EndpointError::NotAws),
            _ => return Err(EndpointError::NotAnAddress),
        };
        Ok(Self { url: format!("{scheme}://{authority}"), loopback })
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// The address, without a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.url
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Compares the whole authority, so that a port is refused along with a foreign host.
fn is_aws(authority: &str, region: &Region) -> bool {
    let authority = authority.to_ascii_lowercase();
    SERVICES.iter().any(|service| {
        AWS_SUFFIXES.iter().any(|suffix| authority == format!("{service}.{region}.{suffix}"))
    })
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, EndpointError, Region};

    #[test]
    fn only_this_machine_and_the_services_of_the_region_are_accepted() {
        use EndpointError::{MoreThanAHost, NotAnAddress, NotAws, NotLoopback};
        let accepted = |url: &str, loopback| Ok((url.to_owned(), loopback));
        for (text, expected) in [
            ("http://127.0.0.1:4566", accepted("http://127.0.0.1:4566", true)),
            ("http://127.0.0.1:4566/", accepted("http://127.0.0.1:4566", true)),
            (" http://localhost:1 ", accepted("http://localhost:1", true)),
            ("http://[::1]:4566", accepted("http://[::1]:4566", true)),
            ("http://127.9.9.9", accepted("http://127.9.9.9", true)),
            (
                "https://events.eu-west-1.amazonaws.com",
                accepted("https://events.eu-west-1.amazonaws.com", false),
            ),
            (
                "https://SQS.eu-west-1.amazonaws.com.cn",
                accepted("https://SQS.eu-west-1.amazonaws.com.cn", false),
            ),
            (
                "https://s3.eu-west-1.amazonaws.com",
                accepted("https://s3.eu-west-1.amazonaws.com", false),
            ),
            ("", Err(NotAnAddress)),
            ("127.0.0.1:4566", Err(NotAnAddress)),
            ("ftp://127.0.0.1", Err(NotAnAddress)),
            ("http://", Err(NotAnAddress)),
            ("http://192.168.0.1:4566", Err(NotLoopback)),
            ("http://0.0.0.0:4566", Err(NotLoopback)),
            ("http://127.0.0.1.evil.example", Err(NotLoopback)),
            ("http://localhost.evil.example", Err(NotLoopback)),
            ("http://events.eu-west-1.amazonaws.com", Err(NotLoopback)),
            ("http://127.0.0.1@evil.example", Err(MoreThanAHost)),
            ("http://127.0.0.1:4566/x", Err(MoreThanAHost)),
            ("http://127.0.0.1?x", Err(MoreThanAHost)),
            ("https://events.eu-west-1.amazonaws.com@evil.example", Err(MoreThanAHost)),
            ("https://127.0.0.1", Err(NotAws)),
            ("https://evil.example", Err(NotAws)),
            ("https://amazonaws.com", Err(NotAws)),
            ("https://evilamazonaws.com", Err(NotAws)),
            ("https://events.eu-west-1.amazonaws.com.evil.example", Err(NotAws)),
            ("https://events.eu-west-1.amazonaws.com:8443", Err(NotAws)),
            ("https://events.us-east-1.amazonaws.com", Err(NotAws)),
            ("https://x1.execute-api.eu-west-1.amazonaws.com", Err(NotAws)),
            ("https://events.s3.amazonaws.com", Err(NotAws)),
            ("https://evil.s3.eu-west-1.amazonaws.com", Err(NotAws)),
            ("https://events.s3-eu-west-1.amazonaws.com", Err(NotAws)),
        ] {
            let region = Region::parse("eu-west-1").unwrap();
            let found = Endpoint::parse(text, &region)
                .map(|endpoint| (endpoint.as_str().to_owned(), endpoint.is_loopback()));
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn a_region_is_a_region() {
        for name in ["us-east-1", "us-gov-west-1", "ap-southeast-5", "eusc-de-east-1"] {
            assert_eq!(Region::parse(name).unwrap().as_str(), name);
        }
        for text in [
            "",
            "us",
            "us-east",
            "us-1",
            "us-east-",
            "s3-us-west-2",
            "US-EAST-1",
            "us-east-1.x",
            "x@us-east-1",
        ] {
            assert!(Region::parse(text).is_err(), "{text:?}");
        }
    }
}
