// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which files have been saved: inotify(7) says that something has happened in a folder, and the files' contents say whether it
//! matters. So it is all the same how an editor saves: in place, by renaming, or in several steps.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use fs_err as fs;
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

use crate::driver::Driver;
use crate::kbuild;
use crate::kernel::LOCK_FILE;

/// The sources of drivers, and the folders that they are in.
#[derive(Debug)]
pub(super) struct Folders {
    inotify: OwnedFd,
    drivers: Vec<PathBuf>,
    /// Files besides: workbench.toml and kernels.lock.
    others: Vec<PathBuf>,
    /// What each file is, by its path.
    known: BTreeMap<PathBuf, String>,
}

impl Folders {
    pub(super) fn new(drivers: &[Driver], workspace: &Path) -> Result<Self> {
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK);
        let inotify = inotify.context("failed to have the kernel tell of saved files (inotify)")?;
        let drivers: BTreeSet<PathBuf> = drivers.iter().map(|driver| driver.dir.clone()).collect();
        let others = vec![workspace.join("workbench.toml"), workspace.join(LOCK_FILE)];
        let mut folders = Self { inotify, drivers: drivers.into_iter().collect(), others, known: BTreeMap::new() };
        folders.news()?;
        Ok(folders)
    }

    /// The files that have come, gone or changed since the last time.
    pub(super) fn news(&mut self) -> Result<Vec<PathBuf>> {
        let mut events = [0; 4096];
        while rustix::io::read(&self.inotify, &mut events).is_ok_and(|read| read > 0) {}
        let now = self.files()?;
        self.watch(&now)?;
        // What happened between the first look and the watch is seen by the second.
        let now = now.into_iter().map(|path| (kbuild::content(&path), path)).map(|(content, path)| (path, content));
        let now: BTreeMap<PathBuf, String> = now.collect();
        let differs = |path: &&PathBuf| self.known.get(*path) != now.get(*path);
        let all: BTreeSet<&PathBuf> = self.known.keys().chain(now.keys()).collect();
        let news = all.into_iter().filter(differs).cloned().collect();
        self.known = now;
        Ok(news)
    }

    fn files(&self) -> Result<BTreeSet<PathBuf>> {
        let mut files: BTreeSet<PathBuf> = self.others.iter().cloned().collect();
        for dir in &self.drivers {
            let sources = kbuild::sources(dir)?.into_iter();
            files.extend(sources.filter(|path| !kbuild::is_scratch(path)).map(|path| dir.join(path)));
        }
        Ok(files)
    }

    /// A folder that is watched already stays so; one that is gone is no more.
    fn watch(&self, files: &BTreeSet<PathBuf>) -> Result<()> {
        // A link's file may lie elsewhere.
        let led_to = files.iter().filter(|path| path.is_symlink()).filter_map(|path| fs::canonicalize(path).ok());
        let led_to: Vec<PathBuf> = led_to.collect();
        let of_files = files.iter().chain(&led_to).filter_map(|path| path.parent());
        let folders: BTreeSet<&Path> = of_files.chain(self.drivers.iter().map(PathBuf::as_path)).collect();
        let mask = WatchFlags::CLOSE_WRITE
            | WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO
            | WatchFlags::ATTRIB;
        for folder in folders.into_iter().filter(|folder| folder.is_dir()) {
            let help = "help: if there are too many watches: `sysctl fs.inotify.max_user_watches=100000`";
            let added = inotify::add_watch(&self.inotify, folder, mask);
            added.with_context(|| format!("failed to watch `{}`\n{help}", folder.display()))?;
        }
        Ok(())
    }
}

impl AsFd for Folders {
    /// Can be read when something has happened.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }
}
