// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every module of tests/zoo on several kernels, each pair a trial such as `zoo::warn@6_1`. One command builds, boots and
//! judges all that shall be on the same kernels; a trial waits for its outcome and compares it with `expected.toml`.
//!
//! What has not changed is not run again, as in daily use: a verdict is remembered with everything that it hangs on.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;
use xtask::context::{Context, Locking, ToolChoice};
use xtask::driver::Driver;
use xtask::fetch::Network;
use xtask::kernel::KernelTree;
use xtask::report::Events;

use crate::expected::{Expected, Kernel};

/// Another list of kernels, between spaces: flavours, or the path of a tree with the kernel's own checks.
const VARIABLE: &str = "WORKBENCH_ZOO_KERNELS";

/// If it is set, all machines are booted anew, and nothing that is remembered counts.
const COLD: &str = "WORKBENCH_ZOO_COLD";

/// The oldest, those that most people have, and the newest.
pub(crate) const KERNELS: &str = "5_10 6_1 6_12 7_3";

/// Those of the zoo's own; what 6.1 says in such cases is among the transcripts.
const OF_ZOO: &str = "5_10 6_12 7_3";

/// A module on a kernel, by the name it is asked for.
type Cell = (String, String);

/// A trial for each module on each kernel.
pub(crate) fn trials(arguments: &Arguments) -> Vec<Trial> {
    let others = std::env::var(VARIABLE).ok();
    let kernels: Vec<&str> = others.as_deref().unwrap_or(OF_ZOO).split_whitespace().collect();
    let ends = [kernels.first(), kernels.last()];
    let modules: BTreeMap<String, Module> =
        folders().into_iter().map(|folder| (name(&folder), Module::read(folder))).collect();
    let is_few = |module: &Module| others.is_none() && module.expected.as_ref().is_ok_and(|expected| expected.few);
    let only = |module: &Module| module.expected.as_ref().map(|expected| expected.only.clone()).unwrap_or_default();
    let is_wanted = |module: &Module, kernel: &str| {
        let only = only(module);
        (!is_few(module) || ends.contains(&Some(&kernel))) && (only.is_empty() || only.iter().any(|it| it == kernel))
    };
    let on = |kernel: &&str| {
        let kernel = (*kernel).to_owned();
        let wanted = modules.iter().filter(|(_, module)| is_wanted(module, &kernel));
        wanted.map(|(name, _)| (name.clone(), kernel.clone())).collect::<Vec<Cell>>()
    };
    let mut cells: Vec<Cell> = kernels.iter().flat_map(on).collect();
    if others.is_none() {
        let others = |module: &Module| only(module).into_iter().filter(|kernel| !kernels.contains(&kernel.as_str()));
        let of = |(name, module): (&String, &Module)| others(module).map(|kernel| (name.clone(), kernel)).collect();
        cells.extend(modules.iter().flat_map::<Vec<Cell>, _>(of));
    }
    // In the order in which the commands run them.
    cells.sort_by_key(|(name, _)| is_few(&modules[name]));
    let is_unsettled = |(name, kernel): &Cell| {
        // What only kernels see that are built from source for it.
        let is_built = kernel.contains('+') && others.is_none() && !crate::is_long();
        is_built || modules[name].expected.as_ref().is_ok_and(|expected| expected.unsettled.contains_key(kernel))
    };
    let ignored: BTreeSet<Cell> = cells.iter().filter(|cell| is_unsettled(cell)).cloned().collect();
    let is_run = |cell: &Cell| arguments.include_ignored || arguments.ignored == ignored.contains(cell);
    let wanted = cells.iter().filter(|cell| is_chosen(&trial_name(cell), arguments) && is_run(cell));
    let chosen = wanted.cloned().collect();
    let run = Arc::new(Run { chosen, modules, state: Mutex::default(), news: Condvar::new() });
    let trial = |cell: Cell| {
        let run = Arc::clone(&run);
        let is_ignored = ignored.contains(&cell);
        let trial = Trial::test(trial_name(&cell), move || {
            let Module { folder, expected } = &run.modules[&cell.0];
            let expected = expected.as_ref().map_err(|err| format!("{}/expected.toml: {err}", folder.display()))?;
            let (outcome, kernel) = run.outcome(&cell)?;
            crate::record::record(&outcome, &cell.0, &cell.1).map_err(|err| format!("{err:#}"))?;
            expected.check(&outcome, kernel.as_ref(), folder)
        });
        trial.with_ignored_flag(is_ignored)
    };
    cells.into_iter().map(trial).collect()
}

struct Module {
    folder: PathBuf,
    expected: Result<Expected, String>,
}

impl Module {
    fn read(folder: PathBuf) -> Self {
        let text = std::fs::read_to_string(folder.join("expected.toml"));
        let expected = text.map_err(|err| err.to_string()).and_then(|text| Expected::parse(&text));
        Self { folder, expected }
    }
}

fn trial_name((name, kernel): &Cell) -> String {
    format!("zoo::{name}@{kernel}")
}

/// Whether a trial of this name will be run, by the rules of libtest.
fn is_chosen(name: &str, arguments: &Arguments) -> bool {
    let fits = |text: &String| if arguments.exact { name == text } else { name.contains(text.as_str()) };
    arguments.filter.as_ref().is_none_or(fits) && !arguments.skip.iter().any(fits)
}

/// The commands that run all that were chosen, and what they have said so far.
struct Run {
    chosen: Vec<Cell>,
    modules: BTreeMap<String, Module>,
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    started: bool,
    outcomes: BTreeMap<Cell, Value>,
    kernels: BTreeMap<String, Kernel>,
    /// How it ended, with what it printed on standard error.
    ended: Option<String>,
}

impl Run {
    /// Waits for the outcome of one cell.
    fn outcome(self: &Arc<Self>, cell: &Cell) -> Result<(Value, Option<Kernel>), Failed> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.started {
            state.started = true;
            let run = Arc::clone(self);
            let _ends_with_the_command = thread::spawn(move || {
                let end = run.run().unwrap_or_else(|err| format!("{err:#}"));
                run.state.lock().unwrap_or_else(PoisonError::into_inner).ended = Some(end);
                run.news.notify_all();
            });
        }
        loop {
            if let Some(outcome) = state.outcomes.get(cell) {
                return Ok((outcome.clone(), state.kernels.get(&cell.1).cloned()));
            }
            if let Some(end) = &state.ended {
                return Err(format!("there was no outcome; {end}").into());
            }
            state = self.news.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Runs all commands to their ends, and says how these were.
    fn run(&self) -> anyhow::Result<String> {
        // A command takes every driver on every kernel, and not all pairs are wanted: a command for each list of kernels.
        let mut kernels: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
        for (name, kernel) in &self.chosen {
            kernels.entry(name).or_default().insert(kernel);
        }
        let mut commands: BTreeMap<BTreeSet<&String>, Vec<&PathBuf>> = BTreeMap::new();
        for (name, kernels) in kernels {
            commands.entry(kernels).or_default().push(&self.modules[name].folder);
        }
        let mut ends = String::new();
        for (kernels, folders) in commands {
            ends.push_str(&self.command(&kernels, &folders)?);
        }
        Ok(ends)
    }

    fn command(&self, kernels: &BTreeSet<&String>, folders: &[&PathBuf]) -> anyhow::Result<String> {
        let mut command = crate::command(&["vm-test", "--json"]);
        for kernel in kernels {
            command.args(["--kernel", kernel]);
        }
        if std::env::var_os(COLD).is_some() {
            command.args(["--cold", "--force"]);
        }
        command.args(folders);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let stderr = child.stderr.take().map(|mut stderr| {
            thread::spawn(move || {
                let mut said = Vec::new();
                let _what_there_is = stderr.read_to_end(&mut said);
                String::from_utf8_lossy(&said).into_owned()
            })
        });
        for line in child.stdout.take().into_iter().flat_map(|stdout| BufReader::new(stdout).lines()) {
            self.heard(serde_json::from_str(&line?)?);
        }
        let status = child.wait()?;
        let said = stderr.and_then(|thread| thread.join().ok()).unwrap_or_default();
        let advice = crate::advice(&said);
        Ok(format!("{status}\n{advice}{said}"))
    }

    fn heard(&self, event: Value) {
        if event["event"] != "outcome" {
            return;
        }
        let word = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
        let (name, asked) = (word("driver"), word("asked"));
        let is_known = self.state.lock().unwrap_or_else(PoisonError::into_inner).kernels.contains_key(&asked);
        // By now the kernel is in the cache.
        let kernel = if is_known { None } else { self.kernel(&asked).ok() };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kernel) = kernel {
            state.kernels.insert(asked.clone(), kernel);
        }
        state.outcomes.insert((name, asked), event);
        self.news.notify_all();
    }

    /// The kernel of a name; one that is built from source has what the modules that are tried on it need.
    fn kernel(&self, asked: &str) -> anyhow::Result<Kernel> {
        let on_it = self.chosen.iter().filter(|(_, kernel)| kernel == asked);
        let drivers: anyhow::Result<Vec<Driver>> =
            on_it.map(|(name, _)| Driver::open(&self.modules[name].folder)).collect();
        let tree = tree(asked, &drivers?)?;
        Ok(Kernel { release: tree.release, config: tree.config })
    }
}

fn tree(asked: &str, drivers: &[Driver]) -> anyhow::Result<KernelTree> {
    let events = Events::new(channel().0);
    let context = Context::new(events, Network::Online, Locking::Preferred, None, ToolChoice::Own)?;
    context.kernel_for(&asked.parse()?, drivers)
}

/// What is said of names that have changed is true of the kernels' own headers.
pub(crate) fn changes() -> Result<(), Failed> {
    for asked in KERNELS.split_whitespace() {
        let wrong = xtask::explain::contradictions(&tree(asked, &[])?);
        if !wrong.is_empty() {
            return Err(wrong.join("\n").into());
        }
    }
    Ok(())
}

fn folders() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(crate::root().join("tests/zoo")).into_iter().flatten();
    let folders: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect();
    assert!(!folders.is_empty(), "tests/zoo is empty");
    folders
}

fn name(folder: &std::path::Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
