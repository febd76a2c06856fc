// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs a machine to its end, however that comes.

use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::accel::Accel;
use super::argv::{Start, Vm};
use super::kept::Kept;
use super::monitor::Monitor;
use crate::cache::Cache;
use crate::cmd::begin::Begins;
use crate::cmd::{Cmd, Finished, How};
use crate::judge::End;
use crate::toolchain::Way;
use crate::toolchain::enter::Access;

/// How a machine ran.
#[derive(Debug)]
pub struct Ran {
    pub end: End,
    pub argv: Vec<String>,
    pub wall: Duration,
}

/// Where QEMU comes from, and the folders that it works with.
#[derive(Debug)]
pub struct Place<'a> {
    pub way: Way,
    pub cache: &'a Cache,
    /// The tool root with QEMU.
    pub root: &'a Path,
    /// The run's folder, the only one that it can write to.
    pub dir: &'a Path,
}

/// An emulated kernel on a busy host has been seen to need a second for it.
const TO_SPEAK: Duration = Duration::from_secs(5);

/// QEMU, seeing what the machine is made of.
pub(super) fn command(vm: &Vm<'_>, place: &Place<'_>) -> Result<Cmd> {
    command_with(vm, place, vm.argv())
}

/// The same, with its monitor at the other end of this socket.
pub(super) fn monitored(vm: &Vm<'_>, place: &Place<'_>, monitor: OwnedFd) -> Result<Cmd> {
    Ok(command_with(vm, place, vm.argv_to_run(monitor.as_raw_fd(), None))?.give(monitor))
}

/// The command that starts QEMU, as it could be typed.
pub fn command_line(vm: &Vm<'_>, place: &Place<'_>) -> Result<String> {
    Ok(command(vm, place)?.to_string())
}

fn command_with(vm: &Vm<'_>, place: &Place<'_>, argv: Vec<String>) -> Result<Cmd> {
    // A folder that is shown hides what is shown below it before.
    let folder = vm.attended.iter().filter_map(|attended| attended.folder.as_deref());
    let mut shown: Vec<(&Path, Access)> = folder.map(|folder| (folder, Access::Read)).collect();
    shown.push((place.dir, Access::Write));
    shown.extend(vm.tables.iter().map(|table| (table.as_path(), Access::Read)));
    match &vm.start {
        Start::Cold { kernel, .. } | Start::Kept { kernel, .. } => shown.push((kernel, Access::Read)),
        // QEMU opens it for writing, and writes into its own copy.
        Start::Restored { memory, .. } => shown.push((memory, Access::Write)),
    }
    if vm.accel == Accel::Kvm {
        shown.push((Path::new("/dev/kvm"), Access::Device));
    }
    Ok(place.way.qemu(place.root, place.cache, &shown)?.args(argv))
}

/// What a machine that goes on before its work is there waits for.
#[derive(Debug)]
pub struct Ahead {
    /// Until this is said, its time does not begin, and it is left alone.
    pub begins: Begins,
    /// What it has to do comes from here, as from the file that its start names; QEMU reads it before it says a word.
    pub delivery: OwnedFd,
}

/// Starts QEMU, and waits until it ends or its time is over. A machine that hangs is made to say where. `kept` is the one whose
/// memory a machine that is restored has.
pub fn boot(
    vm: &Vm<'_>,
    kept: Option<&Kept>,
    place: &Place<'_>,
    deadline: Duration,
    ahead: Option<Ahead>,
) -> Result<Ran> {
    let (monitor, theirs) = Monitor::pair()?;
    let monitor = Arc::new(monitor);
    let interrupter = Arc::clone(&monitor);
    // An interrupt that it can't mask: the kernel, started with `unknown_nmi_panic`, then says where it stands, and ends.
    let interrupt = move || interrupter.interrupt(TO_SPEAK);
    let (begins, delivery) = ahead.map(|ahead| (ahead.begins, ahead.delivery)).unzip();
    let delivered = delivery.as_ref().map(|pipe| pipe.as_raw_fd());
    let mut qemu = command_with(vm, place, vm.argv_to_run(theirs.as_raw_fd(), delivered))?.give(theirs);
    qemu = qemu.deadline(deadline).last_words(interrupt, TO_SPEAK);
    qemu = delivery.into_iter().fold(qemu, Cmd::give);
    qemu = begins.iter().cloned().fold(qemu, Cmd::begins);
    let (finished, begun) = std::thread::scope(|scope| {
        let beginning = scope.spawn(|| {
            if begins.as_ref().is_some_and(|begins| !begins.wait()) {
                return Ok(());
            }
            let begun = kept.map_or_else(|| monitor.greet(), |kept| kept.restore(&monitor));
            // A machine that was not restored waits for ever.
            if begun.is_err() {
                let _it_may_have_ended = monitor.ask("quit", &json!({}), None);
            }
            begun
        });
        let finished = qemu.output();
        // Its end of the pipe was ours as well: whoever still writes into it hears that nobody reads.
        drop(qemu);
        monitor.close();
        (finished, beginning.join().expect("who talks to QEMU does not panic"))
    });
    let finished = finished?;
    let end = match (end(&finished), begun) {
        // One that did not end when it was told to has not hung either.
        (End::Exited(0) | End::Deadline, Err(err)) if kept.is_some() => End::NeverStarted(format!("{err:#}")),
        (end, _) => end,
    };
    Ok(Ran { end, argv: command(vm, place)?.argv(), wall: finished.wall })
}

pub(super) fn end(finished: &Finished) -> End {
    match finished.how {
        How::Deadline => End::Deadline,
        How::Signalled(signal) => End::Signalled(signal),
        // QEMU says what is wrong with its arguments, its accelerator or its files, and exits with 1.
        How::Exited(1) => End::NeverStarted(String::from_utf8_lossy(&finished.stderr).trim().to_owned()),
        How::Exited(status) => End::Exited(status),
    }
}
