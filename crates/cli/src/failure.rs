//! How a command ends: four exit codes, and what is said where it did not go well.

use std::{error::Error, io, process::ExitCode};

use crate::{
    config::LoadError,
    output::{BAD, Output},
};

/// How a command ended that ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// All is well: 0.
    Well,
    /// It did not do what it was asked, and has said why: 1.
    Failed,
    /// Done, but something wants attention: 3.
    WantsAttention,
}

/// Why a command did not run, or broke off.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// Standard output does not take any more.
    #[error("standard output cannot be written")]
    Output(#[from] io::Error),
    /// The arguments make no sense together, or ask for what is not built: 2.
    #[error("{0}")]
    Usage(String),
    /// The configuration cannot be used: 2.
    #[error(transparent)]
    Configuration(#[from] LoadError),
    /// Something broke: 1.
    #[error("{0}")]
    Failed(String, #[source] Option<Box<dyn Error + Send + Sync>>),
}

impl CommandError {
    /// Wrong usage.
    pub(crate) fn usage(message: impl std::fmt::Display) -> Self {
        Self::Usage(message.to_string())
    }

    /// Something broke, and its cause.
    pub(crate) fn failed(
        message: impl std::fmt::Display,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::Failed(message.to_string(), Some(cause.into()))
    }

    fn code(&self) -> ExitCode {
        match self {
            Self::Output(_) | Self::Failed(..) => ExitCode::FAILURE,
            Self::Usage(_) | Self::Configuration(_) => ExitCode::from(2),
        }
    }
}

/// Says what went wrong, and gives the code to exit with. Who closed the pipe has read enough: that
/// is no failure.
pub(crate) fn exit_code(result: Result<Ended, CommandError>, output: &mut Output) -> ExitCode {
    let result = result.and_then(|ended| {
        output.flush()?;
        Ok(ended)
    });
    match result {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::Failed) => ExitCode::FAILURE,
        Ok(Ended::WantsAttention) => ExitCode::from(3),
        Err(CommandError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            output.discard();
            ExitCode::SUCCESS
        }
        Err(error) => {
            output.note(format_args!("{BAD}error:{BAD:#} {}", with_causes(&error)));
            error.code()
        }
    }
}

/// An error and what caused it, in one line each.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str("\n  because: ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
