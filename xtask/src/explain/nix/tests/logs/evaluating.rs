// SPDX-License-Identifier: MIT OR Apache-2.0
//! Logs of evaluations.

use expect_test::expect;

use super::check;

/// Real, of Nix 2.34 and nixpkgs 26.11.
#[test]
fn callers_of_packages() {
    check(
        r#"       … while evaluating the option `boot.extraModulePackages':
       … while evaluating definitions from `/etc/nixos/callpackage.nix':
       (stack trace truncated; use '--show-trace' to show the full, detailed trace)
       error: evaluation aborted with the following error message: 'lib.customisation.callPackageWith: Function called without required argument "kernelModuleMakeFlags" at /etc/nixos/mod.nix:1'"#,
        &expect![[r#"
            wrong 4 flags-from-pkgs: error: evaluation aborted with the following error message: 'lib.customisation.callPackageWith: Function called without required argument "kernelModuleMakeFlags" at /etc/nixos/mod.nix:1'
              `kernelModuleMakeFlags` belongs to the package set of one kernel: `pkgs.callPackage` does not know it, whatever `kernel` it is given
              help: call the function in /etc/nixos/mod.nix:1 by the kernel's own set, without a `kernel` argument: `config.boot.kernelPackages.callPackage ./package.nix { }` in a NixOS configuration
              help: and outside of one: `pkgs.linuxPackages_6_12.callPackage ./package.nix { }`, or `(pkgs.linuxPackagesFor kernel).callPackage`
        "#]],
    );
    check(
        r#"       … while evaluating definitions from `/etc/nixos/callpackage2.nix':
       (stack trace truncated; use '--show-trace' to show the full, detailed trace)
       error: evaluation aborted with the following error message: 'lib.customisation.callPackageWith: Function called without required argument "kernel" at /etc/nixos/mod.nix:1, did you mean "fennel"?'"#,
        &expect![[r#"
            wrong 3 kernel-from-pkgs: error: evaluation aborted with the following error message: 'lib.customisation.callPackageWith: Function called without required argument "kernel" at /etc/nixos/mod.nix:1, did you mean "fennel"?'
              `pkgs` has no `kernel`: every package set of a kernel has its own
              help: call the function in /etc/nixos/mod.nix:1 by the kernel's own set: `config.boot.kernelPackages.callPackage ./package.nix { }` in a NixOS configuration
        "#]],
    );
    check(
        r#"error: undefined variable 'kernelModuleMakeFlags'
       at /etc/nixos/hello.nix:5:15:"#,
        &expect![[r#"
            wrong 1 flags-unknown: error: undefined variable 'kernelModuleMakeFlags'
              `kernelModuleMakeFlags` is an argument that the kernel's package set hands to a package, and this function does not ask for it
              help: add it to the function's arguments: `{ stdenv, kernel, kernelModuleMakeFlags }:`
        "#]],
    );
    check(
        r#"       (stack trace truncated; use '--show-trace' to show the full, detailed trace)
       error: attribute 'moduleMakeFlags' missing
       at /etc/nixos/mod2.nix:1:71:
            1| { stdenv, kernel }: stdenv.mkDerivation { name = "hello"; makeFlags = kernel.moduleMakeFlags; nativeBuildInputs = kernel.moduleBuildDependencies; }
             |                                                                       ^
            2|"#,
        &expect![[r#"
            wrong 2 flags-of-kernel: error: attribute 'moduleMakeFlags' missing
              the flags for modules are an attribute of the kernel's package set, `kernelModuleMakeFlags`, not of the kernel; `kernel.moduleMakeFlags` existed for some days of January 2025, and a nixpkgs before that has neither
              help: in the package: `{ stdenv, kernel, kernelModuleMakeFlags }:` and `makeFlags = kernelModuleMakeFlags;`, called by `config.boot.kernelPackages.callPackage`
        "#]],
    );
    check(
        r#"       (stack trace truncated; use '--show-trace' to show the full, detailed trace)
       error: attribute 'qc71-laptop' missing
       at /etc/nixos/missingpkg.nix:1:55:
            1| { pkgs, config, ... }: { boot.extraModulePackages = [ config.boot.kernelPackages.qc71-laptop ]; }
             |                                                       ^
            2|
       Did you mean qc71_laptop?"#,
        &expect![[r#"
            wrong 2 no-package: error: attribute 'qc71-laptop' missing
              the kernel's package set has no `qc71-laptop`; names in it often have `_` where the module has `-`
              help: say what there is: `nix-instantiate --eval --strict -E 'builtins.attrNames (import <nixpkgs> { }).linuxPackages'`
              help: a package of your own: `config.boot.kernelPackages.callPackage ./qc71-laptop.nix { }`
        "#]],
    );
}

/// Real, of both.
#[test]
fn kernels_made_by_hand() {
    check(
        r#"       error: attribute 'override' missing
       at /nixpkgs/nixos/modules/system/boot/kernel.nix:76:22:
           75|           self: super: {
           76|             kernel = super.kernel.override (originalArgs: {
             |                      ^
           77|               inherit randstructSeed;"#,
        &expect![[r#"
            wrong 1 no-override: error: attribute 'override' missing
              NixOS changes the kernel of `boot.kernelPackages` by its `override`, with a function of the former arguments; a kernel that was put together by hand has none
              help: `lib.makeOverridable ({ kernelPatches ? [ ], randstructSeed ? "", features ? { } }: KERNEL) { }`, where KERNEL has the attributes that NixOS reads
              help: for a kernel that is built already, `cargo xtask kernels import` writes such a package
        "#]],
    );
    check(
        r#"       error: attribute 'config' missing
       at /nixpkgs/nixos/modules/system/boot/kernel.nix:503:19:
          502|           let
          503|             cfg = config.boot.kernelPackages.kernel.config;
             |                   ^
          504|           in"#,
        &expect![[r#"
            wrong 1 no-config: error: attribute 'config' missing
              NixOS asks the kernel's `config` whether it has what the system needs; a kernel that was put together by hand has none
              help: give it the functions isSet, isYes, isNo, isModule, isEnabled, isDisabled and getValue over its .config, as pkgs/os-specific/linux/kernel/build.nix does
              help: for a kernel that is built already, `cargo xtask kernels import` writes them
        "#]],
    );
    check(
        r#"       error: attribute 'isSet' missing
       at /nixpkgs/nixos/modules/system/boot/systemd/initrd.nix:54:5:
           53|     in
           54|     kconfig.isSet "MODULES" -> kconfig.isYes "MODULES";
             |     ^
           55|"#,
        &expect![[r#"
            wrong 1 config-without-functions: error: attribute 'isSet' missing
              the kernel's `config` has no function `isSet`: NixOS asks it, the system's initrd even where `features` is there
              help: give `config` all of isSet, isYes, isNo, isModule, isEnabled, isDisabled and getValue, as pkgs/os-specific/linux/kernel/build.nix does
        "#]],
    );
    check(
        r#"       error: attribute 'src' missing
       at /nixpkgs/pkgs/os-specific/linux/cpupower/default.nix:13:28:
           12|   pname = "cpupower";
           13|   inherit (kernel) version src patches;
             |                            ^
           14|"#,
        &expect![[r#"
            wrong 1 no-source: error: attribute 'src' missing
              programs that come with the kernel's sources, such as cpupower, are built from `kernel.src`, which a precompiled kernel has not
              help: give it the sources of the same upstream release as `src`, and `patches = [ ];`
              help: or leave the program out: `powerManagement.cpuFreqGovernor = null;` wants no cpupower
        "#]],
    );
    check(
        r#"       error: attribute 'modDirVersion' missing
       at /nixpkgs/nixos/modules/system/activation/bootspec.nix:29:130:
           28|                 system = config.boot.kernelPackages.stdenv.hostPlatform.system;
           29|                 label = "${config.system.nixos.distroName} ${config.system.nixos.codeName} ${config.system.nixos.label} (Linux ${config.boot.kernelPackages.kernel.modDirVersion})";
             |                                                                                                                                  ^
           30|               }"#,
        &expect![[r#"
            wrong 1 kernel-attribute: error: attribute 'modDirVersion' missing
              something reads `kernel.modDirVersion`, which this kernel does not have; kernels of nixpkgs' build.nix have it in their passthru
              help: hand it on: `KERNEL // { modDirVersion = ...; }`, or in the passthru of the derivation
              help: for a kernel that is built already, `cargo xtask kernels import` writes all that nixpkgs reads
        "#]],
    );
    check(
        r#"       error: attribute 'extend' missing
       at /nixpkgs/nixos/modules/system/boot/kernel.nix:74:9:
           73|         kernelPackages:
           74|         kernelPackages.extend (
             |         ^
           75|           self: super: {"#,
        &expect![[r#"
            wrong 1 kernel-for-set: error: attribute 'extend' missing
              `boot.kernelPackages` has to be a package set, which can be extended; this is a kernel, or a set made by hand
              help: `boot.kernelPackages = pkgs.linuxPackages_6_12;` for a kernel of nixpkgs
              help: `boot.kernelPackages = pkgs.linuxPackagesFor kernel;` for one of your own
        "#]],
    );
    check(
        r#"       error: attribute 'features' missing
       at /etc/nixos/kernel.nix:9:41:
            9|   features = lib.recursiveUpdate super.kernel.features features;
             |                                  ^"#,
        &expect![[r#"
            wrong 1 no-features: error: attribute 'features' missing
              the kernel does not say what it can do; kernels of buildLinux have `features` in their passthru
              help: `features = { ia32Emulation = true; efiBootStub = true; };` as far as it is true; but where it is there, NixOS no longer checks the kernel's `config`
        "#]],
    );
    check(
        r#"       error: attribute 'withRust' missing
       at /etc/nixos/module.nix:9:41:
            9|   meta.broken = !kernel.withRust;
             |                  ^"#,
        &expect![[r#"
            wrong 1 kernel-attribute: error: attribute 'withRust' missing
              something reads `kernel.withRust`, which this kernel does not have; kernels of nixpkgs' build.nix have it in their passthru
              help: hand it on: `KERNEL // { withRust = ...; }`, or in the passthru of the derivation
              help: for a kernel that is built already, `cargo xtask kernels import` writes all that nixpkgs reads
        "#]],
    );
}

/// Real, but for the last.
#[test]
fn what_nixos_asserts() {
    check(
        r#"       Failed assertions:
       - CONFIG_DMIID is not enabled!
       - CONFIG_TMPFS_POSIX_ACL is not enabled!
       - CONFIG_TMPFS_XATTR is not enabled!
       - CONFIG_TMPFS is not yes!
       - `hardware.graphics.enable32Bit` requires a kernel that supports 32-bit emulation"#,
        &expect![[r#"
            wrong 2 required-options: - CONFIG_DMIID is not enabled!
              NixOS needs the kernel to be configured otherwise, for DMIID, TMPFS_POSIX_ACL, TMPFS_XATTR, TMPFS, and asks the kernel's `config`. If nearly everything is listed, `config` knows nothing: linuxManualConfig reads `configfile` only if that is a path, or with allowImportFromDerivation
              help: in linuxManualConfig: `configfile = ./kernel.config;`, a file of your own, or `allowImportFromDerivation = true;`
              help: if the kernel does lack them: `boot.kernelPatches = [ { name = "needed"; patch = null; structuredExtraConfig.OPTION = lib.kernel.yes; } ];`
            wrong 6 no-ia32: - `hardware.graphics.enable32Bit` requires a kernel that supports 32-bit emulation
              NixOS reads that from `kernel.features.ia32Emulation`, not from the kernel's configuration
              help: if the kernel has CONFIG_IA32_EMULATION=y, add `features.ia32Emulation = true;` to what it passes through
        "#]],
    );
    check(
        r#"- CONFIG_A is not no!
- CONFIG_B is not built as a module!
- CONFIG_C is not disabled!
- CONFIG_X0 is not enabled!
- CONFIG_X1 is not enabled!
- CONFIG_X2 is not enabled!
- CONFIG_X3 is not enabled!
- CONFIG_X4 is not enabled!
- CONFIG_X5 is not enabled!
- CONFIG_X6 is not enabled!
- CONFIG_X7 is not enabled!
- CONFIG_X8 is not enabled!
- CONFIG_X9 is not enabled!
- CONFIG_X10 is not enabled!
- CONFIG_X11 is not enabled!
- CONFIG_X12 is not enabled!
- CONFIG_X13 is not enabled!
- CONFIG_X14 is not enabled!
- CONFIG_X15 is not enabled!
- CONFIG_X16 is not enabled!
- CONFIG_X17 is not enabled!
- CONFIG_X18 is not enabled!
- CONFIG_X19 is not enabled!"#,
        &expect![[r#"
            wrong 1 required-options: - CONFIG_A is not no!
              NixOS needs the kernel to be configured otherwise, for A, B, C, X0, X1, X2, X3, X4, X5, X6, X7, X8 and 11 more, and asks the kernel's `config`. If nearly everything is listed, `config` knows nothing: linuxManualConfig reads `configfile` only if that is a path, or with allowImportFromDerivation
              help: in linuxManualConfig: `configfile = ./kernel.config;`, a file of your own, or `allowImportFromDerivation = true;`
              help: if the kernel does lack them: `boot.kernelPatches = [ { name = "needed"; patch = null; structuredExtraConfig.OPTION = lib.kernel.yes; } ];`
        "#]],
    );
}

/// Real, but for the last two and the older words of a broken package.
#[test]
fn choices() {
    check(
        r#"       error: The option `boot.kernelPackages' is defined multiple times while it's expected to be unique.
       Definition values:
       - In `/etc/nixos/conflict.nix'
       - In `/etc/nixos/conflict.nix'
       Use `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions."#,
        &expect![[r#"
            wrong 1 two-kernels: error: The option `boot.kernelPackages' is defined multiple times while it's expected to be unique.
              two modules of the configuration choose a kernel; a system has one
              help: `boot.kernelPackages = lib.mkForce pkgs.linuxPackages_6_12;` in the one that counts
        "#]],
    );
    check(
        r#"error: cannot build '/nix/store/w36f4ba3sxqfcq7h521j46ij6rv5jl8k-linux-config-6.6.143.drv^out' during evaluation because the option 'allow-import-from-derivation' is disabled"#,
        &expect![[r#"
            wrong 1 import-from-derivation: error: cannot build '/nix/store/w36f4ba3sxqfcq7h521j46ij6rv5jl8k-linux-config-6.6.143.drv^out' during evaluation because the option 'allow-import-from-derivation' is disabled
              something in the configuration of a kernel is read out of a file that has to be built first, /nix/store/w36f4ba3sxqfcq7h521j46ij6rv5jl8k-linux-config-6.6.143.drv^out
              help: build the configuration once and keep the file beside the expression: `configfile = ./kernel.config;`
        "#]],
    );
    check(
        r#"error: linux 5.4 was removed because it will reach its end of life within 25.11"#,
        &expect![[r#"
            wrong 1 kernel-gone: error: linux 5.4 was removed because it will reach its end of life within 25.11
              nixpkgs keeps a series of kernels only for as long as upstream does, and 5.4 is gone
              help: `boot.kernelPackages = pkgs.linuxPackages;`, the newest with long support, or another that nixpkgs has
        "#]],
    );
    check(
        r#"error: Refusing to evaluate package 'zfs-kernel-2.3.4-7.1.2' in /nixpkgs/pkgs/os-specific/linux/zfs/generic.nix:301 because it is marked as broken"#,
        &expect![[r#"
            wrong 1 broken-module-formerly: error: Refusing to evaluate package 'zfs-kernel-2.3.4-7.1.2' in /nixpkgs/pkgs/os-specific/linux/zfs/generic.nix:301 because it is marked as broken
              the package says itself, by `meta.broken`, that zfs-kernel-2.3.4-7.1.2 does not build for this kernel; mostly the kernel is newer than the driver
              help: use a kernel that it is known to build for: `boot.kernelPackages = pkgs.linuxPackages;`
        "#]],
    );
    check(
        r#"       error: Refusing to evaluate package 'rtl8192eu-7.1.2-4.4.1.20250504' in /nixpkgs/pkgs/os-specific/linux/rtl8192eu/default.nix:46 because it has problems:
       - broken: This package is broken."#,
        &expect![[r#"
            wrong 1 broken-module: error: Refusing to evaluate package 'rtl8192eu-7.1.2-4.4.1.20250504' in /nixpkgs/pkgs/os-specific/linux/rtl8192eu/default.nix:46 because it has problems:
              the package says itself, by `meta.broken`, that rtl8192eu-7.1.2-4.4.1.20250504 does not build for this kernel; mostly the kernel is newer than the driver
              help: use a kernel that it is known to build for: `boot.kernelPackages = pkgs.linuxPackages;`
        "#]],
    );
    check(
        r#"       error: Refusing to evaluate package 'nvidia-x11-610-7.1.2' in /nixpkgs/pkgs/os-specific/linux/nvidia-x11/generic.nix:4 because it has problems:
       - unfree: it has an unfree licence."#,
        &expect![[""]],
    );
    check(
        r#"       error: Package ‘rtl8192eu-6.18.2-4.4.1.20250101’ in /nixpkgs/pkgs/os-specific/linux/rtl8192eu/default.nix:40 is marked as broken, refusing to evaluate."#,
        &expect![[r#"
            wrong 1 broken-module-formerly: error: Package 'rtl8192eu-6.18.2-4.4.1.20250101' in /nixpkgs/pkgs/os-specific/linux/rtl8192eu/default.nix:40 is marked as broken, refusing to evaluate.
              the package says itself, by `meta.broken`, that rtl8192eu-6.18.2-4.4.1.20250101 does not build for this kernel; mostly the kernel is newer than the driver
              help: use a kernel that it is known to build for: `boot.kernelPackages = pkgs.linuxPackages;`
        "#]],
    );
    check(
        r#"  kvmfr = «error: attribute 'nohz_full' missing»;"#,
        &expect![[r#"
            wrong 1 no-nohz-full: kvmfr = «error: attribute 'nohz_full' missing»;
              reading the kernel fails, and with it every module for it: the recipe of CachyOS's kernels has no such setting for the arguments that this one was made with
              help: take kernel and package set as one repository makes them, and change the kernel by that repository's own arguments
        "#]],
    );
}

/// Errors that have the same words and are about something else.
#[test]
fn other_evaluations_are_left_alone() {
    check(
        r#"error: attribute 'config' missing
       at /etc/nixos/flake.nix:12:5:
           11|   let
           12|     x = home.config;
             |         ^"#,
        &expect![[""]],
    );
    check(
        r#"error: attribute 'override' missing
       at /nixpkgs/pkgs/foo/default.nix:1:2:
            1| foo.override { }"#,
        &expect![[""]],
    );
    check(
        r#"error: attribute 'src' missing
       at /etc/nixos/x.nix:3:1:
            3|   inherit (package) src;"#,
        &expect![[""]],
    );
    check(
        r#"error: Package ‘python2’ in /nixpkgs/pkgs/development/python2.nix:1 is marked as broken, refusing to evaluate."#,
        &expect![[""]],
    );
    check(
        r#"error: undefined variable 'kernel'
error: infinite recursion encountered"#,
        &expect![[""]],
    );
    check(
        r#"error: evaluation aborted with the following error message: 'lib.customisation.callPackageWith: Function called without required argument "kernelLib" at /x.nix:1'"#,
        &expect![[""]],
    );
    check(r#""/nix/store/wvdr3lfbb0pdsnsy2q40pg368b7zh4r6-nixos-system-nixos-26.11pre-git.drv""#, &expect![[""]]);
}
