// SPDX-License-Identifier: MIT OR Apache-2.0
//! Modules that somebody else has built, a kernel that a file describes, and nothing but what is on the PATH: what a derivation
//! tests with.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use expect_test::{Expect, expect};

use crate::again::said;
use crate::archive::ARCHIVE;
use crate::bench::Bench;

const TEST: &str = "vm-test toy --json --kernel 6_1 --accel tcg";

#[test]
fn modules_of_others() {
    let bench = Bench::new();
    let check = |words: &str, expected: &str| assert_eq!(said(&bench.run(&format!("{TEST}{words}"))), expected);
    bench.write("built/extra/toy.ko", &ARCHIVE.toy);
    check(" --built ../built", "toy 6_1 pass; make 0, qemu 1");
    check(" --built ../built", "toy 6_1 pass cached; make 0");
    // What they are is what counts, and not where.
    fs::rename(bench.path("built"), bench.path("moved")).expect("moved");
    check(" --built ../moved", "toy 6_1 pass cached; make 0");
    bench.write("moved/extra/toy.ko", [&ARCHIVE.toy[..], b"news"].concat());
    check(" --built ../moved", "toy 6_1 pass; make 0, qemu 1");
    bench.write("debug/toy.ko", &ARCHIVE.toy);
    check(" --built ../moved --debug-info ../debug", "toy 6_1 pass; make 0, qemu 1");
    // Our own build is another thing.
    check("", "toy 6_1 pass; make 1, qemu 1");
    check(" --built ../moved", "toy 6_1 pass cached; make 0");
    // What the guest has of the driver's folder is tested with them.
    bench.write("ws/toy/driver.toml", "[[test.step]]\nname = \"fails\"\nrun = \"fail\"\n");
    check(" --built ../moved", "toy 6_1 fail; make 0, qemu 1");
}

#[test]
fn what_is_no_module_of_it() {
    let check = |manifest: &str, words: &str, expected: &Expect| {
        let bench = Bench::new();
        bench.write("built/toy.ko", &ARCHIVE.toy);
        bench.write("twice/a/toy.ko", &ARCHIVE.toy);
        bench.write("twice/b/toy.ko", &ARCHIVE.toy);
        bench.write("empty/toy.o", &ARCHIVE.toy);
        bench.write("ws/toy/driver.toml", manifest);
        expected.assert_eq(&bench.run(&format!("vm-test --accel tcg {words}")).report());
    };
    check(
        "",
        "--kernel 6_1 --built ../built",
        &expect![[r#"
        ! error: --built takes modules of one driver, for one kernel
        ! help: name both: `vm-test DRIVER -k KERNEL --built DIR`
        exit status 2
    "#]],
    );
    check(
        "",
        "toy --kernel 6_1 --kernel latest --built ../built",
        &expect![[r#"
        ! error: --built takes modules of one driver, for one kernel
        ! help: name both: `vm-test DRIVER -k KERNEL --built DIR`
        exit status 2
    "#]],
    );
    check(
        "",
        "toy --kernel 6_1 --debug-info ../built",
        &expect![[r#"
        ! error: the following required arguments were not provided:
        !   --built <DIR>
        ! 
        ! Usage: cargo xtask vm-test --built <DIR> --accel <WHICH> --kernel <NAME> --debug-info <DIR> <DRIVER>...
        ! 
        ! For more information, try '--help'.
        exit status 2
    "#]],
    );
    check(
        "",
        "toy --kernel 6_1 --built ../gone",
        &expect![[r#"
        ! error: there is no folder `../gone`
        exit status 2
    "#]],
    );
    check(
        "",
        "toy --kernel 6_1 --built ../empty",
        &expect![[r#"
        ! error: failed to test `toy` on 6.1.0-2-amd64
        !   there is no module below `$BENCH/empty`
        ! help: --built takes a folder such as a package's `lib/modules/6.1.0-2-amd64`
        exit status 2
    "#]],
    );
    check(
        "",
        "toy --kernel 6_1 --built ../twice",
        &expect![[r#"
        ! error: failed to test `toy` on 6.1.0-2-amd64
        !   `$BENCH/twice` has the module `toy` more than once
        ! help: name the folder that has it once
        exit status 2
    "#]],
    );
    check(
        "[build]\nmodules = [\"other\"]\n",
        "toy --kernel 6_1 --built ../built",
        &expect![[r#"
        ! error: failed to test `toy` on 6.1.0-2-amd64
        !   driver.toml names the module `other`, but `$BENCH/built` has `toy`
        exit status 2
    "#]],
    );
}

/// No archive, no namespaces, and no folder of ours but the two that are named: as in a sandbox of Nix's.
#[test]
fn nothing_is_fetched() {
    let bench = Bench::new();
    let words = "vm-test toy --json --kernel ../environment --built ../built --host-tools --accel tcg";
    bench.write("built/toy.ko", &ARCHIVE.toy);
    for part in ["Makefile", "include/config/auto.conf", "scripts/basic/fixdep", ".config", "bzImage"] {
        bench.write(&format!("kernel/{part}"), "");
    }
    let kernel = bench.path("kernel").display().to_string();
    let environment = r#"{"attr": "linux_6_1", "version": "6.1.20", "release": "6.1.0-2-amd64", "kdir": "KERNEL",
        "image": "KERNEL/bzImage", "modules": "KERNEL", "make-flags": [], "path": []}"#;
    bench.write("environment", environment.replace("KERNEL", &kernel));
    let missing = bench.run(&words.replace("--json ", ""));
    expect![[r#"
        ! error: the host lacks what --host-tools needs:
        !   `qemu-system-x86_64`, which runs the machine
        !   `busybox`, which is the guest's shell and its small tools
        ! help: install them (of busybox the static one), or leave out --host-tools
        exit status 2
    "#]]
    .assert_eq(&missing.report());
    for tool in ["qemu-system-x86_64", "busybox", "gcc"] {
        bench.write(&format!("bin/{tool}"), &ARCHIVE.toy);
        fs::set_permissions(bench.path("bin").join(tool), fs::Permissions::from_mode(0o755)).expect("a program");
    }
    assert_eq!(said(&bench.run(words)), "toy ../environment pass; make 0, qemu 1");
    assert_eq!(said(&bench.run(words)), "toy ../environment pass cached; make 0");
    assert_eq!(bench.server.requests(), [""; 0]);
    assert_eq!(bench.cache("roots"), [""; 0]);
}
