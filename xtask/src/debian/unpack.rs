// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a list of packages to a folder: each is fetched, checked against its index, and unpacked.

use std::path::Path;

use anyhow::{Context as _, Result};
use fs_err as fs;

use super::{Archive, Package, deb};
use crate::fetch::{Expected, Meter, NotFound};
use crate::report::brief;

impl Archive {
    /// Fetches the packages of `what`, checks them against their index, and unpacks them into `root`.
    pub fn unpack(&self, what: &str, packages: &[&Package], root: &Path) -> Result<()> {
        let scratch = self.cache.scratch()?;
        deb::lay_out(root)?;
        let meter = Meter::new(&self.events, what, packages.iter().map(|package| package.size).sum());
        // Some side by side: one is unpacked while another arrives.
        let queue = std::sync::Mutex::new(packages.iter());
        let next = || queue.lock().expect("no thread panics while it holds the queue").next();
        let work = || -> Result<()> {
            while let Some(package) = next() {
                if let Err(err) = self.fetch_and_unpack(package, scratch.path(), root, &meter) {
                    // Nobody needs the rest.
                    while next().is_some() {}
                    return Err(err);
                }
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..3).map(|_| scope.spawn(work)).collect();
            threads.into_iter().try_for_each(|thread| thread.join().expect("unpacking does not panic"))
        })
    }

    fn fetch(&self, package: &Package, file: &Path, meter: &Meter) -> Result<()> {
        let expected = Expected { sha256: &package.sha256, size: package.size };
        match (self.fetcher.file(&package.url(), expected, file, meter), package.past_url()) {
            (Err(gone), Some(past)) if gone.chain().any(|it| it.is::<NotFound>()) => {
                let fetched = self.fetcher.file(&past, expected, file, meter);
                fetched.map_err(|err| gone.context(format!("the archive's past has it neither: {}", brief(&err))))
            }
            (fetched, _) => fetched,
        }
    }

    fn fetch_and_unpack(&self, package: &Package, scratch: &Path, root: &Path, meter: &Meter) -> Result<()> {
        let file = scratch.join(format!("{}.deb", package.name));
        self.fetch(package, &file, meter)?;
        deb::unpack(&file, root).with_context(|| format!("failed to unpack the package `{}`", package.name))?;
        fs::remove_file(&file)?;
        Ok(())
    }
}
