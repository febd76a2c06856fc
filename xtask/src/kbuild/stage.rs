// SPDX-License-Identifier: MIT OR Apache-2.0
//! The copy of a driver's folder that Kbuild works in: the folder itself stays as clean as it was.
//! Only what changed is copied, so that make rebuilds no more than it must; a copy's time is that of copying, so that
//! it rebuilds no less when an older version of a file is put back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use fs_err as fs;

use crate::fetch::sha256;

/// More files than any driver has: somebody named their home folder.
const MOST_FILES: usize = 20_000;

/// What is built again when a source has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rebuild {
    /// What depends on it: Kbuild knows.
    Dependents,
    /// Everything: the driver is not built by Kbuild alone.
    Everything,
}

/// What the copy has now that it had not before.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// Files that were there, and have been copied anew.
    pub(super) changed: BTreeSet<PathBuf>,
    /// Whether others have come or gone.
    pub(super) others: bool,
}

/// Makes `stage` have the sources of `dir`, beside what Kbuild made there; `list` remembers the sources and their stamps.
pub(super) fn sync(dir: &Path, stage: &Path, list: &Path, rebuild: Rebuild) -> Result<News> {
    let sources = sources(dir)?;
    let text = fs::read_to_string(list).unwrap_or_default();
    let known: BTreeMap<&Path, &str> =
        text.lines().filter_map(|line| line.split_once(' ')).map(|(stamp, path)| (Path::new(path), stamp)).collect();
    let is_gone = |path: &&Path| !sources.contains(*path) && !is_scratch(path);
    let is_news =
        |path: &PathBuf| !is_scratch(path) && known.get(path.as_path()) != Some(&stamp(&dir.join(path)).as_str());
    // Kbuild goes on using an object whose source or header is gone; other makefiles may miss any change.
    if known.keys().any(is_gone) || (rebuild == Rebuild::Everything && sources.iter().any(is_news)) {
        remove_all(stage)?;
    }
    fs::create_dir_all(stage)?;
    for gone in known.keys().filter(|path| !sources.contains(**path)) {
        match fs::remove_file(stage.join(gone)) {
            Err(err) if err.kind() != std::io::ErrorKind::NotFound => return Err(err.into()),
            _ => (),
        }
    }
    let mut news = News { others: known.keys().any(is_gone), ..News::default() };
    let mut list_of_now = String::new();
    for path in &sources {
        let (from, to) = (dir.join(path), stage.join(path));
        let stamp = stamp(&from);
        if known.get(path.as_path()) != Some(&stamp.as_str()) || fs::symlink_metadata(&to).is_err() {
            if !known.contains_key(path.as_path()) {
                news.others |= !is_scratch(path);
            } else if !is_scratch(path) {
                news.changed.insert(path.clone());
            }
            copy(&from, &to)?;
        }
        list_of_now.extend([&stamp, " ", &path.to_string_lossy(), "\n"]);
    }
    fs::write(list, list_of_now)?;
    Ok(news)
}

/// The sources below a driver's folder, relative to it, in an order of their own.
pub(crate) fn sources(dir: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut sources = BTreeSet::new();
    walk(dir, Path::new(""), &mut sources)?;
    Ok(sources)
}

/// What a source is to a build: its permissions, where it leads, and its content as a hash. One that can't be read, such as
/// the links to nothing that editors make for their locks, is like any other such.
pub(crate) fn content(path: &Path) -> String {
    let mode = fs::metadata(path).map_or(0, |data| data.mode() & 0o777);
    let link = fs::read_link(path).map(|target| format!(" -> {}", target.display())).unwrap_or_default();
    let content = fs::read(path).map_or_else(|_| "none".to_owned(), |content| sha256(&content));
    format!("{mode:o} {content}{link}")
}

/// What differs when a file has been changed, replaced or relinked; nobody can set the time of change of an inode.
pub(crate) fn stamp(path: &Path) -> String {
    let of = |data: std::io::Result<Metadata>| match data {
        Ok(it) => format!("{}:{}.{}:{}.{}", it.len(), it.mtime(), it.mtime_nsec(), it.ctime(), it.ctime_nsec()),
        Err(_) => "none".to_owned(),
    };
    format!("{},{}", of(fs::symlink_metadata(path)), of(fs::metadata(path)))
}

/// What editors put beside a file while it is open: its going is no reason to build everything again.
pub(crate) fn is_scratch(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || name.ends_with('~') || name.starts_with('#')
}

/// Removes the copy with all that was built in it.
pub(super) fn remove_all(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(err) if err.kind() != std::io::ErrorKind::NotFound => Err(err.into()),
        _ => Ok(()),
    }
}

/// The header files below a folder.
pub(super) fn headers(dir: &Path) -> Result<Vec<PathBuf>> {
    let headers = sources(dir)?.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "h"));
    Ok(headers.map(|path| dir.join(path)).collect())
}

/// The modules that were built below a folder.
pub(super) fn modules(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(modules(&entry.path())?);
        } else if entry.path().extension().is_some_and(|ending| ending == "ko") {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn walk(top: &Path, below: &Path, sources: &mut BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(top.join(below))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = below.join(&name);
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if !is_foreign_dir(&top.join(&path), &name) {
                walk(top, &path, sources)?;
            }
        } else if (kind.is_file() || kind.is_symlink()) && !is_product(&name) {
            sources.insert(path);
            if sources.len() > MOST_FILES {
                bail!("`{}` has more than {MOST_FILES} files: it is not a driver's folder", top.display());
            }
        }
    }
    Ok(())
}

/// Version control, and other tools' products. The kernel has a folder `drivers/target`, but not with cargo's mark in it.
fn is_foreign_dir(dir: &Path, name: &str) -> bool {
    let is_cargos = || name == "target" && dir.join("CACHEDIR.TAG").exists();
    name.starts_with('.') || name == "node_modules" || is_cargos()
}

/// What a plain `make` in the driver's folder leaves behind.
pub(crate) fn is_product(name: &str) -> bool {
    let endings = [".o", ".ko", ".mod", ".mod.c", ".cmd", ".d", ".a", ".order", ".symvers", ".gcno", ".gcda"];
    let for_editors = ["rust-project.json", "compile_commands.json"];
    for_editors.iter().any(|file| name.starts_with(file))
        || (name.starts_with('.') && name.ends_with(".cmd"))
        || endings.iter().any(|ending| name.ends_with(ending))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let taken = fs::symlink_metadata(to).is_ok();
    if let Ok(target) = fs::read_link(from)
        && target.is_relative()
        && !target.starts_with("..")
    {
        make_room(to, taken)?;
        return symlink(&target, to).map_err(Into::into);
    }
    // A link that leads elsewhere becomes the file that it leads to.
    match fs::metadata(from) {
        Ok(new) if new.is_file() => {}
        Ok(_) => bail!("`{}` links to a folder outside of the driver's", from.display()),
        Err(_) => return Ok(()), // A link to nothing, such as editors make for their locks.
    }
    make_room(to, taken)?;
    fs::copy(from, to)?;
    Ok(())
}

fn make_room(path: &Path, taken: bool) -> Result<()> {
    if taken {
        fs::remove_file(path)?;
    } else if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    struct Folders {
        _top: tempfile::TempDir,
        dir: PathBuf,
        stage: PathBuf,
        list: PathBuf,
    }

    impl Folders {
        fn new() -> Self {
            let top = tempfile::tempdir().expect("a folder");
            let at = |name: &str| top.path().join(name);
            fs::create_dir(at("dir")).expect("a folder");
            Self { dir: at("dir"), stage: at("stage"), list: at("list"), _top: top }
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.dir.join(name), text).expect("written");
        }

        /// The copies' contents after a run that leaves an object behind.
        #[track_caller]
        fn check(&self, expected: &[(&str, &str)]) {
            sync(&self.dir, &self.stage, &self.list, Rebuild::Dependents).expect("copied");
            let mut copies = BTreeMap::new();
            for entry in fs::read_dir(&self.stage).expect("a folder") {
                let path = entry.expect("an entry").path();
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                copies.insert(name, fs::read_to_string(&path).expect("a text"));
            }
            let copies: Vec<(&str, &str)> = copies.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
            assert_eq!(copies, expected);
            fs::write(self.stage.join("m.o"), "object").expect("written");
        }
    }

    #[test]
    fn sources_come_and_products_stay() {
        let folders = Folders::new();
        folders.write("m.c", "1");
        folders.write("stale.o", "not copied");
        folders.check(&[("m.c", "1")]);
        folders.write("m.h", "2");
        folders.check(&[("m.c", "1"), ("m.h", "2"), ("m.o", "object")]);
        folders.write(".m.c.swp", "");
        folders.check(&[(".m.c.swp", ""), ("m.c", "1"), ("m.h", "2"), ("m.o", "object")]);
        fs::remove_file(folders.dir.join(".m.c.swp")).expect("removed");
        sync(&folders.dir, &folders.stage, &folders.list, Rebuild::Dependents).expect("copied");
        assert!(folders.stage.join("m.o").exists(), "an editor's scratch file is no source");
    }

    #[test]
    fn a_source_that_is_gone_takes_the_products_with_it() {
        let folders = Folders::new();
        folders.write("m.c", "1");
        folders.write("m.h", "2");
        folders.check(&[("m.c", "1"), ("m.h", "2")]);
        fs::remove_file(folders.dir.join("m.h")).expect("removed");
        folders.check(&[("m.c", "1")]);
    }

    #[test]
    fn an_older_version_is_news() {
        let folders = Folders::new();
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        folders.write("m.c", "1");
        folders.check(&[("m.c", "1")]);
        let built = fs::metadata(folders.stage.join("m.o")).and_then(|it| it.modified()).expect("a time");
        for text in ["2", "3"] {
            folders.write("m.c", text);
            let file = std::fs::File::options().write(true).open(folders.dir.join("m.c")).expect("opened");
            file.set_modified(at).expect("set");
            folders.check(&[("m.c", text), ("m.o", "object")]);
            let copied = fs::metadata(folders.stage.join("m.c")).and_then(|it| it.modified()).expect("a time");
            assert!(copied >= built, "make must see it");
        }
    }
}
