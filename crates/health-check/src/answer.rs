//! The answer, as JSON text.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::component::{Component, Status};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    status: &'static str,
    checked_at: String,
    components: Vec<Told<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    name: &'static str,
    status: &'static str,
    latency_ms: u64,
    detail: &'a str,
}

/// What a function URL makes an HTTP answer of.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http {
    status_code: u16,
    headers: Headers,
    body: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Headers {
    content_type: &'static str,
    cache_control: &'static str,
}

/// The verdict and what it rests on.
pub(crate) fn answer(status: Status, components: &[Component], checked_at: Timestamp) -> String {
    let told = |component| {
        let Component { part, status, detail, latency, .. }: &Component = component;
        let latency_ms = millis(*latency);
        Told { name: part.as_str(), status: status.as_str(), latency_ms, detail }
    };
    json(&Answer {
        status: status.as_str(),
        checked_at: format!("{checked_at:.3}"),
        components: components.iter().map(told).collect(),
    })
}

/// The same for who asks by HTTP: monitors go by the status code.
pub(crate) fn over_http(status: Status, body: String) -> String {
    let status_code = if status == Status::Unhealthy { 503 } else { 200 };
    let headers = Headers { content_type: "application/json", cache_control: "no-store" };
    json(&Http { status_code, headers, body })
}

/// Whole milliseconds.
pub(crate) fn millis(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}

fn json(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).expect("an answer has texts and numbers only")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{answer, over_http};
    use crate::component::{Component, Part, Status};

    #[test]
    fn an_answer_has_the_verdict_the_time_and_the_components() {
        let component = Component {
            part: Part::Bus,
            status: Status::Degraded,
            detail: "a \"b\"".to_owned(),
            latency: Duration::from_micros(12_900),
            judged: true,
            measures: Vec::new(),
        };
        let at = "2024-01-15T10:30:00.1239Z".parse().unwrap();
        let body = answer(Status::Degraded, &[component], at);
        assert_eq!(
            body,
            r#"{"status":"degraded","checkedAt":"2024-01-15T10:30:00.123Z","components":[{"name":"bus","status":"degraded","latencyMs":12,"detail":"a \"b\""}]}"#
        );
    }

    #[test]
    fn over_http_the_status_code_says_whether_it_works() {
        for (status, code) in
            [(Status::Healthy, 200), (Status::Degraded, 200), (Status::Unhealthy, 503)]
        {
            assert_eq!(
                over_http(status, "{}".to_owned()),
                format!(
                    r#"{{"statusCode":{code},"headers":{{"content-type":"application/json","cache-control":"no-store"}},"body":"{{}}"}}"#
                )
            );
        }
    }
}
