//! A row whose every column is somebody's, and the members that nobody asked for.

use serde_json::{Map, Value, json};

use crate::canary::seeds::{Kind, Seeds};

/// Plants rows, and members beside them, in one record.
pub(super) struct Row<'s> {
    seeds: &'s mut Seeds,
    record: &'static str,
}

impl<'s> Row<'s> {
    pub(super) fn of(seeds: &'s mut Seeds, record: &'static str) -> Self {
        Self { seeds, record }
    }

    /// A text at that place of the record.
    pub(super) fn text(&mut self, at: &str) -> String {
        self.seeds.text(format!("{}: {at}", self.record))
    }

    /// Words at that place: a text that nobody takes for an identifier.
    pub(super) fn words(&mut self, at: &str) -> String {
        self.seeds.plant(Kind::Name, format!("{}: {at}", self.record))
    }

    pub(super) fn number(&mut self, at: &str) -> u64 {
        self.seeds.number(format!("{}: {at}", self.record))
    }

    fn plant(&mut self, kind: Kind, at: &str) -> String {
        self.seeds.plant(kind, format!("{}: {at}", self.record))
    }

    /// A person: a value in every column but the key and the status. `image` says which row it is.
    pub(super) fn person(&mut self, image: &str, id: u64) -> Map<String, Value> {
        let mut row = self.known(image);
        let at = |column: &str| format!("{image}.{column}");
        let inner = json!({
            "address": {"line1": self.plant(Kind::Address, &at("notes.address.line1"))},
            "mails": [self.plant(Kind::Email, &at("notes.mails"))],
        });
        let columns = json!({
            "id": id,
            "status": "active",
            "name": self.plant(Kind::Name, &at("name")),
            "phone": self.plant(Kind::Phone, &at("phone")),
            "address": self.plant(Kind::Address, &at("address")),
            "nickname": self.plant(Kind::Unicode, &at("nickname")),
            "quirk": self.plant(Kind::Quirk, &at("quirk")),
            "profile": {
                "home": {"line1": self.plant(Kind::Address, &at("profile.home.line1"))},
                "born": self.plant(Kind::NineDigits, &at("profile.born")),
                "aliases": [self.plant(Kind::Unicode, &at("profile.aliases")), {"n": self.number(&at("profile.aliases.n"))}],
            },
            "contacts": [
                {"email": self.plant(Kind::Email, &at("contacts.email"))},
                {"phone": self.plant(Kind::Phone, &at("contacts.phone")), "name": null},
            ],
            // JSON inside a text, and JSON inside that.
            "notes": json!({"people": inner, "raw": inner.to_string()}).to_string(),
            "secret_note": self.plant(Kind::Quirk, &at("secret_note")),
        });
        let Value::Object(columns) = columns else { return row };
        row.extend(columns);
        row
    }

    /// A visit: what a producer could take for its key is personal.
    pub(super) fn visit(&mut self, image: &str) -> Map<String, Value> {
        let mut row = self.known(image);
        row.insert("page".to_owned(), "/start".into());
        let notes = self.plant(Kind::Quirk, &format!("{image}.notes"));
        row.insert("notes".to_owned(), notes.into());
        row
    }

    /// What both have.
    fn known(&mut self, image: &str) -> Map<String, Value> {
        let at = |column: &str| format!("{image}.{column}");
        let columns = json!({
            "email": self.plant(Kind::Email, &at("email")),
            "national_id": self.plant(Kind::NineDigits, &at("national_id")),
            "national_number": self.number(&at("national_number")),
        });
        let Value::Object(columns) = columns else { return Map::new() };
        columns
    }

    /// Members that no envelope knows, beside those that it does.
    pub(super) fn strangers(&mut self, into: &mut Value, at: &str) {
        let Value::Object(members) = into else { return };
        for name in ["comment", "statement", "user_name", "partitionKey"] {
            let text = self.text(&format!("{at}{name}"));
            members.entry(name).or_insert_with(|| text.into());
        }
        let headers = json!({"x-user": self.text(&format!("{at}headers.x-user")),
            "list": [self.number(&format!("{at}headers.list"))]});
        members.insert("headers".to_owned(), headers);
    }
}
