// SPDX-License-Identifier: MIT OR Apache-2.0
//! The files that outcomes are written to: they are whole, and what can't be written is said before the work.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::ptr::{null, null_mut};

use expect_test::expect;

use crate::bench::Bench;

#[test]
fn said_before_the_work() {
    let bench = Bench::new();
    expect![[r#"
        ! error: failed to write the JUnit report to `nowhere/report.xml`
        !   there is no folder `nowhere`
        ! help: make it first
        exit status 2
    "#]]
    .assert_eq(&bench.run("build --junit nowhere/report.xml").report());
    expect![[r#"
        ! error: failed to write the JUnit report to `toy`: it is a folder
        ! help: name a file in it
        exit status 2
    "#]]
    .assert_eq(&bench.run("build --junit toy").report());
    expect![[r#"
        ! error: failed to write the HTML report to `toy/Kbuild/page.html`
        !   there is no folder `toy/Kbuild`
        ! help: make it first
        exit status 2
    "#]]
    .assert_eq(&bench.run("vm-test --junit report.xml --html toy/Kbuild/page.html").report());
    assert!(!bench.path("ws/report.xml").exists(), "not even the other");
    assert_eq!(bench.server.requests(), [""; 0]);
    assert!(!bench.path("cache").exists(), "nothing was begun");
}

#[test]
fn written_at_the_end() {
    let bench = Bench::new();
    bench.write("ws/toy/toy", "refuse");
    bench.write("ws/report.xml", "of yesterday");
    bench.run("build --kernel 6_1 --junit report.xml --html page.html").fails(1, &[]);
    let text = std::fs::read_to_string(bench.path("ws/report.xml")).expect("a report");
    assert!(text.starts_with("<?xml") && text.ends_with("</testsuites>\n"), "{text}");
    assert!(text.contains("toys are not allowed"), "{text}");
    // The page has what make said, which the build's folder keeps.
    let page = std::fs::read_to_string(bench.path("ws/page.html")).expect("a page");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"), "{page}");
    assert!(page.contains("toy.c:1:1: error: toys are not allowed</mark>"), "{page}");
    // What could not be judged at all has no outcome, and still is in both.
    bench.run("build --kernel 6_2 --junit report.xml --html page.html").fails(2, &[]);
    for file in ["report.xml", "page.html"] {
        let text = std::fs::read_to_string(bench.path("ws").join(file)).expect("a report");
        assert!(text.contains("there is no kernel `6_2`"), "{text}");
    }
    let ran = bench.run("build --kernel 6_1 --junit /dev/stdout");
    assert!(ran.stdout.starts_with(" fail toy") && ran.stdout.ends_with("</testsuites>\n"), "{ran:#?}");
}

/// Where no table can be drawn, a matrix ends with a line that sums up.
#[test]
fn summed_up() {
    let bench = Bench::new();
    bench.write("ws/sad/Kbuild", "obj-m := toy.o\n");
    bench.write("ws/sad/toy", "refuse");
    expect![[r#"
        built toy for 6.1.0-2-amd64
              $TARGET/workbench/build/toy/6.1.0-2-amd64_6.1.20-1/src/toy.ko
         fail sad on 6.1.0-2-amd64: it does not build: sad/toy.c:1:1: error: toys are not allowed
              build log: $TARGET/workbench/build/sad/6.1.0-2-amd64_6.1.20-1/build.log
        ! 2 of 2 done: 1 pass, 1 fail
        exit status 1
    "#]]
    .assert_eq(&bench.run("build --jobs 1 --kernel 6_1 toy sad").report());
    expect![[r#"
        built toy for 6.1.0-2-amd64 (cached; --force runs it again)
              $TARGET/workbench/build/toy/6.1.0-2-amd64_6.1.20-1/src/toy.ko
        exit status 0
    "#]]
    .assert_eq(&bench.run("build --jobs 1 --kernel 6_1 toy").report());
    let told = bench.run("build --json --kernel 6_1 toy sad");
    assert_eq!(told.stderr, "");
}

/// Here is no git, so that the address of the workbench has to be named.
#[test]
fn files_for_ci() {
    let bench = Bench::new();
    expect![[r#"
        ! error: there is no remote `origin` that says where a CI job gets the workbench from
        ! help: name it with --workbench URL
        exit status 2
    "#]]
    .assert_eq(&bench.run("ci github --revision v1").report());
    expect![[r#"
        ! the file names the workbench's branch `main`, since what is here is not known to be at its origin; --revision names another
        ! error: `../linux` is a folder of this host, which a CI job has not
        ! help: name kernels that `cargo xtask kernels list --available` lists
        exit status 2
    "#]].assert_eq(&bench.run("ci gitlab --kernel ../linux --workbench https://example.org/w").report());
    let kernels = |words: &str| {
        let ran = bench.run(&format!("ci {words} --workbench https://example.org/w")).good();
        ran.stdout.lines().find(|line| line.contains(": [\"")).unwrap_or_default().trim().to_owned()
    };
    assert_eq!(kernels("github"), r#"kernel: ["6_1"]"#);
    assert_eq!(kernels("github -k 6_12 -k latest"), r#"kernel: ["6_12", "latest"]"#);
    assert_eq!(kernels("gitlab -k 6.1.20 -k 6_1-cloud"), r#"- VM_TEST_KERNEL: ["6.1.20", "6_1-cloud"]"#);
    assert_eq!(bench.server.requests(), [""; 0]);
    assert_eq!(kernels("gitlab -k all"), r#"- VM_TEST_KERNEL: ["6_1-cloud", "6_1", "6_12", "7_3"]"#);
    bench.write("ws/workbench.toml", "kernels = [\"6_12\"]\n");
    assert_eq!(kernels("github"), r#"kernel: ["6_12"]"#);
}

/// A terminal of some size, and the end that a program gets.
fn terminal(rows: u16, columns: u16) -> (File, OwnedFd) {
    let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    let (mut ours, mut theirs) = (-1, -1);
    // SAFETY: openpty(3) fills two descriptors, which nobody else owns, and reads the size.
    unsafe {
        let opened = libc::openpty(&raw mut ours, &raw mut theirs, null_mut(), null(), &raw const size);
        assert_eq!(opened, 0, "a terminal");
        (File::from_raw_fd(ours), OwnedFd::from_raw_fd(theirs))
    }
}

/// On a terminal the table is drawn over and over, and stands there at the end, after the results.
#[test]
fn on_a_terminal() {
    let bench = Bench::new();
    bench.write("ws/sad/Kbuild", "obj-m := toy.o\n");
    bench.write("ws/sad/toy", "refuse");
    let (mut ours, theirs) = terminal(20, 40);
    let mut command = bench.command("build --jobs 1 --kernel 6_1 --kernel 6_2 toy sad");
    command.env("TERM", "xterm").stdout(theirs.try_clone().expect("a descriptor")).stderr(theirs);
    let mut child = command.spawn().expect("it runs");
    // Else a copy of the other end stays open here, and reading never ends.
    drop(command);
    let mut shown = Vec::new();
    // It ends with EIO, when nobody has the other end any more.
    let _eio = ours.read_to_end(&mut shown);
    assert_eq!(child.wait().expect("a child").code(), Some(2));
    let shown = String::from_utf8_lossy(&shown).replace("\r\n", "\n");
    let (before, end) = shown.rsplit_once("\x1b[J").expect("something was erased");
    assert!(before.contains("waiting") && before.contains("0 of 4 done"), "{before:?}");
    let bare = end.replace("\x1b[32;1m", "").replace("\x1b[31;1m", "").replace("\x1b[0m", "");
    expect![[r#"
             toy            sad
        6_1  pass           fail
        6_2  lost           lost
        4 of 4 done: 1 pass, 1 fail, 2 lost
    "#]]
    .assert_eq(&bare);
}
