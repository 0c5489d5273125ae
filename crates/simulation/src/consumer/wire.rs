//! What the consumer reads of an event's `detail` (`schemas/table-change-1.0.json`).

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::{Keys, TableName};

/// How an order begins that is a place in a shard. Such places compare for one row, whose changes
/// all come under one partition key, and not between rows of different shards.
const SHARD_ORDER: &str = "shard:";

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Operation {
    Insert,
    Update,
    Delete,
    Truncate,
}

#[derive(Deserialize)]
pub(super) struct Event<'a> {
    database: Option<String>,
    schema: Option<String>,
    table: String,
    pub(super) operation: Operation,
    #[serde(borrow)]
    keys: Option<BTreeMap<Cow<'a, str>, &'a RawValue>>,
    #[serde(borrow)]
    after: Option<BTreeMap<Cow<'a, str>, &'a RawValue>>,
    #[serde(borrow)]
    metadata: Metadata<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    #[serde(borrow)]
    order: Option<Cow<'a, str>>,
    claim_check: Option<IgnoredAny>,
}

impl Event<'_> {
    pub(super) fn table_name(&self) -> TableName {
        (self.database.clone(), self.schema.clone(), self.table.clone())
    }

    /// The event's place among those of its row, or for a TRUNCATE of its table.
    pub(super) fn order(&self) -> Option<&str> {
        let order = self.metadata.order.as_deref()?;
        let comparable = match self.operation {
            Operation::Truncate => !order.starts_with(SHARD_ORDER),
            Operation::Insert | Operation::Update | Operation::Delete => self.keys.is_some(),
        };
        comparable.then_some(order)
    }

    /// The row; none for a TRUNCATE.
    pub(super) fn row(&self) -> Option<Keys> {
        let keys = self.keys.as_ref().filter(|_| self.operation != Operation::Truncate)?;
        Some(keys.iter().map(|(name, json)| (name.to_string(), meaning(json))).collect())
    }

    /// The columns that the event tells. What the source left out as unchanged is not among them.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&str, &str)> {
        self.after.iter().flatten().map(|(name, json)| (name.as_ref(), json.get()))
    }

    pub(super) fn images_lie_elsewhere(&self) -> bool {
        self.metadata.claim_check.is_some() && self.after.is_none()
    }
}

/// A key's value as it is meant: a string unescaped, so that one row has one key however its
/// producer escapes; a quote in front keeps it apart from a number of the same digits.
fn meaning(json: &RawValue) -> String {
    serde_json::from_str::<String>(json.get())
        .map_or_else(|_| json.get().to_owned(), |text| format!("\"{text}"))
}
