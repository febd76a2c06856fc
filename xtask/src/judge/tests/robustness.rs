// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whatever a guest leaves behind: the judge gives a verdict, quickly, and no damage turns into a pass.

use std::path::Path;

use super::{Judgement, Transcript, Verdict, cases, judge};
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
    let found = transcript.console.windows(mark.len()).rposition(|window| window == mark.as_bytes());
    found.map_or(usize::MAX, |at| at + mark.len())
}

#[test]
fn no_truncation_becomes_a_pass() {
    for (name, whole) in cases() {
        let passes = judge(&whole).verdict == Verdict::Pass;
        let mut cut = whole.clone();
        for length in cuts(&whole.results) {
            cut.results.truncate(length);
            if Some(length) == complete_report(&whole) {
                continue;
            }
            assert_ne!(judge(&cut).verdict, Verdict::Pass, "{name}: the report's first {length} bytes");
        }
        let mut cut = whole.clone();
        let enough = last_word(&whole);
        for length in cuts(&whole.console) {
            cut.console.truncate(length);
            let seen_to_its_end = length >= enough && passes;
            // What came after the end mark of `oops-after-the-end-mark` is lost without a trace; that can't be helped.
            if !seen_to_its_end && name != "oops-after-the-end-mark" {
                assert_ne!(judge(&cut).verdict, Verdict::Pass, "{name}: the console's first {length} bytes");
            }
        }
    }
}

/// Where it is cut, longest first: at every byte, or if it is long around the ends of its lines, since the time is quadratic.
fn cuts(bytes: &[u8]) -> impl Iterator<Item = usize> {
    const EVERY_BYTE: usize = 3000;
    let is_line_end = |at: usize| bytes.get(at) == Some(&b'\n');
    let all = (0..bytes.len()).rev();
    let near =
        move |at: &usize| bytes.len() <= EVERY_BYTE || is_line_end(*at) || at.checked_sub(1).is_some_and(is_line_end);
    all.filter(near).collect::<Vec<_>>().into_iter()
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
    let flood: Vec<u8> = lines.iter().cycle().take(1_000_000).flat_map(|line| line.bytes()).collect();
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
