//! What a check comes to as CloudWatch metrics: one line, under the pipeline's name.

use cdc_aws::function::emf::{Metrics, Unit};
use jiff::Timestamp;

use crate::{
    answer::millis,
    component::{Component, Measure, Status},
};

/// The namespace of all the pipeline's metrics.
const NAMESPACE: &str = "CDC";

/// The line of a check. What was not looked at has no figures.
pub(crate) fn line(
    pipeline: &str,
    status: Status,
    components: &[Component],
    at: Timestamp,
) -> Option<String> {
    let mut metrics = Metrics::new(NAMESPACE, at).dimension("Pipeline", pipeline);
    metrics.put("Healthy", Unit::None, (status == Status::Healthy).into());
    metrics.put("Unhealthy", Unit::None, (status == Status::Unhealthy).into());
    for component in components.iter().filter(|component| component.judged) {
        let name = component.part.metric();
        let healthy = component.status == Status::Healthy;
        metrics.put(format!("{name}Healthy"), Unit::None, healthy.into());
        metrics.put(format!("{name}Latency"), Unit::Milliseconds, millis(component.latency));
        for measure in &component.measures {
            let (name, unit, value) = match *measure {
                Measure::DeadLetters(count) => ("DeadLetters", Unit::Count, count),
                Measure::DeadLetterAge(seconds) => ("DeadLetterAge", Unit::Seconds, seconds),
                Measure::CheckpointLag(seconds) => ("CheckpointLag", Unit::Seconds, seconds),
            };
            metrics.put(name, unit, value);
        }
    }
    metrics.line()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::line;
    use crate::component::{
        Component, Measure, Part,
        Status::{self, Degraded, Healthy, Unhealthy},
    };

    fn component(part: Part, status: Status, measures: Vec<Measure>) -> Component {
        let judged = part != Part::Checkpoints;
        let (detail, latency) = ("secret".to_owned(), Duration::from_millis(7));
        Component { part, status, detail, latency, judged, measures }
    }

    fn metrics(status: Status) -> Value {
        let letters = vec![Measure::DeadLetters(3), Measure::DeadLetterAge(60)];
        let components = [
            component(Part::Bus, Healthy, vec![]),
            component(Part::StateTable, Unhealthy, vec![]),
            component(Part::DeadLetterQueue, Degraded, letters),
            component(Part::Checkpoints, Healthy, vec![]),
        ];
        let at = "2024-01-15T10:30:00Z".parse().unwrap();
        serde_json::from_str(&line("coredb", status, &components, at).unwrap()).unwrap()
    }

    #[test]
    fn a_check_is_one_line_of_figures() {
        let mut found = metrics(Degraded);
        let aws = found.as_object_mut().unwrap().remove("_aws").unwrap();
        assert_eq!(
            found,
            json!({"Pipeline": "coredb", "Healthy": 0, "Unhealthy": 0,
                "BusHealthy": 1, "BusLatency": 7, "StateTableHealthy": 0, "StateTableLatency": 7,
                "DeadLetterQueueHealthy": 0, "DeadLetterQueueLatency": 7,
                "DeadLetters": 3, "DeadLetterAge": 60})
        );
        assert_eq!(aws["CloudWatchMetrics"][0]["Namespace"], "CDC");
        assert_eq!(aws["CloudWatchMetrics"][0]["Dimensions"], json!([["Pipeline"]]));
    }

    #[test]
    fn the_verdict_is_two_figures_to_alarm_on() {
        for (status, healthy, unhealthy) in [(Healthy, 1, 0), (Degraded, 0, 0), (Unhealthy, 0, 1)] {
            let found = metrics(status);
            assert_eq!(
                (&found["Healthy"], &found["Unhealthy"]),
                (&json!(healthy), &json!(unhealthy))
            );
        }
    }
}
