//! Fields that a caller names: which members of a record they withhold, and what stands there instead.
//!
//! A field is a name or a path of names. Promises to hit wherever there is doubt: in any case,
//! unescaped, at any depth, and under the prefix of AWS DMS. Refuses what would silently hit nothing:
//! patterns, pointers, empty names.

use std::{collections::HashSet, fmt};

use foldhash::fast::FixedState;

use super::path::Path;
use crate::{
    json::write_string,
    rules::{REDACTED, fold},
};

/// Most fields of one list.
pub const FIELDS_MAX: usize = 256;

/// Longest field in characters: a path of four of the longest names that databases have.
pub const FIELD_CHARS_MAX: usize = 1024;

/// Longest replacement in characters: it stands in the place of every value.
pub const REPLACEMENT_CHARS_MAX: usize = 256;

/// Fields to be withheld of records, as a caller names them.
///
/// A member is hit where its own name, or the path of names that leads to it (`address.line1`), is a
/// field: in any case, as meant (`"\u0073sn"` is `ssn`), at whatever depth it stands. Elements of
/// arrays count as if they stood in the array's place. A field also hits the column in which AWS DMS
/// writes its value before the change: `email` hits `BI_email`, `data.email` hits `data.BI_email`, and
/// `data.address.line1` what is inside `data.BI_address`.
#[derive(Clone)]
pub struct Fields {
    /// As names are compared.
    names: HashSet<Box<str>, FixedState>,
    /// Bytes of the longest name: what is longer need not be looked up.
    longest: usize,
    /// As JSON.
    replacement: Box<str>,
}

/// What is wrong with a list of fields. No field's text is repeated: it is told by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldsError {
    /// Nothing is named, so nothing would be redacted.
    #[error("no field is named; name at least one")]
    Empty,
    /// Too many.
    #[error("more than {FIELDS_MAX} fields")]
    TooMany,
    /// One is neither a name nor a path.
    #[error(
        "field {index} is neither a name (ssn: wherever it stands) nor a path of names \
         (address.line1); patterns and pointers are not known, so it would hit nothing"
    )]
    NotAField {
        /// Its place in the list, from 0.
        index: usize,
    },
    /// One is too long.
    #[error("field {index} has more than {FIELD_CHARS_MAX} characters")]
    TooLong {
        /// Its place in the list, from 0.
        index: usize,
    },
    /// The replacement is too long.
    #[error("the replacement has more than {REPLACEMENT_CHARS_MAX} characters")]
    Replacement,
}

impl Fields {
    /// The fields of these names, each value to be replaced by [`REDACTED`].
    ///
    /// # Errors
    /// [`FieldsError`] for an empty list, too long a one, or what is no field.
    pub fn new<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Result<Self, FieldsError> {
        let mut fields = HashSet::with_hasher(FixedState::default());
        let mut longest = 0;
        for (index, name) in names.into_iter().enumerate() {
            if index == FIELDS_MAX {
                return Err(FieldsError::TooMany);
            }
            let name = checked(name.as_ref(), index)?;
            let folded: Box<str> = fold(name).into();
            longest = longest.max(folded.len());
            fields.insert(folded);
        }
        if fields.is_empty() {
            return Err(FieldsError::Empty);
        }
        Ok(Self { names: fields, longest, replacement: written(REDACTED) })
    }

    /// The same fields, each value to be replaced by that text.
    ///
    /// # Errors
    /// [`FieldsError::Replacement`] where it is longer than [`REPLACEMENT_CHARS_MAX`].
    pub fn replaced_by(mut self, replacement: &str) -> Result<Self, FieldsError> {
        if replacement.chars().nth(REPLACEMENT_CHARS_MAX).is_some() {
            return Err(FieldsError::Replacement);
        }
        self.replacement = written(replacement);
        Ok(self)
    }

    /// What stands in place of a value, as JSON.
    pub(super) fn replacement(&self) -> &str {
        &self.replacement
    }

    /// Whether the member at that path is withheld.
    pub(super) fn hits(&self, path: &Path) -> bool {
        let name = path.folded_name();
        self.holds(name)
            || self.holds(path.folded())
            || path.before_column(name).is_some_and(|column| self.holds(column))
            || path.without_affixes(self.longest).any(|path| self.holds(&path))
    }

    fn holds(&self, folded: &str) -> bool {
        folded.len() <= self.longest && self.names.contains(folded)
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fields({})", self.names.len())
    }
}

fn written(replacement: &str) -> Box<str> {
    let mut json = String::with_capacity(replacement.len() + 2);
    write_string(&mut json, replacement);
    json.into()
}

fn checked(name: &str, index: usize) -> Result<&str, FieldsError> {
    if name.chars().nth(FIELD_CHARS_MAX).is_some() {
        return Err(FieldsError::TooLong { index });
    }
    let pattern =
        name.contains(['*', '[', ']']) || name.starts_with(['/', '#']) || name.starts_with("$.");
    let hollow = name.split('.').any(|part| part.is_empty() || part.trim() != part);
    if pattern || hollow { Err(FieldsError::NotAField { index }) } else { Ok(name) }
}
