// SPDX-License-Identifier: MIT OR Apache-2.0
//! Logs of builds: folders, outputs and what is installed.

use expect_test::expect;

use super::check;

/// nixpkgs' own words, in the forms in which Nix shows a log.
#[test]
fn releases() {
    check(
        r#"linux-6.6.51-v8> Error: modDirVersion 6.6.51 specified in the Nix expression is wrong, it should be: 6.6.51-v8"#,
        &expect![[r#"
            wrong 1 release-wrong: Error: modDirVersion 6.6.51 specified in the Nix expression is wrong, it should be: 6.6.51-v8
              the kernel calls itself 6.6.51-v8: its Makefile, CONFIG_LOCALVERSION or a file localversion* adds to the version; modules are looked for in the folder of that name
              help: `modDirVersion = "6.6.51-v8";` beside `version`
        "#]],
    );
    check(
        r#"error: builder for '/nix/store/x-linux-6.18-rc1.drv' failed with exit code 1;
       last 2 log lines:
       >   SYNC    include/config/auto.conf
       > Error: modDirVersion 6.18.0 specified in the Nix expression is wrong, it should be: 6.18.0-rc1
       For full logs, run 'nix log /nix/store/x-linux-6.18-rc1.drv'."#,
        &expect![[r#"
            wrong 4 release-wrong: Error: modDirVersion 6.18.0 specified in the Nix expression is wrong, it should be: 6.18.0-rc1
              the kernel calls itself 6.18.0-rc1: its Makefile, CONFIG_LOCALVERSION or a file localversion* adds to the version; modules are looked for in the folder of that name
              help: `modDirVersion = "6.18.0-rc1";` beside `version`
        "#]],
    );
    check(
        r#"@nix {"action":"result","fields":["inconsistent kernel versions: 5.15.44 5.18.1"],"id":7,"type":101}"#,
        &expect![[r#"
            wrong 1 several-releases: inconsistent kernel versions: 5.15.44 5.18.1
              `boot.extraModulePackages` has a module that was built for another kernel than `boot.kernelPackages`: 5.15.44 5.18.1
              help: `boot.extraModulePackages = with config.boot.kernelPackages; [ foo ];`, never `pkgs.linuxPackages.foo`
        "#]],
    );
    check(
        "\u{1b}[1mkernel-modules>\u{1b}[0m inconsistent kernel versions: 6.12.94 6.6.143\r",
        &expect![[r#"
            wrong 1 several-releases: inconsistent kernel versions: 6.12.94 6.6.143
              `boot.extraModulePackages` has a module that was built for another kernel than `boot.kernelPackages`: 6.12.94 6.6.143
              help: `boot.extraModulePackages = with config.boot.kernelPackages; [ foo ];`, never `pkgs.linuxPackages.foo`
        "#]],
    );
}

/// Kbuild's words from reports of many; the third is real, and what is in the fourth is right.
#[test]
fn folders_of_the_kernel() {
    check(
        r#"error: builder for '/nix/store/x-hello-1.0-6.13.drv' failed with exit code 2;
       last 25 log lines:
       > mkdir: cannot create directory '.tmp_63': Permission denied
       > mkdir: cannot create directory '.tmp_66': Permission denied
       > /nix/store/x-linux-6.13-dev/lib/modules/6.13.0/source/Makefile:790: /nix/store/x-linux-6.13-dev/lib/modules/6.13.0/source/include/config/auto.conf: No such file or directory"#,
        &expect![[r#"
            wrong 3 no-kbuild-output: mkdir: cannot create directory '.tmp_63': Permission denied
              Kbuild takes the kernel's sources, which nobody may write to, for its output folder: kernels of nixpkgs have sources and build apart, and from upstream's 6.13 on a module's build without KBUILD_OUTPUT, or with the `O=` of `kernel.makeFlags`, does not find the second
              help: `makeFlags = kernelModuleMakeFlags ++ [ ... ];`, which has KBUILD_OUTPUT, and the package called by the kernel's set: `config.boot.kernelPackages.callPackage`
              help: by hand: `"KBUILD_OUTPUT=${kernel.dev}/lib/modules/${kernel.modDirVersion}/build"`
        "#]],
    );
    check(
        r#"make[1]: *** /nix/store/x-linux-6.18/lib/modules/6.18.2/build: No such file or directory.  Stop."#,
        &expect![[r#"
            wrong 1 headers-elsewhere: make[1]: *** /nix/store/x-linux-6.18/lib/modules/6.18.2/build: No such file or directory.  Stop.
              x-linux-6.18 has no build folder for 6.18.2: it is in the kernel's output `dev`, and its name is `modDirVersion`, which is not always the version
              help: `${kernel.dev}/lib/modules/${kernel.modDirVersion}/build`
        "#]],
    );
    check(
        r#"this derivation will be built:
  /nix/store/y2jw1ha6bfvmlgysma8kmk29gfsri5ph-hello-1.0-6.6.143.drv
building '/nix/store/y2jw1ha6bfvmlgysma8kmk29gfsri5ph-hello-1.0-6.6.143.drv'...
make: *** /lib/modules/6.18.44/build: No such file or directory.  Stop.
error: Cannot build '/nix/store/y2jw1ha6bfvmlgysma8kmk29gfsri5ph-hello-1.0-6.6.143.drv'.
       Reason: builder failed with exit code 1.
       Output paths:
         /nix/store/6d0bracw8hgi3h1wam69sn5w0nb4lc9d-hello-1.0-6.6.143"#,
        &expect![[r#"
            wrong 4 kernel-of-uname: make: *** /lib/modules/6.18.44/build: No such file or directory.  Stop.
              the makefile looks for the headers of the kernel that runs, 6.18.44, by `uname -r`; Nix builds for the kernel of an expression, and has no /lib/modules
              help: `makeFlags = kernelModuleMakeFlags ++ [ "KDIR=${kernel.dev}/lib/modules/${kernel.modDirVersion}/build" ];`; the variable's name is the makefile's: KDIR, KERNEL_DIR, KERNELDIR, KSRC
              help: if the makefile takes none: `postPatch = ''substituteInPlace Makefile --replace-fail '/lib/modules/$(shell uname -r)' '${kernel.dev}/lib/modules/${kernel.modDirVersion}''';`
        "#]],
    );
    check(
        r#"this derivation will be built:
  /nix/store/y2jw1ha6bfvmlgysma8kmk29gfsri5ph-hello-1.0-6.6.143.drv
building '/nix/store/y2jw1ha6bfvmlgysma8kmk29gfsri5ph-hello-1.0-6.6.143.drv'...
make: *** /lib/modules/6.18.44/build: No such file or directory.  Stop.
error: builder for '/nix/store/y2jw1ha6bfvmlgysma8kmk29gfsri5ph-hello-1.0-6.6.143.drv' failed with exit code 1"#,
        &expect![[r#"
            wrong 4 kernel-of-uname: make: *** /lib/modules/6.18.44/build: No such file or directory.  Stop.
              the makefile looks for the headers of the kernel that runs, 6.18.44, by `uname -r`; Nix builds for the kernel of an expression, and has no /lib/modules
              help: `makeFlags = kernelModuleMakeFlags ++ [ "KDIR=${kernel.dev}/lib/modules/${kernel.modDirVersion}/build" ];`; the variable's name is the makefile's: KDIR, KERNEL_DIR, KERNELDIR, KSRC
              help: if the makefile takes none: `postPatch = ''substituteInPlace Makefile --replace-fail '/lib/modules/$(shell uname -r)' '${kernel.dev}/lib/modules/${kernel.modDirVersion}''';`
        "#]],
    );
    check(
        r#"mkdir: cannot create directory 'foo': Permission denied
make: *** /home/me/build: No such file or directory.  Stop."#,
        &expect![[""]],
    );
}

/// Real, of both.
#[test]
fn outputs() {
    check(
        r#"these 2 derivations will be built:
  /nix/store/24vr6pxm1rdmf51n3wsmykjrfx2cfa3g-linux-6.6.143-dev.drv
  /nix/store/x6p80iqhqc8zpy8ajkafmdv10cxfp4kw-hello-1.0-6.6.143.drv
building '/nix/store/24vr6pxm1rdmf51n3wsmykjrfx2cfa3g-linux-6.6.143-dev.drv'...
building '/nix/store/x6p80iqhqc8zpy8ajkafmdv10cxfp4kw-hello-1.0-6.6.143.drv'...
error: output '/nix/store/gg4flh3ihxvxfiqfmzlska1az8yva03g-hello-1.0-6.6.143' is not allowed to refer to the following paths:
         /nix/store/31v2d9i8cjj4r21v99psildl28bcq4b5-linux-6.6.143-dev"#,
        &expect![[r#"
            wrong 6 refers-to-headers: error: output '/nix/store/gg4flh3ihxvxfiqfmzlska1az8yva03g-hello-1.0-6.6.143' is not allowed to refer to the following paths:
              the module's debugging information names files of linux-6.6.143-dev, so that whoever has the module would have all of the kernel's headers
              help: strip it while it is installed: `installFlags = [ "INSTALL_MOD_STRIP=1" "INSTALL_MOD_PATH=${placeholder "out"}" ];`
              help: a module that is compressed can't be stripped afterwards, and hides the reference: leave it uncompressed
        "#]],
    );
    check(
        r#"building '/nix/store/x6p80iqhqc8zpy8ajkafmdv10cxfp4kw-hello-1.0-6.6.143.drv'...
error: output '/nix/store/gg4flh3ihxvxfiqfmzlska1az8yva03g-hello-1.0-6.6.143' is not allowed to refer to the following paths:
         /nix/store/31v2d9i8cjj4r21v99psildl28bcq4b5-linux-6.6.143-dev"#,
        &expect![[r#"
            wrong 2 refers-to-headers: error: output '/nix/store/gg4flh3ihxvxfiqfmzlska1az8yva03g-hello-1.0-6.6.143' is not allowed to refer to the following paths:
              the module's debugging information names files of linux-6.6.143-dev, so that whoever has the module would have all of the kernel's headers
              help: strip it while it is installed: `installFlags = [ "INSTALL_MOD_STRIP=1" "INSTALL_MOD_PATH=${placeholder "out"}" ];`
              help: a module that is compressed can't be stripped afterwards, and hides the reference: leave it uncompressed
        "#]],
    );
    check(
        r#"error: builder for '/nix/store/2fsvyq7gqrqyvvp1rwc5im99m74fip9p-hello-1.0-6.6.143.drv' failed to produce output path for output 'out' at "/nix/store/2fsvyq7gqrqyvvp1rwc5im99m74fip9p-hello-1.0-6.6.143.drv.chroot/root/nix/store/zgzal3jzl4zm7abz5qsa6p5y54x8j12w-hello-1.0-6.6.143""#,
        &expect![[r#"
            wrong 1 nothing-installed: error: builder for '/nix/store/2fsvyq7gqrqyvvp1rwc5im99m74fip9p-hello-1.0-6.6.143.drv' failed to produce output path for output 'out' at "/nix/store/2fsvyq7gqrqyvvp1rwc5im99m74fip9p-hello-1.0-6.6.143.drv.chroot/root/nix/store/zgzal3jzl4zm7abz5qsa6p5y54x8j12w-hello-1.0-6.6.143"
              the build ended well and put nothing into `out`: stdenv installs by `make install`, which Kbuild's makefiles have not, or which installs elsewhere
              help: for a module: `installTargets = [ "modules_install" ];` and `installFlags = [ "INSTALL_MOD_PATH=${placeholder "out"}" ];`
        "#]],
    );
    check(
        r#"error: builder for '/nix/store/2fsvyq7gqrqyvvp1rwc5im99m74fip9p-hello-1.0-6.6.143.drv' failed to produce output path for output 'out' at '/nix/store/2fsvyq7gqrqyvvp1rwc5im99m74fip9p-hello-1.0-6.6.143.drv.chroot/root/nix/store/zgzal3jzl4zm7abz5qsa6p5y54x8j12w-hello-1.0-6.6.143'"#,
        &expect![[r#"
            wrong 1 nothing-installed: error: builder for '/nix/store/2fsvyq7gqrqyvvp1rwc5im99m74fip9p-hello-1.0-6.6.143.drv' failed to produce output path for output 'out' at '/nix/store/2fsvyq7gqrqyvvp1rwc5im99m74fip9p-hello-1.0-6.6.143.drv.chroot/root/nix/store/zgzal3jzl4zm7abz5qsa6p5y54x8j12w-hello-1.0-6.6.143'
              the build ended well and put nothing into `out`: stdenv installs by `make install`, which Kbuild's makefiles have not, or which installs elsewhere
              help: for a module: `installTargets = [ "modules_install" ];` and `installFlags = [ "INSTALL_MOD_PATH=${placeholder "out"}" ];`
        "#]],
    );
    check(
        r#"error: hash mismatch in fixed-output derivation '/nix/store/x4y68h1c63zlydw1gc7z368l7yz0acbp-source.drv':
         specified: sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
            got:    sha256-pQpattmS9VmO3ZIQUFn66az8GSmB4IvYhTTCFn6SUmo="#,
        &expect![[r#"
            wrong 1 hash: error: hash mismatch in fixed-output derivation '/nix/store/x4y68h1c63zlydw1gc7z368l7yz0acbp-source.drv':
              what was fetched is not what the expression expects
              help: if it is what you want: `hash = "sha256-pQpattmS9VmO3ZIQUFn66az8GSmB4IvYhTTCFn6SUmo=";`
        "#]],
    );
    check(
        r#"error: hash mismatch in fixed-output derivation '/nix/store/x4y68h1c63zlydw1gc7z368l7yz0acbp-source.drv':
         specified: sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
            got:    sha256-pQpattmS9VmO3ZIQUFn66az8GSmB4IvYhTTCFn6SUmo="#,
        &expect![[r#"
            wrong 1 hash: error: hash mismatch in fixed-output derivation '/nix/store/x4y68h1c63zlydw1gc7z368l7yz0acbp-source.drv':
              what was fetched is not what the expression expects
              help: if it is what you want: `hash = "sha256-pQpattmS9VmO3ZIQUFn66az8GSmB4IvYhTTCFn6SUmo=";`
        "#]],
    );
    check(
        r#"error: output '/nix/store/x-hello-1.0' is not allowed to refer to the following paths:
         /nix/store/y-bash-5.3"#,
        &expect![[""]],
    );
    check(r#"error: hash mismatch in fixed-output derivation '/nix/store/x-source.drv':"#, &expect![[""]]);
}

/// Real, but for the first, of which the words are coreutils'.
#[test]
fn installing() {
    check(
        r#"  INSTALL /lib/modules/6.6.143/updates/hello.ko
mkdir: cannot create directory ‘/lib’: Permission denied
make[2]: *** [scripts/Makefile.modinst:127: /lib/modules/6.6.143/updates/hello.ko] Error 1"#,
        &expect![[r#"
            wrong 2 installs-into-lib: mkdir: cannot create directory '/lib': Permission denied
              modules are installed below /lib of the machine that builds; INSTALL_MOD_PATH was not given, or the makefile does not hand it on
              help: `installTargets = [ "modules_install" ];` and `installFlags = [ "INSTALL_MOD_PATH=${placeholder "out"}" ];`
              help: if the makefile has its own `install`: `install -D foo.ko $out/lib/modules/${kernel.modDirVersion}/extra/foo.ko` in installPhase
        "#]],
    );
    check(
        r#"make: *** No rule to make target 'install'.  Stop.
error: Cannot build '/nix/store/j9shdjhcn6m3d9rld12fcww6vflc5w9n-hello-1.0-6.6.143.drv'.
       Reason: builder failed with exit code 1.
       Output paths:
         /nix/store/k2r3sza6bg1549cnpx1b4vglj35yg24b-hello-1.0-6.6.143"#,
        &expect![[r#"
            wrong 1 no-install: make: *** No rule to make target 'install'.  Stop.
              stdenv installs by `make install`, which this makefile has not; Kbuild's own target is modules_install
              help: `installTargets = [ "modules_install" ];` and `installFlags = [ "INSTALL_MOD_PATH=${placeholder "out"}" ];`
        "#]],
    );
    check(
        r#"make: *** No rule to make target 'install'.  Stop.
error: builder for '/nix/store/j9shdjhcn6m3d9rld12fcww6vflc5w9n-hello-1.0-6.6.143.drv' failed with exit code 1"#,
        &expect![[r#"
            wrong 1 no-install: make: *** No rule to make target 'install'.  Stop.
              stdenv installs by `make install`, which this makefile has not; Kbuild's own target is modules_install
              help: `installTargets = [ "modules_install" ];` and `installFlags = [ "INSTALL_MOD_PATH=${placeholder "out"}" ];`
        "#]],
    );
    check(
        r#"this derivation will be built:
  /nix/store/ac1y8vkdyv7pna5jhf3d9m6i3xk4p6n8-hello-1.0-6.6.143.drv
building '/nix/store/ac1y8vkdyv7pna5jhf3d9m6i3xk4p6n8-hello-1.0-6.6.143.drv'...
depmod: WARNING: could not open modules.order at /nix/store/f79j6n8nndkk4y12g85gi9bvh7a6bhsw-hello-1.0-6.6.143/lib/modules/6.6.143: No such file or directory
depmod: WARNING: could not open modules.builtin at /nix/store/f79j6n8nndkk4y12g85gi9bvh7a6bhsw-hello-1.0-6.6.143/lib/modules/6.6.143: No such file or directory
depmod: WARNING: could not open modules.builtin.modinfo at /nix/store/f79j6n8nndkk4y12g85gi9bvh7a6bhsw-hello-1.0-6.6.143/lib/modules/6.6.143: No such file or directory
modprobe: FATAL: Module mrf not found in directory /nix/store/f79j6n8nndkk4y12g85gi9bvh7a6bhsw-hello-1.0-6.6.143/lib/modules/6.6.143
modprobe: FATAL: Module mrf not found in directory /lib/modules/6.18.44
error: Cannot build '/nix/store/ac1y8vkdyv7pna5jhf3d9m6i3xk4p6n8-hello-1.0-6.6.143.drv'.
       Reason: builder failed with exit code 1.
       Output paths:
         /nix/store/f79j6n8nndkk4y12g85gi9bvh7a6bhsw-hello-1.0-6.6.143"#,
        &expect![[r#"
            note 4 depmod: depmod: WARNING: could not open modules.order at /nix/store/f79j6n8nndkk4y12g85gi9bvh7a6bhsw-hello-1.0-6.6.143/lib/modules/6.6.143: No such file or directory
              harmless in the package of a module: NixOS runs depmod itself, over all of the system's modules together
            wrong 7 initrd-module: modprobe: FATAL: Module mrf not found in directory /nix/store/f79j6n8nndkk4y12g85gi9bvh7a6bhsw-hello-1.0-6.6.143/lib/modules/6.6.143
              the initrd is to have the module mrf, which neither the kernel 6.6.143 nor `boot.extraModulePackages` has; it may be built in under another name, or not configured
              help: take it out of boot.initrd.availableKernelModules and boot.initrd.kernelModules: `lib.mkForce [ ... ]` if another module adds it
              help: or let it be absent: `boot.initrd.allowMissingModules = true;`
            wrong 8 no-module: modprobe: FATAL: Module mrf not found in directory /lib/modules/6.18.44
              no module of the running system is called mrf; `-` and `_` are the same in such a name
              help: `boot.extraModulePackages = [ config.boot.kernelPackages.PACKAGE ];`, and a boot into the new system, since a switch adds no modules to a running kernel
              help: say what there is: `find /run/booted-system/kernel-modules/ -name '*.ko*'`
        "#]],
    );
    check(
        r#"make: *** No rule to make target 'modules_install'.  Stop."#,
        &expect![[r#"
            wrong 1 no-modules-install: make: *** No rule to make target 'modules_install'.  Stop.
              the driver's makefile has no target modules_install; it is Kbuild's
              help: `makeFlags = kernelModuleMakeFlags ++ [ "-C" "${kernel.dev}/lib/modules/${kernel.modDirVersion}/build" "M=$(PWD)" ];`, so that Kbuild is asked itself
        "#]],
    );
    check(
        r#"  DEPMOD  /nix/store/x-hello-1.0-6.6.143/lib/modules/6.6.143
Warning: modules_install: missing 'System.map' file. Skipping depmod."#,
        &expect![[r#"
            note 2 depmod: Warning: modules_install: missing 'System.map' file. Skipping depmod.
              harmless in the package of a module: NixOS runs depmod itself, over all of the system's modules together
        "#]],
    );
    check(
        r#"Can not derive a closure of kernel modules because no modules were provided."#,
        &expect![[r#"
            wrong 1 no-modules-to-choose: Can not derive a closure of kernel modules because no modules were provided.
              the initrd is to have modules, and what was given for the kernel's modules has none: since 25.11 they are in the kernel's output `modules`
              help: `lib.getOutput "modules" kernel`, which also means `out` for kernels without that output
        "#]],
    );
    check(
        r#"root module: foo
modprobe: FATAL: Module ide_disk not found in directory /nix/store/w0h84jcr-kernel-modules/lib/modules/4.8.0"#,
        &expect![[r#"
            wrong 2 initrd-module: modprobe: FATAL: Module ide_disk not found in directory /nix/store/w0h84jcr-kernel-modules/lib/modules/4.8.0
              the initrd is to have the module ide_disk, which neither the kernel 4.8.0 nor `boot.extraModulePackages` has; it may be built in under another name, or not configured
              help: take it out of boot.initrd.availableKernelModules and boot.initrd.kernelModules: `lib.mkForce [ ... ]` if another module adds it
              help: or let it be absent: `boot.initrd.allowMissingModules = true;`
        "#]],
    );
}
