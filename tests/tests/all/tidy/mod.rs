//! The tree against its own rules, as far as no compiler or clippy checks them.
//!
//! Each rule is a function of a file's path and text that names what is wrong; this module holds
//! the whole tree against them, and `tests` shows that each of them can fail.

mod edges;
mod pages;
mod source;
mod tree;

use tree::File;

/// A rule: everything that is wrong with one file.
type Rule = fn(&File) -> Vec<String>;

/// Every file goes through all of these; each looks only at those it is for.
const RULES: &[(&str, Rule)] = &[
    ("files have at most 400 lines", source::length),
    ("modules open with what they own", source::opening),
    ("modules have a concept for a name", source::name),
    ("nothing is left undone", source::undone),
    ("tests don't sleep", source::sleeping),
    ("SDK types stop in crates/aws", source::sdk),
    ("no path of a machine", pages::machine_paths),
    ("no registry of a machine", pages::registries),
    ("decisions have their form", pages::decision),
    ("the README names the commands", pages::readme),
    ("arrows between crates", edges::edges),
];

fn faults(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, rule) in RULES {
        for file in files {
            faults.extend(
                rule(file).into_iter().map(|fault| format!("{}: {fault} ({name})", file.path)),
            );
        }
    }
    faults
}

#[test]
fn the_tree_is_tidy() {
    let files = tree::files();
    let has = |path: &str| files.iter().any(|file| file.path == path);
    assert!(
        has("Cargo.toml") && has("crates/core/src/lib.rs") && has("tests/tests/all/tidy/mod.rs")
    );
    assert!(has("README.md"), "there is no README");
    let faults = faults(&files);
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn decisions_are_numbered_once() {
    let files = tree::files();
    let repeated = pages::repeated_numbers(files.iter().map(|file| file.path.as_str()));
    assert!(repeated.is_empty(), "{repeated:?}");
}

#[cfg(test)]
mod tests;
