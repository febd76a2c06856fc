// SPDX-License-Identifier: MIT OR Apache-2.0
//! From what is left of a run to a verdict: a pure function, so that a run can be judged again and a rule is a test.
//!
//! There are two witnesses. The guest's init reports over a channel of its own ([`ktap`]), and the kernel speaks on the
//! serial console. A run passes when both were heard to their end: the report is complete and answers what was asked,
//! and the console, up to init's last mark, has no sign of a fault. Silence of either is no evidence of health.

pub mod answer;
pub mod errno;
pub mod judgement;
pub mod kmsg;
pub mod ktap;
pub mod signs;
pub mod taint;
pub mod transcript;
pub mod verdict;

mod agree;
mod console;
mod fault;
mod left;
mod loading;
mod pattern;
mod rules;
mod steps;
#[cfg(test)]
mod tests;
mod text;

pub use self::judgement::{Judgement, Remark};
pub use self::left::Leftover;
pub(crate) use self::loading::symbols;
pub use self::loading::{Export, Exports};
pub(crate) use self::pattern::between;
pub(crate) use self::text::clean;
pub use self::transcript::{End, LogRules, Record, Transcript};
pub(crate) use self::verdict::ours;
pub use self::verdict::{Failure, Fault, FaultKind, Place, Verdict};

use self::answer::{Report, State};
use self::console::{Console, Line};
use self::fault::Found;
use crate::vm::step::Step;

/// A machine that hangs is shown with so many of its last lines.
const LAST_LINES: usize = 20;

/// And one that was reset with so many: what it said last.
const LAST_WORDS: usize = 4;

/// Judges a run.
pub fn judge(transcript: &Transcript) -> Judgement {
    verdict(transcript).into()
}

fn verdict(transcript: &Transcript) -> Verdict {
    let record = &transcript.record;
    if let End::NeverStarted(reason) = &record.end {
        return Verdict::Lost(format!("QEMU never ran a guest: {}", reason.trim()));
    }
    if record.steps.is_empty() {
        return Verdict::Lost("no step was asked for, so nothing was learnt".to_owned());
    }
    let report = Report::parse(&transcript.results, &record.nonce);
    let console = Console::parse(&transcript.console, &record.nonce, record.steps.len());
    if let Some(found) = kernel_fault(record, &report, &console) {
        return blame(record, &report, &console, found);
    }
    if let Some(found) = tainted(record, &report) {
        return blame(record, &report, &console, found);
    }
    if let State::GaveUp(reason) = &report.state {
        return Verdict::Lost(format!("the guest gave up: {reason}"));
    }
    match &record.end {
        End::Deadline => Verdict::Hang(place(record, &report, &console)),
        end if *end == End::DONE => finished(transcript, &report, &console),
        End::Exited(0) => reset(record, &report, &console),
        end => Verdict::Lost(gone(record, &report, &console, end)),
    }
}

/// The first fault on the console, or else in the log that the guest handed over: a driver can turn the console off.
fn kernel_fault(record: &Record, report: &Report, console: &Console<'_>) -> Option<Found> {
    fault::first(&console.lines, &record.steps).or_else(|| {
        let records = report.steps.iter().enumerate().flat_map(|(at, step)| step.log.iter().map(move |log| (at, log)));
        // Userspace can write to /dev/kmsg, but not as the kernel.
        let lines: Vec<Line<'_>> =
            records.filter(|(_, log)| log.of_kernel).map(|(at, log)| Line::of_message(&log.text, Some(at))).collect();
        fault::first(&lines, &record.steps)
    })
}

/// A fault is the driver's from the moment that init begins to load it.
fn blame(record: &Record, report: &Report, console: &Console<'_>, found: Found) -> Verdict {
    let driver = first_of_driver(record);
    let title = &found.fault.title;
    let before = "the kernel reported a fault before the driver was loaded";
    match (found.step, &found.fault.during) {
        (Some(step), Some(during)) if step < driver => Verdict::Lost(format!("{before}, during `{during}`: {title}")),
        // Without any mark the console can't tell before from after, if the guest took a step at all.
        (None, _) if console.last_step().is_some() || report.steps.is_empty() => {
            Verdict::Lost(format!("{before}: {title}"))
        }
        _ => Verdict::Crash(found.fault),
    }
}

/// A fault of which only the taint is left.
fn tainted(record: &Record, report: &Report) -> Option<Found> {
    if matches!(report.state, State::Contradictory(_)) {
        return None;
    }
    let before = report.taint.unwrap_or(0);
    let (at, new) = report
        .steps
        .iter()
        .enumerate()
        .map(|(at, step)| (at, taint::new_faults(before, step.taint.unwrap_or(0))))
        .find(|(_, new)| *new != 0)?;
    let words: Vec<String> =
        taint::decode(new).iter().map(|(letter, meaning)| format!("{letter} ({meaning})")).collect();
    let fault = Fault {
        kind: FaultKind::Taint,
        title: format!("the kernel became tainted: {}", words.join(", ")),
        during: record.steps.get(at).map(Step::description),
        log: Vec::new(),
    };
    Some(Found { fault, step: Some(at) })
}

/// The guest says that it is done.
fn finished(transcript: &Transcript, report: &Report, console: &Console<'_>) -> Verdict {
    let record = &transcript.record;
    match &report.state {
        State::Complete => {}
        State::Incomplete(how_far) => {
            return Verdict::Lost(format!("the guest ended, but its report is not complete: {how_far}"));
        }
        State::Contradictory(what) => {
            return Verdict::Lost(format!("the guest's report makes no sense: {what}"));
        }
        State::GaveUp(reason) => return Verdict::Lost(format!("the guest gave up: {reason}")),
        State::Unread => return Verdict::Lost("the guest's report was not read".to_owned()),
    }
    if let Err(what) = agree::agree(report, record) {
        return Verdict::Lost(format!("the guest's report makes no sense: {what}"));
    }
    let mut failures = steps::failures(record, report, console, &transcript.exports);
    failures.extend(rules::broken(record, report, console, !failures.is_empty()));
    failures.extend(left::behind(record, report));
    if !failures.is_empty() {
        return Verdict::Fail(failures);
    }
    if !console.ended {
        return Verdict::Lost(
            "the guest reported success, but the kernel's console fell silent before its end: \
             a fault could have gone unseen"
                .to_owned(),
        );
    }
    let skipped = steps::skipped(report);
    if skipped.is_empty() { Verdict::Pass } else { Verdict::Skip(skipped) }
}

/// The machine was reset or powered off: with -no-reboot, either ends QEMU. Whoever's step it was did it.
fn reset(record: &Record, report: &Report, console: &Console<'_>) -> Verdict {
    let step = last_step(record, report, console).filter(|step| *step >= first_of_driver(record));
    let Some(step) = step.and_then(|step| record.steps.get(step)).filter(|_| report.state != State::Complete) else {
        return Verdict::Lost(gone(record, report, console, &record.end));
    };
    Verdict::Crash(Fault {
        kind: FaultKind::Reset,
        title: "the machine was reset or powered off, and the kernel reported no fault".to_owned(),
        during: Some(step.description()),
        log: console.tail(LAST_WORDS),
    })
}

/// The first step that is about the driver, and not about what it depends on.
fn first_of_driver(record: &Record) -> usize {
    record.steps.iter().position(Step::is_of_driver).unwrap_or(0)
}

/// Where a machine stood when its time was over.
fn place(record: &Record, report: &Report, console: &Console<'_>) -> Place {
    let during = last_step(record, report, console).and_then(|step| record.steps.get(step)).map(Step::description);
    Place { during, deadline_s: record.deadline_s, log: console.tail(LAST_LINES) }
}

/// The step that was begun last, by either witness: the report may have been held in a buffer that nobody wrote out.
fn last_step(record: &Record, report: &Report, console: &Console<'_>) -> Option<usize> {
    let begun = report.steps.iter().rposition(|step| step.begun_ms.is_some()).max(console.last_step())?;
    (begun < record.steps.len()).then_some(begun)
}

/// QEMU ended, and neither the guest nor the kernel said why.
fn gone(record: &Record, report: &Report, console: &Console<'_>, end: &End) -> String {
    let how = match end {
        // With -no-reboot, a reset ends QEMU as a power-off does.
        End::Exited(0) => "the machine was reset or powered off (a triple fault, a reboot or a power-off)".to_owned(),
        End::Exited(status) => format!("QEMU exited with {status}"),
        End::Signalled(signal) => {
            format!("QEMU was killed by {}", u32::try_from(*signal).map_or_else(|_| signal.to_string(), errno::signal))
        }
        End::Deadline | End::NeverStarted(_) => "QEMU ended".to_owned(),
    };
    let place = match last_step(record, report, console).and_then(|step| record.steps.get(step)) {
        _ if report.state == State::Complete => "after the guest's complete report".to_owned(),
        Some(step) => format!("during `{}`", step.description()),
        None => "before the first step".to_owned(),
    };
    let said = match console.tail(1).first() {
        Some(line) => format!("the console's last line is `{line}`"),
        None => "the console is empty".to_owned(),
    };
    format!("{how}, {place}, and the kernel reported no fault; {said}")
}
