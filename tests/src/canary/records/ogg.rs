//! Oracle GoldenGate.

use serde_json::json;

use super::{Becomes, Row, Seeded, Seeds};

pub(super) fn records(seeds: &mut Seeds) -> Vec<Seeded> {
    vec![change(seeds, "ogg update", "U"), change(seeds, "ogg delete", "D")]
}

fn change(seeds: &mut Seeds, name: &'static str, operation: &str) -> Seeded {
    let row = &mut Row::of(seeds, name);
    let mut record = json!({"table": "PDB1.CORE.people", "op_type": operation,
        "op_ts": row.words("op_ts"), "current_ts": row.words("current_ts"), "pos": row.words("pos"),
        "xid": row.words("xid"), "csn": row.words("csn"), "primary_keys": ["id"],
        "tokens": {"TK-USER": row.text("tokens.TK-USER"), "TK-OSUSER": row.text("tokens.TK-OSUSER")},
        "before": row.person("before", 50), "after": row.person("after", 50)});
    row.strangers(&mut record, "");
    Seeded::json(seeds, name, &record, Becomes::Events(1))
}
