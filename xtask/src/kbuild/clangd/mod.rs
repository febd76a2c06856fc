// SPDX-License-Identifier: MIT OR Apache-2.0
//! `compile_commands.json` (<https://clang.llvm.org/docs/JSONCompilationDatabase.html>) in a driver's folder, from which clangd knows
//! how its files are compiled for a kernel: as Kbuild has noted it, with the person's own paths.

mod front_end;
#[cfg(test)]
mod tests;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use fs_err as fs;
use serde::{Deserialize, Serialize};

use self::front_end::{Places, arguments};
use super::noted::{Noted, plain};
use super::program::INCLUDES;
use super::{crates, stage};
use crate::context::Context;
use crate::driver::{Action, Driver};
use crate::kernel::{Arch, KernelTree, Tools};
use crate::toolchain::Way;

/// The file's name, which clangd looks for.
pub(crate) const FILE: &str = "compile_commands.json";

/// What a build does for editors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Editor {
    /// It writes the file.
    Asked,
    /// It keeps one that is there fresh, and makes it this kernel's.
    Follows,
    /// It keeps one that is there fresh, if that is this kernel's.
    Stays,
}

/// How one file is compiled. The field `output` is not needed by clangd: it tells our files from others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    directory: PathBuf,
    file: PathBuf,
    output: PathBuf,
    arguments: Vec<String>,
}

/// What is at the file's place.
#[derive(Debug, PartialEq, Eq)]
enum There {
    Nothing,
    Ours { text: String, entries: Vec<Entry> },
    Others,
}

/// After a build: writes the file, or keeps it as it should be. Only who has asked for it hears of what goes wrong as an error.
pub(super) fn keep(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    copy: &Path,
    editor: Editor,
    is_whole: bool,
) -> Result<()> {
    if driver.in_tree.is_some() {
        return Ok(());
    }
    let path = driver.dir.join(FILE);
    let kept = write(context, driver, kernel, copy, editor, is_whole)
        .with_context(|| format!("failed to write `{}`", path.display()));
    match kept {
        Err(err) if editor != Editor::Asked => context.events.note(format!("{err:#}")),
        Err(err) => return Err(err),
        Ok(()) => (),
    }
    Ok(())
}

fn write(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    copy: &Path,
    editor: Editor,
    is_whole: bool,
) -> Result<()> {
    let path = driver.dir.join(FILE);
    let say = |text: String| {
        if editor == Editor::Asked {
            context.events.note(text);
        }
    };
    let build = copy.parent().unwrap_or(copy);
    let there = There::at(&path);
    if !there.is_due(editor, build) {
        if there == There::Others {
            let help = format!("help: move it away, to have one for {}", kernel.release);
            say(format!("`{}` is not the workbench's, and stays as it is\n{help}", path.display()));
        }
        return Ok(());
    }
    let way = context.way()?;
    let mut moves = Vec::new();
    if way == Way::Root && kernel.tools == Tools::Root {
        for top in ["/lib", "/usr/lib"] {
            let headers =
                ["build", "source"].map(|name| Path::new(top).join("modules").join(&kernel.release).join(name));
            moves.extend(headers.map(|headers| (headers, kernel.kdir.clone())));
        }
        moves.extend([("/usr", "usr"), ("/lib", "usr/lib")].map(|(from, to)| (from.into(), kernel.root.join(to))));
    }
    let arch = Arch::of(&fs::read_to_string(&kernel.config)?);
    let machine = arch.triplet().unwrap_or("x86_64-linux-gnu");
    let places = Places { stage: copy, dir: &driver.dir, moves };
    let mut entries = of_modules(&places, &kernel.kdir, machine)?;
    if entries.is_empty() {
        if crates::crate_roots(&driver.dir)?.is_empty() {
            say(format!("nothing of `{}` was compiled, so there is nothing to tell clangd yet", driver.own_name));
        }
        return Ok(());
    }
    entries.extend(of_programs(context, driver, kernel, build, machine)?);
    let (old, before) = match there {
        There::Ours { text, entries } => (text, entries),
        There::Nothing | There::Others => Default::default(),
    };
    if !is_whole {
        // What has not been reached this time is compiled as it was.
        let is_missed = |old: &Entry| old.output.starts_with(build) && entries.iter().all(|it| it.file != old.file);
        let missed: Vec<Entry> = before.into_iter().filter(|it| is_missed(it) && it.file.is_file()).collect();
        entries.extend(missed);
    }
    entries.sort_by(|a, b| (&a.file, &a.output).cmp(&(&b.file, &b.output)));
    let text = serde_json::to_string_pretty(&entries)? + "\n";
    if text != old {
        replace(&path, &text)?;
    }
    say(format!("`{}` is for clangd", path.display()));
    Ok(())
}

impl There {
    fn at(path: &Path) -> Self {
        match fs::symlink_metadata(path) {
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => Self::Nothing,
            Ok(data) if data.is_file() => fs::read_to_string(path).map_or(Self::Others, Self::of),
            _ => Self::Others,
        }
    }

    fn of(text: String) -> Self {
        let entries: Vec<Entry> = serde_json::from_str(&text).unwrap_or_default();
        let is_ours = |entry: &Entry| entry.output.to_string_lossy().contains("/workbench/build/");
        if entries.is_empty() || !entries.iter().all(is_ours) {
            return Self::Others;
        }
        Self::Ours { text, entries }
    }

    /// Whether a build in this folder writes the file.
    fn is_due(&self, editor: Editor, build: &Path) -> bool {
        match (self, editor) {
            (Self::Nothing, editor) => editor == Editor::Asked,
            (Self::Others, _) => false,
            (Self::Ours { entries, .. }, Editor::Stays) => entries.iter().any(|it| it.output.starts_with(build)),
            (Self::Ours { .. }, Editor::Asked | Editor::Follows) => true,
        }
    }
}

/// Nobody sees half of the file, and the driver's other builds, on other kernels, may write it at the same time.
fn replace(path: &Path, text: &str) -> Result<()> {
    let dir = path.parent().context("a file lies in a folder")?;
    let partial = tempfile::Builder::new().prefix(FILE).suffix(".partial").tempfile_in(dir)?.into_temp_path();
    fs::write(&partial, text)?;
    // Others may read it, as they may read what is beside it; those files are private.
    let mode = fs::metadata(dir)?.permissions().mode() & 0o666;
    fs::set_permissions(&partial, Permissions::from_mode(mode))?;
    partial.persist(path)?;
    Ok(())
}

/// The driver's C files that Kbuild has compiled.
fn of_modules(places: &Places<'_>, kdir: &Path, machine: &str) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for file in notes(places.stage)? {
        let Some(noted) = fs::read_to_string(&file).ok().and_then(|text| Noted::parse(&text)) else { continue };
        let base = noted.base(&file, kdir);
        let Some(source) = noted.source.as_ref().map(|source| plain(&base.join(source))) else { continue };
        // Programs for the host are made, too; and files that Kbuild writes itself, such as NAME.mod.c.
        let name = source.file_name().unwrap_or_default().to_string_lossy();
        let is_kernels = noted.call.args.iter().any(|word| word == "-D__KERNEL__");
        if !is_kernels || !name.ends_with(".c") || stage::is_product(&name) || !source.starts_with(places.stage) {
            continue;
        }
        let own = places.outside(&source);
        if !own.is_file() {
            continue;
        }
        let mut arguments = arguments(&noted, &base, places, machine);
        arguments.extend(["-c".to_owned(), own.to_string_lossy().into_owned()]);
        let output = plain(&base.join(&noted.target));
        entries.push(Entry { directory: places.dir.to_owned(), file: own, output, arguments });
    }
    Ok(entries)
}

/// The files `.NAME.o.cmd` below a folder.
fn notes(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            found.extend(notes(&entry.path())?);
        } else if name.starts_with('.') && name.ends_with(".o.cmd") {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// The programs of the driver's steps, which are compiled when they are needed: against the libc that is in the tool root.
fn of_programs(
    context: &Context,
    driver: &Driver,
    kernel: &KernelTree,
    build: &Path,
    machine: &str,
) -> Result<Vec<Entry>> {
    let bench = context.own("qemu/bench")?;
    let root = (context.way()? == Way::Root).then(|| format!("--sysroot={}", kernel.root.display()));
    let mut entries: Vec<Entry> = Vec::new();
    // A driver on one of its machines has not all of them.
    for step in Driver::open(&driver.dir)?.manifest.test.step {
        let Action::Program(source) = step.action() else { continue };
        let file = plain(&driver.dir.join(source));
        if !file.is_file() || entries.iter().any(|it| it.file == file) {
            continue;
        }
        let mut arguments = vec![kernel.compiler.clone(), format!("--target={machine}")];
        arguments.extend(root.clone());
        arguments.extend(["-pthread", "-O2", "-Wall"].map(str::to_owned));
        let folders = INCLUDES.iter().map(|sub| plain(&driver.dir.join(sub))).chain([bench.clone()]);
        arguments.extend(folders.map(|folder| format!("-I{}", folder.display())));
        arguments.extend(["-c".to_owned(), file.to_string_lossy().into_owned()]);
        let output = build.join("programs").join(source).with_extension("o");
        entries.push(Entry { directory: driver.dir.clone(), file, output, arguments });
    }
    Ok(entries)
}
