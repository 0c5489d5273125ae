//! The calls to [`cdc_local::run`], in a runtime, until they end or somebody interrupts them.

use std::{cell::RefCell, net::SocketAddr};

use cdc_core::rules::Rules;
use cdc_local::{
    cloud::Gateway,
    functions::FunctionName,
    run::{
        self, Finished, InputFile, Invoked, LocalError, LocalOptions, OnceOptions, Progress,
        ServeOptions, Summary,
    },
};
use tokio::runtime::{Builder, Runtime};

use super::live::Live;
use crate::{
    failure::CommandError,
    output::{HEAD, Output},
};

/// Delivers the inputs until all is settled.
pub(super) fn once(options: LocalOptions, once: OnceOptions) -> Result<Finished, CommandError> {
    runtime()?.block_on(async {
        tokio::select! {
            finished = run::once(options, once) => finished.map_err(failed),
            () = interrupted() => Err(CommandError::Failed("interrupted".into(), None)),
        }
    })
}

/// Invokes a function on a fresh cloud.
pub(super) fn invoke(
    rules: Rules,
    function: FunctionName,
    qualifier: Option<&str>,
    event: &InputFile,
) -> Result<Invoked, CommandError> {
    runtime()?.block_on(async {
        tokio::select! {
            invoked = run::invoke(rules, function, qualifier, event) => invoked.map_err(failed),
            () = interrupted() => Err(CommandError::Failed("interrupted".into(), None)),
        }
    })
}

/// Keeps a workload running until its time is over or somebody interrupts it. A second interrupt
/// ends it at once.
pub(super) fn serve(
    options: LocalOptions,
    serve: ServeOptions,
    output: &mut Output,
) -> Result<Summary, CommandError> {
    let mut live = Live::new(output.can_redraw());
    let output = RefCell::new(output);
    let ready = |address: Option<SocketAddr>| {
        let mut output = output.borrow_mut();
        if let Some(address) = address {
            output.note(format_args!("AWS APIs at {HEAD}http://{address}{HEAD:#}"));
            if address != Gateway::DEFAULT {
                output.note(format_args!(
                    "for `cdc health` and the like in another terminal: export \
                     AWS_ENDPOINT_URL=http://{address}"
                ));
            }
        }
        output.note("running; Ctrl-C ends it with a summary");
    };
    let observe = |progress: &Progress| live.show(progress, &mut output.borrow_mut());
    let stop = async {
        interrupted().await;
        output
            .borrow_mut()
            .note("ending: what is on the stream is settled first; Ctrl-C again ends at once");
    };
    runtime()?.block_on(async {
        tokio::select! {
            summary = run::serve(options, serve, stop, ready, observe) => summary.map_err(failed),
            () = interrupted_twice() => Err(CommandError::Failed("interrupted".into(), None)),
        }
    })
}

fn runtime() -> Result<Runtime, CommandError> {
    let runtime = Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| CommandError::failed("the runtime does not start", error))
}

fn failed(error: LocalError) -> CommandError {
    if error.is_usage() {
        return CommandError::Usage(crate::failure::with_causes(&error));
    }
    CommandError::failed("the run failed", error)
}

/// Completes at Ctrl-C, and where the process is asked to end. Never, where signals can't be heard.
async fn interrupted() {
    let ctrl_c = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! { () = ctrl_c => {}, () = terminated() => {} }
}

async fn interrupted_twice() {
    interrupted().await;
    interrupted().await;
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
