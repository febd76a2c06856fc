// SPDX-License-Identifier: MIT OR Apache-2.0
//! What runs too long, finds no memory, or is held against a driver without stopping it.

use super::{Sign, hint, sign};
use crate::judge::verdict::FaultKind::{Bug, HungTask, Lockup, OutOfMemory, RcuStall, Warn};

pub(super) const SIGNS: &[Sign] = &[
    // Time.
    sign(
        "kernel/watchdog.c",
        Lockup,
        &[
            "watchdog: BUG: soft lockup",
            "BUG: soft lockup",
            "watchdog: Watchdog detected hard LOCKUP",
            // Since 6.13.
            "watchdog: CPU%: Watchdog detected hard LOCKUP",
        ],
    ),
    sign("kernel/watchdog_hld.c, until 6.4", Lockup, &["NMI watchdog: Watchdog detected hard LOCKUP"]),
    sign("kernel/workqueue.c", Lockup, &["BUG: workqueue lockup"]),
    sign("kernel/hung_task.c", HungTask, &["INFO: task *:% blocked *for more than "]),
    sign(
        "kernel/rcu/tree_stall.h",
        RcuStall,
        &[
            "rcu: INFO: rcu_* self-detected stall",
            "rcu: INFO: rcu_* detected *stall",
            "rcu: rcu_* kthread starved for ",
        ],
    ),
    sign("kernel/rcu/tasks.h", RcuStall, &["INFO: rcu_* detected *stall"]),
    // Memory.
    sign(
        "mm/oom_kill.c",
        OutOfMemory,
        &[
            "Out of memory: Killed process %",
            "Out of memory (oom_kill_allocating_task): Killed process %",
            "Memory cgroup out of memory: Killed process %",
        ],
    ),
    // WARN(), and what the kernel holds against a driver without stopping it.
    sign("kernel/panic.c, __warn(), the older form", Warn, &["WARNING: CPU: % PID: % at "]),
    sign(
        "kernel/panic.c, __warn(), the newer form",
        Warn,
        &[
            "WARNING: *:% at *+0x*, CPU#%: ",
            "WARNING: at *+0x*, CPU#%: ",
            // A line that was cut.
            "WARNING: *:% at *+0x*/0x",
        ],
    ),
    sign("fs/sysfs/dir.c", Warn, &["sysfs: cannot create duplicate filename "]),
    sign(
        "fs/proc/generic.c",
        Warn,
        &["proc_dir_entry '*' already registered", "remove_proc_entry: removing non-empty directory "],
    ),
    sign("lib/kobject.c", Warn, &["kobject_add_internal failed for ", "kobject: kobject_add_internal failed for "]),
    sign("kernel/module/main.c", Warn, &["do_init_module: '*'->init suspiciously returned "]),
    sign("net/core/dev.c", Warn, &["unregister_netdevice: waiting for "]),
    sign("arch/x86/mm/extable.c", Warn, &["unchecked MSR access error: "]),
    sign("kernel/irq/spurious.c", Warn, &["irq %: nobody cared"]),
    // What no row above names, if it looks like a report: so the kernel begins its own, by convention.
    hint("anywhere", Bug, &["BUG: "]),
    hint("anywhere", Warn, &["WARNING: "]),
];
