//! The rules of all buses, compiled: which queues an event goes to.
//!
//! Made anew whenever a rule or a target changes, never for an event. Only queues of this account
//! and region are delivered to; a target of another kind, an input transformer and an unusable
//! pattern are told in the log once, when the rules are compiled.

use std::collections::BTreeMap;

use quamina::{Quamina, QuaminaError};
use winterbaume_eventbridge::views::{EventsStateView, RuleView, TargetView};

use super::pattern::{self, PatternError};

/// Why a rule can't be compiled.
#[derive(Debug, thiserror::Error)]
pub(super) enum RuleError {
    #[error(transparent)]
    Pattern(#[from] PatternError),
    #[error("the matcher refuses the pattern")]
    Matcher(#[source] QuaminaError),
}

/// A queue and what it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) queue: String,
    pub(super) body: Body,
}

/// What of an event a target gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body {
    Event,
    Detail,
    Constant(String),
}

/// The compiled rules of all buses.
#[derive(Default)]
pub(super) struct RuleBook {
    buses: BTreeMap<String, BusRules>,
}

struct BusRules {
    // A pattern's id is the place of its rule in `targets`.
    matcher: Quamina<usize>,
    targets: Vec<Vec<Target>>,
}

impl RuleBook {
    /// Compiles what the control plane holds. `queue_arns` begins every queue of this account.
    pub(super) fn compile(view: &EventsStateView, queue_arns: &str) -> Self {
        let mut book = Self::default();
        for name in view.event_buses.keys() {
            book.buses.insert(name.clone(), BusRules { matcher: Quamina::new(), targets: vec![] });
        }
        // In the order of their names, so that two runs deliver in the same order.
        let mut rules: Vec<&RuleView> = view.rules.values().collect();
        rules.sort_by(|a, b| a.name.cmp(&b.name));
        for rule in rules {
            book.add(rule, queue_arns);
        }
        book
    }

    fn add(&mut self, rule: &RuleView, queue_arns: &str) {
        let Some(bus) = self.buses.get_mut(&rule.event_bus_name) else { return };
        let Some(pattern) = rule.event_pattern.as_deref().filter(|_| rule.state == "ENABLED")
        else {
            return;
        };
        let id = bus.targets.len();
        if let Err(error) = add_pattern(&mut bus.matcher, id, pattern) {
            tracing::warn!(rule = rule.name, %error, "the rule matches nothing");
            // Part of the pattern may have been taken under this id: it leads nowhere.
            bus.targets.push(Vec::new());
            return;
        }
        let targets = rule.targets.iter().filter_map(|t| target(&rule.name, t, queue_arns));
        bus.targets.push(targets.collect());
    }

    /// The targets of an event, in the order of their rules. `None` where there is no such bus.
    pub(super) fn route(
        &self,
        bus: &str,
        event: &str,
    ) -> Option<Result<Vec<&Target>, QuaminaError>> {
        let rules = self.buses.get(bus)?;
        if rules.targets.is_empty() {
            return Some(Ok(Vec::new()));
        }
        Some(rules.matcher.matches_for_event(event.as_bytes()).map(|mut matched| {
            matched.sort_unstable();
            matched.dedup();
            matched.into_iter().flat_map(|id| &rules.targets[id]).collect()
        }))
    }
}

/// Whether a pattern can be used; the control plane asks before it takes a rule.
pub(super) fn check(pattern: &str) -> Result<(), RuleError> {
    add_pattern(&mut Quamina::new(), 0, pattern)
}

fn add_pattern(matcher: &mut Quamina<usize>, id: usize, pattern: &str) -> Result<(), RuleError> {
    for pattern in pattern::expand(pattern)? {
        matcher.add_pattern(id, &pattern).map_err(RuleError::Matcher)?;
    }
    Ok(())
}

fn target(rule: &str, target: &TargetView, queue_arns: &str) -> Option<Target> {
    let queue = target.arn.strip_prefix(queue_arns).filter(|queue| !queue.is_empty());
    let body = match (&target.input, target.input_path.as_deref()) {
        (Some(constant), _) => Some(Body::Constant(constant.clone())),
        (None, None | Some("$")) => Some(Body::Event),
        (None, Some("$.detail")) => Some(Body::Detail),
        (None, Some(_)) => None,
    };
    let Some((queue, body)) = queue.zip(body) else {
        tracing::warn!(
            rule,
            target = target.id,
            arn = target.arn,
            "the target gets no events here"
        );
        return None;
    };
    Some(Target { queue: queue.to_owned(), body })
}
