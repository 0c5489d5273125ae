//! `cdc health`: how every hop of the pipeline is.

use clap::Args;
use serde::Deserialize;

use super::{
    answer,
    place::{self, PlaceArguments},
};
use crate::{
    failure::{CommandError, Ended},
    output::{BAD, CARE, GOOD, Output},
    table::{Cell, lines},
};

const FUNCTION: &str = "health-check";

const EXAMPLES: &str = "\
Examples:
  cdc health                       of a running `cdc local`
  cdc health --remote              of the account, with --region or AWS_REGION
  cdc --json health --remote | jq -r .status

Exit code 0 where all is healthy, 3 where something is degraded, 1 where
something is unhealthy or nobody answered.";

/// What `cdc health` is asked for.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct HealthArguments {
    #[command(flatten)]
    place: PlaceArguments,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Health {
    status: String,
    checked_at: String,
    components: Vec<Component>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Component {
    name: String,
    status: String,
    latency_ms: Option<f64>,
    detail: Option<String>,
}

/// Asks health-check, and shows what it says.
pub(crate) fn run(
    arguments: &HealthArguments,
    json: bool,
    output: &mut Output,
) -> Result<Ended, CommandError> {
    let request = serde_json::json!({});
    let asked = place::at(&arguments.place, async |place| {
        answer::ask::<Health>(place, FUNCTION, &request).await
    })?;
    let health = &asked.said;
    if json {
        output.line(&asked.text)?;
    } else {
        let rows: Vec<_> = health.components.iter().map(row).collect();
        for line in lines(["COMPONENT", "STATUS", "MS", "DETAIL"], &rows) {
            output.line(line)?;
        }
        let style = style(&health.status);
        output.note(format_args!(
            "{style}●{style:#} {style}{}{style:#} at {}",
            health.status, health.checked_at
        ));
    }
    Ok(match health.status.as_str() {
        "healthy" => Ended::Well,
        "degraded" => Ended::WantsAttention,
        _ => Ended::Failed,
    })
}

fn row(component: &Component) -> [Cell; 4] {
    let latency = component.latency_ms.map(|ms| format!("{ms:.0}")).unwrap_or_default();
    [
        component.name.as_str().into(),
        Cell::new(component.status.as_str(), style(&component.status)),
        latency.into(),
        component.detail.as_deref().unwrap_or_default().into(),
    ]
}

fn style(status: &str) -> anstyle::Style {
    match status {
        "healthy" => GOOD,
        "degraded" => CARE,
        _ => BAD,
    }
}
