// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where Nix gets a package from, and how it knows that it is that one.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use fs_err as fs;
use sha1::Digest as _;

use crate::debian::{DEBIAN, DEBIAN_SUITES, Package, Part};
use crate::fetch::sha256_of;

/// A package, as Nix is to get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The name of its file.
    pub name: String,
    /// In hexadecimal.
    pub sha256: String,
    pub place: Place,
}

/// Where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At any of these addresses.
    Urls(Vec<String>),
    /// On this machine: an absolute path.
    File(PathBuf),
}

/// Debian's archive at the address that holds for everybody, whatever mirror is used here.
const DEBIAN_ARCHIVE: &str = "https://deb.debian.org";

/// Debian's past by the SHA-1 of a file, which needs no date: what is imported today and in a year reads the same
/// (<https://salsa.debian.org/snapshot-team/snapshot/raw/master/API>).
const DEBIAN_PAST: &str = "https://snapshot.debian.org/file";

impl Source {
    /// A file of this machine. If it was published below an address, `url`, it is fetched from there.
    pub(super) fn of_file(path: &Path, url: Option<&str>) -> Result<Self> {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.with_context(|| format!("the name of `{}` is no UTF-8", path.display()))?.to_owned();
        let sha256 = sha256_of(&mut fs::File::open(path)?)?;
        let place = match url {
            Some(url) => Place::Urls(vec![format!("{}/{}", url.trim_end_matches('/'), in_url(&name))]),
            None => Place::File(fs::canonicalize(path)?),
        };
        Ok(Self { name, sha256, place })
    }

    /// A package of an archive, of which `file` is a copy.
    pub(super) fn of_package(package: &Package, file: &Path) -> Result<Self> {
        let name = package.filename.rsplit('/').next().unwrap_or_default().to_owned();
        let urls = if package.suite.archive == DEBIAN {
            let row = DEBIAN_SUITES.iter().find(|row| row.name == package.suite.name);
            let half = match row.map(|row| row.part) {
                Some(Part::Security) => "debian-security",
                Some(Part::Main) | None => "debian",
            };
            let sha1: String = sha1::Sha1::digest(fs::read(file)?).iter().map(|byte| format!("{byte:02x}")).collect();
            vec![format!("{DEBIAN_ARCHIVE}/{half}/{}", in_url(&package.filename)), format!("{DEBIAN_PAST}/{sha1}")]
        } else {
            let past = package.past_url();
            [package.url()].into_iter().chain(past).collect()
        };
        Ok(Self { name, sha256: package.sha256.clone(), place: Place::Urls(urls) })
    }

    /// The hash as Nix writes it (<https://www.w3.org/TR/SRI/>).
    pub(super) fn integrity(&self) -> String {
        let byte = |at: usize| self.sha256.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let bytes: Vec<u8> = (0..self.sha256.len()).step_by(2).filter_map(byte).collect();
        format!("sha256-{}", base64(&bytes))
    }

    /// The name that it has in the store, where not every letter may stand (the Nix manual, "Store Path").
    pub(super) fn store_name(&self) -> String {
        let fits = |c: char| c.is_ascii_alphanumeric() || "+-._?=".contains(c);
        let name: String = self.name.chars().map(|c| if fits(c) { c } else { '_' }).collect();
        let name = name.trim_start_matches('.').to_owned();
        // The end says what kind of package it is.
        let most = 180;
        if name.len() > most { name[name.len() - most..].trim_start_matches('.').to_owned() } else { name }
    }
}

/// A path as an address has it: what is no letter of an address is written by its number (RFC 3986). `+` stays: it is one.
fn in_url(path: &str) -> String {
    let letter = |byte: u8| match byte.is_ascii_alphanumeric() || b"/-._~+:@!$&,;=".contains(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    path.bytes().map(letter).collect()
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let at = |index: usize| u32::from(group.get(index).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for letter in 0..4 {
            let index = (bits >> (18 - 6 * letter) & 63) as usize;
            text.push(if letter <= group.len() { char::from(ALPHABET[index]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, in_store: &str, in_address: &str) {
        let source = Source { name: name.to_owned(), sha256: String::new(), place: Place::Urls(Vec::new()) };
        assert_eq!((source.store_name().as_str(), in_url(name).as_str()), (in_store, in_address), "{name}");
    }

    #[test]
    fn names_of_files() {
        let plain = "linux-image-6.12.117+deb13-amd64_6.12.117-1_amd64.deb";
        check(plain, plain, plain);
        check("k_7.3.4-1~bpo13+1_amd64.deb", "k_7.3.4-1_bpo13+1_amd64.deb", "k_7.3.4-1~bpo13+1_amd64.deb");
        check("my kernel (1).rpm", "my_kernel__1_.rpm", "my%20kernel%20%281%29.rpm");
        check(".hidden.deb", "hidden.deb", ".hidden.deb");
        check("1:2#3?.deb", "1_2_3?.deb", "1:2%233%3F.deb");
        let long = format!("{}.pkg.tar.zst", "k".repeat(300));
        check(&long, &long[long.len() - 180..], &long);
    }

    #[test]
    fn hashes() {
        let check = |bytes: &[u8], expected: &str| {
            let sha256 = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let source = Source { name: String::new(), sha256, place: Place::Urls(Vec::new()) };
            assert_eq!(source.integrity(), expected);
        };
        // RFC 4648, section 10.
        check(b"", "sha256-");
        check(b"f", "sha256-Zg==");
        check(b"fo", "sha256-Zm8=");
        check(b"foo", "sha256-Zm9v");
        check(b"foobar", "sha256-Zm9vYmFy");
        check(&[0xff, 0xfe, 0xfb], "sha256-//77");
    }
}
