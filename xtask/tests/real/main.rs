// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tier that really builds and really boots: foobar, and every module of tests/zoo, on a Debian kernel.
//!
//! A folder of the zoo has a file `expected`: its first line is `status N`, the exit status of `cargo xtask vm-test`;
//! each further line is a text that its output must contain. A new case is a new folder.
//!
//! What is not in the cache is fetched. Without a network the tier fails, and says so; with WORKBENCH_TESTS=unreal it
//! is left out, and its tests are reported as ignored.

use std::path::{Path, PathBuf};
use std::process::Output;

use libtest_mimic::{Arguments, Failed, Trial};

/// The variable that leaves this tier out.
const VARIABLE: &str = "WORKBENCH_TESTS";

fn main() {
    let mut arguments = Arguments::from_args();
    // A machine takes a core, and make takes what there is.
    arguments.test_threads = arguments.test_threads.or(Some(2));
    let left_out = std::env::var(VARIABLE).is_ok_and(|value| value == "unreal");
    if left_out {
        note(&format!("{VARIABLE}=unreal: nothing is built or booted"));
    }
    let mut trials = vec![
        Trial::test("foobar", || check(&root().join("driver"), "status 0\npass foobar on\nsteps")),
        Trial::test("judged_again", judged_again),
    ];
    for folder in zoo() {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        trials.push(Trial::test(format!("zoo::{name}"), move || {
            let expected =
                std::fs::read_to_string(folder.join("expected")).map_err(|err| format!("no `expected`: {err}"))?;
            check(&folder, &expected)
        }));
    }
    let trials = trials.into_iter().map(|trial| trial.with_ignored_flag(left_out)).collect();
    libtest_mimic::run(&arguments, trials).exit();
}

/// Tests a driver's folder and compares what the tool says.
fn check(folder: &Path, expected: &str) -> Result<(), Failed> {
    let output = xtask(&["vm-test", &folder.display().to_string()])?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let context = || format!("it said:\n{said}{}", String::from_utf8_lossy(&output.stderr));
    let mut lines = expected.lines();
    let status =
        lines.next().and_then(|line| line.strip_prefix("status ")).ok_or("the first line is not `status N`")?;
    if output.status.code().map(|code| code.to_string()).as_deref() != Some(status) {
        return Err(format!("{}, not {status}; {}", output.status, context()).into());
    }
    match lines.find(|text| !said.contains(text)) {
        Some(text) => Err(format!("`{text}` is missing; {}", context()).into()),
        None => Ok(()),
    }
}

/// A run's folder is enough to come to the same verdict again.
fn judged_again() -> Result<(), Failed> {
    let folder = root().join("tests/zoo/clean");
    let output = xtask(&["vm-test", "--json", &folder.display().to_string()])?;
    let first = outcome(&output)?;
    let kept = first["kept"].as_str().ok_or("the outcome does not say where the run is kept")?.to_owned();
    let again = outcome(&xtask(&["judge", "--json", &kept])?)?;
    if first["verdict"] != again["verdict"] {
        return Err(format!("first {}, then {}", first["verdict"], again["verdict"]).into());
    }
    Ok(())
}

fn outcome(output: &Output) -> Result<serde_json::Value, Failed> {
    let text = String::from_utf8_lossy(&output.stdout);
    let events = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let outcome = events.into_iter().find(|event| event["event"] == "outcome");
    outcome.ok_or_else(|| format!("no outcome in\n{text}{}", String::from_utf8_lossy(&output.stderr)).into())
}

#[expect(clippy::disallowed_methods, reason = "the program under test is started as a person starts it")]
fn xtask(args: &[&str]) -> Result<Output, Failed> {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_xtask")).args(args).current_dir(root()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("failed to fetch") || said.contains("failed to get the index") {
        return Err(format!(
            "this tier needs the Debian archive once, and could not reach it; to leave it out: {VARIABLE}=unreal\n{said}"
        )
        .into());
    }
    Ok(output)
}

fn zoo() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("tests/zoo")).into_iter().flatten();
    let mut folders: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect();
    assert!(!folders.is_empty(), "tests/zoo is empty");
    folders.sort();
    folders
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

#[expect(clippy::print_stderr, reason = "a test program speaks to the person who runs it")]
fn note(text: &str) {
    eprintln!("{text}");
}
