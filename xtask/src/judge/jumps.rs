// SPDX-License-Identifier: MIT OR Apache-2.0
//! Functions of a driver that are missing in a stack: of a call with which a function ends, the compiler makes a jump, and
//! nothing of the function is left. What the module's code says of its jumps brings it back.

use super::frame::plain;
use super::site::{Entry, Site, Symbols, Tail};
use crate::vm::step::Step;

/// Who calls a module's init function (init/main.c), and who its exit function (kernel/module/main.c, the system call).
const LOADERS: &[(&str, &str)] = &[
    ("do_one_initcall", "init_module"),
    ("__do_sys_delete_module", "cleanup_module"),
    ("__x64_sys_delete_module", "cleanup_module"),
];

/// Functions of the kernel, 5.10 to 7.3, that call what a driver handed over, and next to nothing of their own: kernel/time,
/// kernel/workqueue.c, kernel/kthread.c, kernel/irq, kernel/softirq.c, kernel/rcu, kernel/notifier.c, kernel/irq_work.c,
/// kernel/params.c, fs, drivers/base, the buses, lib/kobject.c, net/core/dev.c.
const CALLERS: &[&str] = &[
    "call_timer_fn",
    "__hrtimer_run_queues",
    "process_one_work",
    "kthread",
    "irq_thread_fn",
    "irq_forced_thread_fn",
    "__handle_irq_event_percpu",
    "tasklet_action_common",
    "rcu_do_batch",
    "notifier_call_chain",
    "irq_work_single",
    "parse_args",
    "param_attr_show",
    "param_attr_store",
    "vfs_read",
    "vfs_write",
    "new_sync_read",
    "new_sync_write",
    "do_iter_readv_writev",
    "__x64_sys_ioctl",
    "__se_sys_ioctl",
    "proc_reg_read",
    "proc_reg_read_iter",
    "proc_reg_write",
    "proc_reg_open",
    "proc_reg_release",
    "proc_reg_unlocked_ioctl",
    "full_proxy_read",
    "full_proxy_write",
    "full_proxy_open",
    "full_proxy_release",
    "simple_attr_read",
    "simple_attr_write",
    "seq_read_iter",
    "traverse",
    "sysfs_kf_seq_show",
    "sysfs_kf_write",
    "dev_attr_show",
    "dev_attr_store",
    "kobj_attr_show",
    "kobj_attr_store",
    "do_dentry_open",
    "chrdev_open",
    "misc_open",
    "__fput",
    "device_release",
    "kobject_put",
    "kobject_cleanup",
    "platform_probe",
    "platform_remove",
    "platform_drv_probe",
    "platform_drv_remove",
    "local_pci_probe",
    "pci_device_remove",
    "i2c_device_probe",
    "usb_probe_interface",
    "really_probe",
    "call_driver_probe",
    "device_remove",
    "__device_release_driver",
    "device_release_driver_internal",
    "devm_action_release",
    "release_nodes",
    "dev_hard_start_xmit",
    "__dev_open",
];

/// Whether this function of the kernel calls init or exit functions.
pub(crate) fn is_loader(caller: &str) -> bool {
    entry_of(caller).is_some()
}

/// Whether this function of the kernel calls what drivers hand over.
pub(crate) fn is_caller(caller: &str) -> bool {
    CALLERS.contains(&caller)
}

fn entry_of(caller: &str) -> Option<&'static str> {
    LOADERS.iter().find(|(loader, _)| *loader == caller).map(|(_, entry)| *entry)
}

/// What a step calls in a module: the name that the kernel has for it, and the module.
fn of_step(step: &Step) -> Option<(&'static str, &str)> {
    match step {
        Step::Load(load) => Some(("init_module", &load.module)),
        Step::Unload(unload) => Some(("cleanup_module", &unload.module)),
        Step::Run(_) | Step::Stress(_) => None,
    }
}

/// The function that `caller` called and that is not on the stack: its last call, the innermost function first. `called` is what
/// stands above `caller` there; none if the kernel doesn't show it.
pub(super) fn before(caller: &str, called: Option<&str>, step: Option<&Step>, symbols: &Symbols) -> Vec<Site> {
    let loaded = entry_of(caller);
    if let (Some(entry), Some((name, module))) = (loaded, step.and_then(of_step))
        && entry == name
    {
        let entry = symbols.entries.get(&Symbols::entry(name, module));
        let entry = entry.filter(|entry| called.is_none_or(|called| ends_in(entry, called)));
        return entry.map(|entry| last_call(entry, called)).unwrap_or_default();
    }
    let Some(called) = called.filter(|_| loaded.is_some() || is_caller(caller)) else { return Vec::new() };
    let is_of_loader = |name: &str| LOADERS.iter().any(|(_, entry)| *entry == name);
    let is_it = |key: &str| match (key.split_once(' '), loaded) {
        (Some((name, _)), Some(entry)) => name == entry,
        // A key with a `+` is a frame, which is on the stack.
        (Some((name, _)), None) => !name.contains('+') && !is_of_loader(name),
        (None, _) => false,
    };
    let ending = |ends: fn(&str, &str) -> bool| {
        let entries = symbols.entries.iter().filter(|(key, _)| is_it(key)).map(|(_, entry)| entry);
        entries.filter(move |entry| entry.tails.iter().any(|tail| ends(&tail.to, called))).collect::<Vec<_>>()
    };
    let exactly = ending(|to, called| to == called);
    let found = if exactly.is_empty() { ending(leads_to) } else { exactly };
    // Of several, nobody knows which.
    let [entry] = found[..] else { return Vec::new() };
    last_call(entry, Some(called))
}

/// Whether a jump to the one can be what led to the other, by their names: `mutex_lock` jumps to `__mutex_lock`.
pub(crate) fn leads_to(to: &str, called: &str) -> bool {
    called.trim_start_matches('_').starts_with(to.trim_start_matches('_'))
}

/// What those who call init and exit functions call besides, from 5.10 to 7.3, by how the names begin.
const OF_LOADERS: &[&str] = &[
    "initcall_blacklisted",
    "do_trace_initcall",
    "trace_event_raw_event_initcall",
    "__warn_printk",
    "warn_slowpath_fmt",
    "sprintf",
    "strlcat",
    "blocking_notifier_call_chain",
    "notifier_call_chain",
    "klp_module_going",
    "ftrace_release_mod",
    "async_synchronize",
    "free_module",
    "__wake_up",
    "mutex_lock",
    "__mutex_lock",
    "mutex_unlock",
    "__mutex_unlock",
    "find_module",
    "audit_log_kern_module",
    "strncpy_from_user",
    "strscpy",
    "sized_strscpy",
    "_printk",
    "printk",
    "__might_",
];

/// Whether a function that ends so can be what led to `called`: by the names, or since nobody else there calls it.
fn ends_in(entry: &Entry, called: &str) -> bool {
    entry.tails.iter().any(|tail| leads_to(&tail.to, called))
        || !OF_LOADERS.iter().any(|start| called.starts_with(start))
}

/// The call with which this function ended, when it is known that it did: the one that led to `called`, or the only one, since the
/// function that it jumped to may have jumped on.
pub(super) fn last_call(entry: &Entry, called: Option<&str>) -> Vec<Site> {
    let of = |ends: fn(&str, &str) -> bool| {
        let is_it = |tail: &&Tail| called.is_some_and(|called| ends(&tail.to, called));
        entry.tails.iter().filter(is_it).collect::<Vec<_>>()
    };
    let all = || entry.tails.iter().collect();
    let fitting = [of(|to, called| to == called), of(leads_to), all()].into_iter().find(|tails| !tails.is_empty());
    match fitting.unwrap_or_default()[..] {
        [] => Vec::new(),
        [tail] => {
            let mut sites = tail.sites.clone();
            if let Some(first) = sites.first_mut() {
                first.through = Some(plain(&tail.to).to_owned());
            }
            sites
        }
        _ => {
            let why = "in one of the calls that it ends with".to_owned();
            vec![Site { why: Some(why), ..entry.site.clone() }]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::step::{Load, Role};

    fn site(function: &str, line: u32) -> Site {
        Site { function: function.to_owned(), line: Some(line), ..Site::default() }
    }

    fn symbols(entries: &[(&str, &[&str])]) -> Symbols {
        let tail = |(at, to): (usize, &&str)| Tail {
            to: (*to).to_owned(),
            sites: vec![site("f", u32::try_from(at).expect("few") + 1)],
        };
        let entry = |(key, tails): &(&str, &[&str])| {
            let tails = tails.iter().enumerate().map(tail).collect();
            ((*key).to_owned(), Entry { site: site("f", 0), tails })
        };
        Symbols { entries: entries.iter().map(entry).collect(), ..Symbols::default() }
    }

    /// What is said of a stack in which `called` stands above `caller`, while `m` is loaded or during another step.
    fn check(entries: &[(&str, &[&str])], called: Option<&str>, caller: &str, loads: bool, expected: &str) {
        let load = Load {
            module: "m".to_owned(),
            file: String::new(),
            params: String::new(),
            role: Role::Driver,
            refuses: None,
            kunit: false,
        };
        let step = loads.then_some(Step::Load(load));
        let sites = before(caller, called, step.as_ref(), &symbols(entries));
        let words = |site: &Site| {
            let how = site.through.as_ref().or(site.why.as_ref()).map_or("", String::as_str);
            format!("{}:{} {how}", site.function, site.line.unwrap_or(0))
        };
        assert_eq!(sites.iter().map(words).collect::<Vec<_>>().join(", "), expected, "{called:?} {caller}");
    }

    #[test]
    fn entries() {
        let two: &[(&str, &[&str])] = &[("init_module m", &["kfree", "vfree"])];
        check(two, Some("vfree"), "do_one_initcall", true, "f:2 vfree");
        check(two, Some("kfree"), "do_one_initcall", false, "f:1 kfree");
        // What is not shown could be either.
        check(two, None, "do_one_initcall", true, "f:0 in one of the calls that it ends with");
        check(two, Some("free_module"), "do_one_initcall", true, "");
        check(&[("init_module m", &["kfree"])], Some("free_to_partial_list"), "do_one_initcall", true, "f:1 kfree");
        check(two, Some("__vfree"), "do_one_initcall", true, "f:2 vfree");
        check(two, Some("remove_vm_area"), "do_one_initcall", true, "f:0 in one of the calls that it ends with");
        check(two, Some("remove_vm_area"), "do_one_initcall", false, "");
        check(two, Some("kfree"), "__do_sys_delete_module", false, "");
        check(two, Some("kfree"), "call_timer_fn", false, "");
        let one: &[(&str, &[&str])] = &[("init_module m", &["mutex_lock"]), ("init_module n", &["mutex_lock"])];
        check(one, Some("__mutex_lock"), "do_one_initcall", true, "f:1 mutex_lock");
        check(one, Some("mutex_lock"), "do_one_initcall", false, "");
        check(
            &[("init_module m", &["kfree", "kfree"])],
            Some("kfree"),
            "do_one_initcall",
            true,
            "f:0 in one of the calls that it ends with",
        );
        check(&[("init_module m", &[])], Some("kfree"), "do_one_initcall", true, "");
        check(&[], Some("kfree"), "do_one_initcall", true, "");
    }

    #[test]
    fn callbacks() {
        let one: &[(&str, &[&str])] = &[("fires m", &["msleep"]), ("f+0x1/0x2 [m]", &["msleep"])];
        check(one, Some("msleep"), "call_timer_fn", false, "f:1 msleep");
        check(one, Some("__msleep_range"), "call_timer_fn", false, "f:1 msleep");
        check(one, Some("kfree"), "call_timer_fn", false, "");
        check(one, Some("msleep"), "do_one_initcall", false, "");
        check(one, Some("msleep"), "vfs_truncate", false, "");
        let two: &[(&str, &[&str])] = &[("fires m", &["msleep"]), ("works m", &["msleep"])];
        check(two, Some("msleep"), "call_timer_fn", false, "");
    }
}
