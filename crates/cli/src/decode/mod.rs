//! `cdc decode`: what records say, unit by unit.
//!
//! Owns the way from a file to lines ([`lines`]), from a line to units ([`units`]), and how those
//! are shown ([`json`], [`human`]). Decides nothing itself: what a record says is
//! [`cdc_core::envelope`]'s, and which columns are keys or withheld is the rules'. Promises that no
//! input ends it: what cannot be read is a reject and counted, and the next line follows. Shows row
//! values only where `--values` asks for them (keys always), and withholds what the table's rules
//! redact.

mod human;
mod json;
pub(crate) mod lines;
mod units;
mod view;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use cdc_core::rules::Rules;
use clap::Args;

pub(crate) use self::lines::{Line, Lines};
use self::{human::Table, view::View};
use crate::{
    config,
    failure::{CommandError, Ended, with_causes},
    output::{BAD, Output},
};

const EXAMPLES: &str = "\
Examples:
  cdc decode changes.ndjson                    a table, one line a unit
  cdc decode --values changes.ndjson           with the images
  cdc --json decode changes.ndjson | jq 'select(.kind == \"reject\")'
  aws kinesis get-records … | jq -c '.Records[] | {kinesis: {data: .Data}}' \\
    | cdc decode -

A line is one of
  an envelope: native, DMS, Debezium (wrapped or bare), CloudEvent
  {\"kinesis\":{\"data\":\"<base64>\",\"partitionKey\":\"…\"}}
or the file is one Lambda event, or one envelope over several lines. Kinesis data may
be compressed (gzip, zstd) or an aggregate of the Kinesis Producer Library. Blank
lines don't count.

Keys are those of the envelope, else the columns that the table's rules name
(--config, else the rules compiled in), else none. Images come with --values
only. Where the table has rules, the columns that these redact are redacted, in
keys and images alike; columns that are not included are shown all the same, for
this is about what the record says. Tables without rules are shown as they are.

Exit code 3 where a record was rejected, 1 where a file could not be read.";

/// What `cdc decode` is asked for.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DecodeArguments {
    /// Show the rows before and after each change
    #[arg(long)]
    values: bool,
    /// Show rejects alone, and the summary
    #[arg(long, short)]
    quiet: bool,
    /// NDJSON or Lambda events; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Decodes all files.
pub(crate) fn run(
    arguments: &DecodeArguments,
    config: Option<&Path>,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    let rules = config::load(config)?.rules.with_fixed_keys();
    let mut decoding = Decoding { arguments, rules, json, counts: Counts::default() };
    let mut unreadable = false;
    for path in &arguments.files {
        if let Err(error) = decoding.file(path, output) {
            match error {
                FileError::Output(error) => return Err(error.into()),
                FileError::Input(error) => {
                    unreadable = true;
                    let (path, error) = (path.display(), with_causes(&error));
                    output.note(format_args!("{BAD}error:{BAD:#} {path}: cannot be read: {error}"));
                }
            }
        }
    }
    output.note(decoding.counts.summary());
    Ok(match (unreadable, decoding.counts.rejects()) {
        (true, _) => Ended::Failed,
        (false, 0) => Ended::Well,
        (false, _) => Ended::WantsAttention,
    })
}

/// Which side broke.
enum FileError {
    Input(io::Error),
    Output(io::Error),
}

struct Decoding<'a> {
    arguments: &'a DecodeArguments,
    rules: Rules,
    json: bool,
    counts: Counts,
}

impl Decoding<'_> {
    fn file(&mut self, path: &Path, output: &mut Output) -> Result<(), FileError> {
        let live = path.as_os_str() == "-";
        let source: Box<dyn Read> = if live {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path).map_err(FileError::Input)?)
        };
        let mut lines = Lines::open(source).map_err(FileError::Input)?;
        let mut printer = self.printer(path, live);
        loop {
            // Who pipes lines in wants to see each one when it comes.
            if live && lines.would_wait() {
                printer.flush(output).map_err(FileError::Output)?;
            }
            let Some(line) = lines.next() else { break };
            let line = line.map_err(|error| {
                // What was read is shown before the error.
                printer.flush(output).map_or_else(FileError::Output, |()| FileError::Input(error))
            })?;
            self.line(line, &mut printer, output).map_err(FileError::Output)?;
        }
        printer.flush(output).map_err(FileError::Output)
    }

    fn printer(&self, path: &Path, live: bool) -> Printer {
        if self.json {
            return Printer::Json { values: self.arguments.values, text: String::new() };
        }
        let heading = (self.arguments.files.len() > 1).then(|| path.display().to_string());
        Printer::Table(Box::new(Table::new(heading, self.arguments.values, live)))
    }

    fn line(&mut self, line: Line, printer: &mut Printer, output: &mut Output) -> io::Result<()> {
        self.counts.lines += 1;
        let Self { arguments, rules, counts, .. } = self;
        units::of_line(&line, rules, &mut |place, found| {
            let view = View::new(place, found, rules);
            counts.add(view.kind);
            if arguments.quiet && view.failure.is_none() {
                return Ok(());
            }
            printer.print(&view, output)
        })
    }
}

/// How units are shown.
enum Printer {
    Json { values: bool, text: String },
    Table(Box<Table>),
}

impl Printer {
    fn print(&mut self, view: &View<'_, '_>, output: &mut Output) -> io::Result<()> {
        match self {
            Self::Json { values, text } => {
                text.clear();
                json::write(text, view, *values);
                output.line(text)
            }
            Self::Table(table) => table.add(view, output),
        }
    }

    fn flush(&mut self, output: &mut Output) -> io::Result<()> {
        if let Self::Table(table) = self {
            table.flush(output)?;
        }
        output.flush()
    }
}

/// What was seen.
#[derive(Default)]
struct Counts {
    lines: u64,
    kinds: BTreeMap<&'static str, u64>,
}

impl Counts {
    fn add(&mut self, kind: &'static str) {
        *self.kinds.entry(kind).or_default() += 1;
    }

    fn rejects(&self) -> u64 {
        self.kinds.get(view::REJECT).copied().unwrap_or(0)
    }

    fn summary(&self) -> String {
        let units: u64 = self.kinds.values().sum();
        let told = |(kind, count): (&&str, &u64)| match *kind {
            view::REJECT => format!("{BAD}{count} {kind}{BAD:#}"),
            kind => format!("{count} {kind}"),
        };
        let kinds: Vec<_> = self.kinds.iter().map(told).collect();
        let separator = if kinds.is_empty() { "" } else { ": " };
        format!("lines {}, units {units}{separator}{}", self.lines, kinds.join(", "))
    }
}
