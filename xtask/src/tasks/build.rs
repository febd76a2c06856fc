// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask build`

use std::time::Instant;

use anyhow::Result;

use crate::cli::Jobs;
use crate::context::Context;
use crate::judge::{Failure, Verdict};
use crate::kbuild::{self, Built};
use crate::outcome::{ExitStatus, Outcome};
use crate::report::Event;

pub(super) fn run(context: &Context, jobs: &Jobs) -> Result<ExitStatus> {
    let (drivers, wishes) = super::jobs(context, jobs)?;
    let mut verdicts = Vec::new();
    for wish in &wishes {
        let kernel = context.kernel(wish)?;
        for driver in &drivers {
            let start = Instant::now();
            match kbuild::build(context, driver, &kernel)? {
                Built::Modules(build) => {
                    context.events.say(Event::Built {
                        driver: driver.name.clone(),
                        kernel: kernel.release.clone(),
                        modules: build.modules.iter().map(|module| module.path.clone()).collect(),
                        warnings: build.warnings,
                        ms: start.elapsed().as_millis() as u64,
                    });
                    verdicts.push(Verdict::Pass);
                }
                Built::Refused { lines, log } => {
                    let verdict = Verdict::Fail(vec![Failure::Build { lines }]);
                    verdicts.push(verdict.clone());
                    context.events.say(Event::Outcome(Box::new(Outcome {
                        driver: driver.name.clone(),
                        kernel: kernel.release.clone(),
                        verdict,
                        warnings: 0,
                        steps: 0,
                        build_ms: start.elapsed().as_millis() as u64,
                        vm_ms: 0,
                        kept: log,
                    })));
                }
            }
        }
    }
    Ok(ExitStatus::of(verdicts.iter()))
}
