//! One log line a check, and one line of metrics.

use std::io::{self, Write as _};

use tracing::{error, info, warn};

use crate::{
    component::{Component, Status},
    handler::{Check, Handled},
};

/// Tells what a check came to; what is not healthy, with what is wrong with it.
pub fn log(handled: &Handled) {
    match &handled.check {
        Err(refusal) => {
            let (code, why) = (refusal.code, &refusal.message);
            warn!(code, why, "request refused");
        }
        Ok(Check { status, components, .. }) => checked(*status, components),
    }
}

/// Prints the metrics of a check to standard output, from where CloudWatch takes them.
pub fn print_metrics(handled: &Handled) {
    let Ok(Check { metrics: Some(line), .. }) = &handled.check else { return };
    // Without an output there is nobody to tell.
    let _ = writeln!(io::stdout().lock(), "{line}");
}

fn checked(status: Status, components: &[Component]) {
    let ailing: Vec<String> = components
        .iter()
        .filter(|component| component.status != Status::Healthy)
        .map(|component| format!("{}: {}", component.part.as_str(), component.detail))
        .collect();
    let (verdict, ailing) = (status.as_str(), ailing.join(" | "));
    match status {
        Status::Healthy => info!(verdict, "checked"),
        Status::Degraded => warn!(verdict, ailing, "checked"),
        Status::Unhealthy => error!(verdict, ailing, "checked"),
    }
}
