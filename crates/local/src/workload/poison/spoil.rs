//! How poison is made: an honest change, and what is done to its text.

use std::io::Write as _;

use base64_simd::STANDARD as BASE64;
use cdc_core::{outbound::PUT_EVENTS_BYTES_MAX, record::INFLATED_RECORD_BYTES_MAX};
use flate2::{Compression, write::GzEncoder};
use md5::{Digest as _, Md5};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::workload::{
    population::{Row, RowChange},
    producer::{self, Moment, Producers},
    tables,
    values::Draft,
};

/// What poison is made from.
pub(super) struct Material<'m> {
    pub(super) rng: &'m mut ChaCha8Rng,
    pub(super) producers: &'m Producers,
    pub(super) moment: &'m Moment,
    /// Of the row.
    pub(super) number: u64,
}

/// An insert, as its table's producer writes it.
pub(super) struct Insert {
    text: String,
    /// The row in it. (DMS leaves out its nulls.)
    pub(super) row: String,
    /// The key column's member in the row.
    id: String,
}

impl Insert {
    /// The text with one of its parts replaced.
    pub(super) fn with(&self, part: &str, by: &str) -> String {
        self.text.replacen(part, by, 1)
    }
}

/// Levels of nesting: the pipeline takes 128.
const LEVELS: usize = 200;

/// Columns of a row: the pipeline takes 8192 members.
const COLUMNS: usize = 9000;

/// Bytes of one part of the bomb.
const BOMB_PART_BYTES: usize = 1 << 20;

impl Material<'_> {
    /// An insert in the native envelope.
    pub(super) fn native(&mut self) -> Insert {
        self.insert("users", "id")
    }

    /// An insert as DMS writes it.
    pub(super) fn dms(&mut self) -> Insert {
        self.insert("calls", "id")
    }

    /// An insert as Debezium writes it, without schema.
    fn debezium(&mut self) -> Insert {
        self.insert("agent_states", "agent_id")
    }

    fn insert(&mut self, table: &str, key: &str) -> Insert {
        let table = tables::by_name(table);
        let after = Row::new(table, self.number, &mut Draft::new(self.rng, self.moment));
        let mut row = String::new();
        producer::write_row(&mut row, table, Some(&after));
        let id = table.columns.iter().zip(&after.values).find(|(column, _)| column.name == key);
        let id = id.map(|(_, json)| format!("\"{key}\":{json}")).unwrap_or_default();
        let place = self.producers.journal.here();
        let change = RowChange::Insert { after };
        let data = self.producers.changed(table, &change, place, self.moment);
        Insert { text: String::from_utf8_lossy(&data).into_owned(), row, id }
    }

    pub(super) fn log_line(&self) -> String {
        let (at, row) = (&self.moment.committed, self.number);
        format!("ERROR [{at}] worker-3: row {row} of users could not be written, giving up")
    }

    pub(super) fn cut_short(&mut self) -> String {
        let mut text = self.native().text;
        text.truncate(text.floor_char_boundary(text.len() / 3 * 2));
        text
    }

    pub(super) fn latin_1(&mut self) -> Vec<u8> {
        let marked = self.native().with(r#""bio":null"#, r#""bio":"caf?""#);
        let latin = |byte: u8| if byte == b'?' { 0xE9 } else { byte };
        marked.bytes().map(latin).collect()
    }

    pub(super) fn nested(&mut self) -> String {
        let (open, close) = ("[".repeat(LEVELS), "]".repeat(LEVELS));
        self.native().with(r#""bio":null"#, &format!(r#""bio":{open}{close}"#))
    }

    pub(super) fn unknown_operation(&mut self) -> String {
        match self.rng.random_range(0..3) {
            0 => self.native().with(r#""INSERT""#, r#""UPSERT""#),
            1 => self.dms().with(r#""insert""#, r#""merge""#),
            _ => self.debezium().with(r#""op":"c""#, r#""op":"x""#),
        }
    }

    pub(super) fn foreign_cloud_event(&mut self) -> String {
        let moment = self.moment;
        let (number, at, row) = (self.number, &moment.committed, self.native().row);
        format!(
            r#"{{"specversion":"1.0","id":"crm-{number}","source":"/crm/example","type":"com.example.crm.contact","time":"{at}","data":{row}}}"#
        )
    }

    pub(super) fn encoded_payload(&mut self) -> String {
        let payload = BASE64.encode_to_string(self.native().row);
        format!(r#"{{"schema":null,"payload":"{payload}"}}"#)
    }

    pub(super) fn truncated_gzip(&mut self) -> Vec<u8> {
        let mut data = self.compressed(1);
        data.truncate(data.len() / 2);
        data
    }

    pub(super) fn broken_zstd(&mut self) -> Vec<u8> {
        let mut data = vec![0x28, 0xB5, 0x2F, 0xFD];
        data.extend(self.native().text.as_bytes());
        data
    }

    pub(super) fn compressed(&mut self, layers: usize) -> Vec<u8> {
        let content = self.native().text.into_bytes();
        (0..layers).fold(content, |content, _| gzip(&content))
    }

    /// A record in it claims more bytes than there are.
    pub(super) fn broken_aggregate(&mut self) -> Vec<u8> {
        let row = self.native().row;
        let mut message = vec![1 << 3 | 2, 5];
        message.extend(b"users");
        message.extend([3 << 3 | 2, 127]);
        message.extend(row.bytes().take(60));
        let mut data = vec![0xF3, 0x89, 0x9A, 0xC2];
        data.extend(&message);
        data.extend(Md5::digest(&message));
        data
    }

    pub(super) fn unlisted_table(&mut self) -> String {
        self.native().with(r#""table":"users""#, r#""table":"users_copy_20240115""#)
    }

    pub(super) fn without_key(&mut self) -> String {
        let insert = self.dms();
        insert.with(&format!("{},", insert.id), "")
    }

    pub(super) fn with_null_key(&mut self) -> String {
        let insert = self.native();
        insert.text.replace(&insert.id, r#""id":null"#)
    }

    pub(super) fn with_duplicate_member(&mut self) -> String {
        let insert = self.native();
        insert.with(r#""after":{"#, &format!(r#""after":{{{},"#, insert.id))
    }

    pub(super) fn without_row(&mut self) -> String {
        let insert = self.native();
        insert.with(&insert.row, "null")
    }

    pub(super) fn deletion_of_nothing(&mut self) -> String {
        let insert = self.debezium();
        insert.with(&insert.row, "null").replacen(r#""op":"c""#, r#""op":"d""#, 1)
    }

    pub(super) fn too_large(&mut self) -> Vec<u8> {
        // A large column would go to the bucket; a key stays in the event.
        const LINE: &str = "All work and no play makes a long key. ";
        let key = LINE.repeat(PUT_EVENTS_BYTES_MAX / LINE.len() + 1);
        let insert = self.native();
        gzip(insert.text.replace(&insert.id, &format!(r#""id":"{key}""#)).as_bytes())
    }

    pub(super) fn too_many_columns(&mut self) -> Vec<u8> {
        let columns: String = (0..COLUMNS).map(|number| format!(r#""c{number}":0,"#)).collect();
        gzip(self.native().with(r#""after":{"#, &format!(r#""after":{{{columns}"#)).as_bytes())
    }
}

/// Zeros, more of them than one record may inflate to: members of gzip one behind the other.
pub(super) fn bomb() -> Vec<u8> {
    gzip(&vec![0; BOMB_PART_BYTES]).repeat(INFLATED_RECORD_BYTES_MAX / BOMB_PART_BYTES + 1)
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).and_then(|()| encoder.finish()).expect("memory takes every byte")
}
