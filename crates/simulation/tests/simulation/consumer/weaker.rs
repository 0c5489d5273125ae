//! Consumers that keep less than the reference: right in order, wrong out of it.

use std::collections::{BTreeMap, HashSet};

use cdc_simulation::{Keys, State, TableName};
use serde_json::{Map, Value};

/// What a consumer keeps beside the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeps {
    /// A position for each row (and for a TRUNCATE of its table): an event is taken as a whole.
    Row,
    /// The ids of events: each is taken once, when it comes.
    EventIds,
    /// Nothing: every event is taken when it comes.
    Nothing,
}

impl Keeps {
    pub(super) const ALL: [Self; 3] = [Self::Row, Self::EventIds, Self::Nothing];
}

pub(super) struct Weaker {
    keeps: Keeps,
    ids: HashSet<String>,
    emptied: BTreeMap<TableName, String>,
    positions: BTreeMap<(TableName, Keys), String>,
    rows: State,
}

impl Weaker {
    pub(super) fn new(keeps: Keeps) -> Self {
        let (ids, emptied) = (HashSet::new(), BTreeMap::new());
        Self { keeps, ids, emptied, positions: BTreeMap::new(), rows: State::new() }
    }

    pub(super) fn state(self) -> State {
        self.rows
    }

    pub(super) fn take(&mut self, event: &Value) {
        let metadata = |name: &str| event["metadata"][name].as_str().unwrap().to_owned();
        let (id, order) = (metadata("eventId"), metadata("order"));
        if self.keeps == Keeps::EventIds && !self.ids.insert(id) {
            return;
        }
        let name = |member: &str| event[member].as_str().map(str::to_owned);
        let table = (name("database"), name("schema"), name("table").unwrap());
        let Some(keys) = event["keys"].as_object() else { return self.empty(&table, &order) };
        let row = (table, texts(keys));
        if self.keeps == Keeps::Row && !self.is_later(&row, order) {
            return;
        }
        let after = event["after"].as_object().map(texts).unwrap_or_default();
        match event["operation"].as_str().unwrap() {
            "DELETE" => drop(self.rows.remove(&row)),
            "INSERT" => drop(self.rows.insert(row, after)),
            _ => self.rows.entry(row).or_default().extend(after),
        }
    }

    /// Whether the event is later than what its row is at; then the row is at the event.
    fn is_later(&mut self, row: &(TableName, Keys), order: String) -> bool {
        let position = self.positions.entry(row.clone()).or_default();
        let emptied = self.emptied.get(&row.0).is_some_and(|emptied| order <= *emptied);
        let later = order > *position && !emptied;
        if later {
            *position = order;
        }
        later
    }

    fn empty(&mut self, table: &TableName, order: &str) {
        let kept = |row: &(TableName, Keys), positions: &BTreeMap<(TableName, Keys), String>| {
            row.0 != *table || positions.get(row).is_some_and(|position| position.as_str() > order)
        };
        if self.keeps == Keeps::Row {
            let emptied = self.emptied.entry(table.clone()).or_default();
            *emptied = order.to_owned().max(std::mem::take(emptied));
        }
        self.rows.retain(|row, _| kept(row, &self.positions));
    }
}

/// Columns as JSON text. (Keys of these worlds are numbers, and those small.)
fn texts(columns: &Map<String, Value>) -> BTreeMap<String, String> {
    columns.iter().map(|(name, value)| (name.clone(), value.to_string())).collect()
}
