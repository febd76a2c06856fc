// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which kernels the names mean in this workspace: its lock, its settings, and the sources that they name.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};

use super::{Context, Locking, ToolChoice};
use crate::debian::{Archive, DEBIAN, Row};
use crate::driver::{Driver, RUST};
use crate::fetch::NotFound;
use crate::kernel::kernel_org::KernelOrg;
use crate::kernel::local::{self, GuestCompiler, GuestTools};
use crate::kernel::nixpkgs::{self, Nixpkgs};
use crate::kernel::{
    ArchiveKernels, KernelTree, LOCK_FILE, Listed, Lock, Recipe, Source, Sources, Which, Wish, features,
};
use crate::report::brief;
use crate::source_build::{self, Order};
use crate::toolchain::Tools;

/// The kernel that is used when neither command line nor workbench.toml names one: a long-term series whose
/// compiler and libc are those of the suite that QEMU comes from.
const DEFAULT_KERNEL: &str = "6_1";

impl Context {
    /// The kernels to use when the command line names these; `all` means every one that the archives have.
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
                "all" => self.all()?,
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

    /// What `all` means: with --locked what is pinned, else every kernel that is ready to be fetched.
    fn all(&self) -> Result<Vec<Wish>> {
        if self.locking == Locking::Required {
            let lock = Lock::read(&self.workspace)?.unwrap_or_default();
            return lock.names().map(str::parse).collect();
        }
        self.sources()?.ready()?.iter().map(|listed| listed.name.parse()).collect()
    }

    /// Finds and, if need be, fetches or builds a kernel.
    pub fn kernel(&self, wish: &Wish) -> Result<KernelTree> {
        self.kernel_for(wish, &[])
    }

    /// The same; one that is built from source has what these drivers need of it.
    pub fn kernel_for(&self, wish: &Wish, drivers: &[Driver]) -> Result<KernelTree> {
        match &wish.which {
            Which::Host => local::host(self.guest_tools()?),
            Which::Tree(file) if file.is_file() => nixpkgs::described_by(file, self.guest_tools()?, &self.cache),
            Which::Tree(dir) => local::tree(dir, self.guest_tools()?),
            Which::Sources { .. } => {
                source_build::find(self, Order { wish, needs: &self.needs(drivers), recipe: None })
            }
            Which::Latest | Which::Series(..) | Which::Release(_) | Which::Uname(_) if wish.profile.is_some() => {
                let needs = self.needs(drivers);
                let built = |wish: &Wish, recipe: Option<&Recipe>| {
                    source_build::find(self, Order { wish, needs: &needs, recipe })
                };
                self.locked_or_found(wish, &|_, recipe| built(wish, Some(recipe)), &|wish| built(wish, None))
            }
            Which::Latest | Which::Series(..) | Which::Release(_) | Which::Uname(_) => {
                let sources = |wish: &Wish| self.sources()?.find(wish);
                self.locked_or_found(wish, &|kernels, recipe| kernels.locked(recipe), &sources)
            }
        }
    }

    /// What these drivers and the workspace's own need of a kernel, as a .config names it: one kernel is to serve them all.
    pub(crate) fn needs(&self, drivers: &[Driver]) -> BTreeSet<String> {
        // Whose driver.toml can't be read is told so when it is asked for.
        let own = Driver::all_in(&self.workspace).unwrap_or_default();
        let rows = own.iter().filter_map(|driver| self.settings.driver.get(&driver.name));
        let rows = rows.flat_map(|row| &row.needs);
        let needs = own.iter().chain(drivers).flat_map(|driver| &driver.manifest.needs).chain(rows);
        needs.filter(|option| *option != RUST).cloned().collect()
    }

    /// The kernel that kernels.lock pins, as long as it can be had; else the newest.
    fn locked_or_found(
        &self,
        wish: &Wish,
        locked: &dyn Fn(&ArchiveKernels, &Recipe) -> Result<KernelTree>,
        newest: &dyn Fn(&Wish) -> Result<KernelTree>,
    ) -> Result<KernelTree> {
        let name = wish.to_string();
        let lock = Lock::read(&self.workspace)?;
        let Some((lock, archive)) = lock.as_ref().and_then(|lock| Some((lock, lock.archive_of(&name)?))) else {
            ensure!(
                self.locking == Locking::Preferred,
                "{LOCK_FILE} does not pin the kernel `{wish}`, and --locked allows no other\n\
                 help: pin it: `cargo xtask kernels lock {wish}`"
            );
            return newest(wish);
        };
        let recipe = lock.recipe(&name, &|archive| Ok(self.archive_kernels(archive)?.archive))?;
        match locked(&self.archive_kernels(archive)?, &recipe) {
            Err(err) if err.chain().any(|it| it.is::<NotFound>()) => {
                let gone = format!("{LOCK_FILE} pins `{wish}` to {}, which can't be had any more", recipe.release);
                if self.locking == Locking::Required {
                    return Err(err.context(format!("{gone}\nhelp: pin another: `cargo xtask kernels lock {wish}`")));
                }
                self.events.note(format!("{gone}, so the newest is used: {}", brief(&err)));
                newest(wish).or_else(|err| match wish.newest_of_series() {
                    Some(series) if series != *wish => newest(&series),
                    _ => Err(err),
                })
            }
            found => found,
        }
    }

    /// What a name means now, of the first archive that has it.
    pub fn to_lock(&self, wish: &Wish) -> Result<Option<(ArchiveKernels, Recipe)>> {
        if wish.profile.is_some() && !matches!(wish.which, Which::Sources { .. }) {
            return source_build::to_lock(self, wish);
        }
        ensure!(wish.is_of_sources(), "`{wish}` can't be pinned: it is what it is on this machine");
        for archive in self.archives(wish)? {
            let kernels = self.archive_kernels(&archive)?;
            if let Some(recipe) = kernels.to_lock(wish)? {
                return Ok(Some((kernels, recipe)));
            }
        }
        Ok(None)
    }

    /// What a name means, by kernels.lock or now, of the first archive that has it: its packages are known, and nothing of it is
    /// fetched yet.
    pub fn packaged(&self, wish: &Wish) -> Result<Option<(ArchiveKernels, Recipe)>> {
        ensure!(wish.is_of_sources(), "`{wish}` is no kernel of an archive, so it has no packages");
        let name = wish.to_string();
        let lock = Lock::read(&self.workspace)?;
        if let Some((lock, archive)) = lock.as_ref().and_then(|lock| Some((lock, lock.archive_of(&name)?))) {
            let recipe = lock.recipe(&name, &|archive| Ok(self.archive_kernels(archive)?.archive))?;
            return Ok(Some((self.archive_kernels(archive)?, recipe)));
        }
        ensure!(self.locking == Locking::Preferred, "{LOCK_FILE} does not pin the kernel `{wish}`");
        for archive in self.archives(wish)? {
            let kernels = self.archive_kernels(&archive)?;
            if let Some(recipe) = kernels.newest(wish)? {
                return Ok(Some((kernels, recipe)));
            }
        }
        Ok(None)
    }

    /// The archives that are asked for a kernel, in their order.
    pub(crate) fn archives(&self, wish: &Wish) -> Result<Vec<String>> {
        let sources = self.sources()?;
        let names = sources.names().into_iter();
        let archives = names.filter(|name| *name == DEBIAN || self.settings.archive.contains_key(*name));
        let asked = archives.filter(|name| wish.source.as_deref().is_none_or(|source| source == *name));
        Ok(asked.map(str::to_owned).collect())
    }

    /// The kernels of Debian's archive, or of a row of workbench.toml.
    pub fn archive_kernels(&self, name: &str) -> Result<ArchiveKernels> {
        if name == DEBIAN {
            return self.debian_kernels();
        }
        let row = self.settings.archive.get(name);
        self.row_kernels(name, row.with_context(|| format!("workbench.toml has no archive `{name}`"))?)
    }

    /// What programs for the guest are compiled with when the kernel brings no tool root.
    fn guest_tools(&self) -> Result<GuestTools> {
        self.guest_compiler()?.find()
    }

    fn guest_compiler(&self) -> Result<GuestCompiler> {
        Ok(match self.tool_choice {
            ToolChoice::Host => GuestCompiler::Host,
            ToolChoice::Own => GuestCompiler::Own(self.tools()?),
        })
    }

    /// Every kernel that can be named, but for those of kernel.org, with what a driver can have there.
    pub fn kernel_list(&self) -> Result<Vec<Listed>> {
        let sources = self.sources()?;
        let mut list = sources.list(&self.events)?;
        for listed in &mut list {
            let tree = listed.dir.as_ref().and_then(|dir| KernelTree::open(dir, &self.cache).ok());
            listed.has = tree.map(|tree| features(&tree).join(" "));
        }
        sources.describe(&mut list, &self.events);
        Ok(list)
    }

    /// The sources of kernels, in the order in which they are asked.
    pub fn sources(&self) -> Result<Sources> {
        // Where Nix is, its kernels are the person's own.
        let mut sources: Vec<Box<dyn Source>> = vec![Box::new(self.nixpkgs()?), Box::new(self.debian_kernels()?)];
        for (name, row) in &self.settings.archive {
            sources.push(Box::new(self.row_kernels(name, row)?));
        }
        sources.push(Box::new(self.kernel_org()));
        let wanted = &self.settings.sources;
        if wanted.is_empty() {
            return Ok(Sources::new(sources));
        }
        let mut in_order = Vec::new();
        for name in wanted {
            let Some(at) = sources.iter().position(|source| source.name() == name) else {
                let names: Vec<&str> = sources.iter().map(|source| source.name()).collect();
                bail!(
                    "`sources` in workbench.toml names `{name}`, which is none\nhelp: the sources are `{}`",
                    names.join("`, `")
                );
            };
            in_order.push(sources.remove(at));
        }
        Ok(Sources::new(in_order))
    }

    fn nixpkgs(&self) -> Result<Nixpkgs> {
        Ok(Nixpkgs {
            settings: self.settings.nixpkgs.clone(),
            workspace: self.workspace.clone(),
            cache: self.cache.clone(),
            events: self.events.clone(),
            network: self.network,
            guest: self.guest_compiler()?,
        })
    }

    /// Upstream's own releases.
    pub fn kernel_org(&self) -> KernelOrg {
        KernelOrg {
            settings: self.settings.kernel_org.clone(),
            workspace: self.workspace.clone(),
            cache: self.cache.clone(),
            events: self.events.clone(),
            fetcher: self.fetcher(),
        }
    }

    fn debian_kernels(&self) -> Result<ArchiveKernels> {
        Ok(ArchiveKernels {
            archive: self.archive()?,
            ordinary: None,
            tools: self.tools()?,
            tools_suite: None,
            cache: self.cache.clone(),
            events: self.events.clone(),
        })
    }

    fn row_kernels(&self, name: &str, row: &Row) -> Result<ArchiveKernels> {
        let Self { workspace, cache, events, .. } = self;
        let archive = Archive::of_row(name, row, workspace, cache.clone(), self.fetcher(), events.clone())?;
        let archive = Arc::new(archive);
        let debian = self.tools()?;
        let tools_suite = row.tools.as_ref().map(|suite| debian.archive.suite(suite).cloned()).transpose();
        let tools_suite = tools_suite.with_context(|| format!("`tools` of the archive `{name}` in workbench.toml"))?;
        let tools = match &tools_suite {
            Some(_) => debian,
            None => Tools { archive: Arc::clone(&archive), cache: cache.clone() },
        };
        let (cache, events) = (cache.clone(), events.clone());
        Ok(ArchiveKernels { archive, ordinary: row.flavour.clone(), tools, tools_suite, cache, events })
    }
}
