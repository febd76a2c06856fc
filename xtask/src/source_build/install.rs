// SPDX-License-Identifier: MIT OR Apache-2.0
//! What make has built becomes a kernel of the cache: image, modules, and the one folder that modules are built against, which has
//! headers, makefiles and Kbuild's programs, and needs neither sources nor objects any more.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use fs_err as fs;

use super::Job;
use super::make::RELEASE;
use crate::kernel::{Arch, KernelTree, Record, is_on, unpack_vmlinux};
use crate::toolchain::enter::Access;

const DEADLINE: Duration = Duration::from_secs(30 * 60);

/// The folder for `make -C`.
const KDIR: &str = "kdir";

/// Of the sources: a folder, how deep it goes, and which files of it.
const SOURCES: &[(&str, Kind)] =
    &[("include", Kind::All), ("scripts", Kind::All), ("tools/include", Kind::All), ("rust", Kind::Makefiles)];

/// The same, where modules in Rust are built.
const SOURCES_OF_RUST: (&str, Kind) = ("rust", Kind::Crates);

/// Of the objects.
const OBJECTS: &[(&str, Kind)] = &[
    ("include", Kind::All),
    ("scripts", Kind::Programs),
    ("rust", Kind::Rust),
    ("tools/objtool/objtool", Kind::All),
    ("tools/bpf/resolve_btfids/resolve_btfids", Kind::All),
];

/// Files at the top, of either.
const TOP: &[&str] = &["Makefile", "Kbuild", ".config", "Module.symvers", "System.map"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    All,
    Makefiles,
    /// Not what they were linked from.
    Programs,
    /// What the compiler of Rust reads of other crates.
    Rust,
    /// Their sources, which rust-analyzer reads.
    Crates,
}

impl Kind {
    fn has(self, name: &str) -> bool {
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        match self {
            Self::All => !ends(&[".cmd"]),
            Self::Makefiles => {
                name.starts_with("Makefile") || name.starts_with("Kbuild") || ends(&[".lds", ".tbl", ".sh"])
            }
            Self::Programs => !ends(&[".o", ".cmd", ".d"]),
            Self::Rust => ends(&[".rmeta", ".so", ".rs", ".json"]),
            Self::Crates => name.starts_with("Makefile") || ends(&[".rs"]),
        }
    }
}

/// Fills a kernel's folder.
pub(super) fn install(job: &Job<'_>, dir: &Path) -> Result<()> {
    let release = fs::read_to_string(job.objects.join(RELEASE))?.trim().to_owned();
    install_modules(job, dir)?;
    let modules = PathBuf::from("lib/modules").join(&release);
    for link in ["build", "source"] {
        let _not_in_all = fs::remove_file(dir.join(&modules).join(link));
    }
    let kdir = dir.join(KDIR);
    fs::create_dir(&kdir)?;
    let of_rust = if job.profile.rust { &[SOURCES_OF_RUST][..] } else { &[] };
    for (from, list) in [(job.source(), SOURCES), (job.source(), of_rust), (&job.objects, OBJECTS)] {
        for (below, kind) in list {
            copy(&from.join(below), &kdir.join(below), *kind)?;
        }
    }
    let of_arch = Path::new("arch").join(job.profile.arch.folder());
    copy(&job.source().join(&of_arch), &kdir.join(&of_arch), Kind::Makefiles)?;
    for from in [job.source(), &job.objects] {
        copy(&from.join(&of_arch).join("include"), &kdir.join(&of_arch).join("include"), Kind::All)?;
    }
    for (from, names) in [(job.source(), &TOP[..2]), (&job.objects, &TOP[2..])] {
        for name in names {
            fs::copy(from.join(name), kdir.join(name))?;
        }
    }
    let (image, bz_image) = install_image(job, dir)?;
    let record = Record {
        release,
        // The first words say where the sources are.
        origin: format!("{} +{}", job.sources.origin, job.profile.name),
        kdir: KDIR.into(),
        image,
        bz_image,
        modules,
        config: Path::new(KDIR).join(".config"),
        compiler: job.root.compiler.clone(),
        root: job.root.key.clone(),
    };
    fs::write(dir.join(Record::FILE), record.json()?)?;
    KernelTree::check(dir.to_owned(), record, job.root_dir.clone()).map(drop)
}

/// The file that is booted, and the compressed one, if there is one.
fn install_image(job: &Job<'_>, dir: &Path) -> Result<(PathBuf, Option<PathBuf>)> {
    let arch = job.profile.arch;
    let (name, below) = arch.image();
    let path = job.objects.join("arch").join(arch.folder()).join(below);
    if arch != Arch::X86 {
        fs::copy(path, dir.join(name))?;
        return Ok((name.into(), None));
    }
    let bz_image = fs::read(&path)?;
    let vmlinux = unpack_vmlinux(&bz_image).with_context(|| format!("`{}` can't be unpacked", path.display()))?;
    fs::write(dir.join("vmlinux"), vmlinux)?;
    fs::write(dir.join(name), bz_image)?;
    // On the short way into a vmlinux (PVH) code runs that looks at KASAN's shadow memory before there is any.
    let config = fs::read_to_string(job.objects.join(".config"))?;
    let image = if is_on(&config, "CONFIG_KASAN") { name } else { "vmlinux" };
    Ok((image.into(), Some(name.into())))
}

/// By the kernel's own makefiles, which also make the lists that modprobe reads.
fn install_modules(job: &Job<'_>, dir: &Path) -> Result<()> {
    let way = job.context.way()?;
    let shown = [(job.source(), Access::Read), (job.objects.as_path(), Access::Write), (dir, Access::Write)];
    let make = way.kernel_tool("make", &job.root_dir, &job.context.cache, &shown)?;
    let make = make.arg("-C").arg(&job.objects).args(["INSTALL_MOD_STRIP=1", "modules_install"]);
    let make = make.arg(format!("INSTALL_MOD_PATH={}", dir.display())).args(job.profile.arch.make_args());
    let make = make.deadline(DEADLINE);
    make.output()?.success(&make).with_context(|| format!("the modules of {} could not be installed", job.said()))?;
    Ok(())
}

/// Copies a file, or what a folder has of a kind; what is not there is left out, since no kernel has all.
fn copy(from: &Path, to: &Path, kind: Kind) -> Result<()> {
    if from.is_file() {
        fs::create_dir_all(to.parent().unwrap_or(to))?;
        fs::copy(from, to)?;
        return Ok(());
    }
    let Ok(entries) = fs::read_dir(from) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_link = entry.file_type()?.is_symlink();
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to.join(&name), kind)?;
        } else if kind.has(&name) && (!is_link || entry.path().is_file()) {
            fs::create_dir_all(to)?;
            fs::copy(entry.path(), to.join(&name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        let check = |kind: Kind, taken: &[&str], left: &[&str]| {
            for name in taken {
                assert!(kind.has(name), "{kind:?} has no {name}");
            }
            for name in left {
                assert!(!kind.has(name), "{kind:?} has {name}");
            }
        };
        check(Kind::All, &["a.h", "Makefile"], &[".a.o.cmd"]);
        check(Kind::Makefiles, &["Makefile_32.cpu", "Kbuild", "module.lds", "syscall_64.tbl"], &["a.c", "a.h"]);
        check(Kind::Programs, &["fixdep", "modpost", "module.lds"], &["modpost.o", ".modpost.cmd"]);
        check(Kind::Crates, &["Makefile", "lib.rs"], &["helpers.c", "bindgen_parameters"]);
        check(Kind::Rust, &["libcore.rmeta", "libmacros.so", "target.json"], &["core.o"]);
    }
}
