// SPDX-License-Identifier: MIT OR Apache-2.0
//! The folder of a driver of the kernel's tree: its sources at their places below the top of the tree, and our makefiles, which
//! lead make to them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use fs_err as fs;

use super::makefile::{self, KBUILD, MOVED};
use super::source::Source;

/// The files of a driver's folder: where they are in the source, or what they have.
pub(super) type Files = BTreeMap<PathBuf, Content>;

pub(super) enum Content {
    Copy(PathBuf),
    Text(Vec<u8>),
}

/// The source files that a tree has of a folder, and of all below it if that is meant.
pub(super) fn collect(tree: &Path, folder: &Path, all: bool, files: &mut Files) -> Result<()> {
    for entry in fs::read_dir(tree.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = folder.join(entry.file_name());
        // Kbuild leaves beside all that it makes how it did.
        let is_made = || crate::kbuild::is_product(&name) || tree.join(folder).join(format!(".{name}.cmd")).exists();
        if entry.file_type()?.is_dir() {
            if all {
                collect(tree, &path, all, files)?;
            }
        } else if entry.path().is_file() && !is_made() {
            files.insert(path, Content::Copy(entry.path()));
        }
    }
    Ok(())
}

/// The name of a folder's makefile, if it has one.
pub(super) fn own_makefile(source: &Source, folder: &Path) -> Option<&'static str> {
    [KBUILD, "Makefile"].into_iter().find(|name| source.dir.join(folder).join(name).is_file())
}

/// Leads make from the first folder to the one that is meant.
pub(super) fn lead(source: &Source, folder: &Path, files: &mut Files) {
    let mut at = PathBuf::new();
    let mut parts = folder.components().peekable();
    while let (Some(part), Some(next)) = (parts.next(), parts.peek()) {
        at.push(part);
        let next = next.as_os_str().to_string_lossy();
        if let Some(own) = own_makefile(source, &at) {
            wrap(source, &at, own, files, |own| makefile::way_into(&next, own));
        } else {
            let text = makefile::way_into(&next, None);
            files.insert(at.join(KBUILD), Content::Text(text.into_bytes()));
        }
    }
}

/// Puts our makefile before a folder's own, which is `own` there.
pub(super) fn wrap(source: &Source, dir: &Path, own: &str, files: &mut Files, text: impl Fn(Option<&str>) -> String) {
    let named = if own == KBUILD { MOVED } else { own };
    let known = files.remove(&dir.join(own)).unwrap_or_else(|| Content::Copy(source.dir.join(dir).join(own)));
    files.insert(dir.join(named), known);
    files.insert(dir.join(KBUILD), Content::Text(text(Some(named)).into_bytes()));
}

/// Makes a folder have these files and no others; what is as it should be is not touched, so that make need not run for it.
pub(super) fn write(dir: &Path, files: &Files) -> Result<()> {
    fs::create_dir_all(dir)?;
    let mut left = vec![dir.to_owned()];
    while let Some(at) = left.pop() {
        for entry in fs::read_dir(at)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                left.push(entry.path());
            } else if !files.contains_key(entry.path().strip_prefix(dir)?) {
                fs::remove_file(entry.path())?;
            }
        }
    }
    for (path, content) in files {
        let to = dir.join(path);
        let content = match content {
            Content::Copy(from) => fs::read(from)?,
            Content::Text(text) => text.clone(),
        };
        if fs::read(&to).ok().as_ref() != Some(&content) {
            fs::create_dir_all(to.parent().unwrap_or(dir))?;
            fs::write(&to, content)?;
        }
    }
    Ok(())
}
