//! That each rule can fail, and doesn't where it shouldn't.

use super::{Rule, edges, pages, source, tree::File};

fn check(rule: Rule, path: &str, text: &str, expected: &[&str]) {
    let file = File { path: path.to_owned(), text: text.to_owned() };
    assert_eq!(rule(&file), expected, "{path}: {text}");
}

const RUST: &str = "crates/core/src/a.rs";

#[test]
fn long_files_are_found() {
    check(source::length, RUST, &"\n".repeat(401), &["401 lines"]);
    check(source::length, RUST, &"\n".repeat(400), &[]);
    check(source::length, "docs/a.md", &"\n".repeat(401), &[]);
}

#[test]
fn modules_without_an_opening_are_found() {
    check(source::opening, RUST, "use std::fmt;\n", &["opens without //!"]);
    check(source::opening, RUST, "", &["opens without //!"]);
    check(source::opening, RUST, "\n//! The ledger.\n", &[]);
    check(source::opening, "crates/core/src/a/tests.rs", "use super::*;\n", &[]);
}

#[test]
fn names_without_a_concept_are_found() {
    check(source::name, "crates/core/src/utils.rs", "", &["named utils"]);
    check(source::name, "crates/core/src/common/mod.rs", "", &["named common"]);
    check(source::name, RUST, "pub(crate) mod helpers;\n", &["has a module helpers"]);
    check(source::name, RUST, "mod types {\n}\n", &["has a module types"]);
    check(source::name, RUST, "mod record;\n// A common mod utilsomething.\n", &[]);
}

#[test]
fn what_is_undone_is_found() {
    for word in
        [["to", "do!("], ["unimple", "mented!("], ["db", "g!("], ["#[ig", "nore"], ["FIX", "ME"]]
    {
        let word = word.concat();
        let fault = format!("line 2 has {word}");
        check(source::undone, RUST, &format!("//! A.\n    {word}\n"), &[&fault]);
    }
    check(source::undone, RUST, "// Nothing left to do, ignored or not.\n", &[]);
}

#[test]
fn sleeping_tests_are_found() {
    let sleep = ["tokio::time::", "sleep(second).await;\n"].concat();
    let fault = ["calls time::", "sleep in a test"].concat();
    check(source::sleeping, "crates/core/tests/all/a.rs", &sleep, &[&fault]);
    check(source::sleeping, "crates/core/src/a/tests.rs", &sleep, &[&fault]);
    check(source::sleeping, RUST, &format!("#[cfg(test)]\nmod tests {{\n{sleep}}}\n"), &[&fault]);
    check(source::sleeping, RUST, &sleep, &[]);
    check(source::sleeping, "crates/core/tests/all/a.rs", "clock.sleep(second).await;\n", &[]);
}

#[test]
fn sdk_types_out_of_place_are_found() {
    let line = ["use aws_", "sdk_kinesis::Client;\n"].concat();
    check(source::sdk, "crates/cdc-processor/src/a.rs", &line, &["line 1 names the SDK"]);
    check(source::sdk, "tests/tests/all/a.rs", &line, &["line 1 names the SDK"]);
    check(source::sdk, "crates/aws/src/a.rs", &line, &[]);
    check(source::sdk, "crates/local/src/a.rs", &line, &[]);
}

#[test]
fn paths_of_a_machine_are_found() {
    for name in ["home", "root", "work", "Users"] {
        let folder = format!("/{name}/");
        let fault = format!("line 2 has a path under {folder}");
        check(
            pages::machine_paths,
            "docs/a.md",
            &format!("See\n`{folder}someone/a`.\n"),
            &[&fault],
        );
        check(
            pages::machine_paths,
            "docs/a.md",
            &format!("See\nsrc{folder}a and ../{name}/a\n"),
            &[],
        );
    }
}

#[test]
fn registries_are_found() {
    let text = ["[source.crates-io]\nreplace-", "with = \"mirror\"\n"].concat();
    let fault = ["names a registry: replace-", "with"].concat();
    check(pages::registries, ".cargo/config.toml", &text, &[&fault]);
    check(pages::registries, "Cargo.lock", &text, &[]);
    check(pages::registries, "docs/a.md", "It is on crates.io.\n", &[]);
}

#[test]
fn decisions_without_their_form_are_found() {
    let good = "# SQLite\n\n## Context\n\nA.\n\n## Choice\n\nB.\n\n## Price\n\nC.\n";
    check(pages::decision, "docs/decisions/0001-embedded-aws.md", good, &[]);
    check(pages::decision, "docs/decisions/README.md", "All of them.\n", &[]);
    check(pages::decision, "docs/delivery.md", "Anything.\n", &[]);
    for path in ["1-a.md", "0001.md", "0001-A title.md", "0001-.md", "0001-a.txt"] {
        let path = format!("docs/decisions/{path}");
        check(pages::decision, &path, good, &["is not named NNNN-title.md"]);
    }
    check(pages::decision, "docs/decisions/0001-a.md", &good[2..], &["has no title"]);
    let priceless = good.replace("## Price", "## Prices");
    check(
        pages::decision,
        "docs/decisions/0001-a.md",
        &priceless,
        &["has no heading \"## Price\""],
    );
}

#[test]
fn numbers_of_decisions_that_stand_twice_are_found() {
    let paths =
        ["docs/decisions/0001-a.md", "docs/decisions/0002-b.md", "docs/decisions/0001-c.md"];
    assert_eq!(pages::repeated_numbers(paths.into_iter()), ["0001"]);
}

#[test]
fn a_readme_without_its_commands_is_found() {
    let faults = ["doesn't name `cargo run -- local`", "doesn't name `cargo test --workspace`"];
    check(pages::readme, "README.md", "# A project\n", &faults);
    check(pages::readme, "events/README.md", "# Samples\n", &[]);
}

#[test]
fn wrong_arrows_are_found() {
    let check = |name: &str, dependencies: &str, expected: &[&str]| {
        let text = format!("[package]\nname = \"{name}\"\n\n{dependencies}\n");
        check(edges::edges, "crates/a/Cargo.toml", &text, expected);
    };
    let on = |package: &str| format!("[dependencies]\nbytes = \"1\"\n{package}.workspace = true");
    check("cdc-core", &on("cdc-aws"), &["cdc-core depends on cdc-aws"]);
    check("cdc-aws", &on("cdc-core"), &[]);
    check("cdc-aws", &on("cdc-processor"), &["cdc-aws depends on cdc-processor"]);
    check("cdc-esm", &on("cdc-aws"), &["cdc-esm depends on cdc-aws"]);
    check("cdc-processor", &on("cdc-aws"), &[]);
    check("cdc-processor", &on("dlq-processor"), &["cdc-processor depends on dlq-processor"]);
    check("cdc-local", &on("cdc-processor"), &[]);
    check("cdc-local", &on("cdc"), &["cdc-local depends on cdc"]);
    check("cdc", &on("cdc-processor"), &["cdc depends on cdc-processor"]);
    check("cdc-other", &on("cdc-core"), &["cdc-other is no crate of the design"]);
    check("cdc-other", "", &["cdc-other is no crate of the design"]);
    let always = "cdc needs cdc-local always; an operator's build carries no emulator";
    check("cdc", &on("cdc-local"), &[always]);
    check("cdc", "[dependencies.cdc-local]\nworkspace = true", &[always]);
    check("cdc", "[dependencies]\ncdc-local = { workspace = true, optional = true }", &[]);
    check("cdc", "[dependencies.cdc-local]\nworkspace = true\noptional = true", &[]);
    check("cdc-core", "[dev-dependencies]\ncdc-local.workspace = true", &[]);
    check(
        "cdc-core",
        "[build-dependencies]\ncdc-aws.workspace = true",
        &["cdc-core depends on cdc-aws"],
    );
    check(
        "cdc-core",
        "[target.'cfg(unix)'.dependencies]\ncdc-aws.workspace = true",
        &["cdc-core depends on cdc-aws"],
    );
    check(
        "cdc-core",
        "[dependencies]\nbus = { package = \"cdc-aws\", path = \"../aws\" }",
        &["cdc-core depends on cdc-aws"],
    );
}
