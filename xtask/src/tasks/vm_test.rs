// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask vm-test`: build, guest image, QEMU, verdict, in that order.

mod baseline;
mod counting;
mod machines;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use fs_err as fs;

use self::counting::Counted;
use self::machines::Depot;
use super::Machines;
use super::machine::{self, Made, Ready};
use crate::cli::{Jobs, VmTest};
use crate::context::Context;
use crate::coverage;
use crate::driver::{Elsewhere, Stress};
use crate::explain;
use crate::guest::{self, To};
use crate::inputs::{self, Testbed};
use crate::judge::{self, End, Loaded, Record, Transcript, judge};
use crate::kbuild::Build;
use crate::kernel::patience;
use crate::matrix::{self, Cell, Plan};
use crate::outcome::{ExitStatus, Outcome, Ran};
use crate::report::{Event, Unit};
use crate::runs::{self, Held};
use crate::symbols::{self, Sources};
use crate::vm::{self, Kept, Start};

pub(super) fn run(context: &Context, asked: &VmTest) -> Result<ExitStatus> {
    let mut plan = super::plan(context, &asked.jobs, Machines::Each, asked.repeat)?;
    if let Some(place) = &asked.built {
        let debug_info = asked.debug_info.as_deref().map(folder).transpose()?;
        take_built(&mut plan, &asked.jobs, &Elsewhere { modules: folder(place)?, debug_info })?;
    }
    let coverage = asked.coverage || asked.lcov.is_some();
    if coverage && asked.jobs.kernels.is_empty() && !plan.wishes.is_empty() {
        plan.wishes = vec![counting::wish(&plan.wishes[0])];
    }
    if plan.is_empty(context) {
        return Ok(ExitStatus::NothingRan);
    }
    let tools = context.machine_tools()?;
    let testbed = Testbed {
        cold: asked.cold,
        accel: machine::accel(context, asked.accel)?,
        stress: asked.stress,
        coverage,
        hurry: asked.jobs.hurry,
        tools: &tools,
    };
    let in_tree = super::in_tree(&asked.jobs)?;
    let depot = Depot::default();
    let counted = testbed.coverage.then(Counted::default);
    let status = matrix::run(context, &plan, &|cell| {
        if let Some(skipped) = counted.as_ref().and_then(|_| counting::skipped(cell)) {
            return Ok(skipped);
        }
        let test = |cell: &Cell<'_>| match &counted {
            None => test(cell, testbed, &depot),
            Some(counted) => counted.test(cell, testbed, &depot),
        };
        super::on_kernel(cell, in_tree.as_ref(), &test)
            .with_context(|| format!("failed to test `{}` on {}", cell.driver.name, cell.kernel.release))
    })?;
    counted.map_or(Ok(()), |counted| counted.tell(context))?;
    Ok(status)
}

/// Has the one driver's modules come from a folder: modules are of one driver, and for one kernel.
fn take_built(plan: &mut Plan, jobs: &Jobs, built: &Elsewhere) -> Result<()> {
    let is_one = jobs.drivers.len() == 1 && plan.wishes.len() == 1;
    ensure!(
        is_one,
        "--built takes modules of one driver, for one kernel\nhelp: name both: `vm-test DRIVER -k KERNEL --built DIR`"
    );
    plan.drivers.iter_mut().for_each(|driver| driver.built = Some(built.clone()));
    Ok(())
}

fn folder(named: &Path) -> Result<PathBuf> {
    ensure!(named.is_dir(), "there is no folder `{}`", named.display());
    Ok(fs::canonicalize(named)?)
}

fn test(cell: &Cell<'_>, testbed: Testbed<'_>, depot: &Depot) -> Result<Outcome> {
    let Cell { context, driver, kernel, .. } = cell;
    let image = machine::image(driver, kernel)?;
    let inputs = inputs::of_test(context, driver, kernel, Some(cell.sources), testbed)?;
    let runs = context.run_dir(driver, kernel);
    if cell.reuse.verdict
        && let Some(known) = runs::recall(&runs, &inputs, &driver.name, &kernel.release)
        && (!testbed.coverage || coverage::taken(&known.kept).is_some())
    {
        return Ok(known);
    }
    let order = super::build::order(cell)?;
    let turn = cell.build();
    let Ready { build, tables, build_ms } = match machine::make(context, driver, kernel, &order)? {
        Made::Ready(ready) => ready,
        Made::Refused(outcome) => return Ok(*outcome),
    };
    let modules: Vec<PathBuf> = build.modules.iter().map(|module| module.path.clone()).collect();
    let warnings = build.warnings;
    let kept = depot.machine(cell, testbed, (image, &tables))?;
    let run = prepare(cell, testbed, &build, (&tables, kept))?;
    if testbed.coverage {
        coverage::keep(&build, &run.dir)?;
    }
    let staged = build.staged();
    let built = build.modules.clone();
    // From here on another run may build over the modules.
    drop((build, turn));
    let record = run_machine(cell, testbed, image, &run)?;
    if let (Some(kept), End::NeverStarted(why)) = (&run.kept, &record.end) {
        kept.distrust();
        let why = why.trim();
        context.events.note(format!("a machine that was kept ready did not go on, so another is booted: {why}"));
        return test(cell, Testbed { cold: true, ..testbed }, depot);
    }
    let Run { dir, tables, .. } = run;
    if testbed.coverage {
        coverage::take(context, driver, kernel, &staged, &dir)?;
    }
    explain::note(kernel, &context.cache, &modules, &dir)?;
    symbols::write(&dir, &record, || {
        Sources::new(&driver.dir, &staged.stage, staged.hold()).elsewhere(driver.built.clone())
    })?;
    let mut transcript = Transcript::read(&dir)?;
    if judge::wants_baseline(&transcript) {
        if let Err(err) = baseline::add(cell, testbed, (image, &tables, depot), &built, &dir) {
            let name = &driver.name;
            context
                .events
                .note(format!("failed to run the machine without `{name}`, so nothing is subtracted: {err:#}"));
        }
        transcript = Transcript::read(&dir)?;
    }
    let judgement = judge(&transcript);
    fs::write(dir.join(runs::VERDICT), serde_json::to_string_pretty(&judgement)?)?;
    let ran = Some(Ran { steps: record.steps.len(), ms: record.wall_ms });
    let outcome = Outcome::new(&driver.name, &kernel.release, judgement, dir);
    let outcome = Outcome { modules, warnings, build_ms, ran, ..outcome };
    // What was changed meanwhile is not what has run.
    if cell.reuse.later
        && !cell.reuse.hurry
        && inputs::of_test(context, driver, kernel, None, testbed).is_ok_and(|now| now == inputs)
    {
        // What can't be remembered is run again.
        let _a_full_disk = runs::remember(&outcome, inputs);
    }
    Ok(outcome)
}

/// A run that can begin.
struct Run {
    dir: PathBuf,
    nonce: String,
    steps: Vec<vm::step::Step>,
    modules: Vec<Loaded>,
    tables: Vec<PathBuf>,
    kept: Option<Kept>,
    _held: Option<Held>,
}

/// Makes the run's folder, with the guest's image in it.
fn prepare(
    cell: &Cell<'_>,
    testbed: Testbed<'_>,
    build: &Build,
    (tables, kept): (&[PathBuf], Option<Kept>),
) -> Result<Run> {
    let Cell { context, driver, kernel, .. } = cell;
    let (dir, held) = runs::new_folder(&context.run_dir(driver, kernel))?;
    let nonce = runs::nonce(&dir);
    let to = To { dir: &dir, waits: kept.is_some() };
    let steps = guest::assemble(context, driver, kernel, testbed, build, &nonce, to)?;
    let tables = machine::own_tables(tables, &dir)?;
    Ok(Run { dir, nonce, steps, modules: machine::loaded(&build.modules), tables, kept, _held: held })
}

/// Boots the kernel with the modules, and leaves all that is to be judged in the run's folder.
fn run_machine(cell: &Cell<'_>, testbed: Testbed<'_>, image: &Path, run: &Run) -> Result<Record> {
    let Cell { driver, kernel, .. } = cell;
    let test = &driver.manifest.test;
    let dir = &run.dir;
    let deadline = test.deadline + test.stress(testbed.stress).map(Stress::time).unwrap_or_default();
    let deadline = deadline * patience(kernel);
    let ran = boot(cell, testbed, (image, &run.tables, run.kept.as_ref()), (dir, deadline), "")?;
    let record = Record {
        log: test.log.clone(),
        leftovers: test.leftovers.allowed(),
        deadline_s: u32::try_from(deadline.as_secs()).unwrap_or(u32::MAX),
        ..machine::record(driver, kernel, testbed.accel, (&run.nonce, &run.steps, &run.modules), ran)
    };
    fs::write(dir.join(Transcript::RECORD), serde_json::to_string_pretty(&record)?)?;
    Ok(record)
}

/// Lets a machine take up what is in this folder, and leaves there what it says.
fn boot(
    cell: &Cell<'_>,
    testbed: Testbed<'_>,
    (image, tables, kept): (&Path, &[PathBuf], Option<&Kept>),
    (dir, deadline): (&Path, Duration),
    how: &str,
) -> Result<vm::Ran> {
    let Cell { context, driver, kernel, .. } = cell;
    let hardware = machine::hardware(driver, kernel);
    let guest = dir.join(guest::INITRD);
    let start = match kept {
        None => Start::Cold { kernel: image.to_owned(), initrd: guest },
        Some(kept) => Start::Restored { memory: kept.memory(), delivery: guest },
    };
    let vm = machine::vm(kernel, testbed.accel, (&hardware, start, tables), dir);
    let _room = cell.machine();
    let what = format!("testing {how}{} on {}", driver.name, kernel.release);
    let progress = context.events.progress(what, 0, Unit::Things);
    let ran = vm::boot(&vm, kept, &machine::place(context, testbed.tools, dir)?, deadline)?;
    drop(progress);
    context.events.say(Event::Command { line: crate::cmd::shell_words(&ran.argv) });
    Ok(ran)
}
