//! The Lambda function: settings, telemetry, run.

use cdc_aws::{
    config::Connection,
    function::{Fatal, Invocation, settings::Environment as _, telemetry::install},
};
use cdc_core::rules::Rules;
use data_redactor::{settings::Settings, start, telemetry};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fatal> {
    let settings = Settings::from_process_env()?;
    install(&settings.basics);
    let connection = Connection::of_settings(&settings.basics);
    let redactor = start(&settings, &connection, Rules::compiled_in()?.rules).await?;
    let handle = async |event: LambdaEvent<Box<RawValue>>| -> Result<Box<RawValue>, Error> {
        let LambdaEvent { payload, context } = event;
        let invocation = Invocation::of(context.request_id, context.deadline)?
            .by_arn(&context.invoked_function_arn);
        let handled = redactor.handle(payload.get().as_bytes(), &invocation);
        telemetry::log(&handled);
        Ok(RawValue::from_string(handled.into_answer()?)?)
    };
    run(service_fn(handle)).await.map_err(|error| Fatal::of(&*error))
}
