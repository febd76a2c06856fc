// SPDX-License-Identifier: MIT OR Apache-2.0
//! The guest's init: a program of ours in C, compiled by the kernel's own compiler.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use fs_err as fs;
use object::{Object as _, ObjectSymbol as _};

use crate::cmd::How;
use crate::context::Context;
use crate::fetch::sha256;
use crate::kbuild;
use crate::kernel::KernelTree;
use crate::toolchain::enter::Access;

/// The function of init's at which a debugger waits.
const GATE: &str = "meet_debugger";

/// The sources of the guest's init, and a word for their content.
pub(super) struct Sources {
    files: Vec<PathBuf>,
    pub(super) word: String,
}

pub(super) fn sources(context: &Context) -> Result<Sources> {
    let dir = context.own("qemu/init")?;
    let mut files = Vec::new();
    for entry in fs::read_dir(&dir)? {
        files.push(entry?.path());
    }
    files.retain(|path| path.extension().is_some_and(|ending| ending == "c" || ending == "h"));
    files.sort();
    let mut input = Vec::new();
    for source in &files {
        input.extend(fs::read(source)?);
    }
    Ok(Sources { files, word: sha256(&input)[..12].to_owned() })
}

/// The sources of init, and a word for them with the compiler that a kernel has.
pub(super) fn word(context: &Context, kernel: &KernelTree) -> Result<(Vec<PathBuf>, String)> {
    let Sources { files, word } = sources(context)?;
    let root = kernel.root.file_name().unwrap_or("host".as_ref()).to_string_lossy();
    Ok((files, format!("{word}-{root}")))
}

/// The guest's init, compiled once for each compiler.
pub(super) fn program(context: &Context, kernel: &KernelTree) -> Result<PathBuf> {
    let (sources, key) = word(context, kernel)?;
    let entry = context.cache.entry("init", &key, |out| {
        for source in &sources {
            fs::copy(source, out.join(source.file_name().unwrap_or_default()))?;
        }
        let names = sources.iter().filter(|path| path.extension().is_some_and(|ending| ending == "c"));
        let gcc = kbuild::compile(context, kernel, &[(out, Access::Write)])?
            .args(INIT_FLAGS)
            .args(names.map(|path| path.file_name().unwrap_or_default()))
            .args(["-o", "init"])
            .dir(out);
        let finished = gcc.output()?;
        ensure!(
            finished.how == How::Exited(0),
            "failed to compile the guest's init:\n{}",
            String::from_utf8_lossy(&finished.stderr)
        );
        Ok(())
    })?;
    Ok(entry.join("init"))
}

/// No libc: the program brings its own entry point and system calls (qemu/README.md has the same line for use by hand).
const INIT_FLAGS: &[&str] = &[
    "-std=gnu11",
    "-Os",
    "-static",
    "-nostdlib",
    "-ffreestanding",
    "-fno-stack-protector",
    "-fno-pie",
    "-no-pie",
    "-fno-tree-loop-distribute-patterns",
    "-fno-asynchronous-unwind-tables",
    "-Wl,--build-id=none",
];

/// Where the guest's init meets a debugger: the address of its function (qemu/init/debug.c).
pub(crate) fn gate(context: &Context, kernel: &KernelTree) -> Result<u64> {
    let init = program(context, kernel)?;
    let content = fs::read(&init)?;
    let elf = object::File::parse(&*content).with_context(|| format!("`{}` is no program", init.display()))?;
    let gate = elf.symbols().find(|symbol| symbol.name() == Ok(GATE)).map(|symbol| symbol.address());
    gate.with_context(|| format!("`{}` has no function `{GATE}`", init.display()))
}
