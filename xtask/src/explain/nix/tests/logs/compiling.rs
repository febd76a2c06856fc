// SPDX-License-Identifier: MIT OR Apache-2.0
//! Logs of builds: compilers, the configuration of kernels, and noise.

use expect_test::expect;

use super::check;

/// The words of gcc, clang, bash and make; the scripts are real.
#[test]
fn compilers() {
    check(
        r#"this derivation will be built:
  /nix/store/smqhzynqs1743p3vi4qm5443d3nlz9ff-hello-1.0-6.6.143.drv
building '/nix/store/smqhzynqs1743p3vi4qm5443d3nlz9ff-hello-1.0-6.6.143.drv'...
bash: line 1: ./gen.sh: cannot execute: required file not found
./gen.sh
make: ./gen.sh: No such file or directory
make: *** [Makefile:2: all] Error 127
error: Cannot build '/nix/store/smqhzynqs1743p3vi4qm5443d3nlz9ff-hello-1.0-6.6.143.drv'.
       Reason: builder failed with exit code 1.
       Output paths:
         /nix/store/h2h91m2v28h3f5ijbbnsjwz8kl8dffdx-hello-1.0-6.6.143"#,
        &expect![[r#"
            wrong 4 interpreter: bash: line 1: ./gen.sh: cannot execute: required file not found
              a script's first line names a program that a build has not, such as /usr/bin/env or /bin/bash
              help: `postPatch = "patchShebangs .";`, with the interpreter in nativeBuildInputs
        "#]],
    );
    check(
        r#"sh: line 1: ./gen.sh: /usr/bin/env: bad interpreter: No such file or directory"#,
        &expect![[r#"
            wrong 1 interpreter: sh: line 1: ./gen.sh: /usr/bin/env: bad interpreter: No such file or directory
              a script's first line names a program that a build has not, such as /usr/bin/env or /bin/bash
              help: `postPatch = "patchShebangs .";`, with the interpreter in nativeBuildInputs
        "#]],
    );
    check(
        r#"make[2]: gcc: No such file or directory
/bin/sh: line 1: gcc: command not found"#,
        &expect![[r#"
            wrong 1 no-compiler: make[2]: gcc: No such file or directory
              the makefile starts the compiler by a name that is not on the PATH: the kernel's compiler is named by kernelModuleMakeFlags, and other programs want `stdenv`, not `stdenvNoCC`
              help: `makeFlags = kernelModuleMakeFlags;`, which has CC=, and no fixed `gcc` in the makefile: `substituteInPlace Makefile --replace-fail gcc '$(CC)'`
        "#]],
    );
    check(
        r#"warning: the compiler differs from the one used to build the kernel
  The kernel was built by: clang version 22.1.8
  You are using:           gcc (GCC) 15.2.0
gcc: error: unrecognized command-line option ‘-mstack-alignment=8’"#,
        &expect![[r#"
            wrong 2 kernel-of-clang: The kernel was built by: clang version 22.1.8
              the kernel was built by clang, and gcc is to build the module: flags and link time optimisation are clang's
              help: `makeFlags = kernelModuleMakeFlags;`, which names the kernel's compiler, `stdenv` of the kernel's package set, and no CC=gcc in the makefile
              help: programs beside the module are a derivation of their own, with `pkgs.stdenv`
        "#]],
    );
    check(
        r#"gcc: error: unrecognized command-line option '-mllvm'"#,
        &expect![[r#"
            wrong 1 kernel-of-clang: gcc: error: unrecognized command-line option '-mllvm'
              the kernel was built by clang, and gcc is to build the module: flags and link time optimisation are clang's
              help: `makeFlags = kernelModuleMakeFlags;`, which names the kernel's compiler, `stdenv` of the kernel's package set, and no CC=gcc in the makefile
              help: programs beside the module are a derivation of their own, with `pkgs.stdenv`
        "#]],
    );
    check(
        r#"clang: error: unknown argument: '-fconserve-stack'"#,
        &expect![[r#"
            wrong 1 kernel-of-gcc: clang: error: unknown argument: '-fconserve-stack'
              the kernel was built by gcc, and clang is to build the module
              help: `makeFlags = kernelModuleMakeFlags;`, and no LLVM=1 or CC=clang in the makefile
        "#]],
    );
    check(
        r#"cc1: error: code model kernel does not support PIC mode"#,
        &expect![[r#"
            wrong 1 pic: cc1: error: code model kernel does not support PIC mode
              nixpkgs' compiler makes position independent code unless it is told not to, which a kernel can't use
              help: `makeFlags = kernelModuleMakeFlags;`, which names the bare compiler; with an older nixpkgs also `hardeningDisable = [ "pic" ];`
        "#]],
    );
    check(
        r#"  CC [M]  /build/hello/hello.o
/build/hello/hello.c:7:9: error: format not a string literal and no format arguments [-Werror=format-security]"#,
        &expect![[r#"
            wrong 2 format-security: /build/hello/hello.c:7:9: error: format not a string literal and no format arguments [-Werror=format-security]
              nixpkgs' compiler makes an error of that warning, which the kernel's own does not
              help: `hardeningDisable = [ "format" ];`; or in the driver: `printk("%s", text)`
        "#]],
    );
    check(
        r#"gcc: error: unrecognized command-line option '-fmine'
hello.c:7:9: error: format not a string literal and no format arguments [-Werror=format-security]"#,
        &expect![[""]],
    );
    check(
        r#"this derivation will be built:
  /nix/store/3z14b9qz4w27d78qfldy94k86rwir2b8-hello-1.0-6.6.143.drv
building '/nix/store/3z14b9qz4w27d78qfldy94k86rwir2b8-hello-1.0-6.6.143.drv'...
gcc-42 -c x.c
make: gcc-42: No such file or directory
make: *** [Makefile:2: all] Error 127
sh: 3: python3x: not found
error: Cannot build '/nix/store/3z14b9qz4w27d78qfldy94k86rwir2b8-hello-1.0-6.6.143.drv'.
       Reason: builder failed with exit code 1.
       Output paths:
         /nix/store/2l34x9xf26fg7fp41hf8qr1qhfja1j4v-hello-1.0-6.6.143"#,
        &expect![[""]],
    );
}

/// nixpkgs' words (generate-config.pl).
#[test]
fn configurations_of_kernels() {
    check(
        r#"linux-config> warning: unused option: XEN_PVH
linux-config> error: unused option: DRM_AMD_DC_DCN2_0
linux-config> error: option not set correctly: CROS_EC (wanted 'm', got 'y')
linux-config> error: unused option: DRM_NOUVEAU_SVM
linux-config> warning: unused option: PCI_XEN"#,
        &expect![[r#"
            note 1 unused-optional: warning: unused option: XEN_PVH
              options that may be absent are absent: XEN_PVH, PCI_XEN; that stops nothing
            wrong 2 unused-option: error: unused option: DRM_AMD_DC_DCN2_0
              Kconfig never asked for DRM_AMD_DC_DCN2_0, DRM_NOUVEAU_SVM: this release has no such option, or what it depends on is off
              help: leave it out, or let it be absent: `OPTION = lib.mkForce (lib.kernel.option lib.kernel.yes);` in structuredExtraConfig
              help: `ignoreConfigErrors = true;` makes warnings of all of them
            wrong 3 option-refused: error: option not set correctly: CROS_EC (wanted 'm', got 'y')
              CROS_EC is to be m, and Kconfig made it y: another option selects it, or what it depends on is not built in
              help: set what it depends on as well, or take what comes: `CROS_EC = lib.mkForce (lib.kernel.option (lib.kernel.freeform "m"));`
        "#]],
    );
    check(r#"warning: option not set correctly: STRICT_DEVMEM (wanted 'y', got 'n')"#, &expect![[""]]);
}

/// nixpkgs' dialogue with the kernel ends before there is a configuration.
#[test]
fn dialogues_that_end() {
    check(
        r#"linux-config> GOT: Preemption Model
linux-config> GOT:   1. No Forced Preemption (Server) (PREEMPT_NONE)
linux-config> GOT: > 2. Voluntary Kernel Preemption (Desktop) (PREEMPT_VOLUNTARY)
linux-config> GOT:   3. Preemptible Kernel (Low-Latency Desktop) (PREEMPT)
linux-config> conflicting answers! at /nix/store/4v1lmw61x5x6s7ml9aw9m5dxp1n64ghk-generate-config.pl line 107.
linux-config> make[1]: write error: stdout
linux-config> make: *** [Makefile:236: __sub-make] Error 1"#,
        &expect![[r#"
            wrong 5 choice-twice: conflicting answers! at /nix/store/4v1lmw61x5x6s7ml9aw9m5dxp1n64ghk-generate-config.pl line 107.
              two options that are to be y are answers to one question of the kernel's, which the log has just above with all of its answers: one alone can be y
              help: set the others off beside it: `PREEMPT_VOLUNTARY = lib.mkForce lib.kernel.no;` beside `PREEMPT = lib.mkForce lib.kernel.yes;`
              help: a description (`nix/kernels/NAME.toml`) is told which two they are: docs/nix-kernels.md
        "#]],
    );
    check(
        r#"QUESTION: KGDB: kernel debugger, NAME: KGDB, ALTS: N/y/?, ANSWER: m
repeated question: KGDB: kernel debugger at /nix/store/4v1lmw61x5x6s7ml9aw9m5dxp1n64ghk-generate-config.pl line 94."#,
        &expect![[r#"
            wrong 2 option-of-another-type: repeated question: KGDB: kernel debugger at /nix/store/4v1lmw61x5x6s7ml9aw9m5dxp1n64ghk-generate-config.pl line 94.
              the kernel does not take what was answered to "KGDB: kernel debugger", and asks again: m for an option that can't be a module, or a number out of its range; the line before, `QUESTION: ... NAME: ... ANSWER: ...`, has the option and the answer
              help: give it a value that it can have: `lib.kernel.yes` in place of `lib.kernel.module`
        "#]],
    );
}

/// What is harmless is said to be so.
#[test]
fn noise() {
    check(
        r#"  BTF [M] hello.ko
Skipping BTF generation for hello.ko due to unavailability of vmlinux"#,
        &expect![[r#"
            note 2 no-btf: Skipping BTF generation for hello.ko due to unavailability of vmlinux
              harmless: the module is whole; only programs of BPF that read its types would miss them, and the headers lack the kernel's own
        "#]],
    );
    check(
        r#"At main.c:167:
- SSL error:FFFFFFFF80000002:system library::No such file or directory: ../crypto/bio/bss_file.c:67
sign-file: /build/certs/signing_key.pem: No such file or directory"#,
        &expect![[r#"
            note 3 unsigned: sign-file: /build/certs/signing_key.pem: No such file or directory
              harmless unless the kernel insists on signatures: its key is not part of the headers, and the module stays unsigned
        "#]],
    );
    check(
        r#"cpupower> applying patch /nix/store/x-drivers.patch
cpupower> patching file drivers/gpu/drm/Kconfig
cpupower> Hunk #1 FAILED at 9.
error: Cannot build '/nix/store/x-cpupower-6.12.0.drv'."#,
        &expect![[r#"
            wrong 3 tools-patch: Hunk #1 FAILED at 9.
              programs of the kernel's sources, such as cpupower, apply `kernel.patches` to `kernel.src`; these sources have the patches already, or are of another release
              help: in a precompiled kernel: `patches = [ ];`, and `src` of the same upstream release
              help: or for the one program: `cpupower = super.cpupower.overrideAttrs { patches = [ ]; };` in an extension of the package set
        "#]],
    );
    check(
        r#"hello> patching file hello.c
hello> Hunk #1 FAILED at 9."#,
        &expect![[""]],
    );
    check(
        r#"Running phase: buildPhase
make -C /nix/store/x-linux-6.6.143-dev/lib/modules/6.6.143/build M=/build/hello modules
  CC [M]  /build/hello/hello.o
  MODPOST /build/hello/Module.symvers
  LD [M]  /build/hello/hello.ko
Running phase: installPhase
  INSTALL /nix/store/x-hello/lib/modules/6.6.143/updates/hello.ko
  STRIP   /nix/store/x-hello/lib/modules/6.6.143/updates/hello.ko"#,
        &expect![[""]],
    );
}
