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

/// The versions of symbols that modules were built for. What can't be read has none.
fn versions(modules: &[PathBuf]) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    for bytes in modules.iter().filter_map(|path| compress::read_module(path).ok()) {
        let Ok(file) = object::File::parse(&*bytes) else { continue };
        let section = |name| file.section_by_name(name).and_then(|section| section.data().ok()).unwrap_or_default();
        let (crcs, names) = (section("__version_ext_crcs"), section("__version_ext_names"));
        let versions = if crcs.is_empty() { plain(section("__versions")) } else { extended(crcs, names) };
        for (name, crc) in versions {
            // Of several for one name the kernel takes the first (kernel/module/version.c, check_version()).
            found.entry(name).or_insert(crc);
        }
    }
    found
}

/// `struct modversion_info` of include/linux/module.h: on 64-bit machines 8 bytes of the version and 56 of the name.
fn plain(versions: &[u8]) -> Vec<(String, u32)> {
    let entries = versions.as_chunks::<64>().0.iter();
    let parts = entries.filter_map(|entry| entry.split_first_chunk::<4>());
    let name = |rest: &[u8]| text(rest[4..].split(|byte| *byte == 0).next().unwrap_or_default());
    parts.map(|(crc, rest)| (name(rest), u32::from_le_bytes(*crc))).collect()
}

/// CONFIG_EXTENDED_MODVERSIONS, since 6.14: a list of versions and one of names that end with a zero byte each. Where it is there the
/// kernel looks at nothing else (kernel/module/version.c).
fn extended(crcs: &[u8], names: &[u8]) -> Vec<(String, u32)> {
    let crcs = crcs.as_chunks::<4>().0.iter().map(|crc| u32::from_le_bytes(*crc));
    names.split(|byte| *byte == 0).map(text).zip(crcs).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: Vec<(String, u32)>, expected: &[(&str, u32)]) {
        let found: Vec<(&str, u32)> = found.iter().map(|(name, crc)| (name.as_str(), *crc)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn sections() {
        let entry = |name: &[u8], crc: u32| {
            let mut entry = [0; 64];
            entry[..4].copy_from_slice(&crc.to_le_bytes());
            entry[8..8 + name.len()].copy_from_slice(name);
            entry
        };
        check(
            plain(&[entry(b"one", 1), entry(&[b'x'; 56], 0xffff_ffff)].concat()),
            &[("one", 1), (&"x".repeat(56), u32::MAX)],
        );
        check(plain(&[1; 63]), &[]);
        check(
            extended(&[1, 0, 0, 0, 2, 0, 0, 1], b"one\0a_longer_one\0"),
            &[("one", 1), ("a_longer_one", 0x0100_0002)],
        );
        check(extended(&[1, 0, 0, 0, 2, 0, 0], b"one\0two"), &[("one", 1)]);
        check(extended(&[1, 0, 0, 0], b""), &[("", 1)]);
    }
}
