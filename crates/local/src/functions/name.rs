//! The functions' names, and how long each may take.

use std::{fmt, str::FromStr, time::Duration};

/// One of the five functions, by the name of its crate and its deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the functions'")]
pub enum FunctionName {
    CdcProcessor,
    DataRedactor,
    DlqProcessor,
    HealthCheck,
    StateManager,
}

/// A name that no function has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no function is named \"{}\"; there are {}", cdc_core::failure::shown(.0), list())]
pub struct UnknownFunction(String);

impl FunctionName {
    /// All of them, in the order of the alphabet.
    pub const ALL: [Self; 5] = [
        Self::CdcProcessor,
        Self::DataRedactor,
        Self::DlqProcessor,
        Self::HealthCheck,
        Self::StateManager,
    ];

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CdcProcessor => "cdc-processor",
            Self::DataRedactor => "data-redactor",
            Self::DlqProcessor => "dlq-processor",
            Self::HealthCheck => "health-check",
            Self::StateManager => "state-manager",
        }
    }

    /// How long an invocation may take: the `Timeout` that `template.yaml` gives it.
    #[must_use]
    pub fn timeout(self) -> Duration {
        Duration::from_secs(match self {
            Self::CdcProcessor => 120,
            Self::DataRedactor | Self::HealthCheck | Self::StateManager => 30,
            Self::DlqProcessor => 900,
        })
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for FunctionName {
    type Err = UnknownFunction;

    fn from_str(text: &str) -> Result<Self, UnknownFunction> {
        let found = Self::ALL.into_iter().find(|name| name.as_str() == text);
        found.ok_or_else(|| UnknownFunction(text.to_owned()))
    }
}

fn list() -> String {
    FunctionName::ALL.map(FunctionName::as_str).join(", ")
}
