// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is wrong in a file of Nix's language before anything is built, as a table. Its texts have holes like those of signs in logs.

use crate::explain::nix::signs::Weight;

/// Something that a file can have. `super` says where.
#[derive(Debug)]
pub(in crate::explain::nix) struct Rule {
    pub(in crate::explain::nix) name: &'static str,
    /// What it looks like, for docs/nix-problems.md.
    #[cfg_attr(not(test), expect(dead_code, reason = "the document is made of it, by a test"))]
    pub(in crate::explain::nix) shows: &'static str,
    pub(in crate::explain::nix) weight: Weight,
    pub(in crate::explain::nix) why: &'static str,
    pub(in crate::explain::nix) help: &'static [&'static str],
}

/// The row of a name.
pub(super) fn rule(name: &str) -> &'static Rule {
    RULES.iter().find(|rule| rule.name == name).expect("who looks for something has a row for it")
}

pub(in crate::explain::nix) const RULES: &[Rule] = &[
    Rule {
        name: "other-set",
        shows: "boot.kernelPackages = pkgs.linuxPackages_6_12; boot.extraModulePackages = [ pkgs.linuxPackages.foo ];",
        weight: Weight::Wrong,
        why: "`{package}` is built for the kernel of `{set}`, and the system's kernel is of `{kernels}`",
        help: &["`config.boot.kernelPackages.{package}`, which is right for whatever kernel is chosen"],
    },
    Rule {
        name: "fixed-set",
        shows: "boot.extraModulePackages = [ pkgs.linuxPackages.foo ];",
        weight: Weight::Note,
        why: "`{package}` is built for the kernel of `{set}`, whatever `boot.kernelPackages` is; as soon as that is another kernel, the build says: inconsistent kernel versions",
        help: &["`config.boot.kernelPackages.{package}`, which is right for whatever kernel is chosen"],
    },
    Rule {
        name: "no-package-but-text",
        shows: "boot.extraModulePackages = [ \"foo\" ];",
        weight: Weight::Wrong,
        why: "boot.extraModulePackages takes packages, and this is a text",
        help: &[
            "`boot.extraModulePackages = [ config.boot.kernelPackages.{package} ];`; names of modules stand in boot.kernelModules",
        ],
    },
    Rule {
        name: "kernel-for-set",
        shows: "boot.kernelPackages = pkgs.linux_6_12;",
        weight: Weight::Wrong,
        why: "`{kernel}` is a kernel; boot.kernelPackages has to be a package set",
        help: &["`boot.kernelPackages = pkgs.linuxPackagesFor {kernel};`"],
    },
    Rule {
        name: "called-by-pkgs",
        shows: "pkgs.callPackage ./foo.nix { kernel = config.boot.kernelPackages.kernel; }, where foo.nix takes kernelModuleMakeFlags",
        weight: Weight::Wrong,
        why: "{file} takes `{argument}`, which `pkgs` has not: it belongs to the package set of one kernel",
        help: &["`config.boot.kernelPackages.callPackage {file} { }`, without `kernel`, which the set has too"],
    },
    Rule {
        name: "kernel-handed-over",
        shows: "pkgs.callPackage ./foo.nix { kernel = config.boot.kernelPackages.kernel; }",
        weight: Weight::Note,
        why: "`pkgs.callPackage` hands over this kernel and nothing else of its set: no `kernelModuleMakeFlags`, which name the compiler, the architecture and the output folder of its build",
        help: &["`config.boot.kernelPackages.callPackage {file} { }`, without `kernel`, which the set has too"],
    },
    Rule {
        name: "two-sets",
        shows: "pkgs.linuxPackages.callPackage ./foo.nix { kernel = config.boot.kernelPackages.kernel; }",
        weight: Weight::Wrong,
        why: "the flags are those of `{set}`, and the kernel is `{kernel}`: the module is built with the headers of one and for the name of the other",
        help: &["`config.boot.kernelPackages.callPackage {file} { }`, without `kernel`, which the set has too"],
    },
    Rule {
        name: "kernel-flags",
        shows: "makeFlags = kernel.makeFlags;",
        weight: Weight::Wrong,
        why: "`{flags}` are the flags that the kernel itself was built with: `O=$(buildRoot)` and others that mislead the build of a module",
        help: &["take `kernelModuleMakeFlags` as an argument: `makeFlags = kernelModuleMakeFlags ++ [ ... ];`"],
    },
    Rule {
        name: "flags-of-january",
        shows: "makeFlags = kernel.moduleMakeFlags;",
        weight: Weight::Wrong,
        why: "`{flags}` existed for some days of January 2025; the flags are an attribute of the kernel's package set now",
        help: &["take `kernelModuleMakeFlags` as an argument: `makeFlags = kernelModuleMakeFlags ++ [ ... ];`"],
    },
    Rule {
        name: "flags-unseen",
        shows: "env.NIX_CFLAGS_COMPILE = \"-DFOO\"; beside makeFlags = kernelModuleMakeFlags;",
        weight: Weight::Note,
        why: "the module's compiler does not see it: kernelModuleMakeFlags names the bare compiler, and only nixpkgs' wrapper reads NIX_CFLAGS_COMPILE",
        help: &[
            "`makeFlags = kernelModuleMakeFlags ++ [ \"KCFLAGS={value}\" ];`; programs beside the module do see it",
        ],
    },
    Rule {
        name: "kernel-of-uname",
        shows: "makeFlags = [ \"KDIR=/lib/modules/$(shell uname -r)/build\" ];",
        weight: Weight::Wrong,
        why: "that is a folder of the machine that builds, if it is there at all; Nix builds for the kernel of an expression",
        help: &["`\"{variable}${kernel.dev}/lib/modules/${kernel.modDirVersion}/build\"`"],
    },
    Rule {
        name: "no-shell",
        shows: "installFlags = [ \"INSTALL_MOD_PATH=$out\" ];",
        weight: Weight::Wrong,
        why: "no shell reads the flags: make takes `{letter}` for a variable of one letter, which is empty, so that `{flag}` comes to `{value}`",
        help: &[
            "`\"{name}=${placeholder \"{variable}\"}\"` for an output; or `$({variable})`, which make takes from the environment",
        ],
    },
    Rule {
        name: "no-module-path",
        shows: "installTargets = [ \"modules_install\" ]; and no INSTALL_MOD_PATH in the file",
        weight: Weight::Wrong,
        why: "modules_install without INSTALL_MOD_PATH installs into /lib of the machine that builds",
        help: &["`installFlags = [ \"INSTALL_MOD_PATH=${placeholder \"out\"}\" ];`"],
    },
    Rule {
        name: "not-in-out",
        shows: "\"${kernel}/lib/modules/${kernel.modDirVersion}/build\"",
        weight: Weight::Wrong,
        why: "`{kernel}` means its output `out`, which has the image and no modules: headers are in `dev`, and modules, since 25.11, in `modules`",
        help: &[
            "`${{kernel}.dev}/lib/modules/...` for `build` and `source`",
            "`${lib.getOutput \"modules\" {kernel}}/lib/modules/...` for modules, which works with older nixpkgs too",
        ],
    },
    Rule {
        name: "version-for-release",
        shows: "\"${kernel.dev}/lib/modules/${kernel.version}/build\"",
        weight: Weight::Note,
        why: "the folder is called by `modDirVersion`; `version` is the same only where nothing is added to it: not for release candidates, zen, xanmod, or a LOCALVERSION",
        help: &["`${{kernel}.modDirVersion}`"],
    },
    Rule {
        name: "xz",
        shows: "postInstall = \"xz $out/lib/modules/*/extra/foo.ko\";",
        weight: Weight::Note,
        why: "xz checks by crc64 unless it is told otherwise, as nixpkgs of August 2026 and later does by kernel.moduleBuildDependencies; a kernel that unpacks modules itself (CONFIG_MODULE_DECOMPRESS) can't read that: decompression failed with status 6",
        help: &["leave modules uncompressed; or `xz --check=crc32 --lzma2=dict=1MiB`, as Kbuild does"],
    },
];
