//! Calls that nobody answers: their callers give up here at once, as others do when their time is
//! over. And the death of whoever makes calls.

use std::{future::Future, time::Duration};

use aws_config::SdkConfig;

use super::{accepted, cloud, put};
use crate::cloud::{
    Cloud,
    fault::{Death, Fault, FaultPlan},
};

fn faulty(cloud: &Cloud, fault: &str) -> (SdkConfig, FaultPlan) {
    let plan = FaultPlan::new(vec![Fault::parse(fault).unwrap()], 1).unwrap();
    (cloud.sdk_config_with(plan.wrap(cloud.http_client())), plan)
}

/// Makes a call as far as it goes by itself, and gives up.
async fn given_up(call: impl Future) -> bool {
    tokio::time::timeout(Duration::ZERO, call).await.is_err()
}

#[tokio::test]
async fn a_call_that_hangs_is_not_answered_and_does_nothing() {
    let (cloud, _) = cloud().await;
    let (config, plan) = faulty(&cloud, "put-events=hang");
    assert!(given_up(put(&config, &["{}"])).await);
    plan.all_arrived().await;
    assert_eq!((accepted(&cloud).len(), plan.injected()[0].1), (0, 1));
}

#[tokio::test]
async fn a_late_call_is_done_once_it_was_given_up_with_a_later_one() {
    const CALLS: usize = 12;
    let (cloud, _) = cloud().await;
    let (config, plan) = faulty(&cloud, "put-events=late");
    for n in 0..CALLS {
        assert!(given_up(put(&config, &[format!(r#"{{"n":{n}}}"#).as_str()])).await);
        if n == 0 {
            assert_eq!(accepted(&cloud).len(), 0, "with a later call");
        }
    }
    while accepted(&cloud).is_empty() {
        tokio::task::yield_now().await;
    }
    plan.all_arrived().await;
    let mut details = accepted(&cloud);
    assert!(!details.is_sorted(), "one passed another: {details:?}");
    details.sort_unstable();
    details.dedup();
    assert_eq!((details.len(), accepted(&cloud).len()), (CALLS, CALLS), "each once");
}

#[tokio::test]
async fn a_slow_call_is_answered() {
    let (cloud, _) = cloud().await;
    let (config, plan) = faulty(&cloud, "put-events=slow");
    assert!(given_up(put(&config, &["{}"])).await, "not at once");
    assert_eq!(put(&config, &["{}"]).await.unwrap().failed_entry_count(), 0);
    assert_eq!(plan.injected()[0].1, 2);
}

/// A life of four calls, each with a number of its own.
async fn four_calls(config: &SdkConfig) {
    for n in 1..=4 {
        put(config, &[format!(r#"{{"n":{n}}}"#).as_str()]).await.unwrap();
    }
}

#[tokio::test]
async fn a_process_dies_before_or_after_a_call_and_what_it_sent_takes_effect() {
    for (call, after, lives, made) in [
        (1, false, false, 0),
        (1, true, false, 1),
        (3, false, false, 2),
        (3, true, false, 3),
        (5, false, true, 4),
    ] {
        let (cloud, _) = cloud().await;
        let (config, plan) = faulty(&cloud, "put-events=fail:0");
        let death = Death::at(call, after);
        let end = death.of(four_calls(&config)).await;
        assert_eq!(end.is_some(), lives, "call {call}, after: {after}");
        plan.all_arrived().await;
        assert_eq!(accepted(&cloud).len(), made, "call {call}, after: {after}");
    }
}

#[tokio::test]
async fn others_live_on_beside_a_process_that_dies() {
    let (cloud, _) = cloud().await;
    let (config, _) = faulty(&cloud, "put-events=fail:0");
    let death = Death::at(1, false);
    let (dead, ()) = tokio::join!(death.of(four_calls(&config)), four_calls(&config));
    assert!(dead.is_none());
    assert_eq!(accepted(&cloud).len(), 4);
}
