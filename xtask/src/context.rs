// SPDX-License-Identifier: MIT OR Apache-2.0
//! What every task works with: the workspace, its settings, the cache, and where to speak.

mod kernels;
mod places;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::Result;
use fs_err as fs;
use serde::Deserialize;

use self::places::Places;
use crate::cache::Cache;
use crate::debian::{Archive, Mirrors, Row, mirror};
use crate::driver::{Driver, Limits};
use crate::fetch::{Fetcher, Network, sha256};
use crate::kernel::{self, KernelTree, kernel_org, nixpkgs};
use crate::report::Events;
use crate::source_build;
use crate::toml_file;
use crate::toolchain::{MachineTools, NAMESPACES_HELP, Tools, Way};

/// workbench.toml, at the top of the workspace. Every key has a default, and so has the file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The kernels that are used when the command line names none.
    pub kernels: Vec<String>,
    /// Limits of drivers, by their names.
    pub driver: BTreeMap<String, Limits>,
    /// `own` or `host`.
    pub tools: ToolChoice,
    pub debian: mirror::Settings,
    /// Further archives of Debian's form.
    pub archive: BTreeMap<String, Row>,
    pub nixpkgs: nixpkgs::Settings,
    /// Where upstream's own releases come from.
    pub kernel_org: kernel_org::Settings,
    /// How kernels are built from source, besides the workbench's own ways.
    pub profile: BTreeMap<String, source_build::Row>,
    /// The sources of kernels in the order in which they are asked; those that are not named are not asked.
    pub sources: Vec<String>,
}

/// See the module's documentation.
#[derive(Debug)]
pub struct Context {
    /// The person's: workbench.toml, kernels.lock, drivers by their names.
    pub workspace: PathBuf,
    /// The workbench's own files; in a checkout it is the workspace.
    own: PathBuf,
    /// For what is made from the person's sources; `cargo clean` removes it.
    pub target: PathBuf,
    pub settings: Settings,
    pub cache: Cache,
    pub events: Events,
    pub network: Network,
    /// How many jobs make may run at once.
    pub jobs: usize,
    tool_choice: ToolChoice,
    locking: Locking,
    archive: Mutex<Option<Arc<Archive>>>,
    way: Mutex<Option<Way>>,
}

/// Whose compiler, make and QEMU the person wants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToolChoice {
    /// The workbench's own, the same everywhere.
    #[default]
    Own,
    Host,
}

/// What kernels.lock means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locking {
    /// What it pins is used as long as it can be had.
    Preferred,
    /// Nothing else is used.
    Required,
}

impl Context {
    pub fn new(
        events: Events,
        network: Network,
        locking: Locking,
        jobs: Option<usize>,
        tools: ToolChoice,
    ) -> Result<Self> {
        let Places { workspace, own } = Places::find()?;
        let file = workspace.join("workbench.toml");
        let settings: Settings = match fs::read_to_string(&file) {
            Ok(text) => toml_file::parse(&text, &file)?,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => Settings::default(),
            Err(err) => return Err(err.into()),
        };
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
        let target = std::path::absolute(target)?.join("workbench");
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let cache = Cache::open(events.clone())?;
        let tool_choice = if tools == ToolChoice::Host { tools } else { settings.tools };
        let jobs = jobs.unwrap_or(cores);
        let (archive, way) = (Mutex::new(None), Mutex::new(None));
        Ok(Self { workspace, own, target, settings, cache, events, network, jobs, tool_choice, locking, archive, way })
    }

    /// Debian's archive.
    pub fn archive(&self) -> Result<Arc<Archive>> {
        let mut known = self.archive.lock().expect("no thread panics while it looks for the archive");
        if let Some(archive) = &*known {
            return Ok(Arc::clone(archive));
        }
        let Self { settings, cache, events, .. } = self;
        let mirrors = Mirrors::find(&settings.debian)?;
        let keyring = settings.debian.keyring.as_ref().map(|path| self.workspace.join(path));
        let archive = Archive::debian(&mirrors, keyring, cache.clone(), self.fetcher(), events.clone());
        Ok(Arc::clone(known.insert(Arc::new(archive))))
    }

    pub(crate) fn fetcher(&self) -> Fetcher {
        Fetcher::new(self.network, &self.cache, self.events.clone())
    }

    /// Makes tool roots, of Debian's packages.
    pub fn tools(&self) -> Result<Tools> {
        Ok(Tools { archive: self.archive()?, cache: self.cache.clone() })
    }

    /// One of the workbench's own files or folders: `qemu/init`.
    pub fn own(&self, name: &str) -> Result<PathBuf> {
        places::own_file(&self.own, name)
    }

    /// What runs a machine and what its guest has, fetched if need be.
    pub fn machine_tools(&self) -> Result<MachineTools> {
        match self.tool_choice {
            ToolChoice::Host => MachineTools::of_host(),
            ToolChoice::Own => MachineTools::of_root(self.vm_root()?),
        }
    }

    /// The tool root with QEMU and busybox, fetched if need be.
    pub fn vm_root(&self) -> Result<PathBuf> {
        self.tools()?.vm_root()
    }

    /// Which tools are run, and how. Said once when it is not the usual way.
    pub fn way(&self) -> Result<Way> {
        let mut known = self.way.lock().expect("no thread panics while it looks for a way");
        if let Some(way) = &*known {
            return Ok(way.clone());
        }
        let way = match self.tool_choice {
            ToolChoice::Host => Way::Host,
            ToolChoice::Own => Way::find(&self.cache, &self.vm_root()?)?,
        };
        if let Way::Unconfined { reason } = &way {
            self.events.note(format!(
                "building with the host's tools, since namespaces are forbidden here: {reason}\nhelp: {NAMESPACES_HELP}"
            ));
        }
        Ok(known.insert(way).clone())
    }

    /// A folder with a libclang that a program on the host can load, fetched if need be.
    pub fn libclang(&self) -> Result<PathBuf> {
        self.tools()?.libclang()
    }

    /// The folder in which a driver is built for a kernel.
    pub fn build_dir(&self, driver: &Driver, kernel: &KernelTree) -> PathBuf {
        let mut name = self.job_name(driver, &driver.own_name);
        if driver.built.is_some() {
            name.push_str("@built");
        }
        self.target.join("build").join(name).join(Self::kernel_dir_name(kernel))
    }

    /// The folder in which a driver is built to hear what the compilers say.
    pub fn lint_dir(&self, driver: &Driver, kernel: &KernelTree) -> PathBuf {
        self.target.join("lint").join(self.job_name(driver, &driver.own_name)).join(Self::kernel_dir_name(kernel))
    }

    /// The folder in which make builds a driver again, to confirm what was built without it.
    pub fn confirm_dir(&self, driver: &Driver, kernel: &KernelTree) -> PathBuf {
        self.target.join("confirm").join(self.job_name(driver, &driver.own_name)).join(Self::kernel_dir_name(kernel))
    }

    /// A folder's name for a kernel.
    pub(crate) fn kernel_dir_name(kernel: &KernelTree) -> String {
        match &kernel.tools {
            kernel::Tools::Root => file_name(&kernel.dir).to_string_lossy().into_owned(),
            // Folders of trees are called anything.
            kernel::Tools::Host | kernel::Tools::Nix(_) => {
                format!("{}-{}", kernel.release, &sha256(kernel.dir.as_os_str().as_encoded_bytes())[..8])
            }
        }
    }

    /// The folder of a driver's runs on a kernel.
    pub fn run_dir(&self, driver: &Driver, kernel: &KernelTree) -> PathBuf {
        self.target.join("runs").join(self.job_name(driver, &driver.name)).join(&kernel.release)
    }

    /// The folder of the machines that a person has worked with, of a driver on a kernel.
    pub fn shell_dir(&self, driver: &Driver, kernel: &KernelTree) -> PathBuf {
        self.target.join("shells").join(self.job_name(driver, &driver.name)).join(&kernel.release)
    }

    /// A folder's name for a driver of this name: itself in the workspace; with a word made of its path elsewhere, since names
    /// repeat. Kbuild can't build in a folder with blanks, quotes and the like in its path.
    fn job_name(&self, driver: &Driver, name: &str) -> String {
        let name = name.replace(|c: char| !is_plain(c) && c != '@', "_");
        if driver.in_tree.is_some() {
            return format!("in-tree_{name}");
        }
        if driver.dir.parent() == Some(&self.workspace) {
            return name;
        }
        format!("{name}-{}", &sha256(driver.dir.as_os_str().as_encoded_bytes())[..8])
    }
}

/// What neither make nor the shells that it starts take for something else.
pub(crate) fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || "._+-".contains(c)
}

fn file_name(path: &Path) -> &Path {
    path.file_name().map_or(path, Path::new)
}

/// Where the workbench's own files are.
pub(crate) fn own_files() -> Result<PathBuf> {
    Ok(Places::find()?.own)
}
