//! Bundles GraphiQL from npm into the binary, so that it works without a network.
//!
//! Without npm, or with `PATIENTGRAPH_GRAPHIQL=cdn`, the binary gets the page that loads GraphiQL from its CDN.

use std::collections::hash_map::DefaultHasher;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the page is made of, in `graphiql/`. The queries are read by the server too.
const SOURCES: [&str; 6] = [".npmrc", "package.json", "package-lock.json", "bundle.mjs", "src", "queries"];

/// The page without npm.
const CDN: &str = "graphiql/cdn/assets";

fn main() -> Result<(), Box<dyn Error>> {
    for source in SOURCES {
        println!("cargo::rerun-if-changed=graphiql/{source}");
    }
    println!("cargo::rerun-if-changed={CDN}");
    println!("cargo::rerun-if-env-changed=PATIENTGRAPH_GRAPHIQL");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);

    let bundled = if std::env::var("PATIENTGRAPH_GRAPHIQL").is_ok_and(|choice| choice == "cdn") {
        None
    } else {
        match bundle(&out) {
            Ok(directory) => Some(directory),
            Err(why) => {
                println!("cargo::warning=GraphiQL is not bundled and will come from its CDN: {why}");
                println!("cargo::warning=`cargo clean -p patientgraph` makes the next build try again");
                None
            }
        }
    };
    let assets = bundled.as_deref().unwrap_or(Path::new(CDN));
    fs::write(out.join("graphiql_assets.rs"), list(assets, bundled.is_some())?)?;
    Ok(())
}

/// Runs npm in a copy, so that the source tree stays as it is. The directory of the bundle.
fn bundle(out: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let copy = out.join("graphiql");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    fs::create_dir_all(&copy)?;
    for source in SOURCES {
        copy_all(&Path::new("graphiql").join(source), &copy.join(source))?;
    }
    // Packages run no scripts of theirs here; a build without a network should not wait for one for long.
    npm(&copy, &["ci", "--ignore-scripts", "--prefer-offline", "--fetch-retries=1", "--fetch-timeout=60000"])?;
    npm(&copy, &["run", "bundle"])?;
    // 200 MB that the next build takes from npm's cache if anything changes.
    fs::remove_dir_all(copy.join("node_modules"))?;
    Ok(copy.join("dist"))
}

fn npm(directory: &Path, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output = Command::new(npm)
        .args(arguments)
        .current_dir(directory)
        .output()
        .map_err(|why| format!("npm does not start ({why})"))?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let first = errors.lines().find(|line| line.contains("error")).unwrap_or("no reason given");
    Err(format!("npm {} failed: {first}", arguments[0]).into())
}

fn copy_all(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy_all(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Rust source that lists the files of `directory`: what ends in `.gz` is served under the name before it.
fn list(directory: &Path, bundled: bool) -> Result<String, Box<dyn Error>> {
    let directory = fs::canonicalize(directory)?;
    let mut files = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.sort();
    let mut hash = DefaultHasher::new();
    let mut assets = String::new();
    for file in &files {
        let bytes = fs::read(file)?;
        (file.file_name(), bytes).hash(&mut hash);
        let name = file.file_name().and_then(|name| name.to_str()).ok_or("a file name that is not UTF-8")?;
        let (name, gzip) = name.strip_suffix(".gz").map_or((name, false), |name| (name, true));
        writeln!(assets, "    Asset {{ name: {name:?}, gzip: {gzip}, bytes: include_bytes!({file:?}) }},")?;
    }
    Ok(format!(
        "const BUNDLED: bool = {bundled};\nconst ETAG: &str = \"\\\"{:016x}\\\"\";\nstatic ASSETS: &[Asset] = &[\n{assets}];\n",
        hash.finish()
    ))
}
