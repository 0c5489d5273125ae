//! Records that are no change events: a row in, the same row redacted out.
//!
//! [`RecordRules`] say what is withheld: the columns of a table, decided and written as the
//! pipeline's images are; the members that a caller names ([`Fields`]); or both, the fields on top of
//! what the table's rules leave. Promises that what is neither left out nor withheld stays byte for
//! byte. Refuses an object in which a name stands twice, wherever it looks: two readers of it would
//! see two rows. Fields are not looked for in strings, even where there is JSON in them; the paths of a
//! table's rules are.

use std::collections::HashSet;

use super::{
    Redacted, Unfit,
    fields::Fields,
    image::{self, Columns, OnUnfit},
    path::Path,
};
use crate::{
    envelope::Conventions,
    failure::shown,
    json::{Document, JsonError, Name, Object, Value},
    rules::{ColumnRule, ColumnRules, TableRules},
};

/// Longest path of a withheld member, in bytes: four of the longest names that databases have.
pub const PATH_BYTES_MAX: usize = 1024;

/// Most bytes of all the different paths of a record's withheld members: people read them.
pub const PATHS_BYTES_MAX: usize = 1 << 20;

/// What is withheld of records: by a table's rules, by fields, or by both.
///
/// ```
/// use cdc_core::redact::{Fields, RecordRules};
///
/// let rules = RecordRules::of_fields(Fields::new(["ssn", "address.line1"])?);
/// let record = r#"{"id": 12345678901234567890, "SSN": "000-12-3456", "address": {"line1": "1 Main St"}}"#;
/// let redacted = rules.redact_text(record.as_bytes())?;
/// assert_eq!(
///     redacted.json.get(),
///     r#"{"id": 12345678901234567890, "SSN": "[REDACTED]", "address": {"line1": "[REDACTED]"}}"#
/// );
/// assert_eq!(redacted.names, ["SSN", "address.line1"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// By a table's rules, columns that are not included are left out as well:
///
/// ```
/// use cdc_core::{redact::RecordRules, rules::{ConfigFile, Rules}};
///
/// let text = "
/// version: 1
/// pipeline: example
/// unlisted_tables: reject
/// tables:
///   users: {keys: [id], include: [id, email], redact: [email]}
/// ";
/// let file = ConfigFile { path: "example.yaml".into(), text: text.into() };
/// let rules = Rules::parse(&[file])?.rules;
/// let users = rules.find(None, None, "users").expect("it is listed");
/// let record = br#"{"id":1,"email":"ada@example.com","shoe_size":41}"#;
/// let redacted = RecordRules::of_table(users).redact_text(record)?;
/// assert_eq!(redacted.json.get(), r#"{"id":1,"email":"[REDACTED]"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RecordRules<'r> {
    columns: Option<&'r ColumnRules>,
    fields: Option<Fields>,
    conventions: &'r Conventions,
}

/// A record after redaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedactedRecord {
    /// The record as a JSON object.
    pub json: Redacted<String>,
    /// What was altered, each once, in the record's order: members by their name, those inside
    /// others by the path of names that leads to them, without array positions. A column that a table's rules
    /// withhold in part is named as a whole.
    pub names: Vec<String>,
}

/// Why a record was not redacted. Paths are escaped and cut; values are never told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// No JSON.
    #[error("the record is {0}")]
    NotJson(#[from] JsonError),
    /// Anything but a JSON object.
    #[error("a record must be a JSON object")]
    NotAnObject,
    /// A name stands twice in one object, so that it is not clear what the record says.
    #[error("member \"{path}\" stands twice")]
    Duplicate {
        /// The member.
        path: String,
    },
    /// A rule of the table could not be applied.
    #[error("no rule could be applied to \"{path}\": {why}")]
    Unfit {
        /// The member.
        path: String,
        /// Why.
        why: Unfit,
    },
    /// The names are too long to be told: more than [`PATH_BYTES_MAX`] or [`PATHS_BYTES_MAX`].
    #[error("the paths of what is withheld are too long, at \"{path}\"")]
    PathsTooLong {
        /// Where it was noticed.
        path: String,
    },
}

impl RecordError {
    /// The member that is at fault, where it is one.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::NotJson(_) | Self::NotAnObject => None,
            Self::Duplicate { path } | Self::PathsTooLong { path } | Self::Unfit { path, .. } => {
                Some(path)
            }
        }
    }
}

impl<'r> RecordRules<'r> {
    /// As the table's rules say, and as the pipeline does with the table's images: columns that are
    /// not included are left out, redacted ones are replaced, null stays null.
    ///
    /// What AWS DMS writes of the row before the change goes the same way: the rule for `email` holds
    /// for `BI_email`, and an object `before-image` is a row of the table.
    #[must_use]
    pub fn of_table(table: &'r TableRules) -> Self {
        Self {
            columns: Some(table.columns()),
            fields: None,
            conventions: Conventions::documented(),
        }
    }

    /// The fields alone: whatever they don't hit stays.
    #[must_use]
    pub fn of_fields(fields: Fields) -> Self {
        Self { columns: None, fields: Some(fields), conventions: Conventions::documented() }
    }

    /// These fields too, in what the table's rules leave. A column that both withhold is withheld as
    /// the table says.
    #[must_use]
    pub fn and_fields(self, fields: Fields) -> Self {
        Self { fields: Some(fields), ..self }
    }

    /// The same for records of a producer whose users named something otherwise.
    #[must_use]
    pub fn written_by(self, conventions: &'r Conventions) -> Self {
        Self { conventions, ..self }
    }

    /// Redacts a record that is a text of its own.
    ///
    /// # Errors
    /// [`RecordError`]; there is no half-redacted record.
    pub fn redact_text(&self, record: &[u8]) -> Result<RedactedRecord, RecordError> {
        let document = Document::parse(record, Vec::new())?;
        self.redact(document.root())
    }

    /// Redacts a record that stands in a checked text.
    ///
    /// # Errors
    /// As [`RecordRules::redact_text`].
    pub fn redact(&self, record: Value<'_, '_>) -> Result<RedactedRecord, RecordError> {
        let object = record.as_object().ok_or(RecordError::NotAnObject)?;
        let mut writing = Writing::new(self, record.text());
        match self.columns {
            Some(columns) => writing.row(object, columns)?,
            None => writing.inside(record)?,
        }
        Ok(RedactedRecord { json: Redacted(writing.out), names: writing.names })
    }
}

/// One record being written.
struct Writing<'w> {
    fields: Option<&'w Fields>,
    /// The record: it makes its ciphertexts its own.
    text: &'w str,
    out: String,
    conventions: &'w Conventions,
    path: Path<'w>,
    names: Vec<String>,
    named: HashSet<String>,
    names_bytes: usize,
}

/// A text of which parts are copied and parts are replaced.
struct Copying<'a> {
    text: &'a str,
    /// Where the text stands in its document.
    offset: usize,
    /// How much of it is done.
    done: usize,
}

impl<'w> Writing<'w> {
    fn new(rules: &'w RecordRules<'_>, text: &'w str) -> Self {
        Self {
            fields: rules.fields.as_ref(),
            text,
            conventions: rules.conventions,
            out: String::with_capacity(text.len()),
            path: Path::new(rules.conventions),
            names: Vec::new(),
            named: HashSet::new(),
            names_bytes: 0,
        }
    }

    /// A row of the table: its included columns, each as its rule wants it.
    fn row(&mut self, row: Object<'_, '_>, columns: &ColumnRules) -> Result<(), RecordError> {
        self.require_unique(row)?;
        let mut hint = 0;
        let mut separator = '{';
        for (name, value) in row.members() {
            let meant = name.unescaped();
            let rule = self.column_rule(columns, &meant, &mut hint);
            let unnamed = rule.index.is_none();
            let image =
                value.as_object().filter(|_| unnamed && self.conventions.is_before_image(&meant));
            if !rule.include && image.is_none() {
                continue;
            }
            image::name(&mut self.out, separator, name);
            separator = ',';
            let outer = self.path.enter(&meant);
            match image {
                Some(image) => self.row(image, columns)?,
                None => self.column(name, value, columns, &rule)?,
            }
            self.path.leave(outer);
        }
        self.out.push_str(if separator == '{' { "{}" } else { "}" });
        Ok(())
    }

    /// The rule of a column, where `BI_email` is the image before of `email`: it is there where that is,
    /// unless the rules name it as a column of its own, and withheld where either is.
    fn column_rule<'c>(
        &self,
        columns: &'c ColumnRules,
        name: &str,
        hint: &mut usize,
    ) -> ColumnRule<'c> {
        let rule = columns.find(name, hint);
        let Some(column) = self.conventions.before_column(name) else { return rule };
        let before = columns.find(column, &mut 0);
        let include = if rule.index.is_some() { rule.include } else { before.include };
        let redact = rule.redact.or(before.redact);
        ColumnRule { include, redact, inside: rule.inside.or(before.inside), ..rule }
    }

    fn column(
        &mut self,
        name: Name<'_>,
        value: Value<'_, '_>,
        columns: &ColumnRules,
        rule: &ColumnRule<'_>,
    ) -> Result<(), RecordError> {
        let fields = self.fields.filter(|_| rule.redact.is_none());
        if fields.is_some_and(|fields| fields.hits(&self.path)) {
            return self.replaced(value);
        }
        if rule.redact.is_none() && rule.inside.is_none() {
            return self.inside(value);
        }
        let (conventions, seed) = (self.conventions, self.text);
        let columns = Columns { rules: columns, conventions, seed, unfit: OnUnfit::Fail };
        let start = self.out.len();
        let written = columns.value(&mut self.out, name, rule, value.text());
        let altered = written.map_err(|unfit| {
            let image::UnfitColumn { path, why } = *unfit;
            RecordError::Unfit { path, why }
        })?;
        if altered {
            self.note()?;
        }
        if fields.is_none() {
            return Ok(());
        }
        let left = self.out.split_off(start);
        let document = Document::parse(left.as_bytes(), Vec::new())?;
        self.inside(document.root())
    }

    /// A value that a field hits. Null tells no value, and stays null.
    fn replaced(&mut self, value: Value<'_, '_>) -> Result<(), RecordError> {
        let Some(fields) = self.fields.filter(|_| !value.is_null()) else {
            self.out.push_str(value.text());
            return Ok(());
        };
        self.out.push_str(fields.replacement());
        self.note()
    }

    /// A value that is not withheld itself: what the fields hit in it is replaced, all else copied.
    fn inside(&mut self, value: Value<'_, '_>) -> Result<(), RecordError> {
        let mut copying = Copying { text: value.text(), offset: value.offset(), done: 0 };
        if let Some(fields) = self.fields {
            self.search(value, fields, &mut copying)?;
        }
        self.out.push_str(&copying.text[copying.done..]);
        Ok(())
    }

    /// Recursive, and no deeper than [`crate::json::DEPTH_MAX`].
    fn search(
        &mut self,
        value: Value<'_, '_>,
        fields: &Fields,
        copying: &mut Copying<'_>,
    ) -> Result<(), RecordError> {
        for element in value.elements() {
            self.search(element, fields, copying)?;
        }
        let Some(object) = value.as_object() else { return Ok(()) };
        self.require_unique(object)?;
        for (name, member) in object.members() {
            let outer = self.path.enter(&name.unescaped());
            if fields.hits(&self.path) {
                copying.up_to(member, &mut self.out);
                self.replaced(member)?;
            } else {
                self.search(member, fields, copying)?;
            }
            self.path.leave(outer);
        }
        Ok(())
    }

    /// Notes that the member at the path was altered.
    fn note(&mut self) -> Result<(), RecordError> {
        let path = self.path.shown();
        let fits = path.len() <= PATH_BYTES_MAX;
        if fits && self.named.contains(path) {
            return Ok(());
        }
        self.names_bytes += path.len();
        if !fits || self.names_bytes > PATHS_BYTES_MAX {
            return Err(RecordError::PathsTooLong { path: shown(path) });
        }
        self.named.insert(path.to_owned());
        self.names.push(path.to_owned());
        Ok(())
    }

    fn require_unique(&mut self, object: Object<'_, '_>) -> Result<(), RecordError> {
        let Some(name) = object.duplicate() else { return Ok(()) };
        let outer = self.path.enter(&name.unescaped());
        let path = shown(self.path.shown());
        self.path.leave(outer);
        Err(RecordError::Duplicate { path })
    }
}

impl Copying<'_> {
    /// Copies what stands before `value`, and leaves it out.
    fn up_to(&mut self, value: Value<'_, '_>, out: &mut String) {
        let at = value.offset() - self.offset;
        out.push_str(&self.text[self.done..at]);
        self.done = at + value.text().len();
    }
}
