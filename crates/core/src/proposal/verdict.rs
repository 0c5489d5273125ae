//! What is done with a column, by its name, its declared type and its values.

use super::{
    columns::{Personal, is_plain, looks_personal},
    seen::Column,
};
use crate::declared::Sort;

/// What a column is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Published, and redacted.
    Personal {
        what: Personal,
        /// Whether its values tell it, and its name does not.
        by_values: bool,
    },
    /// Published in the clear.
    Plain,
    /// Neither is clear: it stays inside.
    Unclear,
}

/// What a column of that table is taken for. Values go before the name: an `id` that is an e-mail
/// address is one.
pub(super) fn judge(table: &str, column: &Column) -> Verdict {
    let named = looks_personal(table, &column.name);
    if let Some(what) = column.values.look_personal() {
        return Verdict::Personal { what, by_values: named != Some(what) };
    }
    if let Some(what) = named {
        return by_name(what, column);
    }
    if column.values.are_large() || column.sort == Some(Sort::Composite) {
        return Verdict::Unclear;
    }
    if is_plain(&column.name) || tells_by_itself(column) {
        Verdict::Plain
    } else {
        Verdict::Unclear
    }
}

/// A personal name over values that can't be it: `notes` that are a number, `phone` that is a yes.
fn by_name(what: Personal, column: &Column) -> Verdict {
    if is_switch(column) && !what.is_told_by_a_switch() {
        return Verdict::Plain;
    }
    if column.values.are_numbers() && what.is_text() {
        return Verdict::Unclear;
    }
    Verdict::Personal { what, by_values: false }
}

/// Whether the type says enough, whatever the name: a yes or no, one of a few words, a moment. Not
/// a date: it could be a birthday.
fn tells_by_itself(column: &Column) -> bool {
    let instants = match column.sort {
        Some(Sort::Instant) => column.values.have_clocks(),
        _ => column.values.are_instants(),
    };
    is_switch(column) || column.sort == Some(Sort::Choice) || instants
}

fn is_switch(column: &Column) -> bool {
    column.values.are_switches()
        || column.sort == Some(Sort::Switch) && !column.values.are_numbers()
}

#[cfg(test)]
mod tests {
    use super::{Personal, Verdict, judge};
    use crate::{
        declared::{DeclaredColumn, Sort},
        json::Document,
        proposal::seen::Seen,
    };

    fn verdict(name: &str, sort: Option<Sort>, values: &[&str]) -> Verdict {
        let mut seen = Seen::new("things");
        seen.declare(vec![DeclaredColumn { name: name.to_owned(), sort }], None);
        let column = &mut seen.columns[0];
        for value in values {
            column.values.look(Document::parse(value.as_bytes(), Vec::new()).unwrap().root());
        }
        judge("things", column)
    }

    fn personal(what: Personal, by_values: bool) -> Verdict {
        Verdict::Personal { what, by_values }
    }

    #[test]
    fn values_go_before_the_name_and_the_name_before_the_type() {
        let long = format!("\"{}\"", "x".repeat(200));
        for (name, sort, values, expected) in [
            ("user_id", None, &["\"ada@example.com\""][..], personal(Personal::Email, true)),
            ("status", None, &["\"123-45-6789\""], personal(Personal::Identity, true)),
            ("email", None, &["\"none\""], personal(Personal::Email, false)),
            ("email", None, &["\"ada@example.com\""], personal(Personal::Email, false)),
            ("email", None, &[], personal(Personal::Email, false)),
            ("email", None, &["true", "false"], Verdict::Plain),
            ("phone", Some(Sort::Switch), &[], Verdict::Plain),
            ("is_pregnant", None, &["true"], personal(Personal::Sensitive, false)),
            ("gender", None, &["true"], personal(Personal::Gender, false)),
            ("comments", None, &["12"], Verdict::Unclear),
            ("zip", None, &["10115"], personal(Personal::Address, false)),
            ("status", None, &["\"open\""], Verdict::Plain),
            ("status", None, &[&*long], Verdict::Unclear),
            ("status", None, &["{\"a\":1}"], Verdict::Unclear),
            ("c1", None, &["\"open\""], Verdict::Unclear),
            ("c1", None, &["12"], Verdict::Unclear),
            ("c1", None, &["true"], Verdict::Plain),
            ("c1", Some(Sort::Choice), &["\"red\""], Verdict::Plain),
            ("c1", None, &["\"2024-01-15T10:30:00Z\""], Verdict::Plain),
            ("c1", None, &["\"1980-05-01T00:00:00Z\""], Verdict::Unclear),
            ("c1", None, &["\"1980-05-01\""], Verdict::Unclear),
            ("c1", Some(Sort::Instant), &["1705312200123"], Verdict::Plain),
            ("c1", Some(Sort::Instant), &["1705276800000"], Verdict::Unclear),
            ("c1", Some(Sort::Instant), &[], Verdict::Unclear),
            ("amount", Some(Sort::Composite), &[], Verdict::Unclear),
        ] {
            assert_eq!(verdict(name, sort, values), expected, "{name} {sort:?} {values:?}");
        }
    }
}
