// SPDX-License-Identifier: MIT OR Apache-2.0
//! `judge` on the transcripts that the repository keeps: the exit status is that of the verdict they are known for.

use std::path::{Path, PathBuf};

use crate::bench::Bench;

fn transcripts() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/transcripts");
    let mut dirs: Vec<PathBuf> = std::fs::read_dir(dir)
        .expect("transcripts")
        .flatten()
        .map(|entry| entry.path())
        .filter(|it| it.is_dir())
        .collect();
    dirs.sort();
    dirs
}

fn expected(dir: &Path) -> i32 {
    let text = std::fs::read_to_string(dir.join("verdict.json")).expect("a verdict");
    let verdict: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    match verdict["verdict"].as_str() {
        Some("pass") => 0,
        Some("fail" | "crash" | "hang") => 1,
        Some("lost") => 2,
        Some("skip") => 4,
        other => panic!("{}: the verdict {other:?} is not known", dir.display()),
    }
}

#[test]
fn each_transcript() {
    let bench = Bench::new();
    let mut seen = Vec::new();
    for dir in transcripts() {
        let ran = bench.run(&format!("judge {}", dir.display()));
        assert_eq!(ran.code, Some(expected(&dir)), "{}: {ran:#?}", dir.display());
        seen.push(expected(&dir));
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [0, 1, 2, 4], "every exit status is among them");
    assert!(!bench.path("cache").exists(), "judging needs no cache");
}

/// Of several the worst decides: what could not be judged, then what is bad, then what is good.
#[test]
fn several_transcripts() {
    let bench = Bench::new();
    let of = |code: i32| {
        let found = transcripts().into_iter().find(|dir| expected(dir) == code);
        found.expect("a transcript").display().to_string()
    };
    let (pass, fail, lost, skip) = (of(0), of(1), of(2), of(4));
    let check = |dirs: &[&String], code| {
        let words: Vec<&str> = dirs.iter().map(|dir| dir.as_str()).collect();
        let ran = bench.run(&format!("judge {}", words.join(" ")));
        assert_eq!(ran.code, Some(code), "{ran:#?}");
    };
    check(&[&pass, &skip], 0);
    check(&[&pass, &fail, &skip], 1);
    check(&[&lost, &fail, &pass], 2);
    check(&[&pass, &lost], 2);
    check(&[&skip, &skip], 4);
}

#[test]
fn not_a_run() {
    let bench = Bench::new();
    bench.run("judge toy").fails(2, &["`toy` is not the folder of a run: it has no run.json"]);
    bench.run("judge nowhere").fails(2, &["`nowhere` is not the folder of a run"]);
    for (text, what) in [("", "EOF"), ("[]", "run.json"), ("{\"driver\": \"toy\", \"surprise\": 1}", "run.json")] {
        bench.write("ws/broken/run.json", text);
        bench.run("judge broken").fails(2, &["failed to understand `broken/run.json`", what]);
    }
}
