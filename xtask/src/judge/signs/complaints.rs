// SPDX-License-Identifier: MIT OR Apache-2.0
//! What runs too long, finds no memory, or is held against a driver without stopping it.
//!
//! An allocation that fails is held against a driver as well: nothing forces a machine of the workbench to be short of
//! memory, so the driver asks for more in one piece than a kernel has to give. Who expects it says `__GFP_NOWARN`.

use super::{IDENT, Part, Sign, TRACES, hint, sign};
use crate::judge::taint::{SOFT_LOCKUP, WARNED};
use crate::judge::verdict::FaultKind::{Bug, HungTask, Lockup, OutOfMemory, RcuStall, Warn};

/// Some line of a stalled CPU or task; which one comes first hangs on the release.
const STALLED: &[&str] =
    &["*ticks this GP", "* jiffies", "*Tasks blocked on level-%", "*nvcsw: ", "P%: ", "*GPs behind"];

pub(super) const SIGNS: &[Sign] = &[
    // Time.
    sign("kernel/watchdog.c", Lockup, &["watchdog: BUG: soft lockup", "BUG: soft lockup"])
        .leaves(SOFT_LOCKUP)
        .needs(&["SOFTLOCKUP_DETECTOR"]),
    sign(
        "kernel/watchdog.c",
        Lockup,
        &[
            "watchdog: Watchdog detected hard LOCKUP",
            // Since 6.13.
            "watchdog: CPU%: Watchdog detected hard LOCKUP",
        ],
    )
    .shows(TRACES)
    .needs(HARD),
    sign("kernel/watchdog_hld.c, until 6.4", Lockup, &["NMI watchdog: Watchdog detected hard LOCKUP"])
        .shows(TRACES)
        .needs(HARD),
    sign("kernel/workqueue.c", Lockup, &["BUG: workqueue lockup"])
        .shows(&["Showing busy workqueues"])
        .needs(&["WQ_WATCHDOG"]),
    sign("kernel/hung_task.c", HungTask, &["INFO: task *:% blocked *for more than "])
        .shows(IDENT)
        .needs(&["DETECT_HUNG_TASK"]),
    // What follows these hangs on what is stalled, and can be nothing.
    sign(
        "kernel/rcu/tree_exp.h, kernel/rcu/tree_stall.h, kernel/rcu/tasks.h",
        RcuStall,
        &[
            "rcu: INFO: rcu_* detected expedited stalls",
            "rcu: INFO: rcu_* detected stall, but suppressed full report",
            // In 5.10 to 6.12.
            "INFO: rcu_tasks_trace detected stalls? (",
        ],
    ),
    sign(
        "kernel/rcu/tree_stall.h",
        RcuStall,
        &["rcu: INFO: rcu_* self-detected stall", "rcu: INFO: rcu_* detected stalls on "],
    )
    .shows(STALLED),
    sign("kernel/rcu/tree_stall.h", RcuStall, &["rcu: rcu_* kthread starved for "]).part(Part::After),
    sign("kernel/rcu/tasks.h", RcuStall, &["INFO: rcu_tasks* detected stalls on tasks:"]).shows(STALLED),
    sign("kernel/smp.c", Lockup, &["smp: csd: Detected non-responsive CSD lock "]).needs(&["CSD_LOCK_WAIT_DEBUG"]),
    // Memory.
    // In 6.12 and 7.3 no trace follows one that must not sleep.
    sign("mm/percpu.c", OutOfMemory, &["percpu: allocation failed, size=% align=% atomic=%"]),
    sign(
        "mm/oom_kill.c",
        OutOfMemory,
        &[
            "Out of memory: Killed process %",
            "Out of memory (oom_kill_allocating_task): Killed process %",
            "Memory cgroup out of memory: Killed process %",
        ],
    )
    .part(Part::After),
    // What is asked for makes no sense (EINVAL).
    sign(
        "mm/slab_common.c",
        Bug,
        &[
            "kmem_cache_create(*) failed with error -22",
            "kmem_cache_create_usercopy(*) failed with error -22",
            "__kmem_cache_create_args(*) failed with error -22",
        ],
    )
    .shows(TRACES),
    // WARN(), and what the kernel holds against a driver without stopping it.
    sign("kernel/panic.c, __warn(), the older form", Warn, &["WARNING: CPU: % PID: % at "])
        .leaves(WARNED)
        .part(Part::Warning),
    sign(
        "kernel/panic.c, __warn(), the newer form",
        Warn,
        &[
            "WARNING: *:% at *+0x*, CPU#%: ",
            "WARNING: at *+0x*, CPU#%: ",
            // A line that was cut.
            "WARNING: *:% at *+0x*/0x",
        ],
    )
    .leaves(WARNED)
    .part(Part::Warning),
    // Until 6.12; a WARN() in 7.3.
    sign("fs/sysfs/file.c", Warn, &["fill_read_buffer: *+0x*/0x* returned bad count"]),
    sign("drivers/base/core.c", Warn, &["dev_attr_show: *+0x*/0x* returned bad count"]),
    sign("fs/sysfs/dir.c", Warn, &["sysfs: cannot create duplicate filename "]).shows(TRACES),
    sign("drivers/base/core.c", Warn, &["Device '*' does not have a release() function"]).leaves(WARNED),
    sign(
        "fs/proc/generic.c",
        Warn,
        &["proc_dir_entry '*' already registered", "remove_proc_entry: removing non-empty directory "],
    )
    .leaves(WARNED),
    sign("lib/kobject.c", Warn, &["kobject_add_internal failed for ", "kobject: kobject_add_internal failed for "])
        .part(Part::After),
    sign("kernel/module/main.c", Warn, &["do_init_module: '*'->init suspiciously returned "]).shows(TRACES),
    sign("net/core/dev.c", Warn, &["unregister_netdevice: waiting for "]),
    sign("arch/x86/mm/extable.c", Warn, &["unchecked MSR access error: "]).shows(&["Call Trace:", "CPU: %"]),
    sign("kernel/irq/spurious.c", Warn, &["irq %: nobody cared", "irq event %: bogus return value "]).shows(TRACES),
    // What no row above names, if it looks like a report: so the kernel begins its own, by convention.
    hint("anywhere", Bug, &["BUG: "]),
    hint("anywhere", Warn, &["WARNING: "]),
];

const HARD: &[&str] = &["HARDLOCKUP_DETECTOR"];
