// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was left behind, and steps that stress a driver, by reports with a few lines of interest.

use std::fmt::Write as _;
use std::path::Path;

use expect_test::{Expect, expect};

use super::transcripts;
use crate::judge::{Transcript, judge};
use crate::report::explained;
use crate::vm::step::{How, Load, Role, Step, Stress, Unload};

fn transcript(steps: Vec<Step>, allowed: Option<&[&str]>, report: &str) -> Transcript {
    let mut transcript = Transcript::read(&transcripts().join("pass")).expect("a golden transcript is whole");
    let head = "KTAP version 1\n# workbench n\n# taint 0\n";
    transcript.results = format!("{head}1..{}\n{report}# end n 9\n", steps.len()).into_bytes();
    transcript.console = b"workbench: n begin 1 load m\nworkbench: n end\n".to_vec();
    transcript.record.nonce = "n".to_owned();
    transcript.record.log.require.clear();
    transcript.record.leftovers = allowed.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    transcript.record.steps = steps;
    transcript
}

#[track_caller]
fn check(steps: Vec<Step>, allowed: Option<&[&str]>, report: &str, expected: &Expect) {
    let judgement = judge(&transcript(steps, allowed, report));
    let mut text = format!("{}: {}\n", judgement.verdict.word(), judgement.verdict.headline());
    let remarks = judgement.remarks.into_iter().map(|remark| format!("note: {}", remark.text));
    for line in explained(&judgement.verdict, Path::new("/")).into_iter().chain(remarks) {
        writeln!(text, "  {line}").expect("a String takes everything");
    }
    expected.assert_eq(&text);
}

fn modules() -> Vec<Step> {
    let load = Load {
        module: "m".to_owned(),
        file: "/m".to_owned(),
        params: String::new(),
        role: Role::Driver,
        refuses: None,
        kunit: false,
    };
    vec![Step::Load(load), Step::Unload(Unload { module: "m".to_owned() })]
}

const WELL: &str = "# begin 1 1\nok 1 load m\n# begin 2 2\nok 2 unload m\n";

/// What comes of these lines at the end.
#[track_caller]
fn check_left(allowed: Option<&[&str]>, lines: &str, expected: &Expect) {
    check(modules(), allowed, &format!("{WELL}{lines}"), expected);
}

/// What comes of these lines in a step that stresses the driver.
#[track_caller]
fn check_stress(how: How, lines: &str, result: &str, expected: &Expect) {
    let mut steps = modules();
    steps.push(Step::Stress(Stress { how, count: 20, deadline_s: 20 }));
    let (word, reason) = result.split_once(':').unwrap_or((result, ""));
    let result = format!("{word} 3 {}{reason}\n", steps[2].description());
    check(steps, Some(&[]), &format!("{WELL}# begin 3 3\n{lines}{result}# looked 0\n"), expected);
}

#[test]
fn consoles_of_sleep() {
    let lines = "# left /dev/vcs63\n# left /dev/vcsa63\n# left /dev/vcsu63\n# left /sys/class/vc/vcsu63\n# looked 4\n";
    check_left(
        Some(&[]),
        lines,
        &expect![[r#"
        pass: everything went as asked, and the kernel reported no fault
    "#]],
    );
    check_left(
        Some(&[]),
        "# left /dev/vcs62\n# looked 1\n",
        &expect![[r#"
        fail: after unloading, /dev/vcs62 is still there: misc_deregister, or device_destroy, is missing
    "#]],
    );
}

#[test]
fn names_in_words() {
    let names = [
        "/sys/class/misc/foo",
        "/dev/foo",
        "/proc/devices: 240 foo",
        "/proc/devices: 241 bar",
        "/proc/foo",
        "/proc/sys/dev/foo",
        "/proc/irq/11/foo",
        "/proc/iomem: fe000000-fe000fff : foo",
        "/proc/ioports: 9000-900f : foo",
        "/proc/filesystems: nodev foo",
        "/sys/kernel/debug/foo",
        "/sys/kernel/config/foo",
        "/sys/kernel/slab/foo",
        "/sys/class/foos",
        "/sys/bus/pci/drivers/foo",
        "/sys/bus/platform/devices/foo.0",
        "/sys/bus/foo",
        "/sys/kernel/fooo",
        "thread foo/0",
        "thread kworker/R-foo",
        "vmalloc 8192 from 0xffffffffc0201034",
        "vmalloc",
        "",
    ];
    let lines: String = names.iter().map(|name| format!("# left {name}\n")).collect();
    check_left(
        Some(&[]),
        &format!("{lines}# looked {}\n", names.len()),
        &expect![[r#"
            fail: after unloading, /dev/foo is still there: misc_deregister, or device_destroy, is missing (and 20 more)
              the same, by other names:
              /proc/devices: 240 foo
              /sys/class/misc/foo
              after unloading, the device number `241 bar` is still taken: unregister_chrdev_region, or cdev_del, is missing
              after unloading, the memory region `fe000000-fe000fff : foo` is still taken: release_mem_region is missing
              after unloading, the ports `9000-900f : foo` are still taken: release_region is missing
              after unloading, the file system `nodev foo` is still registered: unregister_filesystem is missing
              after unloading, /proc/sys/dev/foo is still there: unregister_sysctl_table is missing
              after unloading, the interrupt handler /proc/irq/11/foo is still there: free_irq is missing
              after unloading, /proc/foo is still there: remove_proc_entry, or proc_remove, is missing
              after unloading, /sys/kernel/debug/foo is still there: debugfs_remove is missing
              after unloading, /sys/kernel/config/foo is still there: configfs_unregister_subsystem is missing
              after unloading, the slab cache `foo` is still there: kmem_cache_destroy is missing
              after unloading, /sys/class/foos is still there: class_destroy is missing
              after unloading, /sys/bus/pci/drivers/foo is still there: driver_unregister, or that of its bus, is missing
              after unloading, /sys/bus/platform/devices/foo.0 is still there: device_unregister, or that of its bus, is missing
              after unloading, /sys/bus/foo is still there: bus_unregister is missing
              after unloading, /sys/kernel/fooo is still there: kobject_put is missing
              after unloading, the work queue `foo` is still there: destroy_workqueue is missing
              after unloading, the kernel thread `foo/0` still runs: kthread_stop, or destroy_workqueue, is missing
              after unloading, 8192 bytes of vmalloc are still allocated (from 0xffffffffc0201034): vfree is missing
              after unloading, vmalloc is still there: what undoes it is missing
              after unloading,  is still there: what undoes it is missing
        "#]],
    );
}

#[test]
fn what_may_be_left() {
    check_left(
        Some(&[]),
        "# looked 0\n",
        &expect![[r#"
        pass: everything went as asked, and the kernel reported no fault
    "#]],
    );
    check_left(
        None,
        "",
        &expect![[r#"
        pass: everything went as asked, and the kernel reported no fault
    "#]],
    );
    check_left(
        None,
        "# left /proc/foo\n# looked 1\n",
        &expect![[r#"
        pass: everything went as asked, and the kernel reported no fault
    "#]],
    );
    check_left(
        Some(&["/proc/foo"]),
        "# left /proc/foo\n# looked 1\n",
        &expect![[r#"
        pass: everything went as asked, and the kernel reported no fault
    "#]],
    );
    check_left(
        Some(&["/proc/foo"]),
        "# left /proc/foobar\n# looked 1\n",
        &expect![[r#"
        fail: after unloading, /proc/foobar is still there: remove_proc_entry, or proc_remove, is missing
    "#]],
    );
    check_left(
        Some(&["/proc/foo*"]),
        "# left /proc/foobar\n# looked 1\n",
        &expect![[r#"
        pass: everything went as asked, and the kernel reported no fault
    "#]],
    );
}

#[test]
fn looks_that_make_no_sense() {
    check_left(
        Some(&[]),
        "",
        &expect![[r#"
        lost: the guest's report makes no sense: it does not say whether anything was left behind
    "#]],
    );
    check_left(
        Some(&[]),
        "# left /proc/foo\n# looked 0\n",
        &expect![[r#"
        lost: the guest's report makes no sense: it counts 0 things that were left behind, and names 1
    "#]],
    );
    check_left(
        Some(&[]),
        "# looked 0\n# left /proc/foo\n",
        &expect![[r#"
        lost: the guest's report makes no sense: line 10: `# left` outside the look for what was left behind
    "#]],
    );
    check_left(
        Some(&[]),
        "# looked 0\n# looked 0\n",
        &expect![[r#"
        lost: the guest's report makes no sense: line 10: `# looked` outside the look for what was left behind
    "#]],
    );
    check_left(
        Some(&[]),
        "# not-looked m is still loaded\n",
        &expect![[r#"
        lost: the guest's report makes no sense: it did not look for what was left behind: m is still loaded
    "#]],
    );
}

/// The kernel's own may be made to stay, and then nobody asks for it to be unloaded.
#[test]
fn a_module_that_is_left_loaded() {
    let load = modules().into_iter().take(1).collect();
    check(
        load,
        Some(&[]),
        "# begin 1 1\nok 1 load m\n# not-looked m is still loaded\n",
        &expect![[r#"
        pass: everything went as asked, and the kernel reported no fault
    "#]],
    );
}

#[test]
fn who_holds_a_module() {
    for held in ["1 -", "2 -", "1 a,", "2 a,b,", "3 a,b,", "0 -", "0 [permanent],", "1 a,[permanent],"] {
        let report = format!("# begin 1 1\nok 1 load m\n# begin 2 2\n# errno 11\n# held {held}\nnot ok 2 unload m\n");
        let report = format!("{report}# not-looked m is still loaded\n");
        let expected = match held {
            "1 -" => expect![[r#"
                fail: the kernel refused to unload `m`: EAGAIN, it is still in use, by 1 reference that no module holds: an open file, or a try_module_get without its module_put
            "#]],
            "2 -" => expect![[r#"
                fail: the kernel refused to unload `m`: EAGAIN, it is still in use, by 2 references that no module holds: an open file, or a try_module_get without its module_put
            "#]],
            "1 a," => expect![[r#"
                fail: the kernel refused to unload `m`: EAGAIN, `a` still needs it
            "#]],
            "2 a,b," => expect![[r#"
                fail: the kernel refused to unload `m`: EAGAIN, `a`, `b` still need it
            "#]],
            "3 a,b," => expect![[r#"
                fail: the kernel refused to unload `m`: EAGAIN, `a`, `b` still need it, and there is 1 reference that no module holds: an open file, or a try_module_get without its module_put
            "#]],
            "0 [permanent]," => expect![[r#"
                fail: the kernel refused to unload `m`: EAGAIN, it has no exit function, and without one a module is never unloaded
                  help: add `module_exit(m_exit);` and a function `static void __exit m_exit(void)` that undoes what init did; an empty one will do, if there is nothing to undo
            "#]],
            "1 a,[permanent]," => expect![[r#"
                fail: the kernel refused to unload `m`: EAGAIN, `a` still needs it
                  help: add `module_exit(m_exit);` and a function `static void __exit m_exit(void)` that undoes what init did; an empty one will do, if there is nothing to undo
            "#]],
            _ => expect![[r#"
                fail: the kernel refused to unload `m`: EAGAIN, it is still in use: something holds a reference to it, or another module needs it
            "#]],
        };
        check(modules(), Some(&[]), &report, &expected);
    }
}

#[test]
fn stress() {
    check_stress(
        How::Cycle,
        "# at cycle 20\n# done 20\n",
        "ok",
        &expect![[r#"
        pass: everything went as asked, and the kernel reported no fault
    "#]],
    );
    check_stress(
        How::Cycle,
        "# at cycle 7\n# done 7\n",
        "ok",
        &expect![[r#"
        pass: everything went as asked, and the kernel reported no fault
          note: `load and unload 20 times` came to 7 cycles in its 20 s
    "#]],
    );
    check_stress(
        How::Cycle,
        "# at cycle 20\n",
        "ok",
        &expect![[r#"
        lost: the guest's report makes no sense: `load and unload 20 times` is said to have gone well, and not how much of it was done
    "#]],
    );
    check_stress(
        How::Cycle,
        "# at cycle 7\n# refused load m\n# errno 17\n",
        "not ok",
        &expect![[r#"
        fail: load and unload 20 times: cycle 7: the kernel refused to load m: EEXIST, it is loaded already, or it registers a name that is taken
    "#]],
    );
    check_stress(
        How::Cycle,
        "# done 20\n# leak 1 64 kmalloc-64\n# leak 2 100 mine\n",
        "not ok",
        &expect![[r#"
        fail: load and unload 20 times: every cycle leaks 264 bytes of memory: 1 of `kmalloc-64`, 2 of `mine`
    "#]],
    );
    check_stress(
        How::Cycle,
        "# done 20\n# leak 2 4096 pages\n",
        "not ok",
        &expect![[r#"
        fail: load and unload 20 times: every cycle leaks 8192 bytes of memory: 2 pages
    "#]],
    );
    check_stress(
        How::Cycle,
        "# done 20\n# leak 1 64 kmalloc-64\n",
        "ok",
        &expect![[r#"
        lost: the guest's report makes no sense: `load and unload 20 times` is said to have gone well, and to have failed
    "#]],
    );
    check_stress(
        How::Cycle,
        "# done 20\n",
        "not ok",
        &expect![[r#"
        fail: load and unload 20 times: the guest says that it failed, and not how
    "#]],
    );
    check_stress(
        How::Hold,
        "# at after holding /proc/m\n# refused unload m\n# errno 11\n# held 1 -\n",
        "not ok",
        &expect![[r#"
            fail: unload while a file is open: after holding /proc/m: the kernel refused to unload m: EAGAIN, it is still in use, by 1 reference that no module holds: an open file, or a try_module_get without its module_put
        "#]],
    );
    check_stress(
        How::Inject,
        "",
        "ok: # SKIP no fault injection",
        &expect![[r#"
        pass: everything went as asked, and the kernel reported no fault
          note: left out `load while allocations fail`: no fault injection
    "#]],
    );
    check_stress(
        How::Inject,
        "# at allocation 3 of load m\n# left /proc/m\n# left /dev/m\n",
        "not ok",
        &expect![[r#"
        fail: load while allocations fail: allocation 3 of load m: /proc/m was left behind (and 1 more)
    "#]],
    );
    // What the kernel says of an allocation that had to fail; that of another step counts.
    let refused = "# log 4,1,1,-;init: vmalloc error: size 8192, failed to allocate pages, mode:0xcc0\n\
        # log 4,2,1,-;CPU: 0 PID: 1 Comm: init Tainted: G           OE      6.1.0-56-amd64 #1\n# done 1\n";
    check_stress(
        How::Inject,
        refused,
        "ok",
        &expect![[r#"
            pass: everything went as asked, and the kernel reported no fault
        "#]],
    );
    check_stress(
        How::Cycle,
        refused,
        "ok",
        &expect![[r#"
            crash: init: vmalloc error: size 8192, failed to allocate pages, mode:0xcc0 (during `load and unload 20 times`)
              note: `load and unload 20 times` came to 1 cycles in its 20 s
        "#]],
    );
}
