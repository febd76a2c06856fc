// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kernel that is described is compiled to its end, a driver is built for it, both run in a machine, and the shells of both do what
//! they are for, all in Nix's sandbox: by the stand-in, and by the functions of a real nixpkgs over the same tools.
//!
//! The sources are 145 MB, the tools as much, and a small kernel takes ten minutes of a core, so this takes WORKBENCH_TESTS=long.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use xtask::kbuild::ModInfo;

use super::package::{content, modules};
use super::{Nix, Nixpkgs, has_real};

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
    "ncurses-base",
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
    let trial = |name: &str, nixpkgs, run: fn(Nixpkgs) -> Result<()>| {
        let is_ignored = !crate::is_long() || (nixpkgs == Nixpkgs::Real && !has_real());
        let run = move || run(nixpkgs).map_err(|err| format!("{err:#}").into());
        Trial::test(format!("nix::{name}"), run).with_ignored_flag(is_ignored)
    };
    vec![
        trial("custom-compiled", Nixpkgs::StandIn, compiled),
        trial("custom-compiled-by-nixpkgs", Nixpkgs::Real, compiled),
        trial("custom-menuconfig", Nixpkgs::StandIn, menuconfig),
        trial("custom-menuconfig-by-nixpkgs", Nixpkgs::Real, menuconfig),
    ]
}

/// A Nix, and a folder with descriptions of kernels and their sources.
struct Bench {
    nix: Nix,
    nixpkgs: Nixpkgs,
    dir: tempfile::TempDir,
    /// The sources'.
    version: String,
}

impl Bench {
    fn new(nixpkgs: Nixpkgs) -> Result<Self> {
        let (nix, root, version) = Nix::that_compiles(TOOLS, SOURCE)?;
        let dir = tempfile::tempdir()?;
        std::fs::copy(root.join("usr/src").join(format!("{SOURCE}.tar.xz")), dir.path().join("linux.tar.xz"))?;
        std::fs::copy(crate::root().join("tests/nix/compiled/small.config"), dir.path().join("small.config"))?;
        Ok(Self { nix, nixpkgs, dir, version })
    }

    fn describe(&self, name: &str, more: &str) -> Result<()> {
        let text = format!("source = {{ path = \"linux.tar.xz\" }}\nconfig-file = \"small.config\"\n{more}");
        Ok(std::fs::write(self.dir.path().join(format!("{name}.toml")), text)?)
    }

    /// What tests/nix/compiled.nix makes of a description is `it`.
    fn of(&self, name: &str, what: &str) -> String {
        let way = match self.nixpkgs {
            Nixpkgs::Real => "import (root + \"/tests/nix/native.nix\")",
            Nixpkgs::StandIn => "import <nixpkgs>",
        };
        format!(
            "let it = import (root + \"/tests/nix/compiled.nix\") {{
               description = /. + \"{}/{name}.toml\";
               program = /. + \"{}\";
               nixpkgs = {way};
             }};
             in {what}",
            self.dir.path().display(),
            env!("CARGO_BIN_EXE_xtask")
        )
    }

    fn build(&self, name: &str, what: &str) -> Result<Vec<PathBuf>> {
        self.nix.build_by(self.nixpkgs, &self.of(name, what))
    }

    fn fails(&self, name: &str) -> Result<String> {
        self.nix.fails_by(self.nixpkgs, &self.of(name, "it.kernel"))
    }
}

fn compiled(nixpkgs: Nixpkgs) -> Result<()> {
    let bench = Bench::new(nixpkgs)?;
    let version = &bench.version;
    bench.describe("small", &format!("version = \"{version}\"\n"))?;
    bench.describe("greedy", &format!("version = \"{version}\"\n[config]\nKGDB_KDB = true\n"))?;
    bench.describe("older", "version = \"6.12.1\"\n")?;

    // Told within a minute, and not after all has been compiled.
    let said = bench.fails("greedy")?;
    for line in [
        "error: KGDB_KDB was to be y, but is off",
        "KGDB is n: bool \"KGDB: kernel debugger\", lib/Kconfig.kgdb:",
        "help: also set KGDB=y",
    ] {
        ensure!(said.contains(line), "`{line}` is missing:\n{said}");
    }
    let said = bench.fails("older")?;
    let line = format!("error: the sources call themselves {version}, and were to be 6.12.1");
    ensure!(said.contains(&line), "`{line}` is missing:\n{said}");

    let all = "[ it.kernel.out it.kernel.dev it.kernel.modules it.module it.boot it.shell ]";
    let built = bench.build("small", all)?;
    let [image, dev, with_modules, module, boot, shell] = built.as_slice() else {
        bail!("not six folders, but {built:?}")
    };
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
    // The driver's shell has made clangd content with each file.
    for file in ["foobar_main.c", "foobar_core.c"] {
        let log = std::fs::read_to_string(shell.join(format!("{file}.log")))?;
        ensure!(log.contains("All checks completed, 0 errors"), "clangd has complaints:\n{log}");
    }
    Ok(())
}

/// In the kernel's shell, `make menuconfig` asks and saves.
fn menuconfig(nixpkgs: Nixpkgs) -> Result<()> {
    let bench = Bench::new(nixpkgs)?;
    bench.describe("small", &format!("version = \"{}\"\n", bench.version))?;
    let built = bench.build("small", "it.menuconfig")?;
    let [made] = built.as_slice() else { bail!("not one folder, but {built:?}") };
    let [changed, screen] = ["changed", "screen"].map(|file| std::fs::read_to_string(made.join(file)));
    ensure!(
        changed.as_deref().is_ok_and(|it| it == " CRC8 n -> y\n"),
        "it changed {changed:?}, on this screen:\n{screen:?}"
    );
    Ok(())
}

fn single(package: &Path) -> Result<PathBuf> {
    let made = modules(package)?;
    let [module] = made.as_slice() else { bail!("not one module, but {made:?}") };
    Ok(module.clone())
}
