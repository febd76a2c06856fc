// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reports of the kernel of which little is to be had but words, and words that are no reports: what tells them apart is
//! the taint that they leave, the lines that follow, and the options that the kernel has.

use expect_test::{Expect, expect};

use super::{Transcript, judge, transcripts};
use crate::judge::Known;
use crate::vm::step::Step;

/// The taint of foobar itself, which is not in the kernel's tree and not signed.
const LOADED: u64 = 1 << 12 | 1 << 13;
const P: u64 = 1;
const W: u64 = 1 << 9;

/// A good run, but for what the kernel said before its third step, or after its end, and its taint after the first and
/// the last step.
fn run(said: &str, later: &str, taints: [u64; 2]) -> Transcript {
    let mut run = Transcript::read(&transcripts().join("pass")).expect("a golden transcript is whole");
    let console = String::from_utf8_lossy(&run.console);
    let (before, after) = console.split_once("[    0.560091]").expect("the third mark");
    let at = |lines: &str| lines.lines().fold(String::new(), |all, line| format!("{all}[    0.550000] {line}\r\n"));
    run.console = format!("{before}{}[    0.560091]{after}{}", at(said), at(later)).into_bytes();
    let report = String::from_utf8(run.results).expect("a report is UTF-8");
    let taint = |report: &str, taint| report.replacen("# taint 12288", &format!("# taint {}", LOADED | taint), 1);
    let (first, last) = report.split_at(report.find("# begin 2 ").expect("a second step"));
    run.results = (taint(first, taints[0]) + &taint(last, taints[1])).into_bytes();
    run
}

#[expect(clippy::needless_pass_by_value, reason = "expectations are written where they are used")]
#[track_caller]
fn judged(run: &Transcript, expected: Expect) {
    let judged = judge(run);
    let remarks = judged.remarks.iter().map(|remark| format!("\nnote: {}", remark.text)).collect::<String>();
    expected.assert_eq(&format!("{}: {}{remarks}", judged.verdict.word(), judged.verdict.headline()));
}

/// The verdict if the kernel says this during the second step, and its taint is this at its end.
#[track_caller]
fn check(taint: u64, said: &str, expected: Expect) {
    judged(&run(said, "", [0, taint]), expected);
}

/// So many lines that are nobody's proof.
fn lines(count: usize) -> String {
    (0..count).map(|at| format!("foobar: {at}\n")).collect()
}

const TRACE: &str = "CPU: 1 PID: 61 Comm: cat Tainted: G           OE      6.1.0-56-amd64 #1\nCall Trace:\n";
const RCU_NODES: &str = "rcu: blocking rcu_node structures (internal RCU debug):\nSending NMI from CPU 0 to CPUs 1:\n";

#[test]
fn reports_that_leave_another_taint_or_none() {
    let cfi = "CFI failure at foobar_call+0x9/0x10 [foobar] (target: foobar_show+0x0/0x10 [foobar]; expected type: 0x6)\n\
        WARNING: CPU: 0 PID: 61 at foobar_call+0x9/0x10 [foobar]\nModules linked in: foobar(OE)\n---[ end trace 0 ]---\n";
    check(
        P,
        cfi,
        expect![[r#"
        crash: CFI failure at foobar_call+0x9/0x10 [foobar] (target: foobar_show+0x0/0x10 [foobar]; expected type: 0x6) (during `greets`)
        note: the kernel became tainted (after `unload foobar`): P (a proprietary module was loaded)"#]],
    );
    check(
        0,
        cfi,
        expect![[r#"
        pass: everything went as asked, and the kernel reported no fault
        note: a line of the log reads like a report of the kernel, and is none, since the kernel's taint has no `P` or `S` or `D` or `W` or `I`, which such a report leaves: CFI failure at foobar_call+0x9/0x10 [foobar] (target: foobar_show+0x0/0x10 [foobar]; expected type: 0x6) (and 1 more)"#]],
    );
    check(
        0,
        "mce: [Hardware Error]: CPU 0: Machine Check: 0 Bank 5: be00000000800400\n",
        expect!["crash: mce: [Hardware Error]: CPU 0: Machine Check: 0 Bank 5: be00000000800400 (during `greets`)"],
    );
    check(
        0,
        "VFS: Busy inodes after unmount of foobar. Self-destruct in 5 seconds.  Have a nice day...\n",
        expect![
            "crash: VFS: Busy inodes after unmount of foobar. Self-destruct in 5 seconds.  Have a nice day... (during `greets`)"
        ],
    );
    check(
        0,
        "percpu: allocation failed, size=8192 align=8 atomic=1, atomic alloc failed, no space left\n",
        expect![
            "crash: percpu: allocation failed, size=8192 align=8 atomic=1, atomic alloc failed, no space left (during `greets`)"
        ],
    );
    check(
        W,
        "ODEBUG: object 00000000a1b2c3d4 is on stack 00000000a1b2c000, but NOT annotated.\n",
        expect![
            "crash: ODEBUG: object 00000000a1b2c3d4 is on stack 00000000a1b2c000, but NOT annotated. (during `greets`)"
        ],
    );
}

/// A data race counts if the driver is one of the two, or has called one of them.
#[test]
fn races() {
    let race = |this: &str, other: &str| {
        format!(
            "==================================================================\nBUG: KCSAN: data-race in {this} / {other}\n\n\
             write to 0xffffffffa0002180 of 8 bytes by task 30 on cpu 0:\n {this}+0x1/0x2\n\n\
             read to 0xffffffffa0002180 of 8 bytes by task 31 on cpu 1:\n {other}+0x1/0x2\n\n\
             Reported by Kernel Concurrency Sanitizer on:\nCPU: 1 UID: 0 PID: 31 Comm: cat\n\
             ==================================================================\n"
        )
    };
    check(
        0,
        &race("foobar_show [foobar]", "tick_do_update"),
        expect!["crash: BUG: KCSAN: data-race in foobar_show [foobar] / tick_do_update (during `greets`)"],
    );
    check(
        0,
        &race("tick_do_update", "tick_sched").repeat(2),
        expect![[r#"
        pass: everything went as asked, and the kernel reported no fault
        note: the kernel has a data race of its own: BUG: KCSAN: data-race in tick_do_update / tick_sched"#]],
    );
}

#[test]
fn reports_of_stalls() {
    let expedited =
        "rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-...D } 21 jiffies s: 77 root: 0x2/.\n";
    check(
        0,
        &format!("{expedited}{RCU_NODES}"),
        expect![
            "crash: rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-...D } 21 jiffies s: 77 root: 0x2/. (during `greets`)"
        ],
    );
    check(
        0,
        "rcu: INFO: rcu_preempt detected stall, but suppressed full report due to a stuck CSD-lock.\n",
        expect![
            "crash: rcu: INFO: rcu_preempt detected stall, but suppressed full report due to a stuck CSD-lock. (during `greets`)"
        ],
    );
    check(
        0,
        "INFO: rcu_tasks_trace detected stalls? (Late IPI?)\n\tIPI outstanding to CPU 1\n",
        expect!["crash: INFO: rcu_tasks_trace detected stalls? (Late IPI?) (during `greets`)"],
    );
    let tasks = "INFO: rcu_tasks detected stalls on tasks:\n";
    check(
        0,
        &format!("{tasks}00000000a1b2c3d4: .. nvcsw: 2/2 holdout: 1 idle_cpu: -1/1\n"),
        expect!["crash: INFO: rcu_tasks detected stalls on tasks: (during `greets`)"],
    );
    check(
        0,
        tasks,
        expect![[r#"
        pass: everything went as asked, and the kernel reported no fault
        note: a line of the log reads like a report of the kernel, and is none, since the lines that always follow such a title are missing: INFO: rcu_tasks detected stalls on tasks:"#]],
    );
    check(
        0,
        "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\n",
        expect![[r#"
        pass: everything went as asked, and the kernel reported no fault
        note: a line of the log reads like a report of the kernel, and is none, since the lines that always follow such a title are missing: rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:"#]],
    );
}

#[test]
fn a_proof_that_is_far() {
    let leaked =
        "BUG: workqueue leaked lock or atomic: kworker/0:1/0x00000000/12\n     last function: foobar_work [foobar]\n";
    check(
        0,
        &format!("{leaked}{}{TRACE}", lines(20)),
        expect!["crash: BUG: workqueue leaked lock or atomic: kworker/0:1/0x00000000/12 (during `greets`)"],
    );
    check(
        0,
        &format!("{leaked}{}", lines(20)),
        expect![[r#"
        fail: the kernel log must not contain `leak`: BUG: workqueue leaked lock or atomic: kworker/0:1/0x00000000/12
        note: a line of the log reads like a report of the kernel, and is none, since the lines that always follow such a title are missing: BUG: workqueue leaked lock or atomic: kworker/0:1/0x00000000/12"#]],
    );
    check(
        0,
        &format!("{leaked}{}{TRACE}", lines(70)),
        expect![[r#"
        fail: the kernel log must not contain `leak`: BUG: workqueue leaked lock or atomic: kworker/0:1/0x00000000/12
        note: a line of the log reads like a report of the kernel, and is none, since the lines that always follow such a title are missing: BUG: workqueue leaked lock or atomic: kworker/0:1/0x00000000/12"#]],
    );
    check(
        0,
        &format!("{leaked}** 12 printk messages dropped **\n"),
        expect!["crash: BUG: workqueue leaked lock or atomic: kworker/0:1/0x00000000/12 (during `greets`)"],
    );
    check(
        0,
        "BUG: foobar is odd\n** 12 printk messages dropped **\n",
        expect!["pass: everything went as asked, and the kernel reported no fault"],
    );
    // Of a title that no row has, the proof has to be near.
    check(0, &format!("BUG: foobar is odd\n{TRACE}"), expect!["crash: BUG: foobar is odd (during `greets`)"]);
    check(
        0,
        &format!("BUG: foobar is odd\n{}{TRACE}", lines(20)),
        expect!["pass: everything went as asked, and the kernel reported no fault"],
    );
}

#[test]
fn a_report_that_begins_behind_the_end() {
    judged(
        &run("", "BUG: spinlock bad magic on CPU#0, cat/61\n", [0, 0]),
        expect!["crash: BUG: spinlock bad magic on CPU#0, cat/61 (during `unload foobar`)"],
    );
}

/// An allowance is for the taint that its report can have left.
#[test]
fn the_taint_of_a_known_report() {
    let report = format!(
        "WARNING: CPU: 0 PID: 61 at foobar.c:88 foobar_show+0x1c/0x30 [foobar]\n{TRACE} <TASK>\n </TASK>\n---[ end trace 0 ]---\n"
    );
    let known = |taints, expected| {
        let mut run = run(&report, "", taints);
        let (report, reason) = ("foobar_show".to_owned(), "it is late".to_owned());
        run.record.known = vec![Known { report, reason, until: None, expired: false }];
        judged(&run, expected);
    };
    known(
        [0, W],
        expect![[r#"
        pass: everything went as asked, and the kernel reported no fault
        note: known: WARNING: CPU: 0 PID: 61 at foobar.c:88 foobar_show+0x1c/0x30 [foobar]; it is late"#]],
    );
    known(
        [W, W],
        expect![[r#"
        crash: the kernel became tainted: W (the kernel issued a warning) (during `load foobar`)
        note: known: WARNING: CPU: 0 PID: 61 at foobar.c:88 foobar_show+0x1c/0x30 [foobar]; it is late"#]],
    );
}

/// What a driver logs is no test.
#[test]
fn results_in_the_log() {
    let logged = |kunit: bool, taint: u64, expected| {
        let mut run = run("", "", [taint, taint]);
        let report = String::from_utf8(run.results).expect("a report is UTF-8");
        let ktap =
            "# log 6,9,817000,-;KTAP version 1\n# log 6,9,817000,-;1..1\n# log 6,9,817000,-;not ok 1 x\nok 1 load";
        run.results = report.replacen("ok 1 load", ktap, 1).into_bytes();
        if let Some(Step::Load(load)) = run.record.steps.first_mut() {
            load.kunit = kunit;
        }
        judged(&run, expected);
    };
    logged(true, 0, expect!["fail: load foobar: the case `x` failed"]);
    logged(
        false,
        1 << 18,
        expect![[r#"
        fail: load foobar: the case `x` failed
        note: the kernel became tainted (after `load foobar`): N (an in-kernel test was run)"#]],
    );
    logged(
        false,
        0,
        expect![[r#"
        pass: everything went as asked, and the kernel reported no fault
        note: the log has lines that read like the results of tests, and are not judged, since no module has tests of KUnit's"#]],
    );
}
