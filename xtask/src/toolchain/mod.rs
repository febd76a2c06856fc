// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hermetic tool roots: compilers, make, QEMU and the rest, unpacked from Debian's archive into the cache and
//! entered without root rights. Nothing of the host's is used, so every machine gets the same result.

pub mod enter;
mod machine;
mod way;

pub use machine::MachineTools;
pub use way::{NAMESPACES_HELP, Way, on_path};

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use fs_err as fs;

use crate::cache::{Cache, make_writable};
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

/// What runs the machine.
const QEMU: &str = "qemu-system-x86_64";

/// What debugs it.
pub const GDB: &str = "gdb";

/// Makes tool roots.
#[derive(Debug, Clone)]
pub struct Tools {
    pub archive: Arc<Archive>,
    pub cache: Cache,
}

/// What a tool root is made of.
#[derive(Debug, Clone)]
pub struct Root {
    /// Its name in the cache.
    pub key: String,
    /// The compiler in it, as a program's name: `gcc-12`.
    pub compiler: String,
    pub packages: Vec<Package>,
}

impl Tools {
    /// What a root with a suite's `compiler`, Kbuild's tools and `further` packages is made of today.
    pub fn root_for_builds(&self, suite: &Suite, compiler: &str, further: &[String]) -> Result<Root> {
        let index = self.index(suite)?;
        let mut wanted = vec![compiler];
        wanted.extend(BUILD_PACKAGES);
        wanted.extend(further.iter().map(String::as_str));
        let packages: Vec<Package> = closure(&index, &wanted)?.into_iter().cloned().collect();
        let key = key(&format!("{}-{compiler}", suite.name), &packages);
        Ok(Root { key, compiler: compiler.to_owned(), packages })
    }

    /// The compiler that a suite calls `gcc`: `gcc-14`.
    pub fn default_compiler(&self, suite: &Suite) -> Result<String> {
        let index = self.index(suite)?;
        let package = index.newest("gcc").with_context(|| format!("the suite `{}` has no gcc", suite.name))?;
        let is_it =
            |name: &&str| name.strip_prefix("gcc-").is_some_and(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
        let found = package.dependencies().flatten().find(is_it).map(str::to_owned);
        found.with_context(|| format!("the gcc of the suite `{}` does not say which it is", suite.name))
    }

    /// The key of the root that [`Self::root_for_builds`] would name, if it was made from the suite as it is today: to find that
    /// out otherwise, all that the suite has must be read.
    pub fn known_root(&self, suite: &Suite, compiler: &str, further: &[String]) -> Result<Option<String>> {
        let pin = self.root_pin(suite, compiler, further)?;
        let Ok(key) = fs::read_to_string(pin) else { return Ok(None) };
        self.cache.hold("roots", &key)?;
        Ok(Some(key).filter(|key| self.cache.path("roots", key).exists()))
    }

    /// Lets [`Self::known_root`] know.
    pub fn remember_root(&self, suite: &Suite, compiler: &str, further: &[String], key: &str) -> Result<()> {
        self.cache.write(&self.root_pin(suite, compiler, further)?, key.as_bytes())
    }

    fn root_pin(&self, suite: &Suite, compiler: &str, further: &[String]) -> Result<PathBuf> {
        let mut what = format!("{} {compiler} {further:?}", suite.name);
        for name in [&suite.name].into_iter().chain(&suite.base) {
            what.push_str(&self.archive.state(self.archive.suite(name)?)?);
        }
        Ok(self.cache.path("pins", &format!("root-{}", &sha256(what.as_bytes())[..12])))
    }

    /// Makes it, if need be.
    pub fn make_root_for_builds(&self, root: &Root) -> Result<PathBuf> {
        let Root { key, compiler, packages } = root;
        self.make(&format!("{compiler} and make"), key, packages, |root| {
            for name in ["gcc", "cc"] {
                symlink_if_missing(compiler, &root.join("usr/bin").join(name))?;
            }
            Ok(())
        })
    }

    /// The root in which programs for the guest are compiled when the kernel brings none, and the name of its compiler.
    pub fn guest_root(&self) -> Result<(PathBuf, String)> {
        let pin = self.cache.path("pins", "guest-root");
        let compiler = VM_SUITE_COMPILER.to_owned();
        if let Some(root) = self.pinned(&pin)? {
            return Ok((root, compiler));
        }
        let root = self.root_for_builds(self.archive.suite(VM_SUITE)?, VM_SUITE_COMPILER, &[])?;
        let path = self.make_root_for_builds(&root)?;
        self.cache.write(&pin, root.key.as_bytes())?;
        Ok((path, compiler))
    }

    /// The root with QEMU and busybox.
    pub fn vm_root(&self) -> Result<PathBuf> {
        let pin = self.cache.path("pins", "vm-root");
        if let Some(root) = self.pinned(&pin)? {
            return Ok(root);
        }
        let packages = self.closure(VM_PACKAGES)?;
        let key = key(&format!("{VM_SUITE}-vm"), &packages);
        let root = self.make("QEMU", &key, &packages, machine::write_applets)?;
        self.cache.write(&pin, key.as_bytes())?;
        Ok(root)
    }

    /// The root with iasl, the compiler of ACPI's tables.
    pub fn iasl_root(&self) -> Result<PathBuf> {
        self.root_of("iasl", &["acpica-tools"])
    }

    /// The root with gdb, which finds in it what a terminal can.
    pub fn gdb_root(&self) -> Result<PathBuf> {
        self.root_of("gdb", &["gdb", "ncurses-base"])
    }

    /// The root with a program, once made the same until it is pruned.
    fn root_of(&self, program: &str, packages: &[&str]) -> Result<PathBuf> {
        let pin = self.cache.path("pins", &format!("{program}-root"));
        if let Some(root) = self.pinned(&pin)? {
            return Ok(root);
        }
        let packages = self.closure(packages)?;
        let key = key(&format!("{VM_SUITE}-{program}"), &packages);
        let root = self.make(program, &key, &packages, |_| Ok(()))?;
        self.cache.write(&pin, key.as_bytes())?;
        Ok(root)
    }

    /// The root whose key a file has, if it is still there.
    fn pinned(&self, pin: &Path) -> Result<Option<PathBuf>> {
        let Ok(key) = fs::read_to_string(pin) else { return Ok(None) };
        self.cache.hold("roots", &key)?;
        Ok(Some(self.cache.path("roots", &key)).filter(|root| root.exists()))
    }

    /// A folder with a libclang, and all the libraries that it needs but libc's own.
    pub fn libclang(&self) -> Result<PathBuf> {
        let packages = self.closure(&["libclang1-14"])?;
        let key = key(&format!("{VM_SUITE}-libclang"), &packages);
        let root = self.make("libclang", &key, &packages, collect_libraries)?;
        Ok(root.join("libclang"))
    }

    /// A root with these packages of a suite and all that they need.
    pub fn programs(&self, suite: &str, names: &[&str]) -> Result<PathBuf> {
        let index = self.index(self.archive.suite(suite)?)?;
        let packages: Vec<Package> = closure(&index, names)?.into_iter().cloned().collect();
        let what = names.join(" and ");
        self.make(&what, &key(&format!("{suite}-{}", names.join("-")), &packages), &packages, |_| Ok(()))
    }

    fn make(
        &self,
        what: &str,
        key: &str,
        packages: &[Package],
        finish: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        self.cache.entry("roots", key, |root| {
            let packages: Vec<&Package> = packages.iter().collect();
            self.archive.unpack(&format!("{what} ({} packages)", packages.len()), &packages, root)?;
            // Maintainer scripts would have made these links.
            symlink_if_missing("dash", &root.join("usr/bin/sh"))?;
            symlink_if_missing("mawk", &root.join("usr/bin/awk"))?;
            // Folders that a package makes read-only would keep an ordinary user from pruning the cache.
            make_writable(root)?;
            finish(root)
        })
    }

    /// The packages of these names and all they depend on, of the virtual machine's suite.
    fn closure(&self, wanted: &[&str]) -> Result<Vec<Package>> {
        let index = self.index(self.archive.suite(VM_SUITE)?)?;
        Ok(closure(&index, wanted)?.into_iter().cloned().collect())
    }

    fn index(&self, suite: &Suite) -> Result<Index> {
        let mut index = self.archive.index(self.archive.suite(&suite.name)?)?;
        for base in &suite.base {
            index.merge(self.archive.index(self.archive.suite(base)?)?);
        }
        Ok(index)
    }
}

fn key(what: &str, packages: &[Package]) -> String {
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
