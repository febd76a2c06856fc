// SPDX-License-Identifier: MIT OR Apache-2.0
//! What kills a task or the machine.

use super::{Sign, sign};
use crate::judge::verdict::FaultKind::{Bug, Oops, Panic};

pub(super) const SIGNS: &[Sign] = &[
    sign(
        "arch/x86/mm/fault.c",
        Oops,
        &["BUG: kernel NULL pointer dereference", "BUG: unable to handle ", "BUG: corrupted "],
    ),
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
        ],
    ),
    // `__die_header()`; since 6.10, what `die()` prints begins with `Oops: `.
    sign(
        "arch/x86/kernel/dumpstack.c",
        Oops,
        &[
            "Oops: *[#%]",
            "general protection fault: *[#%]",
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
            "control protection fault: *[#%]",
        ],
    ),
    sign("arch/x86/kernel/cet.c", Oops, &["traps: Missing ENDBR: ", "Missing ENDBR: "]),
    sign("kernel/cfi.c", Oops, &["CFI failure at "]),
    sign("arch/arm64/mm/fault.c, arch/riscv/mm/fault.c", Oops, &["Unable to handle kernel "]),
    sign(
        "arch/arm64/kernel/traps.c",
        Oops,
        &["Internal error: *[#%]", "Insufficient stack space to handle exception!"],
    ),
    sign("arch/riscv/kernel/traps.c", Oops, &["Oops [#%]"]),
    sign("arch/riscv/kernel/traps.c", Bug, &["Kernel BUG [#%]"]),
    // The second is a BUG() of a kernel that was built without their places.
    sign("lib/bug.c", Bug, &["kernel BUG at ", "Kernel BUG at "]),
    sign("kernel/panic.c", Panic, &["Kernel panic - not syncing"]),
];
