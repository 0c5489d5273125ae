//! The names of all settings, once: the checks, their messages and the published schema use these.

use crate::event::Operation;

/// One setting of a configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name in the file.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What it may be, as messages say it.
    pub expected: &'static str,
    /// What it is for.
    pub about: &'static str,
}

/// At the top of a file. All but `tables` stand in one file of a configuration, its head.
pub const FILE: &[Setting] = &[VERSION, PIPELINE, UNLISTED_TABLES, PRODUCER, DEFAULTS, TABLES];
/// Under `producer`.
pub const PRODUCERS: &[Setting] = &[
    ENVELOPE,
    BEFORE_PREFIX,
    BEFORE_SUFFIX,
    BEFORE_IMAGE,
    UNAVAILABLE,
    FLATTENED_PREFIX,
    SIGNAL_TABLE,
];
/// Under `defaults`.
pub const DEFAULT: &[Setting] = &[SNAPSHOT, DRIFT, REDACT];
/// Under a table.
pub const TABLE: &[Setting] = &[
    KEYS,
    EVENT_TYPE,
    INCLUDE,
    EXCLUDE,
    REDACT,
    RENAME,
    TYPES,
    OPERATIONS,
    SNAPSHOT,
    SKIP_UNCHANGED,
    ONLY_IF_CHANGED,
    DRIFT,
];
/// In the long form of an entry of `redact`.
pub const REDACTION: &[Setting] = &[
    FIELDS,
    METHOD,
    WITH,
    KEEP_FIRST,
    KEEP_LAST,
    UPPER,
    LOWER,
    DIGIT,
    OTHER,
    AS,
    KEY,
    DOMAIN,
    ALPHABET,
    SAME_LENGTH,
    CHARACTERS,
    TO,
    BUCKET,
];

/// The only version of the configuration so far.
pub const VERSION_SUPPORTED: u64 = 1;
/// The methods of redaction.
pub const METHODS: &[&str] =
    &["replace", "null", "mask", "hash", "tokenize", "encrypt", "truncate", "generalize"];
/// The choices of a mask's `as`.
pub const AS_CHOICES: &[&str] = &["text", "number"];
/// The choices of `to` where a date is truncated.
pub const TO_DATE_CHOICES: &[&str] = &["year", "month"];
/// The choices of `to` where a value is generalized.
pub const TO_GROUP_CHOICES: &[&str] = &["network", "domain"];
/// What a mask's classes say where they stay.
pub const KEEP: &str = "keep";
/// What `keys` says where a table has no row identity.
pub const NO_KEYS: &str = "none";
/// What `include` lists where every column is published.
pub const EVERYTHING: &str = "*";
/// The choices of `unlisted_tables`, in the order of [`super::UnlistedTables`].
pub const UNLISTED_TABLES_CHOICES: &[&str] = &["reject", "skip"];
/// The choices of `snapshot`, in the order of [`super::SnapshotRule`].
pub const SNAPSHOT_CHOICES: &[&str] = &["publish", "skip"];
/// The choices of `drift`, in the order of [`super::DriftRule`].
pub const DRIFT_CHOICES: &[&str] = &["allow", "warn", "quarantine"];

/// The choices of `operations`.
pub(super) fn operation_names() -> impl Iterator<Item = &'static str> {
    Operation::ALL.into_iter().map(Operation::as_str)
}

pub(super) const VERSION: Setting = Setting {
    name: "version",
    required: true,
    expected: "1",
    about: "The version of the configuration's shape.",
};
pub(super) const PIPELINE: Setting = Setting {
    name: "pipeline",
    required: true,
    expected: "a name of letters, digits, '.', '-' and '_'",
    about: "The pipeline's name in logs, metrics and dead letters.",
};
pub(super) const UNLISTED_TABLES: Setting = Setting {
    name: "unlisted_tables",
    required: false,
    expected: "reject or skip",
    about: "What becomes of a change of a table without rules; reject where it is left out.",
};
pub(super) const DEFAULTS: Setting = Setting {
    name: "defaults",
    required: false,
    expected: "settings",
    about: "What holds for every table.",
};
pub(super) const TABLES: Setting = Setting {
    name: "tables",
    required: false,
    expected: "tables, each a name and its settings",
    about: "The rules of each table, by its name: table, schema.table or database.schema.table.",
};
pub(super) const KEYS: Setting = Setting {
    name: "keys",
    required: true,
    expected: "a list of columns, or none where rows have no identity",
    about: "The columns that identify a row; none where there is no row identity.",
};
pub(super) const EVENT_TYPE: Setting = Setting {
    name: "event_type",
    required: false,
    expected: "text",
    about: "The event's type; the table's name and \".changed\" where it is left out.",
};
pub(super) const INCLUDE: Setting = Setting {
    name: "include",
    required: true,
    expected: "a list of columns, or [\"*\"] for all",
    about: "The columns that are published.",
};
pub(super) const REDACT: Setting = Setting {
    name: "redact",
    required: false,
    expected: "a list of fields, or of {fields, method, …}",
    about: "The fields whose values are withheld, and how.",
};
pub(super) const OPERATIONS: Setting = Setting {
    name: "operations",
    required: false,
    expected: "a list of INSERT, UPDATE, DELETE, TRUNCATE",
    about: "The operations that are published; all where it is left out.",
};
pub(super) const SNAPSHOT: Setting = Setting {
    name: "snapshot",
    required: false,
    expected: "publish or skip",
    about: "What becomes of the rows of a full load.",
};
pub(super) const FIELDS: Setting = Setting {
    name: "fields",
    required: true,
    expected: "a list of fields",
    about: "The fields that the method is for: columns, or paths of names into them.",
};
pub(super) const METHOD: Setting = Setting {
    name: "method",
    required: true,
    expected: "replace, null, mask, hash, tokenize, encrypt, truncate or generalize",
    about: "How the value is withheld.",
};
pub(super) const WITH: Setting = Setting {
    name: "with",
    required: false,
    expected: "text",
    about: "replace: the text in the value's place; [REDACTED] where it is left out.",
};
pub(super) const KEEP_FIRST: Setting = Setting {
    name: "keep_first",
    required: false,
    expected: "a whole number",
    about: "mask: characters at the beginning that stay.",
};
pub(super) const KEEP_LAST: Setting = Setting {
    name: "keep_last",
    required: false,
    expected: "a whole number",
    about: "mask: characters at the end that stay.",
};
pub(super) const UPPER: Setting = Setting {
    name: "upper",
    required: false,
    expected: "one character, or keep",
    about: "mask: what stands for an upper-case letter; X where it is left out.",
};
pub(super) const LOWER: Setting = Setting {
    name: "lower",
    required: false,
    expected: "one character, or keep",
    about: "mask: what stands for any other letter; x where it is left out.",
};
pub(super) const DIGIT: Setting = Setting {
    name: "digit",
    required: false,
    expected: "one character, or keep",
    about: "mask: what stands for a digit; n where it is left out, and 1 in a number.",
};
pub(super) const OTHER: Setting = Setting {
    name: "other",
    required: false,
    expected: "one character, or keep",
    about: "mask: what stands for punctuation and white space; they stay where it is left out.",
};
pub(super) const AS: Setting = Setting {
    name: "as",
    required: false,
    expected: "text or number",
    about: "mask: what becomes of a JSON number; text where it is left out.",
};
pub(super) const KEY: Setting = Setting {
    name: "key",
    required: false,
    expected: "the name of a key: letters, digits, '_' and '-'",
    about: "hash, tokenize, encrypt: the key. Its bytes are never in the configuration.",
};
pub(super) const DOMAIN: Setting = Setting {
    name: "domain",
    required: false,
    expected: "text of at most 255 characters",
    about: "hash, tokenize: what has one domain and key is joinable; the table's and the field's names where it is left out.",
};
pub(super) const ALPHABET: Setting = Setting {
    name: "alphabet",
    required: false,
    expected: "digits, lowercase, uppercase or alphanumeric",
    about: "tokenize: the characters that are replaced; digits where it is left out.",
};
pub(super) const SAME_LENGTH: Setting = Setting {
    name: "same_length",
    required: false,
    expected: "true or false",
    about: "tokenize: whether the token is as long as the value, without the key's version in front.",
};
pub(super) const CHARACTERS: Setting = Setting {
    name: "characters",
    required: false,
    expected: "a whole number",
    about: "truncate: how many characters are left.",
};
pub(super) const TO: Setting = Setting {
    name: "to",
    required: false,
    expected: "year or month, network or domain",
    about: "truncate: how much of a date is left. generalize: what an address becomes.",
};
pub(super) const BUCKET: Setting = Setting {
    name: "bucket",
    required: false,
    expected: "a whole number",
    about: "truncate: a number goes down to a multiple of it.",
};
pub(super) const EXCLUDE: Setting = Setting {
    name: "exclude",
    required: false,
    expected: "a list of columns",
    about: "Columns that are known and not published: they are no drift, and \"*\" leaves them out.",
};
pub(super) const RENAME: Setting = Setting {
    name: "rename",
    required: false,
    expected: "columns, each with the name that it is published under",
    about: "Columns that are published under another name.",
};
pub(super) const TYPES: Setting = Setting {
    name: "types",
    required: false,
    expected: "columns, each with its type",
    about: "What columns hold, where the producer encodes their values or drift is to be seen.",
};
pub(super) const SKIP_UNCHANGED: Setting = Setting {
    name: "skip_unchanged",
    required: false,
    expected: "true or false",
    about: "Whether an UPDATE that changes no published column is left out; false where it is left out.",
};
pub(super) const ONLY_IF_CHANGED: Setting = Setting {
    name: "only_if_changed",
    required: false,
    expected: "a list of columns",
    about: "Columns one of which an UPDATE must change to be published.",
};
pub(super) const DRIFT: Setting = Setting {
    name: "drift",
    required: false,
    expected: "allow, warn or quarantine",
    about: "What becomes of a change with a column that no setting names, or of another type than told.",
};
pub(super) const PRODUCER: Setting = Setting {
    name: "producer",
    required: false,
    expected: "settings",
    about: "What the producer's own configuration names otherwise than its documentation.",
};
pub(super) const ENVELOPE: Setting = Setting {
    name: "envelope",
    required: false,
    expected: "the name of an envelope",
    about: "The only envelope that records have; each is recognised by its shape where it is left out.",
};
pub(super) const BEFORE_PREFIX: Setting = Setting {
    name: "before_prefix",
    required: false,
    expected: "text",
    about: "What AWS DMS puts before the names of before-image columns; BI_ where it is left out.",
};
pub(super) const BEFORE_SUFFIX: Setting = Setting {
    name: "before_suffix",
    required: false,
    expected: "text",
    about: "What AWS DMS puts behind the names of before-image columns; nothing where it is left out.",
};
pub(super) const BEFORE_IMAGE: Setting = Setting {
    name: "before_image",
    required: false,
    expected: "text",
    about: "The attribute to which AWS DMS writes the before image; before-image where it is left out.",
};
pub(super) const UNAVAILABLE: Setting = Setting {
    name: "unavailable",
    required: false,
    expected: "text",
    about: "Debezium's unavailable.value.placeholder; its own default where it is left out.",
};
pub(super) const FLATTENED_PREFIX: Setting = Setting {
    name: "flattened_prefix",
    required: false,
    expected: "text",
    about: "What Debezium's ExtractNewRecordState puts before added fields; __ where it is left out.",
};
pub(super) const SIGNAL_TABLE: Setting = Setting {
    name: "signal_table",
    required: false,
    expected: "the name of a table",
    about: "The table whose rows are Debezium's signals; debezium_signal where it is left out.",
};
