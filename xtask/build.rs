// SPDX-License-Identifier: MIT OR Apache-2.0
//! Makes a word of all that verdicts hang on in this program: what an earlier build of it has found out is then asked again,
//! and what one that only speaks otherwise has found out is not.

use std::error::Error;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

/// What no build and no verdict hangs on: how things are said, and tasks that judge nothing.
const TEXT_ONLY: &[&str] = &[
    "src/ci",
    "src/ci.rs",
    "src/cli",
    "src/cli.rs",
    "src/cmd/raw.rs",
    "src/guest/shell.rs",
    "src/judge/tests",
    "src/main.rs",
    "src/package",
    "src/prune.rs",
    "src/report",
    "src/repository.rs",
    "src/tasks/ci.rs",
    "src/tasks/doctor.rs",
    "src/tasks/judge.rs",
    "src/tasks/kernels.rs",
    "src/tasks/lint.rs",
    "src/tasks/new",
    "src/tasks/new.rs",
    "src/tasks/package",
    "src/tasks/package.rs",
    "src/tasks/shell",
    "src/tasks/shell.rs",
    "src/vm/attend",
    "src/vm/attend.rs",
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut sources = Vec::new();
    collect(Path::new("src"), &mut sources)?;
    // The versions of what parses, hashes and unpacks.
    sources.push(PathBuf::from("../Cargo.lock"));
    sources.sort();
    let mut hash = DefaultHasher::new();
    for path in sources {
        path.hash(&mut hash);
        fs::read(&path)?.hash(&mut hash);
    }
    println!("cargo::rustc-env=WORKBENCH_ENGINE={:016x}", hash.finish());
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=../Cargo.lock");
    Ok(())
}

fn collect(path: &Path, sources: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    if TEXT_ONLY.iter().any(|it| path == Path::new(it)) {
        return Ok(());
    }
    if !path.is_dir() {
        sources.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        collect(&entry?.path(), sources)?;
    }
    Ok(())
}
