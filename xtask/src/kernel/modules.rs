// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kernel's own modules: which of them others need, in the order in which they can be loaded.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use super::store::{self, Store};
use crate::cache::Cache;
use crate::kbuild::ModInfo;

/// A kernel's modules, and those of them that were found to be needed.
#[derive(Debug)]
pub struct Modules {
    store: Store,
    place: PathBuf,
    needed: Vec<Needed>,
}

/// A module that has to be loaded.
#[derive(Debug)]
pub struct Needed {
    pub name: String,
    /// The modules that it needs itself, those from elsewhere among them.
    pub needs: Vec<String>,
    /// As the kernel loads it.
    pub elf: Vec<u8>,
}

impl Modules {
    /// The modules at [`super::KernelTree::modules`].
    pub fn open(place: &Path, cache: &Cache) -> Result<Self> {
        Ok(Self { store: Store::open(place, cache)?, place: place.to_owned(), needed: Vec::new() })
    }

    /// Adds what a module needs, but for those that come from elsewhere.
    pub fn add_needed_by(&mut self, info: &ModInfo, is_elsewhere: &impl Fn(&str) -> bool) -> Result<()> {
        self.add_all(info, is_elsewhere, &mut Vec::new()).map(drop)
    }

    /// Adds the module of a name, with what it needs but for what comes from elsewhere; one that is built in is there already.
    pub fn add_named(&mut self, name: &str, is_elsewhere: &impl Fn(&str) -> bool) -> Result<()> {
        let name = own_name(name);
        if !self.store.has(&name) && is_built_in(&name, &self.place) {
            return Ok(());
        }
        self.add(&name, is_elsewhere, &mut Vec::new())
    }

    pub fn in_load_order(self) -> Vec<Needed> {
        self.needed
    }

    /// Adds them, and gives the names of all.
    fn add_all(
        &mut self,
        info: &ModInfo,
        is_elsewhere: &dyn Fn(&str) -> bool,
        path: &mut Vec<String>,
    ) -> Result<Vec<String>> {
        let mut needs: Vec<String> = info.depends().collect();
        for wish in info.soft_depends() {
            let name = own_name(wish);
            if is_elsewhere(&name) {
                needs.push(name);
            } else if let Some(name) = self.algorithm_or_module(wish)?
                && !path.contains(&name)
            {
                // A module does without those that are built in, or that the kernel does not have.
                self.add(&name, is_elsewhere, path)?;
                needs.push(name);
            }
        }
        for name in info.depends().filter(|name| !is_elsewhere(name)) {
            self.add(&name, is_elsewhere, path)?;
        }
        Ok(needs)
    }

    fn add(&mut self, name: &str, is_elsewhere: &dyn Fn(&str) -> bool, path: &mut Vec<String>) -> Result<()> {
        if self.needed.iter().any(|it| it.name == name) {
            return Ok(());
        }
        ensure!(!path.iter().any(|it| it == name), "the modules {} depend on each other", path.join(", "));
        let Some(elf) = self.store.read(name)? else {
            bail!(
                "there is no module `{name}`\n\
                 help: if it is another out-of-tree driver, build both from one folder; \
                 if it is the kernel's, this flavour may lack it: try one without `-cloud`"
            );
        };
        path.push(name.to_owned());
        let info = ModInfo::parse(&elf).with_context(|| format!("the kernel's `{name}` is not a module"))?;
        let needs = self.add_all(&info, is_elsewhere, path)?;
        path.pop();
        self.needed.push(Needed { name: name.to_owned(), needs, elf });
        Ok(())
    }

    /// The module that a soft dependency means. The aliases among them name algorithms, of which `kernel/crypto`
    /// has those that run on any CPU.
    fn algorithm_or_module(&self, wish: &str) -> Result<Option<String>> {
        let name = own_name(wish);
        if self.store.has(&name) {
            return Ok(Some(name));
        }
        self.store.algorithm(wish)
    }
}

/// Whether a module is part of the kernel's image: Kbuild leaves a list of the paths of those, a line each, beside the others.
fn is_built_in(name: &str, place: &Path) -> bool {
    let lists = if place.is_dir() { vec![place.to_owned()] } else { folders(place) };
    let mut lists = lists.iter().filter_map(|dir| fs::read_to_string(dir.join("modules.builtin")).ok());
    let is_it = |path: &str| path.rsplit('/').next().and_then(store::own_name).is_some_and(|own| own == name);
    lists.any(|list| list.lines().any(is_it))
}

/// The folders of an index's kernel: `usr/lib/modules/RELEASE` beside it.
fn folders(index: &Path) -> Vec<PathBuf> {
    let top = index.with_file_name("usr/lib/modules");
    let Ok(entries) = fs::read_dir(top) else { return Vec::new() };
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// The name by which the kernel knows the module of a file.
pub(crate) fn own_name(stem: &str) -> String {
    stem.replace('-', "_")
}
