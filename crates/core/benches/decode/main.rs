//! What decoding costs, from a record's text to its change events, for each envelope, beside
//! `serde_json::Value`, `sonic_rs::Value` and simd-json parsing the same bytes in the same run.
//!
//! `cargo bench -p cdc-core --bench decode` prints the table. With the arguments `count CASE N` the
//! binary decodes N records and prints nothing, for tools that count; `bytes CASE` prints the mean
//! size of a record of that case.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

#[path = "../payloads/mod.rs"]
mod payloads;

use std::{hint::black_box, time::Duration};

use cdc_core::{
    arena::Arena,
    envelope::{self, Context, Unit},
    json::{Document, Node},
};
use cpu_time::ThreadTime;
use payloads::{Case, ENVELOPES};

/// Rounds, in each of which everything is measured once, so that a noisy neighbour meets all alike.
const ROUNDS: usize = 200;

/// Records of one measurement.
const BATCH: u64 = 100;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["count", case, records] => count(case, records.parse().expect("a number of records")),
        ["bytes", case] => println!("{}", Batch::named(case).bytes as u64 / BATCH),
        _ => measure(),
    }
}

/// Records of one case.
struct Batch {
    case: Case,
    texts: Vec<Vec<u8>>,
    bytes: usize,
}

impl Batch {
    fn new(case: Case) -> Self {
        let texts: Vec<Vec<u8>> = (0..BATCH).map(|number| case.record(number).into()).collect();
        let bytes = texts.iter().map(Vec::len).sum();
        Self { case, texts, bytes }
    }

    fn named(name: &str) -> Self {
        Self::new(Case::all().find(|case| case.name == name).expect("the name of a case"))
    }
}

/// What a batch's records share, as in the pipeline.
#[derive(Default)]
struct Decoder {
    scratch: Vec<Node>,
    arena: Arena,
}

impl Decoder {
    /// The work that is measured: scan, envelope, change events. Each unit is a change.
    fn decode(&mut self, text: &[u8]) {
        self.arena.clear();
        let scratch = std::mem::take(&mut self.scratch);
        let document = Document::parse(text, scratch).expect("records are JSON");
        let units = envelope::decode(Some(&document), Context::documented(&self.arena));
        let units = black_box(units.expect("records are known envelopes"));
        assert!(units.iter().all(|unit| matches!(unit, Unit::Change(_))));
        drop(units);
        self.scratch = document.into_scratch();
    }
}

fn count(case: &str, records: u64) {
    let batch = Batch::named(case);
    let mut decoder = Decoder::default();
    for _ in 0..records / BATCH {
        batch.texts.iter().for_each(|text| decoder.decode(text));
    }
}

/// A way to read a batch, and its name.
type Way = (&'static str, fn(&Batch));

/// In the order of the table.
const WAYS: [Way; 6] = [
    ("decode", |batch| {
        let mut decoder = Decoder::default();
        batch.texts.iter().for_each(|text| decoder.decode(text));
    }),
    ("of it the scan", |batch| {
        let mut scratch = Vec::new();
        for text in &batch.texts {
            let document = Document::parse(text, scratch).expect("records are JSON");
            scratch = black_box(document).into_scratch();
        }
    }),
    ("serde_json", |batch| {
        for text in &batch.texts {
            let value = serde_json::from_slice::<serde_json::Value>(text);
            black_box(value.expect("records are JSON"));
        }
    }),
    ("sonic-rs", |batch| {
        for text in &batch.texts {
            let value = sonic_rs::from_slice::<sonic_rs::Value>(text);
            black_box(value.expect("records are JSON"));
        }
    }),
    // It writes into its input, so that a copy of each record belongs to its cost.
    ("simd-json", |batch| {
        let mut buffers = simd_json::Buffers::default();
        let mut text = Vec::new();
        for record in &batch.texts {
            text.clone_from(record);
            let value = simd_json::to_borrowed_value_with_buffers(&mut text, &mut buffers);
            black_box(value.expect("records are JSON"));
        }
    }),
    ("simd-json's tape", |batch| {
        let mut buffers = simd_json::Buffers::default();
        let mut text = Vec::new();
        for record in &batch.texts {
            text.clone_from(record);
            let tape = simd_json::to_tape_with_buffers(&mut text, &mut buffers);
            black_box(tape.expect("records are JSON"));
        }
    }),
];

fn measure() {
    let batches = ENVELOPES.map(Batch::new);
    let mut times = vec![[const { Vec::<Duration>::new() }; WAYS.len()]; batches.len()];
    for _ in 0..ROUNDS {
        for (batch, times) in batches.iter().zip(&mut times) {
            for ((_, way), times) in WAYS.iter().zip(times) {
                // Of this thread alone: on a shared machine others run for most of a long batch.
                let start = ThreadTime::now();
                way(batch);
                times.push(start.elapsed());
            }
        }
    }
    println!(
        "MB/s of one core's own time, median of {ROUNDS} interleaved rounds of {BATCH} records\n"
    );
    println!("| envelope | bytes | {} |", WAYS.map(|(name, _)| name).join(" | "));
    println!("|---|---|{}", "---|".repeat(WAYS.len()));
    let mut mix = [Duration::ZERO; WAYS.len()];
    for (batch, times) in batches.iter().zip(times) {
        let medians = times.map(median);
        mix.iter_mut().zip(medians).for_each(|(sum, time)| *sum += time);
        let bytes = batch.bytes / batch.texts.len();
        line(batch.case.name, bytes, medians.map(|time| speed(batch.bytes, time)));
    }
    let bytes: usize = batches.iter().map(|batch| batch.bytes).sum();
    let mean = bytes / batches.len() / BATCH as usize;
    line("all of them", mean, mix.map(|time| speed(bytes, time)));
}

fn line(name: &str, bytes: usize, speeds: [f64; WAYS.len()]) {
    let speeds = speeds.map(|speed| format!("{speed:.0}"));
    println!("| {name} | {bytes} | {} |", speeds.join(" | "));
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// In millions of bytes a second.
fn speed(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / time.as_secs_f64() / 1e6
}
