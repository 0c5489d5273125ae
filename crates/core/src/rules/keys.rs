//! The keys that rules name, and the keyring that has them.

use std::{collections::BTreeSet, fmt};

use super::{
    Method, Rules,
    problem::{shown, shown_path},
};
use crate::keyring::Keyring;

/// Keys that rules name and the keyring does not have; each with one table that needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingKeys(Vec<MissingKey>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct MissingKey {
    key: Box<str>,
    table: Box<str>,
    file: Box<str>,
    line: u32,
}

impl fmt::Display for MissingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the keyring lacks")?;
        for (index, MissingKey { key, table, file, line }) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let (table, file) = (shown(table), shown_path(file));
            write!(f, "{comma} the key \"{key}\", which table {table} names ({file}:{line})")?;
        }
        Ok(())
    }
}

impl std::error::Error for MissingKeys {}

impl Rules {
    /// The same rules with the keys that they name.
    ///
    /// # Errors
    /// [`MissingKeys`] where the keyring does not have one of them: no value could be withheld as its
    /// rule says, so nothing may start with these rules.
    pub fn with_keys(mut self, keyring: &Keyring) -> Result<Self, MissingKeys> {
        let mut complete = true;
        for table in &mut self.tables {
            complete &= table.columns.bind(keyring);
        }
        if complete {
            return Ok(self);
        }
        Err(self.missing_keys())
    }

    /// The same rules with keys that everybody knows ([`Keyring::fixed`]): for what stays on one machine.
    #[must_use]
    pub fn with_fixed_keys(mut self) -> Self {
        let keyring = Keyring::fixed();
        for table in &mut self.tables {
            let bound = table.columns.bind(&keyring);
            debug_assert!(bound, "the fixed keyring has every name");
        }
        self
    }

    /// The names of all keys that the rules name, each once, sorted.
    #[must_use]
    pub fn keys(&self) -> BTreeSet<&str> {
        let methods = self.tables.iter().flat_map(|table| table.columns.methods());
        methods.filter_map(|method| method.key()).map(|key| key.name()).collect()
    }

    fn missing_keys(&self) -> MissingKeys {
        let mut missing = MissingKeys(Vec::new());
        for table in &self.tables {
            let keys = table.columns.methods().filter_map(Method::key);
            for key in keys.filter(|key| key.key().is_none()) {
                if missing.0.iter().all(|known| *known.key != *key.name()) {
                    let (file, line) = (table.place.0.clone(), table.place.1);
                    missing.0.push(MissingKey {
                        key: key.name().into(),
                        table: table.name.clone(),
                        file,
                        line,
                    });
                }
            }
        }
        missing
    }
}
