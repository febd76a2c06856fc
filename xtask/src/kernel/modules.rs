// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kernel's own modules: which of them others need, in the order in which they can be loaded.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use fs_err as fs;

use crate::kbuild::ModInfo;

/// The modules below `lib/modules/RELEASE`, and those of them that were found to be needed.
#[derive(Debug)]
pub struct Modules {
    /// By their own names.
    files: BTreeMap<String, PathBuf>,
    needed: Vec<(String, PathBuf)>,
}

impl Modules {
    pub fn of(dir: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        index(dir, &mut files)?;
        Ok(Self { files, needed: Vec::new() })
    }

    /// Adds what a module needs, but for those that come from elsewhere.
    pub fn add_needed_by(&mut self, info: &ModInfo, is_elsewhere: &impl Fn(&str) -> bool) -> Result<()> {
        self.add_all(info, is_elsewhere, &mut Vec::new())
    }

    pub fn in_load_order(self) -> Vec<(String, PathBuf)> {
        self.needed
    }

    fn add_all(&mut self, info: &ModInfo, is_elsewhere: &dyn Fn(&str) -> bool, path: &mut Vec<String>) -> Result<()> {
        for wish in info.soft_depends() {
            let name = own_name(wish);
            // A module does without those that are built in, or that the kernel does not have.
            if !is_elsewhere(&name)
                && let Some(name) = self.algorithm_or_module(wish)?
                && !path.contains(&name)
            {
                self.add(&name, is_elsewhere, path)?;
            }
        }
        for name in info.depends().filter(|name| !is_elsewhere(name)) {
            self.add(&name, is_elsewhere, path)?;
        }
        Ok(())
    }

    fn add(&mut self, name: &str, is_elsewhere: &dyn Fn(&str) -> bool, path: &mut Vec<String>) -> Result<()> {
        if self.needed.iter().any(|(it, _)| it == name) {
            return Ok(());
        }
        ensure!(!path.iter().any(|it| it == name), "the modules {} depend on each other", path.join(", "));
        let Some(file) = self.files.get(name).cloned() else {
            bail!(
                "there is no module `{name}`\n\
                 help: if it is another out-of-tree driver, build both from one folder; \
                 if it is the kernel's, this flavour may lack it: try one without `-cloud`"
            );
        };
        path.push(name.to_owned());
        self.add_all(&ModInfo::read(&file)?, is_elsewhere, path)?;
        path.pop();
        self.needed.push((name.to_owned(), file));
        Ok(())
    }

    /// The module that a soft dependency means. The aliases among them name algorithms, of which `kernel/crypto`
    /// has those that run on any CPU.
    fn algorithm_or_module(&self, wish: &str) -> Result<Option<String>> {
        let name = own_name(wish);
        if self.files.contains_key(&name) {
            return Ok(Some(name));
        }
        for (name, file) in self.files.iter().filter(|(_, file)| is_algorithm(file)) {
            if ModInfo::read(file)?.has_alias(wish) {
                return Ok(Some(name.clone()));
            }
        }
        Ok(None)
    }
}

fn is_algorithm(file: &Path) -> bool {
    file.parent().is_some_and(|dir| dir.ends_with("kernel/crypto"))
}

fn index(dir: &Path, files: &mut BTreeMap<String, PathBuf>) -> Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let file_name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            index(&entry.path(), files)?;
        } else if let Some((stem, _compression)) = file_name.split_once(".ko") {
            files.insert(own_name(stem), entry.path());
        }
    }
    Ok(())
}

/// The name by which the kernel knows the module of a file.
fn own_name(stem: &str) -> String {
    stem.replace('-', "_")
}
