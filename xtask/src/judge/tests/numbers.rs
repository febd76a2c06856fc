// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kernel's numbers in words.

use expect_test::expect;

use super::check_rows;
use crate::judge::{errno, taint};

#[test]
fn errnos() {
    let errnos = [0, 1, 2, 8, 11, 12, 16, 17, 19, 22, 35, 95, 126, 129, 133, 134, 512, 517, 524, u32::MAX];
    let rows = errnos.iter().map(|errno| {
        let name = errno::name(*errno);
        format!("{errno} {name}: load: {}; unload: {}", errno::when_loading(*errno), errno::when_unloading(*errno))
    });
    check_rows(
        rows,
        &expect![[r#"
            0 0: load: the guest gave no reason; unload: the guest gave no reason
            1 EPERM: load: not permitted: kernel lockdown, module signing, or kernel.modules_disabled; unload: not permitted: kernel.modules_disabled
            2 ENOENT: load: it needs a symbol that nothing exports, or its init found something missing; unload: no module of this name is loaded
            8 ENOEXEC: load: it is not for this kernel: its vermagic or its format is wrong; unload: the kernel refused
            11 EAGAIN: load: its init asks to try again; unload: it is still in use: something holds a reference to it, or another module needs it
            12 ENOMEM: load: its init, or the loader, found no memory; unload: the kernel refused
            16 EBUSY: load: a resource it wants is in use, or a module of its name is being unloaded; unload: it has no exit function, or it is being loaded or unloaded at this moment
            17 EEXIST: load: it is loaded already, or it registers a name that is taken; unload: the kernel refused
            19 ENODEV: load: the driver found no device it drives; unload: the kernel refused
            22 EINVAL: load: the kernel or its init refused an argument: a parameter, a symbol's version, or a call of its own; unload: the kernel refused
            35 EDEADLK: load: its init refused; unload: the kernel refused
            95 EOPNOTSUPP: load: its init needs something that this kernel or machine does not support; unload: the kernel refused
            126 ENOKEY: load: it is not signed with a key that this kernel knows; unload: the kernel refused
            129 EKEYREJECTED: load: its signature was refused; unload: the kernel refused
            133 EHWPOISON: load: its init refused; unload: the kernel refused
            134 134: load: its init refused; unload: the kernel refused
            512 ERESTARTSYS: load: its init refused; unload: the kernel refused
            517 EPROBE_DEFER: load: its init asks to be probed later, which a module's init must not; unload: the kernel refused
            524 ENOTSUPP: load: its init needs something that this kernel or machine does not support; unload: the kernel refused
            4294967295 4294967295: load: its init refused; unload: the kernel refused
        "#]],
    );
}

#[test]
fn signals() {
    let rows = [0, 1, 6, 9, 11, 15, 31, 32, u32::MAX].map(|number| format!("{number} {}", errno::signal(number)));
    check_rows(
        rows,
        &expect![[r#"
            0 signal 0
            1 SIGHUP
            6 SIGABRT
            9 SIGKILL
            11 SIGSEGV
            15 SIGTERM
            31 SIGSYS
            32 signal 32
            4294967295 signal 4294967295
        "#]],
    );
}

#[test]
fn taints() {
    let rows = [0, 1, 512, 4096 | 8192, 4096 | 512 | 128, 1 << 18, 1 << 40, u64::MAX];
    check_rows(
        rows.iter().map(|taint| {
            let letters: String = taint::decode(*taint).iter().map(|(letter, _)| letter).collect();
            format!("{taint} {letters} faults={}", taint & !512 & taint::FAULTS)
        }),
        &expect![[r#"
            0  faults=0
            1 P faults=0
            512 W faults=0
            12288 OE faults=0
            4736 DWO faults=128
            262144 N faults=0
            1099511627776 ? faults=0
            18446744073709551615 PFSRMBUDAWCIOELKXTNJ???????????????????????????????????????????? faults=16560
        "#]],
    );
}
