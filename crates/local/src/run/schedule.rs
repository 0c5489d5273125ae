//! The schedule: invokes health-check now and then, as EventBridge does on AWS.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde::Deserialize;

use crate::{
    cloud::ACCOUNT,
    functions::{FunctionName, Functions},
};

/// How often it ticks. (`rate(1 minute)` on AWS; here somebody watches.)
const TICK: Duration = Duration::from_secs(5);

/// What health-check said, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// `healthy`, `degraded` or `unhealthy`.
    pub status: String,
    /// The components that are not healthy, each with what is wrong with it.
    pub ailing: Vec<(String, String)>,
}

/// The schedule, and what came of its last tick.
#[derive(Debug, Default)]
pub(super) struct Schedule(Mutex<Option<Health>>);

impl Schedule {
    /// What health-check last said.
    pub(super) fn latest(&self) -> Option<Health> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ticks for ever.
    pub(super) async fn run(&self, functions: &Functions, region: &str) {
        let mut ticks = tokio::time::interval(TICK);
        for number in 0u64.. {
            ticks.tick().await;
            let event = event(number, region, &functions.now());
            let answer = functions.invoke(FunctionName::HealthCheck, event.as_bytes()).await;
            let health = health(&answer.payload);
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(health);
        }
    }
}

/// The event of an EventBridge rule with a schedule (user guide, "Creating a rule that runs on a
/// schedule").
fn event(number: u64, region: &str, time: &str) -> String {
    let rule = format!("arn:aws:events:{region}:{ACCOUNT}:rule/health-check");
    serde_json::json!({
        "version": "0", "id": format!("00000000-0000-0000-0000-{number:012}"),
        "detail-type": "Scheduled Event", "source": "aws.events", "account": ACCOUNT,
        "time": time, "region": region, "resources": [rule], "detail": {},
    })
    .to_string()
}

#[derive(Deserialize)]
struct Answer {
    status: String,
    components: Vec<Component>,
}

#[derive(Deserialize)]
struct Component {
    name: String,
    status: String,
    detail: Option<String>,
}

fn health(answer: &[u8]) -> Health {
    let Ok(Answer { status, components }) = serde_json::from_slice(answer) else {
        let ailing = vec![("health-check".to_owned(), "gave no answer".to_owned())];
        return Health { status: "unhealthy".to_owned(), ailing };
    };
    let ailing = components.into_iter().filter(|component| component.status != "healthy");
    let told = |component: Component| (component.name, component.detail.unwrap_or_default());
    Health { status, ailing: ailing.map(told).collect() }
}
