// SPDX-License-Identifier: MIT OR Apache-2.0
//! The source that a kernel was built from: the tree itself, if the person built it there; else the package of sources that the
//! archive made together with the kernel. It is unpacked whole, once for each kernel: what a module is made of is known to make
//! alone, and half a minute and 1.3 GB are a fair price for never guessing it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use crate::context::Context;
use crate::debian::{Archive, Package, Place};
use crate::fetch::NotFound;
use crate::kernel::{KernelTree, Origin, Tools};
use crate::report::Unit;

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) dir: PathBuf,
    /// A word for it: another source has another.
    pub(super) word: String,
}

/// What the entry in the cache has.
const TREE: &str = "tree";

impl Source {
    /// The source of a kernel, fetched if need be.
    pub(super) fn of(context: &Context, kernel: &KernelTree) -> Result<Self> {
        match &kernel.tools {
            Tools::Root => Self::of_archive(context, kernel),
            Tools::Host => Self::of_tree(kernel),
            Tools::Nix(_) => bail!(
                "the source of {} is not at hand: Nix keeps of it what modules outside of the tree need\n\
                 help: nix/kernel/in-tree.nix builds a module of its tree; docs/nix-in-tree.md says how",
                kernel.release
            ),
        }
    }

    /// A tree that somebody built, or its `O=` folder, which leads to the source.
    fn of_tree(kernel: &KernelTree) -> Result<Self> {
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
        Ok(Self { word: format!("{} at {now}", dir.display()), dir })
    }

    fn of_archive(context: &Context, kernel: &KernelTree) -> Result<Self> {
        let Origin { archive, suite, version, series } = Origin::of(kernel)?;
        let name = format!("linux-source-{series}");
        let word = format!("{archive}-{name}_{}-whole", version.replace([':', '~'], "_"));
        let dir = context.cache.entry("sources", &word, |dir| {
            let archive = context.archive_kernels(&archive)?.archive;
            let package = package(&archive, kernel, &suite, &name, &version)?;
            fill(context, &archive, &package, dir)
        })?;
        Ok(Self { dir: dir.join(TREE), word })
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
        newer(name)
    )
}

fn newer(name: &str) -> String {
    let series = name.trim_start_matches("linux-source-").replace('.', "_");
    format!("help: `cargo xtask kernels fetch {series}` fetches the series' newest kernel, whose source is there")
}

/// Where a package of sources has them.
fn tar_of(package: &str) -> PathBuf {
    Path::new("usr/src").join(format!("{package}.tar.xz"))
}

fn fill(context: &Context, archive: &Archive, package: &Package, dir: &Path) -> Result<()> {
    let Package { name, version, .. } = package;
    let what = format!("the source of linux {version}");
    let packed = dir.join("package");
    fs::create_dir(&packed)?;
    match archive.unpack(&what, &[package], &packed) {
        Err(err) if err.chain().any(|it| it.is::<NotFound>()) => {
            let gone = format!("the archive lists `{name}` {version}, but has it no more\n{}", newer(name));
            return Err(err.context(gone));
        }
        unpacked => unpacked.with_context(|| format!("failed to get {what}"))?,
    }
    let tar = packed.join(tar_of(name));
    ensure!(tar.is_file(), "the package `{name}` has no `{}`", tar_of(name).display());
    let _progress = context.events.progress(format!("unpacking {what}"), 0, Unit::Things);
    unpack(&tar, &dir.join(TREE))?;
    Ok(fs::remove_dir_all(&packed)?)
}

/// Unpacks what lies in the one folder that all of a tar archive lies in.
fn unpack(tar: &Path, into: &Path) -> Result<()> {
    let what = || format!("failed to unpack `{}`", tar.display());
    let scratch = into.with_added_extension("unpacked");
    fs::create_dir(&scratch)?;
    let place = |path: &Path| if is_left_out(&below_top(path)) { Place::Package } else { Place::Folder };
    Archive::unpack_tar(tar, &scratch, &place).with_context(what)?;
    let mut tops: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(&scratch)? {
        tops.push(entry?.path());
    }
    let [top] = &tops[..] else { bail!("{}: its files do not lie in one folder", what()) };
    fs::rename(top, into)?;
    Ok(fs::remove_dir(&scratch)?)
}

/// Without the one folder that all lies in.
fn below_top(path: &Path) -> PathBuf {
    path.components().skip(1).collect()
}

/// What no module is built from: documentation, and other machines' folders.
pub(super) fn is_left_out(path: &Path) -> bool {
    let mut parts = path.iter().map(|part| part.to_str().unwrap_or_default());
    match (parts.next(), parts.next()) {
        (Some("Documentation"), _) => true,
        // There are also files for all of them: arch/Kconfig.
        (Some("arch"), Some(arch)) => parts.next().is_some() && arch != "x86",
        _ => false,
    }
}
