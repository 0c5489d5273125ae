//! Answers of SQS's batch calls, entry by entry.
//!
//! HTTP 200 says nothing about an entry: each is confirmed or refused by itself, by its id and in any
//! order, and one that is not answered exactly once makes the whole answer unusable.

use cdc_core::delivery::{CallError, CallErrorKind};

/// What became of an entry: done, or the service's code, escaped and cut to a bound.
pub(crate) type Entry = Result<(), Box<str>>;

/// The id of the entry at that place of a request.
pub(crate) fn id(place: usize) -> String {
    place.to_string()
}

/// What became of each of `count` entries, in the order of the request; `None` unless each is
/// answered exactly once.
pub(crate) fn by_place<'a>(
    confirmed: impl Iterator<Item = &'a str>,
    refused: impl Iterator<Item = (&'a str, &'a str)>,
    count: usize,
) -> Option<Vec<Entry>> {
    let confirmed = confirmed.map(|id| (id, Ok(())));
    let refused = refused.map(|(id, code)| (id, Err(bounded(code))));
    let mut by_place = vec![None; count];
    for (id, entry) in confirmed.chain(refused) {
        let slot = by_place.get_mut(id.parse::<usize>().ok()?)?;
        if slot.replace(entry).is_some() {
            return None;
        }
    }
    by_place.into_iter().collect()
}

/// The error code, escaped and cut to a bound as in [`CallError::new`].
fn bounded(code: &str) -> Box<str> {
    CallError::new("", CallErrorKind::Unavailable, Some(code)).code.unwrap_or_default()
}
