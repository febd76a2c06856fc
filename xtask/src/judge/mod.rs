// SPDX-License-Identifier: MIT OR Apache-2.0
//! From what is left of a run to a verdict: a pure function, so that a run can be judged again and a rule is a test.
//!
//! There are two witnesses. The guest's init reports over a channel of its own ([`ktap`]), and the kernel speaks on the
//! serial console. A run passes when both were heard to their end: the report is complete and answers what was asked,
//! and the console, up to init's last mark, has no sign of a fault. Silence of either is no evidence of health.

pub mod answer;
pub mod cases;
pub(crate) mod compiler;
pub mod errno;
pub mod judgement;
pub mod kmsg;
pub mod ktap;
pub mod signs;
pub mod site;
pub mod taint;
pub mod tap;
pub mod transcript;
pub mod verdict;

mod address;
mod agree;
mod console;
mod evidence;
mod extent;
mod fault;
mod frame;
pub(crate) mod jumps;
mod left;
mod loading;
mod locks;
pub(crate) mod pattern;
mod places;
mod reader;
mod rules;
mod standing;
mod steps;
mod stress;
mod taints;
mod tap_line;
#[cfg(test)]
mod tests;
mod text;
mod weigh;

pub use self::cases::{CaseResult, TestCase};
pub(crate) use self::frame::{Frame, bare, plain};
pub use self::judgement::{Judgement, Remark};
pub use self::left::Leftover;
pub(crate) use self::loading::symbols;
pub use self::loading::{Export, Exports};
pub(crate) use self::pattern::between;
pub use self::site::{Site, Symbols};
pub(crate) use self::steps::is_no_news;
pub(crate) use self::taints::GPL_COMPATIBLE;
pub(crate) use self::text::clean;
pub use self::transcript::{Baseline, End, Known, Loaded, LogRules, Record, Transcript};
pub use self::verdict::{Failure, Fault, FaultKind, Place, Verdict, Waiting};

use self::answer::{Report, State};
use self::cases::Judged;
use self::console::{Console, Line};
use self::fault::Found;
use self::weigh::{Counted, Weighed};
use crate::vm::step::Step;

/// A machine that hangs is shown with so many of its last lines.
const LAST_LINES: usize = 20;

/// And one that was reset with so many: what it said last.
const LAST_WORDS: usize = 4;

/// So many reports besides the first are told.
const MOST_OTHERS: usize = 8;

/// So many lines of one step are more than a driver has to say.
const FLOOD: usize = 1000;

/// Judges a run.
pub fn judge(transcript: &Transcript) -> Judgement {
    let judged = weighed(transcript, |record, report, console, weighed| {
        let judged = cases::all(record, report);
        let mut verdict = verdict(transcript, report, console, &weighed, &judged);
        places::find(&mut verdict, transcript);
        stood(&mut verdict, transcript, report, console);
        let mut remarks = others(record, &weighed, &verdict);
        remarks.extend(weighed.remarks);
        remarks.extend(taints::remarks(record, report));
        remarks.extend(stress::remarks(record, report));
        if !matches!(verdict, Verdict::Skip(_)) {
            remarks.extend(cases::remarks(&judged));
        }
        remarks.extend(cases::words(record, report));
        let cases = judged.into_iter().flatten().flat_map(|judged| judged.cases).collect();
        Judgement { verdict, remarks, cases }
    });
    judged.unwrap_or_else(|lost| Verdict::Lost(lost).into())
}

/// Whether a run of the same machine without the driver would help to judge this one: something was reported of which
/// nothing says that it is the driver's.
pub fn wants_baseline(transcript: &Transcript) -> bool {
    let wanted = weighed(transcript, |record, report, _, weighed| {
        let (driver, modules) = (first_of_driver(record), record.driver_modules().collect::<Vec<_>>());
        let is_anybodys = |found: &Found<'_>| found.step.is_none_or(|step| step < driver) || !found.names(&modules);
        let is_untold = weighed.counted.is_empty() && taints::fault(record, report, &weighed.excused).is_some();
        is_untold || weighed.counted.iter().any(|counted| is_anybodys(&counted.found))
    });
    transcript.baseline.is_none() && wanted.unwrap_or(false)
}

/// Whether a machine has booted without a report that a driver could be blamed for: by its console, and its taint.
pub(crate) fn is_calm(console: &[u8], taint: u64) -> bool {
    let is_report = |line: &Line<'_>| pattern::sign_of(line.message()).is_some();
    taint & taint::FAULTS == 0 && !Console::parse(console, "", 0).lines.iter().any(is_report)
}

/// Reads a run and weighs its reports; the error says why nothing can be read in it.
fn weighed<T>(
    transcript: &Transcript,
    then: impl FnOnce(&Record, &Report, &Console<'_>, Weighed<'_>) -> T,
) -> Result<T, String> {
    let record = &transcript.record;
    if let End::NeverStarted(reason) = &record.end {
        return Err(format!("QEMU never ran a guest: {}", reason.trim()));
    }
    if record.steps.is_empty() {
        return Err("no step was asked for, so nothing was learnt".to_owned());
    }
    let report = Report::parse(&transcript.results, &record.nonce);
    let mut console = Console::parse(&transcript.console, &record.nonce, record.steps.len());
    if record.end == End::Deadline {
        console = console.without_last_words();
    }
    let records = report.steps.iter().enumerate().flat_map(|(at, step)| step.log.iter().map(move |log| (at, log)));
    // Userspace can write to /dev/kmsg, but not as the kernel.
    let log: Vec<Line<'_>> =
        records.filter(|(_, log)| log.of_kernel).map(|(at, log)| Line::of_message(&log.text, Some(at))).collect();
    let weighed = weigh::weigh(record, &report, &console, &log, transcript.baseline.as_ref());
    Ok(then(record, &report, &console, weighed))
}

fn verdict(
    transcript: &Transcript,
    report: &Report,
    console: &Console<'_>,
    weighed: &Weighed<'_>,
    judged: &[Option<Judged>],
) -> Verdict {
    let record = &transcript.record;
    if let Some(title) = &weighed.hopeless {
        return Verdict::Lost(format!("the kernel ends with this without the driver, too: {title}"));
    }
    if let Some(first) = first(record, weighed) {
        let mut fault = first.found.fault(&record.steps);
        fault.more = further(first, weighed).count();
        fault.why.extend(first.note.clone());
        return blame(record, report, console, first.found.step, fault);
    }
    if let Some((step, fault)) = taints::fault(record, report, &weighed.excused) {
        return blame(record, report, console, Some(step), fault);
    }
    if let State::GaveUp(reason) = &report.state {
        return Verdict::Lost(format!("the guest gave up: {reason}"));
    }
    match &record.end {
        End::Deadline => Verdict::Hang(place(transcript, report, console)),
        end if *end == End::DONE => finished(transcript, report, console, judged),
        End::Exited(0) => reset(record, report, console),
        end => Verdict::Lost(gone(record, report, console, end)),
    }
}

/// The report that names the verdict: the first, since those after it are often its consequences. One from before the
/// driver's time gives way to one in which the driver is named, and to one that ended the machine.
fn first<'w, 'l>(record: &Record, weighed: &'w Weighed<'l>) -> Option<&'w Counted<'l>> {
    let first = weighed.counted.first()?;
    let (driver, modules) = (first_of_driver(record), record.driver_modules().collect::<Vec<_>>());
    let is_before = |counted: &Counted<'_>| counted.found.step.is_some_and(|step| step < driver);
    let is_drivers = |counted: &&Counted<'_>| {
        let found = &counted.found;
        found.step.is_some_and(|step| step >= driver) && (found.sign.is_deadly() || found.names(&modules))
    };
    let has_step = weighed.counted.iter().any(|counted| counted.found.step.is_some());
    let is_early = is_before(first) || (first.found.step.is_none() && has_step);
    weighed.counted.iter().find(is_drivers).filter(|_| is_early).or(Some(first))
}

/// The reports besides the one that names the verdict, without the consequences.
fn further<'w, 'l>(first: &'w Counted<'l>, weighed: &'w Weighed<'l>) -> impl Iterator<Item = &'w Counted<'l>> {
    let others = weighed.counted.iter().filter(move |counted| !std::ptr::eq(*counted, first));
    others.filter(|counted| counted.found.sign.part != signs::Part::After)
}

/// What a verdict's headline only counts.
fn others(record: &Record, weighed: &Weighed<'_>, verdict: &Verdict) -> Vec<Remark> {
    let Some(first) = first(record, weighed).filter(|_| matches!(verdict, Verdict::Crash(_) | Verdict::Lost(_))) else {
        return Vec::new();
    };
    let mut remarks: Vec<(Remark, String, usize)> = Vec::new();
    for counted in further(first, weighed) {
        let fault = counted.found.fault(&record.steps);
        let during = fault.during.map(|step| format!(" (during `{step}`)")).unwrap_or_default();
        let mut text = format!("also reported: {}{during}", fault.title);
        text.extend(counted.note.iter().map(|note| format!("; {note}")));
        let kind = weigh::normal(&text);
        if let Some((.., times)) = remarks.iter_mut().find(|(_, known, _)| *known == kind) {
            *times += 1;
        } else if remarks.len() < MOST_OTHERS {
            remarks.push((Remark { text, log: fault.log }, kind, 1));
        }
    }
    let told = |(mut remark, _, times): (Remark, String, usize)| {
        if times > 1 {
            remark.text.extend([", ", &times.to_string(), " times"]);
        }
        remark
    };
    remarks.into_iter().map(told).collect()
}

/// A fault is the driver's from the moment that init begins to load it.
fn blame(record: &Record, report: &Report, console: &Console<'_>, step: Option<usize>, fault: Fault) -> Verdict {
    let driver = first_of_driver(record);
    let title = &fault.title;
    let before = "the kernel reported a fault before the driver was loaded";
    match (step, &fault.during) {
        (Some(step), Some(during)) if step < driver => Verdict::Lost(format!("{before}, during `{during}`: {title}")),
        // Without any mark the console can't tell before from after, if the guest took a step at all.
        (None, _) if console.last_step().is_some() || report.steps.is_empty() => {
            Verdict::Lost(format!("{before}: {title}"))
        }
        _ => {
            let during = step.and_then(|step| stress::place(record, report, step)).or(fault.during);
            Verdict::Crash(Fault { during, ..fault })
        }
    }
}

/// The guest says that it is done.
fn finished(transcript: &Transcript, report: &Report, console: &Console<'_>, judged: &[Option<Judged>]) -> Verdict {
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
    let mut failures = steps::failures(transcript, report, console, judged);
    failures.extend(rules::broken(record, report, console, !failures.is_empty()));
    failures.extend(left::behind(record, report));
    failures.extend(silenced(record, console));
    if !failures.is_empty() {
        return Verdict::Fail(failures);
    }
    if console.ended.is_none() {
        return Verdict::Lost(
            "the guest reported success, but the kernel's console fell silent before its end: \
             a fault could have gone unseen"
                .to_owned(),
        );
    }
    let mut skipped = steps::skipped(record, report);
    skipped.extend(cases::all_skipped(record, judged).unwrap_or_default());
    if skipped.is_empty() { Verdict::Pass } else { Verdict::Skip(skipped) }
}

/// The console was heard when the driver's time began, and not at its end: nobody else was there to turn it off.
fn silenced(record: &Record, console: &Console<'_>) -> Option<Failure> {
    let step = console.last_step().filter(|step| console.ended.is_none() && *step >= first_of_driver(record))?;
    Some(Failure::SilencedConsole { during: record.steps.get(step)?.description() })
}

/// The machine was reset or powered off: with -no-reboot, either ends QEMU. Whoever's step it was did it.
fn reset(record: &Record, report: &Report, console: &Console<'_>) -> Verdict {
    if console.is_channel() {
        return Verdict::Lost(NO_PORTS.to_owned());
    }
    let step = last_step(record, report, console).filter(|step| *step >= first_of_driver(record));
    let Some(step) = step.and_then(|step| record.steps.get(step)).filter(|_| report.state != State::Complete) else {
        return Verdict::Lost(gone(record, report, console, &record.end));
    };
    Verdict::Crash(Fault {
        kind: FaultKind::Reset,
        title: "the machine was reset or powered off, and the kernel reported no fault".to_owned(),
        during: Some(step.description()),
        log: console.tail(LAST_WORDS),
        more: 0,
        sites: Vec::new(),
        why: Vec::new(),
    })
}

/// The guest could write to the console alone, where any driver can write what it likes, and ended by powering off.
const NO_PORTS: &str = "the kernel lets nobody reach ports of the machine, so the guest could not report by a way of its own: \
     it needs CONFIG_X86_IOPL_IOPERM or CONFIG_DEVPORT, and no lockdown";

/// The first step that is about the driver, and not about what it depends on.
fn first_of_driver(record: &Record) -> usize {
    record.steps.iter().position(Step::is_of_driver).unwrap_or(0)
}

/// Where a machine stood when its time was over.
fn place(transcript: &Transcript, report: &Report, console: &Console<'_>) -> Place {
    let record = &transcript.record;
    let step = last_step(record, report, console);
    let during = step.and_then(|step| stress::place(record, report, step));
    let logged = console.lines.iter().filter(|line| line.step == step && !line.is_mark).count();
    let logged = if logged >= FLOOD && console.was_speaking(record.deadline_s) { logged } else { 0 };
    // What the kernel said before the first step is no news of a later one.
    let said = &console.lines[console.lines.iter().position(|line| line.step.is_some()).unwrap_or(0)..];
    let (deadline_s, log) = (record.deadline_s, console::tail(said, LAST_LINES));
    let mut place = Place { during, deadline_s, logged, log, ..Place::default() };
    standing::find(&mut place, transcript, report, console);
    place
}

/// A report that names no place of the driver's, of a machine that then stood still until its time was over: it is about where it
/// stood.
fn stood(verdict: &mut Verdict, transcript: &Transcript, report: &Report, console: &Console<'_>) {
    let Verdict::Crash(fault) = verdict else { return };
    if fault.sites.is_empty() && transcript.record.end == End::Deadline {
        let place = place(transcript, report, console);
        if place.during == fault.during {
            fault.sites = place.sites;
        }
    }
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
