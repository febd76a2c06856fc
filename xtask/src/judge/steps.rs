// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which of the steps did not do what they must, and why, in words.

use super::answer::{Outcome, Report, StepReport};
use super::cases::Judged;
use super::console::{Console, is_mark};
use super::errno;
use super::loading::{self, Exports};
use super::standing;
use super::stress;
use super::text::tail;
use super::transcript::{Record, Transcript};
use super::verdict::{DEPENDENCY, Failure};
use crate::vm::step::{Load, Role, Run, Step, Unload};

/// So many lines of a program's output, or of the kernel's log, come with a failure.
const MOST_LINES: usize = 40;

/// The steps that failed, in order, of a complete report that agrees with the record.
///
/// `judged` has what is known of the cases of each.
pub(super) fn failures(
    transcript: &Transcript,
    report: &Report,
    console: &Console<'_>,
    judged: &[Option<Judged>],
) -> Vec<Failure> {
    let Transcript { record, exports, .. } = transcript;
    let mut failures = Vec::new();
    for (at, (asked, answer)) in record.steps.iter().zip(&report.steps).enumerate() {
        let ok = match answer.result.as_ref().map(|result| &result.outcome) {
            Some(Outcome::Ok) => true,
            Some(Outcome::NotOk) | None => false,
            Some(Outcome::Skipped(_)) => continue,
        };
        match asked {
            Step::Load(step) if !ok && step.refuses.is_some() => {
                failures.push(not_refused(step, answer, log(record, answer, at, console)));
            }
            Step::Load(step) if !ok => failures.push(load(step, answer, log(record, answer, at, console), exports)),
            Step::Unload(step) if !ok => failures.push(unload(step, answer, log(record, answer, at, console))),
            Step::Run(step) => {
                let wrong = wrong(step, answer, ok, judged.get(at).is_some_and(Option::is_some));
                let is_cut = wrong.is_some();
                failures.extend(wrong.map(|reason| Failure::Step {
                    name: step.name.clone(),
                    reason,
                    output: tail(&answer.output, MOST_LINES),
                    log: Vec::new(),
                    late: answer.timeout_s.is_some(),
                    sites: answer.timeout_s.map(|_| standing::of_program(answer, transcript)).unwrap_or_default(),
                }));
                // That a program which was stopped has no more results is no news.
                let is_news = |failure: &&Failure| !is_cut || matches!(failure, Failure::Case { .. });
                failures.extend(of_cases(judged, at).filter(is_news).cloned());
            }
            Step::Stress(_) if !ok => failures.push(stress::failure(asked, answer, log(record, answer, at, console))),
            Step::Load(_) | Step::Unload(_) | Step::Stress(_) => {}
        }
        if !matches!(asked, Step::Run(_)) {
            failures.extend(of_cases(judged, at).cloned());
        }
    }
    failures
}

fn of_cases(judged: &[Option<Judged>], step: usize) -> impl Iterator<Item = &Failure> {
    judged.get(step).and_then(Option::as_ref).into_iter().flat_map(|judged| &judged.failures)
}

/// The steps that the guest left out for a reason of its own.
pub(super) fn skipped(record: &Record, report: &Report) -> Vec<String> {
    // Stress that a kernel can't make says nothing against the rest.
    let steps = record.steps.iter().zip(&report.steps).filter(|(asked, _)| !matches!(asked, Step::Stress(_)));
    let results = steps.filter_map(|(_, step)| step.result.as_ref());
    results
        .filter_map(|result| match &result.outcome {
            Outcome::Skipped(reason) => Some(format!("{}: {reason}", result.description)),
            _ => None,
        })
        .collect()
}

fn load(step: &Load, answer: &StepReport, log: Vec<String>, exports: &Exports) -> Failure {
    let number = answer.errno.unwrap_or(0);
    let meaning = match step.role {
        Role::Driver => errno::when_loading(number).to_owned(),
        Role::Dependency => format!("{DEPENDENCY}{}", errno::when_loading(number)),
    };
    let why = loading::why(&log, &step.module, exports);
    Failure::Load { module: step.module.clone(), errno: errno_name(answer), meaning, log, why, site: None }
}

/// A module that must refuse to be loaded, and did not, or for another reason.
fn not_refused(step: &Load, answer: &StepReport, log: Vec<String>) -> Failure {
    let wanted = errno::name(step.refuses.unwrap_or(0));
    let reason = match answer.errno {
        None => format!("it was loaded, and must refuse with {wanted}"),
        Some(other) => format!("it refused with {}, and must with {wanted}", errno::name(other)),
    };
    let name = format!("refuse {}", step.module);
    Failure::Step { name, reason, output: Vec::new(), log, late: false, sites: Vec::new() }
}

fn unload(step: &Unload, answer: &StepReport, log: Vec<String>) -> Failure {
    let meaning = match &answer.held {
        // Its own errno for a module that is in use (try_stop_module of kernel/module/main.c) is EAGAIN's.
        Some((count, users)) if *count > 0 || !users.is_empty() => held(*count, users),
        _ => errno::when_unloading(answer.errno.unwrap_or(0)).to_owned(),
    };
    let is_permanent = answer.held.as_ref().is_some_and(|(_, users)| users.iter().any(|user| user == PERMANENT));
    let why = if is_permanent { vec![of_permanent(&step.module)] } else { Vec::new() };
    Failure::Unload { module: step.module.clone(), errno: errno_name(answer), meaning, log, why }
}

/// What stands among the users of a module that has no exit function (`print_unload_info()` of kernel/module/procfs.c).
const PERMANENT: &str = "[permanent]";

fn of_permanent(module: &str) -> String {
    format!(
        "help: add `module_exit({module}_exit);` and a function `static void __exit {module}_exit(void)` that undoes what init did; \
         an empty one will do, if there is nothing to undo"
    )
}

/// Who keeps a module loaded, as /proc/modules has it: each module that uses it has one of the references.
pub(super) fn held(count: u32, users: &[String]) -> String {
    let (permanent, users): (Vec<&String>, Vec<&String>) = users.iter().partition(|user| *user == PERMANENT);
    if !permanent.is_empty() && users.is_empty() && count == 0 {
        return "it has no exit function, and without one a module is never unloaded".to_owned();
    }
    let modules: Vec<String> = users.iter().map(|user| format!("`{user}`")).collect();
    let modules = modules.join(", ");
    let own = count.saturating_sub(u32::try_from(users.len()).unwrap_or(u32::MAX));
    let references = format!("{own} reference{}", if own == 1 { "" } else { "s" });
    let are = if own == 1 { "is" } else { "are" };
    let nobody = "that no module holds: an open file, or a try_module_get without its module_put";
    match (users.len(), own) {
        (0, _) => format!("it is still in use, by {references} {nobody}"),
        (_, 0) => format!("{modules} still need{} it", if users.len() == 1 { "s" } else { "" }),
        _ => format!(
            "{modules} still need{} it, and there {are} {references} {nobody}",
            if users.len() == 1 { "s" } else { "" }
        ),
    }
}

fn errno_name(answer: &StepReport) -> String {
    answer.errno.map_or_else(|| "no errno".to_owned(), errno::name)
}

/// What the kernel says of every module that is not its own (kernel/module/main.c), when the guest takes its console away
/// (kernel/printk/printk.c), and when it has found out how fast its clocks are, some seconds after the start: true, and no news.
pub(crate) fn is_no_news(line: &str) -> bool {
    // A line of the console has its time before it.
    let message = line.split_once("] ").map_or(line, |(_, message)| message);
    let starts = ["clocksource: ", "tsc: "];
    line.ends_with("loading out-of-tree module taints kernel.")
        || line.contains("module verification failed: signature and/or required key missing")
        || line.ends_with("console [ttyS0] disabled")
        || starts.iter().any(|start| message.starts_with(start))
}

/// What the kernel logged during a step: the records if there are any, else the console, which may lack quiet ones.
fn log(record: &Record, answer: &StepReport, step: usize, console: &Console<'_>) -> Vec<String> {
    let is_telling = |text: &String| !is_mark(text, &record.nonce) && !is_no_news(text);
    let of_records: Vec<String> = answer.log.iter().map(|record| record.text.clone()).filter(is_telling).collect();
    if !of_records.is_empty() {
        return tail(&of_records, MOST_LINES);
    }
    let of_console: Vec<&str> = console
        .lines
        .iter()
        .filter(|line| line.step == Some(step) && !line.is_mark)
        .map(|line| line.message())
        .filter(|text| !is_no_news(text))
        .collect();
    tail(&of_console, MOST_LINES).into_iter().map(str::to_owned).collect()
}

/// The first thing that is wrong with a program's end or output. If it has cases, they say what its exit status means.
fn wrong(step: &Run, answer: &StepReport, ok: bool, has_cases: bool) -> Option<String> {
    if let Some(seconds) = answer.timeout_s {
        return Some(format!("still running after {seconds} s"));
    }
    if let Some(signal) = answer.signal {
        return Some(format!("killed by {}", errno::signal(signal)));
    }
    if let Some(number) = answer.errno {
        return Some(format!("could not be started: {}", errno::name(number)));
    }
    match answer.exit {
        Some(exit) if !has_cases && exit != u32::from(step.exit) => {
            return Some(format!("exited with {exit}, not {}", step.exit));
        }
        Some(_) if ok => {}
        _ => return Some("the guest says that it failed, and not how".to_owned()),
    }
    missing(&step.prints, &answer.output)
}

/// The first text that the output lacks at its place.
fn missing(texts: &[String], output: &[String]) -> Option<String> {
    let mut lines = output.iter();
    let at = texts.iter().position(|text| !lines.any(|line| line.contains(text.as_str())))?;
    let text = &texts[at];
    let elsewhere = output.iter().any(|line| line.contains(text.as_str()));
    let before = at.checked_sub(1).filter(|_| elsewhere).map(|before| &texts[before]);
    Some(match before {
        Some(before) => format!("did not print `{text}` after `{before}`"),
        None => format!("did not print `{text}`"),
    })
}
