//! Questions before what cannot be undone, or shows what is withheld.

use std::io::{self, Write as _};

use crate::output::Output;

/// Asks. Only a yes is one: typed, or piped in.
pub(crate) fn asked(output: &mut Output, question: &str) -> bool {
    output.note(question);
    let mut error = io::stderr();
    let _ = write!(error, "[y/N] ");
    let _ = error.flush();
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}
