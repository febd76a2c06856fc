// SPDX-License-Identifier: MIT OR Apache-2.0
//! Texts that carry an OpenPGP signature of their own (RFC 9580, section 7), and the keys that may have made it.

use anyhow::{Context as _, Result, bail, ensure};
use pgp::composed::{CleartextSignedMessage, Deserializable as _, SignedPublicKey};
use pgp::types::KeyDetails as _;

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

    /// Only the key whose primary key has this fingerprint (hexadecimal, upper case); an error if it is not there.
    pub(crate) fn only(self, fingerprint: &str) -> Result<Self> {
        let Self { mut keys, owner } = self;
        let found: Vec<String> = keys.iter().map(|key| format!("{:X}", key.fingerprint())).collect();
        keys.retain(|key| format!("{:X}", key.fingerprint()) == fingerprint);
        ensure!(
            !keys.is_empty(),
            "the key of {owner} has the fingerprint {fingerprint}, but this is {}",
            if found.is_empty() { "no key".to_owned() } else { found.join(", ") }
        );
        Ok(Self { keys, owner })
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

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// Which of Debian's own keys is left.
    #[track_caller]
    fn check(file: &[u8], fingerprint: &str, expected: &Expect) {
        let said = match Keyring::read("Debian", &[file]).and_then(|keys| keys.only(fingerprint)) {
            Ok(keyring) => keyring.keys.iter().map(|key| format!("{:X}", key.fingerprint())).collect::<String>(),
            Err(err) => format!("{err:#}").split(", ").take(2).collect::<Vec<_>>().join(", "),
        };
        expected.assert_eq(&said);
    }

    #[test]
    fn only_the_key_with_a_fingerprint() {
        let keys = include_bytes!("debian/debian-archive-keyring.pgp");
        let known = "4D64FEC119C2029067D6E791F8D2585B8783D481";
        check(keys, known, &expect!["4D64FEC119C2029067D6E791F8D2585B8783D481"]);
        check(
            keys,
            "B8868C80BA62A1FFFAF5FDA9632D3A06589DA6B1",
            &expect![
                "the key of Debian has the fingerprint B8868C80BA62A1FFFAF5FDA9632D3A06589DA6B1, but this is 1F89983E0081FDE018F3CC9673A4F27B8DD47936"
            ],
        );
        check(
            keys,
            "",
            &expect!["the key of Debian has the fingerprint , but this is 1F89983E0081FDE018F3CC9673A4F27B8DD47936"],
        );
        check(b"<html>", known, &expect!["failed to read an OpenPGP key of Debian"]);
        check(b"", known, &expect!["failed to read an OpenPGP key of Debian"]);
    }
}
