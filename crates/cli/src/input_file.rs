//! Files that are read whole: by name, or standard input where the name is `-`.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use crate::failure::CommandError;

/// Largest input: it is held in memory.
const BYTES_MAX: u64 = 1 << 30;

/// A file by its name and content.
pub(crate) struct InputFile {
    /// For messages.
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<InputFile, CommandError> {
    let name = path.display().to_string();
    let content = if path.as_os_str() == "-" {
        load(io::stdin().lock())
    } else {
        File::open(path).and_then(load)
    };
    match content {
        Ok(content) => Ok(InputFile { name, content }),
        Err(error) => Err(CommandError::failed(format_args!("{name}: cannot be read"), error)),
    }
}

fn load(source: impl Read) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    source.take(BYTES_MAX + 1).read_to_end(&mut content)?;
    if content.len() as u64 > BYTES_MAX {
        let text = format!("it has more than {BYTES_MAX} bytes; split it");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    Ok(content)
}
