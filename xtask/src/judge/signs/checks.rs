// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kernel's checks of its locks and its contexts; many need a debug kernel.

use super::{IDENT, Sign, TRACES, sign};
use crate::judge::taint::WARNED;
use crate::judge::verdict::FaultKind::{Bug, Lockdep};

pub(super) const SIGNS: &[Sign] = &[
    // lockdep frames its titles; the line between the frames is the one that counts.
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
            "WARNING: chain_key collision",
            "WARNING: suspicious RCU usage",
            // `Invalid wait context`, and others of this frame.
            "[ BUG: ",
        ],
    )
    .shows(IDENT)
    .needs(LOCKDEP),
    sign("kernel/locking/lockdep.c", Lockdep, &["INFO: trying to register non-static key."])
        .shows(TRACES)
        .needs(LOCKDEP),
    sign("kernel/locking/lockdep.c", Lockdep, &["BUG: key * has not been registered!"]).leaves(WARNED).needs(LOCKDEP),
    sign("kernel/locking/spinlock_debug.c", Lockdep, &["BUG: spinlock ", "BUG: rwlock "])
        .shows(TRACES)
        .needs(&["DEBUG_SPINLOCK"]),
    // Contexts.
    sign("kernel/sched/core.c, __might_resched()", Bug, &["BUG: sleeping function called from invalid context"])
        .leaves(WARNED)
        .needs(&["DEBUG_ATOMIC_SLEEP"]),
    sign(
        "kernel/sched/core.c",
        Bug,
        &[
            "BUG: scheduling while atomic: ",
            "BUG: scheduling in a non-blocking section: ",
            "BUG: assuming atomic context at ",
            "BUG: assuming non migratable context at ",
        ],
    )
    .leaves(WARNED),
    sign("kernel/sched/idle.c", Bug, &["bad: scheduling from the idle thread!"]).shows(TRACES),
    sign("kernel/time/timer.c, later sleep_timeout.c", Bug, &["schedule_timeout: wrong timeout "]).shows(TRACES),
    sign("lib/smp_processor_id.c", Bug, &["BUG: using * in preemptible "]).shows(TRACES).needs(&["DEBUG_PREEMPT"]),
    sign("kernel/workqueue.c", Bug, &["BUG: workqueue leaked "]).shows(TRACES),
    sign("fs/dcache.c", Bug, &["BUG: Dentry "]).leaves(WARNED),
    // The first is followed by nothing; the others are WARNs.
    sign("kernel/softirq.c", Bug, &["softirq: huh, entered softirq ", "huh, entered softirq "]),
    sign("kernel/irq/handle.c", Bug, &["irq % handler * enabled interrupts"]).leaves(WARNED),
    sign("kernel/irq/manage.c", Bug, &["Trying to free already-free IRQ %"]).leaves(WARNED),
    sign("kernel/time/timer.c", Bug, &["timer: * preempt leak: "]).leaves(WARNED),
    sign("init/main.c, do_one_initcall()", Bug, &["initcall * returned with "]).leaves(WARNED),
];

const LOCKDEP: &[&str] = &["LOCKDEP", "PROVE_LOCKING", "DEBUG_LOCK_ALLOC"];
