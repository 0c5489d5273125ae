//! The layout of a document's item, for this program and for people with the AWS CLI.

use aws_sdk_dynamodb::types::AttributeValue;
use cdc_core::state::{Document, Revision};

use super::{Item, Listed, Stored};

/// The table's key: the processor's name.
pub(super) const PK: &str = "pk";

/// How often the document was saved.
pub(super) const REVISION: &str = "revision";

/// When the program saved it; `lastUpdated` is what its writer says.
pub(super) const SAVED_AT: &str = "savedAt";

const VERSION: &str = "v";
const STATE: &str = "state";
const SEQUENCE: &str = "lastProcessedSequence";
const COUNT: &str = "processedCount";
const UPDATED: &str = "lastUpdated";
const SAVED_BY: &str = "savedBy";

/// The layout that this program writes, and the only one it reads.
const VERSION_WRITTEN: &str = "1";

/// What a list shows.
pub(super) const LISTED: [&str; 5] = [PK, REVISION, SEQUENCE, COUNT, UPDATED];

/// An attribute: its alias in expressions, its name, and its value; one without value is removed.
type Attribute = (&'static str, &'static str, Option<AttributeValue>);

/// What a save sets, beside the revision and its time.
pub(super) fn attributes(document: &Document, token: &str) -> [Attribute; 6] {
    let kept = |value: Option<&str>| value.map(text);
    [
        ("v", VERSION, Some(AttributeValue::N(VERSION_WRITTEN.to_owned()))),
        ("state", STATE, Some(text(&document.to_json()))),
        ("sequence", SEQUENCE, kept(document.last_processed_sequence())),
        ("count", COUNT, kept(document.processed_count())),
        ("updated", UPDATED, kept(document.last_updated())),
        ("by", SAVED_BY, Some(text(token))),
    ]
}

/// A document, where this program wrote it.
pub(super) fn read(item: &Item) -> Option<Stored> {
    let known = item.get(VERSION)?.as_n().ok()? == VERSION_WRITTEN;
    let document = known.then(|| string(item, STATE))?.and_then(|text| Document::parse(text).ok());
    Some(Stored { document: document?, revision: read_revision(item)? })
}

/// What a list shows of an item, whoever wrote it.
pub(super) fn read_listed(item: &Item) -> Option<Listed> {
    let owned = |name| string(item, name).cloned();
    Some(Listed {
        processor: owned(PK)?,
        revision: read_revision(item),
        last_processed_sequence: owned(SEQUENCE),
        processed_count: owned(COUNT),
        last_updated: owned(UPDATED),
    })
}

pub(super) fn read_revision(item: &Item) -> Option<Revision> {
    item.get(REVISION)?.as_n().ok()?.parse().ok().map(Revision::new)
}

pub(super) fn is_saved_by(item: &Item, token: &str) -> bool {
    string(item, SAVED_BY).is_some_and(|by| by == token)
}

fn string<'i>(item: &'i Item, name: &str) -> Option<&'i String> {
    item.get(name)?.as_s().ok()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}
