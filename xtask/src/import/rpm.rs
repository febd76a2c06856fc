// SPDX-License-Identifier: MIT OR Apache-2.0
//! The head of an .rpm file, and nothing more of it than leads to the archive that follows: a lead, a header with
//! signatures, a header with what the package says of itself, and a compressed cpio archive
//! (<https://rpm-software-management.github.io/rpm/manual/format_v4.html>).

use std::io::Read;

use anyhow::{Context as _, Result, bail, ensure};

use crate::fetch::sha256_of;

/// What an .rpm file says of itself.
#[derive(Debug)]
pub(super) struct Head {
    /// `zstd`; gzip if it says nothing.
    compressor: String,
    /// The hash of the compressed archive; packages older than rpm 4.14 have none.
    sha256: Option<String>,
}

/// Bytes of the lead, whose only use is to be recognised.
const LEAD: usize = 96;

/// What a header begins with, and its version.
const MAGIC: [u8; 4] = [0x8e, 0xad, 0xe8, 0x01];

/// How large a header may be, in entries and in bytes. A kernel's lists some 7000 files.
const MOST: (u32, u32) = (1 << 16, 256 << 20);

/// Numbers of entries (<https://rpm-software-management.github.io/rpm/manual/tags.html>).
const FORMAT: u32 = 1124;
const COMPRESSOR: u32 = 1125;
const SHA256: u32 = 5092;
const SHA256_ALGORITHM: u32 = 5093;

/// Kinds of entries: one 32-bit number, one text, several of them.
const NUMBER: u32 = 4;
const TEXTS: [u32; 2] = [6, 8];

/// SHA-256 among OpenPGP's hashes (RFC 9580, section 9.5).
const IS_SHA256: u32 = 8;

impl Head {
    /// Reads to where the archive begins.
    pub(super) fn read(file: &mut impl Read) -> Result<Self> {
        let mut lead = [0; LEAD];
        file.read_exact(&mut lead).context("its lead is cut short")?;
        let signatures = Header::read(file).context("its signatures are damaged")?;
        // The next header begins at a multiple of 8, as does the one with the signatures.
        let mut padding = vec![0; signatures.length.next_multiple_of(8) - signatures.length];
        file.read_exact(&mut padding).context("its signatures are cut short")?;
        let header = Header::read(file).context("its header is damaged")?;
        let format = header.text(FORMAT).unwrap_or_else(|| "cpio".to_owned());
        ensure!(format == "cpio", "what it brings is a `{format}` archive, which is not known");
        let is_sha256 = header.number(SHA256_ALGORITHM).is_none_or(|algorithm| algorithm == IS_SHA256);
        Ok(Self {
            compressor: header.text(COMPRESSOR).unwrap_or_else(|| "gzip".to_owned()),
            sha256: header.text(SHA256).filter(|_| is_sha256),
        })
    }

    /// Compares the archive that follows with its hash.
    pub(super) fn check(&self, file: &mut impl Read) -> Result<()> {
        let Some(expected) = &self.sha256 else { return Ok(()) };
        ensure!(
            sha256_of(file)? == *expected,
            "its archive is not the one that its header was made for: it is damaged"
        );
        Ok(())
    }

    /// The compression by the end that a file's name would have.
    pub(super) fn ending(&self) -> Result<&'static str> {
        Ok(match self.compressor.as_str() {
            "zstd" => ".zst",
            "xz" => ".xz",
            "gzip" => ".gz",
            "none" => "",
            other => bail!("its archive is compressed by `{other}`, which is not known"),
        })
    }
}

/// An index of entries and the store that they point into.
struct Header {
    index: Vec<[u8; 16]>,
    store: Vec<u8>,
    /// Bytes of it all.
    length: usize,
}

impl Header {
    fn read(file: &mut impl Read) -> Result<Self> {
        let mut start = [0; 16];
        file.read_exact(&mut start)?;
        ensure!(start[..4] == MAGIC, "no header begins here");
        let (entries, bytes) = (word(&start, 8), word(&start, 12));
        ensure!(entries <= MOST.0 && bytes <= MOST.1, "it is said to have {entries} entries and {bytes} bytes");
        let mut index = vec![[0; 16]; entries as usize];
        for entry in &mut index {
            file.read_exact(entry)?;
        }
        let mut store = Vec::new();
        file.take(u64::from(bytes)).read_to_end(&mut store)?;
        ensure!(store.len() == bytes as usize, "it is cut short");
        let length = start.len() + 16 * index.len() + store.len();
        Ok(Self { index, store, length })
    }

    /// An entry's kind and what the store has from its place on.
    fn entry(&self, tag: u32) -> Option<(u32, &[u8])> {
        let entry = self.index.iter().find(|entry| word(&entry[..], 0) == tag)?;
        Some((word(entry, 4), self.store.get(word(entry, 8) as usize..)?))
    }

    /// A text, or the first of several.
    fn text(&self, tag: u32) -> Option<String> {
        let (kind, rest) = self.entry(tag)?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        TEXTS.contains(&kind).then(|| String::from_utf8_lossy(&rest[..end]).into_owned())
    }

    fn number(&self, tag: u32) -> Option<u32> {
        let (kind, rest) = self.entry(tag)?;
        (kind == NUMBER && rest.len() >= 4).then(|| word(rest, 0))
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
