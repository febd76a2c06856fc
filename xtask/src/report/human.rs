// SPDX-License-Identifier: MIT OR Apache-2.0
//! Events for people: results on standard output, everything else on standard error. One live line at the bottom shows
//! long work when standard error is a terminal; otherwise such work is a plain line when it begins.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Event, Listener, Unit, Verbosity, columns};
use crate::judge::Verdict;
use crate::outcome::Outcome;

/// What the terminal can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    /// Standard error is a terminal that understands cursor movement.
    live: bool,
    colour: bool,
}

impl Style {
    pub(super) fn detect() -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            live: std::io::stderr().is_terminal() && !dumb,
            colour: std::io::stdout().is_terminal() && !dumb && !no_colour,
        }
    }
}

/// Writes to standard error, past the reporter.
pub(super) fn print_error(text: &str) {
    let _nobody_reads = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Work that takes longer than this is worth a line when there is no live one.
const REDRAW: Duration = Duration::from_millis(100);

pub(super) struct Human {
    style: Style,
    verbosity: Verbosity,
    /// Work under way: done, total, unit.
    work: BTreeMap<String, (u64, u64, Unit)>,
    drawn: Option<Instant>,
    shown: bool,
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
            Event::Matrix { .. } | Event::Stage { .. } => (),
            Event::Outcome(outcome) => self.outcome(outcome),
        }
    }

    fn end(&mut self) {
        self.clear();
    }
}

impl Human {
    pub(super) fn new(style: Style, verbosity: Verbosity) -> Self {
        Self { style, verbosity, work: BTreeMap::new(), drawn: None, shown: false }
    }

    fn progress(&mut self, what: &str, done: u64, total: u64, unit: Unit) {
        let is_new = self.work.insert(what.to_owned(), (done, total, unit)).is_none();
        if self.style.live {
            if is_new || self.drawn.is_none_or(|at| at.elapsed() > REDRAW) {
                self.redraw();
            }
        } else if is_new && unit == Unit::Bytes {
            // Not every server says how much it will send.
            let size = if total > 0 { format!(" ({})", size(total)) } else { String::new() };
            self.err(&format!("{what}{size}"));
        }
    }

    fn redraw(&mut self) {
        if !self.style.live {
            return;
        }
        self.clear();
        if self.work.is_empty() {
            return;
        }
        let total: u64 =
            self.work.values().filter(|(_, _, unit)| *unit == Unit::Bytes).map(|(_, total, _)| total).sum();
        let done: u64 = self.work.values().filter(|(_, _, unit)| *unit == Unit::Bytes).map(|(done, _, _)| done).sum();
        let names: Vec<String> = self
            .work
            .iter()
            .map(
                |(what, (done, _, unit))| {
                    if *unit == Unit::Things && *done > 0 { format!("{what} ({done})") } else { what.clone() }
                },
            )
            .collect();
        let mut line = names.join(", ");
        if total > 0 {
            line = format!("{} of {}: {line}", size(done), size(total));
        }
        let line: String = line.chars().take(columns().saturating_sub(1)).collect();
        print_error(&line);
        self.shown = true;
        self.drawn = Some(Instant::now());
    }

    fn clear(&mut self) {
        if self.shown {
            print_error("\r\x1b[K");
            self.shown = false;
        }
    }

    fn outcome(&mut self, outcome: &Outcome) {
        let Outcome { driver, kernel, verdict, modules, warnings, build_ms, ran, kept, .. } = outcome;
        let colour = match verdict {
            Verdict::Pass => Colour::Green,
            Verdict::Skip(_) => Colour::Yellow,
            _ => Colour::Red,
        };
        let mut lines = Vec::new();
        let text = match (verdict, ran) {
            (Verdict::Pass, None) => {
                lines.extend(modules.iter().map(|path| shown(path)));
                let took = build_ms.map(seconds).unwrap_or_default();
                format!("{} {driver} for {kernel} in {took}{}", self.word("built", colour), warned(*warnings))
            }
            (Verdict::Pass, Some(ran)) => {
                let build = build_ms.map(|ms| format!("build {}, ", seconds(ms))).unwrap_or_default();
                let took = format!("{build}machine {}", seconds(ran.ms));
                format!(
                    "{} {driver} on {kernel}: {} steps ({took}){}",
                    self.word("pass", colour),
                    ran.steps,
                    warned(*warnings)
                )
            }
            _ => {
                lines.extend(verdict.details());
                if !matches!(verdict, Verdict::Skip(_)) {
                    lines.push(format!("kept in {}", shown(kept)));
                }
                format!("{} {driver} on {kernel}: {}", self.word(verdict.word(), colour), verdict.headline())
            }
        };
        let text = [text].into_iter().chain(lines).collect::<Vec<_>>().join("\n").replace('\n', "\n      ");
        self.out(&text);
    }

    fn word(&self, word: &str, colour: Colour) -> String {
        let padded = format!("{word:>5}");
        if self.style.colour { format!("\x1b[{};1m{padded}\x1b[0m", colour as u8) } else { padded }
    }

    fn out(&mut self, text: &str) {
        self.clear();
        let _nobody_reads = writeln!(std::io::stdout().lock(), "{text}");
        self.redraw();
    }

    fn err(&mut self, text: &str) {
        self.clear();
        print_error(&format!("{text}\n"));
        self.redraw();
    }
}

/// ECMA-48's numbers.
#[derive(Debug, Clone, Copy)]
enum Colour {
    Red = 31,
    Green = 32,
    Yellow = 33,
}

fn warned(warnings: usize) -> String {
    match warnings {
        0 => String::new(),
        1 => ", 1 warning".to_owned(),
        n => format!(", {n} warnings"),
    }
}

fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1000, ms % 1000 / 100)
}

fn size(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}

/// A path as short as it can be said where the person is.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}

fn columns() -> usize {
    // SAFETY: TIOCGWINSZ fills the winsize it is given.
    unsafe {
        let mut size: libc::winsize = std::mem::zeroed();
        if libc::ioctl(libc::STDERR_FILENO, libc::TIOCGWINSZ, &raw mut size) == 0 && size.ws_col > 0 {
            return usize::from(size.ws_col);
        }
    }
    80
}
