// SPDX-License-Identifier: MIT OR Apache-2.0
//! `--offline`: what the cache has is enough, or the error says what it has not; the mirror is never asked.

use expect_test::{Expect, expect};

use crate::bench::Bench;

#[track_caller]
fn check(before: &[&str], words: &str, expected: &Expect) {
    let bench = Bench::new();
    for words in before {
        bench.run(words).good();
    }
    bench.server.requests();
    if !before.is_empty() {
        bench.age_cache();
    }
    let ran = bench.run(words);
    assert_eq!(bench.server.requests(), [""; 0]);
    expected.assert_eq(&ran.report());
}

#[test]
fn empty_cache() {
    check(
        &[],
        "build --offline",
        &expect![[r#"
        ! error: failed to get the index of Debian's suite `bookworm`
        !   `$MIRROR/debian/dists/bookworm/InRelease` is not in the cache
        ! help: run once without --offline
        exit status 2
    "#]],
    );
    check(
        &[],
        "kernels list --available --offline",
        &expect![[r#"
        ! error: failed to get the index of Debian's suite `bullseye`
        !   `$MIRROR/debian/dists/bullseye/InRelease` is not in the cache
        ! help: run once without --offline
        exit status 2
    "#]],
    );
    check(
        &[],
        "vm-test --accel tcg --offline",
        &expect![[r#"
        ! error: failed to get the index of Debian's suite `bookworm`
        !   `$MIRROR/debian/dists/bookworm/InRelease` is not in the cache
        ! help: run once without --offline
        exit status 2
    "#]],
    );
}

#[test]
fn after_a_good_run() {
    check(
        &["build --kernel 6_1"],
        "build --offline --force --kernel 6_1",
        &expect![[r#"
        built toy for 6.1.0-2-amd64
              $TARGET/workbench/build/toy/6.1.0-2-amd64_6.1.20-1/src/toy.ko
        exit status 0
    "#]],
    );
    check(
        &["kernels list --available"],
        "--offline kernels list --available",
        &expect![[r#"
            NAME       RELEASE              SOURCE                    FLAVOUR  FETCH  A DRIVER CAN HAVE
            6_1-cloud  6.1.0-1-cloud-amd64  debian bookworm           cloud    1 MB   modversions
            6_1        6.1.0-2-amd64        debian bookworm-security           1 MB   modversions
            6_12       6.12.5+deb13-amd64   debian trixie                      1 MB   modversions
            7_3        7.3-rc1-amd64        debian experimental                1 MB   modversions
            exit status 0
        "#]],
    );
}

#[test]
fn another_kernel() {
    // The suite that it would be in was never asked for.
    check(
        &["build --kernel 6_1"],
        "build --offline --kernel 6_12",
        &expect![[r#"
        ! error: failed to get the index of Debian's suite `trixie`
        !   `$MIRROR/debian/dists/trixie/InRelease` is not in the cache
        ! help: run once without --offline
        exit status 2
    "#]],
    );
    // The suite is known, and the packages are not there.
    let bench = Bench::new();
    bench.run("kernels list --available").good();
    bench.server.requests();
    bench
        .run("build --offline --kernel 6_1")
        .fails(2, &["/pool/main/", "is not in the cache", "help: run once without --offline"]);
    assert_eq!(bench.server.requests(), [""; 0]);
}
