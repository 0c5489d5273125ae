//! A row's key: which columns, which row, and whether a change moved it.

use std::{
    borrow::Cow,
    hash::{BuildHasher as _, Hash as _, Hasher as _},
};

use foldhash::fast::FixedState;

use crate::{
    event::{ChangeEvent, Column, ColumnValue, Row},
    failure::{Failure, shown},
    json::Name,
    rules::{ColumnRules, Keys, TableRules},
};

/// The key columns of a row, in the order of the configuration.
#[derive(Clone)]
pub(crate) struct RowKey<'a> {
    pub(crate) columns: Vec<KeyColumn<'a>>,
}

/// One key column: the name that it is published under, its own, and its JSON text.
#[derive(Clone, Copy)]
pub(crate) struct KeyColumn<'a> {
    pub(crate) name: Name<'a>,
    pub(crate) source: Name<'a>,
    pub(crate) json: &'a str,
}

/// Which row an event is about, as far as order is concerned. Two rows that share a number are
/// merely published one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RowId(u64);

/// Which table an event is about; the same remark holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TableId(u64);

impl TableId {
    pub(crate) fn of(event: &ChangeEvent<'_>) -> Self {
        Self(FixedState::default().hash_one((&event.database, &event.schema, &event.table)))
    }
}

/// The key before and after a change.
pub(crate) struct RowKeys<'a> {
    /// The key of the row as it is now, or was when it was deleted.
    pub(crate) key: RowKey<'a>,
    /// The key that the row had before, where the change moved it.
    pub(crate) moved_from: Option<RowKey<'a>>,
}

/// The keys of a change, or `None` for a table without row identity and for a truncation.
///
/// # Errors
/// `VALIDATION_ERROR` where a configured key column is missing, null or not told.
pub(crate) fn row_keys<'a>(
    event: &ChangeEvent<'a>,
    table: &'a TableRules,
) -> Result<Option<RowKeys<'a>>, Failure> {
    let Keys::Columns(names) = table.keys() else { return Ok(None) };
    let read = |rows: &[Option<&Row<'a>>]| read(names, table.columns(), rows);
    let before = event.change.before();
    let after = event.change.after();
    let declared = event.keys.as_ref();
    let key = match (after, before) {
        (Some(row), _) | (None, Some(row)) => read(&[Some(row), declared])?,
        (None, None) => match declared {
            Some(row) => read(&[Some(row)])?,
            None => return Ok(None),
        },
    };
    let old = match (before, after) {
        (Some(before), Some(_)) => read(&[Some(before)]).ok(),
        _ => None,
    };
    let moved_from = old.filter(|old| !old.is_same_row(&key));
    Ok(Some(RowKeys { key, moved_from }))
}

fn read<'a>(
    names: &[Box<str>],
    rules: &'a ColumnRules,
    rows: &[Option<&Row<'a>>],
) -> Result<RowKey<'a>, Failure> {
    let column = |name: &str| {
        let found = rows.iter().flatten().find_map(|row| row.find(name));
        let Some(Column { name: written, value }) = found else {
            return Err(missing(name, "is not in the row"));
        };
        match value {
            ColumnValue::Json("null") => Err(missing(name, "is null")),
            ColumnValue::Json(json) | ColumnValue::Raw(json) => {
                let rule = rules.has_renames().then(|| rules.find(name, &mut 0));
                let name = rule.map_or(*written, |rule| rule.published(*written));
                Ok(KeyColumn { name, source: *written, json })
            }
            ColumnValue::Unchanged => Err(missing(name, "is not told by the source")),
        }
    };
    Ok(RowKey { columns: names.iter().map(|name| column(name)).collect::<Result<_, _>>()? })
}

fn missing(name: &str, why: &str) -> Failure {
    Failure::validation(format!(
        "key column \"{}\" {why}; set the table's keys to what its producer sends, or to none",
        shown(name)
    ))
}

impl<'a> KeyColumn<'a> {
    /// What kind of value it is, and the value: a string's content as meant, else the JSON text.
    fn meaning(&self) -> (u8, Cow<'a, str>) {
        match self.json.strip_prefix('"') {
            Some(rest) => (b's', Name::written(&rest[..rest.len() - 1]).unescaped()),
            None => (b'j', Cow::Borrowed(self.json)),
        }
    }
}

impl RowKey<'_> {
    /// The key's values as meant, each with its length: strings unescaped, so that `"a"` and
    /// `"\u0061"` are one row, and apart from numbers of the same digits.
    pub(crate) fn identity(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.columns.iter().map(|it| it.json.len() + 9).sum());
        for column in &self.columns {
            let (tag, text) = column.meaning();
            out.push(tag);
            out.extend((text.len() as u64).to_be_bytes());
            out.extend(text.as_bytes());
        }
        out
    }

    fn is_same_row(&self, other: &Self) -> bool {
        self.columns.iter().map(KeyColumn::meaning).eq(other.columns.iter().map(KeyColumn::meaning))
    }

    /// The row of the event's table that this key names.
    pub(crate) fn row_id(&self, event: &ChangeEvent<'_>) -> RowId {
        let table = (&event.database, &event.schema, &event.table);
        let mut hash = FixedState::default().build_hasher();
        table.hash(&mut hash);
        self.columns.iter().for_each(|column| column.meaning().hash(&mut hash));
        RowId(hash.finish())
    }
}
