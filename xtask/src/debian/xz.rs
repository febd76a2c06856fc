// SPDX-License-Identifier: MIT OR Apache-2.0
//! The blocks of an .xz file, by its index (<https://tukaani.org/xz/xz-file-format.txt>), so that one of them can be
//! decompressed without those before it.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::FileExt as _;

use crate::compress::MOST_MEMORY;

/// A stream's header, and its footer.
const ENDS: u64 = 12;

/// Blocks lie in memory whole. dpkg-deb makes ones of 24 MiB; a file that has larger ones is read from its start on.
const MOST: u64 = 64 << 20;

/// One that can be decompressed by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// Its first byte in the .xz file, and how many there are.
    at: u64,
    length: u64,
    /// Its first byte in what the whole decompresses to, and how many there are.
    pub(super) first: u64,
    pub(super) size: u64,
}

/// The blocks of the .xz file that lies at `start` in another; none if its index is not that of one plain stream.
pub(super) fn blocks(file: &File, start: u64, length: u64) -> Option<Vec<Block>> {
    let mut footer = [0; ENDS as usize];
    file.read_exact_at(&mut footer, start + length.checked_sub(ENDS)?).ok()?;
    let backward = u32::from_le_bytes(footer[4..8].try_into().ok()?);
    let index_length = (u64::from(backward) + 1) * 4;
    let index_at = length.checked_sub(ENDS)?.checked_sub(index_length)?;
    // A record has two bytes at least.
    if &footer[10..] != b"YZ" || index_length > (1 << 20) {
        return None;
    }
    let mut index = vec![0; usize::try_from(index_length).ok()?];
    file.read_exact_at(&mut index, start + index_at).ok()?;
    let (index, sum) = index.split_at(index.len().checked_sub(4)?);
    let mut crc = flate2::Crc::new();
    crc.update(index);
    if sum != crc.sum().to_le_bytes() {
        return None;
    }
    let mut rest = index.strip_prefix(&[0])?;
    let count = number(&mut rest)?;
    let mut blocks = Vec::new();
    let (mut at, mut first) = (ENDS, 0_u64);
    for _ in 0..count {
        let length = number(&mut rest)?.checked_next_multiple_of(4)?;
        let size = number(&mut rest)?;
        if size > MOST || length > MOST {
            return None;
        }
        blocks.push(Block { at, length, first, size });
        (at, first) = (at.checked_add(length)?, first.checked_add(size)?);
    }
    (at == index_at).then_some(blocks)
}

/// A number of seven bits a byte, the lowest first; the last byte has its highest bit clear.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for place in 0..9 {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// A block's content, checked against its own sum.
pub(super) fn decompress(file: &File, start: u64, block: &Block) -> io::Result<Vec<u8>> {
    let head = usize::try_from(ENDS).map_err(io::Error::other)?;
    let size = usize::try_from(block.size).map_err(io::Error::other)?;
    let mut bytes = vec![0; head + usize::try_from(block.length).map_err(io::Error::other)?];
    // The stream's header, and the block behind it.
    file.read_exact_at(&mut bytes[..head], start)?;
    file.read_exact_at(&mut bytes[head..], start + block.at)?;
    let mut reader = lzma_rust2::XzReader::new_mem_limit(&bytes[..], false, MOST_MEMORY);
    let mut content = vec![0; size];
    reader.read_exact(&mut content)?;
    // What follows a block is missed only after its sum has been found right.
    match reader.read(&mut [0]) {
        Err(err) if err.kind() == ErrorKind::UnexpectedEof => Ok(content),
        Err(err) => Err(err),
        Ok(_) => Err(io::Error::new(ErrorKind::InvalidData, "a block does not end where its index says")),
    }
}
