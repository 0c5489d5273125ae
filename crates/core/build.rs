//! Writes the list of the files under `config/` for `rules::embedded` to compile in.

use std::{
    error::Error,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let config = root.join("config");
    // Of a folder, Cargo watches everything in it: new and removed files too.
    println!("cargo::rerun-if-changed={}", config.display());

    let mut files = Vec::new();
    collect(&config, &mut files)?;
    files.sort();
    let mut list = String::from("static FILES: &[(&str, &str)] = &[\n");
    for file in files {
        let name = file.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
        writeln!(list, "    ({name:?}, include_str!({:?})),", file.to_string_lossy())?;
    }
    list.push_str("];\n");
    fs::write(out_dir()?.join("embedded_config.rs"), list)?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this is how Cargo tells a build script its place")]
fn out_dir() -> Result<PathBuf, Box<dyn Error>> {
    Ok(std::env::var_os("OUT_DIR").ok_or("Cargo sets OUT_DIR")?.into())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    Ok(())
}
