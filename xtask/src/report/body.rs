// SPDX-License-Identifier: MIT OR Apache-2.0
//! What explains a verdict, in the order in which a person wants to know it: the place in the source, why, what mends it, and
//! only then what compiler, kernel or program said.

use std::path::Path;

use super::sites;
use crate::judge::compiler::{self, Message, Severity};
use crate::judge::{Failure, FaultKind, Verdict, is_no_news};

/// A line below the headline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) kind: Kind,
    pub(super) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The headline of a further failure.
    Headline,
    /// Where it is.
    Place,
    /// How that was reached.
    Caller,
    /// Source around the line that is meant.
    Source,
    /// That line.
    Marked,
    Why,
    Help,
    /// What somebody else said.
    Said,
    /// Whose words follow, or how much more there is of them.
    About,
    /// What is worth knowing besides.
    Note,
    /// Where the rest is.
    Kept,
}

impl Line {
    pub(super) fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

/// So many lines are few.
const FEW: usize = 8;

/// So many lines of source does a compiler show of one place.
const MOST_OF_FRAME: usize = 6;

/// The lines below a verdict's headline, for a person who is in the folder `here`.
pub(super) fn body(verdict: &Verdict, here: &Path) -> Vec<Line> {
    match verdict {
        Verdict::Pass | Verdict::Lost(_) => Vec::new(),
        Verdict::Skip(reasons) => reasons.iter().skip(1).map(|reason| Line::new(Kind::Headline, reason)).collect(),
        Verdict::Crash(fault) => {
            // Frames say in the kernel's words what a place has said already.
            let has_place = fault.sites.iter().any(|site| site.line.is_some() && !site.of_kernel);
            let messages: Vec<String> = fault.messages().cloned().collect();
            let report = if has_place { messages.clone() } else { fault.essence() };
            // A WARN's title is its place, and its message is what somebody has written about it.
            let first = if fault.kind == FaultKind::Warn { messages } else { Vec::new() };
            let rest: Vec<String> = report.into_iter().filter(|line| !first.contains(line)).collect();
            [said(&first), sites::of_report(&fault.sites, here), ours_of(&fault.why), said(&rest)].concat()
        }
        Verdict::Fail(failures) => {
            let mut lines = Vec::new();
            for (at, failure) in failures.iter().enumerate() {
                if at > 0 {
                    lines.push(Line::new(Kind::Headline, failure.headline()));
                }
                lines.extend(of_failure(failure, here));
            }
            lines
        }
        Verdict::Hang(place) => {
            let news: Vec<String> = place.log.iter().filter(|line| !is_no_news(line)).cloned().collect();
            [sites::of_hang(place, here), said_by("the kernel's last lines:", last(&news))].concat()
        }
    }
}

/// The same as plain text.
pub fn text(verdict: &Verdict, here: &Path) -> Vec<String> {
    body(verdict, here).into_iter().map(|line| line.text).collect()
}

fn of_failure(failure: &Failure, here: &Path) -> Vec<Line> {
    if let Failure::Build { lines, why } = failure {
        return of_build(lines, why);
    }
    let who = match failure {
        Failure::Case { .. } => "it printed:",
        Failure::Step { output, .. } if !output.is_empty() => "it printed:",
        Failure::Leftover { .. } => "the same, by other names:",
        _ => "the kernel logged:",
    };
    let (place, why) = (sites::of_failure(failure, here), ours_of(failure.more_of_why()));
    [place, why, said_by(who, last(failure.lines()))].concat()
}

/// The first error as the compiler shows it; its later ones are often its consequences.
fn of_build(lines: &[String], why: &[String]) -> Vec<Line> {
    let errors: Vec<Message<'_>> =
        compiler::messages(lines).into_iter().filter(|it| it.severity == Severity::Error).collect();
    let Some((first, others)) = errors.split_first() else {
        // The last one is the headline.
        let before = &lines[..lines.len().saturating_sub(1)];
        return [ours_of(why), said_by("before that:", last(before))].concat();
    };
    let marked = first.place.map(|(_, line)| line);
    let mut all: Vec<Line> = first.frame.iter().take(MOST_OF_FRAME).map(|line| framed(line, marked)).collect();
    all.extend(ours_of(why));
    all.extend(others.iter().take(FEW).map(|other| Line::new(Kind::Said, other.head)));
    if others.len() > FEW {
        all.push(Line::new(Kind::About, format!("and {} more errors", others.len() - FEW)));
    }
    all
}

/// A line of source as the compiler shows it, or the marks below that.
fn framed(line: &str, marked: Option<u32>) -> Line {
    let number = line.split_once('|').and_then(|(number, _)| number.trim().parse().ok());
    let is_source = number.is_some() && number != marked;
    Line::new(if is_source { Kind::Source } else { Kind::Marked }, line)
}

pub(super) fn ours_of(why: &[String]) -> Vec<Line> {
    let kind = |line: &String| if line.starts_with("help: ") { Kind::Help } else { Kind::Why };
    why.iter().map(|line| Line::new(kind(line), ours(line))).collect()
}

/// A line of ours among those of others: it is said who speaks. Advice says that itself.
pub(crate) fn ours(line: &str) -> String {
    if line.starts_with("help: ") { line.to_owned() } else { format!("why: {line}") }
}

fn said(lines: &[String]) -> Vec<Line> {
    lines.iter().map(|line| Line::new(Kind::Said, line)).collect()
}

/// The same, after who that is.
fn said_by(who: &str, lines: &[String]) -> Vec<Line> {
    let about = (!lines.is_empty()).then(|| Line::new(Kind::About, who));
    about.into_iter().chain(said(lines)).collect()
}

/// The end of an output tells more than its beginning.
fn last(lines: &[String]) -> &[String] {
    &lines[lines.len().saturating_sub(FEW)..]
}
