//! The request, read strictly: an unknown member, or one that the action does not take, is an error,
//! for a misspelt `expected` would make a careful save a careless one.

#[cfg(test)]
mod tests;

use cdc_aws::function::Refusal;
use cdc_core::{
    failure::shown,
    json::{Document as Json, Object, Value},
    record::SequenceNumber,
    state::{Document, Expected, PIPELINE, ProcessorName},
};

use crate::codes::invalid;

/// Longest request: a document of the greatest size, written with room to spare.
const REQUEST_BYTES_MAX: usize = 1 << 20;

/// Longest id of a shard (Kinesis).
const SHARD_CHARS_MAX: usize = 128;

/// Longest reason: a line for the log.
const REASON_CHARS_MAX: usize = 256;

/// What `expected` says of a shard without a checkpoint.
const NO_CHECKPOINT: &str = "none";

const WHOSE: &str = "whose document it is";
const CHECKPOINT: &str = "the sequenceNumber that status shows of the shard, or none";
const ACTIONS: &str = "status, get, save or reset is expected";

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// How far everybody is.
    Status(Whose),
    /// One document.
    Get(ProcessorName),
    /// A document in place of the one before.
    Save { processor: ProcessorName, document: Document, expected: Expected },
    /// A shard's claims and checkpoint forgotten.
    Reset(Reset),
}

/// Whose status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    Everybody,
    Pipeline,
    Processor(ProcessorName),
}

/// A reset, as somebody wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reset {
    pub(crate) shard: String,
    /// The checkpoint's number, as status showed it; none where it showed none. It may be beyond by now.
    pub(crate) expected: Option<SequenceNumber>,
    pub(crate) reason: String,
}

impl Request {
    /// Reads a request.
    pub(crate) fn parse(payload: &[u8]) -> Result<Self, Refusal> {
        let whole = |message: &str| Refusal::new(crate::codes::VALIDATION_ERROR, message);
        if payload.len() > REQUEST_BYTES_MAX {
            return Err(whole(&format!("longer than {REQUEST_BYTES_MAX} bytes")));
        }
        let json = Json::parse(payload, Vec::new()).map_err(|error| whole(&error.to_string()))?;
        let object = json.root().as_object().ok_or_else(|| whole("an object is expected"))?;
        if let Some(name) = object.duplicate() {
            return Err(invalid(&shown(&name.unescaped()), "the member is there twice"));
        }
        let members = Members(object);
        let action = members.text("action")?.ok_or_else(|| invalid("action", ACTIONS))?;
        match &*action {
            "status" => members.status(),
            "get" => members.get(),
            "save" => members.save(),
            "reset" => members.reset(),
            _ => Err(invalid("action", ACTIONS)),
        }
    }
}

/// The members of a request. A null counts as none.
struct Members<'d, 'a>(Object<'d, 'a>);

impl<'d, 'a> Members<'d, 'a> {
    fn status(&self) -> Result<Request, Refusal> {
        self.only("status", &["processor"])?;
        Ok(Request::Status(match self.text("processor")? {
            None => Whose::Everybody,
            Some(name) if name == PIPELINE => Whose::Pipeline,
            Some(name) => Whose::Processor(processor(&name)?),
        }))
    }

    fn get(&self) -> Result<Request, Refusal> {
        self.only("get", &["processor"])?;
        Ok(Request::Get(processor(&self.needed("processor", WHOSE)?)?))
    }

    fn save(&self) -> Result<Request, Refusal> {
        self.only("save", &["processor", "state", "expected"])?;
        let name = processor(&self.needed("processor", WHOSE)?)?;
        let state = self.value("state");
        let state = state.ok_or_else(|| invalid("state", "missing: save needs a document"))?;
        let document = Document::parse(state.text()).map_err(|error| {
            let field = error.member().map_or("state".to_owned(), |name| format!("state.{name}"));
            invalid(&field, error)
        })?;
        let expected = Expected::parse(self.text("expected")?.as_deref());
        let expected = expected.map_err(|error| invalid("expected", error))?;
        Ok(Request::Save { processor: name, document, expected })
    }

    fn reset(&self) -> Result<Request, Refusal> {
        self.only("reset", &["processor", "shard", "expected", "reason"])?;
        if self.text("processor")?.is_some_and(|name| name != PIPELINE) {
            return Err(invalid("processor", "reset is for cdc-processor, whose ledger it is"));
        }
        Ok(Request::Reset(Reset {
            shard: shard(&self.needed("shard", "which shard, as status shows it")?)?,
            expected: number(&self.needed("expected", CHECKPOINT)?)?,
            reason: reason(&self.needed("reason", "why it is done, for the log")?)?,
        }))
    }

    /// Refuses members that the action does not take.
    fn only(&self, action: &str, taken: &[&str]) -> Result<(), Refusal> {
        let strange = self.0.members().find(|(name, value)| {
            let name = name.unescaped();
            let known = name == "action" || taken.contains(&&*name);
            // A null is as good as none, but only where the name means something.
            let is_none = value.is_null() && KNOWN.contains(&&*name);
            !(known || is_none)
        });
        let Some((name, _)) = strange else { return Ok(()) };
        let taken = taken.join(", ");
        Err(invalid(
            &shown(&name.unescaped()),
            format!("{action} takes no such member, but {taken}"),
        ))
    }

    fn value(&self, name: &str) -> Option<Value<'d, 'a>> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &'static str) -> Result<Option<String>, Refusal> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| invalid(name, "a text is expected"))?;
        Ok(Some(text.into_owned()))
    }

    fn needed(&self, name: &'static str, what: &str) -> Result<String, Refusal> {
        self.text(name)?.ok_or_else(|| invalid(name, format!("missing: {what}")))
    }
}

/// Every member of any action.
const KNOWN: [&str; 6] = ["action", "processor", "state", "shard", "expected", "reason"];

fn processor(name: &str) -> Result<ProcessorName, Refusal> {
    ProcessorName::parse(name).map_err(|error| invalid("processor", error))
}

fn shard(id: &str) -> Result<String, Refusal> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let is_one = !id.is_empty() && id.len() <= SHARD_CHARS_MAX && id.bytes().all(allowed);
    let expected = "a shard's id is expected, such as shardId-000000000003";
    if is_one { Ok(id.to_owned()) } else { Err(invalid("shard", expected)) }
}

fn number(text: &str) -> Result<Option<SequenceNumber>, Refusal> {
    if text == NO_CHECKPOINT {
        return Ok(None);
    }
    let expected = "the sequenceNumber that status shows of the shard is expected, or none where it \
                    shows no such shard";
    SequenceNumber::parse(text).map(Some).map_err(|_| invalid("expected", expected))
}

fn reason(text: &str) -> Result<String, Refusal> {
    let (text, expected) =
        (text.trim(), format!("1 to {REASON_CHARS_MAX} characters are expected: why it is done"));
    let fits = !text.is_empty() && text.chars().count() <= REASON_CHARS_MAX;
    if fits { Ok(text.to_owned()) } else { Err(invalid("reason", expected)) }
}
