//! From a line to the units that it says.
//!
//! A Kinesis record goes the way that it goes in the pipeline: aggregates are taken apart, each part
//! inflated and decoded. Every other line is decoded as it stands.

use std::{io, sync::Arc};

use bytes::Bytes;
use cdc_core::{
    envelope::{self, Unit},
    failure::Failure,
    json::{Document, Object},
    record::{Inflater, RawRecord, Record, SequenceNumber, expand},
};
use jiff::Timestamp;
use serde::Deserialize;

use super::lines::Line;

/// Where a unit stands: the line, and its place among all units of the line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) line: u64,
    pub(super) part: u32,
}

/// A unit, or why there is none.
pub(super) type Found<'f, 'a> = Result<&'f Unit<'a>, &'f Failure>;

/// Shows every unit of a line to `visit`, in order.
pub(super) fn of_line(
    line: &Line,
    visit: &mut dyn FnMut(Place, Found<'_, '_>) -> io::Result<()>,
) -> io::Result<()> {
    let mut parts = Parts { place: Place { line: line.number, part: 0 }, visit };
    let Some(bytes) = &line.bytes else {
        return parts.tell(Err(Failure::parse("the line is too long for a record")));
    };
    let document = match Document::parse(bytes, Vec::new()) {
        Ok(document) => document,
        Err(error) => return parts.tell(Err(Failure::parse(format!("the line is {error}")))),
    };
    match kinesis_records(&document, line.number) {
        None => parts.tell(envelope::decode(Some(&document))),
        Some(Err(failure)) => parts.tell(Err(failure)),
        Some(Ok(records)) => parts.records(records),
    }
}

/// Numbers the units of a line and shows them.
struct Parts<'v> {
    place: Place,
    visit: &'v mut dyn FnMut(Place, Found<'_, '_>) -> io::Result<()>,
}

impl Parts<'_> {
    fn tell(&mut self, units: Result<Vec<Unit<'_>>, Failure>) -> io::Result<()> {
        match units {
            Ok(units) => units.iter().try_for_each(|unit| self.show(Ok(unit))),
            Err(failure) => self.show(Err(&failure)),
        }
    }

    fn show(&mut self, found: Found<'_, '_>) -> io::Result<()> {
        (self.visit)(self.place, found)?;
        self.place.part += 1;
        Ok(())
    }

    fn records(&mut self, records: Vec<Result<RawRecord, Failure>>) -> io::Result<()> {
        let mut inflater = Inflater::default();
        for raw in records {
            let expanded = match raw {
                Ok(raw) => expand(vec![raw]),
                Err(failure) => {
                    self.tell(Err(failure))?;
                    continue;
                }
            };
            let mut malformed = expanded.malformed.into_iter().peekable();
            for (index, record) in expanded.records.iter().enumerate() {
                match malformed.next_if(|(at, _)| *at == index) {
                    Some((_, error)) => self.tell(Err(Failure::parse(error)))?,
                    None => self.record(record, &mut inflater)?,
                }
            }
        }
        Ok(())
    }

    fn record(&mut self, record: &Record, inflater: &mut Inflater) -> io::Result<()> {
        let content = match inflater.inflate(&record.data) {
            Ok(content) => content,
            Err(error) => return self.tell(Err(Failure::parse(format!("the record {error}")))),
        };
        if content.trim_ascii().is_empty() {
            return self.tell(envelope::decode(None));
        }
        match Document::parse(&content, Vec::new()) {
            Ok(document) => self.tell(envelope::decode(Some(&document))),
            Err(error) => self.tell(Err(Failure::parse(format!("the record is {error}")))),
        }
    }
}

/// The members of a Kinesis record as Lambda delivers it. An object with any other is no such record
/// but a row or an envelope that happens to have a member `kinesis`.
const RECORD_MEMBERS: [&str; 8] = [
    "kinesis",
    "eventSource",
    "eventVersion",
    "eventID",
    "eventName",
    "invokeIdentityArn",
    "awsRegion",
    "eventSourceARN",
];

#[derive(Deserialize)]
struct LambdaEvent {
    #[serde(rename = "Records")]
    records: Vec<LambdaRecord>,
}

#[derive(Deserialize)]
struct LambdaRecord {
    kinesis: KinesisRecord,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KinesisRecord {
    data: String,
    partition_key: Option<String>,
    sequence_number: Option<String>,
}

/// The Kinesis records of a line: one of its own, or those of a Lambda event. `None` where the line
/// is something else.
fn kinesis_records(
    document: &Document<'_>,
    line: u64,
) -> Option<Result<Vec<Result<RawRecord, Failure>>, Failure>> {
    let object = document.root().as_object()?;
    if object.get("Records").is_some() && object.members().count() == 1 {
        let event = serde_json::from_str::<LambdaEvent>(document.text());
        let records = event.map(|event| {
            event.records.iter().map(|record| raw_record(&record.kinesis, line)).collect()
        });
        // serde's own words could repeat a row's.
        return Some(records.map_err(|_| Failure::parse(NO_KINESIS_EVENT)));
    }
    if !is_kinesis_record(object) {
        return None;
    }
    let record = serde_json::from_str::<LambdaRecord>(document.text());
    let record = record.map(|record| vec![raw_record(&record.kinesis, line)]);
    Some(record.map_err(|_| Failure::parse(NO_KINESIS_RECORD)))
}

const NO_KINESIS_EVENT: &str = "Records must be a list of Kinesis records, \
    {\"kinesis\":{\"data\":\"<base64>\"}}; Lambda events of other sources are not read yet";
const NO_KINESIS_RECORD: &str = "kinesis must be {\"data\":\"<base64>\",\"partitionKey\":\"…\"}";

fn is_kinesis_record(object: Object<'_, '_>) -> bool {
    object.get("kinesis").is_some_and(|kinesis| kinesis.as_object().is_some())
        && object.members().all(|(name, _)| RECORD_MEMBERS.iter().any(|member| name == **member))
}

fn raw_record(record: &KinesisRecord, line: u64) -> Result<RawRecord, Failure> {
    let data = base64_simd::STANDARD.decode_to_vec(&record.data);
    let data = data.map_err(|_| Failure::parse("kinesis.data must be base64, with its padding"))?;
    let number =
        record.sequence_number.as_deref().and_then(|text| SequenceNumber::parse(text).ok());
    Ok(RawRecord {
        data: Bytes::from(data),
        partition_key: Arc::from(record.partition_key.as_deref().unwrap_or_default()),
        number: number.unwrap_or_else(|| line.into()),
        arrived: Timestamp::UNIX_EPOCH,
    })
}
