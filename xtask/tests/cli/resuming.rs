// SPDX-License-Identifier: MIT OR Apache-2.0
//! Downloads that broke off go on where they ended, as far as the server lets them; what they come to is checked as ever.

use std::time::Instant;

use crate::DEADLINE;
use crate::archive::ARCHIVE;
use crate::bench::Bench;
use crate::server::{Fault, Times};

const BUILD: &str = "build --kernel 6_1";

/// The largest package, and what a part of its path is.
const PACKAGE: &str = "/binutils_";

fn path() -> &'static str {
    ARCHIVE.files.keys().find(|path| path.contains(PACKAGE)).expect("the package")
}

fn size() -> usize {
    ARCHIVE.files[path()].len()
}

/// The connection breaks in the middle; the rest is then asked for, and comes with a fault. Where a try begins with the
/// whole again, it is said why.
#[track_caller]
fn check(fault: Option<Fault>, tries: usize, said: &[&str]) {
    let bench = Bench::new();
    bench.server.fault(PACKAGE, Fault::Cut, Times::Once);
    if let Some(fault) = fault {
        bench.server.fault(PACKAGE, fault, Times::Once);
    }
    bench.run(BUILD).good().says(said);
    let asked = bench.server.requests().iter().filter(|path| path.contains(PACKAGE)).count();
    assert_eq!((asked, bench.server.parts(PACKAGE)), (tries, vec![size() / 2]), "tries, and parts among them");
    assert_eq!(bench.cache("partial"), [""; 0], "nothing is left of downloads that are done");
}

#[test]
fn the_rest_is_fetched() {
    check(None, 2, &["Peer disconnected"]);
}

#[test]
fn server_that_knows_no_parts() {
    check(Some(Fault::NoRanges), 2, &["Peer disconnected"]);
}

#[test]
fn server_that_sends_another_part() {
    check(Some(Fault::OtherRange), 3, &["another part than was asked for: `bytes "]);
}

#[test]
fn server_that_lies_about_the_part() {
    check(Some(Fault::LyingRange), 3, &["it is corrupted"]);
}

#[test]
fn server_that_has_no_such_part() {
    check(Some(Fault::Unsatisfiable), 3, &["less of it than it had before"]);
}

#[test]
fn part_that_is_corrupt() {
    check(Some(Fault::Corrupt), 3, &["it is corrupted"]);
}

/// Kills a run when it has the first half of the package, and gives what it has in the cache.
fn killed() -> (Bench, std::path::PathBuf) {
    let bench = Bench::new();
    bench.server.fault(PACKAGE, Fault::Hold, Times::Once);
    let run = bench.start(BUILD);
    bench.server.wait_for(PACKAGE);
    let partial = bench.path("cache/partial").join(xtask::fetch::sha256(&ARCHIVE.files[path()]));
    let start = Instant::now();
    while std::fs::metadata(&partial).map_or(0, |metadata| metadata.len()) < size() as u64 / 2 {
        assert!(start.elapsed() < DEADLINE, "the first half never came");
        std::thread::yield_now();
    }
    run.signal(libc::SIGKILL);
    run.wait();
    bench.server.mend();
    bench.server.requests();
    (bench, partial)
}

/// The next run does well, having asked for the package so often, and for these parts of it.
#[track_caller]
fn check_next(bench: &Bench, tries: usize, parts: &[usize]) {
    bench.run(BUILD).good();
    let asked = bench.server.requests().iter().filter(|path| path.contains(PACKAGE)).count();
    assert_eq!((asked, bench.server.parts(PACKAGE)), (tries, parts.to_vec()), "tries, and parts among them");
    assert_eq!(bench.cache("partial"), [""; 0]);
    assert_eq!(bench.cache("tmp"), [""; 0]);
}

#[test]
fn the_next_run_fetches_the_rest() {
    let (bench, _partial) = killed();
    check_next(&bench, 1, &[size() / 2]);
}

#[test]
fn what_a_killed_run_left_is_not_believed() {
    let (bench, partial) = killed();
    let mut half = std::fs::read(&partial).expect("a file");
    half[1000] ^= 1;
    std::fs::write(&partial, half).expect("a file");
    check_next(&bench, 2, &[size() / 2]);
}

#[test]
fn what_a_killed_run_left_is_too_much() {
    let (bench, partial) = killed();
    std::fs::write(&partial, vec![0; size() + 1]).expect("a file");
    check_next(&bench, 1, &[]);
}

/// The run was killed between the last byte and its use.
#[test]
fn what_a_killed_run_left_is_whole() {
    let (bench, partial) = killed();
    std::fs::write(&partial, &ARCHIVE.files[path()]).expect("a file");
    check_next(&bench, 0, &[]);
}

#[test]
fn what_a_killed_run_left_is_old() {
    let (bench, partial) = killed();
    let file = std::fs::File::options().append(true).open(&partial).expect("a file");
    file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(4 * 24 * 3600)).expect("a time");
    check_next(&bench, 1, &[]);
}
