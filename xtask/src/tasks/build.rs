// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask build`

use std::time::Instant;

use anyhow::{Context as _, Result};

use super::Machines;
use crate::cli::Jobs;
use crate::context::Context;
use crate::inputs;
use crate::judge::{Failure, Verdict};
use crate::kbuild::{self, Built, Order};
use crate::matrix::{self, Cell};
use crate::outcome::{ExitStatus, Outcome};

pub(super) fn run(context: &Context, jobs: &Jobs) -> Result<ExitStatus> {
    let plan = super::plan(context, jobs, Machines::Together, None)?;
    let asked = super::in_tree(jobs)?;
    matrix::run(context, &plan, &|cell| {
        super::on_kernel(cell, asked.as_ref(), &build)
            .with_context(|| format!("failed to build `{}` for {}", cell.driver.name, cell.kernel.release))
    })
}

fn build(cell: &Cell<'_>) -> Result<Outcome> {
    let Cell { context, driver, kernel, .. } = cell;
    let start = Instant::now();
    let order = order(cell)?;
    let mut outcome = Outcome::new(&driver.name, &kernel.release, Verdict::Pass, context.build_dir(driver, kernel));
    let _turn = cell.build();
    let fresh = match kbuild::build(context, driver, kernel, &order)? {
        Built::Modules(build) => {
            outcome.warnings = build.warnings;
            outcome.modules = build.modules.into_iter().map(|module| module.path).collect();
            build.fresh
        }
        Built::Refused { lines, why, log, fresh } => {
            outcome.verdict = Verdict::Fail(vec![Failure::Build { lines, why }]);
            outcome.kept = log;
            fresh
        }
    };
    outcome.cached = !fresh;
    outcome.build_ms = fresh.then(|| start.elapsed().as_millis() as u64);
    Ok(outcome)
}

/// A cell's build, as its matrix asks for it.
pub(super) fn order(cell: &Cell<'_>) -> Result<Order> {
    let inputs = inputs::of_build(cell.context, cell.driver, cell.kernel, Some(cell.sources))?;
    Ok(Order { jobs: cell.jobs, inputs, reuse: cell.reuse.build })
}
