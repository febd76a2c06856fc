// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask lint`: a build of its own, from the first file on, with all that the kernel's compilers can say.

use std::time::Instant;

use anyhow::{Context as _, Result};

use super::Machines;
use crate::cli::Jobs;
use crate::context::Context;
use crate::judge::{Failure, Verdict};
use crate::kbuild::{self, Built, Order, Purpose};
use crate::matrix::{self, Cell};
use crate::outcome::{ExitStatus, Outcome};

pub(super) fn run(context: &Context, jobs: &Jobs) -> Result<ExitStatus> {
    let plan = super::plan(context, jobs, Machines::Together, None)?;
    let in_tree = super::in_tree(jobs)?;
    matrix::run(context, &plan, &|cell| {
        super::on_kernel(cell, in_tree.as_ref(), &lint)
            .with_context(|| format!("failed to lint `{}` for {}", cell.driver.name, cell.kernel.release))
    })
}

fn lint(cell: &Cell<'_>) -> Result<Outcome> {
    let Cell { context, driver, kernel, .. } = cell;
    let start = Instant::now();
    let order =
        Order { purpose: Purpose::Lint, reuse: false, editor: None, hurry: false, ..super::build::order(cell)? };
    let _turn = cell.build();
    let (failures, warnings, log) = match kbuild::build(context, driver, kernel, &order)? {
        Built::Modules(build) => {
            let count = build.warnings;
            let failure = (count > 0).then_some(Failure::Warnings { count });
            (Vec::from_iter(failure), build.warnings, build.log)
        }
        Built::Refused { lines, why, log, .. } => (vec![Failure::Build { lines, why }], 0, log),
    };
    let verdict = if failures.is_empty() { Verdict::Pass } else { Verdict::Fail(failures) };
    let build_ms = Some(start.elapsed().as_millis() as u64);
    Ok(Outcome { warnings, build_ms, ..Outcome::new(&driver.name, &kernel.release, verdict, log) })
}
