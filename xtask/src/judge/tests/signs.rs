// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lines of real kernels that are faults, and lines that only look so.

use crate::judge::pattern::{matches, sign_of};
use crate::judge::signs::{NAMED_SIGNS, SIGNS};
use crate::judge::verdict::FaultKind::{
    self, Bug, Corruption, HungTask, Lockdep, Lockup, Oops, OutOfMemory, Panic, RcuStall, Sanitizer, Warn,
};

const FAULTS: &[(FaultKind, &str)] = &[
    (Oops, "BUG: kernel NULL pointer dereference, address: 0000000000000000"),
    (Oops, "BUG: unable to handle page fault for address: ffffc90000400000"),
    (Oops, "BUG: stack guard page was hit at 00000000a1b2c3d4 (stack is 0000..00001)"),
    (Oops, "BUG: TASK stack guard page was hit at ffffc900001b7ff8 (stack is ffffc900001b8000..ffffc900001bc000)"),
    (Oops, "Oops: 0002 [#1] PREEMPT SMP NOPTI"),
    (Oops, "Oops: Oops: 0002 [#1] SMP NOPTI"),
    (Oops, "Oops: divide error: 0000 [#1] SMP"),
    (Oops, "Oops [#1]"),
    (Oops, "general protection fault: 0000 [#1] SMP PTI"),
    (Oops, "segment-related general protection fault: 0010 [#1] SMP PTI"),
    (Oops, "Split lock detected"),
    (Oops, "Bad pagetable: 000d [#1] SMP NOPTI"),
    (Oops, "insmod: Corrupted page table at address 7f0012345678"),
    (Oops, "CFI failure at foobar_call+0x9/0x10 [foobar] (no target information)"),
    (Oops, "general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] SMP PTI"),
    (Oops, "divide error: 0000 [#1] SMP NOPTI"),
    (Oops, "invalid opcode: 0000 [#1] PREEMPT SMP PTI"),
    (Oops, "double fault: 0000 [#1] SMP"),
    (Oops, "traps: PANIC: double fault, error_code: 0x0"),
    (Oops, "kernel stack overflow (page fault): 0000 [#1] SMP"),
    (Oops, "traps: Missing ENDBR: foobar_call+0x0/0x10 [foobar]"),
    (Bug, "kernel BUG at /home/dev/foobar.c:41!"),
    (Panic, "Kernel panic - not syncing: Fatal exception"),
    (Oops, "Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000"),
    (Oops, "Internal error: Oops: 0000000096000044 [#1] SMP"),
    (Warn, "WARNING: CPU: 0 PID: 61 at /home/dev/foobar.c:88 foobar_show+0x1c/0x30 [foobar]"),
    (Warn, "WARNING: CPU: 3 PID: 0 at foobar_timer+0x1c/0x30 [foobar]"),
    (Warn, "WARNING: /home/dev/foobar.c:88 at foobar_show+0x1c/0x30 [foobar], CPU#0: cat/61"),
    (Warn, "WARNING: at foobar_show+0x1c/0x30 [foobar], CPU#0: cat/61"),
    (Warn, "WARNING: foobar.c:88 at foobar_show+0x1c/0x30 [foo"),
    (Lockdep, "WARNING: possible circular locking dependency detected"),
    (Lockdep, "WARNING: possible recursive locking detected"),
    (Lockdep, "WARNING: inconsistent lock state"),
    (Lockdep, "WARNING: bad unlock balance detected!"),
    (Lockdep, "WARNING: suspicious RCU usage"),
    (Lockdep, "WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected"),
    (Lockdep, "WARNING: insmod/57 still has locks held!"),
    (Lockdep, "[ BUG: Invalid wait context ]"),
    (Bug, "BUG: sleeping function called from invalid context at mm/slab.h:494"),
    (Bug, "BUG: scheduling while atomic: insmod/57/0x00000002"),
    (Bug, "BUG: using smp_processor_id() in preemptible [00000000] code: insmod/57"),
    (Lockdep, "BUG: spinlock bad magic on CPU#0, insmod/57"),
    (Lockup, "BUG: soft lockup - CPU#0 stuck for 22s! [insmod:57]"),
    (Lockup, "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [insmod:57]"),
    (Lockup, "watchdog: Watchdog detected hard LOCKUP on cpu 1"),
    (Lockup, "NMI watchdog: Watchdog detected hard LOCKUP on cpu 1"),
    (Lockup, "watchdog: CPU1: Watchdog detected hard LOCKUP on cpu 2"),
    (Lockup, "BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 30s!"),
    (HungTask, "INFO: task insmod:57 blocked for more than 120 seconds."),
    (HungTask, "INFO: task kworker/0:1:12 blocked in I/O wait for more than 120 seconds."),
    (RcuStall, "rcu: INFO: rcu_preempt self-detected stall on CPU"),
    (RcuStall, "rcu: INFO: rcu_sched detected stalls on CPUs/tasks:"),
    (
        RcuStall,
        "rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 0-...D } 21 jiffies s: 77 root: 0x1/.",
    ),
    (Sanitizer, "BUG: KASAN: slab-out-of-bounds in foobar_init+0x2c/0x60 [foobar]"),
    (Sanitizer, "KASAN: null-ptr-deref in range [0x0000000000000000-0x0000000000000007]"),
    (Sanitizer, "BUG: KFENCE: use-after-free read in foobar_exit+0x2c/0x60 [foobar]"),
    (Sanitizer, "BUG: KCSAN: data-race in foobar_read [foobar] / foobar_write [foobar]"),
    (Sanitizer, "UBSAN: array index out of bounds at foobar_show+0x1c/0x30 [foobar]"),
    (Corruption, "kobject: '(null)' (ffff888003c5a008): is not initialized, yet kobject_put() is being called."),
    (Corruption, "kobject (ffff888003c5a008): tried to init an initialized object, something is seriously wrong."),
    (
        Corruption,
        "kmem_cache_destroy foobar_cache: Slab cache still has objects when called from foobar_exit+0x1/0x2 [foobar]",
    ),
    (Corruption, "DMA-API: foobar 0000:00:03.0: device driver frees DMA memory with different size"),
    (Corruption, "BUG kmalloc-64 (Tainted: G    B      OE     ): Object already free"),
    (Corruption, "BUG kmalloc-64 (Tainted: G           OE     ): Left Redzone overwritten"),
    (Bug, "irq 9 handler foobar_irq+0x0/0x10 [foobar] enabled interrupts"),
    (Bug, "Trying to free already-free IRQ 9"),
    (Bug, "initcall foobar_init+0x0/0x30 [foobar] returned with preemption imbalance"),
    (Bug, "timer: foobar_timer+0x0/0x10 [foobar] preempt leak: 00000100 -> 00000101"),
    (Bug, "BUG: workqueue leaked atomic, lock or RCU: kworker/0:1[12]"),
    (Bug, "Uhhuh. NMI received for unknown reason 20 on CPU 0."),
    (Bug, "bad: scheduling from the idle thread!"),
    (Bug, "schedule_timeout: wrong timeout value fffffffffffffff6"),
    (Bug, "__kmem_cache_create_args(foobar) failed with error -22"),
    (Corruption, "iounmap: bad address 00000000a1b2c3d4"),
    (Warn, "foobar 0000:00:03.0 foo0: hw csum failure"),
    (Bug, "mce: [Hardware Error]: CPU 0: Machine Check: 0 Bank 5: be00000000800400"),
    (
        Warn,
        "Device 'foobar' does not have a release() function, it is broken and must be fixed. See Documentation/core-api/kobject.rst.",
    ),
    (OutOfMemory, "insmod: vmalloc error: size 1099511627776, exceeds total pages, mode:0xdc0(GFP_KERNEL|__GFP_ZERO)"),
    (OutOfMemory, "insmod: vmalloc: allocation failure: 1099511627776 bytes, mode:0xdc0(GFP_KERNEL|__GFP_ZERO)"),
    (
        OutOfMemory,
        "insmod: vmalloc: allocation failure, allocated 4096 of 8192 bytes, mode:0xdc0(GFP_KERNEL|__GFP_ZERO)",
    ),
    (OutOfMemory, "insmod: vmalloc size 8192 allocation failure: vm_struct allocation failed, mode:0xdc0(GFP_KERNEL)"),
    (OutOfMemory, "percpu: allocation failed, size=8192 align=8 atomic=0, failed to allocate new chunk"),
    (RcuStall, "rcu: INFO: rcu_sched detected expedited stalls on CPUs/tasks: {"),
    (RcuStall, "INFO: rcu_tasks detected stalls on tasks:"),
    (RcuStall, "INFO: rcu_tasks_trace detected stalls on tasks:"),
    (RcuStall, "INFO: rcu_tasks_trace detected stalls? (Late IPI?)"),
    (
        Lockup,
        "smp: csd: Detected non-responsive CSD lock (#1) on CPU#0, waiting 5000000000 ns for CPU#01 foo+0x0/0x10(0x0).",
    ),
    (Sanitizer, "UBSAN: array-index-out-of-bounds in /home/dev/foobar.c:12:3"),
    (Sanitizer, "kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)"),
    (Sanitizer, "ODEBUG: free active (active state 0) object type: timer_list hint: foobar_timer+0x0/0x10 [foobar]"),
    (Corruption, "BUG: Bad page state in process insmod  pfn:03a5c"),
    (Corruption, "pagealloc: memory corruption"),
    (Corruption, "SLUB <none>: no slab for object 0x00000000a1b2c3d4."),
    (Corruption, "VFS: Busy inodes after unmount of foobar. Self-destruct in 5 seconds.  Have a nice day..."),
    (Corruption, "BUG kmalloc-64 (Tainted: G           OE    ): Poison overwritten"),
    (Corruption, "BUG foobar_cache (Not tainted): Objects remaining in foobar_cache on __kmem_cache_shutdown()"),
    (Corruption, "list_add corruption. next->prev should be prev (ffff), but was 0000. (next=ffff)."),
    (Corruption, "list_del corruption, ffff888003c5a008->next is LIST_POISON1 (dead000000000100)"),
    (Corruption, "refcount_t: underflow; use-after-free."),
    (Warn, "sysfs: cannot create duplicate filename '/class/foobar'"),
    (
        OutOfMemory,
        "insmod: page allocation failure: order:10, mode:0x40dc0(GFP_KERNEL|__GFP_COMP|__GFP_ZERO), nodemask=(null)",
    ),
    (OutOfMemory, "kworker/u4:1 invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0"),
    (OutOfMemory, "Out of memory: Killed process 61 (eater) total-vm:1048576kB"),
    (Corruption, "detected buffer overflow in strcpy"),
    (Corruption, "strcpy: detected buffer overflow: 20 byte write of buffer size 19"),
    (
        Corruption,
        "memcpy: detected field-spanning write (size 16) of single field \"&x->y\" at /home/dev/foobar.c:12 (size 8)",
    ),
    (
        Corruption,
        "usercopy: Kernel memory exposure attempt detected from SLUB object 'kmalloc-64' (offset 0, size 128)!",
    ),
    (Warn, "irq 9: nobody cared (try booting with the \"irqpoll\" option)"),
    (Warn, "unregister_netdevice: waiting for foo0 to become free. Usage count = 1"),
    (Warn, "remove_proc_entry: removing non-empty directory 'foobar', leaking at least 'state'"),
    (Warn, "do_init_module: 'foobar'->init suspiciously returned 1, it should follow 0/-E convention"),
    (Warn, "unchecked MSR access error: RDMSR from 0x123 at rIP: 0xffffffffc0204012 (foobar_init+0x12/0x100 [foobar])"),
];

#[test]
fn positive_signs() {
    for (kind, line) in FAULTS {
        let found = sign_of(line).map(|sign| (sign.kind, sign.is_hint));
        assert_eq!(found, Some((*kind, false)), "{line}");
    }
}

#[test]
fn negative_signs() {
    let lines = [
        "",
        "foobar: BUG in firmware, Call Trace follows",
        "foobar: BUG: kernel NULL pointer dereference, address: 0",
        "DEBUG: kernel NULL pointer dereference",
        "foobar: WARNING: CPU: 0 PID: 61 at a.c:1 b+0x1/0x2",
        "WARNING CPU 0 is hot",
        "Oops, I did it again",
        "Oops: I did it again",
        "a kernel BUG at heart",
        "foobar: Kernel panic - not syncing: no",
        "divide error: not one of the kernel's",
        "Out of memory",
        "Out of memory: giving up",
        "UBSAN: enabled",
        "KASAN: disabled",
        "kasan: KernelAddressSanitizer initialized (generic)",
        "kfence: initialized - using 2097152 bytes for 255 objects",
        "kmemleak: Kernel memory leak detector initialized (mem pool available: 15679)",
        "ODEBUG: selftest passed",
        "watchdog: Delayed init of the lockup detector failed: -19",
        "NMI watchdog: Perf NMI watchdog permanently disabled",
        "INFO: task force is coming",
        "rcu: Hierarchical RCU implementation.",
        "traps: prog[61] general protection fault ip:401000 sp:7ffe error:0 in prog[401000+1000]",
        "prog[61]: segfault at 0 ip 0000000000401000 sp 00007ffe error 4 in prog[401000+1000]",
        "Call Trace:",
        "Modules linked in: foobar(OE)",
        "irq 9: Affinity broken due to vector space exhaustion.",
        "__kmem_cache_create_args(foobar) failed with error -12",
        "genirq: Flags mismatch irq 9. 00000000 (foobar) vs. 00000000 (acpi)",
        "INFO: NMI handler (perf_event_nmi_handler) took too long to run: 1.234 msecs",
        "INFO: task insmod:57 is blocked on a mutex likely owned by task foobar:58.",
        "x86/split lock detection: #AC: cat/57 took a split_lock trap at address: 0x401000",
        "rcu: INFO: Stall ended before state dump start",
        "page allocation failure: not by anybody: order:1",
        "a name that is much too long for a task: page allocation failure: order:1",
        "workqueue: foobar_work [foobar] hogged CPU for >10000us 4 times, consider switching to WQ_UNBOUND",
        "clocksource: timekeeping watchdog on CPU0: Marking clocksource 'tsc' as unstable because the skew is too large:",
        "[Firmware Bug]: TSC doesn't count with P0 frequency!",
        "Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on, data leaks possible via Spectre v2 BHB attacks!",
    ];
    for line in lines {
        assert!(sign_of(line).is_none(), "{line}: {:?}", sign_of(line));
    }
    for line in ["BUG: the firmware", "WARNING: the firmware is old", "WARNING: foo.c:12 at night"] {
        assert!(sign_of(line).is_some_and(|sign| sign.is_hint), "{line}");
    }
}

#[test]
fn patterns() {
    let rows = [
        ("abc", "abcd", true),
        ("abc", "ab", false),
        ("a%c", "a12c", true),
        ("a%c", "ac", false),
        ("a*c", "ac", true),
        ("a*c%", "acc c1", true),
        ("a*c%", "acc c", false),
        ("*", "", true),
        ("a*", "ba", false),
    ];
    for (pattern, text, expected) in rows {
        assert_eq!(matches(pattern, text.as_bytes()), expected, "{pattern} {text}");
    }
}

/// No row is hidden behind an earlier one, and each says where it comes from.
#[test]
fn each_sign_can_be_found() {
    for sign in SIGNS.iter().copied().flatten().chain(NAMED_SIGNS) {
        assert!(!sign.source.is_empty(), "{:?} have no source", sign.texts);
        for text in sign.texts {
            let example = text.replace('*', "x").replace('%', "1");
            let named = text.starts_with([':', ' ']);
            let message = if named { format!("insmod{example}") } else { example };
            let found = sign_of(&message).expect("a sign finds its own text");
            assert!(found.texts == sign.texts, "{text} is hidden by {:?}", found.texts);
        }
    }
}
