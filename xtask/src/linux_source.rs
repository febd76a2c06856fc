// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kernel's own source as an archive packages it, `linux-source-*`. It is unpacked whole, once for each version: what something is
//! made of is known to make alone, and half a minute and 1.3 GB are a fair price for never guessing it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use crate::context::Context;
use crate::debian::{Archive, Package, Place};
use crate::fetch::NotFound;
use crate::kernel::Arch;
use crate::report::Unit;

/// What the entry in the cache has.
const TREE: &str = "tree";

/// A word for a version: another has another, and so has what is unpacked for another processor.
pub(crate) fn word(archive: &str, name: &str, version: &str, arch: Arch) -> String {
    let further = if arch == Arch::X86 { String::new() } else { format!("-{}", arch.folder()) };
    format!("{archive}-{name}_{}-source{further}", version.replace([':', '~'], "_"))
}

/// The folder with the source of which this is the word; `package` is asked when it has to be fetched.
pub(crate) fn unpacked(
    context: &Context,
    word: &str,
    arch: Arch,
    package: impl FnOnce() -> Result<(Arc<Archive>, Package)>,
) -> Result<PathBuf> {
    let entry = context.cache.entry("sources", word, |dir| {
        let (archive, package) = package()?;
        fill(context, &archive, &package, arch, dir)
    })?;
    Ok(entry.join(TREE))
}

/// What to do when an archive has a version no more.
pub(crate) fn newer(name: &str) -> String {
    let series = name.trim_start_matches("linux-source-").replace('.', "_");
    format!("help: `cargo xtask kernels fetch {series}` fetches the series' newest kernel, whose source is there")
}

/// Where a package of sources has them.
fn tar_of(package: &str) -> PathBuf {
    Path::new("usr/src").join(format!("{package}.tar.xz"))
}

fn fill(context: &Context, archive: &Archive, package: &Package, arch: Arch, dir: &Path) -> Result<()> {
    let Package { name, version, .. } = package;
    let what = format!("the source of linux {version}");
    let packed = dir.join("package");
    fs::create_dir(&packed)?;
    match archive.unpack(&what, &[package], &packed) {
        Err(err) if err.chain().any(|it| it.is::<NotFound>()) => {
            let gone = format!("the archive lists `{name}` {version}, but has it no more\n{}", newer(name));
            return Err(err.context(gone));
        }
        unpacked => unpacked.with_context(|| format!("failed to get {what}"))?,
    }
    let tar = packed.join(tar_of(name));
    ensure!(tar.is_file(), "the package `{name}` has no `{}`", tar_of(name).display());
    let _progress = context.events.progress(format!("unpacking {what}"), 0, Unit::Things);
    unpack(&tar, arch, &dir.join(TREE))?;
    Ok(fs::remove_dir_all(&packed)?)
}

/// Unpacks what lies in the one folder that all of a tar archive lies in.
fn unpack(tar: &Path, arch: Arch, into: &Path) -> Result<()> {
    let what = || format!("failed to unpack `{}`", tar.display());
    let scratch = into.with_added_extension("unpacked");
    fs::create_dir(&scratch)?;
    let place = |path: &Path| if is_left_out(&below_top(path), arch) { Place::Package } else { Place::Folder };
    Archive::unpack_tar(tar, &scratch, &place).with_context(what)?;
    let mut tops: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(&scratch)? {
        tops.push(entry?.path());
    }
    let [top] = &tops[..] else { bail!("{}: its files do not lie in one folder", what()) };
    fs::rename(top, into)?;
    Ok(fs::remove_dir(&scratch)?)
}

/// Without the one folder that all lies in.
fn below_top(path: &Path) -> PathBuf {
    path.components().skip(1).collect()
}

/// What nothing is built from: documentation, and other machines' folders.
pub(crate) fn is_left_out(path: &Path, arch: Arch) -> bool {
    // Kconfig and make read on there: crypto/Kconfig in arch/arm, fs/hostfs/Makefile in arch/um.
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name.starts_with("Kconfig") || name.starts_with("Makefile") {
        return false;
    }
    let mut parts = path.iter().map(|part| part.to_str().unwrap_or_default());
    match (parts.next(), parts.next()) {
        (Some("Documentation"), _) => true,
        // There are also files for all of them: arch/Kconfig.
        (Some("arch"), Some(folder)) => parts.next().is_some() && folder != arch.folder(),
        _ => false,
    }
}
