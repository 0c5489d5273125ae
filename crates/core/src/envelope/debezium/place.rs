//! A change's place at its source: as it is shown, what identifies it, and what orders a row's changes.
//! Each connector has places of its own; those of connectors not named here are shown and not compared.

use std::borrow::Cow;

use super::{Source, text, token};
use crate::event::{Identity, Reading, RowOrder};

/// What a source's members say of the place.
pub(super) struct Place<'a> {
    pub(super) position: Option<Cow<'a, str>>,
    pub(super) identity: Option<Identity<'a>>,
    pub(super) row_order: RowOrder,
}

pub(super) fn place<'a>(source: &Source<'_, 'a>) -> Place<'a> {
    let position = position(source);
    let row_order = row_order(source);
    let exact = match text(source.connector).as_deref() {
        Some("sqlserver") => source.change_lsn.is_some(),
        Some("mongodb") => source.ord.is_some(),
        _ => matches!(row_order, RowOrder::Source { shared: false, .. }),
    };
    let identity = position
        .clone()
        .filter(|_| exact)
        .map(|place| Identity { source: text(source.name).unwrap_or_default(), place });
    Place { position, identity, row_order }
}

/// The database's own place of the change, in the words of its connector.
fn position<'a>(source: &Source<'_, 'a>) -> Option<Cow<'a, str>> {
    if let Some(commit) = text(source.commit_lsn) {
        let parts = [text(source.change_lsn), token(source.event_serial_no)];
        let told = std::iter::once(commit).chain(parts.into_iter().flatten());
        return Some(told.collect::<Vec<_>>().join("/").into());
    }
    if let Some(scn) = token(source.scn) {
        return Some(scn);
    }
    if let Some(ord) = token(source.ord) {
        return Some(format!("{}:{ord}", microseconds(source)?).into());
    }
    if let Some(lsn) = token(source.lsn) {
        return Some(lsn);
    }
    let (file, pos) = (text(source.file)?, token(source.pos)?);
    let row = token(source.row).unwrap_or(Cow::Borrowed("0"));
    Some(Cow::Owned(format!("{file}:{pos}:{row}")))
}

fn row_order(source: &Source<'_, '_>) -> RowOrder {
    let connector = text(source.connector);
    let order = match connector.as_deref() {
        Some("postgresql") => lsn(source),
        Some("mysql" | "mariadb") => binlog(source),
        Some("sqlserver") => change_tables(source),
        Some("oracle") => scn(source),
        Some("mongodb") => {
            return microseconds(source)
                .map_or(RowOrder::Unknown, |microseconds| RowOrder::Time { microseconds });
        }
        // Flattened rows seldom name their connector; an LSN that is a number is PostgreSQL's.
        None if source.lsn.is_some() => lsn(source),
        _ => return RowOrder::Arrival,
    };
    // One transaction may change a row twice under one SCN.
    let shared = connector.as_deref() == Some("oracle");
    order.map_or(RowOrder::Unknown, |order| RowOrder::Source { order, shared })
}

fn lsn(source: &Source<'_, '_>) -> Option<String> {
    let lsn = source.lsn?.as_token()?.parse::<u64>().ok().filter(|&lsn| lsn > 0)?;
    Some(format!("lsn:{lsn:020}"))
}

/// `mysql-bin.000003`, 570, row 1: the file's number grows in width when it overflows.
fn binlog(source: &Source<'_, '_>) -> Option<String> {
    let file = text(source.file)?;
    let (_, number) = file.rsplit_once('.')?;
    let number: u64 = number.parse().ok()?;
    let pos: u64 = token(source.pos)?.parse().ok()?;
    let row: u32 = token(source.row).map_or(Some(0), |row| row.parse().ok())?;
    Some(format!("binlog:{number:020}:{pos:020}:{row:010}"))
}

/// `00000027:00000758:0003`, of fixed width. What a snapshot reads has the commit's alone, which lies
/// before all changes of that commit.
fn change_tables(source: &Source<'_, '_>) -> Option<String> {
    const BEFORE_ALL: &str = "00000000:00000000:0000";
    let is_lsn = |text: &str| {
        text.len() == BEFORE_ALL.len()
            && text.bytes().zip(BEFORE_ALL.bytes()).all(|(byte, pattern)| match pattern {
                b':' => byte == b':',
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            })
    };
    let commit = text(source.commit_lsn).filter(|text| is_lsn(text))?;
    let change = text(source.change_lsn).unwrap_or(Cow::Borrowed(BEFORE_ALL));
    let serial: u64 = token(source.event_serial_no).map_or(Some(0), |it| it.parse().ok())?;
    is_lsn(&change).then(|| format!("mssql:{commit}:{change}:{serial:020}"))
}

fn scn(source: &Source<'_, '_>) -> Option<String> {
    let scn: u64 = token(source.scn)?.parse().ok()?;
    Some(format!("scn:{scn:020}"))
}

/// The source's clock.
fn microseconds(source: &Source<'_, '_>) -> Option<i64> {
    let Reading::Epoch { units, digits } = source.time.as_ref()?.reading else { return None };
    match digits {
        3 => units.checked_mul(1000),
        6 => Some(units),
        9 => Some(units / 1000),
        _ => None,
    }
}
