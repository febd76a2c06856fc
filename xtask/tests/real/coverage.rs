// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which lines have run, on a kernel that is built for counting.
//!
//! The kernel costs minutes of two cores, so this takes WORKBENCH_TESTS=long.

use std::path::Path;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

const KERNEL: &str = "6_12+coverage";

pub(crate) fn trials(left_out: bool) -> Vec<Trial> {
    let trial = |name: &str, run: fn() -> Result<(), Failed>| {
        Trial::test(format!("coverage::{name}"), run).with_ignored_flag(left_out || !crate::is_long())
    };
    vec![
        trial("lines", lines),
        trial("machines", machines),
        trial("crash", crash),
        trial("elsewhere", elsewhere),
        trial("in_tree", in_tree),
    ]
}

/// What a command line of `vm-test` says of coverage, and what the tracefile of it all has.
fn counted(top: &Path, words: &[&str]) -> Result<(Value, String), Failed> {
    let file = top.join("all.info");
    let file = file.to_string_lossy();
    let args = [&["vm-test", "--json", "-k", KERNEL, "--lcov", &file], words].concat();
    let output = super::xtask_with(&args, Some(&top.join("target")))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let events = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let coverage = events.into_iter().find(|event| event["event"] == "coverage");
    let coverage =
        coverage.ok_or_else(|| format!("no coverage in\n{said}{}", String::from_utf8_lossy(&output.stderr)))?;
    Ok((coverage, std::fs::read_to_string(&*file)?))
}

/// How often the line of a source that begins like this has run.
fn count(tracefile: &str, source: &Path, begin: &str) -> Result<u64, Failed> {
    let text = std::fs::read_to_string(source)?;
    let number = text.lines().position(|line| line.trim_start().starts_with(begin)).ok_or("no such line")? + 1;
    let records = tracefile.split_once(&format!("SF:{}\n", source.display())).ok_or("no such source")?.1;
    let of_file = records.split("end_of_record").next().unwrap_or_default();
    let line = of_file.lines().find_map(|line| line.strip_prefix(&format!("DA:{number},")));
    Ok(line.ok_or_else(|| format!("there is no code of `{begin}`, line {number}:\n{of_file}"))?.parse()?)
}

/// Lines that are known to run have run, and so has what is called when the module is unloaded; a path that no test takes has not.
fn lines() -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    let (coverage, tracefile) = counted(top.path(), &["foobar"])?;
    let main = super::root().join("driver/foobar_main.c");
    for (begin, has_run) in [
        ("foobar->open_files++;", true),
        ("pr_info(\"Foobar Driver inserted.", true),
        ("misc_deregister(&foobar_device.misc);", true),
        ("pr_err(\"cannot register the device", false),
    ] {
        let count = count(&tracefile, &main, begin)?;
        if (count > 0) != has_run {
            return Err(format!("`{begin}` has run {count} times:\n{tracefile}").into());
        }
    }
    // The way out after `mutex_lock_interruptible()` has no code but this branch.
    if !tracefile.lines().any(|line| line.starts_with("BRDA:") && line.ends_with(",0")) {
        return Err(format!("no branch that was never taken:\n{tracefile}").into());
    }
    if coverage["missing"] != serde_json::json!([]) || tracefile.contains("/include/linux/") {
        return Err(format!("{coverage}\n{tracefile}").into());
    }
    // What is remembered has the same counts, unless they are gone.
    let (again, same) = counted(top.path(), &["foobar"])?;
    if again != coverage || same != tracefile {
        return Err(format!("first {coverage}, then {again}").into());
    }
    let run = top.path().join("target/workbench/runs/foobar").join(coverage["kernel"].as_str().unwrap_or_default());
    std::fs::remove_file(run.join("1/coverage.json"))?;
    let (anew, _) = counted(top.path(), &["foobar"])?;
    if anew["lines"] == coverage["lines"] && run.join("2/coverage.json").exists() {
        return Ok(());
    }
    Err(format!("first {coverage}, then {anew}").into())
}

/// Machines on which the driver is refused for different reasons: together they run more than one alone.
fn machines() -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    let covered = |words: &[&str]| -> Result<(u64, u64), Failed> {
        let (coverage, _) = counted(top.path(), words)?;
        let share = |what: &str| coverage["lines"][what].as_u64().ok_or("no number");
        Ok((share("covered")?, share("all")?))
    };
    let (one, other) = ("qc71-laptop@foreign", "qc71-laptop@no-method");
    let (alone, all) = covered(&[one])?;
    let (together, all_together) = covered(&[one, other])?;
    if alone > 0 && together > alone && together <= all && all == all_together {
        return Ok(());
    }
    Err(format!("{alone} of {all} alone, {together} of {all_together} together").into())
}

/// A machine that ends has no counts, and no numbers are made up.
fn crash() -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    let (coverage, tracefile) = counted(top.path(), &["tests/zoo/oops-in-init"])?;
    let why = coverage["missing"][0]["why"].as_str().unwrap_or_default();
    if why.contains("ended before") && coverage["files"] == serde_json::json!([]) && tracefile.is_empty() {
        return Ok(());
    }
    Err(format!("{coverage}\n{tracefile}").into())
}

/// On a kernel that does not count, a driver is skipped, and it is said what mends it.
fn elsewhere() -> Result<(), Failed> {
    let outcome = super::outcome(&super::xtask(&["vm-test", "--json", "--coverage", "foobar", "-k", "6_1"])?)?;
    let reason = outcome["verdict"]["because"][0].as_str().unwrap_or_default();
    if outcome["verdict"]["verdict"] == "skip" && reason.contains("`-k 6_1+coverage`") {
        return Ok(());
    }
    Err(format!("{outcome}").into())
}

/// Of a driver of the kernel's tree, its own sources are counted, and not the headers that they include.
fn in_tree() -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    let (coverage, tracefile) = counted(top.path(), &["--in-tree", "drivers/input/sparse-keymap.ko"])?;
    let sources: Vec<&str> = tracefile.lines().filter_map(|line| line.strip_prefix("SF:")).collect();
    if matches!(sources[..], [source] if source.ends_with("/drivers/input/sparse-keymap.c")) {
        return Ok(());
    }
    Err(format!("{coverage}\nof {sources:?}").into())
}
