// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask ci`

use anyhow::Result;

use crate::ci::{self, Plan};
use crate::cli::Ci;
use crate::context::Context;
use crate::outcome::ExitStatus;
use crate::repository::Repository;

/// Used when nobody says which revision, and the one at hand is not to be had elsewhere.
const BRANCH: &str = "main";

pub(super) fn run(context: &Context, asked: &Ci) -> Result<ExitStatus> {
    let kernels = context.wishes(&asked.kernels)?;
    let repository = Repository::at(&context.workspace);
    let workbench = asked.workbench.clone().map_or_else(|| ci::origin(&repository), Ok)?;
    let revision = asked.revision.clone().or_else(|| repository.published()).unwrap_or_else(|| {
        context.events.note(format!(
            "the file names the workbench's branch `{BRANCH}`, since what is here is not known to be at its origin; \
             --revision names another"
        ));
        BRANCH.to_owned()
    });
    let plan = Plan::new(&asked.driver, &kernels, workbench, revision)?;
    for line in plan.file(asked.service).lines() {
        context.events.answer(line);
    }
    Ok(ExitStatus::Good)
}
