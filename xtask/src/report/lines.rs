// SPDX-License-Identifier: MIT OR Apache-2.0
//! An outcome as a person reads it on a terminal: a line, and below it the few that explain it.

use std::path::Path;

use super::Explanation;
use super::body::{Kind, Line, body, ours_of};
use super::style::Colour;
use super::wrap::wrapped;
use crate::coverage::{Coverage, FileShare, Missing};
use crate::explain::nix::Weight;
use crate::judge::{Failure, Transcript, Verdict};
use crate::outcome::{Outcome, Repeated};

/// How an outcome is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) coloured: bool,
    /// Of the terminal; none for what programs read, too.
    pub(super) columns: Option<usize>,
}

/// Before each line but the first: a verdict's word and a blank.
const INDENT: usize = 6;

/// The lines without the last one's end.
pub(super) fn lines(outcome: &Outcome, look: Look) -> String {
    let Outcome { driver, kernel, verdict, remarks, modules, warnings, build_ms, ran, cached, repeated, .. } = outcome;
    let notes = remarks.iter().map(|remark| Line::new(Kind::Note, format!("note: {}", remark.text)));
    let again = if *cached { " (cached; --force runs it again)" } else { "" };
    let repeated = repeated.map(|Repeated { passed, runs }| format!(", passed {passed} of {runs} runs"));
    let repeated = repeated.unwrap_or_default();
    let mut lines = Vec::new();
    let (word, text) = match (verdict, ran) {
        (Verdict::Pass, None) => {
            lines.extend(modules.iter().map(|path| Line::new(Kind::Said, shown(path))));
            let took = build_ms.map(|ms| format!(" in {}", seconds(ms))).unwrap_or_default();
            // Only who has linted has no modules to show.
            let word = if modules.is_empty() { "clean" } else { "built" };
            (word, format!("{driver} for {kernel}{took}{again}{}", warned(*warnings)))
        }
        (Verdict::Pass, Some(ran)) => {
            let build = build_ms.map(|ms| format!("build {}, ", seconds(ms))).unwrap_or_default();
            lines.extend(notes);
            let took = if *cached { again.to_owned() } else { format!(" ({build}machine {})", seconds(ran.ms)) };
            let cases = outcome.counted_cases().map(|cases| format!(", {cases}")).unwrap_or_default();
            let steps = format!("{} steps{cases}{took}", ran.steps);
            ("pass", format!("{driver} on {kernel}: {steps}{}{repeated}", warned(*warnings)))
        }
        _ => {
            lines.extend(body(verdict, &std::env::current_dir().unwrap_or_default()));
            lines.extend(notes);
            lines.extend(kept(outcome).map(|text| Line::new(Kind::Kept, text)));
            (verdict.word(), format!("{driver} on {kernel}: {}{again}{repeated}", verdict.headline()))
        }
    };
    shown_below(word, Colour::of_verdict(verdict.word()), &text, lines, look)
}

/// How much of a driver has run.
pub(super) fn coverage(coverage: &Coverage, look: Look) -> String {
    let Coverage { driver, kernel, lines, functions, files, missing, tracefile, .. } = coverage;
    let without =
        missing.iter().map(|Missing { driver, why }| Line::new(Kind::Note, format!("without {driver}: {why}")));
    if files.is_empty() {
        let text = format!("{driver} on {kernel}: none were counted");
        return shown_below("lines", Colour::Red, &text, without.collect(), look);
    }
    let text = format!(
        "{driver} on {kernel}: {lines} have run ({} of {}), and {} of {} functions",
        lines.covered, lines.all, functions.covered, functions.all
    );
    let names: Vec<String> = files.iter().map(|file| shown(&file.file)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    let file = |(file, name): (&FileShare, String)| {
        let FileShare { lines, .. } = file;
        let share = lines.to_string();
        Line::new(Kind::Said, format!("{name:width$}  {share:>7} ({} of {})", lines.covered, lines.all))
    };
    let mut below: Vec<Line> = files.iter().zip(names).map(file).collect();
    below.extend(without);
    below.extend(tracefile.iter().map(|path| Line::new(Kind::Kept, format!("kept in {}", shown(path)))));
    shown_below("lines", Colour::Cyan, &text, below, look)
}

/// What `package explain` says of one place.
pub(super) fn explanation(explanation: &Explanation, look: Look) -> String {
    let Explanation { file, line, column, name: _, weight, said, why } = explanation;
    let column = column.map(|column| format!(":{column}")).unwrap_or_default();
    let colour = if *weight == Weight::Wrong { Colour::Red } else { Colour::Faint };
    let text = format!("{file}:{line}{column}: {said}");
    shown_below(weight.word(), colour, &text, ours_of(why), look)
}

/// A headline after its word, and what explains it.
fn shown_below(word: &str, colour: Colour, text: &str, lines: Vec<Line>, look: Look) -> String {
    let columns = look.columns.map(|columns| columns.saturating_sub(INDENT));
    let mut first = wrapped(text, columns).into_iter();
    let mut shown = vec![head(word, colour, &first.next().unwrap_or_default(), look)];
    shown.extend(first.map(|text| Line::new(Kind::Headline, text).painted(look)));
    for line in lines {
        let is_prose = !matches!(line.kind, Kind::Source | Kind::Marked | Kind::Said | Kind::Kept);
        let pieces = wrapped(&line.text, columns.filter(|_| is_prose));
        shown.extend(pieces.into_iter().enumerate().map(|(at, text)| line.piece(at, text).painted(look)));
    }
    shown.join("\n").replace('\n', &format!("\n{}", " ".repeat(INDENT)))
}

/// The first line: what became of what, and why.
fn head(word: &str, colour: Colour, text: &str, look: Look) -> String {
    let word = format!("{word:>5}");
    if !look.coloured {
        return format!("{word} {text}");
    }
    format!("{} {}", colour.paint(&word), Line::new(Kind::Headline, text).painted(look))
}

impl Line {
    /// A part of it that stands in a line of its own.
    fn piece(&self, at: usize, text: String) -> Self {
        // What goes on is not introduced once more.
        Self { kind: self.kind, text: if at == 0 { text } else { format!("  {text}") } }
    }

    fn painted(&self, look: Look) -> String {
        let Self { kind, text } = self;
        let colour = match kind {
            _ if !look.coloured => return text.clone(),
            Kind::Headline | Kind::Place => Colour::Bold,
            Kind::Marked => Colour::Red,
            Kind::Help => Colour::Cyan,
            Kind::Source | Kind::About | Kind::Note | Kind::Kept => Colour::Faint,
            Kind::Caller | Kind::Why | Kind::Said => return text.clone(),
        };
        colour.paint(text)
    }
}

/// Where more is to be read: the file in which a person looks first.
fn kept(outcome: &Outcome) -> Option<String> {
    let path = &outcome.kept;
    let text = match &outcome.verdict {
        _ if !outcome.is_kept() => return None,
        Verdict::Fail(failures)
            if failures.iter().any(|it| matches!(it, Failure::Build { .. } | Failure::Warnings { .. })) =>
        {
            format!("build log: {}", shown(path))
        }
        Verdict::Lost(_) | Verdict::Skip(_) | Verdict::Pass => format!("kept in {}", shown(path)),
        Verdict::Fail(_) | Verdict::Crash(_) | Verdict::Hang(_) => {
            format!("kernel log: {}", shown(&path.join(Transcript::CONSOLE)))
        }
    };
    Some(text)
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
    use expect_test::{Expect, expect};

    use super::*;
    use crate::coverage::{Counts, Function, Source, Taken};
    use crate::judge::{Judgement, Remark};
    use crate::outcome::Ran;

    const PLAIN: Look = Look { coloured: false, columns: None };

    #[test]
    fn remarks() {
        let of = |verdict| Outcome {
            build_ms: Some(900),
            ran: Some(Ran { steps: 9, ms: 2300 }),
            ..Outcome::new("toy", "6.1", verdict, "kept".into())
        };
        let check = |outcome: Outcome, expected: &str| assert_eq!(lines(&outcome, PLAIN), expected);
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

    #[test]
    fn lines_that_have_run() {
        let check = |runs: Vec<(&str, Taken)>, expected: Expect| {
            let runs = runs.into_iter().map(|(driver, taken)| (driver.to_owned(), taken)).collect();
            let told = Coverage::new("toy", "6.12+coverage", "6_12+coverage", runs);
            let tracefile = Some("kept/coverage.info".into()).filter(|_| !told.files.is_empty());
            expected.assert_eq(&coverage(&Coverage { tracefile, ..told }, PLAIN));
        };
        let source = |lines: &[(u32, u64)]| Source {
            lines: lines.iter().copied().collect(),
            branches: [].into(),
            functions: [("f".to_owned(), Function { line: 1, count: 1 })].into(),
            text: String::new(),
        };
        let counts = Counts(
            [("/d/a.c".into(), source(&[(1, 2), (2, 0), (3, 1)])), ("/d/long.c".into(), source(&[(1, 2)]))].into(),
        );
        let gone = || Taken::Missing("the machine ended before it could tell its counts".to_owned());
        check(
            vec![("toy@one", Taken::Counts(counts)), ("toy@two", gone())],
            expect![[r#"
            lines toy on 6.12+coverage: 75.0 % have run (3 of 4), and 2 of 2 functions
                  /d/a.c      66.6 % (2 of 3)
                  /d/long.c  100.0 % (1 of 1)
                  without toy@two: the machine ended before it could tell its counts
                  kept in kept/coverage.info"#]],
        );
        check(
            vec![("toy", gone())],
            expect![[r#"
            lines toy on 6.12+coverage: none were counted
                  without toy: the machine ended before it could tell its counts"#]],
        );
    }
}
