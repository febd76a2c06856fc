// SPDX-License-Identifier: MIT OR Apache-2.0
//! `InRelease`: the signed list of a suite's indexes (<https://wiki.debian.org/DebianRepository/Format#A.22Release.22_files>).

use anyhow::{Result, bail};

use crate::signed::Keyring;

/// Debian's own keyring, as its package debian-archive-keyring 2025.1 has it.
pub(super) const DEBIAN_KEYS: &[u8] = include_bytes!("debian-archive-keyring.pgp");

/// A suite's list of indexes, whose signature has been checked.
#[derive(Debug, Clone)]
pub(super) struct Release {
    text: String,
}

/// A file that a [`Release`] vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReleaseFile {
    pub sha256: String,
    pub size: u64,
}

impl Release {
    /// Checks the signature of an InRelease file. `suite` must be the name it gives itself, so that one suite's list
    /// can't be served as another's.
    pub(super) fn verify(in_release: &str, suite: &str, keyring: &Keyring) -> Result<Self> {
        let release = Self { text: keyring.verify(in_release)? };
        let names = [release.field("Codename"), release.field("Suite")];
        if !names.contains(&Some(suite)) {
            bail!("it is the list of the suite `{}`, not of `{suite}`", names[0].unwrap_or("?"));
        }
        Ok(release)
    }

    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let mut lines = self.text.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    }

    /// The entry of a file, by its path below the suite's folder.
    pub(super) fn file(&self, path: &str) -> Option<ReleaseFile> {
        let mut lines = self.text.lines().skip_while(|line| *line != "SHA256:").skip(1);
        lines.by_ref().take_while(|line| line.starts_with(' ')).find_map(|line| {
            let mut words = line.split_whitespace();
            let (sha256, size, name) = (words.next()?, words.next()?, words.next()?);
            (name == path).then(|| Some(ReleaseFile { sha256: sha256.to_owned(), size: size.parse().ok()? }))?
        })
    }
}
