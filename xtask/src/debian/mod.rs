// SPDX-License-Identifier: MIT OR Apache-2.0
//! Debian's archive: where it is, what it has, and how its packages are unpacked without root rights.

mod closure;
mod deb;
pub mod mirror;
mod packages;
mod release;
mod suite;
mod version;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use fs_err as fs;

pub use closure::closure;
pub use mirror::{Mirrors, Part};
pub use packages::{Index, Package};
pub use suite::{SUITES, Suite};
pub use version::compare_versions;

use crate::cache::Cache;
use crate::compress;
use crate::fetch::{Expected, Fetcher, Meter, Network, NotFound, sha256};
use crate::report::{Events, brief};
use release::{Keyring, Release};

/// Debian's name of the one architecture so far.
const ARCH: &str = "amd64";

/// How long a suite's index is used before the archive is asked whether there is a newer one.
const INDEX_AGE: Duration = Duration::from_secs(24 * 3600);

/// The archive, as seen through a mirror and our cache.
#[derive(Debug)]
pub struct Archive {
    mirrors: Mirrors,
    /// Further keys that may sign, as workbench.toml names them.
    further_keys: Option<PathBuf>,
    cache: Cache,
    fetcher: Fetcher,
    events: Events,
}

impl Archive {
    pub fn new(
        mirrors: Mirrors,
        further_keys: Option<PathBuf>,
        cache: Cache,
        fetcher: Fetcher,
        events: Events,
    ) -> Self {
        Self { mirrors, further_keys, cache, fetcher, events }
    }

    pub fn mirrors(&self) -> &Mirrors {
        &self.mirrors
    }

    /// The packages of a suite, from an index whose signature and hash have been checked. One older than [`INDEX_AGE`] is
    /// asked for again; when that fails the old one serves.
    pub fn index(&self, suite: &'static Suite) -> Result<Index> {
        let dir = self.suite_dir(suite);
        let _lock = self.cache.lock(&format!("index-{}", suite.name))?;
        let known = dir.join("InRelease");
        let recent = age(&known).is_some_and(|age| age < INDEX_AGE);
        let wanted = !recent && (self.fetcher.network() == Network::Online || !known.exists());
        if wanted && let Err(err) = self.refresh(suite, &dir) {
            if !known.exists() {
                return Err(err.context(format!("failed to get the index of Debian's suite `{}`", suite.name)));
            }
            self.events.note(format!("using an older index of Debian's suite `{}`: {}", suite.name, brief(&err)));
        }
        let text = fs::read_to_string(dir.join("Packages"))?;
        Ok(Index::parse(&text, suite))
    }

    /// Asks the mirror for a suite's signed list, checks it, and gives its date.
    pub fn ask(&self, suite: &'static Suite) -> Result<String> {
        let (_, release) = self.release(suite)?;
        Ok(release.field("Date").unwrap_or("an unknown date").to_owned())
    }

    /// A suite's signed list, as it came and as it was checked. The keys are read only here: most runs verify nothing, and
    /// checking how the keys hang together takes its time.
    fn release(&self, suite: &Suite) -> Result<(String, Release)> {
        let further = self.further_keys.as_ref().map(fs::read).transpose().map_err(Into::into);
        let keyring = further.and_then(|keys| Keyring::new(keys.as_deref()));
        let keyring = keyring.context("failed to read the keyring of workbench.toml")?;
        let url = format!("{}/InRelease", self.suite_url(suite));
        let in_release = self.fetcher.text(&url)?;
        let release = Release::verify(&in_release, suite.name, &keyring);
        let release = release.with_context(|| format!("`{url}` can't be trusted"))?;
        Ok((in_release, release))
    }

    fn suite_url(&self, suite: &Suite) -> String {
        format!("{}/dists/{}", self.mirrors.part(suite.part), suite.name)
    }

    fn suite_dir(&self, suite: &Suite) -> PathBuf {
        let base = self.mirrors.part(suite.part);
        self.cache.path("debian", &sha256(base.as_bytes())[..12]).join(suite.name)
    }

    fn refresh(&self, suite: &Suite, dir: &Path) -> Result<()> {
        let base = self.suite_url(suite);
        let (in_release, release) = self.release(suite)?;
        let known = dir.join("InRelease");
        if fs::read_to_string(&known).is_ok_and(|old| old == in_release) && dir.join("Packages").exists() {
            // Writing it anew makes it young.
            return self.cache.write(&known, in_release.as_bytes());
        }
        let path = format!("main/binary-{ARCH}/Packages.xz");
        let file = release.file(&path).with_context(|| format!("`{base}/InRelease` lists no `{path}`"))?;
        let scratch = self.cache.scratch()?;
        let compressed = scratch.path().join("Packages.xz");
        let expected = Expected { sha256: &file.sha256, size: file.size };
        let meter = Meter::new(&self.events, &format!("the index of Debian's {}", suite.name), file.size);
        let by_hash = format!("{base}/main/binary-{ARCH}/by-hash/SHA256/{}", file.sha256);
        match self.fetcher.file(&by_hash, expected, &compressed, &meter) {
            Err(err) if err.is::<NotFound>() || err.chain().any(|it| it.is::<NotFound>()) => {
                self.fetcher.file(&format!("{base}/{path}"), expected, &compressed, &meter)?;
            }
            fetched => fetched?,
        }
        let packages = compress::read_xz(&compressed)?;
        self.cache.write(&dir.join("Packages"), &packages)?;
        self.cache.write(&known, in_release.as_bytes())
    }

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

    fn fetch_and_unpack(&self, package: &Package, scratch: &Path, root: &Path, meter: &Meter) -> Result<()> {
        let url = format!("{}/{}", self.mirrors.part(package.part), package.filename);
        let file = scratch.join(format!("{}.deb", package.name));
        let expected = Expected { sha256: &package.sha256, size: package.size };
        self.fetcher.file(&url, expected, &file, meter)?;
        deb::unpack(&file, root).with_context(|| format!("failed to unpack the package `{}`", package.name))?;
        fs::remove_file(&file)?;
        Ok(())
    }
}

fn age(path: &Path) -> Option<Duration> {
    SystemTime::now().duration_since(fs::metadata(path).ok()?.modified().ok()?).ok()
}
