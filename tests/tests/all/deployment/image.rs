//! `Dockerfile` and `samconfig.toml` against the tree that they build. (Nothing here builds an image.)

use std::fs;

use super::FUNCTIONS;
use crate::schemas::workspace;

fn read(path: &str) -> String {
    fs::read_to_string(workspace(path)).unwrap()
}

/// What follows a word at the beginning of a line.
fn after<'t>(text: &'t str, word: &str) -> Vec<&'t str> {
    text.lines().filter_map(|line| line.strip_prefix(word)).map(str::trim).collect()
}

#[test]
fn the_image_is_built_with_the_pinned_compiler() {
    let pinned = read("rust-toolchain.toml");
    let channel = after(&pinned, "channel = ")[0].trim_matches('"');
    assert_eq!(after(&read("Dockerfile"), "ARG RUST_VERSION=")[0], channel);
}

#[test]
fn a_lambda_image_holds_a_function_of_the_template() {
    let dockerfile = read("Dockerfile");
    let default = after(&dockerfile, "ARG FUNCTION=")[0];
    assert!(FUNCTIONS.iter().any(|(_, name)| *name == default), "{default}");
}

#[test]
fn images_copy_from_stages_that_come_before_and_the_last_is_the_local_system() {
    let dockerfile = read("Dockerfile");
    let mut stages: Vec<&str> = Vec::new();
    for line in dockerfile.lines() {
        if let Some(stage) = line.strip_prefix("FROM ") {
            stages.push(stage.split_once(" AS ").unwrap().1);
        } else if let Some(copied) = line.strip_prefix("COPY --from=") {
            let from = copied.split_whitespace().next().unwrap();
            assert!(stages.contains(&from), "{from}");
        }
    }
    assert_eq!(stages.last(), Some(&"local"), "the default of docker build");
}

/// What is left out of the build's context can't be built from.
#[test]
fn the_context_of_a_build_holds_every_member_of_the_workspace() {
    let ignored = read(".dockerignore");
    let kept = after(&ignored, "!");
    for path in &kept {
        assert!(workspace(path).exists(), "{path}");
    }
    for needed in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "config", "crates", "tests"] {
        assert!(kept.contains(&needed), "{needed}");
    }
}

/// sam's cache looks at a crate's own folder: a change of the rules would deploy the old binary.
#[test]
fn sam_builds_anew_each_time() {
    assert_eq!(after(&read("samconfig.toml"), "cached = "), ["false"]);
}
