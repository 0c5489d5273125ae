//! Log lines, to where Lambda takes them from.
//!
//! From the level on that the settings say, but of what the functions are built on nothing below INFO: the
//! SDK and Lambda's runtime write requests, answers and whole events to their finer levels, and in these stand
//! rows as they came.

use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer as _, Registry,
    filter::Targets,
    fmt::{self, MakeWriter},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use super::settings::{Basics, LogFormat};

/// What the names of our own crates begin with.
const OWN: [&str; 5] = ["cdc", "data_redactor", "dlq_processor", "health_check", "state_manager"];

/// Sends log lines to standard output, in the format and from the level on that the settings say.
pub fn install(basics: &Basics) {
    subscriber(basics, std::io::stdout).init();
}

/// What writes the log lines, to anywhere.
pub fn subscriber<W>(basics: &Basics, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let level = basics.log_level;
    let others = level.min(LevelFilter::INFO);
    let filter = Targets::new().with_default(others).with_targets(OWN.map(|name| (name, level)));
    let lines = fmt::layer().with_target(false).with_writer(writer);
    let lines = match basics.log_format {
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).boxed(),
        LogFormat::Text => lines.with_ansi(false).boxed(),
    };
    Box::new(Registry::default().with(lines.with_filter(filter)))
}
