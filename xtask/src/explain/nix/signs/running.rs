// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a NixOS says that has the module, or should have it. The words are those of kmod, systemd and the kernel.

use super::{SIGN, Sign};

pub(super) const SIGNS: &[Sign] = &[
    Sign {
        name: "not-booted",
        says: &[
            "modprobe: FATAL: Module {module} not found in directory /run/booted-system/kernel-modules/lib/modules/{release}",
        ],
        why: "modprobe looks among the modules of the system that was booted, {release}; `nixos-rebuild switch` adds none to it",
        help: &[
            "boot into the new system; `ls /run/current-system/kernel-modules/lib/modules/*/` says whether {module} is there",
        ],
        ..SIGN
    },
    Sign {
        name: "no-module",
        says: &[
            "modprobe: FATAL: Module {module} not found in directory {directory}",
            "modprobe: FATAL: Module {module} not found",
            "Failed to find module '{module}'",
        ],
        why: "no module of the running system is called {module}; `-` and `_` are the same in such a name",
        help: &[
            "`boot.extraModulePackages = [ config.boot.kernelPackages.PACKAGE ];`, and a boot into the new system, since a switch adds no modules to a running kernel",
            "say what there is: `find /run/booted-system/kernel-modules/ -name '*.ko*'`",
        ],
        ..SIGN
    },
    Sign {
        name: "crc64",
        says: &["decompression failed with status 6"],
        why: "the kernel unpacks .ko.xz itself (CONFIG_MODULE_DECOMPRESS), and knows neither xz's check of crc64, which is its default, nor dictionaries above 1 MiB",
        help: &["leave modules uncompressed; or compress as Kbuild does: `xz --check=crc32 --lzma2=dict=1MiB foo.ko`"],
        ..SIGN
    },
    Sign {
        name: "other-kernel",
        says: &["version magic '{has}' should be '{wants}'"],
        why: "the module was built for another kernel, {has}, than the one that runs, {wants}",
        help: &[
            "take it from the kernel's own set: `boot.extraModulePackages = with config.boot.kernelPackages; [ foo ];`, and boot into the new system",
        ],
        ..SIGN
    },
];
