//! The arguments of `cdc local`.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use cdc_local::cloud::fault::Fault;
use clap::{Args, ValueEnum, value_parser};
use jiff::SignedDuration;

/// Changes a second where `--rate` says nothing: enough to see it flow.
pub(super) const RATE: f64 = 50.0;
// Far above what one machine moves; a bound all the same.
const RATE_MAX: f64 = 1_000_000.0;
// An account's limit of shards, as the embedded Kinesis has it.
const SHARDS_MAX: i64 = 200;
const DAY_S: i64 = 86_400;

const EXAMPLES: &str = "\
Examples:
  cdc local                                    a CoreDB at work, until Ctrl-C
  cdc local --rate 500 --for 2m --shards 4
  cdc local --poison 0.01                      of a hundred records one is bad
  cdc local --fault put-events=throttle:entry:0.33 --seed 7
  cdc local --once --input changes.ndjson --events-out events.ndjson
  cdc --json --config rules local --once --input changes.ndjson --redeliver 1
  cdc local --once --via sqs --input changes.ndjson
  producer | cdc local --once --input -

Input is NDJSON, a line each: an envelope, or a record of the stream,
{\"kinesis\":{\"data\":\"<base64>\",\"partitionKey\":\"…\"}}; or a file that is one Lambda
event. `cdc decode FILE` shows what it says.

Faults: PORT=KIND[:entry|:call][:PROBABILITY]; where nothing is said: call, and 1.
  put-events, ledger-read, ledger-write, dead-letter    the processor's calls
  function                                              its invocations
  throttle      refused for coming too fast; an invocation: not begun
  refuse        refused for good (not function)
  fail          failed, and nothing is done
  lose-answer   done, and nobody hears of it
  late          done after the caller gave up, with a later call (not function)
  slow          done, half a second later
  hang          nothing is done, and no answer comes; an invocation: from one of its
                calls on, until it times out
  kill          function only: dies at one of its calls; what it sent takes effect
  deadline      function only: so near that work is left for the next invocation
An entry is throttled, refused or failed on put-events and dead-letter, throttled on
ledger-write. What is late or hangs takes the caller's patience: 5 s, or 2 s for a
try at the ledger. With the same seed and input the same calls are struck.

Dead letters are written with their rows redacted; --raw writes them as they
are, and asks first.

Exit code 3 where dead letters or unsettled changes remain, 1 where the time was
over.";

/// What `cdc local` is asked for.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LocalArguments {
    /// Changes a second that the workload makes [default: 50]
    #[arg(long, value_name = "N", value_parser = rate)]
    pub(super) rate: Option<f64>,
    /// End after this time, such as 90s, 10m or 1h30m
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub(super) duration: Option<Duration>,
    /// Share of records that cannot be published, from 0 to 1: they become dead letters [default: 0]
    #[arg(long, value_name = "RATE", value_parser = share)]
    pub(super) poison: Option<f64>,
    /// Shards of the stream, partitions of the topic, or batches of the queue under way at a time
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = value_parser!(u32).range(1..=SHARDS_MAX))]
    pub(super) shards: u32,
    /// Batches of a shard under way at a time, 1 to 10; a partition key is never in two
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..=10))]
    pub(super) parallelization: u32,
    /// Records in a batch, at most [default: 100; via sqs 10, which is the most of a FIFO queue]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=10_000))]
    batch_size: Option<u32>,
    /// How long a batch is gathered, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = value_parser!(u64).range(0..=300_000))]
    batch_window: u64,
    /// What carries the records: a stream, a FIFO queue (the partition key is the message group) or a
    /// topic (it is the key)
    #[arg(long, value_enum, default_value_t = Via::Kinesis)]
    pub(super) via: Via,
    /// Keep the tables in this folder, for the next run [default: in memory]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// Serve the AWS APIs to other processes here; a loopback address
    /// [default: 127.0.0.1:4566 where it is free; with --once, nowhere]
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub(super) listen: Option<SocketAddr>,
    /// Retries before the mapping gives a batch up; -1 never does
    #[arg(long, value_name = "N", default_value_t = -1, allow_negative_numbers = true, value_parser = value_parser!(i64).range(-1..=10_000))]
    pub(super) max_retries: i64,
    /// Age at which the mapping gives a record up; -1 never does
    #[arg(long, value_name = "SECONDS", default_value_t = -1, allow_negative_numbers = true, value_parser = value_parser!(i64).range(-1..=7 * DAY_S))]
    pub(super) record_age: i64,
    /// Let something go wrong, see below; may be given several times
    #[arg(long, value_name = "F", value_parser = Fault::parse)]
    pub(super) fault: Vec<Fault>,
    /// The seed of the workload and of the faults
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,

    /// Put what --input holds on the stream, deliver it until all is settled, and report
    #[arg(long, requires = "input", help_heading = "Once")]
    pub(super) once: bool,
    /// NDJSON or Lambda events; - is standard input
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "once", help_heading = "Once")]
    pub(super) input: Vec<PathBuf>,
    /// Deliver everything again that many times, once all is settled
    #[arg(long, value_name = "N", default_value_t = 0, requires = "once", value_parser = value_parser!(u32).range(0..=1000), help_heading = "Once")]
    pub(super) redeliver: u32,
    /// Write what the subscriber received, in the order of the bus
    #[arg(long, value_name = "FILE", requires = "once", help_heading = "Once")]
    pub(super) events_out: Option<PathBuf>,
    /// Write what the dead-letter queue holds
    #[arg(long, value_name = "FILE", requires = "once", help_heading = "Once")]
    pub(super) dead_letters_out: Option<PathBuf>,
    /// Write dead letters with their rows, unredacted
    #[arg(long, requires = "dead_letters_out", help_heading = "Once")]
    pub(super) raw: bool,
    /// Answer yes to what --raw asks
    #[arg(long, requires = "raw", help_heading = "Once")]
    pub(super) yes: bool,
    /// Give up after that long
    #[arg(long, value_name = "SECONDS", default_value_t = 300, requires = "once", value_parser = value_parser!(u64).range(1..=DAY_S as u64), help_heading = "Once")]
    pub(super) timeout: u64,
}

/// What carries the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Via {
    Kinesis,
    Sqs,
    Kafka,
}

impl LocalArguments {
    pub(super) fn batch_size(&self) -> u32 {
        self.batch_size.unwrap_or(match self.via {
            Via::Kinesis | Via::Kafka => 100,
            Via::Sqs => 10,
        })
    }

    /// What is asked for and the mapping of a queue or a topic does not have: the option, and why.
    pub(super) fn foreign(&self) -> Option<(&'static str, &'static str)> {
        let gives_up = [("--max-retries", self.max_retries), ("--record-age", self.record_age)];
        let gives_up = gives_up.into_iter().find(|(_, value)| *value != -1);
        let factor = (self.parallelization != 1).then_some("--parallelization");
        match self.via {
            Via::Kinesis => None,
            Via::Sqs => gives_up
                .map(|(option, _)| (option, "a queue's own redrive policy ends a message"))
                .or(factor.map(|option| (option, "--shards says how many batches are under way"))),
            Via::Kafka => factor.map(|option| (option, "a partition is read by one consumer")),
        }
    }

    pub(super) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    pub(super) fn batch_window(&self) -> Duration {
        Duration::from_millis(self.batch_window)
    }

    /// Options of the workload, which `--once` has none of.
    pub(super) fn without_effect_once(&self) -> impl Iterator<Item = &'static str> {
        let rate = self.rate.map(|_| "--rate");
        let poison = self.poison.map(|_| "--poison");
        rate.into_iter().chain(self.duration.map(|_| "--for")).chain(poison)
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate: &f64| *rate > 0.0 && *rate <= RATE_MAX);
    rate.ok_or_else(|| format!("a number above 0 and up to {RATE_MAX} is expected"))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "an address of this machine and a port are expected, such as 127.0.0.1:4566; port 0 takes any \
         that is free"
            .to_owned()
    })
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share: &f64| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "a share from 0 to 1 is expected, such as 0.01".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<SignedDuration>().ok();
    let positive = parsed.and_then(|duration| Duration::try_from(duration).ok());
    positive
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "a time with its unit is expected, such as 90s, 10m or 1h30m".to_owned())
}
