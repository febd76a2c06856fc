// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is written about a kernel.

use std::path::PathBuf;

use expect_test::{Expect, expect};
use fs_err as fs;

use super::made::{headers_files, image_files, package};
use super::{V, of_files};

/// The call that is written for packages with these names, in a folder of a workspace.
#[track_caller]
fn check_text(names: [&str; 2], url: Option<&str>, name: Option<&str>, out: &str, expected: &Expect) {
    let dir = tempfile::tempdir().expect("a folder");
    // On a Mac, and on some systems, it lies behind a link.
    let dir = fs::canonicalize(dir.path()).expect("a folder");
    let downloads = dir.join("downloads");
    fs::create_dir_all(&downloads).expect("a folder");
    fs::create_dir_all(dir.join("workspace/nix/kernel")).expect("a folder");
    fs::write(dir.join("workspace/nix/kernel/precompiled.nix"), "").expect("written");
    let headers = headers_files(&format!("usr/src/kernels/{V}"), V);
    let contents = [package("x.rpm", &image_files(V)), package("x.rpm", &headers)];
    let files: Vec<PathBuf> = names.iter().map(|name| downloads.join(name)).collect();
    for (file, content) in files.iter().zip(&contents) {
        fs::write(file, content).expect("written");
    }
    let made = |files: &[PathBuf]| {
        let (imported, _) = of_files(files, url, name).expect("a kernel");
        imported.files(&dir.join(out), &dir.join("workspace")).expect("texts")
    };
    let (imported, _) = of_files(&files, url, name).expect("a kernel");
    let backwards: Vec<PathBuf> = files.iter().rev().cloned().collect();
    assert_eq!(made(&files), made(&backwards), "the order in which files are named counts");
    let to = dir.join(out);
    made(&files).write(&to).expect("written");
    let mut text =
        fs::read_to_string(to.join("default.nix")).expect("a text").replace(&dir.display().to_string(), "DIR");
    // They hang on how the packages of this test are compressed.
    for source in &imported.sources {
        text = text.replace(&source.integrity(), &format!("the hash of {}", source.store_name()));
    }
    let others: Vec<String> = made(&files).names().map(str::to_owned).collect();
    expected.assert_eq(&format!("{}\n{text}", others.join(" ")));
}

#[test]
fn texts() {
    check_text(
        ["core.rpm", "devel.rpm"],
        Some("https://x.example/v1/"),
        Some("surface"),
        "workspace/a/b",
        &expect![[r#"
            config config.json default.nix
            # SPDX-License-Identifier: MIT OR Apache-2.0
            # A kernel that a distribution has compiled; `boot.kernelPackages = pkgs.linuxPackagesFor (pkgs.callPackage ./. { })`.
            # Written by `cargo xtask kernels import core.rpm devel.rpm --url https://x.example/v1/ --name surface`; do it again rather than edit it.
            { pkgs, ... }@args:
            import ../../nix/kernel/precompiled.nix (
              {
                pname = "linux-surface";
                version = "6.9.10";
                modDirVersion = "6.9.10-surface-1";
                arch = "x86_64";
                compiler = {
                  name = "gcc";
                  version = "13.2.1";
                };
                target = "bzImage";
                layout = {
                  image = "usr/lib/modules/6.9.10-surface-1/vmlinuz";
                  systemMap = "usr/lib/modules/6.9.10-surface-1/System.map";
                  modules = "usr/lib/modules/6.9.10-surface-1";
                  kdir = "usr/src/kernels/6.9.10-surface-1";
                  headers = [ "usr/src/kernels/6.9.10-surface-1" ];
                };
                repairs = [ ];
                configfile = ./config;
                configValues = ./config.json;
                formats = [ "rpm" ];
                sources = [
                  (pkgs.fetchurl {
                    name = "core.rpm";
                    urls = [ "https://x.example/v1/core.rpm" ];
                    hash = "the hash of core.rpm";
                  })
                  (pkgs.fetchurl {
                    name = "devel.rpm";
                    urls = [ "https://x.example/v1/devel.rpm" ];
                    hash = "the hash of devel.rpm";
                  })
                ];
              }
              // args
            )
        "#]],
    );
    check_text(
        ["a ${x}\n'.rpm", "b\".rpm"],
        None,
        None,
        "elsewhere",
        &expect![[r#"
        config config.json default.nix precompiled.nix
        # SPDX-License-Identifier: MIT OR Apache-2.0
        # A kernel that a distribution has compiled; `boot.kernelPackages = pkgs.linuxPackagesFor (pkgs.callPackage ./. { })`.
        # Written by `cargo xtask kernels import 'a ${x}?'\''.rpm' 'b".rpm'`; do it again rather than edit it.
        { pkgs, ... }@args:
        import ./precompiled.nix (
          {
            pname = "linux-precompiled";
            version = "6.9.10";
            modDirVersion = "6.9.10-surface-1";
            arch = "x86_64";
            compiler = {
              name = "gcc";
              version = "13.2.1";
            };
            target = "bzImage";
            layout = {
              image = "usr/lib/modules/6.9.10-surface-1/vmlinuz";
              systemMap = "usr/lib/modules/6.9.10-surface-1/System.map";
              modules = "usr/lib/modules/6.9.10-surface-1";
              kdir = "usr/src/kernels/6.9.10-surface-1";
              headers = [ "usr/src/kernels/6.9.10-surface-1" ];
            };
            repairs = [ ];
            configfile = ./config;
            configValues = ./config.json;
            formats = [ "rpm" ];
            sources = [
              (builtins.path {
                name = "a___x___.rpm";
                path = (/.) + "DIR/downloads/a \${x}\n'.rpm";
                recursive = false;
                sha256 = "the hash of a___x___.rpm";
              })
              (builtins.path {
                name = "b_.rpm";
                path = (/.) + "DIR/downloads/b\".rpm";
                recursive = false;
                sha256 = "the hash of b_.rpm";
              })
            ];
          }
          // args
        )
    "#]],
    );
}

#[test]
fn names_of_folders() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("k.rpm");
    let files = [image_files(V), headers_files("usr/src/kernels/x", V)].concat();
    fs::write(&file, package("k.rpm", &files)).expect("written");
    let named = |name: &str| {
        let found = of_files(std::slice::from_ref(&file), None, Some(name));
        found.map_or_else(|err| format!("{err:#}"), |(imported, _)| imported.name)
    };
    for name in ["surface", "6_9-x", "6.9", "..", "a/b", "", "-k", "a b", "\u{e4}"] {
        let is_good = ["surface", "6_9-x"].contains(&name);
        let told = named(name);
        assert_eq!(told == name, is_good, "{name:?}: {told}");
        assert!(is_good || told.contains("is no name for a kernel's folder"), "{name:?}: {told}");
    }
}
