// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who has the symbols that the kernel's loader named in a run: looked up when the run is over, and left in its folder, so that
//! judging it again needs no kernel.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use fs_err as fs;
use object::{Object as _, ObjectSection as _};

use super::shelf::{Known, Shelf};
use super::symvers::{Symvers, module_name};
use crate::cache::Cache;
use crate::compress;
use crate::judge::{Export, Exports, Transcript, symbols};
use crate::kernel::KernelTree;

/// Writes `exports.json` into a run's folder, if the console names any symbol that was not found.
pub(crate) fn note(kernel: &KernelTree, cache: &Cache, modules: &[PathBuf], dir: &Path) -> Result<()> {
    let console = fs::read(dir.join(Transcript::CONSOLE)).unwrap_or_default();
    let names = symbols(&String::from_utf8_lossy(&console));
    if names.is_empty() {
        return Ok(());
    }
    let Some(shelf) = Shelf::new(kernel, cache) else { return Ok(()) };
    let exports = look_up(&shelf, &names, &versions(modules));
    fs::write(dir.join(Transcript::EXPORTS), serde_json::to_string_pretty(&exports)?)?;
    Ok(())
}

fn look_up(shelf: &Shelf, names: &[String], wants: &BTreeMap<String, u32>) -> Exports {
    let all: Vec<(&Known, Symvers)> =
        shelf.kernels.iter().filter_map(|known| Some((known, Symvers::read(&known.symvers())?))).collect();
    let mut exports = Exports::default();
    for name in names {
        let mut found = Export { wants: wants.get(name).copied(), ..Export::default() };
        for (known, symvers) in &all {
            let Some(export) = symvers.get(name) else {
                found.others.push(known.label.clone());
                continue;
            };
            found.kernels.push(known.label.clone());
            if found.wants == Some(export.crc) {
                found.wanted.push(known.label.clone());
            }
            if known.release == shelf.own().release {
                found.by = Some(module_name(&export.module));
                found.gpl = export.gpl;
                found.crc = Some(export.crc);
            }
        }
        exports.0.insert(name.clone(), found);
    }
    exports
}

/// The versions of symbols that modules were built for: `struct modversion_info` of include/linux/module.h, on 64-bit machines
/// 8 bytes of the version and 56 of the name. Of several for one name the kernel takes the first (check_version()). What can't be read
/// has none.
fn versions(modules: &[PathBuf]) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    for bytes in modules.iter().filter_map(|path| compress::read_module(path).ok()) {
        let Ok(file) = object::File::parse(&*bytes) else { continue };
        let data = file.section_by_name("__versions").and_then(|section| section.data().ok().map(<[u8]>::to_vec));
        for entry in data.unwrap_or_default().as_chunks::<64>().0 {
            let crc = u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]);
            let name = entry[8..].split(|byte| *byte == 0).next().unwrap_or_default();
            found.entry(String::from_utf8_lossy(name).into_owned()).or_insert(crc);
        }
    }
    found
}
