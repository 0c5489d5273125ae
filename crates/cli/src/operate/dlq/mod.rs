//! `cdc dlq`: the dead letters. Looks at them, replays them, parks them, throws them away.
//!
//! dlq-processor does all of it, by the deployed rules; this reads arguments and shows answers.

mod arguments;
mod documents;
mod request;
mod rounds;
mod show;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

pub(crate) use arguments::DlqCommand;
use arguments::{LookArguments, MoveArguments, PurgeArguments, ReplayArguments};
use request::{Action, request};
use rounds::Rounds;

use super::{
    answer::{self, Answer},
    place::{self, Place},
};
use crate::{
    failure::{CommandError, Ended},
    output::{CARE, Output},
};

const FUNCTION: &str = "dlq-processor";

/// What dlq-processor answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Done {
    scanned: u64,
    matched: u64,
    #[serde(default)]
    replayed: u64,
    #[serde(default)]
    skipped: u64,
    #[serde(default)]
    parked: u64,
    #[serde(default)]
    purged: u64,
    #[serde(default)]
    failed: u64,
    #[serde(default)]
    refused: u64,
    remaining_approx: u64,
    stopped: Option<String>,
    #[serde(default)]
    letters: Vec<Letter>,
    /// Where it was about on-failure documents.
    documents: Option<Vec<documents::Document>>,
    records: Option<documents::Records>,
}

/// One letter as dlq-processor shows it. (`change` is only in the answer to `show`.)
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Letter {
    message_id: Option<String>,
    event_id: Option<String>,
    table: Option<String>,
    code: Option<String>,
    message: Option<String>,
    attempts: Option<u64>,
    last_attempt: Option<String>,
    refused: Option<String>,
    /// What became of it, or would.
    outcome: Option<String>,
    /// Why that.
    why: Option<Why>,
    #[serde(default)]
    change: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Why {
    code: String,
    message: String,
}

/// Asks dlq-processor.
pub(crate) fn run(
    command: &DlqCommand,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    match command {
        DlqCommand::List(arguments) => look(Action::List, arguments, json, output),
        DlqCommand::Show(arguments) => look(Action::Show, arguments, json, output),
        DlqCommand::Replay(ReplayArguments { force, max_attempts, verify, moved: arguments }) => {
            let mut request = moving(Action::Replay, arguments)?;
            request["force"] = (*force).into();
            if let Some(max_attempts) = max_attempts {
                request["maxAttempts"] = (*max_attempts).into();
            }
            if *verify {
                request["verify"] = true.into();
            }
            moved(Action::Replay, request, arguments, json, output)
        }
        DlqCommand::Park(arguments) => {
            moved(Action::Park, moving(Action::Park, arguments)?, arguments, json, output)
        }
        DlqCommand::Purge(arguments) => purge(arguments, json, output),
    }
}

fn look(
    action: Action,
    arguments: &LookArguments,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    let request = request(action, &arguments.filter)?;
    let asked = place::at(&arguments.place, async |place| ask(place, &request).await)?;
    if json {
        output.line(&asked.text)?;
    } else {
        show::letters(action, &asked.said, output)?;
        output.note(show::looked(&asked.said, arguments.filter.limit));
    }
    let some = asked.said.matched > 0 || asked.said.hidden(arguments.filter.limit) > 0;
    Ok(if some { Ended::WantsAttention } else { Ended::Well })
}

/// The request of what moves letters or documents.
fn moving(action: Action, arguments: &MoveArguments) -> Result<Value, CommandError> {
    let mut request = request(action, &arguments.filter)?;
    request["dryRun"] = arguments.dry_run.into();
    if let Some(rate) = arguments.rate {
        request["rate"] = rate.into();
    }
    Ok(request)
}

fn moved(
    action: Action,
    request: Value,
    arguments: &MoveArguments,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    let rounds = Rounds::of(request, arguments, json);
    let done = place::at(&arguments.place, async |place| rounds.run(place, json, output).await)?;
    if !json {
        output.note(show::done(action, &done, arguments.dry_run, arguments.filter.limit));
    }
    let would_fail = done.came_to("wouldFailAgain") || done.came_to("wouldBeKept");
    let wants = done.failed + done.refused > 0 || done.stopped.is_some() || would_fail;
    Ok(if wants { Ended::WantsAttention } else { Ended::Well })
}

fn purge(
    arguments: &PurgeArguments,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    if !arguments.yes && !arguments.dry_run {
        let things = match arguments.filter.from {
            arguments::From::Letters => "letters",
            arguments::From::Documents => "documents",
        };
        let question = format!(
            "The {things} that match are deleted for good, and with them the only copy of what they \
             hold. Delete them?"
        );
        if !crate::confirm::asked(output, &question) {
            return Err(CommandError::usage("nothing was deleted: not without your yes (--yes)"));
        }
    }
    let mut request = request(Action::Purge, &arguments.filter)?;
    request["dryRun"] = arguments.dry_run.into();
    request["force"] = true.into();
    let asked = place::at(&arguments.place, async |place| ask(place, &request).await)?;
    if json {
        output.line(&asked.text)?;
    } else {
        if arguments.dry_run {
            show::letters(Action::Purge, &asked.said, output)?;
        }
        let limit = arguments.filter.limit;
        output.note(show::done(Action::Purge, &asked.said, arguments.dry_run, limit));
    }
    if asked.said.stopped.is_some() {
        output.note(format_args!("{CARE}note:{CARE:#} there are more; run it once more"));
        return Ok(Ended::WantsAttention);
    }
    Ok(Ended::Well)
}

async fn ask(place: &Place, request: &serde_json::Value) -> Result<Answer<Done>, CommandError> {
    answer::ask(place, FUNCTION, request).await
}

impl Done {
    /// Whether another round may find others: something left its place, and nothing is broken.
    fn progressed(&self) -> bool {
        let anew = self.came_to("buriedAnew");
        let goes_on =
            matches!(self.stopped.as_deref(), None | Some("deadline" | "bound" | "size" | "new"));
        goes_on && (self.moved() > 0 || anew)
    }

    /// Whether any letter or document came to this, or would.
    fn came_to(&self, outcome: &str) -> bool {
        let letters = self.letters.iter().map(|letter| letter.outcome.as_deref());
        let documents = self.documents.iter().flatten().map(|document| document.outcome.as_deref());
        letters.chain(documents).any(|found| found == Some(outcome))
    }

    /// Messages that somebody else has in hand: a look at all of the queue did not see them.
    fn hidden(&self, limit: u64) -> u64 {
        let saw_all = self.stopped.is_none() && self.matched < limit;
        if saw_all { self.remaining_approx.saturating_sub(self.scanned) } else { 0 }
    }

    /// Letters or documents that have left their place as they were meant to.
    fn moved(&self) -> u64 {
        self.replayed + self.skipped + self.parked
    }

    /// Letters or documents that something was done with, or that was tried.
    fn acted(&self) -> u64 {
        self.moved() + self.failed
    }

    /// Both rounds together; what is left is what the later one says.
    fn with(mut self, later: Self) -> Self {
        self.scanned += later.scanned;
        self.matched += later.matched;
        self.replayed += later.replayed;
        self.skipped += later.skipped;
        self.parked += later.parked;
        self.purged += later.purged;
        self.failed += later.failed;
        self.refused = later.refused;
        self.remaining_approx = later.remaining_approx;
        self.stopped = later.stopped;
        self.letters.extend(later.letters);
        if let Some(documents) = later.documents {
            self.documents.get_or_insert_default().extend(documents);
        }
        if let Some(records) = later.records {
            self.records.get_or_insert_default().add(&records);
        }
        self
    }
}
