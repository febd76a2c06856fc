// SPDX-License-Identifier: MIT OR Apache-2.0
//! Configurations and packages, wrong and right.

use std::path::Path;

use expect_test::{Expect, expect};
use fs_err as fs;

use super::super::config::look;
use super::super::read_configuration;
use super::told;

#[track_caller]
fn check(text: &str, expected: &Expect) {
    let dir = tempfile::tempdir().expect("a folder");
    let module = "{ stdenv, kernel, kernelModuleMakeFlags, version ? \"1\" }: stdenv.mkDerivation { }";
    fs::write(dir.path().join("module.nix"), module).expect("written");
    fs::write(dir.path().join("tool.nix"), "{ stdenv, kernel }: stdenv.mkDerivation { }").expect("written");
    let said = match look(text, dir.path()) {
        Ok(found) => told(&found),
        Err((line, column, what)) => format!("{line}:{column}: {what}\n"),
    };
    expected.assert_eq(&said);
}

#[test]
fn packages_of_another_kernel() {
    check(
        r#"{ pkgs, ... }:
{
  boot.kernelPackages = pkgs.linuxPackages_6_12;
  boot.extraModulePackages = [ pkgs.linuxPackages.v4l2loopback ];
}"#,
        &expect![[r#"
            wrong 4:32 other-set: pkgs.linuxPackages.v4l2loopback
              `v4l2loopback` is built for the kernel of `pkgs.linuxPackages`, and the system's kernel is of `pkgs.linuxPackages_6_12`
              help: `config.boot.kernelPackages.v4l2loopback`, which is right for whatever kernel is chosen
        "#]],
    );
    check(
        r#"{ config, pkgs, lib, ... }:
{
  boot = {
    kernelPackages = lib.mkDefault pkgs.linuxPackages_latest;
    extraModulePackages = with pkgs.linuxPackages; [ acpi_call config.boot.kernelPackages.cpupower ];
  };
}"#,
        &expect![[r#"
            wrong 5:54 other-set: acpi_call
              `acpi_call` is built for the kernel of `pkgs.linuxPackages`, and the system's kernel is of `pkgs.linuxPackages_latest`
              help: `config.boot.kernelPackages.acpi_call`, which is right for whatever kernel is chosen
        "#]],
    );
    check(
        r#"{ pkgs, ... }:
let
  kernels = pkgs.linuxKernel.packages.linux_6_6;
  inherit (pkgs) linuxPackages;
in
{
  boot.kernelPackages = kernels;
  boot.extraModulePackages = [ linuxPackages.rtl8821ce ] ++ [ kernels.acpi_call ];
}"#,
        &expect![[r#"
            wrong 8:32 other-set: linuxPackages.rtl8821ce
              `rtl8821ce` is built for the kernel of `pkgs.linuxPackages`, and the system's kernel is of `pkgs.linuxKernel.packages.linux_6_6`
              help: `config.boot.kernelPackages.rtl8821ce`, which is right for whatever kernel is chosen
        "#]],
    );
    check(
        r#"{ pkgs, lib, ... }: { boot.extraModulePackages = lib.optionals true [ pkgs.linuxPackages_zen.v4l2loopback ]; }"#,
        &expect![[r#"
            note 1:71 fixed-set: pkgs.linuxPackages_zen.v4l2loopback
              `v4l2loopback` is built for the kernel of `pkgs.linuxPackages_zen`, whatever `boot.kernelPackages` is; as soon as that is another kernel, the build says: inconsistent kernel versions
              help: `config.boot.kernelPackages.v4l2loopback`, which is right for whatever kernel is chosen
        "#]],
    );
    check(
        r#"{ boot.extraModulePackages = [ "v4l2loopback" ]; boot.kernelModules = [ "v4l2loopback" ]; }"#,
        &expect![[r#"
            wrong 1:32 no-package-but-text: "v4l2loopback"
              boot.extraModulePackages takes packages, and this is a text
              help: `boot.extraModulePackages = [ config.boot.kernelPackages.v4l2loopback ];`; names of modules stand in boot.kernelModules
        "#]],
    );
}

#[test]
fn kernels_for_sets() {
    check(
        r#"{ pkgs, ... }: { boot.kernelPackages = pkgs.linux_6_12; }"#,
        &expect![[r#"
            wrong 1:40 kernel-for-set: pkgs.linux_6_12
              `pkgs.linux_6_12` is a kernel; boot.kernelPackages has to be a package set
              help: `boot.kernelPackages = pkgs.linuxPackagesFor pkgs.linux_6_12;`
        "#]],
    );
    check(
        r#"{ pkgs, lib, ... }: { boot.kernelPackages = lib.mkForce pkgs.linuxKernel.kernels.linux_zen; }"#,
        &expect![[r#"
            wrong 1:57 kernel-for-set: pkgs.linuxKernel.kernels.linux_zen
              `pkgs.linuxKernel.kernels.linux_zen` is a kernel; boot.kernelPackages has to be a package set
              help: `boot.kernelPackages = pkgs.linuxPackagesFor pkgs.linuxKernel.kernels.linux_zen;`
        "#]],
    );
}

/// The file beside it is module.nix, which takes `kernel` and `kernelModuleMakeFlags`.
#[test]
fn callers() {
    check(
        r#"{ config, pkgs, ... }:
let
  hello = pkgs.callPackage ./module.nix {
    # Make sure the module targets the same kernel as your system is using.
    kernel = config.boot.kernelPackages.kernel;
  };
in
{
  boot.extraModulePackages = [ hello ];
}"#,
        &expect![[r#"
            wrong 3:11 called-by-pkgs: pkgs.callPackage ./module.nix { # Make sure the module targets the same kernel as your system is usi…
              ./module.nix takes `kernelModuleMakeFlags`, which `pkgs` has not: it belongs to the package set of one kernel
              help: `config.boot.kernelPackages.callPackage ./module.nix { }`, without `kernel`, which the set has too
        "#]],
    );
    check(
        r#"{ config, pkgs, ... }: { boot.extraModulePackages = [ (pkgs.callPackage ./module.nix { inherit (config.boot.kernelPackages) kernel; }) ]; }"#,
        &expect![[r#"
            wrong 1:56 called-by-pkgs: pkgs.callPackage ./module.nix { inherit (config.boot.kernelPackages) kernel; }
              ./module.nix takes `kernelModuleMakeFlags`, which `pkgs` has not: it belongs to the package set of one kernel
              help: `config.boot.kernelPackages.callPackage ./module.nix { }`, without `kernel`, which the set has too
        "#]],
    );
    check(
        r#"{ pkgs, ... }: { boot.extraModulePackages = [ (pkgs.callPackage ./module.nix { }) ]; }"#,
        &expect![[r#"
            wrong 1:48 called-by-pkgs: pkgs.callPackage ./module.nix { }
              ./module.nix takes `kernelModuleMakeFlags`, which `pkgs` has not: it belongs to the package set of one kernel
              help: `config.boot.kernelPackages.callPackage ./module.nix { }`, without `kernel`, which the set has too
        "#]],
    );
    check(
        r#"{ config, pkgs, ... }: pkgs.callPackage ./elsewhere.nix { kernel = config.boot.kernelPackages.kernel; }"#,
        &expect![[r#"
            note 1:24 kernel-handed-over: pkgs.callPackage ./elsewhere.nix { kernel = config.boot.kernelPackages.kernel; }
              `pkgs.callPackage` hands over this kernel and nothing else of its set: no `kernelModuleMakeFlags`, which name the compiler, the architecture and the output folder of its build
              help: `config.boot.kernelPackages.callPackage ./elsewhere.nix { }`, without `kernel`, which the set has too
        "#]],
    );
    check(
        r#"{ config, pkgs, ... }: pkgs.linuxPackages.callPackage ./module.nix { kernel = config.boot.kernelPackages.kernel; }"#,
        &expect![[r#"
            wrong 1:24 two-sets: pkgs.linuxPackages.callPackage ./module.nix { kernel = config.boot.kernelPackages.kernel; }
              the flags are those of `pkgs.linuxPackages`, and the kernel is `config.boot.kernelPackages.kernel`: the module is built with the headers of one and for the name of the other
              help: `config.boot.kernelPackages.callPackage ./module.nix { }`, without `kernel`, which the set has too
        "#]],
    );
}

#[test]
fn packages_of_modules() {
    check(
        r#"{ stdenv, kernel }: stdenv.mkDerivation { makeFlags = kernel.makeFlags ++ [ "KDIR=${kernel.dev}/lib/modules/${kernel.modDirVersion}/build" ]; }"#,
        &expect![[r#"
            wrong 1:55 kernel-flags: kernel.makeFlags
              `kernel.makeFlags` are the flags that the kernel itself was built with: `O=$(buildRoot)` and others that mislead the build of a module
              help: take `kernelModuleMakeFlags` as an argument: `makeFlags = kernelModuleMakeFlags ++ [ ... ];`
        "#]],
    );
    check(
        r#"{ stdenv, kernel }: stdenv.mkDerivation { makeFlags = kernel.moduleMakeFlags; }"#,
        &expect![[r#"
            wrong 1:55 flags-of-january: kernel.moduleMakeFlags
              `kernel.moduleMakeFlags` existed for some days of January 2025; the flags are an attribute of the kernel's package set now
              help: take `kernelModuleMakeFlags` as an argument: `makeFlags = kernelModuleMakeFlags ++ [ ... ];`
        "#]],
    );
    check(
        r#"{ stdenv, kernel, kernelModuleMakeFlags }:
stdenv.mkDerivation {
  makeFlags = kernelModuleMakeFlags ++ [ "KDIR=/lib/modules/$(shell uname -r)/build" ];
  env.NIX_CFLAGS_COMPILE = "-Wno-error";
  installFlags = [ "INSTALL_MOD_PATH=$out" ];
}"#,
        &expect![[r#"
            wrong 3:42 kernel-of-uname: "KDIR=/lib/modules/$(shell uname -r)/build"
              that is a folder of the machine that builds, if it is there at all; Nix builds for the kernel of an expression
              help: `"KDIR=${kernel.dev}/lib/modules/${kernel.modDirVersion}/build"`
            note 4:3 flags-unseen: env.NIX_CFLAGS_COMPILE = "-Wno-error";
              the module's compiler does not see it: kernelModuleMakeFlags names the bare compiler, and only nixpkgs' wrapper reads NIX_CFLAGS_COMPILE
              help: `makeFlags = kernelModuleMakeFlags ++ [ "KCFLAGS=-Wno-error" ];`; programs beside the module do see it
            wrong 5:20 no-shell: "INSTALL_MOD_PATH=$out"
              no shell reads the flags: make takes `$o` for a variable of one letter, which is empty, so that `INSTALL_MOD_PATH=$out` comes to `INSTALL_MOD_PATH=ut`
              help: `"INSTALL_MOD_PATH=${placeholder "out"}"` for an output; or `$(out)`, which make takes from the environment
        "#]],
    );
    check(
        r#"{ stdenv, kernel, kernelModuleMakeFlags }:
stdenv.mkDerivation {
  makeFlags = kernelModuleMakeFlags;
  buildFlags = [ "KDIR=${kernel}/lib/modules/${kernel.version}/build" ];
  installTargets = [ "modules_install" ];
  postInstall = "xz $out/lib/modules/*/extra/hello.ko";
}"#,
        &expect![[r#"
            wrong 4:24 not-in-out: ${kernel}
              `kernel` means its output `out`, which has the image and no modules: headers are in `dev`, and modules, since 25.11, in `modules`
              help: `${kernel.dev}/lib/modules/...` for `build` and `source`
              help: `${lib.getOutput "modules" kernel}/lib/modules/...` for modules, which works with older nixpkgs too
            note 4:46 version-for-release: ${kernel.version}
              the folder is called by `modDirVersion`; `version` is the same only where nothing is added to it: not for release candidates, zen, xanmod, or a LOCALVERSION
              help: `${kernel.modDirVersion}`
            wrong 5:20 no-module-path: [ "modules_install" ]
              modules_install without INSTALL_MOD_PATH installs into /lib of the machine that builds
              help: `installFlags = [ "INSTALL_MOD_PATH=${placeholder "out"}" ];`
            note 6:17 xz: "xz $out/lib/modules/*/extra/hello.ko"
              xz checks by crc64 unless it is told otherwise, as nixpkgs of August 2026 and later does by kernel.moduleBuildDependencies; a kernel that unpacks modules itself (CONFIG_MODULE_DECOMPRESS) can't read that: decompression failed with status 6
              help: leave modules uncompressed; or `xz --check=crc32 --lzma2=dict=1MiB`, as Kbuild does
        "#]],
    );
    check(
        r#"{ config, ... }: { environment.etc.modules.source = "${config.boot.kernelPackages.kernel}/lib/modules/"; }"#,
        &expect![[r#"
            wrong 1:54 not-in-out: ${config.boot.kernelPackages.kernel}
              `config.boot.kernelPackages.kernel` means its output `out`, which has the image and no modules: headers are in `dev`, and modules, since 25.11, in `modules`
              help: `${config.boot.kernelPackages.kernel.dev}/lib/modules/...` for `build` and `source`
              help: `${lib.getOutput "modules" config.boot.kernelPackages.kernel}/lib/modules/...` for modules, which works with older nixpkgs too
        "#]],
    );
}

/// Nothing is said to what is right, or may be.
#[test]
fn good_ones() {
    check(
        r#"{ config, pkgs, ... }:
{
  boot.kernelPackages = pkgs.linuxPackages_6_12;
  boot.extraModulePackages = with config.boot.kernelPackages; [ v4l2loopback (callPackage ./module.nix { }) ];
  boot.kernelModules = [ "qc71-laptop" "v4l2loopback" ];
}"#,
        &expect![[""]],
    );
    check(
        r#"{ config, pkgs, ... }: { boot.kernelPackages = pkgs.linuxPackages_6_12; boot.extraModulePackages = [ pkgs.linuxPackages_6_12.v4l2loopback ]; }"#,
        &expect![[""]],
    );
    check(
        r#"{ config, pkgs, kernels, ... }: { boot.kernelPackages = kernels; boot.extraModulePackages = [ pkgs.linuxPackages.foo ]; }"#,
        &expect![[""]],
    );
    check(
        r#"{ pkgs, linuxPackages, ... }: { boot.kernelPackages = pkgs.linuxPackagesFor (pkgs.linux_6_12.override { }); boot.extraModulePackages = [ ]; }"#,
        &expect![[""]],
    );
    check(
        r#"{ config, pkgs, ... }: { hello = config.boot.kernelPackages.callPackage ./module.nix { }; perf = pkgs.callPackage ./tool.nix { kernel = config.boot.kernelPackages.kernel; }; }"#,
        &expect![[""]],
    );
    check(
        r#"{ config, pkgs, ... }: pkgs.callPackage ./module.nix { inherit (config.boot.kernelPackages) kernel kernelModuleMakeFlags; }"#,
        &expect![[""]],
    );
    check(
        r#"{ pkgs, ... }: pkgs.linuxPackages_6_6.callPackage ./module.nix { kernel = pkgs.linuxPackages_6_6.kernel; }"#,
        &expect![[""]],
    );
    check(
        r#"{ lib, stdenv, kernel, kernelModuleMakeFlags, kmod }:
stdenv.mkDerivation (finalAttrs: {
  nativeBuildInputs = [ kmod ] ++ kernel.moduleBuildDependencies;
  hardeningDisable = [ "pic" "format" ];
  disallowedReferences = [ kernel.dev ];
  makeFlags = kernelModuleMakeFlags ++ [
    "KDIR=${kernel.dev}/lib/modules/${kernel.modDirVersion}/build"
    "INSTALL_MOD_PATH=${placeholder "out"}"
    "M=$(PWD)"
    "V=$$x"
  ];
  installTargets = [ "modules_install" ];
  postPatch = ''
    substituteInPlace Makefile --replace-fail '/lib/modules/$(shell uname -r)/build' x --replace-fail modules_install "INSTALL_MOD_PATH=$out modules_install"
  '';
  postInstall = "xz --check=crc32 $out/hello.ko";
  version = "1.0-${kernel.version}";
  flags = kernel.makeFlags or [ ];
})"#,
        &expect![[""]],
    );
    check(
        r#"{ pkgs, lib }: { a = lib.getOutput "modules" pkgs.linux_6_12; b = "${lib.getOutput "modules" kernel}/lib/modules/"; c = "${kernel.modules}/lib/modules"; kernel = 1; d = kernel.version; }"#,
        &expect![[""]],
    );
    check(
        r#"self: super: { linuxPackages = super.linuxPackages.extend (final: prev: { hello = final.callPackage ./module.nix { }; }); }"#,
        &expect![[""]],
    );
}

#[test]
fn what_is_none_of_the_language() {
    check(
        "{ a = ; }",
        &expect![[r#"
        1:7: unexpected TOKEN_SEMICOLON at 6..7, wanted any of [TOKEN_L_PAREN, TOKEN_REC, TOKEN_L_BRACE, TOKEN_L_BRACK, TOKEN_STRING_START, TOKEN_IDENT]
    "#]],
    );
    check(
        "{\n  a = 1;",
        &expect![[r#"
        2:9: unexpected end of file
    "#]],
    );
    check(
        "",
        &expect![[r#"
        1:1: unexpected end of file
    "#]],
    );
}

/// Trees as deep as nobody writes them are walked, or refused by the parser.
#[test]
fn depth_is_no_danger() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("deep.nix");
    for (text, is_read) in [
        ("(".repeat(600), false),
        (format!("{}1{}", "[".repeat(60), "]".repeat(60)), true),
        (format!("{}1", "1+".repeat(600)), true),
        (format!("{}1", "x: ".repeat(60)), true),
    ] {
        fs::write(&path, text).expect("written");
        assert_eq!(read_configuration(&path).is_ok(), is_read);
    }
    assert!(read_configuration(Path::new("/nowhere/x.nix")).is_err());
}
