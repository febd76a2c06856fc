// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `cargo xtask package` writes: it is what is committed; it builds in the sandbox for an old kernel and a new one, whose
//! modules are compressed; and with a real nixpkgs at hand, packages, systems and a NUR repository evaluate.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use libtest_mimic::Trial;
use serde_json::Value;
use xtask::cmd::{Cmd, How};
use xtask::kbuild::ModInfo;

use super::{Nix, Nixpkgs, Shared};

/// The drivers, with their modules.
const DRIVERS: &[(&str, &str)] = &[("foobar", "foobar"), ("qc71-laptop", "qc71_laptop")];

pub(super) fn trials(shared: &Shared) -> Vec<Trial> {
    vec![
        shared.trial("package-is-as-committed", |_| as_committed()),
        shared.trial("package-builds", builds),
        shared.trial("package-evaluates", evaluates),
        shared.trial("package-nur", nur),
        shared.real_trial("package-nur-restricted", nur_restricted),
    ]
}

/// An expression with `pkgs`, a nixpkgs with our overlay over the generated packages.
fn with_packages(body: &str) -> String {
    format!(
        "let pkgs = import <nixpkgs> {{
           config = {{ }};
           overlays = [
             (import (root + \"/nix/overlay.nix\") {{
               extension = import (root + \"/nix/extension.nix\") {{ directory = root + \"/nix/generated\"; }};
             }})
           ];
         }}; in {body}"
    )
}

fn as_committed() -> Result<()> {
    let output = crate::command(&["package", "nix", "--check"]).output()?;
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    ensure!(output.status.success(), "nix/generated is not what `cargo xtask package nix` writes:\n{said}");
    Ok(())
}

fn builds(nix: &Nix) -> Result<()> {
    for kernel in ["5_10", "7_3"] {
        let release = &nix.kernel(&format!("linux_{kernel}"))?.release;
        let headers = nix.eval(Nixpkgs::StandIn, &with_packages(&format!("pkgs.linux_{kernel}.dev.outPath")))?;
        let headers = headers.as_str().context("a path is a text")?;
        for (driver, module) in DRIVERS {
            let built = nix.build(&with_packages(&format!("pkgs.linuxPackages_{kernel}.{driver}")))?;
            let [out] = built.as_slice() else { bail!("not one folder, but {built:?}") };
            let found = modules(out)?;
            let [file] = found.as_slice() else { bail!("not one module, but {found:?}") };
            let folder = out.join("lib/modules").join(release);
            ensure!(file.starts_with(&folder), "`{}` is not in `{}`", file.display(), folder.display());
            let content = content(file)?;
            // Nix itself can't see it in a compressed one.
            let names_headers = content.windows(headers.len()).any(|part| part == headers.as_bytes());
            ensure!(!names_headers, "{}: it has `{headers}` in it", file.display());
            let info = ModInfo::parse(&content)?;
            ensure!(info.name() == Some(module), "{}: it is {:?}", file.display(), info.name());
            ensure!(info.release() == Some(release), "{}: it is for {:?}", file.display(), info.release());
            let closure = nix.closure(out)?;
            ensure!(closure == [out.display().to_string()], "{driver} for {kernel} keeps others alive: {closure:#?}");
        }
    }
    let lacks = with_packages(
        "pkgs.linuxPackages_6_1.qc71-laptop.overrideAttrs (old: {
           preBuild = builtins.replaceStrings [ \"CONFIG_HWMON\" ] [ \"CONFIG_NO_SUCH\" ] old.preBuild;
         })",
    );
    let said = nix.fails(&lacks)?;
    ensure!(said.contains("qc71-laptop needs a kernel with CONFIG_NO_SUCH"), "the check of options says:\n{said}");
    Ok(())
}

fn evaluates(nix: &Nix) -> Result<()> {
    for nixpkgs in nix.nixpkgs() {
        let kernels: &[&str] = match nixpkgs {
            Nixpkgs::StandIn => &["linuxPackages_6_1", "linuxPackages_7_3"],
            Nixpkgs::Real => &[
                "linuxPackages_5_10",
                "linuxPackages_6_6",
                "linuxPackages_6_12",
                "linuxPackages_latest",
                "linuxPackages_zen",
            ],
        };
        for kernel in kernels {
            for (driver, _) in DRIVERS {
                let of = |what: &str| with_packages(&format!("let it = pkgs.{kernel}.{driver}; in {what}"));
                let value =
                    nix.eval(nixpkgs, &of("[ it.name it.kernel.version it.meta.available (it.drvPath != \"\") ]"))?;
                let Value::Array(found) = &value else { bail!("{value}") };
                let version = found.get(1).and_then(Value::as_str).context("no version")?;
                let expected: [Value; 4] =
                    [format!("{driver}-1.0-{version}").into(), version.into(), true.into(), true.into()];
                ensure!(*found == expected, "{driver} of {kernel} is {value}");
            }
        }
    }
    Ok(())
}

/// A repository has what NUR looks for.
fn nur(nix: &Nix) -> Result<()> {
    let top = tempfile::tempdir()?;
    let told = nix.eval(Nixpkgs::StandIn, &names(&repository(top.path())?))?.to_string();
    for name in ["\"foobar\"", "\"qc71-laptop\"", "\"overlays\"", "\"modules\""] {
        ensure!(told.contains(name), "{name} is not in {told}");
    }
    Ok(())
}

/// As NUR itself looks at a repository: restricted, and with nothing built.
fn nur_restricted(nix: &Nix) -> Result<()> {
    let top = tempfile::tempdir()?;
    let dir = repository(top.path())?;
    let words = ["-qa", "*", "--meta", "--xml", "--drv-path", "--option", "restrict-eval", "true"];
    let ask = Cmd::new("nix-env").args(["-f", ".", "-I"]).arg(&dir).args(words).dir(&dir);
    let ask = ask.args(["--option", "allow-import-from-derivation", "false"]);
    let finished = nix.environment(Nixpkgs::Real, ask)?.output()?;
    let said = [finished.stdout, finished.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    ensure!(finished.how == How::Exited(0), "NUR would refuse it:\n{said}");
    for attribute in ["foobar", "linuxPackages_5_10.qc71-laptop", "linuxPackages_6_12.foobar"] {
        ensure!(said.contains(&format!("attrPath=\"{attribute}\"")), "`{attribute}` is not in:\n{said}");
    }
    Ok(())
}

fn repository(top: &Path) -> Result<PathBuf> {
    let dir = top.join("nur");
    let output = crate::command(&["package", "nur", &dir.display().to_string()]).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(dir)
}

fn names(dir: &Path) -> String {
    format!(
        "builtins.attrNames (import {} {{ pkgs = import <nixpkgs> {{ config = {{ }}; overlays = [ ]; }}; }})",
        dir.display()
    )
}

/// The modules below a folder.
pub(crate) fn modules(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.to_string_lossy();
        if path.is_dir() {
            found.extend(modules(&path)?);
        } else if name.ends_with(".ko") || name.ends_with(".ko.xz") {
            found.push(path);
        }
    }
    Ok(found)
}

/// A module as the kernel gets it.
pub(crate) fn content(module: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(module)?;
    if module.extension().is_none_or(|ending| ending != "xz") {
        return Ok(bytes);
    }
    let mut content = Vec::new();
    lzma_rust2::XzReader::new(bytes.as_slice(), true).read_to_end(&mut content)?;
    Ok(content)
}
