//! The Lambda function: telemetry, settings, clients, run.

use aws_lambda_events::streams::KinesisEventResponse;
use cdc_aws::config::Connection;
use cdc_core::rules::Rules;
use cdc_processor::{Fatal, settings::Settings, start, telemetry};
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    let settings = Settings::from_process_env()?;
    telemetry::install(&settings);
    let rules = Rules::compiled_in()?.rules;
    let connection = Connection::of_function(settings.region.clone(), settings.endpoint.as_ref());
    let processor = start(&settings, connection, rules).await?;
    let handle = async |event: LambdaEvent<Box<RawValue>>| -> Result<KinesisEventResponse, Error> {
        let millis = i64::try_from(event.context.deadline)?;
        let deadline = Timestamp::from_millisecond(millis)?;
        let payload = event.payload.get().as_bytes();
        let handled = processor.handle(payload, &event.context.request_id, deadline).await?;
        telemetry::log(&handled);
        Ok(handled.response)
    };
    run(service_fn(handle)).await.map_err(|error| Fatal::of(&*error))
}
