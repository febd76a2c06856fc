// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tier that really builds and really boots: foobar, and every module of tests/zoo on kernels old and new.
//!
//! A folder of the zoo has an `expected.toml`; tests/README.md has its keys. A new case is a new folder.
//!
//! What is not in the cache is fetched. Without a network the tier fails, and says so; with WORKBENCH_TESTS=unreal it
//! is left out, and its tests are reported as ignored.

mod coverage;
mod editor;
mod expected;
mod in_tree;
mod lint;
mod machines;
mod nix;
mod nixpkgs;
mod record;
mod replay;
mod rust;
mod shell;
mod sources;
mod terminal;
mod watch;
mod zoo;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Arguments, Failed, Trial};

/// `unreal` leaves this tier out; `long` also tries what takes minutes and gigabytes, which is reported as ignored otherwise.
const VARIABLE: &str = "WORKBENCH_TESTS";

/// Which of the laptop's machines are tested on which kernel: all on the newest, and on older ones those whose tests ask most
/// of the kernel, the longest on one of them each. On all kernels they take half an hour of two cores.
const LAPTOPS: &[(&str, &str)] = &[
    ("7_3", "qc71-laptop"),
    (
        "5_10",
        "qc71-laptop@prox qc71-laptop@executive qc71-laptop@hero qc71-laptop@evo qc71-laptop@avell qc71-laptop@shared \
         qc71-laptop@foreign qc71-laptop@no-battery qc71-laptop@no-events qc71-laptop@forced",
    ),
    ("6_1", "qc71-laptop@prox qc71-laptop@avell qc71-laptop@two-doors qc71-laptop@sleeper"),
    ("6_12", "qc71-laptop@titan qc71-laptop@evo qc71-laptop@avell qc71-laptop@no-events"),
];

fn main() {
    let mut arguments = Arguments::from_args();
    // A machine takes a core, and make takes what there is.
    arguments.test_threads = arguments.test_threads.or(Some(2));
    let left_out = std::env::var(VARIABLE).is_ok_and(|value| value == "unreal");
    if left_out {
        note(&format!("{VARIABLE}=unreal: nothing is built or booted"));
    }
    let mut trials = vec![
        Trial::test("foobar", foobar),
        Trial::test("thermometer", || passes(&["tests/hardware/thermometer"], zoo::KERNELS)),
        Trial::test("wrong_table", wrong_table),
        Trial::test("judged_again", judged_again),
        Trial::test("nothing_twice", nothing_twice),
        Trial::test("warned_again", warned_again),
        Trial::test("repeated", repeated),
    ];
    trials.extend(LAPTOPS.iter().map(|(kernel, drivers)| {
        Trial::test(format!("qc71-laptop@{kernel}"), || passes(&drivers.split_whitespace().collect::<Vec<_>>(), kernel))
    }));
    trials.extend(zoo::trials(&arguments));
    trials.extend(lint::trials());
    trials.extend(editor::trials());
    trials.extend(replay::trials());
    trials.extend(machines::trials());
    trials.extend(shell::trials());
    trials.extend(watch::trials());
    trials.push(Trial::test("changes_of_names", zoo::changes));
    let leave_out = |trial: Trial| {
        let is_ignored = left_out || trial.has_ignored_flag();
        trial.with_ignored_flag(is_ignored)
    };
    let mut trials: Vec<Trial> = trials.into_iter().map(leave_out).collect();
    trials.push(nixpkgs::trial(left_out));
    trials.extend(nix::trials(left_out));
    trials.push(in_tree::trial(left_out));
    trials.extend(rust::trials(left_out));
    trials.extend(coverage::trials(left_out));
    trials.extend(sources::trials(left_out));
    trials.extend(expected::trials());
    trials.push(Trial::test("names_are_neutral", record::names_are_neutral));
    libtest_mimic::run(&arguments, trials).exit();
}

/// Whether what takes minutes and gigabytes is asked for.
pub(crate) fn is_long() -> bool {
    std::env::var(VARIABLE).is_ok_and(|value| value == "long")
}

/// The teaching driver, as a person runs it.
fn foobar() -> Result<(), Failed> {
    let output = xtask(&["vm-test", "--force", "foobar"])?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() && said.contains("pass foobar on ") {
        return Ok(());
    }
    Err(format!("{}; it said:\n{said}{}", output.status, String::from_utf8_lossy(&output.stderr)).into())
}

/// Drivers pass on these kernels.
fn passes(drivers: &[&str], kernels: &str) -> Result<(), Failed> {
    let kernels = kernels.split_whitespace().flat_map(|kernel| ["-k", kernel]);
    let args: Vec<&str> = ["vm-test", "--force"].into_iter().chain(drivers.iter().copied()).chain(kernels).collect();
    let output = xtask(&args)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    Err(format!("{}; it said:\n{said}{}", output.status, String::from_utf8_lossy(&output.stderr)).into())
}

/// A table that iasl refuses is the driver's fault, in its own line.
fn wrong_table() -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    let folder = copy_of_clean(top.path())?;
    std::fs::write(folder.join("driver.toml"), "[hardware]\nacpi = [\"ec.asl\"]\n")?;
    std::fs::write(folder.join("ec.asl"), "DefinitionBlock (\"\", \"SSDT\", 2, \"A\", \"B\", 1)\n{\n    Name (X\n}\n")?;
    let output = xtask(&["vm-test", "-v", &folder.display().to_string()])?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.code() == Some(1) && said.contains("ec.asl:4: error: syntax error") {
        return Ok(());
    }
    Err(format!("{}; it said:\n{said}{}", output.status, String::from_utf8_lossy(&output.stderr)).into())
}

/// A run's folder is enough to come to the same verdict again.
fn judged_again() -> Result<(), Failed> {
    let folder = root().join("tests/zoo/clean");
    let output = xtask(&["vm-test", "--force", "--json", &folder.display().to_string()])?;
    let first = outcome(&output)?;
    let kept = first["kept"].as_str().ok_or("the outcome does not say where the run is kept")?.to_owned();
    let again = outcome(&xtask(&["judge", "--json", &kept])?)?;
    if first["verdict"] != again["verdict"] {
        return Err(format!("first {}, then {}", first["verdict"], again["verdict"]).into());
    }
    Ok(())
}

/// What is not done again, and after which changes it is.
fn nothing_twice() -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    let folder = copy_of_clean(top.path())?;
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text);
    let source = std::fs::read_to_string(folder.join("clean.c"))?;
    run(&folder, &[], "pass; make, qemu")?;
    run(&folder, &[], "pass, cached; nothing")?;
    run(&folder, &["--force"], "pass; make, qemu")?;
    run(&folder, &[], "pass, cached; nothing")?;
    write("clean.c", &format!("{source}\n/* new */\n"))?;
    run(&folder, &[], "pass; make, qemu")?;
    write("driver.toml", "[test.log]\nrequire = [\"what no kernel says\"]\n")?;
    run(&folder, &[], "fail; qemu")?;
    run(&folder, &[], "fail, cached; nothing")?;
    write("driver.toml", "")?;
    run(&folder, &[], "pass, cached; nothing")?;
    write("clean.c", "#error no\n")?;
    run(&folder, &[], "fail; make")?;
    run(&folder, &[], "fail, cached; nothing")?;
    write("clean.c", &source)?;
    run(&folder, &[], "pass, cached; nothing")
}

/// A warning stands until what it is about is compiled anew, however often make runs.
fn warned_again() -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    let folder = copy_of_clean(top.path())?;
    let source = std::fs::read_to_string(folder.join("clean.c"))?;
    std::fs::write(folder.join("clean.c"), format!("{source}static int unused;\n"))?;
    run(&folder, &[], "pass, 1 warnings; make, qemu")?;
    run(&folder, &[], "pass, cached, 1 warnings; nothing")?;
    run(&folder, &["--force"], "pass, 1 warnings; make, qemu")?;
    // So it is when the program was killed after make was done.
    std::fs::remove_file(record_of_build(&folder)?)?;
    run(&folder, &["--force"], "pass, 1 warnings; make, qemu")?;
    std::fs::write(folder.join("clean.c"), &source)?;
    run(&folder, &[], "pass; make, qemu")
}

/// What is remembered of the only build of a folder that [`run`] has tested.
fn record_of_build(folder: &Path) -> Result<PathBuf, Failed> {
    let mut place = folder.with_file_name("target").join("workbench/build");
    for _ in ["driver", "kernel"] {
        place = std::fs::read_dir(&place)?.next().ok_or("nothing was built")??.path();
    }
    Ok(place.join("known.json"))
}

/// Several runs of one cell, of which some fail.
fn repeated() -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    let folder = copy_of_clean(top.path())?;
    run(&folder, &["--repeat", "3"], "pass, 3 of 3; make, qemu, qemu, qemu")?;
    run(&folder, &["--repeat", "2"], "pass, 2 of 2; qemu, qemu")?;
    let text = "[[test.step]]\nname = \"fails\"\nrun = \"false\"\n";
    std::fs::write(folder.join("driver.toml"), text)?;
    run(&folder, &["--repeat", "2", "--force"], "fail, 0 of 2; make, qemu, qemu")?;
    std::fs::write(folder.join("clean.c"), "#error no\n")?;
    run(&folder, &["--repeat", "5"], "fail; make")
}

/// A driver's folder that nobody else uses.
fn copy_of_clean(top: &Path) -> Result<PathBuf, Failed> {
    let folder = top.join("clean");
    std::fs::create_dir(&folder)?;
    for name in ["Kbuild", "clean.c"] {
        std::fs::copy(root().join("tests/zoo/clean").join(name), folder.join(name))?;
    }
    Ok(folder)
}

/// Tests a folder, and compares the verdict and the programs that were started for it.
fn run(folder: &Path, words: &[&str], expected: &str) -> Result<(), Failed> {
    let target = folder.with_file_name("target");
    let folder = folder.display().to_string();
    let output = xtask_with(&[&["vm-test", "--json", &folder], words].concat(), Some(&target))?;
    let outcome = outcome(&output)?;
    let mut said = outcome["verdict"]["verdict"].as_str().unwrap_or_default().to_owned();
    if outcome["cached"] == true {
        said.push_str(", cached");
    }
    if let Some(warnings) = outcome["warnings"].as_u64().filter(|warnings| *warnings > 0) {
        said = format!("{said}, {warnings} warnings");
    }
    if let Some(repeated) = outcome["repeated"].as_object() {
        said = format!("{said}, {} of {}", repeated["passed"], repeated["runs"]);
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let commands = lines.filter(|event| event["event"] == "command");
    let programs = commands.map(|event| {
        let line = event["line"].as_str().unwrap_or_default().to_owned();
        ["make", "qemu"].into_iter().find(|program| line.contains(program)).unwrap_or("other").to_owned()
    });
    let programs = programs.collect::<Vec<_>>().join(", ");
    let said = format!("{said}; {}", if programs.is_empty() { "nothing" } else { &programs });
    if said == expected { Ok(()) } else { Err(format!("`{said}`, not `{expected}`:\n{text}").into()) }
}

fn outcome(output: &Output) -> Result<serde_json::Value, Failed> {
    let text = String::from_utf8_lossy(&output.stdout);
    let events = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let outcome = events.into_iter().find(|event| event["event"] == "outcome");
    outcome.ok_or_else(|| format!("no outcome in\n{text}{}", String::from_utf8_lossy(&output.stderr)).into())
}

#[expect(clippy::disallowed_methods, reason = "the program under test is started as a person starts it")]
fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(args).current_dir(root());
    command
}

fn xtask(args: &[&str]) -> Result<Output, Failed> {
    xtask_with(args, None)
}

/// With a folder for its builds and runs that is nobody else's.
fn xtask_with(args: &[&str], target: Option<&Path>) -> Result<Output, Failed> {
    let mut command = command(args);
    if let Some(target) = target {
        command.env("CARGO_TARGET_DIR", target);
    }
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let advice = advice(&said);
    if advice.is_empty() { Ok(output) } else { Err(format!("{advice}{said}").into()) }
}

/// What mends it, when a program could not fetch what it needed.
fn advice(said: &str) -> String {
    if said.contains("failed to fetch") || said.contains("failed to get the index") {
        return format!(
            "this tier needs the Debian archive once, and could not reach it; to leave it out: {VARIABLE}=unreal\n"
        );
    }
    String::new()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

#[expect(clippy::print_stderr, reason = "a test program speaks to the person who runs it")]
fn note(text: &str) {
    eprintln!("{text}");
}
