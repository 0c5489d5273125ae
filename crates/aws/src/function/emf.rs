//! Metrics in CloudWatch's embedded metric format: a JSON object on a line of its own, out of which
//! CloudWatch Logs makes metrics (CloudWatch user guide, "Specification: Embedded metric format").
//!
//! Keeps to the format's limits, so that a line is never ignored: at most 100 metrics a directive, 30
//! dimensions, no empty dimension. Ids are no dimensions: each value is a metric of its own, and is
//! paid for as one. Writes nothing anywhere: who prints, decides.

use cdc_core::failure::shown;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Most metrics of one directive; a line has as many directives as it needs.
const METRICS_MAX: usize = 100;

/// Most dimensions of a metric.
const DIMENSIONS_MAX: usize = 30;

/// The unit of a metric, by CloudWatch's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are CloudWatch's own")]
pub enum Unit {
    Count,
    Milliseconds,
    Seconds,
    /// A figure without a unit, such as 0 or 1.
    None,
}

impl Unit {
    fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
            Self::Seconds => "Seconds",
            Self::None => "None",
        }
    }
}

/// Metrics of one moment, all under the same dimensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    namespace: &'static str,
    at: Timestamp,
    dimensions: Vec<(&'static str, String)>,
    metrics: Vec<(String, Unit, u64)>,
}

impl Metrics {
    /// No metrics yet.
    #[must_use]
    pub fn new(namespace: &'static str, at: Timestamp) -> Self {
        Self { namespace, at, dimensions: Vec::new(), metrics: Vec::new() }
    }

    /// Adds a dimension to all metrics. The value is escaped and cut; an empty one, or a dimension
    /// beyond the format's limit, is left out.
    #[must_use]
    pub fn dimension(mut self, name: &'static str, value: &str) -> Self {
        if !value.is_empty() && self.dimensions.len() < DIMENSIONS_MAX {
            self.dimensions.push((name, shown(value)));
        }
        self
    }

    /// Adds a metric. Its name is one of the program's own, and differs from the other metrics' and
    /// dimensions': all of them are members of one object.
    pub fn put(&mut self, name: impl Into<String>, unit: Unit, value: u64) {
        self.metrics.push((name.into(), unit, value));
    }

    /// The line, without its end. None where there is no metric.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        if self.metrics.is_empty() {
            return None;
        }
        let directives: Vec<Value> =
            self.metrics.chunks(METRICS_MAX).map(|metrics| self.directive(metrics)).collect();
        let mut line = Map::new();
        let timestamp = self.at.as_millisecond();
        line.insert(
            "_aws".to_owned(),
            json!({"Timestamp": timestamp, "CloudWatchMetrics": directives}),
        );
        for (name, value) in &self.dimensions {
            line.insert((*name).to_owned(), value.as_str().into());
        }
        for (name, _, value) in &self.metrics {
            line.insert(name.clone(), (*value).into());
        }
        Some(Value::Object(line).to_string())
    }

    fn directive(&self, metrics: &[(String, Unit, u64)]) -> Value {
        let names: Vec<&str> = self.dimensions.iter().map(|(name, _)| *name).collect();
        let metrics: Vec<Value> = metrics
            .iter()
            .map(|(name, unit, _)| json!({"Name": name, "Unit": unit.as_str()}))
            .collect();
        json!({"Namespace": self.namespace, "Dimensions": [names], "Metrics": metrics})
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::{Metrics, Unit};

    fn at() -> Timestamp {
        Timestamp::from_millisecond(1_705_314_600_123).unwrap()
    }

    fn parsed(metrics: &Metrics) -> Value {
        let line = metrics.line().unwrap();
        assert!(!line.contains('\n'), "one line");
        serde_json::from_str(&line).unwrap()
    }

    #[test]
    fn a_line_has_the_metadata_the_dimensions_and_the_values() {
        let mut metrics = Metrics::new("CDC", at()).dimension("Pipeline", "coredb");
        metrics.put("Healthy", Unit::None, 1);
        metrics.put("BusLatency", Unit::Milliseconds, 12);
        metrics.put("DeadLetters", Unit::Count, 3);
        metrics.put("CheckpointLag", Unit::Seconds, u64::MAX);
        let expected = json!({
            "_aws": {
                "Timestamp": 1_705_314_600_123_u64,
                "CloudWatchMetrics": [{
                    "Namespace": "CDC", "Dimensions": [["Pipeline"]],
                    "Metrics": [
                        {"Name": "Healthy", "Unit": "None"},
                        {"Name": "BusLatency", "Unit": "Milliseconds"},
                        {"Name": "DeadLetters", "Unit": "Count"},
                        {"Name": "CheckpointLag", "Unit": "Seconds"},
                    ],
                }],
            },
            "Pipeline": "coredb", "Healthy": 1, "BusLatency": 12, "DeadLetters": 3,
            "CheckpointLag": u64::MAX,
        });
        assert_eq!(parsed(&metrics), expected);
    }

    #[test]
    fn a_directive_has_a_hundred_metrics_at_most_and_every_one_has_its_value() {
        for (count, directives) in [(1, vec![1]), (100, vec![100]), (101, vec![100, 1])] {
            let mut metrics = Metrics::new("CDC", at()).dimension("Pipeline", "coredb");
            (0..count).for_each(|number| metrics.put(format!("M{number}"), Unit::Count, number));
            let line = parsed(&metrics);
            let found = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
            let named: Vec<&Value> =
                found.iter().flat_map(|one| one["Metrics"].as_array().unwrap()).collect();
            let sizes: Vec<usize> =
                found.iter().map(|one| one["Metrics"].as_array().unwrap().len()).collect();
            assert_eq!(sizes, directives);
            for metric in named {
                assert!(line[metric["Name"].as_str().unwrap()].is_u64(), "{metric}");
            }
        }
    }

    #[test]
    fn dimensions_are_bounded_and_never_empty() {
        let long = "x\n".repeat(2000);
        let metrics = Metrics::new("CDC", at()).dimension("Empty", "").dimension("Long", &long);
        let mut metrics = (0..40).fold(metrics, |metrics, _| metrics.dimension("Many", "m"));
        metrics.put("Healthy", Unit::None, 0);
        let line = parsed(&metrics);
        let names = line["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0].as_array().unwrap();
        assert_eq!((names.len(), &names[0]), (30, &json!("Long")));
        let long = line["Long"].as_str().unwrap();
        assert!(long.len() < 1024 && !long.contains('\n'), "{long}");
    }

    #[test]
    fn without_metrics_there_is_no_line() {
        assert_eq!(Metrics::new("CDC", at()).dimension("Pipeline", "coredb").line(), None);
    }
}
