// SPDX-License-Identifier: MIT OR Apache-2.0
//! `vm-test --coverage`: the same tests of modules that count their lines, and then what was counted, of each driver on each kernel
//! over all its machines.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::Result;
use fs_err as fs;

use super::machines::Depot;
use super::test;
use crate::context::Context;
use crate::coverage::{self, Coverage, Taken};
use crate::driver::Driver;
use crate::inputs::Testbed;
use crate::judge::Verdict;
use crate::kernel::{Which, Wish};
use crate::matrix::Cell;
use crate::outcome::Outcome;
use crate::report::Event;

/// The kernel that lines are counted on when a person names none: this one, built for that.
pub(super) fn wish(wish: &Wish) -> Wish {
    match wish.which {
        Which::Latest | Which::Series(..) | Which::Release(_) if wish.profile.is_none() => {
            Wish { source: None, flavour: None, profile: Some(coverage::PROFILE.to_owned()), ..wish.clone() }
        }
        // Who has named a profile or a tree knows what it has.
        _ => wish.clone(),
    }
}

/// Why lines can't be counted in this cell, if they can't.
pub(super) fn skipped(cell: &Cell<'_>) -> Option<Outcome> {
    let why = coverage::unmet(cell.kernel, cell.asked)?;
    Some(Outcome::new(&cell.driver.name, &cell.kernel.release, Verdict::Skip(vec![why]), PathBuf::new()))
}

/// What has been counted so far, by the folder that a driver's runs on a kernel would have if it had one machine.
#[derive(Debug, Default)]
pub(super) struct Counted(Mutex<BTreeMap<PathBuf, Runs>>);

/// The runs of a driver on a kernel.
#[derive(Debug)]
struct Runs {
    driver: String,
    kernel: String,
    asked: String,
    /// With the names of their machines.
    runs: Vec<(String, Taken)>,
}

impl Counted {
    /// Tests a driver that counts.
    pub(super) fn test(&self, cell: &Cell<'_>, testbed: Testbed<'_>, depot: &Depot) -> Result<Outcome> {
        let driver = counting(cell.driver);
        let outcome = test(&cell.with_driver(&driver, cell.sources), testbed, depot);
        let taken = match &outcome {
            Err(_) => Taken::Missing("it could not be tested".to_owned()),
            Ok(outcome) if outcome.ran.is_none() => return Ok(outcome.clone()),
            Ok(outcome) => coverage::taken(&outcome.kept)
                .unwrap_or_else(|| Taken::Missing("its counts are gone from the run's folder".to_owned())),
        };
        let Driver { own_name, .. } = &driver;
        let dir = cell.context.run_dir(&Driver { name: own_name.clone(), ..driver.clone() }, cell.kernel);
        let mut counted = self.0.lock().expect("no thread panics while it adds to the counts");
        let new = || Runs {
            driver: own_name.clone(),
            kernel: cell.kernel.release.clone(),
            asked: cell.asked.to_owned(),
            runs: Vec::new(),
        };
        counted.entry(dir).or_insert_with(new).runs.push((driver.name, taken));
        drop(counted);
        outcome
    }

    /// Tells it, and writes a tracefile for each driver on each kernel.
    pub(super) fn tell(self, context: &Context) -> Result<()> {
        for (dir, Runs { driver, kernel, asked, mut runs }) in self.0.into_inner().expect("no thread has panicked") {
            runs.sort_by(|(one, _), (other, _)| one.cmp(other));
            let mut coverage = Coverage::new(&driver, &kernel, &asked, runs);
            if !coverage.files.is_empty() {
                let path = dir.join(coverage::TRACEFILE);
                fs::create_dir_all(&dir)?;
                fs::write(&path, coverage::tracefile(&coverage.counts))?;
                coverage.tracefile = Some(path);
            }
            context.events.say(Event::Coverage(Box::new(coverage)));
        }
        Ok(())
    }
}

/// The driver, built so that it counts (<https://docs.kernel.org/dev-tools/gcov.html>). That is another build than that without.
fn counting(driver: &Driver) -> Driver {
    let mut driver = driver.clone();
    driver.manifest.build.make_args.push("GCOV_PROFILE=y".to_owned());
    driver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_that_nobody_named() {
        let check = |name: &str, expected: &str| {
            assert_eq!(wish(&name.parse().expect("a name")).to_string(), expected);
        };
        check("6_1", "6_1+coverage");
        check("6_12-cloud", "6_12+coverage");
        check("nixpkgs:6_6", "6_6+coverage");
        check("latest", "latest+coverage");
        check("6.12.117", "6.12.117+coverage");
        check("6_12+mine", "6_12+mine");
        check("host", "host");
        check("./tree", "./tree");
    }
}
