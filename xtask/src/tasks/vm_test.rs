// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask vm-test`: build, guest image, QEMU, verdict, in that order.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};
use fs_err as fs;

use crate::cli::Jobs;
use crate::context::Context;
use crate::driver::Driver;
use crate::guest;
use crate::judge::{Failure, Record, Transcript, Verdict, judge};
use crate::kbuild::{self, Build, Built};
use crate::kernel::KernelTree;
use crate::matrix::{self, Share};
use crate::outcome::{ExitStatus, Outcome, Ran};
use crate::report::{Event, Unit};
use crate::runs;
use crate::vm::{self, Accel, AccelChoice, Place, Vm};

pub(super) fn run(context: &Context, jobs: &Jobs, choice: AccelChoice) -> Result<ExitStatus> {
    let (drivers, wishes) = super::jobs(context, jobs)?;
    if drivers.is_empty() {
        return Ok(ExitStatus::NothingRan);
    }
    let accel = accel(context, choice)?;
    let root = context.vm_root()?;
    matrix::run(context, &drivers, &wishes, &|driver, kernel, share| {
        test(context, driver, kernel, share, accel, &root)
            .with_context(|| format!("failed to test `{}` on {}", driver.name, kernel.release))
    })
}

fn accel(context: &Context, choice: AccelChoice) -> Result<Accel> {
    let found = vm::accel::choose(choice, &context.cache)?;
    if found.fresh && found.accel == Accel::Tcg {
        context.events.note(format!("emulating the machine, since KVM can't be used: {}", found.reason));
    }
    Ok(found.accel)
}

fn test(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    share: Share,
    accel: Accel,
    root: &Path,
) -> Result<Outcome> {
    let image = kernel.image.as_ref().with_context(|| {
        let boot = "help: build its image, or name another kernel";
        format!("{} has no image to boot, only what modules are built against\n{boot}", kernel.origin)
    })?;
    let start = Instant::now();
    let built = kbuild::build(context, driver, kernel, share.jobs)?;
    let build_ms = Some(start.elapsed().as_millis() as u64);
    let mut outcome = match built {
        Built::Refused { lines, log } => {
            let verdict = Verdict::Fail(vec![Failure::Build { lines }]);
            Outcome::new(&driver.name, &kernel.release, verdict, log)
        }
        Built::Modules(build) => {
            let modules = build.modules.iter().map(|module| module.path.clone()).collect();
            let warnings = build.warnings;
            let (dir, record) = run_machine(context, driver, kernel, image, accel, root, build)?;
            let verdict = judge(&Transcript::read(&dir)?);
            fs::write(dir.join("verdict.json"), serde_json::to_string_pretty(&verdict)?)?;
            let ran = Some(Ran { steps: record.steps.len(), ms: record.wall_ms });
            Outcome { modules, warnings, ran, ..Outcome::new(&driver.name, &kernel.release, verdict, dir) }
        }
    };
    outcome.build_ms = build_ms;
    Ok(outcome)
}

/// Boots the kernel with the modules, and leaves all that is to be judged in the run's folder.
fn run_machine(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    image: &Path,
    accel: Accel,
    root: &Path,
    build: Build,
) -> Result<(PathBuf, Record)> {
    let test = &driver.manifest.test;
    let dir = runs::new_folder(&context.run_dir(driver, kernel))?;
    let nonce = runs::nonce(&dir);
    let steps = guest::assemble(context, driver, kernel, root, &build, &nonce, &dir)?;
    // From here on another run may build over the modules.
    drop(build);
    let vm = Vm {
        machine: test.machine,
        accel,
        cpus: test.cpus,
        memory: test.memory.clone(),
        devices: test.devices.clone(),
        kernel: image.to_owned(),
        initrd: dir.join(guest::INITRD),
        console: dir.join(Transcript::CONSOLE),
        results: dir.join(Transcript::RESULTS),
    };
    let what = format!("testing {} on {}", driver.name, kernel.release);
    let progress = context.events.progress(what, 0, Unit::Things);
    let place = Place { way: context.way()?, cache: &context.cache, root, kernel: image, dir: &dir };
    let ran = vm::boot(&vm, &place, test.deadline)?;
    drop(progress);
    context.events.say(Event::Command { line: crate::cmd::shell_words(&ran.argv) });
    let record = Record {
        driver: driver.name.clone(),
        kernel: kernel.release.clone(),
        nonce,
        steps,
        log: test.log.clone(),
        deadline_s: u32::try_from(test.deadline.as_secs()).unwrap_or(u32::MAX),
        accel: accel.word().to_owned(),
        argv: ran.argv,
        end: ran.end,
        wall_ms: ran.wall.as_millis() as u64,
    };
    fs::write(dir.join(Transcript::RECORD), serde_json::to_string_pretty(&record)?)?;
    Ok((dir, record))
}
