// SPDX-License-Identifier: MIT OR Apache-2.0
//! The judge's tests are data. A new case is a new folder in tests/transcripts, without code; what is small enough for
//! a line is a row of a table in one of the files beside this.

mod cases;
mod console;
mod evidence;
mod left;
mod loading;
mod numbers;
mod reports;
mod robustness;
mod signs;
mod tap;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect_file};
use serde::Serialize;

use super::{Judgement, Transcript, Verdict, judge};
use crate::report::explained;

/// What a golden file holds: the words that people read, and the value that programs read.
#[derive(Serialize)]
struct Golden {
    headline: String,
    details: Vec<String>,
    #[serde(flatten)]
    judgement: Judgement,
}

fn transcripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/transcripts")
}

/// Every golden transcript by its name, sorted.
fn cases() -> Vec<(String, Transcript)> {
    let entries = fs_err::read_dir(transcripts()).expect("the golden transcripts are in the repository");
    let mut dirs: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    dirs.sort();
    dirs.iter()
        .filter(|dir| dir.is_dir())
        .map(|dir| {
            let name = dir.file_name().expect("an entry of a folder has a name").to_string_lossy().into_owned();
            (name, Transcript::read(dir).expect("a golden transcript is whole"))
        })
        .collect()
}

fn check(name: &str, transcript: &Transcript) {
    let judgement = judge(transcript);
    let Judgement { verdict, .. } = &judgement;
    let golden = Golden { headline: verdict.headline(), details: explained(verdict, Path::new("/w")), judgement };
    let json = serde_json::to_string_pretty(&golden).expect("a verdict is JSON");
    expect_file![transcripts().join(name).join("verdict.json")].assert_eq(&(json + "\n"));
}

/// Compares a table, a row a line.
fn check_rows(rows: impl IntoIterator<Item = String>, expect: &Expect) {
    let text = rows.into_iter().fold(String::new(), |mut text, row| {
        writeln!(text, "{row}").expect("a String takes everything");
        text
    });
    expect.assert_eq(&text);
}

#[test]
fn golden_transcripts() {
    let cases = cases();
    assert!(cases.len() >= 25, "only {} golden transcripts were found", cases.len());
    for (name, transcript) in &cases {
        check(name, transcript);
    }
}

/// A folder's name is a promise: only what begins with one of these may be judged good.
#[test]
fn only_those_pass_that_should() {
    let good = [
        "pass",
        "debug-word-is-not-bug",
        "program-output-is-not-the-kernel",
        "step-expected-exit",
        "taint-that-is-no-fault",
        "unknown-report-lines-are-ignored",
        "userspace-kmsg-is-not-the-kernel",
    ];
    for (name, transcript) in cases() {
        let expected = good.iter().any(|good| name == *good || name.starts_with("pass-"));
        let verdict = judge(&transcript).verdict;
        assert_eq!(verdict == Verdict::Pass, expected, "{name}: {}", verdict.headline());
    }
}
