//! The five functions over the embedded cloud: the handlers that are deployed on AWS, with the
//! settings that a deployment gives them.
//!
//! Invoked by name, as Lambda does it: a payload goes in, an answer comes out, and what a function
//! throws becomes Lambda's account of an error. Each invocation has its id and its deadline. What a
//! deployed function logs, this one does not: the caller has the answer.

mod environment;
mod name;

use std::{
    error::Error,
    fmt,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use bytes::Bytes;
use cdc_aws::{
    clock::SystemClock,
    config::{Connection, SdkHttp},
    endpoint::Region,
    function::{Fatal, Invocation, settings::Environment as _},
};
use cdc_core::{ports::Clock as _, rules::Rules};
use cdc_processor::AwsProcessor;
use jiff::Timestamp;

use crate::cloud::{
    ACCOUNT, Cloud, Provisioned, Resources,
    lambda::{self, Answered},
};
pub use name::{FunctionName, UnknownFunction};

/// What the functions are made from.
#[derive(Debug)]
pub struct Deployment<'d> {
    /// The cloud they use.
    pub cloud: &'d Cloud,
    /// The names of what is in it.
    pub resources: &'d Resources,
    /// And where it is.
    pub provisioned: &'d Provisioned,
    /// The mapping's ParallelizationFactor.
    pub parallelization: u32,
    /// The rules that are compiled into a deployed function.
    pub rules: Rules,
    /// Their way into the cloud: the cloud's own client, or one with faults around it.
    pub http: SharedHttpClient,
    /// The same for the processor alone, whose calls are counted.
    pub processor_http: SharedHttpClient,
}

/// The running functions.
pub struct Functions {
    processor: AwsProcessor,
    processor_reserve: Duration,
    data_redactor: data_redactor::DataRedactor,
    dlq_processor: dlq_processor::AwsDlqProcessor,
    health_check: health_check::AwsHealthCheck,
    state_manager: state_manager::AwsStateManager,
    /// What stands before a function's name in its ARN.
    arn_prefix: String,
    /// Makes request ids unique over restarts with a data folder.
    started: Timestamp,
    invocations: AtomicU64,
}

/// Why a function does not start.
#[derive(Debug, thiserror::Error)]
#[error("{function} does not start")]
pub struct StartError {
    /// Which.
    pub function: FunctionName,
    /// Why.
    #[source]
    source: Box<dyn Error + Send + Sync>,
}

impl Functions {
    /// Starts all five.
    ///
    /// # Errors
    /// [`StartError`] names the first that does not start.
    pub async fn start(deployment: Deployment<'_>) -> Result<Self, StartError> {
        let Deployment { cloud, rules, http, processor_http, .. } = &deployment;
        let find = |name: &str| environment::variable(&deployment, name);
        let connection = |http: &SharedHttpClient| {
            let region = Region::parse(cloud.region()).expect("the cloud's region is one");
            Connection::embedded(region, SdkHttp::new(http.clone()))
        };

        let why = StartError::of(FunctionName::CdcProcessor);
        let settings = cdc_processor::settings::Settings::from_env(find).map_err(&why)?;
        let started = cdc_processor::start(&settings, connection(processor_http), rules.clone());
        let processor = started.await.map_err(StartError::of(FunctionName::CdcProcessor))?;
        let batch = settings.batch();
        let processor_reserve = batch.request_timeout + batch.reserve;

        let why = StartError::of(FunctionName::DataRedactor);
        let settings = data_redactor::settings::Settings::from_env(find).map_err(&why)?;
        let redaction = connection(http);
        let started = data_redactor::start(&settings, &redaction, rules.clone());
        let data_redactor = started.await.map_err(StartError::of(FunctionName::DataRedactor))?;

        let why = StartError::of(FunctionName::DlqProcessor);
        let settings = dlq_processor::settings::Settings::from_env(find).map_err(&why)?;
        let started = dlq_processor::start(&settings, connection(http), rules.clone());
        let dlq_processor = started.await.map_err(StartError::of(FunctionName::DlqProcessor))?;

        let why = StartError::of(FunctionName::HealthCheck);
        let settings = health_check::settings::Settings::from_env(find).map_err(&why)?;
        let started = health_check::start(&settings, connection(http), rules.clone());
        let health_check = started.await.map_err(StartError::of(FunctionName::HealthCheck))?;

        let why = StartError::of(FunctionName::StateManager);
        let settings = state_manager::settings::Settings::from_env(find).map_err(&why)?;
        let started = state_manager::start(&settings, connection(http));
        let state_manager = started.await.map_err(StartError::of(FunctionName::StateManager))?;

        Ok(Self {
            processor,
            processor_reserve,
            data_redactor,
            dlq_processor,
            health_check,
            state_manager,
            arn_prefix: format!("arn:aws:lambda:{}:{ACCOUNT}:function:", cloud.region()),
            started: SystemClock.now(),
            invocations: AtomicU64::new(0),
        })
    }

    /// The processor itself, for the mapping, which wants its report too.
    #[must_use]
    pub fn processor(&self) -> &AwsProcessor {
        &self.processor
    }

    /// The time before its deadline in which the processor starts nothing new.
    pub(crate) fn processor_reserve(&self) -> Duration {
        self.processor_reserve
    }

    /// The id and the deadline of a new invocation.
    #[must_use]
    pub fn invocation(&self, function: FunctionName) -> Invocation {
        let number = self.invocations.fetch_add(1, Ordering::Relaxed);
        let request_id = format!("local-{}-{number}", self.started.as_millisecond());
        let deadline = SystemClock.now().checked_add(function.timeout());
        Invocation { request_id, deadline: deadline.unwrap_or(Timestamp::MAX), alias: None }
    }

    /// The time, as events of AWS tell it.
    pub(crate) fn now(&self) -> String {
        format!("{:.0}", SystemClock.now())
    }

    /// Invokes a function, and kills it at its deadline.
    pub async fn invoke(&self, function: FunctionName, payload: &[u8]) -> Answered {
        self.invoke_by(function, None, payload).await
    }

    /// The same by an alias or a version, as it stands behind the function's name in an ARN.
    pub async fn invoke_by(
        &self,
        function: FunctionName,
        qualifier: Option<&str>,
        payload: &[u8],
    ) -> Answered {
        let qualifier = qualifier.map(|it| format!(":{it}")).unwrap_or_default();
        let arn = format!("{}{function}{qualifier}", self.arn_prefix);
        let invocation = self.invocation(function).by_arn(&arn);
        let answer =
            tokio::time::timeout(function.timeout(), self.ask(function, payload, &invocation));
        match answer.await {
            Ok(Ok(answer)) => Answered { payload: answer.into(), failed: false },
            Ok(Err(error)) => failed("Error", &Fatal::of(&*error)),
            Err(_) => {
                let seconds = function.timeout().as_secs();
                failed(
                    "Sandbox.Timedout",
                    &format_args!("Task timed out after {seconds}.00 seconds"),
                )
            }
        }
    }

    async fn ask(
        &self,
        function: FunctionName,
        payload: &[u8],
        invocation: &Invocation,
    ) -> Result<String, Box<dyn Error + Send + Sync>> {
        Ok(match function {
            FunctionName::CdcProcessor => {
                let Invocation { request_id, deadline, .. } = invocation;
                let handled = self.processor.handle(payload, request_id, *deadline).await?;
                serde_json::to_string(&handled.response)?
            }
            FunctionName::DataRedactor => {
                self.data_redactor.handle(payload, invocation).into_answer()?
            }
            FunctionName::DlqProcessor => {
                self.dlq_processor.handle(payload, invocation).await.answer
            }
            FunctionName::HealthCheck => self.health_check.handle(payload, invocation).await.answer,
            FunctionName::StateManager => {
                self.state_manager.handle(payload, invocation).await.answer
            }
        })
    }
}

impl lambda::Host for Functions {
    fn names(&self) -> Vec<&'static str> {
        FunctionName::ALL.map(FunctionName::as_str).to_vec()
    }

    fn invoke(
        &self,
        name: &str,
        qualifier: Option<&str>,
        payload: Bytes,
    ) -> lambda::Invocation<'_> {
        let function = name.parse().ok();
        let qualifier = qualifier.map(str::to_owned);
        Box::pin(async move {
            match function {
                Some(it) => Some(self.invoke_by(it, qualifier.as_deref(), &payload).await),
                None => None,
            }
        })
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Functions")
    }
}

impl StartError {
    fn of<E: Error + Send + Sync + 'static>(function: FunctionName) -> impl Fn(E) -> Self {
        move |error| Self { function, source: Box::new(error) }
    }
}

/// Lambda's account of an error.
fn failed(kind: &str, message: &dyn fmt::Debug) -> Answered {
    let account = serde_json::json!({"errorType": kind, "errorMessage": format!("{message:?}")});
    Answered { payload: account.to_string().into(), failed: true }
}
