// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a list of packages to a folder: each is fetched, checked against its index, and only then unpacked. Some are
//! fetched while others are unpacked, the largest first, so that neither the line nor a processor waits for the other.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, mpsc};

use anyhow::{Context as _, Result};
use fs_err as fs;

use super::data::Data;
use super::deb::{self, Inner, Place, Rest};
use super::root::{Root, lay_out};
use super::{Archive, Package};
use crate::fetch::{Expected, Meter, NotFound};
use crate::report::brief;

/// Packages that are fetched side by side: many of a tool root's are small, and each costs a round trip.
const CONNECTIONS: usize = 4;

/// Where packages are kept that some files stay in, in the folder that the others were unpacked into.
const PACKAGES: &str = "packages";

/// A package that is kept for the files in it.
#[derive(Debug)]
pub struct Kept {
    /// Relative to the folder.
    pub package: PathBuf,
    pub files: Vec<Inner>,
}

impl Archive {
    /// Fetches the packages of `what`, checks them against their index, and unpacks them into `root`.
    pub fn unpack(&self, what: &str, packages: &[&Package], root: &Path) -> Result<()> {
        self.unpack_but(what, packages, root, |_| Place::Folder).map(drop)
    }

    /// As [`Archive::unpack`] does, but `place` says of each file where it goes.
    pub fn unpack_but(
        &self,
        what: &str,
        packages: &[&Package],
        root: &Path,
        place: fn(&Path) -> Place,
    ) -> Result<Vec<Kept>> {
        let scratch = self.cache.scratch()?;
        lay_out(root)?;
        let meter = Meter::new(&self.events, what, packages.iter().map(|package| package.size).sum());
        let mut largest_first: Vec<_> = packages.iter().copied().enumerate().collect();
        largest_first.sort_by_key(|(_, package)| std::cmp::Reverse(package.size));
        let queue = Mutex::new(largest_first.into_iter());
        let (fetched, to_unpack) = mpsc::channel::<(usize, PathBuf)>();
        let to_unpack = Mutex::new(to_unpack);
        let done = Mutex::new(Vec::new());
        let failure = Mutex::new(None);
        let has_failed = || lock(&failure).is_some();
        let fetch = |fetched: mpsc::Sender<_>| {
            while !has_failed()
                && let Some((number, package)) = next(&queue)
            {
                match self.fetch(package, scratch.path(), &meter) {
                    Ok(file) => drop(fetched.send((number, file))),
                    // Nobody needs the rest.
                    Err(err) => drop(lock(&failure).get_or_insert(err)),
                }
            }
        };
        let unpack = || {
            while let Some((number, file)) = receive(&to_unpack) {
                if has_failed() {
                    continue;
                }
                let rest = deb::unpack(&file, root, &place).and_then(|rest| keep(&file, root, rest));
                match rest.with_context(|| format!("failed to unpack the package `{}`", packages[number].name)) {
                    Ok(rest) => lock(&done).push((number, rest)),
                    Err(err) => drop(lock(&failure).get_or_insert(err)),
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                let fetched = fetched.clone();
                scope.spawn(move || fetch(fetched));
            }
            drop(fetched);
            for _ in 0..std::thread::available_parallelism().map_or(1, usize::from).min(CONNECTIONS) {
                scope.spawn(unpack);
            }
        });
        if let Some(err) = lock(&failure).take() {
            return Err(err);
        }
        let mut done = std::mem::take(&mut *lock(&done));
        done.sort_by_key(|(number, _)| *number);
        let mut all_kept = Vec::new();
        for (number, (links, kept)) in done {
            let mut root = Root::new(root);
            for (path, target) in links {
                root.link(&path, &target)
                    .with_context(|| format!("failed to unpack the package `{}`", packages[number].name))?;
            }
            all_kept.extend(kept);
        }
        Ok(all_kept)
    }

    /// Unpacks a tar archive that a package has brought, as [`Archive::unpack_but`] does packages.
    pub fn unpack_tar(tar: &Path, root: &Path, place: &dyn Fn(&Path) -> Place) -> Result<()> {
        let rest = deb::unpack_data(Data::of_tar(tar)?, root, place)?;
        let mut root = Root::new(root);
        for (path, target) in rest.links {
            root.link(&path, &target)?;
        }
        Ok(())
    }

    /// Fetches the packages of `what` into a folder, checks them against their index, and gives their paths there.
    pub fn files(&self, what: &str, packages: &[Package], dir: &Path) -> Result<Vec<PathBuf>> {
        let meter = Meter::new(&self.events, what, packages.iter().map(|package| package.size).sum());
        packages.iter().map(|package| self.fetch(package, dir, &meter)).collect()
    }

    /// From the mirror, or from the archive's past if a lock says when it was there.
    fn fetch(&self, package: &Package, scratch: &Path, meter: &Meter) -> Result<PathBuf> {
        let file = scratch.join(format!("{}.deb", package.name));
        let expected = Expected { sha256: &package.sha256, size: package.size };
        match (self.fetcher.file(&package.url(), expected, &file, meter), package.past_url()) {
            (Err(gone), Some(past)) if gone.chain().any(|it| it.is::<NotFound>()) => {
                let fetched = self.fetcher.file(&past, expected, &file, meter);
                fetched.map_err(|err| gone.context(format!("the archive's past has it neither: {}", brief(&err))))?;
            }
            (fetched, _) => fetched?,
        }
        Ok(file)
    }
}

type Links = Vec<(PathBuf, PathBuf)>;

/// Puts a package that has files for later beside the others' files, and removes one that has none.
fn keep(file: &Path, root: &Path, rest: Rest) -> Result<(Links, Option<Kept>)> {
    if rest.inner.is_empty() {
        fs::remove_file(file)?;
        return Ok((rest.links, None));
    }
    fs::create_dir_all(root.join(PACKAGES))?;
    let package = Path::new(PACKAGES).join(file.file_name().context("a package has a name")?);
    fs::rename(file, root.join(&package))?;
    Ok((rest.links, Some(Kept { package, files: rest.inner })))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("no thread panics while it holds a lock")
}

fn next<T>(queue: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    lock(queue).next()
}

/// Waits for the next; none when there will be no more.
fn receive<T>(queue: &Mutex<mpsc::Receiver<T>>) -> Option<T> {
    lock(queue).recv().ok()
}
