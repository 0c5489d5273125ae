//! The handler: a request in, an answer out, and what to log of it.

use cdc_aws::{
    function::{Invocation, Refusal},
    ledger::DynamoLedger,
    state::{Listed, Listing, StateTable},
};
use cdc_core::{
    ledger::{LedgerScope, note_partition},
    ports::Clock,
    record::Shard,
    state::{Document, Expected, ProcessorName},
};

use crate::{
    answer,
    codes::{NOT_FOUND, call_failed, not_saved},
    request::{Request, Reset, Whose},
    reset::{Audit, Partitions, reset},
};

const STATE_TABLE: &str = "STATE_TABLE_NAME";
const CHECKPOINT_TABLE: &str = "CHECKPOINT_TABLE_NAME";

/// Shows progress, serves documents, forgets claims.
#[derive(Debug)]
pub struct StateManager<C> {
    pub(crate) stream: String,
    pub(crate) scope: LedgerScope,
    pub(crate) ledger: DynamoLedger,
    pub(crate) documents: StateTable,
    pub(crate) clock: C,
}

/// What became of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handled {
    /// The function's answer: JSON text, also where it is a refusal.
    pub answer: String,
    /// What was asked for; none where the request could not be read.
    pub action: Option<&'static str>,
    /// Whose document it was about, where it was one.
    pub processor: Option<String>,
    /// What a reset did, also where it was refused half-way.
    pub audit: Option<Audit>,
    /// Why nothing came of it, or not all.
    pub refusal: Option<Refusal>,
}

impl<C: Clock> StateManager<C> {
    /// Handles one invocation.
    pub async fn handle(&self, payload: &[u8], invocation: &Invocation) -> Handled {
        let request = match Request::parse(payload) {
            Ok(request) => request,
            Err(refusal) => return Handled::of(None, None, Err(refusal)),
        };
        // Boxed: inline, the calls' futures nest too deep for the compiler.
        match request {
            Request::Status(whose) => {
                Handled::of(Some("status"), None, Box::pin(self.status(whose)).await)
            }
            Request::Get(processor) => {
                let answer = Box::pin(self.get(&processor)).await;
                Handled::of(Some("get"), Some(&processor), answer)
            }
            Request::Save { processor, document, expected } => {
                let answer = Box::pin(self.save(&processor, document, &expected)).await;
                Handled::of(Some("save"), Some(&processor), answer)
            }
            Request::Reset(wanted) => Box::pin(self.reset(wanted, invocation)).await,
        }
    }

    async fn status(&self, whose: Whose) -> Result<String, Refusal> {
        let notes = async {
            if matches!(whose, Whose::Processor(_)) {
                return Ok(None);
            }
            let notes = self.ledger.notes(&note_partition(&self.shard(""))).await;
            notes.map(Some).map_err(|error| call_failed(CHECKPOINT_TABLE, &error))
        };
        let documents = async {
            match &whose {
                Whose::Pipeline => Ok(None),
                Whose::Everybody => self.documents.list().await.map(Some),
                Whose::Processor(name) => self.listed(name).await.map(Some),
            }
            .map_err(|error| call_failed(STATE_TABLE, &error))
        };
        let (notes, documents) = tokio::join!(notes, documents);
        Ok(answer::status(&self.stream, notes?, documents?, self.clock.now()))
    }

    /// The list of one processor's document, if there is one.
    async fn listed(&self, name: &ProcessorName) -> Result<Listing, cdc_core::delivery::CallError> {
        let stored = self.documents.get(name).await?;
        let documents = stored.map(|stored| Listed::of(name, &stored)).into_iter().collect();
        Ok(Listing { documents, complete: true })
    }

    async fn get(&self, processor: &ProcessorName) -> Result<String, Refusal> {
        let stored = self.documents.get(processor).await;
        match stored.map_err(|error| call_failed(STATE_TABLE, &error))? {
            Some(stored) => Ok(answer::state(&stored)),
            None => {
                let message = "no document is saved under this name; status lists those that are";
                Err(Refusal::of_field(NOT_FOUND, "processor", message))
            }
        }
    }

    async fn save(
        &self,
        processor: &ProcessorName,
        document: Document,
        expected: &Expected,
    ) -> Result<String, Refusal> {
        let saved = self.documents.save(processor, document, expected).await;
        saved.map(|stored| answer::state(&stored)).map_err(|error| not_saved(&error))
    }

    async fn reset(&self, wanted: Reset, invocation: &Invocation) -> Handled {
        let shard = self.shard(&wanted.shard);
        let partitions = Partitions {
            claims: self.scope.claim_partition(&shard),
            notes: note_partition(&shard),
        };
        let (audit, done) = reset(&self.ledger, &self.clock, &partitions, wanted, invocation).await;
        let answer = done.map(|()| answer::reset(&audit));
        Handled { audit: Some(audit), ..Handled::of(Some("reset"), None, answer) }
    }

    /// A shard of the configured stream, for the ledger, which knows streams by their names.
    fn shard(&self, id: &str) -> Shard {
        Shard { stream_arn: self.stream.as_str().into(), id: id.into() }
    }
}

impl Handled {
    fn of(
        action: Option<&'static str>,
        processor: Option<&ProcessorName>,
        answer: Result<String, Refusal>,
    ) -> Self {
        let processor = processor.map(ToString::to_string);
        let (answer, refusal) = match answer {
            Ok(answer) => (answer, None),
            Err(refusal) => (refusal.answer(), Some(refusal)),
        };
        Self { answer, action, processor, audit: None, refusal }
    }
}
