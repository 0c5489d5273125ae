//! A seeded database, its changes as two producers write them, and the events that the real
//! pipeline makes of them.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use cdc_core::{
    pipeline::{IdKey, Pipeline, Preparer, Work},
    record::{RawRecord, SequenceNumber, Shard, expand},
    rules::{ConfigFile, Rules},
};
use cdc_simulation::{Keys, State};

const CONFIG: &str = "
version: 1
pipeline: test
unlisted_tables: reject
tables:
  users: {keys: [id], include: [id, name, status, bio]}
  accounts: {keys: [id], include: [id, name, status, bio]}
  log: {keys: none, include: [line]}
";

const COLUMNS: [&str; 3] = ["name", "status", "bio"];

/// Keys of a table: few, so that rows are deleted, made anew and moved onto each other's places.
const KEYS: usize = 5;

/// So that numbers of two and of three digits meet.
const FIRST_NUMBER: usize = 80;

/// A small generator (SplitMix64), so that a seed is all there is to a world.
#[derive(Clone)]
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

/// What an UPDATE tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Images {
    /// The whole row.
    Whole,
    /// What changed, and perhaps more; an INSERT leaves columns out that the row does not have.
    Parts,
}

/// One event's detail as it is published at first, and as a replay has it.
pub(super) struct Event {
    pub(super) first: String,
    pub(super) replayed: String,
}

/// What happened, and what the tables hold in the end.
pub(super) struct History {
    pub(super) events: Vec<Event>,
    pub(super) truth: State,
}

type Columns = BTreeMap<&'static str, String>;

/// A table, and which of the two producers writes its changes.
struct Table {
    name: &'static str,
    rows: BTreeMap<usize, Columns>,
    debezium: bool,
}

struct Database<'c> {
    chance: &'c mut Chance,
    images: Images,
    lsn: usize,
    values: usize,
}

/// The pipeline of the first try, and that of a replay.
pub(super) static FIRST: LazyLock<Pipeline> = LazyLock::new(|| pipeline(false));
static AGAIN: LazyLock<Pipeline> = LazyLock::new(|| pipeline(true));

fn pipeline(replay: bool) -> Pipeline {
    let file = ConfigFile { path: "test.yaml".into(), text: CONFIG.into() };
    let rules = Rules::parse(&[file]).unwrap_or_else(|problems| panic!("{problems}")).rules;
    Pipeline {
        buckets: cdc_core::claim_check::Buckets::default(),
        rules: Arc::new(rules),
        id_key: IdKey::new(&[7; 32]).unwrap(),
        event_source: "cdc-pipeline".into(),
        replay,
    }
}

/// The details that the pipeline publishes for one record of a stream.
pub(super) fn details(pipeline: &Pipeline, number: usize, data: &str) -> Vec<String> {
    let shard = Shard {
        stream_arn: "arn:aws:kinesis:us-east-1:123456789012:stream/coredb".into(),
        id: "shardId-000000000003".into(),
    };
    let record = RawRecord {
        data: data.to_owned().into(),
        partition_key: "k".into(),
        number: SequenceNumber::from(number as u64),
        arrived: "2024-06-01T00:00:00Z".parse().unwrap(),
    };
    let record = &expand(vec![record]).records[0];
    let mut details = Vec::new();
    for unit in Preparer::new(pipeline, &shard).prepare(record).unwrap().units {
        let Work::Publish(events) = unit.work else { panic!("not published: {data}") };
        details.extend(events.iter().map(|it| it.event.detail.get().clone()));
    }
    details
}

impl History {
    pub(super) fn of(images: Images, chance: &mut Chance) -> Self {
        let table = |name, debezium| Table { name, rows: BTreeMap::new(), debezium };
        let mut tables = [table("users", false), table("accounts", true)];
        let mut database = Database { chance, images, lsn: 90, values: 0 };
        let mut events = Vec::new();
        for number in FIRST_NUMBER..FIRST_NUMBER + 30 + database.chance.below(20) {
            let table = database.chance.below(2);
            let record = database.change(&mut tables[table]);
            let published = details(&FIRST, number, &record);
            let replayed = details(&AGAIN, number, &record);
            let both = published.into_iter().zip(replayed);
            events.extend(both.map(|(first, replayed)| Event { first, replayed }));
        }
        let truth = tables.iter().flat_map(Table::state).collect();
        Self { events, truth }
    }
}

impl Table {
    fn state(&self) -> State {
        let schema = self.debezium.then(|| "public".to_owned());
        let name = (Some("coredb".to_owned()), schema, self.name.to_owned());
        let row = |(id, columns): (&usize, &Columns)| {
            let keys = Keys::from([("id".to_owned(), id.to_string())]);
            let mut shown = BTreeMap::from([("id".to_owned(), id.to_string())]);
            shown.extend(columns.iter().map(|(name, json)| ((*name).to_owned(), json.clone())));
            ((name.clone(), keys), shown)
        };
        self.rows.iter().map(row).collect()
    }
}

impl Database<'_> {
    /// Changes something, and writes the record that says so.
    fn change(&mut self, table: &mut Table) -> String {
        let id = self.chance.below(KEYS);
        if table.debezium && self.chance.below(16) == 0 {
            table.rows.clear();
            return self.record(table, "TRUNCATE", "null", "null");
        }
        let Some(row) = table.rows.remove(&id) else {
            let row = self.new_row();
            let after = image(id, &row);
            table.rows.insert(id, row);
            return self.record(table, "INSERT", "null", &after);
        };
        match self.chance.below(8) {
            0 | 1 => self.record(table, "DELETE", &format!(r#"{{"id":{id}}}"#), "null"),
            2 => self.moved(table, id, row),
            _ => self.updated(table, id, row),
        }
    }

    fn new_row(&mut self) -> Columns {
        let all = self.images == Images::Whole;
        let told: Vec<_> =
            COLUMNS.into_iter().filter(|_| all || self.chance.below(4) > 0).collect();
        told.into_iter().map(|name| (name, self.value())).collect()
    }

    /// A value that no other has, or null.
    fn value(&mut self) -> String {
        self.values += 1;
        if self.chance.below(8) == 0 { "null".into() } else { format!("\"v{}\"", self.values) }
    }

    /// The row comes under a key that was free; without a free one it is deleted.
    fn moved(&mut self, table: &mut Table, id: usize, row: Columns) -> String {
        let before = image(id, &row);
        let Some(free) = (0..KEYS).find(|key| *key != id && !table.rows.contains_key(key)) else {
            return self.record(table, "DELETE", &before, "null");
        };
        let after = image(free, &row);
        table.rows.insert(free, row);
        self.record(table, "UPDATE", &before, &after)
    }

    fn updated(&mut self, table: &mut Table, id: usize, mut row: Columns) -> String {
        let mut told = row.clone();
        let changed = COLUMNS[self.chance.below(COLUMNS.len())];
        if self.images == Images::Parts {
            // The native producer leaves out what did not change, Debezium names it as unknown.
            for (name, json) in &mut told {
                let unknown = *name != changed && self.chance.below(3) > 0;
                *json =
                    if unknown { r#""__debezium_unavailable_value""#.into() } else { json.clone() };
            }
            if !table.debezium {
                told.retain(|_, json| !json.contains("unavailable"));
            }
        }
        let value = self.value();
        told.insert(changed, value.clone());
        row.insert(changed, value);
        table.rows.insert(id, row);
        self.record(table, "UPDATE", "null", &image(id, &told))
    }

    fn record(&mut self, table: &Table, operation: &str, before: &str, after: &str) -> String {
        let name = table.name;
        if !table.debezium {
            return format!(
                r#"{{"database":"coredb","table":"{name}","operation":"{operation}","before":{before},"after":{after}}}"#
            );
        }
        let op = &operation[..1].to_lowercase();
        let op = if op == "i" { "c" } else { op };
        self.lsn += 1 + self.chance.below(5);
        let lsn = self.lsn;
        format!(
            r#"{{"before":{before},"after":{after},"source":{{"connector":"postgresql","name":"core","ts_ms":1700000000000,"db":"coredb","schema":"public","table":"{name}","lsn":{lsn}}},"op":"{op}","ts_ms":1700000000999}}"#
        )
    }
}

/// A row's image as JSON text.
fn image(id: usize, columns: &Columns) -> String {
    let columns = columns.iter().map(|(name, json)| format!(",\"{name}\":{json}"));
    format!("{{\"id\":{id}{}}}", columns.collect::<String>())
}
