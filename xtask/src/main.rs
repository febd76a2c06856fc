// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask`: reads the command line, runs one task, and exits with its status.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser as _;
use xtask::cli::{Cli, Task};
use xtask::cmd::begin::Begins;
use xtask::outcome::ExitStatus;
use xtask::report::{self, Reporter, Verbosity};
use xtask::{cmd, tasks, vm};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let status = match &cli.task {
        // Between fork and deadline there is nobody to report to.
        Task::ProbeKvm => vm::probe().map(|()| ExitStatus::Good),
        _ => report(&cli),
    };
    let status = status.unwrap_or_else(|err| {
        report::fatal(&err);
        ExitStatus::CouldNotJudge
    });
    ExitCode::from(status.code())
}

fn report(cli: &Cli) -> Result<ExitStatus> {
    let common = &cli.common;
    let lcov = match &cli.task {
        Task::VmTest(asked) => asked.lcov.as_deref(),
        _ => None,
    };
    let told = matches!(&cli.task, Task::VmTest(asked) if asked.when_told).then(Begins::on_stdin).transpose()?;
    let (reporter, events) =
        Reporter::start(common.format(), common.verbosity(), common.junit(), common.html(), lcov, told.clone())?;
    let status = tasks::run(cli, &events);
    if common.verbosity() == Verbosity::Verbose {
        events.note(format!("the workbench itself used {} ms of CPU", cmd::own_cpu().as_millis()));
    }
    // What has ended before anybody wanted it is nobody's concern.
    if told.is_some_and(|told| !told.is_said()) {
        return Ok(ExitStatus::NothingRan);
    }
    drop(events);
    let finished = reporter.finish(status.as_ref().err());
    status.and_then(|status| finished.map(|()| status))
}
