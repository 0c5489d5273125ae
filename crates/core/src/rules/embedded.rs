//! The project's own configuration, compiled in by `build.rs`: a deployed function reads no file,
//! so nothing but a new build changes what it publishes.

use super::ConfigFile;

include!(concat!(env!("OUT_DIR"), "/embedded_config.rs"));

/// The files of `config/`, by path.
pub(super) fn files() -> Vec<ConfigFile> {
    FILES
        .iter()
        .map(|(path, text)| ConfigFile { path: (*path).to_owned(), text: (*text).to_owned() })
        .collect()
}
