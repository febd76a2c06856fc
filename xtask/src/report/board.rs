// SPDX-License-Identifier: MIT OR Apache-2.0
//! The table of a matrix while it is being filled: a row for each kernel, a column for each driver (or the other way about, if
//! there are more drivers), a word in each cell, and below it how much is done. What is known goes in, lines come out; [`super::screen`] draws them.

use std::collections::BTreeMap;
use std::time::Instant;

use super::Stage;
use super::screen::{Drawn, Size};
use super::style::Colour;
use super::told::counted;
use crate::outcome::Outcome;

/// What `machine 999 s` takes: a column does not get wider while it is being filled.
const USUAL: usize = 13;
/// The longest word, without seconds.
const LEAST: usize = 7;
/// Between columns.
const GAP: usize = 2;

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Board {
    /// Kernels by the names that they were asked for, and drivers: of both, those that are more.
    rows: Vec<String>,
    columns: Vec<String>,
    rows_are_drivers: bool,
    /// By row and column.
    cells: BTreeMap<(String, String), State>,
    jobs: usize,
    /// Whether some cells are never filled.
    is_part: bool,
    done: Vec<&'static str>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    At(Stage, Instant),
    /// With the verdict in a word.
    Done(&'static str),
}

/// A text with its colour.
type Span = (String, Option<Colour>);

impl Board {
    /// Of so many jobs: with a part of them left to others, fewer than there are cells.
    pub(super) fn new(drivers: &[String], kernels: &[String], jobs: usize) -> Self {
        let is_part = jobs < drivers.len() * kernels.len();
        let mut drivers = drivers.to_vec();
        // Folders of one name share a place.
        let mut seen = Vec::new();
        drivers.retain(|driver| {
            !seen.contains(driver) && {
                seen.push(driver.clone());
                true
            }
        });
        let rows_are_drivers = drivers.len() > kernels.len();
        let kernels = kernels.to_vec();
        let (rows, columns) = if rows_are_drivers { (drivers, kernels) } else { (kernels, drivers) };
        Self { rows, columns, rows_are_drivers, cells: BTreeMap::new(), jobs, is_part, done: Vec::new() }
    }

    fn set(&mut self, asked: &str, driver: &str, state: State) {
        let (row, column) = if self.rows_are_drivers { (driver, asked) } else { (asked, driver) };
        self.cells.insert((row.to_owned(), column.to_owned()), state);
    }

    pub(super) fn stage(&mut self, asked: &str, driver: &str, stage: Stage, now: Instant) {
        self.set(asked, driver, State::At(stage, now));
    }

    pub(super) fn outcome(&mut self, outcome: &Outcome) {
        let word = outcome.verdict.word();
        self.set(&outcome.asked, &outcome.driver, State::Done(word));
        self.done.push(word);
    }

    /// `3 of 15 done: 2 pass, 1 fail`
    pub(super) fn summary(&self) -> String {
        let counts = counted(self.done.iter().copied());
        let colon = if counts.is_empty() { "" } else { ": " };
        format!("{} of {} done{colon}{counts}", self.done.len(), self.jobs)
    }

    /// The whole table, however tall, and the summary.
    pub(super) fn whole(&self, columns: usize, now: Instant, coloured: bool) -> Vec<Drawn> {
        let rows: Vec<&String> = self.rows.iter().collect();
        let mut lines = self.table(&rows, columns, now);
        lines.push(vec![(self.summary(), None)]);
        drawn(lines, columns, coloured)
    }

    /// What fits into a terminal: all rows, or those in work, or the end of that; `work` is a line about downloads.
    pub(super) fn lines(&self, size: Size, now: Instant, work: Option<String>, coloured: bool) -> Vec<Drawn> {
        // The cursor stands below.
        let room = size.rows.saturating_sub(1);
        let below = 1 + usize::from(work.is_some());
        let mut rows: Vec<&String> = self.rows.iter().collect();
        if rows.len() + 1 + below > room {
            rows.retain(|row| self.in_work(row));
            rows.truncate(room.saturating_sub(1 + below));
        }
        let mut lines = if rows.is_empty() { Vec::new() } else { self.table(&rows, size.columns, now) };
        lines.extend(work.map(|work| vec![(work, None)]));
        lines.push(vec![(self.summary(), None)]);
        let lines = lines.split_off(lines.len().saturating_sub(room));
        drawn(lines, size.columns, coloured)
    }

    fn in_work(&self, row: &str) -> bool {
        self.cells.iter().any(|((of, _), state)| of == row && matches!(state, State::At(..)))
    }

    fn table(&self, rows: &[&String], columns: usize, now: Instant) -> Vec<Vec<Span>> {
        // Of all rows, so that nothing moves when they come and go.
        let label = self.rows.iter().map(|row| row.chars().count()).max().unwrap_or(0).min(columns / 3);
        let widths = self.widths(columns.saturating_sub(label + GAP));
        let row = |name: &str, cells: Vec<Span>| {
            let mut row = vec![(padded(name, label), None), (" ".repeat(GAP), None)];
            for ((text, colour), width) in cells.into_iter().zip(&widths) {
                let text = padded(&text, *width);
                let blank = text.len() - text.trim_end().len();
                row.push((text.trim_end().to_owned(), colour));
                row.push((" ".repeat(blank + GAP), None));
            }
            row.pop();
            row
        };
        let mut lines = vec![row("", self.columns.iter().map(|column| (column.clone(), None)).collect())];
        for name in rows {
            let cells = self.columns.iter().zip(&widths);
            lines.push(row(name, cells.map(|(column, width)| self.cell(name, column, *width, now)).collect()));
        }
        lines
    }

    /// Of each column, given the room for all.
    fn widths(&self, room: usize) -> Vec<usize> {
        let wanted = self.columns.iter().map(|column| column.chars().count().max(USUAL));
        let share = (room / self.columns.len().max(1)).saturating_sub(GAP).max(LEAST);
        let fits = wanted.clone().map(|width| width + GAP).sum::<usize>() <= room;
        wanted.map(|width| if fits { width } else { width.min(share) }).collect()
    }

    fn cell(&self, row: &str, column: &str, width: usize, now: Instant) -> Span {
        let state = self.cells.get(&(row.to_owned(), column.to_owned()));
        let timed = |word: &str, since: Instant| {
            let text = format!("{word} {} s", now.saturating_duration_since(since).as_secs());
            if text.len() > width { word.to_owned() } else { text }
        };
        match state {
            None if self.is_part => ("·".to_owned(), Some(Colour::Faint)),
            None => ("waiting".to_owned(), Some(Colour::Faint)),
            Some(State::At(Stage::Kernel, _)) => ("kernel".to_owned(), None),
            Some(State::At(Stage::Build, since)) => (timed("build", *since), None),
            Some(State::At(Stage::Machine, since)) => (timed("machine", *since), None),
            Some(State::Done(word)) => ((*word).to_owned(), Some(Colour::of_verdict(word))),
        }
    }
}

/// A text in so many columns. Names are taken to have a column for each character.
fn padded(text: &str, width: usize) -> String {
    if text.chars().count() > width {
        let kept: String = text.chars().take(width.saturating_sub(1)).collect();
        return format!("{kept}…");
    }
    format!("{text:width$}")
}

/// Lines that are never wrapped: they leave the last column free, where terminals differ about what comes next.
fn drawn(lines: Vec<Vec<Span>>, columns: usize, coloured: bool) -> Vec<Drawn> {
    let line = |spans: Vec<Span>| {
        let mut line = Drawn { text: String::new(), width: 0 };
        for (text, colour) in spans {
            let text: String = text.chars().take(columns.saturating_sub(1 + line.width)).collect();
            line.width += text.chars().count();
            match colour.filter(|_| coloured) {
                Some(colour) => line.text.push_str(&colour.paint(&text)),
                None => line.text.push_str(&text),
            }
        }
        line
    };
    lines.into_iter().map(line).collect()
}

/// A line of plain text, as [`Board::lines`] makes them.
pub(super) fn plain(text: String, columns: usize) -> Vec<Drawn> {
    drawn(vec![vec![(text, None)]], columns, false)
}

#[cfg(test)]
mod tests;
