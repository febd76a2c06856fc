// SPDX-License-Identifier: MIT OR Apache-2.0
//! `InRelease`: the signed list of a suite's indexes (<https://wiki.debian.org/DebianRepository/Format#A.22Release.22_files>).

use anyhow::{Context as _, Result, bail};
use pgp::composed::{CleartextSignedMessage, Deserializable as _, SignedPublicKey};

/// The keys that may sign: Debian's own keyring, as its package debian-archive-keyring 2025.1 has it, and those of workbench.toml.
#[derive(Debug, Clone)]
pub(super) struct Keyring {
    keys: Vec<SignedPublicKey>,
}

const DEBIAN_KEYS: &[u8] = include_bytes!("debian-archive-keyring.pgp");

impl Keyring {
    /// Debian's keys, and those of a further file's content.
    pub(super) fn debian(further: Option<&[u8]>) -> Result<Self> {
        let mut keyring = Self::of(DEBIAN_KEYS)?;
        if let Some(further) = further {
            keyring.keys.extend(Self::of(further)?.keys);
        }
        Ok(keyring)
    }

    /// The keys of a file's content, in binary form or in ASCII armour.
    pub(super) fn of(bytes: &[u8]) -> Result<Self> {
        let (found, _armour) = SignedPublicKey::from_reader_many(bytes).ok().context("it has no OpenPGP keys")?;
        let mut keys = Vec::new();
        for key in found {
            let key = key.context("failed to read an OpenPGP key of the archive's keyring")?;
            for subkey in &key.public_subkeys {
                subkey
                    .verify_bindings(&key.primary_key)
                    .context("an OpenPGP subkey of the keyring is not bound to its key")?;
            }
            keys.push(key);
        }
        Ok(Self { keys })
    }

    /// Is one of the signatures one of ours?
    fn signed(&self, message: &CleartextSignedMessage) -> bool {
        self.keys.iter().any(|key| {
            message.verify(&key.primary_key).is_ok()
                || key.public_subkeys.iter().any(|sub| message.verify(&sub.key).is_ok())
        })
    }
}

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
        let (message, _headers) =
            CleartextSignedMessage::from_string(in_release).context("it is not an OpenPGP signed text")?;
        if !keyring.signed(&message) {
            bail!("none of its signatures is by a key that is trusted");
        }
        let release = Self { text: message.signed_text().replace("\r\n", "\n") };
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
