// SPDX-License-Identifier: MIT OR Apache-2.0
//! What must hold of every input of what reads texts that others wrote. Each function here panics where it does not; the
//! fuzzers in fuzz/ call them with inputs of their own, and the tests with those that once broke something.

use std::fmt::Write as _;
use std::path::Path;

use crate::context::Settings;
use crate::driver::Manifest;
use crate::judge::answer::{Report, State};
use crate::judge::tap::{Case, Outcome, Source, Tap};
use crate::judge::{Exports, Failure, Symbols, Transcript, Verdict};

/// Between the parts of a transcript: no JSON has it, and no console that was captured by a person.
const SEPARATOR: &[u8] = b"\n\0\n";

/// The files of a run's folder that a transcript is read from, one after the other.
pub const PARTS: [&str; 5] =
    [Transcript::RECORD, Transcript::CONSOLE, Transcript::RESULTS, Symbols::FILE, Transcript::EXPORTS];

/// None if there is no record, which is ours and not the guest's.
fn split(input: &[u8]) -> Option<Transcript> {
    let mut rest = Some(input);
    let [record, console, results, symbols, exports] = PARTS.map(|_| {
        let text = rest.unwrap_or_default();
        let end = find(text, SEPARATOR);
        rest = end.map(|end| &text[end + SEPARATOR.len()..]);
        &text[..end.unwrap_or(text.len())]
    });
    Some(Transcript {
        record: serde_json::from_slice(record).ok()?,
        console: console.to_vec(),
        results: results.to_vec(),
        exports: serde_json::from_slice(exports).unwrap_or_default(),
        baseline: None,
        symbols: serde_json::from_slice(symbols).unwrap_or_default(),
    })
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn verdict(transcript: &Transcript) -> Verdict {
    crate::judge::judge(transcript).verdict
}

/// A report that leaves no taint, whole: nothing else of the run can say that it is none.
const STALL: &[u8] = b"\n[   99.000000] rcu: INFO: rcu_preempt self-detected stall on CPU\n\
    [   99.000001] rcu: \t0-....: (5249 ticks this GP) idle=4a2c/1/0x4000000000000000 softirq=61/61 fqs=1313\n\
    [   99.000002] rcu: \t(t=5250 jiffies g=-1163 q=12 ncpus=1)\n\
    [   99.000003] CPU: 0 PID: 57 Comm: insmod Not tainted 6.1.0-56-amd64 #1\n";

/// A run: [`PARTS`]
pub fn judge(input: &[u8]) {
    let Some(whole) = split(input) else { return };
    let judged = verdict(&whole);
    assert!(!judged.headline().is_empty(), "a verdict without a word");
    let json = serde_json::to_string(&judged).expect("a verdict is JSON");
    assert_eq!(serde_json::from_str::<Verdict>(&json).ok().as_ref(), Some(&judged), "a stored verdict is another");

    // Symbols and exports only explain.
    let bare = Transcript { symbols: Symbols::default(), exports: Exports::default(), ..whole.clone() };
    assert_eq!(verdict(&bare).word(), judged.word(), "what explains a verdict changes it");

    // A serial line ends its lines with CR and LF, or not: that says nothing about the driver.
    let plain: Vec<u8> = whole.console.iter().copied().filter(|byte| *byte != b'\r').collect();
    let crlf =
        plain.iter().flat_map(|byte| if *byte == b'\n' { b"\r\n".as_slice() } else { std::slice::from_ref(byte) });
    let crlf = Transcript { console: crlf.copied().collect(), ..whole.clone() };
    assert_eq!(verdict(&crlf), verdict(&Transcript { console: plain, ..whole.clone() }), "line ends make a difference");

    // More of a console makes no run good, but for a line that the driver had to log.
    let only_lacks_lines = matches!(&judged, Verdict::Fail(failures)
        if failures.iter().all(|failure| matches!(failure, Failure::MissingLogLine { .. })));
    if judged != Verdict::Pass && !only_lacks_lines {
        for more in [b"\n[   99.000000] all is well\n".as_slice(), b"\nok 1 all\n1..1\n", b"\n\n", STALL] {
            let console = [&whole.console, more].concat();
            assert_ne!(verdict(&Transcript { console, ..whole.clone() }), Verdict::Pass, "more console makes it good");
        }
    }

    // A report of the kernel's is seen wherever it stands, unless the driver's author knows of it.
    let ends = whole.console.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at);
    let middle = ends.clone().nth(ends.clone().count() / 2);
    let places = [Some(0), middle, Some(whole.console.len())].into_iter().flatten();
    for at in places.filter(|_| whole.record.known.is_empty()) {
        let console = [&whole.console[..at], STALL, &whole.console[at..]].concat();
        assert_ne!(verdict(&Transcript { console, ..whole.clone() }), Verdict::Pass, "a stall is overlooked");
    }

    // Without either witness nothing is good.
    for silent in [
        Transcript { console: Vec::new(), ..whole.clone() },
        Transcript { results: Vec::new(), ..whole.clone() },
        Transcript { results: whole.results[..whole.results.len() / 2].to_vec(), ..whole },
    ] {
        assert_ne!(verdict(&silent), Verdict::Pass, "good without a witness");
    }
}

/// What the guest's init reports, as the run `n`.
pub fn report(input: &[u8]) {
    let report = Report::parse(input, "n");
    assert!(report.ended() <= report.steps.len());
    if report.state == State::Complete {
        assert_eq!(report.planned, Some(report.ended()), "it is complete, and lacks steps");
        assert!(find(input, b"# workbench n").is_some() && find(input, b"# end n ").is_some(), "another run's report");
    }
    assert_ne!(Report::parse(input, "m").state, State::Complete, "it is the report of two runs");
    let twice = [input, input].concat();
    assert_ne!(Report::parse(&twice, "n").state, State::Complete, "a report that comes twice is complete");
}

/// A program's output, or KUnit's part of the kernel's log.
pub fn tap(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    for source in [Source::Program, Source::Log] {
        let tap = Tap::parse(text.lines(), source);
        let lines = text.lines().filter(|line| is_plain_failure(line)).count();
        let is_good = tap.problems.is_empty() && tap.gave_up.is_none() && failed(&tap.cases) == 0;
        assert!(!is_good || lines == 0, "a failure is overlooked ({source:?})");
        // Whatever was read is read again as the same when it is written as KTAP should be.
        let tree: Vec<Case> = tap.cases.iter().map(plain).collect();
        let mut written = "KTAP version 1\n".to_owned();
        write(&tree, 0, &mut written);
        let again = Tap::parse(written.lines(), Source::Program);
        assert_eq!(again.cases, tree, "written and read again: {written}");
        assert_eq!(again.problems, Vec::<String>::new(), "written and read again: {written}");
    }
}

/// A line that can be nothing but a failure.
fn is_plain_failure(line: &str) -> bool {
    line.strip_prefix("not ok 1 ").is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn failed(cases: &[Case]) -> usize {
    cases.iter().map(|case| usize::from(case.outcome == Outcome::Fail) + failed(&case.cases)).sum()
}

/// The same case with a name that means nothing, and without what is not a part of KTAP's own lines.
fn plain(case: &Case) -> Case {
    let word = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let cases: Vec<Case> = case.cases.iter().map(plain).collect();
    let name = format!("x{}", word(&case.name));
    let reason = if matches!(case.outcome, Outcome::Pass | Outcome::Fail) { String::new() } else { word(&case.reason) };
    Case { name, outcome: case.outcome, reason, diagnostics: Vec::new(), cases }
}

fn write(cases: &[Case], depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    let _ok = writeln!(text, "{indent}1..{}", cases.len());
    for (at, case) in cases.iter().enumerate() {
        if !case.cases.is_empty() {
            let _ok = writeln!(text, "{indent}  KTAP version 1");
            write(&case.cases, depth + 1, text);
        }
        let (result, directive) = match case.outcome {
            Outcome::Pass => ("ok", ""),
            Outcome::Fail => ("not ok", ""),
            Outcome::Skip => ("ok", " # SKIP "),
            Outcome::Todo => ("not ok", " # XFAIL "),
            Outcome::Unexpected => ("ok", " # XPASS "),
        };
        let _ok = writeln!(text, "{indent}{result} {} {}{directive}{}", at + 1, case.name, case.reason);
    }
}

/// driver.toml
pub fn manifest(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match Manifest::parse(text, Path::new("driver.toml")) {
        Ok(manifest) => {
            let (test, hardware) = (&manifest.test, &manifest.hardware);
            assert!((1..=64).contains(&hardware.cpus) && !test.deadline.is_zero(), "a machine that can't be");
            assert!(test.params_words().all(|(_, word)| !word.contains('\n')), "a parameter of two lines");
            assert!(test.step.iter().all(|step| !step.name.trim().is_empty()), "a step without a name");
            let _number = hardware.memory_mb();
        }
        Err(err) => points_at(text, &err.to_string(), "driver.toml:"),
    }
}

/// workbench.toml
pub fn settings(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Err(err) = crate::toml_file::parse::<Settings>(text, Path::new("workbench.toml")) {
        points_at(text, &err.to_string(), "workbench.toml:");
    }
}

/// An error names a line that the file has, or the empty one after its end.
fn points_at(text: &str, error: &str, file: &str) {
    let rest = error.strip_prefix(file).unwrap_or_else(|| panic!("it does not name the file: {error}"));
    let line: usize = rest.split(':').next().and_then(|line| line.parse().ok()).expect("a line's number");
    assert!((1..=text.matches('\n').count() + 1).contains(&line), "there is no line {line}: {error}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inputs that once broke something, or that are likely to: each is given to its oracle.
    #[test]
    fn regressions() {
        let oracles = [
            ("judge", judge as fn(&[u8])),
            ("report", report),
            ("tap", tap),
            ("manifest", manifest),
            ("settings", settings),
        ];
        for (name, oracle) in oracles {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/regressions").join(name);
            let inputs: Vec<_> = fs_err::read_dir(folder).expect("the folder is in the repository").collect();
            assert!(!inputs.is_empty(), "{name} has no input");
            for input in inputs {
                oracle(&fs_err::read(input.expect("a readable folder").path()).expect("a readable file"));
            }
        }
    }

    /// The golden transcripts hold what holds of every run.
    #[test]
    fn transcripts() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/transcripts");
        let mut count = 0;
        for run in fs_err::read_dir(folder).expect("the folder is in the repository") {
            let run = run.expect("a readable folder").path();
            let read = |name: &str| fs_err::read(run.join(name)).unwrap_or_default();
            let record = read(Transcript::RECORD);
            if !record.is_empty() {
                judge(&PARTS.map(read).join(SEPARATOR));
                count += 1;
            }
        }
        assert!(count > 25, "only {count} were found");
    }
}
