// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kernel's checks of its memory and of what lies in it; many need a debug kernel.

use super::{Part, Sign, TRACES, sign};
use crate::judge::taint::{BAD_PAGE, DIED, WARNED};
use crate::judge::verdict::FaultKind::{Corruption, Sanitizer};

pub(super) const SIGNS: &[Sign] = &[
    // Each of the first three ends with add_taint(TAINT_BAD_PAGE).
    sign("mm/kasan/report.c", Sanitizer, &["BUG: KASAN: "]).leaves(BAD_PAGE).needs(&["KASAN"]),
    sign("mm/kfence/report.c", Sanitizer, &["BUG: KFENCE: "]).leaves(BAD_PAGE).needs(&["KFENCE"]),
    sign("mm/kmsan/report.c", Sanitizer, &["BUG: KMSAN: "]).leaves(BAD_PAGE).needs(&["KMSAN"]),
    // kasan_non_canonical_hook(): it stands within an oops.
    sign("mm/kasan/report.c", Sanitizer, &["KASAN: * in range ["]).leaves(DIED).needs(&["KASAN"]).part(Part::Death),
    sign("kernel/kcsan/report.c", Sanitizer, &["BUG: KCSAN: "])
        .shows(&["*to 0x* of % bytes by ", "race at unknown origin", "Reported by Kernel Concurrency Sanitizer"])
        .needs(&["KCSAN"]),
    // With CONFIG_UBSAN_TRAP, before it dies (arch/x86/kernel/traps.c, handle_bug()).
    sign("lib/ubsan.c, report_ubsan_failure()", Sanitizer, &["UBSAN: * at *+0x"]).leaves(DIED).needs(&["UBSAN_TRAP"]),
    sign("lib/ubsan.c", Sanitizer, &["UBSAN: * in "]).shows(TRACES).needs(&["UBSAN"]),
    sign(
        "mm/kmemleak.c",
        Sanitizer,
        &[
            "kmemleak: * new suspected memory leaks",
            "kmemleak: unreferenced object ",
            "kmemleak: Cannot insert ",
            "kmemleak: Freeing unknown object ",
            "kmemleak: Partially freeing unknown object ",
            "kmemleak: Trying to color unknown object ",
        ],
    )
    .needs(&["DEBUG_KMEMLEAK"]),
    sign(
        "lib/debugobjects.c",
        Sanitizer,
        &["ODEBUG: * (active state %)", "ODEBUG: object * is on stack ", "ODEBUG: object * is NOT on stack "],
    )
    .leaves(WARNED)
    .needs(&["DEBUG_OBJECTS"]),
    // All of its callers add the first taint (in 5.10 it does itself); from 6.12 on they are WARNs as well.
    sign(
        "mm/slub.c, slab_bug()",
        Corruption,
        &["BUG * (Tainted: ", "BUG * (Not tainted): ", "BUG * (Not tainted *): "],
    )
    .leaves(BAD_PAGE | WARNED)
    .needs(&["SLUB_DEBUG"]),
    sign("mm/slub.c, in 5.10 and 6.1", Corruption, &["SLUB <none>: no slab for object "])
        .shows(TRACES)
        .needs(&["SLUB_DEBUG"]),
    sign("mm/slab.c, in 5.10 and 6.1", Corruption, &["slab error in "]).leaves(BAD_PAGE).needs(&["SLAB"]),
    sign("mm/slab.c, in 5.10 and 6.1", Corruption, &["Slab corruption ("]).needs(&["SLAB"]),
    // Their trace stands behind a dump that can be longer than any report is looked into.
    sign("mm/page_poison.c", Corruption, &["pagealloc: memory corruption", "pagealloc: single bit error"])
        .needs(&["PAGE_POISONING"]),
    sign("mm/page_alloc.c, mm/memory.c, mm/filemap.c", Corruption, &["BUG: Bad page "]).leaves(BAD_PAGE),
    sign("kernel/fork.c", Corruption, &["BUG: Bad rss-counter ", "BUG: non-zero pgtables_bytes "]),
    sign("mm/mempool.c", Corruption, &["BUG: mempool element poison mismatch"]).shows(TRACES),
    // In 6.1 a WARN.
    sign("fs/super.c, in 5.10", Corruption, &["VFS: Busy inodes after unmount of *. Self-destruct in "]),
    // A WARN, or a BUG with CONFIG_BUG_ON_DATA_CORRUPTION.
    sign("lib/list_debug.c", Corruption, &["list_add corruption", "list_add double add", "list_del corruption"])
        .leaves(WARNED | DIED)
        .needs(&["DEBUG_LIST", "LIST_HARDENED"]),
    sign("lib/refcount.c", Corruption, &["refcount_t: "]).leaves(WARNED),
    sign("mm/usercopy.c", Corruption, &["usercopy: Kernel memory "]).leaves(DIED).needs(&["HARDENED_USERCOPY"]),
    sign("lib/string_helpers.c, until 6.8", Corruption, &["detected buffer overflow in "])
        .leaves(DIED)
        .needs(&["FORTIFY_SOURCE"]),
    // A WARN in 6.1 and 6.12, in older kernels dump_stack(): the lines of either follow.
    sign("mm/slab_common.c", Corruption, &["kmem_cache_destroy *: Slab cache still has objects"])
        .shows(TRACES)
        .part(Part::After),
    sign(
        "lib/kobject.c",
        Corruption,
        &[
            "kobject: * tried to init an initialized object",
            "kobject: * tried to add an uninitialized object",
            "kobject (*): tried to init an initialized object",
            "kobject '*' (*): tried to add an uninitialized object",
        ],
    )
    .shows(TRACES),
    sign("lib/kobject.c", Corruption, &["kobject: '*' (*): is not initialized, yet kobject_"]).leaves(WARNED),
    sign("arch/x86/mm/ioremap.c", Corruption, &["iounmap: bad address "]).shows(TRACES),
    sign(
        "kernel/dma/debug.c, err_printk()",
        Corruption,
        &["DMA-API: * *: ", "DMA-API: exceeded % overlapping mappings "],
    )
    .leaves(WARNED)
    .needs(&["DMA_API_DEBUG"]),
];
