//! One run through the queue, page by page.
//!
//! What is received and not settled is held until the end, so that no letter is seen twice, and then
//! given back at once, however the run ends. Of a held letter only its receipt is kept. A run that is
//! killed gives nothing back; its letters come back by themselves once it would have had to end
//! anyway.

mod away;
mod fetch;
mod replay;
mod settle;
mod trust;
mod why;

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use cdc_aws::function::Refusal;
use cdc_core::{
    dead_letter::{NotALetter, OpenLetter, read},
    delivery::CallError,
    ports::{Clock as _, LETTERS_MAX, Received, StreamReader as _},
};
use jiff::Timestamp;

pub(crate) use replay::BETWEEN_READS;
pub(crate) use settle::unsettled;
pub(crate) use trust::is_shard;
pub(crate) use why::{NOT_A_LETTER, OTHER_VERSION, Refused, Why};

use crate::{
    answer::{Stopped, Tally, Told},
    calls::{Hand, PAGE_TIME, Pace, RECEIVE_TIME, RESERVE},
    handler::{DlqProcessor, Wiring},
    refusals,
    request::{Action, Request},
};
use trust::Trust;

/// Most messages that one run looks through: what it holds of them has to fit its memory.
pub const LOOKED_THROUGH_MAX: usize = 10_000;

/// Pages in a row with nothing but letters that came while the run was under way, after which it ends:
/// where letters come faster than they can be looked at, it would never.
const NEW_PAGES_MAX: u32 = 3;

/// A message with what it says.
pub(crate) struct Taken {
    message_id: Box<str>,
    receipt: Box<str>,
    /// Kept only where it is to be sent elsewhere.
    body: Option<String>,
    letter: Result<OpenLetter, NotALetter>,
}

/// What came of a run.
pub(crate) struct Ran {
    pub(crate) tally: Tally,
    pub(crate) remaining: u64,
    pub(crate) stopped: Option<Stopped>,
    pub(crate) calls_failed: BTreeMap<String, usize>,
    pub(crate) refused: BTreeMap<&'static str, usize>,
}

/// A run.
struct Run<'r, W: Wiring> {
    processor: &'r DlqProcessor<W>,
    request: &'r Request,
    started: Timestamp,
    trust: Trust<'r>,
    pace: Pace<'r, W::Clock>,
    hand: Hand<'r, W::Queue>,
    /// Pages in a row with nothing that was there before.
    new_pages: u32,
    /// Letters that count against the limit.
    acted: usize,
    /// Whether the stream was read.
    has_read: bool,
    tally: Tally,
    refused: BTreeMap<&'static str, usize>,
}

/// Does what is asked.
///
/// # Errors
/// A [`Refusal`] where nothing could be done at all.
pub(crate) async fn run<W: Wiring>(
    processor: &DlqProcessor<W>,
    request: &Request,
    deadline: Timestamp,
) -> Result<Ran, Refusal> {
    let (shards, unlisted) = match (request.action, shards(processor, request.action).await) {
        (Action::Replay, Err(error)) => return Err(refusals::stream(&error)),
        // A look needs nothing of the stream: it goes on, and leaves the shards unjudged.
        (_, Err(error)) => (None, Some(error)),
        (_, Ok(shards)) => (shards, None),
    };
    let mut run = Run::new(processor, request, deadline, shards);
    if let Some(error) = unlisted {
        run.pace.failed(&error);
    }
    let stopped = run.pages().await;
    // Nothing may stand between the two: what was received is given back in any case.
    run.hand.give_back(&mut run.pace).await;
    match stopped {
        Some(Stop::Receiving(error)) if run.hand.received == 0 => {
            Err(refusals::queue(&error, "DEAD_LETTER_QUEUE_URL"))
        }
        stopped => {
            let remaining = run.hand.remaining(&mut run.pace).await;
            let stopped = stopped.as_ref().map(Stop::told);
            let Run { tally, pace, refused, .. } = run;
            Ok(Ran { tally, remaining, stopped, calls_failed: pace.calls_failed, refused })
        }
    }
}

/// The stream's shards, where letters or documents are judged.
pub(crate) async fn shards<W: Wiring>(
    processor: &DlqProcessor<W>,
    action: Action,
) -> Result<Option<HashSet<String>>, CallError> {
    match action {
        Action::List | Action::Show | Action::Replay => {
            let shards = match &processor.ports.stream {
                Some(stream) => stream.shards().await?,
                None => Vec::new(),
            };
            Ok(Some(shards.into_iter().collect()))
        }
        Action::Park | Action::Purge => Ok(None),
    }
}

/// Why no further page is taken.
enum Stop {
    Told(Stopped),
    /// The queue gave none.
    Receiving(CallError),
}

impl Stop {
    fn told(&self) -> Stopped {
        match self {
            Self::Told(stopped) => *stopped,
            Self::Receiving(_) => Stopped::Queue,
        }
    }
}

impl<'r, W: Wiring> Run<'r, W> {
    fn new(
        processor: &'r DlqProcessor<W>,
        request: &'r Request,
        deadline: Timestamp,
        shards: Option<HashSet<String>>,
    ) -> Self {
        let clock = &processor.ports.delivery.clock;
        let started = clock.now();
        let trust = Trust {
            pipeline: processor.pipeline.rules.pipeline(),
            sources: &processor.sources,
            bucket: processor.pipeline.buckets.records(),
            any_shard: shards.is_none() || request.force && request.action == Action::Replay,
            shards,
            now: started,
        };
        Self {
            processor,
            request,
            started,
            trust,
            pace: Pace::new(clock, deadline, processor.delivery.attempts_max, request.rate),
            hand: Hand::new(&processor.ports.queue),
            new_pages: 0,
            acted: 0,
            has_read: false,
            tally: Tally::default(),
            refused: BTreeMap::new(),
        }
    }

    /// Page after page, until the queue is through, the limit is reached, or something stops it.
    async fn pages(&mut self) -> Option<Stop> {
        while self.acted < self.request.limit {
            if self.hand.received >= LOOKED_THROUGH_MAX {
                return Some(Stop::Told(Stopped::Bound));
            }
            if self.time_is_up() {
                return Some(Stop::Told(Stopped::Deadline));
            }
            self.pace.keep_rate().await;
            let size = self.page_size();
            let page = match self.hand.receive(&mut self.pace, size).await {
                Ok(page) if page.is_empty() => return None,
                Ok(page) => page,
                Err(error) => return Some(Stop::Receiving(error)),
            };
            let taken = self.take(page);
            let all_new = taken.iter().all(|taken| self.is_new(taken));
            self.new_pages = if all_new { self.new_pages + 1 } else { 0 };
            if let Some(stopped) = self.page(taken).await {
                return Some(Stop::Told(stopped));
            }
            if self.new_pages == NEW_PAGES_MAX {
                return Some(Stop::Told(Stopped::New));
            }
        }
        None
    }

    /// Whether there is no time for another page, with all that has to follow it.
    fn time_is_up(&self) -> bool {
        let page = if self.request.changes() { PAGE_TIME } else { Duration::ZERO };
        self.pace.left() <= RECEIVE_TIME + page + RESERVE + self.hand.give_back_time()
    }

    fn page_size(&self) -> usize {
        if self.request.changes() {
            LETTERS_MAX.min(self.request.rate as usize)
        } else {
            LETTERS_MAX
        }
    }

    /// Reads messages, and puts them into the order of their records.
    fn take(&mut self, page: Vec<Received>) -> Vec<Taken> {
        self.trust.now = self.pace.now();
        let mut taken = Vec::with_capacity(page.len());
        for message in page {
            if !self.hand.is_first(&message) {
                continue;
            }
            let Received { message_id, receipt, body } = message;
            let letter = read(&body);
            let body = (self.request.action == Action::Park).then_some(body);
            taken.push(Taken { message_id, receipt, body, letter });
        }
        taken.sort_by_cached_key(|taken| taken.letter.as_ref().ok().map(OpenLetter::order));
        taken
    }

    async fn page(&mut self, page: Vec<Taken>) -> Option<Stopped> {
        match self.request.action {
            Action::List | Action::Show => {
                let chosen = self.chosen(page);
                self.look(chosen).await
            }
            Action::Replay => self.replay(page).await,
            Action::Park => {
                let chosen = self.chosen(page);
                self.park(chosen).await
            }
            Action::Purge => {
                let chosen = self.chosen(page);
                self.purge(chosen).await
            }
        }
    }

    /// Those of a page that are asked for; they count against the limit.
    fn chosen(&mut self, page: Vec<Taken>) -> Vec<Taken> {
        let mut chosen = Vec::new();
        for taken in page {
            chosen.extend(self.choose(taken, chosen.len()));
        }
        self.acted += chosen.len();
        chosen
    }

    /// The message, if it is one of those that are asked for and the limit leaves room for another one
    /// beside these; else it is held.
    fn choose(&mut self, taken: Taken, chosen: usize) -> Option<Taken> {
        let full = self.acted + chosen >= self.request.limit;
        // What a replay buried anew itself is not tried again; what came meanwhile waits with it.
        let too_new = self.request.action == Action::Replay && self.is_new(&taken);
        if full || too_new || !self.matches(&taken) {
            self.hand.keep(taken.receipt);
            return None;
        }
        Some(taken)
    }

    /// Whether it is a letter that was written since the run began, as far as it can be believed.
    fn is_new(&self, taken: &Taken) -> bool {
        let Ok(letter) = &taken.letter else { return false };
        letter.last_attempt.as_millisecond() >= self.started.as_millisecond()
            && !self.trust.is_future(letter)
    }

    fn matches(&mut self, taken: &Taken) -> bool {
        let matches = match &taken.letter {
            Ok(letter) => self.request.filter.takes(letter),
            Err(error) if error.other_version && self.spares_other_versions() => false,
            Err(error) => self.request.filter.takes_what_is_no_letter(error),
        };
        self.tally.counts.scanned += 1;
        self.tally.counts.matched += usize::from(matches);
        matches
    }

    /// Whether letters of other versions are no part of what is thrown away: after a rollback they are
    /// real ones, so that they have to be asked for by name.
    fn spares_other_versions(&self) -> bool {
        self.request.action == Action::Purge && self.request.filter.code.is_none()
    }

    async fn look(&mut self, chosen: Vec<Taken>) -> Option<Stopped> {
        let mut stopped = None;
        for taken in chosen {
            let mut told = self.judged(&taken);
            if let (Action::Show, Ok(letter)) = (self.request.action, &taken.letter) {
                told = told.showing(&self.shown(letter).await);
            }
            if !self.tally.tell(&told) {
                stopped = Some(Stopped::Size);
            }
            self.hand.keep(taken.receipt);
        }
        stopped
    }

    /// A message as it is told, with why a replay would refuse it, if it would.
    fn judged(&self, taken: &Taken) -> Told {
        let letter = match &taken.letter {
            Ok(letter) => letter,
            Err(error) => return Told::no_letter(&taken.message_id, error),
        };
        let mut told = Told::letter(&taken.message_id, letter);
        // Who moves letters away takes those too that a replay refuses.
        if !self.request.action.moves_away() {
            told.refused = self.trust.judge(letter).err().map(|refused| refused.to_string());
        }
        told
    }
}
