// SPDX-License-Identifier: MIT OR Apache-2.0
//! The part of a log that is worth showing: the lines that decided with their surroundings, and the end. A log can have a
//! million lines, and each can have anything in it.

use std::ops::Range;

use crate::judge::clean;

/// A log up to so many lines is shown whole.
const SHORT: usize = 250;
/// Lines before the first that decided, and after the last.
const BEFORE: usize = 40;
const AFTER: usize = 60;
/// From the first line that decided, no later one is further away.
const REPORT: usize = 400;
/// Lines at the end.
const LAST: usize = 40;
/// Characters of a line.
const WIDTH: usize = 500;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// How many lines the log has.
    pub(super) lines: usize,
    pub(super) pieces: Vec<Piece>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Line {
        text: String,
        /// Whether it is one of those that decided.
        decided: bool,
    },
    /// So many lines are not shown.
    LeftOut(usize),
}

impl Excerpt {
    pub(super) fn decided(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Line { decided: true, .. }))
    }
}

/// What to show of a log in which these lines decided, in this order; the log may have more before each of them, such as a time.
pub(super) fn excerpt(log: &[u8], telling: &[String]) -> Excerpt {
    let lines: Vec<&[u8]> = log.strip_suffix(b"\n").unwrap_or(log).split(|byte| *byte == b'\n').collect();
    let lines = if log.is_empty() { Vec::new() } else { lines };
    let decided = find(&lines, telling);
    let mut pieces = Vec::new();
    let mut next = 0;
    for range in shown(lines.len(), &decided) {
        if range.start > next {
            pieces.push(Piece::LeftOut(range.start - next));
        }
        next = range.end;
        pieces
            .extend(range.map(|at| Piece::Line { text: shortened(&clean(lines[at])), decided: decided.contains(&at) }));
    }
    if lines.len() > next {
        pieces.push(Piece::LeftOut(lines.len() - next));
    }
    Excerpt { lines: lines.len(), pieces }
}

/// Where these lines are: the first of them anywhere, each other one after it and not far away.
fn find(lines: &[&[u8]], telling: &[String]) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    let mut from = 0;
    for telling in telling.iter().map(|telling| telling.trim_end()).filter(|telling| !telling.is_empty()) {
        let to = found.first().map_or(lines.len(), |first| lines.len().min(first + REPORT));
        let Some(rest) = lines.get(from..to) else { break };
        if let Some(at) = rest.iter().position(|line| clean(line).trim_end().ends_with(telling)) {
            found.push(from + at);
            from += at + 1;
        }
    }
    found
}

/// The lines to show, apart and in order: around those that decided, and at the end. Either may be empty.
fn shown(lines: usize, decided: &[usize]) -> [Range<usize>; 2] {
    if lines <= SHORT {
        return [0..lines, lines..lines];
    }
    let end = lines - LAST..lines;
    let (Some(first), Some(last)) = (decided.first(), decided.last()) else { return [0..0, end] };
    let around = first.saturating_sub(BEFORE)..lines.min(last + 1 + AFTER);
    if around.end >= end.start { [around.start.min(end.start)..lines, lines..lines] } else { [around, end] }
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(WIDTH) {
        None => line.to_owned(),
        Some((end, _)) => format!("{} … and {} more characters", &line[..end], line[end..].chars().count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An excerpt in short: runs of lines by their numbers from 1, those that decided with a star.
    fn check(log: &str, telling: &[&str], expected: &str) {
        let telling: Vec<String> = telling.iter().map(|&line| line.to_owned()).collect();
        let excerpt = excerpt(log.as_bytes(), &telling);
        let mut said = Vec::new();
        let mut number = 0;
        for piece in &excerpt.pieces {
            match piece {
                Piece::LeftOut(count) => {
                    said.push(format!("({count})"));
                    number += count;
                }
                Piece::Line { decided, .. } => {
                    number += 1;
                    if *decided {
                        said.push(format!("*{number}"));
                    } else if said.last().is_none_or(|last| last.starts_with(['(', '*'])) {
                        said.push(format!("{number}…"));
                    }
                }
            }
        }
        assert_eq!(number, excerpt.lines, "every line is shown or counted");
        assert_eq!(said.join(" "), expected);
    }

    fn numbered(lines: usize) -> String {
        (1..=lines).map(|number| format!("[    0.{number:06}] line {number}\n")).collect()
    }

    #[test]
    fn pieces() {
        check("", &["BUG"], "");
        check("one\ntwo\n", &[], "1…");
        check("one\ntwo", &["two"], "1… *2");
        check("[    1.000000] BUG: x\r\n", &["BUG: x"], "*1");
        check("one\n", &["", "  "], "1…");
        check(&numbered(250), &[], "1…");
        check(&numbered(251), &[], "(211) 212…");
        check(&numbered(1_000_000), &["line 500"], "(459) 460… *500 501… (999400) 999961…");
        check(&numbered(1000), &["line 500", "line 503"], "(459) 460… *500 501… *503 504… (397) 961…");
        // Too far away to belong to it, or not there at all.
        check(&numbered(1000), &["line 500", "line 950", "line 502"], "(459) 460… *500 501… *502 503… (398) 961…");
        check(&numbered(1000), &["line 990"], "(949) 950… *990 991…");
        check(&numbered(1000), &["line 10"], "1… *10 11… (890) 961…");
        check(&numbered(1000), &["no such line"], "(960) 961…");
    }

    #[test]
    fn lines_of_any_kind() {
        let check = |line: &[u8], expected: &str| {
            let Piece::Line { text, .. } = &excerpt(line, &[]).pieces[0] else { panic!("it has a line") };
            assert_eq!(text, expected);
        };
        check(b"\x1b[31mred\x1b[0m \xff", "red \u{fffd}");
        check(&[b'x'; 600], &format!("{} … and 100 more characters", "x".repeat(500)));
        check("ü".repeat(501).as_bytes(), &format!("{} … and 1 more characters", "ü".repeat(500)));
    }
}
