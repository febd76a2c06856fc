// SPDX-License-Identifier: MIT OR Apache-2.0
//! What several packages bring together: which paths there are, where links lead, and the few files that say what kernel it is.
//! Nothing is unpacked.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result};

use super::package::{self, Kind, Node};

/// All paths but folders', each with the number of the package that brought it.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: BTreeMap<PathBuf, (Node, usize)>,
    contents: BTreeMap<PathBuf, Vec<u8>>,
}

/// Files that are looked into, wherever they lie.
const TEXTS: &[&str] =
    &["utsrelease.h", "version.h", "auto.conf", "kernel.release", "config", ".config", "modules.order"];

/// Bytes that are kept of a file that is looked into: the largest are configurations and lists of options.
const MOST: u64 = 8 << 20;

/// Bytes of an image, in which its head lies: the setup of x86's has 64 sectors at the most (Documentation/arch/x86/boot.rst).
const HEAD: u64 = 64 << 10;

/// How many links are followed one after the other, as in the kernel.
const MOST_LINKS: usize = 40;

impl Tree {
    /// Takes in what a package has. `number` is how it is remembered.
    pub(super) fn add(&mut self, file: &Path, kind: Kind, number: usize) -> Result<()> {
        package::read(file, kind, &mut |path, node, content| {
            if node == Node::File
                && let Some(most) = self.is_told(path)
            {
                let mut bytes = Vec::new();
                content.take(most).read_to_end(&mut bytes)?;
                self.contents.insert(path.to_owned(), bytes);
            }
            self.nodes.insert(path.to_owned(), (node, number));
            Ok(())
        })
    }

    /// How much of a file is looked at, if it is.
    fn is_told(&self, path: &Path) -> Option<u64> {
        let name = path.file_name()?.to_str()?;
        let is_head = name.starts_with("vmlinuz") || name.starts_with("vmlinux-");
        let is_text = TEXTS.contains(&name)
            || name.starts_with("config-")
            || (name == "Makefile" && path.components().count() <= 6);
        if is_head {
            return Some(HEAD);
        }
        let modules = is_module(path).then(|| release_of(path)).flatten();
        let is_first = modules.is_some_and(|release| self.a_module(release).is_none());
        (is_text || is_first).then_some(MOST)
    }

    /// The content of a file that was looked into.
    pub(super) fn content(&self, path: &Path) -> Option<&[u8]> {
        self.contents.get(&self.resolve(path)?).map(Vec::as_slice)
    }

    /// The content of a text.
    pub(super) fn text(&self, path: &Path) -> Option<&str> {
        str::from_utf8(self.content(path)?).ok()
    }

    /// A module of a release that was looked into, and its content.
    pub(super) fn a_module(&self, release: &str) -> Option<(&Path, &[u8])> {
        let dir = modules_dir(release);
        let mut below = self.contents.range(dir.clone()..).take_while(|(path, _)| path.starts_with(&dir));
        below.find(|(path, _)| is_module(path)).map(|(path, content)| (path.as_path(), content.as_slice()))
    }

    /// All paths that were looked into.
    pub(super) fn told(&self) -> impl Iterator<Item = &Path> {
        self.contents.keys().map(PathBuf::as_path)
    }

    /// The links below a folder, and where they lead.
    pub(super) fn links(&self, dir: &Path) -> impl Iterator<Item = (&Path, &Path)> {
        self.below(dir).filter_map(|(path, node)| match node {
            Node::Link(target) => Some((path, target.as_path())),
            Node::File => None,
        })
    }

    fn below(&self, dir: &Path) -> impl Iterator<Item = (&Path, &Node)> {
        let from = self.nodes.range(dir.to_owned()..);
        from.take_while(move |(path, _)| path.starts_with(dir)).map(|(path, (node, _))| (path.as_path(), node))
    }

    /// Is there a file of this path, or anything in a folder of this path? Links are followed.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.resolve(path).is_some_and(|path| self.below(&path).next().is_some())
    }

    /// The packages that bring something below a folder.
    pub(super) fn packages_of(&self, dir: &Path) -> impl Iterator<Item = usize> {
        let from = self.nodes.range(dir.to_owned()..);
        from.take_while(move |(path, _)| path.starts_with(dir)).map(|(_, (_, number))| *number)
    }

    /// A path without links in it; none if it leads in circles, or out of all packages.
    pub(super) fn resolve(&self, path: &Path) -> Option<PathBuf> {
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            match self.first_link(&path) {
                Some((link, target)) => {
                    let rest = path.strip_prefix(&link).ok()?;
                    path = lead(&link, &target)?.join(rest);
                }
                None => return Some(path),
            }
        }
        None
    }

    /// The first part of a path that is a link.
    fn first_link(&self, path: &Path) -> Option<(PathBuf, PathBuf)> {
        let mut so_far = PathBuf::new();
        for part in path.components() {
            so_far.push(part);
            if let Some((Node::Link(target), _)) = self.nodes.get(&so_far) {
                return Some((so_far, target.clone()));
            }
        }
        None
    }
}

/// Where a link leads, as a path in the packages; none if it climbs out of them.
pub(super) fn lead(link: &Path, target: &Path) -> Option<PathBuf> {
    let mut path = if target.is_absolute() { PathBuf::new() } else { link.parent()?.to_owned() };
    for part in target.components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::ParentDir => path.pop().then_some(())?,
            Component::CurDir | Component::RootDir | Component::Prefix(_) => (),
        }
    }
    crate::debian::inside(&path).ok()?
}

/// The folder with the modules of a release.
pub(super) fn modules_dir(release: &str) -> PathBuf {
    Path::new("usr/lib/modules").join(release)
}

/// The release that a path in `usr/lib/modules` belongs to.
pub(super) fn release_of(path: &Path) -> Option<&str> {
    path.strip_prefix("usr/lib/modules").ok()?.iter().next()?.to_str()
}

/// What can stand behind `.ko`.
pub(super) const MODULE_ENDINGS: &[&str] = &["", ".xz", ".zst", ".gz"];

/// Whether this is a kernel module by its name.
pub(super) fn is_module(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    MODULE_ENDINGS.iter().any(|ending| name.strip_suffix(ending).is_some_and(|name| name.ends_with(".ko")))
}

/// The release that the head of an image for x86 names (Documentation/arch/x86/boot.rst, `kernel_version`).
pub(super) fn release_in_image(head: &[u8]) -> Option<String> {
    if head.get(0x202..0x206)? != b"HdrS" {
        return None;
    }
    let at = usize::from(u16::from_le_bytes([*head.get(0x20e)?, *head.get(0x20f)?])) + 0x200;
    let text = head.get(at..)?.split(|byte| *byte == 0).next()?;
    Some(str::from_utf8(text).ok()?.split(' ').next()?.to_owned())
}

/// Reads all packages of a kernel.
pub(super) fn read_all(files: &[PathBuf]) -> Result<(Tree, Vec<Kind>)> {
    let mut tree = Tree::default();
    let mut kinds = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let what = || format!("failed to read the package `{}`", file.display());
        let kind = Kind::of(file).with_context(what)?;
        tree.add(file, kind, number).with_context(what)?;
        kinds.push(kind);
    }
    Ok((tree, kinds))
}
