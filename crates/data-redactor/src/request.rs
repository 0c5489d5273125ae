//! The request: which records, and what is withheld of them.
//!
//! Strict, for it is ours: a member nobody knows is refused, because one that is ignored may be the
//! one that was to protect something. A null counts as none.

use cdc_aws::function::Refusal;
use cdc_core::{
    failure::shown,
    json::{Kind, Name, Object, Value},
    redact::{Fields, RecordRules},
    rules::{Rules, TableRules},
};

use crate::refusal::{TOO_LARGE, invalid, invalid_field, of_fields, unlisted};

/// Most records of one request: as many as a mapping delivers at once.
pub(crate) const RECORDS_MAX: usize = 10_000;

const MEMBERS: [&str; 6] = ["record", "records", "table", "fields", "replacement", "action"];

/// A request that can be done.
pub(crate) struct Request<'r, 'd, 'a> {
    pub(crate) records: Records<'d, 'a>,
    pub(crate) rules: RecordRules<'r>,
}

/// The records, not looked into yet.
pub(crate) enum Records<'d, 'a> {
    /// `record`.
    One(Value<'d, 'a>),
    /// `records`.
    Many(Vec<Value<'d, 'a>>),
}

impl<'d, 'a> Records<'d, 'a> {
    pub(crate) fn as_slice(&self) -> &[Value<'d, 'a>] {
        match self {
            Self::One(record) => std::slice::from_ref(record),
            Self::Many(records) => records,
        }
    }

    /// Where a record stands in the request.
    pub(crate) fn place(&self, index: usize) -> String {
        match self {
            Self::One(_) => "record".to_owned(),
            Self::Many(_) => format!("records[{index}]"),
        }
    }
}

impl<'r, 'd, 'a> Request<'r, 'd, 'a> {
    /// Reads a request; `rules` are those of all tables.
    pub(crate) fn read(payload: Value<'d, 'a>, rules: &'r Rules) -> Result<Self, Refusal> {
        let object = payload.as_object().ok_or_else(|| {
            invalid("a JSON object is expected, with record or records, and table or fields")
        })?;
        if member(object, "action").is_some() {
            let message = "there is no such action; to redact, leave the member out";
            return Err(invalid_field("action", message));
        }
        known_members(object, &MEMBERS)?;
        Ok(Self { records: records(object)?, rules: record_rules(object, rules)? })
    }
}

/// Refuses what no request has, and what stands twice.
pub(crate) fn known_members(object: Object<'_, '_>, known: &[&str]) -> Result<(), Refusal> {
    if let Some(name) = object.duplicate() {
        let name = shown(&name.unescaped());
        return Err(invalid_field(name, "the member stands twice"));
    }
    let is_known = |name: &Name<'_>| known.iter().any(|known| *name == **known);
    match object.members().find(|(name, _)| !is_known(name)) {
        None => Ok(()),
        Some((name, _)) => {
            let message = format!("not a member of the request; known are {}", known.join(", "));
            Err(invalid_field(shown(&name.unescaped()), message))
        }
    }
}

/// A member, where it is there and no null.
pub(crate) fn member<'d, 'a>(object: Object<'d, 'a>, name: &str) -> Option<Value<'d, 'a>> {
    object.get(name).filter(|value| !value.is_null())
}

fn records<'d, 'a>(object: Object<'d, 'a>) -> Result<Records<'d, 'a>, Refusal> {
    match (member(object, "record"), member(object, "records")) {
        (Some(record), None) => Ok(Records::One(record)),
        (None, Some(list)) if list.kind() == Kind::Array => {
            let records: Vec<_> = list.elements().collect();
            if records.len() > RECORDS_MAX {
                let count = records.len();
                let message = format!(
                    "{count} records, and at most {RECORDS_MAX} are taken at once; send them in \
                     several requests"
                );
                return Err(Refusal::of_field(TOO_LARGE, "records", message));
            }
            Ok(Records::Many(records))
        }
        (None, Some(_)) => Err(invalid_field("records", "an array of JSON objects is expected")),
        (Some(_), Some(_)) => Err(invalid_field("records", "record or records, not both")),
        (None, None) => Err(invalid("record or records is missing: what is to be redacted")),
    }
}

fn record_rules<'r>(object: Object<'_, '_>, rules: &'r Rules) -> Result<RecordRules<'r>, Refusal> {
    let table = member(object, "table")
        .map(|name| table(name, rules, ", or name fields in the place of the table"));
    let table = table.transpose()?;
    let fields = fields(object)?;
    let record_rules = match (table, fields) {
        (Some(table), None) => RecordRules::of_table(table),
        (None, Some(fields)) => RecordRules::of_fields(fields),
        (Some(table), Some(fields)) => RecordRules::of_table(table).and_fields(fields),
        (None, None) => return Err(invalid("table or fields is missing: what is to be withheld")),
    };
    Ok(record_rules.written_by(rules.conventions()))
}

/// The rules of `table`, `schema.table` or `database.schema.table`, found as the pipeline finds them.
/// `else_do` ends the message where there are none.
pub(crate) fn table<'r>(
    name: Value<'_, '_>,
    rules: &'r Rules,
    else_do: &str,
) -> Result<&'r TableRules, Refusal> {
    let expected = || {
        invalid_field(
            "table",
            "a table's name is expected: table, schema.table or database.schema.table",
        )
    };
    let name = name.as_str().ok_or_else(expected)?;
    let parts: Vec<&str> = name.splitn(4, '.').collect();
    let found = match *parts {
        _ if parts.iter().any(|part| part.is_empty()) => return Err(expected()),
        [table] => rules.find(None, None, table),
        [schema, table] => rules.find(None, Some(schema), table),
        [database, schema, table] => rules.find(Some(database), Some(schema), table),
        _ => return Err(expected()),
    };
    found.ok_or_else(|| unlisted(&name, else_do))
}

fn fields(object: Object<'_, '_>) -> Result<Option<Fields>, Refusal> {
    let replacement = member(object, "replacement");
    let Some(list) = member(object, "fields") else {
        return match replacement {
            None => Ok(None),
            Some(_) => Err(invalid_field(
                "replacement",
                "it belongs to fields; what a table's columns are replaced by stands in its rules",
            )),
        };
    };
    if list.kind() != Kind::Array {
        return Err(invalid_field("fields", "an array of names is expected"));
    }
    let mut names = Vec::new();
    for (index, name) in list.elements().enumerate() {
        let place = || invalid_field(format!("fields[{index}]"), "a name is expected, as text");
        names.push(name.as_str().ok_or_else(place)?);
    }
    let fields = Fields::new(names).map_err(of_fields)?;
    let Some(replacement) = replacement else { return Ok(Some(fields)) };
    let text =
        replacement.as_str().ok_or_else(|| invalid_field("replacement", "a text is expected"))?;
    fields.replaced_by(&text).map(Some).map_err(of_fields)
}
