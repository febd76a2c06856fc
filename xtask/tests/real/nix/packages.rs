// SPDX-License-Identifier: MIT OR Apache-2.0
//! Packages of modules, built in the sandbox for Debian's kernels.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use libtest_mimic::Trial;
use xtask::kbuild::ModInfo;

use super::{Nix, Shared};

pub(super) fn trials(shared: &Shared) -> Vec<Trial> {
    vec![shared.trial("foobar", foobar)]
}

/// The teaching driver, packaged by hand as nixpkgs packages modules, for an old kernel and a new one, whose modules are compressed.
fn foobar(nix: &Nix) -> Result<()> {
    let expression = |kernel: &str| {
        format!(
            "(import <nixpkgs> {{
               config = {{ }};
               overlays = [
                 (import (root + \"/nix/overlay.nix\") {{
                   extension = import (root + \"/nix/extension.nix\") {{ directory = root + \"/tests/nix/packages\"; }};
                 }})
               ];
             }}).linuxPackages_{kernel}.foobar"
        )
    };
    for kernel in ["5_10", "7_3"] {
        let release = &nix.kernel(&format!("linux_{kernel}"))?.release;
        let built = nix.build(&expression(kernel))?;
        let [out] = built.as_slice() else { bail!("not one folder, but {built:?}") };
        let modules = modules(out)?;
        let [module] = modules.as_slice() else { bail!("not one module, but {modules:?}") };
        let folder = out.join("lib/modules").join(release);
        ensure!(module.starts_with(&folder), "`{}` is not in `{}`", module.display(), folder.display());
        let info = ModInfo::parse(&content(module)?)?;
        ensure!(info.name() == Some("foobar"), "{}: it is {:?}", module.display(), info.name());
        ensure!(info.release() == Some(release), "{}: it is for {:?}", module.display(), info.release());
        let closure = nix.closure(out)?;
        ensure!(closure == [out.display().to_string()], "{kernel}: it keeps others alive: {closure:#?}");
    }
    Ok(())
}

/// The modules below a folder.
pub(crate) fn modules(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.to_string_lossy();
        if path.is_dir() {
            found.extend(modules(&path)?);
        } else if name.ends_with(".ko") || name.ends_with(".ko.xz") {
            found.push(path);
        }
    }
    Ok(found)
}

/// A module as the kernel gets it.
pub(crate) fn content(module: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(module)?;
    if module.extension().is_none_or(|ending| ending != "xz") {
        return Ok(bytes);
    }
    let mut content = Vec::new();
    lzma_rust2::XzReader::new(bytes.as_slice(), true).read_to_end(&mut content)?;
    Ok(content)
}
