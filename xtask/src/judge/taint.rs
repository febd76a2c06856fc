// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bits of /proc/sys/kernel/tainted, from `kernel/panic.c` and Documentation/admin-guide/tainted-kernels.rst.

/// Bit, letter, what it means. The letter is the one of `Tainted:` lines.
const TAINTS: &[(u32, char, &str)] = &[
    (0, 'P', "a proprietary module was loaded"),
    (1, 'F', "a module was loaded by force"),
    (2, 'S', "the kernel runs on a processor out of its specification"),
    (3, 'R', "a module was unloaded by force"),
    (4, 'M', "the processor reported a machine check"),
    (5, 'B', "a bad page was found"),
    (6, 'U', "userspace asked for this taint"),
    (7, 'D', "the kernel died: an oops or a BUG"),
    (8, 'A', "an ACPI table was overridden"),
    (9, 'W', "the kernel issued a warning"),
    (10, 'C', "a staging driver was loaded"),
    (11, 'I', "a workaround for the firmware is in use"),
    (12, 'O', "an out-of-tree module was loaded"),
    (13, 'E', "an unsigned module was loaded"),
    (14, 'L', "a soft lockup happened"),
    (15, 'K', "the kernel was live-patched"),
    (16, 'X', "a taint of the distribution's own"),
    (17, 'T', "the layout of structures is randomised"),
    (18, 'N', "an in-kernel test was run"),
    (19, 'J', "userspace changed the state of a device's firmware (fwctl)"),
];

/// Machine check, bad page, death, warning, soft lockup. The others tell what was loaded, not that it went wrong.
pub(crate) const FAULTS: u64 = MACHINE_CHECK | BAD_PAGE | DIED | 1 << 9 | SOFT_LOCKUP;

pub(crate) const PROPRIETARY: u64 = 1;
pub(crate) const MACHINE_CHECK: u64 = 1 << 4;
pub(crate) const BAD_PAGE: u64 = 1 << 5;
pub(crate) const DIED: u64 = 1 << 7;
/// WARN() leaves W, and WARN_TAINT() S or I instead (include/asm-generic/bug.h and its users).
pub(crate) const WARNED: u64 = 1 << 9 | 1 << 2 | 1 << 11;
pub(crate) const SOFT_LOCKUP: u64 = 1 << 14;
pub(crate) const TESTED: u64 = 1 << 18;

/// Letter and meaning of each bit that is set; a bit that no kernel up to 7.x has is `?`.
pub fn decode(taint: u64) -> Vec<(char, &'static str)> {
    (0..u64::BITS)
        .filter(|bit| taint >> bit & 1 == 1)
        .map(|bit| {
            TAINTS
                .iter()
                .find(|known| known.0 == bit)
                .map_or(('?', "a taint that the workbench does not know"), |known| (known.1, known.2))
        })
        .collect()
}
