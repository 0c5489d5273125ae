//! Transformation for Data Firehose: each record answered under its id, redacted, dropped or failed.
//!
//! Closed on doubt: of a record with anything in it that can't be redacted nothing is answered. Firehose
//! then keeps the *source* record among what failed, in the clear, which is the stream's owner's to know.
//! What the answer must be: Firehose's developer guide, "Required parameters for data transformation".

use base64_simd::STANDARD as BASE64;
use cdc_aws::function::Refusal;
use cdc_core::{
    failure::Failure,
    json::{Kind, Object, Value},
    pipeline::ChangeRedactor,
    rules::Rules,
};

use crate::{
    answer::ANSWER_BYTES_MAX,
    refusal::{invalid_field, too_large},
};

const OPEN: &str = "{\"records\":[";
const CLOSE: &str = "]}";

/// What became of a delivery.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transformed {
    pub(crate) answer: String,
    pub(crate) records: usize,
    pub(crate) changes: usize,
    pub(crate) dropped: usize,
    pub(crate) failed: usize,
    /// Where the first that failed stands, and why it did.
    pub(crate) first_failure: Option<(usize, Failure)>,
}

/// A record as Firehose hands it over.
struct Record<'a> {
    /// Its id, as JSON.
    id: &'a str,
    /// The member that holds what was on the stream: another for a stream that reads from MSK.
    member: &'static str,
    data: Vec<u8>,
}

/// What a delivery's records hold.
const DATA: [&str; 2] = ["data", "kafkaRecordValue"];

/// Answers a delivery.
///
/// Of what does not fit into one answer the records fail, each by itself. Were the invocation to fail
/// instead, Firehose would try the same records three times more and then keep all of them among what failed.
///
/// # Errors
/// [`Refusal`] for what Firehose never sends.
pub(crate) fn transformed(delivery: Object<'_, '_>, rules: &Rules) -> Result<Transformed, Refusal> {
    let list = delivery.get("records").filter(|list| list.kind() == Kind::Array);
    let list = list.ok_or_else(|| invalid_field("records", "an array of records is expected"))?;
    let read = |(index, record)| Record::read(index, record);
    let records: Vec<_> = list.elements().enumerate().map(read).collect::<Result<_, _>>()?;
    let least = records.iter().map(|record| record.failed().len() + ",".len()).sum::<usize>();
    let room = ANSWER_BYTES_MAX.checked_sub(OPEN.len() + least + CLOSE.len());
    let mut room = room.ok_or_else(|| too_large("lower the stream's BufferSizeInMBs"))?;
    let mut redactor = ChangeRedactor::new(rules);
    let mut out = Transformed { answer: OPEN.to_owned(), ..Transformed::default() };
    for record in records {
        out.add(record, &mut redactor, &mut room);
    }
    out.answer.push_str(CLOSE);
    Ok(out)
}

impl Transformed {
    /// Adds the answer to a record. `room` is what may be written beyond one failure a record.
    fn add(&mut self, record: Record<'_>, redactor: &mut ChangeRedactor<'_>, room: &mut usize) {
        self.answer.push_str(if self.records == 0 { "" } else { "," });
        let least = record.failed().len();
        let entry = record.entry(redactor).and_then(|(entry, changes)| {
            *room = room.checked_sub(entry.len().saturating_sub(least)).ok_or_else(does_not_fit)?;
            Ok((entry, changes))
        });
        match entry {
            Ok((entry, changes)) => {
                self.answer.push_str(&entry);
                self.changes += changes;
                self.dropped += usize::from(changes == 0);
            }
            Err(failure) => {
                self.answer.push_str(&record.failed());
                self.failed += 1;
                self.first_failure.get_or_insert((self.records, failure));
            }
        }
        self.records += 1;
    }
}

impl<'a> Record<'a> {
    fn read(index: usize, record: Value<'_, 'a>) -> Result<Self, Refusal> {
        let missing = |member: &str, what: &str| {
            let place = format!("records[{index}].{member}");
            let message = format!("{place}: {what} is expected");
            invalid_field(place, message)
        };
        let text = |member: &str| {
            let value = record.as_object().and_then(|record| record.get(member));
            value.filter(|value| value.kind() == Kind::String)
        };
        let id = text("recordId").ok_or_else(|| missing("recordId", "a text"))?;
        let found = DATA.into_iter().find_map(|member| Some((member, text(member)?)));
        let data = found.and_then(|(member, value)| Some((member, value.as_str()?)));
        let data =
            data.and_then(|(member, text)| Some((member, BASE64.decode_to_vec(&*text).ok()?)));
        let (member, data) = data.ok_or_else(|| missing(DATA[0], "base64"))?;
        Ok(Self { id: id.text(), member, data })
    }

    /// The answer to it, and how many changes are in that: one JSON object a line, for Firehose puts nothing
    /// between records.
    fn entry(&self, redactor: &mut ChangeRedactor<'_>) -> Result<(String, usize), Failure> {
        let changes = redactor.changes(&self.data.clone().into())?;
        if changes.is_empty() {
            return Ok((self.with("Dropped"), 0));
        }
        let mut lines = String::new();
        for change in &changes {
            lines.push_str(change.get());
            lines.push('\n');
        }
        let (member, data) = (self.member, BASE64.encode_to_string(lines));
        let entry =
            format!("{{\"recordId\":{},\"result\":\"Ok\",\"{member}\":\"{data}\"}}", self.id);
        Ok((entry, changes.len()))
    }

    fn failed(&self) -> String {
        self.with("ProcessingFailed")
    }

    fn with(&self, result: &str) -> String {
        format!("{{\"recordId\":{},\"result\":\"{result}\"}}", self.id)
    }
}

fn does_not_fit() -> Failure {
    Failure::validation(
        "it does not fit into an answer of 6 MB with the records before it; lower the stream's BufferSizeInMBs",
    )
}
