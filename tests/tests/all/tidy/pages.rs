//! Rules for all text files: documentation, configuration, code.

use std::collections::BTreeMap;

use super::tree::File;

/// Cargo's own: it names the public registry with every package.
const LOCK_FILE: &str = "Cargo.lock";

const DECISIONS: &str = "docs/decisions/";

/// What a decision says, each under a heading of its own.
const HEADINGS: [&str; 3] = ["Context", "Choice", "Price"];

/// What the README tells a new user to run.
const COMMANDS: [&str; 2] = ["cargo run -- local", "cargo test --workspace"];

/// Folders of somebody's machine. (Put together here, so that this file doesn't hold them.)
fn machine_folders() -> [String; 4] {
    ["home", "root", "work", "Users"].map(|name| format!("/{name}/"))
}

pub(super) fn machine_paths(file: &File) -> Vec<String> {
    let mut faults = Vec::new();
    for (number, line) in (1..).zip(file.text.lines()) {
        for folder in machine_folders() {
            if line.match_indices(&folder).any(|(at, _)| begins_a_path(&line[..at])) {
                faults.push(format!("line {number} has a path under {folder}"));
            }
        }
    }
    faults
}

/// Whether a slash behind this text begins an absolute path, rather than going on with one.
fn begins_a_path(before: &str) -> bool {
    !before.ends_with(|c: char| c.is_alphanumeric() || "_-.*}>".contains(c))
}

/// Where packages come from is each machine's own business.
pub(super) fn registries(file: &File) -> Vec<String> {
    if file.path == LOCK_FILE {
        return Vec::new();
    }
    let words = [
        ["sparse+", "http"],
        ["replace-", "with"],
        ["index.", "crates.io"],
        ["static.", "crates.io"],
        ["extra-index-", "url"],
        ["pypi.org/", "simple"],
        ["registry.", "npmjs.org"],
        ["arti", "factory"],
    ];
    let found = words.into_iter().map(|word| word.concat()).filter(|word| file.text.contains(word));
    found.map(|word| format!("names a registry: {word}")).collect()
}

/// `NNNN-title.md`, with context, choice and price. An index of them may be there as well.
pub(super) fn decision(file: &File) -> Vec<String> {
    let Some(name) = file.path.strip_prefix(DECISIONS) else { return Vec::new() };
    if name == "README.md" {
        return Vec::new();
    }
    let mut faults = Vec::new();
    if number(name).is_none() {
        faults.push("is not named NNNN-title.md".to_owned());
    }
    if !file.text.starts_with("# ") {
        faults.push("has no title".to_owned());
    }
    for heading in HEADINGS {
        let has = |line: &str| line.strip_prefix("## ").is_some_and(|rest| rest.trim() == heading);
        if !file.text.lines().any(has) {
            faults.push(format!("has no heading \"## {heading}\""));
        }
    }
    faults
}

/// The number of a decision's file name, where that has the form.
fn number(name: &str) -> Option<&str> {
    let (number, title) = name.strip_suffix(".md")?.split_once('-')?;
    let in_form = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_number = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && !title.is_empty() && title.chars().all(in_form)).then_some(number)
}

/// The numbers that more than one decision has.
pub(super) fn repeated_numbers<'p>(paths: impl Iterator<Item = &'p str>) -> Vec<&'p str> {
    let mut counts = BTreeMap::new();
    for number in paths.filter_map(|path| number(path.strip_prefix(DECISIONS)?)) {
        *counts.entry(number).or_insert(0) += 1;
    }
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(number, _)| number).collect()
}

pub(super) fn readme(file: &File) -> Vec<String> {
    if file.path != "README.md" {
        return Vec::new();
    }
    let missing = COMMANDS.into_iter().filter(|command| !file.text.contains(command));
    missing.map(|command| format!("doesn't name `{command}`")).collect()
}
