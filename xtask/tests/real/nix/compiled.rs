// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kernel that is described is compiled to its end, a driver is built for it, both run in a machine, and the shells of both do what
//! they are for, all in Nix's sandbox: by the stand-in, and by the functions of a real nixpkgs over the same tools.
//!
//! The sources are 145 MB, the tools as much, and a small kernel takes ten minutes of a core, so nobody pays for it who has not asked to: it takes
//! WORKBENCH_CUSTOM_KERNEL=1, and without that the trials are reported as ignored.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use xtask::kbuild::ModInfo;

use super::package::{content, modules};
use super::{Nix, Nixpkgs, has_real};

const VARIABLE: &str = "WORKBENCH_CUSTOM_KERNEL";

/// What kernels and their configurations are made with, besides what modules are.
const TOOLS: &[&str] = &[
    "bison",
    "bsdextrautils",
    "bsdutils",
    "clangd",
    "flex",
    "libelf-dev",
    "libncurses-dev",
    "libssl-dev",
    "openssl",
    "patch",
    "perl",
    "pkgconf",
    "python3",
    "rsync",
    "util-linux",
    "zstd",
];

/// The package with the sources.
const SOURCE: &str = "linux-source-6.12";

pub(super) fn trials() -> Vec<Trial> {
    let is_asked = std::env::var(VARIABLE).is_ok_and(|value| value == "1");
    let trial = |name: &str, nixpkgs| {
        let run = move || compiled(nixpkgs).map_err(|err| format!("{err:#}").into());
        Trial::test(format!("nix::{name}"), run).with_ignored_flag(!is_asked)
    };
    let by_nixpkgs = trial("custom-compiled-by-nixpkgs", Nixpkgs::Real);
    let is_ignored = by_nixpkgs.has_ignored_flag() || !has_real();
    vec![trial("custom-compiled", Nixpkgs::StandIn), by_nixpkgs.with_ignored_flag(is_ignored)]
}

fn compiled(nixpkgs: Nixpkgs) -> Result<()> {
    let (nix, root, version) = Nix::that_compiles(TOOLS, SOURCE)?;
    let dir = tempfile::tempdir()?;
    std::fs::copy(root.join("usr/src").join(format!("{SOURCE}.tar.xz")), dir.path().join("linux.tar.xz"))?;
    std::fs::copy(crate::root().join("tests/nix/compiled/small.config"), dir.path().join("small.config"))?;
    let description = |name: &str, more: &str| {
        let text = format!("source = {{ path = \"linux.tar.xz\" }}\nconfig-file = \"small.config\"\n{more}");
        std::fs::write(dir.path().join(format!("{name}.toml")), text)
    };
    description("small", &format!("version = \"{version}\"\n"))?;
    description("greedy", &format!("version = \"{version}\"\n[config]\nKGDB_KDB = true\n"))?;
    description("older", "version = \"6.12.1\"\n")?;
    let of = |name: &str, what: &str| expression(nixpkgs, dir.path(), name, what);

    // Told within a minute, and not after all has been compiled.
    let said = nix.fails_by(nixpkgs, &of("greedy", "it.kernel"))?;
    for line in [
        "error: KGDB_KDB was to be y, but is off",
        "KGDB is n: bool \"KGDB: kernel debugger\", lib/Kconfig.kgdb:",
        "help: also set KGDB=y",
    ] {
        ensure!(said.contains(line), "`{line}` is missing:\n{said}");
    }
    let said = nix.fails_by(nixpkgs, &of("older", "it.kernel"))?;
    let line = format!("error: the sources call themselves {version}, and were to be 6.12.1");
    ensure!(said.contains(&line), "`{line}` is missing:\n{said}");

    let all = "[ it.kernel.out it.kernel.dev it.kernel.modules it.module it.boot ]";
    let built = nix.build_by(nixpkgs, &of("small", all))?;
    let [image, dev, with_modules, module, boot] = built.as_slice() else { bail!("not five folders, but {built:?}") };
    let release = format!("{version}-mine");
    for file in ["bzImage", "System.map"] {
        ensure!(image.join(file).is_file(), "`{}` has no {file}", image.display());
    }
    let own =
        std::fs::read_to_string(dev.join("lib/modules").join(&release).join("build/include/config/kernel.release"))?;
    ensure!(own.trim() == release, "it calls itself {own}");
    let module_of_its_own = with_modules.join("lib/modules").join(&release).join("kernel/lib/crc7.ko");
    for made in [module_of_its_own, single(module)?] {
        let info = ModInfo::parse(&content(&made)?)?;
        ensure!(info.release() == Some(&release), "{}: it is for {:?}", made.display(), info.release());
    }
    let verdict = std::fs::read_to_string(boot.join("foobar/verdict.json"))?;
    ensure!(serde_json::from_str::<Value>(&verdict)?["verdict"] == json!("pass"), "{verdict}");
    let report = std::fs::read_to_string(boot.join("report.txt"))?;
    ensure!(report.contains(&format!("pass foobar on {release}")), "{report}");
    shells(&nix, nixpkgs, &of("small", "[ it.driverShell it.kernelShell ]"))
}

/// The driver's shell has clangd content with each file; in the kernel's, `make menuconfig` asks and saves.
fn shells(nix: &Nix, nixpkgs: Nixpkgs, both: &str) -> Result<()> {
    let built = nix.build_by(nixpkgs, both)?;
    let [driver, kernel] = built.as_slice() else { bail!("not two folders, but {built:?}") };
    for file in ["foobar_main.c", "foobar_core.c"] {
        let log = std::fs::read_to_string(driver.join(format!("{file}.log")))?;
        ensure!(log.contains("All checks completed, 0 errors"), "clangd has complaints:\n{log}");
    }
    let changed = std::fs::read_to_string(kernel.join("changed"))?;
    ensure!(changed == " CRC8 n -> y\n", "menuconfig changed this:\n{changed}");
    Ok(())
}

fn single(package: &Path) -> Result<PathBuf> {
    let made = modules(package)?;
    let [module] = made.as_slice() else { bail!("not one module, but {made:?}") };
    Ok(module.clone())
}

/// What tests/nix/compiled.nix makes of a description is `it`.
fn expression(nixpkgs: Nixpkgs, dir: &Path, name: &str, what: &str) -> String {
    let way = if nixpkgs == Nixpkgs::Real { "import (root + \"/tests/nix/native.nix\")" } else { "import <nixpkgs>" };
    format!(
        "let it = import (root + \"/tests/nix/compiled.nix\") {{
           description = /. + \"{}/{name}.toml\";
           program = /. + \"{}\";
           nixpkgs = {way};
         }};
         in {what}",
        dir.display(),
        env!("CARGO_BIN_EXE_xtask")
    )
}
