//! The operator's commands against a running `cdc local`, as in a second terminal.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, ChildStderr, Stdio},
};

use serde_json::Value;

use crate::{Ran, cdc, command};

/// A running `cdc local`, ended with the test.
pub(crate) struct Local {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStderr>>,
    pub(crate) endpoint: String,
}

impl Local {
    /// Starts one on a port of its own.
    pub(crate) fn start(options: &[&str]) -> Self {
        let arguments = [&["local", "--listen", "127.0.0.1:0", "--for", "10m"], options].concat();
        let mut child = command(&arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut told = Vec::new();
        let endpoint = lines.find_map(|line| {
            let line = line.unwrap();
            let endpoint = line.strip_prefix("AWS APIs at ").map(str::to_owned);
            told.push(line);
            endpoint
        });
        let endpoint = endpoint.unwrap_or_else(|| panic!("{told:?}"));
        Self { endpoint, child, lines }
    }

    /// Reads progress until a line has this.
    pub(crate) fn until(&mut self, wanted: impl Fn(&str) -> bool) {
        let found = self.lines.find(|line| wanted(line.as_ref().unwrap()));
        assert!(found.is_some(), "it ended");
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        cdc(&[arguments, &["--endpoint", &self.endpoint]].concat(), b"")
    }

    pub(crate) fn json(&self, arguments: &[&str], code: i32) -> Value {
        let ran = self.run(&[&["--json"], arguments].concat()).ends_with(code);
        ran.out.parse().unwrap_or_else(|error| panic!("{error}: {}", ran.out))
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a progress line tells of at least so many dead letters.
pub(crate) fn has_letters(line: &str, least: u64) -> bool {
    let count = line.split("dead letters ").nth(1).and_then(|rest| rest.split(' ').next());
    count.and_then(|count| count.parse().ok()).is_some_and(|count: u64| count >= least)
}

#[test]
fn a_healthy_pipeline_is_told_as_such() {
    let mut local = Local::start(&[]);
    local.until(|line| line.contains("health healthy"));
    let ran = local.run(&["health"]).ends_with(0);
    for component in ["bus", "stream", "checkpoint-table", "state-table", "dead-letter-queue"] {
        let healthy = |line: &str| line.starts_with(component) && line.contains("healthy");
        assert!(ran.out.lines().any(healthy), "{component}: {}", ran.out);
    }
    assert_eq!(local.json(&["health"], 0)["status"], "healthy");

    let status = local.json(&["checkpoint", "status"], 0);
    let shards = status["processors"][0]["shards"].as_array().unwrap();
    assert!(!shards.is_empty(), "{status}");
    let table = local.run(&["checkpoint", "status"]).ends_with(0);
    assert!(table.out.starts_with("PROCESSOR ") && table.out.contains("shardId-"), "{}", table.out);

    let none = local.run(&["dlq", "list"]).ends_with(0);
    assert_eq!((none.out.as_str(), none.err.contains("0 of 0 letters match")), ("", true));
}

#[test]
fn letters_are_looked_at_replayed_parked_and_purged() {
    let mut local = Local::start(&["--poison", "0.5"]);
    local.until(|line| line.contains("health degraded (dead-letter-queue"));
    local.until(|line| line.contains("dead-letter-queue  ") && line.contains("letters"));
    local.until(|line| has_letters(line, 12));

    let listed = local.json(&["dlq", "list", "--limit", "1000"], 3);
    let letters = listed["letters"].as_array().unwrap();
    assert!(letters.len() >= 12, "{listed}");
    let some = local.run(&["dlq", "list", "--limit", "3"]).ends_with(3);
    assert!(some.err.contains("3 letters, as many as --limit; "), "{}", some.err);
    let table = local.run(&["dlq", "list", "--code", "PARSE_ERROR"]).ends_with(3);
    assert!(table.out.contains("PARSE_ERROR") && !table.out.contains("VALIDATION_ERROR"));
    let shown = local.run(&["dlq", "show", "--limit", "5"]).ends_with(3);
    assert!(shown.out.contains("\"kind\":"), "{}", shown.out);

    let dry = local.run(&["dlq", "replay", "--dry-run", "--code", "PARSE_ERROR"]).ends_with(3);
    assert!(dry.out.starts_with("OUTCOME ") && dry.out.contains("would fail again"), "{}", dry.out);
    assert!(dry.err.contains("nothing was done"), "{}", dry.err);

    // Nothing of the poison is good the second time: all of it is tried once, and buried anew.
    let replayed = local.run(&["dlq", "replay", "--all", "--limit", "5"]).ends_with(3);
    assert!(replayed.err.contains("0 replayed, "), "{}", replayed.err);
    assert!(replayed.out.contains("buried anew"), "{}", replayed.out);

    let parked = local.json(&["dlq", "park", "--code", "VALIDATION_ERROR", "--limit", "2"], 0);
    assert_eq!((&parked["parked"], &parked["failed"]), (&2.into(), &0.into()), "{parked}");

    let refused = local.run(&["dlq", "purge", "--code", "PARSE_ERROR"]).ends_with(2);
    assert!(refused.err.contains("--yes"), "{}", refused.err);
    let purge = ["dlq", "purge", "--code", "PARSE_ERROR", "--limit", "1", "--yes"];
    let purged = local.json(&purge, 0);
    assert_eq!(purged["purged"], 1, "{purged}");
}

#[test]
fn documents_are_asked_for_as_letters_are() {
    let local = Local::start(&["--rate", "1"]);
    let listed = local.run(&["dlq", "list", "--from", "documents"]).ends_with(0);
    assert!(listed.err.contains("0 of 0 documents match"), "{}", listed.err);
    let replay =
        ["dlq", "replay", "--from", "documents", "--all", "--max-attempts", "2", "--verify"];
    assert_eq!(local.json(&replay, 0)["from"], "documents");
    let replayed = local.run(&replay).ends_with(0);
    assert!(replayed.err.contains("0 replayed; about 0 documents are left"), "{}", replayed.err);
}

#[test]
fn a_reset_wants_what_was_seen_and_a_reason() {
    let mut local = Local::start(&[]);
    local.until(|line| line.contains("published") && !line.contains("published 0"));
    let wrong = ["checkpoint", "reset", "bad shard", "--expected", "1", "--reason", "a test"];
    local.run(&wrong).ends_with(2);
    let unseen =
        ["checkpoint", "reset", "shardId-000000000009", "--expected", "1", "--reason", "a test"];
    let ran = local.run(&unseen).ends_with(1);
    assert!(ran.err.contains("CONFLICT"), "{}", ran.err);
    let never_there =
        ["checkpoint", "reset", "shardId-000000000009", "--expected", "none", "--reason", "a test"];
    let ran = local.run(&never_there).ends_with(3);
    assert!(ran.err.contains("nothing was known of shardId-000000000009"), "{}", ran.err);
}

#[test]
fn wrong_usage_ends_with_2() {
    let local = Local::start(&["--rate", "1"]);
    let cases: &[&[&str]] = &[
        &["dlq", "list", "--code", "NOPE"],
        &["dlq", "list", "--since", "yesterday"],
        &["dlq", "list", "--from", "documents", "--table", "users"],
        &["dlq", "list", "--limit", "0"],
        &["checkpoint", "status", "--processor", "a b"],
        &["invoke", "nobody", "--event", "x"],
    ];
    for arguments in cases {
        let ran = local.run(arguments).ends_with(2);
        assert_eq!(ran.out, "", "{arguments:?}");
    }
}

#[test]
fn where_nobody_answers_the_error_says_what_to_do() {
    let nobody = ["health", "--endpoint", "http://127.0.0.1:9"];
    let ran = cdc(&nobody, b"").ends_with(1);
    assert!(ran.err.contains("start `cdc local`") && ran.err.contains("--remote"), "{}", ran.err);
    let elsewhere = ["health", "--endpoint", "https://events.us-east-1.amazonaws.com"];
    cdc(&elsewhere, b"").ends_with(2);
    let by_hand = ["invoke", "cdc-processor", "--event", "x", "--remote", "--region", "eu-west-1"];
    let ran = cdc(&by_hand, b"").ends_with(2);
    assert!(ran.err.contains("mapping alone"), "{}", ran.err);
}

#[test]
fn completions_are_a_script_for_each_shell() {
    for (shell, word) in [("bash", "complete -F"), ("zsh", "#compdef cdc"), ("fish", "complete -c")]
    {
        let ran = cdc(&["completions", shell], b"").ends_with(0);
        assert!(ran.out.contains(word) && ran.out.contains("checkpoint"), "{shell}");
    }
}
