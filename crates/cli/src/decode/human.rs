//! Units as an aligned table.

use std::io;

use anstyle::Style;
use cdc_core::{event::Operation, failure::shown, json::Name, redact::identifier};

use super::{
    json,
    view::{ShownColumn, View},
};
use crate::{
    output::{BAD, CARE, DIM, GOOD, HEAD, Output, one_line},
    table::{Cell, Columns},
};

// The columns get their widths from this many units; wider ones behind them stick out.
const ROWS_MEASURED: usize = 200;
// Keys beyond this many characters are cut.
const KEYS_CHARS_MAX: usize = 48;

// Names of columns in one state beyond this many characters are cut.
const STATE_CHARS_MAX: usize = 60;

/// The last column also says why a reject is one.
const NAMES: [&str; 8] =
    ["LINE", "ENVELOPE", "KIND", "TABLE", "OPERATION", "KEYS", "COLUMNS", "POSITION"];

/// The widest of what is known beforehand.
const WIDEST: [&str; 8] = ["", "cloudevents", "transaction", "", "INSERT (snapshot)", "", "", ""];

/// A table that is written while its rows come in.
pub(super) struct Table {
    heading: Option<String>,
    values: bool,
    columns: Columns<8>,
    /// Rows that wait for the widths of the columns.
    waiting: Vec<Entry>,
    measured: bool,
}

/// A row, and the images below it.
struct Entry {
    row: [Cell; 8],
    images: Vec<String>,
}

impl Table {
    /// An empty table. Where lines come in one by one, its columns can't wait for what is to come.
    pub(super) fn new(heading: Option<String>, values: bool, live: bool) -> Self {
        let mut columns = Columns::new(NAMES);
        if live {
            columns.fit(&WIDEST.map(Cell::from));
        }
        Self { heading, values, columns, waiting: Vec::new(), measured: false }
    }

    /// Adds a unit.
    pub(super) fn add(&mut self, view: &View<'_, '_>, output: &mut Output) -> io::Result<()> {
        let images = if self.values { images(view) } else { Vec::new() };
        let entry = Entry { row: row(view), images };
        if self.measured {
            return self.print(&entry, output);
        }
        self.columns.fit(&entry.row);
        self.waiting.push(entry);
        if self.waiting.len() < ROWS_MEASURED { Ok(()) } else { self.flush(output) }
    }

    /// Writes what waits.
    pub(super) fn flush(&mut self, output: &mut Output) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        if !std::mem::replace(&mut self.measured, true) {
            if let Some(heading) = &self.heading {
                output.line(format_args!("{HEAD}{heading}{HEAD:#}"))?;
            }
            output.line(self.columns.head())?;
        }
        let waiting = std::mem::take(&mut self.waiting);
        waiting.iter().try_for_each(|entry| self.print(entry, output))
    }

    fn print(&self, entry: &Entry, output: &mut Output) -> io::Result<()> {
        output.line(self.columns.row(&entry.row))?;
        entry.images.iter().try_for_each(|image| output.line(image))
    }
}

fn row(view: &View<'_, '_>) -> [Cell; 8] {
    let style = match (view.failure, view.change) {
        (Some(_), _) => BAD,
        (None, Some(_)) => Style::new(),
        (None, None) => DIM,
    };
    let place = view.place;
    let line = match place.part {
        0 => place.line.to_string(),
        part => format!("{}.{part}", place.line),
    };
    let position =
        view.change.and_then(|event| event.source_position.as_deref()).and_then(identifier);
    let last = match view.failure {
        Some(failure) => failure.to_string(),
        None => position.map(shown).unwrap_or_default(),
    };
    [
        Cell::new(line, DIM),
        Cell::new(view.envelope.map_or("", |envelope| envelope.as_str()), style),
        Cell::new(view.kind, style),
        Cell::new(table(view), style),
        operation(view),
        Cell::new(keys(view), style),
        Cell::new(columns(view), style),
        Cell::new(last, style),
    ]
}

fn table(view: &View<'_, '_>) -> String {
    let names = [view.database, view.schema, view.table].into_iter().flatten();
    names.map(shown).collect::<Vec<_>>().join(".")
}

fn operation(view: &View<'_, '_>) -> Cell {
    let Some(event) = view.change else { return Cell::from("") };
    let operation = event.change.operation();
    let style = match operation {
        Operation::Insert => GOOD,
        Operation::Update => Style::new(),
        Operation::Delete | Operation::Truncate => CARE,
    };
    let snapshot = if event.snapshot { " (snapshot)" } else { "" };
    Cell::new(format!("{}{snapshot}", operation.as_str()), style)
}

fn keys(view: &View<'_, '_>) -> String {
    let columns = view.keys().unwrap_or_default();
    let keys: Vec<_> = columns.iter().map(key).collect();
    cut(keys.join(", "), KEYS_CHARS_MAX)
}

/// How many columns each image has, and those whose value is not simply there:
/// `before 2, after 6, unchanged: bio`.
fn columns(view: &View<'_, '_>) -> String {
    let Some(event) = view.change else { return String::new() };
    let images = [("before", event.change.before()), ("after", event.change.after())];
    let counted = images.into_iter().filter_map(|(name, row)| {
        let count = row?.columns().len();
        (count > 0).then(|| format!("{name} {count}"))
    });
    let states = [("unchanged", view.unchanged()), ("raw", view.raw())];
    let named = states.into_iter().filter(|(_, names)| !names.is_empty()).map(|(state, names)| {
        let names: Vec<_> = names.iter().map(|name| shown(&name.unescaped())).collect();
        format!("{state}: {}", cut(names.join(" "), STATE_CHARS_MAX))
    });
    counted.chain(named).collect::<Vec<_>>().join(", ")
}

fn cut(mut text: String, chars_max: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(chars_max) {
        text.truncate(end);
        text.push('…');
    }
    text
}

fn key(column: &ShownColumn<'_>) -> String {
    let name = shown(&column.name.unescaped());
    let json = &*column.json;
    let string = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match string {
        Some(body) => format!("{name}={}", shown(&Name::written(body).unescaped())),
        None => format!("{name}={}", shown(json)),
    }
}

fn images(view: &View<'_, '_>) -> Vec<String> {
    let Some(event) = view.change else { return Vec::new() };
    let told = [("before", event.change.before()), ("after", event.change.after())];
    let mut lines = Vec::new();
    for (name, row) in told {
        let Some(columns) = view.image(row) else { continue };
        let mut line = format!("      {DIM}{name:<6}{DIM:#} ");
        let mut image = String::new();
        json::object(&mut image, &columns);
        one_line(&mut image);
        line.push_str(&image);
        lines.push(line);
    }
    lines
}
