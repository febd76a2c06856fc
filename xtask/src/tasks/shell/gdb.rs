// SPDX-License-Identifier: MIT OR Apache-2.0
//! gdb for a machine: the program, and a script that shows it where the driver's modules are.

use std::collections::BTreeMap;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use fs_err as fs;
use serde::Serialize;
use tempfile::TempDir;

use crate::cmd::Cmd;
use crate::compress;
use crate::context::Context;
use crate::driver::Driver;
use crate::guest;
use crate::kbuild::Module;
use crate::kernel::KernelTree;
use crate::toolchain::enter::Access;
use crate::toolchain::{GDB, Way, on_path};
use crate::vm::Gdb;

/// What gdb does by itself.
const SCRIPT: &str = include_str!("gdb.py");

/// In the run's folder: the script, and the modules as they were loaded.
const FOLDER: &str = "gdb";

/// To say whether it has Python.
const TO_ANSWER: Duration = Duration::from_secs(20);

/// What the script works with.
#[derive(Debug, Serialize)]
struct Data<'a> {
    socket: &'a Path,
    /// Where the guest's init tells what it knows of the kernel.
    gate: u64,
    /// The driver's, by their names.
    modules: BTreeMap<&'a str, PathBuf>,
    /// The kernel's file with its symbols; empty without one.
    kernel: &'a Path,
}

impl Data<'_> {
    fn script(&self) -> Result<String> {
        // A text or a number of JSON is one of Python, and there is nothing else in it.
        Ok(format!("DATA = {}\n{SCRIPT}", serde_json::to_string(self)?))
    }
}

/// gdb, ready to be started with the machine, and the folder of its socket, which must be there until it has ended.
pub(super) fn prepare(
    context: &Context,
    (driver, kernel): (&Driver, &KernelTree),
    modules: &[Module],
    symbols: Option<&Path>,
    dir: &Path,
) -> Result<(Gdb, TempDir)> {
    let folder = dir.join(FOLDER);
    fs::create_dir(&folder)?;
    let mut files = BTreeMap::new();
    for module in modules {
        let file = folder.join(format!("{}.ko", module.name));
        fs::write(&file, unplaced(compress::read_module(&module.path)?))?;
        files.insert(module.name.as_str(), file);
    }
    // The path of a socket has at most 107 bytes (unix(7)), and that of a run may have more.
    let place = tempfile::Builder::new().prefix("gdb-").tempdir().context("failed to make a folder for a socket")?;
    let path = place.path().join("socket");
    let socket =
        UnixListener::bind(&path).with_context(|| format!("failed to make the socket `{}`", path.display()))?;
    let data = Data {
        socket: &path,
        gate: guest::gate(context, kernel)?,
        modules: files,
        kernel: symbols.unwrap_or(Path::new("")),
    };
    let script = folder.join("start.py");
    fs::write(&script, data.script()?)?;
    let mut shown = vec![(place.path(), Access::Write), (dir, Access::Read)];
    if !modules.is_empty() {
        // A folder that is shown hides what is shown below it before.
        shown.insert(0, (&driver.dir, Access::Read));
    }
    shown.extend(symbols.map(|file| (file, Access::Read)));
    let command = program(context, &shown)?.arg("-q").arg("-x").arg(script);
    let command = command.dir(if modules.is_empty() { dir } else { &driver.dir });
    Ok((Gdb { command, socket }, place))
}

/// The module with no section at an address. Where one has some, as newer linkers leave it, gdb takes them all for addresses, and the lines
/// of its functions would be somewhere else (default_symfile_offsets of gdb/symfile.c).
fn unplaced(mut elf: Vec<u8>) -> Vec<u8> {
    // Elf64_Ehdr and Elf64_Shdr of elf(5): e_shoff, e_shentsize and e_shnum, and sh_addr.
    let number = |elf: &[u8], at: usize, size: usize| {
        let bytes = elf.get(at..at + size)?;
        Some(bytes.iter().rev().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte)))
    };
    let header = [(0x28, 8), (0x3a, 2), (0x3c, 2)].map(|(at, size)| number(&elf, at, size).unwrap_or(0));
    let [table, size, count] = header;
    for section in 0..count {
        let address = table.saturating_add(section * size).saturating_add(0x10);
        if let Some(bytes) = elf.get_mut(address..address.saturating_add(8)) {
            bytes.fill(0);
        }
    }
    elf
}

/// The host's gdb, which has the person's settings, if it can be used; else one of ours.
fn program(context: &Context, shown: &[(&Path, Access)]) -> Result<Cmd> {
    let own = on_path(GDB).map(Cmd::new);
    if let Some(gdb) = own.filter(has_python) {
        return Ok(gdb);
    }
    let way = context.way()?;
    let root = if way == Way::Host { PathBuf::new() } else { context.tools()?.gdb_root()? };
    let term = std::env::var("TERM").unwrap_or_else(|_| "dumb".to_owned());
    Ok(way.gdb(&root, &context.cache, shown)?.env("TERM", term))
}

fn has_python(gdb: &Cmd) -> bool {
    let asked = gdb.clone().args(["-nx", "-batch", "-ex", "python print(6 * 7)"]).deadline(TO_ANSWER);
    asked.output().is_ok_and(|finished| finished.stdout == b"42\n")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn data() {
        let modules = [("b", "/r/gdb/b.ko".into()), ("a", "/r/\"g\\db/a.ko".into())].into_iter().collect();
        let (socket, kernel) = (Path::new("/tmp/gdb-ä/socket"), Path::new(""));
        let script = Data { socket, gate: 0x40_1269, modules, kernel }.script().expect("a script");
        let data = script.strip_suffix(SCRIPT).expect("the script");
        expect![[r#"
            DATA = {"socket":"/tmp/gdb-ä/socket","gate":4199017,"modules":{"a":"/r/\"g\\db/a.ko","b":"/r/gdb/b.ko"},"kernel":""}
        "#]].assert_eq(data);
    }
}
