// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kernel of nixpkgs, as the workbench takes it from a real Nix that is asked for the stand-in of nixpkgs (tests/nixpkgs), which
//! has a Debian kernel. The workbench builds for it outside of any sandbox, so that the tools which stand for nixpkgs' are the
//! host's `make` and `gcc`.

use std::sync::mpsc::channel;

use anyhow::{Result, ensure};
use libtest_mimic::{Failed, Trial};
use xtask::context::{Context, Locking, ToolChoice};
use xtask::fetch::Network;
use xtask::report::Events;
use xtask::toolchain::on_path;

use crate::nix::{Install, Sandbox, kernels_variable, stand_in};

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
    let install = || Install::new(&context, &Sandbox::None, false);
    let nix = install()?;
    let kernel = context.kernel(&"6_1-cloud".parse()?)?;
    let kernels = kernels_variable([("linux_6_1", kernel.dir.as_path())].into_iter())?;
    let run = |nix: &Install, task: &str| -> Result<String> {
        let mut command = crate::command(&[task, "--verbose", "--kernel", "nixpkgs:6_1", "tests/zoo/clean"]);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = [nix.bin()].into_iter().chain(std::env::split_paths(&path));
        let output = command
            .env("PATH", std::env::join_paths(path)?)
            .env("NIX_PATH", format!("nixpkgs={}", stand_in().display()))
            .env("WORKBENCH_TEST_KERNELS", &kernels)
            .output()?;
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
        ensure!(output.status.success(), "{}; it said:\n{said}", output.status);
        Ok(said)
    };
    let said = run(&nix, "vm-test")?;
    let kdir = format!("-dev/lib/modules/{}/build", kernel.release);
    let store = nix.store();
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
    run(&install()?, "build").map(drop)
}
