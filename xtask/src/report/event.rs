// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the engine says while it works. An [`Event::Outcome`] comes once for each job, after all else about it.

use std::sync::mpsc::{Sender, SyncSender, sync_channel};

use serde::Serialize;

use crate::coverage::Coverage;
use crate::explain::nix::Weight;
use crate::outcome::Outcome;

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// Something a person should know, said once.
    Note { text: String },
    /// A command that is about to run, as it could be typed.
    Command { line: String },
    /// Long work goes on; said often.
    Progress { what: String, done: u64, total: u64, unit: Unit },
    /// That work is done.
    Done { what: String },
    /// A line that the compiler or make printed on standard error, with the person's own paths.
    Diagnostic { line: String },
    /// A line of a command's answer, such as `doctor`'s.
    Answer { line: String },
    /// A command's answer that has rows, each with a cell for every column.
    Table { columns: Vec<String>, rows: Vec<Vec<String>> },
    /// Several jobs begin: every one of these drivers with every one of these kernels, by the names they were asked for.
    /// With a part of them left to others there are fewer jobs than pairs.
    Matrix { drivers: Vec<String>, kernels: Vec<String>, jobs: usize },
    /// A job of the matrix goes on to its next stage.
    Stage { driver: String, asked: String, stage: Stage },
    /// A job is done.
    Outcome(Box<Outcome>),
    /// Which lines of a driver have run in all its jobs on a kernel, after their outcomes.
    Coverage(Box<Coverage>),
    /// Something in a log or a configuration that was to be explained.
    Explanation(Box<Explanation>),
    /// A round of `watch` begins, since these files have been saved, or for this doubt; at first, and on request, there is neither.
    Round { saved: Vec<String>, doubt: Option<String> },
    /// It has ended with this exit status, or without one by a signal.
    RoundEnd { status: Option<i32>, ms: u64 },
    /// Nobody shows this: it is answered when all before it has been shown.
    #[serde(skip)]
    Shown(SyncSender<()>),
}

/// What `package explain` says of one place.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Explanation {
    /// As it was named.
    pub file: String,
    pub line: usize,
    /// Of a file of Nix's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// By which docs/nix-problems.md calls it.
    pub name: &'static str,
    pub weight: Weight,
    /// The line of the log, or the piece of source.
    pub said: String,
    /// What it means, and what mends it: such lines begin with `help: `.
    pub why: Vec<String>,
}

/// What a job is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Its kernel is looked for, and fetched if need be.
    Kernel,
    Build,
    Machine,
}

/// What a progress counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    Bytes,
    Things,
}

/// The engine's end of the line. Nobody listening is no reason to fail.
#[derive(Debug, Clone)]
pub struct Events {
    send: Sender<Event>,
}

impl Events {
    pub fn new(send: Sender<Event>) -> Self {
        Self { send }
    }

    pub fn say(&self, event: Event) {
        let _nobody_listens = self.send.send(event);
    }

    pub fn note(&self, text: impl Into<String>) {
        self.say(Event::Note { text: text.into() });
    }

    pub fn answer(&self, line: impl Into<String>) {
        self.say(Event::Answer { line: line.into() });
    }

    pub fn table(&self, columns: &[&str], rows: Vec<Vec<String>>) {
        self.say(Event::Table { columns: columns.iter().map(|&name| name.to_owned()).collect(), rows });
    }

    /// Waits until all that was said has been shown: somebody else is about to write to the terminal.
    pub fn settle(&self) {
        let (answer, shown) = sync_channel(1);
        self.say(Event::Shown(answer));
        let _nobody_listens = shown.recv();
    }

    /// Begins a piece of long work; it is done when the returned value is dropped.
    pub fn progress(&self, what: impl Into<String>, total: u64, unit: Unit) -> Progress {
        let progress = Progress { events: self.clone(), what: what.into(), total, unit };
        progress.at(0);
        progress
    }
}

/// A piece of long work under way.
#[derive(Debug)]
pub struct Progress {
    events: Events,
    what: String,
    total: u64,
    unit: Unit,
}

impl Progress {
    pub fn at(&self, done: u64) {
        let Self { events, what, total, unit } = self;
        events.say(Event::Progress { what: what.clone(), done, total: *total, unit: *unit });
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.events.say(Event::Done { what: std::mem::take(&mut self.what) });
    }
}
