//! The bus: whether it is there, and whether it takes an event.

use cdc_core::delivery::{BusCode, CallError, Delivery};

use super::failed;
use crate::component::{Finding, Part, Status};

/// Judges the bus. `put` is what became of the schedule's event, where one was put. That alone would
/// not do: `PutEvents` answers well for a bus that does not exist.
pub(crate) fn bus(
    asked: Result<(), CallError>,
    put: Option<Result<Vec<Delivery>, CallError>>,
) -> Finding {
    if let Err(error) = asked {
        return failed(Part::Bus, &error);
    }
    match put {
        None => Finding::new(Status::Healthy, "there; only the schedule puts an event on it"),
        Some(Err(error)) => failed(Part::Bus, &error),
        Some(Ok(deliveries)) => took(&deliveries),
    }
}

fn took(deliveries: &[Delivery]) -> Finding {
    let refused = deliveries.iter().find_map(|delivery| match delivery {
        Delivery::Accepted => None,
        Delivery::Refused(code) => Some(code),
    });
    match refused {
        None => Finding::new(Status::Healthy, "took a CDC.HealthCheck event"),
        Some(code) => {
            let status = match code {
                BusCode::Throttling => Status::Degraded,
                _ => Status::Unhealthy,
            };
            let detail = format!(
                "refused the CDC.HealthCheck event ({code}); the pipeline's events fare the same: \
                 check the bus's policy, its key and the account's limits"
            );
            Finding::new(status, detail)
        }
    }
}

#[cfg(test)]
mod tests {
    use cdc_core::delivery::{BusCode, CallError, CallErrorKind, Delivery};

    use super::bus;
    use crate::component::Status::{self, Degraded, Healthy, Unhealthy};

    type Put = Option<Result<Vec<Delivery>, CallError>>;

    fn check(asked: Result<(), CallErrorKind>, put: Put, status: Status, says: &str) {
        let asked = asked.map_err(|kind| CallError::new("DescribeEventBus", kind, None));
        let finding = bus(asked, put);
        assert_eq!(finding.status, status, "{finding:?}");
        assert!(finding.detail.contains(says), "{finding:?} should say {says}");
    }

    #[test]
    fn a_bus_is_well_once_it_is_there_and_takes_what_is_put() {
        let put = |code| Some(Ok(vec![Delivery::Refused(code)]));
        let throttled = CallError::new("PutEvents", CallErrorKind::Throttled, None);
        check(Ok(()), None, Healthy, "there");
        check(Ok(()), Some(Ok(vec![Delivery::Accepted])), Healthy, "took");
        check(Ok(()), put(BusCode::Throttling), Degraded, "ThrottlingException");
        check(Ok(()), put(BusCode::AccessDenied), Unhealthy, "AccessDeniedException");
        check(Ok(()), put(BusCode::Unknown("New".into())), Unhealthy, "(New)");
        check(Ok(()), Some(Err(throttled)), Degraded, "PutEvents failed: throttled");
    }

    #[test]
    fn a_bus_that_is_not_there_is_unhealthy_although_it_takes_events() {
        let took = Some(Ok(vec![Delivery::Accepted]));
        check(Err(CallErrorKind::Denied), took, Unhealthy, "check EVENT_BUS_NAME");
    }
}
