// SPDX-License-Identifier: MIT OR Apache-2.0
//! When each job was built and run, as a picture: a bar each, over a common scale.

use std::fmt::Write as _;

use super::super::lines::seconds;
use super::Cell;
use super::text::escaped;

/// A scale with more parts than this is crowded on a phone.
const MOST_PARTS: u64 = 6;

/// So many bars are shown at once; more are behind a click, since what went wrong is of more interest.
const FEW: usize = 12;

/// The picture, or nothing if no job took time now.
pub(super) fn picture(cells: &[Cell]) -> String {
    let mut timed: Vec<&Cell> = cells.iter().filter(|cell| span(cell).is_some()).collect();
    timed.sort_by_key(|cell| cell.outcome.began_ms);
    let Some(end) = timed.iter().filter_map(|cell| span(cell)).map(|(begun, took)| begun + took).max() else {
        return String::new();
    };
    let step = step(end);
    let marks: Vec<u64> = (0..=end / step).map(|mark| mark * step).collect();
    let open = if timed.len() <= FEW { " open" } else { "" };
    let mut html = format!("<details class=\"when\"{open}><summary>Times</summary>\n{KEY}\n<ol class=\"times\">\n");
    html.push_str("<li class=\"scale\" aria-hidden=\"true\"><svg>");
    for mark in &marks {
        // The last ones would reach out of the picture.
        let anchor = if mark * 10 > end * 9 { "end" } else { "start" };
        let _ok =
            write!(html, "<text x=\"{}\" y=\"12\" text-anchor=\"{anchor}\">{}</text>", part(*mark, end), time(*mark));
    }
    html.push_str("</svg></li>\n");
    timed.into_iter().for_each(|cell| row(&mut html, cell, &marks, end));
    html.push_str("</ol>\n</details>\n");
    html
}

const KEY: &str = "<p><span class=\"key build\"></span> build, <span class=\"key machine\"></span> machine, \
                   from when each job was begun</p>";

fn row(html: &mut String, cell: &Cell, marks: &[u64], end: u64) {
    let outcome = &cell.outcome;
    let lines: String =
        marks.iter().map(|mark| format!("<line x1=\"{0}\" x2=\"{0}\" y2=\"100%\"/>", part(*mark, end))).collect();
    let mut from = outcome.began_ms;
    let mut bars = String::new();
    let mut said = Vec::new();
    for (what, took) in [("build", outcome.build_ms), ("machine", outcome.ran.map(|ran| ran.ms))] {
        let Some(took) = took else { continue };
        let (x, width) = (part(from, end), part(took, end));
        let _ok = write!(bars, "<rect class=\"{what}\" x=\"{x}\" width=\"{width}\" y=\"2\" height=\"10\"/>");
        said.push(format!("{what} {}", seconds(took)));
        from += took;
    }
    let _ok = writeln!(
        html,
        "<li data-cell=\"{0}\"><span><a href=\"#c{0}\">{1} on {2}</a> <small>{3}</small></span><svg aria-hidden=\"true\">{lines}{bars}</svg></li>",
        cell.number,
        escaped(&outcome.driver),
        escaped(&outcome.asked),
        said.join(", "),
    );
}

/// When a job was begun and how long it took, in milliseconds; nothing for one that took no time now. One whose build
/// is an earlier one has a machine's time only.
fn span(cell: &Cell) -> Option<(u64, u64)> {
    let outcome = &cell.outcome;
    let took = outcome.build_ms.unwrap_or(0) + outcome.ran.map_or(0, |ran| ran.ms);
    (took > 0 && !outcome.cached).then_some((outcome.began_ms, took))
}

/// A share of the whole, for SVG.
fn part(ms: u64, end: u64) -> String {
    let hundredths = u128::from(ms) * 10_000 / u128::from(end);
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// Between two marks of the scale, in milliseconds: a round number in a unit that people count in.
fn step(end: u64) -> u64 {
    const STEPS: &[u64] = &[
        100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000,
        1_800_000, 3_600_000, 7_200_000, 18_000_000,
    ];
    const DAY: u64 = 86_400_000;
    STEPS.iter().copied().find(|step| end / step <= MOST_PARTS).unwrap_or((end / MOST_PARTS).next_multiple_of(DAY))
}

fn time(ms: u64) -> String {
    match ms {
        0 => "0".to_owned(),
        ms if ms % 3_600_000 == 0 => format!("{} h", ms / 3_600_000),
        ms if ms % 60_000 == 0 => format!("{} min", ms / 60_000),
        ms if ms % 1000 == 0 => format!("{} s", ms / 1000),
        ms => seconds(ms),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::judge::Verdict;
    use crate::outcome::{Outcome, Ran};

    #[test]
    fn scale() {
        let check = |end: u64, expected: &str| {
            let step = step(end);
            let marks: Vec<String> = (0..=end / step).map(|mark| time(mark * step)).collect();
            assert_eq!(marks.join(" "), expected, "{end}");
        };
        check(1, "0");
        check(450, "0 0.1 s 0.2 s 0.3 s 0.4 s");
        check(3_100, "0 0.5 s 1 s 1.5 s 2 s 2.5 s 3 s");
        check(13_999, "0 2 s 4 s 6 s 8 s 10 s 12 s");
        check(75_000, "0 20 s 40 s 1 min");
        check(3_600_000, "0 10 min 20 min 30 min 40 min 50 min 1 h");
        check(86_400_000, "0 5 h 10 h 15 h 20 h");
        check(30 * 86_400_000, "0 120 h 240 h 360 h 480 h 600 h 720 h");
    }

    #[test]
    fn bars() {
        let of = |number, began_ms, build_ms, ran: Option<u64>| Cell {
            outcome: Outcome {
                began_ms,
                build_ms,
                ran: ran.map(|ms| Ran { steps: 1, ms }),
                ..Outcome::new("<toy>", "6_1", Verdict::Pass, "kept".into())
            },
            number,
            log: None,
        };
        let cached = |cell: Cell| Cell { outcome: Outcome { cached: true, ..cell.outcome }, ..cell };
        let cells = [
            of(0, 100, Some(100), Some(300)),
            of(1, 0, Some(50), None),
            cached(of(2, 0, Some(9), Some(9))),
            of(3, 0, None, None),
            of(4, 150, None, Some(90)),
        ];
        expect![[r##"
            <details class="when" open><summary>Times</summary>
            <p><span class="key build"></span> build, <span class="key machine"></span> machine, from when each job was begun</p>
            <ol class="times">
            <li class="scale" aria-hidden="true"><svg><text x="0.00%" y="12" text-anchor="start">0</text><text x="20.00%" y="12" text-anchor="start">0.1 s</text><text x="40.00%" y="12" text-anchor="start">0.2 s</text><text x="60.00%" y="12" text-anchor="start">0.3 s</text><text x="80.00%" y="12" text-anchor="start">0.4 s</text><text x="100.00%" y="12" text-anchor="end">0.5 s</text></svg></li>
            <li data-cell="1"><span><a href="#c1">&lt;toy&gt; on 6_1</a> <small>build 0.0 s</small></span><svg aria-hidden="true"><line x1="0.00%" x2="0.00%" y2="100%"/><line x1="20.00%" x2="20.00%" y2="100%"/><line x1="40.00%" x2="40.00%" y2="100%"/><line x1="60.00%" x2="60.00%" y2="100%"/><line x1="80.00%" x2="80.00%" y2="100%"/><line x1="100.00%" x2="100.00%" y2="100%"/><rect class="build" x="0.00%" width="10.00%" y="2" height="10"/></svg></li>
            <li data-cell="0"><span><a href="#c0">&lt;toy&gt; on 6_1</a> <small>build 0.1 s, machine 0.3 s</small></span><svg aria-hidden="true"><line x1="0.00%" x2="0.00%" y2="100%"/><line x1="20.00%" x2="20.00%" y2="100%"/><line x1="40.00%" x2="40.00%" y2="100%"/><line x1="60.00%" x2="60.00%" y2="100%"/><line x1="80.00%" x2="80.00%" y2="100%"/><line x1="100.00%" x2="100.00%" y2="100%"/><rect class="build" x="20.00%" width="20.00%" y="2" height="10"/><rect class="machine" x="40.00%" width="60.00%" y="2" height="10"/></svg></li>
            <li data-cell="4"><span><a href="#c4">&lt;toy&gt; on 6_1</a> <small>machine 0.0 s</small></span><svg aria-hidden="true"><line x1="0.00%" x2="0.00%" y2="100%"/><line x1="20.00%" x2="20.00%" y2="100%"/><line x1="40.00%" x2="40.00%" y2="100%"/><line x1="60.00%" x2="60.00%" y2="100%"/><line x1="80.00%" x2="80.00%" y2="100%"/><line x1="100.00%" x2="100.00%" y2="100%"/><rect class="machine" x="30.00%" width="18.00%" y="2" height="10"/></svg></li>
            </ol>
            </details>
        "##]].assert_eq(&picture(&cells));
        assert_eq!(picture(&cells[2..4]), "", "none of these took time");
    }
}
