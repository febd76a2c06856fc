// SPDX-License-Identifier: MIT OR Apache-2.0
//! `kernels`: lists, and where the parts of a kernel are; what is fetched beforehand, and what is pruned.

use std::time::{Duration, Instant, SystemTime};

use expect_test::expect;

use crate::archive::{ARCHIVE, dists, release, xz};
use crate::bench::Bench;
use crate::server::{Fault, Times};

#[test]
fn list_of_the_cache() {
    let bench = Bench::new();
    expect![[r#"
        there is no kernel in the cache; `cargo xtask kernels list --available` names those that can be fetched
        exit status 0
    "#]]
    .assert_eq(&bench.run("kernels").report());
    assert_eq!(bench.server.requests(), [""; 0], "what is in the cache is known without the mirror");
    let ran = bench.run("kernels fetch 6_1 6.1.20 6_1-cloud").good();
    expect![[r#"
        6_1 is 6.1.0-2-amd64, in $CACHE/kernels/6.1.0-2-amd64_6.1.20-1
        6.1.20 is 6.1.0-2-amd64, in $CACHE/kernels/6.1.0-2-amd64_6.1.20-1
        6_1-cloud is 6.1.0-1-cloud-amd64, in $CACHE/kernels/6.1.0-1-cloud-amd64_6.1.10-1
        exit status 0
    "#]]
    .assert_eq(&ran.report());
    bench.server.requests();
    expect![[r#"
        NAME        RELEASE              SOURCE                             FLAVOUR  FETCH         A DRIVER CAN HAVE
        6_1-cloud   6.1.0-1-cloud-amd64  Debian bookworm 6.1.10-1           cloud    in the cache  modversions
        6.1.20 6_1  6.1.0-2-amd64        Debian bookworm-security 6.1.20-1           in the cache  modversions
        exit status 0
    "#]]
    .assert_eq(&bench.run("kernels list").report());
    assert_eq!(bench.server.requests(), [""; 0]);
}

/// What a driver can have on a kernel that has not been fetched is in its headers, which are asked for once.
#[test]
fn what_a_driver_can_have() {
    let bench = Bench::new();
    bench.server.fault("/linux-headers-7.3-rc1-amd64_", Fault::NotFound, Times::Always);
    let ran = bench.run("kernels list --available").good();
    let last = |line: &str| line.rsplit(' ').next().unwrap_or_default().to_owned();
    let has: Vec<String> = ran.stdout.lines().skip(1).map(last).collect();
    assert_eq!(has, ["modversions", "modversions", "modversions", "?"], "{ran:#?}");
    assert_eq!((bench.cache("kernels"), bench.cache("tmp")), (Vec::new(), Vec::new()));
    bench.server.requests();
    let again = bench.run("kernels list --available").good();
    assert_eq!(again.stdout, ran.stdout);
    assert!(bench.server.requests().iter().all(|path| path.contains("7.3-rc1")));
    let offline = bench.run("kernels list --available --offline").good();
    assert_eq!(offline.stdout, ran.stdout);
    assert_eq!(bench.server.requests(), [""; 0]);
}

#[test]
fn some_are_fetched_though_others_are_not() {
    let bench = Bench::new();
    let ran = bench.run("kernels fetch 6_6 6_1").fails(2, &["failed to fetch the kernel `6_6`", "near are `6_1`"]);
    assert!(ran.stdout.contains("6_1 is 6.1.0-2-amd64"), "{ran:#?}");
}

/// A name means the same kernel for a week, unless somebody asks for the newest; and also then if there is no other answer.
#[test]
fn names_are_renewed() {
    let bench = Bench::new();
    let index = xz(b"");
    bench.server.put(&dists("bookworm-security", "InRelease"), ARCHIVE.key.sign(&release("bookworm-security", &index)));
    bench.server.put(&dists("bookworm-security", "main/binary-amd64/Packages.xz"), index);
    bench.run("kernels fetch 6_1").good();
    bench.server.reset(ARCHIVE.files.clone());
    std::fs::remove_dir_all(bench.path("cache/debian")).expect("lists");
    let ran = bench.run("kernels show 6_1").good();
    assert!(ran.stdout.contains("6.1.0-1-amd64"), "{ran:#?}");
    let ran = bench.run("kernels fetch 6_1").good();
    assert!(ran.stdout.contains("6_1 is 6.1.0-2-amd64"), "{ran:#?}");
    bench.server.fault("/", Fault::NotFound, Times::Always);
    bench.age_cache();
    let ran = bench.run("kernels fetch 6_1").good();
    assert!(ran.stdout.contains("6_1 is 6.1.0-2-amd64"), "{ran:#?}");
}

#[test]
fn show() {
    let bench = Bench::new();
    let ran = bench.run("kernels show 6_1").good();
    expect![[r#"
        release   6.1.0-2-amd64
        origin    Debian bookworm-security 6.1.20-1
        KDIR      $CACHE/kernels/6.1.0-2-amd64_6.1.20-1/usr/src/linux-headers-6.1.0-2-amd64
        config    $CACHE/kernels/6.1.0-2-amd64_6.1.20-1/boot/config-6.1.0-2-amd64
        image     $CACHE/kernels/6.1.0-2-amd64_6.1.20-1/boot/vmlinuz-6.1.0-2-amd64
        modules   in their packages until they are needed; $CACHE/kernels/6.1.0-2-amd64_6.1.20-1/modules.index lists them
        compiler  gcc-12 in $CACHE/roots/bookworm-security-gcc-12-KEY/usr/bin
        has       modversions
        by hand   make -C $CACHE/kernels/6.1.0-2-amd64_6.1.20-1/usr/src/linux-headers-6.1.0-2-amd64 M=$PWD CC=gcc-12 LD=ld AR=ar NM=nm OBJCOPY=objcopy OBJDUMP=objdump STRIP=strip CONFIG_DEBUG_INFO_BTF_MODULES= modules
                  (which takes gcc-12 and a libc like that of Debian bookworm-security 6.1.20-1; `cargo xtask build` brings both)
        exit status 0
    "#]].assert_eq(&ran.report());
}

/// A kernel that was fetched is there by its release, also when the archive has it no more.
#[test]
fn release_that_the_archive_has_no_more() {
    let bench = Bench::new();
    bench.run("kernels fetch 6_1-cloud").good();
    bench.server.fault("/", Fault::NotFound, Times::Always);
    bench.age_cache();
    bench.run("kernels fetch 6.1.0-1-cloud-amd64").good();
}

#[test]
fn pruning() {
    let bench = Bench::new();
    bench.run("kernels fetch 6_1 6_1-cloud").good();
    bench.run("kernels prune").good();
    assert_eq!(bench.cache("kernels").len(), 2, "nothing is older than 30 days");
    let ran = bench.run("kernels prune --older-than 0 --dry-run").good();
    assert!(ran.stdout.contains("would remove kernels/6.1.0-2-amd64_6.1.20-1: "), "{ran:#?}");
    assert_eq!(bench.cache("kernels").len(), 2, "a dry run removes nothing");

    // What a run is using stays.
    bench.write("ws/toy/toy", "hang");
    let run = bench.start("build --kernel 6_1");
    let mark = bench.path("target/workbench/build/toy/6.1.0-2-amd64_6.1.20-1/src/hanging");
    let start = Instant::now();
    while !mark.exists() {
        assert!(start.elapsed() < crate::DEADLINE, "make never began");
        std::thread::sleep(Duration::from_millis(3));
    }
    bench
        .run("kernels prune --older-than 0")
        .good()
        .says(&["kernels/6.1.0-2-amd64_6.1.20-1 stays: another run is using it"]);
    assert_eq!(bench.cache("kernels"), ["6.1.0-2-amd64_6.1.20-1"]);
    assert_eq!(bench.cache("roots").len(), 2, "the compiler of that kernel, and the machine's tools");
    run.signal(libc::SIGKILL);
    run.wait();

    bench.run("kernels prune --older-than 0").good();
    assert_eq!((bench.cache("kernels").len(), bench.cache("roots").len()), (0, 0));
    assert_eq!(bench.cache("tmp"), [""; 0]);
    // What is gone is fetched again.
    bench.write("ws/toy/toy", "");
    bench.run("build --kernel 6_1").good();
}

/// The lists of mirrors that nobody asks any more, and links that keep what Nix has made.
#[test]
fn pruning_of_lists_and_links() {
    let bench = Bench::new();
    bench.run("kernels list --available").good();
    std::fs::create_dir_all(bench.path("cache/nixpkgs")).expect("a folder");
    for link in ["linux_6_6-old", "linux_6_6-new"] {
        std::os::unix::fs::symlink("/nowhere", bench.path("cache/nixpkgs").join(link)).expect("a link");
    }
    bench.write("cache/pins/nixpkgs-linux_6_6-old", "");
    let pin = std::fs::File::options().write(true).open(bench.path("cache/pins/nixpkgs-linux_6_6-old")).expect("a pin");
    pin.set_modified(SystemTime::now() - Duration::from_secs(3 * 24 * 3600)).expect("a time");
    let lists = bench.cache("debian");
    assert_eq!(lists.len(), 2, "the two halves of the archive");
    let ran = bench.run("kernels prune --older-than 2").good();
    assert!(ran.stdout.contains("removed nixpkgs/linux_6_6-old: 0 MB, unused for 3 days"), "{ran:#?}");
    assert_eq!((bench.cache("nixpkgs"), bench.cache("debian")), (vec!["linux_6_6-new".to_owned()], lists));
    let ran = bench.run("kernels prune --older-than 0").good();
    assert!(ran.stdout.contains("removed debian/") && ran.stdout.contains("/bookworm: "), "{ran:#?}");
    bench.run("build --kernel 6_1").good();
}

/// A kernel whose tools are gone gets tools again.
#[test]
fn kernel_without_its_tools() {
    let bench = Bench::new();
    bench.run("kernels fetch 6_1").good();
    std::fs::remove_dir_all(bench.path("cache/roots")).expect("roots");
    bench.run("build --kernel 6_1").good();
}
