// SPDX-License-Identifier: MIT OR Apache-2.0
//! Modules that somebody else has built, such as those of a Nix package: they are taken as they are. Of the driver's folder
//! only what tests it is used.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use fs_err as fs;

use super::{Module, chosen, in_load_order, own_name};
use crate::driver::Driver;
use crate::kbuild::ModInfo;
use crate::kernel::KernelTree;

/// The driver's modules below a folder, dependencies first.
pub(super) fn modules(driver: &Driver, kernel: &KernelTree, place: &Path) -> Result<Vec<Module>> {
    let files = modules_below(place)?;
    ensure!(
        !files.is_empty(),
        "there is no module below `{}`\n\
         help: --built takes a folder such as a package's `lib/modules/{}`",
        place.display(),
        kernel.release
    );
    let all: Vec<Module> = files.into_iter().map(read).collect::<Result<_>>()?;
    let modules = chosen(driver, all, &format!("`{}` has", place.display()))?;
    let mut names = BTreeSet::new();
    for module in &modules {
        if let Some(of) = module.info.release().filter(|of| *of != kernel.release) {
            bail!(
                "`{}` was built for {of}, not for {}\n\
                 help: name the kernel that it was built for, or build it for this one",
                module.path.display(),
                kernel.release
            );
        }
        ensure!(
            names.insert(module.name.as_str()),
            "`{}` has the module `{}` more than once\nhelp: name the folder that has it once",
            place.display(),
            module.name
        );
    }
    Ok(in_load_order(modules))
}

fn read(path: PathBuf) -> Result<Module> {
    let info = ModInfo::read(&path)?;
    let name = info.name().map_or_else(|| own_name(&path), str::to_owned);
    Ok(Module { name, path, info })
}

/// The files of modules below a folder, compressed or not, in an order of their own. Folders that links lead to are not
/// looked at: a package's `build` is a whole kernel.
pub(crate) fn modules_below(place: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(place)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(modules_below(&entry.path())?);
        } else if is_module(&entry.file_name().to_string_lossy()) && entry.path().is_file() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn is_module(name: &str) -> bool {
    name.split_once(".ko").is_some_and(|(_, rest)| ["", ".xz", ".zst", ".gz"].contains(&rest))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn which_files_are_modules() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(dir.path().join("kernel/drivers")).expect("made");
        for name in ["b.ko", "kernel/drivers/a.ko.xz", "kernel/c.ko.zst", "d.ko.sig", "modules.order", "kernel/e.komm"]
        {
            fs::write(dir.path().join(name), "").expect("written");
        }
        symlink(dir.path(), dir.path().join("build")).expect("a link");
        symlink("b.ko", dir.path().join("same.ko")).expect("a link");
        symlink("gone.ko", dir.path().join("nothing.ko")).expect("a link");
        let found = modules_below(dir.path()).expect("read");
        let found: Vec<_> = found.iter().map(|path| path.strip_prefix(dir.path()).expect("below").to_owned()).collect();
        let expected = ["b.ko", "kernel/c.ko.zst", "kernel/drivers/a.ko.xz", "same.ko"];
        assert_eq!(found, expected.map(PathBuf::from));
    }
}
