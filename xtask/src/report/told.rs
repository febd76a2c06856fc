// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the engine has told by its end: the matrix that was asked for, and what came of it.

use super::Event;
use crate::coverage::{Counts, Coverage};
use crate::outcome::Outcome;

/// The verdicts in one word each, in the order in which they are counted.
pub(super) const WORDS: [&str; 6] = ["pass", "fail", "crash", "hang", "lost", "skip"];

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Of the matrix, in the order of the command line; empty for a job of its own.
    pub(super) drivers: Vec<String>,
    /// By the names they were asked for.
    pub(super) kernels: Vec<String>,
    /// As they came.
    pub(super) outcomes: Vec<Outcome>,
    /// Which lines have run, for each driver and kernel.
    pub(super) coverages: Vec<Coverage>,
    /// The error that ended the work, in one line.
    pub(super) error: Option<String>,
}

impl Told {
    pub(super) fn take(&mut self, event: Event) {
        match event {
            Event::Matrix { drivers, kernels, .. } => {
                self.drivers = drivers;
                self.kernels = kernels;
            }
            Event::Outcome(outcome) => self.outcomes.push(*outcome),
            Event::Coverage(coverage) => self.coverages.push(*coverage),
            _ => (),
        }
    }

    /// Which lines have run, of all drivers and on all kernels together.
    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.coverages.iter().for_each(|coverage| counts.add(coverage.counts.clone()));
        counts
    }

    /// `13 pass, 1 fail`; it is never empty.
    pub(super) fn totals(&self) -> String {
        let totals = counted(self.outcomes.iter().map(|outcome| outcome.verdict.word()));
        match (totals.is_empty(), &self.error) {
            (false, None) => totals,
            (false, Some(_)) => format!("{totals}, then an error"),
            (true, None) => "nothing ran".to_owned(),
            (true, Some(_)) => "an error".to_owned(),
        }
    }
}

/// How many there are of each word, without those of which there is none.
pub(super) fn counted<'a>(words: impl Iterator<Item = &'a str> + Clone) -> String {
    let counts = WORDS.iter().map(|word| (word, words.clone().filter(|it| it == word).count()));
    let counts: Vec<String> =
        counts.filter(|(_, count)| *count > 0).map(|(word, count)| format!("{count} {word}")).collect();
    counts.join(", ")
}
