//! How often on-failure documents were tried: counters beside the ledger, in its table.
//!
//! One item a document, added to in place: two runs that count at once are two tries. Items expire, and
//! with them the count.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, ReturnValue},
};
use cdc_core::{
    delivery::CallError,
    on_failure::{Attempt, Tried},
    ports::Attempts,
};
use jiff::Timestamp;

use crate::{
    config::{Connection, LEDGER_TIMEOUT},
    error::{call_error, unusable, within},
};

const QUERY: &str = "Query";
const UPDATE_ITEM: &str = "UpdateItem";
const DELETE_ITEM: &str = "DeleteItem";

const PK: &str = "pk";
const SK: &str = "sk";
const TRIES: &str = "tries";
const AT: &str = "at";
const TTL: &str = "ttl";

/// Most pages of counts that are read: an item has some 300 bytes, so 16 MB hold 50,000. What lies
/// beyond counts as never tried.
const PAGES_MAX: usize = 16;

/// The counters of one table.
#[derive(Clone, Debug)]
pub struct DynamoAttempts {
    client: Client,
    /// For what must not be repeated unseen: the repetition would count.
    counting: Client,
    table: String,
}

impl DynamoAttempts {
    /// The counters in the ledger's table (`pk`, `sk` strings; TTL on `ttl`).
    #[must_use]
    pub fn new(connection: &Connection, table: impl Into<String>) -> Self {
        let (client, counting) = (connection.dynamodb(), connection.dynamodb_single());
        Self { client, counting, table: table.into() }
    }

    async fn all(&self, partition: &str) -> Result<HashMap<String, Tried>, CallError> {
        let mut counts = HashMap::new();
        let mut start = None;
        for _ in 0..PAGES_MAX {
            let request = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression("#pk = :pk")
                .expression_attribute_names("#pk", PK)
                .expression_attribute_values(":pk", text(partition))
                .set_exclusive_start_key(start);
            let page = request.send().await.map_err(|error| call_error(QUERY, &error))?;
            counts.extend(page.items.unwrap_or_default().iter().filter_map(counted));
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(counts)
    }

    async fn add(&self, attempt: Attempt) -> Result<u32, CallError> {
        let Attempt { partition, document, by, at, expires } = attempt;
        let request = self
            .counting
            .update_item()
            .table_name(&self.table)
            .key(PK, text(&partition))
            .key(SK, text(&document))
            .update_expression("ADD #tries :by SET #at = :at, #ttl = :ttl")
            .expression_attribute_names("#tries", TRIES)
            .expression_attribute_names("#at", AT)
            .expression_attribute_names("#ttl", TTL)
            .expression_attribute_values(":by", number(by))
            .expression_attribute_values(":at", number(at.as_second()))
            .expression_attribute_values(":ttl", number(expires.as_second()))
            .return_values(ReturnValue::UpdatedNew);
        let answer = request.send().await.map_err(|error| call_error(UPDATE_ITEM, &error))?;
        let tries = answer.attributes.as_ref().and_then(tries);
        tries.ok_or_else(|| unusable(UPDATE_ITEM, "NoCount"))
    }

    async fn remove(&self, partition: &str, document: &str) -> Result<(), CallError> {
        let request = self.client.delete_item().table_name(&self.table);
        let request = request.key(PK, text(partition)).key(SK, text(document));
        request.send().await.map(drop).map_err(|error| call_error(DELETE_ITEM, &error))
    }
}

impl Attempts for DynamoAttempts {
    async fn counted(&self, partition: &str) -> Result<HashMap<String, Tried>, CallError> {
        within(QUERY, LEDGER_TIMEOUT, self.all(partition)).await
    }

    async fn count(&self, attempt: Attempt) -> Result<u32, CallError> {
        within(UPDATE_ITEM, LEDGER_TIMEOUT, self.add(attempt)).await
    }

    async fn forget(&self, partition: &str, document: &str) -> Result<(), CallError> {
        within(DELETE_ITEM, LEDGER_TIMEOUT, self.remove(partition, document)).await
    }
}

fn counted(item: &HashMap<String, AttributeValue>) -> Option<(String, Tried)> {
    let last = Timestamp::from_second(item.get(AT)?.as_n().ok()?.parse().ok()?).ok()?;
    Some((item.get(SK)?.as_s().ok()?.clone(), Tried { count: tries(item)?, last }))
}

/// A count that was taken back more often than it was given is none.
fn tries(item: &HashMap<String, AttributeValue>) -> Option<u32> {
    let count: i64 = item.get(TRIES)?.as_n().ok()?.parse().ok()?;
    Some(count.clamp(0, i64::from(u32::MAX)) as u32)
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use cdc_core::{
        delivery::CallErrorKind,
        on_failure::{Attempt, Tried},
        ports::Attempts as _,
    };
    use jiff::Timestamp;
    use serde_json::json;

    use super::DynamoAttempts;
    use crate::canned::{Answer, Canned};

    fn attempts(answers: impl IntoIterator<Item = Answer>) -> (Canned, DynamoAttempts) {
        let canned = Canned::new(answers);
        let attempts = DynamoAttempts::new(&canned.connection(), "ledger");
        (canned, attempts)
    }

    fn attempt(by: i32) -> Attempt {
        let at = "2024-01-01T00:00:00Z".parse().unwrap();
        let expires = "2024-02-01T00:00:00Z".parse().unwrap();
        Attempt {
            partition: "attempts|coredb".into(),
            document: "bucket|k".into(),
            by,
            at,
            expires,
        }
    }

    #[tokio::test]
    async fn counts_are_read_page_by_page_and_what_cannot_be_read_is_left_out() {
        let item = |sk: &str, tries: &str| {
            format!(r#"{{"sk":{{"S":"{sk}"}},"at":{{"N":"7"}},"tries":{tries}}}"#)
        };
        let first = [item("bucket|a", r#"{"N":"3"}"#), item("queue|m", r#"{"N":"-1"}"#)].join(",");
        let second = [item("bucket|b", r#"{"S":"3"}"#), r#"{"tries":{"N":"1"}}"#.into()].join(",");
        let (canned, attempts) = attempts([
            Answer::ok(format!(
                r#"{{"Items":[{first}],"LastEvaluatedKey":{{"pk":{{"S":"p"}},"sk":{{"S":"s"}}}}}}"#
            )),
            Answer::ok(format!(r#"{{"Items":[{second}]}}"#)),
        ]);
        let counts = attempts.counted("attempts|coredb").await.unwrap();
        let tried = |count| Tried { count, last: Timestamp::from_second(7).unwrap() };
        assert_eq!(
            counts,
            HashMap::from([("bucket|a".into(), tried(3)), ("queue|m".into(), tried(0))])
        );
        let asked = &canned.requests()[0].body;
        assert_eq!(asked["ExpressionAttributeValues"], json!({":pk": {"S": "attempts|coredb"}}));
        assert_eq!(
            (&asked["TableName"], &asked["ConsistentRead"]),
            (&json!("ledger"), &true.into())
        );
        assert_eq!(canned.requests()[1].body["ExclusiveStartKey"]["sk"]["S"], "s");
    }

    #[tokio::test]
    async fn a_try_is_counted_in_place_and_once() {
        let (canned, attempts) = attempts([Answer::ok(r#"{"Attributes":{"tries":{"N":"4"}}}"#)]);
        assert_eq!(attempts.count(attempt(1)).await.unwrap(), 4);
        let asked = &canned.requests()[0].body;
        assert_eq!(asked["UpdateExpression"], "ADD #tries :by SET #at = :at, #ttl = :ttl");
        assert_eq!(asked["Key"], json!({"pk": {"S": "attempts|coredb"}, "sk": {"S": "bucket|k"}}));
        let values =
            json!({":by": {"N": "1"}, ":at": {"N": "1704067200"}, ":ttl": {"N": "1706745600"}});
        assert_eq!(asked["ExpressionAttributeValues"], values);
        assert_eq!(asked["ReturnValues"], "UPDATED_NEW");
        for (answer, kind) in [
            (Answer::Lost, CallErrorKind::Unavailable),
            (Answer::ok("{}"), CallErrorKind::Unavailable),
            (
                Answer::Status(400, r#"{"__type":"AccessDeniedException"}"#.into()),
                CallErrorKind::Denied,
            ),
        ] {
            let (canned, attempts) = self::attempts([answer]);
            assert_eq!(attempts.count(attempt(-1)).await.unwrap_err().kind, kind);
            assert_eq!(canned.requests().len(), 1, "one attempt");
        }
    }

    #[tokio::test]
    async fn a_count_is_forgotten() {
        let (canned, attempts) = attempts([Answer::ok("{}")]);
        attempts.forget("attempts|coredb", "bucket|k").await.unwrap();
        let asked = &canned.requests()[0];
        assert_eq!(asked.target, "DynamoDB_20120810.DeleteItem");
        assert_eq!(asked.body["Key"]["sk"]["S"], "bucket|k");
    }
}
