// SPDX-License-Identifier: MIT OR Apache-2.0
//! What kills a task or the machine.

use super::{Part, Sign, sign};
use crate::judge::taint::{DIED, PROPRIETARY, WARNED};
use crate::judge::verdict::FaultKind::{Bug, Oops, Panic};

pub(super) const SIGNS: &[Sign] = &[
    sign("arch/x86/mm/fault.c", Oops, &["BUG: kernel NULL pointer dereference", "BUG: unable to handle "]).leaves(DIED),
    sign(
        "arch/x86/kernel/traps.c",
        Oops,
        &[
            "BUG: stack guard page was hit",
            // Since 5.16, with the name of the stack.
            "BUG: * stack guard page was hit",
            "traps: PANIC: double fault",
            "PANIC: double fault",
            "general protection fault, probably for ",
            // Of an address that is canonical after all (exc_general_protection()).
            "general protection fault, maybe for ",
            // Since 6.10; the text is die()'s own.
            "Oops: general protection fault, ",
            // The text that die() is given ends the line; what `__die_header()` adds stands on the next.
            "Split lock detected",
            "Oops: Split lock detected",
        ],
    )
    .leaves(DIED),
    // `__die_header()`; since 6.10, what `die()` prints begins with `Oops: `.
    sign(
        "arch/x86/kernel/dumpstack.c",
        Oops,
        &[
            "Oops: *[#%]",
            "general protection fault: *[#%]",
            "segment-related general protection fault: *[#%]",
            "divide error: *[#%]",
            "invalid opcode: *[#%]",
            "double fault: *[#%]",
            "stack segment: *[#%]",
            "stack guard page: *[#%]",
            "kernel stack overflow (*[#%]",
            "alignment check: *[#%]",
            "segment not present: *[#%]",
            "invalid TSS: *[#%]",
            "bounds: *[#%]",
            "overflow: *[#%]",
            "int3: *[#%]",
            "simd exception: *[#%]",
            "coprocessor segment overrun: *[#%]",
            "fpu exception: *[#%]",
            "iret exception: *[#%]",
            "unexpected #NM exception: *[#%]",
            "Bad pagetable: *[#%]",
        ],
    )
    .leaves(DIED)
    .part(Part::Death),
    // A WARN where `ibt=warn` says so.
    sign("arch/x86/kernel/cet.c", Oops, &["traps: Missing ENDBR: ", "Missing ENDBR: "]).leaves(DIED | WARNED),
    // Where CONFIG_CFI_PERMISSIVE or `cfi=warn` says so, it calls `__warn()` with the taint 0: that is the bit of a
    // proprietary module.
    sign("kernel/cfi.c", Oops, &["CFI failure at "]).leaves(DIED | WARNED | PROPRIETARY),
    sign("arch/arm64/mm/fault.c, arch/riscv/mm/fault.c", Oops, &["Unable to handle kernel "]).leaves(DIED),
    sign(
        "arch/arm64/kernel/traps.c",
        Oops,
        &["Internal error: *[#%]", "Insufficient stack space to handle exception!"],
    )
    .leaves(DIED)
    .part(Part::Death),
    sign("arch/riscv/kernel/traps.c", Oops, &["Oops [#%]"]).leaves(DIED).part(Part::Death),
    sign("arch/riscv/kernel/traps.c", Bug, &["Kernel BUG [#%]"]).leaves(DIED).part(Part::Death),
    // The second is a BUG() of a kernel that was built without their places.
    sign("lib/bug.c", Bug, &["kernel BUG at ", "Kernel BUG at "]).leaves(DIED).part(Part::BugAt),
    // An oops in a thread that must not end.
    sign("kernel/exit.c", Panic, &["Fixing recursive fault but reboot is needed!"]).part(Part::After),
    sign("kernel/panic.c", Panic, &["Kernel panic - not syncing"]).part(Part::After),
    // What the firmware or the machine says; nmi_panic() may or may not follow.
    sign(
        "arch/x86/kernel/nmi.c",
        Bug,
        &["NMI: PCI system error (SERR) ", "NMI: IOCK error ", "Uhhuh. NMI received for unknown reason "],
    ),
    // Its taint is that of do_machine_check(); an error that was found by polling leaves none.
    sign("arch/x86/kernel/cpu/mce/core.c", Bug, &["mce: [Hardware Error]: CPU %: Machine Check"]),
];
