// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the kernel begins a report about itself: rows of texts, with the place in its source that prints it.
//!
//! A text stands at the start of a message, after `printk`'s prefix, and nowhere else: "DEBUG" contains "BUG", and a
//! driver that puts its name before what it says can say what it likes. `*` is any text, `%` is a number. The rows were
//! read in the sources of 5.10, 6.1, 6.12 and 7.3, but for those of arm64 and riscv; where a release changed a text, both are
//! here. The first text that fits gives the kind.
//!
//! A driver can log every one of these texts. So a row also says what words can't do: the taint that the report leaves,
//! the lines that always follow its title, and the options without which no kernel can print it.

mod checks;
mod complaints;
mod deadly;
mod memory;

use super::taint::{DIED, WARNED};
use super::verdict::FaultKind::{self, Corruption, Oops, OutOfMemory, Warn};

/// Texts that begin a report of one kind, from one place.
#[derive(Debug)]
pub struct Sign {
    /// The file of the kernel that prints them.
    pub source: &'static str,
    pub kind: FaultKind,
    pub texts: &'static [&'static str],
    /// The text alone is no sign: lines of [`Sign::shows`] must follow, even if the machine was lost.
    pub is_hint: bool,
    /// Bits of /proc/sys/kernel/tainted, of which the report leaves at least one; none if it leaves nothing.
    pub leaves: u64,
    /// One of these follows, within the lines that `fault.rs` looks at; where none always does, the row names none.
    pub shows: &'static [&'static str],
    /// One of these options is needed for the kernel to print it, without `CONFIG_`.
    pub needs: &'static [&'static str],
    pub part: Part,
}

/// Which part of a report a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What was found.
    Head,
    /// The line of `__warn()`; what was found may stand before it, or follow.
    Warning,
    /// The line of a BUG(), after what was found.
    BugAt,
    /// The line of `die()`, after what was found.
    Death,
    /// A consequence of what was reported before it.
    After,
}

const fn sign(source: &'static str, kind: FaultKind, texts: &'static [&'static str]) -> Sign {
    Sign { source, kind, texts, is_hint: false, leaves: 0, shows: &[], needs: &[], part: Part::Head }
}

const fn hint(source: &'static str, kind: FaultKind, texts: &'static [&'static str]) -> Sign {
    Sign { is_hint: true, ..sign(source, kind, texts).shows(TRACES) }
}

impl Sign {
    const fn leaves(self, leaves: u64) -> Self {
        Self { leaves, ..self }
    }

    const fn shows(self, shows: &'static [&'static str]) -> Self {
        Self { shows, ..self }
    }

    const fn needs(self, needs: &'static [&'static str]) -> Self {
        Self { needs, ..self }
    }

    const fn part(self, part: Part) -> Self {
        Self { part, ..self }
    }

    /// Whether the machine can't go on after it: the kernel is started with `oops=panic`.
    pub(crate) fn is_deadly(&self) -> bool {
        self.kind == FaultKind::Panic || self.leaves == DIED
    }

    /// Whether it tells of an allocation that failed, and not of a machine without memory.
    pub(crate) fn is_refusal(&self) -> bool {
        self.kind == OutOfMemory && !self.source.starts_with("mm/oom_kill.c")
    }
}

/// All of them, in the order in which they are tried.
pub const SIGNS: &[&[Sign]] = &[deadly::SIGNS, memory::SIGNS, checks::SIGNS, complaints::SIGNS];

/// Signs that stand after the name of a task or of a function, as in `insmod: page allocation failure: order:10`.
pub const NAMED_SIGNS: &[Sign] = &[
    sign("mm/page_alloc.c, warn_alloc()", OutOfMemory, &[": page allocation failure: order:%"]).shows(TRACES),
    // The first is that of 5.10, and the last that of 6.1 to 7.3; the second stood between them.
    sign(
        "mm/vmalloc.c",
        OutOfMemory,
        &[": vmalloc: allocation failure", ": vmalloc size % allocation failure: ", ": vmalloc error: size %"],
    )
    .shows(TRACES),
    sign("arch/x86/mm/fault.c, pgtable_bad()", Oops, &[": Corrupted page table at address "]).leaves(DIED),
    sign("mm/oom_kill.c", OutOfMemory, &[" invoked oom-killer: gfp_mask="]).shows(TRACES),
    sign("lib/string_helpers.c, since 6.9", Corruption, &[": detected buffer overflow: % byte "])
        .leaves(WARNED | DIED)
        .needs(&["FORTIFY_SOURCE"]),
    // Its trace stands behind the whole packet.
    sign("net/core/dev.c", Warn, &[": hw csum failure"]),
    // In 7.3 it stands after the module's name, and no trace follows.
    sign("kernel/module/main.c", Warn, &[": init suspiciously returned %, it should follow "]),
    sign("include/linux/fortify-string.h", Corruption, &[": detected field-spanning "])
        .leaves(WARNED)
        .needs(&["FORTIFY_SOURCE"]),
];

/// What follows the title of a real report, in any order. `Call Trace:` is missing on purpose: drivers say that, too.
pub const TRACES: &[&str] = &[
    "CPU: % PID: % Comm: ",
    "CPU: % UID: % PID: % Comm: ",
    "Modules linked in:",
    "Hardware name: ",
    "---[ end trace ",
];

/// The line below the title of lockdep's reports (`print_kernel_ident()`) and of a hung task: release and taint.
const IDENT: &[&str] = &["*Not tainted", "*Tainted: "];

/// The options that rows need, once each, with `CONFIG_`.
pub(crate) fn options() -> Vec<String> {
    let rows = SIGNS.iter().copied().flatten().chain(NAMED_SIGNS);
    let mut options: Vec<String> = rows.flat_map(|sign| sign.needs).map(|option| format!("CONFIG_{option}")).collect();
    options.sort();
    options.dedup();
    options
}
