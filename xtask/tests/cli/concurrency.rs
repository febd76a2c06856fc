// SPDX-License-Identifier: MIT OR Apache-2.0
//! Several runs at once, and runs that are killed: the cache stays whole and nothing is left behind.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use xtask::cache::Cache;
use xtask::report::Events;

use crate::DEADLINE;
use crate::bench::Bench;
use crate::server::{Fault, Times};

const BUILD: &str = "build --kernel 6_1";

fn sorted(mut paths: Vec<String>) -> Vec<String> {
    paths.sort();
    paths
}

/// What one run asks for on an empty cache, several at once ask for too, and no more.
#[test]
fn several_runs_fetch_once() {
    let alone = Bench::new();
    alone.run(BUILD).good();
    let together = Bench::new();
    let runs: Vec<_> = (0..4).map(|_| together.start(BUILD)).collect();
    for run in runs {
        run.wait().good();
    }
    assert_eq!(sorted(together.server.requests()), sorted(alone.server.requests()));
    assert_eq!(together.cache("tmp"), [""; 0]);
}

/// The second run comes while the first is in the middle of a package: it waits, says so, and fetches nothing.
#[test]
fn second_run_waits_for_the_first() {
    let bench = Bench::new();
    bench.server.fault("/linux-image-", Fault::Hold, Times::Once);
    let first = bench.start(BUILD);
    bench.server.wait_for("/linux-image-");
    let second = bench.start(BUILD);
    second.wait_for("waiting for `kernels-");
    bench.server.mend();
    first.wait().good();
    second.wait().good();
    let images = bench.server.requests().into_iter().filter(|path| path.contains("/linux-image-"));
    assert_eq!(images.count(), 1);
}

/// What is half fetched is never an entry, and the next run removes it.
#[test]
fn killed_in_the_middle() {
    for signal in [libc::SIGKILL, libc::SIGINT, libc::SIGTERM] {
        let bench = Bench::new();
        bench.server.fault("/make_", Fault::Hold, Times::Always);
        let run = bench.start(BUILD);
        bench.server.wait_for("/make_");
        assert_ne!(bench.cache("tmp"), [""; 0], "unfinished work lies in a folder of its own");
        run.signal(signal);
        let ran = run.wait();
        assert_eq!(ran.signal, Some(signal), "{ran:#?}");
        assert_eq!(bench.cache("roots"), [""; 0]);
        bench.server.mend();
        bench.run(BUILD).good();
        assert_eq!(bench.cache("tmp"), [""; 0], "what the dead run left is removed");
    }
}

/// Ctrl-C: a shell sees 130, which is what it makes of a death by SIGINT, and of the build nothing lives on.
#[track_caller]
fn check_interrupted(words: &str, signal: i32) {
    let bench = Bench::new();
    bench.write("ws/toy/toy", "hang");
    let run = bench.start(words);
    let mark = bench.path("target/workbench/build/toy/6.1.0-2-amd64_6.1.20-1/src/hanging");
    let start = Instant::now();
    while !mark.exists() {
        assert!(start.elapsed() < DEADLINE, "make never began");
        std::thread::sleep(Duration::from_millis(3));
    }
    let before = bench.processes();
    assert!(before.len() >= 2, "make and its child are there: {before:#?}");
    run.signal(signal);
    let ran = run.wait();
    assert_eq!(ran.signal, Some(signal), "{ran:#?}");
    let start = Instant::now();
    let mut left = bench.processes();
    while !left.is_empty() && start.elapsed() < DEADLINE / 10 {
        std::thread::yield_now();
        left = bench.processes();
    }
    for line in &left {
        // Or they would outlive the tests.
        let pid = line.split(' ').next().and_then(|pid| pid.parse().ok()).expect("a process's number");
        // SAFETY: a plain system call, on a process that has this test's own folder in its arguments.
        unsafe { libc::kill(pid, libc::SIGKILL) };
    }
    assert!(left.is_empty(), "left behind: {left:#?}");
    bench.write("ws/toy/toy", "");
    bench.run(words).good();
    assert!(!mark.exists(), "what a make that was killed has left may be half written");
}

#[test]
fn interrupted_build() {
    check_interrupted(BUILD, libc::SIGINT);
    check_interrupted(BUILD, libc::SIGKILL);
}

#[test]
fn interrupted_build_with_the_hosts_tools() {
    check_interrupted("build --kernel 6_1 --host-tools", libc::SIGINT);
    check_interrupted("build --kernel 6_1 --host-tools", libc::SIGTERM);
}

/// A folder for unfinished work is nobody else's to remove, from its first moment on.
#[test]
fn scratch_folders_of_many() {
    const THREADS: usize = 4;
    let dir = tempfile::tempdir().expect("a folder");
    let cache = Cache::at(dir.path().to_owned(), Events::new(std::sync::mpsc::channel().0)).expect("a cache");
    let barrier = Barrier::new(THREADS);
    // Nobody panics before the end, or the others would wait at the barrier for ever.
    let work = || {
        let round = || {
            barrier.wait();
            let scratch = cache.scratch()?;
            Ok(std::fs::write(scratch.path().join("work"), "")?)
        };
        (0..1000).map(|_| round()).filter_map(|done: anyhow::Result<()>| done.err()).collect::<Vec<_>>()
    };
    let errors = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect::<Vec<_>>()
    });
    assert!(errors.is_empty(), "{errors:#?}");
}
