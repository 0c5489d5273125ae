//! The records that are measured: one table of twenty columns, updates of three of them, in each
//! envelope as its producer writes it.

mod writers;

/// An envelope, or a question about one.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    /// Its name in the output and on the command line.
    pub(crate) name: &'static str,
    /// The table whose rules apply.
    pub(crate) table: &'static str,
    /// What the rows hold beside the twenty columns.
    more: More,
    envelope: fn(&Change) -> String,
}

/// Columns behind the twenty that no rule names.
#[derive(Clone, Copy)]
enum More {
    Nothing,
    /// So many of a few bytes each.
    Columns(usize),
    /// One of so many paragraphs, with accents, quotes and line breaks.
    Text(usize),
}

/// The envelopes.
pub(crate) const ENVELOPES: [Case; 12] = [
    Case::of("native", writers::native),
    Case::of("dms", writers::dms),
    Case::of("dms-no-before", writers::dms_no_before),
    Case::of("debezium", writers::debezium),
    Case::of("debezium-wrapped", writers::wrapped),
    Case::of("cloudevents", writers::cloudevents),
    Case::of("maxwell", writers::maxwell),
    Case::of("canal", writers::canal),
    Case::of("ogg", writers::ogg),
    Case::of("dynamodb", writers::dynamodb),
    Case { more: More::Columns(200), ..Case::of("native-wide", writers::native) },
    Case { more: More::Text(16), ..Case::of("native-text", writers::native) },
];

/// What untouched columns cost: every column is published, and the second has fifty more.
pub(crate) const UNTOUCHED: [Case; 2] = [
    Case { table: "everything", ..Case::of("all-columns", writers::native) },
    Case {
        table: "everything",
        more: More::Columns(50),
        ..Case::of("all-columns-and-50", writers::native)
    },
];

/// What rules cost: the same row of twenty columns under rules that withhold nothing, then by one method
/// more in each.
pub(crate) const RULES: [Case; 8] = [
    Case { table: "nothing", ..Case::of("rules-nothing", writers::native) },
    Case { table: "replaced", ..Case::of("rules-replaced", writers::native) },
    Case { table: "masked", ..Case::of("rules-masked", writers::native) },
    Case { table: "fields", ..Case::of("rules-fields", writers::native) },
    Case { table: "anywhere", ..Case::of("rules-anywhere", writers::native) },
    Case { table: "hashed", ..Case::of("rules-hashed", writers::native) },
    Case { table: "tokenized", ..Case::of("rules-tokenized", writers::native) },
    Case { table: "encrypted", ..Case::of("rules-encrypted", writers::native) },
];

impl Case {
    const fn of(name: &'static str, envelope: fn(&Change) -> String) -> Self {
        Self { name, table: "customers", more: More::Nothing, envelope }
    }

    /// All of them.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        ENVELOPES.into_iter().chain(UNTOUCHED).chain(RULES)
    }

    /// The record of that number.
    pub(crate) fn record(self, number: u64) -> String {
        let change = Change {
            number,
            table: self.table,
            before: row(number, 0, self.more),
            after: row(number, 1, self.more),
        };
        (self.envelope)(&change)
    }
}

struct Change {
    number: u64,
    table: &'static str,
    before: Vec<(String, String)>,
    after: Vec<(String, String)>,
}

impl Change {
    /// The columns of the image before that the change changed.
    fn changed(&self) -> Vec<(String, String)> {
        let both = self.before.iter().zip(&self.after);
        both.filter(|(old, new)| old != new).map(|(old, _)| old.clone()).collect()
    }
}

/// A paragraph of a text column, as JSON.
const PARAGRAPH: &str = r#"De klant vroeg per telefoon om een \"tussentijdse\" afrekening over het vierde kwartaal; één kopie ging naar de accountant, één naar de afdeling financiën.\nAfgehandeld door: J. de Vries — geen verdere actie.\n\n"#;

/// Names and JSON texts. Between two versions of a row three columns differ.
fn row(number: u64, version: u64, more: More) -> Vec<(String, String)> {
    let columns = [
        ("id", format!("{}", 4_000_000 + number)),
        ("tenant_id", format!("{}", number % 17)),
        ("external_ref", format!(r#""6f9d0c3e-27aa-4b71-9e0d-{number:012}""#)),
        ("first_name", r#""Annelies""#.into()),
        ("last_name", format!(r#""van der Meer {number}""#)),
        ("email", format!(r#""annelies.{number}@example.com""#)),
        ("phone", format!(r#""+31 20 555 {number:04}""#)),
        ("ssn", r#""078-05-1120""#.into()),
        ("date_of_birth", r#""1984-07-21""#.into()),
        ("street", format!(r#""Prinsengracht {number}""#)),
        ("city", r#""Amsterdam""#.into()),
        ("postal_code", r#""1015 DK""#.into()),
        ("country", r#""NL""#.into()),
        ("status", format!(r#""{}""#, ["active", "suspended"][version as usize])),
        ("tier", "3".into()),
        ("balance", format!("{}.25", 1200 + number + version)),
        ("credit_limit", "2500.00".into()),
        ("preferences", r#"{"language":"nl","newsletter":true,"channels":["sms","mail"]}"#.into()),
        ("created_at", r#""2019-03-02T08:15:00.000000Z""#.into()),
        ("updated_at", format!(r#""2024-01-15T10:30:0{version}.123456Z""#)),
    ];
    let columns = columns.map(|(name, json)| (name.to_owned(), json)).into_iter();
    match more {
        More::Nothing => columns.collect(),
        More::Columns(count) => {
            let column = |at| (format!("more_{at:02}"), format!("\"value {at}\""));
            columns.chain((0..count).map(column)).collect()
        }
        More::Text(paragraphs) => {
            let text = format!("\"{}\"", PARAGRAPH.repeat(paragraphs));
            columns.chain([("notes".to_owned(), text)]).collect()
        }
    }
}
