//! The way back: `{"action":"reveal"}`, answered under the alias `reveal` alone.
//!
//! Who may invoke a function may not, by that, invoke an alias of it, and the other way round
//! (`lambda:InvokeFunction` names one or the other): so revealing is a permission of its own. Each use
//! leaves an [`Audit`], refused ones too. No value is ever in it.

use cdc_aws::function::Refusal;
use cdc_core::{
    failure::told,
    json::{Kind, Object, Value},
    keyring::{VERSION_MAX, version_number},
    redact::reveal,
    rules::{Rules, TableRules},
};

use crate::{
    refusal::{REVEAL_NOT_ALLOWED, invalid, invalid_field, not_revealable},
    request::{known_members, member, table},
};

/// The alias under which values are revealed, and nothing else is done.
pub const ALIAS: &str = "reveal";

const ACTION: &str = "reveal";
const MEMBERS: [&str; 6] = ["action", "table", "column", "values", "reason", "version"];

/// Most values of one request: a person asks, for a reason that holds for each.
pub(crate) const VALUES_MAX: usize = 1000;

/// Longest reason, in characters: a sentence and a ticket's number.
pub(crate) const REASON_CHARS_MAX: usize = 500;

/// Longest name in an audit, in characters. Names are input.
const NAME_CHARS_MAX: usize = 256;

/// What is kept of a use, whatever came of it: texts of the request, escaped and cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// The alias it was asked under; none is told as `-`.
    pub alias: String,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// How many values.
    pub values: usize,
    /// Why, in the words of who asked.
    pub reason: String,
}

/// A request that can be done.
struct Request<'r, 'd, 'a> {
    table: &'r TableRules,
    column: String,
    values: Vec<Value<'d, 'a>>,
    version: Option<u32>,
}

/// Whether a payload asks for it.
pub(crate) fn is_asked_for(payload: Value<'_, '_>) -> bool {
    let action = payload.as_object().and_then(|object| object.get("action"));
    action.and_then(Value::as_str).is_some_and(|action| action == ACTION)
}

impl Audit {
    /// What was asked, as far as it can be read.
    pub(crate) fn of(payload: Option<Value<'_, '_>>, alias: Option<&str>) -> Self {
        let object = payload.and_then(Value::as_object);
        let text = |name: &str, chars_max: usize| {
            let text = object.and_then(|object| object.get(name)).and_then(Value::as_str);
            text.map_or_else(|| "-".to_owned(), |text| told(&text, chars_max))
        };
        let values = object.and_then(|object| object.get("values"));
        Self {
            alias: told(alias.unwrap_or("-"), NAME_CHARS_MAX),
            table: text("table", NAME_CHARS_MAX),
            column: text("column", NAME_CHARS_MAX),
            values: values.map_or(0, |values| values.elements().count()),
            reason: text("reason", REASON_CHARS_MAX),
        }
    }
}

/// The answer to a payload that asks for it, or came under the alias.
pub(crate) fn answered(
    payload: Value<'_, '_>,
    alias: Option<&str>,
    rules: &Rules,
) -> Result<String, Refusal> {
    if !is_asked_for(payload) {
        return Err(invalid_field(
            "action",
            "under the alias reveal only {\"action\":\"reveal\"} is answered; for everything else invoke \
             the function without it",
        ));
    }
    if alias != Some(ALIAS) {
        let message = "values are revealed under the alias reveal alone: invoke the function with that \
                       qualifier (aws lambda invoke --qualifier reveal, or cdc redact reveal), which \
                       takes lambda:InvokeFunction for function:NAME:reveal";
        return Err(Refusal::of_field(REVEAL_NOT_ALLOWED, "action", message));
    }
    let Request { table, column, values, version } = Request::read(payload, rules)?;
    // Shorter than what it is made of: it can't be too large for Lambda.
    let mut answer = String::from("{\"values\":[");
    for (index, value) in values.iter().enumerate() {
        answer.push_str(if index == 0 { "" } else { "," });
        let value = reveal(table, &column, value.text(), version);
        answer.push_str(&value.map_err(|error| not_revealable(index, &error))?);
    }
    answer.push_str("]}");
    Ok(answer)
}

impl<'r, 'd, 'a> Request<'r, 'd, 'a> {
    fn read(payload: Value<'d, 'a>, rules: &'r Rules) -> Result<Self, Refusal> {
        let object = payload.as_object().ok_or_else(|| invalid("a JSON object is expected"))?;
        known_members(object, &MEMBERS)?;
        let name = member(object, "table");
        let name = name.ok_or_else(|| invalid_field("table", "it is missing: whose values"))?;
        require_reason(object)?;
        Ok(Self {
            table: table(name, rules, "; by its rules values are had back")?,
            column: column(object)?,
            values: values(object)?,
            version: version(object)?,
        })
    }
}

fn require_reason(object: Object<'_, '_>) -> Result<(), Refusal> {
    let reason = member(object, "reason").and_then(Value::as_str).unwrap_or_default();
    let fits = reason.chars().nth(REASON_CHARS_MAX).is_none();
    if fits && !reason.trim().is_empty() && !reason.contains(char::is_control) {
        return Ok(());
    }
    let message = format!(
        "why the values are needed is expected, 1 to {REASON_CHARS_MAX} characters on one line; it is kept \
         in the log"
    );
    Err(invalid_field("reason", message))
}

fn column(object: Object<'_, '_>) -> Result<String, Refusal> {
    let column = member(object, "column").and_then(Value::as_str);
    let column = column.ok_or_else(|| {
        invalid_field("column", "a column's name is expected, or a path of names into one")
    })?;
    Ok(column.into_owned())
}

fn values<'d, 'a>(object: Object<'d, 'a>) -> Result<Vec<Value<'d, 'a>>, Refusal> {
    let list = member(object, "values").filter(|list| list.kind() == Kind::Array);
    let values: Vec<_> = list.into_iter().flat_map(Value::elements).collect();
    if (1..=VALUES_MAX).contains(&values.len()) {
        return Ok(values);
    }
    let message =
        format!("an array of 1 to {VALUES_MAX} values is expected, as they were published");
    Err(invalid_field("values", message))
}

fn version(object: Object<'_, '_>) -> Result<Option<u32>, Refusal> {
    let Some(version) = member(object, "version") else { return Ok(None) };
    let number = Some(version).filter(|it| it.kind() == Kind::Number);
    let number = number.and_then(|version| version_number(version.text()));
    let message = || format!("a key's version is expected, a whole number from 1 to {VERSION_MAX}");
    number.map(Some).ok_or_else(|| invalid_field("version", message()))
}
