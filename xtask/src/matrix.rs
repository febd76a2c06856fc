// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drivers × kernels: each cell is a job, and several run at once. The first failure stops nothing; results are told as they come.

use std::sync::{Mutex, OnceLock};

use anyhow::{Result, anyhow};

use crate::context::Context;
use crate::driver::Driver;
use crate::judge::Verdict;
use crate::kernel::{KernelTree, Wish};
use crate::outcome::{ExitStatus, Outcome};
use crate::report::{Event, Stage};

/// What is done in each cell.
pub type Work<'a> = &'a (dyn Fn(&Driver, &KernelTree, Share) -> Result<Outcome> + Sync);

/// What one cell may use of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Jobs for make.
    pub jobs: usize,
}

/// Memory that a machine takes besides its guest's: QEMU itself, and the translated code.
const QEMU_MB: u64 = 200;

/// Does the work for every driver on every kernel, and says what came of it.
///
/// A cell in which the workbench itself fails is `Lost`, with the error as its reason; if it is the only cell, its error is returned.
pub fn run(context: &Context, drivers: &[Driver], wishes: &[Wish], work: Work<'_>) -> Result<ExitStatus> {
    let kernels: Vec<Slot<'_>> = wishes.iter().map(|wish| Slot { wish, found: OnceLock::new() }).collect();
    let cells: Vec<(&Slot<'_>, &Driver)> =
        kernels.iter().flat_map(|kernel| drivers.iter().map(move |driver| (kernel, driver))).collect();
    if let [(kernel, driver)] = cells[..] {
        let tree = context.kernel(kernel.wish)?;
        let outcome = work_or_skip(context, driver, &tree, Share { jobs: context.jobs }, work)?;
        let status = ExitStatus::of([&outcome.verdict].into_iter());
        context.events.say(Event::Outcome(Box::new(outcome)));
        return Ok(status);
    }
    context.events.say(Event::Matrix {
        drivers: drivers.iter().map(|driver| driver.name.clone()).collect(),
        kernels: wishes.iter().map(Wish::to_string).collect(),
    });
    let workers = workers(context, drivers).min(cells.len().max(1));
    let share = Share { jobs: context.jobs.div_ceil(workers) };
    let queue = Mutex::new(cells.into_iter());
    let next = || queue.lock().expect("no thread panics while it holds the queue").next();
    let verdicts = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((kernel, driver)) = next() {
                    let outcome = cell(context, kernel, driver, share, work);
                    verdicts
                        .lock()
                        .expect("no thread panics while it holds the verdicts")
                        .push(outcome.verdict.clone());
                    context.events.say(Event::Outcome(Box::new(outcome)));
                }
            });
        }
    });
    let verdicts = verdicts.into_inner().expect("no thread has panicked");
    Ok(ExitStatus::of(verdicts.iter()))
}

/// A kernel that several cells share: the first that needs it finds it, the others wait.
struct Slot<'a> {
    wish: &'a Wish,
    found: OnceLock<Result<KernelTree, String>>,
}

fn cell(context: &Context, kernel: &Slot<'_>, driver: &Driver, share: Share, work: Work<'_>) -> Outcome {
    let asked = kernel.wish.to_string();
    context.events.say(Event::Stage { driver: driver.name.clone(), asked: asked.clone(), stage: Stage::Kernel });
    let found = kernel.found.get_or_init(|| {
        context.kernel(kernel.wish).map_err(|err| {
            let text = format!("{err:#}");
            // The whole of it is said once; each cell repeats what it is about.
            let (about, rest) = text.split_once('\n').unwrap_or((&text, ""));
            if !rest.is_empty() {
                context.events.note(&text);
            }
            about.to_owned()
        })
    });
    let (name, done) = match found {
        Ok(tree) => (tree.release.clone(), work_or_skip(context, driver, tree, share, work)),
        Err(err) => (asked.clone(), Err(anyhow!("{err}"))),
    };
    let outcome = done.unwrap_or_else(|err| {
        let verdict = Verdict::Lost(format!("{err:#}"));
        Outcome::new(&driver.name, &name, verdict, context.target.clone())
    });
    Outcome { asked, ..outcome }
}

fn work_or_skip(
    context: &Context,
    driver: &Driver,
    tree: &KernelTree,
    share: Share,
    work: Work<'_>,
) -> Result<Outcome> {
    let unmet = driver.unmet(tree)?;
    if unmet.is_empty() {
        return work(driver, tree, share);
    }
    Ok(Outcome::new(&driver.name, &tree.release, Verdict::Skip(unmet), context.target.clone()))
}

/// As many cells at once as there are cores, and as the memory that is free now has room for machines.
fn workers(context: &Context, drivers: &[Driver]) -> usize {
    let machine_mb = drivers.iter().map(|driver| driver.manifest.test.memory_mb()).max().unwrap_or(0) + QEMU_MB;
    let by_memory =
        free_memory_mb().map_or(usize::MAX, |free| usize::try_from(free / machine_mb).unwrap_or(usize::MAX));
    context.jobs.min(by_memory).max(1)
}

/// `MemAvailable` of /proc/meminfo (proc_meminfo(5)).
fn free_memory_mb() -> Option<u64> {
    let text = fs_err::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kb: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kb / 1024)
}
