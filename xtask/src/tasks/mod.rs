// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the sub-commands do: one file each.

mod build;
mod ci;
mod doctor;
mod import;
mod judge;
mod kernels;
mod lint;
mod machine;
mod new;
mod package;
mod shell;
mod vm_test;
mod watch;

use std::num::NonZeroUsize;

use anyhow::Result;

use crate::cli::{Cli, Jobs, Package, Task};
use crate::context::Context;
use crate::driver::Driver;
use crate::in_tree::Asked;
use crate::inputs::Sources;
use crate::matrix::{self, Cell, Plan};
use crate::outcome::{ExitStatus, Outcome};
use crate::report::Events;

/// Runs the task that the command line names.
pub fn run(cli: &Cli, events: &Events) -> Result<ExitStatus> {
    let common = &cli.common;
    let context = || Context::new(events.clone(), common.network(), common.locking(), common.jobs(), common.tools());
    match &cli.task {
        Task::Build(asked) => build::run(&context()?, asked),
        Task::Lint(jobs) => lint::run(&context()?, jobs),
        Task::New { folder, rust } => new::run(&context()?, folder, *rust),
        Task::VmTest(asked) => vm_test::run(&context()?, asked),
        Task::Shell(asked) => shell::run(&context()?, asked),
        Task::Watch(asked) => watch::run(&context()?, asked),
        Task::Judge { dirs } => judge::run(events, dirs),
        Task::Kernels { task } => kernels::run(&context()?, task.as_ref()),
        Task::Package { task: Package::Nix(asked) } => package::nix(&context()?, asked),
        Task::Package { task: Package::Nur(asked) } => package::nur(&context()?, asked),
        Task::Doctor { libclang: true } => doctor::libclang(&context()?),
        Task::Doctor { libclang: false } => doctor::run(&context()?),
        Task::Ci(asked) => ci::run(&context()?, asked),
        Task::Package { task: Package::Explain { files } } => package::explain(events, files),
        Task::ProbeKvm => unreachable!("main answers it"),
    }
}

/// Whether a driver with several machines is one job, or one for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Machines {
    Together,
    Each,
}

/// What of the kernels' own trees a command line means.
fn in_tree(jobs: &Jobs) -> Result<Option<Asked>> {
    jobs.in_tree.as_ref().map(|path| Asked::new(path, &jobs.patches)).transpose()
}

/// Does the work with the driver as it is on the cell's kernel: one of the kernel's tree has other sources on each.
fn on_kernel(cell: &Cell<'_>, asked: Option<&Asked>, work: matrix::Work<'_>) -> Result<Outcome> {
    let Some(asked) = asked else { return work(cell) };
    let ready = asked.ready(cell.context, cell.kernel)?;
    work(&cell.with_driver(&ready.driver, &Sources::default()))
}

/// The drivers and the kernels that a command line means, and how they are gone through.
fn plan(context: &Context, jobs: &Jobs, machines: Machines, repeat: Option<NonZeroUsize>) -> Result<Plan> {
    let drivers: Vec<Driver> = if let Some(asked) = in_tree(jobs)? {
        vec![asked.driver(context)]
    } else if jobs.drivers.is_empty() {
        Driver::all_in(&context.workspace)?
    } else {
        jobs.drivers.iter().map(|word| Driver::named(word, &context.workspace)).collect::<Result<_>>()?
    };
    let limits = &context.settings.driver;
    let limited = |driver: Driver| match limits.get(&driver.name) {
        Some(limits) => driver.limited(limits),
        None => driver,
    };
    let on_machines = |driver: Driver| match machines {
        Machines::Together => vec![driver],
        Machines::Each => driver.on_machines(),
    };
    let drivers: Vec<Driver> = drivers.into_iter().map(limited).flat_map(on_machines).collect();
    if drivers.is_empty() {
        context.events.note(format!(
            "there is nothing to do: `{}` has no driver, and no other was named",
            context.workspace.display()
        ));
    }
    let wishes = if drivers.is_empty() { Vec::new() } else { context.wishes(&jobs.kernels)? };
    Ok(Plan { drivers, wishes, shard: jobs.shard, repeat, force: jobs.force, hurry: jobs.hurry })
}
