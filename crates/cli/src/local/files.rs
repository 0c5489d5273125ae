//! What a run reads and writes on this machine: inputs, outputs, and the address it serves at.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
};

use cdc_local::run::InputFile;

use crate::{
    failure::CommandError,
    input_file,
    output::{CARE, Output},
};

/// Where tools for local AWS look first.
const DEFAULT_ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 4566);

/// The content of an input; `-` is standard input.
pub(super) fn input(path: &Path) -> Result<InputFile, CommandError> {
    let input_file::InputFile { name, content } = input_file::read(path)?;
    Ok(InputFile { name, content })
}

/// A file that a run writes at its end.
pub(super) struct OutFile {
    path: PathBuf,
    file: File,
}

impl OutFile {
    /// Makes the file, empty.
    pub(super) fn create(path: &Path) -> Result<Self, CommandError> {
        match File::create(path) {
            Ok(file) => Ok(Self { path: path.to_owned(), file }),
            Err(error) => Err(unwritable(path, error)),
        }
    }

    /// Writes the lines.
    pub(super) fn write(self, mut lines: impl Iterator<Item = String>) -> Result<(), CommandError> {
        let mut out = BufWriter::new(self.file);
        let written = lines.try_for_each(|line| writeln!(out, "{line}")).and_then(|()| out.flush());
        written.map_err(|error| unwritable(&self.path, error))
    }
}

fn unwritable(path: &Path, error: io::Error) -> CommandError {
    CommandError::failed(format_args!("{}: cannot be written", path.display()), error)
}

/// A JSON text as one line of NDJSON. Line ends stand between its tokens, never inside one.
pub(super) fn line(json: &str) -> String {
    json.replace(['\n', '\r'], " ")
}

/// The default address, unless somebody else is there: then it is said, and nothing is served.
pub(super) fn default_address(output: &mut Output) -> Option<SocketAddr> {
    if TcpListener::bind(DEFAULT_ADDRESS).is_ok() {
        return Some(DEFAULT_ADDRESS);
    }
    output.note(format_args!(
        "{CARE}note:{CARE:#} {DEFAULT_ADDRESS} is taken, so the AWS APIs are not served to other \
         processes; --listen ADDR names another address"
    ));
    None
}
