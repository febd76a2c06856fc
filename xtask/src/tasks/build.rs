// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask build`

use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::cli::Jobs;
use crate::context::Context;
use crate::driver::Driver;
use crate::judge::{Failure, Verdict};
use crate::kbuild::{self, Built};
use crate::kernel::KernelTree;
use crate::matrix::{self, Share};
use crate::outcome::{ExitStatus, Outcome};

pub(super) fn run(context: &Context, jobs: &Jobs) -> Result<ExitStatus> {
    let (drivers, wishes) = super::jobs(context, jobs)?;
    if drivers.is_empty() {
        return Ok(ExitStatus::NothingRan);
    }
    matrix::run(context, &drivers, &wishes, &|driver, kernel, share| {
        build(context, driver, kernel, share)
            .with_context(|| format!("failed to build `{}` for {}", driver.name, kernel.release))
    })
}

fn build(context: &Context, driver: &Driver, kernel: &KernelTree, share: Share) -> Result<Outcome> {
    let start = Instant::now();
    let mut outcome = Outcome::new(&driver.name, &kernel.release, Verdict::Pass, context.build_dir(driver, kernel));
    match kbuild::build(context, driver, kernel, share.jobs)? {
        Built::Modules(build) => {
            outcome.warnings = build.warnings;
            outcome.modules = build.modules.into_iter().map(|module| module.path).collect();
        }
        Built::Refused { lines, log } => {
            outcome.verdict = Verdict::Fail(vec![Failure::Build { lines }]);
            outcome.kept = log;
        }
    }
    outcome.build_ms = Some(start.elapsed().as_millis() as u64);
    Ok(outcome)
}
