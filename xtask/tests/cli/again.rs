// SPDX-License-Identifier: MIT OR Apache-2.0
//! Nothing is done twice, and whatever has changed is done again; a matrix in parts is the whole matrix.

use std::fs;

use crate::bench::{Bench, Ran};

const BUILD: &str = "build --json --kernel 6_1";
const TEST: &str = "vm-test --json --kernel 6_1 --accel tcg";
const FOLDER: &str = "target/workbench/build/toy/6.1.0-2-amd64_6.1.20-1";

/// What a run says of each job: its driver, the kernel that was asked for, its verdict, how many of several runs passed, and
/// `cached` if it is; then how often make and QEMU were run.
pub(crate) fn said(ran: &Ran) -> String {
    let events = ran.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    let events: Vec<serde_json::Value> = events.collect();
    let named = |name: &'static str| events.iter().filter(move |event| event["event"] == name);
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut jobs: Vec<String> = named("outcome")
        .map(|event| {
            let cached = if event["cached"] == true { " cached" } else { "" };
            let repeated = event["repeated"].as_object();
            let repeated = repeated.map(|it| format!(" {} of {}", it["passed"], it["runs"])).unwrap_or_default();
            let verdict = word(&event["verdict"]["verdict"]);
            format!("{} {} {verdict}{repeated}{cached}", word(&event["driver"]), word(&event["asked"]))
        })
        .collect();
    jobs.sort();
    let count = |program: &str| {
        let programs = named("command").map(|event| word(&event["line"]));
        programs.filter(|line| line.split(' ').next().is_some_and(|path| path.ends_with(program))).count()
    };
    let qemu = count("qemu-system-x86_64") + count("ld-linux-x86-64.so.2");
    let qemu = if qemu > 0 { format!(", qemu {qemu}") } else { String::new() };
    format!("{}; make {}{qemu}", jobs.join(", "), count("make"))
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

/// A test that passes, a change, and what the next test says.
#[track_caller]
fn check_test(change: impl Fn(&Bench), words: &str, expected: &str) {
    let bench = Bench::new();
    assert_eq!(said(&bench.run(TEST)), "toy 6_1 pass; make 1, qemu 1");
    change(&bench);
    assert_eq!(said(&bench.run(words)), expected);
}

#[test]
fn tests_are_not_run_twice() {
    let unchanged = "toy 6_1 pass cached; make 0";
    let made = "toy 6_1 pass; make 1, qemu 1";
    let run = "toy 6_1 pass; make 0, qemu 1";
    check_test(|_| (), TEST, unchanged);
    check_test(|_| (), &format!("{TEST} --force"), made);
    check_test(|_| (), &format!("{TEST} --repeat 2"), "toy 6_1 pass 2 of 2; make 0, qemu 2");
    check_test(|bench| bench.write("ws/toy/toy.c", "/* new */"), TEST, made);
    check_test(|bench| bench.write("ws/toy/driver.toml", "[hardware]\ncpus = 2\n"), TEST, run);
    check_test(|bench| bench.write("ws/toy/driver.toml", "# nothing\n"), TEST, unchanged);
    check_test(|bench| bench.write("ws/qemu/init/init.c", "/* new */"), TEST, run);
    let folder = "target/workbench/runs/toy/6.1.0-2-amd64/1";
    check_test(|bench| fs::remove_dir_all(bench.path(folder)).expect("removed"), TEST, run);
    for name in ["run.json", "console.log", "results.ktap", "verdict.json", "known.json"] {
        let path = format!("{folder}/{name}");
        check_test(|bench| fs::remove_file(bench.path(&path)).expect("removed"), TEST, run);
    }
    check_test(|bench| bench.write(&format!("{folder}/known.json"), "{\"inputs\""), TEST, run);
    // The verdict is not about the modules that another build has left there.
    check_test(|bench| bench.write(&format!("{FOLDER}/src/toy.ko"), "changed"), TEST, unchanged);
}

const FAILS: &str = "[[test.step]]\nname = \"fails\"\nrun = \"fail\"\n";

#[test]
fn failures_are_not_run_twice() {
    let bench = Bench::new();
    bench.write("ws/toy/driver.toml", FAILS);
    assert_eq!(said(&bench.run(TEST)), "toy 6_1 fail; make 1, qemu 1");
    assert_eq!(said(&bench.run(TEST)), "toy 6_1 fail cached; make 0");
    bench.write("ws/toy/driver.toml", "");
    assert_eq!(said(&bench.run(TEST)), "toy 6_1 pass; make 0, qemu 1");
    bench.write("ws/toy/driver.toml", FAILS);
    assert_eq!(said(&bench.run(TEST)), "toy 6_1 fail cached; make 0");
}

/// What tests of virtual hardware work with is in the guests of those who have tables, and its header is for all programs.
#[test]
fn tests_of_hardware_are_not_run_twice() {
    const TABLES: &str = "[hardware]\nacpi = [\"toy.asl\"]\n";
    const PROGRAM: &str = "[[test.step]]\nname = \"asks\"\nprogram = \"ask.c\"\n";
    let check = |manifest: &str, change: &str, is_news: bool| {
        let bench = Bench::new();
        bench.write("ws/toy/driver.toml", manifest);
        bench.write("ws/toy/toy.asl", "");
        bench.write("ws/toy/ask.c", "");
        for (file, text) in [("Kbuild", "obj-m := toy.o\n"), ("acpi_bench.c", ""), ("bench.c", ""), ("bench.h", "")] {
            bench.write(&format!("ws/qemu/bench/{file}"), text);
        }
        let verdict = |ran: &Ran| said(ran).split(';').next().unwrap_or_default().to_owned();
        let first = bench.run(TEST);
        assert_eq!(verdict(&first), "toy 6_1 pass", "{first:#?}");
        assert_eq!(verdict(&bench.run(TEST)), "toy 6_1 pass cached");
        bench.write(&format!("ws/qemu/bench/{change}"), "/* new */");
        let expected = if is_news { "toy 6_1 pass" } else { "toy 6_1 pass cached" };
        assert_eq!(verdict(&bench.run(TEST)), expected, "{manifest}: {change}");
    };
    for file in ["acpi_bench.c", "bench.c", "bench.h"] {
        check(TABLES, file, true);
        check("", file, false);
    }
    check(PROGRAM, "bench.h", true);
}

/// One run of many fails: it names the cell, and its folder is still there.
#[test]
fn flaky() {
    let bench = Bench::new();
    bench.write("ws/toy/driver.toml", FAILS.replace("fail\"", "fail 2\""));
    let repeat = format!("{TEST} --repeat 20");
    let ran = bench.run(&repeat);
    assert_eq!(said(&ran), "toy 6_1 fail 19 of 20; make 1, qemu 20");
    let folder = "target/workbench/runs/toy/6.1.0-2-amd64";
    assert!(ran.stdout.contains("runs/toy/6.1.0-2-amd64/2\""), "{}", ran.stdout);
    assert_eq!(fs::read_link(bench.path(folder).join("latest")).expect("a link").display().to_string(), "2");
    bench
        .run(&format!("judge {folder}/2").replace("target", &bench.path("target").display().to_string()))
        .fails(1, &[]);
    let kept: Vec<_> = fs::read_dir(bench.path(folder)).expect("a folder").flatten().map(|it| it.file_name()).collect();
    assert_eq!(kept.len(), 2, "`latest`, and the one that failed: {kept:?}");
    // Nothing of it is remembered: the next run is another.
    assert_eq!(said(&bench.run(TEST)), "toy 6_1 pass; make 0, qemu 1");
    assert!(bench.path(folder).join("2").exists());
}

/// A driver that does not build is not built once more for each run.
#[test]
fn refused_and_repeated() {
    let bench = Bench::new();
    bench.write("ws/toy/toy", "refuse");
    assert_eq!(said(&bench.run(&format!("{TEST} --repeat 5"))), "toy 6_1 fail; make 1");
}

#[test]
fn builds_are_not_made_twice() {
    let unchanged = "toy 6_1 pass cached; make 0";
    let made = "toy 6_1 pass; make 1";
    check("", |_| (), BUILD, unchanged);
    check("", |_| (), &format!("{BUILD} --force"), made);
    check("", |bench| bench.write("ws/toy/toy", ""), BUILD, unchanged);
    check("", |bench| bench.write("ws/toy/driver.toml", "[hardware]\ncpus = 2\n"), BUILD, unchanged);
    check("", |bench| bench.write("ws/toy/driver.toml", "[build]\nmake-args = [\"A=1\"]\n"), BUILD, made);
    check("", |bench| bench.write("ws/toy/toy.c", "/* new */"), BUILD, made);
    check("", |bench| bench.write("ws/toy/Kbuild", "obj-m := toy.o\n\n"), BUILD, made);
    let module = format!("{FOLDER}/src/toy.ko");
    let known = format!("{FOLDER}/known.json");
    check("", |bench| fs::remove_file(bench.path(&module)).expect("removed"), BUILD, made);
    check("", |bench| bench.write(&module, "changed"), BUILD, made);
    check("", |bench| bench.write(&known, "{}"), BUILD, made);
    check("", |bench| bench.write(&known, [0xff]), BUILD, made);
    check("", |bench| fs::remove_file(bench.path(&known)).expect("removed"), BUILD, made);
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

/// The first job is begun at 0, and so is one of its own.
#[test]
fn beginnings() {
    let bench = Bench::new();
    bench.write("ws/good/Kbuild", "obj-m := toy.o\n");
    let began = |words: &str| {
        let ran = bench.run(words).good();
        let events = ran.stdout.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let outcomes = events.filter(|event| event["event"] == "outcome");
        let began = outcomes.map(|event| event["began-ms"].as_u64().expect("a number"));
        began.collect::<Vec<_>>()
    };
    let matrix = began("build --json --kernel 6_1");
    assert_eq!((matrix.len(), matrix.iter().min()), (2, Some(&0)));
    assert_eq!(began("build --json --kernel 6_1 toy"), [0]);
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
