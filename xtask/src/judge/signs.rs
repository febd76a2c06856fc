// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the kernel begins a report about itself: rows of texts, with the place in its source that prints it.
//!
//! A text stands at the start of a message, after `printk`'s prefix, and nowhere else: "DEBUG" contains "BUG", and a
//! driver that puts its name before what it says can say what it likes. `*` is any text, `%` is a number. The rows hold
//! for 5.10 to 7.x; where a release changed a text, both are here. The first text that fits gives the kind.

mod checks;
mod complaints;
mod deadly;

use super::verdict::FaultKind::{self, Corruption, OutOfMemory};

/// Texts that begin a report of one kind, from one place.
#[derive(Debug)]
pub struct Sign {
    /// The file of the kernel that prints them.
    pub source: &'static str,
    pub kind: FaultKind,
    pub texts: &'static [&'static str],
    /// The text alone proves nothing, since a driver may well say it: the registers of a report must follow.
    pub needs_trace: bool,
}

const fn sign(source: &'static str, kind: FaultKind, texts: &'static [&'static str]) -> Sign {
    Sign { source, kind, texts, needs_trace: false }
}

const fn hint(source: &'static str, kind: FaultKind, texts: &'static [&'static str]) -> Sign {
    Sign { source, kind, texts, needs_trace: true }
}

/// All of them, in the order in which they are tried.
pub const SIGNS: &[&[Sign]] = &[deadly::SIGNS, checks::SIGNS, complaints::SIGNS];

/// Signs that stand after the name of a task or of a function, as in `insmod: page allocation failure: order:10`.
pub const NAMED_SIGNS: &[Sign] = &[
    sign("mm/page_alloc.c", OutOfMemory, &[": page allocation failure: order:%"]),
    sign("mm/oom_kill.c", OutOfMemory, &[" invoked oom-killer: gfp_mask="]),
    sign("lib/string_helpers.c, since 6.9", Corruption, &[": detected buffer overflow: % byte "]),
    sign("include/linux/fortify-string.h", Corruption, &[": detected field-spanning "]),
];

/// What follows the title of a real report, in any order. `Call Trace:` is missing on purpose: drivers say that, too.
pub const TRACES: &[&str] = &[
    "CPU: % PID: % Comm: ",
    "CPU: % UID: % PID: % Comm: ",
    "Modules linked in:",
    "Hardware name: ",
    "---[ end trace ",
];
