// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a complete report is the answer to what was asked: the same kernel, the same steps, each with its end.

use super::answer::{Looked, Outcome, Report, StepReport};
use super::stress;
use super::transcript::Record;
use crate::vm::step::{Role, Step};

/// What is wrong with the report as an answer, in words.
pub(super) fn agree(report: &Report, record: &Record) -> Result<(), String> {
    if let Some(kernel) = report.kernel.as_ref().filter(|kernel| **kernel != record.kernel) {
        return Err(format!("the guest ran the kernel {kernel}, not {}", record.kernel));
    }
    if report.steps.len() != record.steps.len() {
        return Err(format!("it has {} steps, and {} were asked for", report.steps.len(), record.steps.len()));
    }
    leftovers(report, record)?;
    let mut all_well = true;
    for (asked, answer) in record.steps.iter().zip(&report.steps) {
        step(asked, answer)?;
        match answer.result.as_ref().map(|result| &result.outcome) {
            Some(Outcome::NotOk) => all_well = false,
            Some(Outcome::Skipped(reason)) if reason == "not loaded" && all_well => {
                return Err(format!("`{}` was left out, although everything before it went well", asked.description()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A look that was asked for must have been taken, unless a module stayed.
fn leftovers(report: &Report, record: &Record) -> Result<(), String> {
    let is_unloaded = |(asked, answer): (&Step, &StepReport)| {
        let ok = answer.result.as_ref().is_some_and(|result| result.outcome != Outcome::NotOk);
        ok || !matches!(asked, Step::Unload(_))
    };
    // The kernel's own may be made to stay; nobody asks for those to be unloaded.
    let is_kept = |step: &Step| match step {
        Step::Load(load) if load.role == Role::Driver && load.refuses.is_none() => {
            !record.steps.iter().any(|step| matches!(step, Step::Unload(unload) if unload.module == load.module))
        }
        _ => false,
    };
    let all_unloaded = record.steps.iter().zip(&report.steps).all(is_unloaded) && !record.steps.iter().any(is_kept);
    match (&record.leftovers, &report.looked) {
        (Some(_), Some(Looked::Found(count))) if *count >= report.left.len() => Ok(()),
        (Some(_), Some(Looked::Found(count))) => {
            Err(format!("it counts {count} things that were left behind, and names {}", report.left.len()))
        }
        (Some(_), Some(Looked::Not(_))) if !all_unloaded => Ok(()),
        (Some(_), Some(Looked::Not(why))) => Err(format!("it did not look for what was left behind: {why}")),
        (Some(_), None) => Err("it does not say whether anything was left behind".to_owned()),
        // It looks also where what is left may be ignored, since stress needs to know what is the driver's.
        (None, _) => Ok(()),
    }
}

fn step(asked: &Step, answer: &StepReport) -> Result<(), String> {
    let name = asked.description();
    let Some(result) = &answer.result else {
        return Err(format!("`{name}` has no result"));
    };
    if result.description != name {
        return Err(format!("it answers `{}` where `{name}` was asked for", result.description));
    }
    let causes = [answer.exit, answer.signal, answer.timeout_s, answer.errno].iter().flatten().count();
    match (asked, &result.outcome) {
        (_, Outcome::Skipped(_)) if causes > 0 => Err(format!("`{name}` was left out and yet ended")),
        (Step::Stress(_), Outcome::Ok) if answer.done.is_none() => {
            Err(format!("`{name}` is said to have gone well, and not how much of it was done"))
        }
        (Step::Stress(_), Outcome::Ok) if causes > 0 || stress::wrong(answer).is_some() => {
            Err(format!("`{name}` is said to have gone well, and to have failed"))
        }
        (Step::Load(_) | Step::Unload(_), Outcome::Ok) if causes > 0 => {
            Err(format!("`{name}` is said to have gone well, and to have failed"))
        }
        (Step::Run(_), Outcome::Ok) if causes != 1 || answer.errno.is_some() || answer.timeout_s.is_some() => {
            Err(format!("`{name}` is said to have ended, and not how"))
        }
        _ => Ok(()),
    }
}
