//! The tree's own text files: all that is committed, told without git.

use std::{fs, path::Path};

use crate::schemas::workspace;

/// What `.gitignore` names, and what belongs to git itself: a folder, or in a linked worktree a file.
const SKIPPED: [&str; 4] = ["target", ".git", ".cdc-local", ".aws-sam"];

/// A text file by its path in the workspace, with `/` between its parts.
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

impl File {
    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The name without folder and extension.
    pub(super) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.split_once('.').map_or(name, |(stem, _)| stem)
    }
}

/// All text files, sorted by path.
pub(super) fn files() -> Vec<File> {
    let mut files = Vec::new();
    collect(&workspace(""), "", &mut files);
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let kind = entry.file_type().unwrap();
        let path = format!("{prefix}{name}");
        if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
            collect(&entry.path(), &format!("{path}/"), files);
        } else if kind.is_file()
            && !SKIPPED.contains(&name.as_str())
            // A file may go while others work on the tree; what is no text is none of ours.
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            files.push(File { path, text });
        }
    }
}
