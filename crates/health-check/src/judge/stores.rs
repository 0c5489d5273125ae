//! Stream and tables: whether they are there, in use, and of the right make.

use cdc_aws::probes::{Shards, Standing, StreamState, TableState};
use cdc_core::delivery::CallError;

use super::{counted, failed};
use crate::component::{Finding, Part, Status};

/// Judges the stream by its state and the list of its open shards.
pub(crate) fn stream(
    state: Result<StreamState, CallError>,
    shards: Result<Shards, CallError>,
) -> Finding {
    let (state, shards) = match (state, shards) {
        (Ok(state), Ok(shards)) => (state, shards),
        (Err(error), _) | (_, Err(error)) => return failed(Part::Stream, &error),
    };
    let Some(finding) = unusable(state.standing) else {
        let open = counted(shards.open.len(), "open shard");
        return Finding::new(Status::Healthy, format!("{}, {open}", state.standing));
    };
    finding
}

/// Judges a table. `keys`: how many it has to have. `expires`: whether its items expire, where they
/// have to.
pub(crate) fn table(
    part: Part,
    keys: usize,
    state: Result<TableState, CallError>,
    expires: Option<Result<bool, CallError>>,
) -> Finding {
    let (state, expires) = match (state, expires.transpose()) {
        (Ok(state), Ok(expires)) => (state, expires),
        (Err(error), _) | (_, Err(error)) => return failed(part, &error),
    };
    if let Some(finding) = unusable(state.standing) {
        return finding;
    }
    if state.keys != Some(keys) {
        let wanted = if keys == 1 { "pk" } else { "pk and sk" };
        let detail =
            format!("its key is not {wanted}, as text: nothing can be written to it; make it anew");
        return Finding::new(Status::Unhealthy, detail);
    }
    if expires == Some(false) {
        let detail =
            "claims never expire: switch on the table's time to live, by the attribute ttl";
        return Finding::new(Status::Degraded, detail);
    }
    Finding::new(Status::Healthy, state.standing.to_string())
}

fn unusable(standing: Standing) -> Option<Finding> {
    let detail = || format!("is {standing}: it can be neither read nor written");
    (!standing.is_usable()).then(|| Finding::new(Status::Unhealthy, detail()))
}

#[cfg(test)]
mod tests {
    use cdc_aws::probes::{
        Shards,
        Standing::{self, Active, Creating, Deleting, Unusable, Updating},
        StreamState, TableState,
    };
    use cdc_core::delivery::{CallError, CallErrorKind};

    use super::{stream, table};
    use crate::component::{
        Finding, Part,
        Status::{self, Degraded, Healthy, Unhealthy},
    };

    fn check(finding: &Finding, status: Status, says: &str) {
        assert_eq!(finding.status, status, "{finding:?}");
        assert!(finding.detail.contains(says), "{finding:?} should say {says}");
    }

    fn error(operation: &'static str, kind: CallErrorKind) -> CallError {
        CallError::new(operation, kind, None)
    }

    #[test]
    fn a_stream_is_well_while_it_can_be_used() {
        let found = |standing| {
            let state = StreamState { standing, open_shards: 2 };
            let shards = Shards { open: vec!["a".into(), "b".into()], closed: vec![] };
            stream(Ok(state), Ok(shards))
        };
        check(&found(Active), Healthy, "ACTIVE, 2 open shards");
        check(&found(Updating), Healthy, "UPDATING, 2 open shards");
        check(&found(Creating), Unhealthy, "is CREATING");
        check(&found(Deleting), Unhealthy, "is DELETING");
        let state = StreamState { standing: Active, open_shards: 2 };
        let shards = Err(error("ListShards", CallErrorKind::Throttled));
        check(&stream(Ok(state), shards), Degraded, "ListShards");
        let state = Err(error("DescribeStreamSummary", CallErrorKind::Denied));
        check(&stream(state, Ok(Shards::default())), Unhealthy, "KINESIS_STREAM_NAME");
    }

    fn checkpoint_table(standing: Standing, keys: Option<usize>, expires: bool) -> Finding {
        let state = TableState { standing, keys };
        table(Part::CheckpointTable, 2, Ok(state), Some(Ok(expires)))
    }

    #[test]
    fn a_table_is_well_while_it_can_be_used_and_has_its_keys() {
        check(&checkpoint_table(Active, Some(2), true), Healthy, "ACTIVE");
        check(&checkpoint_table(Updating, Some(2), true), Healthy, "UPDATING");
        check(&checkpoint_table(Unusable, Some(2), true), Unhealthy, "is unusable");
        check(&checkpoint_table(Active, Some(1), true), Unhealthy, "not pk and sk");
        check(&checkpoint_table(Active, None, true), Unhealthy, "not pk and sk");
        check(&checkpoint_table(Active, Some(2), false), Degraded, "never expire");
        let state = |keys| Ok(TableState { standing: Active, keys });
        check(&table(Part::StateTable, 1, state(Some(1)), None), Healthy, "ACTIVE");
        check(&table(Part::StateTable, 1, state(Some(2)), None), Unhealthy, "not pk,");
        let failed = Err(error("DescribeTable", CallErrorKind::Unavailable));
        check(&table(Part::StateTable, 1, failed, None), Unhealthy, "no usable answer");
        let expiry = Some(Err(error("DescribeTimeToLive", CallErrorKind::Throttled)));
        let found = table(Part::CheckpointTable, 2, state(Some(2)), expiry);
        check(&found, Degraded, "DescribeTimeToLive");
    }
}
