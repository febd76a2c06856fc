// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a machine stood that did not end: the calls of its tasks, as init told them meanwhile, and of its first processor, as
//! the kernel printed them when the host interrupted it.

use super::answer::{Report, StepReport, Task};
use super::console::Console;
use super::frame::plain;
use super::jumps;
use super::reader::Reader;
use super::site::{Site, Symbols};
use super::transcript::Transcript;
use super::verdict::{Place, Waiting};
use crate::vm::step::Step;

/// So many functions of the kernel say where it was, if the driver is nowhere.
const MOST_CALLS: usize = 6;

/// So many tasks are told that wait as well.
const MOST_TASKS: usize = 8;

/// Adds to a place what is known of the tasks and processors at that time.
pub(super) fn find(place: &mut Place, transcript: &Transcript, report: &Report, console: &Console<'_>) {
    let read = |lines: &[String]| Reader::new(transcript, true).read(lines).sites;
    let tasks = report.steps.last().filter(|step| step.result.is_none()).map_or(&report.tasks, |step| &step.tasks);
    let init = tasks.iter().find(|task| task.number == 1);
    // A loop shows itself to the interrupt, and one who sleeps does not.
    let interrupted = read(&console.last_words);
    let mut of_init = init.map(|task| read(&task.stack)).unwrap_or_default();
    if let (true, Some(task), Some(step)) = (of_init.is_empty(), init, report.open()) {
        of_init =
            transcript.record.steps.get(step).map(|step| left(step, task, &transcript.symbols)).unwrap_or_default();
    }
    place.sites = if interrupted.is_empty() { of_init } else { interrupted };
    let waiting = tasks.iter().map(|task| Waiting { task: task.name.clone(), sites: read(&task.stack) });
    let is_news = |waiting: &Waiting| waiting.sites.first().is_some_and(|first| !place.sites.contains(first));
    place.waiting = waiting.filter(is_news).take(MOST_TASKS).collect();
    if let (true, Some(init)) = (place.sites.is_empty(), init) {
        place.calls = init.stack.iter().map(|frame| function(frame).to_owned()).take(MOST_CALLS).collect();
    }
}

/// Where a program of the test was in the driver when its time was over: the first of its tasks that was in there.
pub(super) fn of_program(step: &StepReport, transcript: &Transcript) -> Vec<Site> {
    // arch/x86/entry/entry_64.S: what a program calls comes through these, and a kernel thread does not.
    let is_program = |task: &&Task| task.stack.last().is_some_and(|frame| frame.starts_with("entry_"));
    let sites = step.tasks.iter().filter(is_program).map(|task| Reader::new(transcript, true).read(&task.stack).sites);
    sites.into_iter().find(|sites| !sites.is_empty()).unwrap_or_default()
}

/// The driver's function that init waits in, if it has left the stack.
fn left(step: &Step, task: &Task, symbols: &Symbols) -> Vec<Site> {
    let Some(at) = task.stack.iter().position(|frame| jumps::is_loader(function(frame))) else { return Vec::new() };
    // What waits for somebody else itself, mutex_lock() and its like, is not shown in a stack (in_sched_functions()).
    let called = at.checked_sub(1).map(|at| plain(function(&task.stack[at])));
    jumps::before(function(&task.stack[at]), called, Some(step), symbols)
}

fn function(frame: &str) -> &str {
    frame.split('+').next().unwrap_or(frame)
}
