//! The published event's detail: written once, in one buffer, from slices of the record.

use std::{fmt::Write as _, ops::Range};

use super::{
    Redacted, identifier,
    image::{self, Columns, Findings, OnUnfit, UnfitColumn},
};
use crate::{
    claim_check::ClaimCheck,
    envelope::Conventions,
    event::{Before, ChangeEvent, Operation, Row},
    json::{Name, write_string},
    pipeline::{EventId, RowKey, Stamp},
    record::{Position, Shard},
    rules::TableRules,
};

/// The version of the detail's shape. 1.x only adds.
const VERSION: &str = "1.0";

/// Room for everything in a detail that is not the row.
const FRAME_BYTES: usize = 1024;

/// One event to be written.
pub(crate) struct Facts<'e, 'a> {
    pub(crate) event: &'e ChangeEvent<'a>,
    pub(crate) table: &'e TableRules,
    pub(crate) operation: Operation,
    pub(crate) before: Option<&'e Row<'a>>,
    pub(crate) after: Option<&'e Row<'a>>,
    pub(crate) key: Option<&'e RowKey<'a>>,
    /// The other row of a changed key.
    pub(crate) moved: Option<Moved<'e, 'a>>,
    pub(crate) stamp: &'e Stamp<'e>,
    pub(crate) event_id: &'e EventId,
    pub(crate) order: Option<&'e str>,
    pub(crate) shard: &'e Shard,
    pub(crate) position: &'e Position,
    pub(crate) replay: bool,
    pub(crate) conventions: &'e Conventions,
}

impl<'e> Facts<'e, '_> {
    fn columns(&self) -> Columns<'e> {
        Columns {
            rules: self.table.columns(),
            conventions: self.conventions,
            seed: self.event_id.as_str(),
            unfit: OnUnfit::Fail,
        }
    }
}

/// The other half of a changed primary key.
pub(crate) enum Moved<'e, 'a> {
    /// This is the DELETE; the row lives on under that key.
    To(&'e RowKey<'a>),
    /// This is the INSERT; the row came from that key.
    From(&'e RowKey<'a>),
}

/// A written detail, and where in it the images stand.
pub(crate) struct Written {
    detail: Redacted<String>,
    /// From the value of `before` to the end of that of `after`.
    images: Range<usize>,
}

/// What stands in place of the images where they lie in an object.
const NO_IMAGES: &str = "null,\"after\":null";

/// What a detail ends with: metadata, and the detail itself.
const END: &str = "}}";

impl Written {
    /// The detail.
    pub(crate) fn detail(&self) -> &Redacted<String> {
        &self.detail
    }

    pub(crate) fn into_detail(self) -> Redacted<String> {
        self.detail
    }

    /// The same detail without its images, pointing to where they lie.
    pub(crate) fn pointing_to(
        rest: &Redacted<(String, String)>,
        check: &ClaimCheck,
    ) -> Redacted<String> {
        let Redacted((head, tail)) = rest;
        let mut out = String::with_capacity(head.len() + tail.len() + FRAME_BYTES);
        out.push_str(head);
        out.push_str(NO_IMAGES);
        out.push_str(tail);
        out.push_str(",\"claimCheck\":");
        check.write(&mut out);
        out.push_str(END);
        Redacted(out)
    }

    /// What stands before the images and behind them.
    pub(crate) fn without_images(&self) -> Redacted<(String, String)> {
        let text = &self.detail.0;
        let tail = &text[self.images.end..text.len() - END.len()];
        Redacted((text[..self.images.start].to_owned(), tail.to_owned()))
    }
}

/// Writes the detail. The images go through the table's column rules here and nowhere else.
///
/// # Errors
/// [`UnfitColumn`] where a rule could not be applied.
pub(crate) fn write(facts: &Facts<'_, '_>, row_bytes: usize) -> Result<Written, Box<UnfitColumn>> {
    let mut out = String::with_capacity(row_bytes + FRAME_BYTES);
    head(&mut out, facts)?;
    out.push_str(",\"before\":");
    let start = out.len();
    let findings = images(&mut out, facts)?;
    let images = start..out.len();
    out.push_str(",\"changed\":");
    if findings.comparable {
        names(&mut out, &findings.changed);
    } else {
        out.push_str("null");
    }
    metadata(&mut out, facts, &findings)?;
    out.push('}');
    Ok(Written { detail: Redacted(out), images })
}

fn head(out: &mut String, facts: &Facts<'_, '_>) -> Result<(), Box<UnfitColumn>> {
    let event = facts.event;
    out.push_str("{\"version\":\"");
    out.push_str(VERSION);
    out.push('"');
    optional(out, ",\"database\":", event.database.as_deref());
    optional(out, ",\"schema\":", event.schema.as_deref());
    string(out, ",\"table\":", &event.table);
    plain(out, ",\"operation\":", facts.operation.as_str());
    string(out, ",\"eventType\":", facts.table.event_type());
    plain(out, ",\"timestamp\":", &facts.stamp.text);
    out.push_str(",\"keys\":");
    match facts.key {
        Some(row_key) => key(out, row_key, &facts.columns()),
        None => {
            out.push_str("null");
            Ok(())
        }
    }
}

/// Appends a key as a JSON object: withheld where its columns are.
fn key(out: &mut String, key: &RowKey<'_>, columns: &Columns<'_>) -> Result<(), Box<UnfitColumn>> {
    let mut separator = '{';
    for column in &key.columns {
        image::name(out, separator, column.name);
        separator = ',';
        let rule = columns.rules.find(&column.source.unescaped(), &mut 0);
        columns.value(out, column.source, &rule, column.json)?;
    }
    out.push('}');
    Ok(())
}

/// The values of `before` and `after`, with the name of the latter between them.
fn images<'e>(out: &mut String, facts: &Facts<'e, '_>) -> Result<Findings<'e>, Box<UnfitColumn>> {
    let columns = facts.columns();
    let mut findings = Findings::default();
    let start = out.len();
    image_or_null(out, facts.before, |out, row| {
        image::write(out, row, &columns, &mut findings, None)
    })?;
    if out[start..] == *"{}" {
        // Nothing of the image is included: to a subscriber it is as good as unknown.
        out.replace_range(start.., "null");
    }
    out.push_str(",\"after\":");
    image_or_null(out, facts.after, |out, row| {
        image::write(out, row, &columns, &mut findings, facts.before.map(Before::new))
    })?;
    findings.redacted = image::once(findings.redacted);
    findings.unchanged = image::once(findings.unchanged);
    findings.raw = image::once(findings.raw);
    Ok(findings)
}

pub(super) fn image_or_null<'a>(
    out: &mut String,
    row: Option<&Row<'a>>,
    write: impl FnOnce(&mut String, &Row<'a>) -> Result<(), Box<UnfitColumn>>,
) -> Result<(), Box<UnfitColumn>> {
    match row {
        Some(row) if !row.is_empty() => write(out, row),
        _ => {
            out.push_str("null");
            Ok(())
        }
    }
}

fn metadata(
    out: &mut String,
    facts: &Facts<'_, '_>,
    findings: &Findings<'_>,
) -> Result<(), Box<UnfitColumn>> {
    let event = facts.event;
    out.push_str(",\"metadata\":{\"eventId\":\"");
    out.push_str(facts.event_id.as_str());
    out.push('"');
    optional(out, ",\"order\":", facts.order);
    optional(out, ",\"transactionId\":", event.transaction_id.as_deref().and_then(identifier));
    plain(out, ",\"sequenceNumber\":", facts.position.number.as_str());
    let _ = write!(out, ",\"subSequence\":{}", facts.position.sub_sequence);
    string(out, ",\"stream\":", facts.shard.stream_name());
    string(out, ",\"shard\":", &facts.shard.id);
    optional(out, ",\"sourcePosition\":", event.source_position.as_deref().and_then(identifier));
    plain(out, ",\"envelope\":", event.envelope.as_str());
    plain(out, ",\"timestampFrom\":", facts.stamp.from.as_str());
    flag(out, ",\"snapshot\":", event.snapshot);
    flag(out, ",\"replay\":", facts.replay);
    list(out, ",\"redacted\":", &findings.redacted);
    list(out, ",\"unchanged\":", &findings.unchanged);
    list(out, ",\"raw\":", &findings.raw);
    match facts.moved {
        Some(Moved::To(other)) => {
            out.push_str(",\"movedTo\":");
            key(out, other, &facts.columns())?;
        }
        Some(Moved::From(other)) => {
            out.push_str(",\"movedFrom\":");
            key(out, other, &facts.columns())?;
        }
        None => {}
    }
    out.push('}');
    Ok(())
}

// `member` is the member's name as it is written: with the comma before it and the colon behind.

/// A member whose value needs no escapes.
pub(super) fn plain(out: &mut String, member: &str, value: &str) {
    out.push_str(member);
    out.push('"');
    out.push_str(value);
    out.push('"');
}

pub(super) fn string(out: &mut String, member: &str, value: &str) {
    out.push_str(member);
    write_string(out, value);
}

pub(super) fn optional(out: &mut String, member: &str, value: Option<&str>) {
    match value {
        Some(value) => string(out, member, value),
        None => flat(out, member, "null"),
    }
}

pub(super) fn flag(out: &mut String, member: &str, value: bool) {
    flat(out, member, if value { "true" } else { "false" });
}

fn flat(out: &mut String, member: &str, json: &str) {
    out.push_str(member);
    out.push_str(json);
}

pub(super) fn list(out: &mut String, member: &str, items: &[Name<'_>]) {
    out.push_str(member);
    names(out, items);
}

fn names(out: &mut String, items: &[Name<'_>]) {
    out.push('[');
    for (index, name) in items.iter().enumerate() {
        out.push_str(if index > 0 { ",\"" } else { "\"" });
        out.push_str(name.escaped_text());
        out.push('"');
    }
    out.push(']');
}
