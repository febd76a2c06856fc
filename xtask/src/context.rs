// SPDX-License-Identifier: MIT OR Apache-2.0
//! What every task works with: the workspace, its settings, the cache, and where to speak.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context as _, Result};
use fs_err as fs;
use serde::Deserialize;

use crate::cache::Cache;
use crate::debian::{Archive, Mirrors, mirror};
use crate::driver::Driver;
use crate::fetch::{Fetcher, Network, sha256};
use crate::kernel;
use crate::kernel::local::{self, GuestTools};
use crate::kernel::{DebianKernels, KernelTree, Listed, Which, Wish};
use crate::report::Events;
use crate::toml_file;
use crate::toolchain::{NAMESPACES_HELP, Tools, Way};

/// workbench.toml, at the top of the workspace. Every key has a default, and so has the file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The kernels that are used when the command line names none.
    pub kernels: Vec<String>,
    /// `own` or `host`.
    pub tools: ToolChoice,
    pub debian: mirror::Settings,
}

/// The kernel that is used when neither command line nor workbench.toml names one: a long-term series whose
/// compiler and libc are those of the suite that QEMU comes from.
const DEFAULT_KERNEL: &str = "6_1";

/// See the module's documentation.
#[derive(Debug)]
pub struct Context {
    pub workspace: PathBuf,
    /// For what is made from the person's sources; `cargo clean` removes it.
    pub target: PathBuf,
    pub settings: Settings,
    pub cache: Cache,
    pub events: Events,
    pub network: Network,
    /// How many jobs make may run at once.
    pub jobs: usize,
    tool_choice: ToolChoice,
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

impl Context {
    pub fn new(events: Events, network: Network, jobs: Option<usize>, tools: ToolChoice) -> Result<Self> {
        let workspace = workspace()?;
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
        Ok(Self { workspace, target, settings, cache, events, network, jobs, tool_choice, way: Mutex::new(None) })
    }

    pub fn archive(&self) -> Result<Archive> {
        let mirrors = Mirrors::find(&self.settings.debian)?;
        let keyring = self.settings.debian.keyring.as_ref().map(|path| self.workspace.join(path));
        let fetcher = Fetcher::new(self.network, self.events.clone());
        Ok(Archive::new(mirrors, keyring, self.cache.clone(), fetcher, self.events.clone()))
    }

    /// Finds and, if need be, fetches a kernel.
    pub fn kernel(&self, wish: &Wish) -> Result<KernelTree> {
        match &wish.which {
            Which::Host => return local::host(self.guest_tools()?),
            Which::Tree(dir) => return local::tree(dir, self.guest_tools()?),
            Which::Latest | Which::Series(..) | Which::Release(..) | Which::Uname(_) => (),
        }
        let archive = self.archive()?;
        let tools = Tools { archive: &archive, cache: &self.cache };
        let Self { cache, events, network, .. } = self;
        DebianKernels { archive: &archive, tools: &tools, cache, events, network: *network }.get(wish)
    }

    /// What programs for the guest are compiled with when the kernel brings no tool root.
    fn guest_tools(&self) -> Result<GuestTools> {
        let archive = self.archive()?;
        let (root, compiler) = Tools { archive: &archive, cache: &self.cache }.guest_root()?;
        Ok(GuestTools { root, compiler })
    }

    /// Every kernel that can be named.
    pub fn kernel_list(&self) -> Result<Vec<Listed>> {
        let archive = self.archive()?;
        let tools = Tools { archive: &archive, cache: &self.cache };
        let Self { cache, events, network, .. } = self;
        DebianKernels { archive: &archive, tools: &tools, cache, events, network: *network }.list()
    }

    /// The tool root with QEMU and busybox, fetched if need be.
    pub fn vm_root(&self) -> Result<PathBuf> {
        let archive = self.archive()?;
        Tools { archive: &archive, cache: &self.cache }.vm_root()
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
        let archive = self.archive()?;
        Tools { archive: &archive, cache: &self.cache }.libclang()
    }

    /// The kernels to use when the command line names these; `all` means every one that `cargo xtask kernels` lists.
    pub fn wishes(&self, named: &[String]) -> Result<Vec<Wish>> {
        let configured = &self.settings.kernels;
        let names = match (named.is_empty(), configured.is_empty()) {
            (false, _) => named.to_vec(),
            (true, false) => configured.clone(),
            (true, true) => vec![DEFAULT_KERNEL.to_owned()],
        };
        let mut wishes: Vec<Wish> = Vec::new();
        for name in names {
            let meant = match name.as_str() {
                "all" => self.kernel_list()?.iter().map(|listed| listed.name.parse()).collect::<Result<Vec<_>>>()?,
                name => vec![name.parse()?],
            };
            for wish in meant {
                if !wishes.contains(&wish) {
                    wishes.push(wish);
                }
            }
        }
        Ok(wishes)
    }

    /// The folder in which a driver is built for a kernel.
    pub fn build_dir(&self, driver: &Driver, kernel: &KernelTree) -> PathBuf {
        let dir = self.target.join("build").join(self.job_name(driver));
        match kernel.tools {
            kernel::Tools::Root => dir.join(file_name(&kernel.dir)),
            // Folders of trees are called anything.
            kernel::Tools::Host => {
                dir.join(format!("{}-{}", kernel.release, &sha256(kernel.dir.as_os_str().as_encoded_bytes())[..8]))
            }
        }
    }

    /// The folder of a driver's runs on a kernel.
    pub fn run_dir(&self, driver: &Driver, kernel: &KernelTree) -> PathBuf {
        self.target.join("runs").join(self.job_name(driver)).join(&kernel.release)
    }

    /// A folder's name for a driver: its own in the workspace; with a word made of its path elsewhere, since names repeat.
    /// Kbuild can't build in a folder with blanks in its path.
    fn job_name(&self, driver: &Driver) -> String {
        let name = driver.name.replace(|c: char| c.is_whitespace() || c.is_control(), "_");
        if driver.dir.parent() == Some(&self.workspace) {
            return name;
        }
        format!("{name}-{}", &sha256(driver.dir.as_os_str().as_encoded_bytes())[..8])
    }
}

fn file_name(path: &Path) -> &Path {
    path.file_name().map_or(path, Path::new)
}

/// The workspace that this program was built in; cargo says where it is now, should it have been moved.
fn workspace() -> Result<PathBuf> {
    let package =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    let dir = package.parent().context("the package lies in a workspace")?;
    Ok(fs::canonicalize(dir)?)
}
