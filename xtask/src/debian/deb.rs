// SPDX-License-Identifier: MIT OR Apache-2.0
//! Unpacking of .deb files (deb(5)) without root rights: owners and devices are left out, and so is what only people read.

use std::io::{BufReader, Read};
use std::os::unix::fs::symlink;
use std::path::{Component, Path};

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use crate::compress;

/// Makes the links by which Debian's older packages, which still name `/bin` and `/lib`, fall into `/usr`
/// (<https://wiki.debian.org/UsrMerge>).
pub(super) fn lay_out(root: &Path) -> Result<()> {
    for dir in ["bin", "sbin", "lib", "lib32", "lib64", "libx32"] {
        fs::create_dir_all(root.join("usr").join(dir))?;
        if fs::symlink_metadata(root.join(dir)).is_err() {
            symlink(format!("usr/{dir}"), root.join(dir))
                .with_context(|| format!("failed to make the link `{dir}`"))?;
        }
    }
    fs::create_dir_all(root.join("etc"))?;
    Ok(())
}

/// Unpacks the data of a .deb file into `root`, which [`lay_out`] has prepared.
pub(super) fn unpack(deb: &Path, root: &Path) -> Result<()> {
    let mut archive = ar::Archive::new(BufReader::new(fs::File::open(deb)?));
    while let Some(member) = archive.next_entry() {
        let member = member.context("it is not an ar archive")?;
        let name = String::from_utf8_lossy(member.header().identifier()).into_owned();
        if let Some(ending) = name.strip_prefix("data.tar") {
            let data = compress::Reader::by_ending(ending, BufReader::with_capacity(1 << 17, member))?;
            return unpack_data(data, root);
        }
    }
    bail!("it has no data.tar")
}

fn unpack_data(data: impl Read, root: &Path) -> Result<()> {
    let mut tar = tar::Archive::new(data);
    tar.set_preserve_mtime(true);
    for entry in tar.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let kind = entry.header().entry_type();
        if is_wanted(&path, kind) {
            let inside = entry.unpack_in(root).with_context(|| format!("failed to unpack `{}`", path.display()))?;
            ensure!(inside, "its file `{}` leads out of the package", path.display());
        }
    }
    Ok(())
}

fn is_wanted(path: &Path, kind: tar::EntryType) -> bool {
    let special = kind.is_block_special() || kind.is_character_special() || kind.is_fifo();
    let parts: Vec<&str> = path.components().filter_map(normal).collect();
    let is_merged_dir = matches!(parts[..], ["bin" | "sbin" | "lib" | "lib32" | "lib64" | "libx32"]);
    let is_for_people =
        matches!(parts[..], ["usr", "share", "doc" | "man" | "info" | "locale" | "lintian" | "bug", ..]);
    !(special || is_merged_dir || is_for_people)
}

fn normal(component: Component<'_>) -> Option<&str> {
    match component {
        Component::Normal(part) => part.to_str(),
        _ => None,
    }
}
