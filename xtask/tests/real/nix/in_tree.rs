// SPDX-License-Identifier: MIT OR Apache-2.0
//! Modules of a kernel's own tree, patched, by `nix/kernel/in-tree.nix`. The tree is a tiny one of ours in the place of 1.5 GB, with
//! the headers, makefiles and scripts of a real kernel, whose names and options it uses: see `tests/nix/in-tree.nix`.

use std::path::Path;

use anyhow::{Result, bail, ensure};
use libtest_mimic::Trial;
use xtask::kbuild::ModInfo;

use super::package::{content, modules};
use super::{Nix, Nixpkgs, Shared};

const KERNEL: &str = "6_12";

pub(super) fn trials(shared: &Shared) -> Vec<Trial> {
    vec![
        shared.trial("in_tree", patched),
        shared.trial("in_tree_refusals", refusals),
        shared.trial("in_tree_evaluates", evaluates),
    ]
}

fn expression(attribute: &str) -> String {
    format!("(import (root + \"/tests/nix/in-tree.nix\") {{ inherit root; kernelName = \"{KERNEL}\"; }}).{attribute}")
}

/// A folder has all of its modules, one module is alone and patched, and depmod takes that one before the kernel's own.
fn patched(nix: &Nix) -> Result<()> {
    let release = &nix.kernel(&format!("linux_{KERNEL}"))?.release;
    let check = |attribute: &str, expected: &[(&str, &str)]| -> Result<()> {
        let built = nix.build(&expression(attribute))?;
        let [out] = built.as_slice() else { bail!("not one folder, but {built:?}") };
        let updates = out.join("lib/modules").join(release).join("updates");
        let mut found = Vec::new();
        for module in modules(out)? {
            ensure!(module.starts_with(&updates), "`{}` is not in `{}`", module.display(), updates.display());
            let info = ModInfo::parse(&content(&module)?)?;
            ensure!(info.release() == Some(release), "{}: it is for {:?}", module.display(), info.release());
            let [name, what] = ["name", "description"].map(|key| info.get(key).unwrap_or_default().to_owned());
            found.push((name, what));
        }
        found.sort();
        let found: Vec<(&str, &str)> = found.iter().map(|(name, what)| (name.as_str(), what.as_str())).collect();
        ensure!(found == expected, "{attribute} is {found:?}, and not {expected:?}");
        let closure = nix.closure(out)?;
        ensure!(closure == [out.display().to_string()], "{attribute} keeps others alive: {closure:#?}");
        Ok(())
    };
    check("folder", &[("dummy", "as it was"), ("tun", "as it was")])?;
    check("one", &[("dummy", "patched")])?;

    let built = nix.build(&expression("chosen"))?;
    let [out] = built.as_slice() else { bail!("not one folder, but {built:?}") };
    let text = std::fs::read_to_string(out.join("chosen"))?;
    let chosen: Vec<&Path> =
        text.lines().filter_map(|line| line.strip_prefix("insmod ")).map(|it| Path::new(it.trim())).collect();
    let [chosen] = chosen[..] else { bail!("modprobe would do this:\n{text}") };
    let all = modules(out)?;
    ensure!(all.len() == 2 && all.iter().any(|it| it == chosen), "`{}` is none of {all:?}", chosen.display());
    let info = ModInfo::parse(&content(chosen)?)?;
    ensure!(info.get("description") == Some("patched"), "modprobe takes `{}`", chosen.display());
    Ok(())
}

/// What there is not, in the tree or in the kernel's configuration, is named with what mends it.
fn refusals(nix: &Nix) -> Result<()> {
    let check = |attribute: &str, expected: &[&str]| -> Result<()> {
        let said = nix.fails(&expression(attribute))?;
        for text in expected {
            ensure!(said.contains(text), "{attribute}: `{text}` is missing; it said:\n{said}");
        }
        Ok(())
    };
    check(
        "off",
        &["nothing of drivers/net/nothing.ko is a module of linux", "# CONFIG_WORKBENCH_NOTHING is not set", "help: "],
    )?;
    check("absent", &["nothing of drivers/net/dumy.ko is a module of linux", "help: no makefile in drivers/net has"])?;
    check("nowhere", &["has no makefile in drivers/nowhere", "help: "])
}

/// With the kernel's own source and patches, which only evaluating can have here.
fn evaluates(nix: &Nix) -> Result<()> {
    for nixpkgs in nix.nixpkgs() {
        // The stand-in has no sources of its kernels.
        let source = match nixpkgs {
            Nixpkgs::StandIn => "kernelSource = root + \"/tests/nix/in-tree\";",
            Nixpkgs::Real => "",
        };
        let expression = format!(
            "let
               pkgs = import <nixpkgs> {{ config = {{ }}; overlays = [ ]; system = \"x86_64-linux\"; }};
               packages = pkgs.linuxPackages_{KERNEL};
               one = packages.callPackage (root + \"/nix/kernel/in-tree.nix\") {{
                 modulePath = \"drivers/gpu/drm/amd/amdgpu\";
                 patches = [ (root + \"/tests/nix/in-tree/dummy.patch\") ];
                 {source}
               }};
             in
             {{
               inherit (one) pname;
               isDerivation = pkgs.lib.hasSuffix \".drv\" one.drvPath;
               ofKernel = one.version == packages.kernel.version;
               patches = builtins.length one.patches - builtins.length (packages.kernel.patches or [ ]);
             }}"
        );
        let found = nix.eval(nixpkgs, &expression)?;
        let expected = serde_json::json!({ "pname": "drivers-gpu-drm-amd-amdgpu", "isDerivation": true, "ofKernel": true, "patches": 1 });
        ensure!(found == expected, "{nixpkgs:?}: {found}");
    }
    let outside = "(import <nixpkgs> { config = { }; overlays = [ ]; }).linuxPackages_6_12.callPackage \
                   (root + \"/nix/kernel/in-tree.nix\") { modulePath = \"../dummy.ko\"; }";
    for nixpkgs in nix.nixpkgs() {
        let said = nix.refuses(nixpkgs, &format!("({outside}).drvPath"))?;
        ensure!(said.contains("modulePath has to be a place below the top"), "{nixpkgs:?} said:\n{said}");
    }
    Ok(())
}
