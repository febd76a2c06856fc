// SPDX-License-Identifier: MIT OR Apache-2.0
//! The compressions that packages, indexes, modules and kernel images come in.

use std::io::{self, BufReader, Read};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use fs_err as fs;

/// KiB that a decompressor may take. `xz -9` asks for 65 MiB; a file may ask for gigabytes.
pub(crate) const MOST_MEMORY: u32 = 256 << 10;

/// A reader of some compression, or of none.
pub(crate) enum Reader<R: Read> {
    Plain(R),
    Gzip(Box<flate2::read::GzDecoder<R>>),
    Xz(Box<lzma_rust2::XzReader<R>>),
    Zstd(Box<ruzstd::decoding::StreamingDecoder<R, ruzstd::decoding::FrameDecoder>>),
}

impl<R: Read> Reader<R> {
    /// By the end of a file's name: `.gz`, `.xz`, `.zst`, or nothing.
    pub(crate) fn by_ending(ending: &str, inner: R) -> Result<Self> {
        Ok(match ending {
            "" => Self::Plain(inner),
            ".gz" => Self::Gzip(Box::new(flate2::read::GzDecoder::new(inner))),
            ".xz" => Self::Xz(Box::new(lzma_rust2::XzReader::new_mem_limit(inner, true, MOST_MEMORY))),
            ".zst" => Self::Zstd(Box::new(ruzstd::decoding::StreamingDecoder::new(inner)?)),
            other => bail!("the compression `{other}` is not known"),
        })
    }
}

impl<R: Read> Read for Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(inner) => inner.read(buffer),
            Self::Gzip(inner) => inner.read(buffer),
            Self::Xz(inner) => inner.read(buffer),
            Self::Zstd(inner) => inner.read(buffer),
        }
    }
}

/// The content of a file whose compression is named by an ending.
pub(crate) fn read(path: &Path, ending: &str) -> Result<Vec<u8>> {
    unpack(path, ending, BufReader::with_capacity(1 << 17, fs::File::open(path)?))
}

/// The content of a kernel module that may be compressed, by its name's end (`.ko`, `.ko.xz`, `.ko.zst`, `.ko.gz`).
pub(crate) fn read_module(path: &Path) -> Result<Vec<u8>> {
    unpack_module(path, &fs::read(path)?)
}

/// What [`read_module`] gives, of a file that has been read.
pub(crate) fn unpack_module(path: &Path, content: &[u8]) -> Result<Vec<u8>> {
    let name = path.to_string_lossy();
    let ending = [".xz", ".zst", ".gz"].into_iter().find(|ending| name.ends_with(ending));
    unpack(path, ending.unwrap_or_default(), content)
}

fn unpack(path: &Path, ending: &str, compressed: impl Read) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    let mut reader = Reader::by_ending(ending, compressed)?;
    reader.read_to_end(&mut content).with_context(|| format!("failed to unpack `{}`", path.display()))?;
    Ok(content)
}
