// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a driver left behind: names that the guest found at the end and not before the driver was loaded.

use serde::{Deserialize, Serialize};

use super::answer::{Looked, Outcome, Report};
use super::transcript::Record;
use super::verdict::Failure;
use crate::vm::step::Step;

/// So many names are looked at; the guest reports fewer.
const MOST: usize = 400;

/// What sort of thing was left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leftover {
    Device,
    DeviceNumber,
    NetDevice,
    Class,
    Bus,
    BusDriver,
    Proc,
    Sysctl,
    Interrupt,
    IoMemory,
    IoPorts,
    FileSystem,
    Debugfs,
    Configfs,
    SlabCache,
    Sysfs,
    Thread,
    Workqueue,
    Memory,
    /// Somebody waits in the driver's code.
    Task,
}

use Leftover::{
    Bus, BusDriver, Class, Configfs, Debugfs, Device, DeviceNumber, FileSystem, Interrupt, IoMemory, IoPorts, Memory,
    NetDevice, Proc, SlabCache, Sysctl, Sysfs, Task, Thread, Workqueue,
};

/// How names begin, with the kind that they are of and the call that a driver has forgotten; the first that fits counts.
const KINDS: &[(&str, Leftover, &str)] = &[
    ("task ", Task, "a reference to the module, `.owner = THIS_MODULE`, or a wait for who is in it,"),
    ("/sys/class/net/", NetDevice, "unregister_netdev"),
    ("/proc/net/dev_snmp6/", NetDevice, "unregister_netdev"),
    ("/dev/", Device, "misc_deregister, or device_destroy,"),
    ("/proc/devices: ", DeviceNumber, "unregister_chrdev_region, or cdev_del,"),
    ("/proc/iomem: ", IoMemory, "release_mem_region"),
    ("/proc/ioports: ", IoPorts, "release_region"),
    ("/proc/filesystems: ", FileSystem, "unregister_filesystem"),
    ("/proc/sys/", Sysctl, "unregister_sysctl_table"),
    ("/proc/irq/", Interrupt, "free_irq"),
    ("/proc/", Proc, "remove_proc_entry, or proc_remove,"),
    ("/sys/kernel/debug/", Debugfs, "debugfs_remove"),
    ("/sys/kernel/config/", Configfs, "configfs_unregister_subsystem"),
    ("/sys/kernel/slab/", SlabCache, "kmem_cache_destroy"),
    ("/sys/class/*/", Device, "misc_deregister, or device_unregister,"),
    ("/sys/class/", Class, "class_destroy"),
    ("/sys/bus/*/drivers/", BusDriver, "driver_unregister, or that of its bus,"),
    ("/sys/bus/*/devices/", Device, "device_unregister, or that of its bus,"),
    ("/sys/bus/", Bus, "bus_unregister"),
    ("/sys/devices/", Device, "device_unregister"),
    ("/sys/", Sysfs, "kobject_put"),
    ("thread kworker/R-", Workqueue, "destroy_workqueue"),
    ("thread ", Thread, "kthread_stop, or destroy_workqueue,"),
    ("vmalloc ", Memory, "vfree"),
];

/// What the kernel makes for itself meanwhile: to sleep it switches to a console of its own, the last (kernel/power/console.c).
const OF_KERNEL: &[(&str, &str)] = &[
    ("/dev/", "vcs63"),
    ("/dev/", "vcsa63"),
    ("/dev/", "vcsu63"),
    ("/sys/class/vc/", "vcs63"),
    ("/sys/class/vc/", "vcsa63"),
    ("/sys/class/vc/", "vcsu63"),
];

/// What was left behind and may not be; of the names of one thing, the first is told and the others stand with it.
pub(super) fn behind(record: &Record, report: &Report) -> Vec<Failure> {
    let (Some(allowed), Some(Looked::Found(_))) = (&record.leftovers, &report.looked) else {
        return Vec::new();
    };
    let is_of_kernel = |name: &str| OF_KERNEL.iter().any(|(dir, text)| name.strip_prefix(dir) == Some(text));
    let is_news = |name: &&String| !is_of_kernel(name) && !allowed.iter().any(|allowed| allows(allowed, name));
    let mut things: Vec<Thing<'_>> =
        report.left.iter().filter(is_news).take(MOST).map(|name| Thing::new(name)).collect();
    things.sort_by_key(|thing| thing.rank);
    let mut failures: Vec<(Thing<'_>, Vec<String>)> = Vec::new();
    for thing in things {
        match failures.iter_mut().find(|(first, _)| first.is_same_as(&thing)) {
            Some((_, also)) => also.push(thing.name.to_owned()),
            None => failures.push((thing, Vec::new())),
        }
    }
    let refused = record.steps.iter().zip(&report.steps).any(|(asked, answer)| {
        asked.is_of_driver() && answer.result.as_ref().is_some_and(|result| result.outcome == Outcome::NotOk)
    });
    let unloads = record.steps.iter().any(|step| matches!(step, Step::Unload(_)));
    let when = match (refused, unloads) {
        (true, _) => "after its init refused",
        (false, true) => "after unloading",
        (false, false) => "at the end",
    };
    let failure = |(thing, also): (Thing<'_>, Vec<String>)| Failure::Leftover {
        kind: thing.kind,
        name: thing.name.to_owned(),
        meaning: format!("{when}, {}: {} is missing", thing.words(), thing.forgotten),
        also,
    };
    failures.into_iter().map(failure).collect()
}

/// Whether an entry of the list in driver.toml means this name.
fn allows(allowed: &str, name: &str) -> bool {
    allowed.strip_suffix('*').map_or(allowed == name, |start| name.starts_with(start))
}

struct Thing<'a> {
    name: &'a str,
    kind: Leftover,
    forgotten: &'static str,
    rank: usize,
}

impl<'a> Thing<'a> {
    fn new(name: &'a str) -> Self {
        let found = KINDS.iter().position(|(start, ..)| fits(start, name));
        let rank = found.unwrap_or(KINDS.len());
        let (_, kind, forgotten) = KINDS.get(rank).copied().unwrap_or(("", Sysfs, "what undoes it"));
        Self { name, kind, forgotten, rank }
    }

    /// A device has a node, a number, and a place in sysfs, all of its name.
    fn is_same_as(&self, other: &Self) -> bool {
        let is_device = |kind| matches!(kind, Device | DeviceNumber | NetDevice | Class | Sysfs);
        let last = |name: &'a str| name.rsplit(['/', ' ']).next();
        is_device(self.kind) && is_device(other.kind) && last(self.name) == last(other.name)
    }

    fn words(&self) -> String {
        let name = self.name;
        let after = |start: &str| name.strip_prefix(start).unwrap_or(name).to_owned();
        match self.kind {
            DeviceNumber => format!("the device number `{}` is still taken", after("/proc/devices: ")),
            IoMemory => format!("the memory region `{}` is still taken", after("/proc/iomem: ")),
            IoPorts => format!("the ports `{}` are still taken", after("/proc/ioports: ")),
            NetDevice => {
                format!("the network device `{}` is still registered", name.rsplit('/').next().unwrap_or(name))
            }
            FileSystem => format!("the file system `{}` is still registered", after("/proc/filesystems: ")),
            Interrupt => format!("the interrupt handler {name} is still there"),
            SlabCache => format!("the slab cache `{}` is still there", after("/sys/kernel/slab/")),
            Workqueue => format!("the work queue `{}` is still there", after("thread kworker/R-")),
            Thread => format!("the kernel thread `{}` still runs", after("thread ")),
            Task => {
                let text = after("task ");
                let (task, frame) = text.rsplit_once(' ').unwrap_or((&text, ""));
                let function = frame.split('+').next().unwrap_or_default();
                format!("the task `{task}` waits in {function}, called by the driver's code, which is gone")
            }
            Memory => {
                let text = after("vmalloc ");
                let (size, from) = text.split_once(' ').unwrap_or((&text, ""));
                format!("{size} bytes of vmalloc are still allocated ({from})")
            }
            _ => format!("{name} is still there"),
        }
    }
}

/// Whether a name begins so; `*` is a part of a path.
fn fits(start: &str, name: &str) -> bool {
    let Some((before, after)) = start.split_once('*') else {
        return name.starts_with(start);
    };
    let rest = name.strip_prefix(before).and_then(|rest| rest.split_once('/'));
    rest.is_some_and(|(_, rest)| format!("/{rest}").starts_with(after))
}
