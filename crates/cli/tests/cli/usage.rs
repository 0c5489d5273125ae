//! Help, versions, wrong usage, and readers that have read enough.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::Stdio,
};

use crate::{cdc, command, file, folder};

#[test]
fn help_teaches_by_examples() {
    let pages: &[(&[&str], &[&str])] = &[
        (&["--help"], &["decode", "config", "Exit codes:", "--no-color"]),
        (&["decode", "--help"], &["Examples:", "cdc decode changes.ndjson", "--values", "kinesis"]),
        (&["config", "check", "--help"], &["Examples:", "--config"]),
        #[cfg(feature = "local")]
        (
            &["local", "--help"],
            &["Examples:", "put-events=throttle:entry:0.33", "--dead-letters-out"],
        ),
    ];
    for (arguments, words) in pages {
        let ran = cdc(arguments, b"").ends_with(0);
        for word in *words {
            assert!(ran.out.contains(word), "{arguments:?} lacks {word}:\n{}", ran.out);
        }
    }
}

/// The commands, each with its help.
const PAGES: [&str; 21] = [
    "",
    "decode",
    "config",
    "config check",
    "config explain",
    "config schema",
    "config init",
    "redact",
    "redact diff",
    "redact reveal",
    "health",
    "checkpoint",
    "checkpoint status",
    "checkpoint reset",
    "dlq",
    "dlq list",
    "dlq show",
    "dlq replay",
    "dlq park",
    "dlq purge",
    "invoke",
];

#[test]
fn help_can_be_read_at_a_glance() {
    let local = cfg!(feature = "local").then_some("local");
    for page in PAGES.into_iter().chain(local) {
        let words: Vec<&str> = page.split_whitespace().chain(["--help"]).collect();
        let ran = cdc(&words, b"").ends_with(0);
        for line in ran.out.lines() {
            assert!(line.chars().count() <= 84, "cdc {page}: {line}");
        }
    }
}

#[test]
fn what_would_be_ignored_is_refused() {
    let cases: &[(&[&str], &str)] = &[
        (&["--config", "rules", "health"], "--config has no effect on `cdc health`"),
        (&["dlq", "list", "--config", "rules"], "--config has no effect on `cdc dlq list`"),
        (&["--config", "r", "checkpoint", "status"], "--config has no effect"),
        (&["--config", "r", "completions", "bash"], "which reads no rules"),
        (&["--config", "r", "config", "schema"], "which reads no rules"),
        (&["--config", "r", "invoke", "health-check", "--event", "x", "--remote"], "own rules"),
        (
            &["invoke", "health-check", "--event", "x", "--endpoint", "http://127.0.0.1:1"],
            "--endpoint has no effect on `cdc invoke`",
        ),
        (
            &[
                "--config", "r", "redact", "reveal", "--table", "t", "--column", "c", "--reason",
                "r", "1",
            ],
            "own rules",
        ),
        (&["health", "--region", "eu-west-1"], "--region has no effect without --remote"),
        (&["health", "--prefix", "a-"], "--prefix has no effect without --remote"),
        (&["health", "--remote", "--endpoint", "http://127.0.0.1:1"], "name one"),
    ];
    for (arguments, why) in cases {
        let ran = cdc(arguments, b"").ends_with(2);
        assert!(ran.err.contains(why), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn the_version_is_the_packages() {
    let ran = cdc(&["--version"], b"").ends_with(0);
    assert_eq!(ran.out, concat!("cdc ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn wrong_usage_ends_with_2_and_nothing_on_standard_output() {
    let wrong: &[&[&str]] =
        &[&[], &["frobnicate"], &["decode"], &["config"], &["decode", "--frob", "x"]];
    for arguments in wrong {
        let ran = cdc(arguments, b"").ends_with(2);
        assert_eq!(ran.out, "", "{arguments:?}");
        assert!(!ran.err.is_empty(), "{arguments:?}");
    }
}

#[test]
fn nothing_is_coloured_in_a_pipe() {
    for arguments in [&["decode", "-"][..], &["--no-color", "decode", "-"], &["config", "check"]] {
        let ran = cdc(arguments, b"no json\n");
        assert!(!ran.out.contains('\x1b') && !ran.err.contains('\x1b'), "{arguments:?}");
    }
}

#[test]
fn a_reader_that_has_read_enough_is_no_failure() {
    let line = r#"{"table":"t","operation":"INSERT","after":{"id":1}}"#;
    let lines = format!("{line}\n").repeat(50_000);
    let path = file(&folder("pipe"), "many.ndjson", lines);
    for arguments in [&["decode", &path][..], &["--json", "decode", &path]] {
        let mut child =
            command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(!first.is_empty());
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        let status = child.wait().unwrap();
        assert_eq!((status.code(), err.as_str()), (Some(0), ""), "{arguments:?}");
    }
}
