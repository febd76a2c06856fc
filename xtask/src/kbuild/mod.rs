// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kbuild: `make -C KDIR M=…` on a copy of the driver's folder, in the kernel's own tool root.

mod clangd;
mod confirm;
mod crates;
mod diagnostics;
mod doc;
mod elsewhere;
mod make;
mod modinfo;
mod noted;
mod program;
pub(crate) mod project;
mod record;
mod replay;
mod run;
mod rustc;
mod stage;
mod why;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

pub use clangd::Editor;
pub use confirm::{Confirmed, confirm};
pub(crate) use crates::crate_roots;
pub use diagnostics::PathMap;
pub(crate) use diagnostics::telling;
pub use doc::{Doc, doc};
pub(crate) use elsewhere::modules_below;
pub use modinfo::{ModInfo, Parameter, has_kunit_tests};
pub(crate) use program::BENCH_HEADER;
pub use program::{compile, guest_program};
pub(crate) use stage::{content, is_product, is_scratch, sources, stamp};

use crate::cmd::How;
use crate::context::Context;
use crate::driver::{Driver, Elsewhere};
use crate::in_tree::{self, NoModule};
use crate::inputs;
use crate::judge::compiler;
use crate::kernel::KernelTree;
use crate::report::{self, Event};
pub use make::{Order, Purpose};
use make::{deadline, make};
use record::{Record, Refused};
use replay::without_make;
use run::{Said, run_make};
use stage::News;

/// In a build's folder: all that make printed.
pub(crate) const BUILD_LOG: &str = "build.log";

/// What came of building a driver for a kernel.
#[derive(Debug)]
pub enum Built {
    Modules(Build),
    /// The compiler, modpost or make refused; their lines that say why, with the person's own paths.
    Refused {
        lines: Vec<String>,
        /// What they mean and what mends it, in our words.
        why: Vec<String>,
        log: PathBuf,
        /// Whether make has run now, and not only earlier.
        fresh: bool,
    },
}

/// A driver's modules for one kernel.
#[derive(Debug)]
pub struct Build {
    /// In the order in which they can be loaded.
    pub modules: Vec<Module>,
    pub warnings: usize,
    /// All that make printed.
    pub log: PathBuf,
    /// The copy of the driver's folder in which they were built.
    pub stage: PathBuf,
    /// Whether make has run now, and not only earlier.
    pub fresh: bool,
    /// Whether it was made without make, which has to confirm it.
    pub is_replayed: bool,
    /// Held until the modules have been used, so that another run can't build over them.
    _lock: File,
}

/// The copy of a driver's sources, as it was when its modules were built.
#[derive(Debug)]
pub struct Staged {
    pub stage: PathBuf,
    lock: PathBuf,
    /// The modules with their stamps.
    made: Vec<(PathBuf, String)>,
}

impl Build {
    /// What can be asked of later, when the build is no longer held.
    pub fn staged(&self) -> Staged {
        let made = self.modules.iter().map(|module| (module.path.clone(), stamp(&module.path))).collect();
        Staged { stage: self.stage.clone(), lock: self.stage.with_file_name(LOCK), made }
    }
}

impl Staged {
    /// Keeps everybody from building there, unless somebody has already built since: then the sources may be others.
    pub fn hold(&self) -> Option<File> {
        let lock = File::open(&self.lock).ok()?;
        lock.lock_shared().ok()?;
        self.made.iter().all(|(path, known)| stamp(path) == *known).then_some(lock)
    }
}

/// A built module.
#[derive(Debug, Clone)]
pub struct Module {
    pub name: String,
    pub path: PathBuf,
    pub info: ModInfo,
}

/// Builds a driver's modules for a kernel, unless they are there already.
pub fn build(context: &Context, driver: &Driver, kernel: &KernelTree, order: &Order) -> Result<Built> {
    let dir = match order.purpose {
        Purpose::Modules => context.build_dir(driver, kernel),
        Purpose::Confirm => context.confirm_dir(driver, kernel),
        Purpose::Lint => context.lint_dir(driver, kernel),
    };
    fs::create_dir_all(&dir)?;
    let lock = lock(&dir, context)?;
    let stage = dir.join("src");
    ensure!(
        !stage.to_string_lossy().contains(char::is_whitespace),
        "Kbuild can't build in a folder with blanks in its path: `{}`\nhelp: set CARGO_TARGET_DIR to a path without blanks",
        stage.display()
    );
    let log = dir.join(BUILD_LOG);
    if let Some(Elsewhere { modules: place, .. }) = &driver.built {
        copy_sources(driver, &dir, &stage)?;
        let modules = elsewhere::modules(driver, kernel, place)?;
        return Ok(Built::Modules(Build {
            modules,
            warnings: 0,
            log,
            stage,
            fresh: false,
            is_replayed: false,
            _lock: lock,
        }));
    }
    let paths = PathMap::new(&stage, &driver.dir);
    let known = order.reuse.then(|| known(&dir, &order.inputs, &paths)).flatten();
    let known = known.filter(|known| order.hurry || known.replayed.is_empty());
    let fresh = known.is_none();
    let record = known.map_or_else(|| build_anew(context, driver, kernel, order, &dir, &paths), Ok)?;
    if let Some(editor) = order.editor {
        clangd::keep(context, driver, kernel, &stage, editor, record.refused.is_none())?;
    }
    if let Some(Refused { lines, why, .. }) = record.refused {
        return Ok(Built::Refused { lines, why, log, fresh });
    }
    let modules = modules(driver, kernel, &stage)?;
    let Record { warnings, replayed, .. } = record;
    let is_replayed = !replayed.is_empty();
    Ok(Built::Modules(Build { modules, warnings, log, stage, fresh, is_replayed, _lock: lock }))
}

/// An earlier build with the same inputs, if nobody has touched what it made.
fn known(dir: &Path, inputs: &str, paths: &PathMap) -> Option<Record> {
    let record = Record::read(dir, inputs)?;
    let is_shown_so = record.refused.as_ref().is_none_or(|refused| refused.shown_as == paths.shown_as());
    is_shown_so.then_some(record)
}

/// Lets make run, and remembers what came of it.
fn build_anew(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    order: &Order,
    dir: &Path,
    paths: &PathMap,
) -> Result<Record> {
    let stage = dir.join("src");
    let words = (order.inputs.clone(), inputs::but_sources(context, driver, kernel)?);
    let before = Record::last(dir);
    Record::remove(dir)?;
    // A make that is killed leaves half-written files that the next one would take for finished, and one of which nothing is
    // remembered has said warnings that the next one would not say again.
    if before.is_none() || order.purpose == Purpose::Lint {
        stage::remove_all(&stage)?;
    }
    if driver.in_tree.is_some() {
        in_tree::unlink(&stage)?;
    }
    let news = copy_sources(driver, dir, &stage)?;
    let mut doubt = String::new();
    if let Some(before) = before.as_ref().filter(|before| order.hurry && before.frame == words.1) {
        match without_make(context, driver, kernel, (order, dir, paths), before, &news)? {
            Ok(record) => {
                remember(context, driver, kernel, order, (dir, &record));
                return Ok(record);
            }
            Err(why) => doubt = format!("# make, since {why}\n"),
        }
    }
    let unconfirmed = before.as_ref().map(replay::take_back).transpose()?.unwrap_or_default();
    if let Some(tree) = &driver.in_tree {
        tree.link(&stage).with_context(|| format!("failed to put the tree of {} together", kernel.release))?;
    }
    crates::check(context, driver, kernel)?;
    let make = make(context, driver, kernel, &stage, order)?;
    let Said { how, lines, mut warnings, text, after } = run_make(context, driver, kernel, &make, paths)?;
    let log = dir.join(BUILD_LOG);
    fs::write(&log, format!("{doubt}{text}"))?;
    let refused = |lines: Vec<String>| refused(context, kernel, (dir, paths), &lines);
    if how == How::Deadline {
        let late = format!("make was not done after {} minutes", deadline(driver).as_secs() / 60);
        let refused = refused([lines, vec![late]].concat());
        return Ok(Record::new(words, warnings, Some(refused), [].into_iter()));
    }
    ensure!(matches!(how, How::Exited(_)), "`{make}` ended by {how}");
    let mut made = vec![log];
    let refused = if how == How::Exited(0) {
        tell(context, kernel, dir, lines);
        for line in driver.in_tree.iter().flat_map(|tree| tree.differences(&stage)) {
            context.events.note(line);
        }
        made.extend(modules(driver, kernel, &stage)?.into_iter().map(|module| module.path));
        let known = before.as_ref().map_or(0, |before| before.warnings_of(made[1..].iter().map(PathBuf::as_path)));
        warnings = warnings.max(known);
        if made.len() > 1 {
            None
        } else if let Some(tree) = &driver.in_tree {
            let NoModule { line, help } = tree.no_module();
            Some(Refused { why: vec![format!("help: {help}")], ..refused(vec![line.clone()]) })
        } else {
            Some(refused(vec!["Kbuild made no module: neither Kbuild nor Makefile adds to `obj-m`".to_owned()]))
        }
    } else {
        Some(refused(telling(lines, &text)))
    };
    // It speaks of what it has made now, and of the rest it has spoken before.
    let known = before.filter(|before| before.frame == words.1).map(|before| before.after);
    let after = known.into_iter().flatten().chain(after).collect();
    let record = Record { after, ..Record::new(words, warnings, refused, made.iter().map(PathBuf::as_path)) };
    if let Some(differs) = unconfirmed.iter().find(|(path, content)| stage::content(path) != **content) {
        replay::distrust(dir, differs.0)?;
    }
    remember(context, driver, kernel, order, (dir, &record));
    Ok(record)
}

/// Warnings; when the build is refused they stand with the errors in the verdict.
fn tell(context: &Context, kernel: &KernelTree, dir: &Path, lines: Vec<String>) {
    let lines: Vec<String> = lines.into_iter().filter(|line| !diagnostics::is_noise(line)).collect();
    let why = why::explain(context, kernel, dir, &lines);
    let lines: Vec<String> = lines.iter().map(|line| diagnostics::shortened(line, &kernel.dir)).collect();
    for line in compiler::without_chains(&lines) {
        context.events.say(Event::Diagnostic { line: line.clone() });
    }
    for line in why {
        context.events.say(Event::Diagnostic { line: report::ours(&line) });
    }
}

fn refused(context: &Context, kernel: &KernelTree, (dir, paths): (&Path, &PathMap), lines: &[String]) -> Refused {
    let why = why::explain(context, kernel, dir, lines);
    let lines = lines.iter().map(|line| diagnostics::shortened(line, &kernel.dir)).collect();
    Refused { lines, why, shown_as: paths.shown_as().to_owned() }
}

/// What was changed while it was built is not what was built.
fn remember(context: &Context, driver: &Driver, kernel: &KernelTree, order: &Order, (dir, record): (&Path, &Record)) {
    if inputs::of_build(context, driver, kernel, None).is_ok_and(|now| now == order.inputs) {
        // What can't be remembered is made again.
        let _a_full_disk = record.write(dir);
    }
}

fn copy_sources(driver: &Driver, dir: &Path, stage: &Path) -> Result<News> {
    let rebuild = if driver.has_dkms() { stage::Rebuild::Everything } else { stage::Rebuild::Dependents };
    stage::sync(&driver.dir, stage, &dir.join("sources"), rebuild)
        .with_context(|| format!("failed to copy the sources of `{}`", driver.own_name))
}

/// Held by who builds there.
const LOCK: &str = "lock";

fn lock(dir: &Path, context: &Context) -> Result<File> {
    let file = fs::File::create(dir.join(LOCK))?.into_parts().0;
    if file.try_lock().is_err() {
        context.events.note(format!("waiting for another run that builds in `{}`", dir.display()));
        file.lock().with_context(|| format!("failed to lock `{}`", dir.display()))?;
    }
    Ok(file)
}

/// The modules that Kbuild lists in `modules.order`, or dkms.conf names, and that the driver wants, dependencies first.
fn modules(driver: &Driver, kernel: &KernelTree, stage: &Path) -> Result<Vec<Module>> {
    let made_in = driver.in_tree.as_ref().map_or_else(|| stage.to_owned(), |tree| stage.join(tree.top()));
    let order = fs::read_to_string(made_in.join(if driver.has_dkms() { "dkms.order" } else { "modules.order" }))?;
    let mut modules = Vec::new();
    for line in order.lines() {
        // Absolute or relative, and ending in .ko before 6.2, in .o since; relative to `M=` since 6.13.
        let path = stage.join(line).with_extension("ko");
        let path = if path.is_file() { path } else { made_in.join(line).with_extension("ko") };
        modules.push(module(path, kernel)?);
    }
    if driver.has_dkms() {
        add_unnamed(&mut modules, kernel, stage)?;
    }
    Ok(in_load_order(chosen(driver, modules, "Kbuild makes")?))
}

/// Of these modules the driver's: those that driver.toml names, else all of them.
fn chosen(driver: &Driver, mut modules: Vec<Module>, who: &str) -> Result<Vec<Module>> {
    let wanted = &driver.manifest.build.modules;
    for name in wanted {
        let names: Vec<&str> = modules.iter().map(|module| module.name.as_str()).collect();
        ensure!(
            names.contains(&name.as_str()),
            "driver.toml names the module `{name}`, but {who} `{}`",
            names.join("`, `")
        );
    }
    if !wanted.is_empty() {
        modules.retain(|module| wanted.contains(&module.name));
    }
    Ok(modules)
}

fn module(path: PathBuf, kernel: &KernelTree) -> Result<Module> {
    let info = ModInfo::read(&path)?;
    let name = info.name().map_or_else(|| own_name(&path), str::to_owned);
    if info.release() != Some(&kernel.release) {
        let of = info.release().unwrap_or("no kernel");
        bail!(
            "`{}` was built for {of}, not for {}\n\
             help: the driver's makefile chooses the headers by itself; have it leave that to `make -C KDIR M=...`",
            path.display(),
            kernel.release
        );
    }
    Ok(Module { name, path, info })
}

/// Adds the modules that were built on the way, that dkms.conf does not name, and that those it names need.
fn add_unnamed(modules: &mut Vec<Module>, kernel: &KernelTree, stage: &Path) -> Result<()> {
    let built: BTreeMap<String, PathBuf> =
        stage::modules(stage)?.into_iter().map(|path| (own_name(&path), path)).collect();
    let mut at = 0;
    while let Some(one) = modules.get(at) {
        let needed: Vec<String> =
            one.info.depends().filter(|name| !modules.iter().any(|it| it.name == *name)).collect();
        for path in needed.iter().filter_map(|name| built.get(name)) {
            modules.push(module(path.clone(), kernel)?);
        }
        at += 1;
    }
    Ok(())
}

/// The name that the kernel gives to the module of a file.
fn own_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split_once(".ko").map_or(&*name, |(stem, _compression)| stem).replace('-', "_")
}

fn in_load_order(mut modules: Vec<Module>) -> Vec<Module> {
    let mut ordered: Vec<Module> = Vec::new();
    while !modules.is_empty() {
        let names: Vec<String> = modules.iter().map(|module| module.name.clone()).collect();
        let ready = modules.iter().position(|module| !module.info.depends().any(|name| names.contains(&name)));
        // Modules that need each other can't be loaded at all; the kernel says so better than we could.
        ordered.push(modules.remove(ready.unwrap_or(0)));
    }
    ordered
}
