//! `cdc redact diff`: what two configurations would publish differently, over recorded changes.
//!
//! Every record goes the whole way twice, once by the rules of each configuration; what is told are names and
//! counts, never a value.

mod pair;
mod report;
mod tally;

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::Args;

use crate::{
    config,
    decode::Lines,
    failure::{CommandError, Ended},
    output::Output,
};
use pair::Pair;
use tally::Tally;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cdc redact diff config new-config records.ndjson
  git worktree add /tmp/main main && cdc redact diff /tmp/main/config config records.ndjson
  cdc --json redact diff old.yaml new.yaml - < records.ndjson | jq '.fields[] | select(.showsMore)'

FILE holds records as `cdc decode` takes them. Exit code 3 where the new configuration shows more of
any field than the old one; no value is ever shown.";

/// What to compare.
#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// The older configuration: a file, or a folder with all its .yaml files
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The newer one
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// Recorded changes: NDJSON or Lambda events; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Compares the configurations over all files.
pub(crate) fn run(
    arguments: &DiffArguments,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    let rules = |path: &Path| config::load(Some(path)).map(|checked| checked.rules);
    let pair = Pair::new(rules(&arguments.old)?, rules(&arguments.new)?);
    let mut tally = Tally::default();
    for path in &arguments.files {
        let read = lines(path).and_then(|lines| {
            for line in lines {
                pair.line(&line?, &mut tally);
            }
            Ok(())
        });
        read.map_err(|error| {
            CommandError::failed(format_args!("{}: cannot be read", path.display()), error)
        })?;
    }
    if json {
        output.line(report::json(&tally))?;
    } else {
        report::human(&tally, output)?;
    }
    output.note(report::verdict(&tally));
    Ok(if tally.shows_more() { Ended::WantsAttention } else { Ended::Well })
}

fn lines(path: &Path) -> io::Result<Lines> {
    let source: Box<dyn Read> =
        if path.as_os_str() == "-" { Box::new(io::stdin()) } else { Box::new(File::open(path)?) };
    Lines::open(source)
}
