//! The end of a process that cannot start: its errors in words.

use std::{
    error::Error,
    fmt::{self, Write as _},
};

/// What ends the process: an error with its causes. Its `Debug`, which is what Rust prints of an
/// error that `main` returns, is the text as it is meant to be read.
pub struct Fatal(String);

impl Fatal {
    /// The error and its causes in one line.
    #[must_use]
    pub fn of(error: &dyn Error) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let _ = write!(text, ": {error}");
            cause = error.source();
        }
        Self(text)
    }
}

impl<E: Error> From<E> for Fatal {
    fn from(error: E) -> Self {
        Self::of(&error)
    }
}

impl fmt::Debug for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
