// SPDX-License-Identifier: MIT OR Apache-2.0
//! Nothing is done twice, and whatever has changed is done again; a matrix in parts is the whole matrix.

use std::fs;

use crate::bench::{Bench, Ran};

const BUILD: &str = "build --json --kernel 6_1";
const FOLDER: &str = "target/workbench/build/toy/6.1.0-2-amd64_6.1.20-1";

/// What a run says of each job: its driver, the kernel that was asked for, its verdict, and `cached` if it is; then how often
/// make was run.
fn said(ran: &Ran) -> String {
    let events = ran.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    let events: Vec<serde_json::Value> = events.collect();
    let named = |name: &'static str| events.iter().filter(move |event| event["event"] == name);
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut jobs: Vec<String> = named("outcome")
        .map(|event| {
            let cached = if event["cached"] == true { " cached" } else { "" };
            format!(
                "{} {} {}{cached}",
                word(&event["driver"]),
                word(&event["asked"]),
                word(&event["verdict"]["verdict"])
            )
        })
        .collect();
    jobs.sort();
    format!("{}; make {}", jobs.join(", "), named("command").count())
}

/// A build, a change, and what the next build says.
#[track_caller]
fn check(first: &str, change: impl Fn(&Bench), words: &str, expected: &str) {
    let bench = Bench::new();
    bench.write("ws/toy/toy", first);
    bench.run(BUILD);
    change(&bench);
    assert_eq!(said(&bench.run(words)), expected);
}

#[test]
fn builds_are_not_made_twice() {
    let unchanged = "toy 6_1 pass cached; make 0";
    let made = "toy 6_1 pass; make 1";
    check("", |_| (), BUILD, unchanged);
    check("", |_| (), &format!("{BUILD} --force"), made);
    check("", |bench| bench.write("ws/toy/toy", ""), BUILD, unchanged);
    check("", |bench| bench.write("ws/toy/driver.toml", "[test]\ncpus = 2\n"), BUILD, unchanged);
    check("", |bench| bench.write("ws/toy/driver.toml", "[build]\nmake-args = [\"A=1\"]\n"), BUILD, made);
    check("", |bench| bench.write("ws/toy/toy.c", "/* new */"), BUILD, made);
    check("", |bench| bench.write("ws/toy/Kbuild", "obj-m := toy.o\n\n"), BUILD, made);
    let module = format!("{FOLDER}/src/toy.ko");
    let known = format!("{FOLDER}/known.json");
    check("", |bench| fs::remove_file(bench.path(&module)).expect("removed"), BUILD, made);
    check("", |bench| bench.write(&module, "changed"), BUILD, made);
    check("", |bench| bench.write(&known, "{}"), BUILD, made);
    check("", |bench| bench.write(&known, [0xff]), BUILD, made);
    check("", |bench| bench.write(&format!("{FOLDER}/unfinished"), ""), BUILD, made);
    check("", |_| (), &format!("{BUILD} --host-tools"), made);
}

#[test]
fn refusals_are_not_repeated() {
    check("refuse", |_| (), BUILD, "toy 6_1 fail cached; make 0");
    check("refuse", |_| (), &format!("{BUILD} --force"), "toy 6_1 fail; make 1");
    check("refuse", |bench| bench.write("ws/toy/toy", ""), BUILD, "toy 6_1 pass; make 1");
    let log = format!("{FOLDER}/build.log");
    check("refuse", |bench| fs::remove_file(bench.path(&log)).expect("removed"), BUILD, "toy 6_1 fail; make 1");
}

/// The lines of a refusal name files from where the person is.
#[test]
fn refusals_elsewhere() {
    let bench = Bench::new();
    bench.write("ws/toy/toy", "refuse");
    let line = |bench: &Bench, dir: &str| {
        let mut command = bench.command("build --kernel 6_1");
        command.current_dir(bench.path(dir));
        let ran = crate::bench::Running::new(command, bench).wait();
        ran.stdout.lines().next().unwrap_or_default().to_owned()
    };
    let says =
        |path: &str| format!(" fail toy on 6.1.0-2-amd64: it does not build: {path}:1:1: error: toys are not allowed");
    assert_eq!(line(&bench, "ws"), says("toy/toy.c"));
    assert_eq!(line(&bench, "ws/toy"), says("toy.c"));
}

/// What several runs at once make of one build is whole.
#[test]
fn together() {
    let bench = Bench::new();
    bench.run(BUILD).good();
    let force = format!("{BUILD} --force");
    let runs: Vec<_> = (0..6).map(|at| bench.start(if at % 2 == 0 { BUILD } else { &force })).collect();
    for run in runs {
        run.wait().good();
    }
    assert_eq!(said(&bench.run(BUILD)), "toy 6_1 pass cached; make 0");
}

/// Each part of a matrix of two kernels and two drivers. The archive has no compiler for the other kernel, so that one is
/// lost.
#[test]
fn parts() {
    let bench = Bench::new();
    bench.write("ws/good/Kbuild", "obj-m := toy.o\n");
    let part = |shard: &str| said(&bench.run(&format!("build --json --force -k 6_1 -k 6_12 --shard {shard}")));
    assert_eq!(part("1/1"), "good 6_1 pass, good 6_12 lost, toy 6_1 pass, toy 6_12 lost; make 2");
    assert_eq!(part("1/2"), "good 6_1 pass, good 6_12 lost; make 1");
    assert_eq!(part("2/2"), "toy 6_1 pass, toy 6_12 lost; make 1");
    assert_eq!(part("1/3"), "good 6_1 pass, toy 6_12 lost; make 1");
    assert_eq!(part("2/3"), "toy 6_1 pass; make 1");
}

#[test]
fn kernels_of_other_parts_are_not_fetched() {
    let bench = Bench::new();
    bench.run("build -k 6_1 -k 6_12 --shard 1/2").good();
    let requests = bench.server.requests();
    assert!(requests.iter().any(|path| path.contains("6.1.0-2-amd64")), "{requests:#?}");
    assert!(!requests.iter().any(|path| path.contains("trixie")), "{requests:#?}");
}

#[test]
fn a_part_without_jobs() {
    let bench = Bench::new();
    let nothing = |words: &str| {
        let ran = bench.run(words);
        let said = ("there is nothing to do: part 3/3 of the matrix has no job\n", "", Some(4));
        assert_eq!((ran.stderr.as_str(), ran.stdout.as_str(), ran.code), said);
    };
    nothing("build -k 6_1 --shard 3/3");
    nothing("vm-test --accel tcg -k 6_1 -k 6_12 --shard 3/3");
    assert_eq!(bench.server.requests(), [""; 0]);
    let wrong = |words: &str, said: &str| {
        bench.run(words).fails(2, &[said]);
    };
    wrong("build --shard 4/3", "`4/3` is not a part: write `2/3` for the second of three");
    wrong("vm-test --repeat 0", "invalid value '0'");
    wrong("vm-test --repeat many", "invalid value 'many'");
}
