// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kernel that has been found and checked: nothing downstream asks again whether its parts are there.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use fs_err as fs;
use serde::{Deserialize, Serialize};

use crate::cache::Cache;

/// The tool root of a kernel that has none, where the host's tools were asked for.
pub const HOST_ROOT: &str = "/";

/// Everything that is needed to build a module for a kernel and to boot that very kernel.
#[derive(Debug, Clone)]
pub struct KernelTree {
    /// What `uname -r` says in it; modules carry it in their vermagic.
    pub release: String,
    /// Where it came from, for people: `Debian bookworm-security 6.1.192-2`.
    pub origin: String,
    /// For `make -C`.
    pub kdir: PathBuf,
    /// What QEMU boots: an uncompressed vmlinux where there is one, else a bzImage. Headers alone have none.
    pub image: Option<PathBuf>,
    /// The bzImage, which a machine that sleeps has to be started from: QEMU puts a vmlinux into memory again at every reset, and
    /// waking up is one. Not there for headers alone, nor for a kernel that the cache has from before it kept those.
    pub bz_image: Option<PathBuf>,
    /// The kernel's own modules: a folder below which they lie, such as `lib/modules/RELEASE`; or the index of those that are
    /// still in the packages they came in, `modules.index` in `dir`.
    pub modules: PathBuf,
    /// The kernel's configuration.
    pub config: PathBuf,
    /// What modules are built with.
    pub tools: Tools,
    /// The compiler in the tool root, as a program's name: `gcc-12`.
    pub compiler: String,
    /// The tool root: programs for the guest are compiled in it, and modules if `tools` says so; a folder with `usr` and `etc`.
    pub root: PathBuf,
    /// The folder in which all of the above but the root lies.
    pub dir: PathBuf,
}

/// What the modules for a kernel are built with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tools {
    /// The tool root's compiler and make, wherever namespaces are allowed.
    Root,
    /// The host's, which have built the kernel itself.
    Host,
    /// Those that came with the kernel, from Nix's store: run as they are, since they bring all that they need.
    Nix(Toolchain),
}

/// Programs of Nix's store, and how Kbuild is told to use them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// The folders of the programs.
    pub path: Vec<PathBuf>,
    /// Words for make: `CC=…`.
    pub make_flags: Vec<String>,
}

/// `kernel.json` in a kernel's folder: paths relative to it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Record {
    pub release: String,
    pub origin: String,
    pub kdir: PathBuf,
    pub image: PathBuf,
    pub bz_image: Option<PathBuf>,
    pub modules: PathBuf,
    pub config: PathBuf,
    pub compiler: String,
    /// The tool root's key in the cache.
    pub root: String,
}

impl Record {
    pub const FILE: &str = "kernel.json";

    pub fn read(dir: &Path) -> Result<Self> {
        let path = dir.join(Self::FILE);
        let text = fs::read_to_string(&path)?;
        serde_json::from_str(&text).with_context(|| format!("failed to understand `{}`", path.display()))
    }

    pub fn json(&self) -> Result<Vec<u8>> {
        Ok(serde_json::to_vec_pretty(self)?)
    }
}

impl KernelTree {
    /// A kernel in the cache.
    pub fn open(dir: &Path, cache: &Cache) -> Result<Self> {
        let record = Record::read(dir)?;
        let root = cache.path("roots", &record.root);
        Self::check(dir.to_owned(), record, root)
    }

    /// Looks at each part once; the error names the one that is missing.
    pub fn check(dir: PathBuf, record: Record, root: PathBuf) -> Result<Self> {
        let tree = Self {
            kdir: dir.join(record.kdir),
            image: Some(dir.join(record.image)),
            bz_image: record.bz_image.map(|path| dir.join(path)),
            tools: Tools::Root,
            modules: dir.join(record.modules),
            config: dir.join(record.config),
            release: record.release,
            origin: record.origin,
            compiler: record.compiler,
            root,
            dir,
        };
        tree.complete()
    }

    /// Looks at each part once; the error names the one that is missing.
    pub fn complete(self) -> Result<Self> {
        let parts = [
            (self.kdir.join("Makefile"), "the Makefile of its headers"),
            (self.kdir.join("include/config/auto.conf"), "the configuration of its headers"),
            (self.kdir.join("scripts/basic/fixdep"), "the build tools of its headers"),
            (self.image.clone().unwrap_or_default(), "an image to boot"),
            (self.modules.clone(), "modules"),
            (self.config.clone(), "a configuration"),
        ];
        // The host's compiler may be anywhere.
        let compiler = (self.root != Path::new(HOST_ROOT)).then(|| self.root.join("usr/bin").join(&self.compiler));
        for (path, what) in parts.into_iter().chain(compiler.map(|path| (path, "its compiler"))) {
            if !path.exists() {
                bail!("the kernel {} has not {what}: there is no `{}`", self.release, path.display());
            }
        }
        Ok(self)
    }
}
