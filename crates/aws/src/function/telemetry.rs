//! Log lines, to where Lambda takes them from.

use super::settings::{Basics, LogFormat};

/// Sends log lines to standard output, in the format and from the level on that the settings say.
pub fn install(basics: &Basics) {
    let lines = tracing_subscriber::fmt().with_max_level(basics.log_level).with_target(false);
    match basics.log_format {
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).init(),
        LogFormat::Text => lines.with_ansi(false).init(),
    }
}
