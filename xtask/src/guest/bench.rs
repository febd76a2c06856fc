// SPDX-License-Identifier: MIT OR Apache-2.0
//! What tests of virtual hardware work with, in every guest whose machine has tables of a driver's: a module that evaluates
//! ACPI objects for programs, and the command `bench`. See qemu/bench/README.md.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use crate::cmd::How;
use crate::context::Context;
use crate::driver::Driver;
use crate::fetch::sha256;
use crate::inputs;
use crate::kbuild::{self, Built, Order, Purpose};
use crate::kernel::KernelTree;
use crate::toolchain::enter::Access;

/// The module's own name.
pub(super) const MODULE: &str = "acpi_bench";

const COMMAND: &str = "bench.c";

/// Built for a kernel.
#[derive(Debug)]
pub(super) struct Bench {
    pub(super) module: PathBuf,
    pub(super) program: PathBuf,
}

/// Builds both for a kernel, unless the cache has them.
pub(super) fn make(context: &Context, kernel: &KernelTree) -> Result<Bench> {
    let dir = context.own("qemu/bench")?;
    let driver = Driver::open(&dir).context("failed to open the workbench's own bench")?;
    let inputs = inputs::of_build(context, &driver, kernel, None)?;
    let made = context.cache.entry("bench", &inputs[..24], |out| {
        let order = Order {
            purpose: Purpose::Modules,
            jobs: context.jobs,
            inputs: inputs.clone(),
            reuse: true,
            editor: None,
            hurry: false,
        };
        match kbuild::build(context, &driver, kernel, &order)? {
            Built::Modules(build) => {
                let module = build.modules.first().context("no module was built")?;
                fs::copy(&module.path, out.join("module.ko"))?;
            }
            Built::Refused { lines, .. } => bail!("failed to build `{MODULE}`:\n{}", lines.join("\n")),
        }
        Ok(())
    })?;
    Ok(Bench { module: made.join("module.ko"), program: command(context, kernel)? })
}

/// A word for the sources of all of it.
pub(super) fn sources(context: &Context) -> Result<String> {
    let dir = context.own("qemu/bench")?;
    let mut facts = String::new();
    for source in kbuild::sources(&dir)? {
        if source.extension().is_none_or(|ending| ending != "md") {
            facts.extend([kbuild::content(&dir.join(&source)).as_str(), " ", &source.to_string_lossy(), "\n"]);
        }
    }
    Ok(sha256(facts.as_bytes())[..12].to_owned())
}

fn command(context: &Context, kernel: &KernelTree) -> Result<PathBuf> {
    let dir = context.own("qemu/bench")?;
    let files = [COMMAND, kbuild::BENCH_HEADER].map(|name| dir.join(name));
    let content: Vec<Vec<u8>> = files.iter().map(fs::read).collect::<Result<_, _>>()?;
    let root = kernel.root.file_name().unwrap_or("host".as_ref()).to_string_lossy();
    let key = format!("{}-{root}", &sha256(&content.concat())[..12]);
    let made = context.cache.entry("bench", &key, |out| {
        for file in &files {
            fs::copy(file, out.join(file.file_name().unwrap_or_default()))?;
        }
        let gcc = kbuild::compile(context, kernel, &[(out, Access::Write)])?
            .args(["-static", "-O2", "-Wall", "-s", COMMAND, "-o", "bench"]);
        let finished = gcc.dir(out).output()?;
        let said = String::from_utf8_lossy(&finished.stderr);
        ensure!(finished.how == How::Exited(0), "failed to compile the command `bench`:\n{said}");
        Ok(())
    })?;
    Ok(made.join("bench"))
}
