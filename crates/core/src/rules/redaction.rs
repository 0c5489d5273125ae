//! The check of `redact`: which fields, and by which method.

use super::{
    column_type::{ColumnType, PlainType},
    fields::{COLUMNS_MAX, Checker, Listed},
    method::{Generalize, Method, REDACTED, Truncate},
    path::FieldPath,
    problem::shown,
    read::{Body, Node},
    settings::{FIELDS, REDACT, REDACTION},
};
use crate::encoding::Encoding;

/// One field that is redacted, and how.
#[derive(Clone)]
pub(super) struct Redaction<'n> {
    pub(super) field: Listed<'n>,
    pub(super) path: FieldPath,
    pub(super) method: Method,
}

impl Checker<'_> {
    /// The fields of a `redact` list, each once. `whose` is `defaults` or `table …`.
    pub(super) fn redactions<'n>(&mut self, node: &'n Node, whose: &str) -> Vec<Redaction<'n>> {
        let what = format!("{} of {whose}", REDACT.name);
        let Some(items) = self.list(node, &what, REDACT.expected, true) else { return Vec::new() };
        let mut redactions = Vec::new();
        for item in items {
            match &item.body {
                Body::Map(_) => redactions.extend(self.long_form(item, &what)),
                _ => redactions.extend(self.short_form(item, &what)),
            }
        }
        let fields: Vec<_> = redactions.iter().map(|redaction| redaction.field).collect();
        self.refuse_duplicates(&fields, &what);
        if fields.len() > COLUMNS_MAX {
            let count = fields.len();
            self.problem(
                node,
                format!("{what}: found {count} fields, expected at most {COLUMNS_MAX}"),
            );
        }
        redactions
    }

    fn short_form<'n>(&mut self, item: &'n Node, what: &str) -> Option<Redaction<'n>> {
        let field = self.field(item, what)?;
        let path = self.path(field, what)?;
        Some(Redaction { field, path, method: Method::replace(REDACTED) })
    }

    /// `{fields: [phone, contacts.phone], method: mask, keep_last: 4}`
    fn long_form<'n>(&mut self, item: &'n Node, what: &str) -> Vec<Redaction<'n>> {
        let Some(settings) = self.settings(item, REDACTION, what, item.place()) else {
            return Vec::new();
        };
        let method = self.method(&settings, item, what);
        let Some(fields) = settings.get(FIELDS) else { return Vec::new() };
        let what = format!("fields in {what}");
        let fields = self.list(fields, &what, FIELDS.expected, false).unwrap_or_default();
        let redaction = |node| {
            let field = self.field(node, &what)?;
            let path = self.path(field, &what)?;
            Some(Redaction { field, path, method: method.clone()? })
        };
        fields.iter().filter_map(redaction).collect()
    }

    fn path(&mut self, field: Listed<'_>, what: &str) -> Option<FieldPath> {
        match FieldPath::parse(field.name) {
            Ok(path) => Some(path),
            Err(expected) => {
                self.wrong(field.node, what, expected, "");
                None
            }
        }
    }

    /// A method that can't be applied to any value of the column's type would make a dead letter of
    /// each change.
    pub(super) fn refuse_unfit(
        &mut self,
        redact: &[Redaction<'_>],
        holds: impl Fn(&str) -> Option<ColumnType>,
        whose: &str,
    ) {
        for Redaction { field, path, method } in redact {
            let Some(holds) = path.column().and_then(&holds) else { continue };
            if let Some(why) = unfit(method, holds) {
                let (name, method) = (shown(field.name), method.as_str());
                let text = format!(
                    "redact of {whose}: \"{name}\" is {holds} by its types, and {method} {why}"
                );
                self.problem(field.node, text);
            }
        }
    }
}

/// Why that method fails for every value of that type.
fn unfit(method: &Method, holds: ColumnType) -> Option<String> {
    let is_number = match holds {
        ColumnType::Encoded(encoding) => {
            matches!(encoding, Encoding::Decimal { .. } | Encoding::VariableDecimal)
        }
        ColumnType::Plain(plain) => matches!(plain, PlainType::Number { .. }),
    };
    let is_text = matches!(holds, ColumnType::Plain(PlainType::Text { .. }));
    let is_time = matches!(holds, ColumnType::Encoded(_)) && !is_number;
    let why = match method {
        Method::Replace { .. } | Method::Null | Method::Hash(_) | Method::Encrypt(_) => {
            return None;
        }
        Method::Mask(mask) if mask.as_number => {
            (!is_number).then_some("as number is for numbers")?
        }
        Method::Mask(_) => {
            (!is_text && !is_number && !is_time).then_some("is for text, numbers and times")?
        }
        Method::Truncate(Truncate::Characters(_)) => {
            (!is_text && !is_time).then_some("to characters is for text")?
        }
        Method::Truncate(Truncate::ToYear | Truncate::ToMonth) => {
            let is_clock = matches!(holds, ColumnType::Encoded(Encoding::Time { .. }));
            (is_clock || !is_time && !is_text).then_some("to a year or month is for dates")?
        }
        Method::Truncate(Truncate::Bucket(_)) => {
            (!is_number && !is_text).then_some("to a bucket is for numbers")?
        }
        Method::Generalize(Generalize::Network | Generalize::Domain) => {
            (!is_text).then_some("is for text")?
        }
        Method::Tokenize(tokenize) => {
            let most = match holds {
                ColumnType::Plain(PlainType::Text { most } | PlainType::Number { most }) => most,
                ColumnType::Plain(PlainType::Boolean | PlainType::Json)
                | ColumnType::Encoded(_) => {
                    return Some("is for text and whole numbers".to_owned());
                }
            };
            let least =
                tokenize.alphabet.characters_min() + usize::from(tokenize.same_length && is_number);
            most.filter(|most| (*most as usize) < least)?;
            return Some(format!(
                "needs at least {least} characters of {}: of fewer there are less than 10^6 values, \
                 and whoever sees their tokens could match them",
                tokenize.alphabet.as_str()
            ));
        }
    };
    Some(why.to_owned())
}
