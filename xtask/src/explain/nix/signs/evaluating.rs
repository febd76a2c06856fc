// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the evaluation of a package set or of a NixOS configuration says. The words are those of Nix 2.26 to 2.34 and of nixpkgs
//! (lib/customisation.nix, nixos/modules/system/boot/kernel.nix, pkgs/stdenv/generic/check-meta.nix).

use super::{SIGN, Sign};

pub(super) const SIGNS: &[Sign] = &[
    Sign {
        name: "flags-from-pkgs",
        says: &[
            r#"called without required argument "kernelModuleMakeFlags" at {place}, did you mean"#,
            r#"called without required argument "kernelModuleMakeFlags" at {place}'"#,
        ],
        why: "`kernelModuleMakeFlags` belongs to the package set of one kernel: `pkgs.callPackage` does not know it, whatever `kernel` it is given",
        help: &[
            "call the function in {place} by the kernel's own set, without a `kernel` argument: `config.boot.kernelPackages.callPackage ./package.nix { }` in a NixOS configuration",
            "and outside of one: `pkgs.linuxPackages_6_12.callPackage ./package.nix { }`, or `(pkgs.linuxPackagesFor kernel).callPackage`",
        ],
        ..SIGN
    },
    Sign {
        name: "kernel-from-pkgs",
        says: &[
            r#"called without required argument "kernel" at {place}, did you mean"#,
            r#"called without required argument "kernel" at {place}'"#,
        ],
        why: "`pkgs` has no `kernel`: every package set of a kernel has its own",
        help: &[
            "call the function in {place} by the kernel's own set: `config.boot.kernelPackages.callPackage ./package.nix { }` in a NixOS configuration",
        ],
        ..SIGN
    },
    Sign {
        name: "flags-unknown",
        says: &["undefined variable 'kernelModuleMakeFlags'"],
        why: "`kernelModuleMakeFlags` is an argument that the kernel's package set hands to a package, and this function does not ask for it",
        help: &["add it to the function's arguments: `{ stdenv, kernel, kernelModuleMakeFlags }:`"],
        ..SIGN
    },
    Sign {
        name: "flags-of-kernel",
        says: &["attribute 'kernelModuleMakeFlags' missing", "attribute 'moduleMakeFlags' missing"],
        why: "the flags for modules are an attribute of the kernel's package set, `kernelModuleMakeFlags`, not of the kernel; `kernel.moduleMakeFlags` existed for some days of January 2025, and a nixpkgs before that has neither",
        help: &[
            "in the package: `{ stdenv, kernel, kernelModuleMakeFlags }:` and `makeFlags = kernelModuleMakeFlags;`, called by `config.boot.kernelPackages.callPackage`",
        ],
        ..SIGN
    },
    Sign {
        name: "kernel-for-set",
        says: &["attribute 'extend' missing"],
        near: &["kernelPackages.extend"],
        why: "`boot.kernelPackages` has to be a package set, which can be extended; this is a kernel, or a set made by hand",
        help: &[
            "`boot.kernelPackages = pkgs.linuxPackages_6_12;` for a kernel of nixpkgs",
            "`boot.kernelPackages = pkgs.linuxPackagesFor kernel;` for one of your own",
        ],
        ..SIGN
    },
    Sign {
        name: "no-override",
        says: &["attribute 'override' missing"],
        near: &["kernel.override"],
        why: "NixOS changes the kernel of `boot.kernelPackages` by its `override`, with a function of the former arguments; a kernel that was put together by hand has none",
        help: &[
            "`lib.makeOverridable ({ kernelPatches ? [ ], randstructSeed ? \"\", features ? { } }: KERNEL) { }`, where KERNEL has the attributes that NixOS reads",
            "for a kernel that is built already, `cargo xtask kernels import` writes such a package",
        ],
        ..SIGN
    },
    Sign {
        name: "no-config",
        says: &["attribute 'config' missing"],
        near: &["kernel.config", "kernelPackages.kernel"],
        why: "NixOS asks the kernel's `config` whether it has what the system needs; a kernel that was put together by hand has none",
        help: &[
            "give it the functions isSet, isYes, isNo, isModule, isEnabled, isDisabled and getValue over its .config, as pkgs/os-specific/linux/kernel/build.nix does",
            "for a kernel that is built already, `cargo xtask kernels import` writes them",
        ],
        ..SIGN
    },
    Sign {
        name: "config-without-functions",
        says: &["attribute 'is{function}' missing"],
        near: &["config.is{function}"],
        why: "the kernel's `config` has no function `is{function}`: NixOS asks it, the system's initrd even where `features` is there",
        help: &[
            "give `config` all of isSet, isYes, isNo, isModule, isEnabled, isDisabled and getValue, as pkgs/os-specific/linux/kernel/build.nix does",
        ],
        ..SIGN
    },
    Sign {
        name: "no-features",
        says: &["attribute 'features' missing"],
        near: &["kernel.features", "kernel) features"],
        why: "the kernel does not say what it can do; kernels of buildLinux have `features` in their passthru",
        help: &[
            "`features = { ia32Emulation = true; efiBootStub = true; };` as far as it is true; but where it is there, NixOS no longer checks the kernel's `config`",
        ],
        ..SIGN
    },
    Sign {
        name: "no-ia32",
        says: &["`hardware.graphics.enable32Bit` requires a kernel that supports 32-bit emulation"],
        why: "NixOS reads that from `kernel.features.ia32Emulation`, not from the kernel's configuration",
        help: &[
            "if the kernel has CONFIG_IA32_EMULATION=y, add `features.ia32Emulation = true;` to what it passes through",
        ],
        ..SIGN
    },
    Sign {
        name: "no-source",
        says: &["attribute 'src' missing"],
        near: &["cpupower", "kernel) version src", "kernel.src", "inherit (kernel)"],
        why: "programs that come with the kernel's sources, such as cpupower, are built from `kernel.src`, which a precompiled kernel has not",
        help: &[
            "give it the sources of the same upstream release as `src`, and `patches = [ ];`",
            "or leave the program out: `powerManagement.cpuFreqGovernor = null;` wants no cpupower",
        ],
        ..SIGN
    },
    Sign {
        name: "no-nohz-full",
        says: &["attribute 'nohz_full' missing"],
        why: "reading the kernel fails, and with it every module for it: the recipe of CachyOS's kernels has no such setting for the arguments that this one was made with",
        help: &[
            "take kernel and package set as one repository makes them, and change the kernel by that repository's own arguments",
        ],
        ..SIGN
    },
    Sign {
        name: "no-package",
        says: &["attribute '{package}' missing"],
        near: &["kernelPackages.{package}", "linuxPackages.{package}", "linuxPackages_latest.{package}"],
        why: "the kernel's package set has no `{package}`; names in it often have `_` where the module has `-`",
        help: &[
            "say what there is: `nix-instantiate --eval --strict -E 'builtins.attrNames (import <nixpkgs> { }).linuxPackages'`",
            "a package of your own: `config.boot.kernelPackages.callPackage ./{package}.nix { }`",
        ],
        ..SIGN
    },
    Sign {
        name: "kernel-attribute",
        says: &["attribute '{attribute}' missing"],
        near: &["kernel.{attribute}", "kernel.passthru.{attribute}", "inherit (kernel) {attribute}"],
        why: "something reads `kernel.{attribute}`, which this kernel does not have; kernels of nixpkgs' build.nix have it in their passthru",
        help: &[
            "hand it on: `KERNEL // { {attribute} = ...; }`, or in the passthru of the derivation",
            "for a kernel that is built already, `cargo xtask kernels import` writes all that nixpkgs reads",
        ],
        ..SIGN
    },
    Sign {
        name: "required-options",
        says: &[
            "- CONFIG_{option} is not enabled!",
            "- CONFIG_{option} is not yes!",
            "- CONFIG_{option} is not no!",
            "- CONFIG_{option} is not built as a module!",
            "- CONFIG_{option} is not disabled!",
        ],
        gathers: true,
        why: "NixOS needs the kernel to be configured otherwise, for {option}, and asks the kernel's `config`. If nearly everything is listed, `config` knows nothing: linuxManualConfig reads `configfile` only if that is a path, or with allowImportFromDerivation",
        help: &[
            "in linuxManualConfig: `configfile = ./kernel.config;`, a file of your own, or `allowImportFromDerivation = true;`",
            "if the kernel does lack them: `boot.kernelPatches = [ { name = \"needed\"; patch = null; structuredExtraConfig.OPTION = lib.kernel.yes; } ];`",
        ],
        ..SIGN
    },
    Sign {
        name: "two-kernels",
        says: &["The option `boot.kernelPackages' is defined multiple times"],
        why: "two modules of the configuration choose a kernel; a system has one",
        help: &["`boot.kernelPackages = lib.mkForce pkgs.linuxPackages_6_12;` in the one that counts"],
        ..SIGN
    },
    Sign {
        name: "import-from-derivation",
        says: &[
            "cannot build '{derivation}' during evaluation because the option 'allow-import-from-derivation' is disabled",
        ],
        near: &["linux", "kernel"],
        why: "something in the configuration of a kernel is read out of a file that has to be built first, {derivation}",
        help: &[
            "build the configuration once and keep the file beside the expression: `configfile = ./kernel.config;`",
        ],
        ..SIGN
    },
    Sign {
        name: "kernel-gone",
        says: &["error: linux {version} was removed because"],
        why: "nixpkgs keeps a series of kernels only for as long as upstream does, and {version} is gone",
        help: &[
            "`boot.kernelPackages = pkgs.linuxPackages;`, the newest with long support, or another that nixpkgs has",
        ],
        ..SIGN
    },
    Sign {
        name: "broken-module",
        says: &["efusing to evaluate package '{package}' in {place} because it has problems:"],
        then: &["- broken"],
        ..BROKEN
    },
    // Before nixpkgs 26.11.
    Sign {
        name: "broken-module-formerly",
        says: &[
            "efusing to evaluate package '{package}' in {place} because it is marked as broken",
            "Package '{package}' in {place} is marked as broken, refusing to evaluate",
        ],
        ..BROKEN
    },
];

const BROKEN: Sign = Sign {
    near: &["os-specific/linux", "kernelPackages", "extraModulePackages", "linuxPackages"],
    why: "the package says itself, by `meta.broken`, that {package} does not build for this kernel; mostly the kernel is newer than the driver",
    help: &["use a kernel that it is known to build for: `boot.kernelPackages = pkgs.linuxPackages;`"],
    ..SIGN
};
