// SPDX-License-Identifier: MIT OR Apache-2.0
//! Static programs for the guest, by the kernel's own compiler.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use fs_err as fs;

use super::make::DEADLINE;
use super::{Build, stage};
use crate::cmd::{Cmd, How};
use crate::context::Context;
use crate::fetch::sha256;
use crate::kernel::KernelTree;
use crate::toolchain::enter::Access;

/// In `qemu/bench`: what a program calls the guest's bench by.
pub(crate) const BENCH_HEADER: &str = "bench.h";

/// Where such a program's headers are, below the driver's folder.
pub(super) const INCLUDES: &[&str] = &["", "include", "include/uapi"];

/// Compiles a C file of the driver's folder into a static program for the guest.
pub fn guest_program(context: &Context, kernel: &KernelTree, build: &Build, source: &Path) -> Result<PathBuf> {
    let path = build.stage.join(source);
    ensure!(path.is_file(), "there is no `{}` in the driver's folder", source.display());
    let mut inputs = vec![kernel.root.to_string_lossy().into_owned().into_bytes(), fs::read(&path)?];
    for header in stage::headers(&build.stage)? {
        inputs.push(fs::read(header)?);
    }
    let bench = context.own("qemu/bench")?;
    inputs.push(fs::read(bench.join(BENCH_HEADER))?);
    // What a program says of its own lines is then `file.c:12`, as driver.toml names it.
    let names = format!("-fmacro-prefix-map={}/=", build.stage.display());
    inputs.push(names.clone().into_bytes());
    let dir = build.stage.parent().context("the copy of the sources lies in a build folder")?.join("programs");
    fs::create_dir_all(&dir)?;
    let stem = source.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let program = dir.join(format!("{stem}-{}", &sha256(&inputs.concat())[..16]));
    if program.exists() {
        return Ok(program);
    }
    let includes = INCLUDES.iter().map(|sub| format!("-I{}", build.stage.join(sub).display()));
    let partial = dir.join(format!("{stem}.partial"));
    let shown = [(build.stage.as_path(), Access::Read), (&dir, Access::Write), (&bench, Access::Read)];
    compile(context, kernel, &shown)?
        .args(["-static", "-pthread", "-O2", "-g0", "-Wall", "-o"])
        .arg(&partial)
        .args(includes.chain([format!("-I{}", bench.display())]))
        .args([names.as_ref(), path.as_os_str()])
        .output()
        .and_then(|finished| {
            ensure!(
                finished.how == How::Exited(0),
                "the compiler refused it:\n{}",
                String::from_utf8_lossy(&finished.stderr).replace(&format!("{}/", build.stage.display()), "")
            );
            Ok(())
        })
        .with_context(|| format!("failed to compile the test program `{}`", source.display()))?;
    fs::rename(&partial, &program)?;
    Ok(program)
}

/// The kernel's compiler, for programs; what is `shown` is all that it sees besides its own root.
pub fn compile(context: &Context, kernel: &KernelTree, shown: &[(&Path, Access)]) -> Result<Cmd> {
    Ok(context.way()?.guest_compiler(kernel, &context.cache, shown)?.deadline(DEADLINE))
}
