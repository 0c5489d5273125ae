//! One look at a table.

use aws_sdk_dynamodb::{
    Client,
    types::{KeyType, ScalarAttributeType, TableDescription, TableStatus, TimeToLiveStatus},
};
use cdc_core::delivery::CallError;

use super::Standing;
use crate::{
    config::Connection,
    error::{call_error, unusable},
};

const DESCRIBE_TABLE: &str = "DescribeTable";
const DESCRIBE_TIME_TO_LIVE: &str = "DescribeTimeToLive";

/// The attribute of a table's keys and of its expiry, as this program writes them.
const KEYS: [&str; 2] = ["pk", "sk"];
const EXPIRY: &str = "ttl";

/// Looks at one table.
#[derive(Clone, Debug)]
pub struct TableProbe {
    client: Client,
    table: String,
}

/// How a table stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableState {
    /// By DynamoDB's word.
    pub standing: Standing,
    /// How many keys it has: 1 for `pk`, 2 for `pk` and `sk`, all of them text; `None` where they
    /// are others.
    pub keys: Option<usize>,
}

impl TableProbe {
    /// The table of that name.
    #[must_use]
    pub fn new(connection: &Connection, table: impl Into<String>) -> Self {
        Self { client: connection.dynamodb(), table: table.into() }
    }

    /// How the table stands.
    ///
    /// # Errors
    /// [`CallError`] where the call failed or brought no usable answer.
    pub async fn state(&self) -> Result<TableState, CallError> {
        let request = self.client.describe_table().table_name(&self.table);
        let answer = request.send().await.map_err(|error| call_error(DESCRIBE_TABLE, &error))?;
        let table = answer.table.ok_or_else(|| unusable(DESCRIBE_TABLE, "NoTable"))?;
        let standing = table.table_status().map(standing);
        Ok(TableState {
            standing: standing.ok_or_else(|| unusable(DESCRIBE_TABLE, "NoStatus"))?,
            keys: keys(&table),
        })
    }

    /// Whether items expire by the attribute that this program writes.
    ///
    /// # Errors
    /// [`CallError`] where the call failed.
    pub async fn expires(&self) -> Result<bool, CallError> {
        let request = self.client.describe_time_to_live().table_name(&self.table);
        let answer =
            request.send().await.map_err(|error| call_error(DESCRIBE_TIME_TO_LIVE, &error))?;
        let Some(expiry) = answer.time_to_live_description else { return Ok(false) };
        let on = matches!(
            expiry.time_to_live_status,
            Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
        );
        Ok(on && expiry.attribute_name.as_deref() == Some(EXPIRY))
    }
}

fn standing(status: &TableStatus) -> Standing {
    match status {
        TableStatus::Active => Standing::Active,
        TableStatus::Updating => Standing::Updating,
        TableStatus::Creating => Standing::Creating,
        TableStatus::Deleting => Standing::Deleting,
        _ => Standing::Unusable,
    }
}

fn keys(table: &TableDescription) -> Option<usize> {
    let types = table.attribute_definitions();
    let is_text = |name: &str| {
        types.iter().any(|attribute| {
            attribute.attribute_name() == name
                && *attribute.attribute_type() == ScalarAttributeType::S
        })
    };
    let mut schema: Vec<_> = table.key_schema().iter().collect();
    schema.sort_by_key(|key| *key.key_type() != KeyType::Hash);
    let names: Vec<&str> = schema.iter().map(|key| key.attribute_name()).collect();
    let ours = !names.is_empty() && KEYS.starts_with(&names) && names.iter().all(|n| is_text(n));
    ours.then_some(names.len())
}

#[cfg(test)]
mod tests {
    use cdc_core::delivery::CallErrorKind;
    use serde_json::{Value, json};

    use super::{Standing, TableProbe, TableState};
    use crate::canned::{Answer, Canned};

    fn probe(answer: Answer) -> TableProbe {
        TableProbe::new(&Canned::new([answer]).connection(), "checkpoints")
    }

    fn described(status: &str, keys: &[(&str, &str, &str)]) -> Answer {
        let schema: Vec<Value> = keys
            .iter()
            .map(|(name, kind, _)| json!({"AttributeName": name, "KeyType": kind}))
            .collect();
        let types: Vec<Value> = keys
            .iter()
            .map(|(name, _, of)| json!({"AttributeName": name, "AttributeType": of}))
            .collect();
        let table =
            json!({"TableStatus": status, "KeySchema": schema, "AttributeDefinitions": types});
        Answer::ok(json!({"Table": table}).to_string())
    }

    fn error(code: &str) -> Answer {
        Answer::Status(400, format!(r#"{{"__type":"{code}","message":"arn:secret"}}"#))
    }

    #[tokio::test]
    async fn a_table_is_told_by_its_status_and_keys() {
        let (pk, sk) = (("pk", "HASH", "S"), ("sk", "RANGE", "S"));
        let number = ("sk", "RANGE", "N");
        let stands = |standing, keys| Ok(TableState { standing, keys });
        for (name, answer, expected) in [
            ("active", described("ACTIVE", &[pk, sk]), stands(Standing::Active, Some(2))),
            ("in any order", described("ACTIVE", &[sk, pk]), stands(Standing::Active, Some(2))),
            ("updating", described("UPDATING", &[pk]), stands(Standing::Updating, Some(1))),
            ("creating", described("CREATING", &[pk]), stands(Standing::Creating, Some(1))),
            ("deleting", described("DELETING", &[pk]), stands(Standing::Deleting, Some(1))),
            ("archived", described("ARCHIVED", &[pk]), stands(Standing::Unusable, Some(1))),
            ("new word", described("RESTING", &[pk]), stands(Standing::Unusable, Some(1))),
            (
                "other key",
                described("ACTIVE", &[("id", "HASH", "S")]),
                stands(Standing::Active, None),
            ),
            ("number", described("ACTIVE", &[pk, number]), stands(Standing::Active, None)),
            ("no keys", described("ACTIVE", &[]), stands(Standing::Active, None)),
            ("no table", Answer::ok("{}"), Err(CallErrorKind::Unavailable)),
            ("missing", error("ResourceNotFoundException"), Err(CallErrorKind::Denied)),
        ] {
            let found = probe(answer).state().await.map_err(|error| error.kind);
            assert_eq!(found, expected, "{name}");
        }
    }

    #[tokio::test]
    async fn expiry_counts_only_on_the_attribute_that_is_written() {
        let expiry = |status: &str, name: &str| {
            let told = json!({"TimeToLiveStatus": status, "AttributeName": name});
            Answer::ok(json!({"TimeToLiveDescription": told}).to_string())
        };
        for (name, answer, expected) in [
            ("on", expiry("ENABLED", "ttl"), Ok(true)),
            ("soon", expiry("ENABLING", "ttl"), Ok(true)),
            ("off", expiry("DISABLED", "ttl"), Ok(false)),
            ("another", expiry("ENABLED", "expires"), Ok(false)),
            ("never set", Answer::ok("{}"), Ok(false)),
            ("denied", error("AccessDeniedException"), Err(CallErrorKind::Denied)),
        ] {
            let found = probe(answer).expires().await.map_err(|error| error.kind);
            assert_eq!(found, expected, "{name}");
        }
    }
}
