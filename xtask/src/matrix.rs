// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drivers × kernels: each cell is a job, and several run at once. The first failure stops nothing; results are told as they come.
//!
//! Kernels are looked for in their order by threads of their own; a cell is ready when its kernel is there, and those that were
//! ready first are worked on first. So nobody who could build waits for a download.

mod cell;
mod queue;
mod repeat;
mod room;
mod shard;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Instant;

use anyhow::{Error, Result, anyhow};

pub use cell::{Cell, Reuse};
pub use room::Place;
pub(crate) use room::free_mb;
pub use shard::Shard;

use self::queue::Queue;
use self::repeat::Runs;
use self::room::Room;
use crate::context::Context;
use crate::driver::Driver;
use crate::inputs::Sources;
use crate::judge::Verdict;
use crate::kernel::{KernelTree, Wish};
use crate::outcome::{ExitStatus, Outcome};
use crate::report::{Event, Stage};

/// What a command line asks for.
#[derive(Debug)]
pub struct Plan {
    pub drivers: Vec<Driver>,
    pub wishes: Vec<Wish>,
    pub shard: Shard,
    /// How often each cell is run; None is once, and not worth a word.
    pub repeat: Option<NonZeroUsize>,
    /// Whether everything is done anew.
    pub force: bool,
    /// Whether somebody waits for builds so much that make may confirm them later.
    pub hurry: bool,
}

/// What is done in each cell.
pub type Work<'a> = &'a (dyn Fn(&Cell<'_>) -> Result<Outcome> + Sync);

/// One that waits for its server, and one that unpacks meanwhile.
const FINDERS: usize = 2;

impl Plan {
    /// Whether there is nothing to do; then it is said why.
    pub fn is_empty(&self, context: &Context) -> bool {
        let cells = self.drivers.len() * self.wishes.len();
        if (0..cells).any(|place| self.shard.has(place)) {
            return false;
        }
        if cells > 0 {
            context.events.note(format!("there is nothing to do: part {} of the matrix has no job", self.shard));
        }
        true
    }

    /// Whether there is one cell, which is run once.
    pub fn is_one(&self) -> bool {
        (self.drivers.len(), self.wishes.len(), self.repeat) == (1, 1, None)
    }

    /// The kernels, each with those of its cells that this part of the matrix has; without those that have none.
    fn rows<'a>(&'a self, sources: &'a [Sources]) -> Vec<Row<'a>> {
        let drivers = self.drivers.len();
        let row = |(at, wish): (usize, &'a Wish)| {
            let mine = self.drivers.iter().zip(sources).enumerate();
            let mine = mine.filter(|(column, _)| self.shard.has(at * drivers + column));
            let slots: Vec<Slot<'_>> = mine.map(|(_, (driver, sources))| Slot::new(driver, sources)).collect();
            let building = slots.iter().map(|slot| (slot.driver.dir.as_path(), Mutex::default())).collect();
            Row { wish, asked: wish.to_string(), slots, building, found: OnceLock::new() }
        };
        let rows = self.wishes.iter().enumerate().map(row);
        rows.filter(|row| !row.slots.is_empty()).collect()
    }

    fn runs(&self) -> usize {
        self.repeat.map_or(1, NonZeroUsize::get)
    }

    /// What may serve in a cell's run of this number. Runs that are repeated are about what differs between them.
    fn reuse(&self, run: usize) -> Reuse {
        let alone = self.repeat.is_none();
        Reuse { hurry: self.hurry, build: !self.force || run > 1, verdict: !self.force && alone, later: alone }
    }
}

/// Does the work for every driver on every kernel, and says what came of it.
///
/// A cell in which the workbench itself fails is `Lost`, with the error as its reason; if it is the only cell, its error is returned.
pub fn run(context: &Context, plan: &Plan, work: Work<'_>) -> Result<ExitStatus> {
    if plan.is_empty(context) {
        return Ok(ExitStatus::NothingRan);
    }
    let sources: Vec<Sources> = plan.drivers.iter().map(|_| Sources::default()).collect();
    let rows = plan.rows(&sources);
    let cells: usize = rows.iter().map(|row| row.slots.len()).sum();
    let matrix = Matrix {
        context,
        plan,
        work,
        workers: workers(context.jobs, cells * plan.runs()),
        is_alone: cells == 1,
        queue: Queue::new(cells * plan.runs()),
        next_row: AtomicUsize::new(0),
        room: Room::new(),
        began: OnceLock::new(),
        verdicts: Mutex::default(),
        failed: Mutex::default(),
        rows,
    };
    if !matrix.is_alone {
        context.events.say(matrix.event());
    }
    std::thread::scope(|scope| {
        for _ in 0..FINDERS.min(matrix.rows.len()) {
            scope.spawn(|| matrix.find_kernels());
        }
        for _ in 0..matrix.workers {
            scope.spawn(|| matrix.work_off());
        }
    });
    if let Some(err) = matrix.failed.into_inner().expect("no thread has panicked") {
        return Err(err);
    }
    let verdicts = matrix.verdicts.into_inner().expect("no thread has panicked");
    Ok(ExitStatus::of(verdicts.iter()))
}

/// How many cells are worked on at once: somewhat more than there are cores, since a machine is idle for a tenth of its time, and
/// the last ones to end then end together. Nobody who asks for one job at a time gets two.
fn workers(cores: usize, jobs: usize) -> usize {
    let more = if cores > 1 { cores.div_ceil(8) } else { 0 };
    (cores + more).min(jobs).max(1)
}

struct Matrix<'a> {
    context: &'a Context,
    plan: &'a Plan,
    work: Work<'a>,
    rows: Vec<Row<'a>>,
    /// How many cells are worked on at once.
    workers: usize,
    is_alone: bool,
    queue: Queue<Job>,
    /// The kernel that is looked for next.
    next_row: AtomicUsize,
    room: Room,
    /// When the first cell was begun.
    began: OnceLock<Instant>,
    verdicts: Mutex<Vec<Verdict>>,
    /// The error of the only cell.
    failed: Mutex<Option<Error>>,
}

/// A kernel, and the cells that share it.
struct Row<'a> {
    wish: &'a Wish,
    asked: String,
    slots: Vec<Slot<'a>>,
    /// For each folder: a driver that is tested on several machines is built once.
    building: BTreeMap<&'a Path, Mutex<()>>,
    /// The reason is what each cell says of a kernel that can't be had.
    found: OnceLock<Result<KernelTree, String>>,
}

/// A driver's cell in a row.
struct Slot<'a> {
    driver: &'a Driver,
    sources: &'a Sources,
    runs: Mutex<Runs>,
}

impl<'a> Slot<'a> {
    fn new(driver: &'a Driver, sources: &'a Sources) -> Self {
        Self { driver, sources, runs: Mutex::default() }
    }
}

/// One run of a cell: the places of its row and its slot, and its number from 1 on.
#[derive(Debug, Clone, Copy)]
struct Job {
    row: usize,
    slot: usize,
    run: usize,
}

impl Matrix<'_> {
    fn event(&self) -> Event {
        let is_same = |one: &Driver, other: &Driver| (&one.dir, &one.name) == (&other.dir, &other.name);
        let has =
            |driver: &&Driver| self.rows.iter().flat_map(|row| &row.slots).any(|slot| is_same(slot.driver, driver));
        let drivers = self.plan.drivers.iter().filter(has);
        Event::Matrix {
            drivers: drivers.map(|driver| driver.name.clone()).collect(),
            kernels: self.rows.iter().map(|row| row.asked.clone()).collect(),
            jobs: self.rows.iter().map(|row| row.slots.len()).sum(),
        }
    }

    /// Looks for one kernel after the other, and makes its cells ready.
    fn find_kernels(&self) {
        let _guard = self.queue.guard();
        loop {
            let at = self.next_row.fetch_add(1, Ordering::Relaxed);
            let Some(row) = self.rows.get(at) else { return };
            for slot in &row.slots {
                let driver = slot.driver.name.clone();
                self.context.events.say(Event::Stage { driver, asked: row.asked.clone(), stage: Stage::Kernel });
            }
            match self.context.kernel_for(row.wish, &self.plan.drivers) {
                Err(err) if self.is_alone => return self.fail(err),
                found => {
                    let found = found.map_err(|err| self.say_why_not(&err));
                    row.found.set(found).expect("a row is looked for once");
                }
            }
            for slot in 0..row.slots.len() {
                self.queue.push(Job { row: at, slot, run: 1 });
            }
        }
    }

    /// The whole of it is said once; each cell repeats what it is about.
    fn say_why_not(&self, err: &Error) -> String {
        let text = format!("{err:#}");
        let (about, rest) = text.split_once('\n').unwrap_or((&text, ""));
        if !rest.is_empty() {
            self.context.events.note(&text);
        }
        about.to_owned()
    }

    /// Takes jobs until there are none.
    fn work_off(&self) {
        let _guard = self.queue.guard();
        while let Some((job, unfinished)) = self.queue.next() {
            // At a matrix's end there are fewer at once, and each may have more of the host.
            let jobs = self.context.jobs.div_ceil(self.workers.min(unfinished));
            let row = &self.rows[job.row];
            let began_ms = self.ms_since_first();
            match self.run(job, jobs) {
                Err(err) if self.is_alone => self.fail(err),
                done => {
                    let outcome = done.unwrap_or_else(|err| self.lost(row, &row.slots[job.slot], &err));
                    self.take(job, began_ms, Outcome { asked: row.asked.clone(), began_ms, ..outcome });
                }
            }
            self.queue.done();
        }
    }

    /// Exactly 0 for the first.
    fn ms_since_first(&self) -> u64 {
        let now = Instant::now();
        let first = *self.began.get_or_init(|| now);
        now.saturating_duration_since(first).as_millis() as u64
    }

    fn run(&self, job: Job, jobs: usize) -> Result<Outcome> {
        let row = &self.rows[job.row];
        let slot = &row.slots[job.slot];
        let found = row.found.get().expect("a cell is ready when its kernel was looked for");
        let kernel = found.as_ref().map_err(|about| anyhow!("{about}"))?;
        let unmet = slot.driver.unmet(kernel)?;
        if !unmet.is_empty() {
            let verdict = Verdict::Skip(unmet);
            return Ok(Outcome::new(&slot.driver.name, &kernel.release, verdict, PathBuf::new()));
        }
        (self.work)(&Cell {
            context: self.context,
            driver: slot.driver,
            kernel,
            is_first: job.row == 0,
            is_only: self.rows.len() == 1,
            asked: &row.asked,
            jobs,
            reuse: self.plan.reuse(job.run),
            sources: slot.sources,
            room: &self.room,
            building: &row.building[slot.driver.dir.as_path()],
        })
    }

    fn lost(&self, row: &Row<'_>, slot: &Slot<'_>, err: &Error) -> Outcome {
        let tree = row.found.get().and_then(|found| found.as_ref().ok());
        let name = tree.map_or(&row.asked, |tree| &tree.release);
        Outcome::new(&slot.driver.name, name, Verdict::Lost(format!("{err:#}")), PathBuf::new())
    }

    /// Takes in what came of a run: its cell is told when it was the last, and further runs become ready after the first,
    /// which has built for all of them.
    fn take(&self, job: Job, began_ms: u64, outcome: Outcome) {
        let slot = &self.rows[job.row].slots[job.slot];
        let wanted = self.plan.runs();
        let mut runs = slot.runs.lock().expect("no thread panics while it holds the runs");
        runs.add(job.run, outcome);
        if job.run == 1 {
            runs.began_ms = began_ms;
            if runs.is_settled() {
                self.queue.cancel(wanted - 1);
            } else {
                self.queue.push_in_front((2..=wanted).map(|run| Job { run, ..job }));
            }
        }
        let is_last = runs.done() == wanted || (job.run == 1 && runs.is_settled());
        if is_last && let Some(outcome) = runs.outcome(self.plan.repeat.is_some()) {
            drop(runs);
            let mut verdicts = self.verdicts.lock().expect("no thread panics while it holds the verdicts");
            verdicts.push(outcome.verdict.clone());
            drop(verdicts);
            self.context.events.say(Event::Outcome(Box::new(outcome)));
        }
    }

    fn fail(&self, err: Error) {
        let mut failed = self.failed.lock().expect("no thread panics while it holds the error");
        failed.get_or_insert(err);
        self.queue.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_at_once() {
        let check = |cores, jobs, expected| assert_eq!(workers(cores, jobs), expected, "{cores} cores, {jobs} jobs");
        check(1, 10, 1);
        check(2, 1, 1);
        check(2, 2, 2);
        check(2, 10, 3);
        check(8, 10, 9);
        check(16, 100, 18);
    }
}
