// SPDX-License-Identifier: MIT OR Apache-2.0
//! Unpacking of a kernel's sources: one folder with files, folders, and links that stay inside.

use std::io::BufReader;
use std::path::{Component, Path};

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;
use tar::EntryType;

use crate::compress::Reader;
use crate::report::{Events, Unit};

/// Unpacks a .tar.xz file, in which everything lies in the folder `top`, into `into`.
pub(super) fn unpack(tarball: &Path, top: &str, into: &Path, events: &Events) -> Result<()> {
    let file = BufReader::with_capacity(1 << 17, fs::File::open(tarball)?);
    let mut tar = tar::Archive::new(Reader::by_ending(".xz", file)?);
    let progress = events.progress(format!("unpacking {top}"), 0, Unit::Things);
    let mut done = 0;
    for entry in tar.entries()? {
        let mut entry = entry.context("it is damaged")?;
        let kind = entry.header().entry_type();
        // git-archive(1) puts the commit's name there.
        if kind == EntryType::XGlobalHeader {
            continue;
        }
        let path = entry.path()?.into_owned();
        ensure!(is_inside(&path, top), "its file `{}` does not lie in `{top}`", path.display());
        match kind {
            EntryType::Regular | EntryType::Directory => (),
            EntryType::Symlink => {
                let target = entry.link_name()?.context("it has a link that leads nowhere")?;
                let leads_in = stays_inside(&path, &target);
                ensure!(leads_in, "its link `{}` leads out of it, to `{}`", path.display(), target.display());
            }
            other => bail!("its `{}` is of a kind that sources don't have: {other:?}", path.display()),
        }
        let inside = entry.unpack_in(into).with_context(|| format!("failed to unpack `{}`", path.display()))?;
        ensure!(inside, "its file `{}` leads out of it", path.display());
        done += 1;
        progress.at(done);
    }
    ensure!(into.join(top).join("Makefile").is_file(), "it has no `{top}/Makefile`: it is not a kernel");
    Ok(())
}

fn is_inside(path: &Path, top: &str) -> bool {
    path.starts_with(top) && path.components().all(|part| matches!(part, Component::Normal(_)))
}

/// Does a link at `path` lead to a place below the first folder of `path`?
fn stays_inside(path: &Path, target: &Path) -> bool {
    let mut depth = path.components().count() - 1;
    for part in target.components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::CurDir => (),
            Component::ParentDir if depth > 1 => depth -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, target: &str, expected: bool) {
        assert_eq!(stays_inside(Path::new(path), Path::new(target)), expected, "{path} -> {target}");
    }

    #[test]
    fn links() {
        check("linux-6.6/scripts/dtc/include-prefixes/arm", "../../../arch/arm/boot/dts", true);
        check("linux-6.6/a", "b", true);
        check("linux-6.6/a", "./b/../c", true);
        check("linux-6.6/a", "../linux-6.6/b", false);
        check("linux-6.6/a", "..", false);
        check("linux-6.6/a/b", "../..", false);
        check("linux-6.6/a/b", "..", true);
        check("linux-6.6/a", "/etc/passwd", false);
    }
}
