//! `cdc local`, as far as it is the command's and not the embedded cloud's.

use serde_json::Value;

use crate::{cdc, file, folder};

#[test]
fn what_the_mapping_of_a_queue_or_a_topic_does_not_have_is_refused() {
    let cases: [(&[&str], &str); 4] = [
        (&["--via", "sqs", "--max-retries", "3"], "redrive policy"),
        (&["--via", "sqs", "--parallelization", "2"], "--shards"),
        (&["--via", "kafka", "--parallelization", "2"], "one consumer"),
        (&["--via", "sqs", "--batch-size", "11", "--once", "--input", "-"], "10"),
    ];
    for (options, why) in cases {
        let ran = cdc(&[&["local"], options].concat(), b"").ends_with(2);
        assert!(ran.err.contains(why), "{options:?}: {}", ran.err);
    }
}

#[test]
fn records_go_through_a_queue_or_a_topic() {
    let input = br#"{"table":"users","operation":"INSERT","after":{"id":"1"}}"#;
    for (via, order) in [("sqs", "fifo:"), ("kafka", "shard:")] {
        let events = folder(&format!("via-{via}")).join("events.ndjson");
        let events = events.to_str().unwrap();
        let once = ["--json", "local", "--once", "--input", "-", "--events-out", events, "--via"];
        let ran = cdc(&[&once[..], &[via]].concat(), input).ends_with(0);
        assert_eq!(ran.out.parse::<Value>().unwrap()["published"], 1, "{via}: {}", ran.out);
        let event: Value = std::fs::read_to_string(events).unwrap().trim().parse().unwrap();
        let found = event["detail"]["metadata"]["order"].as_str().unwrap();
        assert!(found.starts_with(order), "{found}");
    }
}

#[test]
fn a_fault_that_makes_no_sense_says_what_to_use_instead() {
    for (fault, instead) in [
        ("put-events=kill", "function=kill"),
        ("function=late", "function=hang"),
        ("ledger-write=refuse:entry", "ledger-write=throttle:entry"),
    ] {
        let ran = cdc(&["local", "--fault", fault], b"").ends_with(2);
        assert!(ran.err.contains("makes no sense") && ran.err.contains(instead), "{}", ran.err);
    }
}

#[test]
fn faults_are_counted_beside_the_summary() {
    let input = br#"{"table":"users","operation":"INSERT","after":{"id":"1"}}"#;
    let once = ["--json", "local", "--once", "--input", "-", "--fault"];
    let ran = cdc(&[&once[..], &["ledger-read=throttle:0.5"]].concat(), input).ends_with(0);
    assert!(ran.err.contains("injected  ledger-read=throttle:call:0.5: "), "{}", ran.err);
    assert!(!ran.out.contains("injected") && ran.out.parse::<Value>().is_ok(), "{}", ran.out);
}

#[test]
fn an_address_that_cannot_be_had_says_why_and_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (listen, why, what) in [
        (&*address, "another program does", "name another port"),
        ("0.0.0.0:4566", "not a loopback address", "127.0.0.1:4566 does"),
        ("localhost:4566", "an address of this machine", "such as 127.0.0.1:4566"),
    ] {
        let ran = cdc(&["local", "--for", "1s", "--listen", listen], b"").ends_with(2);
        let err = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(err.contains(why) && err.contains(what), "{err}");
    }
}

#[test]
fn wrong_options_end_with_2() {
    let cases: &[&[&str]] = &[
        &["--once"],
        &["--input", "x"],
        &["--redeliver", "1"],
        &["--once", "--input", "-", "--raw"],
        &["--for", "90"],
        &["--for", "-1s"],
        &["--rate", "0"],
        &["--rate", "nan"],
        &["--shards", "0"],
        &["--batch-size", "10001"],
        &["--max-retries", "-2"],
        &["--fault", "put-events"],
        &["--listen", "nowhere"],
    ];
    for options in cases {
        cdc(&[&["local"], *options].concat(), b"").ends_with(2);
    }
}

#[test]
fn raw_letters_take_a_person_or_a_yes() {
    let out = folder("local-raw").join("letters.ndjson");
    let out = out.to_str().unwrap();
    let ran = cdc(&["local", "--once", "--input", "-", "--dead-letters-out", out, "--raw"], b"")
        .ends_with(2);
    assert!(ran.err.contains("--yes"), "{}", ran.err);
}

#[test]
fn an_input_that_is_not_there_fails() {
    let ran = cdc(&["local", "--once", "--input", "/nowhere/changes.ndjson"], b"").ends_with(1);
    assert!(ran.err.contains("/nowhere/changes.ndjson: cannot be read"), "{}", ran.err);
}

#[test]
fn a_run_writes_events_and_withholds_the_rows_of_letters() {
    let folder = folder("local-once");
    let rules = "version: 1\npipeline: test\ntables:\n  gadgets: {keys: [id], include: [id, name], redact: [name]}\n";
    let rules = file(&folder, "rules.yaml", rules);
    let input = "{\"table\":\"gadgets\",\"operation\":\"INSERT\",\"after\":{\"id\":1,\"name\":\"Ada\"}}\n{\"table\":\"gadgets\",\"operation\":\"MERGE\",\"after\":{\"id\":2,\"name\":\"Grace\"}}\n";
    let [events, letters] = ["events.ndjson", "letters.ndjson"]
        .map(|name| folder.join(name).to_str().unwrap().to_owned());
    let once = [
        "--json",
        "--config",
        &rules,
        "local",
        "--once",
        "--input",
        "-",
        "--events-out",
        &events,
        "--dead-letters-out",
        &letters,
    ];

    let ran = cdc(&once, input.as_bytes()).ends_with(3);
    let summary = ran.out.parse::<Value>().unwrap();
    assert_eq!((&summary["records"], &summary["published"]), (&2.into(), &1.into()), "{summary}");
    assert_eq!(summary["deadLettered"]["PARSE_ERROR"], 1);
    let members: Vec<_> = [
        "records",
        "units",
        "published",
        "skipped",
        "suppressed",
        "deadLettered",
        "unsettled",
        "duplicates",
        "checkpoints",
        "seconds",
    ]
    .map(|name| ran.out.find(&format!("\"{name}\":")).unwrap())
    .into();
    assert!(members.is_sorted(), "the order of the members: {}", ran.out);

    let events = std::fs::read_to_string(&events).unwrap();
    assert_eq!(events.lines().count(), 1);
    assert!(events.contains("[REDACTED]") && !events.contains("Ada"), "{events}");
    let withheld = std::fs::read_to_string(&letters).unwrap();
    assert_eq!(withheld.lines().count(), 1);
    assert!(withheld.contains(r#""kind":"withheld""#) && !withheld.contains("Grace"), "{withheld}");

    cdc(&[&once[..], &["--raw", "--yes"]].concat(), input.as_bytes()).ends_with(3);
    let raw = std::fs::read_to_string(&letters).unwrap();
    assert!(raw.contains("Grace"), "{raw}");
}
