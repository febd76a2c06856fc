// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask build`

use std::time::Instant;

use anyhow::{Context as _, Result};

use super::Machines;
use crate::cli::Build;
use crate::context::Context;
use crate::inputs;
use crate::judge::{Failure, Verdict};
use crate::kbuild::{self, Built, Confirmed, Doc, Editor, Order, Purpose};
use crate::matrix::{self, Cell, Plan};
use crate::outcome::{ExitStatus, Outcome};

pub(super) fn run(context: &Context, asked: &Build) -> Result<ExitStatus> {
    let Build { jobs, editor, confirm, doc } = asked;
    let plan = super::plan(context, jobs, Machines::Together, None)?;
    if *confirm {
        return confirmed(context, &plan);
    }
    let in_tree = super::in_tree(jobs)?;
    let further = Further { editor: *editor, doc: *doc };
    matrix::run(context, &plan, &|cell| {
        super::on_kernel(cell, in_tree.as_ref(), &|cell| build(cell, further))
            .with_context(|| format!("failed to build `{}` for {}", cell.driver.name, cell.kernel.release))
    })
}

/// Whether make makes what was built without it.
fn confirmed(context: &Context, plan: &Plan) -> Result<ExitStatus> {
    let mut status = ExitStatus::Good;
    for wish in &plan.wishes {
        let kernel = context.kernel_for(wish, &plan.drivers)?;
        for driver in &plan.drivers {
            let inputs = inputs::of_build(context, driver, &kernel, None)?;
            let (jobs, reuse) = (context.jobs, true);
            let order = Order { purpose: Purpose::Confirm, jobs, inputs, reuse, editor: None, hurry: false };
            if kbuild::confirm(context, driver, &kernel, &order)? == Confirmed::No {
                status = ExitStatus::JudgedBad;
            }
        }
    }
    Ok(status)
}

/// What is made besides modules.
#[derive(Debug, Clone, Copy)]
struct Further {
    editor: bool,
    doc: bool,
}

fn build(cell: &Cell<'_>, further: Further) -> Result<Outcome> {
    let Cell { context, driver, kernel, .. } = cell;
    let start = Instant::now();
    let mut order = order(cell)?;
    let mut outcome = Outcome::new(&driver.name, &kernel.release, Verdict::Pass, context.build_dir(driver, kernel));
    let _turn = cell.build();
    // Of several kernels a file in the driver's folder can only be for one.
    if further.editor && cell.is_first {
        order.editor = Some(Editor::Asked);
        if !kbuild::crate_roots(&driver.dir)?.is_empty() {
            let path = kbuild::project::write(context, driver, kernel)?;
            context.events.note(format!("`{}` is for rust-analyzer", path.display()));
        }
    }
    let fresh = match kbuild::build(context, driver, kernel, &order)? {
        Built::Modules(build) => {
            outcome.warnings = build.warnings;
            if further.doc {
                let Doc { pages, warnings } = kbuild::doc(context, driver, kernel, &build)?;
                outcome.warnings += warnings;
                let said = pages.iter().map(|page| format!("`{}` is the documentation", page.display()));
                said.for_each(|said| context.events.note(said));
            }
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
    let editor = Some(if cell.is_only { Editor::Follows } else { Editor::Stays });
    Ok(Order {
        purpose: Purpose::Modules,
        jobs: cell.jobs,
        inputs,
        reuse: cell.reuse.build,
        editor,
        hurry: cell.reuse.hurry,
    })
}
