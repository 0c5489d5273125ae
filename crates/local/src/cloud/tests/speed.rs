//! Nothing here may get slow with the number of events. Bounds are loose: a busy machine passes,
//! a quadratic step does not. `cargo test -p cdc-local -- --nocapture speed` prints the rates.

use std::time::{Duration, Instant};

use super::{cloud, put};

// 20,000 events take about a second on a quiet core without optimisation.
const PATIENCE: Duration = Duration::from_secs(60);

const EVENTS: usize = 20_000;

#[tokio::test]
async fn thousands_of_events_a_second_go_through_and_out() {
    let (cloud, _) = cloud().await;
    let config = cloud.sdk_config();
    let detail = format!(r#"{{"table":"users","after":{{"name":"{}"}}}}"#, "x".repeat(700));
    let details = [detail.as_str(); 10];
    let started = Instant::now();
    for _ in 0..EVENTS / details.len() {
        put(&config, &details).await.unwrap();
    }
    let put = started.elapsed();
    let started = Instant::now();
    let drained = cloud.queues().drain("cdc-subscriber").unwrap();
    let drain = started.elapsed();
    println!("put {EVENTS} in {put:?}, drained in {drain:?}");
    assert_eq!(drained.len(), EVENTS);
    assert!(put < PATIENCE && drain < Duration::from_secs(5), "{put:?} {drain:?}");
}
