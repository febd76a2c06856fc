// SPDX-License-Identifier: MIT OR Apache-2.0
//! Machines that are kept ready: none is trusted that is not whole, and what a snapshot can get wrong is right.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use xtask::context::{Context, Locking, ToolChoice};
use xtask::fetch::Network;
use xtask::report::Events;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("machines::spoiled", spoiled),
        Trial::test("machines::no_room", no_room),
        Trial::test("machines::killed", killed),
        Trial::test("machines::time_and_chance", time_and_chance),
    ]
}

/// A folder that nobody else uses, for a machine that nobody else has: its memory has another size.
fn folder(top: &Path, memory: &str, steps: &str) -> Result<PathBuf, Failed> {
    let folder = crate::copy_of_clean(&top.canonicalize()?)?;
    std::fs::write(folder.join("driver.toml"), format!("[hardware]\nmemory = \"{memory}\"\n{steps}"))?;
    Ok(folder)
}

/// The outcome of a test that is not remembered.
fn test(folder: &Path, kernel: &str) -> Result<Value, Failed> {
    test_with(&[], folder, kernel)
}

fn test_with(words: &[&str], folder: &Path, kernel: &str) -> Result<Value, Failed> {
    let name = folder.display().to_string();
    let words = [&["vm-test", "--json", "--force", &name, "-k", kernel], words].concat();
    crate::outcome(&crate::xtask_with(&words, Some(&folder.with_file_name("target")))?)
}

fn expect_pass(outcome: &Value) -> Result<(), Failed> {
    let passes = outcome["verdict"]["verdict"] == "pass";
    if passes { Ok(()) } else { Err(format!("it does not pass: {outcome}").into()) }
}

/// Where machines are kept.
fn place() -> Result<PathBuf, Failed> {
    let context = Context::new(Events::new(channel().0), Network::Offline, Locking::Preferred, None, ToolChoice::Own);
    Ok(context.map_err(|err| format!("{err:#}"))?.cache.path("machines", ""))
}

fn kept() -> Result<Vec<PathBuf>, Failed> {
    let entries = std::fs::read_dir(place()?).into_iter().flatten();
    Ok(entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
}

fn spoiled() -> Result<(), Failed> {
    type Spoil = fn(&Path) -> std::io::Result<()>;
    let ways: [(&str, Spoil); 6] = [
        ("its memory has another byte", |dir| {
            use std::os::unix::fs::FileExt as _;
            std::fs::OpenOptions::new().write(true).open(dir.join("memory"))?.write_all_at(b"x", 20_000_000)
        }),
        ("its memory is cut short", |dir| {
            std::fs::OpenOptions::new().write(true).open(dir.join("memory"))?.set_len(1_000_000)
        }),
        ("its memory is gone", |dir| std::fs::remove_file(dir.join("memory"))),
        ("its state is cut short", |dir| {
            let state = std::fs::read(dir.join("state"))?;
            std::fs::write(dir.join("state"), &state[..state.len() / 2])
        }),
        ("its record is gone", |dir| std::fs::remove_file(dir.join("machine.json"))),
        ("its record is no record", |dir| std::fs::write(dir.join("machine.json"), "{")),
    ];
    let top = tempfile::tempdir()?;
    let folder = folder(top.path(), "197M", "")?;
    let size = |path: PathBuf| std::fs::metadata(path).map_or(0, |data| data.len());
    let is_its = |dir: &PathBuf| size(dir.join("memory")) == 197 << 20;
    // A run that failed leaves its own.
    kept()?.into_iter().filter(is_its).try_for_each(std::fs::remove_dir_all)?;
    expect_pass(&test(&folder, "6_1")?)?;
    let dir = kept()?.into_iter().find(is_its).ok_or("no machine was kept")?;
    for (what, spoil) in ways {
        // Who is in a hurry starts the machine before the driver is built.
        for words in [&[][..], &["--hurry"]] {
            spoil(&dir)?;
            expect_pass(&test_with(words, &folder, "6_1")?).map_err(|err| format!("{what}, {words:?}: {err:?}"))?;
            let is_whole = size(dir.join("memory")) == 197 << 20 && dir.join("machine.json").exists();
            if !is_whole {
                return Err(format!("{what}, {words:?}: the machine was not made anew").into());
            }
        }
    }
    std::fs::remove_dir_all(dir)?;
    Ok(())
}

/// A machine that can't be saved is booted, and it is said why.
fn no_room() -> Result<(), Failed> {
    const MOST: libc::rlim_t = 40 << 20;
    let top = tempfile::tempdir()?;
    let folder = folder(top.path(), "198M", "")?;
    let mut command = crate::command(&["vm-test", "--json", &folder.display().to_string(), "-k", "6_1"]);
    command.env("CARGO_TARGET_DIR", folder.with_file_name("target"));
    // SAFETY: between fork and exec only a system call is made.
    unsafe {
        command.pre_exec(|| {
            let limit = libc::rlimit { rlim_cur: MOST, rlim_max: MOST };
            if libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit) != 0 {
                return Err(std::io::Error::last_os_error());
            }
            Ok(())
        });
    }
    let output = command.output()?;
    expect_pass(&crate::outcome(&output)?)?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !said.contains("can't be kept ready, so it is booted each time") {
        return Err(format!("it is not said that no machine was kept:\n{said}").into());
    }
    Ok(())
}

/// A run whose QEMU is killed is lost, and the next one is as if it had not been.
fn killed() -> Result<(), Failed> {
    let top = tempfile::tempdir()?;
    let folder = folder(top.path(), "199M", "[[test.step]]\nname = \"takes its time\"\nrun = \"sleep 3\"\n")?;
    expect_pass(&test(&folder, "6_1")?)?;
    let mut command = crate::command(&["vm-test", "--json", "--force", &folder.display().to_string(), "-k", "6_1"]);
    command.env("CARGO_TARGET_DIR", folder.with_file_name("target"));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mine = top.path().canonicalize()?.display().to_string();
    let qemu = (0..600).find_map(|_| {
        std::thread::sleep(Duration::from_millis(50));
        processes().into_iter().find(|(_, line)| line.starts_with("qemu-system") && line.contains(&mine))
    });
    let (pid, _) = qemu.ok_or("no QEMU was started")?;
    std::thread::sleep(Duration::from_millis(500));
    // SAFETY: a plain system call.
    unsafe { libc::kill(pid, libc::SIGKILL) };
    let outcome = crate::outcome(&child.wait_with_output()?)?;
    if outcome["verdict"]["verdict"] != "lost" {
        return Err(format!("it is not lost: {outcome}").into());
    }
    expect_pass(&test(&folder, "6_1")?)
}

/// All processes and their command lines.
pub(crate) fn processes() -> Vec<(libc::pid_t, String)> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let process = |entry: std::fs::DirEntry| {
        let line = std::fs::read(entry.path().join("cmdline")).ok()?;
        Some((entry.file_name().to_str()?.parse().ok()?, String::from_utf8_lossy(&line).into_owned()))
    };
    entries.filter_map(process).collect()
}

/// Each machine has the host's time, and random numbers of its own.
fn time_and_chance() -> Result<(), Failed> {
    let steps = "[[test.step]]\nname = \"looks around\"\n\
        run = \"echo time $(date +%s); echo chance $(head -c 16 /dev/urandom | md5sum)\"\n";
    for kernel in ["5_10", "7_3"] {
        let top = tempfile::tempdir()?;
        let folder = folder(top.path(), "256M", steps)?;
        let mut chances = BTreeSet::new();
        for _ in 0..3 {
            let now = std::time::SystemTime::UNIX_EPOCH.elapsed()?.as_secs();
            let outcome = test(&folder, kernel)?;
            expect_pass(&outcome)?;
            let run = Path::new(outcome["kept"].as_str().ok_or("no run was kept")?).join("results.ktap");
            let said = std::fs::read_to_string(run)?;
            let word = |key: &str| said.lines().find_map(|line| Some(line.split_once(key)?.1.trim().to_owned()));
            let time: u64 = word("out time ").ok_or("there is no time")?.parse()?;
            if time < now || time > now + 100 {
                return Err(format!("{kernel}: the machine's time is {time}, and the host's {now}").into());
            }
            chances.insert(word("out chance ").ok_or("there is no chance")?);
        }
        if chances.len() < 3 {
            return Err(format!("{kernel}: machines draw the same numbers: {chances:?}").into());
        }
    }
    Ok(())
}
