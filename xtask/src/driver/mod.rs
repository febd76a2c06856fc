// SPDX-License-Identifier: MIT OR Apache-2.0
//! A driver: a folder that Kbuild can build, and what its driver.toml says about testing it.

mod hardware;
mod known;
mod limits;
mod machines;
mod manifest;
mod packaging;
mod stress;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use fs_err as fs;
use jiff::civil::Date;

pub use hardware::{Hardware, MachineType, Smbios};
pub use known::Allowance;
pub(crate) use limits::RUST;
pub use limits::{Limits, Series};
pub use machines::{Errno, Machine};
pub use manifest::{Action, Build, Leftovers, Manifest, Step, Test};
pub use packaging::Packaging;
pub use stress::Stress;

use crate::in_tree::Tree;
use crate::judge::Known;
use crate::toml_file;

/// The file that says how a driver is built and tested; a folder without it gets the defaults.
pub const MANIFEST: &str = "driver.toml";

/// The file that says how DKMS builds a driver: it is heeded, since many drivers need more than `make -C KDIR M=$PWD`.
pub(crate) const DKMS: &str = "dkms.conf";

/// A driver's folder, looked at once.
#[derive(Debug, Clone)]
pub struct Driver {
    /// What it is called in reports: with `@` and the name of its machine, if it has several.
    pub name: String,
    /// What its build is called, which all machines share.
    pub own_name: String,
    /// Absolute.
    pub dir: PathBuf,
    pub manifest: Manifest,
    /// How it is built if it is of the kernel's own tree, and the kernel is known.
    pub in_tree: Option<Tree>,
    /// Where its modules are, if somebody else has built them.
    pub built: Option<Elsewhere>,
}

/// Folders of modules that somebody else has built.
#[derive(Debug, Clone, Default)]
pub struct Elsewhere {
    pub modules: PathBuf,
    /// The same modules as they were before they were stripped, if that is known.
    pub debug_info: Option<PathBuf>,
}

impl Driver {
    /// The driver that a word on the command line means: one of the workspace by its folder's or its own name, or any path;
    /// with `@` and a name behind it, on that machine alone.
    pub fn named(word: &str, workspace: &Path) -> Result<Self> {
        match word.rsplit_once('@') {
            Some((driver, machine)) if !machine.contains('/') && !Path::new(word).exists() => {
                Self::found(driver, workspace)?.with_machine(machine)
            }
            _ => Self::found(word, workspace),
        }
    }

    fn found(word: &str, workspace: &Path) -> Result<Self> {
        let path = Path::new(word);
        if !word.contains('/') {
            let folder = workspace.join(word);
            if is_driver(&folder) {
                return Self::open(&folder);
            }
            // A neighbour that can't be read is no reason not to find this one.
            if let Some(driver) =
                folders(workspace)?.iter().filter_map(|it| Self::open(it).ok()).find(|it| it.name == word)
            {
                return Ok(driver);
            }
        }
        if path.is_dir() {
            return Self::open(path);
        }
        if path.is_file() {
            bail!("`{word}` is a file, not a driver's folder\nhelp: name the folder that it is in");
        }
        let known = Self::all_in(workspace)?;
        let mut names: Vec<&str> = known.iter().flat_map(Self::names).collect();
        names.dedup();
        let mut help =
            format!("help: the workspace has {}; a path to any other folder works too", listed("no drivers", &names));
        if let Some(near) = toml_file::nearest(word, names.iter().copied()) {
            help = format!("help: did you mean `{near}`?\n{help}");
        }
        Err(anyhow!("there is no driver and no folder `{word}`\n{help}"))
    }

    /// The workspace's own drivers, by name.
    pub fn all_in(workspace: &Path) -> Result<Vec<Self>> {
        let mut drivers: Vec<Self> = folders(workspace)?.iter().map(|dir| Self::open(dir)).collect::<Result<_>>()?;
        drivers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(drivers)
    }

    /// The names it goes by in its workspace: its folder's, and its own.
    fn names(&self) -> impl Iterator<Item = &str> {
        let folder = self.dir.file_name().and_then(|name| name.to_str());
        folder.into_iter().chain([self.name.as_str()])
    }

    /// Reads a driver's folder.
    pub fn open(dir: &Path) -> Result<Self> {
        let dir = fs::canonicalize(dir)?;
        let file = dir.join(MANIFEST);
        let manifest =
            if file.exists() { Manifest::parse(&fs::read_to_string(&file)?, &file)? } else { Manifest::default() };
        if !is_driver(&dir) {
            bail!(
                "`{}` is not a driver's folder: it has neither Kbuild, nor Makefile, nor {DKMS}\n\
                 help: a Kbuild file with the line `obj-m := NAME.o` is enough",
                dir.display()
            );
        }
        let folder = dir.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = manifest.name.clone().or(folder).context("the root folder can't be a driver")?;
        Ok(Self { own_name: name.clone(), name, dir, manifest, in_tree: None, built: None })
    }

    /// What is known of it on a kernel of this release, today.
    pub fn known(&self, release: &str) -> Vec<Known> {
        self.known_on(release, known::today())
    }

    /// The same on another day.
    pub(crate) fn known_on(&self, release: &str, today: Date) -> Vec<Known> {
        self.manifest.test.known.iter().filter_map(|allowance| allowance.on(release, today)).collect()
    }

    /// Does a dkms.conf say how it is built?
    pub fn has_dkms(&self) -> bool {
        self.manifest.build.dkms != Some(false) && self.dir.join(DKMS).is_file()
    }
}

/// The folders of a workspace that have a driver.
fn folders(workspace: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(workspace)? {
        let path = entry?.path();
        if is_driver(&path) {
            folders.push(path);
        }
    }
    Ok(folders)
}

/// Whether a file of a driver's folder, by its path there, lies in the folder of another driver.
pub(crate) fn is_of_another(dir: &Path, path: &Path) -> bool {
    let folders = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
    folders.map(|folder| dir.join(folder).join(MANIFEST)).any(|manifest| manifest.is_file())
}

fn is_driver(dir: &Path) -> bool {
    ["Kbuild", "Makefile", DKMS].iter().any(|name| dir.join(name).is_file())
}

fn listed(none: &str, names: &[&str]) -> String {
    if names.is_empty() { none.to_owned() } else { format!("`{}`", names.join("`, `")) }
}
