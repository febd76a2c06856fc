// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kernel's tree out of the packages of an archive: they are unpacked into the cache at the paths they are packaged with.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use fs_err as fs;

use super::catalog::Candidate;
use super::image::unpack_vmlinux;
use super::origin::Origin;
use super::store;
use super::tree::{KernelTree, Record};
use crate::cache::Cache;
use crate::debian::{Archive, Package, Suite};
use crate::toolchain::{Root, Tools};

/// Everything that a kernel is made of.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// The archive that it comes from, by its name.
    pub archive: String,
    /// What `uname -r` says.
    pub release: String,
    /// The distribution's version.
    pub version: String,
    /// Where it comes from, for people: `Debian bookworm-security 6.1.192-2`.
    pub origin: String,
    pub packages: Vec<Package>,
    pub tools: ToolRecipe,
}

/// What a kernel's modules are built with.
#[derive(Debug, Clone)]
pub enum ToolRecipe {
    /// The newest that a suite has.
    Newest {
        suite: Arc<Suite>,
        /// `gcc-12`; none if only the kernel's configuration says.
        compiler: Option<String>,
        /// The packages that the kernel's own build tools need.
        further: Vec<String>,
    },
    /// These very packages.
    Locked(Root),
}

impl Recipe {
    pub(super) fn of(candidate: &Candidate<'_>, tools: Arc<Suite>) -> Self {
        let suite = &candidate.headers.suite;
        Self {
            archive: suite.archive.clone(),
            release: candidate.release.to_owned(),
            version: candidate.version().to_owned(),
            origin: Origin::said(&suite.archive, &suite.name, candidate.version()),
            packages: candidate.packages().cloned().collect(),
            tools: ToolRecipe::Newest {
                compiler: compiler_of(candidate),
                further: tool_dependencies(candidate, tools.archive != suite.archive),
                suite: tools,
            },
        }
    }

    /// The kernel's name in the cache.
    pub(super) fn key(&self) -> String {
        key(&self.archive, &self.release, &self.version)
    }

    /// The name of the package with its image, by which one way of packing is told from another.
    pub(super) fn image(&self) -> &str {
        self.packages.get(1).map_or(&self.release, |package| &package.name)
    }

    /// Fetches and unpacks what of it is not there, and gives its key in the cache.
    pub(super) fn make(&self, archive: &Archive, tools: &Tools, cache: &Cache) -> Result<String> {
        let key = self.key();
        let dir = cache.entry("kernels", &key, |dir| self.fill(dir, archive, tools, cache))?;
        let record = Record::read(&dir)?;
        // An entry may have been made for other tools than those that a lock pins, and any tools may have been pruned since.
        let is_locked = matches!(self.tools, ToolRecipe::Locked(_));
        if is_locked || !cache.path("roots", &record.root).exists() {
            let (root, _compiler) = self.tool_root(tools, || Ok(record.compiler.clone()))?;
            if !is_locked {
                cache.write(&dir.join(Record::FILE), &Record { root, ..record }.json()?)?;
            }
        }
        Ok(key)
    }

    fn fill(&self, dir: &Path, archive: &Archive, tools: &Tools, cache: &Cache) -> Result<()> {
        let packages: Vec<&Package> = self.packages.iter().collect();
        let kept = archive.unpack_but(&format!("the kernel {}", self.release), &packages, dir, store::place)?;
        store::write_index(dir, &kept)?;
        let release = &self.release;
        let kdir = PathBuf::from("usr/src").join(format!("linux-headers-{release}"));
        make_relocatable(&dir.join(&kdir))?;
        let (root, compiler) = self.tool_root(tools, || compiler_of_config(&dir.join(&kdir)))?;
        let (image, bz_image) = images(dir, release)?;
        let record = Record {
            release: release.clone(),
            origin: self.origin.clone(),
            image,
            bz_image: Some(bz_image),
            modules: PathBuf::from(store::INDEX),
            config: find(dir, release, &["boot/config-REL", "usr/lib/modules/REL/config"])?,
            compiler,
            root: root.clone(),
            kdir,
        };
        fs::write(dir.join(Record::FILE), record.json()?)?;
        KernelTree::check(dir.to_owned(), record, cache.path("roots", &root)).map(drop)
    }

    /// The key of the tool root and the compiler in it; the root is fetched if need be. `asked` says the compiler when nothing
    /// else does.
    fn tool_root(&self, tools: &Tools, asked: impl FnOnce() -> Result<String>) -> Result<(String, String)> {
        let what = || format!("failed to get the tools that build for {}", self.release);
        match &self.tools {
            ToolRecipe::Locked(root) => {
                tools.make_root_for_builds(root).with_context(what)?;
                Ok((root.key.clone(), root.compiler.clone()))
            }
            ToolRecipe::Newest { suite, compiler, further } => {
                let compiler = compiler.clone().map_or_else(asked, Ok)?;
                if let Some(key) = tools.known_root(suite, &compiler, further)? {
                    return Ok((key, compiler));
                }
                let root = tools.root_for_builds(suite, &compiler, further).with_context(what)?;
                tools.make_root_for_builds(&root).with_context(what)?;
                tools.remember_root(suite, &compiler, further, &root.key)?;
                Ok((root.key, compiler))
            }
        }
    }
}

/// A kernel's name in the cache. Kernels of other archives may have the names of Debian's.
pub(super) fn key(archive: &str, release: &str, version: &str) -> String {
    let prefix = if archive == crate::debian::DEBIAN { String::new() } else { format!("{archive}_") };
    format!("{prefix}{release}_{}", version.replace([':', '~'], "_"))
}

/// `gcc-12`, from what the headers depend on: `linux-compiler-gcc-12-x86`, `gcc-14-for-host`.
fn compiler_of(candidate: &Candidate<'_>) -> Option<String> {
    let version = candidate.headers.dependencies().flatten().find_map(|name| {
        let version = name.split_once("gcc-")?.1;
        let end = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
        (end > 0).then(|| version[..end].to_owned())
    });
    version.map(|version| format!("gcc-{version}"))
}

/// `gcc-13`, from the compiler that the kernel was configured with: `CONFIG_GCC_VERSION=130300` (scripts/cc-version.sh).
fn compiler_of_config(kdir: &Path) -> Result<String> {
    let path = kdir.join("include/config/auto.conf");
    let config = fs::read_to_string(&path)?;
    let value = config.lines().find_map(|line| line.strip_prefix("CONFIG_GCC_VERSION="));
    let version = value.and_then(|value| value.parse::<u32>().ok()).filter(|version| *version > 0);
    let version = version.with_context(|| format!("`{}` names no version of gcc", path.display()))?;
    Ok(format!("gcc-{}", version / 10_000))
}

/// The packages that the kernel's own build tools need: all but the kernel's. In another archive, older than the renaming
/// of libraries for 64-bit times (<https://wiki.debian.org/ReleaseGoals/64bit-time>), they may have their old names.
fn tool_dependencies(candidate: &Candidate<'_>, elsewhere: bool) -> Vec<String> {
    let build = candidate.build.iter().copied();
    // Where the tools come with the headers themselves, so do their needs.
    let with_tools: Vec<&Package> = if candidate.build.len() < 2 { vec![candidate.headers] } else { build.collect() };
    let needs = with_tools.iter().flat_map(|package| package.dependencies());
    let names = needs.filter_map(|choice| choice.first().copied()).filter(|name| !name.starts_with("linux-"));
    let here = |name: &str| if elsewhere { name.trim_end_matches("t64").to_owned() } else { name.to_owned() };
    names.map(here).collect()
}

fn find(dir: &Path, release: &str, places: &[&str]) -> Result<PathBuf> {
    let places: Vec<PathBuf> = places.iter().map(|place| PathBuf::from(place.replace("REL", release))).collect();
    let found = places.iter().find(|place| dir.join(place).exists());
    found.cloned().with_context(|| format!("its packages have none of {places:?}"))
}

/// Puts the vmlinux beside the bzImage and gives the paths of both; the bzImage's twice if it is compressed in an unknown way.
fn images(dir: &Path, release: &str) -> Result<(PathBuf, PathBuf)> {
    let places = [
        "boot/vmlinuz-REL",
        "usr/lib/modules/REL/vmlinuz",
        "usr/lib/modules/REL/vmlinuz.unsigned",
        "boot/vmlinuz-REL.unsigned",
    ];
    let bz_image = find(dir, release, &places)?;
    match unpack_vmlinux(&fs::read(dir.join(&bz_image))?) {
        Ok(vmlinux) => {
            fs::write(dir.join("vmlinux"), vmlinux)?;
            Ok((PathBuf::from("vmlinux"), bz_image))
        }
        Err(_) => Ok((bz_image.clone(), bz_image)),
    }
}

/// The one line of the headers' Makefile that names an absolute path is made relative to the Makefile itself,
/// so that `make -C KDIR` works wherever the folder lies.
fn make_relocatable(kdir: &Path) -> Result<()> {
    let path = kdir.join("Makefile");
    let text = fs::read_to_string(&path)?;
    let here = "$(patsubst %/,%,$(dir $(realpath $(lastword $(MAKEFILE_LIST)))))";
    // Ubuntu's and Proxmox' are the kernel's own.
    if text.contains("include /usr/src/") {
        let relocated = text.replace("/usr/src/", "$(workbench-kdir)/../");
        fs::write(&path, format!("workbench-kdir := {here}\n{}\n", relocated.trim_end()))?;
    }
    // Links to /usr/src or /usr/lib would lead out of the tree.
    for name in ["scripts", "tools"] {
        let link = kdir.join(name);
        let Ok(target) = fs::read_link(&link) else { continue };
        if let Ok(inside) = target.strip_prefix("/") {
            fs::remove_file(&link)?;
            symlink(Path::new("../../..").join(inside), &link)
                .with_context(|| format!("failed to link `{}`", link.display()))?;
        }
    }
    Ok(())
}
