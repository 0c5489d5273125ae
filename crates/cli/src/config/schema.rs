//! `cdc config schema`: the JSON Schema of a configuration file, for editors.

use crate::{
    failure::{CommandError, Ended},
    output::Output,
};

pub(crate) const EXAMPLES: &str = "\
Examples:
  cdc config schema > config-1.json

An editor that knows YAML's language server (VS Code, Neovim, Helix, JetBrains …)
then completes and checks while you type, in every file that begins with
  # yaml-language-server: $schema=../config-1.json
It sees one file at a time; `cdc config check` sees all of them together.";

/// The published schema itself: what is printed cannot differ from it.
const SCHEMA: &str = include_str!("../../../../schemas/config-1.json");

/// Prints it.
pub(super) fn schema(output: &mut Output) -> Result<Ended, CommandError> {
    output.line(SCHEMA.trim_end())?;
    Ok(Ended::Well)
}
