//! The Lambda function: telemetry, settings, clients, run.

use cdc_aws::{
    config::Connection,
    function::{Fatal, Invocation, settings::Environment as _, telemetry::install},
};
use cdc_core::rules::Rules;
use cdc_processor::{response::BatchResponse, settings::Settings, start, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    let settings = Settings::from_process_env()?;
    install(&settings.basics);
    let rules = Rules::compiled_in()?.rules;
    let connection = Connection::of_settings(&settings.basics);
    let processor = start(&settings, connection, rules).await?;
    let handle = async |event: LambdaEvent<Box<RawValue>>| -> Result<BatchResponse, Error> {
        let Invocation { request_id, deadline, .. } =
            Invocation::of(event.context.request_id, event.context.deadline)?;
        let payload = event.payload.get().as_bytes();
        let handled = processor.handle(payload, &request_id, deadline).await?;
        telemetry::log(&handled);
        Ok(handled.response)
    };
    run(service_fn(handle)).await.map_err(|error| Fatal::of(&*error))
}
