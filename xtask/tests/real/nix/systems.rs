// SPDX-License-Identifier: MIT OR Apache-2.0
//! NixOS with the packaged drivers, evaluated with a real nixpkgs, and what the entry points name.

use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use xtask::kbuild::ModInfo;

use super::{Nix, Nixpkgs, Shared};

pub(super) fn trials(shared: &Shared) -> Vec<Trial> {
    vec![
        shared.real_trial("systems", systems),
        shared.trial("entry-points", entry_points),
        shared.trial("shell", shell),
    ]
}

fn systems(nix: &Nix) -> Result<()> {
    let of = |what: &str| nix.eval(Nixpkgs::Real, &format!("(import (root + \"/tests/nix/systems.nix\")).{what}"));
    let loads = of("loads")?;
    ensure!(loads == json!({ "modules": ["foobar", "qc71_laptop"], "options": true }), "a system loads {loads}");
    let Value::Object(systems) = of("systems")? else { anyhow::bail!("the systems are no set") };
    let mut derivations: Vec<&Value> = systems.values().collect();
    derivations.dedup();
    ensure!(derivations.len() == 3, "three kernels have made {systems:#?}");
    ensure!(of("vm")?.to_string().contains("nixos-vm"), "there is no machine");
    let units = of("units")?;
    let expected =
        json!({ "service": ["multi-user.target"], "template": false, "timer": ["timers.target"], "package": true });
    ensure!(units == expected, "of the package's units a system takes {units}");
    let mixed = of("mixed")?.to_string();
    let sentence = "built for Linux 6.6.";
    ensure!(mixed.contains(sentence), "a package of another kernel is told by {mixed}");
    Ok(())
}

/// What default.nix and nix/default.nix name is there.
fn entry_points(nix: &Nix) -> Result<()> {
    let names = nix.eval(
        Nixpkgs::StandIn,
        "let own = import (root + \"/nix\"); in {
           inherit (own) drivers;
           overlays = builtins.attrNames own.overlays;
           modules = builtins.mapAttrs (_: builtins.pathExists) own.nixosModules;
         }",
    )?;
    let expected = json!({
        "drivers": ["foobar", "qc71-laptop"],
        "overlays": ["default", "kernels"],
        "modules": { "foobar": true, "precompiled": true, "qc71-laptop": true },
    });
    ensure!(names == expected, "{names:#}");
    for nixpkgs in nix.nixpkgs() {
        let kernel = if nixpkgs == Nixpkgs::Real { "linuxPackages_6_12" } else { "linuxPackages_6_1" };
        let names = format!(
            "let all = import root {{ }}; in [ all.{kernel}.foobar.pname all.linuxPackages.qc71-laptop.pname all.shell.name ]"
        );
        let found = nix.eval(nixpkgs, &names)?;
        let is_shell = found[2].as_str().is_some_and(|name| name.starts_with("linux-"));
        ensure!(found[0] == "foobar" && found[1] == "qc71-laptop" && is_shell, "{nixpkgs:?}: {found}");
    }
    Ok(())
}

/// What somebody types into the shell builds a driver.
fn shell(nix: &Nix) -> Result<()> {
    let built = nix.build(
        "let pkgs = import <nixpkgs> { config = { }; overlays = [ ]; }; in
         (pkgs.linuxPackages_6_12.callPackage (root + \"/nix/shell.nix\") { }).overrideAttrs (old: {
           buildPhase = ''
             ${old.shellHook}
             cp -r ${root + \"/driver\"} driver
             chmod -R u+w driver
             cd driver
             kbuild modules
             install -D -t $out foobar.ko
           '';
         })",
    )?;
    let [out] = built.as_slice() else { anyhow::bail!("not one folder, but {built:?}") };
    let info = ModInfo::parse(&std::fs::read(out.join("foobar.ko"))?)?;
    let release = &nix.kernel("linux_6_12")?.release;
    ensure!(info.release() == Some(release), "the module is for {:?}", info.release());
    Ok(())
}
