// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kernel of nixpkgs, with a real Nix: the one of the Debian archive, run from its tool root with a store of its own, asked
//! for a stand-in of nixpkgs (tests/nixpkgs) that has a Debian kernel. Modules are built with the host's `make` and `gcc`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use anyhow::{Result, ensure};
use libtest_mimic::{Failed, Trial};
use xtask::context::{Context, Locking, ToolChoice};
use xtask::fetch::Network;
use xtask::report::Events;
use xtask::toolchain::on_path;

/// Ignored where the host has no tools to stand for those of nixpkgs.
pub(crate) fn trial(left_out: bool) -> Trial {
    let has_tools = ["make", "gcc", "ld"].iter().all(|program| on_path(program).is_some());
    if !has_tools {
        crate::note("the host has no `make`, `gcc` and `ld` to stand for those of nixpkgs: that test is left out");
    }
    Trial::test("nixpkgs", || vm_test().map_err(|err| Failed::from(format!("{err:#}"))))
        .with_ignored_flag(left_out || !has_tools)
}

fn vm_test() -> Result<()> {
    let context = Context::new(Events::new(channel().0), Network::Online, Locking::Preferred, None, ToolChoice::Own)?;
    let nix = Nix::new(&context)?;
    let kernel = context.kernel(&"6_1-cloud".parse()?)?;
    let run = |nix: &Nix, task: &str| -> Result<String> {
        let mut command = crate::command(&[task, "--verbose", "--kernel", "nixpkgs:6_1", "tests/zoo/clean"]);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = [nix.bin()].into_iter().chain(std::env::split_paths(&path));
        let output = command
            .env("PATH", std::env::join_paths(path)?)
            .env("NIX_PATH", format!("nixpkgs={}", crate::root().join("tests/nixpkgs").display()))
            .env("WORKBENCH_TEST_KERNEL", &kernel.dir)
            .output()?;
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
        ensure!(output.status.success(), "{}; it said:\n{said}", output.status);
        Ok(said)
    };
    let said = run(&nix, "vm-test")?;
    let kdir = format!("-linux-6.1.0-dev/lib/modules/{}/build", kernel.release);
    let store = nix.dir.path().join("store");
    for text in
        [&format!("pass clean on {}", kernel.release), &kdir, &format!("KBUILD_OUTPUT={}/", store.display()), "CC=gcc"]
    {
        ensure!(said.contains(text), "`{text}` is missing; it said:\n{said}");
    }
    let first = nix.calls()?;
    for call in ["nix-instantiate", "nix-build", "--dry-run", "--out-link"] {
        ensure!(first.contains(call), "Nix was not asked with `{call}`, but:\n{first}");
    }
    run(&nix, "build")?;
    let second = nix.calls()?;
    ensure!(second.trim() == "nix-instantiate --find-file nixpkgs", "the second run asked Nix again:\n{second}");
    drop(nix);
    // What was kept leads nowhere now, as after a store was lost.
    run(&Nix::new(&context)?, "build").map(drop)
}

/// Nix's programs, and the folder with their store.
struct Nix {
    dir: tempfile::TempDir,
}

impl Nix {
    fn new(context: &Context) -> Result<Self> {
        let root = context.tools()?.programs("bookworm", &["nix-bin"])?;
        let nix = Self { dir: tempfile::tempdir()? };
        let dir = nix.dir.path();
        std::fs::create_dir_all(dir.join("conf"))?;
        std::fs::create_dir_all(nix.bin())?;
        let conf = "sandbox = false\nbuild-users-group =\nsubstituters =\n";
        std::fs::write(dir.join("conf/nix.conf"), conf)?;
        // Nix would start itself as its own build hook, by a name that only an installed one has.
        program(&dir.join("hook"), "echo '# decline-permanently' >&2")?;
        for name in ["nix-build", "nix-instantiate"] {
            program(&nix.bin().join(name), &wrapper(dir, &root, name))?;
        }
        Ok(nix)
    }

    fn bin(&self) -> PathBuf {
        self.dir.path().join("bin")
    }

    /// The command lines since the last call.
    fn calls(&self) -> Result<String> {
        let log = self.dir.path().join("calls");
        let calls = std::fs::read_to_string(&log)?;
        std::fs::remove_file(log)?;
        Ok(calls)
    }
}

impl Drop for Nix {
    fn drop(&mut self) {
        // What is in a store can't be written to, nor removed.
        let _gone_or_not = writable(&self.dir.path().join("store"));
    }
}

fn wrapper(dir: &Path, root: &Path, name: &str) -> String {
    let (dir, usr) = (dir.display(), root.join("usr").display().to_string());
    format!(
        "echo {name} \"$@\" >> {dir}/calls\n\
         export NIX_STORE_DIR={dir}/store NIX_STATE_DIR={dir}/var NIX_LOG_DIR={dir}/log NIX_CONF_DIR={dir}/conf\n\
         exec {usr}/lib64/ld-linux-x86-64.so.2 --library-path {usr}/lib/x86_64-linux-gnu:{usr}/lib/nix \
         {usr}/bin/{name} --option build-hook {dir}/hook \"$@\""
    )
}

fn program(path: &Path, lines: &str) -> Result<()> {
    std::fs::write(path, format!("#!/bin/sh\n{lines}\n"))?;
    Ok(std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?)
}

fn writable(dir: &Path) -> Result<()> {
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o755))?;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            writable(&entry.path())?;
        }
    }
    Ok(())
}
