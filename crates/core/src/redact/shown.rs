//! A change as a person may see it, wherever it stands on its way: through the same column rules as
//! the published event, but without an id, and also where no event could be made of it. For a destination
//! other than the bus it is the same, or nothing.

use std::borrow::Cow;

use super::{
    Redacted,
    detail::{flag, image_or_null, list, optional, plain, string},
    image::{self, Columns, Findings, OnUnfit, UnfitColumn},
};
use crate::{
    envelope::Conventions,
    event::{ChangeEvent, Row},
    failure::shown,
    json::Name,
    rules::TableRules,
};

/// The change as a JSON object. Presence and form of each column are the table's rules' business;
/// the keys that an envelope has beside its images go through them too. A column that a rule can't be
/// applied to is withheld as a whole. `seed` makes its ciphertexts its own.
pub(crate) fn write(
    event: &ChangeEvent<'_>,
    table: &TableRules,
    by: (&Conventions, &str),
) -> Redacted<String> {
    written(event, table, by, OnUnfit::Withhold)
        .expect("what a rule can't be applied to is withheld")
}

/// The same, or nothing where a rule can't be applied.
///
/// # Errors
/// [`UnfitColumn`].
pub(crate) fn write_strictly(
    event: &ChangeEvent<'_>,
    table: &TableRules,
    by: (&Conventions, &str),
) -> Result<Redacted<String>, Box<UnfitColumn>> {
    written(event, table, by, OnUnfit::Fail)
}

fn written(
    event: &ChangeEvent<'_>,
    table: &TableRules,
    (conventions, seed): (&Conventions, &str),
    unfit: OnUnfit,
) -> Result<Redacted<String>, Box<UnfitColumn>> {
    let mut out = String::from("{\"kind\":\"change\"");
    plain(&mut out, ",\"envelope\":", event.envelope.as_str());
    optional(&mut out, ",\"database\":", event.database.as_deref().map(shown).as_deref());
    optional(&mut out, ",\"schema\":", event.schema.as_deref().map(shown).as_deref());
    string(&mut out, ",\"table\":", &shown(&event.table));
    plain(&mut out, ",\"operation\":", event.change.operation().as_str());
    flag(&mut out, ",\"snapshot\":", event.snapshot);
    let mut findings = Findings::default();
    let rows: [(&str, Option<&Row<'_>>); 3] = [
        (",\"keys\":", event.keys.as_ref()),
        (",\"before\":", event.change.before()),
        (",\"after\":", event.change.after()),
    ];
    let columns = Columns { rules: table.columns(), conventions, seed, unfit };
    for (member, row) in rows {
        out.push_str(member);
        image_or_null(&mut out, row, |out, row| {
            image::write(out, row, &columns, &mut findings, None)
        })?;
    }
    list(&mut out, ",\"redacted\":", &image::once(findings.redacted));
    list(&mut out, ",\"unchanged\":", &image::once(findings.unchanged));
    list(&mut out, ",\"raw\":", &image::once(findings.raw));
    out.push('}');
    Ok(Redacted(out))
}

/// A column's value as a person may see it, by the table's rules; one that a rule can't be applied to is
/// withheld as a whole.
#[must_use]
pub fn shown_value<'a>(
    name: Name<'_>,
    json: &'a str,
    table: &TableRules,
    conventions: &Conventions,
) -> Cow<'a, str> {
    let unfit = OnUnfit::Withhold;
    let columns = Columns { rules: table.columns(), conventions, seed: json, unfit };
    let rule = columns.rule(name);
    let mut out = String::new();
    match columns.value(&mut out, name, &rule, json) {
        Ok(false) => Cow::Borrowed(json),
        Ok(true) | Err(_) => Cow::Owned(out),
    }
}
