//! State documents in DynamoDB: one item a processor, saved by one conditional write.
//!
//! Two savers that expect the same cannot both have their way: the condition is checked where the
//! document lies, and there is no read in front of the write. The document itself is one attribute,
//! its JSON text, so that no number is bent; what people look for first stands beside it, readable
//! with any tool. `item.rs` holds the layout, this module the calls.

mod item;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use cdc_core::{
    delivery::CallError,
    ports::Clock as _,
    state::{Document, Expected, ProcessorName, Revision},
};

use crate::{
    clock::{SystemClock, token},
    config::{Connection, LEDGER_TIMEOUT},
    error::{call_error, unusable, within},
};

type Item = HashMap<String, AttributeValue>;

const GET_ITEM: &str = "GetItem";
const UPDATE_ITEM: &str = "UpdateItem";
const SCAN: &str = "Scan";

/// Most documents of a list.
pub const DOCUMENTS_LISTED_MAX: usize = 1000;

/// Most pages that are read for a list: documents of 256 KB come four a page.
const SCAN_PAGES_MAX: usize = 16;

/// The documents of one table (`pk`, a string).
///
/// ```no_run
/// use cdc_aws::{
///     config::Connection,
///     endpoint::Region,
///     state::{SaveError, StateTable},
/// };
/// use cdc_core::state::{Document, Expected, ProcessorName};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let connection = Connection::of_function(Region::parse("eu-west-1")?, None);
/// let table = StateTable::new(&connection, "cdc-state");
/// let me = ProcessorName::parse("cache-invalidator")?;
///
/// // Where did I stop, and what do I expect to find when I save?
/// let (from, expected) = match table.get(&me).await? {
///     Some(stored) => (
///         stored.document.last_processed_sequence().map(str::to_owned),
///         Expected::Exactly(stored.revision.to_string()),
///     ),
///     None => (None, Expected::Nothing),
/// };
/// println!("going on behind {from:?}");
///
/// // Saved only if nobody else has saved meanwhile.
/// let progress = Document::parse(
///     r#"{"lastProcessedSequence":"12345678901234567890","processedCount":1000,"region":"eu"}"#,
/// )?;
/// match table.save(&me, progress, &expected).await {
///     Ok(saved) => println!("saved as {}", saved.revision),
///     Err(SaveError::Conflict { current }) => println!("somebody was faster: {current:?}"),
///     Err(SaveError::Call(error)) => return Err(error.into()),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct StateTable {
    client: Client,
    table: String,
}

/// A document as it lies in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What its writer saved, with a `lastUpdated`.
    pub document: Document,
    /// How often it was saved.
    pub revision: Revision,
}

/// A document in a list: what stands beside its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Whose it is, as the table has it.
    pub processor: String,
    /// How often it was saved; none where something else wrote the item.
    pub revision: Option<Revision>,
    /// See [`Document::last_processed_sequence`].
    pub last_processed_sequence: Option<String>,
    /// See [`Document::processed_count`].
    pub processed_count: Option<String>,
    /// See [`Document::last_updated`].
    pub last_updated: Option<String>,
}

impl Listed {
    /// What a list shows of that document.
    #[must_use]
    pub fn of(processor: &ProcessorName, stored: &Stored) -> Self {
        let Stored { document, revision } = stored;
        let owned = |member: Option<&str>| member.map(str::to_owned);
        Self {
            processor: processor.as_str().to_owned(),
            revision: Some(*revision),
            last_processed_sequence: owned(document.last_processed_sequence()),
            processed_count: owned(document.processed_count()),
            last_updated: owned(document.last_updated()),
        }
    }
}

/// The documents of a table, as far as they were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// By name.
    pub documents: Vec<Listed>,
    /// Whether these are all.
    pub complete: bool,
}

/// Why a document was not saved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SaveError {
    /// Something else is there than was expected. Nothing was saved.
    #[error("the document is not what was expected")]
    Conflict {
        /// The revision that is there; none where there is no document.
        current: Option<Revision>,
    },
    /// The call failed, or its answer never came: the document may be saved or not.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl StateTable {
    /// The table of that name.
    #[must_use]
    pub fn new(connection: &Connection, table: impl Into<String>) -> Self {
        Self { client: connection.dynamodb(), table: table.into() }
    }

    /// A processor's document, read with strong consistency; `None` where there is none.
    ///
    /// # Errors
    /// [`CallError`] where the read failed, or found an item that this program did not write.
    pub async fn get(&self, processor: &ProcessorName) -> Result<Option<Stored>, CallError> {
        within(GET_ITEM, LEDGER_TIMEOUT, async {
            let request = self
                .client
                .get_item()
                .table_name(&self.table)
                .key(item::PK, text(processor.as_str()))
                .consistent_read(true);
            let answer = request.send().await.map_err(|error| call_error(GET_ITEM, &error))?;
            let Some(found) = answer.item else { return Ok(None) };
            item::read(&found).map(Some).ok_or_else(|| unusable(GET_ITEM, "UnknownItem"))
        })
        .await
    }

    /// Saves a processor's document in place of the one before, if that is what `expected` says. A
    /// document without `lastUpdated` gets one. The revision rises by one.
    ///
    /// Of several who expect the same document, exactly one saves. A repetition of our own, whose
    /// first answer got lost, is no conflict.
    ///
    /// # Errors
    /// [`SaveError`].
    pub async fn save(
        &self,
        processor: &ProcessorName,
        document: Document,
        expected: &Expected,
    ) -> Result<Stored, SaveError> {
        let now = SystemClock.now();
        let document = document.dated(now);
        let token = token();
        let request = self.update(processor, &document, &token);
        let request = request.expression_attribute_values(":at", text(&format!("{now:.3}")));
        let answer = within(UPDATE_ITEM, LEDGER_TIMEOUT, async {
            Ok(match condition(request, expected).send().await {
                Ok(answer) => Ok(answer.attributes.as_ref().and_then(item::read_revision)),
                Err(error) => Err(refused(&error, &token)?),
            })
        });
        match answer.await? {
            Ok(Some(revision)) => Ok(Stored { document, revision }),
            Ok(None) => Err(unusable(UPDATE_ITEM, "NoRevision").into()),
            Err(Refused::Ours(revision)) => Ok(Stored { document, revision }),
            Err(Refused::Conflict(current)) => Err(SaveError::Conflict { current }),
        }
    }

    /// The documents of all processors, up to [`DOCUMENTS_LISTED_MAX`], without their texts. Read
    /// without strong consistency.
    ///
    /// # Errors
    /// [`CallError`] where the read failed.
    pub async fn list(&self) -> Result<Listing, CallError> {
        within(SCAN, LEDGER_TIMEOUT, self.scan()).await
    }

    async fn scan(&self) -> Result<Listing, CallError> {
        let mut scan = self.client.scan().table_name(&self.table);
        for (index, name) in item::LISTED.into_iter().enumerate() {
            scan = scan.expression_attribute_names(format!("#{index}"), name);
        }
        let scan = scan.projection_expression("#0, #1, #2, #3, #4");
        let (mut documents, mut start) = (Vec::new(), None);
        for _ in 0..SCAN_PAGES_MAX {
            let page = scan.clone().set_exclusive_start_key(start).send().await;
            let page = page.map_err(|error| call_error(SCAN, &error))?;
            documents.extend(page.items.iter().flatten().filter_map(item::read_listed));
            start = page.last_evaluated_key;
            if start.is_none() || documents.len() > DOCUMENTS_LISTED_MAX {
                break;
            }
        }
        let complete = start.is_none() && documents.len() <= DOCUMENTS_LISTED_MAX;
        documents.sort_by(|one: &Listed, other| one.processor.cmp(&other.processor));
        documents.truncate(DOCUMENTS_LISTED_MAX);
        Ok(Listing { documents, complete })
    }

    fn update(
        &self,
        processor: &ProcessorName,
        document: &Document,
        token: &str,
    ) -> UpdateItemFluentBuilder {
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        let mut request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(item::PK, text(processor.as_str()))
            .return_values(ReturnValue::UpdatedNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (alias, name, value) in item::attributes(document, token) {
            request = request.expression_attribute_names(format!("#{alias}"), name);
            match value {
                Some(value) => {
                    set.push(format!("#{alias} = :{alias}"));
                    request = request.expression_attribute_values(format!(":{alias}"), value);
                }
                None => remove.push(format!("#{alias}")),
            }
        }
        let mut update = format!("SET {}, #at = :at ADD #revision :one", set.join(", "));
        if !remove.is_empty() {
            update = format!("{update} REMOVE {}", remove.join(", "));
        }
        request
            .update_expression(update)
            .expression_attribute_names("#at", item::SAVED_AT)
            .expression_attribute_names("#revision", item::REVISION)
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
    }
}

/// The one condition of a save.
fn condition(request: UpdateItemFluentBuilder, expected: &Expected) -> UpdateItemFluentBuilder {
    match expected {
        Expected::Anything => request,
        Expected::Nothing => request
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", item::PK),
        Expected::Exactly(expected) => {
            let request = request.expression_attribute_values(":expected", text(expected));
            match Revision::parse(expected) {
                None => request.condition_expression("#sequence = :expected"),
                Some(revision) => request
                    .condition_expression("#revision = :revision OR #sequence = :expected")
                    .expression_attribute_values(
                        ":revision",
                        AttributeValue::N(revision.saves().to_string()),
                    ),
            }
        }
    }
}

/// A save whose condition did not hold.
enum Refused {
    /// Because it had been saved already: the SDK repeats a call whose answer got lost.
    Ours(Revision),
    Conflict(Option<Revision>),
}

fn refused(error: &SdkError<UpdateItemError>, token: &str) -> Result<Refused, CallError> {
    let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.as_service_error()
    else {
        return Err(call_error(UPDATE_ITEM, error));
    };
    let current = failed.item.as_ref().and_then(item::read_revision);
    let ours = failed.item.as_ref().is_some_and(|item| item::is_saved_by(item, token));
    Ok(match current {
        Some(revision) if ours => Refused::Ours(revision),
        current => Refused::Conflict(current),
    })
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}
