// SPDX-License-Identifier: MIT OR Apache-2.0
//! An outcome with what the page shows of its log.

use std::path::{Path, PathBuf};

use fs_err as fs;

use super::super::Told;
use super::excerpt::{Excerpt, excerpt};
use crate::judge::{Failure, Record, Transcript, Verdict};
use crate::kbuild::BUILD_LOG;
use crate::outcome::Outcome;

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) outcome: Outcome,
    /// By which the parts of the page that are about it are known.
    pub(super) number: usize,
    pub(super) log: Option<Log>,
}

#[derive(Debug)]
pub(super) struct Log {
    pub(super) path: PathBuf,
    pub(super) excerpt: Excerpt,
}

impl Cell {
    /// All of them, kernel by kernel in the order in which they were asked for, and so the drivers of each.
    pub(super) fn all(told: &Told) -> Vec<Self> {
        let kernels = names(&told.kernels, told.outcomes.iter().map(|outcome| &outcome.asked));
        let drivers = names(&told.drivers, told.outcomes.iter().map(|outcome| &outcome.driver));
        let place = |names: &[&String], name: &String| names.iter().position(|known| *known == name);
        let mut outcomes: Vec<&Outcome> = told.outcomes.iter().collect();
        outcomes.sort_by_key(|outcome| (place(&kernels, &outcome.asked), place(&drivers, &outcome.driver)));
        let cell = |(number, outcome): (usize, &Outcome)| Self { outcome: outcome.clone(), number, log: log(outcome) };
        outcomes.into_iter().enumerate().map(cell).collect()
    }
}

/// The names in the order of the matrix, then those that it does not have.
fn names<'a>(matrix: &'a [String], others: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut names: Vec<&String> = Vec::new();
    for name in matrix.iter().chain(others) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The log that led to a verdict: the console's if a machine ran, else that of the build.
fn log(outcome: &Outcome) -> Option<Log> {
    let kept = &outcome.kept;
    let candidates = [kept.join(Transcript::CONSOLE), kept.join(BUILD_LOG), kept.clone()];
    let path = candidates.into_iter().find(|path| path.is_file())?;
    // The page is of use without it.
    let bytes = fs::read(&path).ok()?;
    Some(Log { excerpt: excerpt(&bytes, &telling(&outcome.verdict, kept)), path })
}

/// The lines of the log that decided, as far as they are in it.
fn telling(verdict: &Verdict, kept: &Path) -> Vec<String> {
    match verdict {
        Verdict::Pass | Verdict::Skip(_) | Verdict::Lost(_) => Vec::new(),
        Verdict::Crash(fault) => [fault.title.clone()].into_iter().chain(fault.essence()).collect(),
        Verdict::Hang(place) => {
            let mark = place.during.as_ref().and_then(|step| mark(step, kept));
            mark.into_iter().chain(place.log.last().cloned()).collect()
        }
        Verdict::Fail(failures) => failures.iter().flat_map(|failure| of_failure(failure, kept)).collect(),
    }
}

fn of_failure(failure: &Failure, kept: &Path) -> Vec<String> {
    let step = match failure {
        Failure::Build { .. }
        | Failure::Warnings { .. }
        | Failure::Leftover { .. }
        | Failure::MissingLogLine { .. } => None,
        Failure::ForbiddenLogLine { line, .. } => return vec![line.clone()],
        Failure::Load { module, .. } => Some(format!("load {module}")),
        Failure::Unload { module, .. } => Some(format!("unload {module}")),
        Failure::Step { name: step, .. } | Failure::Case { step, .. } => Some(step.clone()),
        Failure::SilencedConsole { during } => Some(during.clone()),
    };
    let mark = step.and_then(|step| mark(&step, kept));
    let lines = match failure {
        // What a program prints is not in the kernel's log, nor are the names of what was left behind.
        Failure::Step { log, .. } => log.as_slice(),
        Failure::Leftover { .. } => &[],
        failure => failure.lines(),
    };
    mark.into_iter().chain(lines.iter().cloned()).collect()
}

/// What the guest's init writes to the console when it begins a step.
fn mark(step: &str, kept: &Path) -> Option<String> {
    let record = record(kept)?;
    let at = record.steps.iter().position(|known| known.description() == step)?;
    Some(format!("workbench: {} begin {} {step}", record.nonce, at + 1))
}

/// What ran the machines of these outcomes, each named once.
pub(super) fn accels(outcomes: &[Outcome]) -> Vec<String> {
    let mut accels: Vec<String> = outcomes.iter().filter_map(|outcome| Some(record(&outcome.kept)?.accel)).collect();
    accels.sort();
    accels.dedup();
    accels
}

fn record(kept: &Path) -> Option<Record> {
    serde_json::from_slice(&fs::read(kept.join(Transcript::RECORD)).ok()?).ok()
}
