// SPDX-License-Identifier: MIT OR Apache-2.0
//! One tree out of several: what was built of a kernel, and its source, seen as the folder that the kernel was built in. It is
//! made of links, so it costs nothing; but folders in which something is built are folders of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use fs_err as fs;

/// A tree that a kernel's modules can be built in, but for the files that are built.
#[derive(Debug, Clone)]
pub(super) struct Layers {
    /// What Kbuild needs of the built kernel, by name, goes before everything; but its Makefile is one that leads to the source.
    pub(super) built: PathBuf,
    pub(super) source: PathBuf,
    /// Folders in which something may be built.
    pub(super) open: BTreeSet<PathBuf>,
}

/// The parts of a built kernel's folder that its modules' build looks at.
const BUILT: &[&str] =
    &[".config", ".kernelvariables", "Module.symvers", "arch", "include", "scripts", "tools", "vmlinux"];

impl Layers {
    /// All of their folders.
    pub(super) fn folders(&self) -> impl Iterator<Item = &Path> {
        [self.built.as_path(), self.source.as_path()].into_iter()
    }

    /// Fills up `stage` with links to what it does not have itself.
    pub(super) fn link(&self, stage: &Path) -> Result<()> {
        for name in BUILT.iter().filter(|name| self.built.join(name).exists()) {
            self.entry(stage, Path::new(name), &[&self.built, &self.source])?;
        }
        self.merge(stage, Path::new(""), &[&self.source])
    }

    fn merge(&self, stage: &Path, below: &Path, layers: &[&Path]) -> Result<()> {
        fs::create_dir_all(stage.join(below))?;
        let mut names = BTreeMap::new();
        for layer in layers {
            for entry in fs::read_dir(layer.join(below))? {
                names.entry(entry?.file_name()).or_insert_with(Vec::new).push(*layer);
            }
        }
        if !is_kept_as_built(below) {
            // What somebody else has built is not what is to be built. Kbuild leaves beside all that it makes how it did.
            let made =
                |name: &str| crate::kbuild::is_product(name) || names.contains_key(OsStr::new(&format!(".{name}.cmd")));
            let made: BTreeSet<OsString> = names.keys().filter(|name| made(&name.to_string_lossy())).cloned().collect();
            names.retain(|name, _| !made.contains(name));
        }
        names.into_iter().try_for_each(|(name, layers)| self.entry(stage, &below.join(name), &layers))
    }

    /// One entry of the tree, which these layers have.
    fn entry(&self, stage: &Path, path: &Path, layers: &[&Path]) -> Result<()> {
        let place = stage.join(path);
        let own = fs::symlink_metadata(&place).ok();
        if own.as_ref().is_some_and(|own| !own.is_dir()) {
            return Ok(());
        }
        let there: Vec<&Path> = layers.iter().copied().filter(|layer| layer.join(path).exists()).collect();
        let Some(first) = there.first() else { return Ok(()) };
        let folders: Vec<&Path> = there.iter().copied().filter(|layer| layer.join(path).is_dir()).collect();
        let is_folder = first.join(path).is_dir();
        let is_open = self.open.iter().any(|open| path.starts_with(open) || open.starts_with(path));
        if is_folder && (own.is_some() || is_open || folders.len() > 1) {
            return self.merge(stage, path, &folders);
        }
        let target = first.join(path);
        symlink(&target, &place).with_context(|| format!("failed to link `{}`", place.display()))
    }
}

/// Where a build of modules wants what the kernel's has made: programs and headers.
fn is_kept_as_built(path: &Path) -> bool {
    let mut parts = path.iter().map(|part| part.to_str().unwrap_or_default());
    match parts.next() {
        Some("include" | "scripts" | "tools") => true,
        Some("arch") => parts.nth(1) == Some("include"),
        _ => false,
    }
}

/// Removes the links that [`Layers::link`] has made, so that nothing is written through them.
pub(crate) fn unlink(stage: &Path) -> Result<()> {
    let entries = match fs::read_dir(stage) {
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let (kind, path) = (entry.file_type()?, entry.path());
        if kind.is_dir() {
            unlink(&path)?;
        } else if kind.is_symlink() && fs::read_link(&path)?.is_absolute() {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the paths of a tree of these layers lead to: its own file, or a layer's.
    #[test]
    fn a_tree_of_layers() {
        let top = tempfile::tempdir().expect("a folder");
        let write = |path: &str| {
            let path = top.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(&path, path.to_string_lossy().as_bytes()).expect("written");
        };
        let files = [
            "built/Makefile",
            "built/.config",
            "built/include/generated/a.h",
            "built/drivers/net/a/a.o",
            "source/Makefile",
            "source/include/linux/b.h",
            "source/drivers/net/a/a.c",
            "source/drivers/net/b/b.c",
            "source/drivers/net/b/b.o",
            "source/drivers/net/a/a.o",
            "source/drivers/net/a/table.h",
            "source/drivers/net/a/.table.h.cmd",
            "source/include/generated/.a.h.cmd",
            "source/drivers/gpu/c.c",
            "stage/drivers/net/a/a.c",
        ];
        files.into_iter().for_each(write);
        let at = |name: &str| top.path().join(name);
        let stage = at("stage");
        let open = BTreeSet::from([PathBuf::from("drivers/net/b")]);
        let layers = Layers { built: at("built"), source: at("source"), open };
        let check = |path: &str, expected: Option<&str>| {
            let content = fs::read_to_string(stage.join(path)).ok();
            assert_eq!(content, expected.map(|of| at(of).display().to_string()), "{path}");
        };
        for _twice in 0..2 {
            layers.link(&stage).expect("linked");
            check("Makefile", Some("source/Makefile"));
            check(".config", Some("built/.config"));
            check("include/generated/a.h", Some("built/include/generated/a.h"));
            check("include/linux/b.h", Some("source/include/linux/b.h"));
            check("drivers/net/a/a.c", Some("stage/drivers/net/a/a.c"));
            check("drivers/net/a/a.o", None);
            check("drivers/net/a/table.h", None);
            check("drivers/net/b/b.c", Some("source/drivers/net/b/b.c"));
            check("drivers/net/b/b.o", None);
            check("drivers/gpu/c.c", Some("source/drivers/gpu/c.c"));
            fs::write(stage.join("drivers/net/b/new.o"), "").expect("built in a folder of its own");
        }
        assert!(!at("source/drivers/net/b/new.o").exists(), "nothing is built in the source");
        unlink(&stage).expect("unlinked");
        check("drivers/net/a/a.c", Some("stage/drivers/net/a/a.c"));
        check("Makefile", None);
        check("drivers/net/b/b.c", None);
    }
}
