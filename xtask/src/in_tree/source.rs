// SPDX-License-Identifier: MIT OR Apache-2.0
//! The source that a kernel was built from: the tree itself, if the person built it there; else the package of sources that the
//! archive made together with the kernel. Of that the headers and makefiles are unpacked once, some hundred megabytes; a
//! folder's further files are taken out of it when the folder is asked for.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use super::{Folders, is_in};
use crate::context::Context;
use crate::debian::{Archive, Data, Inner, Package, Place};
use crate::fetch::{NotFound, sha256};
use crate::kernel::{KernelTree, Origin, Tools};
use crate::report::Unit;

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Source {
    /// A folder with all headers and makefiles, at their places.
    pub(super) shared: PathBuf,
    /// The packed rest, if it is packed.
    packed: Option<Packed>,
    /// A word for it: another source has another.
    pub(super) word: String,
}

#[derive(Debug)]
struct Packed {
    tar: PathBuf,
    /// Where its files begin, how many bytes they have, and their places in the tree.
    files: Vec<(u64, u64, PathBuf)>,
}

/// What the entry in the cache has.
const INDEX: &str = "files.index";
const TREE: &str = "tree";

impl Source {
    /// The source of a kernel, fetched if need be.
    pub(super) fn of(context: &Context, kernel: &KernelTree) -> Result<Self> {
        match &kernel.tools {
            Tools::Root => Self::of_archive(context, kernel),
            Tools::Host => Self::of_tree(kernel),
            Tools::Nix(_) => bail!(
                "the source of {} is not at hand: Nix keeps of it what modules outside of the tree need\n\
                 help: nix/kernel/in-tree.nix builds a module of its tree; docs/nix-in-tree.md says how",
                kernel.release
            ),
        }
    }

    /// A tree that somebody built, or its `O=` folder, which leads to the source.
    fn of_tree(kernel: &KernelTree) -> Result<Self> {
        let places = [kernel.kdir.join("source"), kernel.kdir.clone()];
        let is_source = |dir: &&PathBuf| dir.join("drivers/Makefile").is_file() && dir.join("init/main.c").is_file();
        let Some(dir) = places.iter().find(is_source) else {
            bail!(
                "`{}` has no source: it is headers alone\n\
                 help: name the folder that the kernel was built in; if it is Debian's kernel, name it by its release, \
                 `--kernel {}`: then the archive's source is taken",
                kernel.kdir.display(),
                kernel.release
            );
        };
        let shared = fs::canonicalize(dir)?;
        // Any file of it may have changed since; make knows which.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_nanos();
        Ok(Self { word: format!("{} at {now}", shared.display()), shared, packed: None })
    }

    fn of_archive(context: &Context, kernel: &KernelTree) -> Result<Self> {
        let Origin { archive, suite, version, series } = Origin::of(kernel)?;
        let name = format!("linux-source-{series}");
        let word = format!("{archive}-{name}_{}", version.replace([':', '~'], "_"));
        let dir = context.cache.entry("sources", &word, |dir| {
            let archive = context.archive_kernels(&archive)?.archive;
            let package = package(&archive, kernel, &suite, &name, &version)?;
            fill(context, &archive, &package, dir)
        })?;
        let text = fs::read_to_string(dir.join(INDEX))?;
        let parse = |line: &str| {
            let (at, rest) = line.split_once(' ')?;
            let (size, path) = rest.split_once(' ')?;
            Some((at.parse().ok()?, size.parse().ok()?, PathBuf::from(path)))
        };
        let files: Option<_> = text.lines().map(parse).collect();
        let files = files.with_context(|| format!("`{}` is damaged", dir.join(INDEX).display()))?;
        Ok(Self { shared: dir.join(TREE), packed: Some(Packed { tar: dir.join(tar_of(&name)), files }), word })
    }

    /// Whether it has a file, or a folder.
    pub(super) fn has(&self, path: &Path) -> bool {
        let mut packed = self.packed.iter().flat_map(|packed| &packed.files);
        self.shared.join(path).exists() || packed.any(|(.., file)| file.starts_with(path))
    }

    /// A file, if it has it.
    pub(super) fn read(&self, path: &Path) -> Option<Vec<u8>> {
        if let Ok(content) = fs::read(self.shared.join(path)) {
            return Some(content);
        }
        let packed = self.packed.as_ref()?;
        let (at, size, _) = packed.files.iter().find(|(.., file)| file == path)?;
        Data::of_tar(&packed.tar).ok()?.read_at(*at, *size, &mut None).ok()
    }

    /// A folder that has, at their places, the files of these folders, but for those that are shared.
    pub(super) fn folder_with(&self, context: &Context, folders: &Folders) -> Result<PathBuf> {
        let Some(packed) = &self.packed else { return Ok(self.shared.clone()) };
        let key = format!("{}+{}", self.word, &sha256(format!("{folders:?}").as_bytes())[..12]);
        context.cache.entry("sources", &key, |dir| {
            let wanted = |path: &Path| !is_shared(path) && is_in(path, folders);
            let progress = context.events.progress(format!("unpacking the source of {}", self.word), 0, Unit::Things);
            let data = Data::of_tar(&packed.tar)?;
            if !data.is_in_blocks() {
                // To come to any file of it takes as long as to come to the last.
                let place = |path: &Path| if wanted(&below_top(path)) { Place::Folder } else { Place::Package };
                unpack(&packed.tar, dir, &place)?;
                return clear(dir, Path::new(""), folders).map(drop);
            }
            let mut last = None;
            for (done, (at, size, path)) in packed.files.iter().filter(|(.., path)| wanted(path)).enumerate() {
                progress.at(done as u64);
                let to = dir.join(path);
                fs::create_dir_all(to.parent().unwrap_or(dir))?;
                let content = data.read_at(*at, *size, &mut last);
                fs::write(&to, content.with_context(|| format!("failed to unpack `{}`", path.display()))?)?;
            }
            Ok(())
        })
    }
}

/// The package of sources of exactly the kernel's version.
fn package(archive: &Archive, kernel: &KernelTree, suite: &str, name: &str, version: &str) -> Result<Package> {
    let index = archive.kernel_index(archive.suite(suite)?)?;
    if let Some(package) = index.exact(name, version) {
        return Ok(package.clone());
    }
    let others = index.starting_with(name).filter(|package| package.name == name);
    let others: Vec<&str> = others.map(|package| package.version.as_str()).collect();
    let has = if others.is_empty() { "none".to_owned() } else { format!("only {}", others.join(", ")) };
    bail!(
        "the suite `{suite}` has no `{name}` of the version {version}, which {} is of; it has {has}\n{}",
        kernel.release,
        newer(name)
    )
}

fn newer(name: &str) -> String {
    let series = name.trim_start_matches("linux-source-").replace('.', "_");
    format!("help: `cargo xtask kernels fetch {series}` fetches the series' newest kernel, whose source is there")
}

/// Where a package of sources has them.
fn tar_of(package: &str) -> PathBuf {
    Path::new("usr/src").join(format!("{package}.tar.xz"))
}

fn fill(context: &Context, archive: &Archive, package: &Package, dir: &Path) -> Result<()> {
    let Package { name, version, .. } = package;
    let what = format!("the source of linux {version}");
    match archive.unpack(&what, &[package], dir) {
        Err(err) if err.chain().any(|it| it.is::<NotFound>()) => {
            let gone = format!("the archive lists `{name}` {version}, but has it no more\n{}", newer(name));
            return Err(err.context(gone));
        }
        unpacked => unpacked.with_context(|| format!("failed to get {what}"))?,
    }
    let tar = dir.join(tar_of(name));
    ensure!(tar.is_file(), "the package `{name}` has no `{}`", tar_of(name).display());
    let progress = context.events.progress(format!("unpacking {what}"), 0, Unit::Things);
    fs::create_dir(dir.join(TREE))?;
    let place = |path: &Path| if is_shared(&below_top(path)) { Place::Folder } else { Place::Package };
    let inner = unpack(&tar, &dir.join(TREE), &place)?;
    drop(progress);
    let mut index = String::new();
    for file in inner {
        let path = below_top(&file.path);
        if !is_foreign(&path) && path.to_str().is_some_and(|path| !path.contains(char::is_control)) {
            index.extend([format!("{} {} {}\n", file.at, file.size, path.display())]);
        }
    }
    Ok(fs::write(dir.join(INDEX), index)?)
}

/// Unpacks what lies in the one folder that all of a tar archive lies in; what stays in it is told.
fn unpack(tar: &Path, into: &Path, place: &dyn Fn(&Path) -> Place) -> Result<Vec<Inner>> {
    let what = || format!("failed to unpack `{}`", tar.display());
    let scratch = into.with_added_extension("unpacked");
    fs::create_dir(&scratch)?;
    let inner = Archive::unpack_tar(tar, &scratch, place).with_context(what)?;
    let mut tops: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(&scratch)? {
        tops.push(entry?.path());
    }
    if let [top] = &tops[..] {
        fs::remove_dir(into)?;
        fs::rename(top, into)?;
    } else {
        ensure!(tops.is_empty(), "{}: its files do not lie in one folder", what());
    }
    fs::remove_dir(&scratch)?;
    Ok(inner)
}

/// Removes links, and folders without files, but for those that were asked for; says whether nothing is left of `below`.
fn clear(dir: &Path, below: &Path, folders: &Folders) -> Result<bool> {
    let mut is_empty = true;
    for entry in fs::read_dir(dir.join(below))? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() && clear(dir, &path, folders)? {
            fs::remove_dir(entry.path())?;
        } else if kind.is_symlink() && !is_in(&path, folders) {
            fs::remove_file(entry.path())?;
        } else {
            is_empty = false;
        }
    }
    Ok(is_empty)
}

/// Without the one folder that all lies in.
fn below_top(path: &Path) -> PathBuf {
    path.components().skip(1).collect()
}

/// What any folder's files may include, and what Kbuild itself is made of.
fn is_shared(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_kept = name.ends_with(".h")
        || name.ends_with(".lds.S")
        || name.starts_with("Makefile")
        || name.starts_with("Kbuild")
        || path.starts_with("scripts");
    // A third of the whole are lists of registers, which nobody includes but the one driver beside them.
    is_kept && !is_foreign(path) && !path.starts_with("drivers/gpu/drm/amd/include")
}

/// What no module is built from.
fn is_foreign(path: &Path) -> bool {
    let mut parts = path.iter().map(|part| part.to_str().unwrap_or_default());
    match (parts.next(), parts.next()) {
        (Some("Documentation" | "samples" | "tools" | "LICENSES"), _) => true,
        (Some("arch"), Some(arch)) => parts.next().is_some() && arch != "x86",
        _ => false,
    }
}
