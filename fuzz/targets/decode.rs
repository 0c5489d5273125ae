//! Any bytes as a record's content: judged as `serde_json` judges them, and every column of every
//! change that comes out of them is JSON.
#![no_main]

use cdc_core::{
    arena::Arena,
    envelope::{self, Context, Unit},
    event::{ChangeEvent, Row},
    json::{Document, JsonErrorKind},
};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

fuzz_target!(|data: &[u8]| {
    let known =
        std::str::from_utf8(data).is_ok() && serde_json::from_slice::<&RawValue>(data).is_ok();
    let document = match Document::parse(data, Vec::new()) {
        Ok(document) => document,
        Err(error) => {
            // serde_json counts the levels of what it skips no differently.
            let bound = matches!(error.kind, JsonErrorKind::TooDeep | JsonErrorKind::TooManyNodes);
            assert!(!known || bound, "{error}");
            return;
        }
    };
    assert!(known);
    let _ = envelope::about(&document);
    let arena = Arena::default();
    for unit in envelope::decode(Some(&document), Context::documented(&arena)).into_iter().flatten()
    {
        if let Unit::Change(event) = unit {
            check(&event);
        }
    }
});

fn check(event: &ChangeEvent<'_>) {
    assert!(!event.table.is_empty());
    let images = [event.change.before(), event.change.after(), event.keys.as_ref()];
    for column in images.into_iter().flatten().flat_map(Row::columns) {
        if let Some(json) = column.value.json() {
            assert!(serde_json::from_str::<&RawValue>(json).is_ok());
        }
        let name = format!("\"{}\"", column.name.escaped_text());
        assert!(serde_json::from_str::<&RawValue>(&name).is_ok());
    }
}
