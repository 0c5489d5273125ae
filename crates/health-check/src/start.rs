//! Starting: from settings and a connection to a health check that can take invocations.

use std::convert::Infallible;

use cdc_aws::{clock::SystemClock, config::Connection};
use cdc_core::rules::Rules;

use crate::{handler::HealthCheck, settings::Settings};

/// The health check by the machine's clock.
pub type AwsHealthCheck = HealthCheck<SystemClock>;

/// Why the health check does not start: for no reason. What is wrong with the pipeline is in its
/// answers.
pub type StartError = Infallible;

/// Makes the health check. Of the rules it takes the pipeline's name, for its metrics.
///
/// # Errors
/// None. (Functions start alike, and most of them make calls.)
pub async fn start(
    settings: &Settings,
    connection: Connection,
    rules: Rules,
) -> Result<AwsHealthCheck, StartError> {
    Ok(HealthCheck::new(settings, &connection, rules.pipeline(), SystemClock))
}
