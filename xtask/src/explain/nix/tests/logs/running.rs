// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a machine says.

use expect_test::expect;

use super::check;

/// The words of kmod, systemd and the kernel.
#[test]
fn modules() {
    check(
        r#"modprobe: FATAL: Module sysdig not found in directory /run/booted-system/kernel-modules/lib/modules/5.15.19"#,
        &expect![[r#"
            wrong 1 not-booted: modprobe: FATAL: Module sysdig not found in directory /run/booted-system/kernel-modules/lib/modules/5.15.19
              modprobe looks among the modules of the system that was booted, 5.15.19; `nixos-rebuild switch` adds none to it
              help: boot into the new system; `ls /run/current-system/kernel-modules/lib/modules/*/` says whether sysdig is there
        "#]],
    );
    check(
        r#"modprobe: FATAL: Module mrf not found in directory /nix/store/f79j6n8nndkk4y12g85gi9bvh7a6bhsw-hello-1.0-6.6.143/lib/modules/6.6.143"#,
        &expect![[r#"
            wrong 1 initrd-module: modprobe: FATAL: Module mrf not found in directory /nix/store/f79j6n8nndkk4y12g85gi9bvh7a6bhsw-hello-1.0-6.6.143/lib/modules/6.6.143
              the initrd is to have the module mrf, which neither the kernel 6.6.143 nor `boot.extraModulePackages` has; it may be built in under another name, or not configured
              help: take it out of boot.initrd.availableKernelModules and boot.initrd.kernelModules: `lib.mkForce [ ... ]` if another module adds it
              help: or let it be absent: `boot.initrd.allowMissingModules = true;`
        "#]],
    );
    check(
        r#"modprobe: FATAL: Module mrf not found."#,
        &expect![[r#"
            wrong 1 no-module: modprobe: FATAL: Module mrf not found.
              no module of the running system is called mrf; `-` and `_` are the same in such a name
              help: `boot.extraModulePackages = [ config.boot.kernelPackages.PACKAGE ];`, and a boot into the new system, since a switch adds no modules to a running kernel
              help: say what there is: `find /run/booted-system/kernel-modules/ -name '*.ko*'`
        "#]],
    );
    check(
        r#"Nov 22 05:00:00 host systemd-modules-load[231]: Failed to find module 'qc71-laptop'"#,
        &expect![[r#"
            wrong 1 no-module: Nov 22 05:00:00 host systemd-modules-load[231]: Failed to find module 'qc71-laptop'
              no module of the running system is called qc71-laptop; `-` and `_` are the same in such a name
              help: `boot.extraModulePackages = [ config.boot.kernelPackages.PACKAGE ];`, and a boot into the new system, since a switch adds no modules to a running kernel
              help: say what there is: `find /run/booted-system/kernel-modules/ -name '*.ko*'`
        "#]],
    );
    check(
        r#"modprobe: ERROR: could not insert 'exfat': Invalid argument
[   72.243348] decompression failed with status 6"#,
        &expect![[r#"
            wrong 2 crc64: [   72.243348] decompression failed with status 6
              the kernel unpacks .ko.xz itself (CONFIG_MODULE_DECOMPRESS), and knows neither xz's check of crc64, which is its default, nor dictionaries above 1 MiB
              help: leave modules uncompressed; or compress as Kbuild does: `xz --check=crc32 --lzma2=dict=1MiB foo.ko`
        "#]],
    );
    check(
        r#"[    5.1] hello: version magic '6.6.143 SMP preempt mod_unload ' should be '6.12.94 SMP preempt mod_unload '"#,
        &expect![[r#"
            wrong 1 other-kernel: [    5.1] hello: version magic '6.6.143 SMP preempt mod_unload ' should be '6.12.94 SMP preempt mod_unload '
              the module was built for another kernel, 6.6.143 SMP preempt mod_unload, than the one that runs, 6.12.94 SMP preempt mod_unload
              help: take it from the kernel's own set: `boot.extraModulePackages = with config.boot.kernelPackages; [ foo ];`, and boot into the new system
        "#]],
    );
    check(
        r#"[    5.1] decompression failed with status 1
modprobe: ERROR: could not insert 'hello': No such device
[    6.0] hello: loaded"#,
        &expect![[""]],
    );
}
