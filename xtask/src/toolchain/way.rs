// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which tools are run, and how: the tool root's in namespaces of their own wherever that works, because then every
//! machine gives the same result and a build sees nothing of the person's; the host's where they are asked for,
//! or where namespaces are forbidden.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use fs_err as fs;

use super::enter::{Access, Sandbox};
use super::{GDB, QEMU};
use crate::cache::Cache;
use crate::cmd::Cmd;
use crate::kernel::{Arch, KernelTree, Toolchain, Tools};

/// See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// The tool root's programs, in namespaces of their own.
    Root,
    /// Namespaces are forbidden here. QEMU is the tool root's still, started through the root's own loader; compiler and make
    /// are the host's, since they start each other by paths that only a root of their own makes right.
    Unconfined { reason: String },
    /// The host's programs, because the person asked for them.
    Host,
}

/// What makes namespaces possible where they are forbidden.
pub const NAMESPACES_HELP: &str = "allow user namespaces: `sysctl user.max_user_namespaces=10000`, and on Ubuntu \
     `sysctl kernel.apparmor_restrict_unprivileged_userns=0`";

impl Way {
    /// Tries namespaces with a program of `root`; a yes is kept until the host is booted again.
    pub fn find(cache: &Cache, root: &Path) -> Result<Self> {
        let reason = cache.since_boot("namespaces", || {
            let sandbox = Sandbox::new(root, cache.mount_point());
            let tried = Cmd::new("busybox").arg("true").inside(sandbox).env("PATH", "/usr/bin");
            let tried = tried.deadline(Duration::from_secs(10));
            let outcome = tried.output().and_then(|finished| finished.success(&tried));
            Ok(outcome.err().map(|err| format!("{err:#}")).unwrap_or_default())
        })?;
        if reason.value.is_empty() {
            return Ok(Self::Root);
        }
        // Whoever mends it should not have to boot.
        cache.forget_answers();
        Ok(Self::Unconfined { reason: reason.value })
    }

    /// A program of the build: of the kernel's tool root, seeing nothing else but `shown`; of Nix's store; or the host's.
    pub fn build_tool(
        &self,
        program: &str,
        kernel: &KernelTree,
        cache: &Cache,
        shown: &[(&Path, Access)],
    ) -> Result<Cmd> {
        if let Tools::Nix(toolchain) = &kernel.tools {
            return in_store(program, toolchain);
        }
        if *self == Self::Root && kernel.tools == Tools::Root {
            // The place where many a driver's Makefile looks for the headers.
            fs::create_dir_all(kernel.root.join("usr/lib/modules"))?;
            let sandbox = sandbox(cache, &kernel.root, shown).headers(&kernel.release, &kernel.kdir);
            return Ok(in_root(program, sandbox));
        }
        self.host_tool(program)
    }

    /// A program that builds a kernel itself: of a tool root, seeing nothing else but `shown`; or the host's.
    pub fn kernel_tool(&self, program: &str, root: &Path, cache: &Cache, shown: &[(&Path, Access)]) -> Result<Cmd> {
        if *self == Self::Root {
            return Ok(in_root(program, sandbox(cache, root, shown)));
        }
        self.host_tool(program)
    }

    /// The compiler for the guest's programs, in the kernel's tool root; or the host's.
    pub fn guest_compiler(&self, kernel: &KernelTree, cache: &Cache, shown: &[(&Path, Access)]) -> Result<Cmd> {
        if *self == Self::Root {
            return Ok(in_root(&kernel.compiler, sandbox(cache, &kernel.root, shown)));
        }
        let compiler = host_compiler(kernel);
        self.host_tool(&compiler).with_context(|| format!("`{compiler}` compiles what runs in the guest"))
    }

    fn host_tool(&self, program: &str) -> Result<Cmd> {
        let path = on_path(program).with_context(|| match self {
            Self::Host => format!("the host has no `{program}`\nhelp: install it, or leave out --host-tools"),
            Self::Root => format!("the host has no `{program}`, which a kernel of the host's needs\nhelp: install it"),
            Self::Unconfined { .. } => format!("the host has no `{program}`\nhelp: install it, or {NAMESPACES_HELP}"),
        })?;
        Ok(Cmd::new(path).env("LC_ALL", "C"))
    }

    /// What a person who builds by hand, with the host's make, adds to its command line.
    pub fn by_hand(&self, kernel: &KernelTree) -> Vec<String> {
        let unconfined = Self::Unconfined { reason: String::new() };
        if *self == Self::Root && kernel.tools == Tools::Root {
            unconfined.make_args(kernel)
        } else {
            self.make_args(kernel)
        }
    }

    /// Further words for make: so that a kernel of another distribution builds with the host's tools, one that clang has built with
    /// clang, and one for another processor with its compiler.
    pub fn make_args(&self, kernel: &KernelTree) -> Vec<String> {
        if let Tools::Nix(toolchain) = &kernel.tools {
            return toolchain.make_flags.clone();
        }
        if kernel.tools == Tools::Host || *self == Self::Root {
            let config = fs::read_to_string(kernel.kdir.join("include/config/auto.conf")).unwrap_or_default();
            let by_clang = config.lines().any(|line| line == "CONFIG_CC_IS_CLANG=y").then(|| "LLVM=1".to_owned());
            return Arch::of(&config).make_args().into_iter().chain(by_clang).collect();
        }
        let mut args = vec![format!("CC={}", host_compiler(kernel))];
        // Debian's headers ask for binutils by names that only Debian has.
        for (variable, tool) in [
            ("LD", "ld"),
            ("AR", "ar"),
            ("NM", "nm"),
            ("OBJCOPY", "objcopy"),
            ("OBJDUMP", "objdump"),
            ("STRIP", "strip"),
        ] {
            args.push(format!("{variable}={tool}"));
        }
        if on_path("pahole").is_none() {
            args.push("CONFIG_DEBUG_INFO_BTF_MODULES=".to_owned());
        }
        args
    }

    /// QEMU: the virtual machine's root's, seeing nothing else but `shown`; or the host's.
    pub fn qemu(&self, root: &Path, cache: &Cache, shown: &[(&Path, Access)]) -> Result<Cmd> {
        match self {
            Self::Root => {
                Ok(Cmd::new(QEMU).inside(sandbox(cache, root, shown)).env("PATH", "/usr/bin").env("LC_ALL", "C"))
            }
            Self::Unconfined { .. } => {
                let usr = root.join("usr");
                let firmware = ["share/qemu", "share/seabios"]
                    .iter()
                    .flat_map(|dir| ["-L".into(), usr.join(dir).into_os_string()]);
                // QEMU's accelerators are plug-ins, looked for at a fixed place unless this says otherwise (util/module.c).
                let plugins = usr.join("lib/x86_64-linux-gnu/qemu");
                Ok(by_loader(QEMU, root).args(firmware).env("QEMU_MODULE_DIR", plugins))
            }
            Self::Host => host_program(QEMU, "runs the machine"),
        }
    }

    /// The compiler of ACPI's tables, of a root of its own; or the host's.
    pub fn iasl(&self, root: &Path, cache: &Cache, shown: &[(&Path, Access)]) -> Result<Cmd> {
        const IASL: &str = "iasl";
        match self {
            Self::Root => Ok(in_root(IASL, sandbox(cache, root, shown))),
            Self::Unconfined { .. } => Ok(by_loader(IASL, root)),
            Self::Host => host_program(IASL, "compiles the driver's tables of the firmware"),
        }
    }

    /// gdb of a root of its own. The host's is better: it is the person's, with settings.
    pub fn gdb(&self, root: &Path, cache: &Cache, shown: &[(&Path, Access)]) -> Result<Cmd> {
        match self {
            Self::Root => Ok(in_root(GDB, sandbox(cache, root, shown))),
            Self::Unconfined { .. } => {
                let usr = root.join("usr");
                Ok(by_loader(GDB, root).arg("--data-directory").arg(usr.join("share/gdb")).env("PYTHONHOME", usr))
            }
            Self::Host => host_program(GDB, "debugs the machine, and with Python"),
        }
    }
}

/// A root's program outside of it, by the root's own loader.
fn by_loader(program: &str, root: &Path) -> Cmd {
    let usr = root.join("usr");
    let loader = Cmd::new(usr.join("lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"));
    let loader = loader.arg("--library-path").arg(usr.join("lib/x86_64-linux-gnu"));
    loader.arg(usr.join("bin").join(program)).env("LC_ALL", "C")
}

fn host_program(program: &str, job: &str) -> Result<Cmd> {
    let path = on_path(program).with_context(|| {
        format!("the host has no `{program}`, which {job}\nhelp: install it, or leave out --host-tools")
    })?;
    Ok(Cmd::new(path).env("LC_ALL", "C"))
}

fn in_root(program: &str, sandbox: Sandbox) -> Cmd {
    Cmd::new(program).inside(sandbox).env("PATH", "/usr/bin:/usr/sbin").env("HOME", "/tmp").env("LC_ALL", "C")
}

/// Programs of Nix's store start each other by their full paths, and need nothing of the host's, but are found on the PATH.
fn in_store(program: &str, toolchain: &Toolchain) -> Result<Cmd> {
    let place = toolchain.path.iter().map(|dir| dir.join(program)).find(|path| path.is_file());
    let place = place.with_context(|| format!("the kernel's own tools have no `{program}`"))?;
    let path = std::env::join_paths(&toolchain.path).context("a folder of the kernel's own tools has a colon")?;
    // As in Nix's own builds: no such folder.
    Ok(Cmd::new(place).clean_env().env("PATH", path).env("HOME", "/homeless-shelter").env("LC_ALL", "C"))
}

/// Of the host's compilers the one that built the kernel, else whichever there is.
fn host_compiler(kernel: &KernelTree) -> String {
    if on_path(&kernel.compiler).is_some() { kernel.compiler.clone() } else { "gcc".to_owned() }
}

fn sandbox(cache: &Cache, root: &Path, shown: &[(&Path, Access)]) -> Sandbox {
    let sandbox = Sandbox::new(root, cache.mount_point());
    shown.iter().fold(sandbox, |sandbox, (path, access)| sandbox.show(*path, *access))
}

/// The program that the person's shell would start.
pub fn on_path(program: impl AsRef<OsStr>) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program.as_ref())).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::report::Events;

    /// The command by which a kernel that brings its own tools is built.
    #[track_caller]
    fn check(way: &Way, programs: &[&str], wanted: &str, expected: Result<&str, &str>) {
        let dir = tempfile::tempdir().expect("a folder");
        let cache = Cache::at(dir.path().join("cache"), Events::new(channel().0)).expect("a cache");
        let path = ["a/bin", "b/bin"].map(|part| dir.path().join(part)).to_vec();
        for program in programs {
            let file = dir.path().join(program);
            fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            fs::write(file, "").expect("written");
        }
        let toolchain = Toolchain { path, make_flags: vec!["CC=/store/gcc".to_owned()] };
        let kernel = KernelTree {
            release: "6.6.143".to_owned(),
            origin: "nixpkgs".to_owned(),
            kdir: dir.path().to_owned(),
            image: None,
            bz_image: None,
            modules: dir.path().to_owned(),
            config: dir.path().to_owned(),
            tools: Tools::Nix(toolchain),
            compiler: "gcc-12".to_owned(),
            root: dir.path().to_owned(),
            dir: dir.path().to_owned(),
        };
        let said = way.build_tool(wanted, &kernel, &cache, &[]).map(|cmd| cmd.to_string());
        let said = said.map_err(|err| err.to_string()).map(|cmd| cmd.replace(&dir.path().display().to_string(), "DIR"));
        assert_eq!(said.as_deref().map_err(String::as_str), expected);
        assert_eq!(way.make_args(&kernel), ["CC=/store/gcc"]);
    }

    #[test]
    fn tools_that_come_with_the_kernel() {
        for way in [Way::Root, Way::Host, Way::Unconfined { reason: String::new() }] {
            check(&way, &["b/bin/make", "a/bin/gcc"], "make", Ok("DIR/b/bin/make"));
            check(&way, &["b/bin/make", "a/bin/make"], "make", Ok("DIR/a/bin/make"));
            check(&way, &["b/bin/make/folder"], "make", Err("the kernel's own tools have no `make`"));
        }
    }
}
