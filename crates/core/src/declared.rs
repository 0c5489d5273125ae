//! What envelopes declare beside the rows: columns with their types, and keys.
//!
//! AWS DMS in the `table-def` of its control records, Debezium in the schema around a message, in the
//! schema of a key, in schema changes and in a record's partition key, others in a list of key columns
//! beside the row. A declaration names a table; whether that table is proposed is decided elsewhere.
//! What is declared is a claim like any other: the rows seen can contradict it.

use crate::{
    envelope::Unit,
    event::{ChangeEvent, Envelope},
    json::{Document, Name, Object, Value},
};

/// Where a table stands, as its producers name it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) database: Option<String>,
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
}

impl Place {
    pub(crate) fn of(event: &ChangeEvent<'_>) -> Self {
        let owned = |name: &Option<std::borrow::Cow<'_, str>>| {
            name.as_deref().filter(|name| !name.is_empty()).map(str::to_owned)
        };
        Self {
            database: owned(&event.database),
            schema: owned(&event.schema),
            table: event.table.clone().into_owned(),
        }
    }
}
/// What a record declares about a table.
pub(crate) struct Declaration {
    pub(crate) table: Declares,
    /// In the order in which they are declared.
    pub(crate) columns: Vec<DeclaredColumn>,
    pub(crate) key: Option<DeclaredKey>,
    /// Whether it is reason enough to propose the table.
    pub(crate) gives_table: bool,
}

/// Which table it is about.
pub(crate) enum Declares {
    /// This one.
    Table(Place),
    /// The table of that name, in a database or schema of that name.
    Within { outer: String, table: String },
}

pub(crate) struct DeclaredColumn {
    pub(crate) name: String,
    pub(crate) sort: Option<Sort>,
}

/// What type a column is declared to have, as far as that decides anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Switch,
    /// A date and a time.
    Instant,
    /// One of a few words.
    Choice,
    /// Structures, lists, bytes.
    Composite,
}

/// The columns that identify a row, as declared; none where there is said to be no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeclaredKey {
    pub(crate) columns: Vec<String>,
    pub(crate) from: KeySource,
}

/// Who says so; later ones are more to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum KeySource {
    BeforeImages,
    SchemaChange,
    KeyList,
    Records,
    PartitionKey,
    KeySchema,
    TableDefinition,
}

impl KeySource {
    /// What a comment says.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::BeforeImages => "the before images, which hold nothing else",
            Self::SchemaChange => "a schema change",
            Self::KeyList => "the records' lists of key columns",
            Self::Records => "the records' own keys",
            Self::PartitionKey => "the records' partition keys",
            Self::KeySchema => "the connector's keys",
            Self::TableDefinition => "the table-def",
        }
    }

    /// Whether every record says it anew, so that two that differ are a contradiction.
    pub(crate) fn is_each_records(self) -> bool {
        matches!(self, Self::KeyList | Self::Records | Self::PartitionKey)
    }
}

/// Everything that a record declares.
pub(crate) fn declarations(
    document: &Document<'_>,
    partition_key: &str,
    unit: Option<&Unit<'_>>,
) -> Vec<Declaration> {
    let Some(root) = document.root().as_object() else { return Vec::new() };
    match unit {
        Some(Unit::Change(event)) => change(root, partition_key, event),
        Some(Unit::Other(_)) => {
            let payload = root.get("payload").and_then(Value::as_object).unwrap_or(root);
            table_definition(root).into_iter().chain(schema_changes(payload)).collect()
        }
        None => key_schema(root).into_iter().collect(),
    }
}

fn change(root: Object<'_, '_>, partition_key: &str, event: &ChangeEvent<'_>) -> Vec<Declaration> {
    let place = || Declares::Table(Place::of(event));
    let columns = message_schema(root);
    let key = key_list(root).or_else(|| partition_key_columns(partition_key, event));
    if columns.is_empty() && key.is_none() {
        return Vec::new();
    }
    vec![Declaration { table: place(), columns, key, gives_table: false }]
}

/// `control.table-def {columns {name: {type}}, primary-key []}` of a DMS control record.
fn table_definition(root: Object<'_, '_>) -> Option<Declaration> {
    let metadata = root.get("metadata")?.as_object()?;
    let name = |member| metadata.get(member).and_then(Value::as_str).filter(|it| !it.is_empty());
    let table = name("table-name")?.into_owned();
    let definition = root.get("control")?.as_object()?.get("table-def")?.as_object()?;
    let columns: Vec<_> =
        definition.get("columns")?.as_object()?.members().map(dms_column).collect();
    let key = definition.get("primary-key").map(names).unwrap_or_default();
    // Tables of DMS's own begin so.
    let own = table.starts_with("awsdms_");
    let schema = name("schema-name").map(|it| it.into_owned());
    if own || columns.is_empty() {
        return None;
    }
    Some(Declaration {
        table: Declares::Table(Place { database: None, schema, table }),
        columns,
        key: Some(DeclaredKey { columns: key, from: KeySource::TableDefinition }),
        gives_table: true,
    })
}

fn dms_column((name, value): (Name<'_>, Value<'_, '_>)) -> DeclaredColumn {
    let kind = value.as_object().and_then(|it| it.get("type")).and_then(Value::as_str);
    let sort = match kind.as_deref().unwrap_or_default() {
        kind if kind.starts_with("BOOL") => Some(Sort::Switch),
        kind if kind.starts_with("TIMESTAMP") || kind.starts_with("DATETIME") => {
            Some(Sort::Instant)
        }
        kind if kind.starts_with("BYTES") || kind.ends_with("LOB") => Some(Sort::Composite),
        _ => None,
    };
    DeclaredColumn { name: name.unescaped().into_owned(), sort }
}

/// The fields of `after` and `before` in the schema around a Debezium message.
fn message_schema(root: Object<'_, '_>) -> Vec<DeclaredColumn> {
    let data = || root.get("data").and_then(Value::as_object);
    let schema = root.get("schema").or_else(|| data()?.get("schema"));
    let images = schema.map(fields).unwrap_or_default();
    let images = images.into_iter().filter(|(name, _)| matches!(&**name, "before" | "after"));
    let columns = images.flat_map(|(_, image)| fields(image.value()));
    columns.map(|(name, field)| DeclaredColumn { name, sort: debezium_sort(field) }).collect()
}

/// The named fields of a schema.
fn fields<'d, 'a>(schema: Value<'d, 'a>) -> Vec<(String, Object<'d, 'a>)> {
    let list = schema.as_object().and_then(|schema| schema.get("fields"));
    let objects = list.into_iter().flat_map(Value::elements).filter_map(Value::as_object);
    objects.filter_map(|field| Some((field.get("field")?.as_str()?.into_owned(), field))).collect()
}

fn debezium_sort(field: Object<'_, '_>) -> Option<Sort> {
    let text = |member| field.get(member).and_then(Value::as_str).unwrap_or_default();
    match (&*text("type"), &*text("name")) {
        ("boolean", _) => Some(Sort::Switch),
        (_, "io.debezium.data.Enum") => Some(Sort::Choice),
        (_, name) if name.ends_with("Timestamp") => Some(Sort::Instant),
        (_, "org.apache.kafka.connect.data.Decimal") => None,
        ("struct" | "array" | "map" | "bytes", _) => Some(Sort::Composite),
        _ => None,
    }
}

/// A key in its own schema, `server.inventory.customers.Key`, which stands where a change should.
fn key_schema(root: Object<'_, '_>) -> Option<Declaration> {
    let schema = root.get("schema")?;
    let name = schema.as_object()?.get("name")?.as_str()?;
    let (topic, table) = name.strip_suffix(".Key")?.rsplit_once('.')?;
    let outer = topic.rsplit('.').next().unwrap_or_default().to_owned();
    let columns: Vec<_> = fields(schema).into_iter().map(|(name, _)| name).collect();
    (!columns.is_empty()).then(|| Declaration {
        table: Declares::Within { outer, table: table.to_owned() },
        columns: Vec::new(),
        key: Some(DeclaredKey { columns, from: KeySource::KeySchema }),
        gives_table: false,
    })
}

/// `tableChanges [{id, table {primaryKeyColumnNames, columns}}]` of a Debezium schema change.
fn schema_changes(payload: Object<'_, '_>) -> Vec<Declaration> {
    let changes = payload.get("tableChanges").into_iter().flat_map(Value::elements);
    changes.filter_map(Value::as_object).filter_map(schema_change).collect()
}

fn schema_change(change: Object<'_, '_>) -> Option<Declaration> {
    let table = change.get("table")?.as_object()?;
    let columns = table.get("columns").into_iter().flat_map(Value::elements);
    let columns = columns.filter_map(|it| it.as_object()?.get("name")?.as_str());
    let key = names(table.get("primaryKeyColumnNames")?);
    Some(Declaration {
        table: Declares::Table(quoted_place(&change.get("id")?.as_str()?)?),
        columns: columns
            .map(|name| DeclaredColumn { name: name.into_owned(), sort: None })
            .collect(),
        key: Some(DeclaredKey { columns: key, from: KeySource::SchemaChange }),
        gives_table: false,
    })
}

/// `"inventory"."accounts"`, or with a schema between.
fn quoted_place(id: &str) -> Option<Place> {
    let inner = id.strip_prefix('"')?.strip_suffix('"')?;
    let mut parts = inner.split("\".\"").map(str::to_owned);
    let [first, second, third] = [parts.next(), parts.next(), parts.next()];
    match (first, second, third) {
        (Some(table), None, _) => Some(Place { database: None, schema: None, table }),
        (database, Some(table), None) => Some(Place { database, schema: None, table }),
        (database, schema, Some(table)) => Some(Place { database, schema, table }),
        (None, ..) => None,
    }
}

/// Key columns beside the row: Maxwell's, Canal's, Oracle GoldenGate's names for it.
fn key_list(root: Object<'_, '_>) -> Option<DeclaredKey> {
    const LISTS: [&str; 3] = ["primary_key_columns", "pkNames", "primary_keys"];
    let columns = LISTS.iter().find_map(|list| root.get(list)).map(names)?;
    (!columns.is_empty()).then_some(DeclaredKey { columns, from: KeySource::KeyList })
}

/// Debezium Server uses a change's key, as JSON, for the partition key. Anybody may write such
/// a text: it is believed where it has the row's own values.
fn partition_key_columns(partition_key: &str, event: &ChangeEvent<'_>) -> Option<DeclaredKey> {
    if !matches!(event.envelope, Envelope::Debezium | Envelope::CloudEvents) {
        return None;
    }
    let document = Document::parse(partition_key.as_bytes(), Vec::new()).ok()?;
    let root = document.root().as_object()?;
    let key = root.get("payload").and_then(Value::as_object).unwrap_or(root);
    let row = event.change.after().or(event.change.before())?;
    let is_rows = |name: &str, value: Value<'_, '_>| {
        let column = row.find(name);
        column.is_some_and(|it| it.value.json() == Some(value.text()))
    };
    let mut columns = Vec::new();
    for (name, value) in key.members() {
        let name = name.unescaped();
        if !is_rows(&name, value) {
            return None;
        }
        columns.push(name.into_owned());
    }
    (!columns.is_empty()).then_some(DeclaredKey { columns, from: KeySource::PartitionKey })
}

/// The texts of a list.
fn names(list: Value<'_, '_>) -> Vec<String> {
    list.elements().filter_map(Value::as_str).map(std::borrow::Cow::into_owned).collect()
}
