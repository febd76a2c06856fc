// SPDX-License-Identifier: MIT OR Apache-2.0
//! Unpacking of .deb files (deb(5)) without root rights: owners are left out, and so is what only people read. A package
//! whose hash is right may be wrong inside, by accident or by will; then it is refused, and has reached nothing
//! outside of its folder.

use std::collections::HashSet;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, bail, ensure};

use super::data::Data;
use super::root::{Meta, Root, inside};

/// How much a package may unpack to: so many bytes, and so many times its own size. Debian's unpack to 20 times
/// their size at the most (firmware and locales).
const MOST: (u64, u64) = (64 << 20, 50);

/// Entries in a package. The headers of a kernel have some 20 000.
const MOST_ENTRIES: usize = 1_000_000;

/// Bytes of a file that is looked into while its package is unpacked.
const MOST_SEEN: u64 = 64 << 20;

/// Where a file of a package goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Into the folder.
    Folder,
    /// Nowhere: the package is kept, and the file is taken out of it when somebody needs it.
    Package,
    /// Nowhere, but it is looked into.
    Seen,
}

/// A file that stays in its package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inner {
    pub path: PathBuf,
    /// Where it begins in the package's tar archive, for [`Data::read_at`], and how many bytes it has.
    pub at: u64,
    pub size: u64,
    /// Of one that was to be looked into.
    pub content: Option<Vec<u8>>,
}

/// What is to be done when all packages have brought their files.
#[derive(Debug, Default)]
pub(super) struct Rest {
    /// Symbolic links, and where they lead.
    pub links: Vec<(PathBuf, PathBuf)>,
    pub inner: Vec<Inner>,
}

/// Unpacks the files of a .deb file into `dir`, which [`super::root::lay_out`] has prepared.
pub(super) fn unpack(deb: &Path, dir: &Path, place: &dyn Fn(&Path) -> Place) -> Result<Rest> {
    unpack_data(Data::open(deb)?, dir, place)
}

/// Unpacks the files of a tar archive into `dir`, which is there.
pub(super) fn unpack_data(data: Data, dir: &Path, place: &dyn Fn(&Path) -> Place) -> Result<Rest> {
    let most = MOST.0 + data.length().saturating_mul(MOST.1);
    let mut data = Limited { inner: data.stream()?, read: 0, most };
    let mut package = Package { root: Root::new(dir), place, seen: HashSet::new(), rest: Rest::default() };
    let mut end = 0;
    let mut tar = tar::Archive::new(&mut data);
    for entry in tar.entries()? {
        let mut entry = entry.context("its tar archive is damaged")?;
        end = entry.raw_file_position() + entry.size().next_multiple_of(512);
        let path = entry.path()?.into_owned();
        package.take(&path, &mut entry).with_context(|| format!("failed to unpack its `{}`", path.display()))?;
    }
    // What follows is padding. It is read for the sake of the sums at the compressed data's end.
    io::copy(&mut data, &mut io::sink()).context("its data is damaged")?;
    ensure!(data.read >= end + 512, "its tar archive is cut short");
    // What lay below the link would have gone wherever it leads.
    if let Some((link, _)) = package.rest.links.iter().find(|(link, _)| package.root.has_folder(link)) {
        bail!("it has `{}` as a folder and as a link", link.display());
    }
    Ok(package.rest)
}

struct Package<'a> {
    root: Root<'a>,
    place: &'a dyn Fn(&Path) -> Place,
    /// All paths so far but folders'.
    seen: HashSet<PathBuf>,
    rest: Rest,
}

impl Package<'_> {
    fn take(&mut self, path: &Path, entry: &mut tar::Entry<'_, impl Read>) -> Result<()> {
        let Some(inside) = inside(path)? else { return Ok(()) };
        let kind = entry.header().entry_type();
        if is_for_people(&inside) {
            return Ok(());
        }
        if kind.is_dir() {
            return self.root.folder(&inside);
        }
        // By the path as it stands: older packages have links in /usr/bin to their own files in /bin.
        let plain = path.components().filter(|part| matches!(part, Component::Normal(_))).collect();
        ensure!(self.seen.insert(plain), "it has it twice");
        ensure!(self.seen.len() < MOST_ENTRIES, "it has more than {MOST_ENTRIES} files");
        let target = || entry.link_name()?.map(std::borrow::Cow::into_owned).context("it is a link to nothing");
        match kind {
            tar::EntryType::Regular | tar::EntryType::Continuous => self.file(inside, entry)?,
            tar::EntryType::Symlink => self.rest.links.push((inside, target()?)),
            tar::EntryType::Link => {
                let to = super::root::inside(&target()?)?.context("it is a link to nothing")?;
                self.root.hard_link(&inside, &to)?;
            }
            tar::EntryType::Block | tar::EntryType::Char | tar::EntryType::Fifo => bail!("it is a device or a pipe"),
            _ => bail!("it is neither file nor folder nor link"),
        }
        Ok(())
    }

    fn file(&mut self, path: PathBuf, entry: &mut tar::Entry<'_, impl Read>) -> Result<()> {
        let size = entry.size();
        let found = match (self.place)(&path) {
            Place::Folder => {
                let seconds = Duration::from_secs(entry.header().mtime()?);
                let modified = SystemTime::UNIX_EPOCH.checked_add(seconds).context("its time is out of range")?;
                self.root.file(&path, Meta { mode: entry.header().mode()?, modified }, entry)?
            }
            place @ (Place::Package | Place::Seen) => {
                let at = entry.raw_file_position();
                let content = (place == Place::Seen).then(|| {
                    let mut content = Vec::new();
                    entry.by_ref().take(MOST_SEEN).read_to_end(&mut content).map(|_| content)
                });
                let content = content.transpose()?;
                let found = content.as_ref().map_or(size, |content| content.len() as u64);
                self.rest.inner.push(Inner { path, at, size, content });
                found
            }
        };
        ensure!(found == size, "it has {found} bytes, and is said to have {size}");
        Ok(())
    }
}

fn is_for_people(path: &Path) -> bool {
    let mut parts = path.iter().map(|part| part.to_str().unwrap_or_default());
    let first = [parts.next(), parts.next(), parts.next()];
    matches!(first, [Some("usr"), Some("share"), Some("doc" | "man" | "info" | "locale" | "lintian" | "bug")])
}

/// Counts what is read, and has an end to its patience.
struct Limited<R> {
    inner: R,
    read: u64,
    most: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read += read as u64;
        if self.read > self.most {
            return Err(io::Error::other(format!("it unpacks to more than {} MB", self.most / 1_000_000)));
        }
        Ok(read)
    }
}
