// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that prints. The engine speaks in [`Event`]s; a reporter on a thread of its own listens.

mod annotations;
mod board;
mod body;
mod columns;
mod event;
mod file;
mod human;
mod json;
mod junit;
mod lines;
mod page;
mod screen;
mod sites;
mod style;
mod told;
mod wrap;

pub(crate) use body::ours;
pub use body::text as explained;
pub use event::{Event, Events, Explanation, Progress, Stage, Unit};

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Result;

use crate::cmd::begin::Begins;
use crate::coverage;

use self::annotations::Annotations;
use self::file::ReportFile;
use self::told::{Told, WORDS};

/// Who listens to the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people: live lines when standard error is a terminal, plain lines otherwise.
    Human,
    /// One JSON object a line on standard output.
    Json,
}

/// A running reporter.
#[derive(Debug)]
pub struct Reporter {
    thread: JoinHandle<Told>,
    annotations: Option<Annotations>,
    junit: Option<ReportFile>,
    html: Option<ReportFile>,
    lcov: Option<ReportFile>,
}

impl Reporter {
    /// Starts one, and gives the engine's end of the line.
    /// With `told` nothing is printed before somebody says so, and nothing at all if nobody does.
    /// With `junit` and `html` the outcomes are also written to these files at the end, and with `lcov` which lines have run; it is
    /// an error now if they can't be.
    pub fn start(
        format: Format,
        verbosity: Verbosity,
        junit: Option<&Path>,
        html: Option<&Path>,
        lcov: Option<&Path>,
        told: Option<Begins>,
    ) -> Result<(Self, Events)> {
        let junit = junit.map(|path| ReportFile::new(path, "JUnit report")).transpose()?;
        let html = html.map(|path| ReportFile::new(path, "HTML report")).transpose()?;
        let lcov = lcov.map(|path| ReportFile::new(path, "tracefile")).transpose()?;
        let (send, events) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            if told.is_some_and(|told| !told.wait()) {
                return Told::default();
            }
            let mut listener: Box<dyn Listener> = match format {
                Format::Human => Box::new(human::Human::new(style::Style::detect(), verbosity)),
                Format::Json => Box::new(json::Json::begin()),
            };
            listen(&events, &mut *listener, Annotations::wanted())
        });
        Ok((Self { thread, annotations: Annotations::wanted(), junit, html, lcov }, Events::new(send)))
    }

    /// Waits until everything said so far has been printed; every [`Events`] must be dropped before.
    /// The files also say which `error` ended the work, if one did: a job's viewer in CI often shows nothing else.
    pub fn finish(self, error: Option<&anyhow::Error>) -> Result<()> {
        let mut told = self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        told.error = error.map(brief);
        if let (Some(annotations), Some(error)) = (self.annotations, &told.error) {
            screen::print_error(&format!("{}\n", annotations.of_error(error)));
        }
        if let Some(file) = self.junit {
            file.write(&junit::xml(&told))?;
        }
        if let Some(file) = self.html {
            file.write(&page::html(&told))?;
        }
        if let Some(file) = self.lcov {
            file.write(&coverage::tracefile(&told.counts()))?;
        }
        Ok(())
    }
}

/// One who is told all events as they come, on the reporter's own thread.
trait Listener {
    fn take(&mut self, event: &Event);

    /// For how long nothing may come before [`Listener::tick`] is called; none when it need not be.
    fn patience(&self) -> Option<Duration> {
        None
    }

    fn tick(&mut self) {}

    /// Nothing more will come.
    fn end(&mut self) {}
}

/// Hands over all events until the engine has ended, and gives what a report of it all needs.
fn listen(events: &Receiver<Event>, listener: &mut dyn Listener, mut annotations: Option<Annotations>) -> Told {
    let mut told = Told::default();
    loop {
        let event = match listener.patience() {
            None => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(patience) => events.recv_timeout(patience),
        };
        match event {
            Ok(Event::Shown(answer)) => {
                let _it_has_gone_on = answer.send(());
            }
            Ok(event) => {
                listener.take(&event);
                for line in annotations.iter_mut().flat_map(|annotations| annotations.of(&event)) {
                    screen::print_error(&format!("{line}\n"));
                }
                told.take(event);
            }
            Err(RecvTimeoutError::Timeout) => listener.tick(),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    listener.end();
    told
}

/// How much a person wants to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    Normal,
    /// Also every command that is run.
    Verbose,
}

/// An error in one line, for a note: without help, since the program goes on.
pub(crate) fn brief(err: &anyhow::Error) -> String {
    let causes = err.chain().map(|cause| {
        let cause = cause.to_string();
        cause.lines().filter(|line| !line.starts_with("help:")).collect::<Vec<_>>().join(" ")
    });
    causes.collect::<Vec<_>>().join(": ")
}

/// Prints the error that ended the program: what failed, on what, why, and what mends it.
pub fn fatal(err: &anyhow::Error) {
    let red = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let (start, end) = if red { ("\x1b[31;1m", "\x1b[0m") } else { ("", "") };
    let mut text = String::new();
    let mut help = String::new();
    for (depth, cause) in err.chain().enumerate() {
        let cause = cause.to_string();
        // A line that begins with `help:` belongs at the end, whichever link of the chain it came with.
        for line in cause.lines() {
            if line.starts_with("help:") {
                help = format!("{help}{line}\n");
            } else if depth == 0 || text.is_empty() {
                text = format!("{text}{line}\n");
            } else {
                text = format!("{text}  {line}\n");
            }
        }
    }
    screen::print_error(&format!("{start}error{end}: {text}{help}"));
}
