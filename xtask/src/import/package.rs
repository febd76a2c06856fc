// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is in a package of a distribution, whatever its kind: .deb, .rpm, or .pkg.tar.* of Arch's pacman. Entries come in the
//! order in which they lie in the file, and are read to the end, so that a damaged file does not pass.

use std::fmt;
use std::io::{self, BufReader, Read, Seek as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use super::rpm;
use crate::compress;
use crate::debian::{Data, inside};

/// How a package is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Deb,
    Rpm,
    Pacman,
}

/// What lies at a path of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    File,
    Link(PathBuf),
}

/// Called with each file and link of a package: its path, with the folders that are merged into `usr` there, and a file's content.
pub(super) type Visit<'a> = dyn FnMut(&Path, Node, &mut dyn Read) -> Result<()> + 'a;

impl Kind {
    /// By what a file begins with.
    pub(super) fn of(path: &Path) -> Result<Self> {
        let mut start = [0; 8];
        let mut file = fs::File::open(path)?;
        let is_whole = file.read_exact(&mut start).is_ok();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match &start {
            b"!<arch>\n" => Ok(Self::Deb),
            [0xed, 0xab, 0xee, 0xdb, ..] => Ok(Self::Rpm),
            _ if is_whole && name.contains(".pkg.tar") => Ok(Self::Pacman),
            _ => bail!(
                "it is no package of a kind that is known\n\
                 help: take the .deb, .rpm or .pkg.tar.zst files as they were published; a file that was cut short while it \
                 was loaded is none"
            ),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deb => "deb",
            Self::Rpm => "rpm",
            Self::Pacman => "pacman",
        })
    }
}

/// Calls `visit` with all files and links of a package.
pub(super) fn read(path: &Path, kind: Kind, visit: &mut Visit<'_>) -> Result<()> {
    match kind {
        Kind::Deb => read_tar(Data::open(path)?.stream()?, visit),
        Kind::Pacman => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let ending = name.rsplit_once(".pkg.tar").map_or("", |(_, ending)| ending);
            let file = BufReader::with_capacity(1 << 17, fs::File::open(path)?);
            read_tar(compress::Reader::by_ending(ending, file)?, visit)
        }
        Kind::Rpm => {
            let mut file = BufReader::with_capacity(1 << 17, fs::File::open(path)?);
            let head = rpm::Head::read(&mut file)?;
            let payload = file.stream_position()?;
            head.check(&mut file)?;
            file.seek(io::SeekFrom::Start(payload))?;
            read_cpio(compress::Reader::by_ending(head.ending()?, file)?, visit)
        }
    }
}

fn read_tar(mut reader: impl Read, visit: &mut Visit<'_>) -> Result<()> {
    let mut archive = tar::Archive::new(&mut reader);
    for entry in archive.entries()? {
        let mut entry = entry.context("its tar archive is damaged")?;
        let path = entry.path()?.into_owned();
        let kind = entry.header().entry_type();
        let Some(inside) = inside(&path)? else { continue };
        let target = || entry.link_name()?.map(std::borrow::Cow::into_owned).context("it is a link to nothing");
        let node = match kind {
            tar::EntryType::Symlink => Node::Link(target()?),
            // Two names of one file: what matters of it was seen under the first.
            tar::EntryType::Regular | tar::EntryType::Continuous | tar::EntryType::Link => Node::File,
            _ => continue,
        };
        visit(&inside, node, &mut entry).with_context(|| format!("failed to read its `{}`", path.display()))?;
    }
    io::copy(&mut reader, &mut io::sink()).context("its data is damaged")?;
    Ok(())
}

/// The format bits of a mode, and those of a file and of a link (inode(7)).
const KINDS: (u32, u32, u32) = (0o170_000, 0o100_000, 0o120_000);

/// A link's target is its content.
const MOST_TARGET: u64 = 4096;

fn read_cpio(mut reader: impl Read, visit: &mut Visit<'_>) -> Result<()> {
    loop {
        let mut entry = cpio::NewcReader::new(reader).context("its cpio archive is damaged")?;
        if entry.entry().is_trailer() {
            return Ok(());
        }
        let name = entry.entry().name().to_owned();
        let path = Path::new(name.trim_start_matches('/'));
        if let Some(inside) = inside(path)? {
            let kind = entry.entry().mode() & KINDS.0;
            let context = || format!("failed to read its `{name}`");
            if kind == KINDS.1 {
                visit(&inside, Node::File, &mut entry).with_context(context)?;
            } else if kind == KINDS.2 {
                ensure!(u64::from(entry.entry().file_size()) <= MOST_TARGET, "its link `{name}` is damaged");
                let mut target = String::new();
                entry.read_to_string(&mut target).with_context(context)?;
                visit(&inside, Node::Link(target.into()), &mut io::empty())?;
            }
        }
        reader = entry.finish().context("its cpio archive is damaged")?;
    }
}
