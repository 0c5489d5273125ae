//! One parser a kind of setting; each error says what is expected.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use cdc_core::{ledger::LedgerKeep, objects::BucketName};
use tracing::level_filters::LevelFilter;

use super::{LogFormat, reader::shown};
use crate::{
    endpoint::{Endpoint, Region},
    secrets::KeyReference,
};

// EventBridge allows `/` besides; an ARN is refused, so that a variable cannot name the bus of
// somebody else. Events for other accounts go there by a rule on our own bus.
const BUS_CHARS: &[u8] = b"/._-";
const BUS_CHARS_MAX: usize = 256;

const TABLE_CHARS: &[u8] = b"_.-";
const TABLE_CHARS_MAX: usize = 255;

const QUEUE_CHARS: &[u8] = b"_-";
const QUEUE_CHARS_MAX: usize = 80;

const REDACTION_STAYS: &str = "redaction cannot be switched off: the rules are compiled in, and no \
     environment variable sends unredacted rows anywhere; change config/tables and deploy, or \
     remove this variable";

/// A whole number within bounds.
///
/// # Errors
/// A text that says what is expected; so with all of these.
pub fn number<T>(text: &str, allowed: RangeInclusive<T>) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    let number = text.parse().ok().filter(|number| allowed.contains(number));
    let (low, high) = (allowed.start(), allowed.end());
    number.ok_or_else(|| {
        format!("a whole number from {low} to {high} is expected, found {}", shown(text))
    })
}

pub(super) fn region(text: &str) -> Result<Region, String> {
    Region::parse(text).map_err(|error| format!("{error}, found {}", shown(text)))
}

/// An endpoint on this machine. (Several services share the one setting, so no AWS endpoint can be
/// right.)
pub(super) fn loopback(text: &str, region: &Region) -> Result<Endpoint, String> {
    let endpoint = Endpoint::parse(text, region).map_err(|error| error.to_string())?;
    if endpoint.is_loopback() {
        return Ok(endpoint);
    }
    Err("for local use only, as http://127.0.0.1:PORT; remove it on AWS, where each service is \
         found by its region"
        .to_owned())
}

/// A bus's name.
pub(super) fn bus(text: &str) -> Result<String, String> {
    let expected = "a bus's name is expected (letters, digits and /._-), not an ARN; events for \
         other accounts go there by a rule on this bus";
    name(text, BUS_CHARS, BUS_CHARS_MAX, expected)
}

pub(super) fn event_source(text: &str) -> Result<String, String> {
    if text.starts_with("aws.") {
        return Err("sources that begin with aws. are AWS' own".to_owned());
    }
    name(text, BUS_CHARS, BUS_CHARS_MAX, "letters, digits and /._- are expected")
}

/// A table's name.
pub(super) fn table(text: &str) -> Result<String, String> {
    let expected = "a table's name is expected (letters, digits and _.-), not an ARN";
    name(text, TABLE_CHARS, TABLE_CHARS_MAX, expected)
}

/// A bucket's name.
pub(super) fn bucket(text: &str) -> Result<BucketName, String> {
    BucketName::parse(text).map_err(|error| format!("{error}, found {}", shown(text)))
}

/// A queue of the region or of this machine: `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`.
pub(super) fn queue_url(text: &str, region: &Region) -> Result<String, String> {
    let expected = || {
        format!(
            "https://sqs.{region}.amazonaws.com/ACCOUNT/NAME is expected (or http://127.0.0.1:PORT/ACCOUNT/NAME for local use)"
        )
    };
    let (host, queue) = split_url(text).ok_or_else(expected)?;
    let endpoint = Endpoint::parse(host, region).map_err(|_| expected())?;
    let (account, queue_name) = queue.split_once('/').ok_or_else(expected)?;
    if queue_name.ends_with(".fifo") {
        return Err("letters need a standard queue: they carry no message group".to_owned());
    }
    let is_sqs = endpoint.is_loopback() || host.starts_with("https://sqs.");
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = is_named(queue_name, QUEUE_CHARS, QUEUE_CHARS_MAX);
    if is_sqs && is_account && is_name { Ok(text.to_owned()) } else { Err(expected()) }
}

/// Where the id key lies.
pub(super) fn id_key(text: &str, region: &Region) -> Result<KeyReference, String> {
    KeyReference::parse(text, region).map_err(|error| error.to_string())
}

/// Only present to be refused when somebody tries it.
pub(super) fn redaction(text: &str) -> Result<(), String> {
    match text {
        "true" => Ok(()),
        "false" => Err(REDACTION_STAYS.to_owned()),
        _ => Err(format!("true is expected, found {}", shown(text))),
    }
}

/// `all` or `failures`.
///
/// # Errors
/// A text that says what is expected.
pub fn ledger_keep(text: &str) -> Result<LedgerKeep, String> {
    match text {
        "all" => Ok(LedgerKeep::All),
        "failures" => Ok(LedgerKeep::Failures),
        _ => Err(format!("all or failures is expected, found {}", shown(text))),
    }
}

/// `none` or `some`: whether the mapping has an event filter.
pub(super) fn mapping_filter(text: &str) -> Result<bool, String> {
    match text {
        "none" => Ok(false),
        "some" => Ok(true),
        _ => Err(format!("none or some is expected, found {}", shown(text))),
    }
}

/// Lambda's levels; FATAL is what it has above ERROR.
pub(super) fn log_level(text: &str) -> Result<LevelFilter, String> {
    match text.to_ascii_uppercase().as_str() {
        "TRACE" => Ok(LevelFilter::TRACE),
        "DEBUG" => Ok(LevelFilter::DEBUG),
        "INFO" => Ok(LevelFilter::INFO),
        "WARN" => Ok(LevelFilter::WARN),
        "ERROR" | "FATAL" => Ok(LevelFilter::ERROR),
        _ => Err(format!("TRACE, DEBUG, INFO, WARN or ERROR is expected, found {}", shown(text))),
    }
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "JSON" => Ok(LogFormat::Json),
        "Text" => Ok(LogFormat::Text),
        _ => Err(format!("JSON or Text is expected, found {}", shown(text))),
    }
}

/// Scheme with host, and the path without its first slash.
fn split_url(text: &str) -> Option<(&str, &str)> {
    let host_from = text.find("://")? + "://".len();
    let host_to = host_from + text[host_from..].find('/')?;
    Some((&text[..host_to], &text[host_to + 1..]))
}

fn name(text: &str, others: &[u8], chars_max: usize, expected: &str) -> Result<String, String> {
    if is_named(text, others, chars_max) {
        return Ok(text.to_owned());
    }
    Err(format!("{expected}, found {}", shown(text)))
}

pub(super) fn is_named(text: &str, others: &[u8], chars_max: usize) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || others.contains(&byte);
    !text.is_empty() && text.len() <= chars_max && text.bytes().all(allowed)
}
