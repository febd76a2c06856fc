// SPDX-License-Identifier: MIT OR Apache-2.0
//! Programs whose cases and exit statuses agree, and those that contradict themselves.

use expect_test::expect;

use super::{Transcript, Verdict, check_rows, judge, transcripts};
use crate::vm::step::Step;

/// The verdict on a run whose one program printed these lines and ended with this status; the rest of it went well.
fn verdict(output: &str, status: u8, ktap: bool) -> String {
    let mut run = Transcript::read(&transcripts().join("pass")).expect("a golden transcript is whole");
    for step in &mut run.record.steps {
        if let Step::Run(step) = step {
            step.prints.clear();
            step.ktap = ktap;
        }
    }
    let report = String::from_utf8(run.results).expect("a report is UTF-8");
    let lines: String = output.lines().map(|line| format!("# out {line}\n")).collect();
    let mut seen = false;
    let mut report: String =
        report.lines().filter(|line| !line.starts_with("# out ")).fold(String::new(), |all, line| {
            let is_exit = line.starts_with("# exit ");
            seen |= is_exit;
            if is_exit { format!("{all}{lines}# exit {status}\n") } else { format!("{all}{line}\n") }
        });
    assert!(seen, "the run has a program: {report}");
    run.results = std::mem::take(&mut report).into_bytes();
    let judgement = judge(&run);
    let more: Vec<String> = match &judgement.verdict {
        Verdict::Fail(failures) => failures.iter().map(super::super::Failure::headline).collect(),
        other => vec![format!("{}: {}", other.word(), other.headline())],
    };
    let notes = judgement.remarks.iter().map(|remark| format!("note: {}", remark.text));
    more.into_iter().chain(notes).collect::<Vec<_>>().join(" | ")
}

#[test]
fn exit_statuses() {
    let good = "TAP version 13\n1..2\nok 1 a\nok 2 b\n";
    let bad = "TAP version 13\n1..2\nok 1 a\n# x.c:7:b:Expected 1\nnot ok 2 b\n";
    let rest = "TAP version 13\n1..3\nok 1 a\nok 3 # SKIP no more\n";
    let rows = [
        (good, 0, false),
        (good, 1, false),
        (good, 2, false),
        (good, 4, false),
        (bad, 1, false),
        (bad, 0, false),
        (bad, 4, false),
        (bad, 77, false),
        ("TAP version 13\n1..3\nok 1 a\nok 2 b\n", 0, false),
        ("TAP version 13\n1..2\nok 1 a\nBail out! no memory\n", 1, false),
        ("TAP version 13\n1..1\nnot ok 1 a # XFAIL known\n", 2, false),
        ("TAP version 13\n1..1\nok 1 a # XPASS\n", 3, false),
        ("TAP version 13\n1..1\nok 1 a # XPASS\n", 0, false),
        ("TAP version 13\n1..0 # SKIP no device\n", 4, false),
        ("TAP version 13\n1..1\nok 1 a # SKIP no device\n", 0, false),
        (rest, 4, false),
        (rest, 0, false),
        ("TAP version 13\n", 0, false),
        // Without a version it is a program like any other, unless it has to have cases.
        ("not ok 1 a\n", 0, false),
        ("not ok 1 a\n", 0, true),
        ("1..1\nnot ok 1 a\n", 1, true),
        ("a warning\nTAP version 13\n1..1\nok 1 a\n", 0, true),
        ("", 4, false),
    ];
    check_rows(
        rows.iter().map(|(output, status, ktap)| verdict(output, *status, *ktap)),
        &expect![[r#"
            pass: everything went as asked, and the kernel reported no fault
            greets: exited with 1, although none of its 2 cases failed
            greets: exited with 2, although none of its 2 cases failed
            greets: exited with 4, although none of its 2 cases failed
            greets: the case `b` failed at x.c:7
            greets: the case `b` failed at x.c:7 | greets: exited with 0, although cases failed
            greets: the case `b` failed at x.c:7 | greets: exited with 4
            greets: the case `b` failed at x.c:7 | greets: exited with 77
            greets: its results contradict themselves: the tests: 2 of 3 planned cases have a result
            greets: it gave up: no memory
            pass: everything went as asked, and the kernel reported no fault | note: the case `a` failed, as was expected: known
            greets: a case passed that was expected to fail | note: the case `a` passed, although it was expected to fail
            pass: everything went as asked, and the kernel reported no fault | note: the case `a` passed, although it was expected to fail
            skip: greets: it was skipped: no device
            skip: greets: a: no device
            pass: everything went as asked, and the kernel reported no fault | note: the case `no more` was skipped
            greets: it ended before its plan was met, and does not say that it skips the rest | note: the case `no more` was skipped
            greets: its results contradict themselves: there is no plan (`1..N`), so nothing says whether all cases have run
            pass: everything went as asked, and the kernel reported no fault
            greets: its output is no TAP or KTAP: it has no line such as `KTAP version 1`
            greets: the case `a` failed
            pass: everything went as asked, and the kernel reported no fault
            greets: exited with 4, not 0
        "#]],
    );
}

/// However many cases there are, what is told of them stays short.
#[test]
fn a_flood_of_failures() {
    let lines: String = (1..=50_000).map(|at| format!("not ok {at} {}\n", "x".repeat(at % 300))).collect();
    let output = format!("TAP version 13\n1..50000\n{lines}");
    let told = verdict(&output, 1, true);
    assert!(told.ends_with("greets: 49900 more cases failed"), "{}", &told[told.len() - 200..]);
}
