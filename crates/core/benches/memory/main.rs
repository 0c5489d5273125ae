//! What decoding keeps: the most that is allocated at once while 100 MB of records of every envelope
//! are decoded one after the other, beside the same for the first of those megabytes.
//!
//! `cargo bench -p cdc-core --bench memory` prints the table. It is a program of its own because
//! counting slows each allocation down.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

#[path = "../payloads/mod.rs"]
mod payloads;
#[path = "../payloads/pipeline.rs"]
mod pipeline;

use allocation_counter::{AllocationInfo, measure};
use cdc_core::{
    arena::Arena,
    envelope::{self, Context},
    json::Document,
    pipeline::Preparer,
    record::{RawRecord, Record, SequenceNumber, expand},
};
use jiff::Timestamp;
use payloads::Case;
use pipeline::{pipeline, shard};

const MEGABYTE: usize = 1_000_000;

/// How much is read, in megabytes.
const RUNS: [usize; 3] = [1, 10, 100];

/// Records of each case; they come round again.
const NUMBERS: u64 = 10;

fn main() {
    let record = |case: Case| (0..NUMBERS).map(move |number| case.record(number).into_bytes());
    let texts: Vec<Vec<u8>> = Case::all().flat_map(record).collect();
    let records: Vec<Record> = expand(texts.iter().map(|text| raw(text)).collect()).records;
    let (pipeline, shard) = (pipeline(), shard());
    let names: Vec<&str> = Case::all().map(|case| case.name).collect();
    println!("records of {}\n", names.join(", "));
    println!(
        "| read | decoding: most at once | allocations | preparing: most at once | allocations |"
    );
    println!("|---|---|---|---|---|");
    for megabytes in RUNS {
        let decoded = measure(|| decode(&texts, megabytes * MEGABYTE));
        let prepared = measure(|| {
            prepare(&records, megabytes * MEGABYTE, Preparer::new(&pipeline, &shard));
        });
        println!("| {megabytes} MB | {} | {} |", shown(decoded), shown(prepared));
    }
}

fn shown(info: AllocationInfo) -> String {
    format!("{} bytes | {}", info.bytes_max, info.count_total)
}

/// Decodes so many bytes of records, with what they share kept between them.
fn decode(texts: &[Vec<u8>], bytes: usize) {
    let (mut scratch, mut arena, mut read) = (Vec::new(), Arena::default(), 0);
    for text in texts.iter().cycle() {
        arena.clear();
        let document = Document::parse(text, scratch).expect("records are JSON");
        envelope::decode(Some(&document), Context::documented(&arena)).expect("known envelopes");
        scratch = document.into_scratch();
        read += text.len();
        if read >= bytes {
            return;
        }
    }
}

/// The same down to the finished details, none of which is kept.
fn prepare(records: &[Record], bytes: usize, mut preparer: Preparer<'_>) {
    let mut read = 0;
    for record in records.iter().cycle() {
        preparer.prepare(record).expect("nothing is compressed");
        read += record.data.len();
        if read >= bytes {
            return;
        }
    }
}

fn raw(text: &[u8]) -> RawRecord {
    RawRecord {
        data: text.to_vec().into(),
        partition_key: "4000000".into(),
        number: SequenceNumber::from(1),
        arrived: Timestamp::from_second(1_705_314_601).expect("a time in range"),
    }
}
