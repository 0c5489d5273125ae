use cdc_core::{
    delivery::CallErrorKind,
    state::{Document, Expected, ProcessorName, Revision},
};
use serde_json::{Value, json};

use super::{Listing, SaveError, StateTable};
use crate::canned::{Answer, Asked, Canned};

const DOCUMENT: &str = r#"{"lastProcessedSequence":"42","lastUpdated":"noon","n":1.50}"#;

fn table(answers: Vec<Answer>) -> (StateTable, Canned) {
    let canned = Canned::new(answers);
    (StateTable::new(&canned.connection(), "state"), canned)
}

fn me() -> ProcessorName {
    ProcessorName::parse("wallboards").unwrap()
}

fn error(status: u16, code: &str, item: Option<Value>) -> Answer {
    let mut body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}")});
    if let Some(item) = item {
        body["Item"] = item;
    }
    Answer::Status(status, body.to_string())
}

fn conflict(item: Option<Value>) -> Answer {
    error(400, "ConditionalCheckFailedException", item)
}

fn saved(revision: u64) -> Answer {
    let revision = json!({"N": revision.to_string()});
    Answer::ok(json!({"Attributes": {"revision": revision}}).to_string())
}

type Outcome = Result<u64, SaveError>;

async fn save(document: &str, expected: Expected, answers: Vec<Answer>) -> (Outcome, Vec<Asked>) {
    let (table, canned) = table(answers);
    let found = table.save(&me(), Document::parse(document).unwrap(), &expected).await;
    (found.map(|stored| stored.revision.saves()), canned.requests())
}

fn exactly(text: &str) -> Expected {
    Expected::Exactly(text.to_owned())
}

#[tokio::test]
async fn a_save_is_one_update_that_raises_the_revision() {
    let (found, requests) = save(DOCUMENT, Expected::Anything, vec![saved(8)]).await;
    assert_eq!((found, requests.len()), (Ok(8), 1));
    assert_eq!(requests[0].target, "DynamoDB_20120810.UpdateItem");
    let mut body = requests[0].body.clone();
    let values = body["ExpressionAttributeValues"].as_object_mut().unwrap();
    let (at, by) = (values.remove(":at").unwrap(), values.remove(":by").unwrap());
    assert_eq!(at["S"].as_str().unwrap().len(), "2024-01-15T10:30:00.123Z".len());
    assert_eq!(by["S"].as_str().unwrap().len(), 32);
    assert_eq!(
        body,
        json!({
            "TableName": "state", "Key": {"pk": {"S": "wallboards"}},
            "UpdateExpression": "SET #v = :v, #state = :state, #sequence = :sequence, \
                #updated = :updated, #by = :by, #at = :at ADD #revision :one REMOVE #count",
            "ExpressionAttributeNames": {"#v": "v", "#state": "state", "#by": "savedBy",
                "#sequence": "lastProcessedSequence", "#count": "processedCount",
                "#updated": "lastUpdated", "#at": "savedAt", "#revision": "revision"},
            "ExpressionAttributeValues": {":v": {"N": "1"}, ":state": {"S": DOCUMENT},
                ":sequence": {"S": "42"}, ":updated": {"S": "noon"}, ":one": {"N": "1"}},
            "ReturnValues": "UPDATED_NEW", "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        })
    );
}

#[tokio::test]
async fn what_is_expected_is_the_condition_of_the_one_write() {
    for (expected, condition, values) in [
        (Expected::Anything, None, vec![]),
        (Expected::Nothing, Some("attribute_not_exists(#pk)"), vec![]),
        (exactly("42"), Some("#sequence = :expected"), vec![(":expected", json!({"S": "42"}))]),
        (
            exactly("r7"),
            Some("#revision = :revision OR #sequence = :expected"),
            vec![(":expected", json!({"S": "r7"})), (":revision", json!({"N": "7"}))],
        ),
    ] {
        let (_, requests) = save(DOCUMENT, expected, vec![saved(1)]).await;
        let body = &requests[0].body;
        assert_eq!(body["ConditionExpression"].as_str(), condition);
        for (name, value) in values {
            assert_eq!(body["ExpressionAttributeValues"][name], value);
        }
    }
}

#[tokio::test]
async fn a_condition_that_does_not_hold_is_a_conflict_with_what_is_there() {
    let revision = |saves| json!({"revision": {"N": saves}, "savedBy": {"S": "another"}});
    let current = |saves| Err(SaveError::Conflict { current: Some(Revision::new(saves)) });
    for (name, answer, expected) in [
        ("moved on", conflict(Some(revision("9"))), current(9)),
        ("none there", conflict(None), Err(SaveError::Conflict { current: None })),
        ("unreadable", conflict(Some(json!({}))), Err(SaveError::Conflict { current: None })),
    ] {
        let (found, requests) = save(DOCUMENT, exactly("r7"), vec![answer]).await;
        assert_eq!((found, requests.len()), (expected, 1), "{name}");
    }
}

#[tokio::test]
async fn a_failed_save_is_an_error_and_an_answer_without_revision_is_none() {
    let kind = |found: Outcome| match found {
        Err(SaveError::Call(error)) => Some(error.kind),
        _ => None,
    };
    for (name, answer, expected) in [
        ("denied", error(400, "AccessDeniedException", None), CallErrorKind::Denied),
        ("busy", error(500, "InternalServerError", None), CallErrorKind::Unavailable),
        ("no revision", Answer::ok("{}"), CallErrorKind::Unavailable),
    ] {
        let (found, _) = save(DOCUMENT, Expected::Anything, vec![answer]).await;
        assert_eq!(kind(found), Some(expected), "{name}");
    }
}

fn stored() -> Value {
    json!({"pk": {"S": "wallboards"}, "v": {"N": "1"}, "state": {"S": DOCUMENT},
        "lastProcessedSequence": {"S": "42"}, "lastUpdated": {"S": "noon"},
        "revision": {"N": "7"}, "savedAt": {"S": "then"}, "savedBy": {"S": "t"}})
}

fn without(member: &str) -> Value {
    let mut item = stored();
    item.as_object_mut().unwrap().remove(member);
    item
}

#[tokio::test]
async fn a_document_is_read_back_as_it_was_saved() {
    let found = |item: &Value| Answer::ok(json!({"Item": item}).to_string());
    let mut later = stored();
    later["v"] = json!({"N": "2"});
    let unknown = Err(Some("UnknownItem".to_owned()));
    let text = r#"{"lastProcessedSequence":"42","lastUpdated":"noon","n":1.50,"revision":"r7"}"#;
    for (name, answer, expected) in [
        ("there", found(&stored()), Ok(Some(text.to_owned()))),
        ("none", Answer::ok("{}"), Ok(None)),
        ("of a later version", found(&later), unknown.clone()),
        ("no text", found(&without("state")), unknown.clone()),
        ("no revision", found(&without("revision")), unknown.clone()),
        ("no version", found(&without("v")), unknown),
    ] {
        let (table, canned) = table(vec![answer]);
        let read = table.get(&me()).await;
        let shown = read.map(|stored| stored.map(|one| one.document.to_json_at(one.revision)));
        let shown = shown.map_err(|error| error.code.map(String::from));
        assert_eq!(shown, expected, "{name}");
        let asked = &canned.requests()[0].body;
        assert_eq!(asked["ConsistentRead"], true);
        assert_eq!(asked["Key"], json!({"pk": {"S": "wallboards"}}));
    }
}

fn page(names: &[String], more: bool) -> Answer {
    let items: Vec<Value> = names
        .iter()
        .map(|name| {
            let mut item = stored();
            item["pk"] = json!({"S": name});
            item
        })
        .collect();
    let mut page = json!({"Items": items, "Count": items.len()});
    if more {
        page["LastEvaluatedKey"] = json!({"pk": {"S": "x"}});
    }
    Answer::ok(page.to_string())
}

#[tokio::test]
async fn a_list_is_sorted_bounded_and_says_whether_it_is_whole() {
    let many = |count: usize| (0..count).map(|n| format!("p{n:04}")).collect::<Vec<_>>();
    let two = ["b".to_owned(), "a".to_owned()];
    for (name, answers, expected, calls) in [
        ("none", vec![page(&[], false)], (0, true), 1),
        ("two", vec![page(&two, false)], (2, true), 1),
        ("pages", vec![page(&two, true), page(&two, false)], (4, true), 2),
        ("endless", vec![page(&two, true)], (32, false), 16),
        ("a thousand", vec![page(&many(1000), false)], (1000, true), 1),
        ("too many", vec![page(&many(1001), false)], (1000, false), 1),
    ] {
        let (table, canned) = table(answers);
        let Listing { documents, complete } = table.list().await.unwrap();
        assert_eq!((documents.len(), complete), expected, "{name}");
        assert_eq!(canned.requests().len(), calls, "{name}");
        assert!(documents.is_sorted_by_key(|listed| listed.processor.clone()), "{name}");
    }
    let (table, canned) = table(vec![page(&two, false)]);
    let listed = table.list().await.unwrap().documents.remove(0);
    assert_eq!((&*listed.processor, listed.revision), ("a", Some(Revision::new(7))));
    assert_eq!(listed.last_processed_sequence.as_deref(), Some("42"));
    assert_eq!((listed.processed_count, listed.last_updated), (None, Some("noon".to_owned())));
    let asked = &canned.requests()[0].body;
    assert_eq!(asked["ProjectionExpression"], "#0, #1, #2, #3, #4");
}
