//! Rules for Rust files.

use super::tree::File;

const LINES_MAX: usize = 400;

/// Names that say nothing about what is in a module.
const EMPTY_NAMES: [&str; 7] = ["util", "utils", "common", "types", "helper", "helpers", "misc"];

/// Where SDK types may be named: the adapters, and the cloud that is served to them.
const SDK_FOLDERS: [&str; 2] = ["crates/aws/", "crates/local/"];

/// Put together here, so that this file doesn't hold what it looks for.
fn joined(parts: [&str; 2]) -> String {
    parts.concat()
}

fn lines_with<'t>(text: &'t str, word: &str) -> impl Iterator<Item = usize> + use<'t> {
    let word = word.to_owned();
    (1..).zip(text.lines()).filter(move |(_, line)| line.contains(&word)).map(|(number, _)| number)
}

pub(super) fn length(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    if file.is_rust() && lines > LINES_MAX { vec![format!("{lines} lines")] } else { Vec::new() }
}

/// A `tests.rs` belongs to the module beside it, which says what is tested.
pub(super) fn opening(file: &File) -> Vec<String> {
    let exempt = !file.is_rust() || file.stem() == "tests";
    let opens = file.text.lines().find(|line| !line.trim().is_empty());
    if exempt || opens.is_some_and(|line| line.starts_with("//!")) {
        return Vec::new();
    }
    vec!["opens without //!".to_owned()]
}

pub(super) fn name(file: &File) -> Vec<String> {
    if !file.is_rust() {
        return Vec::new();
    }
    let mut faults = Vec::new();
    let parts = file.path.trim_end_matches(".rs").split('/');
    faults.extend(
        parts.filter(|part| EMPTY_NAMES.contains(part)).map(|part| format!("named {part}")),
    );
    for line in file.text.lines() {
        let Some(rest) = line.split_once("mod ").map(|(_, rest)| rest) else { continue };
        let name = rest.trim_end_matches([';', '{', ' ']);
        if EMPTY_NAMES.contains(&name) {
            faults.push(format!("has a module {name}"));
        }
    }
    faults
}

pub(super) fn undone(file: &File) -> Vec<String> {
    if !file.is_rust() {
        return Vec::new();
    }
    let words = [
        joined(["to", "do!("]),
        joined(["unimple", "mented!("]),
        joined(["db", "g!("]),
        joined(["#[ig", "nore"]),
        joined(["FIX", "ME"]),
    ];
    let mut faults = Vec::new();
    for word in words {
        faults.extend(lines_with(&file.text, &word).map(|line| format!("line {line} has {word}")));
    }
    faults
}

/// Time in tests is virtual.
pub(super) fn sleeping(file: &File) -> Vec<String> {
    if !file.is_rust() {
        return Vec::new();
    }
    let is_test = file.path.split('/').any(|part| part == "tests") || file.stem() == "tests";
    let begins = file.text.find("#[cfg(test)]\nmod tests {");
    let from = if is_test { Some(0) } else { begins };
    let Some(tests) = from.and_then(|from| file.text.get(from..)) else { return Vec::new() };
    let words = [joined(["thread::", "sleep"]), joined(["time::", "sleep"])];
    let found = words.into_iter().filter(|word| tests.contains(word));
    found.map(|word| format!("calls {word} in a test")).collect()
}

pub(super) fn sdk(file: &File) -> Vec<String> {
    let allowed = SDK_FOLDERS.iter().any(|folder| file.path.starts_with(folder));
    if allowed || !file.is_rust() {
        return Vec::new();
    }
    let found = lines_with(&file.text, &joined(["aws_", "sdk_"]));
    found.map(|line| format!("line {line} names the SDK")).collect()
}
