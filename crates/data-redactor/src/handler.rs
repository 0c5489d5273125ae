//! The handler: a payload in, an answer out, and counts for the log line.

use cdc_aws::{
    config::Connection,
    function::{Invocation, Refusal},
    keyring::{RedactionKeysError, with_redaction_keys},
};
use cdc_core::{
    json::{Document, write_string},
    redact::RedactedRecord,
    rules::Rules,
};

use crate::{
    refusal::{not_json, of_record, too_large},
    request::Request,
    service,
    settings::Settings,
};

// Lambda refuses a larger payload, either way (6 MB; quotas, "Invocation payload").
const ANSWER_BYTES_MAX: usize = 6 * 1024 * 1024;

/// The redactor.
#[derive(Clone, Debug)]
pub struct DataRedactor {
    rules: Rules,
}

/// What became of an invocation.
#[derive(Clone, Debug)]
pub struct Handled {
    /// The answer, as JSON text: the redacted records, or `{"error":…}`.
    pub answer: String,
    /// Why the request was refused, if it was.
    pub refusal: Option<Refusal>,
    /// How many records were answered; none where the request was refused.
    pub records: usize,
    /// How many of them had something to redact.
    pub altered: usize,
    /// Lambda's id of the request.
    pub request_id: String,
    /// Whether a service sent the payload and has to see a failed invocation.
    from_service: bool,
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
        match self.answered(payload) {
            Ok(Answer { text, records, altered }) => Handled {
                answer: text,
                refusal: None,
                records,
                altered,
                request_id,
                from_service: false,
            },
            Err(Refused { refusal, from_service }) => Handled {
                answer: refusal.answer(),
                refusal: Some(refusal),
                records: 0,
                altered: 0,
                request_id,
                from_service,
            },
        }
    }

    fn answered(&self, payload: &[u8]) -> Result<Answer, Refused> {
        let document = Document::parse(payload, Vec::new()).map_err(not_json)?;
        if let Some(refusal) = service::refused(document.root()) {
            return Err(Refused { refusal, from_service: true });
        }
        let Request { records, rules } = Request::read(document.root(), &self.rules)?;
        let mut answer = Answer::new(payload.len());
        for (index, record) in records.as_slice().iter().enumerate() {
            let redacted = rules.redact(*record);
            answer.add(&redacted.map_err(|error| of_record(&records.place(index), &error))?)?;
        }
        Ok(answer.finished())
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

/// The answer being written.
struct Answer {
    text: String,
    records: usize,
    altered: usize,
}

impl Answer {
    fn new(bytes: usize) -> Self {
        let mut text = String::with_capacity(bytes);
        text.push_str("{\"records\":[");
        Self { text, records: 0, altered: 0 }
    }

    fn add(&mut self, redacted: &RedactedRecord) -> Result<(), Refusal> {
        let out = &mut self.text;
        out.push_str(if self.records == 0 { "{\"record\":" } else { ",{\"record\":" });
        out.push_str(redacted.json.get());
        out.push_str(",\"redacted\":[");
        for (index, name) in redacted.names.iter().enumerate() {
            out.push_str(if index == 0 { "" } else { "," });
            write_string(out, name);
        }
        out.push_str("]}");
        self.records += 1;
        self.altered += usize::from(!redacted.names.is_empty());
        if self.text.len() + CLOSE.len() <= ANSWER_BYTES_MAX {
            return Ok(());
        }
        Err(too_large(format!(
            "the answer would have more than {ANSWER_BYTES_MAX} bytes, and Lambda passes on no more; \
             send the records in several requests, or take a shorter replacement"
        )))
    }

    fn finished(mut self) -> Self {
        self.text.push_str(CLOSE);
        self
    }
}

const CLOSE: &str = "]}";
