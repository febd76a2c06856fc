// SPDX-License-Identifier: MIT OR Apache-2.0
//! Events for people: results on standard output, everything else on standard error. When standard error is a terminal,
//! its bottom shows long work, and the table of a matrix; otherwise such work is a plain line when it begins.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::{Duration, Instant};

use super::board::{self, Board};
use super::lines::{self, Look};
use super::screen::{Screen, print_error, size, size_of_output};
use super::style::Style;
use super::{Event, Listener, Unit, Verbosity, columns};
use crate::outcome::Outcome;

/// Progress is told more often than anybody can read.
const REDRAW: Duration = Duration::from_millis(100);

/// A clock that shows seconds is looked at so often.
const TICK: Duration = Duration::from_millis(500);

pub(super) struct Human {
    style: Style,
    verbosity: Verbosity,
    /// Work under way: done, total, unit.
    work: BTreeMap<String, (u64, u64, Unit)>,
    board: Option<Board>,
    screen: Screen,
    drawn: Option<Instant>,
}

impl Listener for Human {
    fn take(&mut self, event: &Event) {
        match event {
            Event::Note { text } => self.err(text),
            Event::Command { line } => {
                if self.verbosity == Verbosity::Verbose {
                    self.err(&format!("$ {line}"));
                }
            }
            Event::Progress { what, done, total, unit } => self.progress(what, *done, *total, *unit),
            Event::Done { what } => {
                self.work.remove(what);
                self.redraw();
            }
            Event::Diagnostic { line } => self.err(line),
            Event::Answer { line } => self.out(line),
            Event::Table { columns, rows } => self.out(&columns::aligned(columns, rows)),
            Event::Matrix { drivers, kernels, jobs } => {
                self.board = Some(Board::new(drivers, kernels, *jobs));
                self.redraw();
            }
            Event::Stage { driver, asked, stage } => {
                if let Some(board) = &mut self.board {
                    board.stage(asked, driver, *stage, Instant::now());
                }
                self.redraw();
            }
            Event::Outcome(outcome) => self.outcome(outcome),
            Event::Coverage(coverage) => {
                let look = self.look();
                self.out(&lines::coverage(coverage, look));
            }
            Event::Explanation(explanation) => {
                let look = self.look();
                self.out(&lines::explanation(explanation, look));
            }
            Event::Round { saved, doubt } => self.round(saved, doubt.as_deref()),
            Event::RoundEnd { ms, .. } => {
                let keys = if self.style.live { "; r: again, l: log, s: shell, q: quit" } else { "" };
                self.err(&format!("watch: done in {:.2} s{keys}", *ms as f64 / 1000.0));
            }
            Event::Shown(_) => {}
        }
    }

    fn patience(&self) -> Option<Duration> {
        let drawing = self.style.live && (self.board.is_some() || !self.work.is_empty());
        drawing.then_some(TICK)
    }

    fn tick(&mut self) {
        self.redraw();
    }

    fn end(&mut self) {
        self.screen.erase();
        let Some(board) = self.board.take() else { return };
        if !self.style.live {
            return self.err(&board.summary());
        }
        for line in board.whole(size().columns, Instant::now(), self.style.live_colour) {
            self.err(&line.text);
        }
    }
}

impl Human {
    pub(super) fn new(style: Style, verbosity: Verbosity) -> Self {
        Self { style, verbosity, work: BTreeMap::new(), board: None, screen: Screen::default(), drawn: None }
    }

    fn progress(&mut self, what: &str, done: u64, total: u64, unit: Unit) {
        let is_new = self.work.insert(what.to_owned(), (done, total, unit)).is_none();
        if self.style.live {
            if is_new || self.drawn.is_none_or(|at| at.elapsed() > REDRAW) {
                self.redraw();
            }
        } else if is_new && unit == Unit::Bytes {
            self.err(&format!("{what} ({})", megabytes(total)));
        }
    }

    /// On a terminal each begins at its top; elsewhere these lines are what an editor recognises rounds by.
    fn round(&mut self, saved: &[String], doubt: Option<&str>) {
        if self.style.live {
            // ECMA-48: CUP, ED; 3 is xterm's, for what has scrolled away.
            print_error("\x1b[H\x1b[2J\x1b[3J");
        }
        let why = match (doubt, saved) {
            (Some(doubt), _) => format!("begins: {doubt}"),
            (None, []) => "begins".to_owned(),
            (None, [one]) => format!("begins: {one} was saved"),
            (None, [one, others @ ..]) => format!("begins: {one} and {} more were saved", others.len()),
        };
        self.err(&format!("watch: {why}"));
    }

    fn outcome(&mut self, outcome: &Outcome) {
        if let Some(board) = &mut self.board {
            board.outcome(outcome);
        }
        let look = self.look();
        self.out(&lines::lines(outcome, look));
    }

    fn look(&self) -> Look {
        Look { coloured: self.style.colour, columns: self.style.seen.then(|| size_of_output().columns) }
    }

    fn redraw(&mut self) {
        if !self.style.live {
            return;
        }
        let size = size();
        let lines = match &self.board {
            // What builds and runs stands in the table.
            Some(board) => {
                let work = work(self.work.iter().filter(|(_, (_, _, unit))| *unit == Unit::Bytes));
                board.lines(size, Instant::now(), work, self.style.live_colour)
            }
            None => work(self.work.iter()).map(|line| board::plain(line, size.columns)).unwrap_or_default(),
        };
        self.screen.draw(lines);
        self.drawn = Some(Instant::now());
    }

    fn out(&mut self, text: &str) {
        self.screen.erase();
        let _nobody_reads = writeln!(std::io::stdout().lock(), "{text}");
        self.redraw();
    }

    fn err(&mut self, text: &str) {
        self.screen.erase();
        print_error(&format!("{text}\n"));
        self.redraw();
    }
}

/// Long work in one line.
fn work<'a>(work: impl Iterator<Item = (&'a String, &'a (u64, u64, Unit))>) -> Option<String> {
    let (mut done, mut total) = (0, 0);
    let mut names = Vec::new();
    for (what, (so_far, all, unit)) in work {
        match unit {
            Unit::Bytes => {
                done += so_far;
                total += all;
                names.push(what.clone());
            }
            Unit::Things if *so_far > 0 => names.push(format!("{what} ({so_far})")),
            Unit::Things => names.push(what.clone()),
        }
    }
    let line = names.join(", ");
    let line = if total > 0 { format!("{} of {}: {line}", megabytes(done), megabytes(total)) } else { line };
    Some(line).filter(|line| !line.is_empty())
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}
