// SPDX-License-Identifier: MIT OR Apache-2.0
//! `rust-project.json`, which tells rust-analyzer what a driver in Rust is made of: written by the kernel's own target of that name
//! (<https://docs.kernel.org/rust/quick-start.html#rust-analyzer>), with paths as they are outside of the tool root.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use fs_err as fs;
use serde_json::Value;

use super::{copy_sources, crates, lock, make, stage};
use crate::cmd::How;
use crate::context::Context;
use crate::driver::Driver;
use crate::kernel::{KernelTree, Tools};
use crate::toolchain::Way;

/// The file's name, which rust-analyzer looks for.
pub(crate) const FILE: &str = "rust-project.json";

/// Writes the file into a driver's folder, and gives its path. An error if the driver has nothing in Rust, the kernel's headers lack
/// its own crates' sources, or the compiler is not the one that has built the kernel.
pub(crate) fn write(context: &Context, driver: &Driver, kernel: &KernelTree) -> Result<PathBuf> {
    ensure!(!crates::crate_roots(&driver.dir)?.is_empty(), "`{}` has no crate in Rust", driver.dir.display());
    let library = "rust/kernel/lib.rs";
    ensure!(
        kernel.kdir.join(library).is_file(),
        "`{}` has no {library}, and {FILE} would name what is not there\n\
         help: a kernel that is built from source has it: `-k 7_3+rust`",
        kernel.kdir.display()
    );
    crates::check(context, driver, kernel)?;
    let dir = context.build_dir(driver, kernel);
    fs::create_dir_all(&dir)?;
    let _lock = lock(&dir, context)?;
    let copy = dir.join("src");
    copy_sources(driver, &dir, &copy)?;
    let make = make::target(context, driver, kernel, &copy, "rust-analyzer")?;
    let finished = make.output()?;
    let made = copy.join(FILE);
    ensure!(
        finished.how == How::Exited(0) && made.is_file(),
        "`{make}` wrote no {FILE}:\n{}",
        String::from_utf8_lossy(&finished.stderr).trim()
    );
    let text = fs::read_to_string(&made)?;
    fs::remove_file(made)?;
    let mut moves = vec![(copy, driver.dir.clone())];
    if kernel.tools == Tools::Root && context.way()? == Way::Root {
        moves.push(("/usr".into(), kernel.root.join("usr")));
    }
    let mut project: Value = serde_json::from_str(&text).context("the kernel's script wrote no JSON")?;
    outside(&mut project, &moves);
    if moves.len() > 1 {
        project["sysroot"] = sysroot(&dir.join("sysroot"), &kernel.root.join("usr"))?.to_string_lossy().into();
    }
    let text = serde_json::to_string_pretty(&project)? + "\n";
    let path = driver.dir.join(FILE);
    fs::write(&path, text)?;
    Ok(path)
}

/// What rust-analyzer starts of a compiler: it asks rustc about the target, and has procedural macros run by a program of its kind.
const PROGRAMS: &[&str] = &["bin/rustc", "libexec/rust-analyzer-proc-macro-srv"];

/// Fills a folder that is a tool root's `usr` as far as rust-analyzer needs one; its programs run outside of the root, by the root's
/// own loader, since the host may have an older libc.
fn sysroot(dir: &Path, usr: &Path) -> Result<PathBuf> {
    stage::remove_all(dir)?;
    let quoted = |path: PathBuf| Ok::<_, anyhow::Error>(shlex::try_quote(&path.to_string_lossy())?.into_owned());
    let libraries = usr.join("lib/x86_64-linux-gnu");
    let loader = quoted(libraries.join("ld-linux-x86-64.so.2"))?;
    let libraries = quoted(libraries)?;
    for program in PROGRAMS {
        let path = dir.join(program);
        fs::create_dir_all(path.parent().unwrap_or(dir))?;
        let real = quoted(usr.join(program))?;
        fs::write(&path, format!("#!/bin/sh\nexec {loader} --library-path {libraries} {real} \"$@\"\n"))?;
        fs::set_permissions(&path, Permissions::from_mode(0o755))?;
    }
    symlink(usr.join("lib"), dir.join("lib"))?;
    Ok(dir.to_owned())
}

/// Turns the paths below each first folder into those below the second.
fn outside(project: &mut Value, moves: &[(PathBuf, PathBuf)]) {
    map(project, &|text| {
        let path = Path::new(text);
        moves.iter().find_map(|(from, to)| {
            let below = path.strip_prefix(from).ok()?;
            let moved = if below.as_os_str().is_empty() { to.clone() } else { to.join(below) };
            Some(moved.to_string_lossy().into_owned())
        })
    });
}

/// Has the function replace texts, wherever they stand.
fn map(value: &mut Value, new: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(new) = new(text) {
                *text = new;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| map(value, new)),
        Value::Object(values) => values.values_mut().for_each(|value| map(value, new)),
        Value::Null | Value::Bool(_) | Value::Number(_) => (),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(moves: &[(&str, &str)], expected: &Expect) {
        let text = r#"{"crates": [{"root_module": "/t/src/a.rs", "cfg": ["CONFIG_A=\"/usr/b\"", "/usrs"], "is_proc_macro": true,
            "source": {"include_dirs": ["/t/src", "/k/rust"]}}, {"root_module": "/usr/lib/core.rs"}], "sysroot": "/usr"}"#;
        let mut project = serde_json::from_str(text).expect("JSON");
        outside(&mut project, &moves.iter().map(|(from, to)| (from.into(), to.into())).collect::<Vec<_>>());
        let text = serde_json::to_string_pretty(&project).expect("JSON");
        expected.assert_eq(&text);
    }

    #[test]
    fn paths() {
        check(
            &[("/t/src", "/home/a")],
            &expect![[r#"
            {
              "crates": [
                {
                  "cfg": [
                    "CONFIG_A=\"/usr/b\"",
                    "/usrs"
                  ],
                  "is_proc_macro": true,
                  "root_module": "/home/a/a.rs",
                  "source": {
                    "include_dirs": [
                      "/home/a",
                      "/k/rust"
                    ]
                  }
                },
                {
                  "root_module": "/usr/lib/core.rs"
                }
              ],
              "sysroot": "/usr"
            }"#]],
        );
        check(
            &[("/t/src", "/home/a"), ("/usr", "/c/root/usr")],
            &expect![[r#"
            {
              "crates": [
                {
                  "cfg": [
                    "CONFIG_A=\"/usr/b\"",
                    "/usrs"
                  ],
                  "is_proc_macro": true,
                  "root_module": "/home/a/a.rs",
                  "source": {
                    "include_dirs": [
                      "/home/a",
                      "/k/rust"
                    ]
                  }
                },
                {
                  "root_module": "/c/root/usr/lib/core.rs"
                }
              ],
              "sysroot": "/c/root/usr"
            }"#]],
        );
    }
}
