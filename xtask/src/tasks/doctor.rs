// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask doctor`: what is used from where, what is wrong, and what mends it.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use anyhow::Result;
use fs_err as fs;

use crate::cache::CACHE_VARIABLE;
use crate::context::Context;
use crate::driver::Driver;
use crate::fetch::Network;
use crate::kernel::{LOCK_FILE, Lock};
use crate::outcome::ExitStatus;
use crate::toolchain::{NAMESPACES_HELP, VM_SUITE, Way};
use crate::vm::{Accel, AccelChoice, accel};

/// A kernel with its compiler and QEMU take 1 GB; less than this, and the next one may not fit.
const ENOUGH_MB: u64 = 2000;

/// What was found out about one thing.
enum Finding {
    Well(String),
    /// It works, but not as well as it could.
    Poor(String, &'static str),
    Wrong(String, String),
}

pub(super) fn run(context: &Context) -> Result<ExitStatus> {
    context.cache.forget_answers();
    let findings = [
        ("workspace", workspace(context)),
        ("cache", cache(context)),
        ("archive", archive(context)),
        ("tools", tools(context)),
        ("machine", machine(context)),
        ("kernels", kernels(context)),
    ];
    let mut status = ExitStatus::Good;
    for (name, finding) in findings {
        let (mark, text, help) = match finding {
            Finding::Well(text) => ("ok", text, String::new()),
            Finding::Poor(text, help) => ("poor", text, help.to_owned()),
            Finding::Wrong(text, help) => {
                status = ExitStatus::JudgedBad;
                ("wrong", text, help)
            }
        };
        let indent = format!("\n{:18}", "");
        let help = if help.is_empty() { help } else { format!("{indent}help: {help}") };
        context.events.answer(format!("{mark:>5}  {name:<10} {}{help}", text.replace('\n', &indent)));
    }
    Ok(status)
}

/// Prints the folder of a libclang and nothing else, for the tests of a driver's ABI.
pub(super) fn libclang(context: &Context) -> Result<ExitStatus> {
    context.events.answer(context.libclang()?.display().to_string());
    Ok(ExitStatus::Good)
}

fn workspace(context: &Context) -> Finding {
    match Driver::all_in(&context.workspace) {
        Ok(drivers) if drivers.is_empty() => Finding::Well(format!("{} (no drivers)", context.workspace.display())),
        Ok(drivers) => {
            let names: Vec<&str> = drivers.iter().map(|driver| driver.name.as_str()).collect();
            Finding::Well(format!("{} (drivers: {})", context.workspace.display(), names.join(", ")))
        }
        Err(err) => Finding::Wrong(format!("{err:#}"), "mend that file".to_owned()),
    }
}

fn cache(context: &Context) -> Finding {
    let dir = context.cache.dir();
    match free_mb(dir) {
        Some(free) if free < ENOUGH_MB => Finding::Wrong(
            format!("{} ({free} MB free)", dir.display()),
            format!("make room, or set {CACHE_VARIABLE} to a folder elsewhere"),
        ),
        Some(free) => Finding::Well(format!("{} ({} GB free)", dir.display(), free / 1000)),
        None => Finding::Well(dir.display().to_string()),
    }
}

fn archive(context: &Context) -> Finding {
    let archive = match context.archive() {
        Ok(archive) => archive,
        Err(err) => return Finding::Wrong(format!("{err:#}"), "mend workbench.toml or the environment".to_owned()),
    };
    let place = archive.origin.clone();
    if context.network == Network::Offline {
        return Finding::Well(format!("{place}, not asked: --offline"));
    }
    match archive.suite(VM_SUITE).and_then(|suite| archive.ask(suite)) {
        Ok(date) => Finding::Well(format!("{place}\n{VM_SUITE} of {date}, signature good")),
        Err(err) => {
            let help = "name another mirror: WORKBENCH_DEBIAN_MIRROR, or `mirror` under `[debian]` in workbench.toml";
            let err = format!("{err:#}");
            Finding::Wrong(format!("{place}\n{}", err.lines().next().unwrap_or_default()), help.to_owned())
        }
    }
}

fn tools(context: &Context) -> Finding {
    match context.way() {
        Ok(Way::Root) => {
            Finding::Well("compiler, make and QEMU from the archive, in namespaces of their own".to_owned())
        }
        Ok(Way::Host) => Finding::Well("compiler, make and QEMU of the host, as asked".to_owned()),
        Ok(Way::Unconfined { .. }) => {
            Finding::Poor("compiler and make of the host, since namespaces are forbidden".to_owned(), NAMESPACES_HELP)
        }
        Err(err) => Finding::Wrong(format!("{err:#}"), "see `archive` above".to_owned()),
    }
}

fn machine(context: &Context) -> Finding {
    match accel::choose(AccelChoice::Auto, &context.cache) {
        Ok(found) if found.accel == Accel::Kvm => Finding::Well("KVM; a test guest ran".to_owned()),
        Ok(found) => Finding::Well(format!("emulated, since KVM can't be used: {}", found.reason)),
        Err(err) => Finding::Wrong(format!("{err:#}"), "use --accel tcg".to_owned()),
    }
}

fn kernels(context: &Context) -> Finding {
    let sources = match context.sources() {
        Ok(sources) => sources.names().join(", "),
        Err(err) => return Finding::Wrong(format!("{err:#}"), "mend workbench.toml".to_owned()),
    };
    let cached = fs::read_dir(context.cache.path("kernels", "")).map_or(0, Iterator::count);
    let locked = match Lock::read(&context.workspace) {
        Ok(Some(lock)) => format!("; {LOCK_FILE} pins {}", lock.names().count()),
        Ok(None) => String::new(),
        Err(err) => return Finding::Wrong(format!("{err:#}"), "write it anew: `cargo xtask kernels lock`".to_owned()),
    };
    Finding::Well(format!(
        "asked for in this order: {sources}{locked}\n{cached} in the cache, which `cargo xtask kernels` lists"
    ))
}

fn free_mb(dir: &Path) -> Option<u64> {
    let path = CString::new(dir.as_os_str().as_bytes()).ok()?;
    // SAFETY: a C string, and a statvfs that the call fills.
    let stat = unsafe {
        let mut stat: libc::statvfs = std::mem::zeroed();
        (libc::statvfs(path.as_ptr(), &raw mut stat) == 0).then_some(stat)
    }?;
    Some(stat.f_bavail * stat.f_frsize / 1_000_000)
}
