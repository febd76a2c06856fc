// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a kernel is built from: an archive's package of sources, a release of kernel.org's, a folder, or a revision of git's. None of
//! them is changed.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use fs_err as fs;

use crate::cache::Lock;
use crate::context::Context;
use crate::debian::{DEBIAN, Package};
use crate::fetch::sha256;
use crate::kbuild::stamp;
use crate::kernel::kernel_org::KERNEL_ORG;
use crate::kernel::{Arch, ArchiveKernels, LOCK_FILE, Numbers, Origin, Recipe, Which, Wish};
use crate::linux_source;
use crate::repository::Repository;

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Sources {
    pub(super) dir: PathBuf,
    /// Who has them: what is built of them is kept together, so that little is built again.
    pub(super) place: String,
    /// What they are: others have another word.
    pub(super) word: String,
    /// Where they came from, for people.
    pub(super) origin: String,
    /// The suite whose tools fit.
    pub(super) suite: String,
    /// The package that they are from, if it is one.
    pub(super) package: Option<Package>,
    /// Keeps others from putting another revision into the folder.
    _lock: Option<Lock>,
}

/// Debian's suites with the compilers for sources before a series: older sources have trouble with younger compilers.
const SUITES: &[((u32, u32), &str)] = &[((5, 15), "bullseye"), ((6, 6), "bookworm")];

/// The suite for all others.
const SUITE: &str = "trixie";

impl Sources {
    /// Those that a name means, fetched if need be.
    pub(super) fn of(context: &Context, wish: &Wish, arch: Arch, work: &Path) -> Result<Self> {
        match &wish.which {
            Which::Sources { dir, revision } => Self::of_folder(context, dir, revision.as_deref(), work),
            _ => Self::of_release(context, wish, arch),
        }
    }

    fn of_release(context: &Context, wish: &Wish, arch: Arch) -> Result<Self> {
        for name in context.archives(wish)? {
            let kernels = context.archive_kernels(&name)?;
            let Some(package) = kernels.newest_source(wish)? else { continue };
            return Self::of_package(context, kernels, package, arch);
        }
        let of_upstream = Wish { profile: None, ..wish.clone() };
        ensure!(
            wish.source.as_deref().is_none_or(|source| source == KERNEL_ORG),
            "`{of_upstream}` has no sources to build `{wish}` from\n\
             help: Debian's are asked by `{}`",
            Wish { source: None, ..wish.clone() }
        );
        let dir = context.kernel_org().fetch_source(&of_upstream).with_context(|| {
            format!("no archive has a package of sources for `{wish}`, and so kernel.org was asked")
        })?;
        let word = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let suite = suite_for(&dir)?;
        let origin = format!("kernel.org {word}");
        Ok(Self { place: word.clone(), origin, word, suite, dir, package: None, _lock: None })
    }

    /// Those that a lock pins.
    pub(super) fn locked(context: &Context, recipe: &Recipe, arch: Arch) -> Result<Self> {
        let [package] = &recipe.packages[..] else {
            bail!("{LOCK_FILE} pins {} packages for it", recipe.packages.len())
        };
        Self::of_package(context, context.archive_kernels(&recipe.archive)?, package.clone(), arch)
    }

    fn of_package(context: &Context, kernels: ArchiveKernels, package: Package, arch: Arch) -> Result<Self> {
        let name = kernels.archive.name.clone();
        let word = linux_source::word(&name, &package.name, &package.version, arch);
        let dir = linux_source::unpacked(context, &word, arch, || Ok((kernels.archive, package.clone())))?;
        let suite = if name == DEBIAN { package.suite.name.clone() } else { suite_for(&dir)? };
        let origin = Origin::said(&name, &package.suite.name, &package.version);
        Ok(Self { dir, place: word.clone(), word, origin, suite, package: Some(package), _lock: None })
    }

    fn of_folder(context: &Context, dir: &Path, revision: Option<&str>, work: &Path) -> Result<Self> {
        let dir = fs::canonicalize(dir).with_context(|| format!("there is no folder `{}`", dir.display()))?;
        let place = place_of(&dir);
        let repository = Repository::at(&dir);
        let is_git = repository.top().is_ok_and(|top| top == dir);
        ensure!(is_git || revision.is_none(), "`{}` is not the top of a repository of git's", dir.display());
        if !is_git {
            let suite = suite_for(&dir)?;
            is_clean(&dir)?;
            let word = format!("{place} {}", stamps(&dir)?);
            let origin = format!("`{}`", dir.display());
            return Ok(Self { origin, place, word, suite, dir, package: None, _lock: None });
        }
        let scratch = context.cache.scratch()?;
        let tree = match revision {
            Some(revision) => repository.tree(revision)?,
            None => repository.tree_of_folder(scratch.path())?,
        };
        // A folder of our own, in which what stays the same between revisions stays as it is: make then builds the rest.
        let ours = work.join(&place).join("src");
        let lock = context.cache.lock(&format!("sources-{}", sha256(ours.to_string_lossy().as_bytes())))?;
        repository.lay_out(&tree, &ours).with_context(|| format!("failed to copy `{}`", dir.display()))?;
        let suite = suite_for(&ours)?;
        let at = revision.map(|revision| format!(" at {revision}")).unwrap_or_default();
        Ok(Self {
            dir: ours,
            word: format!("{place} {}", tree.name),
            origin: format!("`{}`{at}", dir.display()),
            place,
            suite,
            package: None,
            _lock: Some(lock),
        })
    }
}

/// A name for what is built of a folder.
fn place_of(dir: &Path) -> String {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("{plain}-{}", &sha256(dir.to_string_lossy().as_bytes())[..12])
}

/// Kbuild can't build elsewhere what was built in place (its own words: "The source tree is not clean").
fn is_clean(dir: &Path) -> Result<()> {
    for made in [".config", "include/config", "arch/x86/include/generated"] {
        if dir.join(made).exists() {
            bail!(
                "`{}` was built or configured in place: it has `{made}`\n\
                 help: `make -C {} mrproper` cleans it (it removes the .config); or make it a repository of git's, \
                 from which only sources are taken",
                dir.display(),
                dir.display()
            );
        }
    }
    Ok(())
}

/// A word for all files of a folder as they are now.
fn stamps(dir: &Path) -> Result<String> {
    let mut folders = vec![dir.to_owned()];
    let mut all = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                all.push(format!("{} {}\n", entry.path().display(), stamp(&entry.path())));
            }
        }
    }
    all.sort();
    Ok(sha256(all.concat().as_bytes()))
}

/// The suite for a folder with a kernel's sources.
fn suite_for(dir: &Path) -> Result<String> {
    let numbers = release(dir)?;
    let older = SUITES.iter().find(|(before, _)| numbers.series() < *before);
    Ok(older.map_or(SUITE, |(_, suite)| suite).to_owned())
}

/// The release of which a folder has the sources.
pub(super) fn release(dir: &Path) -> Result<Numbers> {
    let path = dir.join("Makefile");
    let text = fs::read_to_string(&path).unwrap_or_default();
    release_of(&text).with_context(|| {
        format!("`{}` has no sources of a kernel: `{}` does not say of which version", dir.display(), path.display())
    })
}

/// What stands at the top of a kernel's Makefile.
fn release_of(makefile: &str) -> Option<Numbers> {
    let value = |key: &str| {
        let of = |line: &str| line.strip_prefix(key)?.trim_start().strip_prefix('=').map(|it| it.trim().to_owned());
        makefile.lines().take(8).find_map(of)
    };
    Numbers::of(&format!("{}.{}.{}", value("VERSION")?, value("PATCHLEVEL")?, value("SUBLEVEL")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with a kernel's Makefile of this version gets tools of this suite.
    #[track_caller]
    fn check(version: [&str; 3], expected: &str) {
        let dir = tempfile::tempdir().expect("a folder");
        let [major, minor, patch] = version;
        let makefile = format!("# SPDX\nVERSION = {major}\nPATCHLEVEL = {minor}\nSUBLEVEL = {patch}\nEXTRAVERSION =\n");
        fs::write(dir.path().join("Makefile"), makefile).expect("written");
        assert_eq!(suite_for(dir.path()).expect("a suite"), expected);
    }

    #[test]
    fn suites() {
        check(["5", "10", "259"], "bullseye");
        check(["6", "1", "0"], "bookworm");
        check(["6", "6", "30"], "trixie");
        check(["7", "3", "0"], "trixie");
        let dir = tempfile::tempdir().expect("a folder");
        let err = suite_for(dir.path()).expect_err("no sources").to_string();
        assert!(err.contains("has no sources of a kernel"), "{err}");
    }

    #[test]
    fn built_in_place() {
        let dir = tempfile::tempdir().expect("a folder");
        is_clean(dir.path()).expect("clean");
        let before = stamps(dir.path()).expect("stamps");
        fs::write(dir.path().join(".config"), "").expect("written");
        assert!(is_clean(dir.path()).expect_err("not clean").to_string().contains("mrproper"));
        assert_ne!(before, stamps(dir.path()).expect("stamps"));
    }
}
