//! A proposal as files of a folder.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use cdc_core::rules::ConfigFile;

use crate::failure::CommandError;

/// Writes the files, and tells their paths. Unless forced, all of them must be new: else nothing is
/// written at all.
pub(super) fn write(
    folder: &Path,
    files: &[ConfigFile],
    force: bool,
) -> Result<Vec<PathBuf>, CommandError> {
    let paths: Vec<PathBuf> = files.iter().map(|file| folder.join(&file.path)).collect();
    let existing = paths.iter().find(|path| path.symlink_metadata().is_ok());
    if let Some(path) = existing.filter(|_| !force) {
        let text = format!(
            "{}: exists, so nothing was written; choose another folder, or add --force",
            path.display()
        );
        return Err(CommandError::Failed(text, None));
    }
    for (path, file) in paths.iter().zip(files) {
        write_file(path, &file.text, force).map_err(|error| {
            CommandError::failed(format_args!("{}: cannot be written", path.display()), error)
        })?;
    }
    Ok(paths)
}

fn write_file(path: &Path, text: &str, force: bool) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true);
    // Whoever makes the file in the meantime keeps it.
    if force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    options.open(path)?.write_all(text.as_bytes())
}
