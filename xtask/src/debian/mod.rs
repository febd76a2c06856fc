// SPDX-License-Identifier: MIT OR Apache-2.0
//! Debian's archive, and others of its form: where they are, what they have, and how packages are unpacked without root rights.

mod closure;
mod data;
mod date;
mod deb;
pub mod mirror;
mod packages;
mod release;
mod root;
mod row;
mod suite;
#[cfg(test)]
pub(crate) mod tests;
mod unpack;
mod version;
mod xz;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use fs_err as fs;

pub use closure::closure;
pub use data::Data;
pub use deb::{Inner, Place};
pub use mirror::{Mirrors, Part};
pub use packages::{Index, Package};
pub(crate) use root::inside;
pub use row::Row;
pub use suite::{DEBIAN_SUITES, DebianSuite, Suite};
pub use unpack::Kept;
pub use version::compare_versions;

use crate::cache::{Cache, age};
use crate::compress;
use crate::fetch::{Expected, Fetcher, Meter, Network, NotFound, sha256};
use crate::report::{Events, brief};
use crate::signed::Keyring;
use release::{DEBIAN_KEYS, Release};

/// Debian's name of the one architecture so far.
const ARCH: &str = "amd64";

/// The files of a suite's folder in the cache.
const IN_RELEASE: &str = "InRelease";
const PACKAGES: &str = "Packages";
const KERNELS: &str = "Packages-of-kernels";

/// How long a suite's index is used before the archive is asked whether there is a newer one.
const INDEX_AGE: Duration = Duration::from_secs(24 * 3600);

/// The name of Debian's own archive.
pub const DEBIAN: &str = "debian";

/// What the names of packages that make up a kernel begin with, in Debian, in Ubuntu and in Proxmox.
const KERNEL_PACKAGES: &[&str] = &["linux-", "proxmox-headers-", "proxmox-kernel-", "pve-headers-", "pve-kernel-"];

/// An archive, as seen through a mirror and our cache.
#[derive(Debug)]
pub struct Archive {
    /// [`DEBIAN`], or the name of a row in workbench.toml.
    pub name: String,
    pub suites: Vec<Arc<Suite>>,
    /// Its address and where that was found, for people.
    pub origin: String,
    keys: Keys,
    cache: Cache,
    fetcher: Fetcher,
    events: Events,
}

/// Whose signatures count.
#[derive(Debug, Clone)]
enum Keys {
    /// Debian's, and those of a further file.
    Debian(Option<PathBuf>),
    File(PathBuf),
}

impl Archive {
    /// Debian's own archive; `further_keys` is a file of keys that may sign besides Debian's.
    pub fn debian(
        mirrors: &Mirrors,
        further_keys: Option<PathBuf>,
        cache: Cache,
        fetcher: Fetcher,
        events: Events,
    ) -> Self {
        Self {
            name: DEBIAN.to_owned(),
            suites: suite::of_debian(mirrors),
            origin: format!("{} (from {})", mirrors.main, mirrors.origin),
            keys: Keys::Debian(further_keys),
            cache,
            fetcher,
            events,
        }
    }

    /// Another archive of the same form, that workbench.toml in the folder `workspace` names.
    pub fn of_row(
        name: &str,
        row: &Row,
        workspace: &Path,
        cache: Cache,
        fetcher: Fetcher,
        events: Events,
    ) -> Result<Self> {
        Ok(Self {
            name: name.to_owned(),
            suites: row.suites(name)?,
            origin: format!("{} (from workbench.toml)", row.url),
            keys: Keys::File(workspace.join(&row.key)),
            cache,
            fetcher,
            events,
        })
    }

    pub fn network(&self) -> Network {
        self.fetcher.network()
    }

    pub fn suite(&self, name: &str) -> Result<&Arc<Suite>> {
        let suite = self.suites.iter().find(|suite| suite.name == name);
        suite.with_context(|| format!("the archive `{}` has no suite `{name}`", self.name))
    }

    /// The packages of a suite, from an index whose signature and hash have been checked. One older than [`INDEX_AGE`] is
    /// asked for again; when that fails the old one serves.
    pub fn index(&self, suite: &Arc<Suite>) -> Result<Index> {
        let dir = self.up_to_date(suite)?;
        Ok(Index::parse(&fs::read_to_string(dir.join(PACKAGES))?, suite))
    }

    /// Of a suite's packages those that kernels are made of: a hundredth of the whole, and quickly read.
    pub fn kernel_index(&self, suite: &Arc<Suite>) -> Result<Index> {
        let dir = self.up_to_date(suite)?;
        let path = dir.join(KERNELS);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(_) => {
                let text = packages::only(&fs::read_to_string(dir.join(PACKAGES))?, KERNEL_PACKAGES);
                self.cache.write(&path, text.as_bytes())?;
                text
            }
        };
        Ok(Index::parse(&text, suite))
    }

    /// The folder of a suite's lists, none of them older than [`INDEX_AGE`] if that can be helped.
    fn up_to_date(&self, suite: &Suite) -> Result<PathBuf> {
        let dir = self.suite_dir(suite);
        let known = dir.join(IN_RELEASE);
        let is_recent = || age(&known).is_some_and(|age| age < INDEX_AGE) && dir.join(PACKAGES).exists();
        if is_recent() || (self.network() == Network::Offline && known.exists()) {
            return Ok(dir);
        }
        let _lock = self.cache.lock(&format!("index-{}-{}", self.name, suite.name))?;
        // Another run may have asked while we waited.
        if !is_recent()
            && let Err(err) = self.refresh(suite, &dir)
        {
            let what = self.said(suite);
            if !known.exists() {
                return Err(err.context(format!("failed to get the index of {what}")));
            }
            self.events.note(format!("using an older index of {what}: {}", brief(&err)));
        }
        Ok(dir)
    }

    /// A suite's name, as a sentence has it.
    fn said(&self, suite: &Suite) -> String {
        match self.name.as_str() {
            DEBIAN => format!("Debian's suite `{}`", suite.name),
            name => format!("the suite `{}` of `{name}`", suite.name),
        }
    }

    /// Asks the mirror for a suite's signed list, checks it, and gives its date.
    pub fn ask(&self, suite: &Suite) -> Result<String> {
        let (_, release) = self.release(suite)?;
        Ok(release.field("Date").unwrap_or("an unknown date").to_owned())
    }

    /// A date at which the archive's past has all that the list of a suite names, as `20261115T000000Z`.
    pub fn date(&self, suite: &Suite) -> Result<Option<String>> {
        let in_release = fs::read_to_string(self.up_to_date(suite)?.join(IN_RELEASE))?;
        Ok(in_release.lines().find_map(|line| date::of_snapshot(line.strip_prefix("Date: ")?)))
    }

    /// A text that is another when the suite has other packages.
    pub fn state(&self, suite: &Suite) -> Result<String> {
        Ok(sha256(&fs::read(self.up_to_date(suite)?.join(IN_RELEASE))?))
    }

    /// A suite's signed list, as it came and as it was checked. The keys are read only here: most runs verify nothing, and
    /// checking how the keys hang together takes its time.
    fn release(&self, suite: &Suite) -> Result<(String, Release)> {
        let keyring = self.keyring().context("failed to read the keyring of workbench.toml")?;
        let url = format!("{}/{IN_RELEASE}", suite_url(suite));
        let in_release = self.fetcher.text(&url)?;
        let release = Release::verify(&in_release, &suite.name, &keyring);
        let release = release.with_context(|| format!("`{url}` can't be trusted"))?;
        Ok((in_release, release))
    }

    fn keyring(&self) -> Result<Keyring> {
        match &self.keys {
            Keys::Debian(further) => {
                let further = further.as_ref().map(fs::read).transpose()?;
                let files = [Some(DEBIAN_KEYS), further.as_deref()];
                Keyring::read("the Debian archive", &files.into_iter().flatten().collect::<Vec<_>>())
            }
            Keys::File(file) => Keyring::read(&format!("the archive `{}`", self.name), &[&fs::read(file)?]),
        }
    }

    fn suite_dir(&self, suite: &Suite) -> PathBuf {
        self.cache.path("debian", &sha256(suite.url.as_bytes())[..12]).join(&suite.name)
    }

    fn refresh(&self, suite: &Suite, dir: &Path) -> Result<()> {
        let (in_release, release) = self.release(suite)?;
        let known = dir.join(IN_RELEASE);
        if fs::read_to_string(&known).is_ok_and(|old| old == in_release) && dir.join(PACKAGES).exists() {
            // Writing it anew makes it young.
            return self.cache.write(&known, in_release.as_bytes());
        }
        let mut packages = String::new();
        for component in &suite.components {
            packages.push_str(&self.packages(suite, component, &release)?);
        }
        let kernels = packages::only(&packages, KERNEL_PACKAGES);
        // The list that says how new they are comes last: with it missing they are fetched again.
        self.cache.write(&dir.join(KERNELS), kernels.as_bytes())?;
        self.cache.write(&dir.join(PACKAGES), packages.as_bytes())?;
        self.cache.write(&known, in_release.as_bytes())
    }

    /// The index of one component of a suite. Small archives may have no by-hash folders, and not every compression.
    fn packages(&self, suite: &Suite, component: &str, release: &Release) -> Result<String> {
        let base = suite_url(suite);
        let folder = format!("{component}/binary-{ARCH}");
        let listed = [".xz", ".gz", ""].into_iter().find_map(|ending| {
            let path = format!("{folder}/Packages{ending}");
            release.file(&path).map(|file| (ending, path, file))
        });
        let Some((ending, path, file)) = listed else {
            bail!("`{base}/{IN_RELEASE}` lists no `{folder}/Packages.xz`");
        };
        let scratch = self.cache.scratch()?;
        let compressed = scratch.path().join("Packages");
        let expected = Expected { sha256: &file.sha256, size: file.size };
        let whose = if self.name == DEBIAN { "Debian's" } else { &self.name };
        let meter = Meter::new(&self.events, &format!("the index of {whose} {}", suite.name), file.size);
        let by_hash = format!("{base}/{folder}/by-hash/SHA256/{}", file.sha256);
        match self.fetcher.file(&by_hash, expected, &compressed, &meter) {
            Err(err) if err.chain().any(|it| it.is::<NotFound>()) => {
                self.fetcher.file(&format!("{base}/{path}"), expected, &compressed, &meter)?;
            }
            fetched => fetched?,
        }
        let packages = compress::read(&compressed, ending)?;
        let text = String::from_utf8(packages).ok().with_context(|| format!("`{base}/{path}` is not text"))?;
        Ok(text.trim_end().to_owned() + "\n\n")
    }

    /// Whether the mirror has a package now.
    pub fn has(&self, package: &Package) -> Result<bool> {
        self.fetcher.exists(&package.url())
    }
}

fn suite_url(suite: &Suite) -> String {
    format!("{}/dists/{}", suite.url, suite.name)
}
