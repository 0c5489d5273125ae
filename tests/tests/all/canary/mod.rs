//! The canary over the functions: what is planted goes in, and nothing of it comes out.
//!
//! Searched is everything that is for others' eyes: events and their ids, the items of both tables, claim-check
//! objects and all keys of objects, the functions' answers and errors, their log lines at the finest level, their
//! metrics, and letters and documents as dlq-processor shows them. Not searched are raw dead letters (in their
//! queues, and in their bucket) and raw on-failure documents: it is their work to keep a record as it came, and
//! they are encrypted and closed to subscribers for it.
//!
//! What the command prints is searched by its own tests, with the same values.

mod documents;
mod failures;
mod payloads;
mod records;
mod requests;
mod search;
mod stand;

use std::collections::BTreeSet;

use cdc_tests::canary::{Search, Seeds};
use stand::Stand;

/// Nothing that was planted is in any output, and all of it was in the inputs.
#[track_caller]
fn check(stand: &Stand, seeds: &Seeds) {
    let search = Search::of(seeds);
    let went_in: BTreeSet<String> = stand
        .inputs()
        .iter()
        .flat_map(|input| search.look("the input", input))
        .map(|leak| leak.place)
        .collect();
    let planted = seeds.planted().iter().map(|canary| &canary.place);
    let missing: Vec<&String> = planted.filter(|place| !went_in.contains(*place)).collect();
    assert!(missing.is_empty(), "planted, and in no input: {missing:#?}");
    let outputs = stand.outputs();
    let leaks: BTreeSet<_> =
        outputs.iter().flat_map(|(output, bytes)| search.look(output, bytes)).collect();
    let told: Vec<String> = leaks.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}
