//! From a line to the units that it says.
//!
//! A Kinesis record goes the way that it goes in the pipeline: aggregates are taken apart, each part
//! inflated and decoded. Every other line is decoded as it stands.

use std::{io, sync::Arc};

use bytes::Bytes;
use cdc_core::{
    envelope::{self, Unit},
    failure::Failure,
    json::Document,
    record::{
        Inflater, JsonRecord, RawRecord, Record, SequenceNumber, expand, json_record, json_records,
    },
};
use jiff::Timestamp;

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
    match kinesis_records(bytes, line.number) {
        None => parts.tell(envelope::decode(Some(&document))),
        Some(records) => parts.records(records),
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

/// The Kinesis records of a line: one of its own, or those of a Lambda event. `None` where the line
/// is something else.
fn kinesis_records(content: &[u8], line: u64) -> Option<Vec<Result<RawRecord, Failure>>> {
    let records = match json_record(content) {
        Some(record) => vec![record],
        None => json_records(content)?,
    };
    Some(records.iter().map(|record| raw_record(record, line)).collect())
}

fn raw_record(record: &JsonRecord<'_>, line: u64) -> Result<RawRecord, Failure> {
    let data = base64_simd::STANDARD.decode_to_vec(record.data.as_bytes());
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
