// SPDX-License-Identifier: MIT OR Apache-2.0
//! kernel.org as a source of kernels: every release that upstream ever made, as sources. They are checked against a list
//! that kernel.org signs (<https://www.kernel.org/signature.html>) and unpacked into the cache; a name with a profile builds them.

mod index;
mod unpack;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use self::index::{Index, Release, Sums};
use super::name::{Which, Wish};
use super::release::Numbers;
use super::source::{Answer, Effort, Source};
use crate::cache::{Cache, age};
use crate::fetch::{Expected, Fetcher, Meter, Network, NotFound, sha256};
use crate::report::{Events, brief};
use crate::signed::Keyring;

/// `[kernel-org]` in workbench.toml.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Address of the site with `releases.json`, without a slash at its end, as all of these.
    pub site: String,
    /// Address of a mirror, which has `pub/linux/kernel`.
    pub mirror: String,
    /// Address of the server with the key that signs the checksums, in a Web Key Directory
    /// (<https://www.ietf.org/archive/id/draft-koch-openpgp-webkey-service-20.html>, direct method).
    pub key_site: String,
    /// A file with that key instead, in binary form or as ASCII armour; it is trusted, whichever it is.
    pub key: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            site: "https://www.kernel.org".to_owned(),
            mirror: "https://cdn.kernel.org".to_owned(),
            key_site: "https://kernel.org".to_owned(),
            key: None,
        }
    }
}

/// `Kernel.org checksum autosigner <autosigner@kernel.org>`, which signs every `sha256sums.asc`; made in 2013, and the same
/// in all distributions that check those lists (Gentoo's package openpgp-keys-kernel, among others).
const KEY: &str = "B8868C80BA62A1FFFAF5FDA9632D3A06589DA6B1";

/// Below a Web Key Directory: the SHA-1 of `autosigner` in z-base-32.
const KEY_PATH: &str = ".well-known/openpgpkey/hu/ew8uiogxwri7d3fuioqgt7u1d5sngorx?l=autosigner";

const SIGNER: &str = "kernel.org's checksum autosigner";

/// How long a list is used before the site is asked whether there is a newer one.
const LIST_AGE: Duration = Duration::from_secs(3600);

/// See the module's documentation.
#[derive(Debug)]
pub struct KernelOrg {
    pub settings: Settings,
    /// The settings' paths are relative to it.
    pub workspace: PathBuf,
    pub cache: Cache,
    pub events: Events,
    pub fetcher: Fetcher,
}

/// The name of this source.
pub const KERNEL_ORG: &str = "kernel.org";

/// More than any release has by far: the list of checksums has no sizes, so the server is asked for them.
const MOST_OF_TARBALL: u64 = 1 << 30;

/// What a wish means here.
enum Meant {
    Release(Release),
    /// Nothing, and why: `has no linux 6.99`.
    Nothing(String),
}

impl Source for KernelOrg {
    fn name(&self) -> &str {
        KERNEL_ORG
    }

    fn find(&self, wish: &Wish, _effort: Effort) -> Result<Answer> {
        let release = match self.meant(wish)? {
            Meant::Nothing(why) => return Ok(Answer::None { why, help: None }),
            Meant::Release(release) => release,
        };
        let wish = Wish { source: Some(KERNEL_ORG.to_owned()), flavour: None, ..wish.clone() };
        let why = format!("has linux {release} as source");
        let help = format!("`--kernel {wish}+vm` builds it, and `{wish}+debug` with what finds mistakes");
        Ok(Answer::None { why, help: Some(help) })
    }
}

impl KernelOrg {
    /// The folder with the sources of the release that a wish means, fetched if need be. It is there whole, or not at all.
    pub fn fetch_source(&self, wish: &Wish) -> Result<PathBuf> {
        let release = match self.meant(wish)? {
            Meant::Release(release) => release,
            Meant::Nothing(why) => bail!("there are no sources of `{wish}`: kernel.org {why}"),
        };
        let name = release.folder();
        self.cache.entry("sources", &name, |dir| {
            let sums = self.sums(release.major)?;
            let tarball = format!("{name}.tar.xz");
            let sha256 = sums.as_ref().and_then(|sums| sums.of(release)).with_context(|| {
                format!(
                    "the signed list of `{}` has no `{tarball}`\nhelp: a mirror may lag a few hours behind; name an older release",
                    self.folder_url(release.major)
                )
            })?;
            let scratch = self.cache.scratch()?;
            let file = scratch.path().join(&tarball);
            let url = format!("{}/{tarball}", self.folder_url(release.major));
            let size = self.fetcher.size(&url)?;
            ensure!(size <= MOST_OF_TARBALL, "`{url}` has {size} bytes: no release is so large");
            let meter = Meter::new(&self.events, &tarball, size);
            self.fetcher.file(&url, Expected { sha256, size }, &file, &meter)?;
            drop(meter);
            unpack::unpack(&file, &name, scratch.path(), &self.events)
                .with_context(|| format!("failed to unpack `{url}`"))?;
            fs::rename(scratch.path().join(&name), dir)?;
            Ok(())
        })
    }

    fn meant(&self, wish: &Wish) -> Result<Meant> {
        if let Some(flavour) = &wish.flavour {
            return Ok(Meant::Nothing(format!("has no flavours, and so no `{flavour}`")));
        }
        let (found, what) = match wish.which {
            Which::Latest => return Ok(Meant::Release(self.index()?.latest()?)),
            Which::Series(major, minor) => {
                let index = self.index()?;
                let found = match index.newest(major, minor) {
                    Some(release) => Some(release),
                    None => self.sums(major)?.and_then(|sums| sums.newest(minor)),
                };
                if let (None, Some(candidate)) = (found, index.candidate(major, minor)) {
                    return Ok(Meant::Nothing(format!("has only {candidate}, for which it signs no checksum")));
                }
                (found, format!("{major}.{minor}"))
            }
            Which::Release(Numbers { rc: Some(_), .. }) => {
                return Ok(Meant::Nothing("signs no checksums for release candidates".to_owned()));
            }
            Which::Release(Numbers { major, minor, patch, rc: None }) => {
                let release = Release { major, minor, patch };
                let is_there = self.sums(major)?.is_some_and(|sums| sums.of(release).is_some());
                (is_there.then_some(release), release.to_string())
            }
            Which::Uname(_) | Which::Host | Which::Tree(_) | Which::Sources { .. } => {
                return Ok(Meant::Nothing("names its kernels by series and release".to_owned()));
            }
        };
        Ok(found.map_or_else(|| Meant::Nothing(format!("has no linux {what}")), Meant::Release))
    }

    /// Where the sources of a release are, or will be.
    fn folder_url(&self, major: u32) -> String {
        format!("{}/pub/linux/kernel/v{major}.x", self.settings.mirror)
    }

    fn index(&self) -> Result<Index> {
        let url = format!("{}/releases.json", self.settings.site);
        self.up_to_date("releases.json", &url, &|bytes| Index::parse(bytes))
    }

    /// The checksums of all tarballs whose versions begin with this number; none when there are no such versions.
    fn sums(&self, major: u32) -> Result<Option<Sums>> {
        let url = format!("{}/sha256sums.asc", self.folder_url(major));
        let name = format!("v{major}.x-sha256sums.asc");
        let checked = self.up_to_date(&name, &url, &|bytes| {
            let text = std::str::from_utf8(bytes).context("it is not text")?;
            Ok(Sums::parse(&self.keyring()?.verify(text)?, major))
        });
        match checked {
            Err(err) if err.chain().any(|it| it.is::<NotFound>() && it.to_string().contains(&url)) => Ok(None),
            sums => sums.map(Some),
        }
    }

    fn keyring(&self) -> Result<Keyring> {
        if let Some(file) = &self.settings.key {
            let key = fs::read(self.workspace.join(file)).context("failed to read the key of workbench.toml")?;
            return Keyring::read(SIGNER, &[&key]);
        }
        let url = format!("{}/{KEY_PATH}", self.settings.key_site);
        self.up_to_date("autosigner.pgp", &url, &|bytes| Keyring::read(SIGNER, &[bytes])?.only(KEY))
    }

    /// A small file, from the cache if it is not old; it enters the cache when it has been understood. When there is no newer
    /// one to be had the old one serves.
    fn up_to_date<T>(&self, name: &str, url: &str, understand: &dyn Fn(&[u8]) -> Result<T>) -> Result<T> {
        let known = self.cache.path("kernel.org", &sha256(url.as_bytes())[..12]).join(name);
        let read = || -> Result<T> { understand(&fs::read(&known)?) };
        let recent = age(&known).is_some_and(|age| age < LIST_AGE);
        if recent || (self.fetcher.network() == Network::Offline && known.exists()) {
            return read();
        }
        let fetched = self.fetcher.clone().hasty().bytes(url).and_then(|bytes| {
            let understood = understand(&bytes).with_context(|| format!("`{url}` can't be used"))?;
            self.cache.write(&known, &bytes)?;
            Ok(understood)
        });
        fetched.or_else(|err| {
            if !known.exists() {
                return Err(err);
            }
            self.events.note(format!("using an older `{name}` of kernel.org: {}", brief(&err)));
            read()
        })
    }
}
