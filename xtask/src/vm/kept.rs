// SPDX-License-Identifier: MIT OR Apache-2.0
//! A machine that was booted ahead of its work, and saved while it waits for it: its memory is a file that QEMU maps, so that
//! neither saving nor restoring it copies anything but the devices' state
//! (<https://www.qemu.org/docs/master/devel/migration/features.html>, the capability `x-ignore-shared`).

use std::fs::File;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::argv::Vm;
use super::boot::{Place, monitored};
use super::monitor::Monitor;
use crate::cmd::How;
use crate::fetch::sha256;
use crate::kbuild::stamp;

/// A folder with a saved machine.
#[derive(Debug)]
pub struct Kept {
    dir: PathBuf,
}

/// What was saved, and is good for as long as nobody has touched it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Record {
    /// What the kernel of a host that crashed had not yet written to its disk is lost, and the file says nothing of it.
    host_boot: String,
    memory: String,
    state: String,
}

const RECORD: &str = "machine.json";

/// A guest that boots is looked at so often.
const LOOK: Duration = Duration::from_millis(5);

impl Kept {
    /// The machine that was saved in this folder, if it still is what was saved.
    pub fn open(dir: &Path) -> Option<Self> {
        let kept = Self { dir: dir.to_owned() };
        kept.is_as_saved().then_some(kept)
    }

    fn is_as_saved(&self) -> bool {
        let known = fs::read(self.dir.join(RECORD)).ok();
        let known = known.and_then(|known| serde_json::from_slice(&known).ok());
        known.is_some() && known == self.record().ok()
    }

    /// It has not gone on: nobody shall open it again.
    pub fn distrust(&self) {
        let _another_run_may_have = fs::remove_file(self.dir.join(RECORD));
    }

    /// Where a machine's memory lies in its folder.
    pub fn memory_in(dir: &Path) -> PathBuf {
        dir.join("memory")
    }

    pub fn memory(&self) -> PathBuf {
        Self::memory_in(&self.dir)
    }

    fn state(&self) -> PathBuf {
        self.dir.join("state")
    }

    fn record(&self) -> Result<Record> {
        let host_boot = fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
        Ok(Record {
            host_boot: host_boot.trim().to_owned(),
            memory: stamp(&self.memory()),
            state: sha256(&fs::read(self.state())?),
        })
    }

    /// Boots a machine, and saves it in `place.dir` as soon as it waits; gives its taint. The machine's start is
    /// [`super::Start::Kept`].
    pub fn save(vm: &Vm<'_>, place: &Place<'_>, deadline: Duration) -> Result<u64> {
        let kept = Self { dir: place.dir.to_owned() };
        let (monitor, theirs) = Monitor::pair()?;
        let qemu = monitored(vm, place, theirs)?.deadline(deadline);
        let ended = AtomicBool::new(false);
        let (finished, saved) = std::thread::scope(|scope| {
            let saving = scope.spawn(|| kept.save_when_waiting(vm, &monitor, &ended));
            let finished = qemu.output();
            ended.store(true, Ordering::Relaxed);
            monitor.close();
            (finished, saving.join().expect("who saves does not panic"))
        });
        let finished = finished?;
        let said = String::from_utf8_lossy(&finished.stderr).trim().to_owned();
        let saved = saved.with_context(|| not_saved(finished.how, &said, &kept.dir))?;
        ensure!(finished.how == How::Exited(0), "QEMU ended with {}: {said}", finished.how);
        fs::write(kept.dir.join(RECORD), serde_json::to_string_pretty(&kept.record()?)?)?;
        Ok(saved)
    }

    fn save_when_waiting(&self, vm: &Vm<'_>, monitor: &Monitor, ended: &AtomicBool) -> Result<u64> {
        monitor.greet()?;
        let taint = loop {
            let said = fs::read_to_string(&vm.results).unwrap_or_default();
            if let Some(taint) = waiting(&said) {
                break taint;
            }
            ensure!(!ended.load(Ordering::Relaxed), "the machine ended while it booted");
            std::thread::sleep(LOOK);
        };
        let state = File::create(self.state())?;
        memory_stays(monitor)?;
        monitor.ask("getfd", &json!({ "fdname": "state" }), Some(state.as_fd()))?;
        monitor.ask("migrate", &json!({ "uri": "fd:state" }), None)?;
        loop {
            let migration = monitor.ask("query-migrate", &json!({}), None)?;
            match migration["status"].as_str() {
                Some("completed") => break,
                Some("failed" | "cancelled") => bail!("QEMU failed to save the machine: {migration}"),
                _ => std::thread::sleep(Duration::from_millis(1)),
            }
        }
        monitor.ask("quit", &json!({}), None)?;
        Ok(taint)
    }

    /// Lets a QEMU that was started for it go on with the machine. That may be hours after it was opened.
    pub(super) fn restore(&self, monitor: &Monitor) -> Result<()> {
        monitor.greet()?;
        ensure!(self.is_as_saved(), "it is not what was saved any more");
        let state = File::open(self.state())?;
        memory_stays(monitor)?;
        monitor.ask("getfd", &json!({ "fdname": "state" }), Some(state.as_fd()))?;
        monitor.ask("migrate-incoming", &json!({ "uri": "fd:state" }), None)?;
        Ok(())
    }
}

/// Why a machine was not saved in its folder, by how QEMU ended and what it said.
fn not_saved(how: How, said: &str, dir: &Path) -> String {
    let end = match how {
        How::Exited(0) => return "QEMU did not save the machine".to_owned(),
        // A mapped file is given its room when it is written to.
        How::Signalled(libc::SIGBUS) => format!("the disk of `{}` has no room for its memory", dir.display()),
        how => format!("QEMU ended with {how} before it was saved"),
    };
    if said.is_empty() { end } else { format!("{end}: {said}") }
}

/// The kernel's taint, when init says that it waits (qemu/init/deliver.c).
fn waiting(said: &str) -> Option<u64> {
    let (taint, rest) = said.strip_prefix("# taint ")?.split_once('\n')?;
    if rest == "# waiting\n" { taint.parse().ok() } else { None }
}

/// The memory's content lies in its file, on both sides.
fn memory_stays(monitor: &Monitor) -> Result<()> {
    let capability = json!({ "capabilities": [{ "capability": "x-ignore-shared", "state": true }] });
    monitor.ask("migrate-set-capabilities", &capability, None).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_it_was_not_saved() {
        let check = |how, said: &str, expected: &str| assert_eq!(not_saved(how, said, Path::new("/c/tmp")), expected);
        check(How::Exited(0), "", "QEMU did not save the machine");
        check(How::Signalled(7), "", "the disk of `/c/tmp` has no room for its memory");
        check(How::Signalled(9), "", "QEMU ended with signal 9 before it was saved");
        check(How::Exited(1), "no such machine", "QEMU ended with exit status 1 before it was saved: no such machine");
    }
}
