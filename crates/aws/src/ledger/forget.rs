//! An operator's reset: a shard's claims deleted, page by page, and its note under a condition.
//!
//! Safe at any time, also while the pipeline writes beside it: a claim forgotten costs a duplicate,
//! and one that is added meanwhile stays or goes. Nothing here decides whether to forget.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::delete_item::DeleteItemError,
    types::{
        AttributeValue, DeleteRequest, ReturnValue, ReturnValuesOnConditionCheckFailure,
        WriteRequest,
    },
};
use cdc_core::{delivery::CallError, ledger::Note, record::SequenceNumber};

use super::{DynamoLedger, Item, QUERY, item};
use crate::{
    config::LEDGER_TIMEOUT,
    error::{call_error, within},
};

const GET_ITEM: &str = "GetItem";
const DELETE_ITEM: &str = "DeleteItem";

/// Most claims of one page. A page of them is read and deleted within the ledger's one timeout.
const PAGE_CLAIMS_MAX: i32 = 100;

/// What one page of forgetting did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPage {
    /// Claims that were deleted.
    pub forgotten: usize,
    /// The sort key to go on behind; none once there is no claim left.
    pub next: Option<String>,
}

/// What became of a note that was to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoteGone {
    /// It is deleted.
    Forgotten,
    /// There was none.
    WasNone,
    /// It has another number by now, and stays. None where it cannot be read.
    Moved(Option<SequenceNumber>),
}

impl DynamoLedger {
    /// A shard's note, read with strong consistency; `None` where there is none that can be read.
    ///
    /// # Errors
    /// [`CallError`] where the read failed.
    pub async fn note(&self, partition: &str, shard: &str) -> Result<Option<Note>, CallError> {
        within(GET_ITEM, LEDGER_TIMEOUT, async {
            let request = self
                .client
                .get_item()
                .table_name(&self.table)
                .set_key(Some(key(partition, shard)))
                .consistent_read(true);
            let answer = request.send().await.map_err(|error| call_error(GET_ITEM, &error))?;
            Ok(answer.item.as_ref().and_then(item::read_note))
        })
        .await
    }

    /// Deletes the first claims of a partition
    /// ([`cdc_core::ledger::LedgerScope::claim_partition`]) behind that sort key.
    ///
    /// # Errors
    /// [`CallError`] where a call failed; some claims of the page may be deleted all the same.
    pub async fn forget_claims(
        &self,
        partition: &str,
        behind: Option<&str>,
    ) -> Result<ClaimPage, CallError> {
        within(QUERY, LEDGER_TIMEOUT, async {
            let query = self
                .query(partition)
                .key_condition_expression("#pk = :pk")
                .projection_expression("#pk, #sk")
                .expression_attribute_names("#sk", item::SK)
                .limit(PAGE_CLAIMS_MAX)
                .consistent_read(true)
                .set_exclusive_start_key(behind.map(|behind| key(partition, behind)));
            let page = query.send().await.map_err(|error| call_error(QUERY, &error))?;
            let deletes: Vec<_> = page.items.into_iter().flatten().map(delete).collect();
            let forgotten = deletes.len();
            self.write_all(deletes).await?;
            let next = page.last_evaluated_key.and_then(|mut key| match key.remove(item::SK) {
                Some(AttributeValue::S(sort_key)) => Some(sort_key),
                _ => None,
            });
            Ok(ClaimPage { forgotten, next })
        })
        .await
    }

    /// Deletes a shard's note, if it still has that number.
    ///
    /// # Errors
    /// [`CallError`] where the call failed; the note may be deleted all the same.
    pub async fn forget_note(
        &self,
        partition: &str,
        shard: &str,
        number: &SequenceNumber,
    ) -> Result<NoteGone, CallError> {
        within(DELETE_ITEM, LEDGER_TIMEOUT, async {
            let request = self
                .client
                .delete_item()
                .table_name(&self.table)
                .set_key(Some(key(partition, shard)))
                .condition_expression("attribute_not_exists(#pk) OR #number = :number")
                .expression_attribute_names("#pk", item::PK)
                .expression_attribute_names("#number", item::NUMBER)
                .expression_attribute_values(":number", text(number.as_str()))
                .return_values(ReturnValue::AllOld)
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                );
            match request.send().await {
                Ok(answer) if answer.attributes.is_some() => Ok(NoteGone::Forgotten),
                Ok(_) => Ok(NoteGone::WasNone),
                Err(error) => moved(error),
            }
        })
        .await
    }
}

fn moved(error: SdkError<DeleteItemError>) -> Result<NoteGone, CallError> {
    match error.as_service_error() {
        Some(DeleteItemError::ConditionalCheckFailedException(failed)) => {
            let note = failed.item.as_ref().and_then(item::read_note);
            Ok(NoteGone::Moved(note.map(|note| note.number)))
        }
        _ => Err(call_error(DELETE_ITEM, &error)),
    }
}

fn delete(key: Item) -> WriteRequest {
    let delete = DeleteRequest::builder().set_key(Some(key)).build().expect("the key is set");
    WriteRequest::builder().delete_request(delete).build()
}

fn key(partition: &str, sort_key: &str) -> Item {
    [(item::PK.to_owned(), text(partition)), (item::SK.to_owned(), text(sort_key))].into()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

#[cfg(test)]
mod tests {
    use cdc_core::{
        delivery::{CallError, CallErrorKind},
        record::SequenceNumber,
    };
    use serde_json::{Value, json};

    use super::{ClaimPage, NoteGone};
    use crate::{
        canned::{Answer, Asked, Canned},
        ledger::DynamoLedger,
    };

    const PARTITION: &str = "claim|0|cdc-events|cdc-pipeline|coredb|shardId-000000000003";
    const NOTES: &str = "note|coredb";
    const SHARD: &str = "shardId-000000000003";

    fn ledger(answers: Vec<Answer>) -> (DynamoLedger, Canned) {
        let canned = Canned::new(answers);
        (DynamoLedger::new(&canned.connection(), "checkpoints"), canned)
    }

    fn claim(sort_key: &str) -> Value {
        json!({"pk": {"S": PARTITION}, "sk": {"S": sort_key}})
    }

    fn page(claims: &[&str], last: Option<&str>) -> Answer {
        let items: Vec<Value> = claims.iter().map(|sort_key| claim(sort_key)).collect();
        let mut page = json!({"Items": items, "Count": items.len()});
        if let Some(last) = last {
            page["LastEvaluatedKey"] = claim(last);
        }
        Answer::ok(page.to_string())
    }

    fn note(number: &str) -> Value {
        json!({"pk": {"S": NOTES}, "sk": {"S": SHARD}, "number": {"S": number},
            "arrived_ms": {"N": "1700000000900"}, "at": {"N": "1700000000"},
            "settled": {"N": "2"}, "unsettled": {"N": "0"}, "v": {"N": "1"}})
    }

    fn status(status: u16, code: &str, item: Option<Value>) -> Answer {
        let mut body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}")});
        if let Some(item) = item {
            body["Item"] = item;
        }
        Answer::Status(status, body.to_string())
    }

    type Forgotten = Result<ClaimPage, CallErrorKind>;

    async fn forget(answers: Vec<Answer>, behind: Option<&str>) -> (Forgotten, Vec<Asked>) {
        let (ledger, canned) = ledger(answers);
        let found = ledger.forget_claims(PARTITION, behind).await;
        (found.map_err(|error| error.kind), canned.requests())
    }

    #[tokio::test]
    async fn a_page_of_claims_is_read_and_deleted_by_its_keys() {
        let answers = vec![page(&["001:7|a|0", "001:9|b|0"], Some("001:9|b|0")), Answer::ok("{}")];
        let (found, requests) = forget(answers, Some("001:5|x|0")).await;
        let next = Some("001:9|b|0".to_owned());
        assert_eq!(found, Ok(ClaimPage { forgotten: 2, next }));
        assert_eq!(
            requests[0].body,
            json!({
                "TableName": "checkpoints", "ConsistentRead": true, "Limit": 100,
                "KeyConditionExpression": "#pk = :pk", "ProjectionExpression": "#pk, #sk",
                "ExpressionAttributeNames": {"#pk": "pk", "#sk": "sk"},
                "ExpressionAttributeValues": {":pk": {"S": PARTITION}},
                "ExclusiveStartKey": claim("001:5|x|0"),
            })
        );
        let deleted = |sort_key: &str| json!({"DeleteRequest": {"Key": claim(sort_key)}});
        assert_eq!(
            requests[1].body,
            json!({"RequestItems": {"checkpoints":
                [deleted("001:7|a|0"), deleted("001:9|b|0")]}})
        );
    }

    #[tokio::test]
    async fn pages_end_where_claims_do_and_failures_show() {
        let many: Vec<String> = (0..30).map(|n| format!("001:{n}|a|0")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let busy = || status(500, "InternalServerError", None);
        for (name, answers, expected, calls) in [
            ("none", vec![page(&[], None)], Ok((0, false)), 1),
            ("thirty", vec![page(&many, None), Answer::ok("{}")], Ok((30, false)), 3),
            ("an empty page", vec![page(&[], Some("x"))], Ok((0, true)), 1),
            ("not read", vec![busy()], Err(CallErrorKind::Unavailable), 3),
            ("not deleted", vec![page(&many, None), busy()], Err(CallErrorKind::Unavailable), 4),
        ] {
            let (found, requests) = forget(answers, None).await;
            let found = found.map(|page| (page.forgotten, page.next.is_some()));
            assert_eq!((found, requests.len()), (expected, calls), "{name}");
        }
    }

    #[tokio::test]
    async fn a_note_goes_only_with_the_number_that_was_seen() {
        let number = |digits: &str| SequenceNumber::parse(digits).unwrap();
        let conflict = |item| status(400, "ConditionalCheckFailedException", item);
        let gone = Answer::ok(json!({"Attributes": note("10")}).to_string());
        let denied = status(400, "AccessDeniedException", None);
        for (name, answer, expected) in [
            ("gone", gone, Ok(NoteGone::Forgotten)),
            ("none", Answer::ok("{}"), Ok(NoteGone::WasNone)),
            ("moved", conflict(Some(note("11"))), Ok(NoteGone::Moved(Some(number("11"))))),
            ("moved, unreadable", conflict(None), Ok(NoteGone::Moved(None))),
            ("denied", denied, Err(CallErrorKind::Denied)),
        ] {
            let (ledger, canned) = ledger(vec![answer]);
            let found = ledger.forget_note(NOTES, SHARD, &number("10")).await;
            assert_eq!(found.map_err(|error| error.kind), expected, "{name}");
            let asked = &canned.requests()[0].body;
            assert_eq!(
                asked["ConditionExpression"],
                "attribute_not_exists(#pk) OR #number = :number"
            );
            assert_eq!(asked["ExpressionAttributeValues"], json!({":number": {"S": "10"}}));
            assert_eq!(asked["Key"], json!({"pk": {"S": NOTES}, "sk": {"S": SHARD}}));
        }
    }

    #[tokio::test]
    async fn a_note_is_read_with_strong_consistency() {
        let found = Answer::ok(json!({"Item": note("10")}).to_string());
        let unreadable = Answer::ok(json!({"Item": {"pk": {"S": NOTES}}}).to_string());
        for (name, answer, expected) in [
            ("there", found, Some("10".to_owned())),
            ("none", Answer::ok("{}"), None),
            ("unreadable", unreadable, None),
        ] {
            let (ledger, canned) = ledger(vec![answer]);
            let read: Result<_, CallError> = ledger.note(NOTES, SHARD).await;
            let found = read.unwrap().map(|note| note.number.to_string());
            assert_eq!(found, expected, "{name}");
            assert_eq!(canned.requests()[0].body["ConsistentRead"], true);
        }
    }
}
