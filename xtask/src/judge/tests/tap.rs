// SPDX-License-Identifier: MIT OR Apache-2.0
//! Documents of TAP and KTAP in all their dialects, and what is wrong with some of them.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use crate::judge::tap::{Case, Outcome, Source, Tap};

fn check(source: Source, text: &str, expect: &Expect) {
    let tap = Tap::parse(text.lines(), source);
    let mut said = String::new();
    tap.cases.iter().for_each(|case| tell(case, 0, &mut said));
    for problem in &tap.problems {
        let _ok = writeln!(said, "! {problem}");
    }
    for (word, reason) in [("gave up", &tap.gave_up), ("skipped", &tap.skipped)] {
        if let Some(reason) = reason {
            let _ok = writeln!(said, "{word}: {reason}");
        }
    }
    if tap.rest_skipped {
        said.push_str("the rest is skipped\n");
    }
    expect.assert_eq(&said);
}

fn tell(case: &Case, depth: usize, said: &mut String) {
    let outcome = match case.outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "FAIL",
        Outcome::Skip => "skip",
        Outcome::Todo => "todo",
        Outcome::Unexpected => "unexpected",
    };
    let reason = if case.reason.is_empty() { String::new() } else { format!(" ({})", case.reason) };
    let _ok = writeln!(said, "{}{outcome} {}{reason}", "  ".repeat(depth), case.name);
    for line in &case.diagnostics {
        let _ok = writeln!(said, "{}| {line}", "  ".repeat(depth));
    }
    case.cases.iter().for_each(|case| tell(case, depth + 1, said));
}

fn program(text: &str, expect: &Expect) {
    check(Source::Program, text, expect);
}

#[test]
fn directives() {
    program(
        "KTAP version 1\n1..13\nok 1 a\nnot ok 2 b\nok 3 c # SKIP no device\nnot ok 4 d # skip\nnot ok 5 e # TODO later\n\
         ok 6 # XFAIL f\nok 7 g # XPASS\nnot ok 8 h # TIMEOUT 30 seconds\nok 9 i # ERROR it is odd\nok 10 j # rcode=0\n\
         ok 11 - issue #12 is mended\nnot ok 12 l # SKIPPED_BITS # not a directive\nnot ok 13 # error m\n",
        &expect![[r#"
            pass a
            FAIL b
            skip c (no device)
            skip d
            todo e (later)
            todo f
            unexpected g
            FAIL h (TIMEOUT 30 seconds)
            FAIL i (ERROR it is odd)
            pass j (rcode=0)
            pass issue #12 is mended
            FAIL l (SKIPPED_BITS # not a directive)
            FAIL m
        "#]],
    );
}

#[test]
fn kselftest() {
    // kselftest_harness.h
    program(
        "TAP version 13\n1..2\n# Starting 2 tests from 1 test cases.\n#  RUN           global.adds ...\n\
         #            OK  global.adds\nok 1 global.adds\n#  RUN           global.breaks ...\n\
         # toy.c:12:breaks:Expected 1 (1) == x (2)\n# breaks: Test terminated by assertion\n\
         #          FAIL  global.breaks\nnot ok 2 global.breaks\n# FAILED: 1 / 2 tests passed.\n\
         # Totals: pass:1 fail:1 xfail:0 xpass:0 skip:0 error:0\n",
        &expect![[r#"
            pass global.adds
            | # Starting 2 tests from 1 test cases.
            | #  RUN           global.adds ...
            | #            OK  global.adds
            FAIL global.breaks
            | #  RUN           global.breaks ...
            | # toy.c:12:breaks:Expected 1 (1) == x (2)
            | # breaks: Test terminated by assertion
            | #          FAIL  global.breaks
        "#]],
    );
    // ksft_exit_skip() before any test, and after one: it counts itself before it prints its number.
    program("TAP version 13\n1..0 # SKIP no /dev/toy\n", &expect!["skipped: no /dev/toy\n"]);
    program(
        "TAP version 13\n1..3\nok 1 a\nok 3 # SKIP no more memory\n# Totals: pass:1 fail:0 skip:1 error:0\n",
        &expect![[r#"
            pass a
            skip no more memory
            the rest is skipped
        "#]],
    );
    program(
        "TAP version 13\n1..2\nok 1 a\nBail out! no memory\n# Totals: pass:1 fail:0\n",
        &expect![[r#"
            pass a
            ! the tests: 1 of 2 planned cases have a result
            gave up: no memory
        "#]],
    );
    program(
        "TAP version 13\n1..1\nok 1 a\n# Totals: pass:1 fail:1 xfail:0 xpass:0 skip:0 error:0\n",
        &expect![[r#"
            pass a
            ! its totals count failures, and no case failed
        "#]],
    );
}

#[test]
fn tap_of_others() {
    // Lines after a failure that came without any, as Perl writes them; no numbers; the plan at the end.
    program(
        "TAP version 14\nok - first\nnot ok - second\n  ---\n  message: \"no\"\n  ...\n# got 1\nok\nnot ok\n1..4\n",
        &expect![[r#"
            pass first
            FAIL second
            |   ---
            |   message: "no"
            |   ...
            | # got 1
            pass 
            FAIL 
        "#]],
    );
    // TAP 14 names what comes nested beforehand.
    program(
        "TAP version 14\n1..2\n# Subtest: outer\n    1..2\n    ok 1 - a\n    # Subtest: inner\n        1..1\n        not ok 1 - x\n    \
         not ok 2 - inner\nnot ok 1 - outer\nok 2 - last\n",
        &expect![[r#"
            FAIL outer
              pass a
              FAIL inner
                FAIL x
            pass last
        "#]],
    );
    // Two programs in one step.
    program(
        "TAP version 13\n1..1\nok 1 a\nTAP version 13\n1..2\nok 1 b\n",
        &expect![[r#"
            pass a
            pass b
            ! the tests: 1 of 2 planned cases have a result
        "#]],
    );
}

#[test]
fn nested() {
    program(
        "KTAP version 1\n1..2\n  KTAP version 1\n  1..2\n    KTAP version 1\n    1..1\n    ok 1 deep\n  ok 1 middle\n  foobar: \
         a line of a driver\n  not ok 2 other # why\nnot ok 1 outer\n  KTAP version 1\n  1..0\nok 2 nothing in it\n",
        &expect![[r#"
            FAIL outer
              pass middle
                pass deep
              FAIL other (why)
              |   foobar: a line of a driver
            skip nothing in it (it has no cases)
        "#]],
    );
}

#[test]
fn contradictions() {
    program(
        "KTAP version 1\nok 1 a\n",
        &expect![[r#"
            pass a
            ! there is no plan (`1..N`), so nothing says whether all cases have run
        "#]],
    );
    program(
        "KTAP version 1\n1..1\n1..1\nok 1 a\nok 1 a\n",
        &expect![[r#"
            pass a
            pass a
            ! the tests: a second plan
            ! the tests: `a` has number 1 where 2 should be
            ! the tests: 2 of 1 planned cases have a result
        "#]],
    );
    program(
        "KTAP version 1\n1..3\nok 2 b\nok 1 a\nok 3 c\n",
        &expect![[r#"
            pass b
            pass a
            pass c
            ! the tests: `b` has number 2 where 1 should be
        "#]],
    );
    // Nested cases whose own result is missing, before another and at the end.
    program(
        "KTAP version 1\n1..2\n    # Subtest: one\n    1..2\n    ok 1 a\nok 1 two\n    # Subtest: three\n    1..1\n    ok 1 c\n",
        &expect![[r#"
            pass two
              pass a
            FAIL three (it has no result)
              pass c
            ! `one`: 1 of 2 planned cases have a result
            ! `one` has no result; the result after it is of `two`
        "#]],
    );
    program(
        "KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n  ok 1 a\n  KTAP version 1\n  1..1\n  ok 1 b\nok 1 x\n",
        &expect![[r#"
            FAIL  (it has no result)
              pass a
            pass x
              pass b
            ! the tests: `x` has number 1 where 2 should be
            ! the tests: 2 of 1 planned cases have a result
        "#]],
    );
    program("", &expect!["! there is no plan (`1..N`), so nothing says whether all cases have run\n"]);
}

#[test]
fn kunit() {
    // 5.10: TAP 14 at most, suites that are counted on over modules, an assertion's text in one record.
    check(
        Source::Log,
        "    # Subtest: toy\n    1..2\n    ok 1 - adds\n    # breaks: EXPECTATION FAILED at toy_test.c:20\n    Expected 1 == \
         x, but\n        x == 2\ntoy: a line of the driver\n    not ok 2 - breaks\nnot ok 3 - toy\n",
        &expect![[r#"
            FAIL toy
              pass adds
              FAIL breaks
              |     # breaks: EXPECTATION FAILED at toy_test.c:20
              |     Expected 1 == x, but
              |         x == 2
              | toy: a line of the driver
        "#]],
    );
    // 6.12, with parameters.
    check(
        Source::Log,
        "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: toy\n    # module: toy\n    1..2\n        KTAP version 1\n        \
         # Subtest: squares\n        ok 1 two\n        not ok 2 three\n    # squares: pass:1 fail:1 skip:0 total:2\n    \
         not ok 1 squares\n    ok 2 absent # SKIP no device\n# toy: pass:0 fail:1 skip:1 total:2\n# Totals: pass:1 fail:1 \
         skip:1 total:3\nnot ok 1 toy\n",
        &expect![[r#"
            FAIL toy
            | # toy: pass:0 fail:1 skip:1 total:2
            | # Totals: pass:1 fail:1 skip:1 total:3
              FAIL squares
              |     # module: toy
                pass two
                FAIL three
                |     # squares: pass:1 fail:1 skip:0 total:2
              skip absent (no device)
        "#]],
    );
    // It crashed in a case.
    check(
        Source::Log,
        "    # Subtest: toy\n    1..2\n    ok 1 - adds\nok is what a driver may say\nnot ok either\n",
        &expect![[r#"
            FAIL toy (it has no result)
            | ok is what a driver may say
            | not ok either
              pass adds
            ! `toy`: 1 of 2 planned cases have a result
        "#]],
    );
}
