// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the build of a module or a kernel says. The words are those of Kbuild, make, gcc and clang, of Nix 2.8 to 2.34, and of nixpkgs
//! (pkgs/os-specific/linux/kernel: build.nix, generate-config.pl; kmod/aggregator.nix; build-support/kernel/modules-closure.sh).

use super::{SIGN, Sign, Weight};

pub(super) const SIGNS: &[Sign] = &[
    Sign {
        name: "release-wrong",
        says: &["modDirVersion {given} specified in the Nix expression is wrong, it should be: {right}"],
        why: "the kernel calls itself {right}: its Makefile, CONFIG_LOCALVERSION or a file localversion* adds to the version; modules are looked for in the folder of that name",
        help: &["`modDirVersion = \"{right}\";` beside `version`"],
        ..SIGN
    },
    Sign {
        name: "several-releases",
        says: &["inconsistent kernel versions: {versions}"],
        why: "`boot.extraModulePackages` has a module that was built for another kernel than `boot.kernelPackages`: {versions}",
        help: &[
            "`boot.extraModulePackages = with config.boot.kernelPackages; [ foo ];`, never `pkgs.linuxPackages.foo`",
        ],
        ..SIGN
    },
    Sign {
        name: "no-kbuild-output",
        says: &[
            "mkdir: cannot create directory '.tmp_{number}': Permission denied",
            "/source/include/config/auto.conf: No such file or directory",
        ],
        why: "Kbuild takes the kernel's sources, which nobody may write to, for its output folder: kernels of nixpkgs have sources and build apart, and from upstream's 6.13 on a module's build without KBUILD_OUTPUT, or with the `O=` of `kernel.makeFlags`, does not find the second",
        help: &[
            "`makeFlags = kernelModuleMakeFlags ++ [ ... ];`, which has KBUILD_OUTPUT, and the package called by the kernel's set: `config.boot.kernelPackages.callPackage`",
            "by hand: `\"KBUILD_OUTPUT=${kernel.dev}/lib/modules/${kernel.modDirVersion}/build\"`",
        ],
        ..SIGN
    },
    Sign {
        name: "refers-to-headers",
        says: &["output '{output}' is not allowed to refer to the following paths:"],
        then: &["-linux-{kernel}-dev"],
        why: "the module's debugging information names files of linux-{kernel}-dev, so that whoever has the module would have all of the kernel's headers",
        help: &[
            "strip it while it is installed: `installFlags = [ \"INSTALL_MOD_STRIP=1\" \"INSTALL_MOD_PATH=${placeholder \"out\"}\" ];`",
            "a module that is compressed can't be stripped afterwards, and hides the reference: leave it uncompressed",
        ],
        ..SIGN
    },
    Sign {
        name: "hash",
        says: &["hash mismatch in fixed-output derivation '{derivation}'"],
        then: &["specified: {specified}", "got: {got}"],
        why: "what was fetched is not what the expression expects",
        help: &["if it is what you want: `hash = \"{got}\";`"],
        ..SIGN
    },
    Sign {
        name: "installs-into-lib",
        says: &[
            "cannot create directory '/lib'",
            "cannot create directory '/lib/modules",
            "cannot create directory '/usr/lib/modules",
            "cannot create regular file '/lib/modules",
            "cannot create regular file '/usr/lib/modules",
        ],
        why: "modules are installed below /lib of the machine that builds; INSTALL_MOD_PATH was not given, or the makefile does not hand it on",
        help: &[
            "`installTargets = [ \"modules_install\" ];` and `installFlags = [ \"INSTALL_MOD_PATH=${placeholder \"out\"}\" ];`",
            "if the makefile has its own `install`: `install -D foo.ko $out/lib/modules/${kernel.modDirVersion}/extra/foo.ko` in installPhase",
        ],
        ..SIGN
    },
    Sign {
        name: "kernel-of-uname",
        says: &[
            "make: *** /lib/modules/{release}/build: No such file or directory",
            "]: *** /lib/modules/{release}/build: No such file or directory",
        ],
        why: "the makefile looks for the headers of the kernel that runs, {release}, by `uname -r`; Nix builds for the kernel of an expression, and has no /lib/modules",
        help: &[
            "`makeFlags = kernelModuleMakeFlags ++ [ \"KDIR=${kernel.dev}/lib/modules/${kernel.modDirVersion}/build\" ];`; the variable's name is the makefile's: KDIR, KERNEL_DIR, KERNELDIR, KSRC",
            "if the makefile takes none: `postPatch = ''substituteInPlace Makefile --replace-fail '/lib/modules/$(shell uname -r)' '${kernel.dev}/lib/modules/${kernel.modDirVersion}''';`",
        ],
        ..SIGN
    },
    Sign {
        name: "headers-elsewhere",
        says: &["*** /nix/store/{kernel}/lib/modules/{release}/build: No such file or directory"],
        why: "{kernel} has no build folder for {release}: it is in the kernel's output `dev`, and its name is `modDirVersion`, which is not always the version",
        help: &["`${kernel.dev}/lib/modules/${kernel.modDirVersion}/build`"],
        ..SIGN
    },
    Sign {
        name: "interpreter",
        says: &[": bad interpreter: No such file or directory", ": cannot execute: required file not found"],
        why: "a script's first line names a program that a build has not, such as /usr/bin/env or /bin/bash",
        help: &["`postPatch = \"patchShebangs .\";`, with the interpreter in nativeBuildInputs"],
        ..SIGN
    },
    Sign {
        name: "no-compiler",
        says: &[
            "make: gcc: No such file or directory",
            "]: gcc: No such file or directory",
            "gcc: command not found",
            "make: cc: No such file or directory",
            "]: cc: No such file or directory",
            ": gcc: not found",
        ],
        why: "the makefile starts the compiler by a name that is not on the PATH: the kernel's compiler is named by kernelModuleMakeFlags, and other programs want `stdenv`, not `stdenvNoCC`",
        help: &[
            "`makeFlags = kernelModuleMakeFlags;`, which has CC=, and no fixed `gcc` in the makefile: `substituteInPlace Makefile --replace-fail gcc '$(CC)'`",
        ],
        ..SIGN
    },
    Sign {
        name: "kernel-of-clang",
        says: &[
            "The kernel was built by: clang version {version}",
            "unrecognized command-line option '-mllvm'",
            "unrecognized command-line option '-mstack-alignment=",
            "unrecognized command-line option '-fsplit-lto-unit'",
            "unrecognized command-line option '-mretpoline-external-thunk'",
            "unrecognized command-line option '-fsanitize=kcfi'",
            "unrecognized command-line option '-flto=thin'",
        ],
        near: &["gcc"],
        why: "the kernel was built by clang, and gcc is to build the module: flags and link time optimisation are clang's",
        help: &[
            "`makeFlags = kernelModuleMakeFlags;`, which names the kernel's compiler, `stdenv` of the kernel's package set, and no CC=gcc in the makefile",
            "programs beside the module are a derivation of their own, with `pkgs.stdenv`",
        ],
        ..SIGN
    },
    Sign {
        name: "kernel-of-gcc",
        says: &[
            "unknown argument: '-fconserve-stack'",
            "unknown argument: '-mrecord-mcount'",
            "unknown argument: '-mindirect-branch=thunk-extern'",
            "unknown argument: '-fno-allow-store-data-races'",
        ],
        near: &["clang"],
        why: "the kernel was built by gcc, and clang is to build the module",
        help: &["`makeFlags = kernelModuleMakeFlags;`, and no LLVM=1 or CC=clang in the makefile"],
        ..SIGN
    },
    Sign {
        name: "pic",
        says: &["code model kernel does not support PIC mode"],
        why: "nixpkgs' compiler makes position independent code unless it is told not to, which a kernel can't use",
        help: &[
            "`makeFlags = kernelModuleMakeFlags;`, which names the bare compiler; with an older nixpkgs also `hardeningDisable = [ \"pic\" ];`",
        ],
        ..SIGN
    },
    Sign {
        name: "format-security",
        says: &["format not a string literal and no format arguments [-Werror=format-security]"],
        near: &["CC [M]", "/lib/modules/"],
        why: "nixpkgs' compiler makes an error of that warning, which the kernel's own does not",
        help: &["`hardeningDisable = [ \"format\" ];`; or in the driver: `printk(\"%s\", text)`"],
        ..SIGN
    },
    Sign {
        name: "nothing-installed",
        says: &["failed to produce output path for output '{output}'"],
        why: "the build ended well and put nothing into `{output}`: stdenv installs by `make install`, which Kbuild's makefiles have not, or which installs elsewhere",
        help: &[
            "for a module: `installTargets = [ \"modules_install\" ];` and `installFlags = [ \"INSTALL_MOD_PATH=${placeholder \"out\"}\" ];`",
        ],
        ..SIGN
    },
    Sign {
        name: "no-install",
        says: &["No rule to make target 'install'."],
        why: "stdenv installs by `make install`, which this makefile has not; Kbuild's own target is modules_install",
        help: &[
            "`installTargets = [ \"modules_install\" ];` and `installFlags = [ \"INSTALL_MOD_PATH=${placeholder \"out\"}\" ];`",
        ],
        ..SIGN
    },
    Sign {
        name: "no-modules-install",
        says: &["No rule to make target 'modules_install'."],
        why: "the driver's makefile has no target modules_install; it is Kbuild's",
        help: &[
            "`makeFlags = kernelModuleMakeFlags ++ [ \"-C\" \"${kernel.dev}/lib/modules/${kernel.modDirVersion}/build\" \"M=$(PWD)\" ];`, so that Kbuild is asked itself",
        ],
        ..SIGN
    },
    Sign {
        name: "unused-option",
        says: &["error: unused option: {option}"],
        gathers: true,
        why: "Kconfig never asked for {option}: this release has no such option, or what it depends on is off",
        help: &[
            "leave it out, or let it be absent: `OPTION = lib.mkForce (lib.kernel.option lib.kernel.yes);` in structuredExtraConfig",
            "`ignoreConfigErrors = true;` makes warnings of all of them",
        ],
        ..SIGN
    },
    Sign {
        name: "unused-optional",
        says: &["warning: unused option: {option}"],
        weight: Weight::Note,
        gathers: true,
        why: "options that may be absent are absent: {option}; that stops nothing",
        ..SIGN
    },
    Sign {
        name: "option-refused",
        says: &["error: option not set correctly: {option} (wanted '{wanted}', got '{got}')"],
        why: "{option} is to be {wanted}, and Kconfig made it {got}: another option selects it, or what it depends on is not built in",
        help: &[
            "set what it depends on as well, or take what comes: `{option} = lib.mkForce (lib.kernel.option (lib.kernel.freeform \"{wanted}\"));`",
        ],
        ..SIGN
    },
    Sign {
        name: "choice-twice",
        says: &["conflicting answers! at "],
        why: "two options that are to be y are answers to one question of the kernel's, which the log has just above with all of its answers: one alone can be y",
        help: &[
            "set the others off beside it: `PREEMPT_VOLUNTARY = lib.mkForce lib.kernel.no;` beside `PREEMPT = lib.mkForce lib.kernel.yes;`",
            "a description (`nix/kernels/NAME.toml`) is told which two they are: docs/nix-kernels.md",
        ],
        ..SIGN
    },
    Sign {
        name: "option-of-another-type",
        says: &["repeated question: {question} at "],
        why: "the kernel does not take what was answered to \"{question}\", and asks again: m for an option that can't be a module, or a number out of its range; the line before, `QUESTION: ... NAME: ... ANSWER: ...`, has the option and the answer",
        help: &["give it a value that it can have: `lib.kernel.yes` in place of `lib.kernel.module`"],
        ..SIGN
    },
    Sign {
        name: "no-modules-to-choose",
        says: &["Can not derive a closure of kernel modules because no modules were provided."],
        why: "the initrd is to have modules, and what was given for the kernel's modules has none: since 25.11 they are in the kernel's output `modules`",
        help: &["`lib.getOutput \"modules\" kernel`, which also means `out` for kernels without that output"],
        ..SIGN
    },
    Sign {
        name: "initrd-module",
        says: &["modprobe: FATAL: Module {module} not found in directory /nix/store/{modules}/lib/modules/{release}"],
        why: "the initrd is to have the module {module}, which neither the kernel {release} nor `boot.extraModulePackages` has; it may be built in under another name, or not configured",
        help: &[
            "take it out of boot.initrd.availableKernelModules and boot.initrd.kernelModules: `lib.mkForce [ ... ]` if another module adds it",
            "or let it be absent: `boot.initrd.allowMissingModules = true;`",
        ],
        ..SIGN
    },
    Sign {
        name: "tools-patch",
        says: &["Hunk #{number} FAILED at", "Reversed (or previously applied) patch detected!", "Skipping patch."],
        near: &["cpupower", "usbip", "turbostat", "x86_energy_perf_policy"],
        why: "programs of the kernel's sources, such as cpupower, apply `kernel.patches` to `kernel.src`; these sources have the patches already, or are of another release",
        help: &[
            "in a precompiled kernel: `patches = [ ];`, and `src` of the same upstream release",
            "or for the one program: `cpupower = super.cpupower.overrideAttrs { patches = [ ]; };` in an extension of the package set",
        ],
        ..SIGN
    },
    Sign {
        name: "no-btf",
        says: &["Skipping BTF generation for {module} due to unavailability of vmlinux"],
        weight: Weight::Note,
        why: "harmless: the module is whole; only programs of BPF that read its types would miss them, and the headers lack the kernel's own",
        ..SIGN
    },
    Sign {
        name: "depmod",
        says: &[
            "Skipping depmod.",
            "depmod: WARNING: could not open modules.",
            "depmod: ERROR: could not open directory",
            "depmod: FATAL: could not search modules",
        ],
        weight: Weight::Note,
        why: "harmless in the package of a module: NixOS runs depmod itself, over all of the system's modules together",
        ..SIGN
    },
    Sign {
        name: "unsigned",
        says: &["sign-file: {file}: No such file or directory", "sign-file: certs/signing_key.pem"],
        weight: Weight::Note,
        why: "harmless unless the kernel insists on signatures: its key is not part of the headers, and the module stays unsigned",
        ..SIGN
    },
];
