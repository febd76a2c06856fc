// SPDX-License-Identifier: MIT OR Apache-2.0
//! The data inside of a .deb file (deb(5)): an ar archive with a compressed tar archive in it, which is read as a stream or at
//! a place. dpkg-deb cuts large ones into xz blocks of 24 MiB, each of which can be decompressed by itself.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Arc, mpsc};

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use super::xz::{self, Block};
use crate::compress;

/// The tar archive of a package.
#[derive(Debug)]
pub struct Data {
    file: File,
    /// Where it lies in the .deb file, in bytes.
    start: u64,
    length: u64,
    /// How it is compressed, by the end of its name.
    ending: String,
    /// What can be decompressed by itself; none if it is all of a piece.
    blocks: Vec<Block>,
}

const MAGIC: &[u8] = b"!<arch>\n";

/// Bytes of a member's head in an ar archive, of which the first 16 are its name, and ten from the 48th on its size.
const HEAD: usize = 60;

/// How many blocks are decompressed side by side; each of them lies in memory.
const AHEAD: usize = 4;

impl Data {
    /// Finds the data in a .deb file.
    pub fn open(deb: &Path) -> Result<Self> {
        let mut file = fs::File::open(deb)?.into_parts().0;
        let mut magic = [0; MAGIC.len()];
        let is_ar = file.read_exact(&mut magic).is_ok() && magic == MAGIC;
        ensure!(is_ar, "it is not an ar archive");
        let end = file.metadata()?.len();
        let mut at = MAGIC.len() as u64;
        while at < end {
            let mut head = [0; HEAD];
            file.read_exact_at(&mut head, at).context("its ar archive is cut short")?;
            let text = |range: std::ops::Range<usize>| str::from_utf8(&head[range]).map(str::trim_end).ok();
            let (name, size) = (text(0..16), text(48..58).and_then(|size| size.parse::<u64>().ok()));
            let (Some(name), Some(length), b"`\n") = (name, size, &head[58..]) else {
                bail!("its ar archive is damaged");
            };
            let start = at + HEAD as u64;
            ensure!(length <= end - start, "its ar archive is cut short: `{name}` is said to have {length} bytes");
            if let Some(ending) = name.trim_end_matches('/').strip_prefix("data.tar") {
                return Ok(Self::new(file, start, length, ending));
            }
            // Members begin at even places.
            at = start + length.next_multiple_of(2);
        }
        bail!("it has no data.tar")
    }

    /// A tar archive by itself, compressed as its name says.
    pub fn of_tar(path: &Path) -> Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let (_, ending) = name.rsplit_once(".tar").context("its name is not that of a tar archive")?;
        let file = fs::File::open(path)?.into_parts().0;
        let length = file.metadata()?.len();
        Ok(Self::new(file, 0, length, ending))
    }

    fn new(file: File, start: u64, length: u64, ending: &str) -> Self {
        let blocks = if ending == ".xz" { xz::blocks(&file, start, length).unwrap_or_default() } else { vec![] };
        Self { file, start, length, ending: ending.to_owned(), blocks }
    }

    /// Bytes of it, compressed.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// All of it, decompressed; by several threads if it can be.
    pub(crate) fn stream(self) -> Result<Stream> {
        if self.blocks.len() < 2 {
            return Ok(Stream::Whole(Box::new(self.whole()?)));
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(AHEAD);
        let blocks = Blocks { data: Arc::new(self), next: 0, threads, ready: VecDeque::new(), now: Cursor::default() };
        Ok(Stream::Blocks(blocks))
    }

    /// Some bytes of it, decompressed, from a place in it on. The block that they begin in is kept in `last`, since
    /// what is asked for next is often near.
    pub fn read_at(&self, at: u64, size: u64, last: &mut Option<(usize, Vec<u8>)>) -> Result<Vec<u8>> {
        let Some(mut index) = self.blocks.iter().position(|block| at < block.first + block.size) else {
            let mut reader = self.whole()?;
            ensure!(io::copy(&mut reader.by_ref().take(at), &mut io::sink())? == at, "it ends before {at}");
            return exactly(reader, size);
        };
        let mut bytes = Vec::new();
        let mut skip = usize::try_from(at - self.blocks[index].first)?;
        let size = usize::try_from(size)?;
        while bytes.len() < size {
            ensure!(index < self.blocks.len(), "it ends before {}", at + size as u64);
            let content = match last.take() {
                Some((known, content)) if known == index => content,
                _ => self.block(index)?,
            };
            let rest = content.get(skip..).unwrap_or_default();
            bytes.extend_from_slice(&rest[..rest.len().min(size - bytes.len())]);
            *last = Some((index, content));
            (index, skip) = (index + 1, 0);
        }
        Ok(bytes)
    }

    fn whole(&self) -> Result<compress::Reader<BufReader<io::Take<File>>>> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(self.start))?;
        compress::Reader::by_ending(&self.ending, BufReader::with_capacity(1 << 17, file.take(self.length)))
    }

    fn block(&self, index: usize) -> io::Result<Vec<u8>> {
        xz::decompress(&self.file, self.start, &self.blocks[index])
    }
}

fn exactly(reader: impl Read, size: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = reader.take(size).read_to_end(&mut bytes)?;
    ensure!(read as u64 == size, "it ends before it should");
    Ok(bytes)
}

/// See [`Data::stream`].
pub(crate) enum Stream {
    Whole(Box<compress::Reader<BufReader<io::Take<File>>>>),
    Blocks(Blocks),
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Whole(reader) => reader.read(buffer),
            Self::Blocks(blocks) => blocks.read(buffer),
        }
    }
}

/// Blocks in their order, while the next are being decompressed.
#[derive(Debug)]
pub(crate) struct Blocks {
    data: Arc<Data>,
    next: usize,
    threads: usize,
    ready: VecDeque<mpsc::Receiver<io::Result<Vec<u8>>>>,
    now: Cursor<Vec<u8>>,
}

impl Blocks {
    fn order(&mut self) {
        while self.ready.len() < self.threads && self.next < self.data.blocks.len() {
            let (data, index) = (Arc::clone(&self.data), self.next);
            let (send, receive) = mpsc::sync_channel(1);
            std::thread::spawn(move || {
                let _nobody_waits = send.send(data.block(index));
            });
            self.ready.push_back(receive);
            self.next += 1;
        }
    }
}

impl Read for Blocks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.now.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            self.order();
            let Some(first) = self.ready.pop_front() else { return Ok(0) };
            let block = first.recv().map_err(|_| io::Error::other("a block could not be decompressed"))?;
            self.now = Cursor::new(block?);
        }
    }
}
