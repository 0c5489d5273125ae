//! A configuration as it was written, for those who write it again with something added.
//!
//! Names keep their case, settings their order, and an entry that nobody touches stays what it was;
//! comments are lost. What the settings mean is not known here: that it means something is, for a
//! configuration with problems isn't read.

use super::{
    ConfigFile, Problems, Rules,
    problem::Problem,
    read::{self, Body, Node, Source},
    settings::TABLES,
};
use crate::yaml;

/// The files of a configuration together.
#[derive(Debug)]
pub struct Written {
    /// The settings of the head, without `tables`.
    pub(crate) head: Vec<(String, Piece)>,
    /// In the order of the files.
    pub(crate) tables: Vec<WrittenTable>,
}

/// A table's settings.
#[derive(Debug)]
pub(crate) struct WrittenTable {
    pub(crate) name: String,
    pub(crate) settings: Vec<(String, Piece)>,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A text, or another scalar as it stands in the file; and as YAML.
    Scalar {
        text: String,
        yaml: String,
    },
    List(Vec<Piece>),
    Map(Vec<(String, Piece)>),
}

impl Written {
    /// Reads the files of one configuration.
    ///
    /// # Errors
    /// As [`Rules::parse`].
    pub fn read(files: &[ConfigFile]) -> Result<Self, Problems> {
        Rules::parse(files)?;
        let mut written = Self { head: Vec::new(), tables: Vec::new() };
        for file in files {
            let source = read::read(&file.path, &file.text);
            written.add(&source.map_err(|problem: Problem| Problems::new(vec![problem]))?);
        }
        Ok(written)
    }

    fn add(&mut self, source: &Source<'_>) {
        let Piece::Map(settings) = Piece::of(source, &source.root) else { return };
        for (name, piece) in settings {
            match piece {
                Piece::Map(tables) if name == TABLES.name => {
                    self.tables.extend(tables.into_iter().map(table))
                }
                _ if name == TABLES.name => {}
                piece => self.head.push((name, piece)),
            }
        }
    }

    /// A setting of the head.
    pub(crate) fn setting(&self, name: &str) -> Option<&Piece> {
        get(&self.head, name)
    }
}

fn table((name, piece): (String, Piece)) -> WrittenTable {
    let settings = match piece {
        Piece::Map(settings) => settings,
        _ => Vec::new(),
    };
    WrittenTable { name, settings }
}

fn get<'p>(settings: &'p [(String, Piece)], name: &str) -> Option<&'p Piece> {
    settings.iter().find(|(known, _)| known == name).map(|(_, piece)| piece)
}

impl WrittenTable {
    pub(crate) fn setting(&self, name: &str) -> Option<&Piece> {
        get(&self.settings, name)
    }

    /// The texts in a setting that is a list of them.
    pub(crate) fn names(&self, setting: &str) -> impl Iterator<Item = &str> {
        self.setting(setting).into_iter().flat_map(Piece::items).filter_map(Piece::text)
    }
}

impl Piece {
    fn of(source: &Source<'_>, node: &Node) -> Self {
        match &node.body {
            // As it was written, where that can stand in one line with others.
            Body::Text(text) if source.written(node) == text && is_bare(text) => Self::plain(text),
            Body::Text(text) => Self::Scalar { text: text.clone(), yaml: yaml::scalar(text) },
            Body::Null => Self::plain("null"),
            Body::Bool | Body::Number(_) => Self::plain(source.written(node)),
            Body::List(items) => {
                Self::List(items.iter().map(|item| Self::of(source, item)).collect())
            }
            Body::Map(entries) => {
                let entry = |(key, value): &(Node, Node)| {
                    let name = Self::of(source, key).text().unwrap_or_default().to_owned();
                    (name, Self::of(source, value))
                };
                Self::Map(entries.iter().map(entry).collect())
            }
        }
    }

    fn plain(written: &str) -> Self {
        Self::Scalar { text: written.to_owned(), yaml: written.to_owned() }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Scalar { text, .. } => Some(text),
            Self::List(_) | Self::Map(_) => None,
        }
    }

    /// The items of a list; none of anything else.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Self> {
        let items: &[Self] = match self {
            Self::List(items) => items,
            Self::Scalar { .. } | Self::Map(_) => &[],
        };
        items.iter()
    }

    /// The entries of a map; none of anything else.
    pub(crate) fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Map(entries) => entries,
            Self::Scalar { .. } | Self::List(_) => &[],
        }
    }

    /// The value of an entry, if it is a map.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        get(self.entries(), name)
    }

    /// All of it in one line.
    pub(crate) fn flow(&self) -> String {
        match self {
            Self::Scalar { yaml, .. } => yaml.clone(),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(Self::flow).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Map(entries) => {
                let entries = entries.iter();
                let entries: Vec<_> = entries
                    .map(|(name, piece)| format!("{}: {}", yaml::scalar(name), piece.flow()))
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }
}

/// A word, and what a type has: `decimal(2)`.
fn is_bare(text: &str) -> bool {
    text.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-.()".contains(&it))
}

#[cfg(test)]
mod tests {
    use super::Written;
    use crate::rules::ConfigFile;

    fn read(text: &str) -> Written {
        let file = ConfigFile { path: "rules.yaml".to_owned(), text: text.to_owned() };
        Written::read(&[file]).unwrap()
    }

    #[test]
    fn what_was_written_can_be_written_again() {
        let text = "version: 1\npipeline: test\ndefaults: {redact: [\"on\"]}\ntables:\n  public.Users:\n    \
                    keys: [ID]\n    include:\n      - ID\n      - \"null\"  # a name\n    skip_unchanged: true\n    \
                    redact:\n      - {fields: [\"null\"], method: replace, with: '#'}\n    rename: {id: \"2\"}\n    types: {ID: decimal(2)}\n";
        let written = read(text);
        let head: Vec<_> =
            written.head.iter().map(|(name, piece)| format!("{name}: {}", piece.flow())).collect();
        assert_eq!(head, ["version: 1", "pipeline: test", "defaults: {redact: [\"on\"]}"]);
        let table = &written.tables[0];
        let settings: Vec<_> = table
            .settings
            .iter()
            .map(|(name, piece)| format!("{name}: {}", piece.flow()))
            .collect();
        assert_eq!(
            settings,
            [
                "keys: [ID]",
                "include: [ID, \"null\"]",
                "skip_unchanged: true",
                "redact: [{fields: [\"null\"], method: replace, with: \"#\"}]",
                "rename: {id: \"2\"}",
                "types: {ID: decimal(2)}",
            ]
        );
        assert_eq!(table.name, "public.Users");
        assert!(table.names("include").eq(["ID", "null"]));
        assert!(table.names("missing").next().is_none());
    }

    #[test]
    fn what_is_no_configuration_is_not_read() {
        let file = ConfigFile { path: "rules.yaml".to_owned(), text: "tables: {}".to_owned() };
        assert!(Written::read(&[file]).is_err());
    }
}
