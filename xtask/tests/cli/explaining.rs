// SPDX-License-Identifier: MIT OR Apache-2.0
//! `package explain`: what scripts rely on, exit statuses and JSON.

use expect_test::{Expect, expect};

use crate::bench::Bench;

const LOG: &str = "building '/nix/store/x-hello.drv'...\n\
    hello> Skipping BTF generation for hello.ko due to unavailability of vmlinux\n\
    hello> make: *** No rule to make target 'install'.  Stop.\n";

const CONFIGURATION: &str = "{ pkgs, ... }:\n{\n  boot.kernelPackages = pkgs.linux_6_12;\n}\n";

#[track_caller]
fn check(words: &str, expected: &Expect) {
    let bench = Bench::new();
    for (name, text) in [
        ("build.log", LOG),
        ("harmless.log", "Skipping depmod.\n"),
        ("good.log", "all is well\n"),
        ("wrong.nix", CONFIGURATION),
        ("good.nix", "{ boot.kernelModules = [ \"qc71-laptop\" ]; }\n"),
        ("broken.nix", "{ a = ;\n"),
    ] {
        bench.write(&format!("ws/{name}"), text);
    }
    expected.assert_eq(&bench.run(&format!("package explain {words}")).report());
    assert!(!bench.path("cache").exists(), "explaining needs no cache");
    assert_eq!(bench.server.requests(), [""; 0], "explaining needs no network");
}

#[test]
fn what_is_wrong() {
    check(
        "build.log wrong.nix good.nix",
        &expect![[r#"
         note build.log:2: Skipping BTF generation for hello.ko due to unavailability of vmlinux
              why: harmless: the module is whole; only programs of BPF that read its types would miss them, and the headers lack the kernel's own
        wrong build.log:3: make: *** No rule to make target 'install'.  Stop.
              why: stdenv installs by `make install`, which this makefile has not; Kbuild's own target is modules_install
              help: `installTargets = [ "modules_install" ];` and `installFlags = [ "INSTALL_MOD_PATH=${placeholder "out"}" ];`
        wrong wrong.nix:3:25: pkgs.linux_6_12
              why: `pkgs.linux_6_12` is a kernel; boot.kernelPackages has to be a package set
              help: `boot.kernelPackages = pkgs.linuxPackagesFor pkgs.linux_6_12;`
        ! nothing in `good.nix` is known to be wrong
        exit status 1
    "#]],
    );
    check(
        "--json wrong.nix",
        &expect![[r#"
        {"event":"start","format":1,"version":"0.0.0"}
        {"event":"explanation","file":"wrong.nix","line":3,"column":25,"name":"kernel-for-set","weight":"wrong","said":"pkgs.linux_6_12","why":["`pkgs.linux_6_12` is a kernel; boot.kernelPackages has to be a package set","help: `boot.kernelPackages = pkgs.linuxPackagesFor pkgs.linux_6_12;`"]}
        exit status 1
    "#]],
    );
}

#[test]
fn what_is_not() {
    check(
        "harmless.log good.log",
        &expect![[r#"
         note harmless.log:1: Skipping depmod.
              why: harmless in the package of a module: NixOS runs depmod itself, over all of the system's modules together
        ! nothing in `good.log` is known to be wrong
        exit status 0
    "#]],
    );
    // Standard input, which is empty here.
    check(
        "",
        &expect![[r#"
        ! nothing in `-` is known to be wrong
        exit status 0
    "#]],
    );
}

#[test]
fn what_cannot_be_read() {
    check(
        "nowhere.log",
        &expect![[r#"
        ! error: failed to open file `nowhere.log`: No such file or directory (os error 2)
        exit status 2
    "#]],
    );
    check(
        "broken.nix build.log",
        &expect![[r#"
         note build.log:2: Skipping BTF generation for hello.ko due to unavailability of vmlinux
              why: harmless: the module is whole; only programs of BPF that read its types would miss them, and the headers lack the kernel's own
        wrong build.log:3: make: *** No rule to make target 'install'.  Stop.
              why: stdenv installs by `make install`, which this makefile has not; Kbuild's own target is modules_install
              help: `installTargets = [ "modules_install" ];` and `installFlags = [ "INSTALL_MOD_PATH=${placeholder "out"}" ];`
        ! `broken.nix` is not in Nix's language: line 1, column 7: unexpected TOKEN_SEMICOLON at 6..7, wanted any of [TOKEN_L_PAREN, TOKEN_REC, TOKEN_L_BRACE, TOKEN_L_BRACK, TOKEN_STRING_START, TOKEN_IDENT]
        exit status 2
    "#]],
    );
    check(
        ".",
        &expect![[r#"
        ! error: `.` is a folder
        ! help: name its files, `./*.nix`
        exit status 2
    "#]],
    );
}
