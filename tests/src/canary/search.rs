//! One look through an output for every form of every planted value.
//!
//! What has to be fast is the look, over megabytes in a build for tests: the first eight bytes of each form are
//! its head, and only where some head begins anything is compared.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt,
};

use super::{
    forms::forms,
    layers::{DEPTH_MAX, inside},
    seeds::Seeds,
};

/// Bytes of a head: fewer than any form has.
const HEAD_BYTES: usize = 8;

/// Bits of a number that tells most heads that none begins with.
const SIEVE_BITS: u32 = 20;

/// Looks for what was planted.
#[derive(Debug)]
pub struct Search {
    patterns: Vec<Pattern>,
    /// The patterns that begin with a head.
    by_head: HashMap<u64, Vec<usize>>,
    /// Whether any head has that number.
    sieve: Vec<bool>,
}

#[derive(Debug)]
struct Pattern {
    /// In lower case.
    bytes: Vec<u8>,
    form: &'static str,
    place: String,
    /// Whether it is digits alone, which are no value where more digits stand beside them.
    is_number: bool,
}

/// A planted value in an output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leak {
    /// What form it has there.
    pub form: &'static str,
    /// Where it was planted.
    pub place: String,
    /// Where it was found.
    pub output: String,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "leak: {} of {} in {}", self.form, self.place, self.output)
    }
}

impl Search {
    /// A search for all that was planted so far.
    #[must_use]
    pub fn of(seeds: &Seeds) -> Self {
        let (patterns, by_head) = (Vec::new(), HashMap::new());
        let mut search = Self { patterns, by_head, sieve: vec![false; 1 << SIEVE_BITS] };
        for canary in seeds.planted() {
            let mut known = HashSet::new();
            for form in forms(canary) {
                let bytes = form.bytes.to_ascii_lowercase();
                if known.insert(bytes.clone()) {
                    search.add(bytes, form.name, &canary.place);
                }
            }
        }
        search
    }

    fn add(&mut self, bytes: Vec<u8>, form: &'static str, place: &str) {
        let head = bytes[..HEAD_BYTES].iter().fold(0, |head, byte| next(head, *byte));
        self.by_head.entry(head).or_default().push(self.patterns.len());
        self.sieve[sieved(head)] = true;
        let is_number = bytes.iter().all(u8::is_ascii_digit);
        self.patterns.push(Pattern { bytes, form, place: place.to_owned(), is_number });
    }

    /// What an output holds of it, whatever layers it lies under.
    #[must_use]
    pub fn look(&self, output: &str, bytes: &[u8]) -> BTreeSet<Leak> {
        let mut found = BTreeSet::new();
        let mut layers = vec![(bytes.to_vec(), 0)];
        while let Some((bytes, depth)) = layers.pop() {
            self.look_at(&bytes.to_ascii_lowercase(), &mut found);
            if depth < DEPTH_MAX {
                layers.extend(inside(&bytes).into_iter().map(|layer| (layer, depth + 1)));
            }
        }
        let leak = |pattern: usize| {
            let Pattern { form, place, .. } = &self.patterns[pattern];
            Leak { form, place: place.clone(), output: output.to_owned() }
        };
        found.into_iter().map(leak).collect()
    }

    /// Adds the patterns that are in these bytes.
    fn look_at(&self, bytes: &[u8], found: &mut BTreeSet<usize>) {
        let mut head = 0;
        for (at, byte) in bytes.iter().enumerate() {
            head = next(head, *byte);
            if self.sieve[sieved(head)] && at + 1 >= HEAD_BYTES {
                self.compare(head, bytes, at + 1 - HEAD_BYTES, found);
            }
        }
    }

    fn compare(&self, head: u64, bytes: &[u8], start: usize, found: &mut BTreeSet<usize>) {
        for index in self.by_head.get(&head).into_iter().flatten() {
            let pattern = &self.patterns[*index];
            let end = start + pattern.bytes.len();
            if bytes.get(start..end) != Some(&pattern.bytes) {
                continue;
            }
            let is_digit =
                |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
            let is_part = is_digit(start.checked_sub(1)) || is_digit(Some(end));
            if !(pattern.is_number && is_part) {
                found.insert(*index);
            }
        }
    }
}

/// The last eight bytes, with one more of them.
fn next(head: u64, byte: u8) -> u64 {
    head << 8 | u64::from(byte)
}

/// The number of a head: its bits mixed by the golden ratio.
fn sieved(head: u64) -> usize {
    (head.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SIEVE_BITS)) as usize
}
