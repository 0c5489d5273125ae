//! The ledger in DynamoDB: one strongly consistent `Query` before a batch, one `BatchWriteItem`
//! after it.
//!
//! Items are put under keys of their own, without condition, so a put can be repeated and lanes
//! never meet. What cannot be read is ignored: a forgotten claim costs a duplicate, an inferred one
//! a record. `item.rs` holds the layout, this module the pipeline's calls, `forget.rs` those of an
//! operator's reset.

mod forget;
mod item;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    operation::query::builders::QueryFluentBuilder,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use bytes::Bytes;
use cdc_core::{
    delivery::{CallError, CallErrorKind},
    ledger::{CLAIM_PAGES_MAX, ClaimQuery, ClaimWrite, Note},
    ports::Ledger,
};

pub use forget::{ClaimPage, NoteGone};

use crate::{
    config::{Connection, LEDGER_TIMEOUT},
    error::{call_error, within},
};

type Item = HashMap<String, AttributeValue>;

const QUERY: &str = "Query";
const BATCH_WRITE_ITEM: &str = "BatchWriteItem";

/// Most writes of one `BatchWriteItem` (DynamoDB). 24 claim items and the note fill it: more
/// records than 6 MB of payload can hold, so a second call is for what nobody has seen yet.
const WRITES_MAX: usize = 25;

/// Most calls for the same writes while DynamoDB hands some back.
const WRITE_CALLS_MAX: usize = 3;

/// Most pages of notes that are read: a note has about 250 bytes, so 16 MB hold 60,000 shards.
const NOTE_PAGES_MAX: usize = 16;

/// The ledger of one table.
#[derive(Clone, Debug)]
pub struct DynamoLedger {
    client: Client,
    table: String,
}

impl DynamoLedger {
    /// The ledger in the table of that name (`pk`, `sk` strings; TTL on `ttl`).
    #[must_use]
    pub fn new(connection: &Connection, table: impl Into<String>) -> Self {
        Self { client: connection.dynamodb(), table: table.into() }
    }

    /// All notes of one stream ([`cdc_core::ledger::note_partition`]), for people: read without
    /// strong consistency, unreadable ones left out, `at` in whole seconds. The pipeline never
    /// reads them.
    ///
    /// # Errors
    /// [`CallError`] where the read failed.
    pub async fn notes(&self, partition: &str) -> Result<Vec<Note>, CallError> {
        let query = self.query(partition).key_condition_expression("#pk = :pk");
        let items = within(QUERY, LEDGER_TIMEOUT, pages(query, NOTE_PAGES_MAX)).await?;
        Ok(items.iter().filter_map(item::read_note).collect())
    }

    fn query(&self, partition: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .expression_attribute_names("#pk", item::PK)
            .expression_attribute_values(":pk", AttributeValue::S(partition.to_owned()))
    }

    async fn write_all(&self, writes: Vec<WriteRequest>) -> Result<(), CallError> {
        for writes in writes.chunks(WRITES_MAX) {
            self.write(writes.to_vec()).await?;
        }
        Ok(())
    }

    /// Writes up to [`WRITES_MAX`] items. What DynamoDB hands back is written again at once:
    /// waiting is the clock's business, and the SDK has already waited where the call as a whole
    /// failed.
    async fn write(&self, mut writes: Vec<WriteRequest>) -> Result<(), CallError> {
        for _ in 0..WRITE_CALLS_MAX {
            let request = self.client.batch_write_item().request_items(&self.table, writes);
            let answer =
                request.send().await.map_err(|error| call_error(BATCH_WRITE_ITEM, &error))?;
            let back = answer.unprocessed_items.into_iter().flatten();
            writes = back.flat_map(|(_, writes)| writes).collect();
            if writes.is_empty() {
                return Ok(());
            }
        }
        let code = Some("UnprocessedItems");
        Err(CallError::new(BATCH_WRITE_ITEM, CallErrorKind::Throttled, code))
    }
}

impl Ledger for DynamoLedger {
    async fn load(&self, query: ClaimQuery) -> Result<Vec<Bytes>, CallError> {
        // No filter on the TTL: a claim past it that is still there is still true.
        let query = self
            .query(&query.partition)
            .key_condition_expression("#pk = :pk AND #sk >= :from")
            .expression_attribute_names("#sk", item::SK)
            .expression_attribute_values(":from", AttributeValue::S(query.from))
            .projection_expression("#keys, #v")
            .expression_attribute_names("#keys", item::KEYS)
            .expression_attribute_names("#v", item::VERSION)
            .scan_index_forward(true)
            .consistent_read(true);
        let items = within(QUERY, LEDGER_TIMEOUT, pages(query, CLAIM_PAGES_MAX)).await?;
        Ok(items.into_iter().filter_map(item::read_keys).collect())
    }

    async fn claim(&self, write: ClaimWrite) -> Result<(), CallError> {
        let claims = write.items.iter().map(|claim| item::claim(&write.partition, claim));
        let puts = claims.chain(write.note.as_ref().map(item::note)).map(put).collect();
        within(BATCH_WRITE_ITEM, LEDGER_TIMEOUT, self.write_all(puts)).await
    }
}

/// The items of the first pages.
async fn pages(query: QueryFluentBuilder, pages_max: usize) -> Result<Vec<Item>, CallError> {
    let mut items = Vec::new();
    let mut start = None;
    for _ in 0..pages_max {
        let page = query.clone().set_exclusive_start_key(start).send().await;
        let page = page.map_err(|error| call_error(QUERY, &error))?;
        items.extend(page.items.unwrap_or_default());
        start = page.last_evaluated_key;
        if start.is_none() {
            break;
        }
    }
    Ok(items)
}

fn put(item: Item) -> WriteRequest {
    let put = PutRequest::builder().set_item(Some(item)).build().expect("the item is set");
    WriteRequest::builder().put_request(put).build()
}
