//! Reads a configuration from disk: a file, or a folder and all below it.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use cdc_core::rules::{Checked, ConfigFile, Problems, Rules};

// A file a family in folders of any order: deeper is a loop of links.
const FOLDER_DEPTH_MAX: usize = 16;
// The rules of thousands of tables; more is another kind of file.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// A file or folder cannot be read.
    #[error("{}: cannot be read", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// Not a text.
    #[error("{}: is not UTF-8 text; a configuration is YAML in UTF-8", .0.display())]
    NotText(PathBuf),
    /// No configuration, by its size.
    #[error("{}: has more than {FILE_BYTES_MAX} bytes", .0.display())]
    TooLarge(PathBuf),
    /// Nothing there.
    #[error("{}: holds no .yaml file", .0.display())]
    Empty(PathBuf),
    /// A file that would silently not count.
    #[error("{}: would not be read: the files of a configuration end in .yaml; rename it", .0.display())]
    WrongEnding(PathBuf),
    /// Folders without end.
    #[error("{}: folders are nested deeper than {FOLDER_DEPTH_MAX}", .0.display())]
    TooDeep(PathBuf),
    /// It says something wrong.
    #[error("the configuration has problems:\n{0}")]
    Problems(Problems),
}

/// The configuration at `path`, else the one that is compiled in.
pub(crate) fn load(path: Option<&Path>) -> Result<Checked, LoadError> {
    let checked = match path {
        Some(path) => Rules::parse(&files(path)?),
        None => Rules::compiled_in(),
    };
    checked.map_err(LoadError::Problems)
}

/// The files of the configuration at `path`.
pub(super) fn files(path: &Path) -> Result<Vec<ConfigFile>, LoadError> {
    let metadata = fs::metadata(path).map_err(|error| LoadError::Unreadable(path.into(), error))?;
    if !metadata.is_dir() {
        return Ok(vec![read(path)?]);
    }
    let mut paths = Vec::new();
    collect(path, FOLDER_DEPTH_MAX, &mut paths)?;
    if paths.is_empty() {
        return Err(LoadError::Empty(path.into()));
    }
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

/// Every file that ends in `.yaml`; hidden ones belong to editors and version control.
fn collect(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> Result<(), LoadError> {
    let unreadable = |error| LoadError::Unreadable(folder.into(), error);
    if depth == 0 {
        return Err(LoadError::TooDeep(folder.into()));
    }
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if path.is_dir() {
            collect(&path, depth - 1, paths)?;
            continue;
        }
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("yaml") => paths.push(path),
            Some(other)
                if other.eq_ignore_ascii_case("yml") || other.eq_ignore_ascii_case("yaml") =>
            {
                return Err(LoadError::WrongEnding(path));
            }
            _ => {}
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<ConfigFile, LoadError> {
    let unreadable = |error| LoadError::Unreadable(path.into(), error);
    let mut content = Vec::new();
    let file = fs::File::open(path).map_err(unreadable)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut content).map_err(unreadable)?;
    if content.len() as u64 > FILE_BYTES_MAX {
        return Err(LoadError::TooLarge(path.into()));
    }
    let text = String::from_utf8(content).map_err(|_| LoadError::NotText(path.into()))?;
    Ok(ConfigFile { path: path.display().to_string(), text })
}
