// SPDX-License-Identifier: MIT OR Apache-2.0
//! Texts that carry an OpenPGP signature of their own (RFC 9580, section 7), and the keys that may have made it.

use anyhow::{Context as _, Result, bail};
use pgp::composed::{CleartextSignedMessage, Deserializable as _, SignedPublicKey};

/// The keys that may sign.
#[derive(Debug, Clone)]
pub(crate) struct Keyring {
    keys: Vec<SignedPublicKey>,
    /// Whose they are, for messages: `the Debian archive`.
    owner: String,
}

impl Keyring {
    /// The keys of these files' contents, in binary form or as ASCII armour. A subkey must be bound to its key.
    pub(crate) fn read(owner: &str, files: &[&[u8]]) -> Result<Self> {
        let mut keys = Vec::new();
        for file in files {
            let unreadable = || format!("failed to read an OpenPGP key of {owner}");
            let (found, _headers) = SignedPublicKey::from_reader_many(*file).ok().with_context(unreadable)?;
            for key in found {
                let key = key.with_context(unreadable)?;
                for subkey in &key.public_subkeys {
                    subkey
                        .verify_bindings(&key.primary_key)
                        .with_context(|| format!("an OpenPGP subkey of {owner} is not bound to its key"))?;
                }
                keys.push(key);
            }
        }
        Ok(Self { keys, owner: owner.to_owned() })
    }

    /// What of a clear-signed text was signed by one of the keys, with plain line ends. What stands outside of the
    /// signed part is nobody's word, and is left out.
    pub(crate) fn verify(&self, signed: &str) -> Result<String> {
        let (message, _headers) =
            CleartextSignedMessage::from_string(signed).context("it is not an OpenPGP signed text")?;
        let by = |key: &SignedPublicKey| {
            message.verify(&key.primary_key).is_ok()
                || key.public_subkeys.iter().any(|sub| message.verify(&sub.key).is_ok())
        };
        if !self.keys.iter().any(by) {
            bail!("none of its signatures is by a key of {}", self.owner);
        }
        Ok(message.signed_text().replace("\r\n", "\n"))
    }
}
