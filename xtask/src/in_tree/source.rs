// SPDX-License-Identifier: MIT OR Apache-2.0
//! The source that a kernel was built from: the tree itself, if the person built it there; else the package of sources that the
//! archive made together with the kernel.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use fs_err as fs;

use crate::context::Context;
use crate::debian::{Archive, Package};
use crate::kernel::{Arch, KernelTree, Origin, Tools};
use crate::linux_source;

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) dir: PathBuf,
    /// A word for it: another source has another.
    pub(super) word: String,
    /// The kernel's processor.
    pub(super) arch: Arch,
}

impl Source {
    /// The source of a kernel, fetched if need be.
    pub(super) fn of(context: &Context, kernel: &KernelTree) -> Result<Self> {
        let arch = Arch::of(&fs::read_to_string(&kernel.config)?);
        match &kernel.tools {
            Tools::Root => Self::of_archive(context, kernel, arch),
            Tools::Host => Self::of_tree(kernel, arch),
            Tools::Nix(_) => bail!(
                "the source of {} is not at hand: Nix keeps of it what modules outside of the tree need\n\
                 help: nix/kernel/in-tree.nix builds a module of its tree; docs/nix-in-tree.md says how",
                kernel.release
            ),
        }
    }

    /// A tree that somebody built, or its `O=` folder, which leads to the source.
    fn of_tree(kernel: &KernelTree, arch: Arch) -> Result<Self> {
        let places = [kernel.kdir.join("source"), kernel.kdir.clone()];
        let is_source = |dir: &&PathBuf| dir.join("drivers/Makefile").is_file() && dir.join("init/main.c").is_file();
        let Some(dir) = places.iter().find(is_source) else {
            bail!(
                "`{}` has no source: it is headers alone\n\
                 help: name the folder that the kernel was built in; if it is Debian's kernel, name it by its release, \
                 `--kernel {}`: then the archive's source is taken",
                kernel.kdir.display(),
                kernel.release
            );
        };
        let dir = fs::canonicalize(dir)?;
        // Any file of it may have changed since; make knows which.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_nanos();
        Ok(Self { word: format!("{} at {now}", dir.display()), dir, arch })
    }

    fn of_archive(context: &Context, kernel: &KernelTree, arch: Arch) -> Result<Self> {
        let Origin { archive, suite, version, series } = Origin::of(kernel)?;
        let name = format!("linux-source-{series}");
        let word = linux_source::word(&archive, &name, &version, arch);
        let dir = linux_source::unpacked(context, &word, arch, || {
            let archive = context.archive_kernels(&archive)?.archive;
            let package = package(&archive, kernel, &suite, &name, &version)?;
            Ok((archive, package))
        })?;
        Ok(Self { dir, word, arch })
    }

    /// Whether it has a file, or a folder.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.dir.join(path).exists()
    }

    pub(super) fn has_folder(&self, path: &Path) -> bool {
        self.dir.join(path).is_dir()
    }

    /// A file, if it has it.
    pub(super) fn read(&self, path: &Path) -> Option<Vec<u8>> {
        fs::read(self.dir.join(path)).ok()
    }
}

/// The package of sources of exactly the kernel's version.
fn package(archive: &Archive, kernel: &KernelTree, suite: &str, name: &str, version: &str) -> Result<Package> {
    let index = archive.kernel_index(archive.suite(suite)?)?;
    if let Some(package) = index.exact(name, version) {
        return Ok(package.clone());
    }
    let others = index.starting_with(name).filter(|package| package.name == name);
    let others: Vec<&str> = others.map(|package| package.version.as_str()).collect();
    let has = if others.is_empty() { "none".to_owned() } else { format!("only {}", others.join(", ")) };
    bail!(
        "the suite `{suite}` has no `{name}` of the version {version}, which {} is of; it has {has}\n{}",
        kernel.release,
        linux_source::newer(name)
    )
}
