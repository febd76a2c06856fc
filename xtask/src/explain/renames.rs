// SPDX-License-Identifier: MIT OR Apache-2.0
//! Changes of the kernel's interfaces that many drivers meet: what was, since which of upstream's releases it is so no more, and
//! what takes its place. The real tier holds every row against the headers of the kernels in the cache, as far as these span it.
//!
//! Releases are those in which upstream's commit arrived; distributions and stable releases may have it earlier. None stands
//! where only the headers at hand are witnesses.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// The name is gone; `now` does its work.
    Gone,
    /// It is declared otherwise.
    Changed,
    /// A header is gone.
    Header,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) change: Change,
    /// A name; `structure.member`; or a header's path.
    pub(crate) was: &'static str,
    pub(crate) since: Option<&'static str>,
    /// A name or a header that takes its place; empty when there is none.
    pub(crate) now: &'static str,
    /// What to do, in words, where a name is not enough.
    pub(crate) what: &'static str,
}

const fn gone(was: &'static str, since: Option<&'static str>, now: &'static str, what: &'static str) -> Row {
    Row { change: Change::Gone, was, since, now, what }
}

const fn changed(was: &'static str, since: &'static str, what: &'static str) -> Row {
    Row { change: Change::Changed, was, since: Some(since), now: "", what }
}

const fn header(was: &'static str, since: &'static str, now: &'static str) -> Row {
    Row { change: Change::Header, was, since: Some(since), now, what: "" }
}

/// The row about a name.
pub(crate) fn row(was: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.was == was)
}

/// The row about the name that took an older one's place: a driver for new kernels meets an old one.
pub(crate) fn row_to(now: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.now == now && row.change != Change::Changed)
}

/// The row about a structure's member that can't be written to: `vm_flags`, or `*dev->dev_addr`.
pub(crate) fn row_of_member(name: &str) -> Option<&'static Row> {
    let name = name.rsplit(['>', '.']).next().unwrap_or(name);
    ROWS.iter().find(|row| row.was.rsplit_once('.').is_some_and(|(_, member)| member == name))
}

pub(crate) const ROWS: &[Row] = &[
    // Timers: commits 41cb08555c41, 8fa7292fee5c, 9779489a31d7.
    gone("from_timer", Some("6.16"), "timer_container_of", ""),
    gone("del_timer", Some("6.15"), "timer_delete", ""),
    gone("del_timer_sync", Some("6.15"), "timer_delete_sync", ""),
    gone("del_singleshot_timer_sync", Some("6.2"), "timer_delete_sync", ""),
    gone("try_to_del_timer_sync", Some("6.16"), "timer_delete_sync_try", ""),
    gone("destroy_timer_on_stack", Some("6.16"), "timer_destroy_on_stack", ""),
    gone("hrtimer_init", Some("6.15"), "hrtimer_setup", "which also takes the function"),
    gone("init_timer", Some("4.15"), "timer_setup", "whose function gets the timer"),
    gone("setup_timer", Some("4.15"), "timer_setup", "whose function gets the timer"),
    gone("do_gettimeofday", Some("5.0"), "ktime_get_real_ts64", ""),
    // Strings and numbers.
    gone("strlcpy", Some("6.8"), "strscpy", "which returns -E2BIG for what was cut, and not a length"),
    gone(
        "strncpy",
        None,
        "strscpy",
        "or strscpy_pad() where the rest must be zeroes, strtomem() for what needs no end",
    ),
    gone("prandom_u32", Some("6.1"), "get_random_u32", ""),
    gone("get_random_int", Some("6.1"), "get_random_u32", ""),
    gone("prandom_u32_max", Some("6.2"), "get_random_u32_below", ""),
    gone("FIELD_SIZEOF", Some("5.5"), "sizeof_field", ""),
    gone("random_ether_addr", None, "eth_random_addr", ""),
    gone("ida_simple_get", None, "ida_alloc", "or ida_alloc_range(), whose last number is included"),
    gone("ida_simple_remove", None, "ida_free", ""),
    // Files and devices.
    gone("PDE_DATA", Some("5.17"), "pde_data", ""),
    gone("no_llseek", Some("6.12"), "", "without `.llseek` a file can't be sought, so the line can go"),
    gone("register_sysctl_table", Some("6.5"), "register_sysctl", "which takes the path"),
    gone("MODULE_SUPPORTED_DEVICE", Some("5.12"), "", "it never did anything: the line can go"),
    gone("complete_and_exit", Some("5.17"), "kthread_complete_and_exit", ""),
    gone("alloc_tty_driver", Some("5.15"), "tty_alloc_driver", "which takes flags and returns ERR_PTR()"),
    gone("put_tty_driver", Some("5.15"), "tty_driver_kref_put", ""),
    gone("acpi_bus_get_device", Some("5.18"), "acpi_fetch_acpi_dev", "which returns the device"),
    gone("i2c_new_device", Some("5.8"), "i2c_new_client_device", "which returns ERR_PTR()"),
    gone("hid_is_using_ll_driver", None, "hid_is_usb", ""),
    gone("uart_circ_empty", Some("6.10"), "kfifo_is_empty", "of the port's `xmit_fifo`"),
    gone("irq_domain_add_linear", None, "irq_domain_create_linear", "which takes a fwnode: of_fwnode_handle(np)"),
    changed("class_create", "6.4", "it takes the name alone, without THIS_MODULE"),
    changed("DEFINE_SEMAPHORE", "6.4", "it takes the count as well: 1 for what it was"),
    changed("platform_driver.remove", "6.11", "it returns nothing"),
    changed("i2c_driver.probe", "6.3", "it takes the client alone; i2c_client_get_device_id() has the id"),
    changed("i2c_driver.remove", "6.1", "it returns nothing"),
    changed("spi_driver.remove", "5.18", "it returns nothing"),
    changed("bus_type.remove", "5.15", "it returns nothing"),
    changed("bus_type.match", "6.11", "it takes a `const struct device_driver *`"),
    changed("class.devnode", "6.2", "it takes a `const struct device *`"),
    changed("tty_operations.write", "6.6", "it takes `const u8 *` and `size_t`, and returns `ssize_t`"),
    changed("hid_driver.report_fixup", "6.12", "it returns `const __u8 *`"),
    changed("gpio_chip.set", "6.17", "it returns an errno"),
    gone("class.owner", Some("6.4"), "", "the line can go"),
    gone("i2c_driver.probe_new", None, "", "`.probe` is what it was"),
    gone("platform_driver.remove_new", None, "", "`.remove` is what it was"),
    gone("kobj_type.default_attrs", Some("5.18"), "", "`.default_groups` takes groups: ATTRIBUTE_GROUPS()"),
    gone("file_operations.iterate", Some("6.6"), "", "`.iterate_shared` is called with the lock shared"),
    // Memory.
    gone("set_fs", Some("5.18"), "", "kernel_read() and kernel_write() take kernel memory"),
    gone("mm_struct.mmap_sem", Some("5.8"), "", "`mmap_lock` takes its place, by mmap_read_lock() and its like"),
    gone("use_mm", Some("5.8"), "kthread_use_mm", ""),
    gone("probe_kernel_read", Some("5.8"), "copy_from_kernel_nofault", ""),
    gone("follow_pfn", Some("6.12"), "follow_pfnmap_start", "and follow_pfnmap_end()"),
    gone("__GFP_ATOMIC", Some("6.3"), "GFP_ATOMIC", ""),
    gone("register_shrinker", Some("6.7"), "shrinker_register", "of what shrinker_alloc() made"),
    gone("ioremap_nocache", Some("5.6"), "ioremap", ""),
    gone("dma_zalloc_coherent", Some("5.0"), "dma_alloc_coherent", "whose memory is zeroed"),
    changed("get_user_pages", "6.5", "it takes no `vmas`"),
    changed("vm_area_struct.vm_flags", "6.3", "it is changed by vm_flags_set(), vm_flags_clear() and vm_flags_mod()"),
    // PCI.
    gone("pci_set_dma_mask", Some("5.18"), "dma_set_mask", "of `&pdev->dev`; dma_set_mask_and_coherent() does both"),
    gone("pci_alloc_consistent", Some("5.18"), "dma_alloc_coherent", "of `&pdev->dev`, with GFP_ATOMIC or GFP_KERNEL"),
    gone("pci_map_single", Some("5.18"), "dma_map_single", "of `&pdev->dev`, with DMA_TO_DEVICE and its like"),
    gone("pci_enable_pcie_error_reporting", None, "", "the PCI core does it: the call can go"),
    // Network.
    gone("netif_rx_ni", Some("5.18"), "netif_rx", ""),
    gone("u64_stats_fetch_begin_irq", Some("6.3"), "u64_stats_fetch_begin", ""),
    changed("netif_napi_add", "6.1", "it takes no weight; netif_napi_add_weight() does"),
    changed("net_device.dev_addr", "5.17", "it is changed by eth_hw_addr_set() or dev_addr_set()"),
    // Blocks and inodes.
    gone("alloc_disk", Some("5.15"), "blk_alloc_disk", ""),
    gone("blk_cleanup_queue", Some("6.0"), "", "put_disk() does it"),
    gone("bdevname", Some("6.0"), "", "the format `%pg` prints the device's name"),
    gone("blkdev_get_by_path", None, "bdev_file_open_by_path", "which returns a file"),
    gone("bio_clone_fast", Some("5.18"), "bio_alloc_clone", "which takes the device as well"),
    gone("iov_iter_get_pages", Some("6.0"), "iov_iter_get_pages2", "which advances the iterator"),
    changed("bio_alloc", "5.18", "it takes the device and the operation as well"),
    changed("blk_alloc_disk", "6.9", "it takes the queue's limits first, or NULL"),
    changed("blk_mq_alloc_disk", "6.9", "it takes the queue's limits as well, or NULL"),
    changed("block_device_operations.open", "6.5", "it takes the disk and a `blk_mode_t`"),
    gone("inode.i_ctime", Some("6.6"), "", "inode_get_ctime() and inode_set_ctime_to_ts() are the way to it"),
    gone("inode.i_mtime", Some("6.7"), "", "inode_get_mtime() and inode_set_mtime_to_ts() are the way to it"),
    // Symbols that are there, and exported no more.
    gone("kallsyms_lookup_name", Some("5.7"), "", "no module may look up symbols: use what is exported, or a kprobe"),
    gone("sched_setscheduler", Some("5.9"), "sched_set_fifo", ""),
    gone("do_exit", Some("5.17"), "kthread_exit", "from a thread of the kernel; or its function returns"),
    // Headers.
    header("asm/unaligned.h", "6.12", "linux/unaligned.h"),
    header("stdarg.h", "5.16", "linux/stdarg.h"),
    header("linux/genhd.h", "5.18", "linux/blkdev.h"),
    header("crypto/sha.h", "5.11", "crypto/sha2.h"),
    header("linux/pci-dma-compat.h", "5.18", "linux/dma-mapping.h"),
    header("linux/pci-aspm.h", "5.4", "linux/pci.h"),
];

/// What these kernels' headers say against the table: a name that is declared though it is gone, or whose heir is not there.
pub(crate) fn contradictions(kernels: &[super::shelf::Known]) -> Vec<String> {
    use super::c::declared::What;
    let names: Vec<&str> = ROWS.iter().flat_map(|row| [row.was, row.now]).filter(|name| !name.is_empty()).collect();
    let mut wrong = Vec::new();
    for known in kernels {
        let index = super::headers::Index::of(&known.tops(), &names);
        let has = |name: &str| index.get(name).iter().any(|place| place.declared.what != What::Type);
        for row in ROWS.iter().filter(|row| row.since.is_some_and(|since| known.is_since(since))) {
            let label = &known.release;
            match row.change {
                Change::Gone if EXPORTED_NO_MORE.contains(&row.was) || row.was.contains('.') => (),
                Change::Gone => {
                    if has(row.was) {
                        wrong.push(format!("{label} declares {}", row.was));
                    }
                    if !row.now.is_empty() && !has(row.now) {
                        wrong.push(format!("{label} does not declare {}", row.now));
                    }
                }
                Change::Header => {
                    if known.header(row.was).is_some() || known.header(row.now).is_none() {
                        wrong.push(format!("{label}: {} or {}", row.was, row.now));
                    }
                }
                Change::Changed => (),
            }
        }
    }
    wrong
}

const EXPORTED_NO_MORE: &[&str] = &["kallsyms_lookup_name", "sched_setscheduler", "do_exit"];
