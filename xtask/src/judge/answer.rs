// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the guest's init reported, as values; [`super::ktap`] reads them.

use super::kmsg::Record;

/// What init reported.
#[derive(Debug, Default)]
pub struct Report {
    /// `uname -r` in the guest.
    pub kernel: Option<String>,
    /// /proc/sys/kernel/tainted before the first step.
    pub taint: Option<u64>,
    /// How many steps init said it would take.
    pub planned: Option<usize>,
    /// Those that were begun or skipped, in order.
    pub steps: Vec<StepReport>,
    /// What was there at the end and not before the driver, by name.
    pub left: Vec<String>,
    /// Whether init has looked for that.
    pub looked: Option<Looked>,
    /// The file that it began to look at last.
    pub looking: Option<String>,
    /// The tasks that were in a module when a call into it, outside of a step, did not come back.
    pub tasks: Vec<Task>,
    /// Milliseconds of the guest's monotonic clock when it was done.
    pub end_ms: Option<u64>,
    pub state: State,
}

/// Whether a report can be believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// From its first line to its end mark, with all results between.
    Complete,
    /// Nothing in it is wrong, but it stops; where, in words.
    Incomplete(String),
    /// No init of ours wrote this; why, in words.
    Contradictory(String),
    /// Init could not go on, and said why: KTAP's `Bail out!`.
    GaveUp(String),
    #[default]
    Unread,
}

/// How a look for what was left behind ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// So many names were new; a long list is reported in part.
    Found(usize),
    /// It made no sense to look; why, in words.
    Not(String),
}

#[derive(Debug, Default)]
pub struct StepReport {
    /// Milliseconds of the guest's monotonic clock; none when the step was skipped without a beginning.
    pub begun_ms: Option<u64>,
    pub result: Option<StepResult>,
    pub log: Vec<Record>,
    pub output: Vec<String>,
    pub exit: Option<u32>,
    pub signal: Option<u32>,
    pub timeout_s: Option<u32>,
    pub errno: Option<u32>,
    /// Of a module that could not be unloaded: how many references there are, and which modules have them.
    pub held: Option<(u32, Vec<String>)>,
    /// Where a step that stresses the driver was: the last thing that it began.
    pub at: Option<String>,
    /// How much of that it has done.
    pub done: Option<u32>,
    /// What the kernel refused in it: `load foobar`.
    pub refused: Option<String>,
    /// What more there was after every cycle.
    pub leaks: Vec<Leak>,
    /// The tasks that were in a module when the step did not end, and init.
    pub tasks: Vec<Task>,
    /// What a load that was refused left behind.
    pub left: Vec<String>,
    /// /proc/sys/kernel/tainted after the step.
    pub taint: Option<u64>,
}

/// A task that waits, or runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its process id; init's is 1.
    pub number: u32,
    pub name: String,
    /// Its calls, the innermost first, as /proc/PID/stack has them.
    pub stack: Vec<String>,
}

/// Objects of one of the kernel's caches that every cycle of loading and unloading leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    pub objects: u64,
    /// Bytes of one.
    pub size: u64,
    pub cache: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepResult {
    pub outcome: Outcome,
    pub description: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    NotOk,
    Skipped(String),
}

impl Report {
    /// The index of the step that was begun and not ended; only the last one can be.
    pub fn open(&self) -> Option<usize> {
        self.steps.last().filter(|step| step.result.is_none()).map(|_| self.steps.len() - 1)
    }

    /// How many steps have a result.
    pub fn ended(&self) -> usize {
        self.open().unwrap_or(self.steps.len())
    }
}
