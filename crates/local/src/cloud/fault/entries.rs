//! Faults of single entries: of `PutEvents`, of `SendMessageBatch`, of `BatchWriteItem`.
//!
//! A struck entry never reaches the service: the request goes on with the others only, and the
//! answers are woven together. Each API has its own way to tell of an entry: by place, by id, or by
//! handing it back.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::{
    http::{HttpConnector as _, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use http::StatusCode;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{json, value::RawValue};

use super::{Kind, Port};
use crate::cloud::wire;

/// DynamoDB's answer where it wrote nothing at all for coming too fast (`BatchWriteItem`, API
/// reference: "if none of the items can be processed").
pub(super) const ALL_HANDED_BACK: &str =
    "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";

/// A JSON object, each member as it stands.
type Members = BTreeMap<String, Box<RawValue>>;

/// The items to write, by table.
type Writes = BTreeMap<String, Vec<Box<RawValue>>>;

/// How many entries a request has; none where it is no request with entries.
pub(super) fn count(port: Port, body: &[u8]) -> usize {
    let Ok(members) = serde_json::from_slice::<Members>(body) else { return 0 };
    match port {
        Port::PutEvents | Port::DeadLetter => {
            member::<Vec<&RawValue>>(&members, "Entries").map_or(0, |entries| entries.len())
        }
        Port::LedgerWrite => {
            let writes = member::<BTreeMap<String, Vec<&RawValue>>>(&members, "RequestItems");
            writes.map_or(0, |writes| writes.values().map(Vec::len).sum())
        }
        Port::LedgerRead | Port::Function => 0,
    }
}

fn member<'m, T: Deserialize<'m>>(members: &'m Members, name: &str) -> Option<T> {
    members.get(name).and_then(|value| serde_json::from_str(value.get()).ok())
}

/// Sends a request without the entries that are struck, and answers for these.
pub(super) async fn send(
    port: Port,
    struck: Vec<Option<Kind>>,
    inner: SharedHttpConnector,
    mut request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    if !struck.iter().any(Option::is_some) {
        return inner.call(request).await;
    }
    let body = request.take_body();
    let (rest, taken) = Taken::out_of(port, body.bytes().unwrap_or_default(), struck)?;
    let Some(rest) = rest else { return wire::to_sdk(taken.answer(None)?) };
    request.headers_mut().insert("content-length", rest.len().to_string());
    *request.body_mut() = SdkBody::from(rest);
    let mut response = inner.call(request).await?;
    if !response.status().is_success() {
        return Ok(response);
    }
    let body = ByteStream::new(response.take_body()).collect().await;
    let answered = body.map_err(|error| ConnectorError::io(error.into()))?.into_bytes();
    wire::to_sdk(taken.answer(Some(&answered))?)
}

/// What never reaches the service, told as its API tells of it.
enum Taken {
    /// All entries of the request, in their places.
    ByPlace(Vec<Option<Kind>>),
    ById(Vec<(Kind, Box<RawValue>)>),
    HandedBack(Writes),
}

impl Taken {
    /// Takes the struck entries out of a request: what is left of it, if anything, and they.
    fn out_of(
        port: Port,
        body: &[u8],
        struck: Vec<Option<Kind>>,
    ) -> Result<(Option<String>, Self), ConnectorError> {
        let mut members: Members = parse(body)?;
        let name = if port == Port::LedgerWrite { "RequestItems" } else { "Entries" };
        let list = members.remove(name).unwrap_or_else(|| RawValue::NULL.to_owned());
        let list = list.get().as_bytes();
        let (rest, taken) = if port == Port::LedgerWrite {
            let (rest, taken) = without_items(parse(list)?, &struck);
            ((!rest.is_empty()).then(|| text(&rest)), Self::HandedBack(taken))
        } else {
            let (rest, taken) = without(parse(list)?, &struck);
            let by_id = port == Port::DeadLetter;
            let taken = if by_id { Self::ById(taken) } else { Self::ByPlace(struck) };
            ((!rest.is_empty()).then(|| text(&rest)), taken)
        };
        let Some(rest) = rest.transpose()? else { return Ok((None, taken)) };
        members.insert(name.to_owned(), raw(rest)?);
        Ok((Some(text(&members)?), taken))
    }

    /// The answer for all entries, from what the service answered for the others.
    fn answer(self, answered: Option<&[u8]>) -> Result<wire::Response, ConnectorError> {
        let others = answered.unwrap_or(b"{}");
        let woven = match self {
            Self::HandedBack(_) if answered.is_none() => {
                return Ok(wire::error(StatusCode::BAD_REQUEST, ALL_HANDED_BACK, "injected"));
            }
            Self::HandedBack(taken) => text(&handed_back(taken, parse(others)?)),
            Self::ById(taken) => text(&by_id(taken, parse(others)?)?),
            Self::ByPlace(struck) => text(&by_place(&struck, parse(others)?)?),
        };
        Ok(wire::json(StatusCode::OK, woven?))
    }
}

type Split = (Vec<Box<RawValue>>, Vec<(Kind, Box<RawValue>)>);

/// The entries that are not struck, and those that are.
fn without(entries: Vec<Box<RawValue>>, struck: &[Option<Kind>]) -> Split {
    let (mut rest, mut taken) = Split::default();
    for (entry, struck) in entries.into_iter().zip(struck) {
        match struck {
            None => rest.push(entry),
            Some(kind) => taken.push((*kind, entry)),
        }
    }
    (rest, taken)
}

fn without_items(writes: Writes, mut struck: &[Option<Kind>]) -> (Writes, Writes) {
    let (mut rest, mut taken) = (Writes::new(), Writes::new());
    for (table, items) in writes {
        let (of_table, others) = struck.split_at(items.len().min(struck.len()));
        struck = others;
        let (through, back) = without(items, of_table);
        if !through.is_empty() {
            rest.insert(table.clone(), through);
        }
        if !back.is_empty() {
            taken.insert(table, back.into_iter().map(|(_, item)| item).collect());
        }
    }
    (rest, taken)
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
struct PutAnswer {
    failed_entry_count: usize,
    entries: Vec<Box<RawValue>>,
}

/// The bus tells of each entry at its place.
fn by_place(struck: &[Option<Kind>], answered: PutAnswer) -> Result<PutAnswer, ConnectorError> {
    let mut through = answered.entries.into_iter();
    let mut woven = PutAnswer { failed_entry_count: answered.failed_entry_count, entries: vec![] };
    for struck in struck {
        woven.entries.push(match struck {
            Some(kind) => {
                let code = match kind {
                    Kind::Throttle => "ThrottlingException",
                    Kind::Refuse => "MalformedDetail",
                    _ => "InternalFailure",
                };
                woven.failed_entry_count += 1;
                raw(json!({"ErrorCode": code, "ErrorMessage": "injected"}).to_string())?
            }
            None => through.next().ok_or_else(|| {
                ConnectorError::other("the bus answered for too few entries".into(), None)
            })?,
        });
    }
    Ok(woven)
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
struct SendAnswer {
    successful: Vec<Box<RawValue>>,
    failed: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sent {
    id: String,
}

/// The queue tells of each message by its id.
fn by_id(
    taken: Vec<(Kind, Box<RawValue>)>,
    mut answered: SendAnswer,
) -> Result<SendAnswer, ConnectorError> {
    for (kind, entry) in taken {
        let (code, sender_fault) = match kind {
            Kind::Throttle => ("RequestThrottled", true),
            Kind::Refuse => ("InvalidMessageContents", true),
            _ => ("InternalError", false),
        };
        let Sent { id } = parse(entry.get().as_bytes())?;
        let failed = json!({"Id": id, "Code": code, "SenderFault": sender_fault,
            "Message": "injected"});
        answered.failed.push(raw(failed.to_string())?);
    }
    Ok(answered)
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
struct WriteAnswer {
    unprocessed_items: Writes,
}

/// DynamoDB hands items back.
fn handed_back(taken: Writes, mut answered: WriteAnswer) -> WriteAnswer {
    for (table, items) in taken {
        answered.unprocessed_items.entry(table).or_default().extend(items);
    }
    answered
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ConnectorError> {
    serde_json::from_slice(body).map_err(|error| ConnectorError::other(error.into(), None))
}

fn text(value: &impl Serialize) -> Result<String, ConnectorError> {
    serde_json::to_string(value).map_err(|error| ConnectorError::other(error.into(), None))
}

fn raw(json: String) -> Result<Box<RawValue>, ConnectorError> {
    RawValue::from_string(json).map_err(|error| ConnectorError::other(error.into(), None))
}
