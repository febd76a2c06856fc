// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a driver and a kernel to a machine that can be started: what `vm-test` and `shell` have in common.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use fs_err as fs;

use crate::acpi::{self, Tables};
use crate::context::Context;
use crate::driver::{Driver, Hardware, MachineType};
use crate::judge::{self, Failure, Loaded, LogRules, Record, Transcript, Verdict};
use crate::kbuild::{self, Build, Built, Module, Order};
use crate::kernel::{Arch, KernelTree, least_cpus, options_of, patience};
use crate::outcome::Outcome;
use crate::toolchain::MachineTools;
use crate::vm::step::Step;
use crate::vm::{self, Accel, AccelChoice, Place, Ran, Start, Vm};

/// What came of building a driver, and the tables of its machine.
pub(super) enum Made {
    Ready(Ready),
    /// The compiler, make or iasl has refused something.
    Refused(Box<Outcome>),
}

/// A driver that can be taken to its machine.
pub(super) struct Ready {
    pub(super) build: Build,
    /// Of the firmware, compiled.
    pub(super) tables: Vec<PathBuf>,
    /// None if nothing was built now.
    pub(super) build_ms: Option<u64>,
}

/// Builds a driver, and its tables.
pub(super) fn make(context: &Context, driver: &Driver, kernel: &KernelTree, order: &Order) -> Result<Made> {
    let start = Instant::now();
    let built = kbuild::build(context, driver, kernel, order)?;
    let took = start.elapsed().as_millis() as u64;
    let refused = |lines, why, log| {
        Outcome::new(&driver.name, &kernel.release, Verdict::Fail(vec![Failure::Build { lines, why }]), log)
    };
    let build = match built {
        Built::Modules(build) => build,
        Built::Refused { lines, why, log, fresh } => {
            let outcome = refused(lines, why, log);
            let outcome = Outcome { cached: !fresh, build_ms: fresh.then_some(took), ..outcome };
            return Ok(Made::Refused(Box::new(outcome)));
        }
    };
    let build_ms = build.fresh.then_some(took);
    Ok(match acpi::tables(context, driver, &build)? {
        Tables::Compiled(tables) => Made::Ready(Ready { build, tables, build_ms }),
        Tables::Refused(lines) => {
            Made::Refused(Box::new(Outcome { build_ms, ..refused(lines, Vec::new(), build.log) }))
        }
    })
}

/// What runs a machine. Said if it was found out just now that KVM can't.
pub(super) fn accel(context: &Context, choice: AccelChoice) -> Result<Accel> {
    let found = vm::accel::choose(choice, &context.cache)?;
    if found.fresh && found.accel == Accel::Tcg {
        context.events.note(format!("emulating the machine, since KVM can't be used: {}", found.reason));
    }
    Ok(found.accel)
}

/// What the driver's machine is started from.
pub(super) fn image<'a>(driver: &Driver, kernel: &'a KernelTree) -> Result<&'a Path> {
    let arch = Arch::of(&fs::read_to_string(&kernel.config)?);
    ensure!(
        arch == Arch::X86,
        "{} is a kernel for {}, and the machines here are of x86\nhelp: `cargo xtask build` builds drivers for it",
        kernel.origin,
        arch.folder()
    );
    let image = kernel.image.as_deref().with_context(|| {
        let boot = "help: build its image, or name another kernel";
        format!("{} has no image to boot, only what modules are built against\n{boot}", kernel.origin)
    })?;
    if !driver.manifest.hardware.suspend {
        return Ok(image);
    }
    kernel.bz_image.as_deref().with_context(|| {
        let anew = format!("help: have it fetched anew: `rm -r {}`", kernel.dir.display());
        format!(
            "{} was cached without the compressed image that a machine with `suspend` is started from\n{anew}",
            kernel.origin
        )
    })
}

/// The driver's hardware, with what the kernel needs of it.
pub(super) fn hardware(driver: &Driver, kernel: &KernelTree) -> Hardware {
    let mut hardware = driver.manifest.hardware.clone();
    if hardware.machine == MachineType::Pc {
        hardware.cpus = hardware.cpus.max(least_cpus(kernel));
    }
    hardware
}

/// Copies tables into a run's folder, where another build does not replace them.
pub(super) fn own_tables(tables: &[PathBuf], dir: &Path) -> Result<Vec<PathBuf>> {
    let copy = |table: &PathBuf| {
        let own = dir.join(table.file_name().unwrap_or_default());
        fs::copy(table, &own).map(|_| own)
    };
    Ok(tables.iter().map(copy).collect::<Result<_, _>>()?)
}

/// A machine that leaves in this folder what it says.
pub(super) fn vm<'a>(
    kernel: &KernelTree,
    accel: Accel,
    (hardware, start, tables): (&'a Hardware, Start, &'a [PathBuf]),
    dir: &Path,
) -> Vm<'a> {
    Vm {
        hardware,
        tables,
        accel,
        patience: patience(kernel),
        start,
        console: dir.join(Transcript::CONSOLE),
        results: dir.join(Transcript::RESULTS),
        attended: None,
    }
}

/// Where it is run.
pub(super) fn place<'a>(context: &'a Context, tools: &'a MachineTools, dir: &'a Path) -> Result<Place<'a>> {
    Ok(Place { way: context.way()?, cache: &context.cache, root: tools.root(), dir })
}

/// What modules say about themselves, for the record.
pub(super) fn loaded(modules: &[Module]) -> Vec<Loaded> {
    let loaded = modules.iter().map(|module| Loaded {
        name: module.name.clone(),
        license: module.info.get("license").map(str::to_owned),
        staging: module.info.get("staging").is_some(),
    });
    loaded.collect()
}

/// The record of a run of which nothing is wanted.
pub(super) fn record(
    driver: &Driver,
    kernel: &KernelTree,
    accel: Accel,
    (nonce, steps, modules): (&str, &[Step], &[Loaded]),
    ran: Ran,
) -> Record {
    Record {
        driver: driver.name.clone(),
        kernel: kernel.release.clone(),
        nonce: nonce.to_owned(),
        steps: steps.to_vec(),
        log: LogRules::default(),
        leftovers: None,
        deadline_s: u32::MAX,
        accel: accel.word().to_owned(),
        argv: ran.argv,
        end: ran.end,
        wall_ms: ran.wall.as_millis() as u64,
        can_report: options_of(kernel, &judge::signs::options()),
        known: driver.known(&kernel.release),
        modules: modules.to_vec(),
    }
}
