//! The grammar as a table, what makes sense, and the draw.

use super::{
    Fault, FaultPlan, KINDS, Kind, PORTS, Port, SCOPES, Scope,
    plan::{Course, Fate},
};

#[test]
fn a_fault_is_read_and_written_back() {
    let cases = [
        ("put-events=throttle", "put-events=throttle:call"),
        ("put-events=throttle:entry", "put-events=throttle:entry"),
        ("put-events=throttle:entry:0.25", "put-events=throttle:entry:0.25"),
        ("put-events=refuse:0.5", "put-events=refuse:call:0.5"),
        ("put-events=fail:call:1", "put-events=fail:call"),
        ("put-events=fail:1.0", "put-events=fail:call"),
        ("ledger-read=lose-answer:0", "ledger-read=lose-answer:call:0"),
        ("ledger-write=late", "ledger-write=late:call"),
        ("dead-letter=hang:call:.5", "dead-letter=hang:call:0.5"),
        ("function=kill:0.01", "function=kill:call:0.01"),
        ("function=deadline", "function=deadline:call"),
        ("ledger-read=slow", "ledger-read=slow:call"),
    ];
    for (text, written) in cases {
        let fault = Fault::parse(text).unwrap();
        assert_eq!(fault.to_string(), written, "{text}");
        assert_eq!(written.parse::<Fault>().unwrap(), fault, "{text}");
    }
}

#[test]
fn a_text_that_is_no_fault_says_what_is_where_and_what_may_be() {
    const PORTS: &str = "one of put-events, ledger-read, ledger-write, dead-letter, function";
    const KINDS: &str =
        "one of throttle, refuse, fail, lose-answer, late, slow, hang, kill, deadline";
    const THIRD: &str = "entry, call or a probability from 0 to 1";
    let cases = [
        ("", 1, "no \"=\"", "PORT=KIND[:entry|:call][:PROBABILITY]"),
        ("throttle", 1, "no \"=\"", "PORT=KIND[:entry|:call][:PROBABILITY]"),
        ("put-event=throttle", 1, "\"put-event\"", PORTS),
        ("=throttle", 1, "\"\"", PORTS),
        ("put-events=", 12, "\"\"", KINDS),
        ("put-events=Throttle", 12, "\"Throttle\"", KINDS),
        ("put-events=throttle:all", 21, "\"all\"", THIRD),
        ("put-events=throttle:", 21, "\"\"", THIRD),
        ("put-events=throttle:2", 21, "\"2\"", THIRD),
        ("put-events=throttle:-0.1", 21, "\"-0.1\"", THIRD),
        ("put-events=throttle:nan", 21, "\"nan\"", THIRD),
        ("put-events=throttle:entry:1e-3", 27, "\"1e-3\"", "a probability from 0 to 1"),
        ("put-events=throttle:entry:", 27, "\"\"", "a probability from 0 to 1"),
        ("put-events=throttle:0.5:entry", 25, "\"entry\"", "nothing after the probability"),
        ("put-events=fail:call:1:1", 24, "\"1\"", "nothing after the probability"),
    ];
    for (text, column, found, expected) in cases {
        assert_eq!(
            Fault::parse(text).unwrap_err().to_string(),
            format!("fault \"{text}\", column {column}: found {found}, expected {expected}"),
        );
    }
}

/// What makes sense, by port and scope.
const SENSIBLE: [(&str, &str); 7] = [
    ("put-events:entry", "throttle refuse fail"),
    ("put-events:call", "throttle refuse fail lose-answer late slow hang"),
    ("ledger-read:call", "throttle refuse fail lose-answer late slow hang"),
    ("ledger-write:entry", "throttle"),
    ("ledger-write:call", "throttle refuse fail lose-answer late slow hang"),
    ("dead-letter:entry", "throttle refuse fail"),
    ("dead-letter:call", "throttle refuse fail lose-answer late slow hang"),
];
const OF_AN_INVOCATION: &str = "throttle fail lose-answer slow hang kill deadline";

#[test]
fn whatever_makes_no_sense_says_why_and_what_to_use_instead() {
    for (port_name, port) in PORTS {
        for ((kind_name, kind), (scope_name, scope)) in
            KINDS.into_iter().flat_map(|kind| SCOPES.map(|scope| (kind, scope)))
        {
            let fault = Fault { port, kind, scope, probability: 1.0 };
            let place = format!("{port_name}:{scope_name}");
            let sensible = match SENSIBLE.iter().find(|(of, _)| *of == place) {
                Some((_, kinds)) => kinds,
                None if place == "function:call" => OF_AN_INVOCATION,
                None => "",
            };
            let sensible = sensible.split(' ').any(|name| name == kind_name);
            match fault.supported() {
                Ok(()) => assert!(sensible, "{fault}"),
                Err(error) => {
                    let text = error.to_string();
                    assert!(!sensible, "{text}");
                    let begins = format!("fault \"{fault}\" makes no sense: ");
                    assert!(text.starts_with(&begins) && text.contains("; use "), "{text}");
                    assert_eq!(FaultPlan::new(vec![fault], 0).unwrap_err(), error);
                }
            }
        }
    }
}

fn plan(faults: &[&str], seed: u64) -> FaultPlan {
    let faults = faults.iter().map(|fault| Fault::parse(fault).unwrap()).collect();
    FaultPlan::new(faults, seed).unwrap()
}

#[test]
fn the_same_seed_and_calls_meet_the_same_faults() {
    let faults = ["put-events=throttle:entry:0.3", "put-events=lose-answer:0.2"];
    let draws = |seed| -> Vec<Fate> {
        let plan = plan(&faults, seed);
        (0..50).map(|_| plan.draw(Port::PutEvents, 10)).collect()
    };
    assert_eq!(draws(7), draws(7));
    assert_ne!(draws(7), draws(8));
}

#[test]
fn a_port_without_faults_draws_nothing() {
    let plan = plan(&["put-events=throttle:0.5"], 1);
    for _ in 0..20 {
        assert_eq!(plan.draw(Port::LedgerRead, 0), Fate::default());
    }
}

#[test]
fn about_as_many_entries_are_struck_as_the_probability_says() {
    let plan = plan(&["put-events=throttle:entry:0.3", "put-events=refuse:entry:1"], 3);
    let struck: usize = (0..1_000)
        .map(|_| {
            let fate = plan.draw(Port::PutEvents, 10);
            fate.entries.iter().filter(|e| **e == Some(Kind::Throttle)).count()
        })
        .sum();
    assert!((2_800..3_200).contains(&struck), "{struck}");
    let injected: Vec<u64> = plan.injected().into_iter().map(|(_, count)| count).collect();
    assert_eq!(injected, [struck as u64, 10_000 - struck as u64]);
}

#[test]
fn a_refused_call_strikes_no_entry_and_loses_no_answer() {
    let faults = ["put-events=fail", "put-events=throttle:entry", "put-events=lose-answer"];
    let plan = plan(&faults, 1);
    let fate = plan.draw(Port::PutEvents, 2);
    assert_eq!(fate, Fate { call: Course::Refused(Kind::Fail), entries: vec![None, None] });
    let counts: Vec<(Scope, u64)> =
        plan.injected().into_iter().map(|(fault, count)| (fault.scope, count)).collect();
    assert_eq!(counts, [(Scope::Call, 1), (Scope::Entry, 0), (Scope::Call, 0)]);
}

#[test]
fn what_is_not_done_cannot_be_late_or_lost() {
    for first in ["put-events=late", "put-events=lose-answer", "put-events=slow"] {
        let plan = plan(&[first, "put-events=hang"], 1);
        assert_eq!(plan.draw(Port::PutEvents, 0).call, Course::Hangs, "{first}");
        let counts: Vec<u64> = plan.injected().into_iter().map(|(_, count)| count).collect();
        assert_eq!(counts, [0, 1], "{first}");
    }
}

#[test]
fn an_invocation_dies_at_any_of_its_calls() {
    let plan = plan(&["function=kill"], 1);
    // A read, three requests of ten, a write; each before or after.
    let event = format!(r#"{{"Records": [{}1]}}"#, "1, ".repeat(20));
    let deaths = (0..200).map(|_| format!("{:?}", plan.invocation(event.as_bytes())));
    let different: std::collections::BTreeSet<String> = deaths.collect();
    assert_eq!(different.len(), 10, "{different:?}");
    assert_eq!(plan.injected()[0].1, 200);
}

#[test]
fn a_late_request_arrives_with_any_of_the_next_calls() {
    let plan = plan(&["ledger-write=late"], 1);
    let mut with: Vec<u32> = (0..200)
        .map(|_| match plan.draw(Port::LedgerWrite, 0).call {
            Course::Late { calls } => calls,
            other => panic!("{other:?}"),
        })
        .collect();
    with.sort_unstable();
    with.dedup();
    assert_eq!(with, [1, 2, 3, 4, 5, 6]);
}
