// SPDX-License-Identifier: MIT OR Apache-2.0
//! An outcome as a person reads it on a terminal: a line, and below it the few that explain it.

use std::path::Path;

use super::sites;
use super::style::Colour;
use crate::judge::Verdict;
use crate::outcome::{Outcome, Repeated};

/// The lines without the last one's end.
pub(super) fn lines(outcome: &Outcome, coloured: bool) -> String {
    let Outcome { driver, kernel, verdict, remarks, modules, warnings, build_ms, ran, kept, cached, repeated, .. } =
        outcome;
    let notes = remarks.iter().map(|remark| {
        let note = format!("note: {}", remark.text);
        if coloured { Colour::Faint.paint(&note) } else { note }
    });
    let word = |word: &str| {
        let padded = format!("{word:>5}");
        if coloured { Colour::of_verdict(verdict.word()).paint(&padded) } else { padded }
    };
    let again = if *cached { " (cached; --force runs it again)" } else { "" };
    let repeated = repeated.map(|Repeated { passed, runs }| format!(", passed {passed} of {runs} runs"));
    let repeated = repeated.unwrap_or_default();
    let mut lines = Vec::new();
    let text = match (verdict, ran) {
        (Verdict::Pass, None) => {
            lines.extend(modules.iter().map(|path| shown(path)));
            let took = build_ms.map(|ms| format!(" in {}", seconds(ms))).unwrap_or_default();
            format!("{} {driver} for {kernel}{took}{again}{}", word("built"), warned(*warnings))
        }
        (Verdict::Pass, Some(ran)) => {
            let build = build_ms.map(|ms| format!("build {}, ", seconds(ms))).unwrap_or_default();
            lines.extend(notes);
            let took = if *cached { again.to_owned() } else { format!(" ({build}machine {})", seconds(ran.ms)) };
            let cases = outcome.counted_cases().map(|cases| format!(", {cases}")).unwrap_or_default();
            let steps = format!("{} steps{cases}{took}", ran.steps);
            format!("{} {driver} on {kernel}: {steps}{}{repeated}", word("pass"), warned(*warnings))
        }
        _ => {
            lines.extend(sites::lines(verdict));
            lines.extend(verdict.details());
            lines.extend(notes);
            if outcome.is_kept() {
                lines.push(format!("kept in {}", shown(kept)));
            }
            format!("{} {driver} on {kernel}: {}{again}{repeated}", word(verdict.word()), verdict.headline())
        }
    };
    [text].into_iter().chain(lines).collect::<Vec<_>>().join("\n").replace('\n', "\n      ")
}

fn warned(warnings: usize) -> String {
    match warnings {
        0 => String::new(),
        1 => ", 1 warning".to_owned(),
        n => format!(", {n} warnings"),
    }
}

/// A time of some milliseconds, in seconds.
pub(super) fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1000, ms % 1000 / 100)
}

/// A path as short as it can be said where the person is.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Judgement, Remark};
    use crate::outcome::Ran;

    #[test]
    fn remarks() {
        let of = |verdict| Outcome {
            build_ms: Some(900),
            ran: Some(Ran { steps: 9, ms: 2300 }),
            ..Outcome::new("toy", "6.1", verdict, "kept".into())
        };
        let check = |outcome: Outcome, expected: &str| assert_eq!(lines(&outcome, false), expected);
        let repeated = |passed, runs| Some(Repeated { passed, runs });
        check(of(Verdict::Pass), " pass toy on 6.1: 9 steps (build 0.9 s, machine 2.3 s)");
        check(
            Outcome { cached: true, ..of(Verdict::Pass) },
            " pass toy on 6.1: 9 steps (cached; --force runs it again)",
        );
        let noted = Judgement {
            verdict: Verdict::Pass,
            remarks: vec![Remark::new("one"), Remark::new("two")],
            cases: Vec::new(),
        };
        check(
            Outcome { ran: Some(Ran { steps: 9, ms: 2300 }), ..Outcome::new("toy", "6.1", noted, "kept".into()) },
            " pass toy on 6.1: 9 steps (machine 2.3 s)\n      note: one\n      note: two",
        );
        check(
            Outcome { warnings: 2, repeated: repeated(3, 3), ..of(Verdict::Pass) },
            " pass toy on 6.1: 9 steps (build 0.9 s, machine 2.3 s), 2 warnings, passed 3 of 3 runs",
        );
        let bad = Verdict::Lost("it is gone".to_owned());
        check(
            Outcome { cached: true, ..of(bad.clone()) },
            " lost toy on 6.1: it is gone (cached; --force runs it again)\n      kept in kept",
        );
        check(
            Outcome { repeated: repeated(1, 3), ..of(bad) },
            " lost toy on 6.1: it is gone, passed 1 of 3 runs\n      kept in kept",
        );
    }
}
