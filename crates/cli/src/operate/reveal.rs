//! `cdc redact reveal`: what values were that `encrypt` or `tokenize` withheld.
//!
//! Asked of data-redactor under its alias `reveal`, which is a permission of its own and leaves a line in the
//! log. This command has no keys.

use std::io::{self, BufRead as _};

use cdc_core::{json::Document, keyring::VERSION_MAX};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::{
    answer,
    place::{self, PlaceArguments},
};
use crate::{
    failure::{CommandError, Ended},
    output::{Output, one_line},
};

const FUNCTION: &str = "data-redactor";
const ALIAS: &str = "reveal";

/// Most values that the function takes at once.
const VALUES_MAX: usize = 1000;

/// Standard input, as a value.
const INPUT: &str = "-";

const USAGE: &str = "cdc redact reveal [OPTIONS] --table TABLE --column NAME --reason TEXT VALUE…";

const EXAMPLES: &str = "\
Examples:
  cdc redact reveal --table users --column email --reason 'access request 4711' \\
      people.1:VGhpcyBpcyBub25l --remote
  jq -c '.detail.after.ssn' events.ndjson |
      cdc redact reveal --table users --column ssn --reason 'incident 17' - --remote

A VALUE is JSON where it is that (so digits are a number, and \"…\" is a text), else a
text; --text takes every VALUE for a text. - reads one a line from standard input.

Each use is kept in the function's log: table, column, how many values, and the reason.
One value that can't be had back refuses all of them.";

/// What `cdc redact reveal` is asked for.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, override_usage = USAGE)]
pub(crate) struct RevealArguments {
    /// The table: TABLE, SCHEMA.TABLE or DATABASE.SCHEMA.TABLE
    #[arg(long, value_name = "TABLE")]
    table: String,
    /// The column, or the path of names to what was withheld in one
    #[arg(long, value_name = "NAME")]
    column: String,
    /// Why the values are needed; it is kept
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The version of the key, for tokens as long as their values; else the current one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(VERSION_MAX)))]
    key_version: Option<u32>,
    /// Take each VALUE for a text, even where it is JSON
    #[arg(long)]
    text: bool,
    /// The values as they were published; - reads them from standard input
    #[arg(value_name = "VALUE", required = true, allow_negative_numbers = true)]
    values: Vec<String>,
    #[command(flatten)]
    place: PlaceArguments,
}

#[derive(Serialize)]
struct Request<'a> {
    action: &'a str,
    table: &'a str,
    column: &'a str,
    values: Vec<Box<RawValue>>,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
}

/// Texts of JSON: a number is no double.
#[derive(Deserialize)]
struct Revealed {
    values: Vec<Box<RawValue>>,
}

/// Asks, and shows what the values were.
pub(crate) fn run(
    arguments: &RevealArguments,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    let RevealArguments { table, column, reason, key_version, text, values, place } = arguments;
    let values = values_of(values, *text)?;
    let request = Request { action: ALIAS, table, column, values, reason, version: *key_version };
    let request = serde_json::to_string(&request);
    let request = request.map_err(|error| CommandError::failed("the request", error))?;
    let answer = place::at(place, async |place| {
        let invoked = place.invoke(FUNCTION, Some(ALIAS), &request).await?;
        answer::read::<Revealed>(FUNCTION, &invoked)
    })?;
    if json {
        output.line(&answer.text)?;
        return Ok(Ended::Well);
    }
    for value in answer.said.values {
        let mut value = value.get().to_owned();
        one_line(&mut value);
        output.line(value)?;
    }
    Ok(Ended::Well)
}

fn values_of(given: &[String], all_texts: bool) -> Result<Vec<Box<RawValue>>, CommandError> {
    let mut values = Vec::new();
    for given in given {
        if given != INPUT {
            values.push(value_of(given, all_texts)?);
            continue;
        }
        for line in io::stdin().lock().lines() {
            let line = line.map_err(|error| CommandError::failed("standard input", error))?;
            if !line.trim().is_empty() {
                values.push(value_of(line.trim(), all_texts)?);
            }
            require_few(&values)?;
        }
    }
    require_few(&values)?;
    if values.is_empty() {
        return Err(CommandError::usage("standard input has no value, one a line"));
    }
    Ok(values)
}

fn require_few(values: &[Box<RawValue>]) -> Result<(), CommandError> {
    if values.len() <= VALUES_MAX {
        return Ok(());
    }
    Err(CommandError::usage(format_args!(
        "more than {VALUES_MAX} values, and no more are revealed at once; ask several times"
    )))
}

fn value_of(given: &str, is_text: bool) -> Result<Box<RawValue>, CommandError> {
    let is_json = !is_text && Document::parse(given.as_bytes(), Vec::new()).is_ok();
    let value = if is_json { RawValue::from_string(given.to_owned()) } else { to_raw_value(given) };
    value.map_err(|error| CommandError::failed("a value can't be sent", error))
}
