// SPDX-License-Identifier: MIT OR Apache-2.0
//! Downloads under way. They lie in the cache under the hash that they will have, so that one whose connection broke or
//! whose run was killed is continued by the next try or the next run; nothing else looks at them.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use fs_err as fs;
use sha2::{Digest as _, Sha256};

use super::{Expected, hex};

/// What nobody came back for in this time is removed.
const AGE: Duration = Duration::from_secs(3 * 24 * 3600);

/// Bytes of all that may lie there; above, the oldest go first. The largest package of a kernel has some 110 MB.
const MOST: u64 = 2 << 30;

/// A download that nobody else works on, and the hash of what it has so far.
#[derive(Debug)]
pub(super) struct Partial {
    file: fs::File,
    path: PathBuf,
    size: u64,
    hash: Sha256,
}

impl Partial {
    /// What `dir` has of a file. While another job downloads the same one, ours goes straight to `place`.
    pub(super) fn open(dir: &Path, expected: Expected<'_>, place: &Path) -> Result<Self> {
        fs::create_dir_all(dir)?;
        sweep(dir, AGE, MOST)?;
        let is_hash = expected.sha256.len() == 64 && expected.sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        let shared = if is_hash { lock(&dir.join(expected.sha256))? } else { None };
        let file = match shared {
            Some(file) => file,
            None => fs::OpenOptions::new().read(true).append(true).create(true).open(place)?,
        };
        let mut partial = Self { path: file.path().to_owned(), file, size: 0, hash: Sha256::new() };
        partial.read_back(expected.size)?;
        Ok(partial)
    }

    /// Bytes so far.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The SHA-256 of what is there so far, in hexadecimal.
    pub(super) fn sha256(&self) -> String {
        hex(&self.hash.clone().finalize())
    }

    /// Adds to it. Where there is no room for more, nothing is kept.
    pub(super) fn write(&mut self, chunk: &[u8]) -> Result<()> {
        if let Err(err) = self.file.write_all(chunk) {
            let _emptied_or_not = self.restart();
            return Err(err.into());
        }
        self.hash.update(chunk);
        self.size += chunk.len() as u64;
        Ok(())
    }

    /// Throws away what is there.
    pub(super) fn restart(&mut self) -> Result<()> {
        self.file.file().set_len(0)?;
        self.size = 0;
        self.hash = Sha256::new();
        Ok(())
    }

    /// Moves it to where it is wanted; both lie on one file system.
    pub(super) fn finish(self, place: &Path) -> Result<()> {
        if self.path != place {
            fs::rename(&self.path, place)?;
        }
        Ok(())
    }

    /// What an earlier run has left: it is hashed anew, since nobody vouches for it.
    fn read_back(&mut self, most: u64) -> Result<()> {
        let mut chunk = vec![0; 1 << 17];
        loop {
            match self.file.read(&mut chunk)? {
                0 => break,
                length => {
                    self.hash.update(&chunk[..length]);
                    self.size += length as u64;
                }
            }
        }
        if self.size > most {
            self.restart()?;
        }
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if self.size == 0 {
            let _gone_or_not = fs::remove_file(&self.path);
        }
    }
}

/// Opens a file for us alone; none if somebody else has it.
fn lock(path: &Path) -> Result<Option<fs::File>> {
    let file = fs::OpenOptions::new().read(true).append(true).create(true).open(path)?;
    if file.try_lock().is_err() {
        return Ok(None);
    }
    // Between the two, who had it may have moved it away.
    let is_still_there =
        fs::metadata(path).is_ok_and(|there| file.metadata().is_ok_and(|ours| there.ino() == ours.ino()));
    Ok(is_still_there.then_some(file))
}

/// Removes what is too old, and what is too much.
fn sweep(dir: &Path, age: Duration, most: u64) -> Result<()> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        // It may be gone by now.
        if let Ok(metadata) = entry.metadata() {
            found.push((metadata.modified()?, metadata.len(), entry.path()));
        }
    }
    found.sort();
    let mut total: u64 = found.iter().map(|(_, size, _)| size).sum();
    for (modified, size, path) in found {
        let is_old = modified.elapsed().is_ok_and(|since| since > age);
        if !is_old && total <= most {
            continue;
        }
        let file = fs::File::open(&path);
        if file.is_ok_and(|file| file.try_lock().is_ok()) {
            let _gone_or_not = fs::remove_file(&path);
            total -= size;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Duration = Duration::from_secs(3600);

    fn made(dir: &Path, name: &str, hours: u64) -> fs::File {
        let path = dir.join(name);
        fs::write(&path, [0; 10]).expect("written");
        let file = fs::OpenOptions::new().append(true).open(path).expect("open");
        file.set_modified(std::time::SystemTime::now() - OLD * u32::try_from(hours).expect("few")).expect("set");
        file
    }

    fn left(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn sweeping() {
        let dir = tempfile::tempdir().expect("a folder");
        for (name, hours) in [("a", 0), ("b", 10), ("c", 20), ("d", 30)] {
            made(dir.path(), name, hours);
        }
        let busy = made(dir.path(), "busy", 100);
        busy.lock().expect("locked");
        sweep(dir.path(), OLD * 25, 1000).expect("swept");
        assert_eq!(left(dir.path()), ["a", "b", "busy", "c"], "the old one is gone, and the one in use is not");
        sweep(dir.path(), OLD * 25, 30).expect("swept");
        assert_eq!(left(dir.path()), ["a", "b", "busy"], "the oldest of too many");
        drop(busy);
        sweep(dir.path(), OLD * 25, 30).expect("swept");
        assert_eq!(left(dir.path()), ["a", "b"]);
    }

    #[test]
    fn one_works_on_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let (partials, place) = (dir.path().join("partial"), dir.path().join("place"));
        let expected = Expected { sha256: &crate::fetch::sha256(b"hello"), size: 5 };
        let mut first = Partial::open(&partials, expected, &place).expect("opened");
        first.write(b"hel").expect("written");
        let second = Partial::open(&partials, expected, &place).expect("opened");
        assert_eq!((second.size(), second.path.as_path()), (0, place.as_path()), "it has a file of its own");
        drop((first, second));
        let mut third = Partial::open(&partials, expected, &place).expect("opened");
        assert_eq!(third.size(), 3, "what the first has left");
        third.write(b"lo").expect("written");
        assert_eq!(third.sha256(), expected.sha256);
        third.finish(&place).expect("moved");
        assert_eq!(fs::read(&place).expect("there"), b"hello");
        assert_eq!(left(&partials), [""; 0]);
    }

    #[test]
    fn hashes_that_are_no_files_names() {
        let dir = tempfile::tempdir().expect("a folder");
        let (partials, place) = (dir.path().join("partial"), dir.path().join("place"));
        let partial = Partial::open(&partials, Expected { sha256: "../escaped", size: 5 }, &place).expect("opened");
        assert_eq!(partial.path, place);
        assert!(!dir.path().join("escaped").exists());
    }
}
