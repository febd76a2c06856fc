// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tables at a moment, as a terminal of some size shows them.

use std::time::Duration;

use expect_test::{Expect, expect};

use super::*;
use crate::judge::Verdict;

/// A matrix at work, a minute after its beginning.
fn board(drivers: &[&str], kernels: &[&str]) -> (Board, Instant) {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let start = Instant::now();
    let mut board = Board::new(&owned(drivers), &owned(kernels), drivers.len() * kernels.len());
    let outcome = |driver: &str, asked: &str, verdict| Outcome {
        asked: asked.to_owned(),
        ..Outcome::new(driver, "6.1.0-56-amd64", verdict, "kept".into())
    };
    for stage in [Stage::Kernel, Stage::Build, Stage::Machine] {
        board.stage(kernels[0], drivers[0], stage, start);
    }
    board.outcome(&outcome(drivers[0], kernels[0], Verdict::Pass));
    if let (Some(kernel), Some(driver)) = (kernels.get(1), drivers.get(1)) {
        board.outcome(&outcome(driver, kernels[0], Verdict::Lost("gone".to_owned())));
        board.stage(kernel, drivers[0], Stage::Machine, start + Duration::from_millis(47_100));
        board.stage(kernel, driver, Stage::Build, start + Duration::from_millis(59_500));
    }
    if let Some(kernel) = kernels.get(2) {
        board.stage(kernel, drivers[0], Stage::Kernel, start);
    }
    (board, start + Duration::from_secs(60))
}

fn text(lines: &[Drawn], columns: usize) -> String {
    for line in lines {
        assert!(line.width < columns, "wider than {columns}: {line:?}");
        assert_eq!(line.width, line.text.chars().count());
    }
    lines.iter().map(|line| format!("{}\n", line.text.trim_end())).collect()
}

fn check(drivers: &[&str], kernels: &[&str], size: (usize, usize), work: Option<&str>, expected: &Expect) {
    let (board, now) = board(drivers, kernels);
    let size = Size { columns: size.0, rows: size.1 };
    let lines = board.lines(size, now, work.map(str::to_owned), false);
    assert!(lines.len() < size.rows.max(2), "taller than {}: {lines:?}", size.rows);
    expected.assert_eq(&text(&lines, size.columns));
}

const KERNELS: &[&str] = &["5_10", "6_1", "6_1-cloud", "6_12", "7_3"];

#[test]
fn more_drivers_than_kernels() {
    let drivers = &["foobar", "qc71-laptop@hero", "qc71-laptop@foreign"];
    check(
        drivers,
        &["5_10", "6_1"],
        (80, 24),
        None,
        &expect![[r#"
                             5_10           6_1
        foobar               pass           machine 12 s
        qc71-laptop@hero     lost           build 0 s
        qc71-laptop@foreign  waiting        waiting
        2 of 6 done: 1 pass, 1 lost
    "#]],
    );
    check(
        drivers,
        &["6_1"],
        (80, 4),
        None,
        &expect![[r#"
        1 of 3 done: 1 pass
    "#]],
    );
}

#[test]
fn tables() {
    let drivers = &["foobar", "qc71-laptop"];
    check(
        drivers,
        KERNELS,
        (80, 24),
        None,
        &expect![[r#"
                   foobar         qc71-laptop
        5_10       pass           lost
        6_1        machine 12 s   build 0 s
        6_1-cloud  kernel         waiting
        6_12       waiting        waiting
        7_3        waiting        waiting
        2 of 10 done: 1 pass, 1 lost
    "#]],
    );
    check(
        &["foobar"],
        KERNELS,
        (80, 24),
        Some("1.2 MB of 84.4 MB: fetching the kernel"),
        &expect![[r#"
                   foobar
        5_10       pass
        6_1        waiting
        6_1-cloud  kernel
        6_12       waiting
        7_3        waiting
        1.2 MB of 84.4 MB: fetching the kernel
        1 of 5 done: 1 pass
    "#]],
    );
    check(
        &["same", "same"],
        &["6_1", "6_12"],
        (80, 24),
        None,
        &expect![[r#"
              same
        6_1   lost
        6_12  build 0 s
        2 of 4 done: 1 pass, 1 lost
    "#]],
    );
}

#[test]
fn narrow_and_low() {
    let drivers = &["foobar", "qc71-laptop", "a-driver-with-a-long-name"];
    check(
        drivers,
        KERNELS,
        (44, 24),
        Some("1.2 MB of 84.4 MB: fetching the kernel 6.1.0-56-amd64"),
        &expect![[r#"
                   foobar     qc71-lap…  a-driver…
        5_10       pass       lost       waiting
        6_1        machine    build 0 s  waiting
        6_1-cloud  kernel     waiting    waiting
        6_12       waiting    waiting    waiting
        7_3        waiting    waiting    waiting
        1.2 MB of 84.4 MB: fetching the kernel 6.1.
        2 of 15 done: 1 pass, 1 lost
    "#]],
    );
    check(
        drivers,
        KERNELS,
        (20, 24),
        None,
        &expect![[r#"
                    foobar   qc
            5_10    pass     lo
            6_1     machine  bu
            6_1-c…  kernel   wa
            6_12    waiting  wa
            7_3     waiting  wa
            2 of 15 done: 1 pas
        "#]],
    );
    check(
        drivers,
        KERNELS,
        (80, 6),
        Some("1.2 MB of 84.4 MB: fetching"),
        &expect![[r#"
                   foobar         qc71-laptop    a-driver-with-a-long-name
        6_1        machine 12 s   build 0 s      waiting
        6_1-cloud  kernel         waiting        waiting
        1.2 MB of 84.4 MB: fetching
        2 of 15 done: 1 pass, 1 lost
    "#]],
    );
    check(
        drivers,
        KERNELS,
        (80, 4),
        None,
        &expect![[r#"
                   foobar         qc71-laptop    a-driver-with-a-long-name
        6_1        machine 12 s   build 0 s      waiting
        2 of 15 done: 1 pass, 1 lost
    "#]],
    );
    check(
        drivers,
        KERNELS,
        (80, 2),
        None,
        &expect![[r#"
        2 of 15 done: 1 pass, 1 lost
    "#]],
    );
    check(drivers, KERNELS, (2, 1), None, &expect![[""]]);
}

/// At the end the table stands there whole, on a terminal of any height.
#[test]
fn the_end() {
    let (board, now) = board(&["foobar", "qc71-laptop"], KERNELS);
    expect![[r#"
                   foobar         qc71-laptop
        5_10       pass           lost
        6_1        machine 12 s   build 0 s
        6_1-cloud  kernel         waiting
        6_12       waiting        waiting
        7_3        waiting        waiting
        2 of 10 done: 1 pass, 1 lost
    "#]]
    .assert_eq(&text(&board.whole(80, now, false), 80));
    let coloured = board.whole(80, now, true);
    let texts: Vec<&str> = coloured.iter().map(|line| line.text.as_str()).collect();
    let [_, row, ..] = texts[..] else { panic!("it has rows") };
    assert_eq!(row, "5_10       \u{1b}[32;1mpass\u{1b}[0m           \u{1b}[31;1mlost\u{1b}[0m");
    assert_eq!(coloured[1].width, 30);
}

#[test]
fn counting() {
    let board = Board::new(&["a".to_owned()], &["6_1".to_owned(), "6_12".to_owned()], 2);
    assert_eq!(board.summary(), "0 of 2 done");
}

/// With `--shard` some of the cells are another machine's.
#[test]
fn a_part() {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let mut board = Board::new(&owned(&["a", "b"]), &owned(&["6_1", "6_12"]), 2);
    let outcome = Outcome::new("a", "6_1", Verdict::Pass, "kept".into());
    board.outcome(&outcome);
    expect![[r#"
              a              b
        6_1   pass           ·
        6_12  ·              ·
        1 of 2 done: 1 pass
    "#]]
    .assert_eq(&text(&board.whole(80, Instant::now(), false), 80));
}
