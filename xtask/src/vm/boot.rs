// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs a machine to its end, however that comes.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::accel::Accel;
use super::argv::Vm;
use crate::cache::Cache;
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
    /// The kernel's image.
    pub kernel: &'a Path,
    /// The run's folder, the only one that it can write to.
    pub dir: &'a Path,
}

/// What QEMU's monitor is told when a machine's time is over (<https://www.qemu.org/docs/master/interop/qmp-spec.html>): to
/// send it an interrupt that it can't mask. The kernel, started with `unknown_nmi_panic`, then says where it stands, and ends.
const INTERRUPT: &str = "{\"execute\":\"qmp_capabilities\"}\n{\"execute\":\"inject-nmi\"}\n";

/// An emulated kernel on a busy host has been seen to need a second for it.
const TO_SPEAK: Duration = Duration::from_secs(5);

/// Starts QEMU, and waits until it ends or its time is over. A machine that hangs is made to say where.
pub fn boot(vm: &Vm<'_>, place: &Place<'_>, deadline: Duration) -> Result<Ran> {
    let qemu = command(vm, place)?.deadline(deadline).last_words(INTERRUPT, TO_SPEAK);
    let finished = qemu.output()?;
    Ok(Ran { end: end(&finished), argv: qemu.argv(), wall: finished.wall })
}

/// The command that starts QEMU, as it could be typed.
pub fn command_line(vm: &Vm<'_>, place: &Place<'_>) -> Result<String> {
    Ok(command(vm, place)?.to_string())
}

/// QEMU, seeing what the machine is made of.
pub(super) fn command(vm: &Vm<'_>, place: &Place<'_>) -> Result<Cmd> {
    // A folder that is shown hides what is shown below it before.
    let folder = vm.attended.iter().filter_map(|attended| attended.folder.as_deref());
    let mut shown: Vec<(&Path, Access)> = folder.map(|folder| (folder, Access::Read)).collect();
    shown.extend([(place.kernel, Access::Read), (place.dir, Access::Write)]);
    shown.extend(vm.tables.iter().map(|table| (table.as_path(), Access::Read)));
    if vm.accel == Accel::Kvm {
        shown.push((Path::new("/dev/kvm"), Access::Device));
    }
    Ok(place.way.qemu(place.root, place.cache, &shown)?.args(vm.argv()))
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
