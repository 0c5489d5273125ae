//! Starting: from settings and a connection to a state manager that can take invocations.

use std::convert::Infallible;

use cdc_aws::{clock::SystemClock, config::Connection, ledger::DynamoLedger, state::StateTable};

use crate::{handler::StateManager, settings::Settings};

/// The state manager by the machine's clock.
pub type AwsStateManager = StateManager<SystemClock>;

/// Why the state manager does not start: for no reason. A table that cannot be reached is told in
/// the answers.
pub type StartError = Infallible;

/// Makes the state manager.
///
/// # Errors
/// None. (Functions start alike, and most of them make calls.)
pub async fn start(
    settings: &Settings,
    connection: Connection,
) -> Result<AwsStateManager, StartError> {
    Ok(StateManager {
        stream: settings.stream.name().to_owned(),
        scope: settings.ledger_scope(),
        ledger: DynamoLedger::new(&connection, &settings.checkpoint_table),
        documents: StateTable::new(&connection, &settings.state_table),
        clock: SystemClock,
    })
}
