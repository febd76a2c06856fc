// SPDX-License-Identifier: MIT OR Apache-2.0
//! Counts of several runs together, and what is told of them.

use expect_test::{Expect, expect};

use super::*;

/// A source: its lines with their counts, as in `1=0 2=5`, its functions, as in `f@1=5`, and branches, as in `3?1=5`.
fn source(counts: &str) -> Source {
    let mut source = Source::default();
    for word in counts.split_whitespace() {
        let (what, count) = word.split_once('=').expect("what has run, and how often");
        let count = count.parse().expect("a number");
        if let Some((line, _)) = what.split_once('?') {
            source.branches.entry(line.parse().expect("a line")).or_default().push(count);
            continue;
        }
        match what.split_once('@') {
            Some((name, line)) => {
                source.functions.insert(name.to_owned(), Function { line: line.parse().expect("a line"), count });
            }
            None => {
                source.lines.insert(what.parse().expect("a line"), count);
            }
        }
    }
    source
}

fn counts(files: &[(&str, &str)]) -> Counts {
    Counts(files.iter().map(|(path, counts)| (PathBuf::from(path), source(counts))).collect())
}

/// A run: the driver's name, and its sources, or why there are none.
type Run<'a> = (&'a str, Result<&'a [(&'a str, &'a str)], &'a str>);

/// The tracefile of these runs together, and what is told of them.
#[track_caller]
fn check(runs: &[Run<'_>], expected: &Expect) {
    let taken = |(driver, run): &Run<'_>| {
        let taken = run.map_or_else(|why| Taken::Missing(why.to_owned()), |files| Taken::Counts(counts(files)));
        ((*driver).to_owned(), taken)
    };
    let coverage = Coverage::new("d", "6.12", "6_12+coverage", runs.iter().map(taken).collect());
    let Coverage { lines, functions, missing, counts, .. } = &coverage;
    let mut text = format!("{lines} of lines, {functions} of functions\n");
    text.extend(missing.iter().map(|it| format!("without {}: {}\n", it.driver, it.why)));
    expected.assert_eq(&(text + &tracefile(counts)));
}

#[test]
fn several_runs() {
    check(
        &[
            ("d@a", Ok(&[("/d/a.c", "f@3=2 3=2 3?a=2 3?b=0 4=0 4?a=0 9=0 9?a=0 9?b=0"), ("/d/b.c", "1=0")])),
            ("d@b", Ok(&[("/d/a.c", "f@3=1 g@8=0 3=1 3?a=1 3?b=0 4=7 4?a=7 4?b=0 9=0 9?a=0 9?b=0")])),
            ("d@c", Err("the machine ended")),
            ("d@c", Err("the machine ended")),
        ],
        &expect![[r#"
            50.0 % of lines, 50.0 % of functions
            without d@c: the machine ended
            TN:
            SF:/d/a.c
            FN:3,f
            FN:8,g
            FNDA:3,f
            FNDA:0,g
            FNF:2
            FNH:1
            BRDA:3,0,0,3
            BRDA:3,0,1,0
            BRDA:9,0,0,-
            BRDA:9,0,1,-
            BRF:4
            BRH:1
            DA:3,3
            DA:4,7
            DA:9,0
            LF:3
            LH:2
            end_of_record
            TN:
            SF:/d/b.c
            FNF:0
            FNH:0
            BRF:0
            BRH:0
            DA:1,0
            LF:1
            LH:0
            end_of_record
        "#]],
    );
    check(
        &[("d", Err("none of it was compiled for gcov, which takes C"))],
        &expect![[r#"
            100.0 % of lines, 100.0 % of functions
            without d: none of it was compiled for gcov, which takes C
        "#]],
    );
    let most = format!("1={}", u64::MAX);
    check(
        &[("d", Ok(&[("/d/a.c", &most)])), ("d", Ok(&[("/d/a.c", "1=1")]))],
        &expect![[r#"
            100.0 % of lines, 100.0 % of functions
            TN:
            SF:/d/a.c
            FNF:0
            FNH:0
            BRF:0
            BRH:0
            DA:1,18446744073709551615
            LF:1
            LH:1
            end_of_record
        "#]],
    );
}

#[test]
fn shares() {
    let check = |covered, all, expected: &str| assert_eq!(Share { covered, all }.to_string(), expected);
    check(61, 69, "88.4 %");
    check(0, 7, "0.0 %");
    check(9999, 10000, "99.9 %");
    check(7, 7, "100.0 %");
}

/// What is kept in a run's folder is read as it was.
#[test]
fn what_is_kept() {
    let dir = tempfile::tempdir().expect("a folder");
    let check = |text: Option<&str>, expected: Option<Taken>| {
        if let Some(text) = text {
            fs::write(dir.path().join(TAKEN), text).expect("written");
        }
        assert_eq!(taken(dir.path()), expected);
    };
    check(None, None);
    check(Some("{"), None);
    for known in [Taken::Counts(counts(&[("/d/a.c", "f@3=2 3=2 4=0")])), Taken::Missing("why".to_owned())] {
        check(Some(&serde_json::to_string(&known).expect("JSON")), Some(known));
    }
}
