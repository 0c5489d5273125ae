//! Faults on purpose: `PORT=KIND[:entry|:call][:PROBABILITY]`.
//!
//! Owns the grammar, and which faults make sense. A [`FaultPlan`] draws from a seed, never from a
//! clock: the same calls in the same order meet the same faults. Only a slow call takes time here;
//! one that hangs or is late takes the time after which its caller gives up.

mod client;
mod death;
mod entries;
mod invocation;
mod plan;
mod sense;
#[cfg(test)]
mod tests;
mod under_way;

use std::{fmt, str::FromStr};

pub(crate) use self::{client::SLOW, death::Death, invocation::InvocationFate};
pub use self::{plan::FaultPlan, sense::SenselessFault};

/// Where a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Port {
    /// EventBridge `PutEvents`.
    PutEvents,
    /// DynamoDB `Query`.
    LedgerRead,
    /// DynamoDB `BatchWriteItem`.
    LedgerWrite,
    /// SQS `SendMessage` and `SendMessageBatch`.
    DeadLetter,
    /// The invocation of the function.
    Function,
}

/// What happens. The invocation of the function is meant where it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Refused for coming too fast; nothing was done. Of items to write: handed back. An invocation:
    /// not begun, at no cost of a retry.
    Throttle,
    /// Refused for good: a call for missing rights, an entry for its own fault.
    Refuse,
    /// The service failed; nothing was done. An invocation: it failed before its first call.
    Fail,
    /// It was done, and the answer is lost.
    LoseAnswer,
    /// It arrives and is done once the caller has given up, a few calls later.
    Late,
    /// It takes long, and the caller waits long enough.
    Slow,
    /// No answer ever comes, and nothing is done. An invocation: it stands still at one of its calls,
    /// until its time is over.
    Hang,
    /// The process dies at one of its calls. What it has sent takes effect.
    Kill,
    /// The deadline is so near that the invocation has to leave work for the next one.
    Deadline,
}

/// What a fault strikes at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The whole call.
    Call,
    /// Single entries of a call, while the others go through for real.
    Entry,
}

const PORTS: [(&str, Port); 5] = [
    ("put-events", Port::PutEvents),
    ("ledger-read", Port::LedgerRead),
    ("ledger-write", Port::LedgerWrite),
    ("dead-letter", Port::DeadLetter),
    ("function", Port::Function),
];

const KINDS: [(&str, Kind); 9] = [
    ("throttle", Kind::Throttle),
    ("refuse", Kind::Refuse),
    ("fail", Kind::Fail),
    ("lose-answer", Kind::LoseAnswer),
    ("late", Kind::Late),
    ("slow", Kind::Slow),
    ("hang", Kind::Hang),
    ("kill", Kind::Kill),
    ("deadline", Kind::Deadline),
];

const SCOPES: [(&str, Scope); 2] = [("entry", Scope::Entry), ("call", Scope::Call)];

/// One fault to inject. [`Fault::parse`] reads it, [`Display`](fmt::Display) writes it back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fault {
    /// Where.
    pub port: Port,
    /// What.
    pub kind: Kind,
    /// On a whole call or on entries.
    pub scope: Scope,
    /// From 0 to 1: for each call, or for each entry.
    pub probability: f64,
}

/// Why a text is no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("fault \"{text}\", column {column}: found {found}, expected {expected}")]
pub struct FaultError {
    text: String,
    column: usize,
    found: String,
    expected: String,
}

impl Fault {
    /// Reads `PORT=KIND[:entry|:call][:PROBABILITY]`; a call and 1 where nothing is said.
    ///
    /// # Errors
    ///
    /// Says what stands where, and what may stand there.
    pub fn parse(text: &str) -> Result<Self, FaultError> {
        let Some((port, rest)) = text.split_once('=') else {
            let expected = "PORT=KIND[:entry|:call][:PROBABILITY]";
            return Err(wrong(text, 0, "no \"=\"", expected));
        };
        let port = choose(text, 0, port, &PORTS)?;
        let mut at = text.len() - rest.len();
        let mut parts = rest.split(':');
        let kind = parts.next().unwrap_or("");
        let mut fault = Self {
            port,
            kind: choose(text, at, kind, &KINDS)?,
            scope: Scope::Call,
            probability: 1.0,
        };
        at += kind.len() + 1;
        let mut next = parts.next();
        if let Some(part) = next
            && let Some((_, scope)) = SCOPES.iter().find(|(name, _)| *name == part)
        {
            fault.scope = *scope;
            at += part.len() + 1;
            next = parts.next();
        }
        let Some(part) = next else { return Ok(fault) };
        fault.probability = probability(text, at, part)?;
        match parts.next() {
            Some(more) => {
                let at = at + part.len() + 1;
                Err(wrong(text, at, &format!("\"{more}\""), "nothing after the probability"))
            }
            None => Ok(fault),
        }
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        Self::parse(text)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (port, kind) = (name(self.port, &PORTS), name(self.kind, &KINDS));
        write!(f, "{port}={kind}:{}", name(self.scope, &SCOPES))?;
        if self.probability < 1.0 { write!(f, ":{}", self.probability) } else { Ok(()) }
    }
}

fn name<T: Copy + PartialEq>(value: T, names: &[(&'static str, T)]) -> &'static str {
    names.iter().find(|(_, named)| *named == value).map_or("", |(name, _)| name)
}

fn choose<T: Copy>(
    text: &str,
    at: usize,
    found: &str,
    names: &[(&str, T)],
) -> Result<T, FaultError> {
    names.iter().find(|(name, _)| *name == found).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        wrong(text, at, &format!("\"{found}\""), &format!("one of {}", names.join(", ")))
    })
}

fn probability(text: &str, at: usize, found: &str) -> Result<f64, FaultError> {
    // Only digits and a point: `parse` would also take "inf", "nan" and "1e-3".
    let plain = found.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let value = found.parse::<f64>().ok().filter(|p| plain && (0.0..=1.0).contains(p));
    value.ok_or_else(|| {
        let expected = if text[..at].ends_with(":entry:") || text[..at].ends_with(":call:") {
            "a probability from 0 to 1"
        } else {
            "entry, call or a probability from 0 to 1"
        };
        wrong(text, at, &format!("\"{found}\""), expected)
    })
}

fn wrong(text: &str, at: usize, found: &str, expected: &str) -> FaultError {
    let column = text.get(..at).map_or(0, |before| before.chars().count()) + 1;
    FaultError {
        text: text.escape_debug().to_string(),
        column,
        found: found.to_owned(),
        expected: expected.to_owned(),
    }
}
