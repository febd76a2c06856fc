// SPDX-License-Identifier: MIT OR Apache-2.0
//! A folder that packages are unpacked into, none of which can reach out of it. No path is taken through a symbolic link:
//! packages' links are made when all of their files are there, and until then a folder is a folder.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::Permissions;
use std::io::{ErrorKind, Read, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;
use fs_err::os::unix::fs::OpenOptionsExt as _;

/// The folders that are links into `/usr` in a Debian of today (<https://wiki.debian.org/UsrMerge>). Older packages name them
/// all the same.
const MERGED: [&str; 6] = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

/// One package's hold on the folder.
#[derive(Debug)]
pub(super) struct Root<'a> {
    dir: &'a Path,
    /// What is known to be a folder. Nothing in this module ever makes it anything else.
    folders: HashSet<PathBuf>,
    buffer: Vec<u8>,
}

/// What a file is to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meta {
    /// Its permissions; who it belongs to, and whose rights it takes on, are left out.
    pub mode: u32,
    pub modified: SystemTime,
}

/// A path in a package, taken apart: `./usr/bin/make` is `usr`, `bin`, `make`. The merged folders are looked for in
/// `usr`; none is the root itself or one of them.
pub(crate) fn inside(path: &Path) -> Result<Option<PathBuf>> {
    let mut inside = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => inside.push(part),
            Component::CurDir => (),
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                bail!("`{}` leads out of the package", path.display())
            }
        }
    }
    let is_merged = |first: &OsStr| MERGED.iter().any(|dir| first == *dir);
    let mut parts = inside.components();
    let first = parts.next().map(Component::as_os_str);
    Ok(match (first, parts.as_path()) {
        (None, _) => None,
        (Some(first), rest) if is_merged(first) => (rest != "").then(|| Path::new("usr").join(&inside)),
        _ => Some(inside),
    })
}

/// Makes the links by which programs that name `/bin` and `/lib` find what is in `/usr`.
pub(super) fn lay_out(root: &Path) -> Result<()> {
    for dir in MERGED {
        fs::create_dir_all(root.join("usr").join(dir))?;
        if fs::symlink_metadata(root.join(dir)).is_err() {
            symlink(format!("usr/{dir}"), root.join(dir))
                .with_context(|| format!("failed to make the link `{dir}`"))?;
        }
    }
    fs::create_dir_all(root.join("etc"))?;
    Ok(())
}

impl<'a> Root<'a> {
    pub(super) fn new(dir: &'a Path) -> Self {
        Self { dir, folders: HashSet::new(), buffer: vec![0; 1 << 17] }
    }

    /// Makes a folder, and those above it.
    pub(super) fn folder(&mut self, path: &Path) -> Result<()> {
        if path == "" || self.folders.contains(path) {
            return Ok(());
        }
        self.folder(path.parent().unwrap_or(Path::new("")))?;
        let place = self.dir.join(path);
        match fs::create_dir(&place) {
            Err(err) if err.kind() == ErrorKind::AlreadyExists => {
                let is_folder = fs::symlink_metadata(&place)?.is_dir();
                ensure!(is_folder, "`{}` is to be a folder, and is something else already", path.display());
            }
            made => made?,
        }
        self.folders.insert(path.to_owned());
        Ok(())
    }

    /// Writes a file with all that `content` has, and gives how many bytes that was.
    pub(super) fn file(&mut self, path: &Path, meta: Meta, content: &mut impl Read) -> Result<u64> {
        let place = self.place(path)?;
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut file = match options.open(&place) {
            // Another package's file, or our own of an earlier package.
            Err(err) if err.kind() == ErrorKind::AlreadyExists => {
                fs::remove_file(&place)?;
                options.open(&place)?
            }
            opened => opened?,
        };
        let mut size = 0;
        loop {
            let length = content.read(&mut self.buffer)?;
            if length == 0 {
                break;
            }
            file.write_all(&self.buffer[..length])?;
            size += length as u64;
        }
        file.set_permissions(Permissions::from_mode(meta.mode & 0o777 | 0o600))?;
        file.set_modified(meta.modified)?;
        Ok(size)
    }

    /// A second name for a file that the package has brought before.
    pub(super) fn hard_link(&mut self, path: &Path, to: &Path) -> Result<()> {
        let (place, file) = (self.place(path)?, self.place(to)?);
        let is_file = fs::symlink_metadata(&file).is_ok_and(|metadata| metadata.is_file());
        ensure!(is_file, "`{}` is to be a link to `{}`, which is no file", path.display(), to.display());
        if place != file && fs::symlink_metadata(&place).is_ok() {
            fs::remove_file(&place)?;
        }
        if place != file {
            fs::hard_link(&file, &place)?;
        }
        Ok(())
    }

    /// A symbolic link, when all files are there: it gives way to what is in its place already. Where it leads is for those
    /// to find out who follow it in a root of their own.
    pub(super) fn link(&mut self, path: &Path, target: &Path) -> Result<()> {
        let place = self.place(path)?;
        match symlink(target, &place) {
            Err(err) if err.kind() == ErrorKind::AlreadyExists => Ok(()),
            made => made.with_context(|| format!("failed to make the link `{}`", place.display())),
        }
    }

    /// Has the package brought this folder, or something that lies in it?
    pub(super) fn has_folder(&self, path: &Path) -> bool {
        self.folders.contains(path)
    }

    fn place(&mut self, path: &Path) -> Result<PathBuf> {
        self.folder(path.parent().unwrap_or(Path::new("")))?;
        Ok(self.dir.join(path))
    }
}
