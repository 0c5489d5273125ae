//! The types that a table's rules tell, applied to its rows: what a producer encodes becomes plain, and
//! what is of another type is seen.
//!
//! A column keeps its text wherever that is plain already. What can't be interpreted passes unchanged
//! and is named as raw.

use crate::{
    arena::Arena,
    encoding::{Encoding, Interpreted, is_plain_decimal},
    event::{ChangeEvent, Column, ColumnValue, Envelope},
    json::Name,
    rules::{ColumnRules, ColumnType},
};

/// What a value is by its type.
enum Typed<'a> {
    /// What the type says, as it stands.
    AsTold,
    /// This, written otherwise.
    Means(&'a str),
    /// Of another type.
    Other,
    /// Not in the encoding that was told.
    Unfit,
}

/// Interprets the typed columns of all images and keys. What comes back are columns of another type
/// than told, once for each row.
pub fn interpret<'a>(
    event: &mut ChangeEvent<'a>,
    rules: &ColumnRules,
    arena: &'a Arena,
) -> Vec<Name<'a>> {
    let mut retyped = Vec::new();
    if !rules.has_types() {
        return retyped;
    }
    let bytes_first = encodes_decimals(event.envelope);
    for row in event.change.images_mut().chain(&mut event.keys) {
        let mut hint = 0;
        for column in row.columns_mut() {
            let rule = rules.find(&column.name.unescaped(), &mut hint);
            let (Some(holds), Some(json)) = (rule.holds, column.value.json()) else { continue };
            let typed = typed(holds, json, bytes_first, arena);
            if apply(column, json, typed) {
                retyped.push(column.name);
            }
        }
    }
    retyped
}

/// Gives the column what its value means; whether it is of another type.
fn apply<'a>(column: &mut Column<'a>, json: &'a str, typed: Typed<'a>) -> bool {
    column.value = match typed {
        Typed::AsTold | Typed::Other => ColumnValue::Json(json),
        Typed::Means(json) => ColumnValue::Json(json),
        Typed::Unfit => ColumnValue::Raw(json),
    };
    matches!(typed, Typed::Other | Typed::Unfit)
}

/// Whether the producer writes decimals as base64 of their bytes (Kafka Connect's converters do): a
/// text that could be read both ways is bytes there, and digits everywhere else.
fn encodes_decimals(envelope: Envelope) -> bool {
    match envelope {
        Envelope::Native | Envelope::Debezium | Envelope::CloudEvents => true,
        Envelope::Dms
        | Envelope::Maxwell
        | Envelope::Canal
        | Envelope::Ogg
        | Envelope::DynamoDb => false,
    }
}

fn typed<'a>(holds: ColumnType, json: &'a str, bytes_first: bool, arena: &'a Arena) -> Typed<'a> {
    let encoding = match holds {
        ColumnType::Plain(plain) if plain.fits(json) => return Typed::AsTold,
        ColumnType::Plain(_) => return Typed::Other,
        ColumnType::Encoded(encoding) => encoding,
    };
    let text = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let digits = text.filter(|text| is_decimal(encoding) && is_plain_decimal(text));
    if let (Some(digits), false) = (digits, bytes_first) {
        return Typed::Means(digits);
    }
    match encoding.interpret_text(json) {
        Interpreted::Plain => Typed::AsTold,
        Interpreted::Means(text) => Typed::Means(arena.text(&text)),
        Interpreted::Unfit => match digits {
            Some(digits) => Typed::Means(digits),
            None if text.is_some_and(|text| encoding.is_told_as_text(text)) => Typed::AsTold,
            None => Typed::Unfit,
        },
    }
}

fn is_decimal(encoding: Encoding) -> bool {
    matches!(encoding, Encoding::Decimal { .. } | Encoding::VariableDecimal)
}
