//! The binaries: those of the functions, as they are shipped, and the hello.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Name of the least function.
pub(super) const HELLO: &str = "hello";

/// The only target that `infra/build` and this share without a cross compiler.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// One function, built.
pub(super) struct Binary {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) size_bytes: u64,
}

/// Builds the hello and the functions `only`, or all of them. The hello comes first.
pub(super) fn build(profile: &str, only: &[String]) -> Result<Vec<Binary>, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root.join("functions"))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    if let Some(unknown) = only.iter().find(|name| !names.contains(name)) {
        return Err(format!("there is no function `{unknown}`").into());
    }
    names.retain(|name| only.is_empty() || only.contains(name));

    // The functions are built from the default members, so that cargo unifies the same features
    // as it does for what is shipped, and the hello by itself.
    let bins = names.iter().flat_map(|name| ["--bin", name]);
    cargo(&root, profile, bins)?;
    cargo(&root, profile, ["--package", HELLO])?;

    let folder = root.join("target").join(TARGET).join(profile);
    let all = std::iter::once(HELLO.to_owned()).chain(names);
    let built = all.map(|name| {
        let path = folder.join(&name);
        let size_bytes = std::fs::metadata(&path)?.len();
        Ok(Binary { name, path, size_bytes })
    });
    built.collect()
}

fn cargo<'a>(
    root: &Path,
    profile: &str,
    what: impl IntoIterator<Item = &'a str>,
) -> Result<(), Box<dyn Error>> {
    let built = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["build", "--quiet", "--target", TARGET, "--profile", profile])
        .args(what)
        .status()?;
    if built.success() { Ok(()) } else { Err("the functions do not build".into()) }
}
