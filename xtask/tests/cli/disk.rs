// SPDX-License-Identifier: MIT OR Apache-2.0
//! A disk that gets full, as a small file system in a mount namespace of our own.

use crate::bench::{Bench, Running};
use crate::command;

/// The shell's own search path, since the bench's has nothing that it needs.
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// Runs a shell script as the root of a user namespace, where it may mount.
fn script<'a>(bench: &'a Bench, text: &str) -> Running<'a> {
    let mut unshare = command("unshare");
    bench.surround(&mut unshare);
    unshare.args(["--user", "--map-root-user", "--mount", "sh", "-euc", text]).env("PATH", PATH);
    unshare.env("XTASK", env!("CARGO_BIN_EXE_xtask"));
    Running::new(unshare, bench)
}

#[test]
fn full_disk() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("cache")).expect("a folder");
    let can = script(&bench, "mount -t tmpfs -o size=1m cache $WORKBENCH_CACHE").wait();
    assert!(
        can.code == Some(0),
        "NOT TESTED: a full disk, since this host lets nobody mount one in namespaces of their own: {}\n\
         to go without this test: cargo test -- --skip full_disk",
        can.stderr
    );
    let ran = script(
        &bench,
        "mount -t tmpfs -o size=16m cache $WORKBENCH_CACHE
        head -c 15m /dev/zero >$WORKBENCH_CACHE/filler
        status=0; $XTASK build --kernel 6_1 || status=$?
        echo status $status
        for kind in roots kernels pins tmp partial; do
            [ ! -d $WORKBENCH_CACHE/$kind ] || find $WORKBENCH_CACHE/$kind -mindepth 1
        done
        rm $WORKBENCH_CACHE/filler
        $XTASK build --kernel 6_1",
    );
    // Packages come and are unpacked side by side: any of them may be the first that finds no room.
    let ran = ran.wait().good().says(&["failed to write to file `$CACHE/", "No space left on device"]);
    let (first, second) = ran.stdout.split_once('\n').expect("lines");
    assert_eq!(first, "status 2", "{ran:#?}");
    assert!(second.starts_with("built toy for "), "nothing half is left: {ran:#?}");
}

/// There may not even be room for the cache's own folders or the first index.
#[test]
fn full_disk_from_the_start() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("cache")).expect("a folder");
    let ran = script(
        &bench,
        "mount -t tmpfs -o size=16k cache $WORKBENCH_CACHE
        status=0; $XTASK kernels list --available || status=$?
        echo status $status
        find $WORKBENCH_CACHE/debian -type f 2>/dev/null || true",
    );
    let ran = ran.wait().good().says(&["No space left on device"]);
    assert!(ran.stdout.starts_with("status 2\n"), "{ran:#?}");
}
