// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hermetic tool roots: compilers, make, QEMU and the rest, unpacked from Debian's archive into the cache and
//! entered without root rights. Nothing of the host's is used, so every machine gets the same result.

pub mod enter;
mod way;

pub use way::{NAMESPACES_HELP, Way, on_path};

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use fs_err as fs;

use crate::cache::Cache;
use crate::cmd::Cmd;
use crate::debian::{Archive, Index, Package, Suite, closure};
use crate::fetch::sha256;

/// The suite that the virtual machine's tools come from: its QEMU is the quickest of those that Debian has.
pub const VM_SUITE: &str = "bookworm";

const VM_SUITE_COMPILER: &str = "gcc-12";

/// What Kbuild and drivers' Makefiles call, besides the compiler.
const BUILD_PACKAGES: &[&str] = &[
    "bash",
    "bc",
    "binutils",
    "coreutils",
    "cpio",
    "dash",
    "diffutils",
    "findutils",
    "grep",
    "gzip",
    "kmod",
    "libc6-dev",
    "make",
    "mawk",
    "perl-base",
    "sed",
    "tar",
    "xz-utils",
];

/// What runs the machine, and the guest's small tools.
const VM_PACKAGES: &[&str] = &["busybox-static", "qemu-system-x86"];

/// In the virtual machine's root: the names that busybox goes by.
pub const APPLETS: &str = "usr/share/busybox-applets";

/// Makes tool roots.
#[derive(Debug)]
pub struct Tools<'a> {
    pub archive: &'a Archive,
    pub cache: &'a Cache,
}

impl Tools<'_> {
    /// The key of a root with a suite's `compiler`, Kbuild's tools and `further` packages.
    pub fn build_root(&self, suite: &'static Suite, compiler: &str, further: &[&str]) -> Result<String> {
        let index = self.index(suite)?;
        let mut wanted = vec![compiler];
        wanted.extend(BUILD_PACKAGES);
        wanted.extend(further);
        let packages = closure(&index, &wanted)?;
        let key = key(&format!("{}-{compiler}", suite.name), &packages);
        self.make(&format!("{compiler} and make"), &key, &packages, |root| {
            for name in ["gcc", "cc"] {
                symlink_if_missing(compiler, &root.join("usr/bin").join(name))?;
            }
            Ok(())
        })?;
        Ok(key)
    }

    /// The root in which programs for the guest are compiled when the kernel brings none, and the name of its compiler.
    pub fn guest_root(&self) -> Result<(PathBuf, String)> {
        let pin = self.cache.path("pins", "guest-root");
        let known =
            fs::read_to_string(&pin).ok().map(|key| self.cache.path("roots", &key)).filter(|root| root.exists());
        let compiler = VM_SUITE_COMPILER.to_owned();
        if let Some(root) = known {
            return Ok((root, compiler));
        }
        let suite = Suite::named(VM_SUITE).context("the suite of the virtual machine's tools is not known")?;
        let key = self.build_root(suite, VM_SUITE_COMPILER, &[])?;
        self.cache.write(&pin, key.as_bytes())?;
        Ok((self.cache.path("roots", &key), compiler))
    }

    /// The root with QEMU and busybox.
    pub fn vm_root(&self) -> Result<PathBuf> {
        let pin = self.cache.path("pins", "vm-root");
        if let Ok(key) = fs::read_to_string(&pin) {
            let root = self.cache.path("roots", &key);
            if root.exists() {
                return Ok(root);
            }
        }
        let suite = Suite::named(VM_SUITE).context("the suite of the virtual machine's tools is not known")?;
        let index = self.index(suite)?;
        let packages = closure(&index, VM_PACKAGES)?;
        let key = key(&format!("{VM_SUITE}-vm"), &packages);
        let root = self.make("QEMU", &key, &packages, |root| {
            let list = Cmd::new(root.join("usr/bin/busybox")).arg("--list").deadline(Duration::from_secs(10));
            let applets = list.output()?.success(&list)?.stdout;
            Ok(fs::write(root.join(APPLETS), applets)?)
        })?;
        self.cache.write(&pin, key.as_bytes())?;
        Ok(root)
    }

    /// A folder with a libclang, and all the libraries that it needs but libc's own.
    pub fn libclang(&self) -> Result<PathBuf> {
        let suite = Suite::named(VM_SUITE).context("the suite of libclang is not known")?;
        let index = self.index(suite)?;
        let packages = closure(&index, &["libclang1-14"])?;
        let key = key(&format!("{VM_SUITE}-libclang"), &packages);
        let root = self.make("libclang", &key, &packages, collect_libraries)?;
        Ok(root.join("libclang"))
    }

    fn make(
        &self,
        what: &str,
        key: &str,
        packages: &[&Package],
        finish: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        self.cache.entry("roots", key, |root| {
            self.archive.unpack(&format!("{what} ({} packages)", packages.len()), packages, root)?;
            // Maintainer scripts would have made these links.
            symlink_if_missing("dash", &root.join("usr/bin/sh"))?;
            symlink_if_missing("mawk", &root.join("usr/bin/awk"))?;
            make_writable(root)?;
            finish(root)
        })
    }

    fn index(&self, suite: &'static Suite) -> Result<Index> {
        let mut index = self.archive.index(suite)?;
        for base in suite.base {
            let base = Suite::named(base).with_context(|| format!("the suite `{base}` is not known"))?;
            index.merge(self.archive.index(base)?);
        }
        Ok(index)
    }
}

fn key(what: &str, packages: &[&Package]) -> String {
    let list: Vec<String> = packages.iter().map(|package| format!("{} {}\n", package.name, package.sha256)).collect();
    format!("{what}-{}", &sha256(list.concat().as_bytes())[..12])
}

fn symlink_if_missing(target: &str, link: &Path) -> Result<()> {
    let dir = link.parent().context("a link lies in a folder")?;
    if fs::symlink_metadata(link).is_ok() || !dir.join(target).exists() {
        return Ok(());
    }
    symlink(target, link).with_context(|| format!("failed to make the link `{}`", link.display()))
}

/// Folders that their package makes read-only would keep an ordinary user from pruning the cache.
fn make_writable(dir: &Path) -> Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            continue;
        }
        let mode = entry.metadata()?.permissions().mode();
        if mode & 0o700 != 0o700 {
            fs::set_permissions(entry.path(), std::fs::Permissions::from_mode(mode | 0o700))?;
        }
        make_writable(&entry.path())?;
    }
    Ok(())
}

/// Puts links to all libraries but those of libc into one folder: a process outside of the root that loads libclang has
/// the host's libc already, and must not get a second one.
fn collect_libraries(root: &Path) -> Result<()> {
    let into = root.join("libclang");
    fs::create_dir(&into)?;
    let libc =
        ["libc.", "libm.", "libdl.", "libpthread.", "librt.", "ld-", "libresolv.", "libnss_", "libnsl.", "libutil."];
    for dir in ["usr/lib/x86_64-linux-gnu", "usr/lib/llvm-14/lib"] {
        for entry in fs::read_dir(root.join(dir))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_library = name.contains(".so") && !libc.iter().any(|prefix| name.starts_with(prefix));
            let link = into.join(&name);
            if is_library && fs::symlink_metadata(&link).is_err() {
                symlink(Path::new("..").join(dir).join(&name), &link)
                    .with_context(|| format!("failed to make the link `{}`", link.display()))?;
            }
        }
    }
    Ok(())
}
