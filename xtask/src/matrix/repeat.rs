// SPDX-License-Identifier: MIT OR Apache-2.0
//! The runs of one cell: the worst of them names it, and its folder is kept while the others go on.

use crate::judge::Verdict;
use crate::outcome::{Outcome, Repeated};
use crate::runs::{self, Held};

/// What has come of a cell's runs so far.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// When the first of them was begun.
    pub(super) began_ms: u64,
    done: usize,
    passed: usize,
    worst: Option<Worst>,
}

#[derive(Debug)]
struct Worst {
    run: usize,
    outcome: Outcome,
    held: Option<Held>,
}

impl Runs {
    /// Takes in what came of the run of this number; several may end in any order.
    pub(super) fn add(&mut self, run: usize, outcome: Outcome) {
        self.done += 1;
        self.passed += usize::from(outcome.verdict == Verdict::Pass);
        let is_worse = self.worst.as_ref().is_none_or(|worst| {
            let rank = |outcome: &Outcome, run| (severity(&outcome.verdict), std::cmp::Reverse(run));
            rank(&outcome, run) > rank(&worst.outcome, worst.run)
        });
        if !is_worse {
            forget(&outcome);
            return;
        }
        let held = outcome.ran.and_then(|_| Held::new(&outcome.kept));
        if let Some(Worst { outcome: better, held, .. }) = self.worst.replace(Worst { run, outcome, held }) {
            drop(held);
            forget(&better);
        }
    }

    /// Whether further runs would only say the same: this one came to no machine.
    pub(super) fn is_settled(&self) -> bool {
        self.worst.as_ref().is_some_and(|worst| worst.outcome.ran.is_none())
    }

    pub(super) fn done(&self) -> usize {
        self.done
    }

    /// The outcome of them all; `repeated` is whether their number is worth a word.
    pub(super) fn outcome(&mut self, repeated: bool) -> Option<Outcome> {
        let Worst { mut outcome, .. } = self.worst.take()?;
        if repeated && (outcome.ran.is_some() || self.done > 1) {
            outcome.repeated = Some(Repeated { passed: self.passed, runs: self.done });
        }
        if repeated && outcome.ran.is_some() {
            let _a_convenience = runs::point_latest_to(&outcome.kept);
        }
        outcome.began_ms = self.began_ms;
        Some(outcome)
    }
}

/// Of the runs that passed one is enough: they shall not push those that failed out of the few that are kept.
fn forget(outcome: &Outcome) {
    if outcome.verdict == Verdict::Pass && outcome.ran.is_some() {
        runs::forget(&outcome.kept);
    }
}

/// A cell of which nothing can be said is worse than one that is known to be bad.
fn severity(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Skip(_) => 1,
        Verdict::Fail(_) => 2,
        Verdict::Hang(_) => 3,
        Verdict::Crash(_) => 4,
        Verdict::Lost(_) => 5,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::judge::{Fault, FaultKind, Place};
    use crate::outcome::Ran;

    fn verdict(letter: char) -> Verdict {
        let fault = Fault {
            kind: FaultKind::Oops,
            title: "Oops".to_owned(),
            during: None,
            log: Vec::new(),
            more: 0,
            sites: Vec::new(),
            why: Vec::new(),
        };
        match letter {
            'p' => Verdict::Pass,
            's' => Verdict::Skip(Vec::new()),
            'f' => Verdict::Fail(Vec::new()),
            'h' => Verdict::Hang(Place { deadline_s: 1, ..Place::default() }),
            'c' => Verdict::Crash(fault),
            _ => Verdict::Lost("gone".to_owned()),
        }
    }

    /// Runs in the order in which they end: their numbers and verdicts. Then the outcome, and the folders that are left.
    #[track_caller]
    fn check(ended: &[(usize, char)], expected: &str, left: &[usize]) {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = |run: usize| dir.path().join(run.to_string());
        let mut runs = Runs::default();
        for (run, letter) in ended {
            std::fs::create_dir(folder(*run)).expect("a folder");
            let mut outcome = Outcome::new("d", "k", verdict(*letter), folder(*run));
            outcome.ran = Some(Ran { steps: 1, ms: 1 });
            runs.add(*run, outcome);
        }
        let outcome = runs.outcome(true).expect("there was a run");
        let Repeated { passed, runs } = outcome.repeated.expect("it is repeated");
        let kept = outcome.kept.file_name().unwrap_or_default().display().to_string();
        assert_eq!(format!("{} {passed} of {runs}, kept {kept}", outcome.verdict.word()), expected);
        let is_there = |run: &&usize| folder(**run).exists();
        let numbers: Vec<usize> = ended.iter().map(|(run, _)| *run).collect();
        assert_eq!(numbers.iter().filter(is_there).copied().collect::<Vec<_>>(), left);
        assert_eq!(std::fs::read_link(dir.path().join("latest")).expect("a link"), Path::new(&kept));
    }

    #[test]
    fn the_worst_names_it() {
        check(&[(1, 'p')], "pass 1 of 1, kept 1", &[1]);
        check(&[(1, 'p'), (2, 'p'), (3, 'p')], "pass 3 of 3, kept 1", &[1]);
        check(&[(2, 'p'), (1, 'p'), (3, 'p')], "pass 3 of 3, kept 1", &[1]);
        check(&[(1, 'p'), (2, 'f'), (3, 'p')], "fail 2 of 3, kept 2", &[2]);
        check(&[(3, 'f'), (1, 'p'), (2, 'f')], "fail 1 of 3, kept 2", &[3, 2]);
        check(&[(1, 'f'), (2, 'h'), (3, 'c')], "crash 0 of 3, kept 3", &[1, 2, 3]);
        check(&[(1, 'c'), (2, 'l'), (3, 'h')], "lost 0 of 3, kept 2", &[1, 2, 3]);
        check(&[(1, 'h'), (2, 'f'), (3, 's'), (4, 'p')], "hang 1 of 4, kept 1", &[1, 2, 3]);
    }

    #[test]
    fn what_never_ran_is_settled() {
        let mut runs = Runs::default();
        runs.add(1, Outcome::new("d", "k", verdict('f'), "build.log".into()));
        assert!(runs.is_settled());
        assert_eq!(runs.outcome(true).expect("there was a run").repeated, None);
        let mut runs = Runs::default();
        let ran = Some(Ran { steps: 1, ms: 1 });
        runs.add(1, Outcome { ran, ..Outcome::new("d", "k", verdict('p'), "1".into()) });
        runs.add(2, Outcome::new("d", "k", verdict('l'), "target".into()));
        let repeated = runs.outcome(true).expect("there was a run").repeated;
        assert_eq!(repeated, Some(Repeated { passed: 1, runs: 2 }), "the workbench itself failed in the second");
    }
}
