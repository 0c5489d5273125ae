//! The Lambda function: settings, telemetry, clients, run.

use cdc_aws::{
    config::Connection,
    function::{Fatal, Invocation, settings::Environment as _, telemetry::install},
};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;
use state_manager::{settings::Settings, start, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    let settings = Settings::from_process_env()?;
    install(&settings.basics);
    let manager = start(&settings, Connection::of_settings(&settings.basics)).await?;
    let handle = async |event: LambdaEvent<Box<RawValue>>| -> Result<Box<RawValue>, Error> {
        let invocation = Invocation::of(event.context.request_id, event.context.deadline)?;
        let handled = manager.handle(event.payload.get().as_bytes(), &invocation).await;
        telemetry::log(&handled, &invocation.request_id);
        Ok(RawValue::from_string(handled.answer)?)
    };
    run(service_fn(handle)).await.map_err(|error| Fatal::of(&*error))
}
