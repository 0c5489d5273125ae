//! What the rules promise, as data.

mod broken;
mod lookup;

use super::{Checked, ConfigFile, Problems, Rules};

/// A head, so that a test's own text can begin with its tables.
const HEAD: &str = "{version: 1, pipeline: test}";

fn parse(files: &[(&str, &str)]) -> Result<Checked, Problems> {
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| ConfigFile { path: (*path).to_owned(), text: (*text).to_owned() })
        .collect();
    Rules::parse(&files)
}

/// The rules of a file `t.yaml` beside a head.
fn tables(text: &str) -> Checked {
    parse(&[("head.yaml", HEAD), ("t.yaml", text)]).unwrap()
}
