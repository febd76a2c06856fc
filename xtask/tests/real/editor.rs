// SPDX-License-Identifier: MIT OR Apache-2.0
//! clangd has nothing against any file of a driver, on kernels whose Kbuild works and notes in different ways.

use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::{Failed, Trial};
use xtask::cmd::{Cmd, How};
use xtask::context::{Context, Locking, ToolChoice};
use xtask::fetch::Network;
use xtask::report::Events;
use xtask::toolchain::on_path;

const KERNELS: &[&str] = &["5_10", "6_1", "6_12", "7_3"];

/// The ends of them are tried always.
const SHORT: &[&str] = &["5_10", "7_3"];

const DRIVERS: &[&str] = &["driver", "qc71-laptop"];

/// It is not compiled there, and uses what KUnit has later.
const NOT_FOR: &[(&str, &str)] = &[("5_10", "foobar_kunit.c")];

const FILE: &str = "compile_commands.json";

/// One for each kernel: `editor@6_1`.
pub(crate) fn trials() -> Vec<Trial> {
    let trial = |kernel: &&'static str| {
        let kernel = *kernel;
        let run = move || run(kernel).map_err(|err| Failed::from(format!("{err:#}")));
        Trial::test(format!("editor@{kernel}"), run).with_ignored_flag(!SHORT.contains(&kernel) && !crate::is_long())
    };
    KERNELS.iter().map(trial).collect()
}

fn run(kernel: &str) -> Result<()> {
    let clangd = Clangd::find()?;
    let top = tempfile::tempdir()?;
    let target = top.path().join("target");
    for driver in DRIVERS {
        // Blanks are no trouble in the person's own paths.
        let folder = top.path().canonicalize()?.join("my drivers").join(driver);
        copy(&crate::root().join(driver), &folder)?;
        let build = |words: &[&str]| {
            let folder = folder.display().to_string();
            let output =
                crate::xtask_with(&[&["build", "--json", &folder, "-k", kernel], words].concat(), Some(&target));
            let outcome = output.and_then(|output| crate::outcome(&output));
            outcome.map_err(|err| anyhow::anyhow!("{}", err.message().unwrap_or_default()))
        };
        let file = folder.join(FILE);
        build(&[])?;
        ensure!(!file.exists(), "nobody has asked for `{}`", file.display());
        let outcome = build(&["--editor"])?;
        ensure!(outcome["cached"] == true, "{outcome}");
        let text = std::fs::read_to_string(&file)?;
        let entries: Vec<serde_json::Value> = serde_json::from_str(&text)?;
        let named: Vec<PathBuf> = entries.iter().filter_map(|it| Some(it["file"].as_str()?.into())).collect();
        let count = named.iter().filter(|path| path.parent() == Some(&folder)).count();
        ensure!(count >= 2 && named.len() > count, "it has too few files:\n{text}");
        ensure!(named.iter().all(|path| path.starts_with(&folder)), "it has others' files:\n{text}");
        // The steps' programs are all compiled in the same way.
        let programs = named.iter().filter(|path| path.parent() != Some(&folder)).take(2);
        for path in of_the_driver(&folder)?.iter().chain(programs) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !NOT_FOR.contains(&(kernel, &name)) {
                clangd.check(path, &folder)?;
            }
        }
        // It is no source, is kept fresh, and if somebody else has written it, is let alone.
        std::fs::write(&file, text.replace("-D__KERNEL__", "-DOLD"))?;
        let outcome = build(&[])?;
        ensure!(outcome["cached"] == true && std::fs::read_to_string(&file)? == text, "it is not fresh: {outcome}");
        std::fs::write(&file, "[]")?;
        build(&["--editor"])?;
        ensure!(std::fs::read_to_string(&file)? == "[]", "another's file was overwritten");
    }
    Ok(())
}

/// The C files and headers at the top of a folder, whether compiled or not.
fn of_the_driver(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "c" || ending == "h") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()))?;
        } else if entry.file_name() != FILE {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// The host's clangd, or one of the archive's, by its root's own loader.
struct Clangd {
    start: Vec<String>,
}

impl Clangd {
    fn find() -> Result<Self> {
        if let Some(path) = on_path("clangd") {
            return Ok(Self { start: vec![path.display().to_string()] });
        }
        let context =
            Context::new(Events::new(channel().0), Network::Online, Locking::Preferred, None, ToolChoice::Own)?;
        let usr = context.tools()?.programs("trixie", &["clangd-19"])?.join("usr").display().to_string();
        let libraries = format!("{usr}/lib/x86_64-linux-gnu");
        let llvm = format!("{usr}/lib/llvm-19");
        let start = vec![
            format!("{libraries}/ld-linux-x86-64.so.2"),
            "--library-path".to_owned(),
            format!("{libraries}:{llvm}/lib"),
            format!("{llvm}/bin/clangd"),
            // It would look for them beside the program that was started, which is the loader.
            format!("--resource-dir={llvm}/lib/clang/19"),
        ];
        Ok(Self { start })
    }

    /// Nothing in the file is an error to it.
    fn check(&self, path: &Path, folder: &Path) -> Result<()> {
        let (program, words) = self.start.split_first().context("there is a program")?;
        let clangd = Cmd::new(program)
            .args(words)
            .arg(format!("--check={}", path.display()))
            .arg(format!("--compile-commands-dir={}", folder.display()))
            // What it offers at each place of the file is not asked for.
            .args(["--check-locations=0", "--log=error"]);
        let finished = clangd.output()?;
        let said = String::from_utf8_lossy(&finished.stderr);
        let is_clean = finished.how == How::Exited(0) && !said.lines().any(|line| line.starts_with('E'));
        ensure!(is_clean, "`{clangd}` ended by {}:\n{said}", finished.how);
        Ok(())
    }
}
