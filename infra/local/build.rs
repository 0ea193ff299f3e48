//! Lists the files of `infra/pages`, so that whatever lies there is compiled in and served.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=../pages");
    let missing = || io::Error::other("cargo does not say where the package is");
    let package = env::var_os("CARGO_MANIFEST_DIR").ok_or_else(missing)?;
    let output = env::var_os("OUT_DIR").ok_or_else(missing)?;

    let mut files = Vec::new();
    let pages = Path::new(&package).join("../pages");
    if pages.is_dir() {
        for entry in fs::read_dir(&pages)? {
            let path = entry?.path();
            let is_page = path.extension().is_some_and(|end| {
                ["html", "js", "css", "svg", "png"].iter().any(|known| end == *known)
            });
            if let (true, Some(name)) = (is_page, path.file_name()) {
                files.push((name.to_string_lossy().into_owned(), path.canonicalize()?));
            }
        }
    }
    files.sort();

    let mut source = String::from("&[\n");
    for (name, path) in files {
        // Writing to a string cannot fail.
        let _ = writeln!(source, "    ({name:?}, include_bytes!({:?})),", path.to_string_lossy());
    }
    source.push_str("]\n");
    fs::write(Path::new(&output).join("pages.rs"), source)
}
