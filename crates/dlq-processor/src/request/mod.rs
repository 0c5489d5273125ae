//! The request: strict, so that a misspelt filter does not replay everything.

mod filter;
mod members;
#[cfg(test)]
mod tests;

use cdc_aws::function::Refusal;
use cdc_core::json::Document;
use jiff::Timestamp;

pub use filter::Filter;
use members::Members;

use crate::refusals;

/// Letters a request is about, unless it says so.
pub const LIMIT_DEFAULT: usize = 100;
/// The most that one may ask for.
pub const LIMIT_MAX: usize = 1000;
/// Letters a second, unless the request says so.
pub const RATE_DEFAULT: u32 = 50;
/// The most that one may ask for.
pub const RATE_MAX: u32 = 1000;

/// Tries of a document in all, before it is put aside, unless the request says so.
pub const MAX_ATTEMPTS_DEFAULT: u32 = 5;
/// The most that one may ask for.
pub const MAX_ATTEMPTS_MAX: u32 = 100;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What to do.
    pub action: Action,
    /// With what.
    pub from: From,
    /// With which letters or documents.
    pub filter: Filter,
    /// With how many at most.
    pub limit: usize,
    /// Letters, or records of documents, a second at most, where something is done with them.
    pub rate: u32,
    /// Whether only to say what would be done.
    pub dry_run: bool,
    /// Replay: letters of shards that the stream no longer lists, and those without a valid seal, too;
    /// documents of such shards, and those whose range holds more than the mapping gave up. Purge: yes,
    /// delete them.
    pub force: bool,
    /// Tries of a document in all: after that many it is put aside.
    pub max_attempts: u32,
    /// Only documents that were last tried before then, or never: so that a replay in several runs tries
    /// each once. To the second.
    pub tried_before: Option<Timestamp>,
    /// Whether a document's payload is taken only as far as the stream still confirms it.
    pub verify: bool,
}

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Dead letters.
    Letters,
    /// On-failure documents of the event source mapping.
    Documents,
}

impl From {
    const ALL: [Self; 2] = [Self::Letters, Self::Documents];

    /// The name in requests and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Letters => "letters",
            Self::Documents => "documents",
        }
    }
}

/// What to do with letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Say which there are.
    List,
    /// Say what is in them, redacted.
    Show,
    /// Put them through the pipeline again.
    Replay,
    /// Move them to the parked queue.
    Park,
    /// Delete them.
    Purge,
}

impl Action {
    const ALL: [Self; 5] = [Self::List, Self::Show, Self::Replay, Self::Park, Self::Purge];

    /// The name in requests and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Show => "show",
            Self::Replay => "replay",
            Self::Park => "park",
            Self::Purge => "purge",
        }
    }

    /// Whether it takes them out of the way, those too that a replay refuses.
    #[must_use]
    pub fn moves_away(self) -> bool {
        match self {
            Self::Park | Self::Purge => true,
            Self::List | Self::Show | Self::Replay => false,
        }
    }

    /// Whether it looks and nothing else.
    #[must_use]
    pub fn is_look(self) -> bool {
        match self {
            Self::List | Self::Show => true,
            Self::Replay | Self::Park | Self::Purge => false,
        }
    }
}

const MEMBERS: [&str; 10] = [
    "action",
    "from",
    "filter",
    "limit",
    "rate",
    "dryRun",
    "force",
    "maxAttempts",
    "triedBefore",
    "verify",
];

/// Members that only documents know.
const OF_DOCUMENTS: [&str; 3] = ["maxAttempts", "triedBefore", "verify"];

impl Request {
    /// Reads a payload.
    ///
    /// # Errors
    /// A [`Refusal`] that names the member at fault.
    pub fn parse(payload: &[u8]) -> Result<Self, Refusal> {
        let document = Document::parse(payload, Vec::new());
        let document = document.map_err(|_| refusals::not_an_object())?;
        let object = document.root().as_object().ok_or_else(refusals::not_an_object)?;
        let members = Members::of(object, "", &MEMBERS)?;
        let names = Action::ALL.map(Action::as_str);
        let action = members.one_of("action", &names)?.map(|index| Action::ALL[index]);
        let action = action.ok_or_else(|| {
            refusals::invalid("action", format!("missing; one of {} is expected", names.join(", ")))
        })?;
        let from = members.one_of("from", &From::ALL.map(From::as_str))?;
        let from = from.map_or(From::Letters, |index| From::ALL[index]);
        if from == From::Letters
            && let Some(name) = OF_DOCUMENTS.into_iter().find(|name| members.has(name))
        {
            return Err(refusals::of_documents_only(name));
        }
        let limit = members.number("limit", 1..=LIMIT_MAX as u64)?;
        let rate = members.number("rate", 1..=u64::from(RATE_MAX))?;
        let max_attempts = members.number("maxAttempts", 1..=u64::from(MAX_ATTEMPTS_MAX))?;
        let request = Self {
            action,
            from,
            filter: Filter::read(&members, from)?,
            limit: limit.map_or(LIMIT_DEFAULT, |limit| limit as usize),
            rate: rate.map_or(RATE_DEFAULT, |rate| rate as u32),
            dry_run: members.flag("dryRun")?,
            force: members.flag("force")?,
            max_attempts: max_attempts.map_or(MAX_ATTEMPTS_DEFAULT, |count| count as u32),
            tried_before: members.time("triedBefore")?,
            verify: members.flag("verify")?,
        };
        if action == Action::Purge && !request.force && !request.dry_run {
            return Err(refusals::unconfirmed(from));
        }
        Ok(request)
    }

    /// Whether anything is to be changed.
    #[must_use]
    pub fn changes(&self) -> bool {
        !self.action.is_look() && !self.dry_run
    }
}
