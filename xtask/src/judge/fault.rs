// SPDX-License-Identifier: MIT OR Apache-2.0
//! The first report of a fault among the lines of a console, and where that report ends.

use super::console::Line;
use super::pattern::{is_trace, sign_of};
use super::signs::Sign;
use super::verdict::{Fault, FaultKind};
use crate::vm::step::Step;

/// A report is shown with at most so many lines.
const LONGEST_REPORT: usize = 60;
/// Another CPU can put so many lines among those of a report.
const LONGEST_STRETCH: usize = 400;
/// Between a title that proves nothing by itself and its registers or call trace.
const TITLE_TO_TRACE: usize = 8;
/// `WARN()` with a message prints that message between its frame and its title (kernel/panic.c, the older form).
const FRAME_TO_TITLE: usize = 6;

/// A fault and the index of the step during which it was reported.
pub(super) struct Found {
    pub(super) fault: Fault,
    pub(super) step: Option<usize>,
}

/// The first fault: those after it are often its consequences.
pub(super) fn first(lines: &[Line<'_>], steps: &[Step]) -> Option<Found> {
    let mut traces = Traces { lines, next: 0 };
    let (at, sign) = lines.iter().enumerate().find_map(|(at, line)| {
        let sign = sign_of(line.message()).filter(|_| !line.is_mark)?;
        (!sign.needs_trace || traces.follow(at)).then_some((at, sign))
    })?;
    Some(found(lines, at, sign, steps))
}

fn found(lines: &[Line<'_>], at: usize, sign: &Sign, steps: &[Step]) -> Found {
    let line = &lines[at];
    let fault = Fault {
        kind: sign.kind,
        title: line.message().trim_end().to_owned(),
        during: line.step.and_then(|step| steps.get(step)).map(Step::description),
        log: report(lines, at, sign.kind),
    };
    Found { fault, step: line.step }
}

/// Where the next trace is; asked with growing indices, it reads every line once.
struct Traces<'l, 'c> {
    lines: &'l [Line<'c>],
    next: usize,
}

impl Traces<'_, '_> {
    fn follow(&mut self, title: usize) -> bool {
        self.next = self.next.max(title + 1);
        while self.next < self.lines.len() && !is_trace(self.lines[self.next].message()) {
            self.next += 1;
        }
        self.next < self.lines.len() && self.next - title <= TITLE_TO_TRACE
    }
}

/// The lines of the report whose title is at `title`.
fn report(lines: &[Line<'_>], title: usize, kind: FaultKind) -> Vec<String> {
    let own = |line: &&Line<'_>| match (lines[title].caller, line.caller) {
        (Some(this), Some(other)) => this == other,
        _ => true,
    };
    let start = start(lines, title);
    let messages: Vec<&str> = lines[start..title]
        .iter()
        .filter(own)
        .chain(lines[title..].iter().take(LONGEST_STRETCH).take_while(|line| !line.is_mark).filter(own))
        .map(|line| line.message().trim_end())
        .take(LONGEST_REPORT)
        .collect();
    let framed = lines[start..title].iter().filter(own).count();
    let end = end(&messages, framed, kind);
    messages[..end].iter().map(|message| (*message).to_owned()).collect()
}

/// A report's frame, if one stands before its title.
fn start(lines: &[Line<'_>], title: usize) -> usize {
    let nearest = title.saturating_sub(FRAME_TO_TITLE);
    let frame = (nearest..title).rev().find(|&at| is_frame(lines[at].message()));
    frame.filter(|&at| lines[at..title].iter().all(|line| !line.is_mark)).unwrap_or(title)
}

/// `cut here` of kernel/panic.c; arm64's own; the rulers of KASAN and lockdep.
fn is_frame(message: &str) -> bool {
    message.starts_with("------------[ cut here ]") || message.starts_with("8<--- cut here ---") || is_ruler(message)
}

fn is_ruler(message: &str) -> bool {
    let message = message.trim_end();
    message.len() >= 20 && message.bytes().all(|byte| byte == b'=')
}

/// How many of the messages belong to the report.
fn end(messages: &[&str], title: usize, kind: FaultKind) -> usize {
    let after = |wanted: &dyn Fn(&str) -> bool| {
        messages.iter().skip(title + 1).position(|message| wanted(message)).map(|at| title + 1 + at)
    };
    if kind == FaultKind::Sanitizer
        && messages[..title].last().is_some_and(|message| is_ruler(message))
        && let Some(ruler) = after(&is_ruler)
    {
        return ruler + 1;
    }
    let trace = after(&|message: &str| message.eq_ignore_ascii_case("Call Trace:"));
    // A second frame after this report's trace is another report.
    let next = messages.iter().enumerate().skip(title + 1).find_map(|(at, message)| {
        (message.starts_with("------------[ cut here ]") && trace.is_some_and(|trace| trace < at)).then_some(at)
    });
    let bound = next.unwrap_or(messages.len());
    if let Some(last) = after(&|message: &str| message.starts_with("---[ end ")).filter(|&at| at < bound) {
        return last + 1;
    }
    if let Some(last) = after(&|message: &str| message.trim() == "</TASK>").filter(|&at| at < bound) {
        return last + 1;
    }
    // Without an end of its own, a report goes on as long as its lines are indented.
    let body = trace.filter(|&at| at < bound).unwrap_or(title);
    let indented = messages[body + 1..bound].iter().take_while(|message| message.starts_with([' ', '\t'])).count();
    body + 1 + indented
}
