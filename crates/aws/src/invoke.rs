//! Invokes deployed functions, so that the deployed rules decide and not those of the caller.
//!
//! For people: the `cdc` command. No function of the pipeline invokes another.

use std::time::Duration;

use aws_sdk_lambda::{Client, primitives::Blob};
use cdc_core::delivery::{CallError, CallErrorKind};

use crate::{config::Connection, error::call_error};

const INVOKE: &str = "Invoke";

/// Time for one invocation: a function's longest life (15 minutes), and the way there and back.
pub(crate) const INVOKE_TIMEOUT: Duration = Duration::from_secs(15 * 60 + 5);

/// Invokes the functions of one stack.
#[derive(Clone, Debug)]
pub struct Functions {
    client: Client,
    prefix: String,
}

/// What an invocation came to.
#[derive(Clone, PartialEq, Eq)]
pub struct Invoked {
    /// The answer as the function gave it: JSON, or nothing.
    pub payload: Vec<u8>,
    /// Whether the function ended with an error in place of an answer of its own; the payload then
    /// is Lambda's account of it.
    pub failed: bool,
}

impl Functions {
    /// The functions whose names begin with `prefix`, the stack's parameter `Prefix`.
    #[must_use]
    pub fn new(connection: &Connection, prefix: impl Into<String>) -> Self {
        Self { client: connection.lambda(), prefix: prefix.into() }
    }

    /// Invokes a function, by an alias or a version of it where a qualifier is told, and waits for its answer.
    /// A single attempt: what changes something must not happen twice unseen.
    ///
    /// # Errors
    /// [`CallError`] where the function was not reached, or its answer was lost.
    pub async fn invoke(
        &self,
        function: &str,
        qualifier: Option<&str>,
        payload: &[u8],
    ) -> Result<Invoked, CallError> {
        let request = self
            .client
            .invoke()
            .function_name(format!("{}{function}", self.prefix))
            .set_qualifier(qualifier.map(str::to_owned))
            .payload(Blob::new(payload));
        let answer = request.send().await.map_err(|error| call_error(INVOKE, &error))?;
        let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
        Ok(Invoked { payload, failed: answer.function_error.is_some() })
    }
}

impl std::fmt::Debug for Invoked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Invoked({} bytes, failed {})", self.payload.len(), self.failed)
    }
}

impl Invoked {
    /// The answer as text.
    ///
    /// # Errors
    /// [`CallError`] where it is none: a function of this pipeline always answers in JSON.
    pub fn text(&self) -> Result<&str, CallError> {
        std::str::from_utf8(&self.payload)
            .map_err(|_| CallError::new(INVOKE, CallErrorKind::Unavailable, Some("AnswerIsNoText")))
    }
}
