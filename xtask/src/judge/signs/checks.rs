// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kernel's checks of its memory, its locks and its contexts; many need a debug kernel.

use super::{Sign, sign};
use crate::judge::verdict::FaultKind::{Bug, Corruption, Lockdep, Sanitizer};

pub(super) const SIGNS: &[Sign] = &[
    // Sanitizers, and the kernel's own checks of its memory.
    sign("mm/kasan/report.c", Sanitizer, &["BUG: KASAN: ", "KASAN: * in range ["]),
    sign("mm/kfence/report.c", Sanitizer, &["BUG: KFENCE: "]),
    sign("kernel/kcsan/report.c", Sanitizer, &["BUG: KCSAN: "]),
    sign("mm/kmsan/report.c", Sanitizer, &["BUG: KMSAN: "]),
    sign("lib/ubsan.c", Sanitizer, &["UBSAN: * in "]),
    sign(
        "mm/kmemleak.c",
        Sanitizer,
        &[
            "kmemleak: * new suspected memory leaks",
            "kmemleak: unreferenced object ",
            "kmemleak: Cannot insert ",
            "kmemleak: Freeing unknown object ",
        ],
    ),
    sign("lib/debugobjects.c", Sanitizer, &["ODEBUG: * (active state %)"]),
    sign(
        "mm/slub.c, slab_bug()",
        Corruption,
        &["BUG * (Tainted: ", "BUG * (Not tainted): ", "BUG * (Not tainted *): "],
    ),
    sign("mm/page_alloc.c, mm/memory.c", Corruption, &["BUG: Bad page "]),
    sign("kernel/fork.c", Corruption, &["BUG: Bad rss-counter ", "BUG: non-zero pgtables_bytes "]),
    sign("lib/list_debug.c", Corruption, &["list_add corruption", "list_add double add", "list_del corruption"]),
    sign("lib/refcount.c", Corruption, &["refcount_t: "]),
    sign("mm/usercopy.c", Corruption, &["usercopy: Kernel memory "]),
    sign("lib/string_helpers.c, until 6.8", Corruption, &["detected buffer overflow in "]),
    sign("mm/slab_common.c", Corruption, &["kmem_cache_destroy *: Slab cache still has objects"]),
    sign("lib/kobject.c", Corruption, &["kobject: * tried to init an initialized object"]),
    // Locks. lockdep frames its titles; the line between the frames is the one that counts.
    sign(
        "kernel/locking/lockdep.c",
        Lockdep,
        &[
            "WARNING: possible circular locking dependency detected",
            "WARNING: possible recursive locking detected",
            "WARNING: possible irq lock inversion dependency detected",
            "WARNING: inconsistent lock state",
            "WARNING: bad unlock balance detected!",
            "WARNING: bad contention detected!",
            "WARNING: held lock freed!",
            "WARNING: lock held when returning to user space!",
            "WARNING: * still has locks held!",
            "WARNING: *-safe -> *-unsafe lock order detected",
            "WARNING: Nested lock was not taken",
            "WARNING: suspicious RCU usage",
            // `Invalid wait context`, and others of this frame.
            "[ BUG: ",
            "INFO: trying to register non-static key.",
            "BUG: key * has not been registered!",
        ],
    ),
    sign("kernel/locking/spinlock_debug.c", Lockdep, &["BUG: spinlock ", "BUG: rwlock "]),
    // Contexts.
    sign(
        "kernel/sched/core.c",
        Bug,
        &["BUG: sleeping function called from invalid context", "BUG: scheduling while atomic: "],
    ),
    sign("lib/smp_processor_id.c", Bug, &["BUG: using * in preemptible "]),
    sign("kernel/workqueue.c", Bug, &["BUG: workqueue leaked "]),
    sign("fs/dcache.c", Bug, &["BUG: Dentry "]),
    sign("kernel/softirq.c", Bug, &["softirq: huh, entered softirq "]),
    sign("arch/x86/kernel/cpu/mce/core.c", Bug, &["mce: [Hardware Error]: CPU %: Machine Check"]),
];
