//! The changes in a record for a destination other than the bus: a delivery stream, a pipe.
//!
//! Decoded and redacted as the pipeline does it, with no event made of them: no id, no order, and what
//! `operations`, `snapshot` and `skip_unchanged` leave out of the bus is there. Promises that all of a
//! record comes, redacted, or none of it: where one of its units can't be decoded, has no rules, is held
//! back by them, or has a column that a rule can't be applied to.

use bytes::Bytes;

use super::{
    drift::drift,
    interpret::interpret,
    refused::{refuse_taken_names, unfit_failure, unlisted},
};
use crate::{
    arena::Arena,
    envelope::{self, About, Context, Unit},
    event::ChangeEvent,
    failure::Failure,
    json::Document,
    record::{Inflater, parts},
    redact::{Redacted, write_change},
    rules::{Rules, UnlistedTables},
};

/// Most bytes of one record's changes: no answer of a function is larger (Lambda, 6 MB).
pub const CHANGES_BYTES_MAX: usize = 6 << 20;

/// Redacts the records of one delivery, which share what they may inflate to.
///
/// ```
/// use cdc_core::{pipeline::ChangeRedactor, rules::{ConfigFile, Rules}};
///
/// let text = "
/// version: 1
/// pipeline: example
/// tables:
///   users: {keys: [id], include: [id, email], redact: [email]}
/// ";
/// let file = ConfigFile { path: "example.yaml".into(), text: text.into() };
/// let rules = Rules::parse(&[file])?.rules;
/// let record = br#"{"table":"users","operation":"INSERT","after":{"id":7,"email":"ada@example.com"}}"#;
/// let changes = ChangeRedactor::new(&rules).changes(&record[..].into())?;
/// assert!(changes[0].get().contains(r#""after":{"id":7,"email":"[REDACTED]"}"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ChangeRedactor<'r> {
    rules: &'r Rules,
    inflater: Inflater,
}

impl<'r> ChangeRedactor<'r> {
    /// For the records of one delivery, by these rules.
    #[must_use]
    pub fn new(rules: &'r Rules) -> Self {
        Self { rules, inflater: Inflater::default() }
    }

    /// The changes in a record, perhaps an aggregate, each as a JSON object; none where there is nothing but
    /// what is no row change, or belongs to tables that the configuration says to skip.
    ///
    /// # Errors
    /// [`Failure`], as the pipeline's dead letters have it.
    pub fn changes(&mut self, data: &Bytes) -> Result<Vec<Redacted<String>>, Failure> {
        let (mut changes, mut bytes) = (Vec::new(), 0);
        for part in parts(data).map_err(Failure::parse)? {
            let content = self.inflater.inflate(&part);
            let content = content.map_err(|error| Failure::parse(format!("the record {error}")))?;
            for change in self.changes_in(&content)? {
                bytes += change.get().len();
                changes.push(change);
            }
            if bytes > CHANGES_BYTES_MAX {
                let text = format!("its changes are more than {CHANGES_BYTES_MAX} bytes");
                return Err(Failure::validation(text));
            }
        }
        Ok(changes)
    }

    fn changes_in(&self, content: &Bytes) -> Result<Vec<Redacted<String>>, Failure> {
        if content.iter().all(u8::is_ascii_whitespace) {
            return Ok(Vec::new());
        }
        let document = Document::parse(content, Vec::new());
        let document =
            document.map_err(|error| Failure::parse(format!("the record is {error}")))?;
        let arena = Arena::default();
        let context = Context { conventions: self.rules.conventions(), arena: &arena };
        let units = match envelope::decode(Some(&document), context) {
            Ok(units) => units,
            Err(_) if self.is_skipped(&envelope::about(&document)) => return Ok(Vec::new()),
            Err(failure) => return Err(failure),
        };
        let changes = units.into_iter().filter_map(|unit| match unit {
            Unit::Change(mut event) => self.change(&mut event, document.text(), &arena).transpose(),
            Unit::Other(_) => None,
        });
        changes.collect()
    }

    /// Whether it is of a table that nobody listed, and those are skipped: then so is what is wrong with it.
    fn is_skipped(&self, about: &About<'_>) -> bool {
        let Some(table) = &about.table else { return false };
        let found = self.rules.find(about.database.as_deref(), about.schema.as_deref(), table);
        found.is_none() && self.rules.unlisted_tables() == UnlistedTables::Skip
    }

    fn change<'a>(
        &self,
        event: &mut ChangeEvent<'a>,
        seed: &str,
        arena: &'a Arena,
    ) -> Result<Option<Redacted<String>>, Failure> {
        let rules = self.rules;
        let found = rules.find(event.database.as_deref(), event.schema.as_deref(), &event.table);
        let Some(table) = found else {
            return match rules.unlisted_tables() {
                UnlistedTables::Skip => Ok(None),
                UnlistedTables::Reject => Err(unlisted(event)),
            };
        };
        let retyped = interpret(event, table.columns(), arena);
        drift(event, table, &retyped)?;
        refuse_taken_names(event, table)?;
        let change = write_change(event, table, (rules.conventions(), seed));
        change.map(Some).map_err(|unfit| unfit_failure(&unfit))
    }
}
