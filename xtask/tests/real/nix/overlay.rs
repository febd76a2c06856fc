// SPDX-License-Identifier: MIT OR Apache-2.0
//! nix/overlay.nix and nix/extension.nix: whichever way a nixpkgs extends kernels' packages, every kernel has those of a folder.

use anyhow::{Result, ensure};
use libtest_mimic::Trial;

use super::{Nix, Nixpkgs, Shared};

pub(super) fn trials(shared: &Shared) -> Vec<Trial> {
    vec![
        shared.trial("overlay", every_kernel),
        shared.trial("overlay-hostile-names", hostile_names),
        shared.trial("overlay-reserved-names", reserved_names),
    ]
}

/// The overlay with the packages of a folder, which is an expression.
fn overlay(directory: &str) -> String {
    format!(
        "import (root + \"/nix/overlay.nix\") {{
           extension = import (root + \"/nix/extension.nix\") {{ directory = {directory}; }};
         }}"
    )
}

/// By the attribute for it, and without that attribute as in a nixpkgs before 25.11; both make the same packages.
fn every_kernel(nix: &Nix) -> Result<()> {
    for nixpkgs in nix.nixpkgs() {
        let (kernel, further) = match nixpkgs {
            Nixpkgs::StandIn => ("6_1", ""),
            Nixpkgs::Real => ("6_6", "zen = pkgs.linuxPackages_zen.foobar.drvPath;"),
        };
        let expression = format!(
            "let
               overlay = {};
               old = final: prev: overlay final (removeAttrs prev [ \"kernelPackagesExtensions\" ]);
               found = overlay:
                 let pkgs = import <nixpkgs> {{ config = {{ }}; overlays = [ overlay ]; }}; in
                 {{
                   default = pkgs.linuxPackages.foobar.drvPath;
                   latest = pkgs.linuxPackages_latest.foobar.drvPath;
                   one = pkgs.linuxPackages_{kernel}.foobar.drvPath;
                   same = pkgs.linuxKernel.packages.linux_{kernel}.foobar.drvPath;
                   by-function = (pkgs.linuxPackagesFor pkgs.linux_{kernel}).foobar.drvPath;
                   {further}
                 }};
             in [ (found overlay) (found old) ]",
            overlay("root + \"/nix/generated\"")
        );
        let found = nix.eval(nixpkgs, &expression)?;
        ensure!(found[0] == found[1], "{nixpkgs:?}: the two ways differ: {found:#}");
        let one = &found[0];
        ensure!(one["one"] == one["same"] && one["one"] == one["by-function"], "{nixpkgs:?}: {one:#}");
        ensure!(one["one"] != one["latest"], "{nixpkgs:?}: two kernels have the same package: {one:#}");
    }
    Ok(())
}

/// Names of folders are data, in the extension and in the builder.
fn hostile_names(nix: &Nix) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let names = ["a b", "${throw \"x\"}", "$(touch evil)", "quote\"'", "or", "with.dot", "-dash", "ümlaut", "tick`"];
    for name in names {
        package(
            folder.path(),
            name,
            "{ stdenv, kernel }: stdenv.mkDerivation { pname = \"it\"; inherit (kernel) version; }",
        )?;
    }
    // None of these is a package.
    std::fs::create_dir(folder.path().join("empty"))?;
    std::fs::write(folder.path().join("file.nix"), "throw \"read\"")?;
    for nixpkgs in nix.nixpkgs() {
        let expression = format!(
            "let
               pkgs = import <nixpkgs> {{ config = {{ }}; overlays = [ ({}) ]; }};
               bare = import <nixpkgs> {{ config = {{ }}; overlays = [ ]; }};
               new = removeAttrs pkgs.linuxPackages (builtins.attrNames bare.linuxPackages);
             in builtins.mapAttrs (_: package: package.pname) new",
            overlay(&format!("/. + \"{}\"", folder.path().display()))
        );
        let found = nix.eval(nixpkgs, &expression)?;
        let expected: serde_json::Map<_, _> = names.iter().map(|name| ((*name).to_owned(), "it".into())).collect();
        ensure!(found == serde_json::Value::Object(expected), "{nixpkgs:?}: {found:#}");
    }
    Ok(())
}

/// A package that is called as what the set itself is made of is refused by its name.
fn reserved_names(nix: &Nix) -> Result<()> {
    let folder = tempfile::tempdir()?;
    package(folder.path(), "kernel", "{ }: { }")?;
    for nixpkgs in nix.nixpkgs() {
        let expression = format!(
            "(import <nixpkgs> {{ config = {{ }}; overlays = [ ({}) ]; }}).linuxPackages.kernel.version",
            overlay(&format!("/. + \"{}\"", folder.path().display()))
        );
        let said = nix.refuses(nixpkgs, &expression)?;
        ensure!(said.contains("has a package `kernel`, which is a name that"), "{nixpkgs:?}: {said}");
    }
    Ok(())
}

fn package(folder: &std::path::Path, name: &str, text: &str) -> Result<()> {
    let folder = folder.join(name);
    std::fs::create_dir(&folder)?;
    Ok(std::fs::write(folder.join("package.nix"), text)?)
}
