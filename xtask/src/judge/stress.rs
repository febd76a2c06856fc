// SPDX-License-Identifier: MIT OR Apache-2.0
//! The steps that stress a driver: where they stood, and what went wrong.

use super::answer::{Leak, Outcome, Report, StepReport};
use super::judgement::Remark;
use super::transcript::Record;
use super::verdict::Failure;
use super::{errno, steps};
use crate::vm::step::{How, Step};

/// A step's description; of one that stresses the driver with what it began last, and of the last one with the file that
/// the guest looked at when it was over.
pub(super) fn place(record: &Record, report: &Report, step: usize) -> Option<String> {
    let description = record.steps.get(step)?.description();
    let answer = report.steps.get(step);
    if let Some(at) = answer.filter(|answer| answer.result.is_none()).and_then(|answer| answer.at.as_ref()) {
        return Some(format!("{description}: {at}"));
    }
    let is_over = step + 1 == record.steps.len() && report.looked.is_none();
    match report.looking.as_ref().filter(|_| is_over) {
        Some(file) => Some(format!("{description}, when {file} was read after it")),
        None => Some(description),
    }
}

/// What is wrong, if the report says anything of it.
pub(super) fn wrong(answer: &StepReport) -> Option<String> {
    let at = answer.at.as_ref().map(|at| format!("{at}: ")).unwrap_or_default();
    if let Some(what) = &answer.refused {
        let number = answer.errno.unwrap_or(0);
        let meaning = match &answer.held {
            Some((count, users)) if *count > 0 || !users.is_empty() => steps::held(*count, users),
            _ if what.starts_with("unload ") => errno::when_unloading(number).to_owned(),
            _ => errno::when_loading(number).to_owned(),
        };
        return Some(format!("{at}the kernel refused to {what}: {}, {meaning}", errno::name(number)));
    }
    if let Some(name) = answer.left.first() {
        let more = match answer.left.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        return Some(format!("{at}{name} was left behind{more}"));
    }
    let bytes = answer.leaks.iter().map(|leak| leak.objects.saturating_mul(leak.size)).fold(0, u64::saturating_add);
    let leaks: Vec<String> = answer.leaks.iter().map(words).collect();
    (!leaks.is_empty()).then(|| format!("every cycle leaks {bytes} bytes of memory: {}", leaks.join(", ")))
}

/// What the kernel has no cache for is counted in `pages` (qemu/init/leak.c).
fn words(leak: &Leak) -> String {
    match (leak.cache.as_str(), leak.objects) {
        ("pages", 1) => "1 page".to_owned(),
        ("pages", pages) => format!("{pages} pages"),
        (cache, objects) => format!("{objects} of `{cache}`"),
    }
}

pub(super) fn failure(asked: &Step, answer: &StepReport, log: Vec<String>) -> Failure {
    let reason = wrong(answer).unwrap_or_else(|| "the guest says that it failed, and not how".to_owned());
    Failure::Step { name: asked.description(), reason, output: Vec::new(), log, late: false, sites: Vec::new() }
}

/// What of the stress did not take place.
pub(super) fn remarks(record: &Record, report: &Report) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (asked, answer) in record.steps.iter().zip(&report.steps) {
        let Step::Stress(stress) = asked else { continue };
        match answer.result.as_ref().map(|result| &result.outcome) {
            Some(Outcome::Skipped(why)) => {
                remarks.push(Remark::new(format!("left out `{}`: {why}", asked.description())));
            }
            Some(Outcome::Ok) if stress.how == How::Cycle && answer.done.is_some_and(|done| done < stress.count) => {
                let done = answer.done.unwrap_or(0);
                let time = format!("in its {} s", stress.deadline_s);
                remarks.push(Remark::new(format!("`{}` came to {done} cycles {time}", asked.description())));
            }
            _ => {}
        }
    }
    remarks
}
