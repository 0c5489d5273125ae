//! The verdict over all components: the whole is as bad as the worst of them makes it.
//!
//! This is the one place that says what of the pipeline is vital; `docs/lambdas/health-check.md`
//! says the same in prose.

use crate::component::{Component, Part, Status};

/// How the pipeline is, given its components.
#[must_use]
pub fn verdict(components: &[Component]) -> Status {
    let effect = |component: &Component| component.status.min(worst(component.part));
    components.iter().map(effect).max().unwrap_or(Status::Healthy)
}

/// The worst that a component can make of the whole. Without a `_` arm: a new one has to choose.
fn worst(part: Part) -> Status {
    match part {
        Part::Bus
        | Part::Stream
        | Part::CheckpointTable
        | Part::DeadLetterQueue
        | Part::Checkpoints => Status::Unhealthy,
        // Other processors keep their documents there; events flow without it.
        Part::StateTable => Status::Degraded,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::verdict;
    use crate::component::{
        Component,
        Part::{self, Bus, CheckpointTable, Checkpoints, DeadLetterQueue, StateTable, Stream},
        Status::{self, Degraded, Healthy, Unhealthy},
    };

    /// All components healthy but these.
    fn check(but: &[(Part, Status)], expected: Status) {
        let status = |part| but.iter().find(|(one, _)| *one == part).map_or(Healthy, |(_, s)| *s);
        let component = |part| Component {
            part,
            status: status(part),
            detail: String::new(),
            latency: Duration::ZERO,
            judged: true,
            measures: Vec::new(),
        };
        let mut components = Part::ALL.map(component).to_vec();
        assert_eq!(verdict(&components), expected, "{but:?}");
        components.reverse();
        assert_eq!(verdict(&components), expected, "{but:?}, in any order");
    }

    #[test]
    fn the_worst_component_decides() {
        check(&[], Healthy);
        for part in Part::ALL {
            check(&[(part, Degraded)], Degraded);
        }
        check(&[(Bus, Degraded), (Stream, Unhealthy)], Unhealthy);
        check(&[(Bus, Degraded), (Checkpoints, Degraded)], Degraded);
    }

    #[test]
    fn what_the_pipeline_needs_makes_it_unhealthy_and_the_rest_degraded() {
        for part in [Bus, Stream, CheckpointTable, DeadLetterQueue, Checkpoints] {
            check(&[(part, Unhealthy)], Unhealthy);
        }
        check(&[(StateTable, Unhealthy)], Degraded);
        check(&[(StateTable, Unhealthy), (Bus, Unhealthy)], Unhealthy);
    }

    #[test]
    fn nothing_to_judge_is_nothing_wrong() {
        assert_eq!(verdict(&[]), Healthy);
    }
}
