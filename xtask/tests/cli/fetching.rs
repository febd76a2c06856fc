// SPDX-License-Identifier: MIT OR Apache-2.0
//! Packages that come wrong, late or not at all.

use std::net::TcpListener;

use expect_test::{Expect, expect};

use crate::archive::NEWEST;
use crate::bench::{Bench, Running};
use crate::server::{Fault, Times};

const BUILD: &str = "build --kernel 6_1";

/// One package of the kernel arrives with a fault. It is fetched `tries` times; once all is well, the next run is too.
#[track_caller]
fn check(fault: Fault, times: Times, tries: usize, expected: &Expect) {
    let bench = Bench::new();
    bench.server.fault("/linux-image-", fault, times);
    let ran = bench.run(BUILD);
    expected.assert_eq(&ran.report());
    let asked = bench.server.requests().iter().filter(|path| path.contains("/linux-image-")).count();
    assert_eq!(asked, tries, "tries");
    let is_there = ran.code == Some(0);
    assert_eq!(bench.cache("kernels").len(), usize::from(is_there));
    assert_eq!(bench.cache("tmp"), [""; 0]);
    bench.server.mend();
    bench.run(BUILD).good();
    let asked = bench.server.requests().iter().filter(|path| path.contains("/linux-image-")).count();
    assert_eq!(asked, usize::from(!is_there), "requests of the next run");
    assert_eq!(bench.cache("kernels").len(), 1);
}

#[test]
fn corrupt_once() {
    check(
        Fault::Corrupt,
        Times::Once,
        2,
        &expect![[r#"
        built toy for 6.1.0-2-amd64
              $TARGET/workbench/build/toy/6.1.0-2-amd64_6.1.20-1/src/toy.ko
        ! fetching `$MIRROR/debian-security/pool/main/linux-image-6.1.0-2-amd64_6.1.20-1_amd64.deb` again: it is corrupted: N bytes with SHA256 HASH, but the index says N bytes with SHA256 HASH
        exit status 0
    "#]],
    );
}

#[test]
fn corrupt_always() {
    check(
        Fault::Corrupt,
        Times::Always,
        3,
        &expect![[r#"
        ! fetching `$MIRROR/debian-security/pool/main/linux-image-6.1.0-2-amd64_6.1.20-1_amd64.deb` again: it is corrupted: N bytes with SHA256 HASH, but the index says N bytes with SHA256 HASH
        ! fetching `$MIRROR/debian-security/pool/main/linux-image-6.1.0-2-amd64_6.1.20-1_amd64.deb` again: it is corrupted: N bytes with SHA256 HASH, but the index says N bytes with SHA256 HASH
        ! error: failed to fetch `$MIRROR/debian-security/pool/main/linux-image-6.1.0-2-amd64_6.1.20-1_amd64.deb`
        !   it is corrupted: N bytes with SHA256 HASH, but the index says N bytes with SHA256 HASH
        exit status 2
    "#]],
    );
}

#[test]
fn too_short() {
    check(
        Fault::Short,
        Times::Once,
        2,
        &expect![[r#"
        built toy for 6.1.0-2-amd64
              $TARGET/workbench/build/toy/6.1.0-2-amd64_6.1.20-1/src/toy.ko
        ! fetching `$MIRROR/debian-security/pool/main/linux-image-6.1.0-2-amd64_6.1.20-1_amd64.deb` again: it is corrupted: N bytes with SHA256 HASH, but the index says N bytes with SHA256 HASH
        exit status 0
    "#]],
    );
}

#[test]
fn too_long() {
    check(
        Fault::Long,
        Times::Once,
        2,
        &expect![[r#"
        built toy for 6.1.0-2-amd64
              $TARGET/workbench/build/toy/6.1.0-2-amd64_6.1.20-1/src/toy.ko
        ! fetching `$MIRROR/debian-security/pool/main/linux-image-6.1.0-2-amd64_6.1.20-1_amd64.deb` again: it is corrupted: N bytes with SHA256 HASH, but the index says N bytes with SHA256 HASH
        exit status 0
    "#]],
    );
}

#[test]
fn cut_once() {
    check(
        Fault::Cut,
        Times::Once,
        2,
        &expect![[r#"
            built toy for 6.1.0-2-amd64
                  $TARGET/workbench/build/toy/6.1.0-2-amd64_6.1.20-1/src/toy.ko
            ! fetching `$MIRROR/debian-security/pool/main/linux-image-6.1.0-2-amd64_6.1.20-1_amd64.deb` again: Peer disconnected
            exit status 0
        "#]],
    );
}

#[test]
fn cut_always() {
    check(
        Fault::Cut,
        Times::Always,
        3,
        &expect![[r#"
            ! fetching `$MIRROR/debian-security/pool/main/linux-image-6.1.0-2-amd64_6.1.20-1_amd64.deb` again: Peer disconnected
            ! fetching `$MIRROR/debian-security/pool/main/linux-image-6.1.0-2-amd64_6.1.20-1_amd64.deb` again: Peer disconnected
            ! error: failed to fetch `$MIRROR/debian-security/pool/main/linux-image-6.1.0-2-amd64_6.1.20-1_amd64.deb`
            !   the connection broke
            !   Peer disconnected
            exit status 2
        "#]],
    );
}

#[test]
fn server_error_once() {
    check(
        Fault::ServerError,
        Times::Once,
        2,
        &expect![[r#"
            built toy for 6.1.0-2-amd64
                  $TARGET/workbench/build/toy/6.1.0-2-amd64_6.1.20-1/src/toy.ko
            ! fetching `$MIRROR/debian-security/pool/main/linux-image-6.1.0-2-amd64_6.1.20-1_amd64.deb` again: the server answered with status 500
            exit status 0
        "#]],
    );
}

#[test]
fn server_error_always() {
    check(
        Fault::ServerError,
        Times::Always,
        3,
        &expect![[r#"
            ! fetching `$MIRROR/debian-security/pool/main/linux-image-6.1.0-2-amd64_6.1.20-1_amd64.deb` again: the server answered with status 500
            ! fetching `$MIRROR/debian-security/pool/main/linux-image-6.1.0-2-amd64_6.1.20-1_amd64.deb` again: the server answered with status 500
            ! error: failed to fetch `$MIRROR/debian-security/pool/main/linux-image-6.1.0-2-amd64_6.1.20-1_amd64.deb`
            !   the server answered with status 500
            exit status 2
        "#]],
    );
}

/// Asking again would not help; asking for an older release may.
#[test]
fn not_found() {
    check(
        Fault::NotFound,
        Times::Always,
        2,
        &expect![[r#"
            ! doing without linux-image-6.1.0-2-amd64: `$MIRROR/debian-security/pool/main/linux-image-6.1.0-2-amd64_6.1.20-1_amd64.deb` is not on the server (404)
            ! error: there is no kernel `6_1`
            !   nixpkgs: there is no `nix-build` on the PATH
            !   debian: lists it, but has its packages no more
            !   kernel.org: could not be asked: failed to fetch `$MIRROR/kernel.org/releases.json`: `$MIRROR/kernel.org/releases.json` is not on the server (404) (`--kernel kernel.org:6_1` says more)
            ! help: with Nix (https://nixos.org/download) nixpkgs has further kernels
            ! help: `cargo xtask kernels list --available` names all there are; `--kernel PATH` takes a tree that you built
            exit status 2
        "#]],
    );
}

#[test]
fn an_older_release_serves() {
    let bench = Bench::new();
    bench.server.fault("/linux-image-6.1.0-2-amd64_6.1.20-1_amd64.deb", Fault::NotFound, Times::Always);
    // The toy's module says that it is for the newest kernel, whatever it is built against.
    bench.run(BUILD).says(&["doing without linux-image-6.1.0-2-amd64", "not for 6.1.0-1-amd64"]);
}

#[test]
fn all_means_every_kernel_of_the_list() {
    let bench = Bench::new();
    // The toy's module says that it is for the newest 6.1, whatever it is built against.
    let ran = bench.run("build --kernel all");
    // And the other suites of this archive have no tools; each is tried all the same.
    for told in ["built toy for 6.1.0-2-amd64", "toy on 6.1.0-1-cloud-amd64:", "toy on 6_12:", "toy on 7_3:"] {
        assert!(ran.stdout.contains(told), "no `{told}` in: {}", ran.stdout);
    }
}

#[test]
fn index_cut_once() {
    let bench = Bench::new();
    bench.server.fault("/bookworm/InRelease", Fault::Cut, Times::Once);
    bench.run(BUILD).good().says(&["again", "/bookworm/InRelease"]);
}

#[test]
fn server_down() {
    let bench = Bench::new();
    let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|free| free.local_addr()).expect("a port").port();
    let mut command = bench.command("kernels list --available");
    command.env("WORKBENCH_DEBIAN_MIRROR", format!("http://127.0.0.1:{port}/debian"));
    let ran = Running::new(command, &bench).wait();
    expect![[r#"
        ! fetching `http://127.0.0.1:PORT/debian/dists/bullseye/InRelease` again: io: Connection refused (os error 111)
        ! fetching `http://127.0.0.1:PORT/debian/dists/bullseye/InRelease` again: io: Connection refused (os error 111)
        ! error: failed to get the index of Debian's suite `bullseye`
        !   failed to fetch `http://127.0.0.1:PORT/debian/dists/bullseye/InRelease`
        !   the server could not be asked
        !   io: Connection refused (os error 111)
        ! help: check the network, or name another address in workbench.toml (see `cargo xtask doctor`); with --offline only the cache is used
        exit status 2
    "#]]
    .assert_eq(&ran.report().replace(&port.to_string(), "PORT"));
}

#[test]
fn second_run_asks_nothing() {
    let bench = Bench::new();
    bench.run(BUILD).good();
    assert!(bench.server.requests().iter().any(|path| path.ends_with(".deb")));
    bench.run(BUILD).good();
    assert_eq!(bench.server.requests(), [""; 0]);
}

/// A month later the indexes are asked for again, and nothing else since they are the same.
#[test]
fn run_after_a_month_asks_for_indexes() {
    let bench = Bench::new();
    bench.run(BUILD).good();
    bench.server.requests();
    bench.age_cache();
    bench.run(BUILD).good();
    let asked = bench.server.requests();
    assert_eq!(asked, ["/debian/dists/bookworm/InRelease", "/debian-security/dists/bookworm-security/InRelease"]);
}

#[test]
fn kernels_of_all_suites() {
    let bench = Bench::new();
    let ran = bench.run("kernels list --available").good();
    expect![[r#"
        NAME       RELEASE              SOURCE                    FLAVOUR  FETCH  A DRIVER CAN HAVE
        6_1-cloud  6.1.0-1-cloud-amd64  debian bookworm           cloud    1 MB   modversions
        6_1        6.1.0-2-amd64        debian bookworm-security           1 MB   modversions
        6_12       6.12.5+deb13-amd64   debian trixie                      1 MB   modversions
        7_3        7.3-rc1-amd64        debian experimental                1 MB   modversions
        exit status 0
    "#]]
    .assert_eq(&ran.report());
    assert_eq!(bench.cache("kernels"), [""; 0]);
}

/// Every spelling of one kernel means the same one, and it is fetched once.
#[test]
fn spellings_of_a_kernel() {
    let bench = Bench::new();
    for name in ["6_1", "6.1", "6.1.20", NEWEST] {
        let ran = bench.run(&format!("build --kernel {name}")).good();
        assert!(ran.stdout.contains(NEWEST), "{ran:#?}");
    }
    let asked = bench.server.requests();
    assert_eq!(asked.iter().filter(|path| path.contains("/linux-image-")).count(), 1, "{asked:#?}");
}

/// A mirror need not have every suite: those for old releases move away, and then the others' kernels are there still.
#[test]
fn suite_that_the_mirror_has_not() {
    let bench = Bench::new();
    bench.server.fault("/bullseye/", Fault::NotFound, Times::Always);
    let ran = bench.run("kernels list --available").good();
    assert_eq!(ran.stdout.lines().count(), 5, "{ran:#?}");
    ran.says(&["bullseye", "(404)"]);
    bench.run(BUILD).good();
}
