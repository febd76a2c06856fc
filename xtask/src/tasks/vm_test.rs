// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask vm-test`: build, guest image, QEMU, verdict, in that order.

mod baseline;
mod counting;
mod machines;
mod run;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use fs_err as fs;

use self::counting::Counted;
use self::machines::Depot;
use self::run::Done;
use super::Machines;
use super::machine;
use crate::cli::{Jobs, VmTest};
use crate::cmd::begin::Begins;
use crate::context::Context;
use crate::coverage;
use crate::driver::Elsewhere;
use crate::explain;
use crate::inputs::{self, Testbed};
use crate::judge::{self, End, Transcript, judge};
use crate::matrix::{self, Cell, Plan};
use crate::outcome::{ExitStatus, Outcome, Ran};
use crate::runs;
use crate::symbols::{self, Sources};

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
    let told = asked.when_told.then(Begins::on_stdin).transpose()?;
    if told.is_some() {
        ensure!(plan.is_one() && asked.jobs.in_tree.is_none() && !coverage, "only one test waits for its sources");
    }
    let tools = context.machine_tools()?;
    let testbed = Testbed {
        cold: asked.cold,
        accel: machine::accel(context, asked.accel)?,
        stress: asked.stress,
        coverage,
        hurry: asked.jobs.hurry,
        told: told.as_ref(),
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
    let done = match run::run(cell, testbed, image, depot)? {
        Ok(done) => done,
        Err(known_or_refused) => return Ok(*known_or_refused),
    };
    if let (Some(kept), End::NeverStarted(why)) = (&done.kept, &done.record.end) {
        kept.distrust();
        let why = why.trim();
        context.events.note(format!("a machine that was kept ready did not go on, so another is booted: {why}"));
        return test(cell, Testbed { cold: true, told: None, ..testbed }, depot);
    }
    let Done { inputs, dir, record, modules: built, staged, warnings, build_ms, tables, .. } = &done;
    let modules: Vec<PathBuf> = built.iter().map(|module| module.path.clone()).collect();
    if testbed.coverage {
        coverage::take(context, driver, kernel, staged, dir)?;
    }
    explain::note(kernel, &context.cache, &modules, dir)?;
    symbols::write(dir, record, || {
        Sources::new(&driver.dir, &staged.stage, staged.hold()).elsewhere(driver.built.clone())
    })?;
    let mut transcript = Transcript::read(dir)?;
    if judge::wants_baseline(&transcript) {
        if let Err(err) = baseline::add(cell, testbed, (image, tables, depot), built, dir) {
            let name = &driver.name;
            context
                .events
                .note(format!("failed to run the machine without `{name}`, so nothing is subtracted: {err:#}"));
        }
        transcript = Transcript::read(dir)?;
    }
    let judgement = judge(&transcript);
    fs::write(dir.join(runs::VERDICT), serde_json::to_string_pretty(&judgement)?)?;
    let ran = Some(Ran { steps: record.steps.len(), ms: record.wall_ms });
    let outcome = Outcome::new(&driver.name, &kernel.release, judgement, dir.clone());
    let outcome = Outcome { modules, warnings: *warnings, build_ms: *build_ms, ran, ..outcome };
    // What was changed meanwhile is not what has run.
    if cell.reuse.later
        && !cell.reuse.hurry
        && inputs::of_test(context, driver, kernel, None, testbed).is_ok_and(|now| now == *inputs)
    {
        // What can't be remembered is run again.
        let _a_full_disk = runs::remember(&outcome, inputs.clone());
    }
    Ok(outcome)
}
