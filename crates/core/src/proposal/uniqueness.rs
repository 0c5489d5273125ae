//! Whether a column that is usually a key is one here: no two rows have the same value.
//!
//! A stream delivers at least once, and a snapshot reads what a change has told: the same insert
//! again, or a read of an inserted row, is no second row. Hashes are kept, values are not.

use std::collections::HashMap;

use super::words::Words;
use crate::rules::fold;

// Some 20 MB a column; what comes behind is not compared.
const ROWS_MAX: usize = 1 << 20;

/// The columns that could be the key by their names, the likeliest first.
pub(super) struct Uniqueness {
    candidates: Vec<Candidate>,
}

struct Candidate {
    name: String,
    rows: HashMap<u64, InsertedRow>,
    repeats: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct InsertedRow {
    hash: u64,
    by_snapshot: bool,
}

impl Uniqueness {
    /// `id`, the table's name with `_id` or `_uuid`, in its singular as well, and `uuid`.
    pub(super) fn of(table: &str) -> Self {
        let of_table = |stem: &str| ["_id", "id", "_uuid"].map(|end| format!("{stem}{end}"));
        let (whole, one) = (of_table(&fold(table)), of_table(&singular(table)));
        let plain = |name: &str| name.to_owned();
        let mut names = vec![plain("id")];
        for name in one.into_iter().chain(whole).chain([plain("uuid"), plain("guid")]) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let candidate = |name| Candidate { name, rows: HashMap::new(), repeats: false };
        Self { candidates: names.into_iter().map(candidate).collect() }
    }

    /// A new row. `value` gives the hash of its value in the column of that name.
    pub(super) fn insert(
        &mut self,
        value: impl Fn(&str) -> Option<u64>,
        hash: u64,
        by_snapshot: bool,
    ) {
        for candidate in &mut self.candidates {
            if let Some(value) = value(&candidate.name) {
                candidate.insert(value, InsertedRow { hash, by_snapshot });
            }
        }
    }

    /// A row that is gone: its key may come again.
    pub(super) fn delete(&mut self, value: impl Fn(&str) -> Option<u64>) {
        for candidate in &mut self.candidates {
            if let Some(value) = value(&candidate.name) {
                candidate.rows.remove(&value);
            }
        }
    }

    /// Adds the rows that were seen of the same table under another name.
    pub(super) fn merge(&mut self, other: Self) {
        for theirs in other.candidates {
            let mine = self.candidates.iter_mut().find(|mine| mine.name == theirs.name);
            let Some(mine) = mine else { continue };
            mine.repeats |= theirs.repeats;
            theirs.rows.into_iter().for_each(|(value, row)| mine.insert(value, row));
        }
    }

    /// The candidates' names, and whether their values repeat.
    pub(super) fn candidates(&self) -> impl Iterator<Item = (&str, bool)> {
        self.candidates.iter().map(|candidate| (&*candidate.name, candidate.repeats))
    }
}

impl Candidate {
    fn insert(&mut self, value: u64, row: InsertedRow) {
        let room = self.rows.len() < ROWS_MAX;
        match self.rows.get(&value) {
            Some(known) => self.repeats |= known.by_snapshot == row.by_snapshot && *known != row,
            None if room => drop(self.rows.insert(value, row)),
            None => {}
        }
    }
}

/// The last word of a table's name in its singular, by the rules of English: `categories`,
/// `order_items`. Without its schema, which nobody writes into a column.
fn singular(table: &str) -> String {
    let words = Words::of(table);
    let name = words.joined();
    let one = |from: &str, to: &str| name.strip_suffix(from).map(|stem| format!("{stem}{to}"));
    one("ies", "y")
        .or_else(|| one("sses", "ss"))
        .or_else(|| one("xes", "x"))
        .or_else(|| one("s", ""))
        .unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Uniqueness, singular};

    #[test]
    fn a_tables_own_id_is_looked_for_in_the_singular() {
        for (table, one) in [
            ("users", "user"),
            ("order_items", "order_item"),
            ("OrderItems", "order_item"),
            ("categories", "category"),
            ("boxes", "box"),
            ("addresses", "address"),
            ("staff", "staff"),
            ("", ""),
        ] {
            assert_eq!(singular(table), one);
        }
    }

    /// Inserts of `id:row`, `s` before it for a snapshot's, `-` for a deletion.
    fn is_unique(rows: &str) -> bool {
        let mut seen = Uniqueness::of("t");
        for row in rows.split_whitespace() {
            let (id, content) = row.trim_start_matches(['s', '-']).split_once(':').unwrap();
            let number = |text: &str| text.parse::<u64>().unwrap();
            let value = |name: &str| (name == "id").then(|| number(id));
            match row.starts_with('-') {
                true => seen.delete(value),
                false => seen.insert(value, number(content), row.starts_with('s')),
            }
        }
        seen.candidates().any(|candidate| candidate == ("id", false))
    }

    #[test]
    fn two_rows_of_one_value_are_told_from_one_row_seen_twice() {
        assert!(is_unique("1:1 2:2 3:1"));
        assert!(!is_unique("1:1 1:2"), "two rows");
        assert!(is_unique("1:1 1:1"), "a redelivery");
        assert!(is_unique("1:1 s1:2 s2:1"), "a snapshot reads what was changed since");
        assert!(!is_unique("s1:1 s1:2"));
        assert!(is_unique("1:1 -1:1 1:2"), "deleted, and made anew");
        assert!(is_unique("-1:1"));
    }
}
