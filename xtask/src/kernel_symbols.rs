// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kernel's own symbols and debug information, for a debugger. What is booted has none: they are in another vmlinux, which lies where
//! the kernel was built, or in a package of the archive that it came from.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;
use object::read::ReadCache;
use object::{Object as _, ObjectSection as _};

use crate::context::Context;
use crate::debian::{DEBIAN, Place};
use crate::fetch::NotFound;
use crate::kernel::{KernelTree, Origin, Tools};

/// Of entries in the cache.
const KIND: &str = "symbols";

/// What the entry has.
const FILE: &str = "vmlinux";

/// The vmlinux with the symbols of a kernel; none if there is none here and it is not to be fetched.
pub(crate) fn find(context: &Context, kernel: &KernelTree, fetch: bool) -> Result<Option<PathBuf>> {
    if let Some(file) = built_here(context, kernel) {
        return Ok(Some(file));
    }
    let key = kernel.dir.file_name().unwrap_or_default().to_string_lossy();
    if kernel.tools == Tools::Root && (fetch || context.cache.path(KIND, &key).exists()) {
        let entry = context.cache.entry(KIND, &key, |dir| fill(context, kernel, dir))?;
        return Ok(Some(entry.join(FILE)));
    }
    ensure!(!fetch, "{} is from no archive, and there is no vmlinux with its symbols in its folder", kernel.origin);
    Ok(None)
}

/// What mends it that there are none.
pub(crate) fn help(kernel: &KernelTree) -> &'static str {
    match (Origin::of(kernel), &kernel.tools) {
        _ if is_from_source(kernel) => "they are with its objects below `target`, which are gone",
        (Ok(origin), Tools::Root) if origin.archive == DEBIAN => "--kernel-symbols fetches them",
        _ => "a vmlinux in its folder would have them",
    }
}

/// We have built it ourselves.
fn is_from_source(kernel: &KernelTree) -> bool {
    kernel.origin.contains(" +")
}

/// Where a kernel was built its vmlinux is complete. There it may have been built again since, which its ID tells.
fn built_here(context: &Context, kernel: &KernelTree) -> Option<PathBuf> {
    let booted = [Some(kernel.dir.join(FILE)), kernel.image.clone()];
    let booted = booted.into_iter().flatten().find_map(|file| facts(&file).ok()?.id);
    let own = kernel.kdir.join(FILE);
    let is_it = |file: &PathBuf| facts(file).is_ok_and(|facts| facts.has_symbols && facts.id == booted);
    // Of an image that is compressed nobody knows the ID.
    if is_it(&own) || (booted.is_none() && facts(&own).is_ok_and(|facts| facts.has_symbols)) {
        return Some(own);
    }
    if !is_from_source(kernel) || booted.is_none() {
        return None;
    }
    let folders = |dir: PathBuf| fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    folders(context.target.join("kernels")).flat_map(folders).map(|objects| objects.join(FILE)).find(is_it)
}

/// What a vmlinux says of itself.
struct Facts {
    /// Of its build, if it has one.
    id: Option<Vec<u8>>,
    has_symbols: bool,
}

fn facts(file: &Path) -> Result<Facts> {
    let cache = ReadCache::new(fs::File::open(file)?);
    let elf = object::File::parse(&cache).with_context(|| format!("`{}` is no vmlinux", file.display()))?;
    let id = elf.build_id().ok().flatten().map(<[u8]>::to_owned);
    Ok(Facts { id, has_symbols: elf.section_by_name(".symtab").is_some_and(|symbols| symbols.size() > 0) })
}

/// Debian's package with the debug information of a kernel and of all its modules, of which the kernel's is kept.
fn fill(context: &Context, kernel: &KernelTree, dir: &Path) -> Result<()> {
    if is_from_source(kernel) {
        bail!(
            "the symbols of {} are gone with its objects\nhelp: have it built anew: `rm -r {}`",
            kernel.origin,
            kernel.dir.display()
        );
    }
    let origin = Origin::of(kernel)?;
    let archive = context.archive_kernels(&origin.archive)?.archive;
    let suite = archive.suite(&origin.suite)?;
    let name = format!("linux-image-{}-dbg", kernel.release);
    let gone = || {
        let newer = "help: kernels that the archive still has may have theirs: `cargo xtask kernels`";
        format!("the archive has no package `{name}` of the version {}\n{newer}", origin.version)
    };
    // The list of kernels' packages is without those.
    let index = archive.index(suite)?;
    let package = index.exact(&name, &origin.version).with_context(gone)?;
    let unpacked = dir.join("package");
    fs::create_dir(&unpacked)?;
    let place = |path: &Path| if is_vmlinux(path) { Place::Folder } else { Place::Package };
    match archive.unpack_but(&format!("the symbols of {}", kernel.release), &[package], &unpacked, place) {
        Err(err) if err.chain().any(|it| it.is::<NotFound>()) => return Err(err.context(gone())),
        result => result.map(drop)?,
    }
    let places = ["usr/lib/debug/lib/modules/REL/vmlinux", "usr/lib/debug/boot/vmlinux-REL"];
    let files = places.map(|place| unpacked.join(place.replace("REL", &kernel.release)));
    let is_file = |file: &&PathBuf| file.symlink_metadata().is_ok_and(|data| data.is_file());
    let file = files.iter().find(is_file).with_context(|| format!("`{name}` has no vmlinux"))?;
    fs::rename(file, dir.join(FILE))?;
    fs::remove_dir_all(unpacked)?;
    Ok(())
}

fn is_vmlinux(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name == FILE || name.starts_with("vmlinux-")
}
