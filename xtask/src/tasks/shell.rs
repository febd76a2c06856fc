// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask shell`: the driver's machine, for a person to work with.

mod gdb;
mod words;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, anyhow, bail};
use fs_err as fs;

use self::words::Start;
use super::machine::{self, Made, Ready};
use crate::cli::Shell as Asked;
use crate::cmd::raw;
use crate::context::Context;
use crate::driver::{Driver, Manifest};
use crate::guest::{self, Folder, Visit};
use crate::inputs::{self, Testbed};
use crate::judge::{End, FaultKind, Record, Transcript, Verdict, judge};
use crate::kbuild::{Module, Order, Purpose, Staged};
use crate::kernel::KernelTree;
use crate::kernel_symbols;
use crate::outcome::{ExitStatus, Outcome};
use crate::report::Event;
use crate::runs;
use crate::symbols::{self, Sources};
use crate::vm::step::{Run, Step};
use crate::vm::{self, Left, Lines, Manner, Shell};

/// What a machine without a driver is called.
const BARE: &str = "bare";

pub(super) fn run(context: &Context, asked: &Asked) -> Result<ExitStatus> {
    raw::is_there("`cargo xtask shell`")?;
    let machines = asked.driver.as_deref().map(|word| named(context, word)).transpose()?.unwrap_or_default();
    let named_kernels: Vec<String> = asked.kernel.iter().cloned().collect();
    let wishes = context.wishes(&named_kernels)?;
    let wish = wishes.first().context("no kernel is meant\nhelp: name one, such as `-k 6_1`")?;
    let kernel = context.kernel_for(wish, &machines)?;
    let tools = context.machine_tools()?;
    let accel = machine::accel(context, asked.accel)?;
    let testbed =
        Testbed { accel, stress: false, coverage: false, cold: true, hurry: false, told: None, tools: &tools };
    let Some(driver) = first_for(context, &kernel, machines)? else {
        return visit(context, (&bare(context), &kernel), testbed, None, asked);
    };
    let inputs = inputs::of_build(context, &driver, &kernel, None)?;
    let order =
        Order { purpose: Purpose::Modules, jobs: context.jobs, inputs, reuse: true, editor: None, hurry: false };
    match machine::make(context, &driver, &kernel, &order)? {
        Made::Ready(ready) => visit(context, (&driver, &kernel), testbed, Some(ready), asked),
        Made::Refused(outcome) => {
            context.events.say(Event::Outcome(outcome));
            Ok(ExitStatus::JudgedBad)
        }
    }
}

/// The driver on each of the machines that are meant.
fn named(context: &Context, word: &str) -> Result<Vec<Driver>> {
    let driver = Driver::named(word, &context.workspace)?;
    let driver = match context.settings.driver.get(&driver.name) {
        Some(limits) => driver.limited(limits),
        None => driver,
    };
    Ok(driver.on_machines())
}

/// The first of the machines that this kernel has all for; none only if there is no machine.
fn first_for(context: &Context, kernel: &KernelTree, machines: Vec<Driver>) -> Result<Option<Driver>> {
    let mut why_not = None;
    let others = machines.len().saturating_sub(1);
    for machine in machines {
        let unmet = machine.unmet(kernel)?;
        if unmet.is_empty() {
            if others > 0 {
                context.events.note(format!("this is `{}`; its driver has {others} more machines", machine.name));
            }
            return Ok(Some(machine));
        }
        why_not
            .get_or_insert_with(|| anyhow!("`{}` is not for {}: {}", machine.name, kernel.release, unmet.join(", ")));
    }
    why_not.map_or(Ok(None), Err)
}

fn bare(context: &Context) -> Driver {
    let name = BARE.to_owned();
    let (own_name, dir) = (name.clone(), context.workspace.clone());
    Driver { name, own_name, dir, manifest: Manifest::default(), in_tree: None, built: None }
}

/// Boots the machine, lends it the terminal, and says by what it ended.
fn visit(
    context: &Context,
    (driver, kernel): (&Driver, &KernelTree),
    testbed: Testbed<'_>,
    ready: Option<Ready>,
    asked: &Asked,
) -> Result<ExitStatus> {
    let load = ready.is_some() && !asked.no_load;
    let image = machine::image(driver, kernel)?;
    let (dir, _held) = runs::new_folder(&context.shell_dir(driver, kernel))?;
    let nonce = runs::nonce(&dir);
    let folder = ready.as_ref().map(|_| guest::folder(context, driver, kernel));
    let shares = matches!(folder, Some(Folder::Shared));
    let start =
        Start { driver: ready.as_ref().map(|_| driver.name.as_str()), kernel: &kernel.release, load, debug: asked.gdb };
    let said = start.notes(folder.as_ref());
    let environment = words::environment(&driver.name, |name| std::env::var(name).ok());
    let shell = Shell { size: raw::size(), environment, shares };
    let modules: &[Module] = ready.as_ref().map_or(&[], |ready| &ready.build.modules);
    let visit = Visit { modules, load, debug: asked.gdb, shell: &shell };
    let mut steps = guest::assemble_shell(context, driver, kernel, testbed, (&visit, folder), &nonce, &dir)?;
    steps.push(step());
    let tables = machine::own_tables(ready.as_ref().map_or(&[], |ready| &ready.tables), &dir)?;
    let loaded = machine::loaded(modules);
    let symbols = if asked.gdb { kernel_symbols::find(context, kernel, asked.kernel_symbols)? } else { None };
    if asked.gdb && symbols.is_none() {
        context.events.note(format!("gdb has no symbols of the kernel's own: {}", kernel_symbols::help(kernel)));
    }
    let debugging =
        asked.gdb.then(|| gdb::prepare(context, (driver, kernel), modules, symbols.as_deref(), &dir)).transpose()?;
    let (gdb, _socket) = debugging.unzip();
    let staged = ready.as_ref().map(|ready| ready.build.staged());
    // From here on another run may build over the modules.
    drop(ready);
    let hardware = machine::hardware(driver, kernel);
    let lines = Lines::new(gdb)?;
    let start = vm::Start::Cold { kernel: image.to_owned(), initrd: dir.join(guest::INITRD) };
    let mut vm = machine::vm(kernel, testbed.accel, (&hardware, start, &tables), &dir);
    vm.attended = Some(lines.attended(shares.then(|| driver.dir.clone())));
    let place = machine::place(context, testbed.tools, &dir)?;
    context.events.say(Event::Command { line: vm::command_line(&vm, &place)? });
    said.into_iter().for_each(|line| context.events.note(line));
    context.events.settle();
    let greeted = AtomicBool::new(false);
    let results = dir.join(Transcript::RESULTS);
    let when_greeted = || {
        greeted.store(true, Ordering::Relaxed);
        words::troubles(&String::from_utf8_lossy(&fs::read(&results).unwrap_or_default()))
    };
    let first = 1 + steps.iter().position(Step::is_of_driver).unwrap_or(steps.len() - 1);
    let manner = Manner { nonce: &nonce, first, coloured: words::is_coloured(), greeted: &when_greeted };
    let (ran, left) = vm::attend(&vm, &place, lines, manner)?;
    let record = machine::record(driver, kernel, testbed.accel, (&nonce, &steps, &loaded), ran);
    fs::write(dir.join(Transcript::RECORD), serde_json::to_string_pretty(&record)?)?;
    ended(context, (driver, staged.as_ref()), &record, (left, greeted.into_inner()), &dir)
}

/// What stands for the shell in the record: a fault of its time is one of this step.
fn step() -> Step {
    let argv = vec!["/bin/sh".to_owned()];
    Step::Run(Run {
        name: Shell::NAME.to_owned(),
        argv,
        exit: 0,
        prints: Vec::new(),
        deadline_s: u32::MAX,
        ktap: false,
    })
}

/// Names the fault that the kernel has reported, if it has, with the places in the driver; else what else there is to say.
fn ended(
    context: &Context,
    (driver, staged): (&Driver, Option<&Staged>),
    record: &Record,
    (left, greeted): (Left, bool),
    dir: &Path,
) -> Result<ExitStatus> {
    if let Some(staged) = staged {
        symbols::write(dir, record, || Sources::new(&driver.dir, &staged.stage, staged.hold()))?;
    }
    let transcript = Transcript::read(dir)?;
    let judgement = judge(&transcript);
    let is_report = |verdict: &Verdict| matches!(verdict, Verdict::Crash(fault) if fault.kind != FaultKind::Reset);
    if is_report(&judgement.verdict) {
        let outcome = Outcome::new(&driver.name, &record.kernel, judgement, dir.to_owned());
        context.events.say(Event::Outcome(Box::new(outcome)));
        return Ok(ExitStatus::JudgedBad);
    }
    let kept = format!("\nhelp: its console is in `{}`", dir.join(Transcript::CONSOLE).display());
    match (left, &record.end) {
        (Left::ByPerson, _) => {}
        (Left::Ended, End::NeverStarted(why)) => bail!("QEMU never ran a guest: {}", why.trim()),
        (Left::Ended, End::Signalled(signal)) => bail!("QEMU was killed by signal {signal}{kept}"),
        (Left::Ended, _) if !greeted => {
            bail!("{}{kept}", words::why_no_shell(&String::from_utf8_lossy(&transcript.results)));
        }
        (Left::Ended, end) if *end != End::DONE => {
            context.events.note("the machine was reset or powered off, and the kernel reported no fault");
        }
        (Left::Ended, _) => {}
    }
    Ok(ExitStatus::Good)
}
