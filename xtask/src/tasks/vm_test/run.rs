// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a driver's sources to what its machine has left in a run's folder: the module is built and then the machine started; or, where
//! one is kept ready and somebody waits, QEMU is started first, and does what it can until the module is there.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use fs_err as fs;

use super::machines::Depot;
use crate::cmd::begin::{self, Begins};
use crate::cmd::shell_words;
use crate::coverage;
use crate::driver::Stress;
use crate::guest::{self, INITRD, To};
use crate::inputs::{self, Testbed};
use crate::judge::{Record, Transcript};
use crate::kbuild::{Build, Module, Staged};
use crate::kernel::{KernelTree, patience};
use crate::matrix::{Cell, Place};
use crate::outcome::Outcome;
use crate::report::{Event, Unit};
use crate::runs::{self, Held};
use crate::tasks::machine::{self, Made, Ready};
use crate::vm::step::Step;
use crate::vm::{self, Ahead, Kept, Start};

/// A run that is over.
pub(super) struct Done {
    /// What its verdict hangs on, when the driver's sources were looked at.
    pub(super) inputs: String,
    pub(super) dir: PathBuf,
    pub(super) record: Record,
    pub(super) modules: Vec<Module>,
    pub(super) staged: Staged,
    pub(super) warnings: usize,
    pub(super) build_ms: Option<u64>,
    pub(super) tables: Vec<PathBuf>,
    /// The machine that it went on from, if it was not booted.
    pub(super) kept: Option<Kept>,
    _held: Option<Held>,
}

/// A machine to start.
pub(super) struct Machine<'a> {
    pub(super) image: &'a Path,
    pub(super) tables: &'a [PathBuf],
    pub(super) kept: Option<&'a Kept>,
    /// What it takes up is there, and what it says is left there.
    pub(super) dir: &'a Path,
    pub(super) deadline: Duration,
}

/// Builds the driver and runs its machine; else gives what came of it before, or why it was refused.
pub(super) fn run(
    cell: &Cell<'_>,
    testbed: Testbed<'_>,
    image: &Path,
    depot: &Depot,
) -> Result<Result<Done, Box<Outcome>>> {
    if testbed.told.is_some() {
        return when_told(cell, testbed, image, depot);
    }
    let inputs = match look(cell, testbed)? {
        Ok(inputs) => inputs,
        Err(known) => return Ok(Err(known)),
    };
    if testbed.hurry
        && let Some(kept) = depot.at_hand(cell, testbed, image)?
        && let Some(room) = cell.machine_at_once()
    {
        return ahead(cell, testbed, image, (kept, room), || Ok(Ok(inputs)));
    }
    let Cell { context, driver, kernel, .. } = cell;
    let order = crate::tasks::build::order(cell)?;
    let turn = cell.build();
    let ready = match machine::make(context, driver, kernel, &order)? {
        Made::Ready(ready) => ready,
        Made::Refused(outcome) => return Ok(Err(outcome)),
    };
    let kept = depot.machine(cell, testbed, (image, &ready.tables))?;
    let (dir, held) = runs::new_folder(&context.run_dir(driver, kernel))?;
    let parts = Parts::assemble(cell, testbed, ready, To { dir: &dir, waits: kept.is_some() })?;
    // From here on another run may build over the modules.
    drop(turn);
    let machine =
        Machine { image, tables: &parts.tables, kept: kept.as_ref(), dir: &dir, deadline: deadline(cell, testbed) };
    let _room = cell.machine();
    let ran = boot(cell, testbed, &machine, "")?;
    parts.done(cell, testbed, ran, inputs, (dir, held, kept)).map(Ok)
}

/// What the test hangs on; or what came of it before, if that may serve.
fn look(cell: &Cell<'_>, testbed: Testbed<'_>) -> Result<Result<String, Box<Outcome>>> {
    let Cell { context, driver, kernel, .. } = cell;
    let inputs = inputs::of_test(context, driver, kernel, Some(cell.sources), testbed)?;
    let recall = || runs::recall(&context.run_dir(driver, kernel), &inputs, &driver.name, &kernel.release);
    let known = cell.reuse.verdict.then(recall).flatten();
    let known = known.filter(|known| !testbed.coverage || coverage::taken(&known.kept).is_some());
    Ok(known.map_or(Ok(inputs), |known| Err(Box::new(known))))
}

/// What is known of a run when its guest is there.
struct Parts {
    nonce: String,
    steps: Vec<Step>,
    modules: Vec<Module>,
    staged: Staged,
    warnings: usize,
    build_ms: Option<u64>,
    tables: Vec<PathBuf>,
}

impl Parts {
    /// Puts the guest's image into the run's folder.
    fn assemble(cell: &Cell<'_>, testbed: Testbed<'_>, ready: Ready, to: To<'_>) -> Result<Self> {
        let Ready { build, tables, build_ms } = ready;
        let nonce = runs::nonce(to.dir);
        let steps = guest::assemble(cell.context, cell.driver, cell.kernel, testbed, &build, &nonce, to)?;
        let tables = machine::own_tables(&tables, to.dir)?;
        if testbed.coverage {
            coverage::keep(&build, to.dir)?;
        }
        let staged = build.staged();
        let Build { modules, warnings, .. } = build;
        Ok(Self { nonce, steps, modules, staged, warnings, build_ms, tables })
    }

    /// Leaves in the run's folder all that is to be judged.
    fn done(
        self,
        cell: &Cell<'_>,
        testbed: Testbed<'_>,
        ran: vm::Ran,
        inputs: String,
        (dir, held, kept): (PathBuf, Option<Held>, Option<Kept>),
    ) -> Result<Done> {
        let Self { nonce, steps, modules, staged, warnings, build_ms, tables } = self;
        let test = &cell.driver.manifest.test;
        let loaded = machine::loaded(&modules);
        let record = Record {
            log: test.log.clone(),
            leftovers: test.leftovers.allowed(),
            deadline_s: u32::try_from(deadline(cell, testbed).as_secs()).unwrap_or(u32::MAX),
            ..machine::record(cell.driver, cell.kernel, testbed.accel, (&nonce, &steps, &loaded), ran)
        };
        fs::write(dir.join(Transcript::RECORD), serde_json::to_string_pretty(&record)?)?;
        Ok(Done { inputs, dir, record, modules, staged, warnings, build_ms, tables, kept, _held: held })
    }
}

fn deadline(cell: &Cell<'_>, testbed: Testbed<'_>) -> Duration {
    let test = &cell.driver.manifest.test;
    let stress = test.stress(testbed.stress).map(Stress::time).unwrap_or_default();
    (test.deadline + stress) * patience(cell.kernel)
}

/// Starts the machine, and the rest when it is told to. Whoever would have to wait for anything else is in no hurry, and a kernel that
/// is not the cache's may be another by then.
fn when_told(cell: &Cell<'_>, testbed: Testbed<'_>, image: &Path, depot: &Depot) -> Result<Result<Done, Box<Outcome>>> {
    let KernelTree { dir, kdir, .. } = cell.kernel;
    ensure!([dir, kdir].iter().all(|path| path.starts_with(cell.context.cache.dir())), "the kernel may change");
    let kept = depot.at_hand(cell, testbed, image)?.context("no machine is at hand")?;
    let room = cell.machine_at_once().context("there is no room for a machine")?;
    ahead(cell, testbed, image, (kept, room), || {
        ensure!(testbed.told.is_some_and(Begins::wait), "nobody wants it any more");
        look(cell, testbed)
    })
}

/// Starts the machine before the driver is built, since QEMU's start takes as long as compiling a small module. `inputs` gives
/// what the test hangs on, or why it need not be made, as soon as the driver's sources can be looked at.
fn ahead(
    cell: &Cell<'_>,
    testbed: Testbed<'_>,
    image: &Path,
    (kept, room): (Kept, Place<'_>),
    inputs: impl FnOnce() -> Result<Result<String, Box<Outcome>>>,
) -> Result<Result<Done, Box<Outcome>>> {
    let Cell { context, driver, kernel, .. } = cell;
    let (dir, held) = runs::folder_ahead(&context.run_dir(driver, kernel))?;
    let (begin, begins) = begin::pair().context("failed to make a pipe")?;
    let (theirs, mut delivery) = io::pipe().context("failed to make a pipe")?;
    let machine = Machine { image, tables: &[], kept: Some(&kept), dir: &dir, deadline: deadline(cell, testbed) };
    let ended = std::thread::scope(|scope| {
        let ahead = Ahead { begins, delivery: theirs.into() };
        let running = scope.spawn(|| start(cell, testbed, &machine, Some(ahead)));
        // Whichever way this is left, the machine is ended by it: its pipes are closed.
        let inputs = match inputs()? {
            Ok(inputs) => inputs,
            Err(known) => return Ok(Err(known)),
        };
        runs::point_latest_to(&dir)?;
        let order = crate::tasks::build::order(cell)?;
        let turn = cell.build();
        let ready = match machine::make(context, driver, kernel, &order)? {
            Made::Ready(ready) => ready,
            Made::Refused(outcome) => return Ok(Err(outcome)),
        };
        let parts = Parts::assemble(cell, testbed, ready, To { dir: &dir, waits: true })?;
        drop(turn);
        cell.machine_begins();
        let progress =
            context.events.progress(format!("testing {} on {}", driver.name, kernel.release), 0, Unit::Things);
        // QEMU may be gone, and then says why.
        let _nobody_reads = delivery.write_all(&fs::read(dir.join(INITRD))?);
        drop(delivery);
        let since = Instant::now();
        begin.now();
        let ran = running.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        drop(progress);
        Ok::<_, anyhow::Error>(Ok((parts, inputs, vm::Ran { wall: since.elapsed(), ..ran })))
    });
    drop(room);
    match ended {
        Ok(Ok((parts, inputs, ran))) => {
            context.events.say(Event::Command { line: shell_words(&ran.argv) });
            parts.done(cell, testbed, ran, inputs, (dir, held, Some(kept))).map(Ok)
        }
        other => {
            drop(held);
            runs::take_back(&dir);
            other.map(|refused| refused.map(|_| unreachable!("a run that is over was taken above")))
        }
    }
}

/// Lets a machine take up what is in its folder, and leaves there what it says. The cell has to have its room.
pub(super) fn boot(cell: &Cell<'_>, testbed: Testbed<'_>, machine: &Machine<'_>, how: &str) -> Result<vm::Ran> {
    let Cell { context, driver, kernel, .. } = cell;
    let what = format!("testing {how}{} on {}", driver.name, kernel.release);
    let progress = context.events.progress(what, 0, Unit::Things);
    let ran = start(cell, testbed, machine, None)?;
    drop(progress);
    context.events.say(Event::Command { line: shell_words(&ran.argv) });
    Ok(ran)
}

fn start(cell: &Cell<'_>, testbed: Testbed<'_>, machine: &Machine<'_>, ahead: Option<Ahead>) -> Result<vm::Ran> {
    let Cell { context, driver, kernel, .. } = cell;
    let Machine { image, tables, kept, dir, deadline } = *machine;
    let hardware = machine::hardware(driver, kernel);
    let guest = dir.join(INITRD);
    let start = match kept {
        None => Start::Cold { kernel: image.to_owned(), initrd: guest },
        Some(kept) => Start::Restored { memory: kept.memory(), delivery: guest },
    };
    let vm = machine::vm(kernel, testbed.accel, (&hardware, start, tables), dir);
    vm::boot(&vm, kept, &machine::place(context, testbed.tools, dir)?, deadline, ahead)
}
