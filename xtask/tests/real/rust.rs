// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drivers in Rust, on kernels that are built for it: the teaching driver, and a new one.
//!
//! The sources of each are 160 MB and the compilers 310, and it takes ten minutes of two cores, so this takes WORKBENCH_TESTS=long.

use std::path::Path;

use libtest_mimic::{Failed, Trial};
use xtask::cmd::{Cmd, How};

/// They have compilers of different suites.
const KERNELS: &str = "7_2+rust 7_3+rust";

/// The oldest on which a new driver is tried.
const OLD: &str = "6_12+rust";

/// Debian's own has the option, and headers that lack the rest.
const WITHOUT: &str = "7_3";

pub(crate) fn trials(left_out: bool) -> Vec<Trial> {
    let trial = |name: &str, run: fn() -> Result<(), Failed>| {
        Trial::test(format!("rust::{name}"), run).with_ignored_flag(left_out || !crate::is_long())
    };
    vec![
        trial("passes", passes),
        trial("new", new),
        trial("lint", lint),
        trial("documentation", documentation),
        trial("rust_analyzer", rust_analyzer),
    ]
}

fn passes() -> Result<(), Failed> {
    super::passes(&["driver/rust"], KERNELS)?;
    let outcome = super::outcome(&super::xtask(&["vm-test", "--json", "driver/rust", "-k", WITHOUT])?)?;
    if outcome["verdict"]["verdict"] == "skip" { Ok(()) } else { Err(format!("{outcome} on {WITHOUT}").into()) }
}

/// The smallest driver passes wherever there is Rust.
fn new() -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    let folder = new_in(top.path())?;
    super::passes(&[&folder], &format!("{OLD} {KERNELS}"))
}

/// Neither has a warning, and one that is there is seen.
fn lint() -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    let folder = new_in(top.path())?;
    for kernel in KERNELS.split(' ') {
        for driver in ["driver/rust", &folder] {
            let outcome = super::outcome(&super::xtask(&["lint", "--json", driver, "-k", kernel])?)?;
            check(&outcome, outcome["verdict"]["verdict"] == "pass" && outcome["warnings"] == 0)?;
        }
    }
    let source = Path::new(&folder).join("hello.rs");
    let text = std::fs::read_to_string(&source)?.replace("Ok(Self)", "return Ok(Self);");
    std::fs::write(&source, text)?;
    let output = super::xtask(&["lint", "--json", &folder, "-k", "7_3+rust"])?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let outcome = super::outcome(&output)?;
    check(&outcome, outcome["verdict"]["verdict"] == "fail" && outcome["warnings"] == 1)?;
    check(&said.clone().into(), said.contains("hello.rs:20:9: warning: unneeded `return` statement"))
}

/// rustdoc has nothing to complain of, and has written of what only the driver's author sees.
fn documentation() -> Result<(), Failed> {
    for kernel in KERNELS.split(' ') {
        let outcome = super::outcome(&super::xtask(&["build", "--json", "--doc", "driver/rust", "-k", kernel])?)?;
        let module = outcome["modules"][0].as_str().ok_or("it names no module")?;
        let page = Path::new(module).with_file_name("../doc/foobar/struct.Foobar.html");
        check(&outcome, page.is_file() && outcome["warnings"] == 0)?;
    }
    Ok(())
}

/// All that rust-project.json names is there.
fn rust_analyzer() -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    let folder = new_in(top.path())?;
    for kernel in [OLD, "7_3+rust"] {
        let outcome = super::outcome(&super::xtask(&["build", "--json", "--editor", &folder, "-k", kernel])?)?;
        check(&outcome, outcome["verdict"]["verdict"] == "pass")?;
        let text = std::fs::read_to_string(Path::new(&folder).join("rust-project.json"))?;
        let project: serde_json::Value = serde_json::from_str(&text)?;
        let crates = project["crates"].as_array().ok_or("it has no crates")?;
        for it in crates {
            for key in ["root_module", "proc_macro_dylib_path"] {
                // What is relative is so to the file, which is in the driver's folder.
                check(it, it[key].as_str().is_none_or(|path| Path::new(&folder).join(path).is_file()))?;
            }
        }
        let sysroot = Path::new(project["sysroot"].as_str().ok_or("it names no sysroot")?);
        let asked = Cmd::new(sysroot.join("bin/rustc")).arg("--version").output()?;
        check(
            &project["sysroot"],
            asked.how == How::Exited(0) && sysroot.join("lib/rustlib/src/rust/library").is_dir(),
        )?;
        let own = crates.iter().find(|it| it["display_name"] == "hello").ok_or("the driver is not in it")?;
        let root = Path::new(&folder).join(own["root_module"].as_str().unwrap_or_default());
        check(own, root == Path::new(&folder).join("hello.rs"))?;
        check(&project, ["core", "kernel"].iter().all(|name| crates.iter().any(|it| it["display_name"] == *name)))?;
        // It is no source: nothing is built again.
        let again = super::outcome(&super::xtask(&["build", "--json", &folder, "-k", kernel])?)?;
        check(&again, again["cached"] == true)?;
    }
    Ok(())
}

/// A new driver in Rust: its folder.
fn new_in(top: &Path) -> Result<String, Failed> {
    let folder = top.canonicalize()?.join("hello").display().to_string();
    super::xtask(&["new", "--rust", &folder])?;
    Ok(folder)
}

fn check(said: &serde_json::Value, is_so: bool) -> Result<(), Failed> {
    if is_so { Ok(()) } else { Err(format!("{said}").into()) }
}
