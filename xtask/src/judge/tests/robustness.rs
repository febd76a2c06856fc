// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whatever a guest leaves behind: the judge gives a verdict, quickly, and no damage turns into a pass.

use std::path::Path;

use super::{Judgement, Transcript, Verdict, cases, judge};
use crate::judge::Record;
use crate::judge::answer::{Report, State};
use crate::judge::console::Console;
use crate::report::explained;

/// The report up to and with its end, which is complete although more follows.
fn complete_report(transcript: &Transcript) -> Option<usize> {
    let end = format!("# end {} ", transcript.record.nonce);
    let at = transcript.results.windows(end.len()).position(|window| window == end.as_bytes())?;
    transcript.results[at..].iter().position(|byte| *byte == b'\n').map(|line_end| at + line_end + 1)
}

/// Enough of what follows the last step for its verdict: the mark's own text.
fn last_word(transcript: &Transcript) -> usize {
    let mark = format!("workbench: {} end", transcript.record.nonce);
    let is_mark = |at: &usize| transcript.console[*at..].starts_with(mark.as_bytes());
    // A guest that reports over the console repeats the kernel's log there, each record behind a semicolon.
    let is_repeated = |at: usize| at.checked_sub(1).is_some_and(|before| transcript.console[before] == b';');
    let found = (0..transcript.console.len()).rev().find(|at| is_mark(at) && !is_repeated(*at));
    found.map_or(usize::MAX, |at| at + mark.len())
}

#[test]
fn no_truncation_becomes_a_pass() {
    for (name, whole) in cases() {
        let passes = judge(&whole).verdict == Verdict::Pass;
        let complete = complete_report(&whole);
        let mut cut = whole.clone();
        for length in ends_of_lines(&whole.results) {
            cut.results.truncate(length);
            if Some(length) == complete {
                continue;
            }
            assert_ne!(judge(&cut).verdict, Verdict::Pass, "{name}: the report's first {length} bytes");
        }
        let mut cut = whole.clone();
        let enough = last_word(&whole);
        for length in ends_of_lines(&whole.console) {
            cut.console.truncate(length);
            let seen_to_its_end = length >= enough && passes;
            // What came after the end mark of `oops-after-the-end-mark` is lost without a trace; that can't be helped.
            if !seen_to_its_end && name != "oops-after-the-end-mark" {
                assert_ne!(judge(&cut).verdict, Verdict::Pass, "{name}: the console's first {length} bytes");
            }
        }
    }
}

/// Judging takes longer than reading: what has no end to either witness is none for a pass, wherever it is cut.
#[test]
fn no_truncation_has_an_end() {
    for (name, whole) in cases() {
        let Record { nonce, steps, .. } = &whole.record;
        let complete = complete_report(&whole);
        // Of a long report the middle has nothing that its beginning has not.
        let middle = 2000..whole.results.len().saturating_sub(500).max(2000);
        let lengths = (0..whole.results.len()).filter(|length| !middle.contains(length) && Some(*length) != complete);
        for length in lengths {
            let state = Report::parse(&whole.results[..length], nonce).state;
            assert_ne!(state, State::Complete, "{name}: the report's first {length} bytes");
        }
        // Its lines before the one that is cut are whole, and have been judged so.
        let heard = &whole.console[..whole.console.len().min(last_word(&whole)).saturating_sub(1)];
        for line in heard.split(|byte| *byte == b'\n') {
            for length in 0..=line.len() {
                let console = Console::parse(&line[..length], nonce, steps.len());
                assert_eq!(console.ended, None, "{name}: {}", String::from_utf8_lossy(&line[..length]));
            }
        }
    }
}

/// Just before the ends of lines, and just after, longest first; of a long text only after, since the time is quadratic.
fn ends_of_lines(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let is_line_end = |at: usize| bytes.get(at) == Some(&b'\n');
    let is_short = bytes.len() <= 3000;
    (0..bytes.len()).rev().filter(move |at| is_short && is_line_end(*at) || at.checked_sub(1).is_some_and(is_line_end))
}

/// <https://en.wikipedia.org/wiki/Xorshift>, with a fixed seed: a failure can be had again.
struct Xorshift(u64);

impl Xorshift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).expect("usize is at most 64 bits");
        usize::try_from(self.next() % bound).expect("less than a usize")
    }
}

/// Texts that mean something somewhere: put in the wrong place they make better trouble than random bytes.
const SPLICES: &[&[u8]] = &[
    b"\n",
    b"\r",
    b"\0",
    b"\x1b[",
    b"\x1b",
    b"[",
    b"[    1.234567] ",
    b"<",
    b"#",
    b"# ",
    b"# begin ",
    b"# end ",
    b"ok ",
    b"1..",
    b"1..18446744073709551616\n",
    b"# taint 99999999999999999999999\n",
    b"\\x",
    b"\\xf",
    b";",
    b",",
    b"workbench: ",
    b"\xff\xfe",
    b"\xe2\x80",
    b"WARNING: ",
    b"BUG: ",
    b"------------[ cut here ]------------\n",
    b"Call Trace:\n",
    b"=====================\n",
];

fn mutate(bytes: &mut Vec<u8>, random: &mut Xorshift) {
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len() + 1);
        let to = (at + random.below(40)).min(bytes.len());
        match random.below(5) {
            0 => bytes.splice(at..at, SPLICES[random.below(SPLICES.len())].iter().copied()).for_each(drop),
            1 => bytes.drain(at..to).for_each(drop),
            2 => {
                let piece = bytes[at..to].to_vec();
                let into = random.below(bytes.len() + 1);
                bytes.splice(into..into, piece).for_each(drop);
            }
            3 => bytes.truncate(at),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
}

#[test]
fn mutations_do_not_panic() {
    let mut random = Xorshift(0x9e37_79b9_7f4a_7c15);
    for (name, whole) in cases() {
        for _ in 0..100 {
            let mut damaged = whole.clone();
            mutate(&mut damaged.console, &mut random);
            mutate(&mut damaged.results, &mut random);
            if let Some(baseline) = &mut damaged.baseline {
                mutate(&mut baseline.console, &mut random);
                mutate(&mut baseline.results, &mut random);
            }
            let Judgement { verdict, .. } = judge(&damaged);
            assert!(!verdict.headline().is_empty(), "{name}");
            assert!(explained(&verdict, Path::new("/")).len() <= 1000, "{name}");
        }
    }
}

/// Anything worse than linear time would not come to an end.
#[test]
fn a_flood_is_judged() {
    let (_, calm) = cases().into_iter().find(|(name, _)| name == "pass").expect("the first of the golden transcripts");
    let lines = [
        "[    1.234567] foobar: BUG in firmware, WARNING: Call Trace follows\r\n",
        "[    1.234567] BUG: but without registers\r\n",
        "[    1.234567] WARNING: CPU: 0 PID: 1 at a.c:1 b+0x1/0x2\r\n",
        "[    1.234567][    T1] INFO: task a:1 blocked for more than 2 seconds.\r\n",
        "[    1.234567] WARNING: :1:1:1:1:1:1:1:1 at at at +0x+0x+0x\r\n",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\r\n",
        "\x1b[\x1b[31m\x1b\u{80}: : : : : : : : : : : : : : : : : : : : : :\r\n",
    ];
    let mut flooded = calm.clone();
    let flood: Vec<u8> = lines.iter().cycle().take(250_000).flat_map(|line| line.bytes()).collect();
    let mark = format!("workbench: {} begin 2 ", calm.record.nonce);
    let at = calm.console.windows(mark.len()).position(|window| window == mark.as_bytes()).expect("the second mark");
    let line = calm.console[..at].iter().rposition(|byte| *byte == b'\n').expect("a line before it") + 1;
    flooded.console.splice(line..line, flood).for_each(drop);
    assert_eq!(judge(&flooded).verdict, Verdict::Pass);
}

/// Of a machine that logs without end nobody can say that it is silent.
#[test]
fn a_flood_that_does_not_end() {
    let (_, mut hang) = cases().into_iter().find(|(name, _)| name == "hang-in-init").expect("a golden transcript");
    let mut check = |from: u64, lines: u64, expected: &str| {
        let calm = hang.console.len();
        let line = |at| format!("[{:5}.{:06}] foobar: tick\r\n", from + at / 100, at % 100);
        hang.console.extend((0..lines).flat_map(|at| line(at).into_bytes()));
        assert_eq!(judge(&hang).verdict.headline(), expected);
        hang.console.truncate(calm);
    };
    check(1, 10, "no answer within 60 s; the last step begun was `load foobar`");
    check(1, 2000, "no answer within 60 s; the last step begun was `load foobar`");
    check(40, 2000, "still logging after 60 s: 2002 lines during `load foobar`");
}
