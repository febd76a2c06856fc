// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask kernels import` and nix/kernel/precompiled.nix: one of Debian's kernels as it was published, and as Fedora and Arch
//! would pack it, out of which Nix makes a kernel, modules for it, and checks that boot it.

mod repack;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use libtest_mimic::Trial;
use xtask::cmd::{Cmd, How};
use xtask::kbuild::ModInfo;

use self::repack::Kernel;
use super::matrix::matrix;
use super::package::{content, modules};
use super::{Nix, Nixpkgs, Shared};

/// Small, and of the suite whose compiler the sandbox has.
const KERNEL: &str = "debian:6_12-cloud";

pub(super) fn trials(shared: &Shared) -> Vec<Trial> {
    vec![
        shared.trial("precompiled", precompiled),
        shared.trial("precompiled-rpm", rpm),
        shared.trial("precompiled-pacman", pacman),
        shared.real_trial("precompiled-checked-by-nixos", |nix| {
            let scratch = tempfile::tempdir()?;
            import(nix, &[KERNEL, "--name", "named"], scratch.path(), 0)?;
            is_checked_by_nixos(nix, scratch.path())
        }),
    ]
}

/// An archive's kernel by its name, then the same by the files of its packages, which is what is built.
fn precompiled(nix: &Nix) -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let out = scratch.path();
    let files = debs(nix, out)?;
    import(nix, &[KERNEL, "--name", "named", "--check"], out, 0)?;
    is_kept_by_hand(nix, out)?;
    import_files(nix, &files, out)?;
    is_one_kernel(nix, out)?;
    for nixpkgs in nix.nixpkgs() {
        has_what_is_asked(nix, nixpkgs, out)?;
    }
    let foobar = Cells::of(out, "foobar", &crate::root().join("driver"));
    is_built(nix, out, &foobar)?;
    foobar.pass(nix, "pass foobar on 6.12.")
}

/// Fedora's packages. What a machine reports of this kernel fails the check as it does of nixpkgs' kernels.
fn rpm(nix: &Nix) -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let out = scratch.path();
    let files = repacked(nix, out, Kernel::for_fedora)?;
    let said = import_files(nix, &files, out)?;
    ensure!(said.contains("doing without `kernel-6.12."), "it says {said}");
    ensure!(said.contains("mended    signing"), "it says {said}");
    let oops = Cells::of(out, "oops-in-init", &crate::root().join("tests/zoo/oops-in-init"));
    is_built(nix, out, &oops)?;
    let said = nix.fails(&oops.cell("boot"))?;
    for text in ["crash oops-in-init on 6.12.", "NULL pointer dereference", "the boot check has failed"] {
        ensure!(said.contains(text), "`{text}` is missing:\n{said}");
    }
    Ok(())
}

/// Arch's packages, for a driver that needs some of the kernel's own modules, which they have compressed by zstd.
fn pacman(nix: &Nix) -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let out = scratch.path();
    let files = repacked(nix, out, Kernel::for_arch)?;
    let said = import_files(nix, &files, out)?;
    ensure!(said.contains("mended    signing"), "it says {said}");
    let driver = out.join("needy");
    std::fs::create_dir(&driver)?;
    for file in ["Kbuild", "clean.c"] {
        std::fs::copy(crate::root().join("tests/zoo/clean").join(file), driver.join(file))?;
    }
    // It needs others in its turn.
    let step = "[[test.step]]\nname = \"it is there\"\nrun = \"lsmod\"\nprints = [\"nf_defrag_ipv4\"]\n";
    std::fs::write(driver.join("driver.toml"), format!("[hardware]\nmodules = [\"nf_conntrack\"]\n{step}"))?;
    let needy = Cells::of(out, "needy", &driver);
    is_built(nix, out, &needy)?;
    needy.pass(nix, "pass needy on 6.12.")
}

/// A driver on an imported kernel, in a matrix of no others.
struct Cells {
    matrix: String,
    driver: String,
}

impl Cells {
    fn of(out: &Path, driver: &str, folder: &Path) -> Self {
        let kernels = format!("{{ mine = set: set.callPackage (/. + \"{}/files\") {{ }}; }}", out.display());
        let drivers = format!("{{ {driver} = /. + \"{}\"; }}", folder.display());
        // Lines of source are the matrix's own trial.
        let matrix = matrix(&drivers, &kernels, "debugInfo = false;");
        Self { matrix, driver: driver.to_owned() }
    }

    fn cell(&self, check: &str) -> String {
        format!("{}.supported.x86_64.linux_mine.{}.{check}", self.matrix, self.driver)
    }

    /// Its modules are whole, and the machine with this very kernel says so of them.
    fn pass(&self, nix: &Nix, report: &str) -> Result<()> {
        let built = nix.build(&format!("[ ({}) ({}) ]", self.cell("modinfo"), self.cell("boot")))?;
        let [_modinfo, boot] = built.as_slice() else { bail!("not two folders, but {built:?}") };
        let said = std::fs::read_to_string(boot.join("report.txt"))?;
        ensure!(said.contains(report), "{said}");
        Ok(())
    }
}

/// Runs `cargo xtask kernels import`, which has to exit with a status, and gives what it said.
fn import(nix: &Nix, arguments: &[&str], out: &Path, expected: i32) -> Result<String> {
    let cmd = Cmd::new(env!("CARGO_BIN_EXE_xtask")).args(["kernels", "import"]).args(arguments).arg("--out").arg(out);
    let finished = nix.environment(Nixpkgs::StandIn, cmd)?.output()?;
    let said = [&finished.stdout, &finished.stderr].map(|text| String::from_utf8_lossy(text).into_owned()).concat();
    ensure!(finished.how == How::Exited(expected), "{arguments:?}: {}, not {expected}: {said}", finished.how);
    Ok(said)
}

/// Imports files as `files`.
fn import_files(nix: &Nix, files: &[PathBuf], out: &Path) -> Result<String> {
    let names: Vec<&str> = files.iter().map(|file| file.to_str().context("a path is a text")).collect::<Result<_>>()?;
    import(nix, &[&names[..], &["--name", "files"]].concat(), out, 0)
}

/// The packages of the archive's kernel, which is imported as `named`.
fn debs(nix: &Nix, out: &Path) -> Result<Vec<PathBuf>> {
    import(nix, &[KERNEL, "--name", "named"], out, 0)?;
    packages(nix, out)
}

/// The same packed anew.
fn repacked(nix: &Nix, out: &Path, pack: fn(&Kernel, &Path) -> Result<Vec<PathBuf>>) -> Result<Vec<PathBuf>> {
    let files = debs(nix, out)?;
    let release = nix.eval(Nixpkgs::StandIn, &of(out, "named", "kernel.modDirVersion"))?;
    let kernel = Kernel::read(&files, release.as_str().context("it is a text")?)?;
    let packed = out.join("packed");
    std::fs::create_dir(&packed)?;
    pack(&kernel, &packed)
}

/// What somebody has edited is told, and not overwritten.
fn is_kept_by_hand(nix: &Nix, out: &Path) -> Result<()> {
    let file = out.join("named/default.nix");
    let text = std::fs::read_to_string(&file)?;
    std::fs::write(&file, format!("{text}# mine\n"))?;
    let said = import(nix, &[KERNEL, "--name", "named", "--check"], out, 1)?;
    ensure!(said.contains("default.nix is not what would be written"), "--check says {said}");
    let said = import(nix, &[KERNEL, "--name", "named"], out, 2)?;
    ensure!(said.contains("would be overwritten"), "it says {said}");
    ensure!(std::fs::read_to_string(&file)?.ends_with("# mine\n"), "the file is another now");
    std::fs::write(&file, text)?;
    Ok(())
}

/// The packages as files with their own names, as somebody has downloaded them; `kernels import` has left them in the cache.
fn packages(nix: &Nix, out: &Path) -> Result<Vec<PathBuf>> {
    let expression = "map (source: source.name) kernel.srcs";
    let names: Vec<String> = serde_json::from_value(nix.eval(Nixpkgs::StandIn, &of(out, "named", expression))?)?;
    ensure!(!names.is_empty(), "it has no packages");
    let cache = nix.cache().join("packages");
    let release: String =
        serde_json::from_value(nix.eval(Nixpkgs::StandIn, &of(out, "named", "kernel.modDirVersion"))?)?;
    let entries = std::fs::read_dir(&cache)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let is_it = |path: &&PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&release));
    let dir = entries.iter().find(is_it).with_context(|| format!("`{}` has no {release}", cache.display()))?;
    let downloads = out.join("my downloads");
    std::fs::create_dir(&downloads)?;
    let copy = |name: &String| {
        let package = name.split('_').next().unwrap_or(name);
        let file = downloads.join(name);
        std::fs::copy(dir.join(format!("{package}.deb")), &file).with_context(|| format!("there is no {package}"))?;
        Ok(file)
    };
    names.iter().map(copy).collect()
}

/// Both ways lead to the same packages in the store, and so to the same kernel but for its name.
fn is_one_kernel(nix: &Nix, out: &Path) -> Result<()> {
    let srcs = "map (source: \"${source}\") kernel.srcs";
    let [named, files] = ["named", "files"].map(|name| nix.eval(Nixpkgs::StandIn, &of(out, name, srcs)));
    let (named, files) = (named?, files?);
    ensure!(named == files, "fetched, they would be {named:#}; as files they are {files:#}");
    Ok(())
}

/// What NixOS and packages of modules ask of a kernel, and what it refuses.
fn has_what_is_asked(nix: &Nix, nixpkgs: Nixpkgs, out: &Path) -> Result<()> {
    let asked = "{
        inherit (kernel) target buildDTBs version;
        yes = kernel.config.isYes \"NET\" && kernel.config.isEnabled \"EXT4_FS\";
        no = kernel.config.isNo \"KASAN\" && kernel.config.isDisabled \"KASAN\" && !kernel.config.isSet \"KASAN\";
        efi = kernel.features ? efiBootStub;
        again = (kernel.override (old: { kernelPatches = (old.kernelPatches or [ ]) ++ [ { name = \"x\"; patch = null; } ]; })).outPath
          == kernel.outPath;
        version-of-patched = (kernel.override { kernelPatches = [ { name = \"x\"; patch = ./x; } ]; }).version;
        number = kernel.kernelAtLeast \"6.12\" && kernel.kernelOlder \"6.13\";
        set = (pkgs.linuxPackagesFor kernel).kernel.outPath == kernel.outPath;
        src = (kernel.override { src = \"there\"; }).src;
        no-src = (builtins.tryEval kernel.src).success;
        config = builtins.stringLength (builtins.readFile kernel.configfile) > 10000;
        module = builtins.isString module.drvPath;
        short = builtins.elem \"KCPPFLAGS=-fmacro-prefix-map=${kernel.dev}/=\" (pkgs.linuxPackagesFor kernel).kernelModuleMakeFlags;
    }";
    let found = nix.eval(nixpkgs, &of(out, "files", asked))?;
    let version = found["version"].as_str().unwrap_or_default().to_owned();
    ensure!(version.starts_with("6.12."), "{nixpkgs:?}: it is {version}");
    let expected = serde_json::json!({
        "target": "bzImage", "buildDTBs": false, "version": version, "yes": true, "no": true, "efi": true, "again": true,
        "version-of-patched": version, "number": true, "set": true, "src": "there", "no-src": false, "config": true,
        "module": true, "short": true,
    });
    ensure!(found == expected, "{nixpkgs:?}: {found:#}");
    for (what, change) in [
        ("`bad`", "{ kernelPatches = [ { name = \"bad\"; patch = ./x; } ]; }"),
        ("`more`", "{ kernelPatches = [ { name = \"more\"; patch = null; structuredExtraConfig.X = 1; } ]; }"),
        ("a `randstructSeed`", "{ randstructSeed = \"abc\"; }"),
    ] {
        let said = nix.refuses(nixpkgs, &of(out, "files", &format!("(kernel.override {change}).outPath")))?;
        let sentence = "has been compiled already, so it can't take";
        ensure!(said.contains(sentence) && said.contains(what), "{nixpkgs:?}, {change}: {said}");
    }
    Ok(())
}

/// The module with what NixOS needs of a kernel: each need is an assertion about this kernel's own configuration.
fn is_checked_by_nixos(nix: &Nix, out: &Path) -> Result<()> {
    let system = "map (it: it.assertion) (pkgs.lib.evalModules {
        modules = [
          (root + \"/nix/nixos/precompiled.nix\")
          ({ lib, ... }: {
            options.assertions = lib.mkOption { };
            options.boot.kernelPackages = lib.mkOption { };
            options.system.requiredKernelConfig = lib.mkOption { };
            config.boot.kernelPackages = pkgs.linuxPackagesFor kernel;
            config.system.requiredKernelConfig = [
              { assertion = config: config.isEnabled \"NET\"; message = \"NET\"; }
              { assertion = config: config.isEnabled \"KASAN\"; message = \"KASAN\"; }
            ];
          })
        ];
      }).config.assertions";
    let found = nix.eval(Nixpkgs::Real, &of(out, "named", system))?;
    ensure!(found == serde_json::json!([true, false]), "the assertions are {found}");
    Ok(())
}

/// The kernel, and a driver's module for it.
fn is_built(nix: &Nix, out: &Path, cells: &Cells) -> Result<()> {
    let release: String =
        serde_json::from_value(nix.eval(Nixpkgs::StandIn, &of(out, "files", "kernel.modDirVersion"))?)?;
    let module = cells.cell("module");
    let built = nix.build(&of(out, "files", &format!("[ kernel.out kernel.modules ({module}) ]")))?;
    let [image, with_modules, module] = built.as_slice() else { bail!("not three folders, but {built:?}") };
    for file in ["bzImage", "System.map"] {
        ensure!(image.join(file).is_file(), "`{}` has no {file}", image.display());
    }
    let folder = with_modules.join("lib/modules");
    let releases = std::fs::read_dir(&folder)?.map(|entry| Ok(entry?.file_name())).collect::<Result<Vec<_>>>()?;
    ensure!(releases == [release.as_str()], "there are {releases:?}");
    let folder = folder.join(&release);
    for file in ["modules.dep", "modules.order", "modules.builtin", "modules.builtin.modinfo"] {
        ensure!(folder.join(file).is_file(), "there is no {file}");
    }
    let dependencies = std::fs::read_to_string(folder.join("modules.dep"))?;
    ensure!(dependencies.contains("/nf_conntrack.ko"), "modules.dep is {dependencies}");
    for link in ["build", "source", "vmlinuz"] {
        ensure!(std::fs::symlink_metadata(folder.join(link)).is_err(), "there is still `{link}`");
    }
    for whole in [image, with_modules, module] {
        let closure = nix.closure(whole)?;
        ensure!(closure == [whole.display().to_string()], "`{}` keeps others alive: {closure:#?}", whole.display());
    }
    let made = modules(module)?;
    let [made] = made.as_slice() else { bail!("not one module, but {made:?}") };
    let info = ModInfo::parse(&content(made)?)?;
    ensure!(info.release() == Some(&release), "{}: it is for {:?}", made.display(), info.release());
    Ok(())
}

/// An expression about an imported kernel, and the teaching driver for it.
fn of(out: &Path, name: &str, expression: &str) -> String {
    format!(
        "let
           pkgs = import <nixpkgs> {{ config = {{ }}; overlays = [ ]; }};
           kernel = pkgs.callPackage \"{}/{name}\" {{ }};
           set = (pkgs.linuxPackagesFor kernel).extend (
             import (root + \"/nix/extension.nix\") {{ directory = root + \"/nix/generated\"; }}
           );
           module = set.foobar;
         in
         {expression}",
        out.display()
    )
}
