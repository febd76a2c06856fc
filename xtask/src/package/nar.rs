// SPDX-License-Identifier: MIT OR Apache-2.0
//! Nix's archives (NAR), as far as their hash is concerned: the form that a folder has for `hash = "sha256-…"` of a fetcher.
//! The format is in Dolstra's thesis, section 5.2, and in the Nix manual, "Nix Archive".

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

/// What lies in a folder under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    File { is_executable: bool, content: Vec<u8> },
    Link(Vec<u8>),
    Folder(BTreeMap<Vec<u8>, Self>),
}

impl Node {
    /// Puts a node below this folder, with the folders on the way.
    pub fn insert(&mut self, path: &[u8], node: Self) {
        let Self::Folder(entries) = self else { return };
        match path.iter().position(|byte| *byte == b'/') {
            None => drop(entries.insert(path.to_vec(), node)),
            Some(at) => {
                let below = entries.entry(path[..at].to_vec()).or_insert_with(|| Self::Folder(BTreeMap::new()));
                below.insert(&path[at + 1..], node);
            }
        }
    }

    /// The hash as fetchers have it.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        word(&mut hasher, b"nix-archive-1");
        self.write(&mut hasher);
        format!("sha256-{}", base64(&hasher.finalize()))
    }

    fn write(&self, to: &mut Sha256) {
        word(to, b"(");
        word(to, b"type");
        match self {
            Self::File { is_executable, content } => {
                word(to, b"regular");
                if *is_executable {
                    word(to, b"executable");
                    word(to, b"");
                }
                word(to, b"contents");
                word(to, content);
            }
            Self::Link(target) => {
                word(to, b"symlink");
                word(to, b"target");
                word(to, target);
            }
            Self::Folder(entries) => {
                word(to, b"directory");
                for (name, node) in entries {
                    word(to, b"entry");
                    word(to, b"(");
                    word(to, b"name");
                    word(to, name);
                    word(to, b"node");
                    node.write(to);
                    word(to, b")");
                }
            }
        }
        word(to, b")");
    }
}

/// A length in eight bytes, the bytes, and zeros up to a multiple of eight.
fn word(to: &mut Sha256, bytes: &[u8]) {
    to.update((bytes.len() as u64).to_le_bytes());
    to.update(bytes);
    to.update(&[0; 8][..(8 - bytes.len() % 8) % 8]);
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for at in 0..4 {
            let digit = char::from(DIGITS[(bits >> (18 - 6 * at) & 63) as usize]);
            text.push(if at <= three.len() { digit } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hashes are those that `nix hash path` prints.
    #[test]
    fn hashes() {
        let file = |is_executable, text: &str| Node::File { is_executable, content: text.into() };
        let mut top = Node::Folder(BTreeMap::new());
        assert_eq!(top.hash(), "sha256-pQpattmS9VmO3ZIQUFn66az8GSmB4IvYhTTCFn6SUmo=");
        top.insert(b"sub/one", file(true, "#!/bin/sh\n"));
        top.insert(b"sub.c", file(false, "int x;\n"));
        top.insert(b"link", Node::Link(b"sub/one".to_vec()));
        assert_eq!(top.hash(), "sha256-NltxhexnPIpj08ptu49V9Jz1If/a5oFBlru4OcAV6b4=");
        assert_eq!([base64(b""), base64(b"a"), base64(b"ab"), base64(b"abc")], ["", "YQ==", "YWI=", "YWJj"]);
    }
}
