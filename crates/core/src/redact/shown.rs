//! A change as a person may see it, wherever it stands on its way: through the same column rules as
//! the published event, but without an id, and also where no event could be made of it.

use super::{
    Redacted,
    detail::{flag, image_or_null, list, optional, plain, string},
    image::{self, Findings},
};
use crate::{
    event::{ChangeEvent, Row},
    failure::shown,
    rules::TableRules,
};

/// The change as a JSON object. Presence and form of each column are the table's rules' business;
/// the keys that an envelope has beside its images go through them too.
pub(crate) fn write(event: &ChangeEvent<'_>, table: &TableRules) -> Redacted<String> {
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
    for (member, row) in rows {
        out.push_str(member);
        image_or_null(&mut out, row, |out, row| {
            image::write(out, row, table.columns(), &mut findings, None);
        });
    }
    list(&mut out, ",\"redacted\":", &image::once(findings.redacted));
    list(&mut out, ",\"unchanged\":", &image::once(findings.unchanged));
    list(&mut out, ",\"raw\":", &image::once(findings.raw));
    out.push('}');
    Redacted(out)
}
