//! The handler: a payload in, an answer out, and what is to be logged about it.

use cdc_aws::{
    config::Connection,
    function::{Invocation, Refusal},
    keyring::{RedactionKeysError, with_redaction_keys},
};
use cdc_core::{
    failure::Failure,
    json::{Document, Value},
    rules::Rules,
};

use crate::{
    answer::Records,
    firehose::{self, Transformed},
    pipes::{self, Enriched},
    refusal::{invalid_field, not_json, of_record},
    request::Request,
    reveal::{self, Audit},
    service::{self, Sent},
    settings::Settings,
};

/// The redactor.
#[derive(Clone, Debug)]
pub struct DataRedactor {
    rules: Rules,
}

/// What became of an invocation. Its answer can be what was withheld: it is not shown.
#[derive(Clone)]
pub struct Handled {
    /// The answer, as JSON text: what was asked for, or `{"error":…}`.
    pub answer: String,
    /// Why the request was refused, if it was.
    pub refusal: Option<Refusal>,
    /// What was done.
    pub done: Done,
    /// What is kept of a use of `reveal`, whether it was refused or not.
    pub audit: Option<Audit>,
    /// Lambda's id of the request.
    pub request_id: String,
    /// Whether a service sent the payload and has to see a failed invocation.
    from_service: bool,
}

/// What was done, in counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// Nothing: the request was refused.
    Nothing,
    /// Records were redacted for who sent them.
    Redacted {
        /// How many.
        records: usize,
        /// How many of them had something to redact.
        altered: usize,
    },
    /// Values were revealed; the audit says which.
    Revealed,
    /// Records were transformed for a delivery stream.
    Transformed {
        /// How many.
        records: usize,
        /// How many changes are in the answer.
        changes: usize,
        /// How many records had none.
        dropped: usize,
        /// How many could not be redacted.
        failed: usize,
        /// Where the first of these stands, and why.
        first_failure: Option<(usize, Failure)>,
    },
    /// Records were redacted for a pipe.
    Enriched {
        /// How many.
        records: usize,
        /// How many changes are in the answer.
        changes: usize,
    },
}

/// Makes the redactor: fetches the keys that the rules name, if they name any.
///
/// # Errors
/// [`RedactionKeysError`] where one of them is not there.
pub async fn start(
    settings: &Settings,
    connection: &Connection,
    rules: Rules,
) -> Result<DataRedactor, RedactionKeysError> {
    let keys = settings.redaction_keys.as_ref();
    with_redaction_keys(connection, keys, rules).await.map(DataRedactor::new)
}

impl DataRedactor {
    /// A redactor by these rules, which have the keys that they name.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self { rules }
    }

    /// Handles one invocation. Whatever is in the payload, there is an answer.
    #[must_use]
    pub fn handle(&self, payload: &[u8], invocation: &Invocation) -> Handled {
        let request_id = invocation.request_id.clone();
        let mut audit = None;
        match self.answered(payload, invocation.alias.as_deref(), &mut audit) {
            Ok((answer, done)) => {
                Handled { answer, refusal: None, done, audit, request_id, from_service: false }
            }
            Err(Refused { refusal, from_service }) => Handled {
                answer: refusal.answer(),
                refusal: Some(refusal),
                done: Done::Nothing,
                audit,
                request_id,
                from_service,
            },
        }
    }

    fn answered(
        &self,
        payload: &[u8],
        alias: Option<&str>,
        audit: &mut Option<Audit>,
    ) -> Result<(String, Done), Refused> {
        let by_alias = alias == Some(reveal::ALIAS);
        *audit = by_alias.then(|| Audit::of(None, alias));
        let document = Document::parse(payload, Vec::new()).map_err(not_json)?;
        let root = document.root();
        let sent = service::sent(root);
        let from_service = sent.is_some();
        if by_alias || reveal::is_asked_for(root) {
            *audit = Some(Audit::of(Some(root), alias));
            let answer = reveal::answered(root, alias, &self.rules);
            let answer = answer.map_err(|refusal| Refused { refusal, from_service })?;
            return Ok((answer, Done::Revealed));
        }
        let answered = match sent {
            Some(sent) => self.for_service(sent),
            None => self.redacted(root, payload.len()),
        };
        answered.map_err(|refusal| Refused { refusal, from_service })
    }

    fn for_service(&self, sent: Sent<'_, '_>) -> Result<(String, Done), Refusal> {
        match sent {
            Sent::Firehose(delivery) => {
                let Transformed { answer, records, changes, dropped, failed, first_failure } =
                    firehose::transformed(delivery, &self.rules)?;
                Ok((answer, Done::Transformed { records, changes, dropped, failed, first_failure }))
            }
            Sent::Pipe(delivery) => {
                let Enriched { answer, records, changes } = pipes::enriched(delivery, &self.rules)?;
                Ok((answer, Done::Enriched { records, changes }))
            }
            Sent::Other(member) => Err(invalid_field(
                member,
                "the event of a service; this function is invoked directly, by Data Firehose or by a pipe",
            )),
        }
    }

    fn redacted(&self, payload: Value<'_, '_>, bytes: usize) -> Result<(String, Done), Refusal> {
        let Request { records, rules } = Request::read(payload, &self.rules)?;
        let mut answer = Records::new(bytes);
        for (index, record) in records.as_slice().iter().enumerate() {
            let redacted = rules.redact(*record);
            answer.add(&redacted.map_err(|error| of_record(&records.place(index), &error))?)?;
        }
        let Records { text, records, altered } = answer.finished();
        Ok((text, Done::Redacted { records, altered }))
    }
}

impl Handled {
    /// What the invocation comes to.
    ///
    /// # Errors
    /// A refusal, where a service sent the payload: it would take an answer for a success. Whoever
    /// asks directly gets a refusal as an answer.
    pub fn into_answer(self) -> Result<String, Refusal> {
        match self.refusal {
            Some(refusal) if self.from_service => Err(refusal),
            Some(_) | None => Ok(self.answer),
        }
    }
}

impl std::fmt::Debug for Handled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Handled({} bytes, {:?}, {:?})", self.answer.len(), self.done, self.refusal)
    }
}

/// A request that is refused as a whole.
struct Refused {
    refusal: Refusal,
    from_service: bool,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, from_service: false }
    }
}
