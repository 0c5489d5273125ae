//! Thousands of made-up records: nothing under a named field survives, and nothing else changes.

use std::fmt::Write as _;

use crate::{
    json::write_string,
    redact::{Fields, RecordRules},
    testing::Random,
};

const RECORDS: u64 = 4000;

/// What no redacted record may hold.
const SECRET: &str = "secret";

/// Fields, and how producers may write them.
const WITHHELD: [&str; 6] = ["ssn", "SSN", "\\u0073sn", "BI_ssn", "Email", "e\\u004dail"];
const OTHERS: [&str; 8] = ["id", "name", "ssn2", "my_email", "a b", "\\u00e9", "x.y", ""];
const SPACES: [&str; 5] = ["", "", "", " ", "\n\t"];
const PLAIN: [&str; 9] = [
    "null",
    "true",
    "-0.0",
    "1e400",
    "12345678901234567890",
    "\"ssn\"",
    "\"\\u00e9\\/\"",
    "[]",
    "{}",
];

/// A record, and what has to become of it: both are written side by side.
struct Generator {
    random: Random,
    record: String,
    expected: String,
    depth: usize,
}

impl Generator {
    fn below(&mut self, bound: usize) -> usize {
        self.random.below(bound)
    }

    fn one_of(&mut self, texts: &[&'static str]) -> &'static str {
        let index = self.below(texts.len());
        texts[index]
    }

    fn both(&mut self, text: &str) {
        self.record.push_str(text);
        self.expected.push_str(text);
    }

    fn space(&mut self) {
        let space = self.one_of(&SPACES);
        self.both(space);
    }

    fn object(&mut self) {
        self.depth += 1;
        self.both("{");
        let (mut withheld, mut others) = (WITHHELD.to_vec(), OTHERS.to_vec());
        // They are one name, which may stand but once.
        let twin = self.one_of(&["ssn", "\\u0073sn"]);
        withheld.retain(|name| *name != twin);
        for index in 0..self.below(6) {
            if index > 0 {
                self.both(",");
            }
            self.space();
            if self.below(3) == 0 && !withheld.is_empty() {
                let at = self.below(withheld.len());
                self.withheld(withheld.swap_remove(at));
            } else {
                let at = self.below(others.len());
                self.member(others.swap_remove(at));
                self.value();
            }
            self.space();
        }
        self.both("}");
        self.depth -= 1;
    }

    fn member(&mut self, name: &str) {
        self.both(&format!("\"{name}\""));
        self.space();
        self.both(":");
        self.space();
    }

    /// A member that has to go: null, a text, or whatever else with secrets all over.
    fn withheld(&mut self, name: &str) {
        self.member(name);
        if self.below(5) == 0 {
            return self.both("null");
        }
        match self.below(3) {
            0 => self.record.push_str("\"secret\""),
            1 => self.record.push_str("[ {\"ssn\":\"secret\"}, \"secret\"]"),
            _ => self.record.push_str("{\"id\":\"secret\",\"id2\":[\"secret\"]}"),
        }
        write_string(&mut self.expected, "-");
    }

    fn value(&mut self) {
        match self.below(if self.depth > 6 { 1 } else { 3 }) {
            0 => {
                let plain = self.one_of(&PLAIN);
                self.both(plain);
            }
            1 => self.object(),
            _ => {
                self.depth += 1;
                self.both("[");
                for index in 0..self.below(4) {
                    self.both(if index > 0 { "," } else { "" });
                    self.value();
                    self.space();
                }
                self.both("]");
                self.depth -= 1;
            }
        }
    }
}

#[test]
fn no_value_under_a_field_survives_and_every_other_byte_does() {
    let fields = Fields::new(["ssn", "email"]).unwrap().replaced_by("-").unwrap();
    let rules = RecordRules::of_fields(fields);
    let mut seen = 0;
    for seed in 0..RECORDS {
        let mut made = Generator {
            random: Random(seed),
            record: String::new(),
            expected: String::new(),
            depth: 0,
        };
        made.object();
        let mut told = String::new();
        let _ = write!(told, "seed {seed}: {}", made.record);
        let redacted =
            rules.redact_text(made.record.as_bytes()).unwrap_or_else(|e| panic!("{e} in {told}"));
        assert_eq!(*redacted.json.get(), made.expected, "{told}");
        assert!(!redacted.json.get().contains(SECRET), "{told}");
        assert_eq!(redacted.names.is_empty(), made.record == made.expected, "{told}");
        seen += usize::from(made.record.contains(SECRET));
    }
    assert!(seen > 1000, "{seen} records had something to withhold");
}
